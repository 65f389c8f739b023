"""Reading labelled posts: what a good file gives, and what each mistake is told as."""

import gzip
import json
from pathlib import Path

import pytest

from tests.campaign_folder import QUESTIONS, THEME, Folder, folder_in
from tests.warm import ran
from tracker.campaign import read_campaign, read_examples
from tracker.contradicting import contradictions
from tracker.labelled import labelled_lines
from tracker.problems import CampaignProblem, UsageProblem


@pytest.fixture
def labelled(tmp_path: Path) -> Folder:
    folder = folder_in(tmp_path)
    folder.write("themes/fares.toml", THEME)
    folder.write("themes/stops.toml", 'name = "Stops"\n')
    folder.write("questions.toml", QUESTIONS)
    return folder


def test_labelled_posts_are_read_in_order(labelled: Folder) -> None:
    path = labelled.write(
        "examples.jsonl",
        '\ufeff{"text": "Dear fares", "themes": ["fares", "fares"], "questions": ["q1"], '
        '"origin": "invented", "relevant": true}\r\n'
        "\r\n"
        '{"text": "Half \\ud83d pair", "themes": [], "lang": "en", "native_id": "7", "platform": "x", "probability": 0.5}\n'
        '{"text": "No label\u2028at all", "my_note": 1}',
    )
    first, second, third = read_examples(path, read_campaign(labelled.path))
    assert (first.themes, first.questions, first.origin, first.relevant) == (("fares",), ("q1",), "invented", True)
    assert (second.text, second.themes, second.native_id) == ("Half \ufffd pair", (), "7")
    assert (third.text, third.themes, third.origin) == ("No label\u2028at all", None, "human")


@pytest.mark.parametrize(
    ("written", "read"),
    [("en-GB", "en"), ("EN", "en"), ("zh_Hant", "zh"), ("und", None), ("", None), ("qht", None), ("zxx", None), ("es", "es")],
)
def test_a_language_is_read_without_its_region_and_one_that_is_not_known_as_none(
    labelled: Folder, written: str, read: str | None
) -> None:
    path = labelled.write("examples.jsonl", json.dumps({"text": "Dear fares", "themes": ["fares"], "lang": written}))
    assert read_examples(path, read_campaign(labelled.path))[0].lang == read


def test_entities_in_words_are_decoded_once_as_when_posts_are_imported(labelled: Folder) -> None:
    path = labelled.write("examples.jsonl", json.dumps({"text": "Fares &amp; stops don&#39;t mix, &amp;lt;", "themes": []}))
    assert read_examples(path, read_campaign(labelled.path))[0].text == "Fares & stops don't mix, &lt;"


def test_an_empty_file_of_labels_is_fine_and_so_is_a_post_without_words(labelled: Folder) -> None:
    campaign = read_campaign(labelled.path)
    assert read_examples(labelled.write("more.jsonl", ""), campaign) == []
    (picture,) = read_examples(labelled.write("more.jsonl", '{"text": " ", "themes": []}'), campaign)
    assert (picture.text, picture.themes) == (" ", ())


