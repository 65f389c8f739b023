"""What the platforms' own rules say: ids, times, text, hashtags, and what is private."""

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exports.head import Head
from tracker.exports.strangers import looks_like
from tracker.platforms import mastodon, mastodon_archive, x, x_legacy, x_table
from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.text import (
    MOST_TAGS,
    find_hashtags,
    find_links,
    find_mentions,
    html_to_text,
    is_lossy_number,
    plain_entities,
    read_html,
    tag_key,
    utc,
)
from tracker.platforms.x_cells import id_in_cells
from tracker.platforms.x_named import tags_in

TWEET = {"id": "2096871087928247273", "text": "hello", "author_id": "7", "created_at": "2026-09-07T08:00:00.000Z"}
STATUS = {
    "id": "117000000000000001",
    "uri": "https://example.social/users/kit/statuses/117000000000000001",
    "url": "https://example.social/@kit/117000000000000001",
    "created_at": "2026-09-07T08:00:00.417Z",
    "visibility": "public",
    "content": "<p>hello</p>",
    "account": {"id": "9", "acct": "kit", "url": "https://example.social/@kit", "uri": "https://example.social/users/kit"},
}


# ---- text ------------------------------------------------------------------------------------------------------------


def test_html_becomes_the_text_that_people_see() -> None:
    source = (
        '<p>Hi <a href="javascript:alert(1)" onclick=alert(1)>x</a><script>alert(1)</script><style>*{display:none}</style> '
        '<a href="https://m.example/tags/OurBuses" class="mention hashtag" rel="tag">#<span>OurBuses</span></a>'
        "<br>two<br/>lines &amp; 5 &lt; 6</p><p>para</p>"
    )
    assert html_to_text(source) == "Hi x #OurBuses\ntwo\nlines & 5 < 6\n\npara"


def test_html_with_half_of_a_surrogate_pair_is_read_with_a_replacement() -> None:
    assert read_html("<p>\ud800Buses <a href='https://a.example/\udc00'>here</a></p>") == (
        "\ufffdBuses here",
        ("https://a.example/\ufffd",),
    )


def test_html_entities_are_decoded_once() -> None:
    assert html_to_text("<p>&amp;lt;b&amp;gt;</p>") == "&lt;b&gt;"
    assert plain_entities("R&amp;D &amp;amp; &copy=2 AT&T &#39;") == "R&D &amp; &copy=2 AT&T '"


def test_links_of_html_leave_out_people_and_tags() -> None:
    source = (
        '<p><a href="https://m.example/@ann" class="u-url mention">@ann</a> <a href="https://m.example/tags/a" rel="tag">#a</a>'
        ' <a href="https://news.example/a?b=1&amp;c=2" rel="nofollow">news</a> <a href="data:text/html,x">no</a></p>'
    )
    assert read_html(source)[1] == ("https://news.example/a?b=1&c=2",)


def test_html_that_is_nested_without_end_is_no_post() -> None:
    with pytest.raises(NotAPost, match="tags"):
        html_to_text("<div>" * (MOST_TAGS + 1))


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#ಕನ್ನಡ and #OurBuses, #ourbuses", ["ಕನ್ನಡ", "OurBuses", "ourbuses"]),
        ("https://x.example/#no a#no &#39; #2026 /#no", []),
        ("(#in) ＃wide #c_d #café. #a’s", ["in", "wide", "c_d", "café", "a"]),
        ("#", []),
    ],
)
def test_hashtags_in_bare_text(text: str, tags: list[str]) -> None:
    assert find_hashtags(text) == tags


def test_a_tag_is_compared_without_case_width_and_number_sign() -> None:
    assert tag_key("#Straße") == tag_key("STRASSE") == tag_key("＃ｓｔｒａｓｓｅ")


@pytest.mark.parametrize("end", [")" * 300_000, ").," * 100_000, "(" * 150_000 + ")" * 150_001], ids=["closed", "marks", "both"])
def test_an_address_that_ends_in_many_brackets_is_read_at_once(end: str) -> None:
    began = time.monotonic()
    (found,) = find_links(f"see http://x.example/a{end}")
    assert found.startswith("http://x.example/a") and found.count("(") >= found.count(")")
    assert time.monotonic() - began < 3


