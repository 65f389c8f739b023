"""spaCy's own textcat_multilabel, taught with the same labels: what `evaluate` reports beside the model, and nothing more."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example as Lesson
from thinc.api import Adam, fix_random_seed

from tracker.records import Campaign
from tracker.themes.gold import Gold
from tracker.themes.pipeline import words_pipeline
from tracker.themes.sheet import CODE_POINTS, batches

SEED = 7
EPOCHS = 4
BATCH = 16
UPDATES_AT_MOST = 250
"""Updates an epoch; from 4,000 posts on more of them are learned from at a time, since an update goes through all weights."""
LEARN_RATE = 0.02
FOUND_FROM = 0.5
"""spaCy's own threshold."""
NAME = "textcat_multilabel"
ATTRIBUTES = ("ORTH", "SPACY")


def taught_textcat(campaign: Campaign, posts: Sequence[Gold], slugs: Sequence[str], seen: Callable[[int], None]) -> Language:
    """A pipeline of the same tokenizer and textcat_multilabel (its bag of words), taught with `posts`."""
    fix_random_seed(SEED)
    nlp = words_pipeline(campaign)
    architecture = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": False,
        "no_output_layer": False,
        "ngram_size": 1,
        "length": 2**15,
    }
    textcat: Any = nlp.add_pipe(NAME, config={"model": architecture})
    for slug in slugs:
        textcat.add_label(slug)
    corpus = lessons_of(nlp, posts, slugs)
    numbers = list(range(len(corpus)))
    textcat.initialize(lambda: _lessons(nlp, corpus, numbers), nlp=nlp)
    optimizer = Adam(LEARN_RATE, L2=0.0, grad_clip=1.0, use_averages=False)
    order = random.Random(SEED)  # noqa: S311
    together = max(BATCH, len(numbers) // UPDATES_AT_MOST)
    for epoch in range(EPOCHS):
        order.shuffle(numbers)
        for start in range(0, len(numbers), together):
            textcat.update([*_lessons(nlp, corpus, numbers[start : start + together])], sgd=optimizer)
        seen(epoch + 1)
    return nlp


def _lessons(nlp: Language, corpus: DocBin, numbers: Sequence[int]) -> Iterator[Lesson]:
    """Some of the corpus as lessons, made anew each time: all of them at once would take 430 bytes a word."""
    some = DocBin(attrs=ATTRIBUTES)
    for name in ("tokens", "spaces", "cats", "span_groups", "flags"):
        setattr(some, name, [getattr(corpus, name)[number] for number in numbers])
    return (Lesson(doc, doc) for doc in some.get_docs(nlp.vocab))


def lessons_of(nlp: Language, posts: Sequence[Gold], slugs: Sequence[str]) -> DocBin:
    """Labelled posts as spaCy's own corpus, which `spacy train` would read too; a theme that nobody was asked about on a post is
    missing there. It stays in memory: a file of people's posts beside the model would outlive a post that is to be forgotten."""
    corpus = DocBin(attrs=ATTRIBUTES)
    for post in posts:
        doc = nlp.make_doc(post.text)
        doc.cats = {slug: float(slug in post.themes) for slug in slugs if slug not in post.unasked}
        corpus.add(doc)
    return corpus


def textcat_marks(nlp: Language, texts: Sequence[str], slugs: Sequence[str]) -> NDArray[np.bool_]:
    """Whether textcat gives each text (row) each theme (column)."""
    docs = chain.from_iterable(map(nlp.pipe, batches(texts, usual=CODE_POINTS)))
    found = [[doc.cats.get(slug, 0.0) >= FOUND_FROM for slug in slugs] for doc in docs]
    return np.array(found, dtype=bool).reshape(len(texts), len(slugs))
