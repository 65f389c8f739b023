"""What is watched besides the counts: phrases that mislead, words that are new to the debate, talk that no theme covers."""

import random
import time
from dataclasses import replace

from pipelines.nightly import read_themes
from pipelines.running import Run
from tests.learned_run import run as run
from tests.theme_campaigns import ALLOTMENTS, BUS, NOW, labelled
from tracker.records import Theme
from tracker.themes import train_model
from tracker.themes.emerging import Said, emerging
from tracker.themes.gold import Gold
from tracker.themes.pipeline import one_by_one, words_pipeline
from tracker.themes.watching import drift, phrase_figures, scores_of


def coded(text: str, *themes: str) -> Gold:
    return Gold(text, frozenset(themes), None, False)


def test_each_phrase_is_counted_and_one_that_misleads_is_named() -> None:
    posts = [coded(f"in-house parrot number {word}") for word in "abcdef"] + [
        coded("a water butt, plot rent due", "water", "rent")
    ]
    figures = {(f.theme, f.phrase): f for f in phrase_figures(ALLOTMENTS, [post.text for post in posts], posts)}
    house, butt = figures["water", "in house"], figures["water", "water butt"]
    assert (house.posts, house.coded, house.correct, house.misleads) == (6, 6, 0, True)
    assert (butt.posts, butt.coded, butt.correct, butt.misleads, butt.fires_with) == (1, 1, 1, False, (("rent", 1.0),))
    assert figures["rent", "ground rents"].posts == 0


def test_of_themes_that_a_phrase_stands_with_as_often_the_same_are_named_each_time() -> None:
    """By their slugs; which three of four came first was that of a set, another in each process."""
    fruit = ("apple", "fig", "pear", "plum", "quince")
    campaign = replace(ALLOTMENTS, themes=tuple(Theme(slug, slug.title(), "", (slug,)) for slug in fruit))
    found = phrase_figures(campaign, [f"{' '.join(fruit)} cake", "fig and quince jam"], [])
    named = {one.phrase: [other for other, _ in one.fires_with] for one in found}
    assert named == {
        "apple": ["fig", "pear", "plum"],
        "fig": ["quince", "apple", "pear"],
        "pear": ["apple", "fig", "plum"],
        "plum": ["apple", "fig", "pear"],
        "quince": ["fig", "apple", "pear"],
    }


def test_a_phrase_that_not_when_switches_off_is_not_counted() -> None:
    figures = phrase_figures(ALLOTMENTS, ["The co-operative bank lent us a co-operative"], [])
    assert all(figure.posts == 0 for figure in figures)


def test_a_week_with_words_that_no_week_before_had_is_called_out() -> None:
    known = [text.text for text in labelled()] * 3
    strange = [f"zorbl{number} quix{number} flumm{number} drabn{number}" for number in range(80)]
    weeks = [(f"2026-W{week}", text) for week in range(30, 36) for text in known] + [("2026-W36", text) for text in strange]
    found = drift(ALLOTMENTS, weeks)
    assert [one.week for one in found] == [f"2026-W{week}" for week in range(30, 37)]
    assert [bool(one.alarm) for one in found] == [False] * 6 + [True]
    assert found[-1].unseen == 1.0 and "100 %" in found[-1].alarm
    long = [(f"2026-W{week}", "the price of leeks doubled " * 1_000) for week in range(30, 36)]
    assert drift(ALLOTMENTS, [*weeks, *long])[-1].alarm
    assert drift(ALLOTMENTS, long)[0].words == 100
    twice = drift(ALLOTMENTS, [*weeks, *((f"2026-W{37}", text) for text in known)])
    assert not twice[-1].alarm, "what is said again is not new"
    few = drift(ALLOTMENTS, [("2026-W30", "a few words only")])
    assert few[0].unseen is None and not few[0].alarm


