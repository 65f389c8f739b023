"""labels.db: what people decide about posts. Written by people through the staff pages, and by forget; never by a run.

Codings are only added (docs/why, Codings only grow). Each writing method is one IMMEDIATE transaction, so two coders at
once wait for each other for a moment and lose nothing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from db.codebooks import Came, books_of_before
from db.folder import DataFolder
from db.label_rows import coding_of, example_of, row_of
from db.opening import storage_errors, writing
from db.opening_labels import open_labels
from db.reading_texts import stored_texts
from db.statements import statements
from tracker.codings import (
    AUDIT,
    PILOT,
    Coding,
    asked_in,
    book_version,
    counting,
    is_pilot,
    of_words_of_now,
    verdict_in,
)
from tracker.records import Example
from tracker.traces import Traces

Key = tuple[str, str]
NONE_RENAMED: Mapping[str, str] = MappingProxyType({})


class Labels:
    """Codings, answers and quotes, keyed by the platform's ids."""

    def __init__(self, folder: DataFolder, *, readonly: bool = False) -> None:
        self._folder, self._path = folder, folder.labels
        self._db = open_labels(folder, readonly=readonly)
        self._db.conn.create_collation("caseless", _caseless)

    # ---- for the model -----------------------------------------------------------------------------------------------

    def coded_examples(self) -> list[Example]:
        """What may be learned from: every coded post whose text is still there, one example a coder (the lead's alone where a
        lead settled it). Posts that were drawn for the audit are left out, whoever coded them from wherever."""
        return self._examples(audit=False)

    def audit_examples(self) -> list[Example]:
        """What the model is measured on, and never learns from: the coded posts of the audit sample, one example a coder (the
        lead's alone where a lead settled it), each with how likely it was drawn and read (`chances_read`)."""
        return self._examples(audit=True)

    def _examples(self, *, audit: bool) -> list[Example]:
        standing = self.standing()
        codings = self._of_now(standing)
        drawn, read = self._rates(standing), self._chances(standing, codings)
        weeks = {(row["platform"], row["native_id"]): str(row["week"]) for row in self.sample(AUDIT)}
        books = asked_in(self.codebooks())
        posts: dict[Key, list[Coding]] = {}
        for coding in codings:
            if (coding.key in drawn) is audit and not (audit and is_pilot(coding.round)):  # nothing is measured on a pilot
                posts.setdefault(coding.key, []).append(coding)
        return [
            example_of(coding, read.get(coding.key), of, weeks.get(coding.key))
            for post in posts.values()
            for coding, of in counting(post, {one: books[one.codebook] for one in post if one.codebook in books})
            if coding.text is not None
        ]

    def audit_rates(self) -> dict[Key, float]:
        """The posts drawn for the audit, each with its probability. Those brought in from a file as drawn are among them."""
        return self._rates(self.standing())

    def _rates(self, codings: Sequence[Coding]) -> dict[Key, float]:
        drawn = {(row["platform"], row["native_id"]): float(row["rate"]) for row in self._rows("sample", queue=AUDIT)}
        for coding in codings:
            if coding.queue == AUDIT and coding.probability is not None:
                drawn.setdefault(coding.key, coding.probability)
        return drawn

    def chances_read(self) -> dict[Key, float]:
        """The posts of the audit sample of which people have read the words of now, pilots aside, each with how likely it was to
        be drawn and read by now. Weeks that were drawn from at the same times are read equally far: of what was offered of them
        (what nobody even skipped was passed over: it is in none of the campaign's languages) a share is read, which their rates
        are multiplied by. Of how far that is a forgotten post tells nothing: it has no place any more (docs/why/036)."""
        standing = self.standing()
        return self._chances(standing, self._of_now(standing))

    def _chances(self, standing: Sequence[Coding], of_now: Sequence[Coding]) -> dict[Key, float]:
        codings = [coding for coding in of_now if not is_pilot(coding.round)]
        unread = {one.key for one in standing if not is_pilot(one.round)} | self._skipped()
        read, in_order = {one.key for one in codings}, {one.key for one in codings if one.queue == AUDIT}
        drawn_at: dict[str, list[str]] = {}
        for draw in self.draws():
            if draw["queue"] == AUDIT and draw["drawn"]:
                drawn_at.setdefault(draw["week"], []).append(draw["drawn_at"])
        together: dict[tuple[str, ...], list[tuple[Key, float, bool]]] = {}
        for row in self.sample(AUDIT):
            post = (row["platform"], row["native_id"]), float(row["rate"]), row["place"] < 1
            together.setdefault(tuple(drawn_at[row["week"]]), []).append(post)
        chances = {key: rate for key, rate in self._rates(standing).items() if key in read}
        for posts in together.values():
            last = max((place for place, (key, _, stands) in enumerate(posts) if stands and key in in_order), default=-1)
            waits = [stands and place > last for place, (_, _, stands) in enumerate(posts)]
            offered = sum(key in read or key in unread or its for (key, _, _), its in zip(posts, waits, strict=True))
            far = sum(key in read for key, _, _ in posts) / max(offered, 1)
            chances |= {key: rate * far for key, rate, _ in posts if key in read}
        return chances

    def _skipped(self) -> set[Key]:
        """The posts that somebody left for others when the random sample offered them."""
        touched = map(coding_of, self._rows("touched"))
        return {one.key for one in touched if one.what == "skipped" and one.queue == AUDIT and not is_pilot(one.round)}

    def kept_for_audit(self) -> set[Key]:
        """The posts that may never be learned from."""
        return {(row["platform"], row["native_id"]) for row in self._rows("kept_for_audit")}

    # ---- codings -----------------------------------------------------------------------------------------------------

    def standing(self) -> list[Coding]:
        """Every verdict that stands, by post and then in the order in which they were given."""
        return self._with_codebooks([coding_of(row) for row in self._rows("standing")])

    def standing_of(self, key: Key) -> list[Coding]:
        """The verdicts on one post that stand."""
        found = self._rows("standing_of_post", platform=key[0], native_id=key[1])
        return self._with_codebooks([coding_of(row) for row in found])

    def of_now(self, key: Key | None = None) -> list[Coding]:
        """The verdicts that stand and count, of all posts or of one: those on words that their author has not replaced since."""
        return self._of_now(self.standing_of(key) if key else self.standing())

    def edited(self) -> set[Key]:
        """The posts whose authors have replaced words of which something stands: it is kept, and does not count."""
        standing = self.standing()
        return {one.key for one in set(standing) - set(self._of_now(standing))}

    def _of_now(self, codings: Sequence[Coding]) -> list[Coding]:
        return of_words_of_now(codings, stored_texts(self._folder, sorted({one.key for one in codings if one.text})))

    def last_said(self, coder: str, key: Key, round_name: str, role: str = "coder") -> Coding | None:
        """What a coder (a lead, by `role`) said last of one post in a round, or that they skipped it, taken back or not."""
        found = self._rows("last_said", coder=coder, platform=key[0], native_id=key[1], round=round_name, role=role)
        return coding_of(found[0]) if found else None

    def has_taken_back(self, coder: str, key: Key) -> bool:
        """Whether the newest thing that a coder did with a post, in whatever round, was to take back what they had said of it."""
        found = self._rows("newest_of_post", coder=coder, platform=key[0], native_id=key[1])
        return bool(found) and found[0]["what"] == "undone"

    def add(self, coding: Coding) -> int:
        """Keep a verdict or a skip; it takes the place of what the same coder said of the post in this round. Returns its id."""
        with writing(self._db, self._path) as connection:
            before = connection.execute(
                statements("labels.sql")["standing_row"],
                {
                    "platform": coding.platform,
                    "native_id": coding.native_id,
                    "coder": coding.coder,
                    "role": coding.role,
                    "round": coding.round,
                },
            ).fetchone()
            row = row_of(coding) | {"supersedes": before[0] if before else None}
            added: int = connection.execute(statements("labels.sql")["add"], row).fetchall()[0][0]
        return added

    def undo(self, coder: str, *, now: str, role: str = "coder") -> tuple[str, str, str] | None:
        """Take back the newest verdict or skip of a coder (a lead, by `role`); the post is then offered to them again. Gives its
        platform, native id and queue; None: there is none."""
        with writing(self._db, self._path) as connection:
            latest = connection.execute(statements("labels.sql")["latest_of_coder"], {"coder": coder, "role": role}).fetchone()
            if latest is None:
                return None
            row_id, platform, native_id, place, queue = latest
            undone = Coding(
                platform, native_id, None, coder, now, role=role, what="undone", round=place, queue=queue, supersedes=row_id
            )
            connection.execute(statements("labels.sql")["add"], row_of(undone)).fetchall()
        return platform, native_id, queue

    def empty_texts(self, keys: Sequence[Key]) -> None:
        """Take the words of these posts and the notes on them out of the codings; the verdicts stay."""
        with writing(self._db, self._path) as connection:
            connection.executemany(
                "update codings set text = null, note = null where platform = ? and native_id = ? and text is not null", keys
            )

    def drop_quotes(self, keys: Sequence[Key]) -> None:
        """Delete what was quoted of these posts: who deletes a post takes back what was agreed about it."""
        with writing(self._db, self._path) as connection:
            connection.executemany("delete from quotes where platform = ? and native_id = ?", keys)

    def bring_in(
        self, codings: Sequence[Coding], books: Mapping[str, str], *, now: str, names: Mapping[str, str] = NONE_RENAMED
    ) -> tuple[int, int, int]:
        """Add codings from a file, all or none; those that were here before (same post, coder, moment, round, verdict) are left
        out. books: the content of codebooks of theirs that may not be here yet; names: as `verdict_in` has them. Of what one
        coder said of a post in a round, the latest moment stands, of one moment what came last: where the latest was here before,
        it is added once more, to take the place of the older one. Returns how many of theirs were added, how many of them take
        the place of something else that the same coder said, and how many are older than what stands. One that an earlier version
        let an older one displace is added again."""
        added = changed = older = 0
        stood: dict[tuple[object, ...], tuple[tuple[int, str, str] | None, dict[str, Any]]] = {}
        with writing(self._db, self._path) as connection:
            newest = connection.execute(statements("labels.sql")["latest"]).fetchone()[0]
            for coding in sorted(codings, key=lambda one: one.coded_at):
                row = row_of(coding) | {"newest": newest}
                known = map(coding_of, self._rows("of_the_moment", **row))
                if verdict_in(coding, names) not in {verdict_in(one, names) for one in known}:
                    before = connection.execute(statements("labels.sql")["standing_row"], row).fetchone()
                    first, _ = stood.setdefault((coding.key, coding.coder.casefold(), coding.role, coding.round), (before, row))
                    row |= {"supersedes": before[0] if before else None}
                    connection.execute(statements("labels.sql")["add"], row).fetchall()
                    if content := books.get(coding.codebook):
                        book = {"version": coding.codebook, "made_at": now, "content": content}
                        connection.execute(statements("labels.sql")["keep_codebook"], book)
                    late = _is_later(first, coding.coded_at)
                    added, older, changed = added + 1, older + late, changed + (before is not None and not late)
            for first, row in stood.values():
                last = connection.execute(statements("labels.sql")["standing_row"], row).fetchone()
                if first and _is_later(first, last[1]):
                    connection.execute(statements("labels.sql")["add_again"], {"id": first[0], "supersedes": last[0]})
        return added, changed, older

    def touched(self) -> list[Coding]:
        """What coders said of the words of now, and what they skipped."""
        return self._of_now([coding_of(row) for row in self._rows("touched")])

    def newest(self) -> int:
        """The id of the newest row of codings; 0 where there is none."""
        return int(self._rows("latest")[0]["id"])

    def progress(self) -> list[dict[str, Any]]:
        """How many posts each coder has coded in their words of now, and skipped: coder, round, queue, what, posts."""
        touched = self.touched()
        names = {one.coder.casefold(): one.coder for one in touched}
        counted = Counter((one.coder.casefold(), one.round, one.queue, one.what) for one in touched)
        return [
            {"coder": names[coder], "round": place, "queue": queue, "what": what, "posts": posts}
            for (coder, place, queue, what), posts in sorted(counted.items())
        ]

    def quotes(self) -> list[dict[str, Any]]:
        """Whose words the campaign would like to quote: platform, native_id, text, paraphrase, consent, consent_at."""
        return self._rows("quotes")

    # ---- codebooks and rules -----------------------------------------------------------------------------------------

    def keep_codebook(self, version: str, content: str, *, now: str) -> None:
        """Remember what a version of the codebook says."""
        self._write("keep_codebook", version=version, made_at=now, content=content)

    def codebooks(self) -> dict[str, dict[str, Any]]:
        """What each version of the codebook says, those of verdicts that came without one among them (db/codebooks.py)."""
        books = {book_version(content): content for content in self._of_before().values()}
        books |= {row["version"]: row["content"] for row in self._rows("codebooks")}
        return {version: json.loads(content) for version, content in books.items()}

    def _with_codebooks(self, codings: list[Coding]) -> list[Coding]:
        """The verdicts, those that came without a codebook, or with one that never came here, with the one that they must have
        had."""
        here = {row["version"] for row in self._rows("codebooks")}
        if all(one.codebook in here for one in codings):
            return codings
        books = {came: book_version(content) for came, content in self._of_before().items()}

        def book(one: Coding) -> str:
            return one.codebook if one.codebook in here else books.get((one.origin, one.coded_at), one.codebook)

        return [replace(one, codebook=book(one)) for one in codings]

    def _of_before(self) -> dict[Came, str]:
        rows = [
            {**row, "themes": json.loads(row["themes"]), "questions": json.loads(row["questions"])}
            for row in self._rows("without_codebook")
        ]
        return books_of_before(self._folder, rows) if rows else {}

    def rules(self) -> dict[str, str]:
        """How the coding is set up; what was never set is left out."""
        return {row["name"]: row["value"] for row in self._rows("rules")}

    def rule_history(self) -> list[dict[str, Any]]:
        """The newest changes first: changed_at, changed_by, name, value."""
        return self._rows("rule_history")

    def set_rule(self, name: str, value: str, *, who: str, now: str) -> None:
        """Set up a part of the coding from here on."""
        self._write("set_rule", changed_at=now, changed_by=who, name=name, value=value)

    def begin_rule(self, name: str, value: str, *, who: str, now: str) -> str:
        """Set up a part of the coding, unless it was set: of two who do it in the same moment, the first. Gives how it is."""
        self._write("begin_rule", changed_at=now, changed_by=who, name=name, value=value)
        return self.rules()[name]

    # ---- the sample --------------------------------------------------------------------------------------------------

    def drawn_weeks(self, queue: str) -> dict[str, dict[str, Any]]:
        """The weeks that posts were drawn from, or the rounds that were pilots: rate, population, seed."""
        return {row["week"]: row for row in self._rows("rates", queue=queue)}

    def begun(self, queue: str, round_name: str) -> bool:
        """Whether posts were drawn for a queue: for the random sample ever, for a pilot in this round."""
        drawn = self.drawn_weeks(queue)
        return round_name in drawn if queue == PILOT else bool(drawn)

    def draws(self) -> list[dict[str, Any]]:
        """Every draw, oldest first."""
        return self._rows("draws")

    def sample(self, queue: str) -> list[dict[str, Any]]:
        """The drawn posts in the order in which they are read: platform, native_id, week (of a pilot: its round), place, rate.
        The order is random, so that those read first are a smaller sample of the same kind."""
        return self._rows("sample", queue=queue)

    def keep_draw(self, draw: Mapping[str, object], drawn: Iterable[tuple[Key, float]]) -> None:
        """Keep a draw and its posts. draw: drawn_at, drawn_by, queue, seed, week (of a pilot: its round), rate, population.
        Nothing is kept of one that adds nothing to what was drawn, or of a pilot that was drawn already: two people who open a
        queue in the same moment both draw, and the second comes here after the first."""
        listed = [{"queue": draw["queue"], "platform": k[0], "native_id": k[1], "place": place} for k, place in drawn]
        with writing(self._db, self._path) as connection:
            known = {
                (platform, native_id)
                for platform, native_id in connection.execute(
                    "select platform, native_id from sample where queue = ?", [draw["queue"]]
                )
            }
            new = [row for row in listed if (row["platform"], row["native_id"]) not in known]
            before = self.drawn_weeks(str(draw["queue"])).get(str(draw["week"]))
            more = new or before is None or any(draw[name] > before[name] for name in ("rate", "population"))
            if not more or (before and draw["queue"] == PILOT):
                return
            noted = connection.execute(statements("labels.sql")["note_draw"], {**draw, "drawn": len(new)}).fetchall()
            connection.executemany(
                statements("labels.sql")["keep_drawn"], [{**row, "week": draw["week"], "draw_id": noted[0][0]} for row in new]
            )

    # ---- forgetting --------------------------------------------------------------------------------------------------

    def residue(self, traces: Traces) -> list[str]:
        """Where something of a person is left: each row whose id, text or note holds one of their traces."""
        found = []
        with storage_errors(self._path):
            for table, columns in RESIDUE_COLUMNS.items():
                for row in self._db.query(f"select {', '.join(columns)} from {table}"):
                    said = "\n".join(f'"{value}"' for value in row.values() if value)
                    if traces.in_text(said) or traces.in_note(row.get("note") or ""):
                        found.append(f"labels.db {table}: {row['native_id']}")
        return found

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, name: str, /, **asked: object) -> list[dict[str, Any]]:
        with storage_errors(self._path):
            return list(self._db.query(statements("labels.sql")[name], asked))

    def _write(self, name: str, /, **values: object) -> None:
        with writing(self._db, self._path) as connection:
            connection.execute(statements("labels.sql")[name], values)


RESIDUE_COLUMNS = {
    "codings": ("native_id", "text", "note"),
    "answers": ("native_id", "note", "link"),
    "public_roles": ("handle as native_id",),
    "quotes": ("native_id", "text", "paraphrase", "consent_link", "message"),
    "sample": ("native_id",),
}


def _caseless(one: str, other: str) -> int:
    """How two names are ordered (https://www.sqlite.org/datatype3.html#collation): capitals do not matter."""
    one, other = one.casefold(), other.casefold()
    return (one > other) - (one < other)


def _is_later(stood: tuple[int, str, str] | None, moment: str) -> bool:
    """Whether what stood before (id, coded_at, what) is a verdict, no skip, that was given after this moment."""
    return stood is not None and stood[2] == "coded" and moment < stood[1]
