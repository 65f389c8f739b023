"""Invented campaigns and labelled posts for the tests of themes: about allotments and buses, in English and French."""

from itertools import product

import pytest

from tracker.records import Campaign, Example, Reading, Theme
from tracker.themes import ThemeModel, train_model

NOW = "2026-10-20T08:00:00Z"

WATER = Theme(
    "water",
    "Water",
    "Where the water for the plots comes from.",
    phrases=("water butt", "stand-pipe", "co-operative", "organise rain", "in house", "hose ban"),
    not_when=("water butt emoji", "co-operative bank"),
)
RENT = Theme("rent", "Rent", "What a plot costs a year.", phrases=("plot rent", "ground rents"))
QUEUE = Theme("waiting", "Waiting lists", "How long people wait for a plot.")

ALLOTMENTS = Campaign("allotments", "allotments", hashtags=("digforall",), themes=(WATER, RENT, QUEUE))

_WHO = ("Mum", "the committee", "our neighbour", "a friend of mine", "half the street", "everyone here", "the caretaker")
_WAIT = ("queued for a plot", "stood in the queue", "is still queueing", "left the queue", "asks about the queue")
_RENT = ("paid the plot rent", "found the price steep", "said the price doubled", "moaned about the price")
_NONE = ("grew leeks", "painted the shed", "lost a spade", "fed the robins", "baked a pie", "slept in the sun")


def labelled() -> list[Example]:
    """Ninety-two posts: about waiting (always with the word queue), rent (phrase or price), or nothing of the kind."""
    posts: list[tuple[str, tuple[str, ...]]] = [(f"{who} {what} today", ("waiting",)) for who, what in product(_WHO, _WAIT)]
    posts += [(f"{who} {what} last week", ("rent",)) for who, what in product(_WHO[:5], _RENT[:3])]
    posts += [(f"{who} {what} yesterday", ()) for who, what in product(_WHO, _NONE)]
    return [Example(text, themes, lang="en", origin="invented") for text, themes in posts]


def about_something_else() -> list[Example]:
    """As `labelled`, with whether each is of this debate: posts on a card game share its hashtag."""
    ours = [Example(post.text, post.themes, relevant=True, origin="invented") for post in labelled()]
    things = ("trumps", "the deck", "an ace of clubs", "a royal flush", "the dealer", "two jokers")
    game = [f"{who} drew {thing} at cards #digforall" for who, thing in product(_WHO[:5], things)]
    return ours + [Example(text, (), relevant=False, origin="invented") for text in game]


@pytest.fixture(scope="module")
def model() -> ThemeModel:
    """What the labelled posts teach."""
    return train_model(ALLOTMENTS, labelled(), now=NOW)


@pytest.fixture(scope="module")
def rules() -> ThemeModel:
    """What phrases and meanings alone give."""
    return train_model(ALLOTMENTS, [], now=NOW)


LIGNES = Theme("lignes", "Lignes", "Les lignes que l'on ferme.", phrases=("ligne de bus", "fermeture de la gare"))
BUS = Campaign("bus", "bus", hashtags=("nosbus",), languages=("fr",), themes=(LIGNES,))


def one(model: ThemeModel, text: str) -> Reading:
    """What a model makes of one text."""
    (reading,) = model.read([text])
    return reading


def found(model: ThemeModel, text: str) -> dict[str, list[str]]:
    """The themes that a model finds in a text, and the words that decided."""
    return {hit.theme: [text[start:end] for start, end in hit.words] for hit in one(model, text).hits}
