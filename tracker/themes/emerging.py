"""Talk that no theme covers and that grows: phrases and links that stand in more and more messages without a theme.

Counted are messages, not posts: the same text by forty accounts is one message. Whether something rises is told by the people who
say it: sixty messages of one person are no talk. What must hold of each is written at `_rising`.
Stop words, greetings and the like neither begin nor end a phrase; what stands as often in posts that have a theme is how people
write here, not what they write about.
"""

import math
import tomllib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.util import get_lang_class

from tracker.records import Campaign
from tracker.themes.pipeline import one_by_one, words_pipeline
from tracker.themes.sheet import kept_words
from tracker.themes.tokens import BREAK, Word
from tracker.themes.wording import is_of_letters, plain_word, readable, same_text

MESSAGES_FROM, PEOPLE_FROM = 5, 3
"""Messages in which something must stand, and people who must have written them, before it is talk."""
RISES_BY, UNCOVERED_BY = 3.0, 2.0
"""How many times as large a share of people as before, and as often as in messages that have a theme."""
SURE = 10.83
"""The log-likelihood ratio from which the rise is not taken for chance (chi-square, one degree of freedom, p = 0.001: the usual
bar for key words, Rayson and Garside 2000, doi:10.3115/1117729.1117730)."""
WORDS_AT_MOST, ALIKE = 4, 0.7
LISTED_AT_MOST, EXAMPLES = 30, 3
SMALL_TALK = Path(__file__).with_name("small_talk.toml")


@dataclass(frozen=True, slots=True)
class Said:
    """One stored post: its number, the message that it is one of the posts of, who wrote it (None: not known), its words, the
    links in it, and whether it has a theme."""

    post: int
    message: int
    author: int | None
    text: str
    links: tuple[str, ...] = ()
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Emerging:
    """A phrase (as it was first written) or a link: in how many messages without a theme it stands now, and stood before; how
    many people wrote those of now; posts that hold it, each of another message."""

    kind: str
    what: str
    messages: int
    before: int
    people: int
    examples: tuple[int, ...]


@dataclass(slots=True)
class _Message:
    post: int
    text: str
    covered: bool
    people: set[tuple[str, int]] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


Holds = Callable[[Sequence[_Message]], Iterator[dict[str, str]]]
"""What each message holds: by the form in which it is compared, as it is written."""


def emerging(campaign: Campaign, now: Iterable[Said], before: Iterable[Said]) -> list[Emerging]:
    """What rises among the posts of `now` that no theme covers, the surest first: phrases, then links. Little `before` to compare
    with makes nothing sure, so that then nothing is listed."""
    recent, past = _messages(now), [one for one in _messages(before) if not one.covered]
    phrases = partial(_phrases, words_pipeline(campaign), idle_words(tuple(campaign.languages)))
    found = [_rising(kind, recent, past, holds)[:LISTED_AT_MOST] for kind, holds in (("phrase", phrases), ("link", _links))]
    return [one for some in found for one in some]


def _messages(posts: Iterable[Said]) -> list[_Message]:
    """The posts put together by message, and by the same words. A message has a theme where one of its posts has."""
    found: dict[int, _Message] = {}
    by_words: dict[tuple[str, ...], int] = {}
    for one in sorted(posts, key=lambda post: post.post):
        key = by_words.setdefault((same_text(one.text), *sorted(one.links)), one.message)
        message = found.setdefault(key, _Message(one.post, one.text, one.covered))
        message.covered = message.covered or one.covered
        message.people.add(("author", one.author) if one.author is not None else ("post", one.post))
        message.links.update(one.links)
    return list(found.values())


@lru_cache(maxsize=8)
def idle_words(languages: tuple[str, ...]) -> frozenset[str]:
    """The plain forms of words that say nothing by themselves: spaCy's stop words of these languages, and small talk."""
    chat = tomllib.loads(SMALL_TALK.read_text(encoding="utf-8"))
    words = {word for language in languages for word in chat.get(language, "").split()}
    for language in languages:
        try:
            words |= set(get_lang_class(language).Defaults.stop_words)
        except ImportError:
            continue
    return frozenset(words | {plain_word(word) for word in words})


def _phrases(nlp: Language, idle: frozenset[str], messages: Sequence[_Message]) -> Iterator[dict[str, str]]:
    """Of each message the phrases in it: by their plain form, as it writes them."""
    for doc in one_by_one(nlp, (readable(one.text) for one in messages)):
        yield dict(_runs(kept_words(doc), idle))


def _links(messages: Sequence[_Message]) -> Iterator[dict[str, str]]:
    """Of each message the links in it, as phrases are given."""
    return ({link: link for link in one.links} for one in messages)


