"""Where everything of a campaign's data lies. One folder, readable by its owner alone."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tracker.problems import PermissionProblem, StorageProblem


def private_file(path: Path, newline: str | None = None) -> TextIO:
    """An empty text file (UTF-8) to write into, which its owner alone may read: also where it was there and others might; a pipe
    or a device stays what it is. newline: as for `open`. Raises OSError, and then what was in the file still is."""
    stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8", newline=newline)
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        os.fchmod(stream.fileno(), 0o600)
        stream.truncate()
    return stream


HOW_IT_COMES_BACK = {
    "tracker.db": " (`debate-tracker restore FILE`, with a file of backups)",
    "raw.db": " (`debate-tracker restore FILE`, with a file of backups)",
    "labels.db": " (docs/operating.md, Backups, says how it is taken out of one)",
}
"""How each store that is in a backup is had back; labels.db by itself, since a restore would take the posts of today along."""


def put_back(store: Path) -> str:
    """What to do where this store is lost or damaged, as a sentence."""
    return f"Put the last good backup of {store.name} in its place{HOW_IT_COMES_BACK.get(store.name, '')}."


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The files of one campaign's DATA folder (docs/operating.md)."""

    root: Path

    @property
    def tracker(self) -> Path:
        """The private store that Datasette serves to staff."""
        return self.root / "tracker.db"

    @property
    def raw(self) -> Path:
        """Answers and export items as they came; never served."""
        return self.root / "raw.db"

    @property
    def labels(self) -> Path:
        """What people decided; never written by a run."""
        return self.root / "labels.db"

    @property
    def forgotten(self) -> Path:
        """Keyed tombstones; never in a backup."""
        return self.root / "forgotten.db"

    @property
    def key(self) -> Path:
        """The key of the tombstones, apart from all stores."""
        return self.root / "key"

    @property
    def model(self) -> Path:
        """The trained spaCy pipeline."""
        return self.root / "model"

    @property
    def models(self) -> Path:
        """The last few trained pipelines, each by its name."""
        return self.root / "models"

    @property
    def inbox(self) -> Path:
        """Files dropped here are imported by the next night."""
        return self.root / "inbox"

    @property
    def done(self) -> Path:
        """Inbox files that were read to their end."""
        return self.inbox / "done"

    @property
    def failed(self) -> Path:
        """Inbox files that could not be read, each with a note beside it that says why."""
        return self.inbox / "failed"

    @property
    def backups(self) -> Path:
        """Copies of the stores, and for a week what a restore took the place of."""
        return self.root / "backups"

    @property
    def restoring(self) -> Path:
        """A backup that is being put back; `ready` in it is put in place by whichever command next holds the lock."""
        return self.root / "restoring"

    @property
    def public(self) -> Path:
        """The public copy: the only file that `serve --public` opens."""
        return self.root / "public.db"

    @property
    def published(self) -> Path:
        """The last public copies, each as it was handed over."""
        return self.root / "published"

    @property
    def unpublished(self) -> Path:
        """Stands here while the public copy is a notice: until someone publishes again by hand."""
        return self.root / "unpublished"

    @property
    def accounts(self) -> Path:
        """Who may sign in to the staff pages."""
        return self.root / "accounts.json"

    @property
    def alerts(self) -> Path:
        """Which alerts stand, and to which channel they were told; no person's name."""
        return self.root / "alerts.json"

    def has_posts_apart(self) -> bool:
        """Whether `bulk` made this folder: its posts lie in Parquet files."""
        return (self.root / "posts").is_dir() and (self.root / "bulk").is_dir()

    @property
    def exports(self) -> Path:
        """What people took out for themselves."""
        return self.root / "exports"

    @property
    def snapshots(self) -> Path:
        """Dated copies to cite and hand out."""
        return self.root / "snapshots"

    @property
    def forgetting(self) -> Path:
        """Only while someone is being forgotten: who, so that a forget that is killed can be ended."""
        return self.root / "forgetting"

    def keep_forgetting(self, told: str) -> None:
        """Write down who is being forgotten, whole or not at all."""
        partial = self.forgetting.with_suffix(".new")
        with private_file(partial) as stream:
            stream.write(told)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self.forgetting)

    def read_forgetting(self) -> str | None:
        """Who was being forgotten when a command was killed; None where that is not known."""
        return self.forgetting.read_text(encoding="utf-8") if self.forgetting.is_file() else None

    def drop_forgetting(self) -> None:
        """Nobody is being forgotten any more."""
        for path in (self.forgetting, self.forgetting.with_suffix(".new")):
            path.unlink(missing_ok=True)

    @property
    def lock(self) -> Path:
        """Held while a command writes; the system frees it when the command ends, however it ends."""
        return self.root / "lock"

    def create(self) -> "DataFolder":
        """Make the folders that are missing, for the owner's eyes only; everything written from here on is so too."""
        os.umask(0o077)
        try:
            for folder in (self.root, self.inbox, self.done, self.failed):
                folder.mkdir(parents=True, exist_ok=True)
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            within = error.filename in map(str, (self.inbox, self.done, self.failed))
            raise PermissionProblem(
                f"The data folder {self.root} cannot be {'written' if within else 'made'}.",
                why=f"{error.strerror}: {error.filename}",
                safe="Nothing was written.",
                next_step="Choose another folder with --data, or ask who owns this one to let you write there.",
            ) from error
        except OSError as error:
            raise StorageProblem(
                f"The data folder {self.root} cannot be made.",
                why=f"{error.strerror}: {error.filename}",
                safe="Nothing was written.",
                next_step="Free some space or choose another folder with --data.",
            ) from error
        return self

    def refuse_lost(self) -> None:
        """Raise StorageProblem where raw.db is there without tracker.db. Every run makes tracker.db first, so it was deleted or
        moved since, and an empty one in its place would hide that. A restore that was killed is ended by the next run."""
        if self.raw.exists() and not self.tracker.exists() and not (self.restoring / "ready").is_dir():
            raise StorageProblem(
                f"{self.tracker} is missing, though {self.raw.name} is there.",
                why="It was deleted or moved since this program made it; an empty one in its place would hide that.",
                safe="Nothing was written.",
                next_step=f"{put_back(self.tracker)} If this campaign is to begin anew, move {self.raw} away, too.",
            )

    def refuse_emptied(self, path: Path) -> None:
        """Raise StorageProblem where a store (tracker, raw or forgotten) has no bytes left. The key is made after them all, so
        beside a key each once had its tables; an empty file would else be taken for a new store, and what it held be lost
        unsaid."""
        if self.key.is_file() and path.is_file() and path.stat().st_size == 0:
            raise StorageProblem(
                f"{path} is damaged: it is empty.",
                why="Something has cut it to nothing since this program made it.",
                safe="Nothing was written.",
                next_step=put_back(path),
            )

    def exists(self) -> bool:
        """Whether a store has been made here."""
        return self.tracker.is_file()
