"""Markdown as people write it on Reddit, made plain: marks are taken away, words and lines stay. Pure.

Quotes (`> `) and lists keep their marks, since they carry meaning; so does whatever is no mark but looks like one. `#word` stays
a hashtag; a heading has a blank behind its `#`. https://support.reddithelp.com/hc/en-us/articles/360043033952
"""

import re

ANY_MARK = re.compile(r"[*_~`\\^\[<!#-]")
LONGEST = 50_000
"""Reddit's own limit is 40,000 characters; what is longer is left as it is."""
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|^&<:/])")
HELD = re.compile("[\ue000-\ue0ff]")
IMAGE = re.compile(r"!\[(?:gif|img)\]\([^()\n]{0,500}\)")
LINK = re.compile(
    r"!?\[([^\[\]\n]{0,2000})\]\(<?((?:https?://|/)[^\s()<>]{0,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500})?)>?(?:\s+\"[^\"\n]{0,500}\")?\)"
)
AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>")
SPOILER = re.compile(r">!([^\n]{1,500}?)!<")
STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^\n]{1,500}?)(?<=\S)\1")
STARS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,1000})(?<=[^\s*])\*(?![\w*])")
LINES = re.compile(r"(?<![\w_/])_(?=[^\s_])([^_\n]{1,1000})(?<=[^\s_])_(?![\w_])")
ABOVE = re.compile(r"\^\(([^()\n]{1,2000})\)|\^(?=\w)")
CODE = re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]{1,1000})\1(?!`)")
HEADING = re.compile(r"^ {0,3}#{1,6} +(.*?)(?: +#+)? *$", re.MULTILINE)
BULLET = re.compile(r"^( {0,8})[*+] +", re.MULTILINE)
RULE = re.compile(r"^ {0,3}(?:-{3,}|\*{3,}|_{3,}) *$", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(?:```|~~~)[\w-]* *$", re.MULTILINE)


def plain_markdown(text: str) -> tuple[str, list[str]]:
    """(the text without marks, the addresses that its links lead to)."""
    if len(text) > LONGEST or not ANY_MARK.search(text) or HELD.search(text):
        return text, []
    links: list[str] = []

    def link(match: re.Match[str]) -> str:
        target = _shown(match[2])
        if target.startswith("http"):
            links.append(target)
        return match[1]

    plain = ESCAPE.sub(lambda match: chr(0xE000 + ord(match[1])), text)
    plain = AUTOLINK.sub(r"\1", LINK.sub(link, IMAGE.sub("", plain)))
    plain = HEADING.sub(r"\1", FENCE.sub("", RULE.sub("", BULLET.sub(r"\1- ", plain))))
    for mark, kept in ((SPOILER, r"\1"), (CODE, r"\2"), (STRONG, r"\2"), (STRONG, r"\2"), (STARS, r"\1"), (LINES, r"\1")):
        plain = mark.sub(kept, plain)
    plain = ABOVE.sub(lambda match: match[1] or "", plain)
    return _shown(plain).strip(), list(dict.fromkeys(links))


def _shown(text: str) -> str:
    """The text with the characters that were escaped."""
    return HELD.sub(lambda match: chr(ord(match[0]) - 0xE000), text)
