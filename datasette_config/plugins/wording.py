"""Numbers, times, weeks and errors as people read them: filters for the templates. British English, the campaign's zone."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from datasette import hookimpl
from jinja2 import Environment
from markupsafe import Markup, escape

from tracker.agreement import is_low
from tracker.telling import COVERAGE, clock, count, day, days, in_ten, measured, moment, number, of_ten, week
from tracker.tongues import foreign, tongue

_BETWEEN_BACKTICKS = re.compile(r"`([^`]+)`")
NAMES = {
    "platform": {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon", "reddit": "Reddit", "forum": "a forum"}
    | {"blog": "a blog", "feed": "a feed", "news": "a news site", "other": "another place"},
    "kind": {"original": "post", "reply": "reply", "quote": "quote", "repost": "repost"},
    "rule": {
        "hashtag": "it carries the hashtag",
        "link": "it shares the link",
        "phrase": "it contains the words",
        "conversation": "it is part of the conversation",
        "own": "it is by the campaign's own account",
        "everything": "the campaign keeps every post that it is given",
    },
    "decided_by": {"rule": "by a phrase of the theme", "model": "by the trained classifier", "person": "by a person"},
    "outcome": {
        "themed": "given at least one theme",
        "none": "given no theme",
        "unsure": "left open, because the program was not sure",
        "other-language": "in a language that the campaign does not read",
        "empty": "without words to read (only links, names or hashtags)",
        "not read": "not read yet",
    },
    "coverage": COVERAGE,
    "status": {
        "ok": "finished",
        "partial": "finished in part",
        "failed": "failed",
        "running": "is still running, or stopped without a word",
        "interrupted": "was interrupted; the next run goes on from there",
        "skipped": "was left out",
        "truncated": "ends in the middle; its whole rows were kept",
    },
    "state": {
        "new": "new",
        "answering": "being answered",
        "answered": "answered with a link",
        "legal": "needs legal advice",
        "press": "needs the press team",
        "safeguarding": "needs safeguarding",
        "ignore": "do not engage",
        "no question": "not a question to us",
    },
    "role": {
        "press": "Press",
        "council": "Councils",
        "mp": "Members of Parliament",
        "other elected": "Others who were elected",
        "organisation": "Organisations",
    },
    "how_asked": {
        "people": "somebody read it and said so",
        "answers us": "found by the program: it answers us",
        "names us": "found by the program: it names us",
    },
    "how": {"reply_to": "answers", "quote_of": "quotes", "repost_of": "passes on"},
    "queue": {
        "audit": "Random sample",
        "pilot": "Pilot",
        "unsure": "The program is not sure",
        "disagree": "Phrases against classifier",
        "theme": "One theme",
        "adjudication": "Settling",
        "other": "Other",
    },
    "queue_for": {
        "audit": "Measures how well themes are found. Several people read each post; the program never learns from these.",
        "pilot": "Everyone reads the same few posts, to find out where the codebook is unclear.",
        "unsure": "The program could not decide; it learns most from these.",
        "disagree": "A phrase says one thing and the classifier another.",
    },
    "language": {"en": "English", "cy": "Welsh", "gd": "Scottish Gaelic", "ga": "Irish", "fr": "French", "de": "German"}
    | {"es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "pl": "Polish", "ro": "Romanian", "ar": "Arabic"}
    | {"ur": "Urdu", "hi": "Hindi", "bn": "Bengali", "pa": "Punjabi", "ne": "Nepali", "zh": "Chinese", "ja": "Japanese"}
    | {"uk": "Ukrainian", "ru": "Russian", "tr": "Turkish", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "fi": "Finnish"}
    | {"el": "Greek", "fa": "Persian", "ko": "Korean", "lt": "Lithuanian"},
    "dimension": {"theme": "Themes", "service": "Public services"},
}
"""What the store's words are called on the pages."""

SHORT = 420
"""Characters of a post shown in a list."""
LONG, BRIEF_LINES = 1500, 4
"""Characters of a post that its coder has to scroll through; lines of one that stays in sight."""


def words(name: str, of: str) -> str:
    """The page's words for a word of the store; a word without any is shown as it is."""
    return NAMES[of].get(name, name.replace("-", " ").capitalize() if of == "dimension" else name)


def web(address: str | None) -> str | None:
    """The address if a browser may be sent there (http or https), else None."""
    try:
        known = urlsplit(address or "")
    except ValueError:
        return None
    return address if known.scheme in ("http", "https") and known.netloc else None


def extent(text: str) -> str:
    """How much room a post takes beside its questions: long, so that it scrolls; brief, so that it may stay in sight; or ""."""
    if len(text) > LONG:
        return "long"
    return "brief" if len(text) < SHORT and text.count("\n") < BRIEF_LINES else ""


def lang(code: str | None) -> Markup:
    """The attribute that names the language of somebody's words; nothing where that is the pages' own or not known."""
    return Markup(' lang="{}"').format(code) if foreign(code) else Markup("")


def pieces(text: str, spans: Sequence[Sequence[int]] = (), limit: int | None = None) -> list[tuple[str, bool]]:
    """The text cut into (words, marked) at `spans` ([start, end] in code points). With `limit`, a stretch of about that
    many characters around the first marked words, with … where text is left out."""
    merged: list[list[int]] = []
    for start, end in sorted((max(0, start), min(end, len(text))) for start, end in spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        elif start < end:
            merged.append([start, end])
    begin, stop = _stretch(text, merged, limit)
    found = [("…", False)] if begin else []
    place = begin
    for start, end in merged:
        if begin <= start < stop:
            found += [(text[place:start], False), (text[start : min(end, stop)], True)]
            place = min(end, stop)
    found += [(text[place:stop], False), ("…" if stop < len(text) else "", False)]
    return [(words, marked) for words, marked in found if words]


def _stretch(text: str, spans: list[list[int]], limit: int | None) -> tuple[int, int]:
    """Where the shown part of a text begins and ends; not inside a word where that can be helped."""
    if limit is None or len(text) <= limit:
        return 0, len(text)
    begin = max(0, spans[0][0] - limit // 3) if spans and spans[0][1] > limit else 0
    if begin:
        begin = text.find(" ", begin, begin + 40) + 1 or begin
    stop = min(len(text), begin + limit)
    if stop < len(text):
        stop = max(text.rfind(" ", stop - 40, stop), stop - 40 if text.rfind(" ", stop - 40, stop) > 0 else stop)
    return begin, stop


def in_code(text: str) -> Markup:
    """A text of the program as HTML, the commands and names in it that stand between backticks as code."""
    return Markup(_BETWEEN_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped before


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Give the templates these words as filters."""
    for word in (
        words,
        number,
        count,
        day,
        days,
        week,
        moment,
        clock,
        in_ten,
        of_ten,
        measured,
        is_low,
        web,
        pieces,
        tongue,
        lang,
        extent,
        in_code,
    ):
        env.filters["of" if word is words else word.__name__] = word
    env.globals["SHORT"] = SHORT
