"""Labels that are brought in from a file: whose they are, which are here already, and what is refused instead of half taken."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db.campaigns import note_campaign
from db.coding import definitions
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from db.store import Store
from pipelines.labelling import bring_in, take_out
from pipelines.train import labelled_posts
from pipelines.verdicts import settled
from tests import invented
from tests.warm import ran, started
from tracker.campaign import read_campaign
from tracker.codebook import codebook_of, make_codebook
from tracker.codings import Coding, asked_in
from tracker.problems import CampaignProblem
from tracker.settling import asked_now, in_names_of_now, names_now
from tracker.themes.gold import gold_posts

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
    folder = invented.campaign_folder(tmp_path)

    def brought(name: str, *lines: dict[str, Any] | str, now: str = NOW) -> str:
        path = tmp_path / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        (report,) = bring_in(read_campaign(folder), data, [path], now=now)
        return report.text()

    return brought


def not_here(labels: int) -> str:
    """What is said of so many labels about posts that are not stored."""
    are = "label is of a post that is" if labels == 1 else "labels are of posts that are"
    return f"\n{labels} {are} not here. What was said is kept, and counts once the post comes in: is the id right?"


def standing(data: DataFolder) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.native_id, one.coder, one.themes) for one in Labels(data, readonly=True).standing()]


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


def split(tmp_path: Path, **renamed: str) -> None:
    """The campaign's drivers become pay and safety; renamed: the old names of new themes."""
    themes = tmp_path / "campaign" / "themes"
    (themes / "drivers.toml").unlink()
    for slug in ("pay", "safety", *renamed):
        before = f"renamed_from = ['{renamed[slug]}']" if slug in renamed else ""
        (themes / f"{slug}.toml").write_text(f"name = '{slug}'\nmeaning = 'All about {slug}.'\n{before}\n")


def note(tmp_path: Path, data: DataFolder, now: str) -> None:
    """A night that notes the campaign as it is."""
    store = Store.open(data.create())
    note_campaign(store, read_campaign(tmp_path / "campaign"), now=now, local_day=lambda moment, _: moment[:10])
    store.close()


def asked_of(tmp_path: Path, data: DataFolder) -> dict[str, set[str]]:
    """The themes, in today's names, that each post settles, and that it is learned from for."""
    campaign, labels = read_campaign(tmp_path / "campaign"), Labels(data, readonly=True)
    names = names_now({theme.slug: theme.renamed_from for theme in campaign.themes})
    codings, asked = in_names_of_now(labels.standing(), names), asked_now(asked_in(labels.codebooks()), names)
    found = {one.native_id: set(one.asked.themes) for one in settled(codings, asked, campaign)}
    taught = {one.text: {*names.values()} - one.unasked for one in gold_posts(campaign, labels.coded_examples())}
    assert sorted(map(sorted, taught.values())) == sorted(map(sorted, found.values()))
    return found


def test_labels_that_name_no_codebook_say_nothing_of_themes_that_are_born_later(
    tmp_path: Path, data: DataFolder, bring: Bring
) -> None:
    note(tmp_path, data, NOW)
    bring("a.jsonl", ONE, {**TWO, "codebook": "v1"})
    split(tmp_path)
    assert asked_of(tmp_path, data) == {"1": {"fares"}, "2": {"fares"}}
    bring("b.jsonl", {**ONE, "native_id": "3", "text": "New"}, now=LATER)
    assert asked_of(tmp_path, data)["3"] == {"fares", "pay", "safety"}


def test_the_same_labels_after_a_split_are_still_the_same(tmp_path: Path, data: DataFolder, bring: Bring) -> None:
    bring("a.jsonl", ONE)
    split(tmp_path, money="fares")
    (tmp_path / "campaign" / "themes" / "fares.toml").unlink()
    assert bring("a.jsonl", ONE, now=LATER) == "a.jsonl: 0 labels added, 1 was here already." + not_here(1)
    assert "1 label added" in bring("a.jsonl", {**ONE, "themes": ["money", "pay"]}, now=LATER)


def test_labels_brought_in_have_the_codebook_of_the_pages(tmp_path: Path, data: DataFolder, bring: Bring) -> None:
    themes, questions = tmp_path / "campaign" / "themes", tmp_path / "campaign" / "questions.toml"
    themes.joinpath("fares.toml").write_text(invented.FARES + "not_when = ['fun fair']\n[examples]\nyes = ['So dear']\n")
    questions.write_text("[[question]]\nslug = 'q1'\ntext = 'Why?'\n")
    note(tmp_path, data, NOW)
    bring("a.jsonl", ONE)
    book = make_codebook(*definitions(Store.open(data)._db.conn))
    assert list(Labels(data).codebooks()) == [book.version]
    assert codebook_of(read_campaign(tmp_path / "campaign")).content == book.content


