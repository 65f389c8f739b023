"""Collect: ask each source of the campaign for what is new, follow the threads of its posts, and look again at recent ones.

Nothing here decides what belongs to the debate, nor what is new: see paging.py. A source that fails is a coverage row and a
problem of the run; the others are still asked.
"""

from collections.abc import Iterable, Sequence

from db.runs import note_not_asked
from pipelines.collecting import Collecting, not_again, over_the_network, place_of
from pipelines.credentials import Credentials
from pipelines.following_up import follow_threads, refresh_posts
from pipelines.messages import group_messages
from pipelines.paging import Rules
from pipelines.planning import chosen, may_be_asked, refuse_backward
from pipelines.running import Run
from pipelines.summarise import summarise
from tracker.matching import Matcher
from tracker.problems import CampaignProblem, IncompleteRun, Problem
from tracker.sources import Source, source_named
from tracker.sources.asking import Ask


def collect(
    run: Run,
    names: Sequence[str] = (),
    *,
    since: str | None = None,
    until: str | None = None,
    max_cost: float | None = None,
    credentials: Credentials | None = None,
) -> str:
    """Ask the sources; gives a sentence on what came of it. Problems are put into the run."""
    with over_the_network(run) as web:
        rules = Rules(run.campaign, Matcher(run.campaign), run.forgotten)
        collecting = Collecting(run, web, rules, credentials or Credentials(), since, until, max_cost)
        for name in chosen(run.campaign, names):
            try:
                _ask_source(collecting, name)
            except Problem:
                raise
            except Exception as error:  # noqa: BLE001  what is outside of an ask: a source that cannot be read
                collecting.failed_by_a_bug(collecting.asked(name, "", ""), error)
    failed = f"; {collecting.failed} of {collecting.asks} questions failed" if collecting.failed else ""
    return f"{collecting.new} new posts, {collecting.known} known ones seen again{failed}"


def collect_and_count(
    run: Run,
    names: Sequence[str],
    *,
    since: str | None,
    until: str | None,
    max_cost: float | None,
) -> None:
    """Collect, then put copies of one message together and count the days that changed: a whole `collect` run."""
    refuse_backward(since, until)
    chosen(run.campaign, names)
    with run.step("collect") as notes:
        notes.append(collect(run, names, since=since, until=until, max_cost=max_cost))
    with run.step("messages"):
        group_messages(run)
    with run.step("count"):
        summarise(run)


def _ask_source(collecting: Collecting, name: str) -> None:
    run, source = collecting.run, source_named(name)
    if source is None:
        _leave(collecting, name, IncompleteRun(f"{name} was not asked.", why="This version of the program cannot ask it."))
        return
    asks = source.asks(run.campaign)
    allowed = [ask for ask in asks if may_be_asked(run.campaign, ask)]
    _leave_ungoverned(collecting, name, [ask for ask in asks if ask not in allowed])
    for ask in allowed:
        _ask_one(collecting, source, ask)
    thread, refresh = getattr(source, "thread", None), getattr(source, "refresh", None)
    if allowed and not collecting.by_hand() and not _all_closed(collecting, allowed):
        if refresh:
            refresh_posts(collecting, source, refresh)
        if thread:
            follow_threads(collecting, source, thread)


def _ask_one(collecting: Collecting, source: Source, ask: Ask) -> None:
    asked = collecting.asked(ask.source, ask.server, ask.query)
    given_up = collecting.closed.get((asked.source, asked.server))
    if given_up is not None:
        collecting.asks += 1
        collecting.failed += 1
        status = str(getattr(given_up, "status", "unreachable"))
        asked.keep(status=status, got=None, now=collecting.run.clock(), note=not_again(given_up, ask))
        return
    collecting.take(source.pages(ask, collecting.asking(ask.source, asked.cursor())), asked)


def _all_closed(collecting: Collecting, asks: Iterable[Ask]) -> bool:
    return all((ask.source, place_of(ask.server)) in collecting.closed for ask in asks)


def _leave_ungoverned(collecting: Collecting, name: str, asks: Sequence[Ask]) -> None:
    """A source on the open internet is not asked until it is said who answers for it, and on what basis."""
    if not asks:
        return
    run, missing = collecting.run, ", ".join(collecting.run.campaign.governance.missing())
    run.problems.append(
        CampaignProblem(
            f"{name} was not asked.",
            why=f"campaign.toml, [governance]: {missing} not filled in.",
            safe="Everything else of the run was done.",
            next_step="Fill in [governance] in campaign.toml, or take the source's table out.",
        )
    )
    for ask in asks:
        asked = collecting.asked(ask.source, ask.server, ask.query)
        asked.keep(status="not-asked", got=None, now=run.clock(), note=f"governance is not filled in: {missing}")


def _leave(collecting: Collecting, name: str, problem: IncompleteRun) -> None:
    run = collecting.run
    problem.safe, problem.next_step = "Everything else was done.", f"Put an export of {name} into the inbox."
    run.problems.append(problem)
    note_not_asked(run.store, run.id, name, now=run.clock(), note=problem.why)
