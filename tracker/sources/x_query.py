"""What X is asked for a campaign: its hashtags, links and phrases joined by OR, in as few queries as X's limit allows. Pure.

One query for all of them costs less than one each: a post that two of them find is paid once. The terms keep their order, so
that a new one changes the last query only, and with it one place where collecting goes on.

X answers more than was asked for (a phrase without its punctuation, a part of an address): what belongs is decided afterwards,
by the rule that holds for every source (tracker/matching.py). `-is:retweet` is not added: X has kept reposts out of its search
since 2026-05-04, and should it show them again they are read, with the text of the original.
Operators: docs.x.com/x-api/posts/search/integrate/operators.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from tracker.records import Campaign

RECENT_LENGTH = 512
"""Characters of a query of recent search on the self-serve plan (docs.x.com/x-api/posts/search, read in August 2026)."""
ARCHIVE_LENGTH = 1024
"""Characters of a query of the full archive."""
OR = " OR "


def queries(campaign: Campaign, longest: int) -> tuple[str, ...]:
    """The queries that together ask for all that the campaign follows, each of at most `longest` characters."""
    terms = dict.fromkeys(_terms(campaign, longest))
    joined: list[str] = []
    for term in terms:
        if joined and len(joined[-1]) + len(OR) + len(term) <= longest:
            joined[-1] += OR + term
        else:
            joined.append(term)
    return tuple(joined)


def conversation(native_id: str) -> str:
    """The query for all posts of the thread that a post began."""
    return f"conversation_id:{native_id}"


def _terms(campaign: Campaign, longest: int) -> Iterator[str]:
    yield from (f"#{tag}" for tag in campaign.hashtags)
    yield from _quoted("url:", (_bare(link) for link in campaign.links), longest)
    yield from _quoted("", campaign.phrases, longest)


def _quoted(operator: str, texts: Iterable[str], longest: int) -> Iterator[str]:
    """Texts in quotation marks. One that is too long for a whole query is cut at its last words: it then finds more."""
    for text in texts:
        plain = re.sub(r'["\s\\]+', " ", text).strip()
        room = longest - len(operator) - 2
        while len(plain) > room:
            shorter = re.sub(r"[\s/?&=#-]+[^\s/?&=#-]*$", "", plain[:room])
            plain = shorter if shorter and shorter != plain else plain[:room]
        if plain:
            yield f'{operator}"{plain}"'


def _bare(link: str) -> str:
    """An address without scheme, `www.`, fragment and last '/': X finds it inside the whole ones that posts carry."""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"
