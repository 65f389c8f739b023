"""The audit sample as a table: what the program said, what each person said, and with what probability the post was drawn. Pure.

It holds what estimates corrected for misclassification need (for one: Rogan and Gladen 1978; TeBlunthuis, Hase and Chan 2024, doi
10.1080/19312458.2023.2293713), so that they can be computed elsewhere. One row for each post, theme and person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.codings import Coding
from tracker.settling import is_pilot

COLUMNS = (
    *("platform", "native_id", "week", "probability", "week_population", "model", "outcome", "theme", "machine", "machine_score"),
    *("coder", "role", "round", "relevant", "label"),
)
"""machine: 1 where the program gave the theme, before any person's decision, 0 where not; empty where it has not read the post.
machine_score: empty where it kept none. label: 1, 0, or empty where the coder could not tell or was not asked."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the live model said of a post; themes: slug to score, those that it gave."""

    model: str
    outcome: str
    themes: Mapping[str, float] = field(default_factory=dict)


def validation_rows(
    sample: Sequence[Mapping[str, Any]],
    populations: Mapping[str, int],
    codings: Sequence[Coding],
    machine: Mapping[tuple[str, str], Machine],
    themes: Sequence[str],
    asked_in: Mapping[str, frozenset[str]],
) -> Iterator[dict[str, Any]]:
    """The rows, with COLUMNS as keys. sample: platform, native_id, week, rate; populations: posts of each week to draw from."""
    read: dict[tuple[str, str], list[Coding]] = {}
    for coding in codings:
        if not is_pilot(coding.round):
            read.setdefault(coding.key, []).append(coding)
    for drawn in sample:
        key = (drawn["platform"], drawn["native_id"])
        said = machine.get(key)
        for coding in read.get(key, []):
            for slug in themes:
                yield {
                    "platform": key[0],
                    "native_id": key[1],
                    "week": drawn["week"],
                    "probability": drawn["rate"],
                    "week_population": populations.get(drawn["week"], ""),
                    "model": said.model if said else "",
                    "outcome": said.outcome if said else "",
                    "theme": slug,
                    "machine": int(slug in said.themes) if said else "",
                    "machine_score": said.themes.get(slug, "") if said else "",
                    "coder": coding.coder,
                    "role": coding.role,
                    "round": coding.round,
                    "relevant": "" if coding.relevant is None else int(coding.relevant),
                    "label": _label(coding, slug, asked_in),
                }


def _label(coding: Coding, slug: str, asked_in: Mapping[str, frozenset[str]]) -> int | str:
    if coding.cannot_tell or slug not in asked_in.get(coding.codebook, frozenset((slug,))):
        return ""
    return int(coding.relevant is not False and slug in coding.themes)
