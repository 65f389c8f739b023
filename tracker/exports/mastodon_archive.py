"""A Mastodon account's whole archive as a tar file (packed with gzip by older servers): of its members only the outbox is read,
and the profile, for the account's name.

Members are passed by in order and never unpacked to a path: media, likes, bookmarks and lists are not opened.
"""

import tarfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from tracker.exports.unpacking import cut_short, unpacked
from tracker.problems import TruncatedFile, UsageProblem

MAGIC_AT = 257
MAGIC = b"ustar"
OUTBOX = "outbox.json"
ACTOR = "actor.json"
MEDIA = "media_attachments"
MOST_MEMBERS = 200_000


def is_tar(head: bytes) -> bool:
    """Whether an unpacked file begins as a tar archive does."""
    return head[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC


def outbox_of_tar(name: str, opener: Callable[[], BinaryIO], wanted: str = OUTBOX) -> BinaryIO:
    """The outbox in a tar archive (or another member), as UTF-8 bytes. Raises UsageProblem where there is none, TruncatedFile
    where the archive ends before it."""
    stream = opener()
    try:
        archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - closed with the member
        for number, member in enumerate(archive):
            path = PurePosixPath(member.name)
            if member.isfile() and path.name == wanted and MEDIA not in path.parts:
                source = archive.extractfile(member)
                if source is not None:
                    return unpacked(cast(BinaryIO, source), member.size, stream.close)
            if number > MOST_MEMBERS:
                break
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        stream.close()
        raise TruncatedFile(
            f"{name} is a tar archive that is cut short or damaged.",
            why=f"It cannot be read as far as {wanted} ({cut_short(stream) or error}).",
            safe="Nothing of it was stored.",
            next_step="Fetch or copy it again, then import it.",
        ) from error
    cut = cut_short(stream)
    stream.close()
    raise UsageProblem(
        f"{name} is a tar archive with no {wanted} in it" + (f", as far as it can be read ({cut})." if cut else "."),
        safe="Nothing of it was stored.",
        next_step="Of tar archives only those of Mastodon accounts are read; unpack any other and import what was inside.",
    )


def beside_in_tar(name: str, opener: Callable[[], BinaryIO], wanted: str) -> BinaryIO | None:
    """The profile in a tar archive; None for any other name, or where it cannot be found: the posts can be read without it."""
    if wanted != ACTOR:
        return None
    try:
        return outbox_of_tar(name, opener, ACTOR)
    except UsageProblem:
        return None
