"""HTML of forums without the words of others that stand in it. Pure."""

import re

TAG = re.compile(r"<(/?)aside\b([^<>]*)>", re.IGNORECASE)
QUOTE = re.compile(r"""\bclass=["'][^"']*\bquote\b""")


def without_quotes(html: str) -> str:
    """The HTML without Discourse's quotes (`<aside class="quote">`), however deep they lie; previews of links stay."""
    if "<aside" not in html:
        return html
    kept: list[str] = []
    at, depth, quoted = 0, 0, 0
    for tag in TAG.finditer(html):
        if not quoted:
            kept.append(html[at : tag.start()])
        if tag[1]:
            quoted = 0 if depth <= quoted else quoted
            depth = max(depth - 1, 0)
        else:
            depth += 1
            quoted = quoted or (depth if QUOTE.search(tag[2]) else 0)
        at = tag.end()
    return "".join(kept) + (html[at:] if not quoted else "")
