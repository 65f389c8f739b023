"""The week for the director: what it says, and whom it does not name."""

import email
import email.policy
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.desk import Desk
from db.folder import DataFolder
from pipelines.briefing import briefing
from pipelines.briefing_forms import Block, as_html, as_markdown
from tests.pages_store import CAMPAIGN, NOW, build_store
from tracker.problems import UsageProblem


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return with_a_question(tmp_path_factory.mktemp("briefing") / "data")


def with_a_question(folder: Path) -> DataFolder:
    made = build_store(folder)
    with sqlite3.connect(made.tracker) as db:
        (question,) = db.execute("select id from posts where native_id = '30004'").fetchone()
        db.execute("insert into asking_posts values (?, '2026-W45', 'answers us')", [question])
    return made


def test_a_week_is_told_with_its_errors_and_what_was_missed(data: DataFolder) -> None:
    told = briefing(CAMPAIGN, data, None, "md", now=NOW)
    assert told.startswith("# invented: the week of 2 to 8 November 2026")
    for part in ("To decide", "What is said", "Asked of us", "Conversations", "Our own reach, apart", "What was missed"):
        assert f"## {part}" in told
    assert "about “Outsourcing”" in told and "precision 0.81, 0.70 to 0.89" in told and "n = 120" in told
    assert "1 question is open" in told and "Mastodon (not asked)" in told
    assert "“Read our paper on outsourcing”: 0 reposts, answers by 1 person" in told
    assert "no figure here for how many are for or against us" in told and "> Write here" in told


def test_the_alarm_of_another_week_is_not_told_as_this_one_s(data: DataFolder, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "data").create()
    shutil.copyfile(data.tracker, copy.tracker)
    with sqlite3.connect(copy.tracker) as db:
        db.executemany(
            "insert into weekly_drift values (?, 20, 300, 0.2, ?)",
            [("2026-W44", "half of October's words are new"), ("2026-W45", "a fifth of the words are new")],
        )
    told = briefing(CAMPAIGN, copy, "2026-W45", "md", now=NOW)
    assert "Is it still the same debate? a fifth of the words are new" in told and "October" not in told
    assert "half of October's words" in briefing(CAMPAIGN, copy, "2026-W44", "md", now=NOW)


def test_a_past_week_is_told_by_what_was_so_then_and_what_is_of_today_says_so(tmp_path: Path) -> None:
    copy = with_a_question(tmp_path / "data")
    with sqlite3.connect(copy.tracker) as db:
        ask = "insert into coverage(run_id, source, server, query, window_from, window_to, asked_at, status)"
        ask += " values (1, 'bluesky', 'bsky.social', '#inventeddebate', ?, ?, ?, ?)"
        for first, last, status in (("10-19", "10-26", "ok"), ("10-26", "10-31", "refused"), ("11-02", "11-09", "ok")):
            db.execute(ask, [f"2026-{first}T00:00:00Z", f"2026-{last}T00:00:00Z", f"2026-{last}T03:00:00Z", status])
    newest, past, other = (briefing(CAMPAIGN, copy, week, "md", now=NOW) for week in (None, "2026-W43", "2026-W44"))
    assert "Who answers? 1 question is open" in newest and "Do we need mastodon?" in newest and "Who reads 50 posts?" in newest
    assert "Bluesky (" not in newest + past and "Not seen: Bluesky (refused to answer)" in other
    for told in (past, other):
        assert told.split("## To decide")[1].split("##")[0].strip() == "1. Nothing that we know of."
    for told in (newest, past, other):
        assert "## Asked of us, as of 9 November 2026, 03:00\n\n1 question is open" in told


def test_a_week_without_posts_asks_nobody_to_read_them(tmp_path: Path) -> None:
    later = "2026-12-14T03:00:00Z"
    told = briefing(CAMPAIGN, with_a_question(tmp_path / "data"), None, "md", now=later)
    assert "the week of 7 to 13 December 2026" in told and "Who answers?" in told
    for part in ("Who reads 50 posts?", "the errors below", "A change is told only", "this week's posts", "Only export files"):
        assert part not in told, part
    assert "No post of this week came in." in told


