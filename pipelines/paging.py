"""One page of rows from a file or an answer: filtered, matched, decided. What comes out is ready to be kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from db.forgotten import Forgotten
from db.keeping import Kept, Known, Origin
from tracker.counting import local_day
from tracker.deciding import decide
from tracker.matching import Matcher, references
from tracker.platforms.x_parts import is_of_another_time
from tracker.records import Campaign, Found, Lacking, Match, Post, Rejected, Row, Truncated, Withheld
from tracker.reports import FileReport
from tracker.stumps import Stump, original_of, stump_of

Key = tuple[str, str]
"""(platform, native id)"""
Handle = tuple[str, str]
"""(platform, handle in lower case)"""
LINES_SHOWN = 10
WAITING_AT_MOST = 500_000


class Looking(Protocol):
    """What a page asks of the store."""

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored of these posts."""

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these posts are stored."""

    def written_by(self, handles: Iterable[Handle]) -> dict[Handle, list[tuple[str, str]]]:
        """The stored posts (native id, text) of these handles that are no reposts."""


class NothingStored:
    """The store of a campaign that has none yet."""

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """Nothing."""
        return {}

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Nothing."""
        return set()

    def written_by(self, handles: Iterable[Handle]) -> dict[Handle, list[tuple[str, str]]]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class Rules:
    """What every page of a run is read by. `forgotten` is None only where there is no store to be asked."""

    campaign: Campaign
    matcher: Matcher
    forgotten: Forgotten | None


