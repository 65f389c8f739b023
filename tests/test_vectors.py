"""How the static word vectors are made (`make vectors`), on an invented language: what directions say, and what a piece says."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker.themes.static import weights_of
from tracker.themes.vectors.make_vectors import components, taught, write

FIRST, PIECES, TEXTS = 600, 660, 6_000
"""The pieces before the first are the most common ones, which weigh little; they stand in no text here."""
ODD, SELDOM = 603, 607
"""A piece that says something other than what is told of it; one that does so too, but stands in few texts."""

Floats = NDArray[np.float64]


def told_and_meant() -> tuple[Floats, Floats]:
    """What is told of each piece, and what it means: directions of what is told, but for two pieces."""
    chance = np.random.default_rng(5)
    told = chance.normal(size=(PIECES, 12))
    meant = told @ chance.normal(size=(12, 8))
    meant[[ODD, SELDOM]] = chance.normal(size=(2, 8)) * 12
    return told, meant


def texts(meant: Floats, count: int, seed: int) -> tuple[list[NDArray[np.int64]], Floats]:
    """Texts of two to six pieces, and what each says: the mean of what its pieces mean, of length 1."""
    chance = np.random.default_rng(seed)
    common = np.zeros(PIECES)
    common[FIRST:] = 1
    common[SELDOM] = 0.01
    listed = [chance.choice(PIECES, size=chance.integers(2, 7), p=common / common.sum()) for _ in range(count)]
    weights = weights_of(PIECES).astype("float64")
    sums = np.array([(meant[rows] * weights[rows, None]).sum(axis=0) for rows in listed])
    return listed, sums / np.linalg.norm(sums, axis=1, keepdims=True)


def likeness(one: Floats, other: Floats) -> float:
    """How alike two tables of distances between rows are, since directions may be turned: their correlation."""
    rows, columns = np.triu_indices(len(one), 1)
    return float(np.corrcoef((one @ one.T)[rows, columns], (other @ other.T)[rows, columns])[0, 1])


def test_texts_that_were_not_read_are_placed_as_they_mean_and_a_frequent_piece_learns_its_own() -> None:
    told, meant = told_and_meant()
    found = taught(told, *texts(meant, TEXTS, 1))
    listed, said = texts(meant, 300, 2)
    weights = weights_of(PIECES).astype("float64")
    placed = np.array([(found[rows] * weights[rows, None]).sum(axis=0) for rows in listed])
    assert likeness(placed / np.linalg.norm(placed, axis=1, keepdims=True), said) > 0.9
    others = [piece for piece in range(FIRST, PIECES) if piece not in (ODD, SELDOM)]
    turn = np.linalg.lstsq(found[others], meant[others], rcond=None)[0]

    def right(piece: int) -> float:
        got = found[piece] @ turn
        return float(got @ meant[piece] / np.linalg.norm(got) / np.linalg.norm(meant[piece]))

    assert right(ODD) > 0.95, "it stands in hundreds of texts"
    assert right(SELDOM) < right(ODD), "a few texts are not believed against what is told of the piece"


def test_the_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    told, meant = told_and_meant()
    files = [tmp_path / name for name in ("one.npz", "again.npz")]
    for file in files:
        write(file, [f"piece{row}" for row in range(PIECES)], taught(told, *texts(meant, 500, 1)))
    assert files[0].read_bytes() == files[1].read_bytes()
    with np.load(files[0], allow_pickle=False) as kept:
        assert kept["vectors"].dtype == np.int8
        assert kept["pieces"].tobytes().decode().split("\n")[ODD] == f"piece{ODD}"


def test_components_have_the_sign_that_their_rows_give_them() -> None:
    rows = np.random.default_rng(3).normal(size=(50, 5))
    found = components(rows, 3, 0.5)
    assert np.allclose(components(rows[:, ::-1], 3, 0.5), found), "whatever the order of the columns"
    assert np.allclose(components(-rows, 3, 0.5), -found)
