"""Posts of Bluesky as rows of Communalytic, whose columns id, username, date and text are known: a row -> a Post. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from tracker.platforms.bluesky import COLLECTION, address_parts, read_record
from tracker.platforms.mapped import from_bsky_app
from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import find_mentions
from tracker.records import Post

ADDRESSES = ("id", "uri", "url", "link", "post_url")


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row: its address with the author's DID must stand in it. Raises NotAPost with the reason."""
    cell = Cells(row)
    found = [cell(name) for name in ADDRESSES if cell(name)]
    native_id = next((one for one in found if address_parts(one)), None) or next(
        (from_bsky_app(one) for one in found if one.startswith("https://bsky.app/profile/did:")), None
    )
    parts = address_parts(native_id or "")
    if parts is None:
        raise NotAPost("it has no address that begins with at://did: or https://bsky.app/profile/did:")
    text = cell.text("text")
    if not text.strip():
        raise NotAPost("it has no text")
    handle = cell("username").lstrip("@")
    record = {"$type": COLLECTION, "text": text, "createdAt": cell("date"), "langs": cell.listed("lang")}
    post = read_record(*parts, record, profile={"handle": handle} if "." in handle else {})
    return replace(post, detail=1, mentions=tuple(dict.fromkeys([*post.mentions, *find_mentions(text)])))
