"""What the options and the environment say: which campaign, which data folder, how much to say."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import click

from db.folder import DataFolder
from tracker.campaign import campaign_file, read_campaign
from tracker.records import Campaign
from tracker.times import written
from tracker.toml_table import MOST_MONEY

DEFAULT_CAMPAIGN = Path("campaigns/futurewelfare")
AGE = re.compile(r"^\s*(0*[1-9]\d{0,3})\s*([mhd])\s*$", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Of posts, as their readers take them (tracker/platforms)."""
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that every command takes. `data` None: the default place."""

    campaign: Path
    data: Path | None
    verbose: bool
    quiet: bool
    log_json: Path | None

    OPTIONS: ClassVar[tuple[str, ...]] = ("campaign", "data", "verbose", "quiet", "log_json")

    def again(self) -> list[str]:
        """The same options for another command line of this program."""
        words = ["--campaign", str(self.campaign), "--data", str(self.data_folder().root)]
        words += ["-v"] if self.verbose else []
        words += ["-q"] if self.quiet else []
        return words + (["--log-json", str(self.log_json)] if self.log_json else [])

    def read_campaign(self) -> Campaign:
        """The campaign, or a CampaignProblem."""
        return read_campaign(self.campaign)

    def data_folder(self) -> DataFolder:
        """Where the campaign's data lie."""
        return DataFolder(self.data or self.campaign / "data")

    def data_of_a_campaign(self) -> DataFolder:
        """Where the data lie, for a command that reads nothing else of the campaign. Raises CampaignProblem where no data folder
        was named and there is no campaign: a misspelt name would else stand for one without data."""
        if self.data is None:
            campaign_file(self.campaign)
        return self.data_folder()

    def demo_folder(self) -> DataFolder:
        """Where the demo lies."""
        return DataFolder(self.data or self.campaign / "demo-data")


def settings_of(after: Mapping[str, Any], before: Mapping[str, Any]) -> Settings:
    """The options given after the command, else those before it, else the environment, else the defaults."""

    def given(name: str) -> Any:
        return after[name] if after.get(name) is not None else before.get(name)

    campaign = given("campaign") or os.environ.get("DEBATE_TRACKER_CAMPAIGN") or DEFAULT_CAMPAIGN
    data = given("data") or os.environ.get("DEBATE_TRACKER_DATA")
    return Settings(
        campaign=Path(campaign),
        data=Path(data) if data else None,
        verbose=bool(given("verbose")),
        quiet=bool(given("quiet")),
        log_json=given("log_json"),
    )


def age(context: click.Context, option: click.Parameter, value: str | None) -> timedelta | None:
    """`26h`, `90m` or `2d` as a length of time, for click."""
    if value is None:
        return None
    match = AGE.match(value)
    if match is None:
        raise click.BadParameter("write a number from 1 to 9999 and m, h or d, such as 26h", ctx=context, param=option)
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def dollars(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """A sum of money, for click: none that is no number (`nan`), which nothing would ever exceed."""
    if value is not None and not 0 <= value <= MOST_MONEY:
        raise click.BadParameter(f"write US dollars from 0 to {MOST_MONEY}, such as 0.50", ctx=context, param=option)
    return value


def age_text(context: click.Context, option: click.Parameter, value: str) -> str:
    """A length of time that `age` can read, as it was written."""
    age(context, option, value)
    return value


def time_of_day(context: click.Context, option: click.Parameter, value: str) -> time:
    """`02:15` as a time, for click."""
    try:
        return datetime.strptime(value.strip(), "%H:%M").time()
    except ValueError as error:
        raise click.BadParameter("write hours and minutes, such as 02:15", ctx=context, param=option) from error


def zone(context: click.Context, option: click.Parameter, value: str | None) -> ZoneInfo | None:
    """`Europe/London` as a zone, for click."""
    if value is None:
        return None
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        wrong = f"{value!r} is no time zone; write one such as Europe/London"
        raise click.BadParameter(wrong, ctx=context, param=option) from error


def moment(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A day (`2026-10-05`) or a moment (`2026-10-05T08:00`, UTC where no zone is said) as the store writes it, for click."""
    if value is None:
        return None
    try:
        said = datetime.fromisoformat(value.strip())
        said = (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
        if not FIRST_YEAR <= said.year <= LAST_YEAR:
            raise ValueError("no post is from then")
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("write a day such as 2026-10-05, or a moment such as 2026-10-05T08:00", ctx=context) from error
    return written(said)
