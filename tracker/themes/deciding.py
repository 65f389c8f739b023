"""What a post's outcome is, from what the rules and the classifier found. Pure: the component and the measuring share it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

HOWS = ("rule", "either", "model")
"""Who may decide a theme: the rule alone, rule or model, the model alone. Where they do equally well, the first."""
NOT_THIS_DEBATE = "not this debate"
"""The classifier's label for posts that only look like the debate. No theme can be called so: slugs have no spaces."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one theme asks of its evidence: `how` is one of HOWS; threshold is on the classifier's raw score."""

    how: str = "rule"
    threshold: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What training found. unsure_from: the score (0.5 is the threshold) from which a post without a theme is unsure; 0.5
    leaves no room, so no post is. not_debate: the raw score from which a post is judged not this debate; None: not judged."""

    bars: Mapping[str, Bar] = field(default_factory=dict)
    unsure_from: float = 0.5
    not_debate: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Settings":
        """The settings that `as_json` gave."""
        bars = {slug: Bar(bar["how"], bar["threshold"]) for slug, bar in values["bars"].items()}
        return cls(bars, values["unsure_from"], values["not_debate"])


@dataclass(frozen=True, slots=True)
class Decision:
    """hits: (slug, score, decided_by) in the order of score; top_score: the best score, None without any."""

    outcome: str
    hits: tuple[tuple[str, float, str], ...] = ()
    relevant: bool | None = None
    top_score: float | None = None


def even_score(raw: float, threshold: float) -> float:
    """A raw score on the scale that all themes share: 0 is none, 0.5 the theme's threshold, 1 certain."""
    if raw < threshold:
        return 0.5 * raw / threshold
    return 0.5 + 0.5 * (raw - threshold) / (1 - threshold) if threshold < 1 else 0.5


def decide(scores: Mapping[str, float], ruled: Collection[str], settings: Settings) -> Decision:
    """The outcome for one post. scores: the classifier's raw scores by label, empty without one; ruled: the themes whose
    phrases stand in the post."""
    relevant = None if settings.not_debate is None else scores.get(NOT_THIS_DEBATE, 0.0) < settings.not_debate
    even = {slug: even_score(scores[slug], bar.threshold) for slug, bar in settings.bars.items() if slug in scores}
    if relevant is False:
        return Decision("none", (), False, _top(even.values()))
    hits = []
    for slug, bar in settings.bars.items():
        score = even.get(slug, 0.0)
        if slug in ruled and bar.how != "model":
            hits.append((slug, max(score, 0.5), "rule"))
        elif score >= 0.5 and bar.how != "rule":
            hits.append((slug, score, "model"))
    hits.sort(key=lambda hit: (-hit[1], hit[0]))
    top = _top([*even.values(), *(score for _, score, _ in hits)])
    if hits:
        return Decision("themed", tuple(hits), relevant, top)
    near = max((even[slug] for slug, bar in settings.bars.items() if slug in even and bar.how != "rule"), default=0.0)
    return Decision("unsure" if settings.unsure_from <= near < 0.5 else "none", (), relevant, top)


def _top(scores: Collection[float]) -> float | None:
    return max(scores, default=None)
