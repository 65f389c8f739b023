"""What X is asked: queries, fields, windows; and what is made of its answers. No network here (test_x_source.py has that)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.invented import campaign_folder, moment, tweet, x_id
from tracker.campaign import read_campaign
from tracker.records import Campaign, Found, Rejected, Withheld
from tracker.source_settings import XPrices
from tracker.sources.x_fields import BARE, NEW, OLD, Wanted, fewer
from tracker.sources.x_known import unknown_fields
from tracker.sources.x_query import ARCHIVE_LENGTH, RECENT_LENGTH, queries
from tracker.sources.x_reading import cost_of, gone_of, is_an_answer, protected_of, rows_of, told_of, total
from tracker.sources.x_window import Place, Window, at, earlier_of, retreat, too_old
from tracker.times import written

NOW = "2026-11-25T02:00:00Z"


# ---- queries ---------------------------------------------------------------------------------------------------------


def test_one_query_asks_for_all_that_is_followed() -> None:
    campaign = Campaign(
        "f", "buses", hashtags=("saveourbuses", "busse"), links=("https://www.example.org/paper/",), phrases=('the "last" bus',)
    )
    assert queries(campaign, RECENT_LENGTH) == ('#saveourbuses OR #busse OR url:"example.org/paper" OR "the last bus"',)


def test_what_follows_nothing_asks_nothing() -> None:
    assert queries(Campaign("f", "buses"), RECENT_LENGTH) == ()


@pytest.mark.parametrize("longest", [RECENT_LENGTH, ARCHIVE_LENGTH, 40])
def test_no_query_is_longer_than_x_takes_and_none_of_the_terms_is_lost(longest: int) -> None:
    hashtags = tuple(f"hashtag{number}" for number in range(200))
    made = queries(Campaign("f", "buses", hashtags=hashtags, phrases=("a phrase of words " * 60,)), longest)
    assert all(len(query) <= longest for query in made)
    asked = {term for query in made for term in query.split(" OR ")}
    assert {f"#{tag}" for tag in hashtags} <= asked
    assert sum(term.startswith('"a phrase of') for term in asked) == 1


def test_a_new_hashtag_changes_the_last_query_only() -> None:
    before = queries(Campaign("f", "buses", hashtags=tuple(f"tag{n}" for n in range(150))), RECENT_LENGTH)
    after = queries(Campaign("f", "buses", hashtags=tuple(f"tag{n}" for n in range(151))), RECENT_LENGTH)
    assert before[:-1] == after[: len(before) - 1]


# ---- fields ----------------------------------------------------------------------------------------------------------


def refusal(name: str, message: str, *values: str) -> dict[str, Any]:
    error = {"parameters": {name: list(values)}, "message": message}
    return {"errors": [error], "title": "Invalid Request", "type": "https://api.x.com/2/problems/invalid-request"}


def test_a_value_that_x_refuses_is_left_out_and_said() -> None:
    said = "The `tweet.fields` query parameter value [note_tweet] is not one of [author_id,created_at,entities,lang,text]"
    less = fewer(OLD, refusal("tweet.fields", said, "note_tweet"))
    assert less is not None
    asked = dict(less.fields)
    assert asked["tweet.fields"] == ("author_id", "created_at", "entities", "lang")
    assert asked["expansions"] == dict(OLD.fields)["expansions"]
    assert "note_tweet" in less.said and "tweet.fields" in less.said


def test_a_name_that_x_does_not_know_is_asked_for_in_the_newer_spelling() -> None:
    said = "The query parameter [tweet.fields] is not one of [query,start_time,end_time,post.fields,expansions]"
    assert fewer(OLD, refusal("tweet.fields", said, "text")) == NEW
    august = {"type": "https://api.x.com/2/problems/invalid-request", "title": "Invalid Request", "parameter": "tweet.fields"}
    assert fewer(OLD, august | {"detail": "The query parameter `tweet.fields` is unknown.", "value": "tweet.fields"}) == NEW


def test_after_both_spellings_nothing_is_chosen_and_then_nothing_is_left() -> None:
    unsaid = {"title": "Invalid Request", "detail": "One or more parameters to your request was invalid."}
    assert [fewer(OLD, unsaid), fewer(NEW, unsaid), fewer(BARE, unsaid)] == [NEW, BARE, None]


@pytest.mark.parametrize("name", ["start_time", "since_id", "query", "next_token"])
def test_a_refusal_about_something_else_leaves_the_fields_alone(name: str) -> None:
    assert fewer(OLD, refusal(name, f"'{name}' must be something else", "1")) is None


def test_refusals_one_after_another_always_come_to_an_end() -> None:
    wanted: Wanted | None = OLD
    seen = []
    while wanted is not None:
        seen.append(wanted)
        name = wanted.fields[-1][0] if wanted.fields else "query"
        wanted = fewer(wanted, refusal(name, f"The `{name}` query parameter is not taken"))
    assert seen[-1].fields == () and len(seen) < 8


# ---- windows ---------------------------------------------------------------------------------------------------------


def test_the_place_moves_only_when_a_window_is_complete() -> None:
    place = Place("2026-11-24T02:00:00Z", x_id(1))
    window = place.next_window(NOW).read([x_id(9), x_id(8)], "page2", NOW)
    kept = Place.from_cursor(replace(place, window=window).cursor())
    assert (kept.seen_to, kept.newest) == (place.seen_to, place.newest)
    assert kept.window is not None
    assert (kept.window.next_token, kept.window.newest, kept.window.oldest) == ("page2", x_id(9), x_id(8))
    assert kept.window.resumed
    done = kept.after(kept.window.read([x_id(5)], None, "2026-11-25T03:00:00Z"))
    assert (done.seen_to, done.newest, done.window) == ("2026-11-25T01:59:30Z", x_id(9), None)


def test_a_window_begins_a_little_before_a_post_that_was_just_written() -> None:
    newest, later = x_id(3), moment(30).strftime("%Y-%m-%dT%H:%M:%SZ")
    window = Place(moment(3).strftime("%Y-%m-%dT%H:%M:%SZ"), newest).next_window(later)
    assert window.since_id is not None and int(newest) - int(window.since_id) == 120_000 << 22
    assert window.start_time is None
    assert Place(moment(4).strftime("%Y-%m-%dT%H:%M:%SZ"), newest).next_window(later).since_id == newest


def test_a_quiet_week_is_no_gap() -> None:
    """The newest post is old, but nights after it found nothing: X is asked from then on, not from the post on."""
    place = Place("2026-11-24T02:00:00Z", x_id(3))
    window = place.next_window(NOW)
    assert (window.since_id, window.start_time) == (None, "2026-11-24T01:58:00Z")
    assert too_old(window, NOW) is None


def test_a_window_that_begins_too_far_back_is_a_gap_told_once() -> None:
    window = Place("2026-10-20T02:00:00Z", None).next_window(NOW)
    told = retreat(window, {"start_time"}, NOW)
    assert told is not None and told[0] is not None and told[1] is not None
    assert told[1][:2] == ("2026-10-20T02:00:00Z", "2026-11-18T02:00:00Z")
    assert told[0].bounds() == {} and told[0].begins == "2026-11-18T02:00:00Z"
    assert too_old(told[0], NOW) is None


def test_a_token_that_became_useless_is_replaced_by_the_oldest_post_that_was_read() -> None:
    window = Window(begins="2026-11-24T02:00:00Z", start_time="2026-11-24T01:58:00Z").read([x_id(9), x_id(7)], "old", NOW)
    told = retreat(window, {"next_token"}, NOW)
    assert told is not None and told[0] is not None and told[1] is None
    bounds = told[0].bounds()
    assert bounds["until_id"] == x_id(7) and "start_time" not in bounds and told[0].next_token is None
    assert int(bounds["since_id"]) >> 22 == int(at("2026-11-24T01:58:00Z").timestamp() * 1000 - 1288834974657)


def test_what_no_bound_reaches_any_more_is_a_gap_up_to_what_was_read() -> None:
    window = Window(begins="2026-10-01T02:00:00Z", until_id=x_id(2), oldest=x_id(2), asked_at="2026-10-08T00:00:00Z")
    told = retreat(window, {"until_id"}, NOW)
    assert told is not None and told[0] is None and told[1] is not None
    assert told[1][:2] == ("2026-10-01T02:00:00Z", written(moment(2)))


def test_xs_clock_is_believed_where_ours_is_ahead() -> None:
    theirs = "Wed, 25 Nov 2026 02:00:00 GMT"
    assert earlier_of("2026-12-05T02:00:00Z", theirs) == NOW
    assert earlier_of("2026-11-25T01:00:00Z", theirs) == "2026-11-25T01:00:00Z"
    assert earlier_of(NOW, None) == NOW and earlier_of(NOW, "yesterday") == NOW


@pytest.mark.parametrize("cursor", [None, "", "not json", "[]", '{"seen_to": 4, "newest": "abc", "window": []}'])
def test_a_cursor_of_no_known_kind_is_a_beginning(cursor: str | None) -> None:
    assert Place.from_cursor(cursor) == Place()


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_rows_are_posts_private_ones_left_out_and_bad_ones_refused() -> None:
    odd = tweet(4, author_id="77", edit_history_tweet_ids={"first": x_id(4)})
    answer = {
        "data": [tweet(1), tweet(2, author_id="77"), {"id": x_id(3)}, "no object", odd],
        "includes": {"users": [{"id": "77", "username": "hidden", "name": "H", "protected": True}]},
    }
    rows = rows_of(answer, NOW)
    assert [type(row) for row in rows] == [Found, Withheld, Rejected, Rejected, Withheld]
    assert isinstance(rows[0], Found) and rows[0].post.seen_at == NOW and json.loads(rows[0].raw)["data"]["id"] == x_id(1)
    assert [gone.native_id for gone in protected_of(answer)] == [x_id(2), x_id(4)]


def test_hashtags_are_read_from_the_text_where_x_was_not_asked_for_them() -> None:
    bare = {"data": [{"id": x_id(1), "text": "Keep them running #SaveOurBuses #1 https://example.org/#no"}]}
    asked, not_asked = rows_of(bare, NOW)[0], rows_of(bare, NOW, entities=False)[0]
    assert isinstance(asked, Found) and asked.post.hashtags == ()
    assert isinstance(not_asked, Found) and [tag for tag, _ in not_asked.post.hashtags] == ["saveourbuses"]
    assert json.loads(not_asked.raw)["data"] == bare["data"][0]


def problem(kind: str, title: str, detail: str, **more: str) -> dict[str, Any]:
    return {"type": f"https://api.x.com/2/problems/{kind}", "title": title, "detail": detail, "resource_type": "tweet", **more}


def test_deleted_suspended_and_protected_posts_are_told_apart() -> None:
    answer = {
        "errors": [
            problem("resource-not-found", "Not Found Error", "Could not find tweet with ids: [1].", resource_id="1"),
            problem("not-authorized-for-resource", "Authorization Error", "You are not authorized to see it.", resource_id="2"),
            problem("resource-not-found", "Forbidden", "User has been suspended: [3].", value="3"),
            problem("something-new", "Odd", "Who knows.", resource_id="4"),
            {"type": "about:blank", "title": "Broken"},
        ]
    }
    assert [(gone.native_id, gone.status) for gone in gone_of(answer)] == [("1", "gone"), ("2", "hidden"), ("3", "hidden")]
    assert "Not Found Error (1)" in told_of(answer) and "Odd (1)" in told_of(answer)
    assert not is_an_answer(answer) and is_an_answer({"meta": {"result_count": 0, "next_token": "t"}})


def test_everything_that_an_answer_holds_is_paid() -> None:
    answer = {"data": [tweet(1), tweet(2)], "includes": {"users": [{"id": "1"}], "tweets": [tweet(3)], "posts": [tweet(4)]}}
    assert cost_of(answer, XPrices())[0] == 2
    assert cost_of(answer, XPrices())[1] == pytest.approx(4 * 0.005 + 0.010)
    assert cost_of({"meta": {"result_count": 0}}, XPrices()) == (0, 0.0)
    most = XPrices().most(2, beside=OLD.beside, authors=OLD.authors())
    assert most >= cost_of(answer, XPrices())[1]


@pytest.mark.parametrize("name", ["tweet", "post"])
def test_counts_are_read_in_both_spellings(name: str) -> None:
    assert total({"data": [], "meta": {f"total_{name}_count": 17}}) == 17
    assert total({"data": [{f"{name}_count": 3}, {f"{name}_count": 4}]}) == 7
    assert total({"data": [{f"{name}_count": 3}, {}]}) is None and total({}) is None


def test_names_that_no_specification_knows_are_counted_for_each_item() -> None:
    answer = {"data": [tweet(1, mood="happy"), tweet(2, mood="sad")], "meta": {"result_count": 2, "cheer": 1}, "trailer": {}}
    assert unknown_fields(answer) == ("answer.trailer", "meta.cheer", "post.mood", "post.mood")


def test_a_long_post_is_read_whole_in_both_spellings() -> None:
    whole = "A very long text about buses " * 20 + "#SaveOurBuses"
    for name in ("note_tweet", "note_post"):
        note = {"text": whole, "entities": {"hashtags": [{"tag": "SaveOurBuses"}]}}
        row = rows_of({"data": [tweet(1, "A very long text…", **{name: note})]}, NOW)[0]
        assert isinstance(row, Found) and row.post.text == whole and row.post.hashtags[0][0] == "saveourbuses"


# ---- prices ----------------------------------------------------------------------------------------------------------


def test_a_campaign_may_write_prices_of_its_own(tmp_path: Path) -> None:
    text = 'name = "buses"\n[sources.x]\nprice_post = 0.002\nprice_counts_archive = 0.02\n'
    x = read_campaign(campaign_folder(tmp_path, text)).sources.x
    assert x is not None and x.prices == XPrices(post=0.002, user=0.010, counts=0.005, counts_archive=0.02)
    assert x.prices.most(10) == pytest.approx(10 * (0.002 * 3 + 0.010))
