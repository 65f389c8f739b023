"""The spaCy pipeline that reads posts: one list of components. To change how posts are scored, change one line here."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import spacy
from spacy.attrs import IS_PUNCT, IS_SPACE, IS_STOP, NORM
from spacy.language import Language
from spacy.strings import StringStore
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Logistic, Model, SparseLinear_v2, chain, with_cpu

from tracker.records import Campaign
from tracker.themes import decide, rules  # noqa: F401  importing them registers what config.cfg names
from tracker.themes.tokens import CAMPAIGN_MARK, HANDLE_MARK, LINK_MARK

SCORER = "textcat_multilabel"
TEXTCAT = {"model": {"@architectures": "debate_tracker.PlainWords.v1", "buckets": 2**15}}
MARKS = np.array([StringStore().add(mark) for mark in (LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK)], dtype="uint64")
WEIGHT = 0.5
"""What all words of a post weigh together (the length of its vector). Less weight is more caution."""


@registry.architectures("debate_tracker.PlainWords.v1")  # type: ignore[untyped-decorator]
def plain_words(buckets: int, nO: int | None = None) -> Model[Any, Any]:
    """A linear classifier for labels that do not exclude each other, over the distinct plain forms of a post's words.

    It stands where spacy.TextCatBOW.v3 would. That one counts words as they are spelled (`Public`, `public` and `PUBLIC` are
    three), function words and all; on the examples of futurewelfare its mean average precision was 0.15, this one's 0.33
    (docs/method-themes.md). buckets: for the hashed words."""
    words: Model[Any, Any] = Model("plain_words", _distinct_words)
    linear = SparseLinear_v2(nO=nO, length=buckets)
    logistic: Model[Any, Any] = Logistic()
    model: Model[Any, Any] = chain(with_cpu(chain(words, linear), linear.ops), with_cpu(logistic, logistic.ops))
    model.set_ref("output_layer", linear)
    model.attrs["multi_label"] = True
    return model


def _distinct_words(model: Model[Any, Any], docs: Sequence[Doc], is_train: bool) -> tuple[Any, Callable[[Any], list[Any]]]:
    """What SparseLinear takes: the hashed words of all docs in a row, their weights, and how many each doc has."""
    found = []
    for doc in docs:
        table = doc.to_array([NORM, IS_STOP, IS_PUNCT, IS_SPACE])
        says_nothing = table[:, 1:].any(axis=1) | np.isin(table[:, 0], MARKS)
        found.append(np.unique(table[~says_nothing, 0]))
    lengths = np.array([len(words) for words in found], dtype="int32")
    weights = np.repeat(WEIGHT / np.sqrt(np.maximum(lengths, 1)), lengths).astype("float32")
    return (np.concatenate(found).astype("uint64"), weights, lengths), lambda _: []


def blank_pipeline(campaign: Campaign, *, labels: Sequence[str]) -> Language:
    """A pipeline with the campaign's phrases that has not learned anything. labels: what the classifier is to learn, in a
    fixed order; none: a pipeline of rules alone."""
    hashtags = sorted(set(campaign.hashtags))
    tokenizer = {"@tokenizers": "debate_tracker.PostTokenizer.v1", "campaign_hashtags": hashtags}
    language = "en" if "en" in campaign.languages else "xx"
    nlp = spacy.blank(language, config={"nlp": {"tokenizer": tokenizer}})
    theme_rules: Any = nlp.add_pipe("theme_rules")
    theme_rules.set_phrases(
        {theme.slug: {"phrases": list(theme.phrases), "not_when": list(theme.not_when)} for theme in campaign.themes}
    )
    if labels:
        scorer: Any = nlp.add_pipe(SCORER, config=TEXTCAT)
        for label in labels:
            scorer.add_label(label)
    nlp.add_pipe("theme_decide")
    nlp.add_pipe("theme_words", config={"scorer": SCORER})
    return nlp
