"""Which addresses may be asked: hosts on the open internet by https, and what the campaign's `allow_hosts` names.

An address comes from a platform's answer, a redirect or a settings file, so it could lead into the network that this program
runs in. A host is looked up once, and the connection goes to the address that was looked at; a second look-up could say
something else. Where a proxy stands between, it does the looking up, and only the name can be judged here.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tracker.problems import Refused, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")
V4_IN_V6 = ipaddress.ip_network("::/96")
PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".private", ".home.arpa")
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Named:
    """A host as an address names it. allowed: the campaign's `allow_hosts` names it."""

    host: str
    port: int
    tls: bool
    allowed: bool


class Hosts:
    """The hosts that a campaign may ask. `allow`: private ones by name, `host` or `host:port`, by plain http too; governed:
    whether others may be asked, since the campaign says who answers for what is read of them."""

    def __init__(self, allow: Iterable[str] = (), *, governed: bool = True) -> None:
        self._allowed = {_host_and_port(entry) for entry in allow}
        self._governed = governed

    def allows(self, host: str, port: int) -> bool:
        """Whether `allow_hosts` names this host, or this host and port."""
        host = _plain(host)
        return (host, None) in self._allowed or (host, port) in self._allowed

    def is_allowed(self, url: str) -> bool:
        """Whether `allow_hosts` names the host of this address."""
        parts = _split(url)
        return self.allows(parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme])

    def named(self, url: str) -> Named:
        """The host that `url` names, judged by its name. Raises Refused."""
        parts = _split(url)
        host = _plain(parts.hostname or "")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        allowed, tls = self.allows(host, port), parts.scheme in ("https", "wss")
        if parts.username is not None or parts.password is not None:
            raise _refused(host, "the address holds a user name or a password")
        if not tls and not allowed:
            raise _refused(host, f"the address begins with {parts.scheme}://, which anybody on the way can read and change")
        if not allowed and not _could_be_public(host):
            raise _refused(host, "it is a name or an address inside of a private network")
        if not allowed and not self._governed:
            raise Refused(
                f"{host} was not asked.",
                why="It is a host on the open internet, and campaign.toml, [governance] is not filled in.",
                safe="Nothing was sent.",
                next_step="Fill in [governance] in campaign.toml. Servers of your own stand in [network] allow_hosts.",
            )
        return Named(host, port, tls, allowed)

    def addresses(self, named: Named, *, seconds: float) -> list[str]:
        """The addresses of a host that a connection may go to. Raises Unreachable, and Refused where all are private."""
        found = _looked_up(named.host, named.port, seconds)
        good = [address for address in found if named.allowed or is_public(ipaddress.ip_address(address.partition("%")[0]))]
        if not good:
            raise _refused(named.host, f"its name leads to {found[0]}, an address inside of a private network")
        return good


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, also by the IPv4 address that an IPv6 one may carry."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(inner)
    good = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return good and not (address.is_private or address.is_loopback or address.is_link_local)


def is_this_machine(host: str) -> bool:
    """Whether a host, as it is compared, is the machine that this program runs on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in a mapped, compatible, 6to4, Teredo or NAT64 address."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in NAT64 or address in V4_IN_V6:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def no_web_address() -> Refused:
    """What is said of an address that is none, or begins with something else than http; never the address."""
    return Refused(
        "An address was not asked, since it is no web address.",
        safe="Nothing was sent.",
        next_step="Look at the place that it stands in (campaign.toml, [sources], or the credential of that name): it begins "
        "with https://.",
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise no_web_address()
    return parts


def _host_and_port(entry: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[(.+)\](?::(\d+))?", entry.strip())
    if bracketed:
        return _plain(bracketed[1]), int(bracketed[2]) if bracketed[2] else None
    host, colon, port = entry.strip().rpartition(":")
    if colon and port.isdecimal() and ":" not in host:
        return _plain(host), int(port)
    return _plain(entry.strip()), None


def _plain(host: str) -> str:
    """A host as it is compared: lower case, no dot at the end, its international letters as the network has them; an address
    in its shortest spelling."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _could_be_public(host: str) -> bool:
    """Whether a name could be one of the open internet. `2130706433`, `127.1` and `0x7f.1` are addresses for the network."""
    try:
        return is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return is_public(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):
        pass
    return "." in host and not host.endswith(PRIVATE_ENDINGS)


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host. The system's look-up has no deadline, so it runs beside."""
    found: list[str] = []
    failed: list[BaseException] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    beside = threading.Thread(target=look_up, daemon=True)
    beside.start()
    beside.join(max(seconds, 0.1))
    if not found:
        why = (
            f"Its name could not be looked up: {failed[0]}."
            if failed
            else f"Its name was not found within {seconds:.0f} seconds."
        )
        raise Unreachable(
            f"{host} could not be reached.",
            why=why,
            safe="What was stored before is still there.",
            next_step="Look at the name and at this machine's network; the next run asks again.",
        )
    return found


def _refused(host: str, why: str) -> Refused:
    return Refused(
        f"{host or 'A host'} was not asked.",
        why=f"{why[:1].upper()}{why[1:]}.",
        safe="Nothing was sent.",
        next_step="Use an https:// address of the open internet. A server of your own in a private network may be asked once "
        "campaign.toml, [network] allow_hosts names it.",
    )
