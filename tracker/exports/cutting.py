"""Cutting a large file into parts that are read apart, by several processes: JSON lines, as they lie on the disk.

Nothing else is cut. A table may hold a line end within a cell, and what is packed can only be read from its beginning.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from tracker.exports import ExportFormat
from tracker.exports.head import Head
from tracker.exports.json_rows import holds_lines
from tracker.records import Row, Truncated

BY_LINE = frozenset(("zeeschuimer", "4cat-json", "twarc2", "twitter-v1", "mastodon-statuses", "bluesky-json", "reddit-dump"))
"""Formats of which each line can be read without the others (their slugs)."""
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a file: from byte `begin` up to byte `end`; `line` is the number of its first line."""

    begin: int
    end: int
    line: int = 1


def can_be_cut(path: Path, head: Head, chosen: ExportFormat) -> bool:
    """Whether the file of this head lies on the disk as lines that can be read apart."""
    if chosen.slug not in BY_LINE:
        return False
    with path.open("rb") as stream:
        if stream.read(len(head.data)) != head.data:
            return False
        stream.seek(0)
        return holds_lines(stream)


def cuts_of(path: Path, part_bytes: int) -> tuple[str, list[Cut]]:
    """The SHA-256 of a file, and its parts of about `part_bytes` each, in one pass over it."""
    digest, cuts = hashlib.sha256(), []
    begin = at = 0
    lines, first = 0, 1
    with path.open("rb") as stream:
        while piece := stream.read(min(PIECE, part_bytes)):
            digest.update(piece)
            full = at + len(piece) - begin
            if full >= part_bytes and (ends := piece.rfind(b"\n")) >= 0:
                end = at + ends + 1
                within = piece.count(b"\n", 0, ends + 1)
                cuts.append(Cut(begin, end, first))
                begin, first = end, lines + within + 1
            lines += piece.count(b"\n")
            at += len(piece)
    if at > begin or not cuts:
        cuts.append(Cut(begin, at, first))
    return digest.hexdigest(), cuts


def rows_of_cut(path: Path, cut: Cut, chosen: ExportFormat) -> Iterator[Row]:
    """The rows of a part, each with its line in the whole file."""
    with path.open("rb") as whole:
        stream = io.BufferedReader(_Between(whole, cut))
        for row in chosen.read(stream, lambda name: None):
            line = row.line + cut.line - 1
            if isinstance(row, Truncated):
                yield Truncated(row.reason.replace(f"line {row.line}", f"line {line}"), line)
            else:
                yield replace(row, line=line)


class _Between(io.RawIOBase):
    """The bytes of a part, as a file of their own."""

    def __init__(self, whole: BinaryIO, cut: Cut) -> None:
        self._whole, self._left = whole, cut.end - cut.begin
        whole.seek(cut.begin)

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """What comes next, as far as the part goes."""
        piece = self._whole.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)
