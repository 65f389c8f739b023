"""When an alert is told: what stands out, what failed, once an occurrence; and the settings that say so."""

from pathlib import Path

import pytest

from tests import invented
from tracker.alerting import (
    AlertSettings,
    BusyDay,
    Occurrence,
    carried_on,
    failed_steps,
    nights_over,
    spikes,
    to_tell,
    told,
)
from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem

NOW = "2026-11-25T02:30:00Z"


def days(*posts: int, usual: float | None = 20.0) -> list[BusyDay]:
    first = 26 - len(posts)
    return [BusyDay(f"2026-11-{first + at:02d}", number, usual) for at, number in enumerate(posts)]


def keys(found: list[Occurrence]) -> list[str]:
    return [one.key for one in found]


def test_a_day_stands_out_by_both_measures_and_days_in_a_row_are_one_occurrence() -> None:
    rule = AlertSettings(spike_times=3, spike_posts=50)
    assert spikes(days(20, 59), rule, today="2026-11-25") == []
    assert keys(spikes(days(20, 60), rule, today="2026-11-25")) == ["spike 2026-11-25"]
    assert keys(spikes(days(60, 90, 300, 70), rule, today="2026-11-25")) == ["spike 2026-11-22"]
    assert keys(spikes(days(60, 20, 20, 70), rule, today="2026-11-25")) == ["spike 2026-11-25"]
    assert spikes(days(45, usual=5.0), rule, today="2026-11-25") == []
    assert spikes(days(900, usual=None), rule, today="2026-11-25") == []
    assert spikes(days(900), rule, today="2026-11-28") == [], "an old export that is imported is no news"
    assert "300 posts" in spikes(days(60, 90, 300, 70), rule, today="2026-11-25")[0].what


@pytest.mark.parametrize("code", [0, 11, 130, 143])
def test_what_is_no_failure_of_the_night_is_not_told(code: int) -> None:
    assert failed_steps([("collect", 3)], code) == []


def test_each_step_that_failed_is_an_occurrence_and_a_night_that_could_not_begin_is_one() -> None:
    found = failed_steps([("collect", 3), ("count", 0), ("publish", 3)], 3, ["mastodon at one.example (unreachable)"])
    assert keys(found) == ["night collect 3", "night publish 3"]
    assert "No good answer came from mastodon at one.example (unreachable)." in found[0].what
    assert keys(failed_steps([], 6)) == ["night 6"]


def test_an_occurrence_is_told_once_by_each_channel_until_it_is_over() -> None:
    one = Occurrence("failed-night", "night collect 3", "It failed.", "Look.")
    well, before_it = nights_over(["collect", "publish"]), nights_over([])
    standing = carried_on({}, [one], now=NOW, over=well)
    standing = told(standing, to_tell(standing, [one], "mail"), "mail", now=NOW)
    again = carried_on(standing, [one], now="2026-11-26T02:30:00Z", over=well)
    assert to_tell(again, [one], "mail") == []
    assert to_tell(again, [one], "webhook") == [one], "what the webhook did not take is tried again"
    assert carried_on(again, [], now="2026-11-27T02:30:00Z", over=[]) == again, "a refresh ends nothing"
    assert carried_on(again, [], now="2026-11-27T02:30:00Z", over=before_it) == again, "nor a night that did not come so far"
    over = carried_on(again, [], now="2026-11-27T02:30:00Z", over=well)
    assert over == {}
    assert to_tell(carried_on(over, [one], now="2026-11-28T02:30:00Z", over=well), [one], "mail") == [one]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[alerts]\nmail_to = ["nobody"]\n', "is no mail address"),
        ('[alerts]\nmail_to = ["a@example.org"]\n', "without mail_from"),
        ('[alerts]\nmail_server = "https://smtp.example.org"\n', "is no mail server"),
        ('[alerts]\nmail_server = "smtp.example.org:70000"\n', "is no mail server"),
        ('[alerts]\nabout = ["spikes"]\n', 'about = ["spike"]'),
        ("[alerts]\nspike_times = 1\n", "is not from 2"),
        ('[alerts]\npassword = "x"\n', "is not a key of [alerts]"),
    ],
)
def test_mistakes_in_the_settings_are_told_with_their_line(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(CampaignProblem) as problem:
        read_campaign(invented.campaign_folder(tmp_path, invented.CAMPAIGN + toml))
    assert said in "\n".join(problem.value.lines())
