"""Choosing thresholds from scores of posts that the model had not seen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker.records import NOT_THIS_DEBATE, QUESTION, Quality
from tracker.themes.deciding import Decision, Settings, decide_many, is_theme, probabilities
from tracker.themes.fitting import Matrix
from tracker.themes.learning import LEARNED_FROM, Marks
from tracker.themes.odds import Odds, learned_odds

Z95 = 1.959963984540054
SHRINK = 30
"""A theme's threshold is averaged with that of all themes, which weighs as much as this many of its posts."""
POOL_WEIGHS = 150
"""The threshold that all themes share is averaged with the one guessed from the pool, which weighs as much as so many posts:
few labelled posts are drawn theme by theme, so that each theme is more frequent among them than it is."""
THEMES_A_POST, MORE_THAN_PHRASES = 1.3, (1.05, 1.5)
"""Without labels so many themes a post are expected, but never fewer nor more than so many times the phrases' own hits."""
EVIDENCE = 0.5
"""Log odds by which a post must be likelier to carry a theme than one that says nothing, for the theme to be guessed."""
UNSURE_AT_MOST = 0.2
"""No more than this share of posts is left to people as unsure."""
PRECISION_FIRST = 0.25
"""F-beta for 'not this debate': throwing a post out wrongly is worse than keeping one too many."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of some posts (rows): the truth and the scores (log odds) by label, phrase hits by label, what is known of
    the truth, and whether the post is passed over, and was invented."""

    labels: tuple[str, ...]
    truth: Marks
    known: Marks
    scores: Matrix
    hits: Matrix
    passed_over: Marks
    invented: Marks

    def rows(self, chosen: Marks) -> "Evidence":
        """The evidence on some of the posts."""
        names = ("truth", "known", "scores", "hits", "passed_over", "invented")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def themes(self) -> NDArray[np.int64]:
        """The columns of the themes."""
        return np.array([i for i, label in enumerate(self.labels) if is_theme(label)], dtype=np.int64)

    def odds(self, dimensions: Sequence[Sequence[int]]) -> Odds:
        """What the posts teach of how scores become probabilities. dimensions: the columns of each dimension's themes.

        Whoever invents examples thinks of themes: that hardly any is without one does not tell that hardly any post is."""
        odds = learned_odds(self.scores, self.truth, self.known, dimensions)
        themes = self.themes()
        without = self.known[:, themes].all(axis=1) & ~self.truth[:, themes].any(axis=1)
        untold = self.invented.mean() > 0.5 and without.sum() < LEARNED_FROM
        return odds.without_none_told() if untold else odds

    def judged(self, odds: Odds) -> "Evidence":
        """The same, with log odds that are right on average in place of the scorer's."""
        return replace(self, scores=odds.of(self.scores))


def wilson(hits: int, of: int, worth: float | None = None) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson, 1927, doi:10.1080/01621459.1927.10502953); None of nothing. worth: as many
    independent ones as these are worth, where that is fewer (`independent`)."""
    if of == 0:
        return None
    share, zz, n = hits / of, Z95 * Z95, worth or of
    middle = (share + zz / (2 * n)) / (1 + zz / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + zz / (4 * n * n)) / (1 + zz / n)
    return (middle - half if hits else 0.0), (middle + half if hits < of else 1.0)


def independent(texts: NDArray[np.int64]) -> float:
    """How many independent posts these are worth, of which those with the same number say the same and so are found alike: their
    number over the design effect of clusters that are wholly alike (Kish, 1965, Survey Sampling)."""
    _, sizes = np.unique(texts, return_counts=True)
    return float(sizes.sum() ** 2 / max((sizes**2).sum(), 1))


def expected_threshold(scores: Matrix) -> float:
    """The log odds from which F1 may be expected to be highest if they are right on average: half-way between two that were seen
    (Lewis 1995, doi:10.1145/215206.215366). Few posts carry a theme, so that what was best among them is much a matter of chance;
    this looks at all posts' odds instead, and errs where those do."""
    return best_threshold(scores, probabilities(scores))


def best_threshold(scores: Matrix, truth: Marks | Matrix, *, beta: float = 1.0) -> float:
    """The score from which F-beta is highest, half-way between two scores that were seen. truth: whether each post carries the
    theme, or how likely it is to."""
    order = np.argsort(-scores, kind="stable")
    seen, right = scores[order], truth[order]
    values = (
        (1 + beta**2) * np.cumsum(right, dtype=np.float64) / np.maximum(beta**2 * truth.sum() + np.arange(1, len(seen) + 1), 1)
    )
    below = np.append(seen[1:], seen[-1:] - 1)
    best = int(np.argmax(np.where(seen > below, values, -1.0)))
    return float((seen[best] + below[best]) / 2)


