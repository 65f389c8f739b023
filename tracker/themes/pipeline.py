"""The spaCy pipeline that reads posts: one list of components. To change how posts are scored, change one line here."""

from typing import Any

import spacy
from spacy.language import Language

from tracker.records import Campaign
from tracker.themes import decide, passing, rules, scorer  # noqa: F401  importing them registers what config.cfg names


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
