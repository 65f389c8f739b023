"""X read over a loopback connection against an X that holds the truth: pages, windows, gaps, spellings, threads, changes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from db.spending import spent
from tests.loopback import says
from tests.x_night import Night, publish, truth
from tests.x_night import night as night
from tests.x_night import served as served
from tracker.problems import CredentialsRefused, Refused
from tracker.records import Found, Post
from tracker.sources import x
from tracker.sources.x_window import Place


def test_all_pages_are_read_and_the_ledger_knows_what_they_cost(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 250)
    pages = night.collect()
    assert set(night.kept) == truth(fake)
    assert [page.complete for page in pages] == [False, False, True]
    assert {page.expected for page in pages} == {250}
    assert pages[-1].window == ("2026-10-05T03:00:00Z", "2026-10-12T03:00:00Z")
    assert "no reposts since 2026-05-04" in pages[-1].note
    account = spent(night.store, "x", now="2026-10-12T03:00:00Z")
    assert account.month == pytest.approx(fake.charged) and account.unsettled == 0
    assert [path for path, _ in fake.asked] == ["/2/tweets/counts/recent"] + ["/2/tweets/search/recent"] * 3


def test_the_next_night_asks_from_where_this_one_ended(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 30)
    night.collect()
    fake.now += timedelta(days=1)
    new = publish(fake, 3, every=timedelta(minutes=1))
    night.seen.clear()
    (page,) = night.collect()
    assert sorted(night.seen) == new and page.expected == 3
    assert page.window[0] == "2026-10-12T02:59:30Z"
    assert "since_id" in fake.asked[-1][1] and fake.asked[-1][1]["max_results"] == "10"


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
def test_a_run_that_is_killed_between_pages_loses_nothing_and_doubles_nothing(night: Night, after: int) -> None:
    fake = night.served.fake
    publish(fake, 530, every=timedelta(minutes=3))
    night.collect(pages=after)
    kept = set(night.kept)
    place = Place.from_cursor(night.cursor)
    assert place.seen_to is None or kept == truth(fake), "the place is ahead of what is kept"
    fake.now += timedelta(hours=5)
    publish(fake, 20, every=timedelta(minutes=3))
    night.collect()
    assert set(night.kept) == truth(fake)
    assert len(night.seen) == len(set(night.seen)), "a post was paid twice"
    assert Place.from_cursor(night.cursor).window is None


def test_a_clock_that_goes_on_while_pages_are_read_makes_no_gap(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 450)

    def a_while_later() -> None:
        fake.now += timedelta(seconds=20)

    first = night.collect(pages=2, stop=a_while_later)
    fake.now += timedelta(minutes=3)
    rest = night.collect(stop=a_while_later)
    assert len(first) + len(rest) > 5 and not any(page.gaps for page in (*first, *rest))
    assert set(night.kept) == truth(fake)
    reply_to = Post("x", "1", "", "2026-09-01T00:00:00Z", conversation_id="1")
    assert not any(page.gaps for page in x.thread(reply_to, replace(night.asking(), stop=a_while_later)))


def test_a_short_page_and_an_empty_one_are_not_the_end(night: Night) -> None:
    fake = night.served.fake
    fake.short_by, fake.empty_before = 4, 2
    publish(fake, 210)
    night.collect()
    assert set(night.kept) == truth(fake)


def test_nothing_found_is_complete_and_a_quiet_week_is_no_gap(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 3)
    night.collect()
    for _ in range(9):
        fake.now += timedelta(days=1)
        (page,) = night.collect()
        assert page.complete and page.expected == 0 and not page.rows and not page.gaps
    assert len(night.kept) == 3


def test_thirty_days_away_are_a_gap_told_once_and_the_last_week_is_read(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 10)
    night.collect()
    lost = publish(fake, 0)
    fake.now += timedelta(days=30)
    publish(fake, 40, every=timedelta(hours=8))
    reachable = {post["id"] for post in fake.shown() if post["created_at"] >= (fake.now - timedelta(days=7)).isoformat()}
    before = len(night.pages)
    night.collect()
    pages = night.pages[before:]
    assert [gap[:2] for page in pages for gap in page.gaps] == [("2026-10-12T02:59:30Z", "2026-11-04T03:00:00Z")]
    assert reachable <= set(night.kept) and lost == []
    assert pages[-1].complete
    fake.now += timedelta(days=1)
    assert [page.gaps for page in night.collect()] == [()]


def test_a_week_away_loses_nothing(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 10)
    night.collect()
    fake.now += timedelta(days=6, hours=20)
    publish(fake, 150, every=timedelta(hours=1))
    pages = night.collect()
    assert set(night.kept) == truth(fake) and not any(page.gaps for page in pages)


def test_the_full_archive_fills_what_recent_search_cannot(night: Night) -> None:
    fake = night.served.fake
    night.archive = True
    publish(fake, 10)
    night.collect()
    fake.now += timedelta(days=30)
    publish(fake, 40, every=timedelta(hours=8))
    pages = night.collect()
    assert set(night.kept) == truth(fake) and not any(page.gaps for page in pages)
    assert {path for path, _ in fake.asked} == {"/2/tweets/counts/all", "/2/tweets/search/all"}
    assert spent(night.store, "x", now="2026-11-11T03:00:00Z").month <= fake.charged


def test_a_window_left_half_read_for_weeks_becomes_a_gap_and_the_rest_goes_on(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 5)
    night.collect()
    fake.now += timedelta(days=2)
    publish(fake, 300, every=timedelta(minutes=5))
    night.collect(pages=1)
    fake.now += timedelta(days=20)
    new = publish(fake, 20)
    before = len(night.pages)
    night.collect()
    assert set(new) <= set(night.kept)
    gaps = [gap for page in night.pages[before:] for gap in page.gaps]
    assert gaps and min(gap[0] for gap in gaps) == "2026-10-12T02:59:30Z"
    covered = sorted(gap[:2] for gap in gaps)
    assert covered[-1][1] == "2026-10-27T03:00:00Z"
    assert Place.from_cursor(night.cursor).window is None


@pytest.mark.parametrize("spelling", ["old", "new"])
def test_both_spellings_of_the_api_are_read(night: Night, spelling: str) -> None:
    fake = night.served.fake
    fake.spelling = spelling
    publish(fake, 12)
    first = fake.publish("A typo on #buses", fake.now - timedelta(minutes=9))
    fake.edit(first, "Mended, on #buses", fake.now - timedelta(minutes=5))
    original = fake.publish("The whole of it " * 20 + "#buses", fake.now - timedelta(minutes=8))
    repeat = {"referenced_tweets": [{"type": "retweeted", "id": original}], "entities": {"hashtags": [{"tag": "buses"}]}}
    repost = fake.publish("RT @user9001: The whole of it The whole…", fake.now - timedelta(minutes=3), 2, **repeat)
    pages = night.collect()
    assert set(night.kept) == truth(fake)
    assert night.kept[first].text == "Mended, on #buses" and night.kept[first].edited_at
    assert night.kept[repost].text == fake.posts[original]["text"] and night.kept[repost].hashtags == (("buses", "buses"),)
    assert (author := night.kept[first].author) is not None and author.handle == "user9001"
    assert ("newer names" in pages[-1].note) is (spelling == "new")
    assert spent(night.store, "x", now="2026-10-12T03:00:00Z").month == pytest.approx(fake.charged)
    assert pages[-1].unknown_fields == ()


def test_fields_that_x_refuses_are_left_out_and_that_is_said(night: Night) -> None:
    fake = night.served.fake
    fake.refused = {"note_tweet", "referenced_tweets.id"}
    publish(fake, 12)
    pages = night.collect()
    assert set(night.kept) == truth(fake) and pages[-1].complete
    assert "note_tweet" in pages[-1].note and "referenced_tweets.id" in pages[-1].note


def test_where_every_field_is_refused_posts_are_still_found_and_called_partial(night: Night) -> None:
    fake = night.served.fake
    fake.spelling, fake.refused = "new", {"created_at", "entities", "author_id", "referenced_posts"}
    fake.refused |= {"conversation_id", "lang", "note_post", "public_metrics", "edit_history_post_ids"}
    publish(fake, 12)
    pages = night.collect()
    assert set(night.kept) == truth(fake) and pages[-1].complete and pages[-1].status == "partial"
    assert all([tag for tag, _ in post.hashtags] == ["buses"] for post in night.kept.values())


# ---- threads and what changes ----------------------------------------------------------------------------------------


def test_a_thread_is_read_with_how_complete_it_is(night: Night) -> None:
    fake = night.served.fake
    root = fake.publish("Ask us anything #buses", fake.now - timedelta(hours=3), public_metrics={"reply_count": 4})
    for n in range(3):
        fake.publish(f"Answer {n}", fake.now - timedelta(hours=2), n, conversation_id=root)
    night.collect()
    post = replace(night.kept[root], seen_at=None)
    pages = list(x.thread(post, night.asking()))
    assert sum(len(page.rows) for page in pages) == 4
    assert pages[-1].complete and pages[-1].expected == 4
    (told,) = x.thread(replace(post, created_at="2026-09-01T00:00:00Z"), night.asking())
    assert told.status == "partial" and "seven days" in told.note
    fake.now += timedelta(days=1)
    late = fake.publish("A late answer", fake.now - timedelta(hours=1), 3, conversation_id=root)
    (later,) = x.thread(replace(post, seen_at="2026-10-12T03:00:00Z"), night.asking())
    assert [row.post.native_id for row in later.rows if isinstance(row, Found)] == [late]
    assert "start_time" in fake.asked[-1][1]


def test_posts_are_looked_at_again_for_counts_edits_and_what_is_gone(night: Night) -> None:
    fake = night.served.fake
    ids = publish(fake, 130)
    night.collect()
    fake.posts[ids[0]]["public_metrics"]["like_count"] = 77
    fake.edit(ids[1], "Mended #buses", fake.now)
    for native_id, how in zip(ids[2:5], ("deleted", "suspended", "protected"), strict=True):
        fake.hide(native_id, how)
    pages = list(x.refresh(list(night.kept.values()), night.asking()))
    gone = {gone.native_id: gone.status for page in pages for gone in page.gone}
    assert gone == {ids[2]: "gone", ids[3]: "hidden", ids[4]: "hidden"}
    for page in pages:
        night.keep(page)
    assert night.kept[ids[0]].counts.likes == 77 and night.kept[ids[1]].text == "Mended #buses"
    assert [page.complete for page in pages] == [False, False, True] and pages[-1].expected == 130
    again = night.store.rows("select units, usd from spend where what = 'known posts: posts by id' order by id")
    assert [(row["units"], row["usd"]) for row in again] == [(100, 0.5), (27, 0.135), (1, 0.005)]


def test_looking_again_takes_a_fifth_of_the_money_and_no_more(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 60)
    night.collect()
    charged, night.cap_run = fake.charged, 0.3
    asking = night.asking()
    told = list(x.refresh(list(night.kept.values()), asking))
    assert fake.charged - charged == pytest.approx(0.06)
    assert (told[-1].complete, told[-1].status) == (False, "budget-stop") and "12 of 60 posts" in told[-1].note
    (thread,) = x.thread(night.kept[min(night.kept)], asking)
    assert thread.status == "budget-stop" and not thread.complete


def test_what_was_paid_for_is_kept_where_there_is_no_money_for_a_later_version(night: Night) -> None:
    fake = night.served.fake
    ids = publish(fake, 5)
    night.collect()
    fake.edit(ids[1], "Mended #buses", fake.now)
    night.cap_run = 0.14
    told = list(x.refresh(list(night.kept.values()), night.asking()))
    assert sum(len(page.rows) for page in told) == 5
    assert told[-1].status == "budget-stop" and "5 of 5 posts" in told[-1].note


def test_ids_that_x_cannot_have_made_keep_no_other_post_from_being_asked_for(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 3)
    night.collect()
    odd = replace(night.kept[min(night.kept)], native_id="9" * 20)
    told = list(x.refresh([odd, *night.kept.values()], night.asking()))
    assert len(told[-1].rows) == 3 and told[-1].complete and told[-1].expected == 3
    assert told[-1].note == "not asked for, since X cannot have made their ids: 1"
    (page,) = x.refresh([odd], night.asking())
    assert page.complete and page.expected == 0


def test_where_x_refuses_ids_that_is_told_in_words(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 3)
    night.collect()
    fake.longest_id = 18
    with pytest.raises(Refused, match="X does not take these ids of posts") as told:
        list(x.refresh(list(night.kept.values()), night.asking()))
    assert told.value.why.startswith("It says: Invalid Request")


def test_a_stretch_of_time_asked_for_by_hand_moves_no_place_and_needs_no_end(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 60, every=timedelta(hours=1))
    asked = night.asking()
    (ask,) = x.asks(asked.campaign)
    since, until = "2026-10-11T00:00:00Z", "2026-10-11T12:00:00Z"
    (page,) = x.pages(ask, replace(asked, since=since, until=until))
    assert len(page.rows) == 12 and page.window == (since, until) and page.cursor is None
    (later,) = x.pages(ask, replace(asked, since=since, until="2026-12-01T00:00:00Z"))
    assert len(later.rows) == 26 and "end_time" not in fake.asked[-1][1]
    count = len(fake.asked)
    (none,) = x.pages(ask, replace(asked, since="2026-12-01T00:00:00Z"))
    assert (none.complete, none.status, none.rows) == (True, "empty", ()) and len(fake.asked) == count


def test_where_x_does_not_let_an_app_count_it_is_read_all_the_same(night: Night) -> None:
    publish(night.served.fake, 12)
    forbidden = {
        "title": "Client Forbidden",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
        "detail": "no counts",
    }
    night.served.loopback.faults = [says(403, json.dumps(forbidden).encode())]
    (page,) = night.collect()
    assert len(night.kept) == 12 and page.expected is None and "did not say how many" in page.note
    night.served.loopback.faults = [says(403, json.dumps(forbidden).encode())] * 2
    with pytest.raises(CredentialsRefused, match="does not let this app read"):
        night.collect()
