"""A run over a few posts that the program has read, and people's codings of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.classify import classify
from pipelines.running import Run, running
from pipelines.summarise import summarise
from pipelines.train import train
from tests import invented
from tracker.campaign import read_campaign
from tracker.codings import Coding, bare_book, book_version
from tracker.records import Question
from tracker.themes import load_model

TEXTS = ("The fares went up again", "Our bus drivers deserve better, and lower fares", "It rained all day", "Fares! Fares!")
NOW = "2026-10-07T08:00:00Z"
SUE = Coding("x", "1", TEXTS[0], "Sue", "2026-10-06T08:00:00Z", relevant=True, themes=("drivers",))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with running("classify", read_campaign(invented.campaign_folder(tmp_path)), DataFolder(tmp_path / "data")) as run:
        train(run)
        for number, text in enumerate(TEXTS, start=1):
            add(run, str(number), text)
        add(run, "5", "RT The fares went up again", kind="repost", repost_of="1")
        classify(run, load_model(run.folder.model))
        summarise(run)
        yield run


def add(run: Run, native_id: str, text: str, kind: str = "original", repost_of: str | None = None) -> None:
    run.store._db.execute(
        "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run, repost_of)"
        " values ('x', ?, ?, ?, '2026-10-05T08:00:00Z', '2026-10-05', ?, ?)",
        [native_id, text, kind, run.id, repost_of],
    )


def code(run: Run, *codings: Coding) -> None:
    """Keep these codings; those that have the words of SUE's get the words of their own post."""
    texts = {str(row["native_id"]): str(row["text"]) for row in run.store.rows("select native_id, text from posts")}
    labels = Labels(run.folder)
    for coding in codings:
        labels.add(replace(coding, text=texts.get(coding.native_id, SUE.text)) if coding.text == SUE.text else coding)
    labels.close()


def asked(run: Run, *questions: str) -> str:
    """The version of a codebook that has the campaign's themes and these questions of the paper, which the campaign then has."""
    known = {one.slug: one for one in run.campaign.questions} | {slug: Question(slug, f"What of {slug}?") for slug in questions}
    run.campaign = replace(run.campaign, questions=tuple(known.values()))
    book = bare_book([theme.slug for theme in run.campaign.themes], questions)
    labels = Labels(run.folder)
    labels.keep_codebook(book_version(book), book, now=NOW)
    labels.close()
    return book_version(book)


def themes(run: Run, table: str = "post_themes") -> list[tuple[str, str, str]]:
    sql = f"select native_id, theme, decided_by from {table} join posts on posts.id = post_id order by 1, 2"
    return [(post, theme, by) for post, theme, by in run.store._db.execute(sql)]


def counted(run: Run, theme: str | None) -> int:
    sql = "select coalesce(sum(posts), 0) from weekly_totals where theme is ?"
    return int(run.store._db.execute(sql, [theme]).fetchone()[0])
