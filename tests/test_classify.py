"""Reading the posts of a store with the live model."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.classify import PAGE, ClassifyReport, classify
from pipelines.running import Run, running
from pipelines.train import train
from tests import invented
from tests.learned_run import copied
from tests.stopping import StopAfter
from tracker.campaign import read_campaign
from tracker.problems import Interrupted
from tracker.themes import load_model

TEXTS = (
    "The FARES went up again #SaveOurBuses",
    "Our bus-drivers deserve better 👍🏽 and fares too",
    "https://example.org/only",
    "Les bus sont toujours en retard dans notre quartier et personne ne répond",
    "It rained all day on the way to work",
)
OUTCOMES = ["themed", "themed", "empty", "other-language", "none"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign and DATA with its model."""
    root = tmp_path_factory.mktemp("trained")
    with running("train", read_campaign(invented.campaign_folder(root)), DataFolder(root / "data")) as run:
        train(run)
    return root


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Iterator[Run]:
    with copied(trained, tmp_path) as run:
        yield run


def put(run: Run, texts: tuple[str, ...]) -> None:
    """Posts as an import would leave them."""
    first = run.store._db.execute("select count(*) from posts").fetchone()[0]
    for number, text in enumerate(texts, start=first + 1):
        run.store._db.execute(
            "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run)"
            " values ('x', ?, ?, 'original', ?, ?, ?)",
            [str(number), text, "2026-10-05T08:00:00Z", "2026-10-05", run.id],
        )


def test_every_post_is_read_once_and_its_words_are_kept(run: Run) -> None:
    put(run, TEXTS)
    model = load_model(run.folder.model)
    report = classify(run, model)
    assert report == ClassifyReport(model.card.name, 5, {"themed": 2, "empty": 1, "other-language": 1, "none": 1})
    assert report.sentence() == "5 posts read: 2 themed, 1 none, 1 other-language, 1 empty"
    outcomes = run.store._db.execute("select outcome from post_readings order by post_id").fetchall()
    assert [outcome for (outcome,) in outcomes] == OUTCOMES
    hits = run.store._db.execute("select post_id, theme, decided_by, words from post_themes order by post_id, theme").fetchall()
    said = [
        (post, theme, by, [TEXTS[post - 1][start:end] for start, end in json.loads(words)]) for post, theme, by, words in hits
    ]
    assert said == [(1, "fares", "rule", ["FARES"]), (2, "drivers", "rule", ["bus-drivers"]), (2, "fares", "rule", ["fares"])]
    assert run.store.days_to_count() == ["2026-10-05"]
    assert classify(run, model).sentence() == "no post to read"


def test_only_new_posts_are_read_and_again_reads_all(run: Run) -> None:
    put(run, TEXTS)
    model = load_model(run.folder.model)
    classify(run, model)
    put(run, ("More about fares",))
    assert classify(run, model).read == 1
    assert classify(run, model, again=True).read == 6


def test_another_model_reads_every_post_again(run: Run) -> None:
    put(run, TEXTS)
    classify(run, load_model(run.folder.model))
    theme = Path(run.campaign.folder) / "themes" / "fares.toml"
    theme.write_text('name = "Weather"\nmeaning = "Rain."\nphrases = ["it rained"]\n')
    run.campaign = read_campaign(Path(run.campaign.folder))
    train(run)
    assert classify(run, load_model(run.folder.model)).read == 5
    themed = run.store._db.execute("select post_id, theme from post_themes order by post_id").fetchall()
    assert themed == [(2, "drivers"), (5, "fares")]


def test_more_than_a_page_is_read_and_progress_is_told(run: Run) -> None:
    put(run, tuple(f"fares of route {number}" for number in range(PAGE + 20)))
    told: list[tuple[int, int | None]] = []
    run.progress = lambda what, done, total: told.append((done, total))
    assert classify(run, load_model(run.folder.model)).by_outcome == {"themed": PAGE + 20}
    assert told == [(PAGE, PAGE + 20), (PAGE + 20, PAGE + 20)]


def test_a_stop_between_pages_keeps_what_was_read(run: Run) -> None:
    put(run, tuple(f"fares of route {number}" for number in range(PAGE + 20)))
    model = load_model(run.folder.model)
    going, run.stop = run.stop, StopAfter(1, signal=2)
    with pytest.raises(Interrupted):
        classify(run, model)
    assert run.store.unread_count(model.card.name) == 20
    run.stop = going
    assert classify(run, model).read == 20


def stored(run: Run, native_id: str, text: str, repost_of: str | None = None) -> None:
    """A post as an import would leave it; one with `repost_of` is a repost of which a cut text is known."""
    run.store._db.execute(
        "insert into posts(platform, native_id, text, kind, truncated, repost_of, created_at, day, first_seen_run)"
        " values ('x', ?, ?, ?, ?, ?, '2026-10-05T08:00:00Z', '2026-10-05', ?)",
        [native_id, text, "repost" if repost_of else "original", bool(repost_of), repost_of, run.id],
    )


def decided(run: Run, native_id: str) -> tuple[str, list[tuple[str, str]]]:
    """Outcome, and (theme, words) of each theme."""
    [outcome] = run.store.rows("select outcome from post_readings join posts on id = post_id where native_id = ?", [native_id])
    themes = "select theme, words from post_themes join posts on id = post_id where native_id = ? order by theme"
    return str(outcome["outcome"]), [(str(row["theme"]), str(row["words"])) for row in run.store.rows(themes, [native_id])]


def test_a_cut_repost_is_decided_as_its_original_whichever_came_first(run: Run) -> None:
    model = load_model(run.folder.model)
    whole = "It is a shame what happened on the number 7 yesterday, and again today: our bus drivers deserve better"
    cut = f"RT @ann: {whole[:60]}…"
    stored(run, "2", cut, repost_of="1")
    stored(run, "4", cut, repost_of="9")
    classify(run, model)
    assert decided(run, "2") == decided(run, "4") == ("none", [])
    stored(run, "1", whole)
    stored(run, "3", cut, repost_of="1")
    assert classify(run, model).read == 2
    (theme, words), *others = decided(run, "1")[1]
    assert (theme, others) == ("drivers", []) and words != "[]"
    assert decided(run, "2") == decided(run, "3") == ("themed", [("drivers", "[]")]), "where they stand is said of the original"
    assert decided(run, "4") == ("none", []), "its original is not here"
    run.store._db.execute("update posts set text = 'The fares, today' where native_id = '1'")
    run.store._db.execute("delete from post_readings where post_id = (select id from posts where native_id = '1')")
    assert classify(run, model).read == 1
    assert decided(run, "2") == decided(run, "3") == ("themed", [("fares", "[]")])
    classify(run, model, again=True)
    assert decided(run, "2") == ("themed", [("fares", "[]")])
