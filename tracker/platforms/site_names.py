"""Who wrote on a blog, in a forum or in a feed, where only a name is given: known by it and by the site alone. Pure.

The same name on two sites is two authors. What guests are called is nobody's name, so that they do not melt into one person.
"""

import re
from urllib.parse import urlsplit

from tracker.records import Author

MAIL = re.compile(r"\S+@\S+\.\S+")
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
GUESTS = """anonymous, anonymous user, anon, anonym, anonyme, anónimo, anonimo, unregistered, guest, guests, a guest, guest user,
gast, invité, invitado, visitor, visitante, besucher, unknown, unknown user, unbekannt, inconnu, nobody, no name, someone,
deleted, [deleted], deleted user, former member, ex-member, a member"""
NOBODY = frozenset(name.strip() for name in GUESTS.split(","))
NUMBERED = re.compile(r"(?:anonymous|anon|guest|gast|visitor|deleted|user)[ _#-]*\d+")
LONGEST = 200


def host_of(address: str) -> str:
    """The host of an address in lower case, without `www.`; '' where there is none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def author_named(platform: str, name: object, site: str, *, shown: str | None = None) -> Author | None:
    """An author who is known by a name on a site (its host; '' where none is known). `shown`: the name beside a user name.

    None: nobody is named, or a guest is, or the name is an e-mail address, of which nothing is kept."""
    said = bare_name(name)
    if said is None:
        return None
    handle = f"{said}@{site}" if site else said
    return Author(platform, f"@{handle.casefold()}", handle, bare_name(shown) or said)


def bare_name(name: object) -> str | None:
    """The name without an e-mail address beside it (`jane@example.org (Jane)`, as RSS has it); None where none is left."""
    if not isinstance(name, str):
        return None
    said = name = name[:LONGEST]
    if MAIL.search(name):
        bracketed = IN_BRACKETS.search(name)
        said = bracketed[1] if bracketed and not MAIL.search(bracketed[1]) else MAIL.sub(" ", name)
    said = " ".join(said.split()).strip(" ,;<>()")[:LONGEST]
    plain = said.casefold()
    return None if not said or plain in NOBODY or NUMBERED.fullmatch(plain) else said