def test_cells_that_are_made_to_be_slow_are_read_at_once() -> None:
    """Each looked again at all that follows, from each place in it: that took minutes to hours."""
    with pytest.raises(NotAPost, match="no id"):
        id_in_cells("", "//x.com/" * 100_000)
    assert tags_in("#a " + "a…" * 300_000 + " b…", cut=True) == ["a"]
    assert Cells({"urls": ", " * 300_000 + "x"}).addresses("urls") == []
    assert looks_like(Head.of("a.xml", b"<?xml?>" + b"<!--" * 16_000)) == "is XML with nothing in it"


def test_the_description_of_an_account_is_looked_at_at_once() -> None:
    began = time.monotonic()
    for note, asked_not_to in (("#<" * 150_000, None), ("<p>#<span class='x'>NoBot</span></p>", True)):
        author = mastodon.read_post({**STATUS, "account": {"acct": "ann@m.example", "note": note}}).author
        assert author and author.opted_out is asked_not_to
    assert time.monotonic() - began < 3


def test_links_and_handles_in_bare_text() -> None:
    text = "see (https://en.example.org/wiki/A_(b)), http://x.example/a?b=c&d. mail me@x.example or @al, RT @bob: hi"
    assert find_links(text) == ["https://en.example.org/wiki/A_(b)", "http://x.example/a?b=c&d"]
    assert find_mentions(text) == ("al", "bob")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Sat May 23 18:01:55 +0000 2020", "2020-05-23T18:01:55Z"),
        ("Sat May 23 18:01:55 +0130 2020", "2020-05-23T16:31:55Z"),
        ("2021-07-02T13:05:11.000Z", "2021-07-02T13:05:11Z"),
        ("2025-W10-1T10:00:00Z", "2025-03-03T10:00:00Z"),
        ("2021-07-02T130511.0Z", "2021-07-02T13:05:11Z"),
        ("2026-10-20T00:30:00+02:00", "2026-10-19T22:30:00Z"),
        (1761000000.9, "2025-10-20T22:40:00Z"),
        (1761000000000, "2025-10-20T22:40:00Z"),
    ],
)
def test_times_become_utc(value: object, moment: str) -> None:
    assert utc(value) == moment


@pytest.mark.parametrize(
    "value",
    ["20/10/2026 08:00", "2026-10-20T08:00:00", "Sat Mai 23 18:01:55 +0000 2020", "", None, True, [], float("nan"), 1e300],
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        utc(value)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.datetimes().map(str)))
def test_any_value_is_a_time_or_a_refusal(value: object) -> None:
    with suppress(ValueError):
        assert len(utc(value)) == 20


@given(st.text(alphabet="<>/pbr &;#a\n\0ó\ud800\U0001f600", max_size=200))
def test_any_html_is_text(source: str) -> None:
    html_to_text(source.encode("utf-8", "replace").decode())
    find_hashtags(source), find_links(source), find_mentions(source), plain_entities(source)


def test_numbers_that_lost_digits() -> None:
    assert all(map(is_lossy_number, ("1.26426E+18", "1,26E+18", "1.0", "1847900000000000000.0", " 1e5 ")))
    assert not any(map(is_lossy_number, ("1264255250585849857", "", "abc", "E+18")))


# ---- X ---------------------------------------------------------------------------------------------------------------


def test_an_id_that_is_a_whole_number_is_exact_and_a_float_is_not() -> None:
    assert x.read_post(TWEET | {"id": 2096871087928247273}).native_id == "2096871087928247273"
    for damaged in (2.09687e18, "2.09687E+18", True, None, ["1"], "abc"):
        with pytest.raises(NotAPost):
            x.read_post(TWEET | {"id": damaged})


def test_a_missing_time_is_taken_from_the_id_and_an_old_id_has_none() -> None:
    assert x.read_post({"id": TWEET["id"], "text": "a"}).created_at == "2026-09-07T08:00:00Z"
    with pytest.raises(NotAPost, match="time"):
        x.read_post({"id": "20", "text": "just setting up"})
    assert x.read_post({"id": "20", "text": "a", "created_at": "2006-03-21T20:50:14Z"}).created_at == "2006-03-21T20:50:14Z"


