"""Which lines of labelled posts contradict each other. Pure."""

from collections.abc import Callable

from tracker.matching import plain_words
from tracker.records import Example


def contradictions(examples: list[tuple[int, Example]]) -> list[tuple[int, int]]:
    """Lines (earlier, later) that hold the same text, capitals and white space aside, with different themes, or once as
    part of the debate and once not. Posts about which a person could not decide are left aside."""
    judged = [(line, example) for line, example in examples if not example.cannot_tell]
    return sorted({*_disagreeing(judged, _themes), *_disagreeing(judged, lambda example: example.relevant)})


def _themes(example: Example) -> frozenset[str] | None:
    return None if example.themes is None else frozenset(example.themes)


def _disagreeing(examples: list[tuple[int, Example]], verdict: Callable[[Example], object]) -> list[tuple[int, int]]:
    first: dict[str, tuple[int, object]] = {}
    pairs = []
    for line, example in examples:
        said = verdict(example)
        if said is not None:
            earlier, before = first.setdefault(" ".join(plain_words(example.text).split()), (line, said))
            if before != said:
                pairs.append((earlier, line))
    return pairs
