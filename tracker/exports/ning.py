"""An archive of a Ning network: its discussions, blog posts or pages with their comments (`ning-discussions-local.json` ...).

Its JSON is not sound at the seams and is mended as it is read. The list of members holds e-mail addresses and birthdays: it is
never read, whatever it is asked to be read as (`strangers.never_read`).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from tracker.exports.documents import CHUNK, Value, values
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.exports.ning_seams import BETWEEN, mended
from tracker.exports.strangers import never_read
from tracker.platforms.ning import has_local_time, parts_of, read_post
from tracker.problems import UsageProblem
from tracker.records import Found, Lacking, Row

NAME = "Ning archive (discussions, blog posts, pages)"
SLUG = "ning"
LOST = (
    "An archive of Ning names authors by names that Ning made up, has no addresses and no counts, and does not say which comment "
    "answers which; what was said in groups is left out, since groups can be closed."
)
LOCAL = "Times in the archive do not say their zone; they are taken as UTC."
NEEDED = {"contributorName", "title", "description"}
OTHERS = {"groupPrivacy", "members", "startDate", "attendees", "photoUrl", "embedCode", "audioUrl"}
BLOG_MARKS = (":BlogPost:", ":Page:", ":Note:")


def recognise(head: Head) -> bool:
    """Objects with contributorName, a title and a description (the time stands behind that, perhaps far); no members, groups,
    events or photos."""
    names = {key.rpartition("item.")[2] for key in head.keys if "comments." not in key}
    return names >= NEEDED and not names & OTHERS and not never_read(head)


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file: each discussion before its comments; `line` is the number of the discussion.

    Raises UsageProblem for a list of members."""
    told = False
    for value in values(iter(lambda: stream.read(CHUNK), b""), BETWEEN, mended):
        if not isinstance(value, Value):
            yield value
            continue
        if not isinstance(value.data, dict):
            yield row_of(value.data, value.line, read_post)
            continue
        if "email" in value.data and "title" not in value.data:
            raise UsageProblem(
                "The file is the list of members of a Ning network, with their e-mail addresses; it is never read.",
                safe="Nothing of it was stored.",
                next_step="Import the discussions and blogs of the archive instead.",
            )
        for item, above in parts_of(value.data, _platform(value.data)):
            row = row_of(item, value.line, partial(read_post, above=above))
            yield row
            if not told and isinstance(row, Found) and has_local_time(item):
                told = True
                yield Lacking(LOCAL, value.line)


def _platform(item: dict[str, Any]) -> str:
    """Blog posts and pages have such ids; discussions alone have a category."""
    own_id = str(item.get("id") or "")
    is_topic = ":Topic:" in own_id or "category" in item
    return "blog" if any(mark in own_id for mark in BLOG_MARKS) or not is_topic else "forum"
