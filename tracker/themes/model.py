"""A trained model: how it is kept, loaded, and asked what posts say."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from tracker.problems import UnusableModel, UsageProblem, from_os_error, os_errors
from tracker.records import QUESTION, ModelCard, Overall, Quality, Reading, ThemeHit
from tracker.themes.passing import NOT_TOLD, passed_over, text_of
from tracker.themes.pipeline import TOGETHER, WORDS_KEPT, forgetting  # importing it registers what config.cfg names
from tracker.themes.sheet import CODE_POINTS, READ_AT_ONCE, batches
from tracker.themes.wording import asks_something, readable
from tracker.word_vectors import FILE, vectors_missing

FORMAT = 8
SPACY = version("spacy")
CARD = "card.json"
TEXTCAT = "textcat"
WORDS_SEEN = ("vocab",)
"""Not kept: spaCy's list of all that stood in the posts which were learned from, names and links too. What is needed of it, the
parts bring themselves."""
TRAIN_AGAIN = "Run `debate-tracker train`; it makes the model new from the campaign folder and what people coded."
NOTHING_LOST = "No post and no reading is touched."


class ThemeModel:
    """A spaCy pipeline that finds themes, with the card that says what it was made from and how well it does."""

    def __init__(
        self, nlp: Language, card: ModelCard, languages: Sequence[str], textcat: "Language | Path | None" = None
    ) -> None:
        self._nlp = nlp
        self._textcat = textcat
        self.card = card
        self._languages = tuple(languages)

    def read(self, texts: Sequence[str], *, words_kept: int = WORDS_KEPT) -> Iterator[Reading]:
        """What the model makes of each text, in their order. The same text is read once a batch. words_kept: so many words
        stay in memory."""
        for batch in batches(texts, TOGETHER, CODE_POINTS):
            once = list(dict.fromkeys(batch))
            with forgetting(self._nlp, words_kept):
                known = dict(zip(once, map(_reading, self.evidence(once)), strict=True))
            yield from (known[text] for text in batch)

    def evidence(self, texts: Sequence[str]) -> Iterator[Doc]:
        """The docs of some texts, with scores, decision and words, for measuring."""
        yield from self._nlp.pipe(map(readable, texts), batch_size=READ_AT_ONCE)

    def textcat(self) -> Language | None:
        """spaCy's own classifier, taught with the same labels, for comparison; None where there were none."""
        if isinstance(self._textcat, Path):
            self._textcat = spacy.load(self._textcat)
        return self._textcat

    def known_themes(self) -> frozenset[str]:
        """The slugs of the themes that the model was made for."""
        rules: Any = self._nlp.get_pipe("theme_rules")
        return frozenset(rules.slugs())

    def leans_on_vectors(self) -> bool:
        """Whether its weights are for the static word vectors, too."""
        scorer: Any = self._nlp.get_pipe("theme_scorer")
        return len(scorer.weights.vectors) > 0

    def looks_at_meanings(self) -> bool:
        """Whether it compares posts with what themes mean: it had vectors, and posts enough to learn what is usual."""
        scorer: Any = self._nlp.get_pipe("theme_scorer")
        return bool(np.isfinite(scorer.weights.nearness[1:]).any())

    @property
    def nlp(self) -> Language:
        """The pipeline itself."""
        return self._nlp

    def save(self, folder: Path) -> None:
        """Keep the model in `folder`, in place of what was there. It is written beside and then swapped in, so that a kill
        leaves the old model or the new one. Raises StorageProblem or PermissionProblem, and then the old one is still there."""
        with os_errors():
            folder.parent.mkdir(parents=True, exist_ok=True)
            finish_saving(folder)
            fresh = Path(tempfile.mkdtemp(prefix=_fresh(folder), dir=folder.parent))
            try:
                self._write(fresh)
                _swap(fresh, folder)
            finally:
                if fresh.exists():
                    shutil.rmtree(fresh)

    def _write(self, folder: Path) -> None:
        self._nlp.to_disk(folder, exclude=WORDS_SEEN)
        if (textcat := self.textcat()) is not None:
            textcat.to_disk(folder / TEXTCAT, exclude=WORDS_SEEN)
        for path in folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as written:
                    os.fsync(written.fileno())
        about = {
            "format": FORMAT,
            "spacy": SPACY,
            "languages": list(self._languages),
            "card": asdict(self.card),
            "files": _digests(folder),
        }
        with (folder / CARD).open("w", encoding="utf-8") as stream:
            json.dump(about, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())


