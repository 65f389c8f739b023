"""Labels that are brought in from a file: whose they are, which are here already, and what is refused instead of half taken."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from pipelines.labelling import take_out
from tests import invented
from tests.bringing import LATER, NOW, ONE, TWO, Bring, not_here, standing
from tests.bringing import bring as bring
from tests.bringing import data as data
from tests.warm import ran, started
from tracker.codings import Coding
from tracker.problems import CampaignProblem


def test_the_same_labels_later_change_nothing_and_others_take_their_place(data: DataFolder, bring: Bring) -> None:
    assert bring("a.jsonl", ONE, TWO).startswith(
        "a.jsonl: 2 labels added, 0 were here already.\n2 labels name no coder: they count"
    )
    turned = {**TWO, "themes": ["fares", "drivers"]}
    assert bring("a.jsonl", turned, ONE, now=LATER) == "a.jsonl: 0 labels added, 2 were here already." + not_here(2)
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
    assert bring(
        "a.jsonl", {**ONE, "coder": "Q"}, {**TWO, "coder": "Ann"}
    ) == "a.jsonl: 2 labels added, 0 were here already." + not_here(2)
    dated = {**TWO, "coder": "ANN", "coded_at": NOW}
    assert bring("b.jsonl", {**ONE, "coder": " q "}, dated) == "b.jsonl: 0 labels added, 2 were here already." + not_here(2)
    assert standing(data) == [("1", "Q", ("fares",)), ("2", "Ann", ("drivers", "fares"))]


def test_a_later_line_of_the_same_file_counts(data: DataFolder, bring: Bring) -> None:
    told = bring("a.jsonl", {**ONE, "coder": "Q"}, {**ONE, "coder": "Q", "themes": []}, {**ONE, "coder": "q", "themes": []})
    assert told.startswith("a.jsonl: 2 labels added, 1 was here already.") and "1 of them takes the place" in told
    assert standing(data) == [("1", "Q", ())]


def test_a_label_put_right_in_its_file_takes_the_place_of_what_it_said_though_its_moment_is_the_same(
    data: DataFolder, bring: Bring
) -> None:
    """It was told to be here already, and was nowhere."""
    first = {**ONE, "coder": "Ann", "coded_at": NOW}
    bring("a.jsonl", first)
    told = bring("a.jsonl", {**first, "themes": ["drivers"]}, now=LATER)
    assert told.startswith("a.jsonl: 1 label added, 0 were here already.\n1 of them takes the place of")
    assert standing(data) == [("1", "Ann", ("drivers",))]
    assert bring(
        "a.jsonl", {**first, "themes": ["drivers"]}, now=LATER
    ) == "a.jsonl: 0 labels added, 1 was here already." + not_here(1)
    assert standing(data) == [("1", "Ann", ("drivers",))]


@pytest.mark.parametrize("role", ["coder", "lead"])
def test_of_what_a_coder_said_of_a_post_the_latest_moment_stands_whenever_it_comes_in(
    data: DataFolder, bring: Bring, role: str
) -> None:
    ann = {**ONE, "coder": "Ann", "role": role}
    newer, older = {**ann, "coded_at": "2026-09-27T08:00:00Z"}, {**ann, "themes": ["drivers"], "coded_at": "2026-09-20T08:00:00Z"}
    oldest = {**ann, "themes": [], "coded_at": "2026-09-13T08:00:00Z"}
    bring("new.jsonl", newer)
    assert bring("old.jsonl", older) == (
        "old.jsonl: 1 label added, 0 were here already.\n"
        "1 of them is older than what the same coder has said of the post in the same round, which stands; both are kept, "
        "the later one counts."
    ) + not_here(1)
    assert standing(data) == [("1", "Ann", ("fares",))]
    assert "2 of them are older" in bring("older.jsonl", oldest, {**older, "coded_at": "2026-09-21T08:00:00Z"}, oldest)
    for name, lines in {"new.jsonl": [newer], "old.jsonl": [older], "older.jsonl": [oldest, oldest]}.items():
        were = "1 was" if len(lines) == 1 else "2 were"
        assert bring(name, *lines, now=LATER) == f"{name}: 0 labels added, {were} here already." + not_here(len(lines))
    assert standing(data) == [("1", "Ann", ("fares",))]
    assert "1 of them takes the place" in bring("newest.jsonl", {**older, "coded_at": "2026-09-28T08:00:00Z"})
    assert standing(data) == [("1", "Ann", ("drivers",))]


@pytest.mark.parametrize("turned", [False, True])
def test_lines_of_one_file_about_one_post_count_by_their_moments_in_whatever_order_they_stand(
    data: DataFolder, bring: Bring, turned: bool
) -> None:
    moments = {"2026-09-13T08:00:00Z": [], "2026-09-20T08:00:00Z": ["drivers"], "2026-09-27T08:00:00Z": ["fares"]}
    lines = [{**ONE, "coder": "Ann", "coded_at": moment, "themes": themes} for moment, themes in moments.items()]
    lines = lines[::-1] if turned else lines
    told = bring("a.jsonl", *lines)
    assert "3 labels added" in told and "2 of them take the place" in told and "older" not in told
    assert standing(data) == [("1", "Ann", ("fares",))]
    assert bring("a.jsonl", *lines, now=LATER) == "a.jsonl: 0 labels added, 3 were here already." + not_here(3)


def test_a_file_whose_undated_lines_contradict_each_other_changes_nothing_the_second_time(data: DataFolder, bring: Bring) -> None:
    dated = {**ONE, "coder": "Ann", "themes": ["drivers"], "coded_at": "2026-09-20T08:00:00Z"}
    lines = [{**ONE, "coder": "Ann"}, {**ONE, "coder": "Ann", "themes": []}, {**ONE, "coder": "Ann"}, dated]
    assert "4 labels added" in bring("a.jsonl", *lines)
    assert bring("a.jsonl", *lines, now=LATER) == "a.jsonl: 0 labels added, 4 were here already." + not_here(4)
    assert standing(data) == [("1", "Ann", ("fares",))]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({**TWO, "queue": "audit"}, r"a\.jsonl:2: probability: is missing, though the post is of the random sample"),
        ({**TWO, "queue": "Audit "}, r"a\.jsonl:2: probability: is missing, though the post is of the random sample"),
        (
            {**TWO, "queue": "random sample", "probability": 0.5},
            r'a\.jsonl:2: probability: stands beside "queue": "random sample"',
        ),
        ({**TWO, "queue": "audit", "probability": True}, r"a\.jsonl:2: probability: .* is of the wrong kind"),
        ({**TWO, "relevant": False}, r"a\.jsonl:2: themes: stands beside"),
        ({**TWO, "coded_at": "yesterday"}, r"a\.jsonl:2: coded_at: "),
        ({**TWO, "coded_at": "2026-10-09"}, r"a\.jsonl:2: coded_at: 2026-10-09T00:00:00Z is yet to come"),
        ({**TWO, "native_id": "2.09687E+18"}, r"a\.jsonl:2: native_id: 2\.09687E\+18 was rounded by a spreadsheet"),
        ({**TWO, "native_id": "2096871087928240000"}, r"a\.jsonl:2: native_id: 2096871087928240000 was rounded"),
        (json.dumps(TWO)[:-1] + ', "themes": []}', r"a\.jsonl:2: themes: stands more than once"),
        ({**TWO, "native_id": "1\0002"}, r"a\.jsonl:2: native_id: holds U\+0000"),
        ({**TWO, "coder": "A\0nn"}, r"a\.jsonl:2: coder: holds U\+0000"),
        ({**TWO, "native_id": "12\ud83d"}, r"a\.jsonl:2: native_id: holds U\+D83D"),
    ],
)
def test_what_would_be_half_taken_is_refused_and_nothing_of_the_file_is_taken(
    data: DataFolder, bring: Bring, line: dict[str, Any] | str, wrong: str
) -> None:
    with pytest.raises(CampaignProblem, match=wrong) as caught:
        bring("a.jsonl", ONE, line)
    assert caught.value.exit_code == 2 and not data.labels.exists()


def test_one_of_many_long_ids_may_end_in_zeros(bring: Bring) -> None:
    lines = [{**ONE, "native_id": native_id} for native_id in ("2096871087928247273", "2096871087928240000")]
    assert "2 labels added" in bring("a.jsonl", *lines)


@pytest.mark.parametrize("queue", ["Audit", " audit "])
def test_a_post_of_the_random_sample_is_one_however_its_queue_is_written(data: DataFolder, bring: Bring, queue: str) -> None:
    bring("a.jsonl", {**ONE, "queue": queue, "probability": 0.5})
    with closing(Labels(data, readonly=True)) as labels:
        assert (labels.coded_examples(), labels.kept_for_audit()) == ([], {("x", "1")})


def test_a_verdict_of_the_sample_that_was_given_in_a_pilot_comes_in_again(tmp_path: Path, data: DataFolder, bring: Bring) -> None:
    said = Coding("x", "1", "Dear fares", "Sue", NOW, relevant=True, themes=("fares",), round="pilot", probability=0.5)
    with closing(Labels(data.create())) as labels:
        labels.add(said)
    take_out(data, tmp_path / "out.jsonl")
    assert bring(
        "in.jsonl", (tmp_path / "out.jsonl").read_text().strip()
    ) == "in.jsonl: 0 labels added, 1 was here already." + not_here(1)


@pytest.mark.parametrize("option", ["--take-out", "--validation"])
def test_what_only_reads_makes_no_store_where_there_is_none(tmp_path: Path, option: str) -> None:
    folder = invented.campaign_folder(tmp_path)
    said = ran("labels", "--campaign", folder, "--data", tmp_path / "mistyped", option, tmp_path / "out")
    assert said.code == 2 and f"There are no labels at {tmp_path / 'mistyped' / 'labels.db'}" in said.err and "--data" in said.err
    assert not (tmp_path / "mistyped").exists() and not (tmp_path / "out").exists()


def test_what_people_said_is_written_for_its_owner_alone(tmp_path: Path, data: DataFolder, bring: Bring) -> None:
    """It is personal data, whatever others may read by default; a place that is not there is no matter of the disk."""
    bring("a.jsonl", ONE)
    files = "labels", "--campaign", tmp_path / "campaign", "--data", data.root, "--take-out"
    before = os.umask(0o022)
    try:
        (tmp_path / "out.jsonl").write_text("an older one, which was longer, and which everybody could read\n" * 9)
        assert started(*map(str, (*files, tmp_path / "out.jsonl"))).code == 0
    finally:
        os.umask(before)
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600
    for nowhere in (tmp_path / "none" / "out.jsonl", tmp_path):
        ended = ran(*files, nowhere)
        assert ended.code == 2 and f"{nowhere} could not be written." in ended.err, ended


def test_nothing_of_a_forgotten_post_is_written_again_nor_a_forgotten_name(data: DataFolder, bring: Bring) -> None:
    forgotten = Forgotten(data.create())
    forgotten.tombstones([("post", "x", "77001"), ("handle", "mastodon", "rider@m.example")], now=NOW, reason="asked")
    forgotten.close()
    named = {**TWO, "coder": "Ann", "text": "@rider@m.example is right", "note": "so says @rider@m.example"}
    address = {**ONE, "platform": "mastodon", "native_id": "https://m.example/@rider/42", "coder": "Ann"}
    told = bring("a.jsonl", {**ONE, "native_id": "77001", "note": "Oh", "coder": "Ann"}, address, named)
    assert told == (
        "a.jsonl: 1 label added, 0 were here already.\n"
        "2 lines were left out, since their posts are to stay forgotten. Take such lines out of the file, too."
    ) + not_here(1)
    (kept,) = Labels(data, readonly=True).standing()
    assert (kept.native_id, kept.text, kept.note) == ("2", "[removed] is right", "so says [removed]")
    written = b"".join(path.read_bytes() for path in data.root.glob("labels.db*"))
    assert b"77001" not in written and b"rider" not in written and b"Dear fares" not in written


def test_what_no_store_can_hold_is_taken_out_of_words_as_it_is_of_posts(data: DataFolder, bring: Bring) -> None:
    bring("a.jsonl", {**ONE, "text": "Dear\0 fares \ud83d", "note": "a\0b", "coder": "Ann"})
    (kept,) = Labels(data, readonly=True).standing()
    assert (kept.text, kept.note) == ("Dear fares \ufffd", "ab")
