"""What of a text may be shown to anyone: the campaign's own words without others' names, and how names and borrowed words are
found in what is to be published. Pure."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from tracker.persons import AT, REMOVED, REMOVED_LINK, TRAILING, UNSEEN, WEB, bare, host_of, somebodys, tells_who

RUN = 8
"""So many words in a row that someone wrote are their words (a shorter run can be chance)."""
LETTERS = 16
"""So many letters in a row, where words are written without spaces between them (Chinese, Japanese, Thai and others)."""
UNSPACED = re.compile(
    rf"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{{{LETTERS},}}"
)
_IN_NAME = rf"[\w.{UNSEEN}-]"
NAME = re.compile(
    rf"(?:(?<![\w.+-])\w[\w.+-]{{0,200}})?[{AT}][{UNSEEN}]*\w{_IN_NAME}*(?:[{AT}][\w-]+(?:\.[\w-]+)+(?::\d+)?)?"
    r"|did:[a-z0-9]+:[\w.:%-]*\w"
    r"|(?<![\w./-])[\w-]+(?:\.[\w-]+)*\.(?:bsky\.social|brid\.gy)\b"
)
"""What names somebody: @ann, @ann@social.example, ann@mail.example, a DID."""
REPEATED = re.compile(rf"\b[RM]T:? ?(?:[{AT}][{UNSEEN}]*\w|{re.escape(REMOVED)})")
"""What stands before somebody's words that are repeated by hand: `RT @ann: ...`, `So true! MT @ann ...`."""
WORD = re.compile(r"[^\W_]+")
NAMES_SOMEONE = "[name]"
SOMEONES_PAGE = "[link]"
FORGOTTEN = re.compile(rf"(?:(?<![\w.+-])\w[\w.+-]{{0,200}})?{re.escape(REMOVED)}(?:[\w.-]*\w)?")
"""Who is forgotten is shown as anybody else: if their name were taken out in another way, two copies would say who it was."""


def without_names(text: str, own: Iterable[str]) -> str:
    """A text of the campaign's own, with others' names, addresses and the links to their posts and profiles taken out. own:
    handles that may stay, in lower case, without '@'."""
    kept = {handle.casefold() for handle in own}

    def link(found: re.Match[str]) -> str:
        address = found[0].rstrip(TRAILING)
        return (address if of_nobody(address) else SOMEONES_PAGE) + found[0][len(address) :]

    def name(found: re.Match[str]) -> str:
        said = found[0].rstrip(".-")
        return found[0] if _bare(said) in kept else NAMES_SOMEONE + found[0][len(said) :]

    parts, place = [], 0
    for found in WEB.finditer(text):
        parts += [NAME.sub(name, text[place : found.start()]), link(found)]
        place = found.end()
    shown = "".join([*parts, NAME.sub(name, text[place:])])
    return FORGOTTEN.sub(NAMES_SOMEONE, shown).replace(REMOVED_LINK, SOMEONES_PAGE)


def repeats_others(text: str) -> bool:
    """Whether a text of the campaign's own says by itself that it goes on in somebody's words, by hand: no platform tells."""
    return REPEATED.search(text) is not None


def names_in(text: str, allowed: Iterable[str]) -> list[str]:
    """Whatever in a text names somebody: `@h`, `h@host`, a DID, an address of a profile or a post. allowed: what may stand there
    nevertheless (the campaign's own accounts and addresses, who answers for it), compared without '@' and capitals."""
    return others_in(text, may_stand(allowed))


def may_stand(allowed: Iterable[str]) -> frozenset[str]:
    """What may stand in a text, as others_in compares it: made once for many texts."""
    return frozenset(_bare(one) for one in allowed if one)


def others_in(text: str, kept: frozenset[str]) -> list[str]:
    """As names_in. kept: as may_stand gives it."""
    found = [match[0] for match in NAME.finditer(WEB.sub(" ", text))]
    addresses = [match[0].rstrip(TRAILING) for match in WEB.finditer(text)]
    found += [address for address in addresses if not of_nobody(address)]
    return [name for name in found if _bare(name) not in kept]


def _bare(name: str) -> str:
    return bare(name).rstrip(".-/").strip("@")


def of_nobody(address: str) -> bool:
    """Whether an address, whole, is nobody's post, profile or page and names nobody, as far as addresses tell."""
    whole = address if "://" in address else f"https://{address}"
    return public_address(whole) is not None and not tells_who(whole)


def public_address(url: str) -> str | None:
    """An address as it may be shown: scheme, host and path, of a page that is nobody's post or profile as far as addresses tell;
    else None. What follows '?' or '#' can say who shared it, so it goes."""
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    host = host_of(url.strip())
    if parts.scheme.lower() not in ("http", "https") or "." not in host or parts.username is not None or somebodys(url.strip()):
        return None
    return f"{parts.scheme.lower()}://{host}{port}{parts.path}"


def public_link(url: str, own: Iterable[str]) -> str | None:
    """An address as it may be counted: whole, or only its site, where its words could be those of a headline that someone wrote.
    own: addresses of the campaign's own, which stay whole."""
    address = public_address(url)
    if address is None or address in own or len(WORD.findall(address)) < RUN:
        return address
    return site_of(address)


def site_of(address: str) -> str:
    """Only the site of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of RUN words of a text, in lower case; those of an address are words too."""
    words = [word.casefold() for word in WORD.findall(text)]
    for place in range(len(words) - RUN + 1):
        yield tuple(words[place : place + RUN])


def letter_runs(text: str) -> Iterator[str]:
    """Every run of LETTERS letters of a text where it is written without spaces between words."""
    for found in UNSPACED.finditer(text):
        for place in range(len(found[0]) - LETTERS + 1):
            yield found[0][place : place + LETTERS]
