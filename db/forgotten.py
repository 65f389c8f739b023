"""forgotten.db: who and what is to stay forgotten, as keyed digests (HMAC-SHA256), and the filter that every post passes
before anything of it is written anywhere.

The key lies in DATA/key, apart from all stores; without it a digest says nothing, and with a new one nothing old matches, so a
missing key beside existing tombstones is an error, never a reason to make another.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from db import migrations
from db.folder import DataFolder
from db.opening import open_database, storage_errors, writing
from tracker.packing import Packed, plain
from tracker.persons import AT, REMOVED, REMOVED_LINK, TRAILING, UNSEEN, bare, host_of, named_in, possible_handles
from tracker.problems import StorageProblem
from tracker.records import Post
from tracker.traces import SHORT, parts_of_name

KEY_BYTES = 32


def digest_by(key: bytes, kind: str, platform: str, value: str) -> str:
    """The digest of `Forgotten.digest`, for who reads only and so opens no store of tombstones."""
    if kind == "handle":
        value = bare(value)
    return hmac.new(key, f"{kind}|{platform}|{value}".encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


class Forgotten:
    """The tombstones of one campaign. `tombstone` adds one; `filtered` is asked about each post before it is written."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.forgotten
        refuse_lost(folder)
        folder.refuse_emptied(folder.forgotten)
        self._db = open_database(folder.forgotten, migrations.forgotten)
        with storage_errors(self._path):
            rows = self._db.execute("select digest, platform from tombstones").fetchall()
        self._digests = {digest for digest, _ in rows}
        self._platforms = {platform for _, platform in rows}
        self._key = _key(folder, must_exist=bool(self._digests))

    def digest(self, kind: str, platform: str, value: str) -> str:
        """The keyed digest of an author id, a handle (compared without case and '@'), a post id or a text."""
        return digest_by(self._key, kind, platform, value)

    def fingerprint(self, content: bytes) -> str:
        """A keyed hash of a refused row: tells the same row again without keeping any of it."""
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()[:32]

    def tombstones(self, named: Iterable[tuple[str, str, str]], *, now: str, reason: str) -> None:
        """From now on nothing of these authors, handles and posts (kind, platform, value) is written again: all of them or none.
        What the stores hold of them is still to be swept."""
        rows = [(self.digest(kind, platform, value), kind, platform, now, reason) for kind, platform, value in named]
        with writing(self._db, self._path) as connection:
            connection.executemany(
                """
                insert into tombstones(digest, kind, platform, at, reason) values (?, ?, ?, ?, ?)
                on conflict (digest) do update set swept_at = null
                """,
                rows,
            )
        self._digests.update(row[0] for row in rows)
        self._platforms.update(row[2] for row in rows)

    def unswept(self) -> bool:
        """Whether the stores may still hold something of what is to stay forgotten."""
        with storage_errors(self._path):
            return self._db.execute("select 1 from tombstones where swept_at is null limit 1").fetchone() is not None

    def mark_swept(self, *, now: str) -> None:
        """The stores hold nothing of it any more."""
        with writing(self._db, self._path) as connection:
            connection.execute("update tombstones set swept_at = ? where swept_at is null", [now])

    def filtered(self, post: Post, asked: Iterable[str] = ()) -> Post | None:
        """The post as it may be written: None if it, its author or what it reposts is to stay forgotten; else with every
        forgotten handle taken out of its text and mentions and every forgotten post out of its references. asked: the servers of
        one of which a name without any is (`ann` for ann@example.social), as they stood in stores of before."""
        if not self._digests:
            return post
        platform, author = post.platform, post.author
        if self._is_in("post", platform, post.native_id) or self.refers_to(platform, post.repost_of):
            return None
        if author and self.names_author(platform, author.native_id, author.handle):
            return None
        if post.kind == "repost" and any(self._is_in("handle", platform, handle) for handle in post.mentions[:1]):
            return None
        return self._redacted(post, asked)

    def names_author(self, platform: str, native_id: str, handle: str | None) -> bool:
        """Whether this account is to stay forgotten."""
        return self._is_in("author", platform, native_id) or self._is_in("handle", platform, handle)

    def names_post(self, platform: str, native_id: str) -> bool:
        """Whether this post is to stay forgotten."""
        return self._is_in("post", platform, native_id)

    def refers_to(self, platform: str, reference: str | None) -> bool:
        """Whether what a post hangs on is to stay forgotten: known by its id, or, though it was never stored, by an address that
        leads to them (`at://did:plc:ann/...`)."""
        return self._is_in("post", platform, reference) or ("://" in (reference or "") and self.leads_to(str(reference)))

    def instead_of(self, platform: str, native_id: str) -> str:
        """What stands in the place of the id of a forgotten post where a verdict on it stays: tells nobody which it was."""
        return f"forgotten:{self.digest('post', platform, native_id)[:32]}"

    def allows_raw(self, platform: str, body: bytes) -> bool:
        """Whether an item may be kept as it came: no id, handle or address in it is to stay forgotten."""
        if not self._digests:
            return True
        values = set(_strings(json.loads(plain(body) if isinstance(body, Packed) else body)))
        short = [(key, value) for key, value in values if len(value) <= LONGEST_ID]
        if any(self._is_in(kind, platform, value) for _, value in short for kind in ("author", "post")):
            return False
        if any(self._is_in("handle", platform, value) for key, value in short if NAMES_WHO.search(key)):
            return False
        return not any(self._redacted_text(platform, value) != value for value in {value for _, value in values})

    def has_digest(self, digest: str) -> bool:
        """Whether a digest is that of an author, a handle or a post to stay forgotten."""
        return digest in self._digests

    def count(self) -> int:
        """How many authors, handles and posts are to stay forgotten."""
        return len(self._digests)

    def fingerprint_of_all(self) -> str:
        """A hash that is another as soon as somebody else is to stay forgotten."""
        return hashlib.sha256("".join(sorted(self._digests)).encode()).hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _is_in(self, kind: str, platform: str, value: str | None) -> bool:
        return bool(value) and self.digest(kind, platform, str(value)) in self._digests

    def _redacted(self, post: Post, asked: Iterable[str]) -> Post:
        platform = post.platform
        of_a_server = platform == "mastodon"
        servers = [*asked, host_of(post.native_id)] if of_a_server else []
        gone = {
            handle
            for handle in post.mentions
            if self._is_in("handle", platform, handle)
            or ("@" not in handle and any(self._is_in("handle", platform, f"{handle}@{server}") for server in servers))
        }
        text = self._redacted_text(platform, post.text)
        for handle in sorted(gone, key=len, reverse=True):
            text = re.sub(_as_mentioned(handle), REMOVED, text, flags=re.IGNORECASE)
        return replace(
            post,
            text=text,
            mentions=tuple(handle for handle in post.mentions if handle not in gone),
            links=tuple(link for link in post.links if not self._leads_to(link)),
            reply_to=None if gone and of_a_server and _is_a_number(post.reply_to) else self._still_named(platform, post.reply_to),
            quote_of=self._still_named(platform, post.quote_of),
            conversation_id=self._still_named(platform, post.conversation_id),
        )

    def _redacted_text(self, platform: str, text: str) -> str:
        """The text without the handles, ids and addresses in it that are to stay forgotten."""
        if "." in text or "://" in text:
            text = ADDRESS.sub(self._without_address, text)
        if any(sign in text for sign in AT):
            text = HANDLE.sub(lambda found: self._without_handle(platform, found), text)
        if " at " in text:
            text = AT_IN_WORDS.sub(lambda found: REMOVED if self._is_handle(f"{found[1]}@{found[2]}") else found[0], text)
        if '"' in text:
            text = QUOTED.sub(lambda found: REMOVED if self._is_handle(found[0]) else found[0], text)
        return ID.sub(lambda found: REMOVED if self._is_id(found[0]) else found[0], text)

    def _without_address(self, found: re.Match[str]) -> str:
        address = found[0].rstrip(TRAILING)
        if "/" not in address:  # `ann.example.org` can be a handle
            return REMOVED + found[0][len(address) :] if self._is_handle(address) else found[0]
        return REMOVED_LINK + found[0][len(address) :] if self._leads_to(address) else found[0]

    def _without_handle(self, platform: str, found: re.Match[str]) -> str:
        """What is left of `@ann`, or of `ann@example.org`: a handle is looked for on every platform, since people name each other
        across them. One of X ends where no letter, digit or underscore follows (`@ann.Next`)."""
        before, named = found[1] or "", found[2]
        if before and self._is_handle(f"{before}@{named}"):
            return REMOVED
        if self._is_handle(named):
            return before + REMOVED
        short = WORD.match(named) if platform == "x" else None
        rest = named[short.end() :] if short else ""
        if short and rest[:1] not in AT and self._is_in("handle", "x", short[0]):
            return before + REMOVED + rest
        return found[0]

    def _is_handle(self, value: str) -> bool:
        return any(self._is_in("handle", platform, value) for platform in self._platforms)

    def _is_id(self, value: str) -> bool:
        return any(self._is_in(kind, platform, value) for platform in self._platforms for kind in ("author", "post"))

    def without_names(self, text: str) -> str:
        """A text that is no post (a note, a caption) without the handles and addresses in it that are to stay forgotten."""
        return self._redacted_text("", text) if self._digests else text

    def is_told_in(self, text: str) -> bool:
        """Whether (a part of) a file that was brought in holds something of them, as far as handles, ids and addresses tell: in a
        table a handle can be a cell. A short id is told from a number nowhere."""
        if not self._digests:
            return False
        alone = set(CELL.split(text)) | set(QUOTED.findall(text))
        if any(self._is_handle(one) or (len(one) >= SHORT and self._is_id(one)) for one in alone if 0 < len(one) <= LONGEST_ID):
            return True
        return self.without_names(text) != text

    def is_named_in(self, note: str) -> bool:
        """Whether what one of us wrote about posts names who is to stay forgotten: by a handle, there also without '@'."""
        return bool(self._digests) and (self.without_names(note) != note or any(map(self._is_handle, possible_handles(note))))

    def leads_to(self, address: str) -> bool:
        """Whether an address is, or leads to, an account or a post that is to stay forgotten."""
        return bool(self._digests) and self._leads_to(address)

    def names_file(self, name: str) -> bool:
        """Whether the name of a file says who is to stay forgotten. A short id is told from a number (a date) in none."""
        return any(self._is_handle(part) or (len(part) >= SHORT and self._is_id(part)) for part in parts_of_name(name))

    def name_of_file(self, name: str) -> str:
        """What a file is called in the stores: by its name, unless that says who is to stay forgotten."""
        return f"forgotten:{self.fingerprint(name.encode())[:12]}" if self._digests and self.names_file(name) else name

    def without_files(self, note: str) -> str:
        """What a run says of itself, without the names of files that say who is to stay forgotten."""
        return FILE.sub(lambda found: REMOVED if self.names_file(found[0]) else found[0], note) if self._digests else note

    def _leads_to(self, address: str) -> bool:
        """Whether an address is that of a post or an account to stay forgotten, on whatever platform: it is one, or has the id or
        handle of one between its slashes."""
        ids, handles = named_in(address)
        return any(map(self._is_id, ids)) or any(map(self._is_handle, handles))

    def _still_named(self, platform: str, reference: str | None) -> str | None:
        return None if self.refers_to(platform, reference) else reference


