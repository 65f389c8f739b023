"""Where the program asks: never inside, never where a name leads inside, and not round in circles."""

import pytest

from tests.raw_server import answer, raw_server
from tests.web_client import OK, web_for
from tracker.problems import Problem, Refused
from tracker.sources.addresses import Hosts
from tracker.sources.web import Web

PRIVATE = (
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://a.localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:1:1:1:1:80ff:fffe]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://printer.local/",
    "https://intranet/",
    "https://db.internal/",
    "http://example.org/",
    "https://user:pw@example.org/",
    "https://１２７.0.0.1/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "https:///x",
    "https://exa\tmple.org/",
    "gopher://x/",
    "wss://127.0.0.1/",
    "ws://example.org/",
)


def places(hosts: Hosts, address: str) -> list[str]:
    return hosts.addresses(hosts.named(address), seconds=5)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_places_and_plain_http_are_not_asked(address: str) -> None:
    with pytest.raises(Problem) as caught:
        places(Hosts(["127.0.0.1:1"]), address)
    assert isinstance(caught.value, Refused), caught.value


def test_what_the_campaign_names_may_be_asked() -> None:
    hosts = Hosts(["localhost", "127.0.0.1:8080", "[::1]:9000", "::1", "Intranet", "nonsense:²"])
    assert places(hosts, "http://127.0.0.1:8080/x") == ["127.0.0.1"]
    assert hosts.named("ws://[::1]:9000/").port == 9000
    assert hosts.allows("INTRANET", 443)
    with pytest.raises(Refused):
        places(hosts, "http://127.0.0.1:8081/")


def test_a_public_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server is somebody else's; only the look-up is replaced here, the canary is real."""
    monkeypatch.setattr("socket.getaddrinfo", lambda host, port, **_: [(2, 1, 6, "", ("127.0.0.1", port))])
    with raw_server(OK) as canary, pytest.raises(Refused, match=r"leads to 127\.0\.0\.1"):
        Web().get(f"https://rebinding.example.org:{canary.port}/")
    assert canary.requests == []


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {to}", status=status)


def test_redirects_are_looked_at_again_and_leave_credentials_behind() -> None:
    with raw_server(OK) as other, raw_server(OK) as hidden:
        with raw_server(redirect(f"{other.base}/b")) as server:
            web = Web(allow_hosts=[server.host, other.host])
            web.get(f"{server.base}/a", headers={"Authorization": "Bearer canary-token-1"})
        assert "canary-token-1" in server.requests[0]
        assert "canary-token-1" not in other.requests[0]
        with raw_server(redirect(f"{hidden.base}/")) as server, pytest.raises(Refused):
            web_for(server).get(f"{server.base}/")
        elsewhere = redirect(f"{other.base}/", "307 Temporary Redirect")
        with raw_server(elsewhere) as server, pytest.raises(Refused, match="would go to another host"):
            Web(allow_hosts=[server.host, other.host]).post(f"{server.base}/", json={"password": "canary"})
        assert hidden.requests == []
        assert len(other.requests) == 1


def test_a_circle_of_redirects_ends() -> None:
    with raw_server(redirect("/again")) as server, pytest.raises(Refused, match="more than 3 times"):
        web_for(server).get(f"{server.base}/")
    assert len(server.requests) == 4