def test_quiet_weeks_are_not_called_out_and_a_tenth_of_new_words_is() -> None:
    """Words drawn as those of a debate are (the n-th about 1/n as often), six debates of eleven weeks."""
    chance = random.Random(7)
    often = [1 / (place + 20) for place in range(4_000)]

    def week(new: float) -> list[str]:
        words = chance.choices([f"w{place}ord" for place in range(4_000)], often, k=3_000)
        words = [f"new{chance.randrange(40)}word" if chance.random() < new else word for word in words]
        return [" ".join(words[start : start + 20]) for start in range(0, len(words), 20)]

    quiet = loud = 0
    for _ in range(6):
        said = [(f"2026-W{number}", text) for number in range(30, 41) for text in week(0.1 if number == 40 else 0)]
        *before, last = drift(ALLOTMENTS, said)
        quiet += sum(bool(one.alarm) for one in before)
        loud += bool(last.alarm)
    assert quiet <= 1 and loud >= 5, (quiet, loud)


QUIET = [
    Said(500 + n, -500 - n, n, f"A quiet day with robin number {n} {'abcdefghijklmnopqrstuvwxyz'[n % 26]}") for n in range(40)
]


def said(text: str, count: int, first: int, *, message: int | None = None, covered: bool = False, people: int = 99) -> list[Said]:
    """Posts that say nearly the same, each in words of its own unless they are one message."""
    words = ["alder", "birch", "cedar", "dahlia", "elder", "fern", "gorse", "hazel", "iris", "juniper"]
    return [
        Said(
            first + n,
            message or -first - n,
            (first + n) % people,
            f"{text} {words[n]}",
            () if covered else ("https://example.org/p",),
            covered,
        )
        for n in range(count)
    ]


def test_what_rises_where_no_theme_is_found_is_listed_with_examples() -> None:
    now = [
        *said("Good morning all, they want to fence the Orchard Gate, beside", 8, 0),
        *said("Have a lovely weekend, robin", 8, 20),
        *said("Copy and paste: dear member, vote against bill twelve", 9, 40, message=7),
        *said("The mayor shouts at the crows near", 9, 60, people=2),
        *said("We share sheds and dig at", 9, 80),
        *said("We share sheds and dig by", 9, 100, covered=True),
    ]
    found = emerging(ALLOTMENTS, now, QUIET)
    assert [(one.what, one.messages, one.before, one.people) for one in found if one.kind == "phrase"] == [
        ("fence the orchard gate", 8, 0, 8)
    ]
    assert len(set(found[0].examples)) == 3 and set(found[0].examples) <= set(range(8))
    assert [one.what for one in found if one.kind == "link"] == ["https://example.org/p"]
    same = [Said(900 + one.post, one.message - 900, one.author, one.text, one.links, one.covered) for one in now]
    assert emerging(ALLOTMENTS, now, QUIET + same) == []
    assert emerging(ALLOTMENTS, now, QUIET[:1]) == [] == emerging(ALLOTMENTS, now, [])  # too little before to tell


def test_a_phrase_that_rises_does_not_run_on_over_a_mark() -> None:
    for before in ("rains. The", "leeks: the", "shouts! “", "crows 🐦 the", "robins (the"):
        found = emerging(ALLOTMENTS, said(f"{before} turnip lorry; beside", 8, 0), QUIET)
        assert [one.what for one in found if one.kind == "phrase"] == ["turnip lorry"], before
    found = emerging(ALLOTMENTS, said("The turnip & swede lorry, beside", 8, 0), QUIET)
    assert [one.what for one in found if one.kind == "phrase"] == ["turnip & swede lorry"]


def test_sixty_messages_of_one_person_are_no_talk() -> None:
    others = [Said(one.post + 900, one.message - 900, one.author, one.text) for one in QUIET]
    loud = [Said(3_000 + n, -3_000 - n, 7, f"Boycott the greengrocer {n}") for n in range(60)]
    agreeing = [Said(4_000 + n, -4_000 - n, 70 + n, f"Boycott the greengrocer, says {n}") for n in range(12)]
    assert emerging(ALLOTMENTS, [*others, *loud, *agreeing[:2]], QUIET) == []
    found = emerging(ALLOTMENTS, [*others, *loud, *agreeing], QUIET)
    assert [(one.what, one.messages, one.people) for one in found] == [("boycott the greengrocer", 72, 13)]


