"""What the options and the environment say: which campaign, which data folder, how much to say."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import click

from db.folder import DataFolder
from tracker.campaign import read_campaign
from tracker.records import Campaign

DEFAULT_CAMPAIGN = Path("campaigns/futurewelfare")
AGE = re.compile(r"^\s*(\d+)\s*([mhd])\s*$")
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

    def read_campaign(self) -> Campaign:
        """The campaign, or a CampaignProblem."""
        return read_campaign(self.campaign)

    def data_folder(self) -> DataFolder:
        """Where the campaign's data lie."""
        return DataFolder(self.data or self.campaign / "data")

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
        raise click.BadParameter("write a number and m, h or d, such as 26h", ctx=context, param=option)
    return timedelta(**{UNITS[match[2]]: int(match[1])})
