"""Numbers about links after someone was forgotten: what was told stays told, but an address is said no more once it leads to
them, or too few of the people behind its number are left (docs/why, What an erasure does to what was told)."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from db.forgotten import Forgotten
from tracker.counting import week_of
from tracker.public_text import public_address, site_of
from tracker.told import LINK, Cell, Pair

MARK = "forgotten:"
USUAL_SMALLEST = 10


def unsaid_name(forgotten: Forgotten, address: str) -> str:
    """What stands in the place of an address that is not said any more: tells nobody which it was, but that it is the same."""
    return f"{MARK}{forgotten.fingerprint(address.encode())[:12]}"


def note_lost_sharers(connection: sqlite3.Connection, posts: Iterable[int]) -> None:
    """Before these posts are deleted, since they or their authors are to be forgotten: enter beside each number about a link how
    many people who may stand behind it go. Once that brings it below the smallest cell, `unsay_links` takes its address away."""
    gone = list(posts)
    told = connection.execute(
        "select id, subject, pairs from published_cells where kind = ? and subject not like ?", [LINK, f"{MARK}%"]
    )
    cells = [(row_id, subject, {week for _, week in json.loads(pairs)}) for row_id, subject, pairs in told]
    if not gone or not cells:
        return
    shared: dict[tuple[str, str], set[int]] = {}
    for author, day, url in connection.execute(SHARED, [json.dumps(gone)]):
        address = public_address(url)
        for said in {address, address and site_of(address)} - {None}:
            shared.setdefault((str(said), week_of(day)), set()).add(author)
    for row_id, subject, weeks in cells:
        people = set[int]().union(*(shared.get((subject, week), set()) for week in weeks))
        if people:
            connection.execute("update published_cells set forgotten = forgotten + ? where id = ?", [len(people), row_id])


def unsay_links(connection: sqlite3.Connection, forgotten: Forgotten) -> int:
    """Take away the addresses that lead to who is to stay forgotten, and those behind whose number too few people are left.
    Gives how many."""
    taken = 0
    told = connection.execute("select value from settings where name = 'smallest_cell'").fetchone()
    smallest = int(told[0]) if told else USUAL_SMALLEST
    rows = connection.execute(TOLD_OF_LINKS, [LINK, f"{MARK}%"]).fetchall()
    for row_id, subject, pairs, people, gone in rows:
        if (gone and people - gone < smallest) or forgotten.leads_to(subject):
            name = unsaid_name(forgotten, subject)
            weeks = [[name, week] for _, week in json.loads(pairs)]
            connection.execute(
                "update published_cells set subject = ?, pairs = ? where id = ?",
                [name, json.dumps(weeks, separators=(",", ":")), row_id],
            )
            taken += 1
    return taken


def unsaid(db: sqlite3.Connection) -> set[tuple[str, tuple[str, ...]]]:
    """(what stands in the place of the address, the weeks) of each number about a link whose address is not said any more."""
    marked = "select subject, pairs from published_cells where kind = ? and subject >= ? and subject < ?"
    rows = db.execute(marked, [LINK, MARK, f"{MARK[:-1]};"])
    return {(subject, tuple(sorted({week for _, week in json.loads(pairs)}))) for subject, pairs in rows}


def as_told(db: sqlite3.Connection, forgotten: Forgotten | None, links: Sequence[str]) -> Iterator[Cell]:
    """The numbers whose address is not said any more, for those of these links that they are about: so that they are not told
    again, in other weeks' company."""
    known = unsaid(db) if forgotten else set()
    if not known or forgotten is None:
        return
    names = {unsaid_name(forgotten, link): link for link in links}
    for name, weeks in sorted(known):
        if name in names:
            pairs: tuple[Pair, ...] = tuple((names[name], week) for week in weeks)
            yield Cell(LINK, names[name], "period", pairs, 0, 0)


SHARED = """
select distinct posts.author_id, posts.day, post_links.url
from json_each(?) as gone join posts on posts.id = gone.value join post_links on post_links.post_id = posts.id
where posts.author_id is not null and posts.is_own = 0 and posts.kind <> 'repost'
"""
TOLD_OF_LINKS = "select id, subject, pairs, people, forgotten from published_cells where kind = ? and subject not like ?"
