"""What `init` asks, and the files of pipelines/starter with the answers in their places: the fields in double braces. Tables of
sources that are not asked become remarks."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

STARTER = Path(__file__).with_name("starter")
FIELD = re.compile(r"\{\{(\w+)\}\}")
SOURCE = re.compile(r"^\[sources\.(\w+)\]$", re.MULTILINE)
NO_REMARK = re.compile(r"^(?!#)", re.MULTILINE)
TAGS_APART = re.compile(r"[,;，、،]|\s(?=\s*[#＃])")
"""Not by white space alone: who writes "better buses" means one hashtag, and is told how to write it."""
WORDS_APART = re.compile(r"[\s,;，、،]")
ADDRESSES_APART = re.compile(r",?\s")
"""A comma may stand in an address."""

Answers = dict[str, tuple[str, ...]]
"""By the field of what was asked; sources by their names."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that is asked. field: its place in the files; key: as campaign.toml calls it; words: as people are asked it;
    apart: what parts several answers, None where there is one; usual: what holds where nothing is said; needed: a sentence where
    something has to be said; source: it is asked of this source alone, and `shown` in the remark where that is not asked."""

    field: str
    key: str
    option: str
    words: str
    apart: re.Pattern[str] | None = None
    usual: tuple[str, ...] = ()
    needed: str = ""
    source: str = ""
    shown: tuple[str, ...] = ()

    def several(self, typed: str) -> tuple[str, ...]:
        """The answers in one typed line; none where it is empty."""
        parts = self.apart.split(typed) if self.apart else [typed]
        return self.answers(part for part in parts if part.strip())

    def answers(self, said: Iterable[str]) -> tuple[str, ...]:
        """Answers without the white space around them; of sources, capitals do not matter."""
        return tuple(one.strip().lower() if self.field == "sources" else one.strip() for one in said)

    def as_toml(self, said: tuple[str, ...]) -> str:
        """The value that is written for these answers."""
        if self.apart is None:
            return json.dumps("".join(said), ensure_ascii=False)
        return json.dumps([_without_sign(one) if self.field == "hashtags" else one for one in said], ensure_ascii=False)


ALL = (
    Wanted("name", "name", "--name", "What the debate is called", shown=("my-debate",)),
    Wanted(
        "hashtags",
        "hashtags",
        "--hashtag",
        "Its hashtags, commas between them",
        TAGS_APART,
        needed="Give at least one hashtag, such as betterbuses.",
    ),
    Wanted("languages", "languages", "--language", "Languages of the posts, as codes such as en, cy", WORDS_APART, ("en",)),
    Wanted("timezone", "timezone", "--tz", "Time zone of the days that people see", shown=("UTC",)),
    Wanted("controller", "governance.controller", "--controller", "Organisation that answers for it (Enter: later)"),
    Wanted("contact", "governance.contact", "--contact", "E-mail for those who want posts removed (Enter: later)"),
    Wanted("accounts", "own.accounts", "--own", "Your own accounts, such as x:betterbuses (Enter: none)", WORDS_APART),
    Wanted(
        "sources",
        "sources",
        "--source",
        "Sources to ask, of mastodon, bluesky, x, feeds (Enter: none, files alone)",
        WORDS_APART,
    ),
    Wanted(
        "servers",
        "sources.mastodon.servers",
        "--server",
        "Mastodon servers",
        WORDS_APART,
        ("mastodon.social",),
        source="mastodon",
    ),
    Wanted(
        "urls",
        "sources.feeds.urls",
        "--feed",
        "Addresses of feeds, spaces between them",
        ADDRESSES_APART,
        needed="Give the address of at least one feed, such as https://example.org/feed.xml.",
        source="feeds",
        shown=("https://example.org/feed.xml",),
    ),
)


def plain_fault(wanted: Wanted, said: tuple[str, ...]) -> tuple[str, str, str] | None:
    """What is wrong with answers that no line of a file can hold: (option, what is wrong, what to do). None where nothing is."""
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for one in said for character in one):
        return wanted.option, "is not one line of text.", "Write it without line breaks and control characters."
    return None


def filled(answers: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Path, str]]:
    """(path within the campaign folder, text) of each file."""
    values = {one.field: one.as_toml(answers.get(one.field) or one.usual or one.shown) for one in ALL}
    for path in sorted(STARTER.rglob("*")):
        if path.is_file():
            paragraphs = path.read_text(encoding="utf-8").split("\n\n")
            text = "\n\n".join(_asked(paragraph, answers.get("sources", ())) for paragraph in paragraphs)
            yield path.relative_to(STARTER), FIELD.sub(lambda found: values[found[1]], text)


def _asked(paragraph: str, sources: tuple[str, ...]) -> str:
    """A paragraph of a file: as it is, or as a remark where it holds the table of a source that is not asked."""
    table = SOURCE.search(paragraph)
    return NO_REMARK.sub("# ", paragraph) if table and table[1] not in sources else paragraph


def _without_sign(tag: str) -> str:
    """A hashtag without its first '#', in whichever width, as campaign.toml has it."""
    return tag[1:] if tag[1:] and unicodedata.normalize("NFKC", tag[0]) == "#" else tag
