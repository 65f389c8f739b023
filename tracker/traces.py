"""By what someone could be known again in a text or a file: the second look after they were forgotten. Pure."""

import json
import re
from collections.abc import Iterable

from tracker.persons import A_SITE, AT, TRAILING, calling, plainly

SHORT = 6
"""An id shorter than this is told from a number only where it stands in quotation marks."""
OF_A_TEXT = 40
"""Code points by which a post's text is told; a shorter text than half of that says too little."""
OVERLAP = 4096
"""Bytes that two pieces of a file should share, so that nothing hides in a seam."""

_PLACES = "profiles?|users?|u|in|people|authors?|by|channel|c"
BEFORE_A_HANDLE = rf"(?:[{AT}]|(?i:\b(?:{A_SITE})|/(?:{_PLACES}))/|/~)"
_PAGE_OF = rf"(?:[{AT}~]|(?:{_PLACES})/)"

WORD = re.compile(r"\w+")
END = re.compile(r"(?=.*\d)\w+")
ADDRESS = re.compile(r"(?:https?|at)://[^\s<>\"',;|]+")


class Traces:
    """Handles are found behind '@', in addresses of people, or alone in quotation marks, unless a longer one (`@ann@example.org`)
    begins so; ids and addresses as whole words; texts by how they begin, plain or as JSON writes them. namesakes: (host, name) of
    others whose addresses there hold a handle of theirs, and tell nobody."""

    def __init__(
        self,
        *,
        handles: Iterable[str] = (),
        ids: Iterable[str] = (),
        urls: Iterable[str] = (),
        texts: Iterable[str] = (),
        names: Iterable[str] = (),
        namesakes: Iterable[tuple[str, str]] = (),
    ) -> None:
        named = {handle for handle in handles if handle}
        known = sorted({identifier for identifier in ids if identifier and not identifier.startswith("@")})
        begun = {text[:OF_A_TEXT] for text in texts if len(text.strip()) >= OF_A_TEXT // 2}
        told = [
            _any(BEFORE_A_HANDLE + "(?i:", named, r")(?![\w-]|[@.]\w)"),
            _any(r"(?<!\w)(?:", {i for i in known if len(i) >= SHORT} | set(urls), r")(?!\w)"),
            _any("(?:", begun | {json.dumps(text)[1:-1] for text in begun}, ")"),
        ]
        quoted = [_any('"(?i:', named, ')"'), _any(r'"(?:', {i for i in known if len(i) < SHORT}, r')"')]
        cells = _any(r"(?:^|[,;\t>|])(?i:", named, r")(?=[,;\t\r\n<|]|$)")
        self._told, self._told_or_quoted = _either(told), _either([*told, *quoted])
        self._called = calling(names)
        self._of_others = _either(
            rf"(?i:(?<![\w.-]){re.escape(host)}/{_PAGE_OF}?{re.escape(name)})(?![\w-]|[@.]\w)" for host, name in namesakes
        )
        self._in_files = _either([*told, *quoted, cells])

    def in_text(self, text: str) -> bool:
        """Whether a text holds something of them."""
        return self._told_or_quoted is not None and self._told_or_quoted.search(self._theirs(text)) is not None

    def in_note(self, note: str) -> bool:
        """Whether a note on a post does: there they may be called by a bare handle, or by the name they show."""
        return self.in_text(note) or (self._called is not None and self._called.search(plainly(note)) is not None)

    def in_ours(self, text: str) -> bool:
        """Whether something that this program wrote does: there, a word in quotation marks is a word of its own (`"all"`)."""
        return self._told is not None and self._told.search(self._theirs(text)) is not None

    def in_name(self, name: str) -> bool:
        """Whether the name of a file does, as a whole or a part of it (`posts of @ann.csv`)."""
        return any(self.in_text(f'"{part}"') for part in parts_of_name(name))

    def in_bytes(self, content: bytes, *, ours: bool = False) -> bool:
        """Whether some bytes, read as UTF-8, do; in a table a handle can be a cell. ours: this program wrote them."""
        text = content.decode("utf-8", "ignore")
        if ours:
            return self.in_ours(text)
        return self._in_files is not None and self._in_files.search(self._theirs(text)) is not None

    def _theirs(self, text: str) -> str:
        """The text without the addresses of others who are called alike."""
        return self._of_others.sub("", text) if self._of_others else text


class TracesOfPosts:
    """By what a file tells that it holds one of some posts, be they very many: by their addresses, and by what ids and addresses
    end in (`.../status/1847900000000000001`, `.../post/3m5abcdefgh22`), alone, where that is no plain word."""

    def __init__(self, ids: Iterable[str]) -> None:
        known = [identifier.rstrip("/") for identifier in ids if identifier]
        ends = {identifier.rpartition("/")[2] for identifier in known}
        self._words = {end for end in ends if len(end) >= SHORT and END.fullmatch(end)}
        self._addresses = {identifier for identifier in known if "://" in identifier}

    def in_text(self, text: str) -> bool:
        """Whether a text holds one of them."""
        plain = text.replace("\\/", "/")
        if not self._words.isdisjoint(WORD.findall(plain)):
            return True
        return not self._addresses.isdisjoint(found.rstrip(TRAILING + "/") for found in ADDRESS.findall(plain))

    def in_name(self, name: str) -> bool:
        """Whether the name of a file does."""
        return self.in_text(name)

    def in_bytes(self, content: bytes, *, ours: bool = False) -> bool:
        """Whether some bytes, read as UTF-8, do."""
        return self.in_text(content.decode("utf-8", "ignore"))


def parts_of_name(name: str) -> list[str]:
    """What of the name of a file could be a handle or an id."""
    stem = name.rpartition(".")[0]
    parts = [
        name,
        stem,
        *re.split(r"[\s/()\[\],_]+", stem),
        *re.split(r"[\s/()\[\],_]+", name),
        *re.split(r"[^\w@-]+", name),
        *re.split(r"\W+", name),
    ]
    return [part.strip("@.") for part in dict.fromkeys(parts) if part.strip("@.")]


def _either(parts: Iterable[str]) -> re.Pattern[str] | None:
    told = "|".join(filter(None, parts))
    return re.compile(told, re.MULTILINE) if told else None


def _any(before: str, words: Iterable[str], after: str) -> str:
    """An alternative of literal words, the longest first; '' where there are none."""
    listed = sorted(words, key=lambda word: (-len(word), word))
    return f"{before}{'|'.join(map(re.escape, listed))}{after}" if listed else ""
