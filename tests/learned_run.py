"""A run over a hundred posts of two kinds, labelled posts as they are handed on, and draws, for what a model learned from."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.check import check
from pipelines.running import Run, running
from tests import invented
from tests.coded_run import NOW, SUE, add, code
from tracker.campaign import read_campaign
from tracker.counting import week_of

LEARNED, ALL = range(10, 50), range(10, 110)
LATER = "2099-10-08T03:00:00Z"
LONG_AGO = "2024-10-06T08:00:00Z"
TEXTS = {n: f"{'Fares' if n % 2 else 'Rain'} again, on day {n}" for n in ALL}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with hundred_posts(tmp_path) as run:
        yield run


@contextmanager
def copied(made: Path, place: Path) -> Iterator[Run]:
    """A run over a copy, in `place`, of a campaign and its data."""
    shutil.copytree(made, place, dirs_exist_ok=True)
    with running("classify", read_campaign(place / "campaign"), DataFolder(place / "data")) as run:
        yield run


@contextmanager
def hundred_posts(place: Path) -> Iterator[Run]:
    """A run over the hundred posts, in `place`."""
    with running("classify", read_campaign(invented.campaign_folder(place)), DataFolder(place / "data")) as run:
        for number, text in TEXTS.items():
            add(run, str(number), text)
        yield run


def themes_of(number: int) -> tuple[str, ...]:
    return ("fares",) if number % 2 else ()


def file_of(run: Run, numbers: Iterable[int], **more: str) -> Path:
    """A file of labelled posts as it is handed on: without ids, and with another link than in the post."""
    path = run.folder.root / "by-hand.jsonl"
    lines = [{"text": f"{TEXTS[n].upper()} https://example.org/{n}", "themes": list(themes_of(n)), **more} for n in numbers]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def draw(run: Run, numbers: Iterable[int], at: str = NOW) -> None:
    week = {
        "week": week_of(at[:10]),
        "rate": 0.5,
        "population": 200,
        "queue": "audit",
        "seed": "s",
        "drawn_by": "Sue",
        "drawn_at": at,
    }
    with closing(Labels(run.folder)) as labels:
        labels.keep_draw(week, [(("x", str(n)), n / 1000) for n in numbers])


def coded(run: Run, numbers: Iterable[int], queue: str = "audit") -> None:
    code(run, *(replace(SUE, native_id=str(n), text=TEXTS[n], queue=queue, themes=themes_of(n)) for n in numbers))


def of_the_model(run: Run, level: str) -> str:
    """What `check` says of whether the model is of the campaign as it stands."""
    lines = check(Path(run.campaign.folder), run.folder.root, now=NOW).lines
    return next(line.sentence for line in lines if line.level == level and line.sentence.startswith("The theme model "))


def teach(run: Run, **said: list[str]) -> None:
    """Forty examples a word that a post begins with: what it is about."""
    lines = [{"text": f"{what} once more, on day {n}", "themes": its} for n in range(40) for what, its in said.items()]
    (Path(run.campaign.folder) / "examples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def measured(run: Run) -> tuple[int, str, str]:
    sql = "select n, sample, measured_on from theme_quality join models on name = model and live = 1 where theme = 'fares'"
    n, sample, measured_on = run.store._db.execute(sql).fetchone()
    return n, sample, measured_on
