"""The codebook: what coders have beside them, made from the campaign's own theme files, and versioned. Pure.

The phrases that the program looks for are left out on purpose: a coder who looks for the same phrases finds the same posts, and
the measured recall would be praise for nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.settling import names_now

KEYS = "1234567890abdefghijklopqtvwxz"
"""The single keys that tick a theme or a question; the others are commands (docs/coding.md). What comes after has none."""
SHOWN = ("slug", "name", "meaning", "group", "dimension", "not_when", "examples_yes", "examples_no")


@dataclass(frozen=True, slots=True)
class Codebook:
    """version: ten letters of a hash of the content. dimensions: name, and its themes with `key`. questions with `key`.
    names: what each theme is called now, by every name that it has had."""

    version: str
    content: str
    dimensions: tuple[dict[str, Any], ...]
    questions: tuple[dict[str, Any], ...]
    names: Mapping[str, str]

    @property
    def themes(self) -> frozenset[str]:
        """The slugs of all themes."""
        return frozenset(theme["slug"] for dimension in self.dimensions for theme in dimension["themes"])

    @property
    def question_slugs(self) -> frozenset[str]:
        """The slugs of the paper's questions."""
        return frozenset(question["slug"] for question in self.questions)


def make_codebook(themes: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]) -> Codebook:
    """The codebook of these themes (as theme_versions.definition has them, in the order of the pages) and questions (slug, text,
    answers_when)."""
    listed = [{name: theme.get(name, "") for name in SHOWN} for theme in themes]
    asked = [{name: question[name] for name in ("slug", "text", "answers_when")} for question in questions]
    content = json.dumps({"themes": listed, "questions": asked}, ensure_ascii=False, sort_keys=True)
    keys = iter(KEYS)
    dimensions: dict[str, list[dict[str, Any]]] = {}
    for theme in listed:
        dimensions.setdefault(theme["dimension"] or "theme", []).append({**theme, "key": next(keys, "")})
    return Codebook(
        version=hashlib.sha256(content.encode()).hexdigest()[:10],
        content=content,
        dimensions=tuple({"name": name, "themes": found} for name, found in dimensions.items()),
        questions=tuple({**question, "key": next(keys, "")} for question in asked),
        names=names_now({theme["slug"]: theme.get("renamed_from", ()) for theme in themes}),
    )


def asked_in(books: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """The themes of each version of the codebook, from what labels.db keeps of them."""
    return {version: frozenset(theme["slug"] for theme in book["themes"]) for version, book in books.items()}
