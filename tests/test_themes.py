"""What a model makes of a post: its outcome, its language, long posts, decisions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from spacy.tokens import Doc

from tests.theme_campaigns import ALLOTMENTS, BUS, NOW, about_something_else, found, labelled, one
from tests.theme_campaigns import model as model
from tests.theme_campaigns import rules as rules
from tracker import word_vectors
from tracker.records import NOT_THIS_DEBATE, Reading, Theme
from tracker.themes import ThemeModel, static, train_model
from tracker.themes.deciding import Settings, decide
from tracker.themes.evaluating import TIMED, speed
from tracker.themes.language import Languages
from tracker.themes.pipeline import words_pipeline
from tracker.themes.sheet import CODE_POINTS, TOKENS, batches
from tracker.themes.wording import READ_AT_MOST, readable

# ---- outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   \n", "https://example.org/x", "@bee @wasp #DigForAll", "👍🏽 !!! 2026", "#rent #water"])
def test_a_post_without_words_is_empty(rules: ThemeModel, text: str) -> None:
    assert one(rules, text) == Reading("empty")


def test_other_languages_are_said_and_not_read(rules: ThemeModel) -> None:
    welsh = one(rules, "Mae angen i ni gadw gwasanaethau cyhoeddus yn nwylo'r cyhoedd, meddai'r cyngor")
    assert (welsh.outcome, welsh.lang_detected, welsh.hits) == ("other-language", "cy", ())
    english = one(rules, "We need to keep the water butt for the people who live here")
    assert (english.outcome, english.lang_detected) == ("themed", "en")
    assert one(rules, "合作社应该由居民自己管理和经营").outcome == "other-language"


def test_too_few_words_to_tell_the_language_are_read_anyway(rules: ThemeModel) -> None:
    short = one(rules, "Standpipe kaputt")
    assert (short.outcome, short.lang_detected, short.lang_score) == ("themed", None, None)


def test_a_campaign_in_another_language_reads_that_one() -> None:
    model = train_model(BUS, [], now=NOW)
    text = "Ils suppriment encore des lignes-de-bus dans notre vallée, et personne ne dit rien"
    assert found(model, text) == {"lignes": ["lignes-de-bus"]}
    assert one(model, "They are closing the station again and nobody in the valley says a word").outcome == "other-language"


@pytest.mark.parametrize(
    "text, language",
    [
        ("بس", None),
        ("الحافلة متأخرة", "ar"),
        ("Автобус опаздывает", "ru"),
        ("बस देर से आई", "hi"),
        ("버스가", "ko"),
        ("บัสมาสาย", None),
        ("האוטובוס מאחר שוב היום", None),
    ],
)
def test_a_post_in_another_script_is_not_read_however_short(text: str, language: str | None) -> None:
    tongue = Languages(("en",)).tell(f"{text} 👍🏽 24 #bus @bee")
    assert (tongue.language, tongue.other) == (language, True)
    assert not Languages(("en", "kw")).tell(text).other


def test_the_majority_of_letters_says_the_script() -> None:
    english, japanese, greek = Languages(("en",)), Languages(("ja",)), Languages(("el",))
    assert not any(english.tell(text).other for text in ("I love 東京 very", "𝐛𝐮𝐬 𝐥𝐚𝐭𝐞", "👍 24 …", "1.º ½ µ"))
    assert english.tell("東京と京都 love").other and greek.tell("バス").other
    assert not any(japanese.tell(text).other for text in ("東京", "バスはこない", "bus"))


@pytest.mark.parametrize(
    "text",
    ["Nos da 😴 🙃🙃 #bysiaucymru wir x", "Bore da bawb ☀️☀️ #bysiaucymru tho!", "Excellent staff/service", "More fresh air."],
)
def test_a_language_that_is_only_guessed_of_a_few_words_is_not_named(text: str) -> None:
    """The detector takes them for Portuguese, Italian, French and Gaelic, and they are read as posts of the campaign's."""
    tongue = Languages(("cy", "en")).tell(text)
    assert not tongue.other and tongue.language in {None, "cy", "en"}
    assert (tongue.language is None) == (tongue.score is None)


