"""Looks a campaign and its data over and says, in words, what is well, what is missing and what will fail. Changes nothing."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from db.watching import read
from pipelines.alert_channels import Channels
from pipelines.checking_model import LiveModel, found_by, language_lines, live_model_of, standing_of, themeless_of, vectors_lines
from pipelines.checking_stores import another_lines, store_lines
from pipelines.credentials import Credentials
from pipelines.learning_files import lines_to_learn_from
from pipelines.planning import plan, plan_lines
from pipelines.spending import spend_lines
from pipelines.tonight import clock_lines, refusal_lines, room_lines
from tracker.campaign import read_campaign
from tracker.contradicting import contradictions, never_found
from tracker.labelled import labelled_lines
from tracker.matching import plain_words
from tracker.problems import CampaignProblem, PermissionProblem, Problem, worst_exit_code
from tracker.records import Campaign, Example, Theme
from tracker.sameness import marks_of
from tracker.settling import names_now, no_longer_themes
from tracker.telling import count, listed

LEVELS = ("ok", "note", "warning", "problem")
ENOUGH_EXAMPLES = 10
"""Below so many labelled posts a theme's learned part is hardly better than chance (docs/method-themes.md)."""
FOUND_FROM = 5
"""Labelled posts from which a theme without phrases can be found: LEARNED_FROM of tracker/themes/learning.py, which is slow to
import."""
NAMED = 5


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One finding. level is one of LEVELS; exit_code is not 0 for a problem."""

    level: str
    sentence: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings, in the order in which they are told."""

    lines: tuple[CheckLine, ...]

    @property
    def exit_code(self) -> int:
        """0, or the code of the worst problem (docs/commands.md)."""
        return worst_exit_code(line.exit_code for line in self.lines)

    def text(self) -> str:
        """A line a finding, its level first, and a last line that sums up."""
        told = [f"{line.level:<8} {line.sentence}" for line in self.lines]
        counts = Counter(line.level for line in self.lines)
        summed = listed([count(counts[level], level) for level in ("problem", "warning", "note")])
        return "\n".join([*told, "", f"{summed[0].upper()}{summed[1:]}."])


def check(campaign_folder: Path, data_folder: Path, *, now: str) -> CheckReport:
    """Look at the campaign and at the data. now: ISO 8601 UTC. What cannot be read is a line, not an exception."""
    data = DataFolder(data_folder)
    live = live_model_of(data)
    about_both = (
        *(CheckLine(*found) for found in another_lines(campaign_folder, data)),
        *_model_lines(campaign_folder, data, live),
    )
    return CheckReport((*_campaign_lines(campaign_folder, data, now, live), *_data_lines(data, now), *about_both))


def _campaign_lines(folder: Path, data: DataFolder, now: str, live: LiveModel) -> Iterator[CheckLine]:
    try:
        campaign = read_campaign(folder)
        lines = labelled_lines(folder / "examples.jsonl", campaign)
    except Problem as problem:
        yield from _told(problem)
        return
    examples, to_delete = lines_to_learn_from(lines, data)
    if to_delete:
        yield CheckLine("warning", to_delete)
    coded = _coded(campaign, data)
    yield _followed(campaign)
    yield from _themes(campaign, examples, coded, live)
    yield from (CheckLine(*found) for found in _kept_from_measuring(folder / "themes", campaign, data))
    yield from _labels(campaign, examples, len(coded), live)
    yield from (CheckLine(*found) for found in (*language_lines(campaign), *vectors_lines(campaign)))
    yield from _stray_files(folder / "themes")
    yield from _answered_for(campaign, data, now)


def _told(problem: Problem) -> Iterator[CheckLine]:
    """A problem as lines of its own, a line a mistake."""
    others = problem.others if isinstance(problem, CampaignProblem) else ()
    for one in (problem, *others):
        yield CheckLine("problem", _joined(one.what, one.why, one.safe, one.next_step), one.exit_code)
    if isinstance(problem, CampaignProblem) and problem.untold:
        yield CheckLine("problem", f"And {problem.untold} more, told once these are mended.", problem.exit_code)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


