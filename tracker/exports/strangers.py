"""What a file looks like that no format recognises, so that its owner learns what to fetch instead."""

import re

from tracker.exports.head import Head
from tracker.exports.tables import any_header

IN_A_ZIP = (
    (
        b".iwa",
        "is a document of Apple's Numbers, Pages or Keynote; in Numbers choose File, Export To, Excel or CSV, and import that",
    ),
    (b"xl/workbook.bin", "is a binary workbook of Excel; save it as .xlsx and import that"),
    (b"word/document.xml", "is a document of Word, not a table; where a table stands in it, copy it into a spreadsheet"),
)
"""What a zip archive of an office program has in the names of its members."""
PACKED = (
    (b"PK\x03\x04", "is a zip archive with nothing in it that is known; if there is another archive inside, unpack that first"),
    (b"PK\x05\x06", "is an empty zip archive"),
    (b"\xfd7zXZ", "is packed with xz; unpack it first (unxz), then import what was inside"),
    (b"Rar!", "is a RAR archive; unpack it first, then import what was inside"),
    (b"7z\xbc\xaf", "is a 7-Zip archive; unpack it first, then import what was inside"),
    (b"%PDF", "is a PDF document"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file, or one that is locked with a password; save the table as CSV (UTF-8)"),
)
"""What is written in a way that is not opened here, so that its bytes do not tell what stands in it."""
STORES = (
    (b"SQLite format 3", "is an SQLite database"),
    (b"PAR1", "is a Parquet file"),
)
JSON_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("data.item.tweet_count",), "holds twarc2 counts, not posts; `twarc2 search` gives posts"),
    (("data.item.member_count",), "holds twarc2 lists, not posts"),
    (("data.item.username",), "holds twarc2 users, not posts"),
    (("data.username",), "holds a twarc2 user, not posts"),
    (("id", "action", "reason"), "holds twarc2 compliance data (what was deleted since), not posts"),
    (("id", "action", "created_at"), "holds twarc2 compliance data (what was deleted since), not posts"),
    (
        ("contributorName", "groupPrivacy"),
        "is the list of groups of a Ning network, not posts; its discussions and blogs are read",
    ),
    (("contributorName", "startDate"), "holds the events of a Ning network, not posts; its discussions and blogs are read"),
    (("contributorName", "photoUrl"), "holds the photos of a Ning network, not posts; its discussions and blogs are read"),
    (("doc_id", "email"), "is only a link to a document of Google; open it, choose File, Download, and import that"),
    (("__import_meta",), "is a data set of 4CAT from a platform that is not read (X and Bluesky are)"),
    (("objectType", "verb", "body"), "holds posts of X as Gnip's Activity Streams, which are not read"),
    (("topic_list.topics",), "is a list of topics of a Discourse forum; `.json` behind the address of a topic gives its posts"),
    (("created_utc", "subscribers"), "holds communities or accounts of Reddit, not posts"),
    (("acct", "display_name"), "holds Mastodon accounts, not posts"),
    (("preferredUsername", "publicKey.id"), "is the profile of a Mastodon archive; outbox.json beside it holds the posts"),
    (
        ("type", "orderedItems"),
        "is a list of addresses of a Mastodon archive (likes or bookmarks); outbox.json beside it holds the posts",
    ),
)
NEARLY: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("posts of Reddit", ("created_utc",), ("author", "id", "body or title")),
    ("discussions of a Ning archive", ("contributorName", "createdDate"), ("title", "description")),
    ("a JSON Feed", ("items", "home_page_url"), ("version",)),
    ("posts of a Discourse forum", ("cooked",), ("post_number", "topic_id", "created_at")),
    ("statuses of Mastodon", ("content", "account"), ("visibility",)),
)
"""(what, keys that tell it, keys without which it cannot be read): what a file was meant to be, and what it lacks."""
XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]{0,40})")
XML_KINDS = {
    "opml": "is a list of feeds (OPML), not posts; save each feed that it names, and import that",
    "urlset": "is a site map, not posts",
    "sitemapindex": "is a site map, not posts",
    "workbook": "is a table as Excel of 2003 wrote XML; open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)",
    "plist": "is a list of settings, or a link, of a Mac, not posts",
    "disqus": "is an export of Disqus, which is not read; the feed of the comments is",
}
MEMBERS = {"email", "birthdate", "fullName", "profileQuestions"}
WHICH_POST = re.compile(r"(?i:(?:^|[\W_])(?:id|uri|url|link|permalink|address)(?:$|[\W_]))|[a-z](?:Id|ID|URL|Url)$")
A_VALUE = re.compile(r"[0-9]{9,}|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}\b.*|https?://.*")
"""What stands in a row of posts, never in a header."""
ZEESCHUIMER = re.compile(r'"source_platform"\s*:\s*"([^"\\]{1,60})"')
FOURCAT = {"id", "thread_id", "body", "timestamp"}
ARCHIVE_PART = re.compile(r"\s*window\.(?:YTD\.(\w{1,60})\.part|__THAR_CONFIG)")


