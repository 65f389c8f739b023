"""Posts of X as rows of a TAGS sheet: one row (column -> cell) -> one Post. Pure.

A sheet that went through a spreadsheet program has ids that lost their last digits. The address of the post still has them.
"""

import json
from collections.abc import Mapping
from typing import Any

from tracker.platforms.named_cells import without_nothing
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import inner, objects, some_text
from tracker.platforms.text import find_hashtags, find_links, find_mentions, sound, tag_pairs
from tracker.platforms.x_cells import author_in, exact_in, id_in_cells, time_in_cell
from tracker.platforms.x_parts import RETWEET_STUMP, Addresses, address, is_cut
from tracker.records import Post


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Counts are not known: the sheet has only those of the author. Raises NotAPost with the reason."""
    row = without_nothing(row, "text")
    native_id = id_in_cells(row.get("id_str", ""), row.get("status_url", ""), id_name="id_str", url_name="status_url")
    if not row["text"].strip():
        raise NotAPost("it has no text")
    entities = _entities(row.get("entities_str", ""))
    addresses = Addresses(native_id)
    if entities is not None:
        addresses.add(objects(entities.get("urls")))
        for media in objects(entities.get("media")):
            addresses.add_media(some_text(media.get("url")))
    text = addresses.spelled_out(row["text"])
    repost = RETWEET_STUMP.match(text) is not None
    reply_to = exact_in(row.get("in_reply_to_status_id_str", ""))
    author = author_in(row.get("from_user", ""), row.get("from_user_id_str", ""))
    if entities is None:
        tags, links, named = find_hashtags(text), tuple(dict.fromkeys(find_links(text))), find_mentions(text)
    else:
        tags = [tag["text"] for tag in objects(entities.get("hashtags")) if isinstance(tag.get("text"), str)]
        links = addresses.links
        named = tuple(name for one in objects(entities.get("user_mentions")) if (name := some_text(one.get("screen_name"))))
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=time_in_cell(row.get("created_at", ""), native_id),
            url=address(native_id, author.handle if author else None),
            author=author,
            kind="repost" if repost else "reply" if row.get("in_reply_to_status_id_str", "").strip() else "original",
            reply_to=reply_to,
            truncated=(repost and is_cut(text)) or addresses.is_cut,
            detail=1,
            hashtags=tag_pairs(tags),
            links=links,
            mentions=tuple(dict.fromkeys(named)),
        )
    )


def _entities(cell: str) -> dict[str, Any] | None:
    """The entities as X gave them; None where the cell is empty or was cut."""
    try:
        return inner(json.loads(cell)) or None
    except (ValueError, RecursionError):
        return None
