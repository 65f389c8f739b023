"""The spaCy pipeline that reads posts: one list of components. To change how posts are scored, change one line here."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from tracker.records import Campaign
from tracker.themes import carrying, decide, passing, rules, scorer  # noqa: F401  importing them registers what config.cfg names
from tracker.themes.sheet import CODE_POINTS, READ_AT_ONCE, batches

TOGETHER = 4 * READ_AT_ONCE
WORDS_KEPT = 20_000
"""Words that spaCy keeps; what posts bring beyond them (names, links) is forgotten once read, else memory would grow by 3 MB with
every thousand posts."""


def blank_pipeline(campaign: Campaign) -> Language:
    """A pipeline with the campaign's phrases that has not learned anything."""
    nlp = words_pipeline(campaign)
    nlp.add_pipe("post_language", config={"languages": list(campaign.languages)})
    theme_rules: Any = nlp.add_pipe("theme_rules")
    theme_rules.set_phrases(
        {theme.slug: {"phrases": list(theme.phrases), "not_when": list(theme.not_when)} for theme in campaign.themes}
    )
    nlp.add_pipe("theme_scorer")
    nlp.add_pipe("theme_decide")
    nlp.add_pipe("theme_words")
    return nlp


def words_pipeline(campaign: Campaign) -> Language:
    """A pipeline that only cuts posts into words."""
    tokenizer = {"@tokenizers": "debate_tracker.PostTokenizer.v1", "campaign_hashtags": sorted(set(campaign.hashtags))}
    return spacy.blank("en" if "en" in campaign.languages else "xx", config={"nlp": {"tokenizer": tokenizer}})


def forgetting(nlp: Language, words_kept: int) -> AbstractContextManager[Any]:
    """Within it, what texts bring that is new to `nlp` is forgotten at its end, once so many words are kept."""
    return nlp.memory_zone() if len(nlp.vocab) > words_kept else nullcontext()


def one_by_one(nlp: Language, texts: Iterable[str], *, words_kept: int = WORDS_KEPT) -> Iterator[Doc]:
    """The docs of many texts. Each is to be let go of before the next is asked for, since its words are forgotten then."""
    for batch in batches(texts, TOGETHER, CODE_POINTS):
        with forgetting(nlp, words_kept):
            yield from nlp.pipe(batch, batch_size=READ_AT_ONCE)
