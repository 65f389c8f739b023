"""What people search posts for, and which posts hold it."""

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from db.statements import statements
from tracker.sameness import UNSPACED

TERMS = 30
"""Search words used; the index refuses very long expressions."""
_TERM = re.compile(r'(-?)"([^"]*)"|([^\s"]+)')
_RED = "\ufe0f"
"""Makes a sign an emoji (❤ and ❤️). Some programs leave it out, so it counts for nothing."""
_EMOJI = re.compile(rf".{_RED}|[\u20e3\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_NOT_IN_FULL_TEXT = re.compile(f"[{UNSPACED}]|{_EMOJI.pattern}")


@dataclass(frozen=True, slots=True)
class Searched:
    """What was typed: `expression` and `unwanted` are valid FTS5, "" if they have no word
    (https://www.sqlite.org/fts5.html#full_text_query_syntax); one of each group `within` must stand in a post, and nothing of
    `without`, capitals (A to Z) aside. None of them: nothing searchable was typed."""

    expression: str
    within: tuple[tuple[str, ...], ...] = ()
    unwanted: str = ""
    without: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.expression or self.within or self.unwanted or self.without)


def searched(typed: str) -> Searched:
    """Read what was typed: "phrases" stay together, word* finds beginnings, every word must occur, one of those with OR between
    them, and none after a minus. What is of a script without spaces between words is looked for within the text, and so is what
    stands beside it with OR: the full text keeps a whole sentence as one word there. Emoji, which it passes over, are too."""
    wanted, unwanted = list[list[str]](), list[str]()
    has_or = False
    for minus, phrase, word in _TERM.findall(typed.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")):
        if word == "OR" and wanted and not has_or:
            has_or = True
            continue
        term = word.removeprefix("-") or phrase.rstrip("*")
        if not any(character.isalnum() for character in term) and not _EMOJI.search(term):
            continue
        if minus or word.startswith("-"):
            unwanted.append(term)
        elif has_or:
            wanted[-1].append(term)
        else:
            wanted.append([term])
        has_or = False
        if sum(map(len, wanted)) + len(unwanted) == TERMS:
            break
    spaced = [group for group in wanted if not _NOT_IN_FULL_TEXT.search("".join(group))]
    return Searched(
        " AND ".join(f"({_any(group)})" if len(group) > 1 else _any(group) for group in spaced),
        tuple(tuple(map(_within, group)) for group in wanted if group not in spaced),
        _any(term for term in unwanted if not _NOT_IN_FULL_TEXT.search(term)),
        tuple(_within(term) for term in unwanted if _NOT_IN_FULL_TEXT.search(term)),
    )


def _any(terms: Iterable[str]) -> str:
    """Any of these, as FTS5 has it."""
    return " OR ".join(f'"{term.rstrip("*")}"' + (" *" if term.endswith("*") else "") for term in terms)


def _within(term: str) -> str:
    return term.lstrip("#＃").rstrip("*").replace(_RED, "")


def look_up(db: sqlite3.Connection, words: Searched, counted: int) -> bool:
    """Put the hits of a search, those that were stored last, into `hits`; gives whether there are more than that."""
    search = statements("search_facets.sql")
    db.execute(search["make_room"])
    db.execute(search["empty"])
    asked = {
        "expression": words.expression,
        "unwanted": words.unwanted,
        "within": json.dumps(words.within),
        "without": json.dumps(words.without),
        "hits": counted + 1,
    }
    looks_within = words.within or words.without or not words.expression
    db.execute(search["look_within" if looks_within else "look"], asked)
    capped = bool(db.execute("select count(*) > :hits from hits", {"hits": counted}).fetchone()[0])
    if capped:
        db.execute("delete from hits where id = (select min(id) from hits)")
    return capped
