"""The codebook's order and its keys, from few choices to far too many."""

import json
from itertools import chain

import pytest

from tests.many_themes import GROUPS, SERVICES, campaign
from tracker.codebook import KEYS, LETTERS, keys_of, make_codebook
from tracker.records import Theme

COMMANDS = frozenset("rncysmu")


def defined(*themes: Theme) -> list[dict[str, object]]:
    return [{"slug": one.slug, "name": one.name, "group": one.group, "dimension": one.dimension} for one in themes]


def asked(many: int) -> list[dict[str, str]]:
    return [{"slug": f"q{place}", "text": "What?", "answers_when": ""} for place in range(many)]


@pytest.mark.parametrize("sizes", [[], [0], [3, 0, 1], [20, 9], [29]])
def test_few_choices_have_single_keys_in_their_order(sizes: list[int]) -> None:
    assert list(chain(*keys_of(sizes))) == list(KEYS[: sum(sizes)])


@pytest.mark.parametrize("sizes", [[30], [8, 12, 7, 3, 5, 3], [1] * 19 + [11], [1] * 40, [190], [95, 1, 94]])
def test_each_of_many_choices_has_a_key_of_its_own_that_is_no_command(sizes: list[int]) -> None:
    keys = list(chain(*keys_of(sizes)))
    assert [len(part) for part in keys_of(sizes)] == sizes
    assert len(set(keys)) == sum(sizes) and "" not in keys
    assert not {key[0] for key in keys} & COMMANDS and {len(key) for key in keys} == {2}
    assert all(key[1].isdigit() for key in keys), "a digit never goes to a group, and a letter never ticks"


def test_each_group_begins_with_a_letter_of_its_own_where_letters_reach() -> None:
    assert keys_of([2, 11, 20]) == [
        ["a1", "a2"],
        [*(f"b{digit}" for digit in "1234567890"), "d1"],
        [f"{letter}{digit}" for letter in "ef" for digit in "1234567890"],
    ]
    assert not set(LETTERS) & COMMANDS


def test_what_has_no_key_is_counted() -> None:
    many = [Theme(f"t{place}", f"Theme {place}", "") for place in range(200)]
    assert make_codebook(defined(*many), []).keyless == 10
    assert make_codebook(defined(*many[:190]), []).keyless == 0


def test_themes_stand_in_their_groups_and_services_and_questions_have_letters() -> None:
    book = make_codebook(defined(*campaign().themes), asked(3))
    themes, services = book.dimensions
    headings = [(group["heading"], len(group["themes"])) for group in themes["groups"]]
    assert headings == [(name or "Without a group", many) for name, many in GROUPS.items()]
    assert [group["heading"] for group in services["groups"]] == [""], "what has no groups needs no heading"
    assert [group["letters"] for group in themes["groups"]] == [("a",), ("b", "d"), ("e",), ("f",)]
    assert [theme["key"] for theme in services["themes"]] == [f"g{place + 1}" for place in range(len(SERVICES))]
    assert [question["key"] for question in book.questions] == ["h1", "h2", "h3"] and book.asked_letters == ("h",)
    assert book.letters == ("a", "b", "d", "e", "f", "g", "h") and book.keyless == 0


def test_groups_change_neither_the_version_nor_the_content() -> None:
    """A theme file that stands between two of another group is shown with its own; who coded before coded by the same book."""
    mixed = defined(Theme("a", "A", "", group="One"), Theme("b", "B", "", group="Two"), Theme("c", "C", "", group="One"))
    book = make_codebook(mixed, asked(1))
    assert [theme["slug"] for theme in book.dimensions[0]["themes"]] == ["a", "c", "b"]
    assert [theme["key"] for theme in book.dimensions[0]["themes"]] == ["1", "2", "3"] and book.questions[0]["key"] == "4"
    assert [theme["slug"] for theme in json.loads(book.content)["themes"]] == ["a", "b", "c"]
    assert book.letters == () == book.asked_letters
