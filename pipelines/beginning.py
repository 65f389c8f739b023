"""`init`: a campaign of one's own from a few answers, there whole or not at all. What may be answered is what `read_campaign`
takes: after each answer the folder is written and read, so that there is no second set of rules."""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from db.folder import DataFolder
from pipelines.building import built_beside, put_in_place
from pipelines.starter_files import ALL, STARTER, Answers, Wanted, filled, plain_fault
from tracker.campaign import read_campaign
from tracker.faults import quoted
from tracker.problems import CampaignProblem, UsageProblem, from_os_error
from tracker.records import Campaign
from tracker.sources import MODULES

Ask = Callable[[Wanted, str, str], str]
"""(what is asked, the default, what was wrong with the last answer or "") -> what was typed."""
LISTED = re.compile(r"\b\w+ = (\[[^\]]*\]|\"[^\"]*\")")
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Begun:
    """A campaign that was begun in `folder`, as it is read there."""

    folder: Path
    campaign: Campaign

    def text(self) -> str:
        """What was written, and what to do next."""
        files = sorted(str(path.relative_to(STARTER)) for path in STARTER.rglob("*") if path.is_file())
        tags = ", ".join(f"#{tag}" for tag in self.campaign.hashtags)
        here = f"debate-tracker --campaign {shlex.quote(str(self.folder))}"
        themes, inbox = self.folder / "themes", self.folder / "data" / "inbox"
        return "\n".join(
            [
                f"Written to {self.folder}: {', '.join(files)}. It follows {tags}; days are those of {self.campaign.timezone}.",
                f"Next: fill in {themes} and [governance] in campaign.toml; `{here} check` says what is missing.",
                f"`{here} collect --dry-run` tells what would be asked. Export files go into {inbox}, for the next `nightly`.",
            ]
        )


def begin_campaign(target: Path, given: Mapping[str, Sequence[str]], ask: Ask | None) -> Begun:
    """Write a starter campaign to a folder that is not there yet, or is empty. given: answers by their field, as options have
    them; ask: for the others, None where nobody is there. Raises UsageProblem, PermissionProblem, StorageProblem."""
    whole = Path(os.path.realpath(target))
    try:
        with built_beside(whole, for_its_owner=False) as scratch:
            _refuse_where_it_cannot_be_put(whole)
            answers = _from_options(scratch, given)
            defaults = {"name": whole.name, "timezone": _zone_here()}
            if ask is None:
                answers = _without_asking(scratch, answers, defaults)
            else:
                _by_asking(scratch, answers, defaults, ask)
            _write(scratch, answers)
            campaign = read_campaign(scratch)
            DataFolder(scratch / "data").create()
            put_in_place(scratch, whole)
    except OSError as error:
        problem = from_os_error(error) or UsageProblem(
            f"{target} cannot be made.",
            why=f"The system says: {error.strerror}.",
            safe="Nothing was written.",
            next_step="Give another folder that is not there yet.",
        )
        raise problem from error
    return Begun(target, campaign)


def _refuse_where_it_cannot_be_put(target: Path) -> None:
    """The folder takes its name in one step, which would pull an empty one away under whoever stands in it."""
    if target.exists() and (target.samefile(Path.cwd()) or os.path.ismount(target)):
        raise UsageProblem(
            f"{target} is where you are, or where a disk is mounted, and cannot be put in place as a whole.",
            safe="Nothing was written.",
            next_step=f"Give a folder in it that is not there yet, such as {target / 'my-debate'}.",
        )


def _zone_here() -> str:
    """The time zone that this machine says is its own; UTC where it says none that is known."""
    said = os.environ.get("TZ", "").removeprefix(":") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    try:
        return ZoneInfo(said).key
    except (KeyError, ValueError, OSError):
        return "UTC"


# ---- answers -------------------------------------------------------------------------------------------------------------


