"""Reads labelled posts: examples.jsonl, and any file of the same shape. One JSON object a line (docs/campaign-folder.md)."""

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from tracker.codings import AUDIT
from tracker.faults import Faults, did_you_mean, not_utf8, quoted, unreadable
from tracker.file_kinds import not_jsonl
from tracker.platforms.text import plain_entities
from tracker.problems import UsageProblem
from tracker.records import PLATFORMS, Campaign, Example
from tracker.settling import names_now
from tracker.theme_files import SLUG
from tracker.times import written
from tracker.tongues import bare_language

LABEL_KEYS = ("text", "themes", "questions", "relevant", "cannot_tell", "asks_us", "probability", "asked", "asked_questions")
ORIGIN_KEYS = ("lang", "platform", "native_id", "origin", "coder", "role", "coded_at", "queue", "round", "codebook", "note")
KEYS = LABEL_KEYS + ORIGIN_KEYS
ORIGINS = ("invented", "human")
ROLES = ("coder", "lead")
DENYING = (("relevant", False, "the post is about something else"), ("cannot_tell", True, "nobody could decide"))
"""The keys and values beside which no theme can stand."""
NEAR = 0.8
SLUG_NEAR = 0.7
NONE_SAID = ("", "-", "n/a", "na", "no", "none", "nothing", "null")
"""What people write for a theme where none applies."""
HEAD = 8192
"""Bytes by which it is told what a file is that has no labelled post a line."""
LAST_KEY = re.compile(r'"(\w+)"\s*:')
SURROGATES = re.compile("[\ud800-\udfff]")
NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
WORDS = ("text", "note")
"""The keys of whole texts; the others are short names of something, in which there are no signs that nobody sees."""
NULL: tuple[type, ...] = (type(None),)
Books = Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]
"""By its version, what each codebook asked about: "themes" and "questions", each with its "slug"."""
NO_BOOKS: Books = {}
Slugs = tuple[str, ...] | None
OF_THEN = {
    key: f'. If it was one when the post was coded, name all of then in the line, as `labels --take-out` does: "{asked}": [...]'
    for key, asked in (("themes", "asked"), ("questions", "asked_questions"))
}


def read_examples(path: Path, campaign: Campaign, *, labels: bool = True, books: Books = NO_BOOKS) -> list[Example]:
    """The labelled posts of `path` in its order. A missing examples.jsonl of the campaign is an empty one.

    A post may be without words, as one that was a picture: it is read, and teaches nothing.
    labels False: the labels are not looked at, and every example has `themes` None (a pool of unlabelled posts).
    books: what the codebooks asked about that lines may name.
    Raises CampaignProblem with up to 20 mistakes, PermissionProblem, or UsageProblem where `path` is not there."""
    return [example for _, example in labelled_lines(path, campaign, labels=labels, books=books)]


def labelled_lines(path: Path, campaign: Campaign, *, labels: bool = True, books: Books = NO_BOOKS) -> list[tuple[int, Example]]:
    """As `read_examples`, each with its line (from 1)."""
    faults = Faults()
    found = list(_examples(path, campaign, labels, faults, books))
    faults.raise_any()
    return found


def _examples(path: Path, campaign: Campaign, labels: bool, faults: Faults, books: Books) -> Iterator[tuple[int, Example]]:
    try:
        with path.open("rb") as stream:
            wrong = not_jsonl(stream.peek(HEAD)[:HEAD], such_as(campaign))
            for number, row in enumerate(stream, start=1):
                content = row.removeprefix(BOM_UTF8) if number == 1 else row
                if not content.strip():
                    continue
                if wrong:
                    faults.add(path, number, "file", *wrong)
                    return
                example = _Line(path, number, faults, campaign, books).example(content, labels)
                if example is not None:
                    yield number, example
    except FileNotFoundError as error:
        if path != Path(campaign.folder) / "examples.jsonl":
            raise UsageProblem(
                f"There is no file {path}.",
                next_step="Check the name; a relative one is looked for in the folder in which the command is given.",
            ) from error
    except IsADirectoryError:
        faults.add(path, 1, "file", "this is a folder, not a file.", "Name a file with one labelled post a line.")
    except OSError as error:
        raise unreadable(path, error) from error


def such_as(campaign: Campaign) -> str:
    """A labelled post of this campaign, as it is written in a file."""
    return json.dumps({"text": "The words of the post.", "themes": [theme.slug for theme in campaign.themes[:1]]})


