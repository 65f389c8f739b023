"""Watches over a night from outside of it: tells the dead-man's switch, and whoever looks after the campaign what happened.

None of it can end or hold up a night: every channel has a deadline, and what could not be delivered is told on stderr and in the
log, and tried again by the next night. Only a bug in it changes the exit code, of a night that would have ended with 0.
"""

import json
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from db.alerting import days_lately, failed_asks, heard_from, without_answer
from db.folder import DataFolder, private_file
from db.store import Store
from pipelines.alert_channels import Channels
from pipelines.credentials import Credentials
from pipelines.ending import code_of
from pipelines.running import Clock, Run
from tracker.alerting import (
    SPIKE,
    BusyDay,
    Occurrence,
    Standing,
    as_plain,
    carried_on,
    failed_steps,
    fell_silent,
    from_plain,
    message,
    nights_over,
    no_good_answer,
    silences_over,
    spikes,
    to_tell,
    told,
    trial,
    unanswered,
)
from tracker.campaign import read_campaign
from tracker.counting import local_day
from tracker.problems import FellSilent, IncompleteRun, Problem, from_os_error, os_errors
from tracker.records import Campaign
from tracker.times import later, system_clock

LOG = logging.getLogger("debate_tracker")
STOPPED = (130, 143)
SILENT_AFTER = timedelta(days=2)
DAYS = 28
SWITCH = "the dead-man's switch"


@dataclass(slots=True)
class Night:
    """What is watched over. run: where it was begun at all; bug: whether telling of it failed by one."""

    run: Run | None = None
    bug: bool = False


@contextmanager
def watched_over(campaign_folder: Path, folder: DataFolder, *, whole: bool, clock: Clock = system_clock) -> Iterator[Night]:
    """Watch over a night (`whole`), or over its light part, which tells of sources and spikes only."""
    channels, night, code = _channels(campaign_folder), Night(), 0
    if whole:
        with _apart("The dead-man's switch could not be told", night):
            channels.ping("start")
    try:
        yield night
    except BaseException as leaving:
        code = code_of(leaving)
        raise
    finally:
        if whole:
            with _apart("The dead-man's switch could not be told", night):
                channels.ping(str(code))
        if code not in STOPPED:
            with _apart("Alerts could not be told", night):
                _alert(channels, folder, night, code, whole=whole, now=clock())
        if night.bug and code == 0:
            raise SystemExit(1)


@contextmanager
def _apart(what: str, night: Night) -> Iterator[None]:
    """What goes wrong in telling is told in its turn, and the night goes on. A bug makes one that ended well end with the code of
    one, after all of its work."""
    try:
        with os_errors():
            yield
    except Problem as problem:
        _say_untold(what, problem, night.run)
    except Exception:
        night.bug = True
        LOG.exception("%s, by a bug", what)


def _channels(campaign_folder: Path) -> Channels:
    """The channels; where the campaign cannot be read, those that need nothing of it."""
    try:
        campaign = read_campaign(campaign_folder)
    except Problem:  # the night itself says so
        campaign = Campaign(str(campaign_folder), campaign_folder.resolve().name)
    return Channels(campaign, Credentials())


def _alert(channels: Channels, folder: DataFolder, night: Night, code: int, *, whole: bool, now: str) -> None:
    if channels.names():
        about = channels.campaign.alerts.about
        found, over = _found(channels.campaign, folder, night, code, whole, now)
        _tell(channels, folder, [one for one in found if one.kind in about], over=over, night=night, now=now)


# ---- what there is to tell -------------------------------------------------------------------------------------------


def _found(
    campaign: Campaign, folder: DataFolder, night: Night, code: int, whole: bool, now: str
) -> tuple[list[Occurrence], set[str]]:
    """What there is to tell; the keys and kinds of what is over unless it is among that, as far as a night came."""
    run = night.run
    steps = [(step.name, step.exit_code) for step in run.steps] if run else []
    try:
        servers, others, over = _of_the_store(campaign, folder, run, now) if run else ([], [], set[str]())
    except Problem as problem:
        _say_untold("Sources and spikes could not be looked at for alerts", problem, run)
        servers, others, over = [], [], set()
    failed = whole and not (run and _only_silent(run, code))
    over |= nights_over(name for name, said in steps if not (said and failed))
    return [*(failed_steps(steps, code, servers) if failed else ()), *others], over if whole and run else set()


def _only_silent(run: Run, code: int) -> bool:
    """Whether a night ended with its code for no other reason than a source that fell silent, which is told by itself."""
    whole = all(step.status in ("ok", "partial") for step in run.steps)
    return code == IncompleteRun.exit_code and whole and all(isinstance(problem, FellSilent) for problem in run.problems)