def best_shared_threshold(scores: Matrix, truth: Marks, known: Marks) -> float:
    """The one threshold for all themes (columns) from which their mean F1 is highest, each over the posts of which it is known
    whether they carry it; even odds where nothing is."""
    if not known.any():
        return 0.0
    tried = np.unique(np.quantile(scores[known], np.linspace(0.5, 0.999, 200)))
    asked = [(scores[known[:, i], i], truth[known[:, i], i]) for i in range(scores.shape[1])]
    ordered = [(np.sort(its), np.sort(its[carried])) for its, carried in asked]
    mean = np.zeros(len(tried))
    for everyone, carriers in ordered:
        found = len(everyone) - np.searchsorted(everyone, tried, side="left")
        right = len(carriers) - np.searchsorted(carriers, tried, side="left")
        mean += 2 * right / np.maximum(found + len(carriers), 1)
    return float(tried[int(np.argmax(mean))])


def guessed_thresholds(guesses: Matrix, hits: Matrix, silent: Matrix) -> list[float]:
    """The thresholds (a theme each) that give posts without labels (rows) as many themes as may be expected, but none to a post
    that says hardly more of it than one without words; nothing where that cannot be guessed. silent: the log odds of that one."""
    phrases = float((hits > 0).sum())
    if not len(guesses) or not phrases:
        return []
    least, most = MORE_THAN_PHRASES
    wanted = int(phrases * float(np.clip(THEMES_A_POST * len(guesses) / phrases, least, most)))
    ordered = np.sort(guesses.ravel())[::-1]
    return [float(its) for its in np.maximum(ordered[min(wanted, len(ordered) - 1)], silent + EVIDENCE)]


def choose(evidence: Evidence, guessed: Mapping[str, float], has_phrases: frozenset[str], learned: frozenset[str]) -> Settings:
    """Thresholds, and when a post is unsure, from judged evidence. guessed: thresholds from posts without labels, perhaps none;
    learned: the labels that labelled posts or a theme file's examples taught something of."""
    themes = evidence.themes()
    if not len(evidence.truth) or not len(themes):
        return Settings(guessed, phrases_decide=True)
    scores, truth, known = evidence.scores[:, themes], evidence.truth[:, themes], evidence.known[:, themes]
    shared = best_shared_threshold(scores, truth, known)
    if guessed:
        shared = (len(truth) * shared + POOL_WEIGHS * min(guessed.values())) / (len(truth) + POOL_WEIGHS)
    thresholds = {}
    for column, label in enumerate(evidence.labels):
        if label == NOT_THIS_DEBATE or label not in learned:
            continue
        asked = evidence.known[:, column]
        its, carried = evidence.scores[asked, column], evidence.truth[asked, column]
        support = int(carried.sum())
        own = best_threshold(its, carried) if support >= LEARNED_FROM else shared
        seen = (support * own + SHRINK * shared) / (support + SHRINK)
        thresholds[label] = (seen + expected_threshold(its)) / 2 if is_theme(label) and len(its) else seen
    unlearned = tuple(label for label in evidence.labels if label in has_phrases and label not in thresholds)
    settings = Settings(thresholds, False, unlearned, None, _not_debate(evidence))
    settings = replace(settings, unsure_from=_unsure_from(evidence, settings))
    likely = probabilities(scores)
    marks = found_marks(evidence.labels, decisions(evidence, settings))[:, themes]
    worth = stakes(likely * known, marks & known).tolist()
    return replace(settings, stakes=dict(zip((evidence.labels[column] for column in themes), worth, strict=True)))


def stakes(likely: Matrix, found: Marks) -> Matrix:
    """Of each theme (column), what one more post that carries it and was missed costs: its expected F1 through what was found and
    what is there. From the probabilities alone (`reckoning.doubts`)."""
    below = np.maximum(found.sum(axis=0) + likely.sum(axis=0), 1e-9)
    cost: Matrix = 2 * (found * likely).sum(axis=0) / below**2
    return cost


