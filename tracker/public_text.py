"""What of a text may be shown to anyone: the campaign's own words without others' names, and how names and borrowed words are
found in what is to be published. Pure."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

RUN = 8
"""So many words in a row that someone wrote are their words (a shorter run can be chance)."""
NAME = re.compile(
    r"(?:\w[\w.+-]*)?[@＠]\w[\w.-]*(?:[@＠][\w-]+(?:\.[\w-]+)+(?::\d+)?)?"  # @ann, @ann@social.example, ann@mail.example
    r"|did:[a-z0-9]+:[\w.:%-]*\w"
    r"|(?<![\w./-])[\w-]+\.bsky\.social\b"
)
"""What names somebody."""
WEB = re.compile(r"(?:https?|at)://[^\s<>\"'”’]+|(?<![\w./@-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\"'”’]+", re.IGNORECASE)
"""Addresses, also without https:// before them."""
WORD = re.compile(r"[^\W_]+")
TRAILING = ".,;:!?)]}…"
SITES_OF_PEOPLE = """
x.com twitter.com t.co bsky.app bsky.social reddit.com redd.it facebook.com fb.com fb.me instagram.com threads.net threads.com
tiktok.com linkedin.com lnkd.in youtube.com youtu.be tumblr.com medium.com substack.com wordpress.com blogspot.com blogger.com
t.me telegram.me pinterest.com vk.com twitch.tv flickr.com patreon.com ko-fi.com linktr.ee about.me github.io livejournal.com
typepad.com weebly.com wixsite.com gofundme.com justgiving.com bit.ly tinyurl.com ow.ly buff.ly dlvr.it is.gd goo.gl trib.al
ift.tt w.wiki wp.me
"""
"""Sites where an address is somebody's post, profile or page, or hides what it leads to."""
OF_PEOPLE = re.compile(r"/(?:@|~|users?/|u/|profile/|profiles/|in/|people/|author/|authors/|by/|channel/|c/)", re.IGNORECASE)
"""How the addresses of people's pages look elsewhere."""
NAMES_SOMEONE = "[name]"
SOMEONES_PAGE = "[link]"


def without_names(text: str, own: Iterable[str]) -> str:
    """A text of the campaign's own, with others' names, addresses and the links to their posts and profiles taken out. own:
    handles that may stay, in lower case, without '@'."""
    kept = {handle.casefold() for handle in own}

    def link(found: re.Match[str]) -> str:
        address = found[0].rstrip(TRAILING)
        return (address if _of_nobody(address) else SOMEONES_PAGE) + found[0][len(address) :]

    def name(found: re.Match[str]) -> str:
        said = found[0].rstrip(".-")
        return found[0] if _bare(said) in kept else NAMES_SOMEONE + found[0][len(said) :]

    parts, place = [], 0
    for found in WEB.finditer(text):
        parts += [NAME.sub(name, text[place : found.start()]), link(found)]
        place = found.end()
    return "".join([*parts, NAME.sub(name, text[place:])])


def names_in(text: str, allowed: Iterable[str]) -> list[str]:
    """Whatever in a text names somebody: `@h`, `h@host`, a DID, an address of a profile or a post. allowed: what may stand there
    nevertheless (the campaign's own accounts and addresses, who answers for it), compared without '@' and capitals."""
    kept = {_bare(one) for one in allowed if one}
    found = [match[0] for match in NAME.finditer(WEB.sub(" ", text))]
    addresses = [match[0].rstrip(TRAILING) for match in WEB.finditer(text)]
    found += [address for address in addresses if not _of_nobody(address)]
    return [name for name in found if _bare(name) not in kept]


def _bare(name: str) -> str:
    return name.casefold().rstrip(".-/").strip("@＠")


def _of_nobody(address: str) -> bool:
    return public_address(address if "://" in address else f"https://{address}") is not None


def public_address(url: str) -> str | None:
    """An address as it may be shown: scheme, host and path, of a page that is nobody's post or profile as far as addresses tell;
    else None. What follows '?' or '#' can say who shared it, so it goes."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").casefold()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host or parts.username is not None:
        return None
    bare = host.removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    if (
        bare.split(".")[0] in ("mastodon", "mstdn")
        or any(bare == site or bare.endswith(f".{site}") for site in SITES_OF_PEOPLE.split())
        or bare.split(".")[0]
        in (
            "mastodon",
            "mstdn",
        )
    ):
        return None
    if OF_PEOPLE.search(f"{parts.path}/") or re.search(r"[@＠]|%40|did:", parts.path, re.IGNORECASE):
        return None
    return f"{parts.scheme.lower()}://{host}{port}{parts.path}"


def public_link(url: str, own: Iterable[str]) -> str | None:
    """An address as it may be counted: whole, or only its site, where its words could be those of a headline that someone wrote.
    own: addresses of the campaign's own, which stay whole."""
    address = public_address(url)
    if address is None or address in own or len(WORD.findall(address)) < RUN:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of RUN words of a text, in lower case; those of an address are words too."""
    words = [word.casefold() for word in WORD.findall(text)]
    for place in range(len(words) - RUN + 1):
        yield tuple(words[place : place + RUN])
