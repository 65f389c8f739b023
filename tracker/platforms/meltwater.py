"""A row of Meltwater's export of mentions -> one Post, with the columns of old (Headline, Influencer, Tweet Id) or the newer ones
(Title, Author Handle, Document ID). Pure.

Of a post of X the whole text stands in `Hit Sentence` or `Opening Text`; of an article these are excerpts. Times are those of the
person who made the export. A row of Facebook whose reach is 0 is a comment on the page that it names, not by it.
"""

from collections.abc import Mapping
from datetime import tzinfo

from tracker.platforms.local_times import has_clock, zone_named
from tracker.platforms.mentions import Mention, platform_of, read_mention, tags_of
from tracker.platforms.named_cells import Cells
from tracker.platforms.x_cells import count_in
from tracker.records import Counts, Post

KINDS = ("source type", "information type", "media type")
OUTLETS = ("source", "source name")
LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr", "german": "de",
    "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja",
    "korean": "ko", "norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru",
    "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
    "welsh": "cy",
}  # fmt: skip
"""Meltwater writes the names of languages in English."""
QUOTE = ("qt @",)


def read_table_row(row: Mapping[str, str], zone: tzinfo | None = None) -> Post:
    """A post from a row. zone: that of its times, where the file states one. Raises as mentions.read_mention."""
    cell = Cells(row)
    url = cell("url")
    title = cell("title", "headline")
    kinds, outlets = (tuple(filter(None, map(cell, names))) for names in (KINDS, OUTLETS))
    platform = platform_of(url, kinds, outlets, default="news" if title else "other")
    on_a_page = "facebook.com" in url and cell("reach") == "0"
    opening, hit = cell.text("opening text").strip(), cell.text("hit sentence").strip()
    said = cell("language")
    return read_mention(
        Mention(
            url=url,
            platform=platform,
            id_cell=cell("tweet id"),
            text=_words(opening, hit, whole=platform in ("x", "bluesky", "mastodon")),
            title=title,
            is_excerpt=True,
            times=_times(cell),
            zone=zone_named(cell("time zone", "timezone")) or zone,
            written_by="" if on_a_page else cell("twitter screen name", "author handle", "influencer", "author name"),
            author_id=cell("twitter id") if platform == "x" else "",
            author_name=cell("author name"),
            did=cell("bluesky author id"),
            lang=LANGUAGES.get(said.casefold(), said if len(said) < 6 else None),
            kind="reply" if on_a_page else _kind(cell, hit or opening),
            hashtags=tags_of(cell.listed("hashtags", ",;")),
            links=cell.addresses("links"),
            counts=_counts(cell, known=platform in ("x", "bluesky", "mastodon")),
        )
    )


def _words(opening: str, hit: str, *, whole: bool) -> str:
    """What there is of the text. Of a short post the longer of the two is the text; of an article both are parts of it."""
    if whole or not opening or not hit:
        return max(opening, hit, key=len)
    bare = hit.strip(".… ")
    return opening if bare and bare in opening else f"{opening}\n\n{hit}"


def _times(cell: Cells) -> tuple[str, ...]:
    """`Date` with its clock; else a day and the clock beside it."""
    date = cell("date")
    return (date,) if has_clock(date) else (date or cell("alternate date format"), cell("time"))


def _kind(cell: Cells, text: str) -> str:
    kind = cell("content type", "engagement type").casefold()
    if kind in ("repost", "retweet", "share") or cell.yes("is retweet"):
        return "repost"
    if kind in ("reply", "comment"):
        return "reply"
    return "quote" if kind in ("quote", "quote post") or text.casefold().startswith(QUOTE) else "original"


def _counts(cell: Cells, *, known: bool) -> Counts:
    """Public counts; where a platform may not have them, 0 is no count."""
    groups = (("likes", "reactions"), ("reposts", "retweets", "shares"), ("replies", "comments"), ("quotes",), ("views",))
    found = (count_in(cell(*names)) for names in groups)
    likes, reposts, replies, quotes, views = (count if known else count or None for count in found)
    return Counts(likes=likes, reposts=reposts, replies=replies, quotes=quotes, views=views)
