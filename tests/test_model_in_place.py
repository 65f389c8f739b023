"""Which model is in place: one that is worse stays out and is told of, one of other themes gives way, and no swap is silent."""

import json
from pathlib import Path

import pytest

from pipelines.live_model import live_model
from pipelines.nightly import read_themes
from pipelines.running import Run
from pipelines.showing import status_text
from pipelines.showing_model import trained_text
from pipelines.status import status
from pipelines.train import train
from tests.coded_run import NOW
from tests.learned_run import LATER, LEARNED, coded, draw, file_of, of_the_model, teach
from tests.learned_run import run as run
from tests.pages_client import Pages, words
from tracker.campaign import read_campaign
from tracker.themes import load_model

SPOILT: dict[str, list[str]] = {"Fares": [], "Rain": ["fares"]}


def test_a_night_that_does_not_put_its_model_in_place_is_told_of_until_one_is(run: Run) -> None:
    draw(run, range(50, 110))
    coded(run, range(50, 110))
    teach(run, Fares=["fares"], Rain=[])
    live = train(run).card
    teach(run, Fares=[], Rain=["fares"])
    assert "`nightly` makes it again" in of_the_model(run, "note")
    run.clock = lambda: LATER
    read_themes(run)
    newer = str(run.store.settings()["model_refused"])
    told = of_the_model(run, "warning")
    assert told.startswith(
        f"The theme model {live.name}, trained {live.trained_at}, stays in place. {newer}, made on {LATER} from"
    )
    assert f"Since {LATER} none was, so what changed since in themes, labels" in told and "no night tries again" in told
    assert "nightly` makes it again" not in told
    said = status_text(status(run.folder, now=NOW))
    assert f"\nmodel not put in place: {newer}, trained {LATER}: on 60 posts" in said and f"since {LATER} none was" in said
    page = words(Pages(run.folder, demo_now=NOW).text("/status"))
    assert f"A newer one, {newer}, trained on" in page and "was not put in place: on 60 posts of the audit sample" in page
    teach(run, Fares=["fares"], Rain=[], Snow=[])
    assert "`nightly` makes it again" in of_the_model(run, "note")
    run.clock = lambda: LATER.replace("2099", "2100")
    read_themes(run)
    assert "from the campaign as it stands" in of_the_model(run, "ok")
    assert "not put in place" not in status_text(status(run.folder, now=NOW))


def test_check_tells_of_a_newer_model_of_a_file_given_by_hand_that_was_not_put_in_place(run: Run) -> None:
    """The status says that `check` says what to do, of such a one too."""
    draw(run, range(50, 110))
    coded(run, range(50, 110))
    teach(run, Fares=["fares"], Rain=[])
    live = train(run).card
    assert "not put in place" not in of_the_model(run, "ok")
    wrong = run.folder.root / "wrong.jsonl"
    lines = [{"text": f"{what} as ever, number {n}", "themes": its} for what, its in SPOILT.items() for n in range(200)]
    wrong.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run.clock = lambda: LATER
    made = train(run, labels=[wrong])
    assert made.refused and run.store.live_model() == live.name
    assert f"model not put in place: {made.card.name}" in status_text(status(run.folder, now=NOW))
    told = of_the_model(run, "note")
    assert told.startswith(f"The theme model {live.name}, trained {live.trained_at}, was made from the campaign as it stands.")
    assert f"A newer one, {made.card.name}, made on {LATER} from other labels or themes than the campaign has, was not" in told
    assert f"put in place: {made.refused}. To have it all the same, give the command that made it again with --anyway." in told
    run.clock = lambda: LATER.replace("2099", "2100")
    train(run)
    assert "not put in place" not in of_the_model(run, "ok")


@pytest.mark.parametrize("change", ["renamed", "split", "deleted", "new"])
def test_a_model_of_other_themes_gives_way_however_good_it_is(run: Run, change: str) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, range(50, 110))
    coded(run, range(50, 110))
    folder = Path(run.campaign.folder) / "themes"
    fares = (folder / "fares.toml").read_text()
    if change in ("renamed", "split", "deleted"):
        (folder / "fares.toml").unlink()
    if change == "new":
        (folder / "snow.toml").write_text('name = "Snow"\nmeaning = "Snow on the road."\nphrases = ["snow"]\n')
    if change == "renamed":
        (folder / "prices.toml").write_text(f'renamed_from = "fares"\n{fares}')
    if change == "split":
        (folder / "singles.toml").write_text('name = "Singles"\nphrases = ["single fare"]\n')
        (folder / "returns.toml").write_text('name = "Returns"\nphrases = ["return fare"]\n')
    run.campaign = read_campaign(Path(run.campaign.folder))
    made = train(run)
    assert not made.refused and made.compared is None
    assert "(40 labelled posts) without being compared with it, which was made for other themes" in trained_text(made)
    assert load_model(run.folder.model).known_themes() == {theme.slug for theme in run.campaign.themes}
    assert run.store.live_model() == made.card.name


def test_a_model_that_takes_the_place_of_another_uncompared_says_so(run: Run) -> None:
    first = train(run, labels=[file_of(run, LEARNED)])
    assert not first.uncompared and not train(run, labels=[file_of(run, LEARNED)]).uncompared
    said = trained_text(train(run, labels=[file_of(run, [])]))
    assert f"place of {first.card.name} (40 labelled posts) without being compared with it, since fewer than" in said
    assert (run.folder.models / first.card.name).is_dir() and "kept under models/" in said


def test_a_night_makes_a_model_of_other_themes_again_without_the_files_that_it_learned_from(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    before = run.store.live_model()
    assert live_model(run).card.name == before and not run.problems
    themes = Path(run.campaign.folder) / "themes"
    (themes / "snow.toml").write_text('name = "Snow"\nmeaning = "Snow on the road."\nphrases = ["snow"]\n')
    run.campaign = read_campaign(Path(run.campaign.folder))
    assert "snow" in live_model(run).known_themes() and run.store.live_model() != before
    (gap,) = run.problems
    assert gap.what == "The theme model was made again without by-hand.jsonl." and "other themes than today's" in gap.why
