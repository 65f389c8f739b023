"""Ready-made questions: one .sql file each, with a title, who it is for and prose in its leading comments."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lookup:
    """One ready-made question. name is the file's name without `.sql`; `reader` says who it is for."""

    name: str
    title: str
    reader: str
    prose: str
    sql: str


def read_lookups(folder: Path) -> list[Lookup]:
    """The questions of a folder, by title. Raises ValueError for an unfinished one, see `read_lookup`."""
    return sorted((read_lookup(path) for path in folder.glob("*.sql")), key=lambda lookup: lookup.title)


def read_lookup(path: Path) -> Lookup:
    """One question: `-- title:`, `-- for:`, lines of prose as comments, then the SQL.

    Raises ValueError where the title, the reader, the prose or the SQL is missing: such a question is not finished.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    told = dict(comment.split(": ", 1) for comment in comments[:2] if ": " in comment)
    prose = " ".join(comments[2:])
    if set(told) != {"title", "for"} or not prose or not sql:
        raise ValueError(f"{path.name} must begin with '-- title: ', '-- for: ' and lines of prose, then the SQL")
    return Lookup(path.stem, told["title"], told["for"], prose, sql)
