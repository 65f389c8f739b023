"""`check --governance`: whether it is said who answers for the data and on what basis, whether that is the law in force, and the
papers that this takes, filled from the campaign and its data (docs/governance)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from db.folder import DataFolder
from db.governing import facts_of
from pipelines.check import CheckLine, CheckReport
from pipelines.recheck import HIDDEN_DAYS
from tracker.campaign import read_campaign
from tracker.problems import kind_of_os_error
from tracker.records import Campaign
from tracker.telling import count, listed

PAPERS = Path(__file__).resolve().parents[1] / "docs" / "governance"
FIELD = re.compile(r"\{\{(\w+)\}\}(?P<what> (?:(?:post|account|mark|coding|coder|theme|day)s|people)\b)?")
OUT_OF_DATE = re.compile(r"\b(?:art(?:icle|\.)?\s*89|s(?:ection|\.)?\s*19\b)", re.IGNORECASE)
"""Replaced on 5 February 2026 by Article 84B (Data (Use and Access) Act 2025, sections 86 and 87; SI 2026/82)."""
NOTHING = {"copies": "none", "study_holds": "none", "platforms": "none", "first_post": "no post yet", "last_post": "no post yet"}
USUAL_SMALLEST = 10
CALLED = {"mastodon": "Mastodon", "bluesky": "Bluesky", "x": "X", "feeds": "feeds"}


@dataclass(frozen=True, slots=True)
class Papers:
    """What was found, and the papers by their names."""

    report: CheckReport
    papers: dict[str, str]

    def text(self) -> str:
        """All of it, to be read or piped on."""
        return "\n\n".join(
            [self.report.text(), *(f"----- {name} -----\n\n{text.rstrip()}" for name, text in self.papers.items())]
        )


def look_over(campaign_folder: Path, data: DataFolder, *, now: str) -> Papers:
    """Look at what is said of who answers for the data, and fill the papers. Reads only. Raises Problem where the campaign or a
    store cannot be read."""
    campaign = read_campaign(campaign_folder)
    facts = _facts(campaign, data, now=now)
    papers = {
        path.name: FIELD.sub(lambda found: _in_words(facts[found[1]], found["what"] or ""), path.read_text(encoding="utf-8"))
        for path in sorted(PAPERS.glob("*.md"))
        if path.name != "README.md"
    }
    return Papers(CheckReport(tuple(_findings(campaign, facts, now=now))), papers)


def write_papers(papers: dict[str, str], folder: Path) -> list[Path]:
    """Write them; one that is there and says something else was edited, and gets the new one beside it (NAME.new.md)."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in papers.items():
            path = folder / name
            if path.exists() and path.read_text(encoding="utf-8") != text:
                path = path.with_suffix(".new.md")
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise kind_of_os_error(error)(
            f"The papers could not be written to {folder}.",
            why=f"{error.strerror}: {error.filename}.",
            safe="Nothing of the campaign or its data was changed.",
            next_step="Give --to a folder that this user may write.",
        ) from error
    return written


def _findings(campaign: Campaign, facts: dict[str, str], *, now: str) -> Iterator[CheckLine]:
    said = campaign.governance
    for name in said.missing():
        sentence = (
            f"[governance] {name} is empty in campaign.toml: no source on the open internet is asked, and no night publishes."
        )
        yield CheckLine("problem", sentence, 2)
    if said.dpia_date and said.dpia_date > now[:10]:
        yield CheckLine("warning", f"The assessment is dated {said.dpia_date}, which is still to come.")
    for name in ("lawful_basis", "condition"):
        if OUT_OF_DATE.search(getattr(said, name)):
            sentence = f"[governance] {name} cites law that no longer stands in the United Kingdom: {getattr(said, name)!r}."
            elsewhere = "Where the EU's GDPR holds, its Article 89 stands, and the papers below have to be made to fit it."
            since = "The research safeguards are in UK GDPR Article 84B since 5 February 2026."
            yield CheckLine("warning", f"{sentence} {since} {elsewhere}")
    if campaign.smallest_cell < USUAL_SMALLEST:
        sentence = f"[publish] smallest_cell is {campaign.smallest_cell}: so few people may be known to each other."
        yield CheckLine(
            "warning", f"{sentence} In the United Kingdom {USUAL_SMALLEST} is usual (UK LLC, ONS Longitudinal Study)."
        )
    if not campaign.backup_recipient:
        yield CheckLine("warning", "Backups are not encrypted. Give [backup] recipient in campaign.toml (docs/operating.md).")
    if campaign.sources.x is not None:
        yield CheckLine("note", "X allows no themes kept for single people and no text to others; say to X what it is used for.")
    posts, accounts, marks = (int(facts[name].replace(",", "")) for name in ("posts", "authors", "forgotten"))
    yield CheckLine("ok", f"{count(posts, 'post')} by {count(accounts, 'account')}; {count(marks, 'mark')} of the forgotten.")
    yield CheckLine("ok", "The papers below cite the law in force since 5 February 2026 (UK GDPR Article 84B).")