def _is_a_number(reference: str | None) -> bool:
    """Whether what is answered is told by a number of the server that was asked: of somebody who is spoken to, mostly, and nobody
    can say whom else's."""
    return (reference or "").isdigit()


def _as_mentioned(handle: str) -> str:
    """A pattern of how a mention stands in a text: `@ann` for ann@example.social, too; without '@' only what is no plain word."""
    short = handle.partition("@")[0]
    at = "?" if re.search(r"[\d._@-]", handle) else ""
    return rf"(?<!\w)(?:@{at}{re.escape(handle)}|@{re.escape(short)})(?![\w-]|[@.]\w)"


QUOTED = re.compile(r'(?<=")[^"\s]{1,300}(?=")')
FILE = re.compile(r"[^\s,;:()\"']*(?:\.[a-z]\w{1,7}\b|@)[^\s,;:()\"']*")
CELL = re.compile(r"[,;\t\r\n<>|]")
WORD = re.compile(r"\w+", re.ASCII)
_IN_NAME = rf"[\w.\-{UNSEEN}]"
HANDLE = re.compile(rf"(?:(?<![\w.+-])(\w[\w.+-]{{0,200}}))?[{AT}][{UNSEEN}]*({_IN_NAME}*\w(?:[{AT}]{_IN_NAME}*\w)?)")
AT_IN_WORDS = re.compile(r"(?<![\w.-])(\w[\w.-]{0,100}) at ([\w-]{1,100}(?:\.[\w-]{1,100})+)", re.IGNORECASE)
ADDRESS = re.compile(r"(?:https?|at)://[^\s<>\"']+|(?<![\w./@-])(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s<>\"']*)?", re.IGNORECASE)
ID = re.compile(r"(?<!\w)(?:did:[a-z]+:[\w.:%-]*\w|\d{6,25})(?!\w)")
LONGEST_ID = 300
NAMES_WHO = re.compile(r"user|name|handle|author|acct|account|actor|creator|mention|from|by|to\b|who|^$", re.IGNORECASE)
"""Names under which an item says who somebody is. Elsewhere (a language, a kind) what is somebody's handle is a word."""


