"""Who may sign in to the staff pages, and how: accounts with passwords, or a proxy on this machine that knows people already."""

import os
import re
import secrets
from contextlib import closing
from dataclasses import dataclass

from db.accounts import Account, digest_of, read_accounts, write_accounts
from db.folder import DataFolder
from db.publishing import note
from db.store import Store
from tracker.problems import UsageProblem

NAME = re.compile(r"[\w.@+-]{1,40}")
SHORTEST = 12
HEADER = "DEBATE_TRACKER_USER_HEADER"
LEADS = "DEBATE_TRACKER_LEADS"
HOSTS = "DEBATE_TRACKER_HOSTS"
RESEARCHERS = "DEBATE_TRACKER_RESEARCHERS"
MAY = {
    "lead": "a lead: with SQL, with what each coder said, and with the page that forgets people",
    "researcher": "a researcher: with SQL, and so with every table; what each coder said stays closed",
    "coder": "a colleague: with all pages and ready-made questions, without SQL and without the tables of labels",
}
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True)
class SigningIn:
    """How people sign in. accounts: with passwords. header: in which a proxy on this machine says who asks ('': there is none);
    leads and researchers: who of those may what `MAY` says; hosts: the names under which people reach the proxy."""

    accounts: bool = False
    header: str = ""
    leads: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    researchers: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether nobody may see anything before they did."""
        return self.accounts or bool(self.header)


def how_people_sign_in(folder: DataFolder) -> SigningIn:
    """By the accounts in DATA, else by the header that the environment names. Raises UsageProblem, StorageProblem."""
    header = os.environ.get(HEADER, "").strip()
    if header and not HEADER_NAME.fullmatch(header):
        raise UsageProblem(f"{HEADER} is no name of a header: {header[:60]!r}.", next_step="Write such as X-Forwarded-User.")
    told = (_listed(variable) for variable in (LEADS, HOSTS, RESEARCHERS))
    return SigningIn(bool(read_accounts(folder.accounts)), header, *told)


def _listed(variable: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip())


def secret_of(folder: DataFolder) -> str:
    """What sessions, names and forms are signed with; kept, so that people stay signed in, and can send what they have filled in,
    when the pages are started again."""
    path = folder.root / "datasette" / "secret"
    if not path.is_file():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def add_account(folder: DataFolder, name: str, password: str, *, lead: bool, now: str, researcher: bool = False) -> str:
    """Make an account, or give it another password or role. Raises UsageProblem."""
    if not NAME.fullmatch(name):
        raise UsageProblem(
            f"{name[:60]!r} cannot be the name of an account.", next_step="Use up to 40 letters, digits and . _ - + @, no spaces."
        )
    if len(password) < SHORTEST:
        raise UsageProblem(
            f"The password has fewer than {SHORTEST} characters.", next_step="Take four words that nobody guesses."
        )
    folder.create()
    accounts = read_accounts(folder.accounts)
    known = name in accounts
    alike = [other for other in accounts if other != name and other.casefold() == name.casefold()]
    if alike:
        raise UsageProblem(
            f"There is an account {alike[0]!r} already.",
            why="Capitals do not tell people apart: what one of them codes would take the place of what the other said.",
            safe="No account was changed.",
            next_step=f"Take another name; or give {alike[0]!r} another password or role.",
        )
    account = Account(name, digest_of(password), lead, researcher)
    write_accounts(folder.accounts, accounts | {name: account})
    _note(folder, "account changed" if known else "account added", name, now)
    again = "" if len(accounts) else " Pages that are served already need to be started again."
    return f"{name} may sign in, as {MAY[account.role]}.{again}"


def remove_account(folder: DataFolder, name: str, *, now: str) -> str:
    """Take an account away. Raises UsageProblem where there is none."""
    accounts = read_accounts(folder.accounts)
    if name not in accounts:
        raise UsageProblem(f"There is no account {name[:60]!r}.", next_step="`debate-tracker account list` names them all.")
    write_accounts(folder.accounts, {other: account for other, account in accounts.items() if other != name})
    _note(folder, "account removed", name, now)
    return f"{name} may no longer sign in, from now on."


def list_accounts(folder: DataFolder) -> str:
    """Who may sign in."""
    accounts = read_accounts(folder.accounts)
    marks = {name: "" if account.role == "coder" else f" ({account.role})" for name, account in accounts.items()}
    return "\n".join(name + mark for name, mark in marks.items()) or "There are no accounts."


def _note(folder: DataFolder, action: str, name: str, now: str) -> None:
    if folder.exists():
        with closing(Store.open(folder)) as store:
            note(store, action=action, subject=name, count=1, words="", actor="local", now=now)