def load_model(folder: Path) -> ThemeModel:
    """The model kept in `folder`. Raises UsageProblem when there is none, UnusableModel when it is damaged, was made by another
    version, or leans on word vectors that are gone, PermissionProblem when it may not be read."""
    place = folder if folder.exists() else _before(folder)
    if not place.exists():
        raise UsageProblem(f"There is no theme model at {folder} yet.", safe=NOTHING_LOST, next_step=TRAIN_AGAIN)
    try:
        about = _about(place, folder)
        if _digests(place) != about["files"]:
            raise _damaged(folder, "its files are not those that were written")
        textcat = place / TEXTCAT if (place / TEXTCAT).exists() else None
        model = ThemeModel(spacy.load(place), about["card"], about["languages"], textcat)
    except OSError as error:
        raise from_os_error(error) or _damaged(folder, str(error)) from error
    if model.leans_on_vectors() and (missing := vectors_missing()):
        raise UnusableModel(
            f"The theme model at {folder} leans on the program's word vectors, which cannot be used.",
            why=f"{missing}. Without them it would decide otherwise than was measured.",
            safe=NOTHING_LOST,
            next_step=f"Put {FILE} back as it came with the program, or make a model that goes without. {TRAIN_AGAIN}",
        )
    return model


def card_of(folder: Path) -> ModelCard:
    """The card of the model kept in `folder`, without the model. Raises as `load_model`, but for files that were changed."""
    place = folder if folder.exists() else _before(folder)
    if not place.exists():
        raise UsageProblem(f"There is no theme model at {folder} yet.", safe=NOTHING_LOST, next_step=TRAIN_AGAIN)
    card: ModelCard = _about(place, folder)["card"]
    return card


def _about(place: Path, folder: Path) -> dict[str, Any]:
    """What stands in the card's file: `card` (a ModelCard), `languages`, and the digests of the other `files`."""
    try:
        about = json.loads((place / CARD).read_text(encoding="utf-8"))
        made_with, made_as = about["spacy"], about["format"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{CARD} cannot be read ({error})") from error
    if made_as != FORMAT or str(made_with).split(".")[:2] != SPACY.split(".")[:2]:
        raise UnusableModel(
            f"The theme model at {folder} was made by another version of this program.",
            why=f"It was made with spaCy {made_with} in format {made_as}; here are spaCy {SPACY} and format {FORMAT}.",
            safe=NOTHING_LOST,
            next_step=TRAIN_AGAIN,
        )
    try:
        quality = tuple(Quality(**row) for row in about["card"]["quality"])
        overall = tuple(Overall(**row) for row in about["card"]["overall"])
        inputs = tuple((str(what), str(digest)) for what, digest in about["card"]["inputs"])
        card = ModelCard(**(about["card"] | {"quality": quality, "overall": overall, "inputs": inputs}))
        return {"card": card, "languages": list(about["languages"]), "files": dict(about["files"])}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{CARD} does not say what it should ({error})") from error


def _damaged(folder: Path, why: str) -> UnusableModel:
    return UnusableModel(
        f"The theme model at {folder} is damaged.", why=f"{why[:1].upper()}{why[1:]}.", safe=NOTHING_LOST, next_step=TRAIN_AGAIN
    )


def _digests(folder: Path) -> dict[str, str]:
    """Every file of the folder but the card, with its sha256."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CARD)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _before(folder: Path) -> Path:
    """Where the old model lies while the new one is moved in; after a kill between the two moves it is still whole."""
    return folder.parent / f".{folder.name}-before"


def _fresh(folder: Path) -> str:
    """How the names of folders begin in which a new model is written."""
    return f".{folder.name}-new-"


def finish_saving(folder: Path) -> None:
    """Clear away what a save left that was killed: the old model goes back where the new one did not come, and nothing stays
    beside it. Raises OSError."""
    before = _before(folder)
    if before.exists() and not folder.exists():
        before.rename(folder)
    for left_over in (before, *folder.parent.glob(_fresh(folder) + "*")):
        _remove(left_over)


def _swap(fresh: Path, folder: Path) -> None:
    """Move `fresh` to where `folder` is, which goes; where it could not go, nothing is moved."""
    before = _before(folder)
    if folder.exists():
        _unlock(folder)
        folder.rename(before)
    fresh.rename(folder)
    _remove(before)


def _unlock(folder: Path) -> None:
    """Open a folder and all in it to writing, so that it can be deleted. Raises PermissionError where it is somebody else's."""
    for place in (folder, *folder.rglob("*")):
        if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
            place.chmod(0o700)


def _remove(place: Path) -> None:
    if place.is_dir():
        _unlock(place)
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _reading(doc: Doc) -> Reading:
    told = doc.user_data
    decision, words, tongue = told["decision"], told["words"], told.get("tongue", NOT_TOLD)
    return Reading(
        outcome=decision.outcome,
        hits=tuple(ThemeHit(slug, round(score, 6), by, words.get(slug, ())) for slug, score, by in decision.hits),
        relevant=decision.relevant,
        lang_detected=tongue.language,
        lang_score=tongue.score,
        top_score=None if decision.top_score is None else round(decision.top_score, 6),
        questions=tuple(
            ThemeHit(slug, round(score, 6), by, words.get(QUESTION + slug, ())) for slug, score, by in decision.questions
        ),
        asks=None if passed_over(doc) else asks_something(text_of(doc)),
        doubt=decision.doubt,
    )
