"""How well labels were found: by theme and all together, how honest the probabilities are, what share of all posts to expect."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.records import CORRECTED_FROM, Everywhere, Overall, Quality
from tracker.themes.deciding import is_theme
from tracker.themes.fitting import Matrix
from tracker.themes.learning import Marks
from tracker.themes.measuring import Z95, quality_of, stakes, wilson

BINS = 10
RESAMPLES = 400
SEED = 20261125


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found on some posts (rows) beside what people say, by label (columns). found: by method; likely: the model's
    probabilities, None where they mean nothing; sample: one of SAMPLES; weight: how many posts each stands for, None where they
    were not drawn at random."""

    labels: tuple[str, ...]
    truth: Marks
    known: Marks
    found: Mapping[str, Marks]
    likely: Matrix | None
    unsure: Marks
    sample: str
    measured_on: str
    weight: NDArray[np.float64] | None = None

    def rows(self, chosen: Marks) -> "Measured":
        """The same of some of the posts."""
        return Measured(
            self.labels,
            self.truth[chosen],
            self.known[chosen],
            {method: found[chosen] for method, found in self.found.items()},
            None if self.likely is None else self.likely[chosen],
            self.unsure[chosen],
            self.sample,
            self.measured_on,
            None if self.weight is None else self.weight[chosen],
        )


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


def resampled_macro_f1(found: Marks, truth: Marks) -> NDArray[np.float64]:
    """Macro-F1 of RESAMPLES samples of the posts, drawn with replacement; always the same draws for as many posts."""
    draws = np.random.default_rng(SEED).multinomial(len(truth), np.full(len(truth), 1 / len(truth)), size=RESAMPLES)
    both, claimed, carried = (draws @ marks.astype(np.float64) for marks in (found & truth, found, truth))
    scores: NDArray[np.float64] = (2 * both / np.maximum(claimed + carried, 1)).mean(axis=1)
    return scores


APART = 0.05
"""How much more often the program has to give a theme to posts that carry it than to others, for its counts to say anything."""


def qualities_of(measured: Measured, everywhere: Everywhere | None = None) -> tuple[Quality, ...]:
    """The quality of each label that was looked for. everywhere: what an audit sample speaks of; None: its shares are not asked
    for. Nothing of the kind is known of questions or of relevance."""
    qualities = []
    for column, label in enumerate(measured.labels):
        said = measured.known[:, column]
        truth = measured.truth[said, column]
        found = {method: marks[said, column] for method, marks in measured.found.items()}
        more: dict[str, float | None] = {}
        if measured.sample == "audit":
            more |= _shares(found["model"], truth)
            weight = _weights(None if measured.weight is None else measured.weight[said], len(truth))
            if everywhere is not None and is_theme(label):
                weight = _as_among_the_rest(weight, measured.unsure[said], everywhere.unsure)
                more |= _corrected(found["model"], truth, weight, label, everywhere)
        if measured.likely is not None:
            more |= {"ece": calibration_error(measured.likely[said, column], truth)}
        for method in ("phrases", "textcat"):
            if method in found and is_theme(label) and (found[method] | truth).any():
                more |= {f"{method}_f1": float(f1_scores(found[method][:, None], truth[:, None])[0])}
        qualities.append(quality_of(label, found["model"], truth, measured.measured_on, measured.sample, more))
    return tuple(qualities)


def _weights(weight: NDArray[np.float64] | None, count: int) -> NDArray[np.float64]:
    """What each of `count` posts weighs; one and the same where they do not differ or are not known."""
    return np.ones(count) if weight is None or not count or np.ptp(weight) == 0 else weight


def _as_among_the_rest(weight: NDArray[np.float64], unsure: Marks, share: float | None) -> NDArray[np.float64]:
    """The weights with which the program is unsure of as large a share of the sample as of the posts that nobody labelled. What
    it was unsure of is offered to people first, but for the posts of the sample, so that these hold more of it than the rest."""
    its = float((weight * unsure).sum() / weight.sum()) if len(weight) else 0.0
    if share is None or not 0 < its < 1:
        return weight
    return weight * np.where(unsure, share / its, (1 - share) / (1 - its))


