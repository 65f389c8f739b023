"""What the public copy is made from: counts of what may be told, what was told before, and the campaign's own words.

The store is only read, as of one moment.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from db import migrations
from db.counting import count_changes, is_up_to_date
from db.folder import DataFolder
from db.labels import Labels
from db.opening import open_database, storage_errors, writing
from db.reading import Row, campaign_settings, rows_of
from db.statements import statements
from db.store import Store
from tracker.counting import days_of
from tracker.public_text import repeats_others, without_names
from tracker.quoting import words_of
from tracker.told import GROUP, POSTS, QUESTION, THEME, Cell, Counted, Counters, Pair
from tracker.tongues import tongue

FILE = "publishing.sql"
DECIDED = "public_numbers_decided"
"""The setting that says by what it was decided last what may be told."""
NOBODY = Counted(0, 0)
PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class CountedBy:
    """Who counted a number: a model, or PEOPLE, or neither where none was needed."""

    model: str | None
    people: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What someone agreed to have quoted, or the campaign's own paraphrase of it. agreed_on: the day of their consent; lang: the
    language of their words, where it is known."""

    text: str
    paraphrased: bool
    agreed_on: str | None
    lang: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """By what it was decided what may be told. rules: the campaign's, as text; settled: the last week that was; open_month: the
    first month that was not over."""

    rules: str
    settled: str
    open_month: str


class Counting:
    """What stands behind the numbers that may be told, as db.counting keeps it up. What is kept is what was counted last: posts
    that came since are in no number."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._sql = statements(FILE)
        self.weeks = [week for (week,) in db.execute(self._sql["weeks"])]
        self._subjects: dict[tuple[str, str], int | None] = {}
        self._singles: dict[tuple[int | None, str], Counted] = {}

    def links_of_weeks(self, smallest: int, first: str) -> list[str]:
        """The addresses that so many people shared in one week, from this one on; those of people's posts are left out."""
        rows = self._db.execute(self._sql["links_of_weeks"], {"first": first, "smallest": smallest})
        return [subject for (subject,) in rows]

    def links(self, smallest: int) -> list[str]:
        """The addresses that so many people shared, in whatever weeks; those of people's posts are left out."""
        shared = self._db.execute(self._sql["shared_links"], {"smallest": smallest}).fetchall()
        return sorted(
            subject for subject, subject_id, most in shared if most >= smallest or self._sharers(subject_id) >= smallest
        )

    def _sharers(self, subject_id: int) -> int:
        return int(self._db.execute(self._sql["sharers"], {"subject": subject_id}).fetchone()[0])

    def counters(self) -> Counters:
        """How to count, for tracker.suppression."""
        return Counters(self._of, self._platforms, self._rest)

    def all_posts(self) -> int:
        """How many posts there are in all weeks."""
        return int(self._db.execute(self._sql["all_posts"]).fetchone()[0])

    def _single(self, kind: str, subject: str, week: str) -> Counted:
        named = kind, subject
        if named not in self._subjects:
            known = self._db.execute(self._sql["subject"], named).fetchone()
            self._subjects[named] = known[0] if known else None
        place = self._subjects[named], week
        if place not in self._singles:
            found = self._db.execute(self._sql["single"], place).fetchone() if place[0] else None
            self._singles[place] = Counted(*found) if found else NOBODY
        return self._singles[place]

    def _of(self, kind: str, pairs: Sequence[Pair]) -> Counted:
        if len(pairs) == 1:
            return self._single(kind, *pairs[0])
        if len({subject for subject, _ in pairs}) > 1:
            return self._counted("of_many", kind, pairs)
        people = self._db.execute(self._sql["people"], {"kind": kind, "pairs": json.dumps(pairs)}).fetchone()[0]
        return Counted(sum(self._single(kind, *pair).posts for pair in pairs), people)

    def _platforms(self, weeks: Sequence[str]) -> Mapping[str, Counted]:
        rows = self._db.execute(self._sql["platforms"], {"weeks": json.dumps(weeks)})
        return {platform: Counted(posts, people) for platform, posts, people in rows}

    def _rest(self, kind: str, pairs: Sequence[Pair], weeks: Sequence[str]) -> Counted:
        if len({subject for subject, _ in pairs}) > 1:
            return self._counted("rest_of_many", kind, pairs, weeks)
        asked = {"kind": kind, "pairs": json.dumps(pairs), "weeks": json.dumps(weeks)}
        return Counted(*self._db.execute(self._sql["rest"], asked).fetchone())

    def _counted(self, name: str, kind: str, pairs: Sequence[Pair], weeks: Sequence[str] = ()) -> Counted:
        """Of several themes together: a post may be about more than one of them, so the posts themselves are looked at."""
        if kind != THEME:
            raise ValueError(f"{kind} is not counted together")
        asked = {
            "pairs": json.dumps([(subject, *days_of(week)) for subject, week in pairs]),
            "days": json.dumps([days_of(week) for week in weeks]),
        }
        sql = self._sql[name].replace("{may_be_told}", self._sql["may_be_told"].rstrip(";"))
        return Counted(*self._db.execute(sql, asked).fetchone())


