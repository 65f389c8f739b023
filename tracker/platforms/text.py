"""Text as platforms write it, made plain: HTML, entities, times, and the hashtags, links and handles in bare text. Pure."""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import nh3

from tracker.platforms.refusals import NotAPost
from tracker.records import Author, Post
from tracker.times import written

MOST_TAGS = 20_000
"""HTML with more tags is no post; nested this deep, the HTML reader still answers within a second or two."""

URL = re.compile(r"https?://[^\s<>\"“”«»\x00-\x20]+", re.IGNORECASE)
URL_TAIL = ".,;:!?'’…*_~"
HASHTAG = re.compile(r"(?<![\w&/#＃])[#＃]([^\s#＃!-/:-@\[-^`{-~]+)")
MENTION = re.compile(r"(?<![\w@＠./])[@＠](\w{1,30})(?![\w@＠])", re.ASCII)
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?")
UNSOUND = re.compile("[\0\ud800-\udfff]")
IN_TAG_BESIDES_LETTERS = "_·・\u200c\u200d"
BLOCKS = {
    "p",
    "blockquote",
    "ul",
    "ol",
    "pre",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "figure",
    "section",
    "article",
}
ROWS = {"li", "tr", "td", "th", "dt", "dd", "figcaption"}
PLAIN = nh3.Cleaner(
    tags=BLOCKS | ROWS | {"br", "hr", "a"},
    attributes={"a": {"href", "class", "rel"}},
    clean_content_tags={"script", "style"},
    url_schemes={"http", "https"},
    link_rel=None,
)
LINE_END = re.compile(rf"<[bh]r>|</(?:{'|'.join(sorted(ROWS))})>")
BLOCK_BEGIN = re.compile(rf"<(?:{'|'.join(sorted(BLOCKS))})>")
BLOCK_END = re.compile(rf"</(?:{'|'.join(sorted(BLOCKS))})>")
ANY_TAG = re.compile(r"<[^>]*>")
BLANK_LINES = re.compile(r"\n{3,}")
ANCHOR = re.compile(r"<a ([^>]*)>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
NOT_A_LINK = {"mention", "hashtag", "tag"}
LEGACY_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{2}):?([0-9]{2}) ([0-9]{4})"
)
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
MILLISECONDS_FROM = 1e11
"""A number of seconds beyond this lies past the year 5000, so it is one of milliseconds."""


@lru_cache(maxsize=65536)
def tag_key(tag: str) -> str:
    """A hashtag as it is compared: NFKC, casefolded, without '#'."""
    return unicodedata.normalize("NFKC", tag).casefold().lstrip("#")