@dataclass(slots=True)
class Page:
    """What to keep of a page: posts, the items they were read from, and refused rows (file, line, reason, hash)."""

    kept: list[Kept] = field(default_factory=list)
    raws: list[tuple[Post, bytes]] = field(default_factory=list)
    refused: list[tuple[str, int, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What a file gave so far. `waiting`: the posts that would bring those of the file that are outside into the debate."""

    rows: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    outside: int = 0
    forgotten: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_lines: dict[str, list[int]] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)
    truncated: str = ""
    first_post: str | None = None
    last_post: str | None = None
    waiting: set[Key] = field(default_factory=set)
    stumps: set[Stump] = field(default_factory=set)
    lacking: dict[str, None] = field(default_factory=dict)
    of_another_time: int = 0

    def report(self, file: str, format_name: str, lost: str = "") -> FileReport:
        """The tally as it is shown. lost: what every file of the format lacks."""
        return FileReport(
            file=file,
            format=format_name,
            rows=self.rows,
            new=self.new,
            known=self.known,
            updated=self.updated,
            outside=self.outside,
            forgotten=self.forgotten,
            rejected=tuple((reason, n, tuple(self.rejected_lines[reason])) for reason, n in self.rejected.most_common()),
            withheld=tuple(self.withheld.most_common()),
            truncated=self.truncated,
            first_post=self.first_post,
            last_post=self.last_post,
            lost=" ".join(filter(None, [lost, *self.lacking, self._another_time()])),
        )

    def _another_time(self) -> str:
        if not self.of_another_time:
            return ""
        posts = "one post of X" if self.of_another_time == 1 else f"{self.of_another_time:,} posts of X"
        return f"Of {posts} the time is more than a day from the one inside the id, so one of the two is wrong: kept as given."

    def _refuse(self, reason: str, line: int) -> None:
        self.rejected[reason] += 1
        lines = self.rejected_lines.setdefault(reason, [])
        if len(lines) < LINES_SHOWN:
            lines.append(line)

    def _span(self, created_at: str) -> None:
        self.first_post = min(self.first_post or created_at, created_at)
        self.last_post = max(self.last_post or created_at, created_at)


def read_page(rows: Sequence[Row], rules: Rules, looking: Looking, tally: Tally, *, file: str, source: str = "import") -> Page:
    """Sort the rows of a page into what is kept, refused, left out and outside the debate; `tally` counts them. Rows of a public
    API (`source`) come from a server (`file`), and their places in an answer say nothing."""
    page = Page()
    found: list[Found] = []
    for row in rows:
        match row:
            case Truncated():
                tally.truncated = row.reason
            case Lacking():
                tally.lacking[row.reason] = None
            case Found():
                tally.rows += 1
                found.append(row)
            case Rejected():
                tally.rows += 1
                tally._refuse(row.reason, row.line)
                page.refused.append((file, row.line, row.reason, _fingerprint(row, rules)))
            case Withheld():
                tally.rows += 1
                tally.withheld[row.reason] += 1
    found = _with_originals(_not_forgotten(found, rules, tally), looking, tally)
    belonging = _belonging(found, rules, looking, tally)
    _decide(belonging, rules, looking, tally, page, Origin(source, file))
    return page


def _fingerprint(row: Rejected, rules: Rules) -> str:
    return rules.forgotten.fingerprint(row.fingerprint) if rules.forgotten else ""


def _not_forgotten(found: list[Found], rules: Rules, tally: Tally) -> list[Found]:
    """The rows without what is to stay forgotten, before anything of them is matched or written."""
    if rules.forgotten is None:
        return found
    left = []
    for row in found:
        post = rules.forgotten.filtered(row.post)
        if post is None:
            tally.forgotten += 1
        else:
            left.append(row if post is row.post else replace(row, post=post, wording=None))
    return left


def _with_originals(found: list[Found], looking: Looking, tally: Tally) -> list[Found]:
    """The rows, those that are cut reposts with the id of what they repeat, where that is stored or on this page."""
    stumps = {i: stump for i, row in enumerate(found) if (stump := stump_of(row.post))}
    if not stumps:
        return found
    handles = {(stump.platform, stump.handle) for stump in stumps.values()}
    written = looking.written_by(handles)
    for row in found:
        author = row.post.author
        if author and author.handle and row.post.kind != "repost" and (by := (author.platform, author.handle.lower())) in handles:
            written.setdefault(by, []).append((row.post.native_id, row.post.text))
    for i, stump in stumps.items():
        original = original_of(stump, written.get((stump.platform, stump.handle), ()))
        if original is not None:
            found[i] = replace(found[i], post=replace(found[i].post, repost_of=original))
        elif len(tally.stumps) < WAITING_AT_MOST:
            tally.stumps.add(stump)
    return found


def found_now(stumps: set[Stump], looking: Looking) -> bool:
    """Whether one of these cut reposts can be told now."""
    written = looking.written_by({(stump.platform, stump.handle) for stump in stumps})
    return any(original_of(stump, written.get((stump.platform, stump.handle), ())) for stump in stumps)


def _belonging(found: list[Found], rules: Rules, looking: Looking, tally: Tally) -> list[tuple[Found, tuple[Match, ...]]]:
    """The rows whose posts belong, with the reasons, in the order of the page. A post that is stored already belongs, even where
    this row (a cut one, say) does not show why."""
    reasons = [rules.matcher.reasons(row.post) for row in found]
    undecided = {i for i, matched in enumerate(reasons) if not matched}
    stored = looking.stored({key for i in undecided for key in _hangs_on(found[i].post)}) if undecided else set()
    belongs = {i for i in undecided if found[i].post.key in stored}
    in_debate = stored | {row.post.key for i, row in enumerate(found) if i not in undecided}
    undecided -= belongs
    while True:
        reached = {i: matched for i in undecided if (matched := rules.matcher.conversation(found[i].post, in_debate))}
        if not reached:
            break
        for i, matched in reached.items():
            reasons[i] = matched
            in_debate.add(found[i].post.key)
        undecided -= reached.keys()
    tally.outside += len(undecided)
    if len(tally.waiting) < WAITING_AT_MOST:
        tally.waiting.update(key for i in undecided for key in _hangs_on(found[i].post))
    return [(row, reasons[i]) for i, row in enumerate(found) if i not in undecided]


def _hangs_on(post: Post) -> set[Key]:
    """The posts that would bring this one into the debate if they were stored: itself, and those that it refers to."""
    return {post.key, *((post.platform, reference) for reference in references(post))}


def _decide(
    belonging: list[tuple[Found, tuple[Match, ...]]], rules: Rules, looking: Looking, tally: Tally, page: Page, origin: Origin
) -> None:
    """Put each belonging post beside what is known of it, one after the other, and keep what comes of it."""
    known = looking.known({row.post.key for row, _ in belonging})
    kept: dict[Key, Kept] = {}
    own, zone, forgotten, numbered = rules.matcher.is_own, rules.campaign.timezone, rules.forgotten, origin.source == "import"
    for row, matches in belonging:
        post = row.post
        stored, earlier = known.get(post.key), kept.get(post.key)
        decision = decide(post, earlier.post if earlier else stored.post if stored else None)
        tally.new += decision.verdict == "new"
        tally.known += decision.verdict == "known"
        tally.updated += decision.verdict == "changed"
        tally._span(post.created_at)
        tally.of_another_time += post.platform == "x" and is_of_another_time(post.native_id, post.created_at)
        is_own = own(post)
        now = Kept(
            post=decision.post,
            day=local_day(decision.post.created_at, zone),
            is_own=is_own if decision.post is post else own(decision.post),
            matches=matches,
            origins=(Origin("import", origin.file, row.line) if numbered else origin,),
            counts=(post.counts,) if post.counts.known() else (),
            write=decision.write,
            text_is_new=decision.text_is_new,
            same_text=decision.same_text,
            known=stored,
            sightings=((post, is_own),),
            wording=row.wording if decision.post is post else None,
        )
        kept[post.key] = now.after(earlier) if earlier else now
        if forgotten is None or forgotten.allows_raw(post.platform, row.raw):
            page.raws.append((post, row.raw))
    page.kept = list(kept.values())
