"""By which columns a table is told to be of a format; and, where it nearly is, which one is missing.

Names are compared without regard to capitals and to blanks around and between them, since people and programs change both.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tracker.platforms.named_cells import folded

NEARLY = 3
"""So many columns that only this format has make a table worth a word on what it lacks."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a format. needed: of each group one must be there; typical: what such tables have beyond that, of which
    `at_least` so many must be there, so that a table with common names is not taken for one. All names folded."""

    format: str
    needed: tuple[tuple[str, ...], ...]
    typical: frozenset[str] = frozenset()
    at_least: int = 0

    def fit(self, names: Collection[str]) -> bool:
        """Whether a table with columns of these names is one of the format."""
        return not self.missing(names) and self.seen(names) >= self.at_least

    def missing(self, names: Collection[str]) -> list[str]:
        """What the table lacks, a phrase for each group of which nothing is there."""
        there = {folded(name) for name in names}
        return [" or ".join(group) for group in self.needed if there.isdisjoint(group)]

    def seen(self, names: Collection[str]) -> int:
        """How many of the typical columns there are."""
        return len({folded(name) for name in names} & self.typical)

    def nearly(self, names: Collection[str]) -> list[str]:
        """What is missing in a table that was meant to be one of the format; empty where it was not, or where nothing is."""
        return self.missing(names) if self.seen(names) >= max(self.at_least, NEARLY) else []

    @property
    def in_words(self) -> str:
        """`DMI-TCAT: at least id, text, and time or created_at`, as tables are refused with."""
        return f"{self.format}: at least {', '.join(' or '.join(group) for group in self.needed)}"
