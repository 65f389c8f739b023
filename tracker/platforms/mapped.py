"""Posts from any table of which a campaign says what its columns are: one row (column -> cell) -> one Post. Pure.

Nothing is made up: a row whose id, time or text cannot be told is refused with the reason.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from tracker.platforms.local_times import at_zone, local_times, moment_in
from tracker.platforms.named_cells import by_folded_names, folded, without_nothing
from tracker.platforms.reddit import NOBODY
from tracker.platforms.refusals import NotAPost
from tracker.platforms.site_names import LONGEST, MAIL, author_named, bare_name, host_of
from tracker.platforms.text import (
    find_hashtags,
    find_links,
    find_mentions,
    is_lossy_number,
    moment_of,
    read_html,
    sound,
    tag_pairs,
)
from tracker.platforms.x_cells import DIGITS_IN_A_SHEET, author_in, bare, count_in, exact_in, id_in_cells, time_in_cell
from tracker.platforms.x_parts import EARLIEST, RETWEET_STUMP, Addresses, address, is_cut, language, snowflake_time
from tracker.records import Author, Counts, Post, TableMapping

EARLIEST_ANYWHERE = "1990-01-01T00:00:00Z"
WEB = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
AT_URI = re.compile(r"at://did:[a-z]+:[\w.:%-]+/app\.bsky\.feed\.post/[\w.~:-]+")
BSKY = re.compile(r"https://bsky\.app/profile/(did:[a-z]+:[\w.:%-]+)/post/([\w.~:-]+)")
FULLNAME = re.compile(r"t[13]_[0-9a-z]{2,13}")
COMMENTS = re.compile(
    r"https?://(?:\w+\.)?reddit\.com/.*?comments/([0-9a-z]{2,13})(?:/[^/?#]*(?:/([0-9a-z]{2,13}))?)?/?(?:[?#].*)?"
)
WITH_ACCOUNTS = ("mastodon", "bluesky", "reddit")
DATE_CELL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)?")
"""What the cell of a date in a spreadsheet says (tracker.exports.sheet_cells, ods)."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def read_table_row(row: Mapping[str, str], mapping: TableMapping) -> Post:
    """A post from a row of the table that `mapping` describes. Raises NotAPost with the reason."""
    by_folded = by_folded_names(row)
    given = {field: row.get(column, by_folded.get(folded(column), "")) for field, column in mapping.columns}
    cells = without_nothing(given, "text")
    platform = mapping.platform
    native_id = _native_id(cells, platform)
    text, links = _text(cells.get("text", ""), native_id, mapping)
    url = cells.get("url", "").strip()
    author = _author(cells, platform, native_id, site=host_of(url) or host_of(native_id))
    stump = platform == "x" and RETWEET_STUMP.match(text) is not None
    reply_to = exact_in(cells.get("reply_to", "")) if platform == "x" else whole_id(cells.get("reply_to", ""))
    return sound(
        Post(
            platform=platform,
            native_id=native_id,
            text=text,
            created_at=_created_at(cells.get("created_at", ""), native_id, mapping),
            url=_address(url, native_id, platform, author),
            author=author,
            lang=_language(cells.get("lang", ""), platform),
            kind="repost" if stump else "reply" if cells.get("reply_to", "").strip() else "original",
            reply_to=reply_to,
            truncated=stump and is_cut(text),
            detail=1,
            hashtags=tag_pairs(find_hashtags(text)),
            links=links,
            mentions=find_mentions(text),
            counts=Counts(
                likes=count_in(cells.get("likes", "")),
                reposts=count_in(cells.get("reposts", "")),
                replies=count_in(cells.get("replies", "")),
                quotes=count_in(cells.get("quotes", "")),
                views=count_in(cells.get("views", "")),
            ),
        )
    )


def _native_id(cells: Mapping[str, str], platform: str) -> str:
    """The id by which the platform itself knows the post, from its id or its address."""
    written, url = bare(cells.get("id", "")), cells.get("url", "").strip()
    match platform:
        case "x":
            return id_in_cells(written, url)
        case "mastodon":
            return next(filter(WEB.fullmatch, (written, url)), None) or _refuse(
                "it has no address (uri), and the numbers of posts differ from server to server"
            )
        case "bluesky":
            return next(filter(AT_URI.fullmatch, (written, url)), None) or from_bsky_app(url)
        case "reddit":
            return written if FULLNAME.fullmatch(written) else from_reddit(url)
    if "id" in cells:
        return whole_id(written) or _refuse("the id was damaged by a spreadsheet" if written else "it has no id")
    return url if WEB.fullmatch(url) else _refuse("it has no address" if not url else "its address is no web address")


def from_bsky_app(url: str) -> str:
    """The id of a post of Bluesky from the address of its page, if that names its author by DID. Raises NotAPost."""
    found = BSKY.match(url)
    if not found:
        return _refuse("it has no address that begins with at://did: or https://bsky.app/profile/did:")
    return f"at://{found[1]}/app.bsky.feed.post/{found[2]}"


