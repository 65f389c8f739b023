"""The mark that a demo leaves in its folder: that it is one, when its clock stands, and from what it was made.

Apart from the demo itself, so that serving a store loads neither the night nor spaCy.
"""

import json
from pathlib import Path

from db.folder import DataFolder

MARK, PARTIAL = "demo.json", ".new"


def read_mark(mark: Path) -> dict[str, str] | None:
    """What the mark says: now, and inputs where the demo is whole; None: no demo was made here."""
    if not mark.is_file():
        return None
    read: dict[str, str] = json.loads(mark.read_text(encoding="utf-8"))
    return read


def write_mark(mark: Path, now: str, *, inputs: str | None = None) -> None:
    """Leave the mark, whole or not at all: another demo may be reading it. inputs: only where the demo is whole."""
    partial = mark.with_suffix(PARTIAL)
    partial.write_text(json.dumps({"now": now} | ({"inputs": inputs} if inputs else {})) + "\n", encoding="utf-8")
    partial.replace(mark)


def held_clock(folder: DataFolder) -> str | None:
    """When the clock of the demo in `folder` stands (UTC), so that its pages do not grow old; None: it is no demo."""
    standing = read_mark(folder.root / MARK)
    return standing["now"] if standing else None
