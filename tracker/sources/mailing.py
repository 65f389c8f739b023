"""The other way out of this machine: a mail to who looks after a campaign, by SMTP (RFC 5321), encrypted and within a deadline.

Where it may go is judged as for every other address (addresses.py): the open internet, or what `allow_hosts` names. Port 465
speaks TLS from the first byte (RFC 8314), every other port by STARTTLS (RFC 3207); a server without either gets nothing, unless
`allow_hosts` names it. A password goes over TLS, or stays on this machine.
"""

import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from tracker.problems import CredentialsRefused, Refused, Unreachable
from tracker.sources.addresses import Hosts, Named, is_this_machine
from tracker.sources.connections import CONNECT_SECONDS, Watch, first_to_answer, trusted

SUBMISSION, TLS_AT_ONCE = 587, 465
SAFE = "Nothing else depends on it."
ANOTHER_SERVER = "Give another mail_server ([alerts] in campaign.toml), or name it in [network] allow_hosts if it is yours."


def compose(sender: str, recipients: Sequence[str], subject: str, text: str) -> EmailMessage:
    """A mail in plain text that says of itself that a program wrote it, so that nobody's absence note answers it (RFC 3834)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(recipients), subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def send_mail(hosts: Hosts, server: str, mail: EmailMessage, *, seconds: float, user: str = "", password: str = "") -> None:
    """Hand a mail to `server` (host or host:port). Raises Unreachable, Refused, CredentialsRefused; never later than `seconds`
    and a look-up of the name."""
    try:
        named = hosts.named(f"https://{server if ':' in server else f'{server}:{SUBMISSION}'}")
    except Refused as problem:
        problem.next_step = ANOTHER_SERVER
        raise
    watch = Watch(seconds)
    try:
        addresses = hosts.addresses(named, seconds=min(seconds, CONNECT_SECONDS))
        with watch, _Connection(named, addresses, watch) as connection:
            encrypted = _encrypt(connection, named)
            if user:
                _sign_in(connection, named, encrypted, user, password)
            refused = connection.send_message(mail)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise _in_words(error, named, watch) from error
    if refused:
        raise _refused(named, f"It took the mail for some of the addresses in mail_to, and not for {len(refused)} of them.")


class _Connection(smtplib.SMTP):
    """An SMTP connection to an address that was looked at, which a watch can shut down at whatever it is."""

    def __init__(self, named: Named, addresses: Sequence[str], watch: Watch) -> None:
        self._addresses, self._watch = addresses, watch
        self._tls = trusted() if named.port == TLS_AT_ONCE else None
        super().__init__(named.host, named.port, local_hostname=socket.gethostname(), timeout=max(watch.left(), 0.1))

    def __exit__(self, *left: Any) -> None:
        """Take leave. A mail that was taken is delivered, whatever the server says to that."""
        with suppress(smtplib.SMTPException):
            super().__exit__(*left)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        connected = first_to_answer(self._addresses, port, lambda: max(self._watch.left(), 0.1))
        connected.settimeout(timeout)
        self._watch.holds(connected)
        return self._tls.wrap_socket(connected, server_hostname=host) if self._tls else connected


def _encrypt(connection: smtplib.SMTP, named: Named) -> bool:
    if named.port == TLS_AT_ONCE:
        return True
    connection.ehlo_or_helo_if_needed()
    if connection.has_extn("starttls"):
        connection.starttls(context=trusted())
        connection.ehlo()
        return True
    if not named.allowed:
        raise _refused(named, "It offers no encryption (STARTTLS), so anybody on the way could read the mail.")
    return False


def _sign_in(connection: smtplib.SMTP, named: Named, encrypted: bool, user: str, password: str) -> None:
    if not encrypted and not is_this_machine(named.host):
        raise _refused(named, "It offers no encryption (STARTTLS), so the password was not sent.")
    connection.login(user, password)


def _refused(named: Named, why: str) -> Refused:
    return Refused(
        f"{named.host} did not take the mail.",
        why=why,
        safe=SAFE,
        next_step="Look at [alerts] in campaign.toml; `debate-tracker alerts --test` tries it.",
    )


def _in_words(error: Exception, named: Named, watch: Watch) -> Unreachable | Refused | CredentialsRefused:
    if watch.rang or isinstance(error, TimeoutError):
        return _unreachable(named, f"It did not finish within {watch.seconds:.0f} seconds.")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return CredentialsRefused(
            f"{named.host} does not take the user name and password for mail.",
            why=f"It answered with code {error.smtp_code}.",
            safe=SAFE,
            next_step="Look at DEBATE_TRACKER_SMTP_USER and DEBATE_TRACKER_SMTP_PASSWORD.",
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(named, f"It answered with code {error.smtp_code}.")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused(named, "It takes mail for none of the addresses in mail_to.")
    if isinstance(error, ssl.SSLError):
        return _unreachable(named, "Its certificate or its encryption is not sound.")
    return _unreachable(named, f"The connection could not be made, or broke ({type(error).__name__}).")


def _unreachable(named: Named, why: str) -> Unreachable:
    return Unreachable(
        f"The mail server {named.host} could not be reached.",
        why=why,
        safe=SAFE,
        next_step="Look at mail_server in campaign.toml, [alerts], and at this machine's network.",
    )
