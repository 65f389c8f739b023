"""Named statements in the .sql files of this folder: `-- name: NAME` starts one, the next name or the end ends it."""

import re
from functools import cache
from pathlib import Path

NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str) -> dict[str, str]:
    """The statements of db/`file` by name."""
    parts = NAME.split((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {name: sql.strip() for name, sql in zip(parts[1::2], parts[2::2], strict=True)}
