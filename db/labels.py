"""labels.db: what people decide about posts. Written by people through the staff pages, and by forget; never by a run."""

import json
from collections.abc import Iterable

from db import migrations
from db.folder import DataFolder
from db.opening import open_database, storage_errors
from tracker.records import Example


class Labels:
    """Codings, answers and quotes, keyed by the platform's ids."""

    def __init__(self, folder: DataFolder, *, readonly: bool = False) -> None:
        self._path = folder.labels
        self._db = open_database(folder.labels, migrations.labels, readonly=readonly)

    def coded_examples(self) -> list[Example]:
        """Every coded post whose text is still there, as a labelled example a coder."""
        with storage_errors(self._path):
            rows = self._db.execute(
                """
                select text, themes, platform, native_id, relevant, coder, cannot_tell from codings
                where text is not null order by platform, native_id, coder
                """
            ).fetchall()
        return [
            Example(
                text=text,
                themes=tuple(json.loads(themes)),
                platform=platform,
                native_id=native_id,
                relevant=None if relevant is None else bool(relevant),
                coder=coder,
                cannot_tell=bool(cannot_tell),
            )
            for text, themes, platform, native_id, relevant, coder, cannot_tell in rows
        ]

    def residue(self, names: Iterable[str]) -> list[str]:
        """Where something of a person is left: each row whose id, text or note holds one of `names`."""
        found = []
        with storage_errors(self._path):
            for table, columns in RESIDUE_COLUMNS.items():
                joined = " || char(10) || ".join(f"coalesce({column}, '')" for column in columns)
                for name in filter(None, names):
                    rows = self._db.execute(
                        f"select platform, native_id from {table} where instr(lower({joined}), lower(?)) > 0", [name]
                    )
                    found += [f"labels.db {table}: {platform} {native_id}" for platform, native_id in rows]
        return found

    def close(self) -> None:
        """Close the file."""
        self._db.close()


RESIDUE_COLUMNS = {
    "codings": ("native_id", "text", "note"),
    "answers": ("native_id", "note", "link"),
    "quotes": ("native_id", "text", "paraphrase", "consent_link"),
}
