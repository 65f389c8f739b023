"""What lies in a folder beside exports and is none: a README, a licence, a picture. It is passed over and named, not refused.

A file that could hold posts is never passed over, whatever it is called: JSON, a table, anything packed. Only a file that says by
its name that it is for people to read, and by its content that it is no data, or that is a picture, sound or document.
"""

import re
from pathlib import PurePosixPath

from tracker.exports.head import Head
from tracker.exports.strangers import never_read

NAMED_SO = re.compile(
    r"(?i)(read.?me|licen[cs]e|copying|notice|provenance|sources?|changes|changelog|authors|citation|about)\b.*"
)
FOR_PEOPLE = frozenset({"", ".txt", ".md", ".rst", ".html", ".htm", ".css", ".cff"})
OF_SCREENS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"OggS", b"ID3", b"\x00\x00\x01\x00", b"wOFF", b"wOF2", b"<svg")
"""How pictures, sounds, documents and fonts begin; RIFF (WebP, WAV) and ISO media (MP4, HEIC) are told further in."""


def is_company(head: Head) -> bool:
    """Whether a file of no known format holds no data at all."""
    data = head.data
    if data.startswith(OF_SCREENS) or data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return True
    if head.keys or b"\0" in data:
        return False
    name = PurePosixPath(head.name)
    if name.suffix.lower() not in FOR_PEOPLE:
        return False
    return NAMED_SO.fullmatch(name.stem) is not None or name.suffix.lower() not in ("", ".txt") or _is_prose(head.text)


def _is_prose(text: str) -> bool:
    """Whether the first lines differ in how many commas, tabs and semicolons they have, as those of a table do not."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return all(len({line.count(mark) for line in lines}) > 1 or mark not in text for mark in ",;\t|")


def is_of_ning(head: Head) -> bool:
    """Whether a file is a part of a Ning archive that holds no posts: its members, groups, events or photos. The archive is
    given as it is, so that they are no surprise."""
    return bool(never_read(head)) or any(head.has("contributorName", key) for key in ("groupPrivacy", "startDate", "photoUrl"))
