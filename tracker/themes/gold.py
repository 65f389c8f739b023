"""What is learned from and measured on: labelled posts, cleaned so that in learning no text counts twice and none lies on both
sides of a test, and that in measuring each post that was drawn at random counts once."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tracker.codings import AUDIT, Asked
from tracker.records import QUESTION, Campaign, Example
from tracker.settling import Said, names_now, weighed
from tracker.themes.language import Languages
from tracker.themes.wording import has_words, makings, readable, same_text, same_words, without_marks

Key = tuple[str, str]
TAUGHT_FROM = 30
"""Below so many labelled posts nothing is learned from labels."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One text with what people say of it. themes: of the campaign as it is now; relevant None: nobody said; day: when it was
    coded; week: in which it was written, where that is known; weight: how many posts it stands for, where it was drawn at
    random; unasked: labels (themes; "question q1") of which it says nothing: none of its coders had to choose from them, since
    they are newer than the codebook, or it is an example of another theme, or they stand half and half; key: (platform,
    native_id) of a post that was drawn."""

    text: str
    themes: frozenset[str]
    relevant: bool | None
    invented: bool
    questions: frozenset[str] = frozenset()
    day: str = ""
    unasked: frozenset[str] = frozenset()
    week: str = ""
    weight: float | None = None
    key: Key = ("", "")


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a model learns from. posts: what is labelled, those drawn for the audit left out; of_themes: the theme files' own
    examples that no such post says, each of which says something of its theme alone; given: all of it as it came, nothing where
    there are fewer than TAUGHT_FROM posts."""

    posts: list[Gold]
    of_themes: list[Gold]
    given: list[Example]


def lessons_of(campaign: Campaign, labelled: Iterable[Example]) -> Lessons:
    """What a model of this campaign learns from these labelled posts and the theme files."""
    given = [one for one in labelled if one.queue != AUDIT and says_something(campaign, one)]
    own = [
        Example(text, themes, origin="invented", asked=(theme.slug,), asked_questions=())
        for theme in campaign.themes
        for texts, themes in ((theme.examples_yes, (theme.slug,)), (theme.examples_no, ()))
        for text in texts
    ]
    posts = gold_posts(campaign, given)
    said = {same_words(post.text) for post in posts}
    of_themes = gold_posts(campaign, [one for one in own if same_words(one.text) not in said])
    return Lessons(posts, of_themes, [*given, *own] if len(posts) >= TAUGHT_FROM else [])


def gold_posts(campaign: Campaign, labelled: Sequence[Example]) -> list[Gold]:
    """The labelled posts that can be learned from, in an order that depends on their texts alone.

    Left out: posts without labels, that the coder could not decide, on which coders stand half and half whether they belong,
    without words, or in a language that is not the campaign's.
    The same text labelled several times becomes one post: people's labels beat invented ones, and a theme stays when more than
    half of its coders gave it; where they stand half and half, the post says nothing of it.
    """
    return _one_each(campaign, labelled, lambda example: ("", same_text(example.text)))


def posts_to_measure(campaign: Campaign, labelled: Sequence[Example]) -> list[Gold]:
    """The same posts to measure on: one that was drawn at random counts once and with its own verdict, however many say the same,
    since it is posts that are drawn and counted; of the others each text is one (docs/why, A copy counts as a post)."""

    def post(example: Example) -> Key:
        drawn = example.probability and example.platform and example.native_id
        return (example.platform or "", example.native_id or "") if drawn else ("", same_text(example.text))

    return _one_each(campaign, labelled, post)


def posts_read(campaign: Campaign, labelled: Sequence[Example]) -> list[Gold]:
    """The labelled posts, each by itself, however many say the same; of lines that do not say which post they are, each text is
    one."""

    def post(example: Example) -> Key:
        key = example.platform or "", example.native_id or ""
        return key if all(key) else ("", same_text(example.text))

    return _one_each(campaign, labelled, post)


def _one_each(campaign: Campaign, labelled: Sequence[Example], key_of: Callable[[Example], Key]) -> list[Gold]:
    """The labelled posts that have the same key as one, in an order that depends on what they say and on their keys."""
    by_key: dict[Key, list[Example]] = {}
    for example in labelled:
        if says_something(campaign, example):
            by_key.setdefault(key_of(example), []).append(example)

    def place(key: Key) -> tuple[bytes, Key]:
        said = same_text(min(example.text for example in by_key[key])).encode(errors="surrogatepass")
        return hashlib.sha1(said, usedforsecurity=False).digest(), key

    now = _Now(campaign)
    merged = [(key, _merged(by_key[key], now)) for key in sorted(by_key, key=place)]
    return [replace(gold, key=key) if key[0] else gold for key, gold in merged if gold is not None]


