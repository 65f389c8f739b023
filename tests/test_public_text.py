"""What of a text may be public: no names, no addresses of people, no runs of other people's words."""

import pytest

from tracker.public_text import names_in, public_address, public_link, repeats_others, runs, without_names


def test_names_are_taken_out_of_own_posts_and_found_in_what_is_published() -> None:
    text = (
        "Thanks @ann, @bob@social.example and @ourhouse! See https://x.com/ann/status/1, https://example.org/paper?from=ann. "
        "Write to cat@mail.example or did:plc:abc123."
    )
    shown = without_names(text, ["ourhouse"])
    assert shown == (
        "Thanks [name], [name] and @ourhouse! See [link], https://example.org/paper?from=ann. Write to [name] or [name]."
    )
    assert names_in(shown, ["ourhouse"]) == [] and names_in(shown, []) == ["@ourhouse"]
    assert len(names_in(text, ["ourhouse"])) == 5


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("RT @ann: My nurse left", True),
        ("So true! MT ＠ann My nurse left", True),
        ("“RT:@ann My nurse left”", True),
        ("RT [removed]: My nurse left", True),
        ("Start @ann's petition, and RT if you agree", False),
        ("@ann asked: what is an RT?", False),
    ],
)
def test_an_own_post_that_repeats_somebody_by_hand_is_told(text: str, repeats: bool) -> None:
    assert repeats_others(text) is repeats


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("cc@ann, @ann/@bob", "[name], [name]/[name]"),
        ("x.com/ann/status/1 and www.paper.example/news", "[link] and www.paper.example/news"),
        ("social.example/@ann", "[link]"),
        ("ann.bsky.social said so.", "[name] said so."),
        ("＠ann, .@ann-lee.", "[name], .[name]."),
        ("We meet @ 5 and/or later, 3.5/10", "We meet @ 5 and/or later, 3.5/10"),
    ],
)
def test_names_are_found_however_they_are_written(written: str, shown: str) -> None:
    assert without_names(written, []) == shown
    assert names_in(shown, []) == [] and (names_in(written, []) != [] or written == shown)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.paper.example/news/2026/a-b?utm_source=ann#top", "https://www.paper.example/news/2026/a-b"),
        ("HTTP://council.example", "http://council.example"),
        ("https://twitter.com/ann", None),
        ("https://m.facebook.com/ann", None),
        ("https://ann.substack.com/p/1", None),
        ("https://social.example/@ann", None),
        ("https://social.example/users/ann/statuses/1", None),
        ("https://forum.example/u/ann", None),
        ("https://paper.example/profile/ann", None),
        ("https://paper.example/by/ann", None),
        ("https://ann:secret@paper.example/", None),
        ("https://paper.example/%40ann", None),
        ("https://bit.ly/3x", None),
        ("https://pixelfed.example/p/ann/123", None),
        ("https://ann.blogspot.co.uk/2026/11/", None),
        ("https://clearsky.example/ann.bsky.social", None),
        ("https://archive.example/web/2026/https://ann.bsky.social", None),
        ("https://www.paypal.example/paypalme/ann", None),
        *((f"https://{site}/ann", None) for site in ("wa.me", "m.me", "paypal.me", "vimeo.com", "www.snapchat.com", "cutt.ly")),
        ("https://paper.example/?via=t.co", "https://paper.example/"),
        ("javascript:alert(1)", None),
        ("https://[::1", None),
        ("https://localhost/a", None),
    ],
)
def test_only_addresses_of_nobody_are_shown(url: str, shown: str | None) -> None:
    assert public_address(url) == shown


def test_an_address_whose_words_could_be_a_headline_is_counted_as_its_site() -> None:
    long = "https://paper.example/2026/11/what-people-really-want-from-buses?x=1"
    assert public_link(long, []) == "https://paper.example/"
    assert public_link(long, [long.partition("?")[0]]) == long.partition("?")[0]
    assert public_link("https://paper.example/petition/keep-it", []) == "https://paper.example/petition/keep-it"
    assert public_link("https://x.com/ann", []) is None


def test_runs_of_eight_words_are_found_in_addresses_too() -> None:
    assert list(runs("One two, three_four: FIVE six seven eight")) == [
        ("one", "two", "three", "four", "five", "six", "seven", "eight")
    ]
    assert len(list(runs("https://a.example/2026/11/one-two-three-four"))) == 2
    assert list(runs("too few words")) == []
