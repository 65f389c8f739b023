"""What people say of posts, as records: one coder's verdict, and what all verdicts on a post come to."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.sameness import are_other_words

AUDIT = "audit"
"""The queue of the posts that were drawn at random: the model is measured on them, and never learns from them."""
PILOT = "pilot"
"""The queue in which everyone reads the same posts, to learn to code; and what the names of such rounds begin with."""
THEME_QUEUE = "theme:"
"""What the name of the queue of one theme begins with; its slug follows."""
RULES = {"round": "main", "audit_per_week": "30", "coders_each": "2", "pilot_size": "20"}
"""How the coding is set up until a lead says otherwise (docs/coding.md)."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What a person said of one post (labels.db, codings). relevant None: not said, or could not tell. themes: of every
    dimension. asks_us: whether it asks the campaign something; None: not said. id and supersedes: rows of the table."""

    platform: str
    native_id: str
    text: str | None
    coder: str
    coded_at: str
    relevant: bool | None = None
    themes: tuple[str, ...] = ()
    cannot_tell: bool = False
    questions: tuple[str, ...] = ()
    asks_us: bool | None = None
    note: str | None = None
    role: str = "coder"
    round: str = "main"
    queue: str = "other"
    probability: float | None = None
    codebook: str = ""
    what: str = "coded"
    supersedes: int | None = None
    origin: str = "page"
    id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(platform, native_id) of the post."""
        return self.platform, self.native_id


@dataclass(frozen=True, slots=True)
class Asked:
    """What a codebook gives to choose from: the slugs of its themes, of every dimension, and of the paper's questions."""

    themes: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()

    def without(self, other: "Asked") -> "Asked":
        """What the other does not have."""
        return Asked(self.themes - other.themes, self.questions - other.questions)

    def within(self, other: "Asked") -> "Asked":
        """What the other has, too."""
        return Asked(self.themes & other.themes, self.questions & other.questions)


@dataclass(frozen=True, slots=True)
class Settled:
    """What people together say of one post (tracker/settling.py). relevant None: not settled, or nobody could tell. undecided:
    that on which those who were asked stand half and half; asked: what somebody who could tell was asked about."""

    platform: str
    native_id: str
    relevant: bool | None
    themes: frozenset[str]
    questions: frozenset[str]
    undecided: Asked
    asked: Asked
    asks_us: bool | None
    coders: int
    adjudicated: bool
    disputed: bool


def asked_in(books: Mapping[str, Mapping[str, Any]]) -> dict[str, Asked]:
    """What each version of the codebook gives to choose from, from what labels.db keeps of them."""
    return {
        version: Asked(*(frozenset(one["slug"] for one in book[key]) for key in ("themes", "questions")))
        for version, book in books.items()
    }


def is_pilot(round_name: str) -> bool:
    """Whether a round of this name is for learning to code: everyone reads the same posts."""
    return round_name.casefold().startswith(PILOT)


def in_earnest(codings: Iterable[Coding]) -> list[Coding]:
    """Of standing codings of one post those that were given in earnest: in a pilot people learn to code, so what was said there,
    by a lead too, counts only where the post was read in no other round."""
    codings = list(codings)
    return [one for one in codings if not is_pilot(one.round)] or codings


def each_coder(codings: Iterable[Coding]) -> list[Coding]:
    """The verdict of each coder that counts, of standing codings of one post; the lead's are left out."""
    newest: dict[str, Coding] = {}
    for coding in sorted(codings, key=lambda one: (not is_pilot(one.round), one.coded_at, one.id or 0)):
        if coding.role == "coder":
            newest[coding.coder.casefold()] = coding
    return list(newest.values())


def that_count(codings: Iterable[Coding]) -> list[Coding]:
    """Of standing codings of one post those that count: the lead's newest alone, where a lead settled it, else each coder's."""
    codings = sorted(codings, key=lambda one: (one.coded_at, one.id or 0))
    return [one for one in codings if one.role == "lead"][-1:] or each_coder(codings)


def beyond_lead(codings: Sequence[Coding], asked: Mapping[Coding, Asked]) -> list[tuple[Coding, Asked]]:
    """Of standing codings of one post that a lead settled, as of this debate or not, what coders say of what the lead was not
    asked: it is newer. Each coding, with nothing else in it, and what of it counts; who says "not this debate" gives none of it.
    asked: what each was asked, where known."""
    found = []
    for lead in [one for one in that_count(codings) if one.role == "lead" and not one.cannot_tell and one in asked]:
        for one in [one for one in each_coder(codings) if not one.cannot_tell and one in asked]:
            left = asked[one].without(asked[lead])
            if left != Asked():
                of = Asked() if one.relevant is False else left
                themes = tuple(slug for slug in one.themes if slug in of.themes)
                questions = tuple(slug for slug in one.questions if slug in of.questions)
                found.append((replace(one, relevant=lead.relevant, themes=themes, questions=questions, asks_us=None), left))
    return found


def counting(codings: Iterable[Coding], asked: Mapping[Coding, Asked]) -> list[tuple[Coding, Asked | None]]:
    """Of standing codings of one post what counts, each with what it was asked (None: not known): those given in earnest that
    count, and beyond a lead's word what coders say of what is newer."""
    codings = in_earnest(codings)
    return [*((one, asked.get(one)) for one in that_count(codings)), *beyond_lead(codings, asked)]


def verdict_in(coding: Coding, names: Mapping[str, str]) -> Coding:
    """The verdict alone, in the names that themes have now: without who gave it, when, by which codebook, from which file, and
    how the post came up. names: what each theme is called now, by every name that it has had."""
    themes, questions = tuple(sorted({names.get(slug, slug) for slug in coding.themes})), tuple(sorted(coding.questions))
    said = Coding(*coding.key, None, "", "", coding.relevant, themes, coding.cannot_tell, questions, coding.asks_us)
    return replace(said, role=coding.role, round=coding.round)


def theme_of(queue: str) -> str | None:
    """The slug of the theme whose queue this is; None of other queues."""
    return queue.removeprefix(THEME_QUEUE) if queue.startswith(THEME_QUEUE) else None


def book_version(content: str) -> str:
    """What a codebook of this content is called: ten letters of a hash."""
    return hashlib.sha256(content.encode()).hexdigest()[:10]


def bare_book(themes: Iterable[str], questions: Iterable[str] = ()) -> str:
    """The content of a codebook of which no more is known than what it asked about, as JSON: the slugs."""
    asked = {
        "themes": [{"slug": slug} for slug in sorted(set(themes))],
        "questions": [{"slug": slug} for slug in sorted(set(questions))],
    }
    return json.dumps(asked, ensure_ascii=False, sort_keys=True)


def of_words_of_now(codings: Iterable[Coding], now: Mapping[tuple[str, str], str]) -> list[Coding]:
    """The codings but for those of posts whose author has put quite other words in their place since (`now`: the words of those
    that are here): of these nobody said anything. Where words are no longer there, the coding stands."""
    return [
        one
        for one in codings
        if not one.text or not (text := now.get(one.key)) or one.text == text or not are_other_words(one.text, text)
    ]
