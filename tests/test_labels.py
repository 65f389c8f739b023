"""labels.db: verdicts that only grow, what two coders at once leave behind, what is learned from and what is measured on."""

import sqlite3
import threading
from dataclasses import replace

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tracker.codings import Asked, Coding
from tracker.drawing import drawn, place_of, rate_for
from tracker.drifting import weekly_shares
from tracker.settling import settle
from tracker.traces import Traces

NOW = "2026-11-09T03:00:00Z"
SUE = Coding("x", "1", "our buses", "Sue", NOW, relevant=True, themes=("fares",), queue="unsure", codebook="c1")


@pytest.fixture
def labels(folder: DataFolder) -> Labels:
    return Labels(folder)


def rows(folder: DataFolder, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder.labels) as db:
        return db.execute(sql).fetchall()


def test_a_changed_mind_is_a_new_row_and_the_old_one_stays(folder: DataFolder, labels: Labels) -> None:
    labels.add(SUE)
    labels.add(replace(SUE, themes=(), note="I read it again", coded_at="2026-11-09T03:01:00Z"))
    assert [(one.themes, one.note) for one in labels.standing()] == [((), "I read it again")]
    assert rows(folder, "select id, supersedes from codings") == [(1, None), (2, 1)]


def test_the_same_coder_however_spelled_takes_the_place_of_themself_only_within_a_round(labels: Labels) -> None:
    labels.add(replace(SUE, round="pilot"))
    labels.add(SUE)
    labels.add(replace(SUE, coder="sue", coded_at="2026-11-09T04:00:00Z"))
    assert [(one.coder, one.round) for one in labels.standing()] == [("Sue", "pilot"), ("sue", "main")]


def test_undo_takes_back_the_newest_and_then_the_one_before(labels: Labels) -> None:
    labels.add(SUE)
    labels.add(replace(SUE, native_id="2"))
    labels.add(replace(SUE, coder="Ann", native_id="3"))
    assert labels.undo("SUE", now=NOW) == ("x", "2", "unsure")
    assert labels.undo("Sue", now=NOW) == ("x", "1", "unsure")
    assert labels.undo("Sue", now=NOW) is None
    assert [one.coder for one in labels.standing()] == ["Ann"]


def test_capitals_do_not_matter_in_letters_beyond_english(labels: Labels) -> None:
    labels.add(replace(SUE, coder="Élodie"))
    labels.add(replace(SUE, coder="ÉLODIE", themes=()))
    assert [one.coder for one in labels.standing()] == ["ÉLODIE"], "one verdict of hers, and not two"
    last = labels.last_said("élodie", SUE.key, SUE.round)
    assert last is not None and last.themes == ()
    again = replace(SUE, coder="élodie", themes=(), coded_at="2026-11-09T04:00:00Z")
    assert labels.bring_in([again], {}, now=NOW) == (1, 1, 0)
    assert labels.undo("élodie", now=NOW) == ("x", "1", "unsure") and labels.standing() == []


def test_what_a_coder_said_last_of_a_post_is_known_after_it_is_taken_back(labels: Labels) -> None:
    others = (replace(SUE, round="main 2"), replace(SUE, coder="Ann"), replace(SUE, role="lead"))
    for coding in (SUE, replace(SUE, themes=()), *others):
        labels.add(coding)
    assert labels.undo("Sue", now=NOW) and labels.undo("Sue", now=NOW)
    last = labels.last_said("SUE", SUE.key, SUE.round)
    assert last is not None and (last.coder, last.themes, last.role) == ("Sue", (), "coder")
    assert labels.last_said("Ben", SUE.key, SUE.round) is None


