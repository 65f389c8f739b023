"""Opens what a person hands over: a file, a packed file, a zip archive, a spreadsheet, a folder. No archive is ever unpacked to
a path.

Of an X archive only the files of posts (tweets.js, tweet.js, tweets-part1.js ...) and manifest.js are opened: beside them
lie direct messages, e-mail addresses and telephone numbers.
"""

import errno
import re
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from tracker.exports import FORMATS, ExportFormat, known
from tracker.exports.head import HEAD_BYTES, Head
from tracker.exports.mastodon_archive import ACTOR, MEDIA, OUTBOX, beside_in_tar, is_tar, outbox_of_tar
from tracker.exports.unpacking import undamaged, unpacked
from tracker.exports.workbooks import sheets
from tracker.problems import Problem, TruncatedFile, UsageProblem

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
HELD = 32 * 1024 * 1024
ARCHIVE_POSTS = re.compile(r"tweets?(?:-part[0-9]+)?\.js")
BESIDE_OUTBOX = ("actor", "likes", "bookmarks", "avatar", "header")
OWNERS = ("manifest.js", ACTOR)
"""Whose archive it is: of X, of Mastodon. Nothing else that lies beside is ever opened."""
ARCHIVE, WORKBOOK = "archive", "workbook"
BAD_ZIP = (zipfile.BadZipFile, struct.error, ValueError, EOFError, OverflowError, NotImplementedError, RuntimeError)
"""What zipfile raises for archives that are cut, damaged, or packed in a way that it does not know."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One file to read. `name` begins with the name of what was handed over (`x.zip/data/tweets.js`); `open` gives its bytes
    as UTF-8, anew each time; `sibling` opens a file beside it by name, or gives None where there is none that may be read.
    `beside`: it is of no known format and lies beside exports in an ARCHIVE or a WORKBOOK; else ''."""

    name: str
    head: Head
    open: Callable[[], BinaryIO]
    sibling: Callable[[str], BinaryIO | None]
    beside: str = ""


def open_export(path: Path, formats: Sequence[ExportFormat] = FORMATS, *, strangers: bool = False) -> Iterator[Opened]:
    """What there is to read in a file, an archive, a spreadsheet or a folder, in the order of the names.

    Of an archive the members, and of a spreadsheet the sheets, whose format is one of `formats`; where there are none, the
    archive itself or the first sheet, which is then of no known format. `strangers`: then also what lies beside them.
    Raises UsageProblem where the path is not there or cannot be unpacked, TruncatedFile for an archive that is cut."""
    if path.is_dir():
        for file in export_files(path):
            for opened in open_export(file, formats, strangers=strangers):
                name = f"{path.name}/{file.relative_to(path).parent.as_posix()}/{opened.name}".replace("/./", "/")
                yield replace(opened, name=name, head=replace(opened.head, name=name))
        return
    if not path.exists():
        raise UsageProblem(f"There is no file {path}.", next_step="Look at the name; a folder can be given too.")
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic not in ZIP:
        opened = _opened(path.name, partial(_open_file, path), partial(_beside, path))
        if opened.head.data.startswith(ZIP):
            raise UsageProblem(
                f"{path.name} is a zip archive that was packed once more.",
                safe="Nothing of it was stored.",
                next_step="Unpack it once, and import the archive that comes out.",
            )
        yield _tar(path) if is_tar(opened.head.data) else opened
        return
    yield from _of_zip(_Zip(path.name, partial(_bytes_of, path)), formats, strangers=strangers)


@dataclass(frozen=True, slots=True)
class _Zip:
    """A zip archive: what it is called, and what opens it, anew each time, so that it can be read in any order."""

    name: str
    open: Callable[[], BinaryIO]


def _of_zip(archive: _Zip, formats: Sequence[ExportFormat], *, strangers: bool, outermost: bool = True) -> Iterator[Opened]:
    """What there is to read in a zip archive, and in the archives and spreadsheets that it holds, but no deeper; at the end what
    lies beside that, if `strangers` are asked for. One that is damaged is told when the others have been read."""
    names = _members(archive)
    table = sheets(archive.name, names, partial(_open_part, archive))
    inside = _sheets(archive, table) if table else _inside(archive, names)
    strange, recognised = None, False
    beside: list[Callable[[], Opened]] = []
    damaged: Problem | None = None
    for one in inside:
        opened = one()
        found = [opened] if known(opened.head, formats) else []
        if outermost and not table and opened.head.data.startswith(ZIP):
            held = _Zip(opened.name, partial(_held, archive, opened.name.removeprefix(f"{archive.name}/")))
            try:
                within = list(_of_zip(held, formats, strangers=strangers, outermost=False))
                found = [each for each in within if each.beside or known(each.head, formats)]
            except (TruncatedFile, UsageProblem) as problem:
                damaged = damaged or problem
                continue
        recognised = recognised or bool(found)
        yield from found
        strange = strange or opened
        if not found:
            beside.append(one)
    for one in beside if strangers and recognised else ():
        yield replace(one(), beside=WORKBOOK if table else ARCHIVE)
    if damaged:
        raise damaged
    if not recognised:
        yield strange if table and strange else _whole(archive)


def _held(outer: _Zip, member: str) -> BinaryIO:
    """An archive within an archive, which has to be read in any order: up to HELD bytes in memory, more in a file without a
    name."""
    held = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115 - closed with the archive
    with _open_member(outer, member) as source:
        shutil.copyfileobj(source, held)
    held.seek(0)
    return cast(BinaryIO, held)


def _sheets(archive: _Zip, table: Iterable[tuple[str, Callable[[], BinaryIO]]]) -> Iterator[Callable[[], Opened]]:
    for name, opener in table:
        yield partial(_opened, f"{archive.name}/{name}", opener, _nothing_beside)


