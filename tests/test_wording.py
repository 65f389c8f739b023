"""Numbers, weeks, errors and marked texts as people read them: the filters that the templates use."""

import importlib.util
import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.serving_config import DATASETTE_CONFIG
from tests.test_house import program
from tracker.telling import per_cent


def load_plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wording", DATASETTE_CONFIG / "plugins" / "wording.py")
    assert spec is not None and spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return plugin


wording = load_plugin()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-02", "2026-11-08", "2 to 8 November 2026"),
        ("2026-10-30", "2026-11-05", "30 October to 5 November 2026"),
        ("2026-12-28", "2027-01-03", "28 December 2026 to 3 January 2027"),
        ("2026-11-08", "2026-11-08", "8 November 2026"),
    ],
)
def test_days_are_said_as_people_say_them(first: str, last: str, said: str) -> None:
    assert wording.days(first, last) == said


def test_weeks_and_moments() -> None:
    assert wording.week("2026-W53") == "28 December 2026 to 3 January 2027"
    assert wording.moment("2026-07-31T23:30:00Z", "Europe/London") == "1 August 2026, 00:30"
    assert wording.count(1, "post", "posts") == "1 post" and wording.count(1200, "post", "posts") == "1,200 posts"


def test_shares_are_said_in_tens() -> None:
    assert [wording.in_ten(share) for share in (0.0, 0.04, 0.81, 0.96, 1.0)] == [
        "hardly any",
        "hardly any",
        "about 8 in 10",
        "nearly all",
        "nearly all",
    ]
    bare = {"recall": 0.5, "recall_low": None, "recall_high": None}
    assert wording.measured(bare, "recall") == "recall 0.50"


def test_a_per_cent_is_written_in_one_way() -> None:
    """46 %, on pages, in messages and in what a night notes; nowhere 46%."""
    assert [per_cent(share) for share in (0.0, 0.463, 1.0)] == ["0 %", "46 %", "100 %"]
    otherwise = re.compile(r"\.[0-9]%\}|[0-9]%%|[0-9}]%(?=[ .,;)<]|$)", re.MULTILINE)
    written = [path for path in (*program(), *DATASETTE_CONFIG.rglob("*.html")) if "db" not in path.parts]
    found = {str(path): otherwise.findall(re.sub(r"\{%.*?%\}", "", path.read_text("utf-8"))) for path in written}
    assert len(found) > 300 and {path: ways for path, ways in found.items() if ways} == {}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "http://", "http://[", "ftp://example.org", "", None]
)
def test_a_browser_is_sent_to_the_web_alone(address: str | None) -> None:
    assert wording.web(address) is None
    assert wording.web("https://example.org/a?b=1") == "https://example.org/a?b=1"


def test_marks_stand_where_the_words_are() -> None:
    text = "👩‍👩‍👧 co-production with e\u0301lan"
    start = text.index("co-")
    assert wording.pieces(text, [[start, start + 13], [start + 3, start + 13]]) == [
        (text[:start], False),
        ("co-production", True),
        (text[start + 13 :], False),
    ]


def test_a_long_text_is_shown_around_its_first_mark() -> None:
    text = "before " * 200 + "outsourcing" + " after" * 200
    start = text.index("outsourcing")
    shown = wording.pieces(text, [[start, start + 11]], 300)
    assert ("outsourcing", True) in shown
    assert shown[0] == ("…", False) and shown[-1] == ("…", False)
    assert 200 < sum(len(words) for words, _ in shown) < 310


def test_commands_in_what_the_program_says_are_shown_as_code_and_nothing_else_of_it_is_markup() -> None:
    assert wording.in_code("Install it (`make teacher`): <b>`a < b`</b> `") == (
        "Install it (<code>make teacher</code>): &lt;b&gt;<code>a &lt; b</code>&lt;/b&gt; `"
    )


@given(
    text=st.text(max_size=300),
    spans=st.lists(st.tuples(st.integers(-5, 320), st.integers(-5, 320)), max_size=6),
    limit=st.none() | st.integers(20, 200),
)
def test_nothing_is_added_and_without_a_limit_nothing_is_left_out(
    text: str, spans: list[tuple[int, int]], limit: int | None
) -> None:
    shown = wording.pieces(text, spans, limit)
    joined = "".join(words for words, _ in shown)
    if limit is None:
        assert joined == text
        assert sum(len(words) for words, marked in shown if marked) == len(
            {place for start, end in spans for place in range(max(0, start), min(end, len(text)))}
        )
    else:
        assert joined.removeprefix("…").removesuffix("…").strip("…") in text or joined.strip("…") in text
        assert len(joined) <= limit + 2
