"""Hostile files beside the repository: each gives the rows that can be had of it, or is refused in words."""

import csv
import json
from pathlib import Path

import pytest

from tests.exported import kinds, rows_of
from tracker.platforms.text import html_to_text
from tracker.problems import Problem, TruncatedFile, UnknownFormat
from tracker.records import Found

pytestmark = pytest.mark.shared

ROWS = {
    "bluesky_odd_times_and_langs.json": "FFFFF",
    "csv_cr_only.csv": "FF",
    "csv_excel_ids_lossy.csv": "RR",
    "csv_float_ids.csv": "R",
    "csv_formula_injection.csv": "FFFFFF",
    "csv_header_only.csv": "",
    "csv_is_zip.csv": "",
    "csv_mixed_encodings.csv": "FRF",
    "csv_nul_bytes.csv": "FF",
    "csv_ragged.csv": "FRR",
    "csv_repeated_header_midfile.csv": "FF",
    "csv_utf16le_excel_unicode.csv": "F",
    "dup_conflicting_text.jsonl": "FF",
    "edited_chain.jsonl": "FF",
    "gz_trailing_garbage.jsonl.gz": "F",
    "json_array_pretty.json": "FF",
    "json_big_ints.jsonl": "FR",
    "json_dup_keys.jsonl": "F",
    "json_empty_page_with_token.json": "",
    "json_nul_escape.jsonl": "F",
    "jsonl_bom.jsonl": "F",
    "jsonl_truncated_middle.jsonl": "FRF",
    "mastodon_html_injection.json": "F",
    "reddit_deleted.ndjson": "WWF",
    "sql_wildcards.jsonl": "F",
    "text_25k_chars.jsonl": "F",
    "text_rtl_bidi.jsonl": "FF",
    "tweet_time_vs_snowflake.jsonl": "F",
    "withheld.jsonl": "F",
    "x_archive_deleted-tweets.js": "W",
    "zst_truncated.jsonl.zst": "T",
}
REFUSED: dict[str, tuple[type[Problem], str]] = {
    "csv_no_header.csv": (UnknownFormat, "no known header"),
    "gz_bad_crc.jsonl.gz": (TruncatedFile, "cannot be read as it was packed"),
}


def test_no_hostile_file_is_left_out(shared: Path) -> None:
    listed = {entry["file"] for entry in json.loads((shared / "data/nasty/expected.json").read_bytes())}
    assert ROWS.keys() | REFUSED.keys() == listed


@pytest.mark.parametrize("name", ROWS)
def test_hostile_files_give_what_can_be_had_of_them(shared: Path, name: str) -> None:
    assert kinds(shared / "data/nasty" / name) == ROWS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_files_of_which_nothing_can_be_had_are_refused_in_words(shared: Path, name: str) -> None:
    problem, said = REFUSED[name]
    with pytest.raises(problem, match=said):
        rows_of(shared / "data/nasty" / name)


def test_damaged_ids_are_told_without_them_and_broken_rows_by_their_line(shared: Path) -> None:
    folder = shared / "data/nasty"
    for name in ("csv_excel_ids_lossy.csv", "csv_float_ids.csv"):
        reasons = [getattr(row, "reason", "") for _, row in rows_of(folder / name)]
        assert reasons and all("damaged by a spreadsheet" in one and "1.8479" not in one for one in reasons)
    assert [row.line for _, row in rows_of(folder / "csv_mixed_encodings.csv")] == [2, 3, 4]
    assert [row.line for _, row in rows_of(folder / "csv_ragged.csv")] == [2, 3, 4]


def test_what_spreadsheets_would_run_is_kept_letter_by_letter(shared: Path) -> None:
    path = shared / "data/nasty/csv_formula_injection.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [(row["text"], row["author.username"]) for row in csv.DictReader(stream)]
    posts = [row.post for _, row in rows_of(path) if isinstance(row, Found)]
    assert [(post.text, post.author.handle if post.author else "") for post in posts] == [
        (text, handle.strip()) for text, handle in cells
    ]


def test_text_of_other_encodings_is_intact(shared: Path) -> None:
    path = shared / "data/nasty/csv_utf16le_excel_unicode.csv"
    ((_, row),) = rows_of(path)
    assert isinstance(row, Found) and row.post.text == path.read_bytes().decode("utf-16").splitlines()[1].split("\t")[4]


def test_what_is_kept_is_what_the_files_say(shared: Path) -> None:
    folder = shared / "data/nasty"
    chain = [row.post for _, row in rows_of(folder / "edited_chain.jsonl") if isinstance(row, Found)]
    assert {post.native_id for post in chain} == {"1847900000000000001"} and chain[1].edited_at
    ((_, long),) = rows_of(folder / "text_25k_chars.jsonl")
    whole = json.loads((folder / "text_25k_chars.jsonl").read_bytes())["data"][0]["note_tweet"]["text"]
    assert isinstance(long, Found) and long.post.text == whole and len(whole) > 20_000
    ((_, nul),) = rows_of(folder / "json_nul_escape.jsonl")
    assert isinstance(nul, Found) and nul.post.text == "ab #SaveOurBuses"
    hostile = json.loads((folder / "mastodon_html_injection.json").read_bytes())[0]["content"]
    assert html_to_text(hostile) == "Hi x #SaveOurBuses\ntwo\nlines & 5 < 6\n\npara"
