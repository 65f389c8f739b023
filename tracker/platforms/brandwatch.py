"""A row of Brandwatch's "Bulk Mentions Download" -> one Post. Pure.

A column that does not fit a platform holds 0, which is no count there: of general columns only what is more than 0 is taken.
"""

from collections.abc import Mapping
from datetime import tzinfo

from tracker.platforms.local_times import zone_named
from tracker.platforms.mentions import Mention, platform_of, read_mention, tags_of
from tracker.platforms.named_cells import Cells, folded
from tracker.platforms.x_cells import STATUS, count_in
from tracker.records import Counts, Post

KINDS = ("page type", "content source", "content source name", "page type name", "unified source name", "media type")
REPOSTS = {"share", "repost", "retweet"}
REPLIES = {"reply", "comment"}


def read_table_row(row: Mapping[str, str], zone: tzinfo | None = None) -> Post:
    """A post from a row. zone: that of its times, where the file states one. Raises as mentions.read_mention."""
    cell = Cells(row)
    url = cell("url", "original url")
    platform = platform_of(url, tuple(filter(None, map(cell, KINDS))))
    entry = {cell("thread entry type").casefold(), cell("engagement type").casefold()}
    reposted, answered = (STATUS.search(cell(f"x {what}", f"twitter {what}")) for what in ("repost of", "reply to"))
    reposted = reposted or STATUS.search(cell("twitter retweet of", "x retweet of"))
    full = cell.text("full text").strip()
    date, stated = _date(row, cell)
    return read_mention(
        Mention(
            url=url,
            platform=platform,
            text=full or cell.text("snippet"),
            title=cell("title"),
            is_excerpt=not full,
            times=(date,),
            zone=stated or zone,
            written_by=cell("author"),
            author_id=cell("x author id", "twitter author id"),
            author_name=cell("full name"),
            did=cell("bluesky author id"),
            lang=cell("language"),
            kind=_kind(entry, reposted=reposted is not None, answered=answered is not None),
            reply_to=answered[1] if answered else None,
            repost_of=reposted[1] if reposted else None,
            thread=cell("thread url"),
            hashtags=tags_of(cell.listed("hashtags")),
            links=[*cell.addresses("expanded urls")],
            named=cell.listed("mentioned authors"),
            counts=_counts(cell, platform),
        )
    )


def _kind(entry: set[str], *, reposted: bool, answered: bool) -> str:
    if reposted or entry & REPOSTS:
        return "repost"
    if answered or entry & REPLIES:
        return "reply"
    return "quote" if "quote" in entry else "original"


def _date(row: Mapping[str, str], cell: Cells) -> tuple[str, tzinfo | None]:
    """(the time, the zone that a column states): of the column that has its zone in its name (`Date (UTC)`), where there is one;
    else of the column `Date`, in the zone that stands in a column of its own."""
    dates = [name for name in map(folded, row) if name.startswith("date (") and cell(name)]
    for name in dates:
        named = name[6:].removesuffix(")")
        if zone := zone_named(named.upper() if len(named) < 5 else named.title()):
            return cell(name), zone
    return cell("date", *dates), zone_named(cell("time zone", "timezone"))


def _counts(cell: Cells, platform: str) -> Counts:
    own = {"x": ("x", "twitter"), "bluesky": ("bluesky",)}.get(platform)
    if own:
        likes, reposts, replies, quotes = (
            count_in(cell(*(f"{prefix} {what}" for what in whats for prefix in own)))
            for whats in (("likes",), ("reposts", "retweets"), ("replies", "reply count"), ("quotes",))
        )
        return Counts(likes=likes, reposts=reposts, replies=replies, quotes=quotes)
    if platform == "reddit":
        return Counts(replies=count_in(cell("reddit comments")) or None)
    likes, reposts, replies = (count_in(cell(name)) or None for name in ("likes", "shares", "comments"))
    return Counts(likes=likes, reposts=reposts, replies=replies)
