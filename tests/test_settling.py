"""What several people's verdicts on one post come to."""

from dataclasses import replace

from tracker.codings import Asked, Coding, Settled, that_count
from tracker.settling import settle, together

THEMES = frozenset({"fares", "drivers", "health"})
ALL = Asked(THEMES, frozenset({"q1", "q2"}))
SUE = Coding("x", "1", "our buses", "Sue", "2026-11-01T10:00:00Z", relevant=True, themes=("fares",), id=1)
ANN = replace(SUE, coder="Ann", id=2)
BEN = replace(SUE, coder="Ben", id=3)


def some(*slugs: str) -> frozenset[str]:
    return frozenset(slugs)


def settled(*codings: Coding, **asked: Asked) -> Settled:
    return settle(list(codings), asked, ALL)


def test_one_coder_settles_a_post_alone() -> None:
    found = settled(SUE)
    assert (found.relevant, found.themes, found.coders, found.disputed) == (True, some("fares"), 1, False)
    assert found.asked == ALL


def test_the_majority_gives_a_theme_and_half_leaves_it_open() -> None:
    found = settled(SUE, replace(ANN, themes=("fares", "drivers")))
    assert (found.themes, found.undecided.themes, found.disputed) == (some("fares"), some("drivers"), True)
    found = settled(SUE, replace(ANN, themes=("fares", "drivers")), BEN)
    assert (found.themes, found.undecided, found.disputed) == (some("fares"), Asked(), False)


def test_half_and_half_on_relevance_settles_nothing() -> None:
    found = settled(SUE, replace(ANN, relevant=False, themes=()))
    assert (found.relevant, found.themes, found.asked, found.disputed) == (None, some(), Asked(), True)


def test_not_this_debate_has_no_themes() -> None:
    not_this = replace(SUE, relevant=False, themes=())
    found = settled(not_this, replace(not_this, coder="Ann"), BEN)
    assert (found.relevant, found.themes, found.undecided, found.disputed) == (False, some(), Asked(), False)


def test_the_lead_s_word_stands_alone() -> None:
    lead = replace(SUE, coder="Lea", role="lead", themes=("health",), id=9)
    found = settled(SUE, replace(ANN, relevant=False, themes=()), lead)
    assert (found.relevant, found.themes, found.adjudicated, found.disputed, found.coders) == (
        True,
        some("health"),
        True,
        False,
        2,
    )


def test_who_cannot_tell_is_not_counted_and_all_of_them_settle_nothing() -> None:
    cannot = replace(ANN, relevant=None, themes=(), cannot_tell=True)
    assert settled(SUE, BEN, cannot).themes == some("fares")
    assert settled(SUE, cannot).disputed
    alone = settled(cannot)
    assert (alone.relevant, alone.asked, alone.disputed) == (None, Asked(), False)


def test_a_pilot_counts_only_where_the_post_was_read_in_no_other_round() -> None:
    pilot = replace(SUE, round="pilot", themes=("drivers",), coded_at="2026-12-01T00:00:00Z")
    assert settled(pilot, SUE).themes == some("fares")
    assert settled(pilot).themes == some("drivers")
    for other in (replace(pilot, coder="Ben"), replace(pilot, coder="Lea", role="lead")):
        found = settled(other, SUE, ANN)
        assert (found.themes, found.coders, found.adjudicated) == (some("fares"), 2, False)
        assert settled(other, pilot).coders > 0


OLD = Asked(some("fares"), some("q1"))


def test_what_a_coder_was_not_asked_about_is_settled_by_the_others() -> None:
    old = replace(SUE, codebook="old")
    new = replace(ANN, codebook="new", themes=("fares", "health"), questions=("q2",))
    found = settled(old, new, old=OLD, new=ALL)
    assert (found.themes, found.questions, found.asked) == (some("fares", "health"), some("q2"), ALL)
    assert settled(old, new, replace(new, coder="Ben"), old=OLD, new=ALL).themes == some("fares", "health")
    half = settled(old, new, replace(new, coder="Ben", themes=("fares",), questions=()), old=OLD, new=ALL)
    assert (half.themes, half.undecided, half.disputed) == (some("fares"), Asked(some("health"), some("q2")), True)
    assert settled(old, replace(ANN, codebook="old"), old=OLD).asked == OLD, "what nobody was asked about nobody settles"


