"""What the people who look after a campaign are told at once: a failed night, a source that fell silent, a spike. Pure.

An alert says which part, which server and how many; never what a post says, nor who wrote it. It is told once for each
occurrence: an occurrence that still stands the night after is not told again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tracker.telling import listed

FAILED, SILENT, SPIKE = "failed-night", "silent-source", "spike"
KINDS = (FAILED, SILENT, SPIKE)
MAIL, WEBHOOK = "mail", "webhook"
TOLD_LATELY = timedelta(days=60)
"""A spike is remembered for so long after it was found; the others until they are over."""
FRESH = timedelta(days=2)
CODE_WORDS = {
    1: "a bug",
    2: "the command line, the campaign folder, or a file of no known format",
    3: "something failed, and the next run will try it again",
    4: "a gap that the next run cannot fill by itself",
    5: "credentials, or a file or folder that may not be read or written",
    6: "storage: a full disk, a damaged or locked store, or one of a newer version",
}
"""The exit codes of docs/commands.md that an alert is sent for: not that another run is at work, nor that somebody stopped it."""


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """`[alerts]` of campaign.toml: what is told, and to whom by mail. mail_server: host or host:port. A spike is a day with at
    least spike_times its usual number of posts, and at least spike_posts."""

    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    mail_server: str = ""
    about: tuple[str, ...] = KINDS
    spike_times: int = 3
    spike_posts: int = 50

    def by_mail(self) -> bool:
        """Whether mail is to be sent at all."""
        return bool(self.mail_to)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something to be told. key: what makes two of them the same; what and next_step: sentences."""

    kind: str
    key: str
    what: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An occurrence that stands. since: when it was found (UTC); told: channel -> when it was told there."""

    kind: str
    since: str
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BusyDay:
    """A local day: posts and reposts of others, and what is usual before it (None: not known yet)."""

    day: str
    posts: int
    usual: float | None


# ---- what there is to tell -------------------------------------------------------------------------------------------


def failed_steps(steps: Iterable[tuple[str, int]], code: int, unanswered: Sequence[str] = ()) -> list[Occurrence]:
    """What failed of a night that ended with `code`. steps: (name, exit code) of each; unanswered: servers that gave no good
    answer in it, in words. A night that failed before or between its steps is one occurrence."""
    if code not in CODE_WORDS:
        return []
    failed = [(name, said) for name, said in steps if said in CODE_WORDS]
    found = []
    for name, said in failed or [("", code)]:
        place = f"its step “{name}” ended" if name else "it ended"
        servers = f" No good answer came from {listed(unanswered)}." if name == "collect" and unanswered else ""
        found.append(
            Occurrence(
                FAILED,
                _night(name, said),
                f"The night did not do all of its work: {place} with code {said} ({CODE_WORDS[said]}).{servers}",
                "What was stored before is safe. Look at `debate-tracker status` and at what the night said on its error output.",
            )
        )
    return found


def fell_silent(place: tuple[str, str, str], odd: str) -> Occurrence:
    """A source that gave too little to be believed. place: source, server, query; odd: numbers in words."""
    source, server, query = place
    asked = f", asked for {query}" if query.startswith("#") else ""
    return Occurrence(
        SILENT,
        _silence("silent", source, server),
        f"{at(source, server)} fell silent{asked}: {odd}.",
        "Look at the hashtag on the platform itself. If it is quiet there too, nothing needs to be done.",
    )


def no_good_answer(source: str, server: str, status: str, failed: int, asked: int) -> str:
    """A server that gave no good answer, and to how many of the questions where it was not all of them."""
    return f"{at(source, server)} ({status if failed == asked else f'{status}, {failed} of {asked} questions'})"


def unanswered(source: str, server: str, status: str, last_good: str | None) -> Occurrence:
    """A source that has given no good answer for days."""
    since = f"since {last_good[:10]}" if last_good else "yet"
    return Occurrence(
        SILENT,
        _silence("unanswered", source, server),
        f"{at(source, server)} has given no good answer {since} (the last one: {status}).",
        "The page “What is missing” says why. An export of that time fills the gap: put it into the inbox.",
    )


def spikes(days: Sequence[BusyDay], settings: AlertSettings, *, today: str) -> list[Occurrence]:
    """The days among these (in order, the newest last) that stand out; days in a row are one occurrence, named by the first.
    Only one that reaches into the last two days is told: an old export that is imported is no news."""
    earliest = (date.fromisoformat(today) - FRESH).isoformat()
    found: list[list[BusyDay]] = []
    for day in days:
        if not _stands_out(day, settings):
            continue
        if found and date.fromisoformat(day.day) - date.fromisoformat(found[-1][-1].day) == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return [_spike(row) for row in found if row[-1].day >= earliest]


def _stands_out(day: BusyDay, settings: AlertSettings) -> bool:
    return day.usual is not None and day.posts >= settings.spike_posts and day.posts >= settings.spike_times * day.usual


def _spike(row: Sequence[BusyDay]) -> Occurrence:
    first, most = row[0], max(row, key=lambda day: day.posts)
    return Occurrence(
        SPIKE,
        f"spike {first.day}",
        f"{_day(most.day)} is busy: {most.posts:,} posts and reposts by others so far, where {most.usual:,.0f} a day is usual.",
        f"The page “Busy days, hour by hour” (/spike?day={most.day}) shows what they pass on. "
        "`debate-tracker schedule --every 30` follows such a day closely.",
    )


# ---- once an occurrence ----------------------------------------------------------------------------------------------


def nights_over(well: Iterable[str]) -> set[str]:
    """The keys of failed nights that are over after a night that did these steps well."""
    return {_night(name, code) for name in ("", *well) for code in CODE_WORDS}


def silences_over(heard: Iterable[tuple[str, str]]) -> set[str]:
    """The keys of silent sources that are over once these (source, server) gave a good answer."""
    return {_silence(how, *place) for place in heard for how in ("silent", "unanswered")}


def _night(step: str, code: int) -> str:
    """The key of a failed night; "" as its step: none."""
    return f"night {step} {code}".replace("  ", " ")


def _silence(how: str, source: str, server: str) -> str:
    return f"{how} {source} {server}".strip()


def carried_on(
    before: Mapping[str, Standing], now_found: Iterable[Occurrence], *, now: str, over: Collection[str]
) -> dict[str, Standing]:
    """What stands now. before: key -> what stood; over: the keys, and kinds, of which this run knows that what it did not find
    again is over."""
    found = {one.key: one for one in now_found}
    kept = {key: one for key, one in before.items() if key in found or not (_is_old(one, now) or {key, one.kind} & set(over))}
    return kept | {key: Standing(one.kind, now) for key, one in found.items() if key not in kept}


def _is_old(one: Standing, now: str) -> bool:
    return datetime.fromisoformat(now) - datetime.fromisoformat(one.since) >= TOLD_LATELY


def to_tell(standing: Mapping[str, Standing], found: Iterable[Occurrence], channel: str) -> list[Occurrence]:
    """What was found and not told by this channel yet."""
    return [one for one in found if channel not in standing[one.key].told]


def told(standing: Mapping[str, Standing], told_now: Iterable[Occurrence], channel: str, *, now: str) -> dict[str, Standing]:
    """The same, with what was just told by this channel."""
    keys = {one.key for one in told_now}
    return {key: replace(one, told={**one.told, channel: now}) if key in keys else one for key, one in standing.items()}


def as_plain(standing: Mapping[str, Standing]) -> dict[str, Any]:
    """What stands, for JSON."""
    return {key: {"kind": one.kind, "since": one.since, "told": dict(one.told)} for key, one in standing.items()}


def from_plain(known: Any) -> dict[str, Standing]:
    """What `as_plain` gave. Raises KeyError, TypeError, AttributeError, ValueError where it is something else."""
    return {
        str(key): Standing(str(one["kind"]), _moment(one["since"]), {str(name): str(at) for name, at in one["told"].items()})
        for key, one in known.items()
    }


def _moment(text: Any) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text} does not say of which time zone it is")
    return str(text)


# ---- the message -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """An alert as it is sent: a subject of one line, and its text."""

    subject: str
    text: str


SUBJECTS = {FAILED: "the night did not do all of its work", SILENT: "a source fell silent", SPIKE: "a busy day"}


def message(campaign: str, found: Sequence[Occurrence], *, now: str, timezone: str) -> Message:
    """What is told of these occurrences."""
    kinds = [SUBJECTS[kind] for kind in KINDS if any(one.kind == kind for one in found)]
    here = datetime.fromisoformat(now).astimezone(ZoneInfo(timezone))
    head = f"Debate Tracker, campaign {campaign}, {_day(here.date().isoformat())}, {here:%H:%M} ({timezone})."
    parts = [f"{one.what}\n{one.next_step}" for one in found]
    foot = "Each of these is told once, and again only if it comes back after it was over."
    return Message(f"[{campaign}] {listed(kinds)}", "\n\n".join([head, *parts, foot]) + "\n")


def trial(campaign: str) -> Message:
    """What `alerts --test` sends."""
    return Message(
        f"[{campaign}] a trial alert",
        f"Debate Tracker, campaign {campaign}: this is a trial, sent by `debate-tracker alerts --test`. Nothing has happened.\n",
    )


def _day(day: str) -> str:
    one = date.fromisoformat(day)
    return f"{one.day} {one:%B %Y}"


def at(source: str, server: str) -> str:
    """A source and its server, in words."""
    place = server.partition("://")[2] or server
    return f"{source} at {place}" if place else source
