"""Web addresses in a campaign's files: read from a table, and told in words where they are none."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from tracker.faults import quoted
from tracker.toml_table import Table

SUCH_AS = '"https://example.org/paper"'
WEB = ("http", "https")


def read_links(table: Table, name: str) -> tuple[str, ...]:
    """A list of web addresses, each once."""
    listed = table.texts(name, such_as=SUCH_AS)
    return tuple(dict.fromkeys(link for at, link in listed if is_link(table, name, link, f"{name} = [{SUCH_AS}]", at)))


def read_link(table: Table, name: str, default: str, *, schemes: Collection[str] = WEB) -> str:
    """One web address, or what stands for none."""
    link = table.text(name, such_as=SUCH_AS) or default
    instead = f'{name} = "{default}"' if default else f"{name} = {SUCH_AS}"
    return link if not link or is_link(table, name, link, instead, schemes=schemes) else default


def is_link(table: Table, name: str, link: str, such_as: str, at: int | None = None, *, schemes: Collection[str] = WEB) -> bool:
    """Whether this is a whole web address without a user name or a password; a fault of the table where it is not."""
    signs_in = False
    try:
        parts = urlsplit(link)
        signs_in = parts.username is not None
        good = parts.scheme in schemes and bool(parts.hostname) and not re.search(r"\s", link)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if signs_in:  # not repeated here: cron mails what is printed
        wrong = "the address holds a user name or a password, which pages, exports and alerts would show."
        table.fault(name, wrong, f"Take out what stands before the @ : {such_as}", at)
    elif not good:
        begins = "https://" if "https" in schemes else "wss://"
        table.fault(name, f"{quoted(link)} is no web address.", f"Write it whole, with {begins} : {such_as}", at)
    return good and not signs_in
