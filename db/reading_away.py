"""What can be taken away as a table: posts as the list shows them, and a theme's weeks; with the note on coverage beside it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date

from db.reading import Row, campaign_settings, rows_of, themes_by_dimension, weeks_of_theme
from db.reading_missing import freshness
from db.reading_people import agreement, by_hand, weeks_by_hand
from db.reading_posts import Wanted, ids_of
from tracker.records import INDICATIVE_BELOW
from tracker.telling import checked_in_vain, count, read_by_people

MOST = 10_000
GAPS_TOLD = 10


def posts_table(db: sqlite3.Connection, wanted: Wanted) -> list[Row]:
    """The newest posts (up to MOST) that the form asks for: when, where, by whom, the words, themes with who decided, page."""
    ids = json.dumps(ids_of(db, wanted, MOST))
    themes: dict[int, list[str]] = {}
    for row in rows_of(db, "reading.sql", "card_themes", ids=ids):
        themes.setdefault(row["post_id"], []).append(f"{row['name']} ({row['decided_by']})")
    return [
        {
            "written_at_utc": post["created_at"],
            "platform": post["platform"],
            "kind": post["kind"],
            "handle": post["handle"],
            "ours": "yes" if post["is_own"] else "no",
            "text": post["text"],
            "themes": "; ".join(themes.get(post["id"], [])),
            "address": post["url"],
            "page_here": f"/post/{post['id']}",
        }
        for post in rows_of(db, "reading.sql", "cards", ids=ids)
    ]


def weeks_table(db: sqlite3.Connection, slug: str, now: str) -> tuple[list[Row], list[str]]:
    """A theme's weeks as its page has them: week, people, posts, reposts, messages, our_posts, by whom these are counted; and
    what is in none of them, in words."""
    (rows, to_come), theirs = weeks_of_theme(db, slug, now), weeks_by_hand(db, slug)
    late = count(to_come, "post or repost says", "posts and reposts say")
    told = [f"{late} a date in a week that is still to come, and {'is' if to_come == 1 else 'are'} in no week here."]
    table = [
        {
            **{name: row[name] for name in ("week", "people", "posts", "reposts", "messages")},
            "our_posts": row["own_posts"],
            "counted_by": "people" if row["week"] in theirs else "program",
        }
        for row in rows
    ]
    return table, told if to_come else []


def coverage_note(db: sqlite3.Connection, now: str) -> list[str]:
    """What must travel with a table: what was followed, what was not seen, and how well each theme is found."""
    campaign = campaign_settings(db)
    return [
        f"Taken from {campaign['campaign_name']} on {now} (UTC). Weeks and days are those of {campaign['timezone']}.",
        "These are people's posts, with names. Do not pass them on; quote nobody without their consent.",
        *coverage_lines(db),
    ]


def coverage_lines(db: sqlite3.Connection) -> list[str]:
    """What was followed, what was not seen, and how well each theme is found, a sentence each."""
    campaign, fresh = campaign_settings(db), freshness(db)
    followed = ["#" + tag for tag in campaign["hashtags"]] + [f"“{said}”" for said in campaign["phrases"]] + campaign["links"]
    lines = [
        f"Followed: {', '.join(followed) or 'every post of the files'}.",
        "Counts are of accounts and posts that came in, not of all that was said. Empty means not known, never zero.",
    ]
    if not fresh["sources"]:
        lines.append("No public source was asked; all comes from files.")
    lines += [
        f"{row['source']} {row['server'] or ''} {row['query'] or ''}: {row['status']}. {row['note'] or ''}".strip()
        for row in fresh["silent_sources"]
    ]
    lines += gap_lines(fresh["gaps"])
    return [*lines, *theme_lines(db)]


def theme_lines(db: sqlite3.Connection) -> Iterator[str]:
    """How well each theme is found; where people counted it by hand, how well they agree."""
    always, agreed = by_hand(db, None), agreement(db)
    for theme in (theme for dimension in themes_by_dimension(db) for group in dimension["groups"] for theme in group["themes"]):
        slug, weeks = theme["slug"], len(weeks_by_hand(db, theme["slug"]))
        theirs = f"counted by hand: {read_by_people(agreed.get(slug))}"
        if slug in always:
            yield f"{theme['name']}: {theirs}"
        else:
            yield f"{theme['name']}: {_sure(theme)}." + (f" {count(weeks, 'week was', 'weeks were')} {theirs}" if weeks else "")


def gap_lines(gaps: Sequence[Row]) -> Iterator[str]:
    """The days without a post: where there are many, the longest times, in their order, and what the others come to."""
    longest = sorted(gaps, key=_days, reverse=True)[:GAPS_TOLD]
    for gap in gaps:
        if gap in longest:
            days = f"on {gap['first']}" if gap["first"] == gap["last"] else f"from {gap['first']} to {gap['last']}"
            yield f"No post {days}: nobody wrote, or nobody looked."
    if others := len(gaps) - len(longest):
        days_of_others = sum(map(_days, gaps)) - sum(map(_days, longest))
        yield f"{count(others, 'shorter time', 'shorter times')} without a post, {count(days_of_others, 'day')} in all."


def _days(gap: Row) -> int:
    return (date.fromisoformat(gap["last"]) - date.fromisoformat(gap["first"])).days + 1


def _sure(theme: Row) -> str:
    quality, on = theme["quality"], (theme["measured_on"] or "").strip(".")
    if quality is None and theme["checked"]:
        return f"how well it is found is not known: {checked_in_vain(theme['checked'])}; {on}"
    if quality is None:
        return "how well it is found has not been measured"
    told = [
        f"{name} {quality[name]:.2f} ({quality[name + '_low']:.2f} to {quality[name + '_high']:.2f})"
        for name in ("precision", "recall")
        if quality[name] is not None and quality[name + "_low"] is not None and quality[name + "_high"] is not None
    ]
    few = "indicative only, " if quality["support"] is not None and quality["support"] < INDICATIVE_BELOW else ""
    return f"{few}{', '.join(told) or 'not measured'}; n = {quality['n']}, {on}"
