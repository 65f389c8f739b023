"""The week, for the director: what to decide, themes with change and error, what is asked of us, what was missed. Names no
private person; the words of one stand there only with their consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import briefing as facts
from db.folder import DataFolder
from db.reading import Row, campaign_settings, week_in_full
from db.reading_home import own_by_theme, sights, sources_of_week, unread_tongues
from db.reading_missing import freshness
from db.reading_model import watch
from db.reading_people import agreement, by_hand, quality_of_questions
from pipelines.briefing_forms import Block, Quoted, as_email, as_html, as_markdown
from pipelines.demo_mark import held_clock
from tracker.problems import UsageProblem
from tracker.records import Campaign
from tracker.sentences import asking_error, is_told, not_asked, week_sentence, whole_change, with_changes
from tracker.telling import count, day, days, moment
from tracker.telling import week as in_words
from tracker.trends import DOWN, UP

FORMS = {"md": as_markdown, "html": as_html, "eml": as_email}
NO_SCORE = (
    "There is no figure here for how many are for or against us: a program cannot tell irony, quotation or a question from a "
    "stance, people who write are not a sample of anyone, and such a figure would label people by their politics."
)
DECISIONS, LONG_WAIT_DAYS, THEMES_TOLD = 3, 3, 8


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of a week."""

    week: str
    campaign: Row
    numbers: Row
    fresh: Row
    how: dict[str, Row]
    sources: list[Row]
    """How the public sources answered about it."""
    asked: Row
    watched: Row
    now: str
    asking: str
    """How well questions to us are told."""
    past: bool
    """Whether a whole week came after it, so that what is to be decided today stands in another briefing."""


def briefing(campaign: Campaign, folder: DataFolder, week: str | None, form: str, *, now: str) -> str:
    """The briefing on an ISO week (None: the last whole one), as md, html or eml. Changes nothing. Raises UsageProblem where
    there is no store or no such week."""
    folder.refuse_lost()
    if not folder.exists():
        raise UsageProblem(
            f"There is nothing to brief on: {folder.root} holds no store.",
            next_step="Import a file or run a night first.",
        )
    now = held_clock(folder) or now
    chosen = _week(week, now, campaign.timezone)
    answers, quotes = facts.kept_by_staff(folder)
    with facts.as_it_is(folder) as db:
        before = _iso(_monday(chosen) - timedelta(days=7))
        numbers = week_in_full(db, chosen, before)
        fresh = freshness(db)
        how = dict(zip(("week", "before"), sights(db, [chosen, before], campaign.timezone, now).values(), strict=True))
        hands = {"week": by_hand(db, chosen), "before": by_hand(db, before)}
        sources, asked = sources_of_week(db, chosen, campaign.timezone), facts.asked_of_us(db, answers)
        with_changes(numbers["dimensions"], numbers["compared"], hands, agreement(db), how, sources)
        asking, past = asking_error(quality_of_questions(db).get("asks us")), chosen < _week(None, now, campaign.timezone)
        seen = Seen(chosen, campaign_settings(db), numbers, fresh, how, sources, asked, watch(db), now, asking, past)
        blocks = [
            *_head(seen),
            *_decisions(seen),
            *_themes(seen, own_by_theme(db, chosen)),
            *_asked(seen),
            *_conversations(facts.conversations(db, chosen)),
            *_shared(facts.links_of_nobody(db, chosen), facts.quotes_of(db, chosen, quotes)),
            *_reach(facts.own_reach(db, chosen)),
            *_missed(seen, facts.gaps_of(db, chosen), unread_tongues(db, [chosen])),
            Block("h2", "In our own words"),
            Block("box", "Write here what you make of it."),
            Block("p", NO_SCORE),
        ]
    return FORMS[form](f"{seen.campaign['campaign_name']}: the week of {in_words(chosen)}", blocks)


def _week(typed: str | None, now: str, timezone: str) -> str:
    today = datetime.fromisoformat(now).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()
    if typed is None:
        return _iso(today - timedelta(days=today.weekday() + 7))
    try:
        year, _, number = typed.partition("-W")
        if not date.min.year < int(year) < date.max.year:
            raise ValueError("no weeks lie before or behind it")
        return _iso(date.fromisocalendar(int(year), int(number), 1))
    except ValueError as error:
        raise UsageProblem(f"{typed} is not a week.", next_step="Weeks are written like 2026-W45.") from error


