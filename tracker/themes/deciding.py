"""What a post's outcome is, from what the rules and the scorer found. Pure: the component and the measuring share it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.records import NOT_THIS_DEBATE, QUESTION


def is_theme(label: str) -> bool:
    """Whether a label is a theme: neither a question nor NOT_THIS_DEBATE."""
    return label != NOT_THIS_DEBATE and not label.startswith(QUESTION)


def probabilities(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds as probabilities, never quite 0 or 1."""
    likely: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return likely


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What training found, by label.

    thresholds: on log odds, for each theme and question that can be found. phrases_decide: a phrase that stands in a post gives
    its theme whatever the score, since nothing was learned from labels; by_phrase: those themes of which too few labelled posts
    are known, so that this holds for them even where others were learned.
    unsure_from: the probability of the best theme from which a post without a theme is unsure; None: no post is.
    not_debate: the log odds from which a post is judged not of this debate; None: not judged. stakes: of each theme, what one
    more post that carries it and was missed costs macro-F1 (`measuring.stakes`)."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    phrases_decide: bool = True
    by_phrase: Sequence[str] = ()
    unsure_from: float | None = None
    not_debate: float | None = None
    stakes: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Settings":
        """The settings that `as_json` gave."""
        return cls(**{**values, "by_phrase": tuple(values["by_phrase"])})


@dataclass(frozen=True, slots=True)
class Decision:
    """hits: (slug, probability, decided_by) of themes from the likeliest on; questions: the same of the paper's questions;
    top_score: the best theme's probability, None without any. doubt: of an unsure post, by how much macro-F1 may be expected to
    gain where a person reads it; None where that is not known."""

    outcome: str
    hits: tuple[tuple[str, float, str], ...] = ()
    relevant: bool | None = None
    top_score: float | None = None
    questions: tuple[tuple[str, float, str], ...] = ()
    doubt: float | None = None


PHRASE_ALONE = 0.5
"""The score of a phrase's hit where nothing scores."""


@lru_cache(maxsize=16)
def _bars(labels: tuple[str, ...], settings: Settings) -> tuple[NDArray[np.float64], list[int], int | None]:
    """The threshold of each label; the places of the themes that have one; the place of NOT_THIS_DEBATE."""
    bars = np.array([settings.thresholds.get(label, math.inf) for label in labels])
    themes = [i for i, label in enumerate(labels) if label in settings.thresholds and not label.startswith(QUESTION)]
    return bars, themes, labels.index(NOT_THIS_DEBATE) if NOT_THIS_DEBATE in labels else None


def decide(labels: Sequence[str], scores: Sequence[float], ruled: Mapping[str, int], settings: Settings) -> Decision:
    """The outcome for one post. labels, scores: the log odds of each, empty without a scorer; ruled: the themes whose phrases
    stand in the post, with how many different ones do."""
    return decide_many(labels, np.array([scores], dtype=np.float64), [ruled], settings)[0]


def decide_many(
    labels: Sequence[str], scores: NDArray[np.float64], ruled: Sequence[Mapping[str, int]], settings: Settings
) -> list[Decision]:
    """The outcomes for some posts, each as `decide` has it. scores: a row a post."""
    if not labels:
        return [_by_phrases(one if settings.phrases_decide else one.keys() & set(settings.by_phrase)) for one in ruled]
    bars, themes, last = _bars(tuple(labels), settings)
    found = scores >= bars
    place = {label: column for column, label in enumerate(labels)}
    by_phrase = None if settings.phrases_decide else set(settings.by_phrase)
    for row, one in enumerate(ruled):
        for slug in one:
            if slug in place and (by_phrase is None or slug in by_phrase):
                found[row, place[slug]] = True
    likely = probabilities(scores)
    hits: list[list[tuple[str, float, str]]] = [[] for _ in ruled]
    for row, column in zip(*(some.tolist() for some in np.nonzero(found)), strict=True):
        hits[row].append((labels[column], float(likely[row, column]), "rule" if labels[column] in ruled[row] else "model"))
    tops = likely[:, themes].max(axis=1).tolist() if themes else [None] * len(ruled)
    bar = settings.not_debate
    off = [None] * len(ruled) if last is None or bar is None else (scores[:, last] >= bar).tolist()
    return [
        _outcome(labels, row, some, top, None if out is None else not out, settings)
        for row, some, top, out in zip(likely, hits, tops, off, strict=True)
    ]


def _by_phrases(trusted: Iterable[str]) -> Decision:
    """What phrases alone say."""
    if not trusted:
        return Decision("none")
    return Decision("themed", tuple((slug, PHRASE_ALONE, "rule") for slug in sorted(trusted)), None, PHRASE_ALONE)


def _outcome(
    labels: Sequence[str],
    likely: NDArray[np.float64],
    found: list[tuple[str, float, str]],
    top: float | None,
    relevant: bool | None,
    settings: Settings,
) -> Decision:
    found.sort(key=lambda hit: (-hit[1], hit[0]))
    hits = tuple(hit for hit in found if not hit[0].startswith(QUESTION))
    if top is None and hits:
        top = hits[0][1]
    if relevant is False:
        return Decision("none", (), False, top)
    questions: tuple[tuple[str, float, str], ...] = ()
    if len(hits) < len(found):
        questions = tuple((slug.removeprefix(QUESTION), score, by) for slug, score, by in found if slug.startswith(QUESTION))
    if hits:
        return Decision("themed", hits, relevant, top, questions)
    if settings.unsure_from is None or top is None or top < settings.unsure_from:
        return Decision("none", (), relevant, top, questions)
    by_label = dict(zip(labels, likely.tolist(), strict=True))
    doubt = sum(stake * by_label[slug] for slug, stake in settings.stakes.items() if slug in by_label)
    return Decision("unsure", (), relevant, top, questions, doubt if settings.stakes else None)
