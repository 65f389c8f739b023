"""What a model is called: a short hash of all that it is made from, so that the same inputs have the same name."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from tracker.records import Campaign, Example


def model_name(campaign: Campaign, labelled: Sequence[Example]) -> str:
    """The name of the model that `train_model` makes of these: from themes, hashtags, languages, labelled posts (their order
    aside), the versions of spaCy and py3langid, and this package's own code."""
    parts = {
        "themes": sorted(json.dumps(asdict(theme), sort_keys=True) for theme in campaign.themes),
        "hashtags": sorted(campaign.hashtags),
        "languages": sorted(campaign.languages),
        "labelled": sorted(json.dumps(asdict(example), sort_keys=True) for example in labelled),
        "spacy": version("spacy"),
        "py3langid": version("py3langid"),
        "code": _code(),
    }
    return "themes-" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def _code() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