@contextmanager
def looking(folder: DataFolder, copy: Path | None = None) -> Iterator[sqlite3.Connection]:
    """The store, or a copy of it, as it is at one moment, for reading only."""
    tracker = copy or folder.tracker
    db = open_database(tracker, migrations.tracker, readonly=True)
    try:
        with storage_errors(tracker):
            db.conn.execute("begin")
            try:
                yield db.conn
            finally:
                db.conn.execute("rollback")
    finally:
        db.close()


def counted_copy(folder: DataFolder, place: Path) -> Path | None:
    """A copy of the store at `place` whose sums are brought up to date there; None where those of the store are."""
    with looking(folder) as db:
        if is_up_to_date(db):
            return None
        with storage_errors(place), closing(sqlite3.connect(place)) as copy:
            db.backup(copy)
    copied = open_database(place, migrations.tracker)
    try:
        with writing(copied, place) as connection:
            count_changes(connection)
    finally:
        copied.close()
    return place


def read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    """The rows of a statement of publishing.sql."""
    return rows_of(db, FILE, name, **asked)


# ---- what was told ---------------------------------------------------------------------------------------------------


def told_cells(db: sqlite3.Connection, first: str = "") -> list[tuple[Cell, Row]]:
    """Every number that was ever told, in the order in which it was, with its row. first: only those that count a week from this
    one on."""
    rows = read(db, "told_of_weeks", first=first) if first else read(db, "told")
    return [(cell_of(row), row) for row in rows]


def cell_of(row: Row) -> Cell:
    """The cell that a row keeps."""
    pairs = tuple((str(subject), str(week)) for subject, week in json.loads(row["pairs"]))
    return Cell(row["kind"], row["subject"], row["level"], pairs, row["posts"], row["people"])


def decided_before(db: sqlite3.Connection) -> tuple[Decided | None, set[str]]:
    """By what it was decided last what may be told, and in which weeks a number changed since."""
    told = db.execute("select value from settings where name = ?", [DECIDED]).fetchone()
    changed = {str(row["week"]) for row in read(db, "changed_weeks")}
    return (Decided(*json.loads(told[0])) if told else None), changed


def counted_by_people(db: sqlite3.Connection, cells: Sequence[Cell]) -> frozenset[Cell]:
    """Those of these numbers about themes of which people settled every theme on every post of every week that they count."""
    themes = [cell for cell in cells if cell.kind in (THEME, GROUP)]
    weeks = sorted({week for cell in themes for week in cell.weeks})
    settled = {(row["theme"], row["week"]) for row in read(db, "read_by_people", weeks=json.dumps(weeks))}
    return frozenset(cell for cell in themes if settled.issuperset(cell.pairs))


def agreement(db: sqlite3.Connection, cells: Iterable[Cell], renamed: Mapping[str, str]) -> list[Row]:
    """How well coders agree on each theme of which these or numbers that were told before were counted by people. It is of all
    coders together."""
    themes = {subject for cell in cells for subject, _ in cell.pairs}
    themes |= {renamed.get(row["theme"], row["theme"]) for row in read(db, "counted_by_people")}
    return read(db, "agreement", themes=json.dumps(sorted(themes)))


