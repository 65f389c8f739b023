"""A campaign folder that tests write: a good one about buses, and what is wrong with it when it is read."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem

GOOD = """\
# A campaign about buses
name = "better-buses"
timezone = "Europe/Paris"
hashtags = ["#BetterBuses", "ＢＵＳ", "betterbuses", "Straße"]
links = ["https://example.org/buses?x=1"]
phrases = [
    "better buses",   # whole words
    "Better-Buses",
    "late again",
]
languages = ["en", "cy"]
[paper]
title = "Better buses"
url = "https://example.org/paper"
[own]
accounts = ["x:@betterbuses", "Mastodon:bus@example.social"]
[sources.mastodon]
servers = ["mastodon.example", "https://social.example:8443"]
[sources.bluesky]
how = "jetstream"
[network]
allow_hosts = ["localhost:8080", "127.0.0.1", "[::1]:80", "::1"]
[publish]
smallest_cell = 12
[retention]
posts_days = 100
raw_days = 0
[[study_hold]]
reason = "A study"
end = 2027-01-31
[[study_hold]]
reason = "Another"
end = "2027-02-28"
[governance]
controller = "Better Buses"
dpia_date = 2026-03-01
"""
THEME = """\
name = "Fares & tickets"
meaning = "What a ride costs."
phrases = ["day ticket", "fare dodger"]
not_when = ["fair fare"]
group = "Money"
dimension = "service"
renamed_from = "tickets"
[examples]
yes = ["A day ticket is dear."]
no = ["Fair enough."]
"""
QUESTIONS = """\
[[question]]
slug = "q1"
text = "What would make you take the bus?"
answers_when = "The post proposes a change."
"""


@dataclass(frozen=True)
class Folder:
    """A campaign folder under test."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def problem(self) -> CampaignProblem:
        with pytest.raises(CampaignProblem) as caught:
            read_campaign(self.path)
        return caught.value


def folder_in(root: Path) -> Folder:
    """A folder with the least that a campaign needs."""
    folder = Folder(root / "buses")
    folder.write("campaign.toml", 'name = "better-buses"\n')
    return folder
