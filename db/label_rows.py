"""Rows of codings as records and back, and the labelled posts that they are for the model."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from tracker.codings import Asked, Coding
from tracker.records import Example


def coding_of(row: Mapping[str, Any]) -> Coding:
    """A row of codings as a record."""
    return Coding(
        **{name: row[name] for name in SAME},
        relevant=_flag(row["relevant"]),
        themes=_slugs(row["themes"]),
        questions=_slugs(row["questions"]),
        cannot_tell=bool(row["cannot_tell"]),
        asks_us=_flag(row["asks_us"]),
    )


SAME = (
    *("id", "platform", "native_id", "text", "coder", "coded_at", "note", "role", "round", "queue", "probability", "codebook"),
    *("what", "supersedes", "origin"),
)


def row_of(coding: Coding) -> dict[str, Any]:
    """A record as a row of codings, without its id."""
    return {name: getattr(coding, name) for name in SAME if name != "id"} | {
        "relevant": coding.relevant,
        "themes": json.dumps(list(coding.themes)),
        "questions": json.dumps(list(coding.questions)),
        "cannot_tell": coding.cannot_tell,
        "asks_us": coding.asks_us,
    }


@functools.lru_cache(maxsize=4096)
def _slugs(listed: str) -> tuple[str, ...]:
    """A list of slugs (JSON). Thousands of verdicts have few different ones, and pages read all verdicts."""
    return tuple(json.loads(listed))


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def example_of(coding: Coding, probability: float | None, asked: Asked | None, week: str | None) -> Example:
    """A coding as a labelled post. probability: of being drawn and read; asked: what it was asked about (None: everything); week:
    that the post was drawn from."""
    return Example(
        text=coding.text or "",
        themes=coding.themes,
        questions=coding.questions,
        platform=coding.platform,
        native_id=coding.native_id,
        relevant=coding.relevant,
        coder=coding.coder,
        cannot_tell=coding.cannot_tell,
        coded_at=coding.coded_at,
        round=coding.round,
        queue=coding.queue,
        codebook=coding.codebook or None,
        probability=probability,
        asks_us=coding.asks_us,
        role=coding.role,
        note=coding.note,
        asked=None if asked is None else tuple(sorted(asked.themes)),
        asked_questions=None if asked is None else tuple(sorted(asked.questions)),
        week=week,
    )
