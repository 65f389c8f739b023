"""What 4CAT does to the posts of any platform: who wrote them may be replaced by REDACTED or by a salted code. Pure."""

import re

REPLACED = re.compile(r"REDACTED|UNKNOWN|[0-9a-f]{32,128}")
"""What stands where an author stood (4CAT's processor "Pseudonymise or anonymise" writes 48 figures of a Blake2b digest); UNKNOWN
stands for posts that were gone when it asked for them."""
GONE = "gone or hidden when 4CAT asked for it"


def said(value: object) -> str:
    """What a cell or a field says of an author; '' where 4CAT took that out."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if REPLACED.fullmatch(text) else text
