"""A file as UTF-8 bytes, whatever it was packed and encoded in: plain, gzip, bzip2 or zstd; UTF-8 with or without a byte order
mark, UTF-16.

What can be read is read: a packed file that is cut or damaged ends where it cannot be read on, and says so (`cut_short`). What
stands before a cut is as it was packed; of one that is damaged anything may be wrong, also before the place where that shows, so
`undamaged` reads it through before anybody takes a row from it.
"""

import bz2
import codecs
import gzip
import io
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from tracker.problems import TruncatedFile, UsageProblem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LONGEST_WINDOW = 31
"""Archives of years of posts are packed with `zstd --long=31`: unpacking such a file needs up to 2 GiB of memory."""
MOST_UNPACKED = 64 * 1024**3
"""No export is larger than this, unpacked, in bytes."""
MOST_RATIO = 200
RATIO_COUNTS_FROM = 100 * 1024**2
"""Beyond so many bytes, a file that unpacks to more than MOST_RATIO times its size is a trap or a mistake, not an export."""
PIECE = 1 << 18
LETTERS = 12
"""So many letters in a row whose other byte is 0 are no accident."""


def _zstd(packed: Any) -> Any:
    return zstd.ZstdFile(packed, options={zstd.DecompressionParameter.window_log_max: LONGEST_WINDOW})


