"""Models and docs by spaCy's own ways of keeping them: as bytes, in a DocBin, between processes."""

from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tracker.themes import train_model

TEXTS = [
    "Mum stood in the queue today",
    "RT @bee: plot rent, and a water butt 👨‍👩‍👧",
    "https://example.org/only",
    "grew leeks",
    "Автобус опаздывает",
    "Heute kommt der Bus wieder nicht und niemand sagt uns etwas",
]


@pytest.fixture(scope="module")
def nlp() -> Language:
    return train_model(ALLOTMENTS, labelled(), now=NOW).nlp


def told(doc: Doc) -> tuple[Any, ...]:
    spans = [(span.label_, span.text) for span in doc.spans["themes"]]
    plain = [token.norm_ for token in doc]
    return doc.text, plain, doc._.tongue, doc._.passed_over, doc._.decision, doc._.words, dict(doc.cats), spans


def test_docs_from_other_processes_say_the_same(nlp: Language) -> None:
    alone = [told(doc) for doc in nlp.pipe(TEXTS, batch_size=2)]
    assert [told(doc) for doc in nlp.pipe(TEXTS, n_process=2, batch_size=2)] == alone
    assert {one[4].outcome for one in alone} == {"themed", "empty", "none", "other-language"}


def test_docs_are_kept_with_all_that_was_decided(nlp: Language) -> None:
    docs = list(nlp.pipe(TEXTS))
    kept = DocBin(store_user_data=True, docs=docs).get_docs(nlp.vocab)
    for doc, again in zip(docs, kept, strict=True):
        assert again._.decision == doc._.decision and again._.words == doc._.words and again._.tongue == doc._.tongue
        assert told(Doc(nlp.vocab).from_bytes(doc.to_bytes())) == told(doc)


def test_a_part_of_the_pipeline_is_kept_and_taken_up_again(nlp: Language) -> None:
    with nlp.select_pipes(enable=["post_language", "theme_rules"]):
        docs = [Doc(nlp.vocab).from_bytes(doc.to_bytes()) for doc in nlp.pipe(TEXTS)]
    whole = [told(doc) for doc in nlp.pipe(TEXTS)]
    with nlp.select_pipes(disable=["post_language", "theme_rules"]):
        assert [told(doc) for doc in nlp.pipe(docs)] == whole


def test_a_pipeline_from_bytes_decides_the_same(nlp: Language) -> None:
    again = spacy.util.load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert [told(doc) for doc in again.pipe(TEXTS)] == [told(doc) for doc in nlp.pipe(TEXTS)]