@pytest.mark.parametrize("text", ["Café à la carte on the bus, très chic", "Olé olé, we are at the jalapeño café, mañana"])
def test_words_that_english_borrowed_make_no_post_another_language(text: str) -> None:
    assert not Languages(("en",)).tell(text).other


def test_where_a_campaigns_language_is_unknown_to_the_detector_every_post_is_read() -> None:
    tongue = Languages(("kw", "en")).tell("Les services publics doivent rester publics pour toutes et tous")
    assert (tongue.language, tongue.other) == ("fr", False)


def test_a_very_long_post_is_read_with_right_positions(model: ThemeModel) -> None:
    long = "word after word, and no end to it. " * 800 + "Then the stand-pipe broke while I was in the queue."
    assert len(long) > 25_000
    assert found(model, long)["water"] == ["stand-pipe"]
    assert all(long[start:end].strip() for hit in one(model, long).hits for start, end in hit.words)


@pytest.mark.parametrize("text", ["#" * 30_000, "👍" * 30_000, "a" * 30_000, "http://" * 5_000, "#a" * 15_000, "\x00" * 30_000])
def test_long_unbroken_runs_are_chopped_before_the_tokenizer_sees_them(rules: ThemeModel, text: str) -> None:
    assert max(map(len, readable(text).split())) <= 200
    assert found(rules, text + " the stand-pipe broke") == {"water": ["stand-pipe"]}


def test_what_is_read_has_the_positions_of_what_was_written() -> None:
    text = "x" * 450 + " plot rent " + "y" * 120_000
    seen = readable(text)
    assert len(seen) == READ_AT_MOST
    assert seen.index("plot rent") == text.index("plot rent")
    assert max(map(len, seen.split())) < 201
    link = "https://example.org/" + "p" * 900
    assert readable(f"see {link}") == f"see {link}"


@pytest.mark.parametrize("phrase", ["carers' allowance", "carer’s allowance", "carers allowance"])
def test_apostrophes_matter_no_more_than_hyphens(phrase: str) -> None:
    money = Theme("money", "Money", "What people are given.", phrases=(phrase, "O'Brien plan", "it's time"))
    model = train_model(replace(ALLOTMENTS, themes=(money,)), [], now=NOW)
    for said in (
        "carers' allowance",
        "Carer's Allowance",
        "carer’s-allowance",
        "carers allowance",
        "OBrien plan",
        "O’Brien plan",
        "it's time",
    ):
        assert found(model, f"They say the {said} is low") == {"money": [said]}
    for other in ("carers. Allowance", "carers 'allowance", "its own", "o brien plan"):
        assert found(model, f"They say the {other} is low") == {}


def test_words_that_spacy_cuts_by_a_list_have_our_plain_forms() -> None:
    late = Theme("late", "Late", "What comes late.", phrases=("ten oclock", "January", "she will"))
    model = train_model(replace(ALLOTMENTS, themes=(late,)), [], now=NOW)
    for said in ("ten o'clock", "TEN O’CLOCK", "ten-oclock", "Jan.", "she'll", "She’ll"):
        assert found(model, f"Not before {said} by what we were told") == {"late": [said]}


def test_a_post_in_capitals_is_read_as_in_small_letters() -> None:
    post = "I don't know, we’re told it'll be 7pm and/or they can't. The staff’s in A&E. So let's say: isnt, you've (I'm)."
    nlp = words_pipeline(ALLOTMENTS)
    plain = [token.norm_ for token in nlp.make_doc(post)]
    assert plain == [token.norm_ for token in nlp.make_doc(post.upper())] == [token.norm_ for token in nlp.make_doc(post.lower())]
    assert plain[:4] == ["i", "do", "not", "know"] and "a&e" in plain
    assert [token.text for token in nlp.make_doc("J. Doe in the U.S. (WASH. or Wash.)")][:5] == ["J.", "Doe", "in", "the", "U.S."]


def test_long_posts_are_worked_on_fewer_at_a_time(rules: ThemeModel) -> None:
    assert [len(batch) for batch in batches(["a", "b", "c", "d", "e"], 2, 100)] == [2, 2, 1]
    assert [len(batch) for batch in batches(["x" * 9, "a", "xxx", "x" * 5, "b", "c", "d", "e"], 3, 3)] == [1, 3, 3, 1]
    docs = list(rules.evidence(["x " * 3 * TOKENS, "a", "b"]))
    assert list(batches(docs, 3)) == [docs[:1], docs[1:]] and list(batches(iter(docs[:0]))) == []