def _strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a JSON document, and every whole number as one, each with the name under which it stands."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)
    elif isinstance(value, int):
        yield key, str(value)


def _key(folder: DataFolder, *, must_exist: bool) -> bytes:
    """The campaign's key, made at first use."""
    if folder.key.exists() or must_exist:
        return read_key(folder.key)
    key = secrets.token_bytes(KEY_BYTES)
    partial = folder.key.with_suffix(".new")
    with partial.open("w", encoding="ascii") as stream:
        stream.write(key.hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.chmod(0o600)
    partial.replace(folder.key)
    return key


def read_key(path: Path) -> bytes:
    """The campaign's key. Raises StorageProblem when it is missing or damaged."""
    if not path.exists():
        raise _key_problem(path, "is missing")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise _key_problem(path, "is damaged") from error
    if len(key) != KEY_BYTES:
        raise _key_problem(path, "is damaged")
    return key


def _key_problem(path: Path, fault: str) -> StorageProblem:
    return StorageProblem(
        f"The key {path} {fault}.",
        why="Without it the program cannot know whom it was asked to forget.",
        safe="Nothing was written.",
        next_step=f"Put the key back where it was kept apart from the stores, as {path}.",
    )


def refuse_lost(folder: DataFolder) -> None:
    """Raise StorageProblem where the key is there and forgotten.db is not: whom to forget would else be lost unsaid."""
    if folder.key.is_file() and not folder.forgotten.exists():
        raise StorageProblem(
            f"{folder.forgotten} is missing, and its key is still there.",
            why="Without it the program cannot know whom it was asked to forget.",
            safe="Nothing was written.",
            next_step=f"Put {folder.forgotten.name} back from its own backup. If it is lost, enter again who asked to be "
            f"forgotten, after you moved {folder.key} away.",
        )
