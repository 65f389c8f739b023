"""Forget people and posts: in every store, in what was dropped into the inbox, in clear backups and in the model; and see to it
that they are not collected, imported or restored again.

Whom to forget is written down first, as keyed tombstones that are not yet swept; a forget that is killed is ended by the next
command that holds the lock.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from db.folder import DataFolder
from db.forgetting import Found, find, note_forgotten, residue
from db.forgotten import Forgotten
from db.labels import Labels
from db.store import Store
from db.sweeping import Swept, sweep
from pipelines.rewriting import rewrite_backups
from tracker.exports.opening import open_export
from tracker.problems import Problem, StorageProblem, UsageProblem
from tracker.traces import OVERLAP, Traces
from tracker.wishes import Wish, wish_for_handle, wish_for_id, wishes_for_address

if TYPE_CHECKING:
    from pipelines.running import Run

PIECE = 1 << 20
NAMED = 5


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What was forgotten (or, as a trial, would be). files: deleted from the inbox. sealed: backups that are encrypted."""

    accounts: int
    posts: int
    swept: Swept = field(default_factory=Swept)
    files: tuple[str, ...] = ()
    backups: int = 0
    sealed: tuple[str, ...] = ()
    model: bool = False
    trial: bool = False

    def text(self) -> str:
        """For the person who answers the letter."""
        lines = [f"{_counted(self.accounts, 'account')} and {_counted(self.posts, 'post')} belong to what was named."]
        if self.trial:
            return f"{lines[0]}\nNothing was changed. Without --dry-run they are deleted and never collected or imported again."
        swept = self.swept
        deleted = (_counted(swept.posts, "post"), _counted(swept.authors, "account"), _counted(swept.items, "raw item"))
        lines.append(f"Deleted: {', '.join(deleted)}.")
        lines.append(f"Redacted in what others wrote: {_counted(swept.redacted, 'post')}.")
        if swept.labels:
            lines.append(f"Codings of {_counted(swept.labels, 'post')} keep their verdict and no longer say on which post.")
        lines += [f"Deleted from the inbox, since it held something of theirs: {name}" for name in self.files]
        if self.backups:
            lines.append(f"Taken out of {_counted(self.backups, 'backup')}.")
        if self.model:
            lines.append("The theme model held a word of theirs and was deleted; the next night makes it again.")
        for name in self.sealed:
            lines.append(f"{name} is encrypted and still holds them. It is beyond use: `restore` would take them out.")
        lines.append("They will not be collected, imported or restored again.")
        return "\n".join(lines)


def wishes_of(handles: Sequence[str], urls: Sequence[str], ids: Sequence[str]) -> tuple[Wish, ...]:
    """What was named on the command line. Raises UsageProblem."""
    addressed = [wish for url in urls for wish in wishes_for_address(url)]
    return (*map(wish_for_handle, handles), *addressed, *map(wish_for_id, ids))


def look_for(folder: DataFolder, wishes: Sequence[Wish]) -> ForgetReport:
    """What `forget` would find. Changes nothing and takes no lock."""
    _refuse_nothing(wishes)
    if not folder.exists():
        found = find(None, wishes)
    else:
        with closing(Store.open(folder, readonly=True)) as store:
            found = find(store, wishes)
    return ForgetReport(len(found.authors), len(found.posts), trial=True)


def forget(run: "Run", wishes: Sequence[Wish]) -> ForgetReport:
    """Forget all of them, with one compaction. Raises StorageProblem where a second look finds something left, and says where."""
    _refuse_nothing(wishes)
    found = find(run.store, wishes)
    run.forgotten.tombstones(found.tombstones(), now=run.clock(), reason="asked")
    report = sweep_all(run.folder, run.forgotten, found)
    left = [*_residues(run, found), *_in_files(run.folder, found.traces())]
    if left:
        shown = [*left[:NAMED], *([f"{len(left) - NAMED} more"] if len(left) > NAMED else [])]
        raise StorageProblem(
            "Something of who is to be forgotten is left.",
            why=f"The second look found it here: {'; '.join(shown)}.",
            safe="All else of them is deleted, and they will not be collected, imported or restored again.",
            next_step="Delete by hand what is named here, then run the same command again.",
        )
    note_forgotten(run.store, run.forgotten, found, now=run.clock())
    run.forgotten.mark_swept(now=run.clock())
    return report


