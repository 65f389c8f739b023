"""Choosing how each theme is decided, and measuring how well: on labelled posts that the classifier had not seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.records import Quality
from tracker.themes.deciding import HOWS, NOT_THIS_DEBATE, Bar, Decision, Settings, decide, even_score
from tracker.themes.learning import Marks, Matrix

Z95 = 1.959963984540054
LEARNED_FROM = 5
"""Posts that must carry a theme before its own choice is made from them."""
SHRINK = 30
"""A theme's threshold is averaged with that of all themes, which weighs as much as this many of its posts."""
GAIN_AT_LEAST = 0.02
"""F1 by which the classifier must better a theme's phrases to have a say: less than this is noise on so few posts."""
UNSURE_AT_LEAST = 0.25
"""No post whose best theme scores below this (0.5 is the threshold) is unsure."""
PRECISION_FIRST = 0.25
"""F-beta for 'not this debate': throwing a post out wrongly is worse than keeping one too many."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of some posts (rows): the truth and the rules by theme, the classifier's scores by label (themes, then
    perhaps NOT_THIS_DEBATE), relevance as 1, 0 or NaN, and whether the post was taken for another language."""

    slugs: Sequence[str]
    labels: Sequence[str]
    truth: Marks
    ruled: Marks
    scores: Matrix
    relevant: Matrix
    foreign: Marks

    def rows(self, chosen: Marks) -> "Evidence":
        """The evidence on some of the posts."""
        return replace(
            self,
            truth=self.truth[chosen],
            ruled=self.ruled[chosen],
            scores=self.scores[chosen],
            relevant=self.relevant[chosen],
            foreign=self.foreign[chosen],
        )


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson, 1927, doi:10.1080/01621459.1927.10502953); None of nothing."""
    if of == 0:
        return None
    share, zz = hits / of, Z95 * Z95
    middle = (share + zz / (2 * of)) / (1 + zz / of)
    half = Z95 * math.sqrt(share * (1 - share) / of + zz / (4 * of * of)) / (1 + zz / of)
    return (middle - half if hits else 0.0), (middle + half if hits < of else 1.0)


def best_threshold(scores: Matrix, truth: Marks, *, already: Marks | None = None, beta: float = 1.0) -> float:
    """The raw score from which F-beta is highest, half-way between two scores that were seen. already: posts that count as
    found whatever their score."""
    taken = np.zeros(len(scores), dtype=bool) if already is None else already
    order = np.argsort(-scores[~taken], kind="stable")
    seen, right = scores[~taken][order], truth[~taken][order]
    hits = truth[taken].sum() + np.append(0, np.cumsum(right))
    found = taken.sum() + np.arange(len(seen) + 1)
    values = (1 + beta**2) * hits / np.maximum(beta**2 * truth.sum() + found, 1)
    above, below = np.append(1.0, seen), np.append(seen, 0.0)
    best = int(np.argmax(np.where(above > below, values, -1.0)))
    return float(np.clip((above[best] + below[best]) / 2, 1e-6, 1 - 1e-6))


def f_score(found: Marks, truth: Marks) -> float:
    """F1; 0 where nothing is found and nothing was there."""
    both = 2 * (found & truth).sum()
    return float(both / max(found.sum() + truth.sum(), 1))


def choose(evidence: Evidence, has_phrases: frozenset[str]) -> Settings:
    """How each theme is decided, from scores of posts that the classifier had not seen."""
    if evidence.scores.shape[1] == 0:
        return Settings({slug: Bar() for slug in evidence.slugs})
    themes = evidence.scores[:, : len(evidence.slugs)]
    shared = best_threshold(themes.ravel(), evidence.truth.ravel())
    bars = {
        slug: _bar(themes[:, i], evidence.truth[:, i], evidence.ruled[:, i], shared, slug in has_phrases)
        for i, slug in enumerate(evidence.slugs)
    }
    judged = Settings(bars, 0.5, _not_debate(evidence))
    return Settings(bars, _unsure_from(evidence, judged), judged.not_debate)


def _bar(scores: Matrix, truth: Marks, ruled: Marks, shared: float, has_phrases: bool) -> Bar:
    support = int(truth.sum())
    if not has_phrases or support < LEARNED_FROM:
        own = best_threshold(scores, truth) if support >= LEARNED_FROM else shared
        return Bar("rule" if has_phrases else "model", _shrunk(own, shared, support))
    nothing = np.zeros_like(ruled)
    found = {
        "rule": ruled,
        "either": ruled | _beyond(scores, truth, ruled, shared),
        "model": _beyond(scores, truth, nothing, shared),
    }
    how = max(HOWS, key=lambda how: f_score(found[how], truth) - (GAIN_AT_LEAST if how != "rule" else 0.0))
    own = best_threshold(scores, truth, already=nothing if how == "model" else ruled)
    return Bar(how, _shrunk(own, shared, support))


def _beyond(scores: Matrix, truth: Marks, already: Marks, shared: float) -> Marks:
    """Which posts score above a threshold that was chosen without them (each third of the posts by the other two)."""
    third = np.arange(len(scores)) % 3
    above = np.zeros(len(scores), dtype=bool)
    for part in range(3):
        rest = third != part
        own = best_threshold(scores[rest], truth[rest], already=already[rest])
        above[~rest] = scores[~rest] >= _shrunk(own, shared, int(truth[rest].sum()))
    return above


def _shrunk(own: float, shared: float, support: int) -> float:
    return (support * own + SHRINK * shared) / (support + SHRINK)


def _not_debate(evidence: Evidence) -> float | None:
    if NOT_THIS_DEBATE not in evidence.labels:
        return None
    said = ~np.isnan(evidence.relevant)
    column = evidence.scores[said, evidence.labels.index(NOT_THIS_DEBATE)]
    return best_threshold(column, evidence.relevant[said] == 0, beta=PRECISION_FIRST)


def _unsure_from(evidence: Evidence, settings: Settings) -> float:
    """The lowest score from which, of the posts left without a theme, at least half did carry one; 0.5: there is none."""
    left = []
    for row, decision in enumerate(decisions(evidence, settings)):
        if not decision.hits and decision.relevant is not False:
            near = [
                even_score(float(evidence.scores[row, i]), settings.bars[slug].threshold)
                for i, slug in enumerate(evidence.slugs)
                if settings.bars[slug].how != "rule"
            ]
            left.append((max(near, default=0.0), bool(evidence.truth[row].any())))
    left.sort(reverse=True)
    edge, missed = 0.5, 0
    for count, (score, carried) in enumerate(left, start=1):
        missed += carried
        if UNSURE_AT_LEAST <= score < 0.5 and 2 * missed >= count:
            edge = score
    return edge


def decisions(evidence: Evidence, settings: Settings) -> list[Decision]:
    """What is decided on each post of the evidence."""
    decided = []
    for row in range(len(evidence.truth)):
        if evidence.foreign[row]:
            decided.append(Decision("other-language"))
            continue
        scores = dict(zip(evidence.labels, evidence.scores[row].tolist(), strict=True)) if evidence.scores.shape[1] else {}
        ruled = {slug for slug, mark in zip(evidence.slugs, evidence.ruled[row], strict=True) if mark}
        decided.append(decide(scores, ruled, settings))
    return decided


def found_marks(evidence: Evidence, decided: Sequence[Decision]) -> Marks:
    """Whether each theme (column) was found on each post (row)."""
    hits = [{slug for slug, _, _ in decision.hits} for decision in decided]
    return np.array([[slug in some for slug in evidence.slugs] for some in hits], dtype=bool).reshape(evidence.truth.shape)


def quality_of(slug: str, found: Marks, truth: Marks, measured_on: str) -> Quality:
    """How well one theme was found, with 95 % intervals."""
    both, claimed, carried = int((found & truth).sum()), int(found.sum()), int(truth.sum())
    precision, recall = wilson(both, claimed), wilson(both, carried)
    return Quality(
        theme=slug,
        precision=both / claimed if claimed else None,
        precision_low=precision[0] if precision else None,
        precision_high=precision[1] if precision else None,
        recall=both / carried if carried else None,
        recall_low=recall[0] if recall else None,
        recall_high=recall[1] if recall else None,
        f1=2 * both / (claimed + carried) if claimed + carried else None,
        n=len(truth),
        support=carried,
        measured_on=measured_on,
    )
