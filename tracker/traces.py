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
    """Handles are found behind '@', '/' or a quotation mark; ids and addresses as whole words; texts by how they begin, plain or
    as JSON writes them."""

    def __init__(
        self, *, handles: Iterable[str] = (), ids: Iterable[str] = (), urls: Iterable[str] = (), texts: Iterable[str] = ()
    ) -> None:
        known = sorted({identifier for identifier in ids if identifier and not identifier.startswith("@")})
        begun = {text[:OF_A_TEXT] for text in texts if len(text.strip()) >= OF_A_TEXT // 2}
        parts = [
            _any(r'(?<=[@/"])(?i:', {handle for handle in handles if handle}, r")(?![\w-])"),
            _any(r"(?<!\w)(?:", {i for i in known if len(i) >= SHORT} | set(urls), r")(?!\w)"),
            _any(r'"(?:', {i for i in known if len(i) < SHORT}, r')"'),
            _any("(?:", begun | {json.dumps(text)[1:-1] for text in begun}, ")"),
        ]
        told = "|".join(filter(None, parts))
        self._pattern = re.compile(told) if told else None

    def in_text(self, text: str) -> bool:
        """Whether a text holds something of them."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def in_bytes(self, content: bytes) -> bool:
        """Whether some bytes, read as UTF-8, do."""
        return self.in_text(content.decode("utf-8", "ignore"))


def _any(before: str, words: Iterable[str], after: str) -> str:
    """An alternative of literal words, the longest first; '' where there are none."""
    listed = sorted(words, key=lambda word: (-len(word), word))
    return f"{before}{'|'.join(map(re.escape, listed))}{after}" if listed else ""
