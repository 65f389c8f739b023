"""Labels of words that are no longer those of the post: they go out and come in without loss, and what they are is said."""

import sqlite3
from pathlib import Path

from db.folder import DataFolder
from db.labels import Labels
from pipelines.labelling import bring_in, take_out
from tests.bringing import LATER, NOW, ONE, TWO, Bring, note
from tests.bringing import bring as bring
from tests.bringing import data as data
from tracker.campaign import read_campaign


def store_posts(tmp_path: Path, data: DataFolder, *texts: str) -> None:
    """A store in which the posts 1, 2 ... say this."""
    note(tmp_path, data, NOW)
    with sqlite3.connect(data.tracker) as db:
        sql = (
            "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run)"
            " values ('x', ?, ?, 'original', '2026-10-05T08:00:00Z', '2026-10-05', 1)"
        )
        db.execute("insert into runs(id, command, started_at, status, version) values (1, 'import', ?, 'ok', '0')", [NOW])
        db.executemany(sql, [(str(number), text) for number, text in enumerate(texts, start=1)])


def test_a_label_of_quite_other_words_than_the_post_of_now_is_kept_and_that_is_said(
    tmp_path: Path, data: DataFolder, bring: Bring
) -> None:
    store_posts(tmp_path, data, "Dear fares!", "The library closes at five", "", "https://m.example/1")
    night = {**TWO, "text": "No driver wanted to work so late"}
    lines = [{**line, "coder": "Ann"} for line in (ONE, night, {**TWO, "native_id": "3"}, {**TWO, "native_id": "4"})]
    assert bring("a.jsonl", *lines) == (
        "a.jsonl: 4 labels added, 0 were here already.\n"
        "1 line has quite other words than the post that is stored with its id (2): was it written anew, or is the id another's? "
        "What was said is of the file's words: it is kept, and settles nothing in the counts."
    )
    assert [one.text for one in Labels(data, readonly=True).standing_of(("x", "2"))] == [night["text"]]
    again = bring("b.jsonl", {**TWO, "coder": "Ann", "text": "The library closes at five"}, now=LATER)
    assert "1 label added" in again and "1 of them takes the place of" in again, "nobody had said it of these words"


def test_a_label_with_words_of_before_an_edit_is_taken_and_that_is_said(tmp_path: Path, data: DataFolder, bring: Bring) -> None:
    store_posts(tmp_path, data, "Dear fares, and no bus on Sundays #SaveOurBuses", "There is no driver for our bus")
    told = bring("a.jsonl", {**ONE, "coder": "Ann"}, {**TWO, "coder": "Ann", "text": "There's no driver for the bus"})
    assert told == (
        "a.jsonl: 2 labels added, 0 were here already.\n"
        "1 line has other words than its post as it is stored (2): was it edited, or is the id another's? "
        "The program learns from the file's words, and counts the stored post."
    )


def test_labels_go_out_and_in_again_without_loss_also_where_posts_were_written_anew(
    tmp_path: Path, data: DataFolder, bring: Bring
) -> None:
    store_posts(tmp_path, data, "The library closes at five", "No driver")
    campaign, ann = read_campaign(tmp_path / "campaign"), {**ONE, "coder": "Ann", "coded_at": NOW, "round": "main"}
    bob = {**ann, "coder": "Bob", "coded_at": "2026-10-01T08:00:00Z"}
    bring("a.jsonl", ann, {**TWO, "coder": "Ann", "queue": "audit", "probability": 0.25, "note": "so & so\n&amp;"})
    bring("b.jsonl", bob, {**bob, "role": "lead", "themes": [], "asks_us": True}, {**bob, "round": "pilot", "queue": "pilot"})
    bring("c.jsonl", {**bob, "native_id": "3", "text": "Write &amp;lt; for &lt;!", "themes": [], "cannot_tell": True})
    take_out(data, tmp_path / "out.jsonl")
    bare, beside = DataFolder(tmp_path / "bare"), DataFolder(tmp_path / "beside")
    store_posts(tmp_path, beside, "The library closes at five", "No driver")
    for there in (bare, beside):
        (report,) = bring_in(campaign, there, [tmp_path / "out.jsonl"], now=LATER)
        assert (report.added, len(report.anew)) == (6, 4 if there is beside else 0)
        take_out(there, tmp_path / "again.jsonl")
        assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "out.jsonl").read_text()
        assert Labels(there).standing_of(("x", "3"))[0].text == "Write &lt; for <!"
