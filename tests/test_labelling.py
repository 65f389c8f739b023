"""Labels that are brought in from a file: whose they are, which are here already, and what is refused instead of half taken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.labelling import bring_in
from tests import invented
from tests.warm import ran
from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem

NOW, LATER = "2026-10-07T08:00:00Z", "2026-10-08T08:00:00Z"
ONE: dict[str, Any] = {"text": "Dear fares", "themes": ["fares"], "platform": "x", "native_id": "1"}
TWO: dict[str, Any] = {"text": "No driver", "themes": ["drivers", "fares"], "platform": "x", "native_id": "2"}
Bring = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def bring(tmp_path: Path, data: DataFolder) -> Bring:
    """Brings a file of these lines in and gives what is said of it."""
    campaign = read_campaign(invented.campaign_folder(tmp_path))

    def brought(name: str, *lines: dict[str, Any] | str, now: str = NOW) -> str:
        path = tmp_path / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        (report,) = bring_in(campaign, data, [path], now=now)
        return report.text()

    return brought


def standing(data: DataFolder) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.native_id, one.coder, one.themes) for one in Labels(data, readonly=True).standing()]


def test_the_same_labels_later_change_nothing_and_others_take_their_place(data: DataFolder, bring: Bring) -> None:
    assert bring("a.jsonl", ONE, TWO).startswith(
        "a.jsonl: 2 labels added, 0 were here already.\n2 labels name no coder: they count"
    )
    turned = {**TWO, "themes": ["fares", "drivers"]}
    assert bring("a.jsonl", turned, ONE, now=LATER) == "a.jsonl: 0 labels added, 2 were here already."
    changed = {**ONE, "themes": []}
    told = bring("a.jsonl", changed, TWO, now=LATER)
    assert told.startswith("a.jsonl: 1 label added, 1 was here already.") and "\n1 of them takes the place of" in told
    assert standing(data) == [("1", "a.jsonl", ()), ("2", "a.jsonl", ("drivers", "fares"))]


def test_a_copy_of_a_file_that_names_no_coder_is_no_second_opinion(data: DataFolder, bring: Bring) -> None:
    bring("a.jsonl", ONE, TWO)
    told = bring("copy of a.jsonl", TWO, ONE, now=LATER)
    assert told.startswith("copy of a.jsonl: 0 labels added, 2 were here already.\n2 labels name no coder, and all such are here")
    assert {coder for _, coder, _ in standing(data)} == {"a.jsonl"}
    told = bring("b.jsonl", ONE, {**TWO, "themes": []}, now=LATER)
    assert "2 labels added" in told and "one person called b.jsonl" in told and '"coder": "Ann"' in told
    assert {coder for _, coder, _ in standing(data)} == {"a.jsonl", "b.jsonl"}


def test_a_coder_however_written_is_one_person(data: DataFolder, bring: Bring) -> None:
    assert bring("a.jsonl", {**ONE, "coder": "Q"}, {**TWO, "coder": "Ann"}) == "a.jsonl: 2 labels added, 0 were here already."
    dated = {**TWO, "coder": "ANN", "coded_at": NOW}
    assert bring("b.jsonl", {**ONE, "coder": " q "}, dated) == "b.jsonl: 0 labels added, 2 were here already."
    assert standing(data) == [("1", "Q", ("fares",)), ("2", "Ann", ("drivers", "fares"))]


def test_a_later_line_of_the_same_file_counts(data: DataFolder, bring: Bring) -> None:
    told = bring("a.jsonl", {**ONE, "coder": "Q"}, {**ONE, "coder": "Q", "themes": []}, {**ONE, "coder": "q", "themes": []})
    assert told.startswith("a.jsonl: 2 labels added, 1 was here already.") and "1 of them takes the place" in told
    assert standing(data) == [("1", "Q", ())]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({**TWO, "queue": "audit"}, r"a\.jsonl:2: probability: is missing, though the post is of the random sample"),
        ({**TWO, "relevant": False}, r"a\.jsonl:2: themes: stands beside"),
        ({**TWO, "coded_at": "yesterday"}, r"a\.jsonl:2: coded_at: "),
        (json.dumps(TWO)[:-1] + ', "themes": []}', r"a\.jsonl:2: themes: stands more than once"),
    ],
)
def test_what_would_be_half_taken_is_refused_and_nothing_of_the_file_is_taken(
    data: DataFolder, bring: Bring, line: dict[str, Any] | str, wrong: str
) -> None:
    with pytest.raises(CampaignProblem, match=wrong) as caught:
        bring("a.jsonl", ONE, line)
    assert caught.value.exit_code == 2 and not data.labels.exists()


@pytest.mark.parametrize("option", ["--take-out", "--validation"])
def test_what_only_reads_makes_no_store_where_there_is_none(tmp_path: Path, option: str) -> None:
    folder = invented.campaign_folder(tmp_path)
    said = ran("labels", "--campaign", folder, "--data", tmp_path / "mistyped", option, tmp_path / "out")
    assert said.code == 2 and f"There are no labels at {tmp_path / 'mistyped' / 'labels.db'}" in said.err and "--data" in said.err
    assert not (tmp_path / "mistyped").exists() and not (tmp_path / "out").exists()