def _tar(path: Path) -> Opened:
    opener = partial(_open_file, path)
    opened = _opened(
        f"{path.name}/{OUTBOX}", partial(outbox_of_tar, path.name, opener), partial(beside_in_tar, path.name, opener)
    )
    return replace(opened, open=partial(outbox_of_tar, path.name, partial(undamaged, path.name, opener)))


def _nothing_beside(name: str) -> BinaryIO | None:
    return None


def _inside(archive: _Zip, members: Iterable[str]) -> Iterator[Callable[[], Opened]]:
    for member in members:
        name = f"{archive.name}/{member}"
        yield partial(_opened, name, partial(_open_member, archive, member), partial(_beside_member, archive, member))


def _whole(archive: _Zip) -> Opened:
    """The archive as it stands."""
    with archive.open() as stream:
        head = Head.of(archive.name, stream.read(HEAD_BYTES))
    return Opened(archive.name, head, archive.open, _nothing_beside)


def export_files(folder: Path) -> Iterator[Path]:
    """Every file in and below a folder that may be read, in order; hidden ones not. Of an unpacked X archive, of the files that
    end in .js only those that hold posts; of an unpacked Mastodon archive neither likes, bookmarks and profile nor media."""
    files = sorted(
        f for f in folder.rglob("*") if f.is_file() and not any(p.startswith((".", "~$")) for p in f.relative_to(folder).parts)
    )
    archives = {file.parent for file in files if ARCHIVE_POSTS.fullmatch(file.name)}
    archives |= {place.parent for place in archives if place.name == "data" and place != folder}
    outboxes = {file.parent for file in files if file.name == OUTBOX and (file.parent / ACTOR).is_file()}
    for file in files:
        if (file.parent in outboxes and file.stem in BESIDE_OUTBOX) or any(
            p.name == MEDIA and p.parent in outboxes for p in file.parents
        ):
            continue
        if file.suffix != ".js" or not archives.intersection(file.parents) or ARCHIVE_POSTS.fullmatch(file.name):
            yield file


def _opened(name: str, opener: Callable[[], BinaryIO], sibling: Callable[[str], BinaryIO | None]) -> Opened:
    with opener() as stream:
        head = Head.of(name, stream.read(HEAD_BYTES))
    return Opened(name, head, partial(undamaged, name, opener), sibling)


def _bytes_of(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_file(path: Path) -> BinaryIO:
    return unpacked(path.open("rb"), path.stat().st_size)


def _beside(path: Path, name: str) -> BinaryIO | None:
    other = path.parent / name
    return _open_file(other) if name in OWNERS and other.is_file() else None


def _members(archive: _Zip) -> list[str]:
    """The members of a zip archive that may be opened, in order."""
    with _read(archive) as listed:
        infos = [info for info in listed.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
    posts = {info.filename for info in infos if ARCHIVE_POSTS.fullmatch(PurePosixPath(info.filename).name)}
    named = {info.filename for info in infos}
    posts = posts or {name for name in named if PurePosixPath(name).name == OUTBOX and _of_mastodon(name, named)}
    allowed = [info for info in infos if (info.filename in posts if posts else not info.filename.endswith(".js"))]
    locked = next((info.filename for info in allowed if info.flag_bits & 0x1), None)
    if locked is not None:
        raise UsageProblem(
            f"{archive.name} is a zip archive that is locked with a password.",
            safe="Nothing of it was stored.",
            next_step="Unpack it with its password and import what was inside.",
        )
    return sorted(dict.fromkeys(info.filename for info in allowed), key=_in_order)


def _of_mastodon(outbox: str, named: set[str]) -> bool:
    """Whether the profile lies beside: then nothing else of the archive is opened, neither media nor likes nor bookmarks."""
    return str(PurePosixPath(outbox).with_name(ACTOR)) in named


def _in_order(name: str) -> list[tuple[int, str]]:
    """tweets.js before tweets-part2.js before tweets-part10.js."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]{1,18})", name.replace(".", "\1"))]


def _is_hidden(name: str) -> bool:
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in PurePosixPath(name).parts)


class _Listed(zipfile.ZipFile):
    """A zip archive that closes the file that it is read from."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        super().__init__(stream)

    def close(self) -> None:
        """Close both."""
        super().close()
        self._stream.close()


def _read(archive: _Zip) -> zipfile.ZipFile:
    stream = archive.open()
    try:
        return _Listed(stream)
    except BAD_ZIP as error:
        stream.close()
        raise TruncatedFile(
            f"{archive.name} is a zip archive that is cut short or damaged.",
            why=f"Its list of contents cannot be read ({error}).",
            safe="Nothing of it was stored.",
            next_step="Fetch or copy it again, then import it.",
        ) from error


def _open_member(archive: _Zip, member: str) -> BinaryIO:
    listed = _read(archive)
    try:
        source = listed.open(member)
    except (KeyError, OSError, *BAD_ZIP) as error:
        listed.close()
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise UsageProblem(
            f"{member} in {archive.name} cannot be unpacked.",
            why=f"The archive is damaged, or packed in a way that is not known here ({error}).",
            next_step="Unpack it with another program and import what was inside, or fetch the archive again.",
        ) from error
    return unpacked(source, listed.getinfo(member).compress_size, listed.close)  # type: ignore[arg-type]


def _open_part(workbook: _Zip, member: str) -> BinaryIO:
    return undamaged(workbook.name, partial(_open_member, workbook, member))


def _beside_member(archive: _Zip, member: str, name: str) -> BinaryIO | None:
    if name not in OWNERS:
        return None
    other = str(PurePosixPath(member).with_name(name))
    with _read(archive) as listed:
        there = other in listed.namelist()
    return _open_member(archive, other) if there else None
