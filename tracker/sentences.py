"""Sentences fit for a briefing: a number with its week, its range, what it was measured on and what was not asked."""

from typing import Any

from tracker.records import INDICATIVE_BELOW
from tracker.telling import COVERAGE, checked_in_vain, count, days, measured, read_by_people, week
from tracker.trends import Change, Error, Week, change

Row = dict[str, Any]

ERRORS = ("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high")
WAYS = {"up": "more than in the week before", "down": "fewer than in the week before"}


def with_changes(
    dimensions: list[Row],
    compared: Row,
    hands: dict[str, set[str]],
    agreed: dict[str, Row],
    seen: dict[str, Row],
    asked: list[Row],
) -> None:
    """Give each theme its `change` against the week before and its `sentence`. hands: the themes that people settled on every
    post of `week` and of `before`; agreed: how well coders agree on those that two of them have read; seen: how those weeks were
    looked at; asked: the sources with how they answered."""
    for theme in (theme for dimension in dimensions for group in dimension["groups"] for theme in group["themes"]):
        weeks = [
            Week(theme[numbers]["people"], theme["slug"] in hands[key], seen[key]["missed"], is_nameless(theme[numbers]))
            for numbers, key in (("now", "week"), ("before", "before"))
        ]
        theme["change"] = change(weeks[0], weeks[1], error_of(theme["quality"]))
        theme["sentence"] = theme_sentence(theme, compared, hands, agreed.get(theme["slug"]), asked)


def whole_change(now: Row, before: Row, seen: dict[str, Row]) -> Change:
    """Whether more or fewer people wrote at all: no program decides that, so only chance and what was not seen count."""
    weeks = [Week(row["people"], True, seen[key]["missed"], is_nameless(row)) for key, row in (("week", now), ("before", before))]
    return change(weeks[0], weeks[1], None)


def is_told(row: Row) -> bool:
    """Whether there is anything in a row of numbers: posts whose authors are not known are nobody's, and are there."""
    return any(row[name] for name in ("people", "posts", "reposts"))


def is_nameless(row: Row) -> bool:
    """Whether there are posts or reposts, and of none of them is known who wrote it, as where a file came without authors."""
    return is_told(row) and not row["people"]


def all_that_was_said(totals: Row, span: Row) -> str:
    """How many people wrote how much, and on which days (`first_day` to `last_day` of `span`): the lead of the home page."""
    one = totals["posts"] + totals["reposts"] == 1
    made = f" and made {count(totals['reposts'], 'repost')}" if totals["reposts"] else ""
    if totals["thinned"]:
        said = f"People have written {count(totals['posts'], 'post')}{made}"
    elif totals["people"]:
        said = f"{count(totals['people'], 'person has', 'people have')} written {count(totals['posts'], 'post')}{made}"
    elif is_told(totals):
        said = f"{_without_names(totals)} {'is' if one else 'are'} here"
    else:
        return "So far nobody but us has written."
    when = f", {'on' if span['first_day'] == span['last_day'] else 'from'} {days(span['first_day'], span['last_day'])}"
    sentences = [said + (when if span["first_day"] else "")]
    if totals["thinned"]:
        people = count(totals["people"], "person", "people")
        sentences.append(f"The oldest are no longer kept; who wrote the others: {people}")
    if totals["own_posts"]:
        sentences.append(f"Our own {count(totals['own_posts'], 'post is', 'posts are')} not among them")
    return ". ".join(sentences) + "."


def theme_sentence(theme: Row, compared: Row, hands: dict[str, set[str]], agreed: Row | None, unasked: list[Row]) -> str:
    """What was said about a theme in a week. agreed: how well coders agree on it; None where no two have read a post."""
    now, before, slug = theme["now"], theme["before"], theme["slug"]
    said = f"In the week of {week(compared['week'])}, {_who(now)} about “{theme['name']}” {_against(before, theme['change'])}."
    return " ".join(
        [said, read_by_people(agreed).capitalize() if slug in hands["week"] else _error(theme), not_asked(unasked)]
    ).strip()


def week_sentence(everything: Row, compared: Row, whole: Change, debate: str, unasked: list[Row]) -> str:
    """What was said in all in a week."""
    said = f"In the week of {week(compared['week'])}, {_who(everything['now'])} in the debate {debate}".rstrip()
    return f"{said} {_against(everything['before'], whole)}. {not_asked(unasked)}".strip()


def _who(row: Row) -> str:
    if is_nameless(row):
        return f"{_without_names(row)} {'was' if row['posts'] + row['reposts'] == 1 else 'were'} seen"
    if not row["people"]:
        return "nobody that we could see wrote"
    people = f"{count(row['people'], 'person', 'people')} that we could see"
    if not row["posts"]:
        return f"{people} passed on posts"
    made = f" and made {count(row['reposts'], 'repost')}" if row["reposts"] else ""
    return f"{people} wrote {count(row['posts'], 'post')}{made}"


def _against(before: Row, changed: Change) -> str:
    people = count(before["people"], "person", "people") if before["people"] else "nobody"
    people = _without_names(before) if is_nameless(before) else people
    verdict = WAYS.get(changed.way) or ("no clear change" if changed.way == "unclear" else "the two weeks cannot be compared")
    return f"(the week before: {people}; {verdict})"


def _without_names(row: Row) -> str:
    several = ((row["posts"], "post"), (row["reposts"], "repost"))
    return f"{' and '.join(count(number, what) for number, what in several if number)} by authors who are not known"


def _error(theme: Row) -> str:
    quality = theme["quality"]
    if quality is None and theme["checked"]:
        return f"A program found these; how often it errs is not known: {checked_in_vain(theme['checked'])}."
    if quality is None:
        return "A program found these; how often it errs has not been measured."
    return f"A program found these{_measured(quality, 'posts about it')}."


def _measured(quality: Row, such: str) -> str:
    parts = " and ".join(measured(quality, name) for name in ("precision", "recall") if quality[name] is not None)
    few = quality["support"] is not None and quality["support"] < INDICATIVE_BELOW
    only = f" (indicative only: measured on fewer than {INDICATIVE_BELOW} {such})" if few else ""
    return f"{only}: {parts}, measured on n = {quality['n']:,} ({quality['measured_on'].strip('.')})"


def asking_error(quality: Row | None) -> str:
    """How well questions to us are told, to follow their number; without a full stop."""
    if quality is None:
        return "a program finds these; how often it errs has not been measured"
    return f"a program finds these{_measured(quality, 'such posts')}"


def error_of(quality: Row | None) -> Error | None:
    """The measured error as the rules on changes take it; None where a part of it was not measured."""
    if quality is None or any(quality[name] is None for name in ERRORS):
        return None
    return Error(*(float(quality[name]) for name in ERRORS))


def not_asked(sources: list[Row]) -> str:
    """Which sources did not answer, in a sentence; "" where all did. No row at all: only files were read."""
    if not sources:
        return "Only export files were read; no public source was asked."
    silent = [row for row in sources if row["status"] not in ("ok", "empty")]
    said: dict[str, Any] = {}
    for row in silent:
        said.setdefault(row["source"].capitalize() if row["source"] != "x" else "X", COVERAGE[row["status"]])
    return f"Not seen: {'; '.join(f'{name} ({word})' for name, word in said.items())}." if said else ""