def _iso(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year:04d}-W{number:02d}"


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def _head(seen: Seen) -> list[Block]:
    numbers = seen.numbers
    whole = whole_change(numbers["this_week"], numbers["week_before"], seen.how)
    everything = {"now": numbers["this_week"], "before": numbers["week_before"]}
    hashtags = " ".join(f"#{tag}" for tag in seen.campaign["hashtags"])
    if not is_told(numbers["this_week"]) and (not seen.how["week"]["looked"] or seen.how["week"]["missed"] >= 1):
        return [
            Block("p", f"In the week of {in_words(seen.week)} we could not look: no source answered and no file reaches over it.")
        ]
    return [Block("p", week_sentence(everything, numbers["compared"], whole, hashtags, seen.sources))]


def _decisions(seen: Seen) -> list[Block]:
    """Up to three things that somebody has to decide, the most urgent first; of a past week those that are its own."""
    found = [] if seen.past else _open_today(seen)
    found += [
        f"“{theme['name']}” is clearly {'up' if theme['change'].way == UP else 'down'}: do we say something?"
        for theme in _moved(seen)
    ]
    alarms = [week["alarm"] for week in seen.watched["weeks"] if week["week"] == seen.week and week["alarm"]]
    found += [f"Is it still the same debate? {alarm}" for alarm in alarms]
    measured = [str(theme["quality"]["measured_on"]) for theme in _all_themes(seen) if theme["quality"]]
    to_read = seen.numbers["this_week"]["posts"] and not seen.past
    if to_read and _all_themes(seen) and all("invented" in where for where in measured):
        errors = "the errors below are those on invented posts" if measured else "nobody knows how often the program errs"
        found.append(f"Who reads 50 posts? Until people code a random sample, {errors}.")
    return [Block("h2", "To decide"), Block("ol", tuple(found[:DECISIONS]) or ("Nothing that we know of.",))]


def _open_today(seen: Seen) -> list[str]:
    """What waits for somebody now, whatever the week."""
    by_state, found = seen.asked["by_state"], []
    advice = facts.states_in_words(by_state)
    if sum(advice.values()):
        told = ", ".join(f"{number} {state}" for state, number in advice.items() if number)
        found.append(f"{count(sum(advice.values()), 'question waits', 'questions wait')} for advice ({told}): who gives it?")
    since = seen.asked["since"]
    if since is not None and _age(since, seen.now) >= LONG_WAIT_DAYS:
        waits = f"the oldest has waited since {moment(since, seen.campaign['timezone'])}"
        found.append(f"Who answers? {_open_ones(seen)}; {waits} (/asked).")
    for row in seen.fresh["silent_sources"]:
        found.append(
            f"Do we need {row['source']}{' ' + row['server'] if row['server'] else ''}? It is not seen: {row['status']}."
        )
    return found


def _age(created_at: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(created_at)).total_seconds() / 86400


def _all_themes(seen: Seen) -> list[Row]:
    return [theme for part in seen.numbers["dimensions"] for group in part["groups"] for theme in group["themes"]]


def _moved(seen: Seen) -> list[Row]:
    return [theme for theme in _all_themes(seen) if theme["change"].way in (UP, DOWN)]


def _themes(seen: Seen, ours: dict[str, Row]) -> list[Block]:
    if seen.numbers["model"] is None:
        return [Block("h2", "What is said"), Block("p", "No model has been trained yet, so no post has a theme.")]
    told = [theme for theme in _all_themes(seen) if is_told(theme["now"])]
    told.sort(key=lambda theme: (-theme["now"]["people"], -theme["now"]["posts"]))
    shown = told[:THEMES_TOLD]
    moved = [theme for theme in _moved(seen) if theme not in shown]
    lines = [_line(theme, seen) + _ours(ours.get(theme["slug"])) for theme in (*shown, *moved)]
    more = len(told) - len(shown)
    note = f" {count(more, 'theme', 'themes')} with fewer people are left out." if more > 0 else ""
    if not lines:
        came = is_told(seen.numbers["this_week"])
        none = "No theme was found in this week's posts." if came else "No post of this week came in."
        return [Block("h2", "What is said"), Block("p", none)]
    blocks = [Block("h2", "What is said"), Block("ul", tuple(lines))]
    chance = "A change is told only where it is larger than chance, the program's errors and what was not seen could explain."
    measured = sorted({theme["quality"]["measured_on"] for theme in (*shown, *moved) if theme["quality"]})
    return [*blocks, Block("p", chance + note), *(Block("p", f"Measured on {words.strip('.')}.") for words in measured)]


def _line(theme: Row, seen: Seen) -> str:
    """A theme's sentence without what the briefing says once for all: the week, what was not asked, what was measured on."""
    said = str(theme["sentence"]).removeprefix(f"In the week of {in_words(seen.week)}, ")
    said = said.removesuffix(not_asked(seen.sources)).strip()
    if theme["quality"]:
        said = said.replace(f" ({theme['quality']['measured_on'].strip('.')})", "")
    return said[:1].upper() + said[1:]


