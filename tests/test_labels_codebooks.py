"""What labels that are brought in were asked about: themes that are born, split and renamed, codebooks of the same name."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db.coding import definitions
from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.labelling import bring_in, take_out
from pipelines.train import labelled_posts
from pipelines.verdicts import settled
from tests import invented
from tests.bringing import LATER, NOW, ONE, TWO, Bring, not_here, note, standing
from tests.bringing import bring as bring
from tests.bringing import data as data
from tracker.campaign import read_campaign
from tracker.codebook import codebook_of, make_codebook
from tracker.codings import Coding, asked_in
from tracker.problems import CampaignProblem
from tracker.settling import asked_now, in_names_of_now, names_now
from tracker.themes.gold import gold_posts


def split(tmp_path: Path, **renamed: str) -> None:
    """The campaign's drivers become pay and safety; renamed: the old names of new themes."""
    themes = tmp_path / "campaign" / "themes"
    (themes / "drivers.toml").unlink()
    for slug in ("pay", "safety", *renamed):
        before = f"renamed_from = ['{renamed[slug]}']" if slug in renamed else ""
        (themes / f"{slug}.toml").write_text(f"name = '{slug}'\nmeaning = 'All about {slug}.'\n{before}\n")


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