LABEL_MISTAKES = [
    ('{"text": "a", "themes": ["fare"]}', '1: themes: "fare" is no theme', "Did you mean fares?"),
    ('{"text": "a", "themes": ["xyz"]}', '1: themes: "xyz" is no theme', "Known: fares, stops"),
    ('{"text": "a", "themes": [["fares"]]}', "1: themes: ", "Known: fares, stops"),
    ('{"text": "a", "themes": "fares"}', '1: themes: "fares" is of the wrong kind', '"themes": ["fares"]'),
    ('{"text": "a", "theme": ["fares"]}', "1: theme: is not a key", 'Did you mean "themes"?'),
    ('{"text": "a", "questions": ["q2"]}', '1: questions: "q2" is no question', "q1"),
    ('\n{"text": null}', "2: text: is missing", '"text"'),
    ('{"text": 5}', "1: text: 5 is of the wrong kind", "quotation marks"),
    ('{"text": "a", "relevant": "yes"}', "1: relevant: ", "true or false"),
    ('{"text": "a", "platform": "twitter"}', '1: platform: "twitter" is not one of', "platform"),
    ('{"text": "a", "origin": "real"}', '1: origin: "real" is not one of invented, human', "origin"),
    ('{"text": "a", "probability": 2}', "1: probability: ", "0.25"),
    ('{"text": "a", "probability": NaN}', "1: probability: ", "0.25"),
    ('{"text": "a"}\n{"text": "b", "themes": [}', "2: themes: is not JSON", '{"text"'),
    ('{"text": "a"} {"text": "b"}', "1: text: is not JSON (Extra data)", '{"text"'),
    ('{"text": "a"}\nhello', "2: line: is not JSON", '{"text"'),
    ('{"text": "a", "themes": [true]}', "1: themes: true is no theme", "Known: fares, stops"),
    ('{"text": ["a", null]}', '1: text: ["a", null] is of the wrong kind', "quotation marks"),
    ('{"text": "a", "themes": [null]}', "1: themes: null is no theme", '"themes": []'),
    ('{"text": "a", "themes": ["None"]}', '1: themes: "None" is no theme', '"themes": []'),
    ('["a"]\nrubbish', "1: file: this is one JSON array", "without a list around"),
    (
        '\n[{"text": "a", "native_id":\n"1"}]',
        "2: file: this is one JSON array",
        '{"text": "The words of the post.", "themes": ["fares"]}',
    ),
    ('{"text": "a"}\n["b"]', "2: line: is no JSON object", "one object a line"),
    ('{"text": "a"}\n' + "[" * 100_000, "2: line: is not JSON", '{"text"'),
    ('{"text": "a"}\n'.encode("utf-16"), "1: file: this is UTF-16 text", "UTF-8"),
    ('{"text": "a"}\n'.encode("utf-16-le"), "1: file: this is UTF-16 text", "UTF-8"),
    ('{"text": "a", "themes": [], "themes": ["fares"]}', "1: themes: stands more than once", "Leave one"),
    ('{"text": "a", "themes": ["fares"], "relevant": false}', '1: themes: stands beside "relevant": false', '"themes": []'),
    ('{"text": "a", "themes": ["fares"], "cannot_tell": true}', '1: themes: stands beside "cannot_tell": true', '"themes": []'),
    ('{"text": "a", "relevant": true, "cannot_tell": true}', '1: relevant: stands beside "cannot_tell": true', "whichever"),
    ('{"text": "a", "relevant": false, "cannot_tell": true}', '1: relevant: stands beside "cannot_tell": true', "whichever"),
    ('{"text": "a", "coded_at": "yesterday"}', '1: coded_at: "yesterday" is no day', "2026-10-05T08:00:00Z"),
    ('{"text": "a", "coded_at": "2026-13-45T99:99:99Z"}', "1: coded_at: ", "2026-10-05T08:00:00Z"),
    ('{"text": "a", "coded_at": "0001-01-01T00:00:00+14:00"}', "1: coded_at: ", "2026-10-05T08:00:00Z"),
    ('{"text": ' + "9" * 5000 + "}", "1: text: is not JSON", '{"text"'),
    (b'{"text": "caf\xe9"}', "1: line: this line is not UTF-8", "UTF-8"),
]


@pytest.mark.parametrize(("content", "wrong", "advice"), LABEL_MISTAKES, ids=[str(row[1]) for row in LABEL_MISTAKES])
def test_each_mistake_in_labels_is_told(labelled: Folder, content: str | bytes, wrong: str, advice: str) -> None:
    path = labelled.write("examples.jsonl", content)
    with pytest.raises(CampaignProblem) as caught:
        read_examples(path, read_campaign(labelled.path))
    assert caught.value.what.startswith(f"{path}:{wrong}"), caught.value.lines()
    assert advice in caught.value.next_step