@pytest.mark.parametrize("codebook", ["", "698f9ce5b2"])
def test_labels_that_an_earlier_version_took_without_a_codebook_have_the_themes_of_their_day(
    tmp_path: Path, data: DataFolder, codebook: str
) -> None:
    """Or with the name of one that was never brought in."""
    invented.campaign_folder(tmp_path)
    note(tmp_path, data, NOW)
    split(tmp_path, money="fares")
    (tmp_path / "campaign" / "themes" / "fares.toml").unlink()
    note(tmp_path, data, LATER)
    labels = Labels(data)
    old = Coding("x", "1", "Dear fares", "Ann", "2026-09-01T00:00:00Z", relevant=True, themes=("fares",), origin="a.jsonl")
    old = replace(old, codebook=codebook)
    for number, at, themes, origin in (
        ("1", "2026-09-01T00:00:00Z", ("fares",), "a.jsonl"),
        ("2", NOW, ("drivers",), "a.jsonl"),
        ("3", LATER, ("pay",), "a.jsonl"),
        ("4", NOW, (), "b.jsonl"),
    ):
        labels.add(replace(old, native_id=number, text=f"Post {number}", coded_at=at, themes=themes, origin=origin))
    found = asked_of(tmp_path, data)
    assert found["4"] == {"money"}, "of what the campaign had then"
    assert found["1"] == found["2"] == {"money", "pay"}, "and of what the file gives: whoever made it knew it"
    assert found["3"] == {"money", "pay", "safety"}
    assert Labels(data).standing_of(("x", "4")) == [one for one in Labels(data).standing() if one.native_id == "4"]


def test_labels_taken_out_after_a_split_a_renaming_and_a_deletion_come_in_again_elsewhere(
    tmp_path: Path, data: DataFolder, bring: Bring
) -> None:
    questions = tmp_path / "campaign" / "questions.toml"
    questions.write_text("[[question]]\nslug = 'q1'\ntext = 'Why?'\n")
    bring("a.jsonl", {**ONE, "coder": "Ann", "questions": ["q1"]}, {**TWO, "coder": "Ann"})
    split(tmp_path, money="fares")
    (tmp_path / "campaign" / "themes" / "fares.toml").unlink()
    questions.unlink()
    campaign, out = read_campaign(tmp_path / "campaign"), tmp_path / "out.jsonl"
    take_out(data, out)
    there = DataFolder(tmp_path / "there")
    (report,) = bring_in(campaign, there, [out], now=LATER)
    assert report.text() == "out.jsonl: 2 labels added, 0 were here already." + not_here(2)
    assert standing(there) == [("1", "Ann", ("money",)), ("2", "Ann", ("drivers", "money"))]
    assert asked_of(tmp_path, there) == asked_of(tmp_path, data) == {"1": {"money"}, "2": {"money"}}
    for folder in (data, there):
        (report,) = bring_in(campaign, folder, [out], now=LATER)
        assert report.text() == "out.jsonl: 0 labels added, 2 were here already." + not_here(2)
    take_out(there, tmp_path / "again.jsonl")
    (report,) = bring_in(campaign, DataFolder(tmp_path / "third"), [tmp_path / "again.jsonl"], now=LATER)
    assert report.added == 2 and asked_of(tmp_path, DataFolder(tmp_path / "third")) == {"1": {"money"}, "2": {"money"}}
    assert [one.asked for one in labelled_posts(campaign, DataFolder(tmp_path / "none"), [out])] == [("drivers", "money")] * 2
    without = [json.loads(line) for line in out.read_text().splitlines()]
    out.write_text("".join(json.dumps({key: line[key] for key in line if key[:5] != "asked"}) + "\n" for line in without))
    assert len(labelled_posts(campaign, data, [out])) == 2, "the codebook that they name is here, and so are they"
    own = out.rename(tmp_path / "campaign" / "examples.jsonl")
    with pytest.raises(CampaignProblem, match=r'examples\.jsonl:2: themes: "drivers" is no theme'):
        labelled_posts(campaign, data)
    own.rename(out)
    with pytest.raises(CampaignProblem, match=r'out\.jsonl:2: themes: "drivers" is no theme.*"asked": '):
        bring_in(campaign, DataFolder(tmp_path / "fourth"), [out], now=NOW)


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({}, r'themes: "trams" is no theme.*Known: drivers, fares.*"asked": \[\.\.\.\]'),
        ({"asked": ["fares", "trains"]}, r'themes: "trams" is no theme.*Did you mean trains\?'),
        ({"asked": ["fares"], "themes": ["drivers"]}, r'themes: "drivers" is not among "asked"'),
        ({"asked": "trams"}, r"asked: .* is of the wrong kind"),
        ({"asked": ["trams", 3]}, r"asked: .* is no list of themes"),
        ({"asked": ["trams", "half \ud83d"]}, r"asked: .* is no list of themes"),
        ({"asked": ["trams", "Big Trams"]}, r"asked: .* is no list of themes"),
        ({"asked_questions": ["q1"], "questions": ["q2"], "themes": []}, r'questions: "q2" is no question'),
    ],
)
def test_a_theme_that_was_never_one_is_refused(data: DataFolder, bring: Bring, asked: dict[str, Any], wrong: str) -> None:
    with pytest.raises(CampaignProblem, match=r"a\.jsonl:2: " + wrong):
        bring("a.jsonl", ONE, {**TWO, "themes": ["trams"], **asked})
    assert not data.labels.exists()


def test_a_codebook_of_the_same_name_that_asked_about_other_themes_is_another(
    tmp_path: Path, data: DataFolder, bring: Bring
) -> None:
    bring("a.jsonl", {**ONE, "codebook": "v1"}, {**TWO, "codebook": "v1", "asked": ["fares", "drivers", "trams"]})
    bring("b.jsonl", {**ONE, "native_id": "3", "codebook": "v1", "asked": ["fares"]})
    books = asked_in(Labels(data).codebooks())
    by_post = {one.native_id: books[one.codebook].themes for one in Labels(data).standing()}
    assert by_post == {"1": {"fares", "drivers"}, "2": {"fares", "drivers", "trams"}, "3": {"fares"}}
    assert books["v1"].themes == {"fares", "drivers"}


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
