"""`snapshot`: a dated, hashed bundle to cite and hand out. Made twice of the same data it is the same, byte for byte.

It holds what the public copy tells, sums and definitions, and, where asked, ids of posts of platforms whose terms let ids be
passed on. It is entered before it gets its name, as an export is; its version changes with its content alone.
"""

import hashlib
import os
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from db.folder import DataFolder
from db.handed_out import NewCopy, all_copies, register
from db.health import refuse_damaged
from db.public_copy import about
from db.publishing import looking, note, own_handles
from db.reading import Row
from db.snapshots import (
    enter_erratum,
    errata,
    ids_of,
    last_run_ended,
    posts_by_platform,
    reading_public,
    snapshot_tables,
    tables_of,
)
from db.store import Store
from pipelines.archive import checksum
from pipelines.building import put_in_place
from pipelines.demo_mark import held_clock
from pipelines.placing import finish_restore
from pipelines.running import held_lock
from pipelines.snapshot_checks import codebook_for_all, refuse_faults, refuse_words
from pipelines.snapshot_forms import as_csv, data_package, read_in_r
from pipelines.snapshot_papers import Told, cff, citation, dictionary, errata_page, licence, methods, readme
from pipelines.table_files import csv_cell
from pipelines.unfinished import finish_forgetting
from pipelines.upgrading import refuse_older
from tracker.problems import UsageProblem
from tracker.public_text import without_names
from tracker.records import Campaign

MOST_IDS_OF_X = 1_500_000
"""To one holder in 30 days (X developer policy, Content redistribution)."""
IDS_ALLOWED = ("x", "bluesky")
WHY_NOT = {
    "mastodon": "Its servers each have their own terms, and its people largely do not want to be collected: ask them.",
    "reddit": "Its Public Content Policy lets nobody pass on data without a licence of Reddit's.",
}
NO_TERMS = "Each site has its own terms, and none is known to allow it."
SUMS = "SHA256SUMS"
BEING_MADE = ".being-made"
UNIX = 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was made. known: it had been made before, of the same content."""

    path: Path
    sha256: str
    told: Told
    known: bool

    def text(self) -> str:
        """For the person who hands it out."""
        ids = ", ".join(f"{number:,} of {name}" for name, number in self.told.ids.items())
        return "\n".join(
            filter(
                None,
                (
                    f"{self.path}",
                    f"Version {self.told.version}" + (", the same as before." if self.known else "."),
                    f"SHA-256: {self.sha256}",
                    f"Ids of posts: {ids}." if ids else "",
                    *(f"No ids of {name}: {why}" for name, why in self.told.withheld.items()),
                    f"Cite: {citation(self.told)}",
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. ids: with ids of posts; holder: who will have it; by: who makes it, for the audit."""

    ids: bool
    holder: str
    by: str
    now: str


def snapshot(campaign: Campaign, folder: DataFolder, asked: Asked) -> Snapshot:
    """Make the bundle in DATA/snapshots and enter it. Raises UsageProblem where there is no public copy or nobody answers for it,
    IncompleteRun where it does not pass the last look."""
    _refuse(campaign, folder)
    folder.create()
    with held_lock(folder):
        finish_restore(folder)
        finish_forgetting(folder, now=asked.now)
        refuse_older(folder, then="make the snapshot again")
        refuse_damaged(folder, lately=False)
        with looking(folder) as db, reading_public(folder.public) as public:
            listed = _ids(db) if asked.ids else {}
            told = _told(campaign, folder, db, public, listed, ids=asked.ids)
            members = _members(told, db, listed)
            refuse_faults(members, told, db)
        with closing(Store.open(folder)) as store:
            known = all_copies(store)
        told, content = _with_version(told, _content(members), known)
        return _place(folder, told, content, _papers(told, members), asked, known)


def _told(
    campaign: Campaign,
    folder: DataFolder,
    db: sqlite3.Connection,
    public: sqlite3.Connection,
    listed: Mapping[str, list[str]],
    *,
    ids: bool,
) -> Told:
    ended = last_run_ended(db)
    if ended is None:
        raise UsageProblem("No run has ended yet, so a snapshot has no date.", next_step="Run `debate-tracker publish`.")
    there = posts_by_platform(db) if ids else {}
    withheld = {name: WHY_NOT.get(name, NO_TERMS) for name in there if name not in IDS_ALLOWED}
    tables = tables_of(public, db)
    for row in tables["queries"]:
        row["note"] = without_names(row["note"], [*own_handles(db), *(one.partition(":")[2] for one in campaign.own_accounts)])
    return Told(
        campaign,
        "",
        ended,
        about(folder.public),
        tables,
        errata(db),
        {name: len(found) for name, found in listed.items()},
        withheld,
    )


def _ids(db: sqlite3.Connection) -> dict[str, list[str]]:
    found = {name: list(ids_of(db, name)) for name in IDS_ALLOWED}
    if len(found["x"]) > MOST_IDS_OF_X:
        raise UsageProblem(
            f"There are {len(found['x']):,} posts of X, and their ids cannot be handed out at once.",
            why=f"X allows {MOST_IDS_OF_X:,} to one holder in 30 days.",
            safe="Nothing was made.",
            next_step="Make the snapshot without --ids.",
        )
    return {name: ids for name, ids in found.items() if ids}


def _members(told: Told, db: sqlite3.Connection, listed: Mapping[str, list[str]]) -> dict[str, bytes]:
    """What lies in the bundle beside its papers."""
    members = {f"data/{table.name}.csv": as_csv(table, told.tables[table.name]) for table in snapshot_tables()}
    for name, ids in listed.items():
        members[f"ids/{name}.csv"] = "".join(["native_id\n", *(f"{csv_cell(one)}\n" for one in ids)]).encode()
    members["codebook.json"] = codebook_for_all(told.campaign, db)
    return _papers(told, members)


