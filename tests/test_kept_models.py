"""A model that was kept reads as before; one that is damaged or not there is told of in words."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_train import UNSEEN
from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tests.theme_campaigns import model as model
from tracker.problems import PermissionProblem, UnusableModel, UsageProblem
from tracker.themes import ThemeModel, load_model, train_model
from tracker.themes import model as kept
from tracker.themes.deciding import Settings
from tracker.themes.model import finish_saving


def test_a_kept_model_reads_as_before(model: ThemeModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.card == model.card
    assert list(loaded.read(UNSEEN)) == list(model.read(UNSEEN))
    assert not [path for path in (tmp_path / "model").rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib")]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_names_that_stood_in_the_posts_are_not_kept_with_the_model(tmp_path: Path) -> None:
    posts = [replace(post, text=f"{post.text} @ann{n} https://example.org/ann{n}") for n, post in enumerate(labelled())]
    train_model(ALLOTMENTS, posts, now=NOW, pool=[f"Asked @ann-{n} about it" for n in range(120)]).save(tmp_path / "model")
    kept_there = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert len(kept_there) > 5
    assert not [path for path in kept_there if b"ann1" in path.read_bytes() or b"ann-1" in path.read_bytes()]


def test_a_kept_model_is_a_spacy_pipeline_that_spacy_alone_loads(model: ThemeModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    program = (
        "import json, spacy; nlp = spacy.load('model'); doc = nlp('my water-butt')\n"
        "spans = [(span.label_, span.text) for span in doc.spans['themes']]\n"
        "print(json.dumps([nlp.pipe_names, spans, sorted(doc.cats), doc._.decision.outcome]))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    names = ["post_language", "theme_rules", "theme_scorer", "theme_decide", "theme_words"]
    assert json.loads(told) == [names, [["water", "water-butt"]], ["rent", "waiting", "water"], "themed"]


def test_a_kill_between_the_two_moves_leaves_the_old_model(model: ThemeModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model.save(folder)
    folder.rename(tmp_path / ".model-before")
    (tmp_path / ".model-new-abc").mkdir()
    assert load_model(folder).card == model.card
    newer = train_model(ALLOTMENTS, [], now=NOW)
    newer.save(folder)
    assert load_model(folder).card == newer.card
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_kill_before_the_second_move_is_put_right_without_a_new_model(model: ThemeModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model.save(folder)
    folder.rename(tmp_path / ".model-before")
    (tmp_path / ".model-new-abc").mkdir()
    finish_saving(folder)
    assert load_model(folder).card == model.card and [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_may_not_be_written_gives_way(model: ThemeModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model.save(folder)
    newer = train_model(ALLOTMENTS, [], now=NOW)
    folder.chmod(0o500)
    newer.save(folder)
    assert load_model(folder).card == newer.card and [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("failing", ["_write", "_unlock"])
def test_a_save_that_fails_leaves_the_old_model_and_nothing_beside_it(
    model: ThemeModel, tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    folder = tmp_path / "model"
    model.save(folder)
    monkeypatch.setattr(ThemeModel if failing == "_write" else kept, failing, refused)
    with pytest.raises(PermissionProblem):
        train_model(ALLOTMENTS, [], now=NOW).save(folder)
    assert load_model(folder).card == model.card and [path.name for path in tmp_path.iterdir()] == ["model"]


def test_without_a_model_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="There is no theme model") as caught:
        load_model(tmp_path / "model")
    assert "debate-tracker train" in caught.value.next_step


def _cut(folder: Path) -> None:
    largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-100])


def _change(folder: Path) -> None:
    phrases = folder / "theme_rules" / "phrases.json"
    phrases.write_text(phrases.read_text().replace("water butt", "water bath"))


def _lose(folder: Path) -> None:
    (folder / "theme_decide" / "settings.json").unlink()


def _no_card(folder: Path) -> None:
    (folder / "card.json").unlink()


def _broken_card(folder: Path) -> None:
    (folder / "card.json").write_text('{"format": 1, "spacy": "3.8.0"}')


def _a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a model")


def _another_card(folder: Path) -> None:
    card = folder / "card.json"
    card.write_text(card.read_text().replace('"labelled"', '"babelled"'))


@pytest.mark.parametrize("harm", [_cut, _change, _lose, _no_card, _broken_card, _another_card, _a_file])
def test_a_damaged_model_is_refused_in_words(model: ThemeModel, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folder = tmp_path / "model"
    model.save(folder)
    harm(folder)
    with pytest.raises(UnusableModel, match="damaged") as caught:
        load_model(folder)
    assert "debate-tracker train" in caught.value.next_step
    model.save(folder)
    assert load_model(folder).card == model.card


def test_a_model_of_another_spacy_is_refused_in_words(model: ThemeModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    card = tmp_path / "model" / "card.json"
    about = json.loads(card.read_text())
    card.write_text(json.dumps({**about, "spacy": "4.1.0"}))
    with pytest.raises(UnusableModel, match="another version") as caught:
        load_model(tmp_path / "model")
    assert "4.1.0" in caught.value.why


def test_settings_come_back_from_json_as_they_were() -> None:
    settings = Settings({"a": -0.25}, False, ("b",), 0.3, None, {"a": 0.5})
    assert Settings.from_json(json.loads(json.dumps(settings.as_json()))).as_json() == settings.as_json()


def test_progress_goes_from_the_first_round_to_the_last() -> None:
    seen: list[tuple[int, int | None]] = []
    train_model(ALLOTMENTS, labelled(), now=NOW, progress=lambda what, done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1] == (len(seen), len(seen))
