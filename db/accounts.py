"""Who may sign in to the staff pages: DATA/accounts.json, readable by its owner alone. Passwords are kept as salted digests.

The digest is PBKDF2 with SHA-256 in the form `pbkdf2_sha256$rounds$salt$digest`, which Django uses too.
"""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tracker.problems import StorageProblem

ROUNDS = 600_000
"""https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2"""
KIND = "pbkdf2_sha256"
OF_ONE_POST = {
    "post_verdicts",
    "settled_themes",
    "set_aside_themes",
    "settled_questions",
    "set_aside_questions",
    "post_themes",
    "themed_posts",
    "post_questions",
    "asking_posts",
    "post_readings",
    "sample_scores",
    "posts_to_count",
}
"""Tables that say of a single post what people decided, or what the program makes of it."""
OF_FEW_POSTS = {"daily_counts", "days_to_count", "phrase_figures", "emerging_talk"}
"""Sums that count what people decided and are often of one post: beside the post, which is shown as if nobody had read it, they
say that somebody did, and what they found."""
LABELS = OF_ONE_POST | OF_FEW_POSTS | {"coder_agreement", "weekly_read", "weekly_counts", "public_counts", "counters", "figures"}
"""Tables that a coder who has not read a post yet should not see. The last are sums of which the pages show everyone those that
are of more posts."""


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who may sign in. researcher: may ask in SQL, and so sees the tables of labels, too. lead: may that, see what each
    coder said, and forget people."""

    name: str
    password: str
    lead: bool
    researcher: bool = False

    @property
    def role(self) -> str:
        """lead, researcher or coder: each may all that the next one may."""
        return role_of(self.lead, self.researcher)


def role_of(lead: bool, researcher: bool) -> str:
    """What somebody is called who is so marked; coder is everyone else."""
    return "lead" if lead else "researcher" if researcher else "coder"


def read_accounts(path: Path) -> dict[str, Account]:
    """The accounts by name; {} where none was made. Raises StorageProblem where the file cannot be understood."""
    if not path.is_file():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["accounts"]
        return {row["name"]: _account(row) for row in rows}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageProblem(
            f"{path} cannot be read.",
            why="It is not as `debate-tracker account` writes it.",
            safe="Nobody can sign in until it is mended; nothing is open meanwhile.",
            next_step="Put back a copy of it, or delete it and make the accounts again: debate-tracker account add NAME",
        ) from error


def _account(row: dict[str, Any]) -> Account:
    return Account(str(row["name"]), str(row["password"]), bool(row["lead"]), bool(row.get("researcher", False)))


def write_accounts(path: Path, accounts: dict[str, Account]) -> None:
    """Keep these accounts; the file of before stays whole until the new one is."""
    new = path.with_name(f"{path.name}.new")
    text = json.dumps({"accounts": [asdict(accounts[name]) for name in sorted(accounts)]}, indent=1)
    new.touch(mode=0o600)
    new.write_text(text + "\n", encoding="utf-8")
    with new.open("rb") as stream:
        os.fsync(stream.fileno())
    new.replace(path)


def digest_of(password: str, salt: str | None = None, rounds: int = ROUNDS) -> str:
    """A password as it is kept."""
    used = salt or secrets.token_hex(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "surrogatepass"), used.encode(), rounds)
    return f"{KIND}${rounds}${used}${base64.b64encode(digest).decode()}"


NOBODY = f"{KIND}${ROUNDS}$nobody$"
"""What is compared where there is no such account, so that it takes as long; no password has this digest."""


def is_right(account: Account | None, password: str) -> bool:
    """Whether this is the account's password. Takes a third of a second, whether there is such an account or not."""
    kept = account.password if account else NOBODY
    kind, rounds, salt, _ = [*kept.split("$", 3), "", "", ""][:4]
    if kind != KIND or not rounds.isdigit():
        return False
    same = secrets.compare_digest(kept, digest_of(password, salt, int(rounds)))
    return same and account is not None
