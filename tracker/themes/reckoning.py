"""How well labels were found: by theme and all together, how honest the probabilities are, what share of all posts to expect."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.records import CORRECTED_FROM, Everywhere, Overall, Quality
from tracker.retrieval import share_of
from tracker.themes.deciding import is_theme
from tracker.themes.fitting import Matrix
from tracker.themes.learning import Marks
from tracker.themes.measuring import Z95, independent, quality_of, stakes

BINS = 10
RESAMPLES, DRAWN_AT_ONCE = 400, 50
SEED = 20261125


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found on some posts (rows) beside what people say, by label (columns). found: by method; likely: the model's
    probabilities, None where they mean nothing; sample: as in Quality; weight: how many posts each stands for, None where they
    were not drawn at random; texts: the number of what each says, which copies share; messages: of the message of which all
    copies were settled along with it. None: no two posts share one."""

    labels: tuple[str, ...]
    truth: Marks
    known: Marks
    found: Mapping[str, Marks]
    likely: Matrix | None
    unsure: Marks
    sample: str
    measured_on: str
    weight: NDArray[np.float64] | None = None
    texts: NDArray[np.int64] | None = None
    messages: NDArray[np.int64] | None = None

    def rows(self, chosen: Marks) -> "Measured":
        """The same of some of the posts."""
        names = ("truth", "known", "likely", "unsure", "weight", "texts", "messages")
        its: dict[str, Any] = {name: None if (all_of := getattr(self, name)) is None else all_of[chosen] for name in names}
        return replace(self, found={method: found[chosen] for method, found in self.found.items()}, **its)


def calibration_error(likely: NDArray[np.float64], truth: Marks) -> float | None:
    """The expected calibration error: probabilities in BINS bins of equal width, the mean gap between what they state and what is
    so (Naeini et al., 2015). None of nothing."""
    if not likely.size:
        return None
    place = np.minimum((likely * BINS).astype(int), BINS - 1).ravel()
    count = np.bincount(place, minlength=BINS)
    gaps = np.abs(np.bincount(place, likely.ravel(), BINS) - np.bincount(place, truth.ravel().astype(float), BINS))
    return float(gaps.sum() / count.sum())


def f1_scores(found: Marks, truth: Marks) -> NDArray[np.float64]:
    """F1 of each column; 0 where nothing is found and nothing was there."""
    both = 2 * (found & truth).sum(axis=0)
    scores: NDArray[np.float64] = both / np.maximum(found.sum(axis=0) + truth.sum(axis=0), 1)
    return scores


def doubts(likely: Matrix, found: Marks) -> NDArray[np.float64]:
    """How much macro-F1 may be expected to gain where a post (row) is left to people, from the probabilities alone: that takes
    two for each right hit from above the line of a theme's F1, and one for what was found and for what is there from below."""
    below = np.maximum(found.sum(axis=0) + likely.sum(axis=0), 1e-9)
    gains: NDArray[np.float64] = (stakes(likely, found) * (found + likely) - 2 * found * likely / below).sum(axis=1)
    return gains


def occurring(found: Marks, truth: Marks) -> Marks:
    """The themes (columns) that have an F1: some post carries them or was given them."""
    there: Marks = np.asarray((found | truth).any(axis=0))
    return there


def macro_f1(found: Marks, truth: Marks, counted: Marks | None = None) -> float:
    """The mean F1 of the themes that are `counted`, those that occur where that is not said; 0 where none does."""
    scores = f1_scores(found, truth)[occurring(found, truth) if counted is None else counted]
    return float(scores.mean()) if len(scores) else 0.0