def _from_options(scratch: Path, given: Mapping[str, Sequence[str]]) -> Answers:
    """What options say; a server or a feed says that its source is asked, too. Raises CampaignProblem for what cannot be used."""
    answers = {wanted.field: wanted.answers(given[wanted.field]) for wanted in ALL if given.get(wanted.field)}
    implied = [wanted.source for wanted in ALL if wanted.source and wanted.field in answers]
    if implied:
        answers["sources"] = tuple(dict.fromkeys((*answers.get("sources", ()), *implied)))
    _raise_any(scratch, answers)
    return answers


def _still_open(answers: Answers) -> Iterator[Wanted]:
    """What has no answer yet, and needs one: servers and feeds only where their source is asked."""
    for wanted in ALL:
        if wanted.field not in answers and (not wanted.source or wanted.source in answers["sources"]):
            yield wanted


def _without_asking(scratch: Path, answers: Answers, defaults: Mapping[str, str]) -> Answers:
    answers = {"sources": (), **answers}
    missing = [wanted for wanted in _still_open(answers) if wanted.needed]
    if missing:
        raise UsageProblem(
            f"There is no terminal to ask at, and {' and '.join(wanted.option for wanted in missing)} is missing.",
            safe="Nothing was written.",
            next_step=" ".join(wanted.needed for wanted in missing),
        )
    for wanted in _still_open(answers):
        answers[wanted.field] = (defaults[wanted.field],) if wanted.field in defaults else wanted.usual
    _raise_any(scratch, answers)
    return answers


def _by_asking(scratch: Path, answers: Answers, defaults: Mapping[str, str], ask: Ask) -> None:
    """Fill `answers`, each asked again until it can be used."""
    for wanted in _still_open(answers):
        default, wrong = defaults.get(wanted.field) or ", ".join(wanted.usual), ""
        while wanted.field not in answers:
            said = wanted.several(ask(wanted, default, wrong))
            if not (wrong := _what_is_wrong(scratch, answers, wanted, said)):
                answers[wanted.field] = said


# ---- what is wrong with them -----------------------------------------------------------------------------------------------


def _what_is_wrong(scratch: Path, answers: Answers, wanted: Wanted, said: tuple[str, ...]) -> str:
    """With what was said of one thing, in a sentence, where the other answers are sound; "" where nothing is."""
    if wanted.needed and not said:
        return wanted.needed
    for _, wrong, instead in _faults(scratch, {**answers, wanted.field: said}):
        return f"{'What you wrote ' if wrong.startswith('is ') else ''}{wrong} {instead}"
    return ""


def _write(scratch: Path, answers: Answers) -> None:
    for path, text in filled(answers):
        (scratch / path).parent.mkdir(exist_ok=True)
        (scratch / path).write_text(text, encoding="utf-8")


def _faults(scratch: Path, answers: Answers) -> list[tuple[str, str, str]]:
    """(option, what is wrong, what to write instead) of each answer that cannot be used, as `read_campaign` says it."""
    if found := [fault for wanted in ALL if (fault := plain_fault(wanted, answers.get(wanted.field, ())))]:
        return found
    for name in answers.get("sources", ()):
        if name not in MODULES:
            found.append(("--source", f"{quoted(name)} is no source.", f"Write one or more of: {', '.join(MODULES)}."))
    _write(scratch, answers)
    try:
        read_campaign(scratch)
    except CampaignProblem as problem:
        options = {wanted.key: wanted.option for wanted in ALL}
        for one in (problem, *problem.others):
            found.append((options.get(one.key, one.key), one.wrong, LISTED.sub(_as_typed, one.next_step)))
    return found


def _as_typed(setting: re.Match[str]) -> str:
    """A setting of campaign.toml as it is answered: `languages = ["en", "cy"]` is en, cy."""
    return ", ".join(QUOTED.findall(setting[1]))


def _raise_any(scratch: Path, answers: Answers) -> None:
    told = [
        CampaignProblem(f"{option}: {wrong}", safe="Nothing was written.", next_step=instead)
        for option, wrong, instead in _faults(scratch, answers)
    ]
    if told:
        told[0].others = tuple(told[1:])
        raise told[0]
