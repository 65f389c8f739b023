"""Pages, briefing and public copy of debates as they begin: one post, or posts in a language that nobody reads for themes."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from tests.desk import Desk
from tests.pages_client import Pages, main_words
from tracker.campaign import read_campaign
from tracker.telling import day as in_words

LAST_WEEK = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday() + 5)
"""The Wednesday of the last whole week."""
GOVERNED = """
[governance]
controller = "The Buses Trust"
contact = "privacy@buses.example"
lawful_basis = "legitimate interests"
condition = "research"
dpia_date = "2026-01-01"
[publish]
smallest_cell = 2
settle_days = 0
"""


def status(number: int, text: str, lang: str, day: date = LAST_WEEK) -> dict[str, Any]:
    """A status of Mastodon, as its API gives it."""
    name, host = f"person{number}", "social.example"
    return {
        "id": str(number),
        "uri": f"https://{host}/users/{name}/statuses/{number}",
        "url": f"https://{host}/@{name}/{number}",
        "created_at": f"{day}T10:00:00.000Z",
        "visibility": "public",
        "content": f"<p>{text} #SaveOurBuses</p>",
        "language": lang,
        "account": {"id": name, "acct": name, "username": name, "display_name": name, "url": f"https://{host}/@{name}"},
        "tags": [{"name": "saveourbuses"}],
    }


def begun(root: Path, statuses: list[dict[str, Any]]) -> Desk:
    """A debate of these posts after its first night."""
    desk = Desk.at(root)
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(campaign.read_text() + GOVERNED)
    file = desk.files / "statuses.json"
    file.write_text(json.dumps(statuses))
    assert desk.run("import", file).code == 0
    ended = desk.run("nightly")
    assert ended.code == 0, ended
    return desk


def pages_of(desk: Desk) -> Pages:
    return Pages(DataFolder(desk.data), campaign=read_campaign(desk.campaign))


FIRST = status(1, "The fares are too high", "en")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return begun(tmp_path_factory.mktemp("one"), [FIRST])


@pytest.fixture(scope="module")
def welsh(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    text = "Mae pris tocyn bws yn rhy ddrud i deuluoedd yn y pentref, ac nid oes bws ar ôl chwech o'r gloch"
    return begun(
        tmp_path_factory.mktemp("welsh"),
        [status(n, f"{text} {n}", "cy", LAST_WEEK - timedelta(days=7 * (n % 2))) for n in range(1, 6)],
    )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", f"1 person has written 1 post, on {in_words(LAST_WEEK.isoformat())}."),
        ("/", "Too few weeks have been looked at to tell"),
        ("/posts", "Take it away: Excel"),
        ("/method", "1 file with 1 row: 1 new post, 0 here already"),
        ("/missing", f"None: every post is of {in_words(LAST_WEEK.isoformat())}."),
        ("/coding/found", "1 post carries the hashtag, 0 posts share a link, 0 do both."),
    ],
)
def test_one_post_is_told_as_one(one: Desk, path: str, said: str) -> None:
    assert said in main_words(pages_of(one).text(path))


def test_one_week_is_told_as_one_where_it_is_published(tmp_path: Path) -> None:
    one = begun(tmp_path, [FIRST])
    said = one.run("publish", "--dry-run").out
    assert "Of 1 week with posts, 0 are shown alone" in said
    two = one.files / "two.json"
    two.write_text(json.dumps([status(2, "Bus drivers are missing", "en")]))
    assert one.run("import", two).code == 0
    said = one.run("publish").out
    assert "Of 1 week with posts, 1 is shown alone" in said and "too late" not in said
    two.write_text(json.dumps([status(3, "Bus drivers wait", "en")]))
    assert one.run("import", two).code == 0
    said = one.run("publish", "--dry-run").out
    assert "can show 2 of 3 posts" in said
    assert "What comes in after its week was published is too late for its number, and stays out." in said


def test_what_was_not_read_for_its_language_is_told_beside_the_themes(welsh: Desk) -> None:
    """Nobody can say that nobody spoke of the fares where no post was read for themes."""
    home = main_words(pages_of(welsh).text("/"))
    unread = "5 posts of these two weeks are in a language that the campaign does not read, so no theme was looked for in them."
    assert unread in home and "Nobody that we could see spoke of" not in home
    assert "In the posts that are read for themes, nobody spoke of" in home
    briefing = welsh.run("briefing").out
    assert (
        "2 posts of the week are in a language that the campaign does not read, so no theme was looked for in them." in briefing
    )


def test_no_paper_is_spoken_of_where_there_is_none(one: Desk, tmp_path: Path) -> None:
    """Nor questions of one; a campaign that asks has a way to them, with a paper or without."""
    pages = pages_of(one)
    assert "The paper's questions" not in main_words(pages.text("/")) and 'href="/questions"' not in pages.text("/")
    assert "The campaign has written no questions down" in pages.text("/questions")
    asking = Desk.at(tmp_path)
    (asking.campaign / "questions.toml").write_text('[[question]]\nslug = "q1"\ntext = "What would help?"\n')
    file = asking.files / "statuses.json"
    file.write_text(json.dumps([FIRST]))
    assert asking.run("import", file).code == 0 and asking.run("classify").code == 0
    assert 'href="/questions"' in pages_of(asking).text("/")


def test_codes_alone_need_no_name_of_their_kind(tmp_path: Path) -> None:
    """Of a researcher's codes it was said that most people “wrote of code, about Fares”."""
    desk = Desk.at(tmp_path)
    for theme in (desk.campaign / "themes").glob("*.toml"):
        theme.write_text(f'{theme.read_text()}dimension = "code"\n')
    file = desk.files / "statuses.json"
    file.write_text(json.dumps([FIRST]))
    assert desk.run("import", file).code == 0 and desk.run("nightly").code == 0
    assert "most people wrote about Fares (not measured)." in main_words(pages_of(desk).text("/"))


def test_a_debate_without_a_post_is_begun_by_commands_of_its_own_folder(tmp_path: Path) -> None:
    """`debate-tracker nightly` alone would be a night of the campaign that comes with the program."""
    desk = Desk.at(tmp_path)
    said = desk.run("check").out
    assert "`nightly` or `import` makes it" in said and "`demo`" not in said
    DataFolder(desk.data).create()
    desk.run("classify")
    home = pages_of(desk).text("/")
    assert f"debate-tracker --campaign {desk.campaign} --data {desk.data} nightly" in main_words(home)
