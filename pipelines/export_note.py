"""COVERAGE.md, the note that lies beside an export: what it holds and what it cannot hold, until when it may be kept, what
its reader owes to the people in it."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from db.exporting import Exporting
from db.reading import Row
from db.reading_away import coverage_lines
from tracker.records import Campaign
from tracker.telling import count


@dataclass(frozen=True, slots=True)
class Noted:
    """What the note tells. rows: of each table; kept: the first and the last day until which posts may be held."""

    rows: Mapping[str, int]
    shown: Row
    left_out: Row
    kept: tuple[str | None, str | None]
    coverage: Sequence[str]
    remarks: Sequence[str]
    invented: bool


def coverage_of(
    db: sqlite3.Connection,
    campaign: Campaign,
    exporting: Exporting,
    rows: Mapping[str, int],
    remarks: Sequence[str],
    *,
    invented: bool,
) -> Noted:
    """Gather it from the moment of the store that the export reads."""
    lines = coverage_lines(db)
    if not campaign.themes:
        lines.append("The campaign has no themes: no post has one.")
    return Noted(rows, exporting.shown(), exporting.left_out(), exporting.kept(), lines, remarks, invented)


def note_text(told: Noted, campaign: Campaign, form: str, *, now: str) -> str:
    """The note, as Markdown."""
    governance = campaign.governance
    parts = [
        f"# Export of {campaign.name}, {now[:10]}",
        f"Taken out {now} (UTC) as {form}. Days and weeks are those of {campaign.timezone}; times are UTC."
        + (" An invented debate: nobody wrote these posts." if told.invented else ""),
        "## What is in it",
        _what(told),
        _bullets(f"`{name}`: {count(number, 'row', 'rows')}" for name, number in told.rows.items()),
        "`dictionary` says what every column means. An empty cell means not known, never zero. Ids are text: do not let a "
        "program read them as numbers.",
        *told.remarks,
        "## What is left out",
        _bullets(_left_out(told.left_out)),
        "## How far the numbers reach",
        _bullets(told.coverage),
        "No number about a theme is to be told without its error (`theme_quality`), and none about volume without `coverage` and "
        "`gaps`. Posts, messages and people are different counts; people do not add up over days or weeks.",
        "`author_key` tells accounts apart, for counting people and for errors clustered by author. Its key was made for this "
        "export and thrown away, so two exports cannot be joined by it. Do not sum up what single accounts think: themes are of "
        "posts, never of people, and X forbids it in so many words.",
        "## Until when, and what you owe",
        _bullets(_duties(told, governance.contact)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what(told: Noted) -> str:
    if not told.left_out["stored"]:
        return "Nothing has come in yet, so the tables have headings and no posts."
    if not told.shown["posts"]:
        return "No post that is stored may be taken out (see below), so the tables have headings and no posts."
    return f"{count(told.shown['posts'], 'post', 'posts')} by {count(told.shown['people'], 'account', 'accounts')}."


def _left_out(left: Row) -> list[str]:
    return [
        f"{count(left['gone'], 'post that was', 'posts that were')} deleted on their platform, and {left['hidden']:,} that it "
        "does not show at present (suspended, made private).",
        f"{count(left['opted_out'], 'post', 'posts')} of accounts that asked not to be indexed or shown to strangers.",
        "Everything of whoever asked to be forgotten: it is not stored at all.",
        "Names, handles and ids of accounts, the lists of whom a post names, names of files and servers' raw answers. The words "
        "of a post can still name people, and its address leads to its author: an export is personal data.",
        "`weeks`, `theme_weeks`, `days` and `flow` are the campaign's own counts and count what was left out here, so sums over "
        "`posts` can be smaller.",
    ]


def _duties(told: Noted, contact: str) -> list[str]:
    first, last = told.kept
    until = (
        f"Each post may be held until its `keep_until`: the first ends on {first}. Delete all of this by {last}."
        if last
        else "Only the campaign's own posts are in it, which have no end."
    )
    x = (
        f"{count(told.shown['of_x'], 'post is', 'posts are')} of X. It wants what was deleted there gone everywhere within a day "
        "of being asked, lets nobody pass on more than ids, and forbids deriving what its users believe."
    )
    return [
        until,
        "It is for the person who took it. Do not pass it on; to hand something on, make a `debate-tracker snapshot`.",
        "Quote nobody without their consent: half of the people who are quoted can be found by a search.",
        x if told.shown["of_x"] else "",
        "People delete posts and take back their consent. Take a new export rather than keeping an old one. When you get a list "
        "of withdrawals (platform, what, id), delete those posts here from every table, and empty `reply_to`, `conversation_id`, "
        "`quote_of` and `repost_of` where they name them.",
        f"Questions and requests of people: {contact}." if contact else "",
    ]


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line.strip()}" for line in lines if line)