def _ours(row: Row | None) -> str:
    return (
        f" Apart from that, {count(row['posts'] + row['reposts'], 'post or repost', 'posts and reposts')} of ours." if row else ""
    )


def _open_ones(seen: Seen) -> str:
    """How many questions are open, with how well they are found: what people named has not the program's error."""
    number, named = seen.asked["by_state"]["open"], seen.asked["named"]
    how = f"{seen.asking}{f'; people named {named:,} of them' if named else ''}" if number > named else "named by people"
    return f"{count(number, 'question is', 'questions are')} open ({how})"


def _asked(seen: Seen) -> list[Block]:
    by_state, zone = seen.asked["by_state"], seen.campaign["timezone"]
    said = f"{_open_ones(seen)}, {by_state.get('answered', 0):,} answered."
    lines = [
        f"On {post['platform'].capitalize()}, {moment(post['created_at'], zone)}: {post['entry']['state']} (/asked/{post['id']})."
        for post in seen.asked["open"]
    ]
    return [
        Block("h2", f"Asked of us, as of {moment(seen.now, zone)}"),
        Block("p", said),
        *([Block("ul", tuple(lines))] if lines else []),
    ]


def _conversations(found: Sequence[Row]) -> list[Block]:
    lines = [
        f"{count(row['people'], 'person', 'people')}, {count(row['posts'], 'answer', 'answers')}"
        f" on {row['platform'].capitalize()}"
        f"{', under a post of ours' if row['under_ours'] else ''}"
        f"{', about ' if row['themes'] else ''}{' and '.join(row['themes'])}"
        f" (/conversation/{row['id']})."
        for row in found
    ]
    return [Block("h2", "Conversations"), Block("ul", tuple(lines) or ("None with three people or more.",))]


def _shared(links: Sequence[Row], quotes: Sequence[Row]) -> list[Block]:
    blocks = []
    if links:
        lines = tuple(f"{row['url']} ({count(row['people'], 'person', 'people')})" for row in links)
        blocks += [Block("h2", "Links"), Block("ul", lines)]
    if quotes:
        told = tuple(
            Quoted(row["words"], row["lang"], f" (quoted with consent of {day(row['agreed_on'])})")
            if row["agreed_on"]
            else f"{row['words']} (in our words)"
            for row in quotes
        )
        blocks += [Block("h2", "In their words"), Block("ul", told)]
    return blocks


def _reach(posts: Sequence[Row]) -> list[Block]:
    known = (("likes", "like", "likes"), ("views", "view", "views"))
    lines = []
    for post in posts:
        counts = [count(post[name], one, many) for name, one, many in known if post[name] is not None]
        told = [count(post["reposts"], "repost", "reposts"), f"answers by {count(post['people'], 'person', 'people')}", *counts]
        begins = " ".join(post["text"].split())[:80] or "a post without words"
        lines.append(Quoted(begins, post["lang"], f": {', '.join(told)}."))
    return [Block("h2", "Our own reach, apart"), Block("ul", tuple(lines) or ("We posted nothing that came in.",))]


def _missed(seen: Seen, gaps: Sequence[Row], unread: int) -> list[Block]:
    how, lines = seen.how["week"], []
    if how["missed"] > 0.02:
        by = "by at least one source" if seen.fresh["sources"] else "(no file reaches over all of its days with a post of each)"
        lines.append(f"{round(100 * how['missed'])} % of the week was not looked at {by}.")
    if unread and seen.numbers["model"] is not None:
        are, them = ("is", "it") if unread == 1 else ("are", "them")
        told = f"{count(unread, 'post')} of the week {are} in a language that the campaign does not read"
        lines.append(f"{told}, so no theme was looked for in {them}.")
    lines += [
        f"{row['source']} {row['server'] or ''}: {row['gap_from']} to {row['gap_to']} is missing for good ({row['why']})."
        for row in gaps
    ]
    monday = _monday(seen.week)
    inside = (monday.isoformat(), (monday + timedelta(days=6)).isoformat())
    lines += [
        f"No post at all, {days(gap['first'], gap['last'])}: nobody wrote, or nobody looked."
        for gap in seen.fresh["gaps"]
        if gap["first"] <= inside[1] and gap["last"] >= inside[0]
    ]
    told = not_asked(seen.sources) if how["looked"] else ""
    lines += [told] if told else []
    return [Block("h2", "What was missed"), Block("ul", tuple(lines) or ("Nothing that we know of.",))]
