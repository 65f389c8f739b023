"""The repository of a Bluesky account (CAR, version 1): everything that the account made, in blocks that name each other by hash.

A post does not know its own key. The keys stand in the tree (MST) that the newest commit names: nodes with entries, each with
the rest of a key, a record and a subtree (https://atproto.com/specs/repository). Only what hangs on that tree is read, so
that what the owner deleted stays deleted. Of all blocks those of posts, of the profile and of the tree wait in a temporary file;
likes, follows, blocks and lists are passed over unread.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from tracker.exports.dag_cbor import BadCbor, cid_text, decode
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.platforms.bluesky import COLLECTION, DID, read_record
from tracker.platforms.shapes import inner, objects, some_text
from tracker.problems import UsageProblem
from tracker.records import Lacking, Post, Rejected, Row, Truncated

NAME = "Bluesky repository (CAR)"
SLUG = "bluesky-car"
LOST = (
    "A repository holds one account's own posts without their counts, without the handle and without what others answered; "
    "when a post was made is the word of the program that made it."
)
ROOTS = b"\xa2eroots"
VERSION = b"gversion\x01"
HEADER_LIMIT = 64 * 1024
BLOCK_LIMIT = 4 * 1024**2
"""A record has at most 1 MiB."""
MOST_BLOCKS = 4_000_000
HELD = 32 * 1024**2
SHA_256 = b"\x01\x71\x12\x20"
"""How a CID begins that is the SHA-256 of DAG-CBOR; those of files (pictures) begin otherwise."""
CID_LENGTH = 36
NODE = b"\xa2ae"
COMMIT = b"cdid"
POST = b"e$typerapp.bsky.feed.post"
PROFILE = b"e$typevapp.bsky.actor.profile"
PROFILE_KEY = "app.bsky.actor.profile/self"
LONGEST_KEY = 1024
PART = (
    "The file holds only a part of the repository: branches of its tree are not in it, so posts are missing; fetch it whole "
    "(com.atproto.sync.getRepo without `since`)."
)
OVER = "the file ends in the middle of block {}"


def recognise(head: Head) -> bool:
    """The header of a CAR of version 1."""
    begins = head.data.find(ROOTS, 0, 16)
    return 0 < begins < 4 and VERSION in head.data[:HEADER_LIMIT]


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The posts of the repository in the order of their keys, which is that of their times; `line` is the number of the block.

    Raises UsageProblem for a file without a commit, or with more blocks than a repository has."""
    with _Blocks(stream) as blocks:
        roots = blocks.fill()
        yield from blocks.damaged
        commit = inner(blocks.value(roots[0])) if roots else {}
        did, tree = commit.get("did"), inner(commit.get("data")).get("$link")
        if not isinstance(did, str) or not DID.fullmatch(did) or not isinstance(tree, str):
            if blocks.cut:
                yield Truncated(blocks.cut, blocks.read)
                return
            raise UsageProblem(
                "The CAR file does not say whose repository it is: the commit that it names is not in it.",
                safe="Nothing of it was stored.",
                next_step="Fetch the whole repository again (com.atproto.sync.getRepo), then import it.",
            )
        yield from _rows(blocks, did, tree)
        if blocks.cut:
            yield Truncated(blocks.cut, blocks.read)


def _rows(blocks: "_Blocks", did: str, tree: str) -> Iterator[Row]:
    profile: dict[str, Any] = {}
    for key, cid in _leaves(blocks, tree):
        if cid is None:
            yield Lacking(PART, 0)
            continue
        if key == PROFILE_KEY:
            profile = inner(blocks.value(cid))
        collection, _, rkey = key.partition("/")
        if collection != COLLECTION:
            continue
        record = blocks.value(cid)
        if record is None:
            if not blocks.cut:
                yield Rejected("the tree names a post that is not in the file, or is damaged there", 0, cid.encode())
            continue
        item = {"uri": f"at://{did}/{key}", "cid": cid, "value": record}
        yield row_of(item, blocks.number(cid), partial(_read, did, rkey, _seen(profile)))


def _read(did: str, rkey: str, profile: Mapping[str, Any], item: Mapping[str, Any]) -> Post:
    return read_record(did, rkey, inner(item["value"]), profile=profile)