@pytest.mark.parametrize("form", ["md", "html", "eml"])
def test_a_number_of_questions_to_us_stands_beside_how_well_they_are_told(tmp_path: Path, form: str) -> None:
    made = with_a_question(tmp_path / "data")

    def told() -> str:
        said = briefing(CAMPAIGN, made, None, form, now=NOW)
        mail = email.message_from_string(said, policy=email.policy.default).get_body(("plain",)) if form == "eml" else None
        return " ".join((mail.get_content() if mail else said).split())

    unknown = "1 question is open (a program finds these; how often it errs has not been measured)"
    assert told().count(unknown) == 2  # what to decide, and what is asked of us
    with sqlite3.connect(made.tracker) as db:
        row = "insert into theme_quality(model, theme, precision, recall, n, support, measured_on)"
        db.execute(f"{row} select name, 'asks us', 0.75, 0.5, 60, 12, 'a sample.' from models where live")
    few = "a program finds these (indicative only: measured on fewer than 20 such posts): precision 0.75 and recall 0.50"
    assert f"1 question is open ({few}, measured on n = 60 (a sample))" in told()


def test_what_people_named_a_question_has_not_the_program_s_error_and_the_oldest_is_that_of_all(tmp_path: Path) -> None:
    made = with_a_question(tmp_path / "data")
    entry = {"state": "answering", "owner": "", "note": "", "link": "", "by_hand": 1}
    with closing(Desk(made)) as desk:
        for number in ("40001", "30003", "20004", "20003", "20002", "20000"):
            desk.keep_answer(("x", number), entry, seen="", who="Ann", now="2026-11-08T00:00:00Z")
    told = briefing(CAMPAIGN, made, None, "md", now=NOW)
    both = "7 questions are open (a program finds these; how often it errs has not been measured; people named 6 of them)"
    assert told.count(both) == 2 and f"Who answers? {both}; the oldest has waited since 1 November 2026, 12:00 (/asked)." in told
    with closing(sqlite3.connect(made.tracker)) as db, db:
        db.execute("delete from asking_posts")
    assert "6 questions are open (named by people), 0 answered." in briefing(CAMPAIGN, made, None, "md", now=NOW)


def test_no_private_person_is_named_without_consent(data: DataFolder) -> None:
    with sqlite3.connect(data.tracker) as db:
        names = [name for row in db.execute("select handle, display_name from authors where is_own = 0") for name in row if name]
        texts = [text for (text,) in db.execute("select text from posts where is_own = 0 and length(text) > 20")]
        post = db.execute("select platform, native_id, text from posts where day = '2026-11-04' and is_own = 0").fetchone()
    told = briefing(CAMPAIGN, data, "2026-W45", "html", now=NOW) + briefing(CAMPAIGN, data, "2026-W45", "md", now=NOW)
    assert not [name for name in names if name in told] and not [text for text in texts if text[:40] in told]
    desk = Desk(data)
    entry = dict.fromkeys(("paraphrase", "message", "asked_at", "consent_link"), "")
    agreed = {**entry, "text": post[2][:30], "consent": "yes", "consent_at": "2026-11-08"}
    desk.keep_quote((post[0], post[1]), agreed, seen="", who="Ann", now="2026-11-08T00:00:00Z")
    desk.close()
    told = briefing(CAMPAIGN, data, "2026-W45", "html", now=NOW)
    assert "quoted with consent of 8 November 2026" in told


