"""The archive of an account on X: tweets.js (tweet.js of old, tweets-part1.js of large ones), which is JSON behind the name of
a variable. Only the account's own posts are in it. Who the account is stands in manifest.js beside it.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from tracker.exports.decoding import BadJson, parse
from tracker.exports.documents import CHUNK, Value, chunks_of, list_items
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.platforms.shapes import inner, some_text
from tracker.platforms.x_legacy import read_legacy_post
from tracker.platforms.x_parts import reference
from tracker.records import Author, Row, Withheld

NAME = "X archive (tweets.js, or the zip)"
SLUG = "x-archive"
LOST = (
    "The archive holds one account's own posts and nobody's answers; reposts are cut and do not say which post they repeat, and "
    "long posts may be cut."
)
VARIABLE = re.compile(r"\s*window\.YTD\.(deleted_)?tweets?\.part[0-9]+\s*=")
LIST = re.compile(r"=\s*\[")
DELETED = "deleted by its author"
OWNER_LIMIT = 16 * 1024 * 1024
START = 256


def recognise(head: Head) -> bool:
    """The variables of tweets.js, tweet.js and deleted-tweets.js."""
    return VARIABLE.match(head.text) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order. Posts that the account deleted are left out."""
    begun = stream.read(START)
    variable = VARIABLE.match(begun.decode("utf-8", "replace"))
    deleted = variable is not None and variable.group(1) is not None
    author = None if deleted else _owner(sibling)
    for value in list_items(chunks_of(chain([begun], iter(lambda: stream.read(CHUNK), b""))), LIST):
        if not isinstance(value, Value):
            yield value
        elif deleted:
            yield Withheld(DELETED, value.line)
        else:
            item = value.data
            tweet = item["tweet"] if isinstance(item, dict) and "tweet" in item else item
            yield row_of(tweet, value.line, partial(read_legacy_post, author=author))


def _owner(sibling: Callable[[str], BinaryIO | None]) -> Author | None:
    """Whose archive it is, from manifest.js; None where that is missing or says nothing."""
    stream = sibling("manifest.js")
    if stream is None:
        return None
    with stream:
        text = stream.read(OWNER_LIMIT).decode("utf-8", "replace")
    try:
        manifest = inner(parse(text.partition("=")[2].strip().rstrip(";")))
    except BadJson:
        return None
    user = inner(manifest.get("userInfo"))
    account = reference(user.get("accountId"))
    return Author("x", account, some_text(user.get("userName")), some_text(user.get("displayName"))) if account else None
