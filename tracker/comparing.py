"""Which verdicts of several coders can be held against each other: by post, for relevance, each theme, each question. Pure.

Only what coders said by themselves is compared, never what a lead settled. Who could not tell says nothing. Who says "not this
debate" says of every theme that it does not apply. A theme or question that was not in the codebook of one coder is not compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tracker.agreement import Agreement, agreement, units_of
from tracker.codings import Asked, Coding, each_coder

RELEVANCE, THEME, QUESTION, ASKS = "relevance", "theme", "question", "asks us"
Judged = list[bool | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """The agreement on one question: what is RELEVANCE, THEME, QUESTION or ASKS; name: a slug, "" where there is only one."""

    what: str
    name: str
    of: Agreement


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coders: on how many posts both could tell, the agreement on relevance, and that on all themes taken together."""

    coders: tuple[str, str]
    posts: int
    relevance: Agreement
    themes: Agreement


def by_post(codings: Iterable[Coding]) -> list[list[Coding]]:
    """What each coder said, of the posts that at least two read; one list a post."""
    posts: dict[tuple[str, str], list[Coding]] = {}
    for coding in codings:
        posts.setdefault(coding.key, []).append(coding)
    readers = [each_coder(post) for post in posts.values()]
    return [post for post in readers if len(post) >= 2]


def could_tell(posts: Iterable[Sequence[Coding]]) -> int:
    """On how many posts at least two could tell: those that the figures are of."""
    return sum(sum(not one.cannot_tell for one in post) >= 2 for post in posts)


def compare(
    posts: Sequence[Sequence[Coding]],
    asked_in: Mapping[str, Asked],
    themes: Sequence[str],
    questions: Sequence[str] = (),
) -> list[Compared]:
    """The agreement on everything that is asked of a post. posts: as `by_post` gives them."""
    found = [Compared(RELEVANCE, "", _agreed([[_relevance(one) for one in post] for post in posts]))]
    for slug in themes:
        found.append(Compared(THEME, slug, _agreed([[_theme(one, slug, asked_in) for one in post] for post in posts])))
    for slug in questions:
        found.append(Compared(QUESTION, slug, _agreed([[_question(one, slug, asked_in) for one in post] for post in posts])))
    found.append(Compared(ASKS, "", _agreed([[_about(one) and one.asks_us for one in post] for post in posts])))
    return found


def pairs(posts: Sequence[Sequence[Coding]], asked_in: Mapping[str, Asked], themes: Sequence[str]) -> list[Pair]:
    """Each two coders who read posts in common, those with most on which both could tell first."""
    common: dict[tuple[str, str], list[tuple[Coding, Coding]]] = {}
    for post in posts:
        for one, other in combinations(sorted(post, key=lambda coding: coding.coder.casefold()), 2):
            common.setdefault((one.coder.casefold(), other.coder.casefold()), []).append((one, other))
    found = []
    for both in common.values():
        relevance = _agreed([[_relevance(one) for one in post] for post in both])
        spread = [[_theme(one, slug, asked_in) for one in post] for post in both for slug in themes]
        numbers = [number for number in range(len(both)) for _ in themes]
        of_themes = agreement(units_of(spread), numbers)
        found.append(Pair((both[0][0].coder, both[0][1].coder), could_tell(both), relevance, of_themes))
    return sorted(found, key=lambda pair: (-pair.posts, pair.coders))


def _agreed(judged: Sequence[Judged]) -> Agreement:
    return agreement(units_of(judged))


def _relevance(coding: Coding) -> bool | None:
    return None if coding.cannot_tell else coding.relevant


def _about(coding: Coding) -> bool | None:
    """Whether what else was asked of the post means anything: None where the coder could not tell."""
    return None if coding.cannot_tell else coding.relevant is not False


def _theme(coding: Coding, slug: str, asked_in: Mapping[str, Asked]) -> bool | None:
    asked = asked_in.get(coding.codebook)
    return None if asked and slug not in asked.themes else _about(coding) and slug in coding.themes


def _question(coding: Coding, slug: str, asked_in: Mapping[str, Asked]) -> bool | None:
    asked = asked_in.get(coding.codebook)
    return None if asked and slug not in asked.questions else _about(coding) and slug in coding.questions
