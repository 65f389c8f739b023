"""What would be asked, where, and at what cost: for `collect --dry-run`, for `check`, and for collecting itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.credentials import Credentials
from tracker.problems import CredentialsRefused, UsageProblem
from tracker.records import Campaign
from tracker.redacting import REDACTOR
from tracker.sources import Source, source_named
from tracker.sources.addresses import Hosts
from tracker.sources.asking import Ask

FREE = "free"
SHOWN_ADDRESS = "Pages, exports and backups name the addresses that are asked: take one without a key, or an export file instead."


@dataclass(frozen=True, slots=True)
class Plan:
    """What one source would be asked. ungoverned: asks that wait until [governance] is filled in. missing: sentences on
    credentials that it would want. unknown: this version cannot ask it."""

    name: str
    asks: tuple[Ask, ...] = ()
    ungoverned: tuple[Ask, ...] = ()
    cost: str = FREE
    missing: tuple[str, ...] = ()
    unknown: bool = False


def plan(campaign: Campaign, credentials: Credentials, names: Sequence[str] = ()) -> list[Plan]:
    """What would be asked, without asking anything. Raises UsageProblem for a source that the campaign does not list."""
    plans = []
    for name in chosen(campaign, names):
        source = source_named(name)
        if source is None:
            plans.append(Plan(name, unknown=True))
            continue
        asks = source.asks(campaign)
        cost = getattr(source, "cost", None)
        plans.append(
            Plan(
                name,
                tuple(ask for ask in asks if may_be_asked(campaign, ask)),
                tuple(ask for ask in asks if not may_be_asked(campaign, ask)),
                (cost(campaign) if cost else "") or FREE,
                _missing(source, campaign, credentials),
            )
        )
    return plans


def _missing(source: Source, campaign: Campaign, credentials: Credentials) -> tuple[str, ...]:
    """What a source would refuse for want of credentials, in sentences; also where one that is there cannot be used."""
    missing = getattr(source, "missing", None)
    try:
        return tuple(missing(campaign, credentials)) if missing else ()
    except CredentialsRefused as problem:
        return (f"{problem.what} {problem.why} {problem.next_step} Until then each night will end with exit code 5.",)


def chosen(campaign: Campaign, names: Sequence[str]) -> tuple[str, ...]:
    """The sources to ask: all that the campaign lists, or those of them that were named."""
    listed = campaign.sources.named()
    for name in names:
        if name not in listed:
            raise UsageProblem(
                f"{name} is not a source of this campaign.",
                safe="Nothing was asked.",
                next_step=f"The campaign lists: {', '.join(listed) or 'none'}. Add [sources.{name}] to campaign.toml to ask it.",
            )
    return tuple(name for name in listed if not names or name in names)


def may_be_asked(campaign: Campaign, ask: Ask) -> bool:
    """Whether governance lets an ask be made: it is filled in, or the host is the campaign's own."""
    if not campaign.governance.missing():
        return True
    hosts = Hosts(campaign.sources.allow_hosts)
    return hosts.is_allowed(ask.server if "://" in ask.server else f"https://{ask.server}")


def plan_lines(plans: Sequence[Plan], campaign: Campaign) -> Iterator[tuple[str, str]]:
    """A plan in sentences, each with its level: ok, note, warning."""
    for one in plans:
        if one.unknown:
            yield "warning", f"{one.name}: this version cannot ask it; each night will end with exit code 3."
            continue
        if not (one.asks or one.ungoverned):
            yield "note", f"{one.name}: nothing is asked, since the campaign names nothing that can be asked there."
        by_server: dict[str, list[str]] = {}
        for ask in one.asks:
            by_server.setdefault(ask.server, []).append(ask.query)
        for server, queries in by_server.items():
            asked = f"{one.name}: asks {server} for {', '.join(queries)}. Cost: {one.cost.rstrip('.')}."
            yield "ok", REDACTOR.clean(asked)
            if "://" in asked and REDACTOR.clean(asked) != asked:
                yield "warning", f"{one.name}: an address at {server} holds what looks like a key. {SHOWN_ADDRESS}"
        if one.ungoverned:
            servers = ", ".join(dict.fromkeys(ask.server for ask in one.ungoverned))
            missing = ", ".join(campaign.governance.missing())
            sentence = (
                f"{one.name}: {servers} is not asked until [governance] has {missing}; each night will end with exit code 2."
            )
            yield "warning", sentence
        yield from (("warning", f"{one.name}: {sentence}") for sentence in one.missing)


def refuse_backward(since: str | None, until: str | None) -> None:
    """Raises UsageProblem where a window that is asked for by hand (UTC) holds no time."""
    if since and until and since >= until:
        raise UsageProblem(
            f"There is no time from {since} to {until}.",
            why="--until is the moment at which the time ends; a day stands for its beginning.",
            safe="Nothing was asked.",
            next_step="Give --until a later day: for one day alone, the one after it.",
        )


def by_hand_lines(since: str | None, until: str | None, max_cost: float | None) -> Iterator[tuple[str, str]]:
    """What the options of `collect` would change, in sentences, each with its level."""
    refuse_backward(since, until)
    if since or until:
        span = " ".join(filter(None, (f"from {since}" if since else "", f"up to {until}" if until else "")))
        yield "note", f"Only posts {span} (UTC) would be asked for; where the next night goes on stays as it is."
    if max_cost is not None:
        yield "note", f"This run would stop before ${max_cost:.2f}, whatever campaign.toml allows beyond that."


def plan_text(plans: Sequence[Plan], campaign: Campaign, more: Iterable[tuple[str, str]]) -> str:
    """What `collect --dry-run` prints. more: what paid sources have cost (spending.py), what options change (`by_hand_lines`)."""
    told = [sentence for _, sentence in (*plan_lines(plans, campaign), *more)]
    return "\n".join([*(told or ["The campaign lists no source; only exports are read."]), "Nothing was asked or written."])