PACKINGS: tuple[tuple[bytes, Callable[[Any], Any]], ...] = (
    (b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    (b"BZh", bz2.BZ2File),
    (b"\x28\xb5\x2f\xfd", _zstd),
)
"""How a packed file begins, and what unpacks it."""
CUT = (EOFError, tarfile.TarError)
DAMAGE = (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, zstd.ZstdError)


class Unpacked(io.RawIOBase):
    """Reads `source`, which holds `size` bytes; closes it and calls `closing` at its end. `cut`: why it ended early, or '';
    `damaged`: that is no mere cut, so what came before may be wrong, too.

    Raises UsageProblem where far more comes out than an export can hold."""

    def __init__(self, source: BinaryIO, size: int, closing: Callable[[], None] | None) -> None:
        super().__init__()
        self.cut, self.damaged = "", False
        self._source, self._size, self._closing = source, max(size, 1), closing
        self._reader: Any = source
        self._decoder: codecs.IncrementalDecoder | None = None
        self._pending = b""
        self._unpacked = 0
        self._begin()

    def readable(self) -> bool:
        """Yes."""
        return True

    def is_packed(self) -> bool:
        """Whether what comes out is not the bytes that lie on the disk."""
        return self._reader is not self._source or isinstance(self._source, zipfile.ZipExtFile)

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; 0 at the end."""
        view = memoryview(buffer)
        while not self._pending:
            piece = self._piece(max(len(view), PIECE))
            if not piece:
                return 0
            self._pending = self._decoder.decode(piece).encode("utf-8", "replace") if self._decoder else piece
        part, self._pending = self._pending[: len(view)], self._pending[len(view) :]
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the file, and the archive that it lies in."""
        if not self.closed:
            super().close()
            self._source.close()
            if self._closing:
                self._closing()

    def _begin(self) -> None:
        first = self._piece(PIECE)
        for magic, unpacking in PACKINGS:
            if first.startswith(magic):
                self._reader = unpacking(_Begun(first, self._source))  # it is only ever read forwards
                first = self._piece(PIECE)
                break
        while 0 < len(first) < 3 and (more := self._piece(PIECE)):
            first += more
        if encoding := _two_bytes(first):
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
            first = self._decoder.decode(first).encode("utf-8", "replace")
        self._pending = first.removeprefix(codecs.BOM_UTF8)

    def _piece(self, size: int) -> bytes:
        """The next bytes as they come out; none at the end, or where it cannot be read on."""
        if self.cut:
            return b""
        try:
            piece: bytes = self._reader.read1(size)
        except CUT as error:
            self.cut = f"the packed file is {'cut short' if isinstance(error, EOFError) else f'damaged ({error})'}"
            return b""
        except DAMAGE as error:
            if "memory" in str(error):
                raise _too_wide(error) from error
            self._is_damaged(error)
            return b""
        except OSError as error:
            if error.errno is not None or self._reader is self._source:
                raise  # the disk's fault, not the file's; bz2 alone says so of bad data, without a number
            self._is_damaged(error)
            return b""
        self._unpacked += len(piece)
        too_large = self._unpacked > MOST_UNPACKED
        if too_large or (self._unpacked > RATIO_COUNTS_FROM and self._unpacked > MOST_RATIO * self._size):
            raise UsageProblem(
                f"The packed file of {self._size:,} bytes unpacks to more than {self._unpacked:,} bytes, which no export does.",
                safe="Nothing of it was stored.",
                next_step="Look where the file comes from. If it is what it should be, unpack it and import what was inside.",
            )
        return piece

    def _is_damaged(self, error: Exception) -> None:
        """Take note of it; where something that is not packed follows, that is passed over."""
        said = str(error)
        if not (said.startswith("Not a gzipped file") or said.endswith("Unknown frame descriptor")):
            self.cut, self.damaged = f"the packed file is damaged ({said})", True


def _two_bytes(first: bytes) -> str | None:
    """The encoding of a file that begins so, where it is UTF-16: by its mark, or since every other of its first bytes is 0."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = first[: 2 * LETTERS : 2], first[1 : 2 * LETTERS : 2]
    if len(odd) < LETTERS:
        return None
    return "utf-16-le" if not any(odd) and all(even) else "utf-16-be" if not any(even) and all(odd) else None


def _too_wide(error: Exception) -> UsageProblem:
    return UsageProblem(
        "The packed file needs more memory to unpack than there is, or than is given to one file (2 GiB).",
        why=f"It was packed with zstd and a long window, all of which has to be held at once ({error}).",
        safe="Nothing of it was stored.",
        next_step="Unpack it on a machine with more memory (zstd -d --long=31) and import what was inside, or pack that anew.",
    )


class _Begun:
    """A file of which the first bytes were read already."""

    def __init__(self, begun: bytes, rest: BinaryIO) -> None:
        self._begun, self._rest = begun, rest

    def read(self, size: int = -1) -> bytes:
        """The bytes that were read first, then the others."""
        if self._begun:
            part, self._begun = self._begun[:size], self._begun[size:]
            return part
        return self._rest.read(size)


def unpacked(source: BinaryIO, size: int, closing: Callable[[], None] | None = None) -> BinaryIO:
    """`source` as UTF-8 bytes, buffered."""
    return io.BufferedReader(Unpacked(source, size, closing), PIECE)


def cut_short(stream: BinaryIO) -> str:
    """Why a stream of an opened export ended early; '' where it did not (yet)."""
    return str(getattr(getattr(stream, "raw", None), "cut", ""))


def is_packed(stream: BinaryIO) -> bool:
    """Whether an opened export is unpacked as it is read."""
    raw = getattr(stream, "raw", None)
    return isinstance(raw, Unpacked) and raw.is_packed()


def damage_of(opener: Callable[[], BinaryIO]) -> str:
    """Why what `opener` opens, read to its end, is not what was packed; '' where it is, also where it is cut or not packed."""
    with opener() as stream:
        if not is_packed(stream):
            return ""
        while stream.read(PIECE):
            continue
        return cut_short(stream) if stream.raw.damaged else ""  # type: ignore[attr-defined]


def undamaged(name: str, opener: Callable[[], BinaryIO]) -> BinaryIO:
    """What `opener` opens, which is called `name`. Raises TruncatedFile where it is packed and damaged."""
    if damage := damage_of(opener):
        raise TruncatedFile(
            f"{name} cannot be read as it was packed.",
            why=f"{damage[0].upper()}{damage[1:]}, and what was unpacked before that shows may be wrong, too.",
            safe="Nothing of it was stored.",
            next_step="Fetch or copy it again, then import it.",
        )
    return opener()