def tag_pairs(spelled: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(tag, spelled) of every hashtag, each tag once, in the order and spelling in which it first stands."""
    pairs: dict[str, str] = {}
    for tag in spelled:
        bare = tag.lstrip("#＃").strip()
        if bare:
            pairs.setdefault(tag_key(bare), bare)
    return tuple(pairs.items())


def find_hashtags(text: str) -> list[str]:
    """Hashtags in bare text as they are spelled, without '#'. Letters, marks and digits of every script; not inside an
    address; digits alone are none."""
    if "#" not in text and "＃" not in text:
        return []
    found = (_tag_part(match.group(1)) for match in HASHTAG.finditer(URL.sub(" ", text)))
    return [tag for tag in found if tag and not tag.isnumeric()]


def _tag_part(candidate: str) -> str:
    for at, character in enumerate(candidate):
        if not character.isalnum() and character not in IN_TAG_BESIDES_LETTERS and unicodedata.category(character)[0] != "M":
            return candidate[:at]
    return candidate


def find_links(text: str) -> list[str]:
    """Whole http and https addresses in bare text, without the punctuation that follows them."""
    return [_trimmed(match.group()) for match in URL.finditer(text)] if "://" in text else []


def _trimmed(url: str) -> str:
    bare = url.rstrip(URL_TAIL)
    end, unopened = len(bare), bare.count(")") - bare.count("(")
    while unopened > 0 and bare[end - 1] == ")":
        end, unopened = end - 1, unopened - 1
        while bare[end - 1] in URL_TAIL:
            end -= 1
    return bare[:end]


def joined(page: str, link: str) -> str:
    """A link that stands on a page, as a whole address; '' where it can be none (`//[`)."""
    try:
        return urljoin(page, link)
    except ValueError:
        return ""


def find_mentions(text: str) -> tuple[str, ...]:
    """Handles in bare text, without '@', each once; no e-mail addresses."""
    return tuple(dict.fromkeys(match.group(1) for match in MENTION.finditer(text))) if "@" in text or "＠" in text else ()


def plain_entities(text: str) -> str:
    """HTML entities decoded, once."""
    return ENTITY.sub(lambda match: html.unescape(match.group()), text) if "&" in text else text


def html_to_text(source: str) -> str:
    """HTML as plain text: `<br>` is a new line, a paragraph ends in a blank line, scripts and styles are gone, entities are
    decoded once. Raises NotAPost where there are more than MOST_TAGS tags."""
    return read_html(source)[0]


def read_html(source: str) -> tuple[str, tuple[str, ...]]:
    """(plain text, links) of HTML; addresses of mentions and hashtags are no links. Raises as `html_to_text`."""
    if not source:
        return "", ()
    if source.count("<") > MOST_TAGS:
        raise NotAPost(f"its HTML has more than {MOST_TAGS:,} tags")
    safe = PLAIN.clean(sound_text(source))
    lines = BLOCK_END.sub("\n\n", BLOCK_BEGIN.sub("\n", LINE_END.sub("\n", " ".join(safe.splitlines()))))
    text = html.unescape(ANY_TAG.sub("", lines))
    text = "\n".join(line.strip(" \t") for line in text.split("\n"))
    return BLANK_LINES.sub("\n\n", text).strip(), _links(safe) if "<a " in safe else ()


def _links(safe: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for anchor in ANCHOR.finditer(safe):
        attributes = dict(ATTRIBUTE.findall(anchor.group(1)))
        kinds = f"{attributes.get('class', '')} {attributes.get('rel', '')}".split()
        if "href" in attributes and not NOT_A_LINK.intersection(kinds):
            found[html.unescape(attributes["href"])] = None
    return tuple(found)


SAYS_UTC = (".000Z", "Z")
"""How times end that most platforms give: they need only be checked."""


def utc(value: object) -> str:
    """A moment as `YYYY-MM-DDTHH:MM:SSZ`, from ISO 8601 with a zone, from X's `Sat May 23 18:01:55 +0000 2020`, or from
    seconds or milliseconds since 1970 as a number. Raises ValueError for anything else; a time without a zone is none."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1000 if abs(value) >= MILLISECONDS_FROM else value, UTC)
        elif isinstance(value, str):
            if value[7:17:3] == "-T::" and value[19:] in SAYS_UTC:
                datetime.fromisoformat(value)
                return f"{value[:19]}Z"
            legacy = LEGACY_TIME.fullmatch(value.strip())
            moment = datetime.fromisoformat(_iso(legacy) if legacy else value.strip())
        else:
            raise ValueError("no time")
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return written(moment)
    except (OverflowError, OSError, KeyError) as error:
        raise ValueError("no time") from error


def _iso(legacy: re.Match[str]) -> str:
    month, day, clock, hours, minutes, year = legacy.groups()
    return f"{year}-{MONTHS[month]:02}-{int(day):02}T{clock}{hours}:{minutes}"


def moment_or_none(value: object) -> str | None:
    """A moment that is written out, by `utc`; None where it is none."""
    try:
        return utc(value) if isinstance(value, str) else None
    except ValueError:
        return None


def moment_of(value: object, *, earliest: str, what: str = "created_at") -> str:
    """`utc`, but a time before `earliest` or after the year 2100 is refused too. Raises NotAPost naming `what`."""
    try:
        moment = utc(value)
    except ValueError:
        wrong = "is missing" if value is None else "cannot be read, or does not say its zone"
        raise NotAPost(f"its time {wrong} ({what})") from None
    if not earliest <= moment < "2101":
        raise NotAPost(f"its time cannot be right ({what} is before {earliest[:4]} or after 2100)")
    return moment


def is_lossy_number(value: str) -> bool:
    """Whether an id went through a spreadsheet or a float on its way (`1.26426E+18`, `1.0`), so that digits are gone."""
    return NUMBER.fullmatch(value.strip()) is not None and not value.strip().isdigit()


def sound(post: Post) -> Post:
    """The post without NUL characters, and with U+FFFD for halves of surrogate pairs, which no file or store can hold."""
    said = "\n".join(_strings(post))
    if ("\0" not in said) if said.isascii() else not UNSOUND.search(said):
        return post
    author = post.author and replace(post.author, **_mended_fields(post.author, _AUTHOR_TEXTS))
    return replace(
        post,
        author=author,
        hashtags=tuple((sound_text(tag), sound_text(spelled)) for tag, spelled in post.hashtags),
        links=tuple(sound_text(link) for link in post.links),
        mentions=tuple(sound_text(handle) for handle in post.mentions),
        **_mended_fields(post, _POST_TEXTS),
    )


_POST_TEXTS = ("native_id", "text", "url", "lang", "reply_to", "conversation_id", "quote_of", "repost_of")
_AUTHOR_TEXTS = ("native_id", "handle", "display_name")


def _mended_fields(record: Post | Author, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: sound_text(getattr(record, name)) for name in names}


def _strings(post: Post) -> list[str]:
    author: Author | None = post.author
    named = () if author is None else (author.native_id, author.handle, author.display_name)
    said = (post.url, post.lang, post.reply_to, post.conversation_id, post.quote_of, post.repost_of, *named)
    strings = [post.native_id, post.text, *filter(None, said), *post.links, *post.mentions]
    for pair in post.hashtags:
        strings += pair
    return strings


def sound_text(value: str) -> str:
    """Text without NUL characters, and with U+FFFD for halves of surrogate pairs."""
    if not value or not UNSOUND.search(value):
        return value
    return value.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
