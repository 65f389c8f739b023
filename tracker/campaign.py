"""Reads a campaign folder (docs/campaign-folder.md). Every mistake names file, line and key, and says what to write instead.

All mistakes of a folder are told together.
"""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from tracker.alert_tables import read_alerts
from tracker.faults import Faults, did_you_mean, quoted, unreadable
from tracker.labelled import read_examples
from tracker.licences import LICENCES
from tracker.problems import CampaignProblem
from tracker.records import PLATFORMS, Campaign, Governance, StudyHold
from tracker.source_tables import read_sources
from tracker.table_mappings import read_mappings
from tracker.theme_files import phrases, read_questions, read_themes, short_name
from tracker.toml_links import read_link, read_links
from tracker.toml_table import Table, read_table
from tracker.tongues import bare_language

__all__ = ["read_campaign", "read_examples"]

TOP_KEYS = ("name", "timezone", "hashtags", "links", "phrases", "languages", "groups")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
HANDLE = {
    "x": (re.compile(r"\w{1,20}", re.ASCII), "x:nef"),
    "mastodon": (re.compile(r"[\w.-]+@[\w.-]+\.\w+(:\d+)?"), "mastodon:nef@example.social"),
    "bluesky": (re.compile(r"[\w-]+(\.[\w-]+)+"), "bluesky:nef.example.org"),
}
ANY_HANDLE = (re.compile(r"[^\s:]+"), "reddit:nef")
AGE_RECIPIENT = re.compile(r"age1[0-9a-z]{58}")
HUNDRED_YEARS = 36500
MOST_PEOPLE = 1000
MOST_SETTLING = 60


def read_campaign(folder: Path) -> Campaign:
    """The campaign in `folder`: campaign.toml, themes/*.toml, questions.toml.

    Raises CampaignProblem, which lists up to 20 mistakes with their lines; PermissionProblem where a file may not be read."""
    faults = Faults()
    path = campaign_file(folder)
    top = read_table(path, faults)
    campaign = _from_table(folder, top) if top else Campaign(str(folder), "")
    themes = read_themes(folder / "themes", campaign.groups, faults)
    questions = read_questions(folder / "questions.toml", faults)
    faults.raise_any()
    return replace(campaign, themes=themes, questions=questions)


def campaign_file(folder: Path) -> Path:
    """The file that makes a folder a campaign. Raises CampaignProblem where it is not there, PermissionProblem."""
    path = folder / "campaign.toml"
    try:
        path.stat()
    except PermissionError as error:
        raise unreadable(path, error) from error
    except (OSError, ValueError) as error:
        raise CampaignProblem(
            f"There is no campaign at {folder}: it has no file campaign.toml.",
            next_step="Give the folder that holds campaign.toml, such as --campaign campaigns/futurewelfare, or begin a "
            "campaign of your own: debate-tracker init campaigns/yours",
        ) from error
    return path


def _from_table(folder: Path, top: Table) -> Campaign:
    paper, publish, retention = top.table("paper"), top.table("publish"), top.table("retention")
    campaign = Campaign(
        folder=str(folder),
        name=short_name(top, "name", such_as='"futurewelfare"', required=True),
        timezone=top.zone("timezone") or "UTC",
        hashtags=_hashtags(top),
        links=read_links(top, "links"),
        phrases=phrases(top, "phrases", such_as='"moving beyond the market"'),
        languages=_languages(top),
        groups=tuple(dict.fromkeys(group for _, group in top.texts("groups", such_as='"Citizens and staff"'))),
        paper_title=paper.text("title", such_as='"Moving beyond the market"'),
        paper_url=read_link(paper, "url", ""),
        own_accounts=_own_accounts(top),
        sources=read_sources(top, TOP_KEYS),
        smallest_cell=publish.whole("smallest_cell", 10, least=1, most=MOST_PEOPLE),
        publish_nightly=publish.flag("nightly", True),
        settle_days=publish.whole("settle_days", 3, least=0, most=MOST_SETTLING),
        licence=_licence(publish),
        posts_days=retention.whole("posts_days", 365, least=1, most=HUNDRED_YEARS),
        raw_days=retention.whole("raw_days", 30, least=0, most=HUNDRED_YEARS),
        study_holds=_study_holds(top),
        governance=_governance(top),
        backup_recipient=_backup_recipient(top),
        alerts=read_alerts(top, TOP_KEYS),
        tables=read_mappings(top),
    )
    for table in (paper, publish, retention):
        table.done(TOP_KEYS)
    top.done()
    return campaign


