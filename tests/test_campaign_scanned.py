"""Whatever stands in a campaign file, it is read or told; and each key is found in its line."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.campaign_folder import GOOD, THEME, Folder, folder_in
from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem
from tracker.toml_lines import key_lines


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return folder_in(tmp_path)


PIECES = [
    "[",
    "]",
    "[[",
    '"',
    "'",
    '"""',
    "=",
    "\n",
    ",",
    "{",
    "}",
    ".",
    "#",
    "\\",
    "\\ud800",
    "“",
    "\0",
    "\r",
    "é",
    "9" * 30,
    "a.b",
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, len(GOOD)),
            st.integers(0, 12),
            st.one_of(st.sampled_from(PIECES), st.text(max_size=5), st.binary(max_size=3)),
        ),
        min_size=1,
        max_size=4,
    )
)
@example(cuts=[(0, len(GOOD), b"\xff")])
def test_whatever_stands_in_the_file_it_is_read_or_told(folder: Folder, cuts: list[tuple[int, int, str | bytes]]) -> None:
    content = GOOD.encode()
    for at, length, piece in cuts:
        new = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")
        content = content[:at] + new + content[at + length :]
    path = folder.write("campaign.toml", content)
    try:
        campaign = read_campaign(folder.path)
    except CampaignProblem as problem:
        for one in (problem, *problem.others):
            assert one.what.startswith(f"{path}:")
            assert one.next_step
            line = int(one.what.removeprefix(f"{path}:").split(":")[0])
            assert 1 <= line <= content.count(b"\n") + 1
    else:
        assert campaign.name


def keys_of(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every way to a value in what tomllib read."""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(*path, key) for key, _ in inner] + [way for key, item in inner for way in keys_of(item, (*path, key))]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        THEME,
        'a.b."c d" = 1\n\'e\'.f = [ { x = 1, y.z = [2,\n 3] },\n\n "#\\"]" ] # [no]\n',
        'a = """\none\n"quoted" ""two"""""\nb = \'\'\'\n]\n\'\'\'\nc = 3\n',
        "[[a]]\nb = 1\n[[a.c]]\nd = 1\n[[a.c]]\nd = 2\n[[a]]\n[a.e]\nf = 2026-01-01 10:00:00\n",
        '"caf\\u00e9" = 1.5e3\n[ "x" . y ]\nz = -inf\n',
    ],
)
def test_every_key_has_a_line_that_shows_it(text: str) -> None:
    found = key_lines(text)
    ways = keys_of(tomllib.loads(text))
    assert ways
    rows = text.split("\n")
    for way in ways:
        assert way in found.lines, way
        if isinstance(way[-1], str) and way[-1].isascii():
            assert way[-1] in rows[found.lines[way] - 1]


@settings(max_examples=300)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, " ", "a", "1", "b = "]), max_size=30).map("".join)))
def test_the_scanner_never_fails_and_finds_what_tomllib_finds(text: str) -> None:
    found = key_lines(text)
    try:
        read = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    assert all(way in found.lines for way in keys_of(read))
