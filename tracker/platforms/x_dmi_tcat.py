"""Posts of X as rows of DMI-TCAT: one row (column -> cell) -> one Post. Pure.

DMI-TCAT decodes HTML entities itself, makes blanks of line ends, and lists what goes together with `; ` between. Its `time` and
`created_at` are its server's. A repost has the whole text of its original behind `RT @name: ` since about 2016, before a cut one.
"""

from collections.abc import Mapping

from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import find_mentions, sound, tag_pairs
from tracker.platforms.x_cells import author_in, count_in, exact_in, id_in_cells
from tracker.platforms.x_named import links_in, tags_in, time_by_id, with_addresses
from tracker.platforms.x_parts import RETWEET_STUMP, address, is_cut, language
from tracker.records import Counts, Post


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Raises NotAPost with the reason."""
    cell = Cells(row)
    native_id = id_in_cells(cell("id"), "")
    addresses = with_addresses(native_id, short=cell("urls"), expanded=cell("urls_expanded"), followed=cell("urls_followed"))
    text = addresses.spelled_out(cell.text("text"), decoded=True)
    if not text.strip():
        raise NotAPost("it has no text")
    repost = RETWEET_STUMP.match(text) is not None or _id(cell, "retweet_id") is not None
    cut = is_cut(text) if repost else cell.yes("truncated") is True or addresses.is_cut
    reply_to, quote_of = _id(cell, "in_reply_to_status_id"), None if repost else _id(cell, "quoted_status_id")
    author = author_in(cell("from_user_name"), cell("from_user_id"), cell("from_user_realname"))
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=time_by_id(native_id, cell("created_at"), cell("time")),
            url=address(native_id, author.handle if author else None),
            author=author,
            lang=language(cell("lang")),
            kind="repost" if repost else "reply" if _refers(cell, "in_reply_to_status_id") else _or_quote(cell),
            reply_to=reply_to,
            quote_of=quote_of,
            repost_of=_id(cell, "retweet_id"),
            truncated=cut,
            detail=1,
            hashtags=tag_pairs(tags_in(text, cut=cut, listed=cell.listed("hashtags", ";"))),
            links=addresses.links or links_in(text, cut=cut),
            mentions=tuple(dict.fromkeys(cell.listed("mentions", ";") or find_mentions(text))),
            counts=Counts()
            if repost
            else Counts(likes=count_in(cell("favorite_count")), reposts=count_in(cell("retweet_count"))),
        )
    )


def _refers(cell: Cells, name: str) -> bool:
    """Whether a column names a post; DMI-TCAT writes 0 for none."""
    return cell(name).strip("'0. ") != ""


def _id(cell: Cells, name: str) -> str | None:
    return exact_in(cell(name)) if _refers(cell, name) else None


def _or_quote(cell: Cells) -> str:
    return "quote" if _refers(cell, "quoted_status_id") else "original"
