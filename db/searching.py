"""What people search posts for, and which posts hold it."""

import json
import re
import sqlite3
from dataclasses import dataclass

from db.statements import statements
from tracker.sameness import UNSPACED

TERMS = 30
"""Search words used; the index refuses very long expressions."""
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Searched:
    """What was typed: `expression` is valid FTS5, "" if it has no word (https://www.sqlite.org/fts5.html#full_text_query_syntax);
    `within` must stand in a post, capitals (A to Z) aside. Neither: nothing searchable was typed."""

    expression: str
    within: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.expression or self.within)


def searched(typed: str) -> Searched:
    """Read what was typed: "phrases" stay together, word* finds beginnings, every word must occur. What is of a script without
    spaces between words is looked for within the text: the full text keeps a whole sentence as one word there."""
    readable = typed.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    terms, within = [], []
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', readable):
        plain = (phrase or word).rstrip("*") if word else phrase
        if not any(character.isalnum() for character in plain):
            continue
        if _UNSPACED.search(plain):
            within.append(plain.lstrip("#＃"))
        else:
            terms.append(f'"{plain}"' + (" *" if word.endswith("*") else ""))
    return Searched(" ".join(terms[:TERMS]), tuple(within[:TERMS]))


def look_up(db: sqlite3.Connection, words: Searched, counted: int) -> bool:
    """Put the hits of a search, those that were stored last, into `hits`; gives whether there are more than that."""
    search = statements("search_facets.sql")
    db.execute(search["make_room"])
    db.execute(search["empty"])
    asked = {"expression": words.expression, "within": json.dumps(words.within), "hits": counted + 1}
    db.execute(search["look" if not words.within else "look_at_both" if words.expression else "look_within"], asked)
    capped = bool(db.execute("select count(*) > :hits from hits", {"hits": counted}).fetchone()[0])
    if capped:
        db.execute("delete from hits where id = (select min(id) from hits)")
    return capped
