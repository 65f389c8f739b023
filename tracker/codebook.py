"""The codebook: what coders have beside them, made from the campaign's own theme files, and versioned. Pure.

The phrases that the program looks for are left out on purpose: a coder who looks for the same phrases finds the same posts, and
the measured recall would be praise for nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from tracker.codings import Asked, book_version
from tracker.records import Campaign
from tracker.settling import names_now

KEYS = "1234567890abdefghijklopqtvwxz"
"""The single keys that tick a theme or a question; the others are commands (docs/coding.md)."""
DIGITS, LETTERS = KEYS[:10], KEYS[10:]
"""Where the single keys do not reach: a letter goes to a group of up to ten choices, then a digit ticks one of them."""
SHOWN = ("slug", "name", "meaning", "group", "dimension", "not_when", "examples_yes", "examples_no")


@dataclass(frozen=True, slots=True)
class Codebook:
    """version: ten letters of a hash of the content. dimensions: name, its groups, each with heading ("" where a dimension has no
    groups), themes with `key`, and the letters that go to it; and all its themes in that order. questions with `key`;
    asked_letters go to them. names: what each theme is called now, by every name that it has had."""

    version: str
    content: str
    dimensions: tuple[dict[str, Any], ...]
    questions: tuple[dict[str, Any], ...]
    asked_letters: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def theme_names(self) -> dict[str, str]:
        """What each theme is called on pages, by its slug, in their order."""
        return {theme["slug"]: theme["name"] for dimension in self.dimensions for theme in dimension["themes"]}

    @property
    def asked(self) -> Asked:
        """What it gives to choose from."""
        return Asked(self.themes, self.question_slugs)

    @property
    def themes(self) -> frozenset[str]:
        """The slugs of all themes."""
        return frozenset(self.theme_names)

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that go to a group; none where each choice has a single key."""
        groups = (group["letters"] for dimension in self.dimensions for group in dimension["groups"])
        return tuple(dict.fromkeys(letter for letters in (*groups, self.asked_letters) for letter in letters))

    @property
    def keyless(self) -> int:
        """How many choices have no key."""
        choices = [*self.questions, *(theme for dimension in self.dimensions for theme in dimension["themes"])]
        return sum(1 for choice in choices if not choice["key"])

    @property
    def question_slugs(self) -> frozenset[str]:
        """The slugs of the paper's questions."""
        return frozenset(question["slug"] for question in self.questions)


def make_codebook(themes: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]) -> Codebook:
    """The codebook of these themes (as theme_versions.definition has them, in the order of the pages) and questions (slug, text,
    answers_when). Themes of a group stand together, where the first of them stands."""
    listed = [{name: theme.get(name, "") for name in SHOWN} for theme in themes]
    asked = [{name: question[name] for name in ("slug", "text", "answers_when")} for question in questions]
    content = json.dumps({"themes": listed, "questions": asked}, ensure_ascii=False, sort_keys=True)
    grouped: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for theme in listed:
        grouped.setdefault(theme["dimension"] or "theme", {}).setdefault(theme["group"], []).append(theme)
    sets = [themes for groups in grouped.values() for themes in groups.values()] + [asked]
    keyed = iter([_with_keys(choices, keys) for choices, keys in zip(sets, keys_of([*map(len, sets)]), strict=True)])
    dimensions = [_dimension(name, [(group, next(keyed)) for group in groups]) for name, groups in grouped.items()]
    questions_asked = next(keyed)
    return Codebook(
        version=book_version(content),
        content=content,
        dimensions=tuple(dimensions),
        questions=tuple(questions_asked),
        asked_letters=_letters(questions_asked),
        names=names_now({theme["slug"]: theme.get("renamed_from", ()) for theme in themes}),
    )


def codebook_of(campaign: Campaign) -> Codebook:
    """The codebook of the campaign as its files have it, which the pages have once a run has noted them."""
    return make_codebook([asdict(theme) for theme in campaign.themes], [asdict(question) for question in campaign.questions])


def keys_of(sizes: Sequence[int]) -> list[list[str]]:
    """The keys of the choices of some groups, which have so many each. One key each where KEYS reach; else a letter and a digit,
    and a group of more than ten has several letters. Of more groups than there are letters several share one; "" is the key of
    what comes after all of them."""
    tens = [-(-size // len(DIGITS)) for size in sizes]
    if sum(sizes) > len(KEYS) and sum(tens) <= len(LETTERS):
        letters = iter(LETTERS)
        pairs = [[letter + digit for letter in islice(letters, many) for digit in DIGITS] for many in tens]
        return [found[:size] for found, size in zip(pairs, sizes, strict=True)]
    keys = iter(KEYS if sum(sizes) <= len(KEYS) else [letter + digit for letter in LETTERS for digit in DIGITS])
    return [[next(keys, "") for _ in range(size)] for size in sizes]


def _with_keys(choices: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    return [{**choice, "key": key} for choice, key in zip(choices, keys, strict=True)]


def _dimension(name: str, groups: Sequence[tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    alone = "Without a group" if len(groups) > 1 else ""
    return {
        "name": name,
        "groups": [{"heading": group or alone, "themes": found, "letters": _letters(found)} for group, found in groups],
        "themes": [theme for _, found in groups for theme in found],
    }


def _letters(choices: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The letters that go to these choices."""
    return tuple(dict.fromkeys(choice["key"][0] for choice in choices if len(choice["key"]) > 1))
