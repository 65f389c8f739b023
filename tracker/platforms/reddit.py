"""Posts of Reddit as its API and the dumps made from it have them (Pushshift, Arctic Shift): one object -> one Post. Pure.

- A submission is `t3_` and its id, a comment `t1_` and its id. A comment's conversation is its submission (`link_id`).
- What was deleted by its author or removed is left out, also where a dump kept the words that were there before
  (`_meta.was_deleted_later`). What came back (`_meta.was_initially_deleted`, with the same `removal_type` beside it) is read. A
  post that stands under a deleted account is kept, its author unknown.
  https://github.com/ArthurHeitmann/arctic_shift/blob/master/file_content_explanations.md
- An author is known by name, which Reddit never gives away again; older dumps have no other id.
- `score` is votes for minus votes against, blurred by Reddit and often taken within seconds of posting. It is no number of
  likes, so likes stay unknown. `num_comments` counts a whole thread; it is what is known of replies.
- Text is Markdown with HTML entities; the entities are decoded, once, and the marks taken away. The options of a poll follow.
"""

import re
from collections.abc import Mapping
from typing import Any

from tracker.platforms.markdown import plain_markdown
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import find_hashtags, find_links, moment_of, plain_entities, sound, tag_pairs, utc
from tracker.records import Author, Counts, Post

