"""The optional teacher with its real weights; `make teacher` installs it and runs this. Not among the tests of `make test`, which
have no teacher: there the notes of a model say so (tests/test_train.py)."""

import numpy as np
import pytest

from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tracker.themes import train_model
from tracker.themes.teaching import teacher

POOL = [f"{who} {what}" for who in ("Auntie", "My boss", "The twins") for what in ("waits in line", "pays a lot", "sings")]


def test_the_teacher_says_what_its_makers_print() -> None:
    known = teacher()
    assert known is not None, "run `make teacher`"
    said = known.directions(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    # https://sbert.net/docs/quickstart.html
    assert said @ said.T == pytest.approx(np.array([[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]), abs=2e-3)
    short, long = known.directions(["", "word " * 9_000])
    assert np.isfinite(short).all() and np.isfinite(long).all()


def test_a_model_learns_from_what_the_teacher_guesses_and_is_the_same_again() -> None:
    one, again = (train_model(ALLOTMENTS, labelled(), now=NOW, pool=pool) for pool in (POOL, POOL[::-1]))
    assert "A transformer that learned from the labelled posts" in one.card.notes
    assert one.card.arrays == again.card.arrays
    assert dict(one.card.inputs)["teacher"]
    alone = train_model(ALLOTMENTS, labelled(), now=NOW)
    assert "transformer" not in alone.card.notes, "without a pool there is nothing to guess"
