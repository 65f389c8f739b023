"""The last look at a public copy before anyone else's: names, borrowed words, columns, numbers too small or too different.

It reads the finished file, not what it was made from.
"""

import functools
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from db.copies import refuse_damaged
from db.public_copy import (
    Where,
    about,
    count_smaller,
    differs_from_schema,
    shown_cells,
    shown_own_posts,
    shown_quotes,
    texts_of,
)
from db.public_growth import Growth
from db.publishing import borrowed, borrowed_letters
from db.reading import Row
from tracker.public_text import letter_runs, may_stand, others_in, runs
from tracker.records import Campaign
from tracker.telling import count
from tracker.told import LINK

OUR_WORDS = {
    *(("about", "value"), ("themes", "name"), ("themes", "meaning"), ("themes", "group_name"), ("themes", "dimension")),
    *(("themes", "slug"), ("themes", "renamed_from"), ("questions", "slug"), ("questions", "text")),
    *(("questions", "answers_when"), ("own_posts", "text")),
}
"""Where the campaign's own words stand: others may have used them after it."""
FEWEST_LEFT = 0.5
ENOUGH_TO_COMPARE = 10


def faults(candidate: Path, served: Path, campaign: Campaign, own_handles: Sequence[str], db: sqlite3.Connection) -> list[str]:
    """What is wrong with a candidate, in words that name nobody; [] where it may be published. db: the store, for looking up."""
    refuse_damaged(candidate)
    strange = differs_from_schema(candidate)
    if strange:
        return [f"it has other columns than may be published: {', '.join(strange)}"]
    return [
        *_names(candidate, campaign, own_handles, {}),
        *_borrowed_words(candidate, campaign, db, {}),
        *_small_numbers(candidate, campaign.smallest_cell, {}),
        *_implausible(candidate, served, campaign.smallest_cell),
    ]


def faults_of_growth(
    candidate: Path, growth: Growth, campaign: Campaign, own_handles: Sequence[str], db: sqlite3.Connection
) -> list[str]:
    """The same of what was written into a candidate that begins from the served copy. That was looked over when it was made, by
    the same rules, and it is the same bytes."""
    rows = growth.rows()
    return [
        *_names(candidate, campaign, own_handles, rows),
        *_borrowed_words(candidate, campaign, db, rows),
        *_small_numbers(candidate, campaign.smallest_cell, rows),
    ]


def _names(candidate: Path, campaign: Campaign, own_handles: Sequence[str], where: Where) -> Iterator[str]:
    kept = may_stand(_may_be_named(candidate, campaign, own_handles))
    for table, column, text in texts_of(candidate, where):
        found = others_in(text, kept)
        if found:
            yield f"{table}.{column} names somebody, or leads to somebody's page ({len(found)} times)"


def _may_be_named(candidate: Path, campaign: Campaign, own_handles: Sequence[str]) -> list[str]:
    ours = [row["url"] for row in shown_own_posts(candidate) if row["url"]]
    contact = campaign.governance.contact
    words = [word.strip("<>(),;.") for word in contact.split()]
    return [*own_handles, *ours, contact, campaign.paper_url, *campaign.links, *words]


def _borrowed_words(candidate: Path, campaign: Campaign, db: sqlite3.Connection, where: Where) -> Iterator[str]:
    """Runs of words that stand in another's post. The candidate is small, so its runs are looked up, not the archive's."""
    is_borrowed = functools.cache(lambda words: borrowed(db, words))
    consented = {row["text"] for row in shown_quotes(candidate) if not row["paraphrased"]}
    ours = [link for link in (*campaign.links, campaign.paper_url) if link]
    for table, column, whole in texts_of(candidate, where):
        if (table, column) in OUR_WORDS or (table == "quotes" and whole in consented):
            continue
        text = functools.reduce(lambda left, link: left.replace(link, " "), ours, whole)
        if any(is_borrowed(words) for words in runs(text)) or borrowed_letters(db, list(letter_runs(text))):
            yield f"{table}.{column} holds words of somebody else's post"


def _small_numbers(candidate: Path, smallest: int, where: Where) -> Iterator[str]:
    small = count_smaller(candidate, smallest, where)
    if small:
        yield f"{count(small, 'number has', 'numbers have')} fewer than {smallest} people behind them"


def _implausible(candidate: Path, served: Path, smallest: int) -> Iterator[str]:
    """What was shown is shown again with the same numbers, but links, which may lead to who was forgotten since; and own posts do
    not vanish by half."""
    if about(served).get("state") != "published":
        return
    shown = {_number(row) for row in shown_cells(candidate)}
    before = [row for row in shown_cells(served) if row["people"] >= smallest and row["kind"] != LINK]
    lost = [row for row in before if _number(row) not in shown]
    if lost:
        yield f"{count(len(lost), 'number that is', 'numbers that are')} shown now would be missing, or others"
    there, now = len(shown_own_posts(served)), len(shown_own_posts(candidate))
    if there >= ENOUGH_TO_COMPARE and now < FEWEST_LEFT * there:
        yield f"of {there} own posts that are shown now only {now} would be left"


def _number(row: Row) -> tuple[object, ...]:
    """What a number counts and comes to, whatever its theme is called by now."""
    weeks = tuple(sorted({week for _, week in json.loads(row["pairs"])}))
    return row["kind"], weeks, row["posts"], row["people"]
