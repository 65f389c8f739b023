"""Posts of X as rows of the tables that browser extensions save while somebody scrolls: one row (column -> cell) -> one Post.
Pure.

Their times are local, in a zone that the table does not say; the time inside the id is taken. Numbers of authors are not in them.
"""

from collections.abc import Mapping

from tracker.platforms.named_cells import without_nothing
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import find_hashtags, find_links, sound, tag_pairs
from tracker.platforms.x_cells import author_in, count_in, id_in_cells, time_in_cell
from tracker.platforms.x_parts import RETWEET_STUMP, Addresses, address, is_cut, language
from tracker.records import Counts, Post

OWN_ADDRESS = ("tweet_url", "url", "link")


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Raises NotAPost with the reason."""
    row = without_nothing(row, "full_text")
    native_id = id_in_cells(row["tweet_id"], next((row[name] for name in OWN_ADDRESS if row.get(name, "").strip()), ""))
    text = Addresses(native_id).spelled_out(row["full_text"])
    if not text.strip():
        raise NotAPost("it has no text")
    author = author_in(row["username"], name_cell=row.get("name", ""))
    repost = RETWEET_STUMP.match(text) is not None
    links = [link for link in _split(row.get("url_mentions", "")) if "://" in link] or find_links(text)
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=time_in_cell(row["created_at"], native_id),
            url=address(native_id, author.handle if author else None),
            author=author,
            lang=language(row.get("lang", "").strip()),
            kind="repost" if repost else "quote" if row.get("is_quote_status", "").strip().casefold() == "true" else "original",
            truncated=repost and is_cut(text),
            detail=1,
            hashtags=tag_pairs(find_hashtags(text)),
            links=tuple(dict.fromkeys(links)),
            mentions=tuple(dict.fromkeys(_split(row.get("user_mentions", "")))),
            counts=Counts() if repost else _counts(row),
        )
    )


def _counts(row: Mapping[str, str]) -> Counts:
    return Counts(
        likes=count_in(row.get("favorite_count", "")),
        reposts=count_in(row.get("retweet_count", "")),
        replies=count_in(row.get("reply_count", "")),
        quotes=count_in(row.get("quote_count", "")),
        views=count_in(row.get("view_count", "")),
    )


def _split(cell: str) -> list[str]:
    return [part.strip().lstrip("@") for part in cell.split(";") if part.strip()]
