"""What a file seems to be that should hold one JSON object a line (JSONL) and does not: told once, not as a mistake a line."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from tracker.faults import not_utf8

PACKED = (
    (b"\x1f\x8b", "a file packed with gzip"),
    (b"BZh", "a file packed with bzip2"),
    (b"\xfd7zXZ", "a file packed with xz"),
    (b"\x28\xb5\x2f\xfd", "a file packed with Zstandard"),
    (b"PK\x03\x04", "a zip archive, or a spreadsheet (.xlsx, .ods)"),
)
SEPARATORS = b",;\t"
TEXT_CONTROLS = b"\t\n\f\r"
LINE_GOES_ON = (b"{", b"[", b",")
"""How a line ends of an object that is spread over several."""


def not_jsonl(head: bytes, such_as: str) -> tuple[str, str] | None:
    """What is wrong with a file that begins so, and what to do; None where it may have an object a line. such_as: a line as it
    should be."""
    head = head.removeprefix(BOM_UTF8)
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    one_a_line = f"Write one object a line (JSONL), such as: {such_as}"
    for magic, what in PACKED:
        if head.startswith(magic):
            return f"this seems to be {what}.", f"Unpack it, or save it as text. {one_a_line}"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in head.lstrip()[:2]:
        return "this is UTF-16 text, not UTF-8.", not_utf8()[1]
    if lines and lines[0].startswith(b"{") and lines[0].endswith(LINE_GOES_ON) and not b"".join(lines[1:2]).startswith(b"{"):
        return "this seems to be JSON with an object over several lines.", f"Write each on one line (JSONL), such as: {such_as}"
    if not lines or lines[0].startswith(b"{"):
        return None
    if lines[0].startswith(b"["):
        return "this is one JSON array, in [ ].", f"Write one object a line, without a list around and commas between: {such_as}"
    if any(byte < 32 and byte not in TEXT_CONTROLS for byte in head):
        return "this seems to be no text (a picture, a database or the like).", one_a_line
    if any(line.startswith(b"{") for line in lines):
        return None
    if lines[0].startswith(b"<"):
        return "this seems to be a web page or XML, not JSON.", one_a_line
    if any(byte in SEPARATORS for byte in lines[0]):
        return "this seems to be a table (CSV), not JSON.", one_a_line
    return "this seems to be plain text, not JSON.", one_a_line