ROWS = [{"text": f"Dear fares, day {day}", "themes": ["fares"], "more": {"a": 1}} for day in range(30)]
OTHER_KINDS: dict[str, tuple[bytes, str]] = {
    "gzip": (gzip.compress("".join(json.dumps(row) + "\n" for row in ROWS).encode()), "a file packed with gzip"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(range(256)) * 20, "a zip archive, or a spreadsheet"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "no text (a picture"),
    "a table": (b"text,themes\n" + b"Dear fares,fares\n" * 30, "a table (CSV)"),
    "plain text": (b"\nDear fares\n" * 30, "plain text"),
    "a page": (b"<!doctype html>\n<p>Sign in, please</p>\n", "a web page or XML"),
    "an object over lines": ("\n".join(json.dumps(row, indent=2) for row in ROWS).encode(), "JSON with an object over several"),
    "an object of lists": (json.dumps({"posts": ROWS}, indent=1).encode(), "JSON with an object over several lines"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_file_of_another_kind_is_one_mistake(labelled: Folder, tmp_path: Path, kind: str) -> None:
    content, seems = OTHER_KINDS[kind]
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.raises(CampaignProblem) as caught:
        read_examples(path, read_campaign(labelled.path))
    assert f": file: this seems to be {seems}" in caught.value.what and not caught.value.others
    assert "one" in caught.value.next_step and '(JSONL), such as: {"text": "The words of the post."' in caught.value.next_step


def test_every_command_that_reads_labels_tells_of_a_file_of_another_kind(labelled: Folder, tmp_path: Path) -> None:
    path, common = tmp_path / "labels.jsonl", ["--campaign", labelled.path, "--data", tmp_path / "data"]
    path.write_bytes(OTHER_KINDS["a table"][0])
    assert ran("train", *common).code == 0
    for command in (("train", "--labels"), ("evaluate", "--labels"), ("labels", "--bring-in"), ("train", "--pool")):
        said = ran(*command, path, *common)
        assert said.code == 2 and said.err.count("labels.jsonl:1: file: this seems to be a table (CSV), not JSON.") == 1
        assert said.err.count("labels.jsonl:") == 1 and not (tmp_path / "data" / "labels.db").exists()


def test_names_are_read_without_white_space_around_and_moments_in_utc(labelled: Folder) -> None:
    line = (
        '{"text": "a", "platform": "x", "native_id": " 9 05 ", "coder": " Ann  Lee", "coded_at": "%s", "my": {"text": 1, "b": 2}}'
    )
    moments = {"2026-10-05": "2026-10-05T00:00:00Z", "2026-10-05T01:30:00+02:00": "2026-10-04T23:30:00Z"}
    for written, kept in moments.items():
        path = labelled.write("more.jsonl", line % written)
        (one,) = read_examples(path, read_campaign(labelled.path))
        assert (one.native_id, one.coder, one.coded_at) == ("9 05", "Ann Lee", kept)


def test_a_pool_needs_no_labels_that_fit(labelled: Folder) -> None:
    path = labelled.write(
        "pool.jsonl", '{"text": "a", "themes": ["of another campaign"], "relevant": 3, "coded_at": "soon"}\n{"text": "b"}\n'
    )
    campaign = read_campaign(labelled.path)
    assert [(one.text, one.themes, one.relevant) for one in read_examples(path, campaign, labels=False)] == [
        ("a", None, None),
        ("b", None, None),
    ]


def test_a_named_file_that_is_not_there(labelled: Folder) -> None:
    with pytest.raises(UsageProblem) as caught:
        read_examples(labelled.path / "labels.jsonl", read_campaign(labelled.path))
    assert "labels.jsonl" in caught.value.what


def test_contradictory_labels_are_found(labelled: Folder) -> None:
    path = labelled.write(
        "examples.jsonl",
        '{"text": "Buses are dear", "themes": ["fares"], "relevant": true}\n'
        '{"text": "buses  are DEAR", "themes": ["stops"]}\n'
        '{"text": "Buses are dear", "themes": [], "relevant": false}\n'
        '{"text": "Buses are dear", "themes": [], "cannot_tell": true}\n'
        '{"text": "Buses are dear"}\n',
    )
    assert contradictions(labelled_lines(path, read_campaign(labelled.path))) == [(1, 2), (1, 3)]


def test_lines_that_were_asked_about_other_themes_contradict_each_other_on_those_of_both_alone(labelled: Folder) -> None:
    path = labelled.write(
        "examples.jsonl",
        '{"text": "Buses are dear", "themes": ["fares"], "asked": ["fares"]}\n'
        '{"text": "Buses are dear", "themes": ["fares", "stops"], "asked": ["fares", "stops"]}\n'
        '{"text": "Buses are dear", "themes": ["fares"], "asked": ["fares", "stops"]}\n'
        '{"text": "Buses are dear", "themes": []}\n',
    )
    assert contradictions(labelled_lines(path, read_campaign(labelled.path))) == [(1, 4), (2, 3)]
