"""What a successor has to know of the stores: when nights ran, what is open, what was handed out. Counts and dates, nobody who
posts; the stores are only read."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from db.desk import Desk
from db.folder import DataFolder
from db.handed_out import Copy, standing_copies
from db.reading_asked import how_many_by_state
from db.store import Store

NIGHTS = "select started_at, finished_at, status, exit_code from runs where command = 'nightly' order by id desc limit 14"
NEXT_TO_GO = "select started_at as at from runs where id = (select min(first_seen_run) from posts where is_own = 0)"


@dataclass(frozen=True, slots=True)
class Legacy:
    """nights: (began, ended, status, code), the newest first. questions: asked of us and still open, None where nobody notes
    them. oldest: when the oldest post of others that is still here came in. model: which one is live, since when."""

    nights: tuple[tuple[str, str | None, str, int | None], ...]
    copies: tuple[Copy, ...]
    questions: int | None
    oldest: str | None
    model: str | None


def legacy(folder: DataFolder) -> Legacy:
    """Read it. Raises Problem where a store cannot be read."""
    with closing(Store.open(folder, readonly=True)) as store:
        nights = [(row["started_at"], row["finished_at"], row["status"], row["exit_code"]) for row in store.rows(NIGHTS)]
        model = store.rows("select name || ', trained ' || trained_at as told from models where live = 1")
        oldest = store.rows(NEXT_TO_GO)
        return Legacy(
            tuple(nights),  # type: ignore[arg-type]
            tuple(standing_copies(store)),
            _questions(folder),
            str(oldest[0]["at"]) if oldest else None,
            str(model[0]["told"]) if model else None,
        )


def _questions(folder: DataFolder) -> int | None:
    if not folder.labels.is_file():
        return None
    address = f"{folder.tracker.absolute().as_uri()}?mode=ro"
    with closing(Desk(folder, readonly=True)) as opened, closing(sqlite3.connect(address, uri=True)) as db:
        return how_many_by_state(db, opened.answers())["open"]
