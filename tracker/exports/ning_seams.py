"""The JSON of Ning's archives, which is not sound at its seams, mended: commas that are missing between objects, lists that end
too early (`}]{`) or begin twice (`}[{`), brackets that close nothing. What stands in strings is never touched.
"""

import re

MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]:,"]|[^\s"{}\[\]:,]++', re.DOTALL)
BETWEEN = re.compile(r"[\s,;()\[\]}]*")
"""What may stand between the objects of a file: whatever the seams are made of."""
OPENS = {"}": "{", "]": "["}


def mended(text: str, at: int) -> tuple[str, int] | None:
    """The value that begins at `at` as it was meant, and where it ends; None where more text is needed to tell."""
    mending = _Mending()
    for match in MARK.finditer(text, at):
        mark = match.group()
        if mark == '"':
            return None
        mending.take(mark)
        if not mending.open:
            return "".join(mending.kept), match.end()
    return None


class _Mending:
    """The marks and values that are kept, and the brackets that are open."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.open: list[str] = []

    def take(self, mark: str) -> None:
        """Keep one, mended where it does not follow from what is before."""
        last = self.kept[-1] if self.kept else ""
        if mark in OPENS:
            self._close(mark, last)
        elif mark == ",":
            if last not in ("", ",", "{", "[", ":"):
                self.kept.append(mark)
        elif mark == ":":
            self.kept.append(mark)
        else:
            self._value(mark, last)

    def _value(self, mark: str, last: str) -> None:
        within = self.open[-1] if self.open else ""
        if mark == "{" and last == "]" and within == "{":  # the list ended too early
            self.kept.pop()
            self.open.append("[")
            last = self.kept[-1]
        elif mark == "[" and last == "}" and within == "[":  # the list begins twice
            return
        if last not in ("", ",", "{", "[", ":"):
            self.kept.append(",")
        self.kept.append(mark)
        if mark in ("{", "["):
            self.open.append(mark)

    def _close(self, mark: str, last: str) -> None:
        if mark == "]" and self.open[-1:] != ["["]:
            return
        if last == ",":
            self.kept.pop()
        if mark == "}" and self.open[-1:] == ["["]:
            self.kept.append("]")
            self.open.pop()
        if self.open[-1:] == [OPENS[mark]]:
            self.kept.append(mark)
            self.open.pop()
