"""Posts of X as 4CAT gives them: rows of its tables (data sources twitterv2 and twitter-import), and items of its NDJSON that X's
API v2 gave (twitterv2). Pure.

4CAT writes a repost as `RT @name: ` and the whole text of the original. Its `timestamp` has no zone and its `unix_timestamp` may
be off by its server's, so that the time inside the id is taken. What is linked stands in no order, so short addresses stay.
"""

from collections.abc import Mapping
from typing import Any

from tracker.platforms.fourcat import GONE, said
from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects
from tracker.platforms.text import find_mentions, plain_entities, sound, tag_pairs
from tracker.platforms.x import read_post
from tracker.platforms.x_cells import author_in, count_in, exact_in, id_in_cells
from tracker.platforms.x_named import REPEATED, links_in, tags_in, time_by_id
from tracker.platforms.x_parts import EXACT_ID, MEDIA_ADDRESS, address, is_cut, language
from tracker.records import Author, Counts, Post


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Raises NotAPost with the reason, PrivatePost for a post that was gone when 4CAT asked."""
    cell = Cells(row)
    native_id = id_in_cells(cell("id"), cell("link"), url_name="link")
    body = plain_entities(cell.text("body"))
    if not body.strip() or body.strip() == "REDACTED":
        if cell("author") == "UNKNOWN" or cell("subject"):
            raise PrivatePost(GONE)
        raise NotAPost("it has no text")
    repost = cell.yes("is_retweet")
    repost = REPEATED.match(body) is not None if repost is None else repost
    cut = repost and is_cut(body)
    text = body if cut or cell.yes("is_retweet") is not True else REPEATED.sub("", body, count=1)
    author = author_in(said(cell("author")), said(cell("author_id")), said(cell("author_fullname")))
    links = [link for link in cell.addresses("urls") if not MEDIA_ADDRESS.fullmatch(link)]
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=time_by_id(native_id, cell("timestamp"), cell("unix_timestamp")),
            url=address(native_id, author.handle if author else None),
            author=author,
            lang=language(cell("language_guess")),
            kind=_kind(cell, repost=repost),
            conversation_id=exact_in(cell("thread_id")),
            quote_of=exact_in(cell("quote_tweet_id")) if not repost else None,
            truncated=cut,
            detail=1,
            hashtags=tag_pairs(tags_in(text, cut=cut, listed=cell.listed("hashtags"))),
            links=tuple(dict.fromkeys(links)) or links_in(text, cut=cut),
            mentions=tuple(dict.fromkeys(filter(None, map(said, cell.listed("mentions"))))) or find_mentions(text),
            counts=Counts() if repost else _counts(cell),
        )
    )


def _kind(cell: Cells, *, repost: bool) -> str:
    if repost:
        return "repost"
    if cell.yes("is_reply"):
        return "reply"
    return "quote" if cell.yes("is_quote_tweet") else "original"


def _counts(cell: Cells) -> Counts:
    return Counts(
        likes=count_in(cell("like_count")),
        reposts=count_in(cell("retweet_count")),
        replies=count_in(cell("reply_count")),
        quotes=count_in(cell("quote_count")),
        views=count_in(cell("impression_count")),
    )


def read_item(tweet: Mapping[str, Any]) -> Post:
    """A post from an item of the data source twitterv2, whose author stands in `author_user` (of old: author_username ...).

    Raises as `read_table_row`, and PrivatePost for posts of protected accounts."""
    user = inner(tweet.get("author_user"))
    handle = user.get("username") or tweet.get("author_username")
    if not tweet.get("text") and (handle == "UNKNOWN" or "subject" in tweet):
        raise PrivatePost(GONE)
    return read_post(_as_flattened(tweet))


def _as_flattened(tweet: Mapping[str, Any]) -> dict[str, Any]:
    """The item as twarc2 flattens tweets, without what 4CAT put in place of authors."""
    user = inner(tweet.get("author_user"))
    known = said(str(tweet.get("author_id") or user.get("id") or ""))
    author = {
        "username": said(user.get("username") or tweet.get("author_username")),
        "name": said(user.get("name") or tweet.get("author_fullname")),
        "protected": user.get("protected"),
    }
    kept = {name: value for name, value in tweet.items() if not name.startswith("author")}
    if EXACT_ID.fullmatch(known):
        kept |= {"author_id": known, "author": author | {"id": known}}
    elif author["protected"] is True:
        kept["author"] = author
    if "referenced_tweets" in tweet:
        kept["referenced_tweets"] = [_as_flattened(one) if "text" in one else one for one in objects(tweet["referenced_tweets"])]
    return kept


def by_handle(post: Post, tweet: Mapping[str, Any]) -> Author | None:
    """The author of an item of which only the handle is left."""
    handle = said(inner(tweet.get("author_user")).get("username") or tweet.get("author_username"))
    return post.author or author_in(handle)
