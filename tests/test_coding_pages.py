"""The coder's pages: one post at a time, blind, nothing lost, in words where something is wrong."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from db.statements import statements
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder, Form, filled_in, standing, their_id
from tests.conftest import REPOSITORY
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store
from tracker.codings import Asked
from tracker.settling import settle


def test_an_empty_queue_that_never_held_a_post_does_not_say_that_its_posts_were_read(data: DataFolder, pages: Pages) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute("update post_themes set decided_by = 'rule', score = 0.9")
    sue = Coder(pages, "Sue")
    page = sue.open("/coding/post?queue=unsure")
    assert "The program is unsure of no post here, or each such post has been read or is in the random sample." in page
    page = sue.open("/coding/post?queue=disagree")
    assert "Phrases and classifier differ on no post here, or each" in page and "read by enough people" not in page


def test_a_coder_signs_reads_and_goes_on_to_the_next(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    assert "You are coding as" in sue.page and "Random sample" in sue.page
    first = sue.open("/coding/post?queue=audit")
    assert "What is this post about?" in first
    sue.code("yes", "outsourcing", "health", note="border\r\nline", asks="1")
    assert "Kept. The next post is below." in sue.page
    assert sue.form("/coding/post").fields != []
    (kept,) = Labels(data).standing()
    assert (kept.coder, kept.relevant, kept.themes, kept.asks_us, kept.note) == (
        "Sue",
        True,
        ("health", "outsourcing"),
        True,
        "border\nline",
    )
    assert kept.text and kept.probability is not None and 0 < kept.probability <= 1 and kept.round == "main"
    assert list(Labels(data).codebooks()) == [kept.codebook]


def test_author_machine_and_other_coders_stay_hidden(data: DataFolder, pages: Pages) -> None:
    ann, sue = Coder(pages, "Ann"), Coder(pages, "Sue")
    ann.open("/coding/post?queue=audit")
    ann.code("no", note="an unlikely remark")
    seen = sue.open("/coding/post?queue=audit")
    key = their_id(data, sue.shown)
    assert key == Labels(data).standing()[0].native_id  # the very same post
    for hidden in ("an unlikely remark", "Writer No", "writer", "decided", "score", "checked"):
        assert hidden not in seen.split("<h2>Keys")[0].split('id="help"')[0], hidden


def test_what_the_program_is_unsure_of_is_read_from_what_it_would_gain_most_by(data: DataFolder, pages: Pages) -> None:
    with sqlite3.connect(data.tracker) as db:
        some = [row[0] for row in db.execute("select id from posts where text like 'Is anyone going%' order by id limit 4")]
        for post_id, doubt, top in zip(some, (0.1, None, 0.3, 0.2), (0.01, 0.0, 0.4, 0.02), strict=True):
            db.execute(
                "update post_readings set outcome = 'unsure', doubt = ?, top_score = ? where post_id = ?", (doubt, top, post_id)
            )
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=unsure")
    for place in (2, 3, 0, 1):  # what a model of before read comes last
        assert sue.shown.split("-")[0] == str(some[place])
        sue.code("yes")


@pytest.mark.parametrize("queue", ["unsure", "disagree", "of_theme"])
def test_a_queue_is_found_without_going_through_all_posts(data: DataFolder, queue: str) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        db.execute("update post_readings set outcome = iif(post_id % 2, 'themed', 'none')")  # none is unsure
        themed = "insert or ignore into post_themes(post_id, theme, score, decided_by)"
        db.execute(f"{themed} select id, 'outsourcing', 0.9, 'rule' from posts")
        db.execute(f"{themed} values (7, 'rare', 0.9, 'rule')")
        db.executescript("analyze; analyze sqlite_schema")
        asked = {"theme": "rare", "limit": 2000}
        plan = [step for *_, step in db.execute("explain query plan " + statements("coding.sql")[queue], asked)]
    assert [step for step in plan if step.startswith("SCAN posts")] == [], plan


def test_a_queue_goes_on_behind_thousands_of_posts_that_are_in_the_random_sample(data: DataFolder, pages: Pages) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute("update post_readings set outcome = 'unsure', doubt = 0.1 where post_id = 1")
        others = [name for (_, name, *_) in db.execute("pragma table_info(posts)") if name not in ("id", "native_id")]
        names = ", ".join(others)
        for number in range(1000, 3001):
            db.execute(f"insert into posts(id, native_id, {names}) select ?1, ?1, {names} from posts where id = 1", [number])
            db.execute("insert into post_readings(post_id, model, outcome, doubt) values (?, 'm', 'unsure', 0.9)", [number])
        (platform,) = db.execute("select platform from posts where id = 1").fetchone()
    draw = {"week": "2026-W41", "rate": 1.0, "population": 2001, "queue": "audit", "seed": "s", "drawn_by": "S", "drawn_at": NOW}
    with closing(Labels(data)) as labels:
        labels.keep_draw(draw, [((platform, str(number)), number / 3001) for number in range(1000, 3001)])
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=unsure")
    assert sue.shown.split("-")[0] == "1"


def test_two_people_read_each_drawn_post_and_a_third_is_not_asked(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=24)
    pages = Pages(data, demo_now=NOW)
    ann, sue = Coder(pages, "Ann"), Coder(pages, "Sue")
    for coder in (ann, sue):
        coder.open("/coding/post?queue=audit")
        while "What is this post about?" in coder.page:
            coder.code("yes")
    assert "Nothing is left for you here" in sue.page and "Kept." in sue.page and "next post is below" not in sue.page
    drawn = len(Labels(data).sample("audit"))
    assert drawn > 15 and len(standing(data)) == 2 * drawn
    assert "Nothing is left for you here" in Coder(pages, "Ben").open("/coding/post?queue=audit")
    sue.send("/coding/undo")
    back = their_id(data, sue.shown)
    assert "Taken back." in sue.page and back not in [one.native_id for one in Labels(data).standing() if one.coder == "Sue"]


def test_a_new_round_has_the_sample_read_again_and_the_newest_verdict_counts(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/lead")
    sue.send("/coding/lead", audit_per_week="1", coders_each="1")
    sue.open("/coding/post")
    while "What is this post about?" in sue.page:
        sue.code("yes", "health")
    first = [one.native_id for one in Labels(data).standing()]
    sue.open("/coding/lead")
    sue.send("/coding/lead", round="main 2")
    sue.open("/coding/post")
    while "What is this post about?" in sue.page:
        sue.code("yes", "outsourcing")
    again = [one for one in Labels(data).standing() if one.round == "main 2"]
    assert first and sorted(one.native_id for one in again) == sorted(first)
    settled = settle(
        [one for one in Labels(data).standing() if one.native_id == first[0]], {}, Asked(frozenset(("health", "outsourcing")))
    )
    assert settled.themes == {"outsourcing"}


def test_what_is_wrong_is_said_and_what_was_ticked_stays(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.send("/coding/post", theme=["health"], note="half done")
    assert sue.status == 422 and "Say first whether the post is part of this debate" in sue.page
    assert ("theme", "health") in sue.form("/coding/post").fields and "half done" in sue.page
    sue.code("no", "health")
    assert sue.status == 422 and "Only a post that is part of this debate has themes" in sue.page
    sue.code("yes", "no-such-theme")
    assert "The codebook has changed since you opened this post" in sue.page
    sue.send("/coding/post", answer="yes", shown="0" * 16)
    assert "words have changed since you opened it" in sue.page
    assert standing(data) == []


RENAMED = (
    "update theme_versions set theme = 'contracts', definition = replace(definition, '\"slug\": \"outsourcing\"',"
    " '\"slug\": \"contracts\"') where theme = 'outsourcing'",
    'update theme_versions set definition = replace(definition, \'"renamed_from": []\', \'"renamed_from": ["outsourcing"]\')'
    " where theme = 'contracts'",
    "insert into themes select 'contracts', name, meaning, group_name, dimension, 0, null from themes where slug = 'outsourcing'",
    "update themes set retired_at = 'then' where slug in ('outsourcing', 'health')",
    "delete from questions",
)


@pytest.mark.parametrize("queue", ["audit", "theme:outsourcing"])
def test_ticks_follow_a_codebook_that_changed_and_what_is_gone_is_named(data: DataFolder, pages: Pages, queue: str) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute("update questions set slug = 'health'")  # as a theme has it, too
    sue = Coder(pages, "Sue")
    sue.open(f"/coding/post?queue={queue}")
    sue.code("yes", question="health")  # so that the codebook is known
    first = sue.page
    with sqlite3.connect(data.tracker) as db:
        for statement in RENAMED:
            db.execute(statement)
    sue.code("yes", "outsourcing", "health", note="mine", question="health")
    assert sue.status == 422 and "Not kept yet" in sue.page and "codebook has changed" in sue.page
    assert filled_in(sue) == [("answer", "yes"), ("theme", "contracts"), ("note", "mine")]
    assert sue.shown == dict(Form(first, "/coding/post").fields)["post"]
    for gone in ("Health", "What do you think?"):
        assert f"“{gone}”, which you had ticked, is no longer in the codebook." in sue.page
    sue.send("/coding/post")
    assert [(one.themes, one.note) for one in Labels(data).standing() if one.note] == [(("contracts",), "mine")]


def test_a_post_that_is_gone_meanwhile_is_not_kept(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    key = their_id(data, sue.shown)
    with sqlite3.connect(data.tracker) as db:
        db.execute("update posts set status = 'gone' where native_id = ?", [key])
    sue.code("yes", "health")
    assert "has been deleted or hidden since you opened it" in sue.page
    assert standing(data) == []


def test_a_post_without_a_word_is_not_offered(data: DataFolder, pages: Pages) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute("update post_readings set outcome = 'empty' where post_id > 3")
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    read = 0
    while "What is this post about?" in sue.page:
        sue.code("yes")
        read += 1
    assert 0 < read <= 3


def test_nobody_codes_without_a_name_and_a_name_cannot_be_forged(data: DataFolder, pages: Pages) -> None:
    nobody = Coder(pages, None)
    assert "Your name" in nobody.open("/coding/post")
    nobody.cookies["coder"] = "Sue.forged"
    assert "Your name" in nobody.open("/coding/post")
    nobody.send("/coding/name", name=" \u202e\n ")
    assert "could not be taken" in nobody.page
    nobody.send("/coding/name", name="  Ann <b>Lee</b>  ")
    assert "Ann &lt;b&gt;Lee&lt;/b&gt;" in nobody.page


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null", "sec-fetch-site": "cross-site"}],
    ids=str,
)
def test_a_form_from_another_site_is_refused(data: DataFolder, pages: Pages, headers: dict[str, str]) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.post("/coding/post", [*sue.form("/coding/post").fields, ("answer", "yes")], headers=headers)
    assert sue.status == 403 and standing(data) == []


def test_a_form_without_its_token_is_refused(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    fields = [field for field in sue.form("/coding/post").fields if field[0] != "csrftoken"]
    sue.post("/coding/post", [*fields, ("answer", "yes")])
    assert sue.status == 403 and standing(data) == []
    assert "go back, load the page again" in sue.page, "in words for coders"


def test_hostile_words_do_nothing(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    page = sue.open("/coding/post?queue=other&platform=x&id=20000")
    assert "&lt;script&gt;document.title" in page and "<img src=x" not in page and "{{ 7*7 }}" in page
    page = sue.open("/coding/post?queue=other&platform=x&id=20001")
    assert 'class="words" dir="auto"' in page


def test_a_queue_of_one_theme_mixes_in_others_and_leaves_the_sample_alone(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=theme:outsourcing")
    read = []
    while "What is this post about?" in sue.page:
        read.append(their_id(data, sue.shown))
        sue.code("yes")
    sampled = {row["native_id"] for row in Labels(data).sample("audit")}
    assert not sampled & set(read)


def test_what_pilots_and_queues_of_one_theme_are_called_is_said_once() -> None:
    rooms = (REPOSITORY / name for name in ("tracker", "db", "pipelines", "datasette_config"))
    files = [path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".html")]
    said = re.compile(r'= "pilot"|startswith\("pilot|"theme:"|queue=theme:|def is_pilot')
    assert {path.name: len(found) for path in files if (found := said.findall(path.read_text(encoding="utf-8")))} == {
        "codings.py": 3
    }


def test_the_lead_sees_by_their_names_which_themes_were_read_one_at_a_time(pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=theme:outsourcing")
    sue.code("yes")
    assert '<td data-label="Queue">One theme: Outsourcing</td>' in sue.open("/coding/lead")


def test_themes_to_read_one_at_a_time_stand_in_their_groups_and_in_no_pilot(pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    listed = sue.page.split("<summary>One theme at a time</summary>")[1].split("</details>")[0]
    names = ["Themes", "The market", "Outsourcing", "In-house", "Citizens", "Co-production", "Public services", "Health"]
    assert re.findall(r"<(?:h3|h4|a [^>]*)>([^<]+)<", listed) == names
    assert 'href="/coding/post?queue=theme:in-house"' in listed
    sue.open("/coding/lead")
    sue.send("/coding/lead", round="pilot")
    assert "One theme at a time" not in sue.open("/coding")


def test_the_codebook_shows_definitions_and_not_the_phrases(pages: Pages) -> None:
    page = pages.text("/codebook")
    assert "People shape the service." in page and "What do you think?" in page
    assert "not_when" not in page and "film" not in page


def test_pages_that_only_show_have_no_coding(data: DataFolder) -> None:
    only_shown = Pages(data, may_code=False)
    assert "Posts are not coded here" in only_shown.text("/coding", status=404)
    assert 'href="/coding"' not in only_shown.text("/")
