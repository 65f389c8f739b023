"""The forms in which a briefing leaves the house: Markdown, a page, a draft of an email. No form lets a text act."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from tracker.tongues import OURS_IN_FULL, foreign

MARKS = re.compile(r"([\\`*_\[\]<>#|~!])")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line of somebody's own words, and what is told of them. lang: the language of the words, where it is known."""

    words: str
    lang: str | None
    told: str

    def __str__(self) -> str:
        return f"“{self.words}”{self.told}"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a briefing. kind: h2, p, ul, ol or box; said: the words, for lists a tuple of lines."""

    kind: str
    said: str | tuple[str | Quoted, ...]

    def lines(self) -> tuple[str | Quoted, ...]:
        """The words as a list of one or more."""
        return (self.said,) if isinstance(self.said, str) else self.said


def as_markdown(title: str, blocks: Sequence[Block]) -> str:
    """CommonMark; what people wrote cannot become a mark in it (https://spec.commonmark.org/0.31.2/#backslash-escapes)."""
    parts = [f"# {_plain(title)}"]
    for block in blocks:
        said = [_plain(str(line)) for line in block.lines()]
        if block.kind == "h2":
            parts.append(f"## {said[0]}")
        elif block.kind in ("ul", "ol"):
            parts.append(
                "\n".join(f"{'-' if block.kind == 'ul' else f'{place}.'} {line}" for place, line in enumerate(said, start=1))
            )
        elif block.kind == "box":
            parts.append(f"> {said[0]}\n>\n>")
        else:
            parts.append(said[0])
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return MARKS.sub(r"\\\1", " ".join(text.split()))


def as_html(title: str, blocks: Sequence[Block]) -> str:
    """A page that needs nothing else and runs nothing."""
    parts = []
    for block in blocks:
        said = [_spoken(line) for line in block.lines()]
        if block.kind in ("ul", "ol"):
            parts.append(f"<{block.kind}>" + "".join(f'<li dir="auto">{line}</li>' for line in said) + f"</{block.kind}>")
        elif block.kind == "box":
            parts.append(f'<div style="border:1px solid #6b7782;padding:1em;min-height:6em;color:#4f5b66">{said[0]}</div>')
        else:
            parts.append(f"<{block.kind}>{said[0]}</{block.kind}>")
    name = html.escape(title)
    head = f'<meta charset="utf-8"><title>{name}</title><meta name="viewport" content="width=device-width, initial-scale=1">'
    style = "max-width:42rem;margin:1rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;color:#1b2733"
    inside = "\n".join(parts)
    body = f'<body style="{style}"><main><h1>{name}</h1>\n{inside}\n</main></body>'
    return f'<!DOCTYPE html>\n<html lang="{OURS_IN_FULL}"><head>{head}</head>\n{body}</html>\n'


def _spoken(line: str | Quoted) -> str:
    """A line as HTML; words in another language than ours say so to those who hear them."""
    said = _escaped(str(line))
    if isinstance(line, Quoted) and (code := foreign(line.lang)):
        words = _escaped(line.words)
        return said.replace(words, f'<span lang="{html.escape(code)}">{words}</span>', 1)
    return said


def _escaped(text: str) -> str:
    return html.escape(" ".join(text.split()))


def as_email(title: str, blocks: Sequence[Block]) -> str:
    """A draft to open in a mail program (X-Unsent), to nobody yet: plain words with the page beside them."""
    message = EmailMessage()
    message["Subject"] = " ".join(title.split())
    message["X-Unsent"] = "1"
    message.set_content(as_markdown(title, blocks))
    message.add_alternative(as_html(title, blocks), subtype="html")
    return message.as_string()
