"""What a post's outcome is, from what the rules and the scorer found. Pure: the component and the measuring share it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

NOT_THIS_DEBATE = "not this debate"
"""The scorer's label for posts that only look like the debate. No theme can be called so: slugs have no spaces."""
QUESTION = "question "
"""Before a question's slug, in labels and in measured quality, so that it is taken for no theme."""
ASKS = "asks us"
"""What the quality of telling that a post asks something is kept under."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What training found, by label.

    thresholds: on log odds, for each theme and question that can be found. phrases_decide: a phrase that stands in a post gives
    its theme whatever the score, since nothing was learned from labels; by_phrase: those themes of which too few labelled posts
    are known, so that this holds for them even where others were learned. slope and shift turn log odds into probabilities.
    unsure_from: the probability of the best theme from which a post without a theme is unsure; None: no post is.
    not_debate: the log odds from which a post is judged not of this debate; None: not judged. stakes: of each theme, what one
    more post that carries it and was missed costs macro-F1 (`measuring.stakes`)."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    phrases_decide: bool = True
    by_phrase: Sequence[str] = ()
    slope: float = 1.0
    shift: float = 0.0
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

    def likely(self, score: float) -> float:
        """The probability that stands for some log odds."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.slope * score + self.shift))))


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
def _bars(labels: tuple[str, ...], settings: Settings) -> tuple[tuple[float, ...], tuple[int, ...], int | None]:
    """The threshold of each label; the places of the themes that have one; the place of NOT_THIS_DEBATE."""
    bars = tuple(settings.thresholds.get(label, math.inf) for label in labels)
    themes = tuple(i for i, label in enumerate(labels) if label in settings.thresholds and not label.startswith(QUESTION))
    return bars, themes, labels.index(NOT_THIS_DEBATE) if NOT_THIS_DEBATE in labels else None


def decide(labels: Sequence[str], scores: Sequence[float], ruled: Mapping[str, int], settings: Settings) -> Decision:
    """The outcome for one post. labels, scores: the scorer's log odds, empty without one; ruled: the themes whose phrases stand
    in the post, with how many different ones do."""
    bars, themes, last = _bars(tuple(labels), settings)
    relevant = None if last is None or settings.not_debate is None else scores[last] < settings.not_debate
    trusted = ruled.keys() if settings.phrases_decide else ruled.keys() & set(settings.by_phrase)
    found: list[tuple[str, float, str]] = []
    for place, (score, bar) in enumerate(zip(scores, bars, strict=True)):
        if score >= bar or (trusted and labels[place] in trusted):
            slug = labels[place]
            found.append((slug, settings.likely(score), "rule" if slug in ruled else "model"))
    if not labels:
        found = [(slug, PHRASE_ALONE, "rule") for slug in trusted]
    top = settings.likely(max(scores[place] for place in themes)) if themes else None
    found.sort(key=lambda hit: (-hit[1], hit[0]))
    hits = tuple(hit for hit in found if not hit[0].startswith(QUESTION))
    top = max((score for _, score, _ in hits), default=top) if top is None else top
    if relevant is False:
        return Decision("none", (), False, top)
    questions = tuple((slug.removeprefix(QUESTION), score, by) for slug, score, by in found if slug.startswith(QUESTION))
    if hits:
        return Decision("themed", hits, relevant, top, questions)
    unsure = settings.unsure_from is not None and top is not None and top >= settings.unsure_from
    if not unsure:
        return Decision("none", (), relevant, top, questions)
    by_label = dict(zip(labels, scores, strict=True))
    doubt = sum(stake * settings.likely(by_label[slug]) for slug, stake in settings.stakes.items() if slug in by_label)
    return Decision("unsure", (), relevant, top, questions, doubt if settings.stakes else None)
