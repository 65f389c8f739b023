"""How well the model does and what it misses, on the pages: overall, by theme, by phrase, drift and rising talk."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.reading_away import coverage_lines
from db.statements import statements
from pipelines.nightly import read_themes
from pipelines.running import running
from tests import invented
from tests.coded_pages import data as data
from tests.coded_run import add
from tests.pages_client import Pages, words
from tests.pages_store import NOW
from tests.test_house import REPOSITORY
from tracker.campaign import read_campaign
from tracker.themes import load_model


def write(data: DataFolder, *statements: tuple[str, list[object]]) -> Pages:
    with sqlite3.connect(data.tracker) as db:
        for sql, values in statements:
            db.execute(sql, values)
    return Pages(data, demo_now=NOW)


def test_each_phrase_stands_with_what_it_finds_and_one_that_misleads_is_marked(data: DataFolder) -> None:
    keep = "insert into phrase_figures values ('outsourcing', ?, ?, ?, ?, ?, ?)"
    pages = write(
        data,
        (keep, ["outsourcing", 31, 10, 9, json.dumps([["health", 0.25]]), 0]),
        (keep, ["contract <b>", 12, 6, 1, "[]", 1]),
        (keep, ["never read", 3, 0, 0, "[]", 0]),
    )
    page = pages.text("/theme/outsourcing")
    rows = {
        phrase: page[page.index(f'<th scope="row">{phrase}') :].split("</tr>")[0]
        for phrase in ("outsourcing", "contract", "never")
    }
    assert "9 of 10" in rows["outsourcing"] and "Health (25 %)" in rows["outsourcing"] and "misleads" not in rows["outsourcing"]
    assert (
        "1 of 6" in rows["contract"]
        and '<span class="tag">misleads</span>' in rows["contract"]
        and "&lt;b&gt;" in rows["contract"]
    )
    assert "none read" in rows["never"] and "All of it counts posts, each of several that say the same" in page
    assert (
        '1 phrase misleads: “<bdi>contract &lt;b&gt;</bdi>” (<a href="/theme/outsourcing#decided">Outsourcing</a>)'
        in pages.text("/")
    )


def test_among_how_many_posts_phrases_are_looked_for_is_told(data: DataFolder) -> None:
    """In a store with more, a phrase that none of the last ones holds was told as one that no post holds."""
    (most,) = re.findall(r"limit (\d+)", statements("watching.sql")["by_day"])
    told = f"the {int(most):,} "
    pages = write(data, ("insert into phrase_figures values ('health', 'ward', 0, 0, 0, '[]', 0)", []))
    assert f"{told}that were stored last" in words(pages.text("/theme/health"))
    dictionary = (REPOSITORY / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    for table in ("phrase_figures", "weekly_drift"):
        of_posts = dictionary.split(f"### {table}")[1].split("| `posts` | ")[1].split("\n")[0]
        assert told in of_posts and "stored last" in of_posts, table


def test_an_alarm_of_the_newest_weeks_stands_on_the_home_page(data: DataFolder) -> None:
    keep = "insert into weekly_drift values (?, 20, 300, ?, ?)"
    assert "Not looked at yet" in Pages(data, demo_now=NOW).text("/")
    looked: tuple[str, list[object]] = ("insert into settings(name, value) values ('watched', 'seen')", [])
    assert "None of the posts here has words in a language of the campaign" in write(data, looked).text("/")
    quiet = write(
        data, (keep, ["2026-W43", 0.1, "an old alarm"]), (keep, ["2026-W44", 0.1, None]), (keep, ["2026-W45", None, None])
    )
    page = quiet.text("/")
    assert "Too few weeks have been looked at to tell: one is held against at least 4 before it." in page
    assert "Nothing out of the ordinary" not in page and "not compared" in page
    assert '<p class="notice"><strong>19 to 25 October' not in page  # older than the newest two
    before = [(keep, [f"2026-W{week}", 0.1, None]) for week in (39, 40, 41, 42)]
    assert "Nothing out of the ordinary" not in write(data, *before[1:]).text("/"), "three, and one that stood out itself"
    gone_by = write(data, before[0]).text("/")
    assert "last week that stood out was 19 to 25 October 2026: an old alarm. No week since did." in gone_by
    assert "Nothing out of the ordinary" not in gone_by, "the old alarm is of one of the weeks that were looked at"
    none = write(data, ("update weekly_drift set alarm = null", []))
    assert "Nothing out of the ordinary in the last 2 weeks that were looked at" in none.text("/")
    loud = write(data, ("update weekly_drift set alarm = 'half of the words are new' where week = '2026-W45'", []))
    assert "<strong>2 to 8 November 2026</strong>: half of the words are new" in loud.text("/")


def test_rising_talk_is_shown_with_examples_and_does_nothing(data: DataFolder) -> None:
    keep = "insert into emerging_talk values (?, ?, 9, 1, 8, ?, 0)"
    pages = write(
        data,
        (keep, ["phrase", "<script>alert(1)</script>", "[4, 5]"]),
        (keep, ["link", "javascript:alert(1)", "[]"]),
        (keep, ["link", "https://example.org/new", "[6]"]),
    )
    page = pages.text("/")
    assert "“<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>”: 9 messages by 8 people in two weeks, 1 in the four before" in page
    assert 'href="/post/4"' in page and 'href="/post/5"' in page
    assert 'href="javascript:' not in page and 'href="https://example.org/new"' in page


def test_a_theme_that_no_measured_post_carries_or_was_given_was_checked(data: DataFolder) -> None:
    none = "update theme_quality set precision = null, recall = null, n = 467, support = 0 where theme = 'outsourcing'"
    pages = write(data, (none, []))
    said = pages.text("/theme/outsourcing")
    assert "This was checked on 467 posts" in said and "none of them is about this theme, and the program gave it to none" in said
    assert "Nobody has yet checked" not in said
    with closing(sqlite3.connect(data.tracker)) as db:
        (note,) = (line for line in coverage_lines(db) if line.startswith("Outsourcing"))
    listed = words(pages.text("/themes")).split("Outsourcing")[1].split("In-house")[0]
    for told in (listed, note, pages.text("/").split('<th scope="row"><a href="/theme/outsourcing"')[1].split("</tr>")[0]):
        assert "467 posts were checked" in told and "not measured" not in told, told
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("insert into post_verdicts(post_id, relevant, coders, adjudicated, via) values (4, 1, 1, 0, 'read')")
        db.execute("update theme_versions set changed_at = '2027-01-01T00:00:00Z' where theme = 'outsourcing'")
    assert "467 posts" not in pages.text("/themes") + pages.text("/theme/outsourcing")


@pytest.mark.parametrize(("alpha", "low"), [(0.394, True), (0.398, False)])
def test_agreement_on_a_theme_is_low_as_it_is_shown(data: DataFolder, alpha: float, low: bool) -> None:
    agreed = "insert into coder_agreement values ('theme', 'outsourcing', ?, null, null, null, null, 40, 9, '')"
    said = write(data, (agreed, [alpha])).text("/theme/outsourcing")
    assert f"alpha {alpha:.2f}" in said and ("That is low" in said) is low


def test_both_shares_of_a_theme_and_the_corrected_one_are_shown(data: DataFolder) -> None:
    share = "update theme_quality set sample = 'audit', share_found = 0.1, share_coded = 0.2, share_coded_low = 0.15,"
    share += " share_coded_high = 0.26, n = 150, support = 7, f1 = 0.7, phrases_f1 = 0.6, textcat_f1 = 0.3"
    page = write(data, (share + " where theme = 'outsourcing'", [])).text("/theme/outsourcing")
    assert "people gave it to 20 % of 150 posts (each week weighed by its posts, 15 to 26 % of all posts); the program" in page
    few = "20 posts of the sample that are about it and 20 that are not have to be coded; so far there are 7 and 143 among these."
    assert few in page and "Corrected for the program's errors" not in page
    enough = write(data, ("update theme_quality set support = 20", [])).text("/theme/outsourcing")
    assert few not in enough and "have to be coded" not in enough
    assert "the program has not read the posts since it was trained, or gives the theme to posts that are not about it" in enough
    assert "this program F1 0.70 (0.61 to 0.78), its phrases alone 0.60, spaCy's own classifier 0.30" in page
    corrected = "update theme_quality set share_corrected = 0.18, share_corrected_low = 0.12, share_corrected_high = 0.25"
    assert "Corrected for the program's errors, 18 % of all posts (12 to 25 %)" in write(data, (corrected, [])).text(
        "/theme/outsourcing"
    )


def test_what_people_read_at_random_stands_by_week_and_what_stands_out_on_the_home_page(data: DataFolder) -> None:
    keep = "insert into weekly_shares values (?, ?, 20, ?, ?, 0.1, 0.3, ?)"
    assert "By what people read at random" not in Pages(data, demo_now=NOW).text("/theme/health")
    pages = write(
        data,
        (keep, ["2026-W41", "health", 3, 0.15, "an old alarm"]),
        (keep, ["2026-W42", "health", 4, 0.2, None]),
        (keep, ["2026-W43", "health", 12, 0.6, "12 of 20 posts"]),
        (keep, ["2026-W43", "", 9, 0.45, "9 of 20 posts"]),
    )
    page = pages.text("/theme/health")
    assert page.index("15 % (10 to 30 %)") > page.index("60 % (10 to 30 %)") and "stands out: 12 of 20 posts." in page
    home = pages.text("/")
    assert (
        '<a href="/theme/health#sampled">Health</a>: 12 of 20 posts.' in home and "belong to the debate at all: 9 of 20" in home
    )
    assert "an old alarm" not in home and "Nothing out of the ordinary" not in home


def test_the_method_page_shows_the_program_beside_simpler_ones(data: DataFolder) -> None:
    keep = "insert into model_quality values ('m1', ?, 'audit', 'all', ?, 0.5, 0.7, 0.65, 0.02, 0.1, 150, 'the sample', ?, 4)"
    page = write(data, (keep, ["model", 0.61, 4]), (keep, ["phrases", 0.52, 3]), (keep, ["textcat", 0.2, None])).text("/data")
    places = [page.index(words) for words in ("This program", "Its phrases alone", "spaCy&#39;s own classifier")]
    assert places == sorted(places) and "0.61 (0.50 to 0.70)" in page and "150 posts: the sample" in page
    assert page.count("0.70), of ") == 1 and "0.52 (0.50 to 0.70), of 3 of 4 themes" in page


def test_without_themes_a_night_looks_at_words_too(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path)
    for theme in (folder / "themes").iterdir():
        theme.unlink()
    with running("classify", read_campaign(folder), DataFolder(tmp_path / "data")) as run:
        for number in range(120):
            add(run, str(number), f"Number {number}: the fares went up again")
        read_themes(run)
        card = load_model(run.folder.model).card
    assert card.pool > 100 and "taught which words" not in card.notes
    page = words(Pages(run.folder, demo_now=NOW).text("/"))
    assert "Is it still the same debate? Too few weeks have been looked at to tell" in page
