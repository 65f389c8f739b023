"""Labels brought in from elsewhere and taken out, by a person at the command line. No run does this: labels.db is people's."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels, labelled_post
from pipelines.running import held_lock
from tracker.codings import AUDIT, Coding
from tracker.labelled import labelled_lines
from tracker.problems import StorageProblem, UsageProblem
from tracker.records import Campaign, Example


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What a labelled file gave: verdicts added, how many of those contradict what the same coder said before or in an earlier
    line, known already, lines without a post's id or without labels, and verdicts kept without their words because the post is to
    stay forgotten."""

    file: str
    added: int
    changed: int
    known: int
    unusable: int
    wordless: int

    def text(self) -> str:
        """The report as its reader sees it."""
        lines = [f"{self.file}: {self.added:,} labels added, {self.known:,} were here already."]
        if self.changed:
            lines.append(
                f"{self.changed:,} of them take the place of what the same coder had said of the post in the same round; "
                "both are kept, the later one counts."
            )
        if self.unusable:
            lines.append(
                f"{self.unusable:,} lines were left out: they have no platform and native_id, or no labels. "
                "`train --labels` learns from lines without ids."
            )
        if self.wordless:
            lines.append(f"{self.wordless:,} were kept without the post's words, since the post is to stay forgotten.")
        return "\n".join(lines)


def bring_in(campaign: Campaign, folder: DataFolder, paths: Sequence[Path], *, now: str) -> list[BroughtIn]:
    """Add the labels of each file, all or none of a file; those that are here already are left alone. Every file is read and
    found sound before the first is added. Raises a Problem where one is not."""
    read = [(path, [example for _, example in labelled_lines(path, campaign)]) for path in paths]
    folder.create()
    with held_lock(folder), closing(Forgotten(folder)) as forgotten, closing(Labels(folder)) as labels:
        return [_bring(labels, forgotten, path, examples, now) for path, examples in read]


def _bring(labels: Labels, forgotten: Forgotten, path: Path, examples: list[Example], now: str) -> BroughtIn:
    usable = [one for one in examples if one.platform and one.native_id and (one.themes is not None or one.cannot_tell)]
    codings, wordless = [], 0
    for example in usable:
        gone = forgotten.names_post(str(example.platform), str(example.native_id))
        wordless += gone
        codings.append(_coding(example, path.name, now, forgotten=gone))
    added, changed = labels.bring_in(codings)
    return BroughtIn(path.name, added, changed, len(codings) - added, len(examples) - len(usable), wordless)


def _coding(example: Example, file: str, now: str, *, forgotten: bool) -> Coding:
    """A labelled line as a verdict. Without a coder it is the file's; without a moment, that of now at which all such lines of
    this file came, so that the same coder's older verdict gives way."""
    judged = example.relevant if example.relevant is not None else (True if example.themes else None)
    return Coding(
        str(example.platform),
        str(example.native_id),
        text=None if forgotten else example.text,
        coder=example.coder or file,
        coded_at=example.coded_at or now,
        relevant=None if example.cannot_tell else judged,
        themes=() if example.cannot_tell or judged is False else example.themes or (),
        cannot_tell=example.cannot_tell,
        questions=example.questions,
        asks_us=example.asks_us,
        note=None if forgotten else example.note,
        role=example.role or "coder",
        round=example.round or "main",
        queue=example.queue or "other",
        probability=example.probability if example.queue == AUDIT else None,
        codebook=example.codebook or "",
        origin=file,
    )


def take_out(folder: DataFolder, path: Path) -> str:
    """Write every verdict that stands and whose words are still there to `path`, a labelled post a line; gives what was done.
    Raises UsageProblem where nobody has coded, StorageProblem where the file cannot be written."""
    if not folder.labels.exists():
        raise UsageProblem(
            "There are no labels to take out: nobody has coded a post yet.",
            next_step="Code some at /coding in the pages that `debate-tracker serve` shows.",
        )
    with closing(Labels(folder, readonly=True)) as labels:
        standing = labels.standing()
    lines = [json.dumps(labelled_post(one), ensure_ascii=False) + "\n" for one in standing if one.text is not None]
    write_out(path, "".join(lines))
    left = len(standing) - len(lines)
    without = f" {left:,} were left out because the post's words have been removed." if left else ""
    return f"{len(lines):,} labels written to {path}.{without} They are personal data."


def write_out(path: Path, text: str) -> None:
    """Write what people decided to a file of theirs. Raises StorageProblem where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"{path} could not be written.",
            why=f"{error.strerror}.",
            safe="The labels themselves are untouched.",
            next_step="Name a file in a folder in which you may write.",
        ) from error
