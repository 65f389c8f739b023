"""Reposts of which an export kept only a cut text (`RT @ann: Bring the buses ba…`): which post do they repeat, and what is
decided of them? Pure.

A stump repeats the one post by that handle whose text begins as the stump does, links aside (an export may have spelled them
out, or cut them in half). Where two posts begin so, or where too few words are left to tell, it stays unknown.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from tracker.matching import plain_words
from tracker.records import Post, Reading

STUMP = re.compile(r"RT @(\w{1,30}):? (.*)", re.DOTALL | re.ASCII)
LINK = re.compile(r"https?:\S*")
FEWEST_CHARACTERS = 12


class Stump(NamedTuple):
    """What a cut repost says of its original: the platform, the handle (lower case), and how its text begins."""

    platform: str
    handle: str
    beginning: str


def stump_of(post: Post) -> Stump | None:
    """The stump that a post is, or None where it is whole, or says already what it repeats, or says too little."""
    if post.kind != "repost" or post.repost_of or not post.truncated:
        return None
    found = STUMP.fullmatch(post.text)
    if found is None:
        return None
    beginning = _words(found[2].rstrip().removesuffix("…").removesuffix("..."))
    return Stump(post.platform, found[1].lower(), beginning) if len(beginning) >= FEWEST_CHARACTERS else None


def original_of(stump: Stump, candidates: Iterable[tuple[str, str]]) -> str | None:
    """The id of the one post among `candidates` (native id, text) that begins as the stump does."""
    beginning = stump.beginning
    found = {native_id for native_id, text in candidates if _words(text).startswith(beginning)}
    return found.pop() if len(found) == 1 else None


def as_its_original(reading: Reading) -> Reading:
    """The reading of an original as that of a cut repost of it: all but where the words stand that decided, which are the
    original's."""
    hits, questions = (tuple(replace(hit, words=()) for hit in some) for some in (reading.hits, reading.questions))
    return replace(reading, hits=hits, questions=questions)


def _words(text: str) -> str:
    return plain_words(LINK.sub(" ", text)).strip()