def _of_the_store(campaign: Campaign, folder: DataFolder, run: Run, now: str) -> tuple[list[str], list[Occurrence], set[str]]:
    """The servers that did not answer in this run, in words; sources that fell silent, and spikes; what is over of these."""
    silent = {one.key: one for one in (fell_silent(p.place, p.odd) for p in run.problems if isinstance(p, FellSilent))}
    today = local_day(now, campaign.timezone)
    since = later(now, -SILENT_AFTER)
    with closing(Store.open(folder, readonly=True)) as store:
        servers = [no_good_answer(*failed) for failed in failed_asks(store, run.id)]
        silent |= {one.key: one for one in (unanswered(*row) for row in without_answer(store, run.id, since=since))}
        days = [BusyDay(*row) for row in days_lately(store, today, DAYS)]
        over = {SPIKE, *silences_over(heard_from(store, run.id))}
    return servers, [*silent.values(), *spikes(days, campaign.alerts, today=today)], over


# ---- telling it ------------------------------------------------------------------------------------------------------


def _tell(
    channels: Channels, folder: DataFolder, found: Sequence[Occurrence], *, over: Collection[str], night: Night, now: str
) -> None:
    standing = carried_on(standing_alerts(folder), found, now=now, over=over)
    for channel in channels.names():
        untold = to_tell(standing, found, channel)
        if not untold:
            continue
        campaign = channels.campaign
        with _apart(f"An alert could not be told by {channel}", night):
            channels.send(channel, message(campaign.name, untold, now=now, timezone=campaign.timezone))
            standing = told(standing, untold, channel, now=now)
            kinds = ", ".join(sorted({one.kind for one in untold}))
            LOG.info("alert told by %s: %s", channel, kinds, extra={"run": night.run.id if night.run else None})
    with _apart("Which alerts were told could not be noted, so they may be told again", night):
        _keep(folder, standing)


def standing_alerts(folder: DataFolder) -> dict[str, Standing]:
    """The alerts that stand. A file that cannot be read or understood is none: what stands is then told once more."""
    standing = _read_standing(folder)
    if standing is None:
        LOG.error("%s cannot be read or understood; what stands is told again", folder.alerts.name)
    return standing or {}


def _read_standing(folder: DataFolder) -> dict[str, Standing] | None:
    try:
        return from_plain(json.loads(folder.alerts.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, OSError) and from_os_error(error) is None:
            raise
        return None


def _keep(folder: DataFolder, standing: Mapping[str, Standing]) -> None:
    """Write what stands, whole or not at all."""
    if not folder.root.is_dir():
        return
    partial = folder.alerts.with_suffix(".new")
    with private_file(partial) as stream:
        json.dump(as_plain(standing), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(folder.alerts)


def _say_untold(what: str, problem: Problem, run: Run | None) -> None:
    """On stderr, and in the log: what could not be told, and why. Never the message, never an address."""
    LOG.error("%s: %s %s", what, problem.what, problem.why, extra={"run": run.id if run else None})


# ---- by hand ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """What `alerts` says: sentences, and what could not be delivered."""

    lines: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def alerts(campaign: Campaign, folder: DataFolder, *, test: bool) -> Tried:
    """What would be told to whom, and what stands. test: send a trial by every channel; the switch gets one that says nothing of
    a night."""
    channels = Channels(campaign, Credentials())
    lines = [sentence for _, sentence in channels.in_words()]
    standing = _read_standing(folder)
    if standing is None:
        lines.append(f"Which alerts stand is not known: {folder.alerts} cannot be read or understood.")
    else:
        lines += [f"Stands since {one.since}: {_in_words(key)}{_told_where(one)}." for key, one in standing.items()]
        lines += [] if standing else ["No alert stands."]
    problems: list[Problem] = []
    for name in (SWITCH, *channels.names()) if test else ():
        try:
            lines.append(f"Trial by {name}: {_tried(channels, name)}.")
        except Problem as problem:
            lines.append(f"Trial by {name}: not delivered.")
            problems.append(problem)
    return Tried(tuple(lines), tuple(problems))


def _tried(channels: Channels, name: str) -> str:
    if name == SWITCH:
        return "delivered" if channels.ping("log") else "not set up"
    channels.send(name, trial(channels.campaign.name))
    return "delivered"


def _in_words(key: str) -> str:
    return key.replace("night", "failed night", 1) if key.startswith("night") else key


def _told_where(one: Standing) -> str:
    return f", told by {' and '.join(one.told)}" if one.told else ", not delivered yet"