def _shares(found: Marks, truth: Marks) -> dict[str, float | None]:
    """A theme's share of the audit sample as found and as coded."""
    if not len(truth):
        return {}
    low, high = wilson(int(truth.sum()), len(truth)) or (None, None)
    return {
        "share_found": float(found.mean()),
        "share_coded": float(truth.mean()),
        "share_coded_low": low,
        "share_coded_high": high,
    }


def _corrected(
    found: Marks, truth: Marks, weight: NDArray[np.float64], label: str, everywhere: Everywhere
) -> dict[str, float | None]:
    """A theme's share of all posts: what people labelled counts as they did; the program's share of the others is corrected for
    the errors that the sample shows (Rogan and Gladen, 1978, doi:10.1093/oxfordjournals.aje.a112510), where CORRECTED_FROM posts
    of each kind are coded. Its interval is by the delta method, for the posts that there are: the others may have been found more
    or less well than the sample's, but how many of them carry the theme does not vary.

    The errors are those to expect among the others, so each post of the sample counts by its weight, one over the probability
    with which it was drawn (`_rate`): weeks are drawn from at different rates, and the program may err more in some. What people
    labelled is left out of that: they were shown much of it because the program was unsure, and it has learned from it since
    (docs/why, A share of all posts)."""
    names = ("share_corrected", "share_corrected_low", "share_corrected_high")
    rest, carried = everywhere.posts - everywhere.labelled.get(label, 0), everywhere.carried.get(label, 0)
    if everywhere.posts and not rest:
        return dict.fromkeys(names, carried / everywhere.posts)
    counts = weight > 0
    if not rest or min((truth & counts).sum(), (~truth & counts).sum()) < CORRECTED_FROM:
        return {}
    (hit, of_hit), (miss, of_miss) = (_rate(found[those], weight[those]) for those in (truth, ~truth))
    if hit - miss <= APART:
        return {}
    share = float(np.clip((everywhere.given.get(label, 0) / rest - miss) / (hit - miss), 0, 1))
    differs = (share * hit * (1 - hit) + (1 - share) * miss * (1 - miss)) / rest
    spread = (differs + share**2 * of_hit + (1 - share) ** 2 * of_miss) ** 0.5 / (hit - miss)
    low, high = np.clip((share - Z95 * spread, share + Z95 * spread), 0, 1).tolist()
    return {name: (carried + rest * its) / everywhere.posts for name, its in zip(names, (share, low, high), strict=True)}


def _rate(found: Marks, weight: NDArray[np.float64]) -> tuple[float, float]:
    """How often something was found on posts drawn with unequal probabilities, and the variance of that: a ratio of two estimated
    totals, its variance by linearisation (Hajek, 1971; Saerndal, Swensson and Wretman, 1992, Model Assisted Survey Sampling,
    chapter 5), posts taken for drawn independently. Of equal weights it is the share p, and p (1 - p) / n."""
    whole = float(weight.sum())
    rate = float((weight * found).sum()) / whole
    return rate, float((weight**2 * (found - rate) ** 2).sum()) / whole**2


def overall_of(measured: Measured, *, part: str = "all") -> tuple[Overall, ...]:
    """How well all themes together are found by each method. A post says nothing of a theme that nobody was asked about on it."""
    themes = np.array([is_theme(label) for label in measured.labels], dtype=bool)
    if not len(measured.truth) or not themes.any():
        return ()
    known = measured.known[:, themes]
    truth = measured.truth[:, themes] & known
    likely = None if measured.likely is None else measured.likely[:, themes][known]
    everything = []
    for method, marks in measured.found.items():
        found = marks[:, themes] & known
        low, high = np.quantile(resampled_macro_f1(found, truth), [0.025, 0.975])
        ours = method == "model"
        everything.append(
            Overall(
                method=method,
                sample=measured.sample,
                part=part,
                macro_f1=float(f1_scores(found, truth).mean()),
                macro_low=float(low),
                macro_high=float(high),
                micro_f1=float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1)),
                ece=calibration_error(likely, truth[known]) if ours and likely is not None else None,
                unsure=float(measured.unsure.mean()) if ours else None,
                n=len(truth),
                measured_on=measured.measured_on,
            )
        )
    return tuple(everything)
