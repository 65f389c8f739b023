"""From a campaign and its labelled posts to a measured model."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.records import Campaign, Example, ModelCard, Quality
from tracker.themes.deciding import NOT_THIS_DEBATE, Settings
from tracker.themes.gold import Gold, folds_of, gold_posts
from tracker.themes.language import Languages
from tracker.themes.learning import EPOCHS, JUDGED_FROM, Matrix, labels_for, raw_scores, rule_marks, taught
from tracker.themes.measuring import Evidence, choose, decisions, found_marks, quality_of
from tracker.themes.model import ThemeModel
from tracker.themes.naming import model_name
from tracker.themes.pipeline import blank_pipeline
from tracker.themes.wording import same_text

FOLDS = 3
TAUGHT_FROM = 30
"""With fewer labelled posts than this nothing is learned: the phrases decide alone."""

Folds = NDArray[np.int64]
Progress = Callable[[str, int, int | None], None]


def train_model(campaign: Campaign, labelled: Sequence[Example], *, now: str, progress: Progress | None = None) -> ThemeModel:
    """Learn the campaign's themes. labelled: examples.jsonl, coded posts and labelled files together; now: UTC, for the card.

    Every choice (who decides a theme, thresholds, when a post is unsure) is made, and the quality measured, by 3-fold
    cross-validation: each post is scored by a classifier that has not seen it, and judged by choices made without it. With
    fewer than TAUGHT_FROM labelled posts the phrases decide alone. The same inputs give the same model.
    """
    posts = gold_posts(campaign, labelled)
    labels = labels_for(campaign, posts) if campaign.themes and len(posts) >= TAUGHT_FROM else []
    rounds = _Rounds(progress, (FOLDS + 1) * EPOCHS)
    folds = np.array(folds_of(posts, FOLDS), dtype=np.int64)
    evidence = _evidence(campaign, posts, labels, folds, rounds)
    has_phrases = frozenset(theme.slug for theme in campaign.themes if theme.phrases)
    settings = choose(evidence, has_phrases)
    if labels:
        nlp = taught(campaign, posts, labels, seen=rounds.after("learning"), without=frozenset())
    else:
        nlp = blank_pipeline(campaign, labels=[])
    theme_decide: Any = nlp.get_pipe("theme_decide")
    theme_decide.set_settings(settings)
    *quality, relevance = _quality(evidence, folds, has_phrases, _measured_on(posts, bool(labels)))
    card = ModelCard(
        name=model_name(campaign, labelled),
        trained_at=now,
        labelled=len(posts),
        invented=sum(post.invented for post in posts),
        notes=" ".join(_notes(campaign, posts, settings, relevance)),
        quality=tuple(quality),
    )
    return ThemeModel(nlp, card, campaign.languages)


class _Rounds:
    """Tells how far the rounds of learning are, over all folds."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._before = 0

    def after(self, what: str) -> Callable[[int], None]:
        """What to call after each round of the next learning."""
        before, self._before = self._before, self._before + EPOCHS

        def seen(done: int) -> None:
            if self._progress is not None:
                self._progress("learning the themes", before + done, self._total)

        return seen


def _evidence(campaign: Campaign, posts: list[Gold], labels: list[str], folds: Folds, rounds: _Rounds) -> Evidence:
    slugs = sorted(theme.slug for theme in campaign.themes)
    texts = [post.text for post in posts]
    scores: Matrix = np.zeros((len(posts), len(labels)))
    for fold in range(FOLDS if labels else 0):
        held = [text for text, its in zip(texts, folds, strict=True) if its == fold]
        kept = [post for post, its in zip(posts, folds, strict=True) if its != fold]
        without = frozenset(map(same_text, held))
        nlp = taught(campaign, kept, labels, seen=rounds.after("testing"), without=without)
        scores[folds == fold] = raw_scores(nlp, held)
    tongues = Languages(campaign.languages)
    relevant = [np.nan if post.relevant is None else float(post.relevant) for post in posts]
    truth = np.array([[slug in post.themes for slug in slugs] for post in posts], dtype=bool)
    return Evidence(
        slugs=slugs,
        labels=labels,
        truth=truth.reshape(len(posts), len(slugs)),
        ruled=rule_marks(blank_pipeline(campaign, labels=[]), texts, slugs),
        scores=scores,
        relevant=np.array(relevant, dtype=np.float64),
        foreign=np.array([tongues.tell(text).other for text in texts], dtype=bool),
    )


