"""The last look at a snapshot before anyone has it: names, borrowed words; and its codebook, without examples that are somebody's
words. It reads the finished files, not what they were made from."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from db.coding import definitions
from db.publishing import borrowed, borrowed_letters, own_handles
from pipelines.snapshot_papers import Told
from tracker.codebook import make_codebook
from tracker.licences import LICENCES
from tracker.problems import IncompleteRun, UsageProblem
from tracker.public_text import letter_runs, may_stand, names_in, others_in, runs
from tracker.records import Campaign

LONGEST_ERRATUM = 2000
OUR_WORDS = ("data/themes.csv", "data/theme_versions.csv", "data/questions.csv", "data/own_posts.csv", "data/queries.csv")
"""Where the campaign's own words stand: others may have used them after it. The papers repeat some of them."""
PAPERS = (
    "README.md",
    "METHODS.md",
    "LICENCE.md",
    "CITATION.cff",
    "data-dictionary.md",
    "datapackage.json",
    "read.R",
    "codebook.json",
)


def refuse_faults(members: Mapping[str, bytes], told: Told, db: sqlite3.Connection) -> None:
    """Raise IncompleteRun where a file names somebody, or holds words of somebody else's post."""
    found = sorted({*_names(members, told, db), *_borrowed(members, db)})
    if found:
        raise IncompleteRun(
            "The snapshot was not made: it does not pass the last look.",
            why="; ".join(found) + ".",
            safe="Nothing was made, and nobody has a copy.",
            next_step="Take out what is named (in a theme's text, an erratum, a post of yours), run `debate-tracker publish`, "
            "then try again.",
        )


def _names(members: Mapping[str, bytes], told: Told, db: sqlite3.Connection) -> Iterator[str]:
    campaign = told.campaign
    contact = campaign.governance.contact
    ours = [account.partition(":")[2] for account in campaign.own_accounts]
    addresses = [row["url"] for row in told.tables["own_posts"] if row["url"]]
    allowed = [*own_handles(db), *ours, *addresses, contact, *(word.strip("<>(),;.") for word in contact.split())]
    allowed += [campaign.paper_url, *campaign.links, *(address for _, address in LICENCES.values())]
    allowed += [*(part for name in campaign.sources.in_words() for part in name.split())]
    kept = may_stand(allowed)
    for name, cell in _cells(members):
        if others_in(cell, kept):
            yield f"{name} names somebody, or leads to somebody's page"


def _borrowed(members: Mapping[str, bytes], db: sqlite3.Connection) -> Iterator[str]:
    for name, cell in _cells(members):
        if name not in OUR_WORDS and name not in PAPERS and _is_borrowed(cell, db):
            yield f"{name} holds words of somebody else's post"


def _is_borrowed(text: str, db: sqlite3.Connection) -> bool:
    """Whether it holds eight words in a row of somebody else's post, or sixteen letters where words have no spaces between."""
    return any(borrowed(db, words) for words in runs(text)) or borrowed_letters(db, list(letter_runs(text)))


def _cells(members: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each text of each file but the ids: cells of tables, else lines."""
    for name, content in members.items():
        text = content.decode()
        if name.startswith("data/"):
            yield from ((name, cell) for row in csv.reader(io.StringIO(text)) for cell in row)
        elif name == "codebook.json":
            yield from ((name, cell) for cell in _strings(json.loads(text)))
        elif not name.startswith("ids/"):
            yield from ((name, line) for line in text.splitlines())


def _strings(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        yield from (text for value in told.values() for text in _strings(value))
    elif isinstance(told, list | tuple):
        yield from (text for value in told for text in _strings(value))


def codebook_for_all(campaign: Campaign, db: sqlite3.Connection) -> bytes:
    """The codebook as coders have it, without examples that name somebody or hold words of a post that is stored."""
    themes, questions = definitions(db)
    for theme in themes:
        for name in ("examples_yes", "examples_no"):
            theme[name] = list(_of_nobody(theme.get(name, ()), db))
    book = make_codebook(themes, questions)
    told = {"campaign": campaign.name, "version": book.version, **json.loads(book.content)}
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _of_nobody(examples: Iterable[str], db: sqlite3.Connection) -> Iterator[str]:
    for example in examples:
        if not names_in(example, ()) and not _is_borrowed(example, db):
            yield example


def refuse_words(words: str, campaign: Campaign, db: sqlite3.Connection) -> None:
    """Raise UsageProblem where an erratum says nothing, too much, names somebody, or repeats somebody's post."""
    if not words or len(words) > LONGEST_ERRATUM:
        raise UsageProblem(
            f"An erratum has between 1 and {LONGEST_ERRATUM:,} characters.",
            safe="Nothing was entered.",
            next_step='Say what is wrong and what is right, such as: --erratum "Posts of 7 October were counted twice."',
        )
    named = names_in(words, [account.partition(":")[2] for account in campaign.own_accounts])
    if named or _is_borrowed(words, db):
        raise UsageProblem(
            "The erratum names somebody, leads to somebody's page, or repeats words of somebody's post.",
            why="Everyone who reads a later snapshot would see it.",
            safe="Nothing was entered.",
            next_step="Say it without names and addresses.",
        )