def theme_error(db: sqlite3.Connection, renamed: Mapping[str, str]) -> list[Row]:
    """How well the live model, and each that counted what is told, finds each theme, by the themes' present names. Where a model
    knew several themes that are one now, that of none of them is told."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in read(db, "theme_error"):
        found.setdefault((row["model"], renamed.get(row["theme"], row["theme"])), []).append(row)
    chosen = {
        (model, theme): next((row for row in rows if row["theme"] == theme), rows[0] if len(rows) == 1 else None)
        for (model, theme), rows in found.items()
    }
    return [{**row, "theme": theme} for (_, theme), row in chosen.items() if row]


def keep_cells(
    store: Store,
    cells: Sequence[Cell],
    decided: Decided | None,
    *,
    model: str | None,
    now: str,
    by_people: Collection[Cell] = (),
) -> None:
    """Write down what is about to be told, so that it is never counted again, and by what it was decided. Those that are known
    stay as they are. Next time the weeks whose posts are told now are looked at again: more may be told beside them. by_people:
    those that people counted."""
    rows = [_row(cell, counted_by(cell, model, by_people), now) for cell in cells]
    beside = {(week,) for cell in cells if cell.kind == POSTS for week in cell.weeks}

    def work(db: sqlite3.Connection) -> None:
        db.executemany(statements(FILE)["keep"], rows)
        if decided is not None:
            db.execute("delete from public_changes")
            db.executemany("insert into public_changes(week) values (?)", sorted(beside))
            told = json.dumps(astuple(decided), ensure_ascii=False)
            db.execute("insert or replace into settings(name, value) values (?, ?)", [DECIDED, told])

    store.transaction(work)


def take_over(store: Store, seen: Sequence[Row]) -> None:
    """Write down what the public copy has told and the store no longer knows (it was restored from an older backup)."""
    store.transaction(lambda db: db.executemany(statements(FILE)["keep"], seen))


def counted_by(cell: Cell, model: str | None, by_people: Collection[Cell]) -> CountedBy:
    """Who counts a number that is told now, where the model in use is this one."""
    if cell in by_people:
        return CountedBy(None, PEOPLE)
    return CountedBy(model if cell.kind in (THEME, GROUP, QUESTION) else None, None)


def _row(cell: Cell, by: CountedBy, now: str) -> Row:
    return {
        "kind": cell.kind,
        "subject": cell.subject,
        "level": cell.level,
        "pairs": pairs_text(cell.pairs),
        "posts": cell.posts,
        "people": cell.people,
        "model": by.model,
        "told_at": now,
        "counted_by": by.people,
    }


def pairs_text(pairs: Sequence[Pair]) -> str:
    """Pairs as they are kept."""
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))


def note(store: Store, *, action: str, subject: str, count: int, words: str, actor: str, now: str) -> None:
    """Enter in the audit what was done to the public copy."""
    row = {"at": now, "actor": actor, "action": action, "subject": subject, "count": count, "note": words}
    store.transaction(lambda db: db.execute(statements(FILE)["note"], row))


# ---- words -----------------------------------------------------------------------------------------------------------


def own_handles(db: sqlite3.Connection) -> list[str]:
    """The handles of the campaign's own accounts, in lower case."""
    return [str(row["handle"]) for row in read(db, "own_handles")]


def quotes(folder: DataFolder, db: sqlite3.Connection) -> list[Quote]:
    """What may be quoted, without names: consented words, else a paraphrase; of posts that are deleted, hidden or opted out,
    nothing."""
    if not folder.labels.is_file():
        return []
    labels = Labels(folder, readonly=True)
    try:
        rows = labels.quotes()
    finally:
        labels.close()
    keys = json.dumps([[row["platform"], row["native_id"]] for row in rows])
    read_in = campaign_settings(db)["languages"]
    may = {(row["platform"], row["native_id"]): tongue(row, read_in) for row in read(db, "may_be_quoted", keys=keys)}
    own, of = own_handles(db), [(row, (row["platform"], row["native_id"])) for row in rows]
    return [quote for row, key in of if key in may and (quote := _quote(row, own, may[key])) is not None]


def _quote(row: Row, own: Sequence[str], lang: str | None) -> Quote | None:
    words, agreed_on = words_of(row)
    return Quote(without_names(words, own), agreed_on is None, agreed_on, lang if agreed_on else None) if words else None


def own_posts(db: sqlite3.Connection) -> list[Row]:
    """The campaign's own live posts as anyone may see them, without those that repeat somebody: others' names taken out; lang,
    where it is known."""
    own, read_in = own_handles(db), campaign_settings(db)["languages"]
    shown = ("platform", "url", "created_at")
    return [
        {**{name: row[name] for name in shown}, "text": without_names(row["text"], own), "lang": tongue(row, read_in)}
        for row in read(db, "own_posts")
        if not repeats_others(row["text"])
    ]


def borrowed(db: sqlite3.Connection, words: Sequence[str]) -> bool:
    """Whether these words stand in a row in another's post."""
    return bool(read(db, "borrowed", phrase='"' + " ".join(words) + '"'))


def borrowed_letters(db: sqlite3.Connection, pieces: Sequence[str]) -> bool:
    """Whether one of these pieces stands in another's post, letter by letter. Reads every post."""
    return bool(pieces and read(db, "borrowed_letters", pieces=json.dumps(pieces)))
