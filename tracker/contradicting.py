"""Which lines of labelled posts contradict each other, and which phrases of a theme itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.matching import plain_words
from tracker.records import Example, Theme


def contradictions(examples: list[tuple[int, Example]]) -> list[tuple[int, int]]:
    """Lines (earlier, later) that hold the same text, capitals and white space aside, of which one has a theme that the other was
    asked about and has not, or one is part of the debate and the other not. Of the earlier ones the first; posts about which a
    person could not decide are left aside."""
    pairs = []
    said: dict[str, dict[_Verdict, int]] = {}
    for line, example in examples:
        if example.cannot_tell:
            continue
        before = said.setdefault(_plain(example.text), {})
        verdict = _Verdict(example.relevant, _set(example.themes), _set(example.asked))
        earlier = next((place for other, place in before.items() if verdict.contradicts(other)), None)
        if earlier is not None:
            pairs.append((earlier, line))
        before.setdefault(verdict, line)
    return sorted(pairs)


def never_found(theme: Theme) -> list[str]:
    """The phrases of a theme that hold one of its own `not_when` phrases: wherever such a one stands, it is switched off."""
    off = [f" {_plain(phrase)} " for phrase in theme.not_when]
    return [phrase for phrase in theme.phrases if any(one in f" {_plain(phrase)} " for one in off)]


def _plain(text: str) -> str:
    return " ".join(plain_words(text).split())


def _set(slugs: Sequence[str] | None) -> frozenset[str] | None:
    return None if slugs is None else frozenset(slugs)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a line says of a text. asked: of which themes; None: of each that there is."""

    relevant: bool | None
    themes: frozenset[str] | None
    asked: frozenset[str] | None

    def contradicts(self, other: "_Verdict") -> bool:
        """Whether both cannot be right."""
        known = None not in (self.relevant, other.relevant)
        return (known and self.relevant != other.relevant) or self._denied_by(other) or other._denied_by(self)

    def _denied_by(self, other: "_Verdict") -> bool:
        given = (self.themes or frozenset()) - (other.themes or frozenset())
        return other.themes is not None and bool(given if other.asked is None else given & other.asked)