@pytest.mark.parametrize("moment", ["2150-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday", 5])
def test_a_time_that_cannot_be_is_refused(moment: object) -> None:
    with pytest.raises(NotAPost, match="created_at"):
        x.read_post(TWEET | {"created_at": moment})


def test_addresses_are_spelled_out_and_those_of_pictures_left_out() -> None:
    urls = [
        {"url": "https://t.co/a1", "expanded_url": "https://news.example/1", "unwound_url": "https://news.example/long"},
        {"url": "https://t.co/b2", "expanded_url": "https://x.com/ann/status/1/photo/1", "media_key": "3_1"},
        *({"expanded_url": shown} for shown in ("pic.twitter.com/c3", "pic.x.com/d4")),
    ]
    post = x.read_post(TWEET | {"text": "R&amp;D https://t.co/a1 https://t.co/b2", "entities": {"urls": urls}})
    assert (post.text, post.links) == ("R&D https://news.example/1", ("https://news.example/long",))


def test_a_post_that_links_to_itself_is_cut() -> None:
    own = {"url": "https://t.co/a1", "expanded_url": f"https://twitter.com/i/web/status/{TWEET['id']}"}
    post = x.read_post(TWEET | {"text": "the beginning… https://t.co/a1", "entities": {"urls": [own]}})
    assert (post.text, post.truncated, post.links) == ("the beginning…", True, ())
    long = x.read_post(TWEET | {"text": "the… https://t.co/a1", "note_tweet": {"text": "the whole"}, "entities": {"urls": [own]}})
    assert (long.text, long.truncated) == ("the whole", False)


def test_a_repost_of_a_protected_account_is_withheld() -> None:
    includes = x.Includes({"users": [{"id": "8", "protected": True}], "tweets": [TWEET | {"id": "9", "author_id": "8"}]})
    with pytest.raises(PrivatePost, match="protected"):
        x.read_post(TWEET | {"referenced_tweets": [{"type": "retweeted", "id": "9"}]}, includes)


def test_counts_beyond_what_a_store_can_hold_are_unknown() -> None:
    counts = x.read_post(TWEET | {"public_metrics": {"like_count": 2**53, "reply_count": -1, "quote_count": "5"}}).counts
    assert (counts.likes, counts.replies, counts.quotes) == (None, None, 5)


def test_half_characters_and_nul_do_not_reach_the_store() -> None:
    post = x.read_post(TWEET | {"text": "a\0b\ud83d!\ud83d\ude00", "author": {"id": "7", "name": "\udc00", "username": "ann"}})
    assert post.text == "ab�!\U0001f600"
    assert post.author is not None and post.author.display_name == "�"


def test_a_legacy_post_prefers_the_id_that_is_text() -> None:
    post = x_legacy.read_legacy_post({"id": 2096871087928247300, "id_str": TWEET["id"], "full_text": "a", "favorite_count": "3"})
    assert (post.native_id, post.counts.likes, post.created_at) == (TWEET["id"], 3, "2026-09-07T08:00:00Z")


def test_an_edit_in_an_archive_keeps_the_first_id() -> None:
    edited = {"id_str": TWEET["id"], "full_text": "b", "edit_info": {"edit": {"initialTweetId": "2096871087928000000"}}}
    post = x_legacy.read_legacy_post(edited)
    assert post.native_id == "2096871087928000000" and post.edited_at == "2026-09-07T08:00:00Z"


# ---- TAGS ------------------------------------------------------------------------------------------------------------


def row(**cells: str) -> dict[str, str]:
    return {
        "id_str": "",
        "from_user": "Ann_eg",
        "text": "hi",
        "created_at": "Mon Sep 07 08:00:00 +0000 2026",
        "status_url": "",
    } | cells


