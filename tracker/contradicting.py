"""Which lines of labelled posts contradict each other, and which phrases of a theme itself. Pure."""

from collections.abc import Callable

from tracker.matching import plain_words
from tracker.records import Example, Theme


def contradictions(examples: list[tuple[int, Example]]) -> list[tuple[int, int]]:
    """Lines (earlier, later) that hold the same text, capitals and white space aside, with different themes, or once as
    part of the debate and once not. Posts about which a person could not decide are left aside."""
    judged = [(line, example) for line, example in examples if not example.cannot_tell]
    return sorted({*_disagreeing(judged, _themes), *_disagreeing(judged, lambda example: example.relevant)})


def never_found(theme: Theme) -> list[str]:
    """The phrases of a theme that hold one of its own `not_when` phrases: wherever such a one stands, it is switched off."""
    off = [f" {_plain(phrase)} " for phrase in theme.not_when]
    return [phrase for phrase in theme.phrases if any(one in f" {_plain(phrase)} " for one in off)]


def _plain(text: str) -> str:
    return " ".join(plain_words(text).split())


def _themes(example: Example) -> frozenset[str] | None:
    return None if example.themes is None else frozenset(example.themes)


def _disagreeing(examples: list[tuple[int, Example]], verdict: Callable[[Example], object]) -> list[tuple[int, int]]:
    first: dict[str, tuple[int, object]] = {}
    pairs = []
    for line, example in examples:
        said = verdict(example)
        if said is not None:
            earlier, before = first.setdefault(_plain(example.text), (line, said))
            if before != said:
                pairs.append((earlier, line))
    return pairs