def test_on_what_a_lead_was_not_asked_about_coders_settle() -> None:
    lead = replace(SUE, coder="Lea", role="lead", themes=(), codebook="old", id=9)
    new = replace(ANN, codebook="new", themes=("fares", "health"), questions=("q1", "q2"), asks_us=True)
    found = settled(lead, new, old=OLD, new=ALL)
    assert (found.themes, found.questions, found.asks_us) == (some("health"), some("q2"), None), "on fares and q1 the lead was"
    assert (found.asked, found.adjudicated, found.disputed) == (ALL, True, False)
    assert settled(lead, new, replace(new, coder="Ben", themes=()), old=OLD, new=ALL).disputed
    assert settled(lead, new, old=ALL, new=ALL).themes == some()
    for nothing in (replace(new, cannot_tell=True), replace(new, codebook="old")):
        assert settled(lead, nothing, old=OLD, new=ALL).asked == OLD


def test_on_what_a_lead_was_not_asked_about_whoever_says_not_this_debate_gives_none() -> None:
    lead = replace(SUE, coder="Lea", role="lead", themes=(), codebook="old", id=9)
    new = replace(ANN, codebook="new", themes=("health",), questions=("q2",))
    for one, other in ((lead, replace(new, relevant=False)), (replace(lead, relevant=False), new)):
        found = settled(one, other, old=OLD, new=ALL)
        assert (found.relevant, found.themes, found.questions) == (one.relevant, some(), some())
        assert (found.asked, found.undecided) == (ALL, Asked()), "and it is settled"
    half = settled(lead, new, replace(new, coder="Ben", relevant=False), old=OLD, new=ALL)
    assert (half.themes, half.undecided) == (some(), Asked(some("health"), some("q2")))


def test_questions_and_asking_go_by_the_majority() -> None:
    found = settled(replace(SUE, questions=("q1",), asks_us=True), replace(ANN, questions=("q1", "q2")))
    assert (found.questions, found.asks_us) == (some("q1"), True)


def test_half_and_half_on_a_question_or_on_asking_waits_for_the_lead() -> None:
    found = settled(SUE, replace(ANN, questions=("q1",)))
    assert (found.questions, found.undecided, found.disputed) == (some(), Asked(questions=some("q1")), True)
    asking = settled(replace(SUE, asks_us=True), replace(ANN, asks_us=False))
    assert (asking.asks_us, asking.disputed) == (None, True)
    gone = settled(SUE, replace(ANN, questions=("gone",)))
    assert (gone.undecided, gone.disputed) == (Asked(), False), "a question that the campaign no longer has is in no dispute"


def test_of_a_coder_the_newest_round_counts_and_of_leads_the_newest_word() -> None:
    pilot = replace(SUE, coded_at="2026-11-09T10:00:00Z", round="pilot", id=4)
    again = replace(SUE, coded_at="2026-11-02T10:00:00Z", round="main 2", themes=(), id=3)
    assert that_count([pilot, again, SUE, ANN]) == [again, ANN]
    early, late = (
        replace(SUE, coder=name, role="lead", coded_at=f"2026-11-0{day}T10:00:00Z") for name, day in (("Lea", 4), ("Lou", 3))
    )
    assert that_count([replace(early, id=8), replace(late, id=9), SUE]) == [replace(early, id=8)]


def test_copies_that_were_read_settle_the_others_by_most_of_them() -> None:
    yes, no = settled(SUE), settled(replace(SUE, themes=()))
    assert together([yes, yes, no]).themes == some("fares") and together([no, no, yes]).themes == some()
    assert together([no, yes, yes]).asked == ALL
    half = together([yes, no])
    assert (half.themes, half.undecided.themes, half.relevant) == (some(), some("fares"), True)
    assert together([no, replace(yes, adjudicated=True), no]).themes == some("fares")
    other = replace(settled(replace(SUE, relevant=False, themes=())), asked=ALL)
    assert (together([other, other, yes]).relevant, together([other, other, yes]).themes) == (False, some())
    assert (together([other, yes]).relevant, together([other, yes]).asked) == (None, Asked())


def test_a_copy_that_settles_nothing_takes_nothing_from_one_that_does() -> None:
    yes, open_question = settled(SUE), settled(SUE, replace(ANN, relevant=False, themes=()))
    assert together([yes, open_question]) == replace(yes, coders=2)