@pytest.mark.parametrize(
    "statement",
    [
        "delete from codings",
        "update codings set relevant = 0",
        "update codings set themes = '[]', text = null",
        "update codings set text = 'other words'",
        "update codings set note = 'invented'",
        "delete from sample",
    ],
)
def test_no_statement_changes_or_removes_a_verdict(folder: DataFolder, labels: Labels, statement: str) -> None:
    labels.add(SUE)
    labels.keep_draw(draw("2026-W45"), [(("x", "1"), 0.1)])
    before = rows(folder, "select * from codings"), rows(folder, "select * from sample")
    with pytest.raises(sqlite3.IntegrityError, match=r"only grow|never changed|stays drawn"):
        rows(folder, statement)
    assert (rows(folder, "select * from codings"), rows(folder, "select * from sample")) == before


def test_forget_may_empty_the_words_and_the_verdict_stays(folder: DataFolder, labels: Labels) -> None:
    labels.add(replace(SUE, note="by Ann Other"))
    rows(folder, "update codings set text = null, note = null where id = 1")
    assert [(one.text, one.note, one.themes) for one in labels.standing()] == [(None, None, ("fares",))]
    assert labels.coded_examples() == []
    assert labels.residue(Traces(handles=["ann other"], texts=[SUE.text or ""])) == []


