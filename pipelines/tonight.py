"""What the next night will stumble over, as far as it shows beforehand: room, the clock, sources that refused last time.

Nothing is asked and nothing is changed; each finding is a sentence with its level, and the exit code of a problem.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from db.alerting import failed_asks
from db.asked import last_asking_run
from db.copies import STORES
from db.folder import DataFolder
from db.runs import newest_moment
from db.store import Store
from pipelines.collecting import clock_off, place_of
from tracker.alerting import no_good_answer
from tracker.problems import Gap, Problem, StorageProblem
from tracker.records import Campaign
from tracker.sources import source_named

Finding = tuple[str, str, int]
"""(level, sentence, exit code)"""
WRONG_CLOCK = timedelta(minutes=5)
"""Platforms refuse signed requests by a clock that is off by more, and windows of time are then asked for wrongly."""
OWN_CLOCK_BACK = timedelta(minutes=2)


def room_lines(root: Path) -> Iterator[Finding]:
    """Space. Tonight's backup copies the stores and packs the copies beside them; deleting people or changing the schema has
    SQLite write a store once more, beside it and among its temporary files."""
    standing = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    free, stored = shutil.disk_usage(standing).free, bytes_of(*root.glob("*.db*"))
    data = DataFolder(root)
    backed_up = bytes_of(*(root / name for name in STORES))
    backups = data.backups if data.backups.is_dir() else standing
    free_for_backups = shutil.disk_usage(backups).free
    if free_for_backups < 2 * backed_up:
        why = f"it needs about {size(2 * backed_up)}, and {size(free_for_backups)} are free"
        advice = "Free some space, or move old backups elsewhere."
        yield "problem", f"Tonight's backup will fail: {why}. {advice}", StorageProblem.exit_code
    elif free < 2 * stored:
        yield "warning", f"Only {size(free)} are free beside a store of {size(stored)}; make twice its size free.", 0
    else:
        yield "ok", f"{size(free)} are free for data.", 0
    temporary = Path(os.environ.get("SQLITE_TMPDIR") or tempfile.gettempdir())
    largest = max((bytes_of(root / name) for name in STORES), default=0)
    if temporary.is_dir() and (left := shutil.disk_usage(temporary).free) < largest:
        sentence = f"Only {size(left)} are free in {temporary} for SQLite's temporary files, beside a store of {size(largest)}"
        yield "warning", f"{sentence}: `forget` and an upgrade would fail. Name a larger place in SQLITE_TMPDIR.", 0


def clock_lines(data: DataFolder, *, now: str) -> Iterator[Finding]:
    """Whether the clock can be right: no run is in the future, and servers that answered last said much the same time."""
    try:
        with closing(Store.open(data, readonly=True)) as store:
            newest, off = newest_moment(store), clock_off(store)
    except Problem:  # told of where the stores are looked over
        return
    moment = datetime.fromisoformat(now)
    if newest and datetime.fromisoformat(newest) - moment > OWN_CLOCK_BACK:
        wrong = f"By this machine's clock it is {now}, and the store has a run of {newest}: the clock is wrong now, or was then."
        yield "problem", f"{wrong} Set it (`timedatectl`) before the next night.", Gap.exit_code
    if not off:
        return
    if abs(off.seconds) > WRONG_CLOCK.total_seconds():
        way = "ahead" if off.seconds > 0 else "behind"
        wrong = f"On {off.at} this machine's clock was {in_words(abs(off.seconds))} {way} of that of {off.host}"
        yield "warning", f"{wrong}. Set it (`timedatectl`): sources may refuse us, and wrong times would be asked for.", 0
    else:
        yield "ok", f"This machine's clock agrees with that of {off.host} (on {off.at}).", 0


def refusal_lines(campaign: Campaign, data: DataFolder) -> Iterator[Finding]:
    """Servers that tonight asks, too, and that gave no good answer when they were last asked."""
    try:
        with closing(Store.open(data, readonly=True)) as store:
            run = last_asking_run(store)
            failed = failed_asks(store, run[0]) if run else []
    except Problem:  # told of where the stores are looked over
        return
    named = [source for name in campaign.sources.named() if (source := source_named(name))]
    asks = [ask for source in named for ask in source.asks(campaign)]
    tonight = {(ask.source, place) for ask in asks for place in ("", place_of(ask.server))}
    for one in failed:
        if run and one[:2] in tonight:
            said = f"When sources were last asked, on {run[1]}, no good answer came from {no_good_answer(*one)}"
            yield "warning", f"{said}; tonight may go the same way. The page “What is missing” says why.", 0


def bytes_of(*paths: Path) -> int:
    """Bytes that these files take; what is no file takes none."""
    return sum(path.stat().st_size for path in paths if path.is_file())


def size(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def in_words(seconds: int) -> str:
    """A length of time in words."""
    for length, unit in ((86400, "days"), (3600, "hours")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"
