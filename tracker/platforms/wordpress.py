"""Posts and comments of WordPress as it exports them: what is kept of one item or comment (a plain dictionary) -> one Post. Pure.

- What is read never has e-mail addresses, IP addresses or browsers of those who commented: the readers do not pick them up.
- Only what everybody could read is kept: published posts and pages without a password, and approved comments on such.
- A comment's id is the guid of its post with `#comment-N`, as in the feeds of WordPress, so that the same comment is one post
  here whichever way it came. A table that names no address of the post tells neither site nor guid: there, the numbers of comment
  and post and the second in which it was made are the id.
- WordPress makes paragraphs of blank lines when it shows a text; so does this.
"""

import re
from collections.abc import Mapping
from typing import Any

from tracker.platforms.feed_times import EARLIEST, moment_in_feed, moment_or_local
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import some_text
from tracker.platforms.site_names import author_named, host_of
from tracker.platforms.text import find_hashtags, find_links, plain_entities, read_html, sound, tag_pairs
from tracker.records import Post

ARTICLES = ("post", "page")
COMMENTS = ("", "comment", "review")
"""`comment_type` of what people wrote; others are notices between sites (pingback), notes on orders and the like."""
PUBLISHED = ("publish", "inherit", "")
APPROVED = ("1", "approve", "approved", "yes", "true")
NO_TIME = re.compile(r"0{4}-0{2}-0{2}.*|")
BLOCK = re.compile(r"<(?:p|br|div|ul|ol|table|blockquote|h[1-6]|pre)\b", re.IGNORECASE)
SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|contact-form|vc_\w+|et_pb_\w+|fusion_\w+)(?:\s[^\[\]]{0,1000})?\]",
    re.IGNORECASE,
)
UNKNOWN_SITE = "wordpress:?p="
NUMBER = re.compile(r"[1-9][0-9]{0,18}")


def read_article(item: Mapping[str, Any]) -> Post:
    """A post from a post or page. Raises NotAPost with the reason, PrivatePost for what is left out on purpose."""
    _refuse_what_is_closed(item)
    kind = item.get("type") or "post"
    if kind not in ARTICLES:
        raise PrivatePost(f"not a post ({kind:.20})")
    guid = _guid(item)
    title = " ".join(plain_entities(item.get("title") or "").split())
    body, links = wordpress_text(SHORTCODE.sub("", item.get("content") or ""))
    text = "\n\n".join(part for part in (title, body) if part)
    if not text:
        raise NotAPost("it has no text")
    link, site = some_text(item.get("link")), item.get("site") or ""
    made, changed = _published(item), _utc(item.get("modified_gmt"))
    tags = [tag for tag in item.get("tags") or () if tag and not re.search(r"[\s/:]", tag) and not tag.isnumeric()]
    return sound(
        Post(
            platform="blog",
            native_id=guid,
            text=text,
            created_at=made,
            url=link,
            author=author_named("blog", item.get("author"), host_of(link or "") or site),
            lang=some_text(item.get("language")),
            edited_at=changed if changed and changed > made else None,
            truncated=not body,
            hashtags=tag_pairs([*find_hashtags(text), *tags]),
            links=tuple(dict.fromkeys(one for one in (*links, *find_links(text)) if "://" in one)),
        )
    )


def read_comment(item: Mapping[str, Any]) -> Post:
    """A post from a comment, whose `post` says what it stands under. Raises as `read_article`."""
    above: Mapping[str, Any] = item.get("post") or {}
    _refuse_what_is_closed(above)
    approved, kind = str(item.get("comment_approved") or "").casefold(), str(item.get("comment_type") or "").casefold()
    if kind not in COMMENTS:
        raise PrivatePost(f"not a post ({kind:.20})")
    if approved not in APPROVED:
        raise PrivatePost(f"not approved ({ {'0': 'waiting', '': 'it does not say'}.get(approved, approved):.20})")
    number = str(item.get("comment_id") or "").strip()
    if not NUMBER.fullmatch(number):
        raise NotAPost("it has no comment_id, or a damaged one")
    text, links = wordpress_text(item.get("comment_content") or "")
    if not text:
        raise NotAPost("it has no text")
    made = _made(item)
    conversation, parent = _above(item, above), str(item.get("comment_parent") or "").strip()
    link, answers = some_text(above.get("link")), NUMBER.fullmatch(parent) is not None
    by_guid = not conversation.startswith(UNKNOWN_SITE)
    return sound(
        Post(
            platform="blog",
            native_id=f"{conversation}#comment-{number}" if by_guid else f"{conversation}#comment-{number}@{made}",
            text=text,
            created_at=made,
            url=f"{link}#comment-{number}" if link else None,
            author=author_named("blog", item.get("comment_author"), host_of(link or "") or above.get("site") or ""),
            lang=some_text(above.get("language")),
            kind="reply",
            reply_to=(f"{conversation}#comment-{parent}" if by_guid else some_text(item.get("parent_id")))
            if answers
            else conversation,
            conversation_id=conversation,
            hashtags=tag_pairs(find_hashtags(text)),
            links=tuple(dict.fromkeys(one for one in (*links, *find_links(text)) if "://" in one)),
        )
    )


def wordpress_text(source: str) -> tuple[str, tuple[str, ...]]:
    """(plain text, links) of a text as WordPress keeps it."""
    if not BLOCK.search(source):
        paragraphs = re.split(r"\n[ \t\r]*\n", source.replace("\r\n", "\n").strip())
        source = "".join(f"<p>{'<br>'.join(paragraph.splitlines())}</p>" for paragraph in paragraphs)
    return read_html(source)


def has_only_local_time(item: Mapping[str, Any]) -> bool:
    """Whether a comment says when it was made only by the clock of its site, whose zone nothing tells."""
    return bool(NO_TIME.fullmatch(str(item.get("comment_date_gmt") or "").strip()))


def _refuse_what_is_closed(item: Mapping[str, Any]) -> None:
    status = item.get("status") or ""
    if status not in PUBLISHED:
        raise PrivatePost(f"not published ({status:.20})")
    if item.get("locked"):
        raise PrivatePost("behind a password")


def _guid(item: Mapping[str, Any]) -> str:
    found = some_text(item.get("guid")) or some_text(item.get("link"))
    if found is None:
        raise NotAPost("it has neither a guid nor an address")
    return found


def _above(item: Mapping[str, Any], above: Mapping[str, Any]) -> str:
    if some_text(above.get("guid")) or some_text(above.get("link")):
        return _guid(above)
    number = str(item.get("comment_post_id") or "").strip()
    if not NUMBER.fullmatch(number):
        raise NotAPost("it does not say on which post it is")
    return f"{UNKNOWN_SITE}{number}"


def _utc(said: object) -> str | None:
    bare = str(said or "").strip()
    return None if NO_TIME.fullmatch(bare) else moment_in_feed(f"{bare}Z" if bare[-1:].isdigit() else bare)


def _published(item: Mapping[str, Any]) -> str:
    return _utc(item.get("date_gmt")) or moment_in_feed(str(item.get("pub_date") or ""), what="pubDate")


def _made(item: Mapping[str, Any]) -> str:
    made = _utc(item.get("comment_date_gmt"))
    if made is None:
        made = moment_or_local(str(item.get("comment_date") or ""), what="comment_date")[0]
    if made < EARLIEST:
        raise NotAPost(f"its time cannot be right (comment_date is before {EARLIEST[:4]})")
    return made
