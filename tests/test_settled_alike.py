"""What people settled is the same wherever it is asked for: in the counts, in learning, and in measuring."""

import random
from dataclasses import replace

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.classify import classify
from pipelines.evaluate import audit_posts
from pipelines.running import Run
from pipelines.verdicts import carry_verdicts, settled
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coded_run import NOW, SUE, TEXTS, add, code
from tests.coded_run import run as run
from tests.coding_client import Coder
from tests.pages_client import Pages
from tracker.codings import Asked, Coding, asked_in, bare_book, book_version
from tracker.settling import settle
from tracker.themes import load_model
from tracker.themes.gold import Gold, gold_posts, posts_to_measure
from tracker.themes.learning import truth_of

DRAWN = replace(SUE, queue="audit", probability=1.0)
NOT_THIS = replace(DRAWN, coder="Ann", relevant=False, themes=())


def measured(run: Run) -> dict[str, Gold]:
    return {post.key[1]: post for post in posts_to_measure(run.campaign, audit_posts(run.folder))}


def test_half_and_half_on_relevance_says_nothing_in_measuring_and_learning(run: Run) -> None:
    """It counted as a post without any theme, on which the program is right where it gives none."""
    code(run, DRAWN, NOT_THIS, replace(DRAWN, native_id="2"))
    assert list(measured(run)) == ["2"]
    code(run, replace(DRAWN, coder="Lea", role="lead", queue="adjudication"))
    assert measured(run)["1"].themes == {"drivers"}, "the lead has spoken"
    code(run, *(replace(one, native_id="4", queue="other", probability=None) for one in (DRAWN, NOT_THIS)))
    with_labels = Labels(run.folder)
    assert gold_posts(run.campaign, with_labels.coded_examples()) == []
    with_labels.close()


@pytest.mark.parametrize(
    "pilot", [replace(DRAWN, coder="Ben", round="pilot"), replace(DRAWN, coder="Lea", role="lead", round="pilot")]
)
def test_a_tie_of_the_main_round_is_no_more_settled_by_a_pilot_in_the_counts_than_in_measuring(run: Run, pilot: Coding) -> None:
    code(run, pilot, DRAWN, NOT_THIS)
    verdict = settle([pilot, DRAWN, NOT_THIS], {}, Asked())
    assert (verdict.relevant, verdict.disputed, verdict.coders) == (None, True, 2)
    carry_verdicts(run)
    assert run.store._db.execute("select relevant from post_verdicts where via = 'read'").fetchall() == [(None,)]
    assert measured(run) == {}


def test_a_lead_who_settles_is_heard_where_the_post_was_read_in_a_pilot_last(data: DataFolder, pages: Pages) -> None:
    for name, answer in (("Ann", "yes"), ("Sue", "no")):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=audit")
        coder.code(answer)
    (first, _) = Labels(data).standing()
    Labels(data).add(replace(first, coder="Ben", round="pilot", relevant=False))
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")
    assert "1 post waits" in lea.page and "<bdi>Ben</bdi>" not in lea.page
    lea.send("/coding/settle", answer="yes")
    assert "Nothing is left to settle" in lea.page
    assert [(one.coder, one.round) for one in Labels(data).standing() if one.role == "lead"] == [("Lea", "main")]


def test_whatever_people_say_is_settled_alike_for_the_counts_and_for_measuring(run: Run) -> None:
    chance = random.Random(7)
    books = [bare_book(themes) for themes in (["fares"], ["fares", "drivers"])]
    labels = Labels(run.folder)
    for book in books:
        labels.keep_codebook(book_version(book), book, now=NOW)
    for number in range(100, 220):
        text = f"{TEXTS[number % 3]} said {number} people"
        add(run, str(number), text)
        for coder in chance.sample(("Ann", "Ben", "Sue", "Lea"), chance.randint(1, 4)):
            for place in chance.sample(("pilot", "main", "main 2"), chance.randint(1, 2)):
                relevant = chance.choice((True, True, False, None))
                given = tuple(theme for theme in ("drivers", "fares") if relevant is not False and chance.random() < 0.5)
                said = replace(DRAWN, native_id=str(number), text=text, coder=coder, round=place, relevant=relevant, themes=given)
                said = replace(said, role="lead" if coder == "Lea" else "coder", codebook=book_version(chance.choice(books)))
                unsure = chance.random() < 0.15
                labels.add(replace(said, cannot_tell=True, relevant=None, themes=()) if unsure else said)
    classify(run, load_model(run.folder.model))
    chances, asked = labels.chances_read(), asked_in(labels.codebooks())
    verdicts = {
        one.native_id: one for one in settled(labels.of_now(), asked, run.campaign) if (one.platform, one.native_id) in chances
    }
    labels.close()
    posts, themes = measured(run), frozenset({"drivers", "fares"})
    assert len(verdicts) > 100 and any(one.relevant is None for one in verdicts.values())
    for post_id, verdict in verdicts.items():
        if verdict.asked == Asked():
            assert post_id not in posts, "half and half on relevance, or nobody could tell"
            continue
        post = posts.pop(post_id)
        assert (post.relevant, post.themes) == (verdict.relevant, verdict.themes)
        if verdict.relevant is not False:
            assert themes - post.unasked == verdict.asked.without(verdict.undecided).themes
    assert posts == {}


@pytest.mark.parametrize("relevant", [True, False])
def test_a_theme_newer_than_the_lead_s_word_is_measured_on_all_posts_of_a_second_round(run: Run, relevant: bool) -> None:
    """Posts that the lead had found not to be of this debate were left out: the theme was measured on too few without it."""
    before, after = (bare_book(themes) for themes in (["fares"], ["fares", "drivers"]))
    labels = Labels(run.folder)
    for book in (before, after):
        labels.keep_codebook(book_version(book), book, now=NOW)
    labels.close()
    lead = replace(NOT_THIS, coder="Lea", role="lead", codebook=book_version(before))
    again = replace(DRAWN, round="main 2", codebook=book_version(after))
    code(run, lead, *(replace(again, coder=coder, relevant=relevant, themes=()) for coder in ("Ann", "Sue")))
    code(run, replace(lead, native_id="2"), replace(again, native_id="4"))
    posts = measured(run)
    assert [(post, gold.relevant, sorted(gold.unasked)) for post, gold in sorted(posts.items())] == [
        ("1", False, []),
        ("2", False, ["drivers"]),
        ("4", True, []),
    ]
    _, known = truth_of([posts["1"], posts["2"], posts["4"]], ["drivers", "fares"])
    assert known.tolist() == [[1, 1], [0, 1], [1, 1]]
