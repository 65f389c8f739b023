"""When two posts say the same. Apart from the other wording of themes, since the stores ask it too."""

import re
import unicodedata

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@.])@\w[\w.\-]*(?:@[\w.\-]+)?")
REPOST = re.compile(r"^\s*RT\s+@[\w.@-]+\s*:")


def same_text(text: str) -> str:
    """The key under which two posts say the same: NFKC, case, links, @handles, a repost's beginning and white space aside."""
    bare = HANDLE.sub(" ", LINK.sub(" ", REPOST.sub(" ", text)))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
