"""Teaching the classifier, and asking it for raw scores. The same labelled posts give the same weights."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example as Lesson
from thinc.api import Adam, fix_random_seed

from tracker.records import Campaign
from tracker.themes.deciding import NOT_THIS_DEBATE
from tracker.themes.gold import Gold
from tracker.themes.pipeline import SCORER, blank_pipeline
from tracker.themes.rules import SPANS
from tracker.themes.wording import readable, same_text

SEED = 7
EPOCHS = 6
BATCH = 16
LEARN_RATE = 0.05
JUDGED_FROM = 20
"""Posts of the debate, and posts that only look like it, needed before relevance is judged at all."""

Matrix = NDArray[np.float64]
Marks = NDArray[np.bool_]


def labels_for(campaign: Campaign, posts: Sequence[Gold]) -> list[str]:
    """The classifier's labels: the themes, and NOT_THIS_DEBATE where there are posts enough of both kinds."""
    slugs = sorted(theme.slug for theme in campaign.themes)
    counts = [sum(post.relevant is kind for post in posts) for kind in (True, False)]
    return [*slugs, NOT_THIS_DEBATE] if min(counts) >= JUDGED_FROM else slugs


def taught(
    campaign: Campaign, posts: Sequence[Gold], labels: Sequence[str], *, seen: Callable[[int], None], without: frozenset[str]
) -> Language:
    """A pipeline whose classifier has learned from `posts` and from the theme files' own examples.

    seen is told how many rounds are done. without: texts (as `same_text`) held back for testing, left out of the themes'
    examples too."""
    fix_random_seed(SEED)
    nlp = blank_pipeline(campaign, labels=labels)
    lessons = [Lesson.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in _lessons(campaign, posts, labels, without)]
    scorer: Any = nlp.get_pipe(SCORER)
    scorer.initialize(lambda: lessons, nlp=nlp)
    optimizer = Adam(LEARN_RATE, L2=0.0, grad_clip=0.0)
    order = random.Random(SEED)  # noqa: S311
    for epoch in range(EPOCHS):
        order.shuffle(lessons)
        for start in range(0, len(lessons), BATCH):
            scorer.update(lessons[start : start + BATCH], sgd=optimizer)
        seen(epoch + 1)
    return nlp


def _lessons(
    campaign: Campaign, posts: Sequence[Gold], labels: Sequence[str], without: frozenset[str]
) -> list[tuple[str, dict[str, float]]]:
    lessons = [(post.text, _cats(post, labels)) for post in posts]
    told = without | {same_text(post.text) for post in posts}
    for theme in sorted(campaign.themes, key=lambda theme: theme.slug):
        for texts, mark in ((theme.examples_yes, 1.0), (theme.examples_no, 0.0)):
            lessons += [(readable(text), {theme.slug: mark}) for text in texts if same_text(text) not in told]
    return lessons


def _cats(post: Gold, labels: Sequence[str]) -> dict[str, float]:
    """What is known of each label; where nobody said whether a post is of the debate, the label stays unknown."""
    cats = {label: float(label in post.themes) for label in labels if label != NOT_THIS_DEBATE}
    if NOT_THIS_DEBATE in labels and post.relevant is not None:
        cats[NOT_THIS_DEBATE] = float(not post.relevant)
    return cats


def raw_scores(nlp: Language, texts: Sequence[str]) -> Matrix:
    """The classifier's raw score of each text (row) for each of its labels (column)."""
    scorer: Any = nlp.get_pipe(SCORER)
    scores = scorer.predict([nlp.make_doc(text) for text in texts]) if texts else np.zeros((0, len(scorer.labels)))
    return np.asarray(scores, dtype=np.float64)


def rule_marks(nlp: Language, texts: Sequence[str], slugs: Sequence[str]) -> Marks:
    """Whether the phrases of each theme (column) stand in each text (row)."""
    rules: Any = nlp.get_pipe("theme_rules")
    found: list[Doc] = [rules(nlp.make_doc(text)) for text in texts]
    return np.array([[slug in {s.label_ for s in doc.spans[SPANS]} for slug in slugs] for doc in found], dtype=bool).reshape(
        len(texts), len(slugs)
    )
