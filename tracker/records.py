"""The nouns of the house: what flows between readers, store, model and pages. No behaviour but what a record knows of itself.

Times are strings in ISO 8601, UTC, whole seconds, ending in `Z` (`2026-10-20T08:00:00Z`), so that they sort as text.
Ids and references to posts are the platform's own, as text. `None` is unknown, never zero.
Positions in text are code points, end exclusive. Sets that come in order are tuples.
"""

from dataclasses import dataclass, field

from tracker.alerting import AlertSettings
from tracker.quality import ASKS as ASKS
from tracker.quality import CORRECTED_FROM as CORRECTED_FROM
from tracker.quality import DRIFT_WEEKS as DRIFT_WEEKS
from tracker.quality import DRIFT_WORDS as DRIFT_WORDS
from tracker.quality import INDICATIVE_BELOW as INDICATIVE_BELOW
from tracker.quality import NOT_THIS_DEBATE as NOT_THIS_DEBATE
from tracker.quality import QUESTION as QUESTION
from tracker.quality import Everywhere as Everywhere
from tracker.quality import ModelCard as ModelCard
from tracker.quality import Overall as Overall
from tracker.quality import Quality as Quality
from tracker.source_settings import Sources

PLATFORMS = ("x", "bluesky", "mastodon", "reddit", "forum", "blog", "feed", "news", "other")
KINDS = ("original", "quote", "reply", "repost")
"""`posts.kind`, from the least to the most that it says: merging keeps the later one."""
WHO_AND_WHAT = ("id", "url", "text", "created_at", "author", "author_id", "author_name", "lang", "reply_to")
TABLE_FIELDS = (*WHO_AND_WHAT, "likes", "reposts", "replies", "quotes", "views")
"""What a column of a campaign's own table can hold. author: the handle."""
OUTCOMES = ("themed", "none", "unsure", "other-language", "empty")
"""What a reading of a post can end in (docs/commands.md, Words)."""


