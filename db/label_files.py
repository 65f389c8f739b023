"""Labels as lines of a file that people take out and bring in, and the codebooks that such lines name."""

import html
import json
from collections.abc import Mapping
from typing import Any

from db.folder import DataFolder
from db.labels import Labels
from tracker.codings import AUDIT, Coding


def codebooks_of(folder: DataFolder) -> dict[str, dict[str, Any]]:
    """`Labels.codebooks` of a folder in which nobody may have coded yet."""
    if not folder.labels.exists():
        return {}
    labels = Labels(folder, readonly=True)
    try:
        return labels.codebooks()
    finally:
        labels.close()


def lines_out(labels: Labels) -> tuple[str, int]:
    """A labelled file of every verdict that stands and whose words are still there, by post and moment, and how many lines it
    has. Brought in where nothing else is and taken out there, it is the same file again."""
    books = labels.codebooks()
    standing = sorted(labels.standing(), key=lambda one: (one.key, one.coded_at))
    lines = [json.dumps(labelled_post(one, books), ensure_ascii=False) + "\n" for one in standing if one.text is not None]
    return "".join(lines), len(lines)


def labelled_post(coding: Coding, books: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A coding as a line of a labelled file (docs/campaign-folder.md), with what its codebook asked about, where books (as
    `Labels.codebooks` has them) knows it: who brings it in elsewhere has other books. What was not said is left out."""
    drawn = coding.probability if coding.queue == AUDIT else None
    text = coding.text or ""
    if html.unescape(text) != text:  # such a file's words are read with their entities decoded, once
        text = text.replace("&", "&amp;")
    known = {
        **{"text": text, "themes": list(coding.themes), "questions": list(coding.questions), "relevant": coding.relevant},
        **{"cannot_tell": coding.cannot_tell or None, "asks_us": coding.asks_us, "platform": coding.platform},
        **{name: getattr(coding, name) for name in ("native_id", "coder", "role", "coded_at", "round", "queue", "note")},
        **{"codebook": coding.codebook or None, "probability": drawn, "origin": "human"},
    }
    if book := books.get(coding.codebook):
        known["asked"] = sorted({*(theme["slug"] for theme in book["themes"]), *coding.themes})
        known["asked_questions"] = sorted({*(one["slug"] for one in book["questions"]), *coding.questions})
    return {name: value for name, value in known.items() if value is not None}