def from_reddit(url: str) -> str:
    """The full id of a submission or comment from its address. Raises NotAPost."""
    found = COMMENTS.fullmatch(url)
    if not found:
        return _refuse("it has neither a full id (t1_... or t3_...) nor an address of Reddit")
    return f"t1_{found[2]}" if found[2] else f"t3_{found[1]}"


def _refuse(reason: str) -> str:
    raise NotAPost(reason)


def whole_id(cell: str) -> str | None:
    """An id that no spreadsheet has damaged, or None."""
    written = bare(cell)
    rounded = written.isdigit() and len(written) > DIGITS_IN_A_SHEET and not written[DIGITS_IN_A_SHEET:].strip("0")
    return None if not written or is_lossy_number(written) or rounded else written


def rounded_ids(ids: Collection[str]) -> set[str]:
    """Those of a file's ids that lost digits in a spreadsheet. A long one may end in zeros by itself, where others do not."""
    lost = {one for one in ids if whole_id(one) is None}
    has_long_ones = any(one.isdigit() and len(one) > DIGITS_IN_A_SHEET for one in ids if one not in lost)
    return {one for one in lost if not (has_long_ones and one.isdigit())}


def _text(cell: str, native_id: str, mapping: TableMapping) -> tuple[str, tuple[str, ...]]:
    """(text, links)."""
    if mapping.html:
        text, links = read_html(cell)
    else:
        text = Addresses(native_id).spelled_out(cell) if mapping.platform == "x" else cell.strip()
        links = tuple(dict.fromkeys(find_links(text)))
    if not text.strip():
        raise NotAPost("it has no text")
    return text, links


def _created_at(cell: str, native_id: str, mapping: TableMapping) -> str:
    if mapping.platform == "x" and snowflake_time(native_id) is not None:
        return time_in_cell(cell, native_id)
    try:
        moment = _as_described(cell, mapping) if mapping.time_format else _as_it_says(cell, mapping)
    except (ValueError, OverflowError):
        raise NotAPost(_why_no_time(cell, mapping)) from None
    return moment_of(moment, earliest=EARLIEST if mapping.platform == "x" else EARLIEST_ANYWHERE)


def _as_described(cell: str, mapping: TableMapping) -> str:
    """time_format is for texts; a spreadsheet's date is a date, however it is shown there."""
    try:
        return at_zone(cell, mapping.timezone, mapping.time_format)
    except ValueError:
        if not DATE_CELL.fullmatch(cell.strip()):
            raise
        return at_zone(cell, mapping.timezone, "")


def _as_it_says(cell: str, mapping: TableMapping) -> str:
    try:
        return moment_in(cell)
    except ValueError:
        return at_zone(cell, mapping.timezone, "")


def _why_no_time(cell: str, mapping: TableMapping) -> str:
    if not cell.strip():
        return "it has no time"
    meant = local_times(cell)
    if len(meant) > 1 and not mapping.time_format:
        return "its time can mean two days (day first or month first); say which with time_format in campaign.toml"
    if meant and not mapping.timezone:
        return "its time does not say its zone; add timezone to the table in campaign.toml"
    how = (
        "is not written as time_format says" if mapping.time_format else "cannot be read; say how it is written with time_format"
    )
    return f"its time {how} in campaign.toml"


def _author(cells: Mapping[str, str], platform: str, native_id: str, *, site: str) -> Author | None:
    """Who wrote it. A handle on Mastodon is completed by the server that the post's address names; where a platform has no
    accounts of its own, a name is known by the site, too."""
    handle, name = cells.get("author", "").strip().lstrip("@"), cells.get("author_name", "").strip() or None
    author_id = cells.get("author_id", "")
    if platform == "x":
        return author_in(handle, author_id, name or "")
    account = whole_id(author_id)
    if platform not in WITH_ACCOUNTS:
        return _on_site(platform, handle, name, account, site)
    if platform == "reddit" and handle in NOBODY:
        handle = ""
    if handle and platform == "mastodon" and "@" not in handle:
        handle = f"{handle}@{_host(native_id)}"
    known_by = account or (f"@{handle.lower()}" if handle else None)
    return Author(platform, known_by, handle or None, name) if known_by else None


def _on_site(platform: str, written: str, shown: str | None, account: str | None, site: str) -> Author | None:
    """An author of a site by the rule of names (site_names), which the site's own number for the account makes surer. A guest
    is nobody, whatever number guests have there."""
    number = account if account and len(account) <= LONGEST and not MAIL.search(account) else None
    if number and not written and not shown:
        return Author(platform, number)
    named = author_named(platform, bare_name(written) or shown, site, shown=shown)
    return replace(named, native_id=number) if named and number else named


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        raise NotAPost("its address is no web address") from None


def _address(url: str, native_id: str, platform: str, author: Author | None) -> str | None:
    if platform == "x":
        return address(native_id, author.handle if author else None)
    return next(filter(WEB.fullmatch, (url, native_id)), None)


def _language(cell: str, platform: str) -> str | None:
    code = cell.strip().lower()
    if platform == "x":
        return language(code)
    return code if LANGUAGE.fullmatch(code) else None