def _papers(told: Told, members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The bundle with its papers, for the version that `told` has."""
    tables = snapshot_tables()
    data = {name: content for name, content in members.items() if name.startswith(("data/", "ids/")) or name == "codebook.json"}
    texts = {
        "README.md": readme(told, tables),
        "METHODS.md": methods(told),
        "ERRATA.md": errata_page(told),
        "LICENCE.md": licence(told),
        "CITATION.cff": cff(told),
        "data-dictionary.md": dictionary(tables),
    }
    papers = {name: text.encode() for name, text in texts.items()}
    papers["datapackage.json"] = data_package(told, tables, data)
    papers["read.R"] = read_in_r(tables, list(told.ids))
    return {**data, **papers}


def _content(members: Mapping[str, bytes]) -> str:
    """The fingerprint of what the bundle holds, while it has no version."""
    return hashlib.sha256(_sums(members)).hexdigest()


def _sums(members: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(members.items())).encode()


def _with_version(told: Told, content: str, known: list[Row]) -> tuple[Told, str]:
    """The version: that of a snapshot of the same content, else the next of the day on which the last run ended."""
    made = [row for row in known if row["version"]]
    same = [row["version"] for row in made if row["content"] == content]
    day = told.ended[:10]
    numbers = [int(str(row["version"]).rpartition(".")[2]) for row in made if str(row["version"]).startswith(f"{day}.")]
    return replace(told, version=same[0] if same else f"{day}.{max(numbers, default=0) + 1}"), content


def _place(
    folder: DataFolder, told: Told, content: str, members: Mapping[str, bytes], asked: Asked, known: list[Row]
) -> Snapshot:
    """Write the bundle, enter it, and give it its name."""
    name = f"{told.plain_name}-{told.version}{'-ids' if told.ids else ''}"
    folder.snapshots.mkdir(mode=0o700, exist_ok=True)
    for left_over in folder.snapshots.glob(f".*{BEING_MADE}"):
        left_over.unlink()
    candidate, path = folder.snapshots / f".{name}{BEING_MADE}", folder.snapshots / f"{name}.zip"
    try:
        _zip(candidate, name, {**members, SUMS: _sums(members)}, told.ended)
        sha256 = checksum(candidate)
        copy = NewCopy(
            kind="snapshot",
            file=path.name,
            made_at=asked.now,
            holder=asked.holder,
            actor=asked.by,
            count=sum(told.ids.values()),
            sha256=sha256,
            note="with ids of posts" if told.ids else "public numbers only",
            people=bool(told.ids),
            version=told.version,
            content=content,
        )
        with closing(Store.open(folder)) as store:
            register(store, copy)
        put_in_place(candidate, path)
    finally:
        candidate.unlink(missing_ok=True)
    return Snapshot(path, sha256, told, known=any(row["content"] == content for row in known))


def _zip(path: Path, name: str, members: Mapping[str, bytes], ended: str) -> None:
    """Members in the order of their names, all of one time and mode, not compressed: another zlib would pack them otherwise."""
    at = datetime.fromisoformat(ended)
    stamp = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second // 2 * 2)
    with path.open("wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as bundle:
            for member, content in sorted(members.items()):
                entry = zipfile.ZipInfo(f"{name}/{member}", stamp)
                entry.create_system, entry.external_attr = UNIX, 0o100644 << 16
                bundle.writestr(entry, content)
        stream.flush()
        os.fsync(stream.fileno())


def _refuse(campaign: Campaign, folder: DataFolder) -> None:
    state = about(folder.public).get("state") if folder.exists() else None
    if state != "published":
        why = "It was taken back; a notice is in its place." if state == "withdrawn" else ""
        raise UsageProblem(
            "There is no public copy, and a snapshot holds only what that tells.",
            why=why,
            safe="Nothing was made.",
            next_step="Run `debate-tracker publish`, look at it with `serve --public`, then make the snapshot.",
        )
    missing = campaign.governance.missing()
    if missing and held_clock(folder) is None:
        raise UsageProblem(
            f"Nobody answers for this data yet: [governance] in campaign.toml lacks {', '.join(missing)}.",
            why="What is handed out cannot be called back, so it has to say whom to ask.",
            safe="Nothing was made.",
            next_step="Fill it in (docs/governance), then make the snapshot.",
        )


# ---- errata ----------------------------------------------------------------------------------------------------------


def add_erratum(campaign: Campaign, folder: DataFolder, words: str, *, concerns: str, by: str, now: str) -> str:
    """Enter what was wrong in a snapshot, for all later ones and the public pages. Raises UsageProblem where it says nothing,
    names somebody, or is about a version that was never made."""
    folder.refuse_lost()
    if not folder.exists():
        raise UsageProblem("There is no store yet, so nothing in it was wrong.", next_step="Import or collect something first.")
    told = " ".join(words.split())
    with looking(folder) as db:
        refuse_words(told, campaign, db)
    with closing(Store.open(folder)) as store:
        made = sorted({str(row["version"]) for row in all_copies(store) if row["version"]})
        if concerns and concerns not in made:
            raise UsageProblem(
                f"There is no snapshot of version {concerns[:40]!r}.",
                safe="Nothing was entered.",
                next_step=f"Name one of {', '.join(made)}, or none." if made else "Leave --concerns out: none was made yet.",
            )
        enter_erratum(store, {"at": now, "by": by, "concerns": concerns, "words": told})
        note(store, action="erratum", subject=concerns or "all versions", count=1, words=told, actor=by, now=now)
    return "Entered. The next snapshot has a new version that lists it; the public pages show it once `publish` has run."