# ---- the campaign ----------------------------------------------------------------------------------------------------


def _followed(campaign: Campaign) -> CheckLine:
    if not campaign.follows_something():
        return CheckLine("note", f"The campaign {campaign.name} follows nothing, so every post that is imported is kept.")
    counts = (
        count(len(campaign.hashtags), "hashtag"),
        count(len(campaign.links), "link"),
        count(len(campaign.phrases), "phrase"),
    )
    return CheckLine("ok", f"The campaign {campaign.name} follows {listed(counts)}; people see days in {campaign.timezone}.")


def _coded(campaign: Campaign, data: DataFolder) -> list[set[str]]:
    """The themes of each post that people coded and that may be learned from. That labels.db cannot be read is told elsewhere."""
    if not os.access(data.labels, os.R_OK):
        return []
    now_called = names_now({theme.slug: theme.renamed_from for theme in campaign.themes})
    posts: dict[tuple[str | None, str | None], set[str]] = {}
    try:
        with closing(Labels(data, readonly=True)) as labels:
            for one in labels.coded_examples():
                given = {now_called[slug] for slug in one.themes or () if slug in now_called}
                posts.setdefault((one.platform, one.native_id), set()).update(given)
    except Problem:
        return []
    return list(posts.values())


def _themes(
    campaign: Campaign, examples: list[tuple[int, Example]], coded: list[set[str]], live: LiveModel
) -> Iterator[CheckLine]:
    if not campaign.themes:
        yield CheckLine("note", "There are no themes: posts are kept and shown, but not sorted. Add files under themes/.")
    labelled = Counter(slug for themes in (*(example.themes or () for _, example in examples), *coded) for slug in themes)
    wanted = live.wanted(len(examples) + len(coded))
    for theme in campaign.themes:
        positives = max(labelled[theme.slug], live.learned_by_hand(theme)) + len(theme.examples_yes)
        yield _one_theme(theme, positives, bool(examples or coded or live.learned()), wanted)
    holders: dict[tuple[str, str], list[str]] = {}
    for theme in campaign.themes:
        for phrase in theme.phrases:
            holders.setdefault((theme.dimension, plain_words(phrase).strip()), []).append(theme.slug)
    for (_, phrase), slugs in holders.items():
        if len(slugs) > 1:
            sentence = f'The phrase "{phrase}" stands in {listed(slugs)}: a post that holds it gets all of these themes.'
            yield CheckLine("note", f"{sentence} Unless that is meant, keep it in one.")


def _one_theme(theme: Theme, positives: int, any_examples: bool, wanted: int) -> CheckLine:
    """wanted: so many labelled posts, whatever they carry, before anything is learned from them; 0 where there are as many."""
    counts = f"Theme {theme.slug}: {count(len(theme.phrases), 'phrase')}, {count(positives, 'labelled post')}."
    lacks = []
    never = not theme.phrases and (positives < FOUND_FROM or wanted > 0)
    if never:
        all_in_all = f" and {wanted} are labelled in all" if wanted else ""
        so_far = f"It will not be found before {FOUND_FROM} labelled posts carry it{all_in_all}, as a theme without phrases"
        lacks.append(f"{so_far}: give it phrases, or label posts with it.")
    elif any_examples and positives < ENOUGH_EXAMPLES:
        lacks.append(f"Fewer than {ENOUGH_EXAMPLES} labelled posts teach the model little: label more.")
    if not theme.meaning:
        lacks.append(
            "It has no meaning, so it is known by phrases and labels alone: write a sentence, since coders go by it too."
        )
    off = never_found(theme)
    if off:
        its, it = ("phrases", "them") if len(off) > 1 else ("phrase", "it")
        which = listed([f'"{phrase}"' for phrase in off])
        lacks.append(
            f"Its {its} {which} can never be found, since a not_when phrase of its own stands in {it}: take one of them out."
        )
    never = never or bool(off)
    kind = "warning" if never else "note" if lacks else "ok"
    return CheckLine(kind, " ".join([counts, *lacks]))


