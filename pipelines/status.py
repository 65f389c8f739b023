"""How things stand, for people and for monitors: last good run, files, gaps, the model, sizes."""

from dataclasses import dataclass
from datetime import timedelta

from db.folder import DataFolder
from db.health import public_problem
from db.standing import beside, standing
from db.store import Store
from tracker.problems import Gap, IncompleteRun, Problem, TruncatedFile, UsageProblem
from tracker.telling import count
from tracker.times import later


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` prints: facts by name (ready for JSON), and what is wrong."""

    facts: dict[str, object]
    problems: tuple[Problem, ...]


def status(folder: DataFolder, *, now: str, max_age: timedelta | None = None, only_age: bool = False) -> Status:
    """Read how the store of `folder` stands. Takes no lock and writes nothing. only_age: nothing but the age of the last good run
    is a problem, for a monitor to which a gap that stays would hide that nights stopped."""
    folder.refuse_lost()
    if not folder.exists():
        raise UsageProblem(
            f"There is no store in {folder.root} yet.",
            next_step="Import a file (`debate-tracker import FILE`), or give the right folder with --campaign or --data.",
        )
    store = Store.open(folder, readonly=True)
    try:
        facts = {**standing(store), **beside(folder, store)}
    finally:
        store.close()
    facts["data"] = str(folder.root)
    if folder.has_posts_apart():
        facts |= dict.fromkeys(("posts", "authors", "unread"))
    problems = [*_age(facts, now, max_age), *([] if only_age else _problems(facts))]
    if not only_age and (damaged := public_problem(folder)):
        problems.append(damaged)
    return Status(facts, tuple(problems))


def _gap_text(gap: dict[str, object]) -> str:
    return f"{gap['source']}, {gap['query']}, {gap['gap_from']} to {gap['gap_to']}"


def _age(facts: dict[str, object], now: str, max_age: timedelta | None) -> list[Problem]:
    last_good = facts["last_good_run"]
    if max_age is None:
        return []
    earliest = later(now, -max_age)
    if isinstance(last_good, dict) and str(last_good["finished_at"]) >= earliest:
        return []
    when = f"the last one ended at {last_good['finished_at']}" if isinstance(last_good, dict) else "there was none"
    return [
        IncompleteRun(
            f"No good run within {max_age / timedelta(hours=1):g} hours.",
            why=f"Looking at runs that ended ok, {when}.",
            next_step="Look at the last run above, and whether the nightly job is still scheduled.",
        )
    ]


def _problems(facts: dict[str, object]) -> list[Problem]:
    problems: list[Problem] = []
    gaps = facts["gaps"]
    if isinstance(gaps, list) and gaps:
        problems.append(
            Gap(
                f"{count(len(gaps), 'time')} in which posts may be missing for good: {'; '.join(map(_gap_text, gaps[:3]))}.",
                why="A source was not asked for longer than it looks back, or gives no more than so much.",
                safe="What was collected before and after is stored.",
                next_step="An export of that time fills it: put it into the inbox. It stays listed, so that readers know.",
            )
        )
    public = facts["public"]
    tried = public["last_try"] if isinstance(public, dict) else None
    if isinstance(tried, dict) and tried["exit_code"]:
        problems.append(
            IncompleteRun(
                f"The public copy was not renewed on {tried['at']}.",
                why=str(tried["note"] or "The run that was to do it failed."),
                safe="What the public sees is as it was before.",
                next_step="Mend what is named, then run `debate-tracker publish`; `publish --dry-run` tries it.",
            )
        )
    cut = facts["files_cut_short"]
    if isinstance(cut, list) and cut:
        problems.append(
            TruncatedFile(
                f"{count(len(cut), 'imported file')} ended in the middle, or came damaged: {', '.join(map(str, cut))}.",
                safe="Of what was cut the posts of whole rows are kept.",
                next_step="Fetch it again and import it under the same name; what is there already will not be doubled.",
            )
        )
    left = facts["files_not_ended"]
    if isinstance(left, list) and left:
        read = f"{count(len(left), 'file was', 'files were')} not read to {'its' if len(left) == 1 else 'their'} end"
        problems.append(
            IncompleteRun(
                f"{read}, since the run was stopped: {', '.join(map(str, left))}.",
                safe="What was read is kept.",
                next_step="What waits in the inbox is read by the next night; import any other again. Nothing is doubled.",
            )
        )
    return problems