def _facts(campaign: Campaign, data: DataFolder, *, now: str) -> dict[str, str]:
    """Every field of the papers. What is not known says so."""
    said = campaign.governance
    holds = "; ".join(f"{hold.reason} (until {hold.end})" for hold in campaign.study_holds)
    numbers = dict.fromkeys(("posts", "authors", "hidden", "gone", "opted_out", "codings", "coders", "forgotten"), "0")
    known = {
        **numbers,
        **facts_of(data),
        "campaign": campaign.name,
        "paper": campaign.paper_title or campaign.name,
        "followed": _followed(campaign),
        "sources": ", ".join(campaign.sources.named()) or "no source (export files only)",
        "posts_days": str(campaign.posts_days),
        "raw_days": str(campaign.raw_days),
        "study_holds": holds,
        "smallest_cell": str(campaign.smallest_cell),
        "themes": str(len(campaign.themes)),
        "timezone": campaign.timezone,
        "backups": "encrypted for a key that is kept elsewhere" if campaign.backup_recipient else "not encrypted",
        "program": version("debate-tracker"),
        "today": now[:10],
    }
    for name in said.__slots__:
        known[name] = getattr(said, name).strip() or f"**not said** (`campaign.toml`, `[governance] {name}`)"
    known |= _what_becomes_of_posts(campaign, known["contact"])
    return {**NOTHING, **{name: value for name, value in known.items() if value}}


def _what_becomes_of_posts(campaign: Campaign, contact: str) -> dict[str, str]:
    """Where posts come from, and what this campaign hears of it when one is deleted: of posts in files alone, nothing."""
    files = "files that platforms and research tools give out"
    sources = [CALLED[name] for name in campaign.sources.named()]
    again = [CALLED[name] for name in campaign.sources.asked_again()]
    asked = listed(again)
    unheard = f"write to {contact} and we delete it here, too."
    if not again:
        if_deleted = f"We do not hear of it when you delete your post: {unheard}"
        of_deletions = "not heard of, since no platform is asked again"
    else:
        erased = f"20 hours later where you deleted it, {HIDDEN_DAYS} days later where it is only hidden"
        hidden = (
            f"If you delete your post on {asked} or make your account private, we hide it the next night and erase its words,"
        )
        if_deleted = f"{hidden} {erased}. Of a post that was posted elsewhere we do not hear it: {unheard}"
        what = f"each night asks {asked} what became of posts; hidden at once, words erased after 20 hours (deleted) or"
        of_deletions = f"{what} {HIDDEN_DAYS} days (not shown); of posts from elsewhere nothing is heard"
    came_from = f"{', '.join(sources)} and {files}" if sources else files
    return {"came_from": came_from, "if_deleted": if_deleted, "of_deletions": of_deletions}


def _in_words(fact: str, what: str) -> str:
    """What a field holds, and what it counts, if it does: `1 mark`, `2 marks`."""
    return fact + (what.replace("people", "person").removesuffix("s") if fact == "1" else what)


def _followed(campaign: Campaign) -> str:
    parts = [*(f"#{tag}" for tag in campaign.hashtags), *campaign.links, *(f"“{phrase}”" for phrase in campaign.phrases)]
    return ", ".join(parts) or "everything in the files that are imported"
