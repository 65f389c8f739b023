"""Items as they are kept in raw.db: compressed. Apart from the store, since a process that only reads files packs them too."""

import sys
import zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTANDARD = b"\x28\xb5\x2f\xfd"
_COMPRESSOR = zstd.ZstdCompressor(level=1)
"""One for all items: to make one takes longer than to pack an item."""


class Packed(bytes):
    """An item as it is kept: compressed."""


def pack(body: bytes) -> Packed:
    """Compress an item (zstandard; zlib takes four times as long)."""
    return Packed(_COMPRESSOR.compress(body, zstd.ZstdCompressor.FLUSH_FRAME))


def plain(body: bytes) -> bytes:
    """An item as it came, from one that is `Packed` or lies in the store; stores of before hold zlib."""
    return zstd.decompress(body) if body.startswith(ZSTANDARD) else zlib.decompress(body)