def _hashtags(top: Table) -> tuple[str, ...]:
    """Hashtags as they are compared: NFKC, casefolded, without '#', each once."""
    kept = []
    for at, spelled in top.texts("hashtags", such_as='"futurewelfare"'):
        tag = unicodedata.normalize("NFKC", spelled).casefold().removeprefix("#")
        joined = "".join(character for character in tag if _in_hashtag(character))
        if not joined or joined.isdigit():
            top.fault("hashtags", f"{quoted(spelled)} is no hashtag.", 'Use letters: hashtags = ["futurewelfare"]', at)
        elif joined != tag:
            wrong = f"{quoted(spelled)} holds a space or a sign that ends a hashtag."
            top.fault("hashtags", wrong, f'Write it as people do, as one word: hashtags = ["{joined}"]', at)
        else:
            kept.append(tag)
    return tuple(dict.fromkeys(kept))


def _in_hashtag(character: str) -> bool:
    """Letters, digits and their marks, "_", the middle dot of Catalan, and the joiners of Persian and Indian scripts."""
    return character in "_·\u200c\u200d" or unicodedata.category(character)[0] in "LNM"


def _languages(top: Table) -> tuple[str, ...]:
    kept = []
    for at, language in top.texts("languages", such_as='"en"'):
        if LANGUAGE.fullmatch(language.lower()) and (bare := bare_language(language)):
            kept.append(bare)
        else:
            wrong = f"{quoted(language)} is no language code."
            top.fault("languages", wrong, 'Write codes of two or three letters: languages = ["en", "cy"]', at)
    if not kept and top.values.get("languages") == []:
        top.fault("languages", "is an empty list.", 'Name at least one language: languages = ["en"]')
    return tuple(dict.fromkeys(kept)) or ("en",)


def _own_accounts(top: Table) -> tuple[str, ...]:
    own = top.table("own")
    kept = []
    for at, written in own.texts("accounts", such_as='"x:nef"'):
        platform, colon, handle = written.partition(":")
        platform, handle = platform.strip().lower(), handle.strip().removeprefix("@")
        pattern, such_as = HANDLE.get(platform, ANY_HANDLE)
        if not colon or platform not in PLATFORMS:
            near = did_you_mean(platform, PLATFORMS) if colon else None
            wrong = f"{quoted(written)} does not begin with a platform and a colon."
            instead = f'Write platform:handle, such as: accounts = ["{near or "x"}:{handle or "nef"}"]'
            own.fault("accounts", wrong, f"{instead}. Platforms: {', '.join(PLATFORMS)}.", at)
        elif not pattern.fullmatch(handle):
            wrong = f"{quoted(handle)} is no account on {platform}."
            own.fault("accounts", wrong, f'Write it such as: accounts = ["{such_as}"]', at)
        else:
            kept.append(f"{platform}:{handle}")
    own.done(TOP_KEYS)
    return tuple(dict.fromkeys(kept))


def _licence(publish: Table) -> str:
    licence = publish.text("licence", such_as='"CC-BY-4.0"')
    if licence and licence not in LICENCES:
        near = did_you_mean(licence, LICENCES)
        wrong = f"{quoted(licence)} is no licence that is known here."
        publish.fault(
            "licence", wrong, f"Write one of {', '.join(LICENCES)}" + (f', such as: licence = "{near}"' if near else ".")
        )
    return licence


def _study_holds(top: Table) -> tuple[StudyHold, ...]:
    holds = []
    for table in top.tables("study_hold"):
        such_as = '"Evaluation agreed with the ethics board"'
        holds.append(StudyHold(table.text("reason", such_as=such_as, required=True), table.day("end", required=True)))
        table.done(TOP_KEYS)
    return tuple(holds)


def _backup_recipient(top: Table) -> str:
    table = top.table("backup")
    recipient = table.text("recipient", such_as='"age1..."')
    if recipient and not AGE_RECIPIENT.fullmatch(recipient):
        table.fault(
            "recipient", f"{quoted(recipient)} is no recipient of age.", "Copy the line that `age-keygen` prints: age1..."
        )
    table.done(TOP_KEYS)
    return recipient


def _governance(top: Table) -> Governance:
    table = top.table("governance")
    governance = Governance(
        controller=table.text("controller", such_as='"New Economics Foundation"'),
        contact=table.text("contact", such_as='"privacy@example.org"'),
        lawful_basis=table.text("lawful_basis", such_as='"legitimate interests (assessment of 1 March 2026)"'),
        condition=table.text("condition", such_as='"research, UK GDPR article 89"'),
        dpia_date=table.day("dpia_date"),
    )
    table.done(TOP_KEYS)
    return governance
