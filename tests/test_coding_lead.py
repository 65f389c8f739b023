"""The lead's pages: rounds, the sample, settling, agreement, what share belongs, and labels out and in."""

import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests import invented
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder, Form, at_odds, their_id
from tests.pages_client import Pages
from tests.pages_store import NOW
from tests.warm import ran
from tracker.codings import Coding
from tracker.counting import week_of
from tracker.drawing import place_of


def test_the_sample_is_drawn_by_seed_from_weeks_that_are_over_and_tops_itself_up(data: DataFolder, pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    assert "Nothing has been drawn yet" in lea.page
    lea.send("/coding/lead", audit_per_week="3")
    lea.open("/coding/post")
    labels = Labels(data)
    seed = labels.rules()["seed"]
    with sqlite3.connect(data.tracker) as db:
        frame = db.execute(
            "select platform, native_id, day from posts where is_own = 0 and status = 'live' and kind <> 'repost' and text <> ''"
        ).fetchall()
    weeks = labels.drawn_weeks("audit")
    expected = set()
    for platform, native_id, day in frame:
        if place_of(seed, (platform, native_id)) < weeks[week_of(day)]["rate"]:
            expected.add((platform, native_id))
    before = {(row["platform"], row["native_id"]) for row in labels.sample("audit")}
    assert before == expected
    lea.open("/coding/lead")
    lea.send("/coding/lead", audit_per_week="5")
    assert "It holds from now on" in lea.page
    after = {(row["platform"], row["native_id"]) for row in labels.sample("audit")}
    assert before < after
    assert all(row["rate"] >= weeks[week]["rate"] for week, row in labels.drawn_weeks("audit").items())
    lea.open("/coding/lead")
    lea.send("/coding/lead", audit_per_week="2")
    assert {(row["platform"], row["native_id"]) for row in labels.sample("audit")} == after


def test_posts_that_come_late_are_drawn_at_the_rate_of_their_week(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/lead")
    sue.send("/coding/lead", audit_per_week="2")
    sue.open("/coding/post")
    labels = Labels(data)
    before = {(row["native_id"]) for row in labels.sample("audit")}
    rate = labels.drawn_weeks("audit")["2026-W44"]["rate"]
    with sqlite3.connect(data.tracker) as db:
        db.executemany(
            "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run)"
            " values ('x', ?, 'late outsourcing', 'original', '2026-10-28T08:00:00Z', '2026-10-28', 1)",
            [(str(number),) for number in range(90_000, 90_400)],
        )
    sue.open("/coding")
    drawn = {row["native_id"] for row in labels.sample("audit")}
    assert before < drawn
    assert labels.drawn_weeks("audit")["2026-W44"]["rate"] == rate
    late = len(drawn - before)
    assert abs(late - 400 * rate) < 4 * (400 * rate) ** 0.5


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("pilot_size", "0", "“Posts in a pilot” is a whole number from 1 to 500."),
        ("audit_per_week", "many", "“Posts a week in the random sample” is a whole number from 1 to 1,000."),
        ("coders_each", "10", "“People who read each of them” is a whole number from 1 to 9."),
        ("round", " ", "A round needs a name of 1 to 40 letters."),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_the_others_stay_as_they_were_typed(
    data: DataFolder, pages: Pages, name: str, value: str, says: str
) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    typed = {"round": "main 2", "audit_per_week": "44", "coders_each": "3", "pilot_size": "7"} | {name: value}
    lea.send("/coding/lead", **typed)
    assert lea.status == 422 and f"Nothing was changed. {says}" in lea.page and Labels(data).rules() == {}
    assert {field: said for field, said in lea.form("/coding/lead").fields if field in typed} == typed | {name: value.strip()}


def test_a_pilot_has_everyone_read_the_same_posts_and_is_not_measured_on(data: DataFolder, pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", round="pilot 1", pilot_size="5")
    assert "Random sample" not in lea.open("/coding").split("How far everyone is")[0]
    read = []
    for name in ("Ann", "Ben", "Cat"):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=pilot")
        mine = []
        while "What is this post about?" in coder.page:
            mine.append(coder.shown)
            coder.code("yes")
        read.append(mine)
    assert read[0] == read[1] == read[2] and len(read[0]) == 5
    assert Labels(data).sample("audit") == []  # not drawn before someone opens it
    assert "What to read" in lea.open("/coding/post?queue=audit")  # and not in this round
    assert Labels(data).audit_examples() == []
    assert "3 verdicts" not in lea.open("/coding/agreement")
    assert "5 posts have been read by at least two people" in lea.page


def test_each_pilot_reads_posts_of_its_own_and_an_earlier_one_can_be_gone_on_with(data: DataFolder, pages: Pages) -> None:
    lea, ann = Coder(pages, "Lea"), Coder(pages, "Ann")
    read: dict[str, list[str]] = {}
    for name, size in (("pilot", 4), ("pilot 2", 6), ("pilot", 4)):
        lea.open("/coding/lead")
        lea.send("/coding/lead", round=name, pilot_size=str(size))
        assert ("not drawn yet" in ann.open("/coding")) is (name not in read)
        reader = Coder(pages, "Ben") if name in read else ann
        reader.open("/coding/post?queue=pilot")
        mine = []
        while "What is this post about?" in reader.page:
            mine.append(reader.shown)
            reader.code("yes")
        assert read.setdefault(name, mine) == mine and len(mine) == size
    assert not set(read["pilot"]) & set(read["pilot 2"])
    assert {week: row["rate"] < 1 for week, row in Labels(data).drawn_weeks("pilot").items()} == {"pilot": True, "pilot 2": True}


def test_the_pilot_of_a_store_of_before_stays_that_of_its_round(data: DataFolder, pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", round="Pilot A", pilot_size="4")
    lea.open("/coding/post?queue=pilot")
    first = lea.shown
    with sqlite3.connect(data.labels) as db:
        db.execute("update draws set week = ''")
        db.execute("update sample set week = ''")
        db.execute("delete from _sqlite_migrations where name = 'l007_each_pilot'")
    ann = Coder(pages, "Ann")
    ann.open("/coding/post?queue=pilot")
    assert ann.shown == first
    assert list(Labels(data).drawn_weeks("pilot")) == ["Pilot A"]


def test_the_lead_sees_both_answers_and_settles(data: DataFolder, pages: Pages) -> None:
    ann, sue, lea = Coder(pages, "Ann"), Coder(pages, "Sue"), Coder(pages, "Lea")
    for coder, themes in ((ann, ("outsourcing",)), (sue, ("health",))):
        coder.open("/coding/post")
        coder.code("yes", *themes, note=f"so says {themes[0]}", question="q0", asks="1")
    assert "1 post waits" in lea.open("/coding/lead")
    for nonsense in ("²", "9" * 5000, "-1", "x"):
        lea.open(f"/coding/settle?after={nonsense}")
        assert lea.status == 200, nonsense[:5]
    page = lea.open("/coding/settle")
    assert "Ann" in page and "Sue" in page and "so says outsourcing" in page and "so says health" in page
    assert page.count("answers “What do you think?”; asks us something") == 2
    assert "<kbd>s</kbd> skip" in ann.page and "<kbd>s</kbd> skip" not in page
    assert "What most of them said is ticked; where they are half and half, nothing is." in page
    assert ("answer", "yes") in lea.form("/coding/settle").fields and not [
        f for f in lea.form("/coding/settle").fields if f[0] == "theme"
    ]
    lea.send("/coding/settle", theme=["health", "co-production"])
    assert "Nothing is left to settle" in lea.page and "Settled." in lea.page and "is below" not in lea.page
    (settled,) = [one for one in Labels(data).standing() if one.role == "lead"]
    assert (settled.coder, settled.themes, settled.queue) == ("Lea", ("co-production", "health"), "adjudication")
    assert (settled.relevant, settled.questions, settled.asks_us) == (True, ("q0",), True)  # as both had said
    assert [one.coder for one in Labels(data).audit_examples()] == ["Lea"]


def test_a_lead_takes_back_what_they_settled_and_finds_it_filled_in(data: DataFolder, pages: Pages) -> None:
    ann, sue, lea = Coder(pages, "Ann"), Coder(pages, "Sue"), Coder(pages, "Lea")
    for coder, themes in ((ann, ("outsourcing",)), (sue, ("health",))):
        coder.open("/coding/post")
        coder.code("yes", *themes)
    lea.open("/coding/settle")
    lea.send("/coding/settle/undo")
    assert "There is nothing of yours to take back" in lea.page and "1 post waits" in lea.page
    lea.send("/coding/settle", answer="no", theme=[], note="a slip")
    assert "Nothing is left to settle" in lea.page and "Settled." in lea.page and "is below" not in lea.page
    lea.send("/coding/settle/undo")
    assert "Taken back. Here is the post again." in lea.page and "What you had said of it is filled in." in lea.page
    assert ("answer", "no") in lea.form("/coding/settle").fields and ("note", "a slip") in lea.form("/coding/settle").fields
    assert "1 post waits" in lea.page and [one.role for one in Labels(data).standing()] == ["coder", "coder"]
    lea.send("/coding/settle", answer="yes", theme=["health"], note="")
    (settled,) = [one for one in Labels(data).standing() if one.role == "lead"]
    assert (settled.relevant, settled.themes, settled.note) == (True, ("health",), None)
    assert "There is nothing of yours" in lea.open("/coding/settle?done=nothing")
    assert "Nothing is left to settle" in lea.open("/coding/settle?platform=x&id=nowhere")
    lea.send("/coding/settle/undo")
    assert "Ann" in lea.open("/coding/settle?platform=x&id=nowhere"), (
        "what still waits is shown in place of a post that is not there"
    )
    lea.send("/coding/settle", answer="yes", theme=["health"], note="")
    mo = Coder(pages, "Mo")
    mo.open("/coding/settle")
    mo.send("/coding/settle/undo")
    assert "There is nothing of yours to take back" in mo.page, "a lead takes back their own word alone"


def test_a_post_that_the_lead_passed_over_comes_last(data: DataFolder, pages: Pages) -> None:
    at_odds(pages, posts=4)
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")

    def on_the_page() -> str:
        return dict(lea.form("/coding/settle").fields)["post"]

    passed = on_the_page()
    lea.open("/coding/settle?after=1")
    settled = on_the_page()
    lea.send("/coding/settle", theme=["health"])
    following = on_the_page()
    assert len({passed, settled, following}) == 3
    lea.send("/coding/settle/undo")
    assert "Taken back. Here is the post again." in lea.page and on_the_page() == settled
    lea.send("/coding/settle", theme=["health"])
    assert on_the_page() == following
    lea.send("/coding/settle", answer=[])
    assert "Say first whether the post is part of this debate." in lea.page
    for _ in range(2):
        assert on_the_page() != passed
        lea.send("/coding/settle", answer="yes", theme=["health"])
    assert on_the_page() == passed


def test_settling_a_post_of_a_pilot_leaves_the_others_waiting_for_that_lead(data: DataFolder, pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", round="pilot", pilot_size="3")
    at_odds(pages, posts=3, queue="pilot")
    assert "3 posts wait" in lea.open("/coding/lead")
    lea.open("/coding/settle")
    lea.send("/coding/settle", theme=["health"])
    assert "2 posts wait" in lea.open("/coding/lead") and "2 posts wait" in Coder(pages, "Mo").open("/coding/lead")
    lea.open("/coding/post?queue=pilot")  # now she codes it too: what she has yet to read stays out of her sight
    lea.code("yes", "health")
    assert "Nothing waits" in lea.open("/coding/lead")
    assert "Nothing waits" not in Coder(pages, "Mo").open("/coding/lead")


def test_a_disputed_post_that_is_gone_waits_for_nobody(data: DataFolder, pages: Pages) -> None:
    at_odds(pages, posts=2)
    lea = Coder(pages, "Lea")
    assert "2 posts wait" in lea.open("/coding/lead")
    first = dict(Form(lea.open("/coding/settle"), "/coding/settle").fields)["post"]
    with sqlite3.connect(data.tracker) as db:
        db.execute("update posts set status = 'gone' where native_id = ?", (their_id(data, first),))
    page = lea.open("/coding/lead")
    assert "1 post waits" in page and "1 more was disputed and has since been deleted or hidden" in page
    assert dict(Form(lea.open("/coding/settle"), "/coding/settle").fields)["post"] != first
    lea.send("/coding/settle", theme=["health"])
    assert "Nothing is left to settle" in lea.page
    assert len(Labels(data).standing()) == 5  # what coders said of it is kept


def test_the_page_of_agreement_shows_what_can_be_counted_by_hand(data: DataFolder, pages: Pages) -> None:
    """Ann says outsourcing on 1 to 6, Sue on 4 to 9, of 10 posts: 3 both, 6 one of the two, 1 none."""
    with sqlite3.connect(data.tracker) as db:
        db.execute("update questions set slug = 'outsourcing'")  # the theme was called as the question
    ann, sue = Coder(pages, "Ann"), Coder(pages, "Sue")
    for coder, chosen in ((ann, range(6)), (sue, range(3, 9))):
        coder.open("/coding/post")
        for number in range(10):
            coder.code("yes", *(["outsourcing"] if number in chosen else []))
    page = ann.open("/coding/agreement")
    assert "10 posts have been read by at least two people" in page
    row = page[page.index('<th scope="row">Outsourcing') :].split("</tr>")[0]
    assert "<strong>-0.19</strong>" in row  # 1 - 19 x 6 / (12 x 8)
    assert "40 %" in row and "50 %" in row  # alike 4 of 10; 2 x 3 / (2 x 3 + 6)
    assert "where one of a pair said yes, the other did too" in page and "at least one said yes" not in page  # 3 of 9 pairs
    assert "indicative only" in row
    assert "all verdicts alike" in page  # relevance
    assert "<bdi>Ann</bdi> and <bdi>Sue</bdi>" in page


def test_the_page_of_agreement_says_which_posts_it_is_of_and_that_counts_leave_pilots_out(data: DataFolder, pages: Pages) -> None:
    beside = "The alpha that stands beside counts is of all rounds but pilots."
    labels = Labels(data)
    for coder in ("Ann", "Sue"):
        labels.add(Coding("x", "1", "words", coder, NOW, True, ("health",)))
    page = Coder(pages, "Ann").open("/coding/agreement")
    assert f"These are the posts of all rounds. {beside}" in page
    for coder in ("Ann", "Sue"):
        labels.add(Coding("x", "2", "words", coder, NOW, True, ("health",), round="pilot 1"))
    page = Coder(pages, "Ann").open("/coding/agreement")
    assert f"These are the posts of all rounds, pilots among them. {beside}" in page
    page = Coder(pages, "Ann").open("/coding/agreement?round=pilot+1")
    assert f"These are the posts of the round “<bdi>pilot 1</bdi>”. {beside}" in page


def test_every_figure_of_agreement_is_of_the_posts_that_it_stands_beside(data: DataFolder, pages: Pages) -> None:
    """Of 5 posts that both read, Sue could not tell of 2."""
    ann, sue = Coder(pages, "Ann"), Coder(pages, "Sue")
    for coder, unsure in ((ann, 0), (sue, 2)):
        coder.open("/coding/post")
        for number in range(5):
            coder.code("cannot" if number < unsure else "yes")
    page = ann.open("/coding/agreement")
    assert "5 posts have been read by at least two people" in page and "On 3 of them at least two could tell" in page
    stood = re.findall(r'data-label="Posts">([^<]*)<', page)
    assert len(stood) > 6 and set(stood) == {"3"}


def test_what_was_said_of_a_theme_that_is_called_otherwise_now_stands_on_every_page(data: DataFolder, pages: Pages) -> None:
    for name in ("Ann", "Sue"):
        coder = Coder(pages, name)
        coder.open("/coding/post")
        coder.code("yes", "outsourcing")
    with sqlite3.connect(data.tracker) as db:
        db.execute(
            "update theme_versions set theme = 'contracts', definition = replace(definition, '\"slug\": \"outsourcing\"',"
            " '\"slug\": \"contracts\"') where theme = 'outsourcing'"
        )
        db.execute(
            "update theme_versions set definition = replace(definition, '\"renamed_from\": []',"
            " '\"renamed_from\": [\"outsourcing\"]') where theme = 'contracts'"
        )
        db.execute(
            "insert into themes select 'contracts', name, meaning, group_name, dimension, 0, null from themes"
            " where slug = 'outsourcing'"
        )
        db.execute("update themes set retired_at = 'then' where slug = 'outsourcing'")
    page = coder.open("/coding/agreement")
    row = page[page.index('<th scope="row">Outsourcing') :].split("</tr>")[0]
    assert '<td class="figure" data-label="Verdicts of yes">2</td>' in row
    coder.open("/coding/validation.csv")
    said = [row for row in csv.DictReader(io.StringIO(coder.page)) if row["theme"] == "contracts"]
    assert [row["label"] for row in said] == ["1", "1"]


def test_labels_go_out_and_come_in_elsewhere_the_same(data: DataFolder, pages: Pages, tmp_path: Path) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/coding/post")
    ann.code("yes", "outsourcing", note="a “note”", question="q0", asks="1")
    ann.code("no")
    ann.code("cannot")
    ann.open("/coding/labels.jsonl")
    lines = [json.loads(line) for line in ann.page.splitlines()]
    assert len(lines) == 3 and lines[0].keys() >= {"text", "platform", "native_id", "coder", "codebook", "probability", "round"}
    assert "3 labels" in ann.open("/coding/lead")  # it is noted who took them
    theme = 'name = "T"\nmeaning = "M."\n'
    extra = '[[question]]\nslug = "q0"\ntext = "What do you think?"\n'
    campaign = invented.campaign_folder(tmp_path, outsourcing=theme)
    (campaign / "questions.toml").write_text(extra)
    file = tmp_path / "labels.jsonl"
    file.write_text(ann_lines(lines))
    command = ["labels", "--bring-in", file, "--campaign", campaign]
    there = DataFolder(tmp_path / "there")
    said = ran(*command, "--data", there.root)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("labels.jsonl: 3 labels added, 0 were here already.\n3 labels are of posts that are not here.")
    again = ran(*command, "--data", there.root, "--take-out", tmp_path / "out.jsonl")
    assert "0 labels added, 3 were here already" in again.out
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(map(str, out)) == sorted(map(str, lines))
    assert len(Labels(there).audit_examples()) == 3 and Labels(there).coded_examples() == []


def ann_lines(lines: list[dict[str, object]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_what_is_wrong_with_a_setting_or_a_file_is_said(data: DataFolder, pages: Pages, tmp_path: Path) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", coders_each="0")
    assert "Nothing was changed" in lea.page and Labels(data).rules().get("coders_each") is None
    campaign = invented.campaign_folder(tmp_path)
    file = tmp_path / "labels.jsonl"
    file.write_text('{"text": "a", "themes": ["fares"]}\n{"text": "b", "themes": ["fare"], "platform": "x", "native_id": "1"}\n')
    command = ["labels", "--bring-in", file, "--campaign", campaign, "--data", tmp_path / "d"]
    said = ran(*command)
    assert said.code == 2 and "labels.jsonl:2: themes" in said.err and "Did you mean fares?" in said.err
    file.write_text('{"text": "a", "themes": ["fares"]}\n')
    said = ran(*command)
    assert said.code == 0 and "1 line was left out: it has no platform" in said.out