def test_two_coders_at_once_lose_nothing(folder: DataFolder, labels: Labels) -> None:
    """Eight writers with a connection each, at the same time, 25 posts each."""
    failed: list[Exception] = []

    def code(name: str) -> None:
        try:
            mine = Labels(folder)
            for number in range(25):
                mine.add(replace(SUE, coder=name, native_id=str(number)))
            mine.close()
        except Exception as error:  # noqa: BLE001 (whatever it is, the test shall fail with it)
            failed.append(error)

    writers = [threading.Thread(target=code, args=(f"coder {number}",)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed
    assert len(labels.standing()) == 8 * 25
    assert rows(folder, "pragma integrity_check") == [("ok",)]


def test_codings_of_before_are_carried_over(folder: DataFolder) -> None:
    """A labels.db as the first version made it."""
    from sqlite_utils import Database

    from db import migrations

    old = Database(folder.labels)
    migrations.labels.apply(old, stop_before="l002_codings_only_grow")
    old.execute(
        "insert into codings(platform, native_id, text, coder, coded_at, relevant, themes, note)"
        " values ('x', '7', 'words', 'me', 't', 1, '[\"b\"]', 'a note')"
    )
    old.close()
    carried = Labels(folder).standing()
    assert [(one.key, one.text, one.themes, one.relevant, one.note, one.round) for one in carried] == [
        (("x", "7"), "words", ("b",), True, "a note", "main")
    ]


# ---- the sample ------------------------------------------------------------------------------------------------------


def draw(week: str, rate: float = 0.5) -> dict[str, object]:
    return {
        "drawn_at": NOW,
        "drawn_by": "Lea",
        "queue": "audit",
        "seed": "s",
        "week": week,
        "rate": rate,
        "population": 100,
    }


def test_the_same_seed_draws_the_same_and_a_higher_rate_only_adds() -> None:
    keys = [("x", str(number)) for number in range(4000)]
    some = drawn("seed", keys, 0.1)
    assert some == drawn("seed", list(reversed(keys)), 0.1)
    assert {key for key, _ in some} < {key for key, _ in drawn("seed", keys, 0.2)}
    assert {key for key, _ in drawn("another", keys, 0.1)} != {key for key, _ in some}
    assert 320 < len(some) < 480  # 400 expected, standard deviation 19
    assert 0 <= place_of("seed", ("x", "1")) < 1


def test_a_rate_never_falls() -> None:
    assert rate_for(200, 50) == 0.25
    assert rate_for(1000, 50, before=0.25) == 0.25
    assert rate_for(10, 50) == 1.0
    assert rate_for(0, 50, before=0.1) == 0.1


def test_what_is_drawn_for_the_audit_is_measured_on_and_never_learned_from(labels: Labels) -> None:
    labels.keep_draw(draw("2026-W45"), [(("x", "1"), 0.1)])
    labels.add(SUE)  # came up in another queue, and is in the sample all the same
    labels.add(replace(SUE, native_id="2"))
    assert [(one.native_id, one.probability) for one in labels.coded_examples()] == [("2", None)]
    assert [(one.native_id, one.probability, one.week) for one in labels.audit_examples()] == [("1", 0.5, "2026-W45")]
    labels.keep_draw(draw("2026-W45", 0.8), [(("x", "1"), 0.1), (("x", "9"), 0.6)])
    assert [one.probability for one in labels.audit_examples()] == [0.4], "one of two is read"
    assert [(row["native_id"], row["rate"]) for row in labels.sample("audit")] == [("1", 0.8), ("9", 0.8)]
    assert [(row["rate"], row["drawn"]) for row in labels.draws()] == [(0.5, 1), (0.8, 1)]


def test_a_drawn_post_that_everyone_skipped_is_not_read(labels: Labels) -> None:
    """Of a week of which all was drawn nine of ten are read, so they stand for ten; with nine the week's share had no range."""
    labels.keep_draw(draw("2026-W45", 1.0), [(("x", str(n)), n / 100) for n in range(10)])
    for n in range(9):
        labels.add(replace(SUE, native_id=str(n), queue="audit", what="skipped" if n == 4 else "coded"))
    labels.add(replace(SUE, native_id="9", queue="audit"))
    chances = labels.chances_read()
    assert chances == pytest.approx({("x", str(n)): 0.9 for n in range(10) if n != 4})
    read = [("2026-W45", chance, settle([replace(SUE, native_id=key[1])], {}, Asked())) for key, chance in chances.items()]
    assert all(row.low < row.share for row in weekly_shares(read, [], {"2026-W45": sum(1 / one for one in chances.values())}))
    labels.add(replace(SUE, native_id="4", coder="Ann", queue="audit"))
    assert set(labels.chances_read().values()) == {1.0}, "another read it"


def test_a_rate_that_is_raised_weighs_nothing_anew_until_more_is_read(labels: Labels) -> None:
    labels.keep_draw(draw("2026-W44", 0.2), [(("x", str(n)), n / 1000) for n in range(10)])
    labels.keep_draw(draw("2026-W45", 1.0), [(("x", str(n)), n / 100) for n in range(10, 20)])
    for n in range(20):
        labels.add(replace(SUE, native_id=str(n), queue="audit"))
    before = labels.chances_read()
    assert (before["x", "3"], before["x", "13"]) == (0.2, 1.0)
    later = draw("2026-W44", 0.4) | {"drawn_at": "2026-11-30T08:00:00Z"}
    labels.keep_draw(later, [(("x", str(n)), n / 1000 + 0.2) for n in range(20, 30)])
    assert labels.chances_read() == pytest.approx(before)
    labels.add(replace(SUE, native_id="20", queue="audit", round="pilot"))  # (read to learn to code)
    labels.add(replace(SUE, native_id="22", queue="audit"))  # 20 and 21 are passed over: they are in another language
    assert labels.chances_read()["x", "3"] == pytest.approx(0.4 * 11 / 18)
    for n in range(23, 30):
        labels.add(replace(SUE, native_id=str(n), queue="audit"))
    assert labels.chances_read()["x", "22"] == 0.4 and labels.chances_read()["x", "13"] == 1.0


def test_what_a_coder_said_in_a_later_round_takes_the_place_of_what_they_said_before(labels: Labels) -> None:
    labels.keep_draw(draw("2026-W45"), [(("x", "9"), 0.1)])
    for one in (SUE, replace(SUE, native_id="9")):
        labels.add(one)
        labels.add(replace(one, round="main 2", themes=(), coded_at="2026-11-20T08:00:00Z"))
        labels.add(replace(one, round="pilot 2", coded_at="2026-11-21T08:00:00Z"))
    assert [one.themes for one in labels.coded_examples()] == [()]
    assert [one.themes for one in labels.audit_examples()] == [()]
    labels.add(replace(SUE, coder="Lea", role="lead", coded_at="2026-11-25T08:00:00Z"))
    labels.add(replace(SUE, coder="Lou", role="lead", coded_at="2026-11-24T08:00:00Z", themes=()))
    assert [(one.coder, one.themes) for one in labels.coded_examples()] == [("Lea", ("fares",))]


def test_where_a_lead_settled_a_post_the_lead_alone_is_learned_from(labels: Labels) -> None:
    labels.add(SUE)
    labels.add(replace(SUE, coder="Ann", themes=()))
    assert {one.coder for one in labels.coded_examples()} == {"Sue", "Ann"}
    labels.add(replace(SUE, coder="Lea", role="lead", queue="adjudication"))
    assert [(one.coder, one.themes) for one in labels.coded_examples()] == [("Lea", ("fares",))]


def test_bringing_in_the_same_labels_twice_changes_nothing(labels: Labels) -> None:
    given = [replace(SUE, origin="labels.jsonl"), replace(SUE, coder="Ann", origin="labels.jsonl")]
    assert labels.bring_in(given, {}, now=NOW) == (2, 0, 0)
    assert labels.bring_in(given, {}, now=NOW) == (0, 0, 0)
    assert len(labels.standing()) == 2
    assert labels.bring_in([replace(SUE, themes=(), coded_at="2026-12-01T00:00:00Z")], {}, now=NOW) == (1, 1, 0)
    assert len(labels.standing()) == 2


def test_a_verdict_that_is_brought_in_late_is_kept_and_the_later_one_stands(folder: DataFolder, labels: Labels) -> None:
    """Undo then takes back the later one, and nothing stands, as where a mind was changed."""
    for role in ("coder", "lead"):
        newer = replace(SUE, role=role, coded_at="2026-11-27T08:00:00Z")
        labels.add(newer)
        late = [replace(newer, themes=(), coded_at=f"2026-11-{day}T08:00:00Z", origin="a.jsonl") for day in ("21", "20")]
        assert labels.bring_in(late, {}, now=NOW) == (2, 0, 2)
        assert labels.bring_in(late, {}, now=NOW) == (0, 0, 0)
        assert [(one.themes, one.coded_at, one.origin) for one in labels.standing()] == [(SUE.themes, newer.coded_at, "page")]
        last = labels.last_said("Sue", SUE.key, SUE.round, role)
        assert last is not None and last.themes == SUE.themes
        assert labels.undo("Sue", now=NOW, role=role) == ("x", "1", "unsure") and labels.standing() == []
        assert labels.undo("Sue", now=NOW, role=role) is None
        assert labels.bring_in(late, {}, now=NOW) == (0, 0, 0) and labels.standing() == []
    days = "select substr(coded_at, 9, 2), supersedes from codings where role = 'coder' and what = 'coded'"
    assert rows(folder, days) == [("27", None), ("20", 1), ("21", 2), ("27", 3)]


def test_a_verdict_takes_the_place_of_a_later_skip_which_says_nothing(labels: Labels) -> None:
    labels.add(replace(SUE, what="skipped", themes=(), coded_at="2026-11-27T08:00:00Z"))
    assert labels.bring_in([replace(SUE, coded_at="2026-11-20T08:00:00Z")], {}, now=NOW) == (1, 1, 0)
    assert [one.themes for one in labels.standing()] == [SUE.themes]


def test_a_verdict_that_an_earlier_version_let_an_older_one_displace_stands_again_once_it_is_brought_in(labels: Labels) -> None:
    labels.add(replace(SUE, coded_at="2026-11-27T08:00:00Z"))
    labels.add(replace(SUE, themes=(), coded_at="2026-11-20T08:00:00Z", origin="a.jsonl"))
    both = [replace(SUE, themes=(), coded_at="2026-11-20T08:00:00Z"), replace(SUE, coded_at="2026-11-27T08:00:00Z")]
    assert labels.bring_in(both, {}, now=NOW) == (1, 1, 0)
    assert labels.bring_in(both, {}, now=NOW) == (0, 0, 0)
    assert [one.themes for one in labels.standing()] == [SUE.themes]
