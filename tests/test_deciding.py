"""Merging: the same sightings give the same post in whatever order they come."""

from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tracker.deciding import decide, merge
from tracker.records import KINDS, Author, Counts, Post

TIMES = ("2026-10-01T08:00:00Z", "2026-10-02T08:00:00Z", "2026-10-03T08:00:00Z")
maybe_id = st.sampled_from([None, "1", "22"])
sightings = st.builds(
    Post,
    platform=st.just("x"),
    native_id=st.just("1847900000000000001"),
    text=st.sampled_from(["short", "a longer text", "RT @someone: a cut te…"]),
    created_at=st.sampled_from(TIMES),
    url=st.sampled_from([None, "https://x.com/i/web/status/1", "https://x.com/ann/status/1"]),
    lang=st.sampled_from([None, "en", "cy"]),
    edited_at=st.sampled_from([None, *TIMES]),
    kind=st.sampled_from(KINDS),
    reply_to=maybe_id,
    conversation_id=maybe_id,
    quote_of=maybe_id,
    repost_of=maybe_id,
    truncated=st.booleans(),
    detail=st.sampled_from([1, 2]),
    seen_at=st.sampled_from([None, *TIMES]),
    hashtags=st.sampled_from([(), (("a", "A"),), (("b", "b"), ("c", "C"))]),
    links=st.sampled_from([(), ("https://example.org/1",)]),
)


@given(st.lists(sightings, min_size=2, max_size=4))
def test_the_order_of_sightings_does_not_matter(seen: list[Post]) -> None:
    results = set()
    for order in permutations(seen):
        known: Post | None = None
        for post in order:
            known = decide(post, known).post
        results.add(known)
    assert len(results) == 1


@given(sightings)
def test_seeing_a_post_twice_changes_nothing(post: Post) -> None:
    once = decide(post, None)
    twice = decide(post, once.post)
    assert once.verdict == "new"
    assert (twice.verdict, twice.write, twice.post) == ("known", False, post)


def _post(**changes: Any) -> Post:
    return replace(Post("x", "1", "words", TIMES[0]), **changes)


def test_a_whole_text_wins_over_a_stump_whichever_is_newer() -> None:
    whole = _post(text="the whole of it", seen_at=TIMES[0])
    stump = _post(text="the whole…", truncated=True, seen_at=TIMES[2])
    decision = decide(whole, stump)
    assert (decision.verdict, decision.post.text, decision.text_is_new) == ("changed", "the whole of it", True)
    assert merge(stump, whole) == merge(whole, stump)
    assert not decide(stump, whole).text_is_new


def test_an_edit_wins_over_what_it_replaced() -> None:
    first, edited = _post(text="typo, and long"), _post(text="fixed", edited_at=TIMES[1])
    assert decide(first, edited).post.text == "fixed"
    assert decide(edited, first).post.text == "fixed"


def test_what_one_file_does_not_know_another_fills_in() -> None:
    bare = _post(url=None, conversation_id=None)
    full = _post(url="https://x.com/ann/status/1", conversation_id="9", detail=1)
    merged = merge(bare, full)
    assert (merged.url, merged.conversation_id, merged.detail) == ("https://x.com/ann/status/1", "9", 2)


def test_a_later_sighting_of_the_same_is_known_but_its_time_is_kept() -> None:
    decision = decide(_post(seen_at=TIMES[2]), _post(seen_at=TIMES[0]))
    assert (decision.verdict, decision.write, decision.post.seen_at) == ("known", True, TIMES[2])


def test_counts_do_not_make_a_post_new() -> None:
    assert decide(_post(counts=Counts(likes=9)), _post(counts=Counts(likes=3))).verdict == "known"


def test_an_author_known_by_id_is_preferred_to_one_known_by_handle() -> None:
    by_id, by_handle = _post(author=Author("x", "42", "ann")), _post(author=Author("x", "@ann", "ann"))
    for one, other in ((by_id, by_handle), (by_handle, by_id)):
        merged = merge(one, other)
        assert merged.author is not None
        assert merged.author.native_id == "42"
