"""DAG-CBOR, the binary form of the AT Protocol's records, as JSON values. libipld reads it; here its values become JSON.

Links become {"$link": CID} and bytes {"$bytes": base64}, as https://atproto.com/specs/data-model writes them in JSON.
"""

import base64

import libipld

DEEPEST = 64
CID_BEGINS = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
CID_LENGTH = 36
"""libipld gives links as it gives bytes. What begins and is as long as a CID of the AT Protocol (SHA-256 of DAG-CBOR, or of a
file) is a link; no record has such bytes for anything else."""


class BadCbor(ValueError):
    """Bytes that are no DAG-CBOR; the message says why."""


def decode(data: bytes) -> object:
    """The one value of `data`. Raises BadCbor."""
    try:
        return _as_json(libipld.decode_dag_cbor(data), 0)
    except RecursionError:
        raise BadCbor("it is nested too deeply") from None
    except BadCbor:
        raise
    except ValueError as error:
        raise BadCbor(f"it is no DAG-CBOR ({error})") from None


def cid_text(cid: bytes) -> str:
    """A CID as it is written: base32 in lower case after a 'b'."""
    return f"b{base64.b32encode(cid).decode().lower().rstrip('=')}"


def _as_json(value: object, depth: int) -> object:
    if depth > DEEPEST:
        raise BadCbor("it is nested too deeply")
    if isinstance(value, dict):
        return {key: _as_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        if len(value) == CID_LENGTH and value.startswith(CID_BEGINS):
            return {"$link": cid_text(value)}
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value