def _not_debate(evidence: Evidence) -> float | None:
    """The log odds from which a post is thrown out; None where no more than half of those thrown out were labelled so: where
    scores tell nothing, F-beta is highest where nearly everything is thrown out."""
    if NOT_THIS_DEBATE not in evidence.labels:
        return None
    column = evidence.labels.index(NOT_THIS_DEBATE)
    said = evidence.known[:, column]
    scores, truth = evidence.scores[said, column], evidence.truth[said, column]
    bar = best_threshold(scores, truth, beta=PRECISION_FIRST)
    thrown = scores >= bar
    return bar if 2 * truth[thrown].sum() > thrown.sum() else None


def _unsure_from(evidence: Evidence, settings: Settings) -> float | None:
    """The lowest probability of the best theme at which, of the posts left without a theme, at least half did carry one. A post
    tells where somebody was asked about its likeliest theme."""
    themes = evidence.themes()
    carries: Marks = np.asarray(evidence.truth[:, themes].any(axis=1))
    likeliest = themes[evidence.scores[:, themes].argmax(axis=1)]
    tells: Marks = evidence.known[np.arange(len(carries)), likeliest]
    left = sorted(
        (
            (decision.top_score or 0.0, bool(carries[row]))
            for row, decision in enumerate(decisions(evidence, settings))
            if tells[row] and decision.outcome == "none" and decision.relevant is not False
        ),
        reverse=True,
    )
    number = half_carry([carried for _, carried in left[: int(UNSURE_AT_MOST * len(carries))]])
    return left[number - 1][0] if number else None


def half_carry(carried: Sequence[bool]) -> int:
    """How many of the first posts, likeliest first, to take so that at least half of those at the edge do carry a theme, not only
    of all that are taken. The share is made to fall from post to post by pooling neighbours (isotonic regression: Barlow,
    Bartholomew, Bremner and Brunk 1972)."""
    pools: list[tuple[int, int]] = []
    for one in carried:
        yes, of = int(one), 1
        while pools and pools[-1][0] * of < yes * pools[-1][1]:
            before = pools.pop()
            yes, of = yes + before[0], of + before[1]
        pools.append((yes, of))
    return sum(of for yes, of in pools if 2 * yes >= of)


def decisions(evidence: Evidence, settings: Settings) -> list[Decision]:
    """What is decided on each post of the evidence."""
    hits = [
        {evidence.labels[column]: int(row[column]) for column in np.flatnonzero(row)} if stands else {}
        for row, stands in zip(evidence.hits, evidence.hits.sum(axis=1) > 0, strict=True)
    ]
    decided = decide_many(evidence.labels, evidence.scores, hits, settings)
    for row in np.flatnonzero(evidence.passed_over).tolist():
        decided[row] = Decision("other-language")
    return decided


def found_marks(labels: Sequence[str], decided: Sequence[Decision]) -> Marks:
    """Whether each label (column) was found on each post (row)."""
    place = {label: column for column, label in enumerate(labels)}
    found = np.zeros((len(decided), len(labels)), dtype=bool)
    for row, decision in enumerate(decided):
        for label in [*(h[0] for h in decision.hits), *(QUESTION + q[0] for q in decision.questions)]:
            found[row, place[label]] = True
        if decision.relevant is False and NOT_THIS_DEBATE in place:
            found[row, place[NOT_THIS_DEBATE]] = True
    return found


def quality_of(
    label: str,
    found: Marks,
    truth: Marks,
    measured_on: str,
    sample: str = "",
    more: Mapping[str, float | None] | None = None,
    texts: NDArray[np.int64] | None = None,
) -> Quality:
    """How well one theme was found, with 95 % intervals: F1 is 2s/(1 + s) of the share s of posts that were found and carry it
    among those of which either holds. more: what else was measured of it; texts: of each post the number of
    what it says, which copies share, None: no two say the same."""
    both, claimed, carried = int((found & truth).sum()), int(found.sum()), int(truth.sum())
    numbers = np.arange(len(truth)) if texts is None else texts
    precision, recall, told = (wilson(both, int(of.sum()), independent(numbers[of])) for of in (found, truth, found | truth))
    f1_low, f1_high = (2 * share / (1 + share) for share in told) if told else (None, None)
    return Quality(
        theme=label,
        precision=both / claimed if claimed else None,
        precision_low=precision[0] if precision else None,
        precision_high=precision[1] if precision else None,
        recall=both / carried if carried else None,
        recall_low=recall[0] if recall else None,
        recall_high=recall[1] if recall else None,
        f1=2 * both / (claimed + carried) if claimed + carried else None,
        f1_low=f1_low,
        f1_high=f1_high,
        n=len(truth),
        support=carried,
        measured_on=measured_on,
        sample=sample,
        **(more or {}),
    )
