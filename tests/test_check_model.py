"""What `check` says of the theme model, of labelled posts, and of what themes are found by."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.check import FOUND_FROM, check
from pipelines.running import running
from pipelines.train import train
from tests.check_folder import CAMPAIGN, NOW, said, write
from tests.check_folder import data as data
from tests.check_folder import folder as folder
from tests.conftest import REPOSITORY
from tests.warm import ran, started
from tracker import word_vectors
from tracker.campaign import read_campaign
from tracker.codings import Coding
from tracker.themes.learning import SPREAD_FROM


def test_what_people_coded_counts_as_labelled(folder: Path, data: DataFolder) -> None:
    write(folder, "themes/stops.toml", 'name = "Stops"\nmeaning = "m"\nrenamed_from = ["halts"]\n')
    with closing(Labels(data)) as labels:
        for number in range(FOUND_FROM):
            coded = Coding("x", str(number), f"stop {number}", "Sue", NOW, relevant=True, themes=("halts",), queue="unsure")
            labels.add(coded)
            labels.add(replace(coded, coder="Ann"))
    told = check(folder, data.root, now=NOW)
    assert "Theme stops: 0 phrases, 5 labelled posts. Fewer than 10 labelled posts" in said(told, "note")
    assert "5 posts that people coded may be learned from; those drawn for the audit" in said(told, "ok")


def test_an_example_of_a_theme_file_that_keeps_posts_of_the_audit_from_being_measured_on_is_told(
    folder: Path, data: DataFolder
) -> None:
    write(folder, "themes/stops.toml", 'name = "Stops"\n[examples]\nyes = ["The stop is gone!", "No shelter"]\n')
    write(folder, "themes/fares.toml", 'name = "Fares"\n[examples]\nno = ["Rain"]\n')
    draw = {"week": "2026-W40", "rate": 1.0, "population": 4, "queue": "audit", "seed": "s", "drawn_by": "Sue", "drawn_at": NOW}
    with closing(Labels(data)) as labels:
        labels.keep_draw(draw, [(("x", str(number)), number / 10) for number in range(4)])
        for number, text in enumerate(("@bus the stop is GONE 😡 #buses", "The stop is gone", "No shelters")):
            for coder in ("Sue", "Ann"):
                labels.add(Coding("x", str(number), text, coder, NOW, relevant=True, themes=("stops",), queue="audit"))
    notes = said(check(folder, data.root, now=NOW), "note")
    told = f"{folder}/themes/stops.toml: its examples say the same as 2 posts that were coded for the audit, which no model"
    assert told in notes and "themes/fares.toml: its examples" not in notes


def stops_and_fares(folder: Path) -> list[tuple[str, str]]:
    """Forty invented posts (text, theme) on a theme without phrases and one with."""
    write(folder, "themes/stops.toml", 'name = "Stops"\nmeaning = "Where a bus stops."\n')
    write(folder, "themes/fares.toml", 'name = "Fares"\nmeaning = "What a ride costs."\nphrases = ["day ticket"]\n')
    return [
        (f"{words} {n}", theme) for n in range(20) for words, theme in (("No kerb at", "stops"), ("Too dear on day", "fares"))
    ]


def test_labels_of_a_file_given_by_hand_are_told_of(folder: Path, tmp_path: Path) -> None:
    labels, few = tmp_path / "labels.jsonl", tmp_path / "few.jsonl"
    lines = [json.dumps({"text": text, "themes": [theme]}) + "\n" for text, theme in stops_and_fares(folder)]
    labels.write_text("".join(lines))
    few.write_text("".join(lines[:12]))
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    assert "no labelled posts in examples.jsonl" in ran("check", *common).out
    assert ran("train", *common, "--labels", few).code == 0
    told = ran("check", *common).out
    assert "It knows 12 labelled posts, which are too few to learn from (30 are needed)" in told
    assert "There are no labelled posts in examples.jsonl, and none that people coded" in told
    trained = ran("train", *common, "--labels", labels)
    assert trained.code == 0 and "Of the 40 labelled posts none is without a theme" in trained.out
    told = ran("check", *common).out
    assert "also learned from labels.jsonl, given by hand, so no night makes it again. It learned from 40 labelled posts." in told
    assert "no labelled posts" not in told and "alone" not in told
    assert (
        "warning  Of the 40 labelled posts none is without a theme, so posts about none are given one too readily: code" in told
    )
    assert "Theme stops: 0 phrases, 20 labelled posts." in told and "will not be found" not in told
    assert "note" in told and "have changed since" not in told
    write(folder, "themes/fares.toml", 'name = "Fares"\nmeaning = "What a ride costs."\nphrases = ["day ticket", "bus fare"]\n')
    told = ran("check", *common).out
    assert "Themes or labels have changed since, and it does not follow them: run `train --labels` with these files." in told
    write(folder, "themes/snow.toml", 'name = "Snow"\nmeaning = "Snow on the road."\nphrases = ["snow"]\n')
    told = ran("check", *common).out
    assert (
        "warning" in told
        and "was made for other themes than today's, and the next night makes it again without labels.jsonl" in told
    )
    (folder / "themes" / "snow.toml").unlink()
    (folder / "themes" / "stops.toml").unlink()
    write(folder, "themes/halts.toml", 'name = "Halts"\nmeaning = "Where a bus stops."\nrenamed_from = ["stops"]\n')
    told = ran("check", *common).out
    assert "Theme halts: 0 phrases, 20 labelled posts." in told and "will not be found" not in told
    assert ran("train", *common).code == 0
    told = ran("check", *common).out
    assert "was made from the campaign as it stands. It knows no labelled post: themes are found by their phrases" in told
    assert "There are no labelled posts in examples.jsonl" in told and "Theme halts: 0 phrases, 0 labelled posts." in told


def without_vectors(tmp_path: Path, harm: str) -> Path:
    """The folder of a copy of the program whose word vectors are missing or changed."""
    program = tmp_path / "program"
    for part in ("tracker", "pipelines", "db", "datasette_config"):
        shutil.copytree(REPOSITORY / part, program / part)  # with what is compiled of it, which Python takes as it is
    shutil.copy(REPOSITORY / "cli.py", program)
    vectors = program / word_vectors.FILE.relative_to(REPOSITORY)
    if harm == "changed":
        vectors.write_bytes(b"something else")
    else:
        vectors.unlink()
    return program


SPANISH = "El billete de autobús ha vuelto a subir y nadie nos explica por qué"


def test_labels_that_are_not_learned_from_are_told_of(folder: Path, tmp_path: Path) -> None:
    lines = [{"text": text, "themes": [theme]} for text, theme in stops_and_fares(folder)]
    spanish = [{"text": f"{SPANISH} ({number})", "themes": ["fares"]} for number in range(3)]
    for name, changed in {
        "foreign.jsonl": [{**line, "lang": "es" if place % 2 else "en-GB"} for place, line in enumerate(lines)] + spanish,
        "bare.jsonl": [{"text": line["text"], "label": "fares"} for line in lines],
        "empty.jsonl": [],
    }.items():
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in changed))
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    told = ran("train", *common, "--labels", tmp_path / "foreign.jsonl").out
    left_out = "left out, since they are in none of the campaign's languages, as"
    assert (
        "trained on 20 labelled posts" in told and f"Labelled posts {left_out} their `lang` says or else the program: 23." in told
    )
    measured = ran("evaluate", *common, "--labels", tmp_path / "foreign.jsonl").out
    assert f"measured on 20 posts. 23 posts are {left_out} `lang` says or else the program." in measured
    told = ran("train", *common, "--labels", tmp_path / "bare.jsonl", "--labels", tmp_path / "empty.jsonl").out
    assert "No line of bare.jsonl (40 lines), empty.jsonl (0 lines) says which themes a post has" in told


def test_a_theme_without_phrases_that_has_examples_waits_for_labels_in_all(folder: Path, tmp_path: Path) -> None:
    stops_and_fares(folder)
    examples = json.dumps([f"The stop number {number} has no shelter" for number in range(5)])
    write(folder, "themes/stops.toml", f'name = "Stops"\nmeaning = "Where a bus stops."\n[examples]\nyes = {examples}\n')
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    assert "Never found, for want of phrases and labelled posts: Stops." in ran("train", *common).out
    told = ran("check", *common).out
    assert "It will not be found before 5 labelled posts carry it and 30 are labelled in all" in told


def test_a_model_that_leans_on_word_vectors_is_refused_where_they_are_gone_and_the_night_makes_another(
    folder: Path, tmp_path: Path
) -> None:
    posts = stops_and_fares(folder)
    write(folder, "examples.jsonl", "".join(json.dumps({"text": text, "themes": [theme]}) + "\n" for text, theme in posts))
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    assert ran("train", *common).code == 0
    program = without_vectors(tmp_path, "missing") / "cli.py"
    measure = ["evaluate", *common, "--labels", folder / "examples.jsonl"]
    refused = started(*measure, program=program)
    assert refused.code == 6 and "leans on the program's word vectors" in refused.err
    assert "words.npz is not there" in refused.err
    assert started("nightly", *common, program=program).code == 0
    assert "macro-F1" in started(*measure, program=program).out


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_word_vectors_that_cannot_be_used_are_told_of(folder: Path, tmp_path: Path, harm: str) -> None:
    (folder / "themes" / "fares.toml").write_text('name = "Fares"\nmeaning = "What one pays."\nphrases = ["bus fare"]\n')
    assert "word vectors" not in said(check(folder, tmp_path / "data", now=NOW), "warning")
    program = without_vectors(tmp_path, harm)
    vectors = program / word_vectors.FILE.relative_to(REPOSITORY)
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    assert started("train", *common, program=program / "cli.py").code == 0
    told = started("check", *common, program=program / "cli.py").out
    why = "words.npz is not there" if harm == "missing" else "words.npz is not the file that was tried"
    assert f"The program's word vectors are left aside ({why}" in told
    assert f"Put {vectors} back as it came with the program" in told
    assert "themes are found by their phrases alone" in told


def test_a_model_that_learned_from_people_is_told_of_after_their_posts_were_drawn(folder: Path, tmp_path: Path) -> None:
    posts = stops_and_fares(folder)
    with running("train", read_campaign(folder), DataFolder(tmp_path / "data")) as run:
        with closing(Labels(run.folder)) as labels:
            for number, (text, theme) in enumerate(posts):
                labels.add(Coding("x", str(number), text, "Sue", NOW, relevant=True, themes=(theme,), queue="unsure"))
        train(run)
        draw = {"week": "2026-W40", "rate": 1.0, "population": 40, "queue": "audit", "seed": "s", "drawn_by": "Sue"}
        with closing(Labels(run.folder)) as labels:
            labels.keep_draw({**draw, "drawn_at": NOW}, [(("x", str(n)), n / 100) for n in range(len(posts))])
    notes = said(check(folder, tmp_path / "data", now=NOW), "note")
    assert "the labels or the program changed: `nightly` makes it again. It learned from 40 labelled posts." in notes
    assert "no labelled posts" not in notes


def test_a_language_that_cannot_be_told_is_warned_of(folder: Path, tmp_path: Path) -> None:
    """With "eng" an English campaign would read French posts, and lose what is known of English."""
    for languages, strange in (('"eng"', '"eng"'), ('"en", "gsw", "fil"', '"gsw" and "fil"'), ('"en", "cy"', "")):
        (folder / "campaign.toml").write_text(CAMPAIGN + f"languages = [{languages}]\n")
        warned = said(check(folder, tmp_path / "data", now=NOW), "warning")
        assert (f"The program cannot tell {strange} from other languages" in warned) == bool(strange), (languages, warned)


@pytest.mark.parametrize(
    ("language", "posts", "phrase", "by"),
    [
        ("en", SPREAD_FROM, "bus fare", "phrases and meanings"),
        ("en", SPREAD_FROM, "bus stop", "phrases"),
        ("en", SPREAD_FROM - 1, "bus fare", "phrases"),
        ("es", SPREAD_FROM, "bus fare", "phrases"),
    ],
)
def test_what_themes_are_found_by_is_said_alike_everywhere(
    folder: Path, tmp_path: Path, language: str, posts: int, phrase: str, by: str
) -> None:
    (folder / "campaign.toml").write_text(CAMPAIGN + f"languages = ['{language}']\n")
    (folder / "themes" / "fares.toml").write_text('name = "Fares"\nmeaning = "What one pays."\nphrases = ["bus fare"]\n')
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps({"text": f"The {phrase} of {'x' * n} costs money"}) + "\n" for n in range(1, posts + 1)))
    with running("train", read_campaign(folder), DataFolder(tmp_path / "data")) as run:
        notes = train(run, pool=pool).card.notes
    assert notes.startswith((f"{by.capitalize()} decide alone: ", f"{by.capitalize()}, and words that stand beside them "))
    report = check(folder, tmp_path / "data", now=NOW)
    assert f"may be learned from: themes are found by their {by} alone." in said(report, "note")
    assert f"It knows no labelled post: themes are found by their {by} alone." in said(report, "ok")