class _Line:
    """One line being read. A value that is wrong is noted and read as missing."""

    def __init__(self, path: Path, number: int, faults: Faults, campaign: Campaign, books: Books) -> None:
        self._path = path
        self._number = number
        self._faults = faults
        self._campaign = campaign
        self._books = books
        self._values: dict[str, object] = {}

    def example(self, content: bytes, labels: bool) -> Example | None:
        """The labelled post in `content`; None where there is none."""
        before = self._faults.count
        if not self._load(content):
            return None
        self._check_keys()
        text = self._text("text")
        if text is None and before == self._faults.count:
            self._fault("text", "is missing.", f"Write the post's words: {such_as(self._campaign)}")
        themes, asked = self._themes() if labels else (None, None)
        questions, asked_questions = self._questions() if labels else (None, None)
        queue = (self._text("queue") or "").strip().casefold() or None
        example = Example(
            text=plain_entities(text or ""),
            themes=themes,
            questions=questions or (),
            lang=bare_language(self._text("lang") or "") or None,
            platform=self._one_of("platform", PLATFORMS),
            native_id=(self._text("native_id") or "").strip() or None,
            relevant=self._relevant() if labels else None,
            origin=self._one_of("origin", ORIGINS) or "human",
            coder=" ".join((self._text("coder") or "").split()) or None,
            cannot_tell=bool(self._flag("cannot_tell")) if labels else False,
            coded_at=self._moment("coded_at") if labels else None,
            round=self._text("round"),
            queue=queue,
            codebook=self._text("codebook"),
            probability=self._probability(queue),
            asks_us=self._flag("asks_us") if labels else None,
            role=self._one_of("role", ROLES),
            note=self._text("note"),
            asked=asked,
            asked_questions=asked_questions,
        )
        return example if before == self._faults.count else None

    def _load(self, content: bytes) -> bool:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            self._fault("line", *not_utf8())
            return False
        try:
            values = json.loads(text, object_pairs_hook=self._once)
        except (ValueError, RecursionError) as error:
            before = text[: error.pos] if isinstance(error, json.JSONDecodeError) else text
            keys = LAST_KEY.findall(before)
            said = error.msg if isinstance(error, json.JSONDecodeError) else "too long a number or too many brackets"
            self._fault(keys[-1] if keys else "line", f"is not JSON ({said}).", f"Write it such as: {such_as(self._campaign)}")
            return False
        if not isinstance(values, dict):
            self._fault("line", "is no JSON object in { }.", f"Write one object a line: {such_as(self._campaign)}")
            return False
        self._values = values
        return True

    def _once(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """The object of these pairs. JSON lets a key stand twice, and readers then differ on which counts."""
        for key, times in Counter(key for key, _ in pairs if key in KEYS).items():
            if times > 1:
                self._fault(key, "stands more than once in this line.", f"Leave one of them: {such_as(self._campaign)}")
        return dict(pairs)

    def _check_keys(self) -> None:
        """A key that looks like a known one is a slip of the pen; others may be somebody's notes."""
        for key in (key for key in self._values if key not in KEYS):
            near = did_you_mean(key, KEYS, NEAR)
            if near:
                self._fault(
                    key, "is not a key of a labelled post.", f'Did you mean "{near}"? Write it so: {such_as(self._campaign)}'
                )

    def _text(self, key: str) -> str | None:
        """Text that can be stored. In words a half of a character pair, which JSON can spell, is replaced, and NUL taken out, as
        when posts are imported."""
        value = self._of_type(key, (str,), f'text in quotation marks: "{key}": "..."')
        if not isinstance(value, str):
            return None
        if key not in WORDS and (found := NO_NAME.search(value.strip())):
            sign = f"U+{ord(found[0]):04X}, a sign that nobody sees or half of one"
            self._fault(
                key, f"holds {sign}, so it is not what it looks like.", "Write it without; look whether it was cut or mangled."
            )
            return None
        return SURROGATES.sub("\ufffd", value.replace("\0", ""))

    def _moment(self, key: str) -> str | None:
        """A day or a moment as the store writes it, in UTC where no zone is said."""
        value = self._text(key)
        if value is None:
            return None
        try:
            said = datetime.fromisoformat(value.strip())
            return written(said if said.tzinfo else said.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            such = f'"{key}": "2026-10-05T08:00:00Z" or "{key}": "2026-10-05"'
            self._fault(key, f"{quoted(value)} is no day or moment.", f"Write it such as {such}, or leave it out.")
            return None

    def _flag(self, key: str) -> bool | None:
        return cast(bool | None, self._of_type(key, (bool,), f'true or false: "{key}": true'))

    def _relevant(self) -> bool | None:
        relevant = self._flag("relevant")
        if relevant is not None and self._values.get("cannot_tell") is True:
            beside = 'stands beside "cannot_tell": true, which says that nobody could decide.'
            self._fault("relevant", beside, "Leave one of them out, whichever is not meant.")
        return relevant

    def _of_type(self, key: str, types: tuple[type, ...], should_be: str) -> object:
        value = self._values.get(key)
        if isinstance(value, types + NULL) and (bool in types or not isinstance(value, bool)):
            return value
        self._fault(key, f"{quoted(value)} is of the wrong kind.", f"It should be {should_be}")
        return None

    def _one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self._text(key)
        if value is None or value in known:
            return value
        near = did_you_mean(value, known) or known[0]
        wrong = f"{quoted(value)} is not one of {', '.join(known)}."
        self._fault(key, wrong, f'Write one of them, such as: "{key}": "{near}"')
        return None

    def _themes(self) -> tuple[Slugs, Slugs]:
        """The themes, where no other key says that the post has none; and those that it was asked about."""
        names = names_now({one.slug: one.renamed_from for one in self._campaign.themes})
        themes, asked = self._chosen("themes", "asked", names)
        for key, value, means in DENYING:
            if themes and self._values.get(key) is value:
                beside = f'stands beside "{key}": {json.dumps(value)}, which says that {means}.'
                self._fault("themes", beside, f'Write "themes": [], or leave "{key}" out, whichever is meant.')
        return themes, asked

    def _questions(self) -> tuple[Slugs, Slugs]:
        return self._chosen("questions", "asked_questions", {one.slug: one.slug for one in self._campaign.questions})

    def _chosen(self, key: str, asked_key: str, names: Mapping[str, str]) -> tuple[Slugs, Slugs]:
        """What was chosen, and what there was to choose from (None: not known), in names of now; names: by every name that those
        of today have had. What the campaign had when the post was coded, and has no more, is kept as it was called."""
        listed = self._of_type(asked_key, (list,), f'a list in square brackets: "{asked_key}": []')
        if isinstance(listed, list) and not all(isinstance(slug, str) and SLUG.fullmatch(slug) for slug in listed):
            self._fault(asked_key, f"{quoted(listed)} is no list of {key}.", f'Write such as: "{asked_key}": ["fares"]')
            listed = None
        book = self._books.get(str(self._values.get("codebook")))
        then = listed if isinstance(listed, list) else [one["slug"] for one in book[key]] if book else None
        called = {slug: slug for slug in then or ()} | dict(names)
        chosen = self._slugs(key, called, known_then=then is not None)
        if then is None:
            return chosen, None
        asked = dict.fromkeys(called[slug] for slug in then)
        for slug in chosen or ():
            if isinstance(listed, list) and slug in called and slug not in asked:
                self._fault(key, f'{quoted(slug)} is not among "{asked_key}".', f'Name it there, or leave it out of "{key}".')
        return chosen, tuple(dict.fromkeys((*asked, *(chosen or ()))))

    def _slugs(self, key: str, called: Mapping[str, str], *, known_then: bool) -> Slugs:
        """The slugs in their names of now; called: by every name that they have had; known_then: it holds what the campaign had
        when the post was coded."""
        noun, known = key.removesuffix("s"), list(dict.fromkeys(called.values()))
        listed = self._of_type(key, (list,), f'a list in square brackets: "{key}": ["{known[0] if known else noun}"]')
        if not isinstance(listed, list):
            return None
        for slug in listed:
            if not isinstance(slug, str) or slug not in called:
                near = did_you_mean(slug, known, SLUG_NEAR) if isinstance(slug, str) else None
                choice = f"Did you mean {near}?" if near else f"Known: {', '.join(known) or 'none yet'}."
                instead = f"{choice} A list may be empty: []{'' if known_then else OF_THEN[key]}"
                if slug is None or (isinstance(slug, str) and slug.strip().casefold() in NONE_SAID):
                    instead = f'Where a post has none, the list is empty: "{key}": []'
                self._fault(key, f"{quoted(slug)} is no {noun} of this campaign.", instead)
        return tuple(dict.fromkeys(called.get(slug, slug) for slug in listed if isinstance(slug, str)))

    def _probability(self, queue: str | None) -> float | None:
        value = self._of_type("probability", (int, float), 'a number above 0, at most 1: "probability": 0.25')
        if not isinstance(value, int | float):
            return None
        if not 0 < value <= 1:
            self._fault("probability", f"{quoted(value)} is not above 0 and at most 1.", 'Write such as: "probability": 0.25')
        if queue not in (None, AUDIT):
            beside = f'stands beside "queue": {json.dumps(queue, ensure_ascii=False)}, from which no post is drawn at random.'
            instead = f'Write "queue": "{AUDIT}" if it is of the random sample, or leave "probability" out.'
            self._fault("probability", beside, instead)
        return float(value)

    def _fault(self, key: str, wrong: str, instead: str) -> None:
        self._faults.add(self._path, self._number, key, wrong, instead)