def _seen(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A profile's record as views show it."""
    return {
        "displayName": some_text(profile.get("displayName")),
        "labels": objects(inner(profile.get("labels")).get("values")),
    }


def _leaves(blocks: "_Blocks", tree: str) -> Iterator[tuple[str, str | None]]:
    """(key, CID) of every record on the tree, in order; once ("", None) where a node of it is not in the file. Each node is read
    once, so a tree that turns back on itself ends."""
    waiting: list[tuple[str, str] | str] = [tree]
    met: set[str] = set()
    told = False
    while waiting:
        here = waiting.pop()
        if not isinstance(here, str):
            yield here
            continue
        if here in met:
            continue
        met.add(here)
        node = blocks.value(here)
        if node is None and not blocks.cut and not told:
            told = True
            yield "", None
        waiting += reversed(list(_entries(inner(node))))


def _entries(node: Mapping[str, Any]) -> Iterator[tuple[str, str] | str]:
    """The subtrees (CID) and records (key, CID) of a node, in order. A key is written without what it shares with the last."""
    if left := some_text(inner(node.get("l")).get("$link")):
        yield left
    before = b""
    for entry in objects(node.get("e")):
        shared, rest = entry.get("p"), _bytes(entry.get("k"))
        if not isinstance(shared, int) or not 0 <= shared <= len(before) or rest is None:
            return
        before = (before[:shared] + rest)[:LONGEST_KEY]
        if record := some_text(inner(entry.get("v")).get("$link")):
            yield before.decode("ascii", "replace"), record
        if right := some_text(inner(entry.get("t")).get("$link")):
            yield right


def _bytes(value: object) -> bytes | None:
    written = inner(value).get("$bytes")
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4)) if isinstance(written, str) else None
    except binascii.Error:
        return None


class _Blocks:
    """The blocks of a CAR that matter, by their CID. `read`: how many there were; `cut`: why the file ended early, or ''."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read = 0
        self.cut = ""
        self.damaged: list[Rejected] = []
        self._stream = stream
        self._places: dict[str, tuple[int, int, int]] = {}
        self._held: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(HELD)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "_Blocks":
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def fill(self) -> list[str]:
        """Read the file to its end; the CIDs that its header names."""
        header = self._section(HEADER_LIMIT)
        while (block := self._section(BLOCK_LIMIT)) is not None:
            self.read += 1
            if self.read > MOST_BLOCKS:
                raise UsageProblem(
                    f"The CAR file holds more than {MOST_BLOCKS:,} blocks, which no account's repository does.",
                    safe="Nothing of it was stored.",
                    next_step="Look where the file comes from.",
                )
            self._keep(block[:CID_LENGTH], block[CID_LENGTH:])
        if header is None:
            return []
        try:
            roots = inner(decode(header)).get("roots")
        except BadCbor:
            return []
        return [link for root in objects(roots) if (link := some_text(root.get("$link")))]

    def value(self, cid: str) -> object:
        """What a block holds; None where it is not there or cannot be read."""
        place = self._places.get(cid)
        if place is None:
            return None
        self._held.seek(place[0])
        try:
            return decode(self._held.read(place[1]))
        except BadCbor:
            return None

    def number(self, cid: str) -> int:
        """Which block it is, from 1."""
        return self._places[cid][2]

    def _keep(self, cid: bytes, data: bytes) -> None:
        if not cid.startswith(SHA_256) or not (data.startswith(NODE) or POST in data or PROFILE in data or COMMIT in data):
            return
        if hashlib.sha256(data).digest() != cid[len(SHA_256) :]:
            if len(self.damaged) < 1000:
                self.damaged.append(Rejected("the block is damaged: it is not what its hash says", self.read, cid))
            return
        self._held.seek(0, 2)
        self._places.setdefault(cid_text(cid), (self._held.tell(), len(data), self.read))
        self._held.write(data)

    def _section(self, limit: int) -> bytes | None:
        """The next piece that stands behind its length; None at the end of the file, which `cut` then tells of."""
        length = self._length()
        if length is None or self.cut:
            return None
        if length > limit:
            self.cut = f"the file is damaged: block {self.read + 1} says that it is {length:,} bytes long"
            return None
        data = self._stream.read(length)
        if len(data) < length:
            self.cut = OVER.format(self.read + 1)
            return None
        return data

    def _length(self) -> int | None:
        """A number of up to nine groups of seven bits, the lowest first."""
        number = 0
        for shift in range(0, 63, 7):
            byte = self._stream.read(1)
            if not byte:
                if shift:
                    self.cut = OVER.format(self.read + 1)
                return None
            number |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return number
        self.cut = f"the file is damaged: block {self.read + 1} has no length"
        return None
