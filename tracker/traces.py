"""By what someone could be known again in a text or a file: the second look after they were forgotten. Pure."""

import json
import re
from collections.abc import Iterable

SHORT = 6
"""An id shorter than this is told from a number only where it stands in quotation marks."""
OF_A_TEXT = 40
"""Code points by which a post's text is told; a shorter text than half of that says too little."""
OVERLAP = 4096
"""Bytes that two pieces of a file should share, so that nothing hides in a seam."""


class Traces:
    """Handles are found behind '@', '/' or a quotation mark, unless a longer one (`@ann@example.org`) begins so; ids and
    addresses as whole words; texts by how they begin, plain or as JSON writes them."""

    def __init__(
        self, *, handles: Iterable[str] = (), ids: Iterable[str] = (), urls: Iterable[str] = (), texts: Iterable[str] = ()
    ) -> None:
        known = sorted({identifier for identifier in ids if identifier and not identifier.startswith("@")})
        begun = {text[:OF_A_TEXT] for text in texts if len(text.strip()) >= OF_A_TEXT // 2}
        parts = [
            _any(r'(?<=[@/"])(?i:', {handle for handle in handles if handle}, r")(?![\w-]|[@.]\w)"),
            _any(r"(?<!\w)(?:", {i for i in known if len(i) >= SHORT} | set(urls), r")(?!\w)"),
            _any(r'"(?:', {i for i in known if len(i) < SHORT}, r')"'),
            _any("(?:", begun | {json.dumps(text)[1:-1] for text in begun}, ")"),
        ]
        told = "|".join(filter(None, parts))
        self._pattern = re.compile(told) if told else None

    def in_text(self, text: str) -> bool:
        """Whether a text holds something of them."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def in_name(self, name: str) -> bool:
        """Whether the name of a file does, as a whole or a part of it (`posts of @ann.csv`)."""
        return any(self.in_text(f'"{part}"') for part in parts_of_name(name))

    def in_bytes(self, content: bytes) -> bool:
        """Whether some bytes, read as UTF-8, do."""
        return self.in_text(content.decode("utf-8", "ignore"))


def parts_of_name(name: str) -> list[str]:
    """What of the name of a file could be a handle or an id."""
    parts = [
        name,
        name.rpartition(".")[0],
        *re.split(r"[\s/()\[\],_]+", name),
        *re.split(r"[^\w@-]+", name),
        *re.split(r"\W+", name),
    ]
    return [part.strip("@.") for part in dict.fromkeys(parts) if part.strip("@.")]


def _any(before: str, words: Iterable[str], after: str) -> str:
    """An alternative of literal words, the longest first; '' where there are none."""
    listed = sorted(words, key=lambda word: (-len(word), word))
    return f"{before}{'|'.join(map(re.escape, listed))}{after}" if listed else ""