def sweep_all(folder: DataFolder, forgotten: Forgotten, found: Found | None) -> ForgetReport:
    """Free all of DATA of what is to stay forgotten. found None: nobody knows the names any more (a forget was killed), so the
    files of inbox/done and inbox/failed all go, and the model, which the next night makes again."""
    swept = sweep(folder, forgotten)
    traces = found.traces() if found else None
    files = [path for part in (folder.done, folder.failed) for path in _files_with(part, traces)]
    for path in files:
        path.unlink()
    knowing = [place for place in _models(folder) if any(True for _ in _files_with(place, traces))]
    for place in knowing:
        shutil.rmtree(place)
    backups, sealed = rewrite_backups(folder, forgotten)
    return ForgetReport(
        accounts=len(found.authors) if found else 0,
        posts=len(found.posts) if found else 0,
        swept=swept,
        files=tuple(path.name for path in files),
        backups=backups,
        sealed=tuple(path.name for path in sealed),
        model=folder.model in knowing,
    )


def finish_forgetting(folder: DataFolder, *, now: str) -> None:
    """End a forget that was killed. The caller holds the lock."""
    if folder.forgotten.exists() and folder.exists():
        with closing(Forgotten(folder)) as forgotten:
            if forgotten.unswept():
                sweep_all(folder, forgotten, None)
                forgotten.mark_swept(now=now)


def _refuse_nothing(wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise UsageProblem(
            "It was not said who or what is to be forgotten.",
            next_step="Give --handle x:ann, --url with the address of a profile or a post, or --id; each as often as you like.",
        )


def _residues(run: "Run", found: Found) -> Iterator[str]:
    """What each store still holds, read in its own format."""
    traces = found.traces()
    yield from residue(run.store, found)
    yield from run.raw.residue(traces)
    if run.folder.labels.is_file():
        with closing(Labels(run.folder, readonly=True)) as labels:
            yield from labels.residue(traces)


def _in_files(folder: DataFolder, traces: Traces) -> Iterator[str]:
    """The other files of DATA that hold something of them; what waits in the inbox is filtered when it is imported."""
    for path in sorted(folder.root.rglob("*")):
        waiting = folder.inbox in path.parents and not {folder.done, folder.failed} & set(path.parents)
        if path.is_file() and not waiting and folder.backups not in path.parents and _holds(path, traces):
            yield path.relative_to(folder.root).as_posix()


def _models(folder: DataFolder) -> list[Path]:
    """The model in place and those kept beside it."""
    kept = sorted(folder.models.iterdir()) if folder.models.is_dir() else []
    return [place for place in (folder.model, *kept) if place.is_dir()]


def _files_with(folder: Path, traces: Traces | None) -> Iterator[Path]:
    """The files in and below a folder that hold something of them; all of them where it is not known who they are."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and not path.is_symlink() and (traces is None or _holds(path, traces)):
            yield path


def _holds(path: Path, traces: Traces) -> bool:
    """Whether a file holds something of them, by its name, its bytes, or, where it is packed, what is in it."""
    if traces.in_text(f"/{path.name}"):
        return True
    with path.open("rb") as stream:
        if any(traces.in_bytes(piece) for piece in _pieces(stream.read)):
            return True
    if path.suffix in (".db", ".bin", ".json", ".cfg"):
        return False
    try:
        for opened in open_export(path):
            with opened.open() as stream:
                if any(traces.in_bytes(piece) for piece in _pieces(stream.read)):
                    return True
    except Problem:
        return False  # it cannot be unpacked, and its bytes hold nothing of them
    return False


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    end = b""
    while piece := read(PIECE):
        yield end + piece
        end = piece[-OVERLAP:]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