def begins_packed(begun: bytes) -> bool:
    """Whether what begins so is written in a way that is not opened here: its bytes do not tell what stands in it."""
    return begun.startswith(tuple(magic for magic, _ in PACKED))


def never_read(head: Head) -> str:
    """Why a file is not read whatever it is asked to be read as: it is about people, not posts; '' where it may be. The end of a
    sentence that begins with "it"."""
    names = {key.rpartition(".")[2] for key in head.keys if key.count(".") <= 2}
    if "contributorName" in names and names & MEMBERS and "title" not in names:
        return "is the list of members of a Ning network, with their e-mail addresses, which is never read or stored"
    return ""


def looks_like(head: Head) -> str:
    """What the file is, as far as its beginning says: the end of a sentence that begins with "it"."""
    for name, said in IN_A_ZIP if head.data.startswith(b"PK\x03\x04") else ():
        if name in head.data:
            return said
    for magic, said in (*PACKED, *STORES):
        if head.data.startswith(magic):
            return said
    if part := ARCHIVE_PART.match(head.text):
        return f"is the part {part.group(1) or 'manifest'!r} of an X archive, which is not read; tweets.js holds the posts"
    if head.keys:
        return never_read(head) or _json(head)
    if head.text.lstrip()[:9].casefold() in ("<!doctype", "<html") or head.text.lstrip()[:5].casefold() == "<html":
        if "<table" in head.text.casefold():
            return "is a web page with a table; open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)"
        return "is a web page, perhaps a log-in page that was saved in place of the file"
    if head.text.lstrip().startswith(("<?xml", "<!--")):
        return _xml(head.text)
    if head.data.count(b"\0") > 8 and "�" in head.text:
        return "is not a text file"
    return _table(head)


def _xml(text: str) -> str:
    root = XML_ROOT.search(re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL))
    if root is None:
        return "is XML with nothing in it"
    return XML_KINDS.get(root[1].lower(), f"is an XML document of another kind (it begins with {root[1]})")


def _json(head: Head) -> str:
    if head.has("source_platform", "data") and (platform := ZEESCHUIMER.search(head.text)):
        return f"is a Zeeschuimer capture of {platform[1]:.40}, and of those only X (twitter.com) is read"
    if head.has("source_platform", "nav_index"):
        return "looks like a capture of Zeeschuimer, but its lines hold no data"
    for keys, said in JSON_KINDS:
        if head.has(*keys):
            return said
    for what, marks, needed in NEARLY:
        missing = [names for names in needed if not any(head.has(name) for name in names.split(" or "))]
        if head.has(*marks) and missing:
            return f"looks like {what}, but has no {', '.join(missing)}"
    shown = sorted(key for key in head.keys if key.count(".") <= 1)[:6]
    return f"is JSON of another kind (its keys are {', '.join(key[:40] for key in shown)})"


def _table(head: Head) -> str:
    names = any_header(head.table)
    if len(names) < 3:
        return "is neither JSON nor a table that is known"
    if not any(name.isidentifier() for name in names) or any(A_VALUE.fullmatch(name) for name in names):
        return "is a table with no known header: its first line holds no column names"
    shown = ", ".join(name[:30] for name in names[:6])
    if set(names) >= FOURCAT:
        return f"is a table of 4CAT, but neither of X nor of Bluesky, which alone are read; it begins with {shown}"
    if not any(WHICH_POST.search(name) for name in names):
        return f"is a table that does not say which posts it holds: no column is an id or an address; it begins with {shown}"
    return f"is a table whose columns are of no known format; it begins with {shown}"
