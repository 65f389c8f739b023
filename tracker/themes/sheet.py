"""The words of many docs at once, as arrays: what rules, scorer and explanations look at, so that none of them goes through
a post word by word in Python."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import LENGTH, NORM, ORTH, SPACY
from spacy.tokens import Doc

from tracker.themes.lexicon import HYPHEN, Lexicon, Rows, lexicon
from tracker.themes.tokens import Word

Marks = NDArray[np.bool_]
Post = TypeVar("Post", str, Doc)

READ_AT_ONCE = 256
TOKENS, CODE_POINTS = 80, 400
"""What a post is reckoned to have."""


class Sheet:
    """The words of some docs, one doc after another, as phrases are looked for in them.

    A hyphen inside a compound falls out, so `co-production` and `co production` are the same two words; a hashtag other than
    the campaign's is cut at its capitals; marks and empty lines become BREAK.

    lexicon: what is known of the words; which: of each word, its number there; place: the token that it stands in; begin, end:
    where that stands in its text, in code points; edges: doc i has the words from edges[i] to edges[i + 1].
    """

    def __init__(self, docs: Sequence[Doc]) -> None:
        lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
        told = [doc.to_array([ORTH, NORM, SPACY, LENGTH]) for doc in docs if len(doc)]
        tokens = np.concatenate(told) if told else np.zeros((0, 4), dtype=np.uint64)
        firsts = np.cumsum(lengths) - lengths
        self.lexicon = lexicon()
        self.which, owner = _words(self.lexicon, docs[0].vocab.strings if docs else None, tokens, firsts, lengths)
        wide = (tokens[:, 3] + tokens[:, 2]).astype(np.int64)
        before = np.cumsum(wide) - wide
        of_doc = np.repeat(np.arange(len(docs)), lengths)
        begin = before - before[np.minimum(firsts, max(len(before) - 1, 0))][of_doc] if len(before) else before
        self.place: Rows = owner - firsts[of_doc[owner]]
        self.begin: Rows = begin[owner]
        self.end: Rows = self.begin + tokens[owner, 3].astype(np.int64)
        self.edges: Rows = np.searchsorted(of_doc[owner], np.arange(len(docs) + 1))

    def words(self, row: int) -> list[Word]:
        """The words of one doc."""
        part = slice(self.edges[row], self.edges[row + 1])
        known = self.lexicon.words
        return [(*known[its], place) for its, place in zip(self.which[part].tolist(), self.place[part].tolist(), strict=True)]


@dataclass(slots=True)
class Standing:
    """Where a doc stands on a sheet."""

    sheet: Sheet
    row: int


def sheets(docs: Sequence[Doc]) -> Iterator[tuple[Sheet, Rows]]:
    """The sheets on which some docs stand, with their rows there, in their order; those that stand on none get one."""
    if any(doc.user_data.get("standing") is None for doc in docs):
        sheet = Sheet(docs)
        for row, doc in enumerate(docs):
            doc.user_data["standing"] = Standing(sheet, row)
    standing: list[Standing] = [doc.user_data["standing"] for doc in docs]
    for _, group in groupby(standing, key=lambda where: id(where.sheet)):
        together = list(group)
        yield together[0].sheet, np.array([where.row for where in together], dtype=np.int64)


def kept_words(doc: Doc) -> list[Word]:
    """The words of `doc` as phrases are looked for in them."""
    ((sheet, rows),) = sheets([doc])
    return sheet.words(int(rows[0]))


def stretches(starts: Rows, counts: Rows) -> Rows:
    """The numbers from each start on, so many each as `counts` says, one stretch after another."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + counts, counts)


def batches(stream: Iterable[Post], most: int = READ_AT_ONCE, usual: int = TOKENS) -> Iterator[list[Post]]:
    """The docs or texts, at most so many at a time; fewer where they are long: as soon as they are as long together as so many of
    `usual` length (TOKENS of docs, CODE_POINTS of texts). What is worked on at once, and so memory, grows with their words."""
    batch: list[Post] = []
    room = most * usual
    for post in stream:
        batch.append(post)
        room -= len(post)
        if len(batch) == most or room <= 0:
            yield batch
            batch, room = [], most * usual
    if batch:
        yield batch


def _words(lexicon: Lexicon, strings: Any, tokens: NDArray[np.uint64], firsts: Rows, lengths: Rows) -> tuple[Rows, Rows]:
    """The words in some tokens: of each its number in the lexicon, and the token in which it stands."""
    pairs, of_token = different_tokens(tokens)
    found = lexicon.of_tokens(strings, pairs)
    counts = np.fromiter(map(len, found), dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(found), dtype=np.int64)
    its = counts[of_token]
    which = flat[stretches((np.cumsum(counts) - counts)[of_token], its)]
    owner = np.repeat(np.arange(len(of_token)), its)
    kept = ~_joints(strings, tokens, which, owner, firsts, lengths)
    return which[kept], owner[kept]


MIX = np.uint64(0x9E3779B97F4A7C15)
"""Turns the two hashes of a token into one number; hashes that mix to the same are told apart."""


def different_tokens(tokens: NDArray[np.uint64]) -> tuple[list[tuple[int, int]], Rows]:
    """The different (text, plain form) of tokens, by their hashes, and which each token has."""
    text, plain = tokens[:, 0], tokens[:, 1]
    _, first, which = np.unique(text ^ (plain * MIX), return_index=True, return_inverse=True)
    if (text[first][which] != text).any() or (plain[first][which] != plain).any():  # two of them mix to the same
        _, first, which = np.unique(tokens[:, :2], axis=0, return_index=True, return_inverse=True)
    return list(zip(text[first].tolist(), plain[first].tolist(), strict=True)), which.ravel()


_WORD = re.compile(r"\w")


def _joints(strings: Any, tokens: NDArray[np.uint64], which: Rows, owner: Rows, firsts: Rows, lengths: Rows) -> Marks:
    """Which words are hyphens inside compounds."""
    joints = np.zeros(len(which), dtype=bool)
    hyphens = np.flatnonzero(which == HYPHEN)
    ends = {*firsts.tolist(), *(firsts + lengths - 1).tolist()} if len(hyphens) else ()
    for word, token in zip(hyphens.tolist(), owner[hyphens].tolist(), strict=True):
        if token not in ends and not tokens[token - 1, 2] and not tokens[token, 2]:
            joints[word] = _WORD.match(strings[int(tokens[token + 1, 0])]) is not None
    return joints
