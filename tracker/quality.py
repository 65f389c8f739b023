"""How well a model does, and what it was made from: the records of measuring. `tracker.records` has them too."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one theme is found, with 95 % intervals (Wilson; of F1 by that of the share that is both found and there of all
    that is either); None where there is nothing to measure on.
    n is the number of labelled posts looked at, support how many of them carry the theme; measured_on says in words
    which posts those were, sample in one word: "audit" (the random sample), "labelled" (other posts labelled by people, by
    cross-validation), "invented" (invented examples, likewise), "file" (given by hand).

    ece: how far stated probabilities are from the truth, on average. phrases_f1, textcat_f1: what phrases alone, and spaCy's own
    classifier, do on the same posts. share_found: of those posts the share that the model gives the theme; share_coded: that
    people gave it; share_corrected: what may be expected of all posts, from what people labelled, what the model gives the others
    and the measured errors."""

    theme: str
    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    recall: float | None = None
    recall_low: float | None = None
    recall_high: float | None = None
    f1: float | None = None
    f1_low: float | None = None
    f1_high: float | None = None
    n: int = 0
    support: int = 0
    measured_on: str = ""
    sample: str = ""
    ece: float | None = None
    phrases_f1: float | None = None
    textcat_f1: float | None = None
    share_found: float | None = None
    share_coded: float | None = None
    share_coded_low: float | None = None
    share_coded_high: float | None = None
    share_corrected: float | None = None
    share_corrected_low: float | None = None
    share_corrected_high: float | None = None

    @property
    def indicative(self) -> bool:
        """Measured on too few posts to be more than a hint ("indicative only")."""
        return self.support < INDICATIVE_BELOW


INDICATIVE_BELOW = 20
"""Labelled posts with a theme below which its figures are "indicative only"."""
CORRECTED_FROM = 20
"""Coded posts of the random sample with a theme, and without it, from which its share of all posts is corrected."""
DRIFT_WORDS, DRIFT_WEEKS = 200, 4
"""Words that a week must have before it is told which are new in it; such weeks before one that can stand out by them."""
NOT_THIS_DEBATE = "not this debate"
"""The scorer's label for posts that only look like the debate. No theme can be called so: slugs have no spaces."""
QUESTION = "question "
"""Before a question's slug, in labels and in measured quality, so that it is taken for no theme."""
ASKS = "asks us"
"""What the quality of telling that a post asks something is kept under."""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The posts that an audit sample speaks of. posts: how many. By theme: of how many people said whether they carry it
    (`labelled`), and how many of these do (`carried`); to how many of the others the program gives it (`given`). unsure: of which
    share of the posts that nobody labelled the program is unsure, None where that is not known. messages: of posts (platform,
    native_id) that people read, the number of the message, all copies of which were settled along."""

    posts: int = 0
    given: Mapping[str, int] = field(default_factory=dict)
    labelled: Mapping[str, int] = field(default_factory=dict)
    carried: Mapping[str, int] = field(default_factory=dict)
    unsure: float | None = None
    messages: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overall:
    """How well all themes together are found, with 95 % intervals (bootstrap over posts). method: "model", "phrases" or
    "textcat"; sample: as in Quality; part: "all", "earlier" or "later" (the sample cut in two by week or day); unsure: share of
    posts left to people; themes: of how many themes macro_f1 is the mean, those that occur; looked_for: of how many in all;
    None: not kept."""

    method: str
    sample: str
    part: str = "all"
    macro_f1: float | None = None
    macro_low: float | None = None
    macro_high: float | None = None
    micro_f1: float | None = None
    ece: float | None = None
    unsure: float | None = None
    n: int = 0
    measured_on: str = ""
    themes: int | None = None
    looked_for: int | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A trained model: its name (a hash of what it was made from), where it came from, and how well it does. pool: how many
    unlabelled posts it learned from; inputs: (what, sha256) of each input; arrays: sha256 of all that it decides by
    (weights, odds, thresholds), rounded; themeless: how many of the labelled posts carry no theme, None: not kept."""

    name: str
    trained_at: str
    labelled: int
    invented: int
    notes: str
    quality: tuple[Quality, ...] = ()
    overall: tuple[Overall, ...] = ()
    pool: int = 0
    inputs: tuple[tuple[str, str], ...] = ()
    arrays: str = ""
    themeless: int | None = None