def _kept_from_measuring(themes: Path, campaign: Campaign, data: DataFolder) -> Iterator[tuple[str, str]]:
    """Theme files whose examples say what posts say that were coded for the audit: a model that learns from the ones is not
    measured on the others. Labels that say so are not learned from; a theme file is."""
    if not os.access(data.labels, os.R_OK):
        return
    try:
        with closing(Labels(data, readonly=True)) as labels:
            audit = {(one.platform, one.native_id): marks_of(one.text)[1] for one in labels.audit_examples()}
    except Problem:
        return  # told elsewhere
    for theme in campaign.themes:
        own = {mark for text in (*theme.examples_yes, *theme.examples_no) for mark in marks_of(text)[0]}
        if posts := sum(bool(marks & own) for marks in audit.values()):
            said = count(posts, "post that was coded for the audit", "posts that were coded for the audit")
            sentence = f"{themes / theme.slug}.toml: its examples say the same as {said}, which no model that learns from them"
            yield "note", f"{sentence} is measured on. Say it in other words there, and train again."


def _labels(campaign: Campaign, examples: list[tuple[int, Example]], coded: int, live: LiveModel) -> Iterator[CheckLine]:
    if coded:
        sentence = (
            f"{count(coded, 'post')} that people coded may be learned from; those drawn for the audit are only measured on."
        )
        yield CheckLine("ok", sentence)
    elif not examples and not live.learned():
        none = "There are no labelled posts in examples.jsonl, and none that people coded may be learned from"
        yield CheckLine("note", f"{none}{found_by(campaign, live)}.")
    if not examples:
        return
    invented = sum(example.origin == "invented" for _, example in examples)
    sentence = f"{count(len(examples), 'labelled post')} in examples.jsonl, {invented} of them invented."
    yield CheckLine("ok", sentence)
    if invented == len(examples) and not coded and not live.learned_from_people():
        yield CheckLine("note", "All labelled posts are invented: have people label real ones before a number is quoted.")
    for earlier, later in contradictions(examples):
        sentence = (
            f"{Path(campaign.folder) / 'examples.jsonl'}: lines {earlier} and {later} hold the same text with different labels."
        )
        yield CheckLine("warning", f"{sentence} Decide which is right and remove the other.")


def _stray_files(themes: Path) -> Iterator[CheckLine]:
    """A file such as `care.toml.txt`, or in a folder of its own, would be left out without a word."""
    if not themes.is_dir():
        return
    for path in sorted(themes.glob("[!.]*/*.toml")):
        sentence = f"{path} is not read: theme files lie in {themes} itself. Move it there; `group` in it gives it a heading."
        yield CheckLine("warning", sentence)
    for path in sorted(themes.iterdir()):
        if path.suffix != ".toml" and ".toml" in path.name.lower() and not path.name.startswith("."):
            yield CheckLine("warning", f"{path} is not read: the name of a theme file ends in .toml. Rename it.")


def _answered_for(campaign: Campaign, data: DataFolder, now: str) -> Iterator[CheckLine]:
    """Sources and their cost, governance and holds."""
    today = now[:10]
    missing = campaign.governance.missing()
    told = Channels(campaign, Credentials()).in_words()
    for level, sentence in (*plan_lines(plan(campaign, Credentials()), campaign), *spend_lines(campaign, data, now=now), *told):
        yield CheckLine(level, sentence)
    if os.access(data.tracker, os.R_OK):
        yield from (CheckLine(*found) for found in refusal_lines(campaign, data))
    if missing:
        yield CheckLine(
            "note",
            f"[governance] lacks {listed(missing)}; no source on the open internet is asked and no "
            "night publishes until all are filled in.",
        )
    if campaign.governance.dpia_date > today:
        yield CheckLine("warning", f"governance.dpia_date is {campaign.governance.dpia_date}, which is still to come.")
    for hold in campaign.study_holds:
        if hold.end < today:
            sentence = f'The study hold "{hold.reason}" ended on {hold.end}: posts are kept {campaign.posts_days} days.'
            yield CheckLine("note", sentence)


