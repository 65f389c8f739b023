"""Reads what campaign.toml says of alerts: the table `[alerts]`. Passwords and secret addresses never stand there."""

import re
from collections.abc import Iterable

from tracker.alerting import KINDS, AlertSettings
from tracker.faults import did_you_mean, quoted
from tracker.toml_table import Table

ADDRESS = re.compile(r"[^\s@<>,;:\"()]+@[\w-]+(\.[\w-]+)*", re.ASCII)
SERVER = re.compile(r"[\w-]+(\.[\w-]+)*(:\d{1,5})?", re.ASCII)
MOST_TIMES, MOST_POSTS = 1000, 1_000_000


def read_alerts(top: Table, elsewhere: Iterable[str]) -> AlertSettings:
    """The table, each key of it checked. elsewhere: keys that belong to the top of the file."""
    table, default = top.table("alerts"), AlertSettings()
    found = AlertSettings(
        mail_to=_addresses(table),
        mail_from=_address(table, "mail_from"),
        mail_server=_server(table),
        about=_about(table),
        spike_times=table.whole("spike_times", default.spike_times, least=2, most=MOST_TIMES),
        spike_posts=table.whole("spike_posts", default.spike_posts, least=1, most=MOST_POSTS),
    )
    if found.mail_to:
        for name, such_as in (("mail_from", '"tracker@example.org"'), ("mail_server", '"smtp.example.org:587"')):
            if not table.has(name):
                table.fault(
                    "mail_to", f"is there without {name}, so no mail can be sent.", f"Add a line such as: {name} = {such_as}"
                )
    table.done(elsewhere)
    return found


def _addresses(table: Table) -> tuple[str, ...]:
    kept = []
    for at, address in table.texts("mail_to", such_as='"ops@example.org"'):
        if ADDRESS.fullmatch(address):
            kept.append(address)
        else:
            table.fault("mail_to", f"{quoted(address)} is no mail address.", 'Write such as: mail_to = ["ops@example.org"]', at)
    return tuple(dict.fromkeys(kept))


def _address(table: Table, name: str) -> str:
    address = table.text(name, such_as='"tracker@example.org"')
    if address and not ADDRESS.fullmatch(address):
        table.fault(name, f"{quoted(address)} is no mail address.", f'Write such as: {name} = "tracker@example.org"')
    return address


def _server(table: Table) -> str:
    server = table.text("mail_server", such_as='"smtp.example.org:587"')
    if server and not (SERVER.fullmatch(server) and 0 < int(server.partition(":")[2] or 1) < 1 << 16):
        table.fault(
            "mail_server", f"{quoted(server)} is no mail server.", 'Write host and port: mail_server = "smtp.example.org:587"'
        )
    return server.lower()


def _about(table: Table) -> tuple[str, ...]:
    if not table.has("about"):
        table.texts("about", such_as=f'"{KINDS[0]}"')
        return KINDS
    kept = []
    for at, kind in table.texts("about", such_as=f'"{KINDS[0]}"'):
        if kind in KINDS:
            kept.append(kind)
        else:
            near = did_you_mean(kind, KINDS)
            wrong = f"{quoted(kind)} is nothing that can be told."
            table.fault("about", wrong, f'Write such as: about = ["{near or KINDS[0]}"]. Known: {", ".join(KINDS)}.', at)
    return tuple(dict.fromkeys(kept))