# ---- what was found --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as far as the file or the answer says. `native_id` is the platform's own id; where a format has
    only handles it is `"@" + handle` in lower case, so that one author stays one."""

    platform: str
    native_id: str
    handle: str | None = None
    display_name: str | None = None
    opted_out: bool | None = None
    labels: tuple[str, ...] = ()
    """What the account asks of its readers or a moderator says of it, as the platform spells it (`!no-unauthenticated`)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Public counts of one post at one moment (`seen_at`; None where the export does not say when it was made)."""

    seen_at: str | None = None
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None

    def known(self) -> bool:
        """Whether at least one count is known."""
        return any(value is not None for value in (self.likes, self.reposts, self.replies, self.quotes, self.views))


@dataclass(frozen=True, slots=True)
class Post:
    """One post as one file or answer shows it.

    hashtags: (tag, spelled) pairs; `tag` is compared (NFKC, casefolded, no '#'), `spelled` is as written.
    links: whole addresses, expanded where the source says so. mentions: handles without '@'.
    truncated: the text is known to be cut. detail: 2 = the platform's own answer, 1 = a table made from one.
    seen_at: when the version here was taken from the platform, where the source says so. edited_at: time of the last edit.
    """

    platform: str
    native_id: str
    text: str
    created_at: str
    url: str | None = None
    author: Author | None = None
    lang: str | None = None
    edited_at: str | None = None
    kind: str = "original"
    reply_to: str | None = None
    conversation_id: str | None = None
    quote_of: str | None = None
    repost_of: str | None = None
    truncated: bool = False
    detail: int = 2
    seen_at: str | None = None
    hashtags: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)

    @property
    def key(self) -> tuple[str, str]:
        """(platform, native_id): what makes a post one post."""
        return (self.platform, self.native_id)


@dataclass(frozen=True, slots=True)
class Found:
    """A post in a file: the post, the item it was read from (as JSON bytes, for raw.db) and the place (1-based line, or
    item number in a JSON document). wording: what of the post is compared with others, where that was read already."""

    post: Post
    raw: bytes
    line: int
    wording: "Wording | None" = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not become a post: where and why, in words for the person who made the file. Never its content;
    `fingerprint` is the row's bytes, which the store keeps only as a keyed hash."""

    reason: str
    line: int
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A row left out on purpose (a direct or followers-only post, a deleted post). Counted by reason; nothing else is kept."""

    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Truncated:
    """The file ends in the middle: all rows before this were whole. The last thing that a reader yields."""

    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """What this file in particular lacks, beyond what every file of its format does ("it says itself that it is a sample"): a
    sentence, told once and stored with the import. No row of the file; `line` is where the reader learnt of it."""

    reason: str
    line: int


Row = Found | Rejected | Withheld | Truncated | Lacking


@dataclass(frozen=True, slots=True)
class Match:
    """Why a post belongs to the debate: rule is hashtag, link, phrase, conversation, own, or everything (the campaign
    follows nothing); value is what matched."""

    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class Original:
    """The post elsewhere that a post may be a copy of. certain: a bridge made the copy, and says so in its id or address;
    else the post only links there."""

    platform: str
    native_id: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What of a post tells whether it is a message that stands elsewhere too: its wording as it is compared (a digest, and of
    how many words; None where nothing can be compared), and the posts that it may be a copy of."""

    digest: str | None
    words: int = 0
    originals: tuple[Original, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A stored post as it is compared with others; never who wrote it. copy_of: stored posts of other platforms, with
    whether a bridge says so."""

    post_id: int
    platform: str
    created_at: str
    digest: str | None
    words: int = 0
    links: tuple[str, ...] = ()
    copy_of: tuple[tuple[int, bool], ...] = ()


# ---- the campaign ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Theme:
    """One file of campaign/themes. slug is the file's name without `.toml`."""

    slug: str
    name: str
    meaning: str
    phrases: tuple[str, ...] = ()
    not_when: tuple[str, ...] = ()
    examples_yes: tuple[str, ...] = ()
    examples_no: tuple[str, ...] = ()
    group: str = ""
    dimension: str = "theme"
    renamed_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One of the questions that the paper puts to its readers."""

    slug: str
    text: str
    answers_when: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled post (docs/campaign-folder.md). themes None: the line carries no labels (a pool line). asked, asked_questions:
    the themes and questions that its coder had to choose from, as they were called then; None: all of today's. week: in which the
    post was written, of those that were drawn at random, where that is known."""

    text: str
    themes: tuple[str, ...] | None
    questions: tuple[str, ...] = ()
    lang: str | None = None
    platform: str | None = None
    native_id: str | None = None
    relevant: bool | None = None
    origin: str = "human"
    coder: str | None = None
    cannot_tell: bool = False
    coded_at: str | None = None
    round: str | None = None
    queue: str | None = None
    codebook: str | None = None
    probability: float | None = None
    asks_us: bool | None = None
    role: str | None = None
    note: str | None = None
    asked: tuple[str, ...] | None = None
    asked_questions: tuple[str, ...] | None = None
    week: str | None = None


@dataclass(frozen=True, slots=True)
class Governance:
    """Who answers for the collection and on what basis; a source on the open internet is not asked until all are filled."""

    controller: str = ""
    contact: str = ""
    lawful_basis: str = ""
    condition: str = ""
    dpia_date: str = ""

    def missing(self) -> tuple[str, ...]:
        """The keys that are still empty."""
        return tuple(name for name in self.__slots__ if not getattr(self, name).strip())


@dataclass(frozen=True, slots=True)
class StudyHold:
    """A stated reason to keep posts longer than `retention.posts_days`, until a date (YYYY-MM-DD)."""

    reason: str
    end: str


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A table that a campaign has from somewhere (`[[import.table]]`): which platform its posts are from, and which column is
    what, as (one of TABLE_FIELDS, name of the column). timezone: of times that do not say theirs. time_format: as strptime has
    it; '' for ISO 8601. html: the texts are HTML."""

    name: str
    platform: str
    columns: tuple[tuple[str, str], ...]
    timezone: str = ""
    time_format: str = ""
    html: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign folder, read and found sound. `folder` is its path; hashtags are NFKC-casefolded without '#'; groups are
    the groups of themes in the order in which pages show them, and themes follow that order."""

    folder: str
    name: str
    timezone: str = "UTC"
    hashtags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    groups: tuple[str, ...] = ()
    paper_title: str = ""
    paper_url: str = ""
    own_accounts: tuple[str, ...] = ()
    sources: Sources = field(default_factory=Sources)
    smallest_cell: int = 10
    publish_nightly: bool = True
    settle_days: int = 3
    """Days after a week's end until its numbers are published, once and for ever: what comes in later is not in them."""
    licence: str = ""
    """Under which what is published may be used (SPDX), '' where none was chosen."""
    posts_days: int = 365
    raw_days: int = 30
    study_holds: tuple[StudyHold, ...] = ()
    governance: Governance = field(default_factory=Governance)
    themes: tuple[Theme, ...] = ()
    questions: tuple[Question, ...] = ()
    tables: tuple[TableMapping, ...] = ()
    backup_recipient: str = ""
    """Of age (https://age-encryption.org), for whom backups are encrypted; '' where they are not."""
    alerts: AlertSettings = field(default_factory=AlertSettings)

    def follows_something(self) -> bool:
        """False: the campaign keeps every post that is imported."""
        return bool(self.hashtags or self.links or self.phrases)


# ---- what the model says ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ThemeHit:
    """One theme on one post. decided_by: rule, model or person. words: (start, end) spans in the post's text."""

    theme: str
    score: float
    decided_by: str
    words: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the live model made of one post; `outcome` is one of OUTCOMES. relevant None: the model has no opinion. questions: the
    paper's questions that it answers (`theme` is the question's slug); asks: whether it asks something, None where unread; doubt:
    of an unsure post, by how much macro-F1 may be expected to gain where a person reads it."""

    outcome: str
    hits: tuple[ThemeHit, ...] = ()
    relevant: bool | None = None
    lang_detected: str | None = None
    lang_score: float | None = None
    top_score: float | None = None
    questions: tuple[ThemeHit, ...] = ()
    asks: bool | None = None
    doubt: float | None = None
