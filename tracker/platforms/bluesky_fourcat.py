"""Posts of Bluesky as 4CAT gives them (data source bsky): rows of its tables, and items of its NDJSON, which are post views whose
names are spelled as Python does (like_count). Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracker.platforms.bluesky import COLLECTION, DID, address_parts, read_record, read_view
from tracker.platforms.fourcat import said
from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import inner
from tracker.platforms.text import utc
from tracker.platforms.x_cells import count_in
from tracker.records import Counts, Post

POST_PAGE = re.compile(r"https://bsky\.app/profile/([^/\s]+)/post/([\w.~:-]+)")
DEEPEST = 60


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Which post it answers or quotes is known only where the address there names its author by DID, or where
    it is the first of its thread. Raises NotAPost with the reason."""
    cell = Cells(row)
    parts = address_parts(cell("id"))
    if parts is None:
        raise NotAPost("it has no address of a post of Bluesky (id)" if cell("id") else "it has no id")
    root = cell("thread_id")
    is_reply = bool(cell("replied_to_post")) or (address_parts(root) is not None and root != cell("id"))
    record = {
        "$type": COLLECTION,
        "text": cell.text("body"),
        "createdAt": cell("created_at") or _time(cell("timestamp")),
        "langs": cell.listed("languages"),
        "tags": cell.listed("tags"),
        "labels": {"values": [{"val": label} for label in cell.listed("labels")]},
    }
    if not record["text"] and not cell("links", "images", "quoted_post"):
        raise NotAPost("it has no text")
    profile = {"handle": said(cell("author")), "displayName": said(cell("author_display_name"))}
    post = read_record(*parts, record, profile=profile)
    quoted = _address(cell("quoted_post"))
    return replace(
        post,
        author=post.author if DID.fullmatch(cell("author_id") or parts[0]) else None,
        kind="reply" if is_reply else "quote" if cell("quoted_post") else "original",
        reply_to=_answered(cell, root) if is_reply else None,
        conversation_id=root if is_reply and address_parts(root) else None,
        quote_of=quoted,
        detail=1,
        links=tuple(dict.fromkeys([*cell.addresses("links"), *post.links])),
        mentions=tuple(dict.fromkeys(name for name in cell.listed("mentions") if said(name) and not DID.fullmatch(name))),
        counts=Counts(
            likes=count_in(cell("like_count")),
            reposts=count_in(cell("repost_count")),
            replies=count_in(cell("reply_count")),
            quotes=count_in(cell("quote_count")),
        ),
    )


def _time(seconds: str) -> str | None:
    try:
        return utc(float(seconds))
    except ValueError:
        return None


def _address(page: str) -> str | None:
    """The at:// address of a post that is shown at a page; None where the page names its author by handle."""
    found = POST_PAGE.fullmatch(page)
    return f"at://{found[1]}/{COLLECTION}/{found[2]}" if found and DID.fullmatch(found[1]) else None


def _answered(cell: Cells, root: str) -> str | None:
    page = POST_PAGE.fullmatch(cell("replied_to_post"))
    first = address_parts(root)
    return root if page and first and page[2] == first[1] else _address(cell("replied_to_post"))


def read_item(item: Mapping[str, Any]) -> Post:
    """A post from an item of the data source's NDJSON. Raises as tracker.platforms.bluesky.read_view."""
    view = _respelled(item, DEEPEST)
    view["author"] = {name: value for name, value in inner(view.get("author")).items() if not _is_replaced(value)}
    collected = inner(item.get("4CAT_metadata")).get("collected_at")
    post = read_view(view, seen_at=_time(str(collected)))
    return replace(post, author=post.author if _did_is_there(item) else None)


def _is_replaced(value: object) -> bool:
    return isinstance(value, str) and value != "" and said(value) == ""


def _did_is_there(item: Mapping[str, Any]) -> bool:
    author = item.get("author")
    return isinstance(author, dict) and bool(said(author.get("did")))


def _respelled(value: Any, depth: int) -> Any:
    """JSON with the names that the API itself has: py_type -> $type, like_count -> likeCount."""
    if depth == 0:
        raise NotAPost("its JSON is nested too deeply")
    if isinstance(value, list):
        return [_respelled(one, depth - 1) for one in value]
    if not isinstance(value, dict):
        return value
    return {_name(name): _respelled(one, depth - 1) for name, one in value.items()}


def _name(spelled: str) -> str:
    if spelled == "py_type":
        return "$type"
    first, *others = spelled.split("_")
    return first + "".join(part.capitalize() for part in others)