def test_thousands_of_words_that_rise_at_once_are_held_apart_in_seconds() -> None:
    """Each was held against each, which took two minutes of a night in which ten thousand posts brought five thousand words."""
    chance = random.Random(5)
    alphabet = "abcdefghijklmnopqrst"
    words = [f"q{alphabet[n // 400]}{alphabet[n // 20 % 20]}{alphabet[n % 20]}x" for n in range(6_000)] * 5
    chance.shuffle(words)
    now = [Said(n, -n - 1, n, " ".join(words[n * 30 : n * 30 + 30])) for n in range(1_000)]
    before = [Said(5_000 + n, -5_000 - n, 5_000 + n, f"quiet robin {n}") for n in range(3_000)]
    began = time.process_time()
    found = emerging(ALLOTMENTS, now, before)
    assert time.process_time() - began < 15
    assert len(found) == 30 and all(one.messages >= 5 for one in found)


def test_words_of_many_posts_are_let_go_of_with_them() -> None:
    nlp = words_pipeline(ALLOTMENTS)
    kept = []
    for first in (0, 3_000):
        texts = [f"the @{n}er{n} didn't grow {n}ish leeks" for n in range(first, first + 3_000)]
        assert [doc.text for doc in one_by_one(nlp, texts, words_kept=0)] == texts
        kept.append(len(nlp.vocab.strings))
    assert kept[1] == kept[0] < 4_000


def test_small_talk_of_the_campaign_s_own_language_does_not_rise() -> None:
    calm = [Said(one.post, one.message, one.author, f"jour {one.text}") for one in QUIET]
    found = emerging(BUS, said("bonjour tout le monde, cela est pour vous tous avec nous, les tramways aussi, dans", 8, 0), calm)
    assert [one.what for one in found if one.kind == "phrase"] == ["tramways"]
    hindi = emerging(replace(BUS, languages=("hi",)), said("सरकारी अस्पताल में", 8, 0), QUIET)
    assert [one.what for one in hindi if one.kind == "phrase"] == ["सरकारी अस्पताल"], "whose vowels are marks on their letters"


def test_every_theme_has_a_score_on_what_people_read_and_a_post_passed_over_has_none() -> None:
    model = train_model(ALLOTMENTS, labelled(), now=NOW)
    texts = ["Mum stood in the queue today", "plot rent and a water butt", "https://example.org/only"]
    queue, both, empty = scores_of(model, texts)
    assert queue.keys() == both.keys() == {"water", "rent", "waiting"} and empty == {}
    assert queue["waiting"] > 0.5 > queue["rent"]
    given = [{hit.theme: hit.score for hit in reading.hits} for reading in model.read(texts)]
    assert all(queue[slug] == score for slug, score in given[0].items()) and given[0]
    rules = train_model(ALLOTMENTS, [], now=NOW)
    assert list(scores_of(rules, texts))[1] == {"water": 0.5, "rent": 0.5, "waiting": 0.0}


def test_a_post_of_a_day_that_is_to_come_ends_no_talk_that_rises_and_is_no_newest_week(run: Run) -> None:
    """A feed gives what it is to publish next year, a table has day and month the other way round."""
    columns = "platform, native_id, text, kind, created_at, day, first_seen_run"

    def said(first: int, count: int, day: str, words: str) -> None:
        rows = [("x", str(n), f"{words} {n}", f"{day}T08:00:00Z", day, run.id) for n in range(first, first + count)]
        sql = f"insert into posts({columns}) values (?, ?, ?, 'original', ?, ?, ?)"
        run.store._db.conn.executemany(sql, rows)

    run.clock = lambda: "2026-10-07T08:00:00Z"
    said(1_000, 60, "2026-09-20", "A quiet day of rain, number")
    said(2_000, 12, "2026-10-06", "They sell the depot roof, says number")
    for day in ("2026-10-06", "2099-03-12"):
        said(3_000 + int(day[:4]), 1, day, "It rained")
        read_themes(run)
        assert "sell the depot roof" in [row["what"] for row in run.store.rows("select what from emerging_talk")], day
        weeks = [row["week"] for row in run.store.rows("select week from weekly_drift order by week")]
        assert weeks == ["2026-W38", "2026-W41"], day
