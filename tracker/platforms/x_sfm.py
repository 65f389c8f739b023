"""Posts of X as rows of Social Feed Manager, whose later tables are those of twarc 1 (json2csv): one row -> one Post. Pure.

A repost has the text, the hashtags and the likes of its original, but the links of its own cut text; in tables from before 2018
its text is cut. Texts have short addresses, whose targets are listed in the order of the text; that of a picture stands last.
"""

from collections.abc import Mapping

from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import find_mentions, sound, tag_pairs
from tracker.platforms.x_cells import author_in, count_in, exact_in, id_in_cells, time_in_cell
from tracker.platforms.x_named import CUT_BEFORE_LINK, links_in, tags_in
from tracker.platforms.x_parts import RETWEET_STUMP, SHORT_ADDRESS, Addresses, address, is_cut, language
from tracker.records import Counts, Post

KINDS = {"retweet": "repost", "reply": "reply", "quote": "quote", "original": "original"}
IDS = ("id", "twitter_id")
ADDRESSES = ("tweet_url", "twitter_url")
OF_ANOTHER = ("retweet_or_quote_id", "reweet_or_quote_id")
"""The second is how twarc spelled it until 2018."""


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Raises NotAPost with the reason."""
    cell = Cells(row)
    whole = exact_in(cell(*IDS))
    native_id = whole or id_in_cells(cell(*IDS), cell(*ADDRESSES), id_name="twitter_id" if cell("twitter_id") else "id")
    kind = _kind(cell)
    addresses = _addresses(cell, native_id, kind)
    text = addresses.spelled_out(cell.text("text"))
    if not text.strip():
        raise NotAPost("it has no text")
    stump = RETWEET_STUMP.match(text) is not None
    kind = "repost" if stump and kind == "original" else kind
    cut = (stump and is_cut(text)) or CUT_BEFORE_LINK.search(text) is not None
    author = author_in(cell("user_screen_name", "screen_name"), cell("user_id"), cell("user_name"))
    other = exact_in(cell(*OF_ANOTHER))
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=time_in_cell(cell("created_at", "parsed_created_at", "created_at_date"), native_id),
            url=address(native_id, author.handle if author else None),
            author=author,
            lang=language(cell("lang")),
            kind=kind,
            reply_to=exact_in(cell("in_reply_to_status_id")),
            quote_of=other if kind == "quote" else None,
            repost_of=other if kind == "repost" else None,
            truncated=cut,
            detail=1,
            hashtags=tag_pairs(tags_in(text, cut=cut, listed=cell.listed("hashtags", ", "))),
            links=addresses.links or links_in(text, cut=cut),
            mentions=tuple(dict.fromkeys(name.lstrip("@") for name in cell.listed("mentions", ", "))) or find_mentions(text),
            counts=_counts(cell) if kind != "repost" else Counts(),
        )
    )


def _kind(cell: Cells) -> str:
    if said := KINDS.get(cell("tweet_type").casefold()):
        return said
    if cell.yes("is_retweet_strict") or cell.yes("is_retweet"):
        return "repost"
    if cell("in_reply_to_status_id"):
        return "reply"
    return "quote" if cell.yes("is_quote") else "original"


def _addresses(cell: Cells, native_id: str, kind: str) -> Addresses:
    """What the short addresses in the text stand for, as far as they can be told apart."""
    addresses = Addresses(native_id)
    numbered = [(cell(f"url{n}"), cell(f"url{n}_expanded")) for n in (1, 2)]
    addresses.add({"url": short or None, "expanded_url": target or None} for short, target in numbered if short or target)
    targets = [target for target in cell.addresses("urls") if not target.endswith(f"/i/web/status/{native_id}")]
    shorts = SHORT_ADDRESS.findall(cell.text("text"))
    pictures = len(shorts) - len(targets)
    if kind != "repost" and 0 <= pictures <= (1 if cell("media", "media_url") else 0):
        addresses.add({"url": short, "expanded_url": target} for short, target in zip(shorts, targets, strict=False))
        for short in shorts[len(targets) :]:
            addresses.add_media(short)
    else:
        addresses.add({"expanded_url": target} for target in targets)
    return addresses


def _counts(cell: Cells) -> Counts:
    return Counts(
        likes=count_in(cell("favorite_count", "like_count", "favorite_count/like_count")), reposts=count_in(cell("retweet_count"))
    )