def test_speed_is_measured_on_no_more_than_is_needed(rules: ThemeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    own = rules.evidence

    def evidence(texts: list[str]) -> Iterator[Doc]:
        read.extend(map(len, texts))
        yield from own(texts)

    monkeypatch.setattr(rules, "evidence", evidence)
    assert speed(rules, []) is None and (speed(rules, ["plot rent " * 2_500] * 10) or 0) > 0
    assert sum(read) < 2 * TIMED * CODE_POINTS


@pytest.mark.parametrize("mark", ["RT @bee: ", "RT @bee:", " RT  @a@example.social : "])
def test_what_marks_a_repost_is_not_read(model: ThemeModel, mark: str) -> None:
    long = "We left the queue, and then the shed was painted. " * 20
    texts = ["Mum stood in the queue today", "plot rent", "Rent? No!", long, "", "Wo ist der Bus? Er kommt heute nicht mehr"]
    for text in texts:
        own, reposted = one(model, text), one(model, mark + text)
        moved = [replace(hit, words=tuple((start + len(mark), end + len(mark)) for start, end in hit.words)) for hit in own.hits]
        assert reposted == replace(own, hits=tuple(moved))
    (doc,) = model.evidence([mark + long])
    assert doc.text == mark + long


def test_each_text_is_answered_in_its_place_and_the_same_text_alike(rules: ThemeModel) -> None:
    texts = [f"plot rent {i % 7}" if i % 3 else "" for i in range(700)]
    readings = list(rules.read(texts))
    assert len(readings) == 700
    assert [reading.outcome for reading in readings] == ["themed" if i % 3 else "empty" for i in range(700)]
    assert readings[1] == readings[22]


def test_reading_takes_nothing_before_it_is_asked(rules: ThemeModel) -> None:
    readings: Iterator[Reading] = rules.read(["plot rent"])
    assert next(readings).outcome == "themed"
    with pytest.raises(StopIteration):
        next(readings)


# ---- deciding --------------------------------------------------------------------------------------------------------


LABELS = ("water", "rent", "waiting", "question q1", NOT_THIS_DEBATE)
SETTINGS = Settings({"water": -1.0, "waiting": 0.0, "question q1": 1.0}, False, ("rent",), unsure_from=0.2, stakes={"water": 2.0})


@pytest.mark.parametrize(
    "scores, ruled, outcome, hits",
    [
        ((0.0, 0.0, -3.0, 0.0), {}, "themed", [("water", 0.5, "model")]),
        ((0.0, -9.0, -3.0, 0.0), {"water": 1}, "themed", [("water", 0.5, "rule")]),
        ((-1.2, -9.0, -3.0, 0.0), {"water": 2}, "unsure", []),
        ((-3.0, -9.0, -3.0, 0.0), {"water": 1}, "none", []),
        ((-3.0, -9.0, -3.0, 0.0), {"rent": 1}, "themed", [("rent", 0.0001234, "rule")]),
        ((-3.0, 9.0, -3.0, 0.0), {}, "none", []),
    ],
)
def test_scores_decide_as_training_chose_and_phrases_where_little_was_learned(
    scores: tuple[float, ...], ruled: dict[str, int], outcome: str, hits: list[tuple[str, float, str]]
) -> None:
    decision = decide(LABELS[:4], scores, ruled, SETTINGS)
    assert decision.outcome == outcome
    assert [(slug, round(score, 7), by) for slug, score, by in decision.hits] == hits


def test_without_a_scorer_phrases_decide() -> None:
    assert decide((), (), {"water": 1}, Settings()).hits == (("water", 0.5, "rule"),)
    assert decide((), (), {}, Settings()).outcome == "none"


def test_a_question_is_no_theme() -> None:
    decision = decide(LABELS[:4], (-9.0, -9.0, -9.0, 2.0), {}, SETTINGS)
    assert (decision.outcome, decision.hits) == ("none", ())
    assert [(slug, by) for slug, _, by in decision.questions] == [("q1", "model")]


def test_a_post_judged_not_of_this_debate_carries_no_theme() -> None:
    settings = replace(SETTINGS, not_debate=0.7)
    thrown = decide(LABELS, (2.0, 0.0, 0.0, 2.0, 0.7), {"rent": 1}, settings)
    assert (thrown.outcome, thrown.hits, thrown.questions, thrown.relevant) == ("none", (), (), False)
    kept = decide(LABELS, (2.0, 0.0, 0.0, 2.0, 0.69), {}, settings)
    assert (kept.outcome, kept.relevant) == ("themed", True)


def test_relevance_is_learned_where_there_are_posts_of_both_kinds() -> None:
    model = train_model(ALLOTMENTS, about_something_else(), now=NOW)
    game = one(model, "Dad drew the ace and a flush at cards, plot rent or not #digforall")
    assert (game.outcome, game.relevant, game.hits) == ("none", False, ())
    assert one(model, "My sister is still in that queue").relevant is True
    assert "judged not of this debate" in model.card.notes
    assert NOT_THIS_DEBATE in {quality.theme for quality in model.card.quality}


def test_the_classifier_finds_what_no_phrase_says_and_names_its_word(model: ThemeModel) -> None:
    reading = one(model, "Grandad joined the queue in spring")
    assert [(hit.theme, hit.decided_by) for hit in reading.hits] == [("waiting", "model")]
    assert reading.hits[0].score >= 0.5
    assert found(model, "Grandad joined the queue in spring")["waiting"][0] == "queue"


def test_the_word_that_decided_is_found_among_very_many(model: ThemeModel) -> None:
    many = [f"{a}{b}o{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnr"]
    text = " ".join([*many[:40], "Joined the Queue and the queue today", *many[40:60]])
    assert {"Queue", "queue"} <= set(found(model, text)["waiting"])


def test_a_long_post_is_read_in_windows(model: ThemeModel) -> None:
    filler = " ".join(f"Nothing beyond {word} mattered much." for word in ("tides", "moons", "lamps", "flutes", "tents") * 12)
    text = f"{filler} Grandad joined the queue in spring. {filler}"
    assert [hit.theme for hit in one(model, text).hits] == ["waiting"]


@pytest.mark.parametrize(
    "text, asks",
    [
        ("When does the queue end?", True),
        ("Who pays (and why?)", True),
        ("What?!", True),
        ("Really...?", True),
        ("By 50 %?", True),
        ("They did what⁉️", True),
        ("They did what ‽", True),
        ("Who pays❓", True),
        ("Who pays؟", True),
        ("This plan (?) of yours", False),
        ("Full stop (❓) here", False),
        ("See https://example.org/a?b=c", False),
        ("? no words before", False),
        ("It ends.", False),
    ],
)
def test_whether_a_post_asks_something(model: ThemeModel, text: str, asks: bool) -> None:
    assert one(model, text).asks is asks


def test_without_static_vectors_all_works_and_the_notes_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(word_vectors, "FILE", tmp_path / "words.npz")
    static.static_vectors.cache_clear()
    word_vectors.vectors_missing.cache_clear()
    try:
        bare = train_model(ALLOTMENTS, labelled(), now=NOW)
        assert "words.npz is not there" in bare.card.notes
        assert [hit.theme for hit in one(bare, "Grandad joined the queue in spring").hits] == ["waiting"]
        (tmp_path / "words.npz").write_bytes(b"something else")
        word_vectors.vectors_missing.cache_clear()
        assert "its sha256 differs" in word_vectors.vectors_missing()
    finally:
        monkeypatch.undo()
        static.static_vectors.cache_clear()
        word_vectors.vectors_missing.cache_clear()


def test_what_posts_bring_that_is_new_is_forgotten_once_read(rules: ThemeModel) -> None:
    """Names and links would fill memory in a long backfill. What was kept before is read as before."""
    text = "the allotment rent went up, don't ask @{0}er{0} https://example.org/{0} {0}ish"
    many = [text.format(number) for number in range(1_500)]
    before, strings = list(rules.read([text.format("a")])), len(rules.nlp.vocab.strings)
    assert {reading.hits for reading in rules.read(many, words_kept=0)} == {reading.hits for reading in before}
    assert len(rules.nlp.vocab.strings) < strings + 100
    assert list(rules.read([text.format("a")])) == before
