"""Mail goes out as it was written, within its deadline, and a password only over a connection that was looked at."""

import time
from pathlib import Path

import pytest

from tests.certificate import own_certificate, trust_nobody_more
from tests.mail_server import MailServer, mail_server
from tracker.problems import CredentialsRefused, Refused, Unreachable
from tracker.sources import mailing
from tracker.sources.addresses import Hosts, is_this_machine


def sent(server: MailServer | int, *, seconds: float = 20.0, **more: str) -> None:
    port = server if isinstance(server, int) else server.port
    mail = mailing.compose("tracker@example.org", ["a@example.org", "b@example.org"], "A trial – “ü”", "Nothing happened: ü.\n")
    mailing.send_mail(Hosts(["localhost"]), f"localhost:{port}", mail, seconds=seconds, **more)


def test_a_mail_arrives_as_it_was_written_and_says_that_a_program_wrote_it() -> None:
    with mail_server() as server:
        sent(server)
    assert server.texts() == ["A trial – “ü”\nNothing happened: ü.\r\n"]
    assert server.mails[0]["To"] == "a@example.org, b@example.org"
    assert server.mails[0]["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("how", "kind"), [("hangs", Unreachable), ("drips", Unreachable), ("full", Refused)])
def test_a_mail_server_that_goes_wrong_is_told_of_within_the_deadline(how: str, kind: type[Exception]) -> None:
    began = time.monotonic()
    with mail_server(how) as server, pytest.raises(kind):
        sent(server, seconds=1.0)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("how", ["curt", "sleepy"])
def test_a_mail_that_was_taken_is_delivered_however_the_server_takes_its_leave(how: str) -> None:
    began = time.monotonic()
    with mail_server(how) as server:
        sent(server, seconds=1.0)
    assert len(server.mails) == 1
    assert time.monotonic() - began < 3


def test_a_host_that_is_only_called_like_this_machine_is_another() -> None:
    """To this machine alone a password goes in the clear."""
    assert [is_this_machine(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1")] == [True] * 4
    assert not any(map(is_this_machine, ("localhost.example.org", "127.example.org", "127.0.0.1.example.org", "localhosts")))


def test_a_host_that_is_not_called_this_machine_gets_no_password_in_the_clear() -> None:
    """0.0.0.0 leads to this machine, which no name of it says."""
    mail = mailing.compose("a@example.org", ["b@example.org"], "s", "t")
    secret = "a-long-password"
    with mail_server(password=("tracker", secret)) as server, pytest.raises(Refused, match="the password was not sent"):
        mailing.send_mail(Hosts(["0.0.0.0"]), f"0.0.0.0:{server.port}", mail, seconds=5.0, user="tracker", password=secret)
    assert server.mails == []


def test_a_mail_server_that_is_not_there_or_not_to_be_asked_is_told_of() -> None:
    with pytest.raises(Unreachable):
        sent(1)
    mail = mailing.compose("a@example.org", ["b@example.org"], "s", "t")
    for place in ("localhost:25", "127.0.0.1:587", "10.1.2.3", "mail.internal:465"):
        with pytest.raises(Refused):
            mailing.send_mail(Hosts(), place, mail, seconds=1.0)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_password_goes_over_tls_whose_certificate_is_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_nobody_more(monkeypatch)
    context, cert = own_certificate(tmp_path)
    with mail_server(tls=context, password=("tracker", "a-long-password")) as server:
        with pytest.raises(Unreachable, match="could not be reached") as problem:
            sent(server, user="tracker", password="a-long-password")
        assert "certificate" in problem.value.why
        monkeypatch.setenv(name, str(cert))
        sent(server, user="tracker", password="a-long-password")
        with pytest.raises(CredentialsRefused):
            sent(server, user="tracker", password="another")
    assert server.over_tls == [True]
