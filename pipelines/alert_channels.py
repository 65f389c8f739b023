"""How those who look after a campaign are reached: a dead-man's switch that is pinged, a webhook, mail.

The addresses of the switch and of the webhook are credentials (who knows them can use them), so they come from where credentials
come from (credentials.py), and no log has them. Each channel has a deadline; what it could not deliver is a Problem.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pipelines.credentials import Credentials
from tracker.alerting import MAIL, WEBHOOK, Message
from tracker.problems import CredentialsRefused, Refused
from tracker.records import Campaign
from tracker.redacting import REDACTOR

if TYPE_CHECKING:
    from tracker.sources.web import Web

PING_URL = "DEBATE_TRACKER_PING_URL"
WEBHOOK_URL = "DEBATE_TRACKER_ALERT_WEBHOOK_URL"
SMTP_USER, SMTP_PASSWORD = "DEBATE_TRACKER_SMTP_USER", "DEBATE_TRACKER_SMTP_PASSWORD"
NAMES = (PING_URL, WEBHOOK_URL, SMTP_USER, SMTP_PASSWORD)
PING_SECONDS, WEBHOOK_SECONDS, MAIL_SECONDS = 10.0, 15.0, 30.0
PATIENCE = 5.0
"""Seconds that are waited in all where a server asks to wait."""
LONGEST_TEXT = 1900
"""Characters of the shorter text of a webhook: Discord takes 2,000."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The ways that are set up for a campaign."""

    campaign: Campaign
    credentials: Credentials

    def names(self) -> tuple[str, ...]:
        """The channels by which alerts are told; one whose address cannot be used is among them, and says so when tried."""
        mail = (MAIL,) if self.campaign.alerts.by_mail() else ()
        return (*mail, *((WEBHOOK,) if self._why_not(WEBHOOK_URL) or self._secret(WEBHOOK_URL) else ()))

    def ping(self, what: str) -> bool:
        """Tell the dead-man's switch `start`, or an exit status (as https://healthchecks.io/docs/signaling_failures/ has it);
        False where there is none. Raises a Problem where it could not be told."""
        address = self._secret(PING_URL)
        if not address:
            return False
        self._web(PING_SECONDS).get(_below(address, what), limit=1 << 16)
        return True

    def send(self, channel: str, told: Message) -> None:
        """Send an alert by one of `names`. Raises a Problem where it could not be delivered."""
        if channel == MAIL:
            self._mail(told)
        else:
            body = {"text": f"{told.subject}\n\n{told.text}", "content": f"{told.subject}\n\n{told.text}"[:LONGEST_TEXT]}
            self._web(WEBHOOK_SECONDS).post(
                self._secret(WEBHOOK_URL),
                json={**body, "campaign": self.campaign.name, "subject": told.subject},
                limit=1 << 16,
            )

    def in_words(self) -> Iterator[tuple[str, str]]:
        """What would be told to whom, in sentences with their level (`check`); never a secret address."""
        alerts = self.campaign.alerts
        unusable = {name: problem for name in NAMES if (problem := self._why_not(name))}
        for problem in unusable.values():
            yield "warning", f"{problem.what} {problem.why} {problem.next_step}"
        ping, hook, user, password = ("" if name in unusable else self._secret(name) for name in NAMES)
        if ping:
            yield from self._address_in_words(
                ping, PING_URL, "Each night tells {} that it begins, and with which exit code it ends."
            )
        else:
            yield "note", f"Nobody is told when a night does not run at all: give {PING_URL} ([alerts], docs/operating.md)."
        about = ", ".join(alerts.about) or "nothing"
        if hook:
            yield from self._address_in_words(hook, WEBHOOK_URL, f"Alerts ({about}) go to the webhook at {{}}.")
        if alerts.by_mail():
            way = f"from {alerts.mail_from} to {', '.join(alerts.mail_to)} through {alerts.mail_server}"
            yield "ok", f"Alerts ({about}) go by mail {way}."
            if bool(user) != bool(password):
                yield "warning", f"Of {SMTP_USER} and {SMTP_PASSWORD} one is missing, so the mail server will not let us in."
        if not hook and not alerts.by_mail():
            yield "note", f"No alerts are sent: give {WEBHOOK_URL}, or mail_to in campaign.toml, [alerts]."
        elif "spike" in alerts.about:
            times, posts = alerts.spike_times, alerts.spike_posts
            yield "ok", f"A spike is a day with {times} times its usual number of posts, and at least {posts:,}."

    def _address_in_words(self, address: str, name: str, sentence: str) -> Iterator[tuple[str, str]]:
        from tracker.sources.addresses import Hosts

        try:
            yield "ok", sentence.format(Hosts(self.campaign.sources.allow_hosts).named(address).host)
        except Refused as problem:
            yield "warning", f"The address in {name} will not be asked. {problem.why or problem.what} {problem.next_step}"

    def _mail(self, told: Message) -> None:
        from tracker.sources.addresses import Hosts
        from tracker.sources.mailing import compose, send_mail

        alerts = self.campaign.alerts
        mail = compose(alerts.mail_from, alerts.mail_to, told.subject, told.text)
        user, password = self._secret(SMTP_USER), self._secret(SMTP_PASSWORD)
        hosts = Hosts(self.campaign.sources.allow_hosts)
        send_mail(hosts, alerts.mail_server, mail, seconds=MAIL_SECONDS, user=user, password=password)

    def _web(self, deadline: float) -> "Web":
        from tracker.sources.web import Web

        hosts = self.campaign.sources.allow_hosts
        return Web(contact=self.campaign.governance.contact, allow_hosts=hosts, budget=PATIENCE, deadline=deadline)

    def _why_not(self, name: str) -> CredentialsRefused | None:
        """Why a credential that is there cannot be used."""
        try:
            self._secret(name)
        except CredentialsRefused as problem:
            return problem
        return None

    def _secret(self, name: str) -> str:
        """A credential; "" where it is not given. Of an address its path alone is a secret too."""
        value = self.credentials.get(name, "")
        if value and name in (PING_URL, WEBHOOK_URL):
            REDACTOR.hide(*(part for part in urlsplit(value).path.split("/") if len(part) >= 16))
        return value


def _below(address: str, what: str) -> str:
    """The address with one more step of its path; what stands behind a `?` stays."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{what}"))
