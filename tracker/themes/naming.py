"""What a model is called: a short hash of all that it is made from, so that the same inputs have the same name."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from tracker.codings import AUDIT
from tracker.records import Campaign, Example
from tracker.themes.teaching import teacher_hash
from tracker.word_vectors import SHA256, vectors_missing


def inputs_of(campaign: Campaign, labelled: Sequence[Example]) -> dict[str, str]:
    """The sha256 of each thing that a model is made from, the pool aside: themes, questions, languages and hashtags, labelled
    posts (their order aside, those drawn for the audit left out), static vectors, teacher, programs, and this package's code."""
    learned = (example for example in labelled if example.queue != AUDIT)
    names = [field.name for field in fields(Example)]  # asdict copies all values of ten thousand posts
    return {
        "themes": _hash(json.dumps(asdict(theme), sort_keys=True) for theme in campaign.themes),
        "questions": _hash(json.dumps(asdict(question), sort_keys=True) for question in campaign.questions),
        "campaign": _hash([f"hashtags {sorted(campaign.hashtags)}", f"languages {sorted(campaign.languages)}"]),
        "labelled": _hash(json.dumps({name: getattr(example, name) for name in names}, sort_keys=True) for example in learned),
        "vectors": "" if vectors_missing() else SHA256,
        "teacher": teacher_hash(),
        "programs": _hash(f"{name} {version(name)}" for name in ("spacy", "py3langid", "numpy", "scipy")),
        "code": _code(),
    }


def model_name(campaign: Campaign, labelled: Sequence[Example]) -> str:
    """The name of the model that `train_model` makes of these, up to the hash of its pool that may follow after a hyphen."""
    return name_of(inputs_of(campaign, labelled))


def name_of(inputs: dict[str, str]) -> str:
    """The same, of what `inputs_of` gave."""
    return "themes-" + _hash(f"{what} {digest}" for what, digest in inputs.items())[:12]


def pool_hash(texts: Iterable[str]) -> str:
    """The sha256 of the unlabelled posts that a model learned from."""
    return _hash(texts)


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(sorted(parts)).encode(errors="surrogatepass")).hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
