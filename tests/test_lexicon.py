"""What is told of words once, however many posts they stand in, and that it is forgotten in time."""

from itertools import islice, product
from typing import Any

import numpy as np

from tests.theme_campaigns import labelled
from tests.theme_campaigns import model as model
from tracker.themes import ThemeModel
from tracker.themes.lexicon import WORDS_REMEMBERED, Facts, Lexicon, lexicon
from tracker.themes.passing import passed_over
from tracker.themes.pipeline import one_by_one

WORDS = ["".join(letters) for letters in islice(product("bdfklmnprst", repeat=5), WORDS_REMEMBERED + 2000)]
"""More invented words than are remembered."""


class Hashed(dict[int, str]):
    """Texts by their hashes, as spaCy's vocabulary has them."""

    def pair(self, text: str, plain: str) -> tuple[int, int]:
        self |= {hash(text): text, hash(plain): plain}
        return hash(text), hash(plain)


def test_words_are_numbered_as_they_come_and_keep_their_numbers() -> None:
    texts, words = Hashed(), Lexicon()
    pairs = [texts.pair(text, text.lower()) for text in ("Care", "-", "waits", "care", "#OurCare", " ")]
    (care,), (hyphen,), (waits,), (small,), tag, nothing = words.of_tokens(texts, pairs)
    assert hyphen == 0 and nothing == () and tag[-1] == care, "a hashtag's words are those that stand without one"
    assert len({care, waits, small, hyphen}) == 4, "as it is written is one thing, its plain form another"
    told = words.told()
    assert told.plain[care] == told.plain[small] != told.plain[waits]
    assert words.of_tokens(texts, pairs) == [(care,), (hyphen,), (waits,), (small,), tag, nothing]


def test_what_is_told_of_words_as_they_come_is_what_is_told_of_all_at_once() -> None:
    texts, words = Hashed(), Lexicon()
    early = Facts(words.words, lambda raw, plain: (len(raw), plain == "the"))
    for text in ("the", "'s", "2024", "nurse", "the", "😀", "Very"):
        words.of_tokens(texts, [texts.pair(text, text.lower())])
        early.table(), words.told()
    assert np.array_equal(early.table(), Facts(words.words, lambda raw, plain: (len(raw), plain == "the")).table())
    marks = {
        raw: row for (raw, _), row in zip(words.words, zip(*map(np.ndarray.tolist, words.told()[1:]), strict=True), strict=True)
    }
    assert marks == {
        "-": (0, 0, 0, 0),
        "the": (1, 0, 1, 0),
        "'s": (0, 1, 1, 1),
        "2024": (1, 1, 0, 0),
        "nurse": (1, 1, 1, 0),
        "😀": (0, 1, 0, 0),
        "Very": (1, 0, 1, 0),
    }


def test_more_words_than_are_remembered_change_no_reading(model: ThemeModel) -> None:
    texts = [post.text for post in labelled()]
    before, docs = list(model.read(texts)), list(model.evidence(texts))
    pipes: dict[str, Any] = dict(model.nlp.pipeline)
    told = [(pipes["theme_rules"].phrases_in(doc), doc.user_data["scores"], doc._.words) for doc in docs if not passed_over(doc)]
    assert any(reading.hits for reading in before) and any(phrases for phrases, _, _ in told)
    known = lexicon()
    posts = (" ".join(WORDS[start : start + 50]) for start in range(0, len(WORDS), 50))
    assert sum(1 for _ in one_by_one(model.nlp, posts, words_kept=0)) == len(WORDS) / 50
    assert known.full and lexicon() is not known and len(lexicon().words) < WORDS_REMEMBERED
    assert list(model.read(texts)) == before
    for doc, (phrases, scores, words) in zip((doc for doc in docs if not passed_over(doc)), told, strict=True):
        again = pipes["theme_words"](pipes["theme_scorer"](doc))
        assert pipes["theme_rules"].phrases_in(doc) == phrases and again._.words == words
        assert np.allclose(again.user_data["scores"], scores, atol=1e-6)