EARLIEST = "2005-06-01T00:00:00Z"
SITE = "https://www.reddit.com"
ID = re.compile(r"[0-9a-z]{1,13}")
FULL_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
SUBMISSION = re.compile(r"t3_[0-9a-z]{1,13}")
GONE = {"[deleted]", "[deleted by user]"}
REMOVED = {"[removed]", "[ removed by reddit ]", "[removed by reddit]"}
DELETED = "deleted by its author"
TAKEN_DOWN = "removed by moderators or by Reddit"
PRIVATE = "in a private community"
CLOSED = ("private", "employees_only", "gold_only")
NOBODY = {"[deleted]", "[removed]"}
MENTION = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w-])")
OWN_PAGES = re.compile(r"https?://(?:[\w-]+\.)?(?:reddit\.com/|redd\.it/)", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def read_post(item: Mapping[str, Any]) -> Post:
    """A post from a submission or a comment. Raises NotAPost with the reason, PrivatePost for what is left out on purpose."""
    is_comment = "body" in item
    if not is_comment and "title" not in item:
        raise NotAPost("it is neither a submission nor a comment of Reddit: it has no title and no body")
    _refuse_what_is_gone(item)
    own_id = item.get("id")
    if not isinstance(own_id, str) or not ID.fullmatch(own_id):
        raise NotAPost("it has no id")
    parent, link = _full_name(item.get("parent_id")), _full_name(item.get("link_id"))
    if is_comment and link is None and parent and SUBMISSION.fullmatch(parent):
        link = parent
    text, targets = _text(item)
    edited, seen_at = _moment(item.get("edited")), _seen_at(item)
    quoted = _full_name(item.get("crosspost_parent"))
    return sound(
        Post(
            platform="reddit",
            native_id=f"{'t1' if is_comment else 't3'}_{own_id}",
            text=text,
            created_at=moment_of(_number(item.get("created_utc")), earliest=EARLIEST, what="created_utc"),
            url=_url(item, own_id, link) if is_comment else _url(item, None, f"t3_{own_id}"),
            author=_author(item),
            edited_at=edited,
            kind="reply" if is_comment else "quote" if quoted else "original",
            reply_to=parent if is_comment else None,
            conversation_id=link if is_comment else None,
            quote_of=None if is_comment else quoted,
            seen_at=seen_at,
            hashtags=tag_pairs(find_hashtags(text)),
            links=tuple(dict.fromkeys([*([] if is_comment else _shared(item)), *targets, *find_links(text)])),
            mentions=tuple(dict.fromkeys(MENTION.findall(text))),
            counts=Counts(seen_at=seen_at, replies=None if is_comment else whole_count(item.get("num_comments"))),
        )
    )


def _refuse_what_is_gone(item: Mapping[str, Any]) -> None:
    meta = inner(item.get("_meta"))
    came_back = meta.get("was_initially_deleted") is True and meta.get("was_deleted_later") is not True
    for said in (None if came_back else meta.get("removal_type"), item.get("removed_by_category"), item.get("removal_reason")):
        if isinstance(said, str) and said:
            raise PrivatePost(DELETED if said in ("deleted", "author") else TAKEN_DOWN)
    if meta.get("was_deleted_later") is True:
        raise PrivatePost(DELETED)
    if item.get("removed") is True or item.get("spam") is True:
        raise PrivatePost(TAKEN_DOWN)
    if item.get("subreddit_type") in CLOSED:
        raise PrivatePost(PRIVATE)
    if _author(item) is None and item.get("is_robot_indexable") is False:  # a link whose author deleted it keeps its title
        raise PrivatePost(DELETED)
    for name in ("body", "selftext", "title"):
        shown = item.get(name)
        words = shown.strip().casefold() if isinstance(shown, str) else ""
        if words in GONE:
            raise PrivatePost(DELETED)
        if words in REMOVED:
            raise PrivatePost(TAKEN_DOWN)


def _text(item: Mapping[str, Any]) -> tuple[str, list[str]]:
    """(a comment's body, or a submission's title, a blank line and its text; the addresses that its links lead to)."""
    names = ("body",) if "body" in item else ("title", "selftext")
    parts: list[str] = []
    targets: list[str] = []
    for name in names:
        part = item.get(name)
        if not isinstance(part, str | None):
            raise NotAPost(f"its {name} is not text")
        plain = plain_entities(part or "").replace("\u200b", "").strip()
        if name != "title":
            plain, targets = plain_markdown(plain)
        parts.append(plain)
    if not any(parts):
        raise NotAPost("it has no text")
    options = [option.get("text") for option in objects(inner(item.get("poll_data")).get("options"))]
    parts.append("\n".join(f"- {plain_entities(option)}" for option in options if isinstance(option, str)))
    return "\n\n".join(part for part in parts if part), targets


def _author(item: Mapping[str, Any]) -> Author | None:
    name = some_text(item.get("author"))
    return None if name is None or name in NOBODY else Author("reddit", f"@{name.lower()}", name)


def _url(item: Mapping[str, Any], comment: str | None, link: str | None) -> str | None:
    """The address of a post: its permalink, or what it is made of."""
    permalink = some_text(item.get("permalink"))
    if permalink and permalink.startswith("/") and " " not in permalink:
        return f"{SITE}{permalink}"
    if link is None:
        return None
    return f"{SITE}/comments/{link[3:]}/_/{comment}/" if comment else f"{SITE}/comments/{link[3:]}/"


def _shared(item: Mapping[str, Any]) -> list[str]:
    """The address that a submission is about, where it leads out of Reddit."""
    address = plain_entities(some_text(item.get("url")) or "")
    return find_links(address) if item.get("is_self") is not True and not OWN_PAGES.match(address) else []


def _full_name(value: object) -> str | None:
    return value if isinstance(value, str) and FULL_NAME.fullmatch(value) else None


def _number(value: object) -> object:
    """Seconds since 1970, which some dumps give as text."""
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value


def _moment(value: object) -> str | None:
    """A time of which nothing hangs; None where there is none (`edited` is false, or true with the time unknown)."""
    try:
        moment = utc(_number(value))
    except ValueError:
        return None
    return moment if EARLIEST <= moment < "2101" else None


def _seen_at(item: Mapping[str, Any]) -> str | None:
    """When the dump last asked for the post."""
    asked = (inner(item.get("_meta")).get("retrieved_2nd_on"), item.get("retrieved_on"), item.get("retrieved_utc"))
    return next((moment for value in asked if (moment := _moment(value))), None)