def says_something(campaign: Campaign, example: Example) -> bool:
    """Whether a labelled post can be learned from or measured on: it has words and labels, in a language of the campaign."""
    said = example.themes is not None and not example.cannot_tell and is_read(example)
    return said and not is_foreign(campaign, example)


def is_read(example: Example) -> bool:
    """Whether a labelled post has words, as the pipeline asks it of every post."""
    return has_words(without_marks(readable(example.text)))


def is_foreign(campaign: Campaign, example: Example) -> bool:
    """Whether a labelled post is in none of the campaign's languages: as it says of itself or, where it does not say, as the
    pipeline tells it of every post."""
    if example.lang is None:
        return _languages(campaign.languages).tell(readable(example.text)).other
    return example.lang not in campaign.languages


_languages = lru_cache(maxsize=4)(Languages)


class _Now:
    """What labels say in a campaign's themes and questions of now. asked: what its codebook of now asks about."""

    def __init__(self, campaign: Campaign) -> None:
        self._names = names_now({theme.slug: theme.renamed_from for theme in campaign.themes})
        self.asked = Asked(frozenset(self._names.values()), frozenset(question.slug for question in campaign.questions))

    def said(self, one: Example) -> Said:
        """What a label says; of what it was asked, where it does not say, is all of now."""
        themes = self.asked.themes if one.asked is None else self._called(one.asked)
        questions = self.asked.questions if one.asked_questions is None else frozenset(one.asked_questions)
        return Said(one.relevant, self._called(one.themes or ()), frozenset(one.questions), Asked(themes, questions))

    def _called(self, slugs: Iterable[str]) -> frozenset[str]:
        return frozenset(self._names[slug] for slug in slugs if slug in self._names)


def disagreed(campaign: Campaign, labelled: Sequence[Example]) -> int:
    """Of how many texts one of those whose labels count gave a theme, and another who was asked about it did not, so that it is
    settled by halves (`gold_posts`)."""
    now = _Now(campaign)
    said: dict[str, list[Said]] = {}
    for human in (True, False):
        told: dict[str, list[Said]] = {}
        for example in labelled:
            if example.themes is not None and not example.cannot_tell and (example.origin != "invented") is human:
                told.setdefault(same_text(example.text), []).append(now.said(example))
        said = told | said
    return sum(_differ(verdicts) for text, verdicts in said.items() if text)


def _differ(verdicts: Sequence[Said]) -> bool:
    given = frozenset[str]().union(*(one.themes for one in verdicts))
    return any(given & one.asked.themes - one.themes for one in verdicts)


def _merged(examples: list[Example], now: _Now) -> Gold | None:
    """What people say of one post or text; None where they stand half and half on whether it belongs, since that settles nothing
    of it (docs/coding.md, How several verdicts become one)."""
    human = [example for example in examples if example.origin != "invented"]
    coders = human or examples
    found = weighed([now.said(one) for one in coders])
    if found.divided:
        return None
    unasked = now.asked.without(found.asked.without(found.undecided))
    return Gold(
        text=readable(min(example.text for example in coders)),
        themes=found.themes,
        relevant=found.relevant,
        invented=not human,
        questions=found.questions,
        day=min((example.coded_at or "" for example in coders), default="")[:10],
        unasked=unasked.themes | {QUESTION + slug for slug in unasked.questions},
        week=min((example.week or "" for example in coders), default=""),
        weight=max((1 / example.probability for example in coders if example.probability), default=None),
    )


def folds_of(posts: Sequence[Gold], count: int) -> list[int]:
    """The fold (0 to count - 1) of each post, so that each theme's posts are spread over the folds, rarest theme first, and
    near-copies and reposts are in one."""
    support: dict[str, int] = {}
    for post in posts:
        for slug in post.themes:
            support[slug] = support.get(slug, 0) + 1
    filled: dict[tuple[str, int], int] = {}
    folds = []
    copied: dict[int, int] = {}
    for post, making in zip(posts, makings([post.text for post in posts]), strict=True):
        rarest = min(post.themes, key=lambda slug: (support[slug], slug), default="")
        group = f"{rarest} {post.relevant}"
        fold = min(range(count), key=lambda fold: (filled.get((group, fold), 0), filled.get(("", fold), 0)))
        fold = copied.setdefault(making, fold)
        for key in ((group, fold), ("", fold)):
            filled[key] = filled.get(key, 0) + 1
        folds.append(fold)
    return folds