# ---- the data --------------------------------------------------------------------------------------------------------


def _data_lines(data: DataFolder, now: str) -> Iterator[CheckLine]:
    try:
        if not data.root.exists():
            yield CheckLine("note", f"There is no data at {data.root} yet: `nightly` or `import` makes it.")
        else:
            yield from _rights(data.root)
            yield from (CheckLine(*found) for found in store_lines(data))
            yield from _inbox(data)
        yield from (CheckLine(*found) for found in room_lines(data.root))
        if data.exists():
            yield from (CheckLine(*found) for found in clock_lines(data, now=now))
    except PermissionError as error:
        yield from _told(
            PermissionProblem(
                f"{error.filename} may not be read by this user.",
                next_step="Ask who owns the data folder to let you read it, or choose another with --data.",
            )
        )


def _rights(root: Path) -> Iterator[CheckLine]:
    if not os.access(root, os.W_OK | os.X_OK):
        yield from _told(
            PermissionProblem(
                f"{root} may not be written by this user, so nothing can be imported.",
                next_step="Ask who owns it to let you write there, or choose another folder with --data.",
            )
        )
    if root.stat().st_mode & 0o077:
        yield CheckLine("warning", f"{root} holds people's data and is open to other users. Close it: chmod 700 '{root}'")


def _model_lines(campaign_folder: Path, data: DataFolder, live: LiveModel) -> Iterator[CheckLine]:
    """Whether the model can be used, was made from the campaign as it stands, and what it learned from. A campaign or a store
    that cannot be read has been told of already."""
    if live.unusable is not None:
        again = "The next `nightly` makes it again" + (f", without {live.by_hand}." if live.by_hand else ".")
        yield CheckLine("warning", f"{live.unusable.what} {live.unusable.why} {again}")
    if live.unreadable is not None:
        yield from _told(live.unreadable)
    if live.card is None:
        return
    try:
        campaign = read_campaign(campaign_folder)
        line = CheckLine(*standing_of(live, live.card, campaign, data))
        with closing(Store.open(data, readonly=True)) as store:
            misleading = read(store, "misleading")
        lost = _no_longer_themes(campaign, data)
    except Problem:
        return
    yield line
    if few := themeless_of(live.card):
        yield CheckLine("warning", few)
    for row in misleading:
        yield CheckLine("warning", _misleads(row))
    if lost:
        kept = f"People coded posts with {listed(lost)}, which the campaign has under no name any more."
        mend = "Write a changed name as renamed_from into the theme's file; after a split, begin a new round of coding."
        yield CheckLine("warning", f"{kept} What they said is kept and settles nothing. {mend}")


def _no_longer_themes(campaign: Campaign, data: DataFolder) -> list[str]:
    if not data.labels.exists():
        return []
    with closing(Labels(data, readonly=True)) as labels:
        return no_longer_themes(labels.standing(), names_now({theme.slug: theme.renamed_from for theme in campaign.themes}))


def _misleads(row: dict[str, Any]) -> str:
    held = f'Theme {row["theme"]}: the phrase "{row["phrase"]}" misleads. Of {row["coded"]} coded posts that hold it'
    return f"{held} {row['correct']} are about the theme. Take it out, make it longer, or write a not_when phrase."


def _inbox(data: DataFolder) -> Iterator[CheckLine]:
    waiting = [name for name in _names(data.inbox) if name not in (data.done.name, data.failed.name)]
    if waiting:
        yield CheckLine("note", f"Waiting in the inbox for the next `nightly`: {_some(waiting)}.")
    failed = [name for name in _names(data.failed) if not name.endswith(".why.txt")]
    if failed:
        sentence = f"Could not be imported: {_some(failed)}. The notes in {data.failed} say why."
        yield CheckLine("warning", sentence)


def _names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files aside."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def _some(names: list[str]) -> str:
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return listed(names[:NAMED] + more)
