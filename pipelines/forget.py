"""Forget people and posts: in every store, in what was dropped into the inbox or taken out of the stores, in clear backups and in
the model; and see to it that they are not collected, imported or restored again.

Whom to forget is written down first, in DATA/forgetting and as keyed tombstones that are not yet swept; a forget that is killed
is ended, second look and all, by the next command that holds the lock. At its end nothing but the tombstones says who it was.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from db.copies import STORES
from db.folder import DataFolder
from db.forgetting import Found, find, note_forgotten, reposts_of, residue
from db.forgotten import Forgotten
from db.handed_out import Copy, note_withdrawal, standing_copies
from db.labels import Labels
from db.raw import RawStore
from db.store import Store
from db.sweeping import sweep
from pipelines.forget_report import ForgetReport, beyond_use
from pipelines.learning_files import examples_to_delete
from pipelines.leftovers import delete_files, in_files
from pipelines.publish import withdraw
from pipelines.rewriting import rewrite_backups
from pipelines.standard_input import named_paths
from pipelines.withdrawing import refuse_untold, write_list
from tracker.faults import Faults, read_text
from tracker.problems import Problem, StorageProblem, UsageProblem
from tracker.wishes import Wish, wish_for_handle, wish_for_id, wish_of, wishes_for_address

if TYPE_CHECKING:
    from pipelines.running import Run

LOG = logging.getLogger("debate_tracker")
NAMED = 5


def lines_of(listed: Path | None) -> Sequence[str]:
    """The lines of a file of wishes (`-`: standard input), none where there is none. Raises UsageProblem, PermissionProblem or
    StorageProblem where it cannot be read."""
    if listed is None:
        return ()
    with named_paths([listed]) as (path,):
        if not path.exists():
            raise UsageProblem(f"There is no file {path}.", next_step="Give --from the path of the list.")
        faults = Faults()
        text = read_text(path, faults)
    faults.raise_any()
    return (text or "").splitlines()


def wishes_of(handles: Sequence[str], urls: Sequence[str], ids: Sequence[str], listed: Sequence[str] = ()) -> tuple[Wish, ...]:
    """What was named on the command line. listed: lines, as wish_of reads them. Raises UsageProblem."""
    addressed = [wish for url in urls for wish in wishes_for_address(url)]
    told = [wish for line in listed if line.strip() and not line.lstrip().startswith("#") for wish in wish_of(line.strip())]
    return (*map(wish_for_handle, handles), *addressed, *map(wish_for_id, ids), *told)


def look_for(folder: DataFolder, wishes: Sequence[Wish]) -> ForgetReport:
    """What `forget` would find. Changes nothing and takes no lock."""
    _refuse_nothing(wishes)
    folder.refuse_lost()
    if not folder.exists():
        return _trial(find(None, wishes), ())
    with closing(Store.open(folder, readonly=True)) as store:
        return _trial(_find(folder, store, wishes), standing_copies(store))


def _find(folder: DataFolder, store: Store, wishes: Sequence[Wish]) -> Found:
    """All that DATA holds of what is wished for."""
    found = find(store, wishes)
    if folder.has_posts_apart():
        from pipelines.bulk_forgetting import find_in_posts

        find_in_posts(folder, found)
    return found


def _trial(found: Found, copies: Sequence[Copy]) -> ForgetReport:
    holders = tuple(copy.sentence() for copy in copies) if found.posts else ()
    shown = tuple(sorted(f"{platform}:{handle}" for platform, handle in found.handles))
    return ForgetReport(
        found.accounts(),
        found.how_many_posts(),
        trial=True,
        holders=holders,
        named=shown,
        texts=found.some_texts(),
        unknown=found.unknown_said(),
    )


def forget(run: "Run", wishes: Sequence[Wish], *, by: str = "local", withdrawals: Path | None = None) -> ForgetReport:
    """Forget all of them, with one compaction. by: who answers the request, for the audit. withdrawals: where to write what the
    holders of handed-out copies have to delete.

    Raises StorageProblem where a second look finds something left, and says where."""
    _refuse_nothing(wishes)
    found = _find(run.folder, run.store, wishes)
    run.folder.keep_forgetting(found.as_json(by))  # from here on no export is entered
    try:
        copies = standing_copies(run.store) if found.posts else []
        refuse_untold(run.folder, copies, withdrawals)
        if withdrawals is not None:
            write_list(withdrawals, found, reposts_of(run.store, found))
    except Problem:
        run.folder.drop_forgetting()
        raise
    run.forgotten.tombstones(found.tombstones(), now=run.clock(), reason="asked")
    report, left = _complete(run.folder, run.forgotten, run.store, run.raw, found, copies, by=by, now=run.clock())
    if left:
        raise _left(left)
    return replace(report, unknown=found.unknown_said(), examples=examples_to_delete(run.campaign, run.folder))


def end_forgetting(folder: DataFolder, forgotten: Forgotten, *, now: str) -> None:
    """End a forget that was killed and has left tombstones that are not yet swept. The caller holds the lock."""
    pending = folder.read_forgetting()
    if pending is None:
        sweep_all(folder, forgotten, None)
        forgotten.mark_swept(now=now)
        return
    found, by = Found.from_json(pending)
    with closing(Store.open(folder)) as store, closing(RawStore(folder)) as raw:
        copies = standing_copies(store) if found.posts else []
        _, left = _complete(folder, forgotten, store, raw, found, copies, by=by, now=now)
    if left:
        LOG.warning(
            "a forget that was killed is ended, and something of who is to be forgotten is left: %s", "; ".join(left[:NAMED])
        )


def _complete(
    folder: DataFolder,
    forgotten: Forgotten,
    store: Store,
    raw: RawStore,
    found: Found,
    copies: Sequence[Copy],
    *,
    by: str,
    now: str,
) -> tuple[ForgetReport, list[str]]:
    """Sweep everything, look a second time, enter it in the audit; (the report, where something is left)."""
    report = sweep_all(folder, forgotten, found, holders=tuple(copy.sentence() for copy in copies))
    left = list(_residues(folder, store, raw, found))
    stores = {name for name in STORES for place in left if place.startswith(name)}  # named there, with the row
    left += [name for name in in_files(folder, found.traces()) if name not in stores]
    if folder.has_posts_apart():
        from pipelines.bulk_forgetting import residue_in_posts

        left += residue_in_posts(folder, forgotten, found)
    note_forgotten(store, forgotten, found, by=by, left=len(left), now=now)
    note_withdrawal(store, copies, posts=found.how_many_posts(), now=now)
    forgotten.mark_swept(now=now)
    folder.drop_forgetting()
    return report, left


def sweep_all(folder: DataFolder, forgotten: Forgotten, found: Found | None, holders: tuple[str, ...] = ()) -> ForgetReport:
    """Free all of DATA of what is to stay forgotten. found None: nobody knows the names any more, so the files of inbox/done and
    inbox/failed all go, and the model, which the next night makes again."""
    names = found.names if found else set[str]()
    swept = sweep(folder, forgotten, names)
    if folder.has_posts_apart():
        from pipelines.bulk_forgetting import count_again, sweep_posts

        apart = sweep_posts(folder, forgotten)
        with closing(Store.open(folder)) as store:
            count_again(folder, store)
        counts = {name: getattr(swept, name) + getattr(apart, name) for name in ("posts", "redacted", "authors")}
        swept = replace(swept, **counts)
    withdrawn = withdraw(folder, forgotten)
    traces = found.traces() if found else None
    deleted = delete_files(folder, traces, forgotten)
    backups, sealed = rewrite_backups(folder, forgotten, names, traces)
    return ForgetReport(
        accounts=found.accounts() if found else 0,
        posts=found.how_many_posts() if found else 0,
        swept=swept,
        deleted=deleted,
        backups=backups,
        withdrawn=withdrawn,
        sealed=tuple(beyond_use(path) for path in sealed),
        holders=holders,
    )


def _refuse_nothing(wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise UsageProblem(
            "It was not said who or what is to be forgotten.",
            next_step="Give --handle x:ann, --url with the address of a profile or a post, or --id; each as often as you like. "
            "Or --from with a file of them, one a line.",
        )


def _residues(folder: DataFolder, store: Store, raw: RawStore, found: Found) -> Iterator[str]:
    """What each store still holds, read in its own format."""
    traces = found.traces()
    yield from residue(store, found)
    yield from raw.residue(traces, {platform for platform, _ in found.handles})
    if folder.labels.is_file():
        with closing(Labels(folder, readonly=True)) as labels:
            yield from labels.residue(traces)


def _left(left: list[str]) -> StorageProblem:
    shown = [*left[:NAMED], *([f"{len(left) - NAMED} more"] if len(left) > NAMED else [])]
    return StorageProblem(
        "Something of who is to be forgotten is left.",
        why=f"The second look found it here: {'; '.join(shown)}.",
        safe="All else of them is deleted, and they will not be collected, imported or restored again.",
        next_step="Delete by hand the files that are named here, but never a store (tracker.db, raw.db, labels.db). Forget the "
        "posts that are theirs (--id PLATFORM:ID), and who wrote them, if they are called otherwise by now. Then run the same "
        "command again.",
    )