def resampled_macro_f1(found: Marks, truth: Marks, texts: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Macro-F1, over the themes that occur in all of it, of RESAMPLES samples drawn with replacement: of the texts, since copies
    are found alike; always the same draws for as many. texts: as `Measured` has them."""
    both, either = _resampled(found, truth, texts)
    scores: NDArray[np.float64] = (2 * both / np.maximum(either, 1)).sum(axis=1) / max(both.shape[1], 1)
    return scores


def _resampled(found: Marks, truth: Marks, texts: NDArray[np.int64] | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each draw (rows) and theme that occurs (columns): the posts that it was rightly given, and those that it was given and
    those that carry it, together."""
    there = occurring(found, truth)
    numbers = np.arange(len(truth)) if texts is None else np.unique(texts, return_inverse=True)[1]
    several = int(numbers.max()) + 1
    chances = np.full(several, 1 / several)
    right, told = (its[:, there].astype(np.float64) for its in (found & truth, found.astype(np.int8) + truth))
    draw = np.random.default_rng(SEED).multinomial
    parts = []
    for _ in range(0, RESAMPLES, DRAWN_AT_ONCE):
        draws = draw(several, chances, size=DRAWN_AT_ONCE)[:, numbers].astype(np.float64)
        parts.append((draws @ right, draws @ told))
    both, either = (np.vstack(part) for part in zip(*parts, strict=True))
    return both, either


def macro_interval(found: Marks, truth: Marks, texts: NDArray[np.int64] | None = None) -> tuple[float, float] | None:
    """The 95 % interval of macro-F1 over the themes that occur, by bootstrap; None where every draw comes to the same. A draw
    says nothing of a theme that is not in it. Few posts with a theme are no certainty, so a second bootstrap adds to each theme
    of each draw, on average, half a post that was told rightly and half a one that was not (of copies, half of as many as are
    worth one); the interval reaches to the farther ends of both (docs/why, Rare themes make a mean unsure)."""
    both, either = _resampled(found, truth, texts)
    drawn = _means(both, either)
    if not len(drawn) or drawn.min() == drawn.max():
        return None
    half = 0.5 * (1.0 if texts is None else len(texts) / independent(texts))
    right, wrong = np.random.default_rng(SEED).poisson(1, size=(2, *both.shape)) * half
    more = _means(both + right, either + 2 * right + wrong)
    ends = np.array([np.quantile(means, [0.025, 0.975]) for means in (drawn, more)])
    return float(ends[:, 0].min()), float(ends[:, 1].max())


def _means(both: NDArray[np.float64], either: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean F1 of the themes in each draw, of those in which there is any."""
    there = either > 0
    told = there.any(axis=1)
    scores = np.where(there, 2 * both / np.where(there, either, 1), 0)[told]
    means: NDArray[np.float64] = scores.sum(axis=1) / there[told].sum(axis=1)
    return means


APART = 0.05
"""How much more often the program has to give a theme to posts that carry it than to others, for its counts to say anything."""


def qualities_of(measured: Measured, everywhere: Everywhere | None = None) -> tuple[Quality, ...]:
    """The quality of each label that was looked for. everywhere: what an audit sample speaks of; None: its shares are not asked
    for. Nothing of the kind is known of questions or of relevance."""
    qualities = []
    for column, label in enumerate(measured.labels):
        its = measured.rows(measured.known[:, column])
        truth = its.truth[:, column]
        found = {method: marks[:, column] for method, marks in its.found.items()}
        more: dict[str, float | None] = {}
        if measured.sample == "audit":
            more |= _shares(found["model"], truth, its.weight)
            if everywhere is not None and is_theme(label):
                more |= _corrected(its, column, everywhere)
        if its.likely is not None:
            more |= {"ece": calibration_error(its.likely[:, column], truth)}
        for method in ("phrases", "textcat"):
            if method in found and is_theme(label) and (found[method] | truth).any():
                more |= {f"{method}_f1": float(f1_scores(found[method][:, None], truth[:, None])[0])}
        qualities.append(quality_of(label, found["model"], truth, measured.measured_on, measured.sample, more, its.texts))
    return tuple(qualities)


def _as_among_the_rest(measured: Measured, messages: NDArray[np.int64], share: float | None) -> NDArray[np.float64]:
    """What each post of the sample weighs for it to be like the posts that nobody labelled. By how it was drawn, where that
    differs. Copies of one message count as one, since all others were settled along and none is left (docs/why, A copy counts as
    a post). And so that the program is unsure of `share` of it: what it was unsure of is offered to people first, but for the
    posts of the sample, so that these hold more of it than the rest."""
    weight = _drawn(measured.weight, len(messages)) / np.bincount(messages)[messages]
    its = float((weight * measured.unsure).sum() / weight.sum()) if len(weight) else 0.0
    if share is None or not 0 < its < 1:
        return weight
    return weight * np.where(measured.unsure, share / its, (1 - share) / (1 - its))


def _drawn(weight: NDArray[np.float64] | None, posts: int) -> NDArray[np.float64]:
    """How many posts each of these stands for; 1 where all stand for as many, so that nothing differs by rounding."""
    return np.ones(posts) if weight is None or not len(weight) or np.ptp(weight) == 0 else weight


def _shares(found: Marks, truth: Marks, weight: NDArray[np.float64] | None) -> dict[str, float | None]:
    """A theme's share of the audit sample as found and as coded, and the interval in which its share of all posts lies by what
    was coded: there each post counts by its weight. Nothing of no posts."""
    of_all = share_of(list(zip(truth.tolist(), (1 / _drawn(weight, len(truth))).tolist(), strict=True)))
    if of_all is None:
        return {}
    return {
        "share_found": float(found.mean()),
        "share_coded": float(truth.mean()),
        "share_coded_low": of_all.low,
        "share_coded_high": of_all.high,
    }


def _corrected(measured: Measured, column: int, everywhere: Everywhere) -> dict[str, float | None]:
    """A theme's share of all posts: what people labelled counts as they did; the program's share of the others is corrected for
    the errors that the sample shows (Rogan and Gladen, 1978, doi:10.1093/oxfordjournals.aje.a112510), where CORRECTED_FROM posts
    of each kind are coded, copies of a message aside. Its interval is by the delta method, for the posts that there are: the
    others may have been found more or less well than the sample's, but how many of them carry the theme does not vary.

    The errors are those to expect among the others, so each post of the sample counts by its weight, one over the probability
    with which it was drawn (`_rate`): weeks are drawn from at different rates, and the program may err more in some. What people
    labelled is left out of that: they were shown much of it because the program was unsure, and it has learned from it since
    (docs/why, A share of all posts)."""
    names = ("share_corrected", "share_corrected_low", "share_corrected_high")
    label, truth, found = measured.labels[column], measured.truth[:, column], measured.found["model"][:, column]
    rest, carried = everywhere.posts - everywhere.labelled.get(label, 0), everywhere.carried.get(label, 0)
    if everywhere.posts and not rest:
        return dict.fromkeys(names, carried / everywhere.posts)
    numbers = np.arange(len(truth)) if measured.messages is None else np.unique(measured.messages, return_inverse=True)[1]
    weight = _as_among_the_rest(measured, numbers, everywhere.unsure)
    if not rest or any(len(np.unique(numbers[those & (weight > 0)])) < CORRECTED_FROM for those in (truth, ~truth)):
        return {}
    (hit, of_hit), (miss, of_miss) = (_rate(found[those], weight[those], numbers[those]) for those in (truth, ~truth))
    if hit - miss <= APART:
        return {}
    share = float(np.clip((everywhere.given.get(label, 0) / rest - miss) / (hit - miss), 0, 1))
    differs = (share * hit * (1 - hit) + (1 - share) * miss * (1 - miss)) / rest
    spread = (differs + share**2 * of_hit + (1 - share) ** 2 * of_miss) ** 0.5 / (hit - miss)
    low, high = np.clip((share - Z95 * spread, share + Z95 * spread), 0, 1).tolist()
    return {name: (carried + rest * its) / everywhere.posts for name, its in zip(names, (share, low, high), strict=True)}


def _rate(found: Marks, weight: NDArray[np.float64], messages: NDArray[np.int64]) -> tuple[float, float]:
    """How often something was found on posts drawn with unequal probabilities, and the variance of that: a ratio of two estimated
    totals, its variance by linearisation (Hajek, 1971; Saerndal, Swensson and Wretman, 1992, Model Assisted Survey Sampling,
    chapter 5), messages taken for drawn independently. Of equal weights it is the share p, and p (1 - p) / n; but no less than
    with one more post found and one more missed, since p of 0 or 1 on some posts is no certainty (Lang and Reiczigel, 2014,
    doi:10.1016/j.prevetmed.2013.09.015)."""
    whole, each = float(weight.sum()), np.bincount(messages, weight)
    rate, worth = float((weight * found).sum()) / whole, whole**2 / float((each**2).sum())
    varies = float((np.bincount(messages, weight * (found - rate)) ** 2).sum()) / whole**2
    likely = (rate * worth + 1) / (worth + 2)
    return rate, max(varies, likely * (1 - likely) / (worth + 2))


def overall_of(measured: Measured, *, part: str = "all") -> tuple[Overall, ...]:
    """How well all themes together are found by each method. A post says nothing of a theme that nobody was asked about on it.
    Where every resample has the same macro-F1 they are too much alike to say how sure it is, so it has no interval."""
    themes = np.array([is_theme(label) for label in measured.labels], dtype=bool)
    if not len(measured.truth) or not themes.any():
        return ()
    known = measured.known[:, themes]
    truth = measured.truth[:, themes] & known
    likely = None if measured.likely is None else measured.likely[:, themes][known]
    everything = []
    for method, marks in measured.found.items():
        found = marks[:, themes] & known
        low, high = macro_interval(found, truth, measured.texts) or (None, None)
        ours = method == "model"
        everything.append(
            Overall(
                method=method,
                sample=measured.sample,
                part=part,
                macro_f1=macro_f1(found, truth),
                macro_low=low,
                macro_high=high,
                micro_f1=float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1)),
                ece=calibration_error(likely, truth[known]) if ours and likely is not None else None,
                unsure=float(measured.unsure.mean()) if ours else None,
                n=len(truth),
                measured_on=measured.measured_on,
                themes=int(occurring(found, truth).sum()),
                looked_for=int(themes.sum()),
            )
        )
    return tuple(everything)
