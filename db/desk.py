"""What staff keep in labels.db about single posts: questions to us with what became of them, and quotes with their consent.

Keyed by the platform's ids. Each change says who made it, and is refused where someone else changed the same entry meanwhile.
"""

from collections.abc import Mapping
from typing import Any

from db.folder import DataFolder
from db.opening import storage_errors, writing
from db.opening_labels import open_labels
from db.statements import statements

Key = tuple[str, str]
Entry = dict[str, Any]

STATES = ("new", "answering", "answered", "legal", "press", "safeguarding", "ignore", "no question")
OPEN = ("new", "answering", "legal", "press", "safeguarding")
ROLES = ("press", "council", "mp", "other elected", "organisation")
CONSENTS = ("", "yes", "no")


class ChangedMeanwhile(Exception):
    """Someone else changed the entry after it was shown."""


class Desk:
    """Answers and quotes."""

    def __init__(self, folder: DataFolder, *, readonly: bool = False) -> None:
        self._path = folder.labels
        self._db = open_labels(folder, readonly=readonly)

    def answers(self) -> dict[Key, Entry]:
        """Every entry about a question: state, owner, note, link, changed_at, changed_by, by_hand."""
        return {(row["platform"], row["native_id"]): row for row in self._rows("answers")}

    def answer(self, key: Key) -> Entry | None:
        """The entry about one post."""
        rows = self._rows("answer", platform=key[0], native_id=key[1])
        return rows[0] if rows else None

    def keep_answer(self, key: Key, entry: Mapping[str, object], *, seen: str, who: str, now: str) -> None:
        """Keep what became of a question. entry: state, owner, note, link, by_hand; seen: `changed_at` of the entry that the
        writer had before them, "" for none. Raises ChangedMeanwhile."""
        self._keep("answer", key, entry, seen=seen, who=who, now=now)

    def quotes(self) -> list[Entry]:
        """Every quote that was begun, the newest first."""
        return self._rows("quotes")

    def quote(self, key: Key) -> Entry | None:
        """The quote of one post."""
        rows = self._rows("quote", platform=key[0], native_id=key[1])
        return rows[0] if rows else None

    def keep_quote(self, key: Key, entry: Mapping[str, object], *, seen: str, who: str, now: str) -> None:
        """Keep a quote. entry: text, paraphrase, message, asked_at, consent, consent_at, consent_link. Raises
        ChangedMeanwhile."""
        self._keep("quote", key, entry, seen=seen, who=who, now=now)

    def roles(self) -> list[Entry]:
        """The accounts in public life: platform, handle, role, office."""
        return self._rows("roles")

    def keep_role(self, platform: str, handle: str, role: str, office: str, *, who: str, now: str) -> None:
        """Note an account, or note it differently."""
        entry = {"platform": platform, "handle": handle, "role": role, "office": office, "changed_at": now, "changed_by": who}
        with writing(self._db, self._path) as connection:
            connection.execute(statements("desk.sql")["keep_role"], entry)

    def drop_role(self, platform: str, handle: str) -> None:
        """Take an account off the list."""
        with writing(self._db, self._path) as connection:
            connection.execute(statements("desk.sql")["drop_role"], {"platform": platform, "handle": handle})

    def _keep(self, what: str, key: Key, entry: Mapping[str, object], *, seen: str, who: str, now: str) -> None:
        asked = {"platform": key[0], "native_id": key[1]}
        with writing(self._db, self._path) as connection:
            before = connection.execute(
                f"select coalesce(changed_at, '') from {what}s where platform = :platform and native_id = :native_id", asked
            ).fetchone()
            if (before[0] if before else "") != seen:
                raise ChangedMeanwhile
            connection.execute(statements("desk.sql")[f"keep_{what}"], {**asked, **entry, "changed_by": who, "changed_at": now})

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, name: str, **asked: object) -> list[Entry]:
        with storage_errors(self._path):
            return list(self._db.query(statements("desk.sql")[name], asked))
