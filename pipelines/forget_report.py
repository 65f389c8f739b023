"""What a forget came to, for the person who answers the letter."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from db.sweeping import Swept
from pipelines.backup import MONTHLY, made_at
from pipelines.leftovers import Deleted
from tracker.telling import count


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What was forgotten (or, as a trial, would be). sealed: encrypted backups, each with until when it is beyond use. holders:
    of copies that were handed out. examples: which lines of examples.jsonl a person has to delete. named, texts: whom and what a
    trial found, for the eyes of who decides. unknown: what was named and is stored nowhere."""

    accounts: int
    posts: int
    swept: Swept = field(default_factory=Swept)
    deleted: Deleted = field(default_factory=Deleted)
    backups: int = 0
    withdrawn: int = 0
    sealed: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    examples: str = ""
    named: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    trial: bool = False

    def text(self) -> str:
        """In sentences."""
        lines = [f"What was named: {count(self.accounts, 'account')} and {count(self.posts, 'post')}."]
        if not self.posts:
            lines.append(
                "No post of theirs is stored under these names. If they wrote here, they did so under another handle: ask for "
                "the address of one of their posts."
            )
        lines += [
            f"Nothing is stored under {name}. If that is misspelt, run this again with the right name." for name in self.unknown
        ]
        told = [f"Was handed out, and its holder has to take them out: {copy}" for copy in self.holders]
        if self.trial:
            lines += [f"Named: {', '.join(self.named)}."] if self.named else []
            return "\n".join([*lines, *told, "Nothing was changed. Without --dry-run they are deleted and never come in again."])
        swept = self.swept
        deleted = (count(swept.posts, "post"), count(swept.authors, "account"), count(swept.items, "raw item"))
        lines.append(f"Deleted: {', '.join(deleted)}.")
        lines.append(f"Redacted in what others wrote: {count(swept.redacted, 'post')}.")
        if swept.places:
            lines.append(f"Taken out where else it said who it was: {count(swept.places, 'place')}.")
        if swept.labels:
            lines.append(f"Codings, answers and quotes of or about {count(swept.labels, 'post')} no longer say what or of whom.")
        lines += [f"Deleted from the inbox, since it held something of theirs: {name}" for name in self.deleted.files]
        lines += [f"Deleted, since it held something of theirs: {name}" for name in self.deleted.copies]
        if self.withdrawn:
            lines.append(f"Taken out of the public copies: {count(self.withdrawn, 'row')}.")
        if self.backups:
            lines.append(f"Taken out of {count(self.backups, 'backup')}.")
        if self.deleted.model:
            lines.append("The theme model held a word of theirs and was deleted; the next night makes it again.")
        lines += [
            f"Could not be looked into (locked, damaged, or packed in another way): {name}. "
            "Delete it by hand if it may hold something of theirs."
            for name in self.deleted.unread
        ]
        lines += [*self.sealed, *filter(None, [self.examples])]
        return "\n".join([*lines, *told, "They will not be collected, imported or restored again."])

    def document(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def beyond_use(path: Path) -> str:
    """What is to be said of an encrypted backup: until when it may be kept at most, where nights go on."""
    made = made_at(path)
    until = ""
    if made is not None:
        month = made.month - 1 + MONTHLY
        until = f" until it is dropped, at the latest on {made.year + month // 12}-{month % 12 + 1:02d}-01"
    return f"{path.name} is encrypted and still holds them. It is beyond use{until}: `restore` would take them out."