@pytest.mark.parametrize("written", ["2.09687E+18", "2096871087928240000", "", "2096871087928247300", "'2096871087928247273"])
def test_the_address_has_the_id_that_the_sheet_lost(written: str) -> None:
    url = "https://twitter.com/Ann_eg/status/2096871087928247273?s=20"
    assert x_table.read_table_row(row(id_str=written, status_url=url)).native_id == "2096871087928247273"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"id_str": "2.09687E+18"}, "^the id was damaged"),
        ({"id_str": "2096871087928240000"}, "^the id was damaged"),
        ({"id_str": "2.09687E+18", "status_url": "https://x.com/a/status/2.09687E+18"}, "damaged"),
        ({"id_str": "2096871087928247273", "status_url": "https://x.com/a/status/2096871087928999999"}, "different posts"),
        ({}, "no id"),
    ],
)
def test_a_row_without_a_whole_id_is_refused(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(NotAPost, match=reason):
        x_table.read_table_row(row(**cells))


# ---- Mastodon --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["private", "direct", "local", None, 5])
def test_what_is_not_for_everyone_is_withheld(visibility: object) -> None:
    with pytest.raises(PrivatePost, match="direct or followers-only"):
        mastodon.read_post(STATUS | {"visibility": visibility})
    with pytest.raises(PrivatePost):
        mastodon.read_post(STATUS | {"reblog": STATUS | {"uri": "https://b.example/1", "visibility": visibility}})


def test_a_local_author_gets_the_host_and_a_thread_of_ones_own_its_address() -> None:
    post = mastodon.read_post(STATUS | {"in_reply_to_id": "116", "in_reply_to_account_id": "9"})
    assert post.author is not None and post.author.handle == "kit@example.social"
    assert (post.kind, post.reply_to) == ("reply", "https://example.social/users/kit/statuses/116")
    assert mastodon.read_post(STATUS | {"in_reply_to_id": "116", "in_reply_to_account_id": "8"}).reply_to == "116"


@pytest.mark.parametrize(
    ("account", "opted_out"),
    [
        ({"noindex": True}, True),
        ({"noindex": False, "indexable": False}, None),
        ({"note": '<p>me <a href="x" class="mention hashtag" rel="tag">#<span>NoBot</span></a></p>'}, True),
        ({"note": "<p>I like #nobots</p>"}, None),
        ({}, None),
    ],
)
def test_who_asked_not_to_be_collected(account: dict[str, Any], opted_out: bool | None) -> None:
    author = mastodon.read_post(STATUS | {"account": {**STATUS["account"], **account}}).author  # type: ignore[dict-item]
    assert author is not None and author.opted_out is opted_out


def test_a_boost_that_has_its_originals_address_is_the_original() -> None:
    post = mastodon.read_post(STATUS | {"content": "", "reblog": STATUS})
    assert (post.kind, post.text) == ("original", "hello")


@pytest.mark.parametrize("everyone", mastodon_archive.PUBLIC)
def test_all_spellings_of_everyone_are_known(everyone: str) -> None:
    note = {"id": "https://a.example/1", "type": "Note", "published": "2026-09-07T08:00:00Z", "content": "hi", "to": everyone}
    assert mastodon_archive.read_activity({"type": "Create", "object": note}).text == "hi"
    with pytest.raises(PrivatePost):
        mastodon_archive.read_activity({"type": "Create", "object": note | {"to": ["https://a.example/users/b"]}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


KEYS = [
    "entities",
    "referenced_tweets",
    "edit_history_tweet_ids",
    "note_tweet",
    "author",
    "public_metrics",
    "reblog",
    "poll",
    "tags",
    "mentions",
    "quote",
    "object",
    "account",
    "edit_info",
    "user",
    "retweeted_status",
    "tag",
    "oneOf",
    "url",
    "attributedTo",
    "contentMap",
    "cc",
    "id",
    "content",
    "published",
    "in_reply_to_id",
]


@pytest.mark.parametrize("read", [x.read_post, x_legacy.read_legacy_post, mastodon.read_post, mastodon_archive.read_activity])
@given(data=st.data())
def test_an_item_of_any_shape_is_a_post_or_a_refusal(read: Any, data: st.DataObject) -> None:
    note = {
        "type": "Create",
        "actor": "a",
        "object": STATUS | {"type": "Note", "to": ["as:Public"], "published": TWEET["created_at"]},
    }
    whole = TWEET | STATUS | note | {"id": TWEET["id"]}
    item = whole | data.draw(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
    if isinstance(item["object"], dict):
        item["object"] = item["object"] | data.draw(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
    try:
        assert read(item).native_id
    except (NotAPost, PrivatePost) as reason:
        assert str(reason)