def _quality(evidence: Evidence, folds: Folds, has_phrases: frozenset[str], measured_on: str) -> list[Quality]:
    """The quality of each theme, and last that of calling a post not of this debate. Each fold is decided by choices that
    were made on the others."""
    if not len(evidence.truth):
        return [Quality(theme=slug, measured_on=measured_on) for slug in [*evidence.slugs, NOT_THIS_DEBATE]]
    found = np.zeros_like(evidence.truth)
    thrown_out = np.zeros(len(folds), dtype=bool)
    for fold in sorted(set(folds.tolist())):
        here = evidence.rows(folds == fold)
        decided = decisions(here, choose(evidence.rows(folds != fold), has_phrases))
        found[folds == fold] = found_marks(here, decided)
        thrown_out[folds == fold] = [decision.relevant is False for decision in decided]
    columns = enumerate(evidence.slugs)
    quality = [quality_of(slug, found[:, i], evidence.truth[:, i], measured_on) for i, slug in columns]
    said = ~np.isnan(evidence.relevant)
    return [*quality, quality_of(NOT_THIS_DEBATE, thrown_out[said], evidence.relevant[said] == 0, measured_on)]


def _measured_on(posts: Sequence[Gold], learned: bool) -> str:
    """Which posts the quality was measured on, in words that say what it is worth."""
    if not posts:
        return "not measured: no labelled posts"
    invented = sum(post.invented for post in posts)
    coded = len(posts) - invented
    kinds = [f"{invented:,} invented examples"] * bool(invented) + [f"{coded:,} posts coded by people"] * bool(coded)
    how = f"{FOLDS}-fold cross-validation" if learned else "phrases alone, nothing was learned"
    worth = ": says how the model does on posts like those, not on real ones" if invented > coded else ""
    return f"{' and '.join(kinds)}, {how}{worth}"


def _notes(campaign: Campaign, posts: Sequence[Gold], settings: Settings, relevance: Quality) -> Iterator[str]:
    """What a reader of the model's card should know, a sentence each."""
    if not campaign.themes:
        yield "The campaign has no themes, so no post is given one."
    elif not posts:
        yield "Rules only: there is no labelled post, so themes are found by their phrases alone, and nothing is measured."
    elif len(posts) < TAUGHT_FROM:
        yield f"Rules only: {len(posts)} labelled posts are too few to learn from ({TAUGHT_FROM} are needed)."
    else:
        by = Counter(bar.how for bar in settings.bars.values())
        yield (
            f"Learned from {len(posts):,} labelled posts. Of {by.total()} themes, {by['rule']} are decided by their phrases "
            f"alone, {by['either']} by phrases or classifier, {by['model']} by the classifier alone."
        )
    silent = [theme.name for theme in campaign.themes if not theme.phrases and settings.bars[theme.slug].how == "rule"]
    if silent:
        yield f"Never found, for want of phrases and labelled posts: {', '.join(silent)}."
    if settings.not_debate is None:
        yield f"Whether a post is of this debate is not judged: that needs {JUDGED_FROM} labelled posts of each kind."
    elif relevance.precision is not None and relevance.recall is not None:
        yield (
            f"Posts judged not of this debate carry no theme; of those so judged {relevance.precision:.0%} were labelled so, "
            f"of those labelled so {relevance.recall:.0%} were found ({relevance.measured_on})."
        )