def _runs(words: Sequence[Word], idle: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The runs of one to WORDS_AT_MOST words that begin and end with a word that says something."""
    for start, (_, first, _) in enumerate(words):
        if not _says(first, idle):
            continue
        for end in range(start + 1, min(start + WORDS_AT_MOST, len(words)) + 1):
            last = words[end - 1][1]
            if _ends_phrase(last):
                break
            alone = end == start + 1
            if _says(last, idle) or (not alone and last.isdigit()):
                run = words[start:end]
                yield " ".join(plain for _, plain, _ in run), " ".join(raw for raw, _, _ in run).casefold()


def _ends_phrase(word: str) -> bool:
    """Whether no phrase runs on over it: a link and the like, or a mark other than the one that stands for `and`."""
    return word == BREAK or (word != "&" and not any(map(str.isalnum, word)))


def _says(word: str, idle: frozenset[str]) -> bool:
    return len(word) > 2 and is_of_letters(word) and word not in idle


def _rising(kind: str, recent: Sequence[_Message], past: Sequence[_Message], holds: Holds) -> list[Emerging]:
    """What rises, the surest first. Only what stands in enough recent messages is looked for in the others, so that little has to
    be kept of a large debate."""
    uncovered, covered = [one for one in recent if not one.covered], [one for one in recent if one.covered]
    places: dict[str, list[int]] = defaultdict(list)
    spelled: dict[str, str] = {}
    enough = _often_held(holds(uncovered))
    for place, held in enumerate(holds(uncovered)):
        for what, written in held.items():
            if hash(what) in enough:
                places[what].append(place)
                spelled.setdefault(what, written)
    people = {
        what: len(_people(uncovered[place] for place in where)) for what, where in places.items() if len(where) >= MESSAGES_FROM
    }
    often = {what for what, count in people.items() if count >= PEOPLE_FROM}
    elsewhere = Counter(what for held in holds(covered) for what in held if what in often)
    before: dict[str, list[_Message]] = {what: [] for what in often}
    for message, held in zip(past, holds(past), strict=True):
        for what in held.keys() & often:
            before[what].append(message)
    of_now, of_before = len(_people(uncovered)), len(_people(past))
    ranked = []
    for what in often:
        sure = _rises(people[what], of_now, len(_people(before[what])), of_before)
        usual = elsewhere[what] / max(1, len(covered))
        if sure >= SURE and len(places[what]) / len(uncovered) >= UNCOVERED_BY * usual:
            ranked.append((sure, what))
    listed = sorted(_apart(ranked, places), key=lambda pair: (-pair[0], pair[1]))
    return [
        Emerging(
            kind,
            spelled[what],
            len(places[what]),
            len(before[what]),
            people[what],
            tuple(uncovered[place].post for place in places[what][-EXAMPLES:]),
        )
        for _, what in listed
    ]


def _people(messages: Iterable[_Message]) -> set[tuple[str, int]]:
    return {person for message in messages for person in message.people}


def _often_held(held: Iterable[Mapping[str, str]]) -> set[int]:
    """The hashes of what stands in at least MESSAGES_FROM messages. Most of what messages hold stands in one alone, and is too
    much to keep as text."""
    hashes = array("q")
    for its in held:
        hashes.extend(map(hash, its))
    different, counts = np.unique(np.array(hashes, dtype=np.int64), return_counts=True)
    return set(different[counts >= MESSAGES_FROM].tolist())


def _rises(now: int, of_now: int, before: int, of_before: int) -> float:
    """How sure it is that more people say something than before; 0 where it is not RISES_BY times as large a share of them. The
    log-likelihood ratio of two shares (Dunning 1993)."""
    if now / of_now < RISES_BY * (before + 0.5) / (of_before + 1):
        return 0.0
    share = (now + before) / (of_now + of_before)
    return 2 * sum(
        seen * math.log(seen / (of * expected))
        for count, of in ((now, of_now), (before, of_before))
        for seen, expected in ((count, share), (of - count, 1 - share))
        if seen
    )


def _apart(ranked: Sequence[tuple[float, str]], places: Mapping[str, Sequence[int]]) -> list[tuple[float, str]]:
    """Without those that stand in nearly the same messages as a longer or surer one: parts of a longer phrase, mostly. Each is
    held against those alone with which it shares a message: of thousands that rise few do."""
    kept: list[tuple[float, str]] = []
    standing: dict[int, list[int]] = defaultdict(list)
    for sure, what in sorted(ranked, key=lambda pair: (-len(pair[1].split()), -pair[0], pair[1])):
        mine = places[what]
        shared = Counter(number for place in mine for number in standing[place])
        if all(both < ALIKE * (len(mine) + len(places[kept[number][1]]) - both) for number, both in shared.items()):
            for place in mine:
                standing[place].append(len(kept))
            kept.append((sure, what))
    return kept