def test_nobody_is_named_by_a_link_a_post_of_ours_or_words_that_may_be_quoted(tmp_path: Path) -> None:
    copy = with_a_question(tmp_path / "data")
    somebodys = ("https://t.me/annmuller", "https://x.com/ann/status/1234567890123456789", "https://blog.example/~ann/buses")
    with sqlite3.connect(copy.tracker) as db:
        shared = [("2026-W45", url, 90, 90, 0) for url in somebodys] + [("2026-W45", "https://news.example/a?id=7", 80, 80, 0)]
        db.executemany("insert into weekly_links(week, url, people, posts, reposts) values (?, ?, ?, ?, ?)", shared)
        thanks = "Thanks @annmuller and ann@mail.example, see https://t.me/annmuller (from @ourhouse)"
        db.execute("update posts set text = ? where is_own = 1 and day between '2026-11-02' and '2026-11-08'", [thanks])
        post = db.execute("select platform, native_id from posts where day = '2026-11-04' and is_own = 0").fetchone()
    desk = Desk(copy)
    entry = dict.fromkeys(("text", "message", "asked_at", "consent_link", "consent", "consent_at"), "")
    entry["paraphrase"] = "Someone agrees with @annmuller"
    desk.keep_quote(post, entry, seen="", who="Ann", now="2026-11-08T00:00:00Z")
    desk.close()
    told = briefing(CAMPAIGN, copy, "2026-W45", "md", now=NOW)
    assert "- https://news.example/a?id=7 (80 people)" in told
    assert "“Thanks \\[name\\] and \\[name\\], see \\[link\\] (from @ourhouse)”" in told
    assert "Someone agrees with \\[name\\]" in told
    for name in ("annmuller", "ann@mail", "x.com/ann", "blog.example"):
        assert name not in told


def test_what_needs_advice_is_to_be_decided(data: DataFolder) -> None:
    entry = {"state": "legal", "owner": "", "note": "", "link": "", "by_hand": 0}
    desk = Desk(data)
    desk.keep_answer(("x", "30004"), entry, seen="", who="Ann", now="2026-11-08T00:00:00Z")
    desk.close()
    assert "1 question waits for advice (1 legal): who gives it?" in briefing(CAMPAIGN, data, None, "md", now=NOW)


def test_a_week_that_nobody_looked_at_says_so(data: DataFolder) -> None:
    told = briefing(CAMPAIGN, data, "2026-W50", "md", now="2026-12-20T00:00:00Z")
    assert "we could not look" in told and "nobody that we could see" not in told.split("## What is said")[0]


def test_a_draft_is_an_email_to_nobody(data: DataFolder) -> None:
    draft = email.message_from_string(briefing(CAMPAIGN, data, None, "eml", now=NOW), policy=email.policy.default)
    assert draft["X-Unsent"] == "1" and draft["To"] is None and "week of 2 to 8 November 2026" in draft["Subject"]
    assert [part.get_content_type() for part in draft.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("week", ["2026", "2026-W99", "x", "2026-W-1", "0001-W01", "9999-W52", "99999999999999999999-W01"])
def test_what_is_not_a_week_is_refused_in_words(data: DataFolder, week: str) -> None:
    with pytest.raises(UsageProblem, match="is not a week"):
        briefing(CAMPAIGN, data, week, "md", now=NOW)


def test_without_a_store_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="nothing to brief on"):
        briefing(CAMPAIGN, DataFolder(tmp_path / "none"), None, "md", now=NOW)


def test_a_text_cannot_act_in_any_form() -> None:
    blocks = [Block("ul", ("<script>alert(1)</script> [x](javascript:y)\n# big",)), Block("box", "<b>")]
    assert "<script>" not in as_html("<t>", blocks) and "<b>" not in as_html("<t>", blocks)
    told = as_markdown("<t>", blocks)
    assert "\\[x\\](javascript:y) \\# big" in told and "\\<script\\>" in told


def test_errors_of_invented_posts_are_spoken_of_only_where_there_are_some(tmp_path: Path) -> None:
    made = build_store(tmp_path / "data", posts=12)
    with sqlite3.connect(made.tracker) as db:
        db.execute("update theme_quality set measured_on = 'invented examples'")
    assert "the errors below are those on invented posts" in briefing(CAMPAIGN, made, None, "md", now=NOW)
    with sqlite3.connect(made.tracker) as db:
        db.execute("delete from theme_quality")
    told = briefing(CAMPAIGN, made, None, "md", now=NOW)
    assert "Until people code a random sample, nobody knows how often the program errs" in told and "invented posts" not in told
    with sqlite3.connect(made.tracker) as db:
        db.execute("update themes set retired_at = '2026-11-01T00:00:00Z'")
    assert "Who reads 50 posts?" not in briefing(CAMPAIGN, made, None, "md", now=NOW)
