"""The demo: made once, made again when something changed, and never over somebody's data."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.desk import Desk

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def demo_desk(tmp_path: Path) -> Desk:
    """The campaign that comes with the program, with a few examples, so that its model is made quickly."""
    campaign = tmp_path / "futurewelfare"
    shutil.copytree(REPOSITORY / "campaigns" / "futurewelfare", campaign, ignore=shutil.ignore_patterns("data", "demo-data"))
    (campaign / "examples.jsonl").write_text("", encoding="utf-8")
    return Desk(campaign, tmp_path / "demo", tmp_path)


def test_the_demo_reads_every_sample_file_keeps_its_own_time_and_stands_until_something_changes(demo_desk: Desk) -> None:
    made = demo_desk.run("demo", "--no-serve")
    assert made.code == 0, made.err
    files = {str(name) for (name,) in demo_desk.query("select file from imports")}
    samples = {path.name for path in (demo_desk.campaign / "sample").iterdir() if path.suffix != ".md"}
    assert {name.split("/")[0] for name in files} == samples
    assert demo_desk.value("select count(*) from posts") == demo_desk.value("select count(*) from post_readings")
    weeks = demo_desk.value("select count(distinct strftime('%Y %W', day)) from posts where is_own = 0 and kind <> 'repost'")
    assert (
        demo_desk.value("select count(distinct value ->> 1) from published_cells, json_each(pairs) where kind = 'posts'")
        >= weeks / 2
    )
    assert demo_desk.query("select value from about where name = 'invented'", "public.db") == [("1",)]
    for path in (demo_desk.data, *demo_desk.data.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    its_clock_stands_at_the_end_of_the_last_posts_day(demo_desk)
    before = demo_desk.query("select id, started_at from runs")
    again = demo_desk.run("demo", "--no-serve")
    assert "What it is made from has not changed since" in again.out
    assert demo_desk.query("select id, started_at from runs") == before
    theme = demo_desk.campaign / "themes" / "austerity.toml"
    theme.write_text(theme.read_text(encoding="utf-8") + "\n# looked over\n", encoding="utf-8")
    assert "count: ok" in demo_desk.run("demo", "--no-serve").out


def its_clock_stands_at_the_end_of_the_last_posts_day(demo_desk: Desk) -> None:
    now = json.loads((demo_desk.data / "demo.json").read_text(encoding="utf-8"))["now"]
    last = str(demo_desk.value("select max(created_at) from posts"))
    assert last[:10] < now[:10]
    assert demo_desk.query("select distinct started_at, finished_at from runs") == [(now, now)]


def test_a_folder_that_is_no_demo_is_left_alone(demo_desk: Desk) -> None:
    demo_desk.data.mkdir()
    (demo_desk.data / "thesis.txt").write_text("years of work")
    refused = demo_desk.run("demo", "--no-serve")
    assert refused.code == 2
    assert "not a demo" in refused.err
    assert [path.name for path in demo_desk.data.iterdir()] == ["thesis.txt"]


def test_two_demos_at_once_leave_one_whole_demo(demo_desk: Desk) -> None:
    argv = demo_desk.argv("demo", "--no-serve")
    both = [subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 0], [0, 11]), said
    assert demo_desk.run("demo", "--no-serve").code == 0
    assert demo_desk.value("pragma integrity_check") == "ok"
    assert demo_desk.value("select count(distinct file) from imports") == 6


def test_a_campaign_without_a_sample_is_said_in_words(demo_desk: Desk) -> None:
    shutil.rmtree(demo_desk.campaign / "sample")
    refused = demo_desk.run("demo", "--no-serve")
    assert refused.code == 2
    assert "no sample" in refused.err
