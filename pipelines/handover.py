"""`check --handover`: what whoever takes a campaign over has to know, as one page of Markdown. Reads only; of credentials it
tells the names and whether they are there, never a value.
"""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from db.accounts import read_accounts
from db.folder import DataFolder
from db.succeeding import Legacy, legacy
from pipelines.accounts import HEADER, LEADS, RESEARCHERS
from pipelines.alert_channels import PING_URL, SMTP_PASSWORD, SMTP_USER, WEBHOOK_URL
from pipelines.alerting import standing_alerts
from pipelines.backup import PACKED
from pipelines.credentials import Credentials
from pipelines.forget_report import beyond_use
from tracker.campaign import read_campaign
from tracker.problems import Problem
from tracker.records import Campaign
from tracker.source_settings import PRICES_AS_OF
from tracker.sources.mastodon_server import own_token_name
from tracker.telling import count

REVIEW = timedelta(days=365)
"""A data protection impact assessment is looked at again at least so often (docs/governance)."""
PROOF_DAYS = 10
"""X wants all of its content deleted, and proof of it, within so many business days (Developer Agreement, VII.I)."""
ROLES = {"lead": ", who leads", "researcher": ", a researcher, who may ask in SQL"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, an item a line."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """All of it. left_to_do: what is open or overdue, told first."""

    campaign: str
    made_at: str
    left_to_do: tuple[str, ...]
    sections: tuple[Section, ...]

    def text(self) -> str:
        """Markdown, to be printed, kept or shown."""
        first = Section("Before anything else", self.left_to_do or ("Nothing is overdue.",))
        parts = [f"# Taking over {self.campaign}", f"As of {self.made_at} (UTC), by `debate-tracker check --handover`."]
        for section in (first, *self.sections):
            parts += [f"## {section.title}", "\n".join(f"- {item}" for item in section.items)]
        return "\n\n".join(parts)


def handover(campaign_folder: Path, data: DataFolder, *, now: str) -> Handover:
    """Gather it. Raises Problem where the campaign cannot be read; a store that cannot be read is itself left to do."""
    campaign = read_campaign(campaign_folder)
    known, unreadable = None, []
    if data.exists():
        try:
            known = legacy(data)
        except Problem as problem:
            unreadable.append(f"**{problem.what}** {problem.next_step}")
    sections = (
        Section("What runs where, and when", tuple(_runs(campaign, data, known))),
        Section("Credentials", tuple(_credentials(campaign))),
        Section("What must be renewed, and by when", tuple(_renewed(campaign, known))),
        Section("Who may sign in", tuple(_people(data))),
        Section("The key, the forgotten, and backups", tuple(_kept_apart(campaign, data))),
        Section("Promises that stand", tuple(_promises(campaign, data, known, now))),
        Section("What a person still does by hand", BY_HAND),
        Section("How to leave", tuple(_leaving(campaign, known))),
    )
    overdue = [*unreadable, *_overdue(campaign, data, known, now)]
    return Handover(campaign.name, now, tuple(overdue), sections)


def _runs(campaign: Campaign, data: DataFolder, known: Legacy | None) -> Iterator[str]:
    yield f"Debate Tracker {version('debate-tracker')} on `{platform.node()}`, Python {platform.python_version()}."
    yield f"The campaign lies in `{Path(campaign.folder).resolve()}`, its data in `{data.root.resolve()}`."
    begun = [night[0] for night in known.nights] if known else []
    if begun:
        zone = ZoneInfo(campaign.timezone)
        times = sorted({f"{datetime.fromisoformat(at).astimezone(zone):%H:%M}" for at in begun[:7]})
        yield f"The last nights began at {', '.join(times)} ({campaign.timezone}); the newest on {begun[0]} (UTC)."
    else:
        yield "No night has run yet."
    yield (
        "What starts them is told by the machine: `systemctl list-timers 'debate-tracker*'`, `crontab -l`, a container, or a "
        "`debate-tracker schedule` that somebody left running. The pages: `systemctl status 'debate-tracker-*'`."
    )
    yield f"Sources that are asked: {', '.join(campaign.sources.in_words()) or 'none; everything comes from export files'}."
    if known and known.model:
        yield f"The theme model: {known.model}."


def _credentials(campaign: Campaign) -> Iterator[str]:
    yield (
        "Looked for in this command's environment and in `$CREDENTIALS_DIRECTORY`. What systemd hands to the night "
        "(`LoadCredential`, files under `/etc/debate-tracker`) is not seen from a shell."
    )
    given = Credentials()
    for name, what in _names(campaign):
        try:
            there = "present" if name in given else "not here"
        except Problem as problem:
            there = problem.what
        yield f"`{name}` ({what}): {there}."


def _names(campaign: Campaign) -> Iterator[tuple[str, str]]:
    sources = campaign.sources
    if sources.x:
        yield "X_BEARER_TOKEN", "an app of X's developer pages, paid"
    if sources.bluesky and sources.bluesky.how == "search":
        yield "BLUESKY_HANDLE", "an account of the campaign's own"
        yield "BLUESKY_APP_PASSWORD", "made in that account's settings"
    if sources.mastodon:
        one = len(sources.mastodon.servers) == 1
        for server in sources.mastodon.servers:
            yield own_token_name(server), f"only where {server} wants one" + (", or MASTODON_TOKEN" if one else "")
    yield PING_URL, "the dead-man's switch"
    yield WEBHOOK_URL, "alerts by webhook"
    if campaign.alerts.by_mail():
        yield SMTP_USER, f"mail through {campaign.alerts.mail_server}"
        yield SMTP_PASSWORD, "its password"


def _renewed(campaign: Campaign, known: Legacy | None) -> Iterator[str]:
    said = campaign.governance
    if said.dpia_date:
        due = date.fromisoformat(said.dpia_date) + REVIEW
        yield f"The data protection impact assessment of {said.dpia_date}: look at it again by {due}, and when sources change."
    else:
        yield "The data protection impact assessment has no date: no source is asked until `[governance]` is filled in."
    for hold in campaign.study_holds:
        yield f"The study hold “{hold.reason}” ends on {hold.end}; from then on posts go after {campaign.posts_days} days."
    if known and known.oldest:
        goes = date.fromisoformat(known.oldest[:10]) + timedelta(days=campaign.posts_days)
        yield f"The oldest posts by others came in on {known.oldest[:10]}; nights let them go from {goes} on, unless held."
    if campaign.sources.x:
        yield f"X's prices as they are known here are of {PRICES_AS_OF}; look whether they changed (`[sources.x] price_...`)."
    yield "Tokens and app passwords end when their platform says so, or when the person whose account it is leaves."
    yield "The certificate and the name of the public pages, and the machine itself: their dates are with whoever runs them."
    yield "The program: `make audit` looks its packages up among known vulnerabilities; docs/operating.md tells how to upgrade."


def _people(data: DataFolder) -> Iterator[str]:
    accounts = read_accounts(data.accounts)
    for account in accounts.values():
        yield f"{account.name}{ROLES.get(account.role, '')}"
    header = os.environ.get(HEADER, "").strip()
    if header:
        leads, researchers = (os.environ.get(named, "").strip() or "nobody" for named in (LEADS, RESEARCHERS))
        yield f"Who a proxy names in the header {header}; leads: {leads}; researchers: {researchers}."
    if not accounts and not header:
        yield "Nobody by name: the pages answer on this machine alone, and whoever is on it is the actor `local`."
    yield "Take away who left: `debate-tracker account remove NAME`. Add yourself: `debate-tracker account add NAME --lead`."


def _kept_apart(campaign: Campaign, data: DataFolder) -> Iterator[str]:
    for path, what in ((data.key, "the key of the tombstones"), (data.forgotten, "who is to stay forgotten, as keyed digests")):
        changed = datetime.fromtimestamp(path.stat().st_mtime).date() if path.is_file() else None
        yield f"`{path.resolve()}`: {what}, " + (f"last changed {changed}." if changed else "not there (nobody asked yet).")
    yield (
        "Both are in no backup. Ask where copies of them are kept apart, and whether they are as new as these: without them a "
        "restore would bring back who asked to be forgotten."
    )
    yield (
        f"The campaign folder and `{data.accounts.name}` are in no backup either: ask where the folder is kept under version "
        "control. Accounts are added again."
    )
    if campaign.backup_recipient:
        yield f"Backups are encrypted for `{campaign.backup_recipient}`."
        yield "Ask who holds the identity to that (the file of `age-keygen`): without it they are lost."
    else:
        yield "Backups are not encrypted (`[backup] recipient`)."
    yield f"Backups lie in `{data.backups.resolve()}`; ask whether and where they are copied to another machine."


def _promises(campaign: Campaign, data: DataFolder, known: Legacy | None, now: str) -> Iterator[str]:
    said = campaign.governance
    yield f"Who answers for the data: {said.controller or 'not said'}; people write to {said.contact or 'not said'}."
    for copy in known.copies if known else ():
        yield f"Handed out: {copy.sentence()}. After each `forget` its holder has to be told what to take out (`--withdrawals`)."
    if known and not known.copies:
        yield "No copy of the data is registered as handed out."
    if known and known.questions is not None:
        yield f"Questions to the campaign that are open: {known.questions:,} (page “Asked of us”)."
    sealed = sorted(path for path in data.backups.glob(f"*{PACKED}.age")) if data.backups.is_dir() else []
    if sealed:
        yield f"Of whoever is forgotten, encrypted backups hold traces until they are dropped. {beyond_use(sealed[-1])}"
    yield f"Posts by others are kept {campaign.posts_days} days, items as they came, and files of them, {campaign.raw_days} days."


def _overdue(campaign: Campaign, data: DataFolder, known: Legacy | None, now: str) -> Iterator[str]:
    today = now[:10]
    if data.forgetting.is_file():
        yield "**Someone is being forgotten, and it was not finished.** The next command that writes ends it."
    if (data.restoring / "ready").exists():
        yield "**A restore was not finished.** The next command that writes ends it."
    if data.unpublished.exists():
        yield "A notice stands in the place of the public copy: ask why before you publish again."
    missing = campaign.governance.missing()
    if missing:
        yield f"`[governance]` lacks {', '.join(missing)}: nothing is asked and nothing is published until then."
    said = campaign.governance
    if said.dpia_date and (date.fromisoformat(said.dpia_date) + REVIEW).isoformat() < today:
        yield f"The impact assessment of {said.dpia_date} is more than a year old: look at it again."
    for hold in campaign.study_holds:
        if hold.end < today:
            yield f"The study hold “{hold.reason}” ended on {hold.end}: take it out of campaign.toml."
    for key, one in standing_alerts(data).items():
        yield f"An alert stands since {one.since}: {key}."
    if known and known.nights:
        began, _, status, code = known.nights[0]
        if datetime.fromisoformat(now) - datetime.fromisoformat(began) > timedelta(hours=26):
            yield f"**The last night began on {began}: nothing starts them any more.**"
        elif code:
            yield f"The last night ended with code {code} ({status}): `debate-tracker status` says why."


BY_HAND = (
    "Copy `forgotten.db` and `key` to where they are kept apart, each time someone was forgotten.",
    "Copy backups to another machine, and try one each month: `debate-tracker restore FILE --check`.",
    "Answer who asks to be forgotten, or what is held on them: `debate-tracker forget`, or the page of that name.",
    "Send withdrawals to holders of copies, and delete the list.",
    "Code the random sample each week, so that the error beside each number stays true (docs/coding.md).",
    "Answer what is asked of the campaign; note the consent of whoever is quoted.",
    "Renew tokens; pay X; look at what `check` says after each change of the campaign folder.",
    "Upgrade the program, and the machine under it.",
)


def _leaving(campaign: Campaign, known: Legacy | None) -> Iterator[str]:
    yield "Stop what starts the nights and the pages (`systemctl disable --now ...`, the cron line, the containers)."
    yield 'Put a notice in the place of the public copy: `debate-tracker unpublish --reason "..."`.'
    yield "Take out what may be kept: counts, the codebook, your own posts, what people coded (`labels --take-out`)."
    if known and known.copies:
        yield f"Tell the holders of {count(len(known.copies), 'copy', 'copies')} that nobody sends withdrawals any more."
    if campaign.sources.x:
        yield f"X: delete all of its content, and keep proof of it; it may ask for that within {PROOF_DAYS} business days."
    yield "Revoke the tokens, app passwords, the webhook and the dead-man's switch where they were made; delete their files here."
    yield "Delete the data folder, and every backup of it wherever it was copied; last of all `key` and `forgotten.db`."
    yield "Say on the privacy page, until its name ends, that collection has stopped and whom to write to."
