"""DAG-CBOR, the binary form of the AT Protocol's records, as JSON values: bounded in depth and length, whatever the bytes say.

Links become {"$link": CID} and bytes {"$bytes": base64}, as https://atproto.com/specs/data-model writes them in JSON.
"""

import base64
import struct

DEEPEST = 64
LARGEST_NUMBER_OF_BYTES = 8
LINK_TAG = 42
SIMPLE = {20: False, 21: True, 22: None}


class BadCbor(ValueError):
    """Bytes that are no DAG-CBOR; the message says why."""


def decode(data: bytes) -> object:
    """The one value of `data`. Raises BadCbor."""
    value, end = decode_at(data, 0)
    if end != len(data):
        raise BadCbor("there is more behind its value")
    return value


def decode_at(data: bytes, at: int, depth: int = 0) -> tuple[object, int]:
    """The value that begins at `at`, and where it ends. Raises BadCbor."""
    if depth > DEEPEST:
        raise BadCbor("it is nested too deeply")
    major, info, number, at = _header(data, at)
    match major:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2:
            content, at = _taken(data, at, number)
            return {"$bytes": base64.b64encode(content).decode().rstrip("=")}, at
        case 3:
            content, at = _taken(data, at, number)
            return _text(content), at
        case 4:
            return _list(data, at, number, depth)
        case 5:
            return _map(data, at, number, depth)
        case 6:
            return _link(data, at, number)
        case _:
            if info == 27:
                return _float(number), at
            if info in SIMPLE:
                return SIMPLE[info], at
            raise BadCbor("it holds a value of an unknown kind")


def cid_text(cid: bytes) -> str:
    """A CID as it is written: base32 in lower case after a 'b'."""
    return f"b{base64.b32encode(cid).decode().lower().rstrip('=')}"


def _header(data: bytes, at: int) -> tuple[int, int, int, int]:
    """(kind, additional information, the number of it, where it ends)."""
    if at >= len(data):
        raise BadCbor("it ends in the middle")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24:
        return major, info, info, at
    size = 1 << (info - 24)
    if size > LARGEST_NUMBER_OF_BYTES:
        raise BadCbor("it holds a value without a length")
    content, at = _taken(data, at, size)
    return major, info, int.from_bytes(content, "big"), at


def _taken(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if size > len(data) - at:
        raise BadCbor("it ends in the middle")
    return data[at : at + size], at + size


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise BadCbor("it holds text that is not UTF-8") from None


def _float(bits: int) -> float:
    number: float = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    if number != number or number in (float("inf"), float("-inf")):
        raise BadCbor("it holds NaN or Infinity, which are no numbers")
    return number


def _list(data: bytes, at: int, length: int, depth: int) -> tuple[list[object], int]:
    if length > len(data) - at:
        raise BadCbor("it ends in the middle")
    items = []
    for _ in range(length):
        item, at = decode_at(data, at, depth + 1)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, length: int, depth: int) -> tuple[dict[str, object], int]:
    if length > (len(data) - at) // 2:
        raise BadCbor("it ends in the middle")
    found: dict[str, object] = {}
    for _ in range(length):
        key, at = decode_at(data, at, depth + 1)
        if not isinstance(key, str):
            raise BadCbor("it holds a key that is no text")
        found[key], at = decode_at(data, at, depth + 1)
    return found, at


def _link(data: bytes, at: int, tag: int) -> tuple[dict[str, str], int]:
    if tag != LINK_TAG:
        raise BadCbor("it holds a tag that DAG-CBOR does not know")
    major, _, size, at = _header(data, at)
    content, at = _taken(data, at, size)
    if major != 2 or content[:1] != b"\0":
        raise BadCbor("it holds a link that is none")
    return {"$link": cid_text(content[1:])}, at
