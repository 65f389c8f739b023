"""Labels brought in from elsewhere and taken out, by a person at the command line. No run does this: labels.db is people's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from db.folder import DataFolder, private_file
from db.forgotten import Forgotten
from db.label_files import codebooks_of, lines_out
from db.labels import Labels
from db.opening_labels import begin_anew, labels_lost, refuse_lost_labels
from db.reading_texts import stored_texts
from pipelines.running import held_lock
from pipelines.unfinished import someone_goes
from tracker.codebook import Codebook, codebook_of
from tracker.codings import AUDIT, Coding, bare_book, book_version, of_words_of_now
from tracker.faults import Faults
from tracker.labelled import Books, labelled_lines
from tracker.platforms.mapped import rounded_ids
from tracker.problems import UsageProblem, kind_of_os_error
from tracker.records import Campaign, Example
from tracker.sameness import are_other_words, is_cut_from
from tracker.telling import count

LINES_TOLD = 10


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What a labelled file gave: verdicts added, how many of those take the place of what the same coder said before or in
    another line, how many are older than what they said and so do not stand, known already, lines without a post's id or
    without labels, and lines left out because their post is to stay forgotten. unnamed: how many lines name no coder;
    counted_as: whose they are then. absent: lines about posts that are not here. reworded: the lines whose words are not as
    stored; anew: those with quite other words."""

    file: str
    added: int
    changed: int
    older: int
    known: int
    unusable: int
    forgotten: int
    unnamed: int
    counted_as: str
    absent: int = 0
    reworded: tuple[int, ...] = ()
    anew: tuple[int, ...] = ()

    def text(self) -> str:
        """The report as its reader sees it."""
        lines = [f"{self.file}: {count(self.added, 'label', 'labels')} added, {count(self.known, 'was', 'were')} here already."]
        if self.unnamed and (self.added or self.counted_as != self.file):
            lines.append(self._of_the_unnamed())
        if self.changed:
            takes = "of them takes the place of what the same coder had said of the post in the same round"
            take = "of them take the place of what the same coder had said of the post in the same round"
            lines.append(f"{count(self.changed, takes, take)}; both are kept, the later one counts.")
        if self.older:
            is_older = "of them is older than what the same coder has said of the post in the same round"
            are_older = "of them are older than what the same coder has said of the post in the same round"
            lines.append(f"{count(self.older, is_older, are_older)}, which stands; both are kept, the later one counts.")
        if self.unusable:
            left = "line was left out: it has no platform and native_id, or no labels"
            several = "lines were left out: they have no platform and native_id, or no labels"
            lines.append(f"{count(self.unusable, left, several)}. `train --labels` learns from lines without ids.")
        if self.forgotten:
            left = "line was left out, since its post is to stay forgotten"
            several = "lines were left out, since their posts are to stay forgotten"
            lines.append(f"{count(self.forgotten, left, several)}. Take such lines out of the file, too.")
        if self.absent:
            label, labels = "label is of a post that is not here", "labels are of posts that are not here"
            kept = "What was said is kept, and counts once the post comes in: is the id right?"
            lines.append(f"{count(self.absent, label, labels)}. {kept}")
        if self.reworded:
            has = "line has other words than its post as it is stored"
            have = "lines have other words than their posts as they are stored"
            told = f"{count(len(self.reworded), has, have)} ({_listed(self.reworded)}): was it edited, or is the id another's?"
            lines.append(f"{told} The program learns from the file's words, and counts the stored post.")
        if self.anew:
            has = "line has quite other words than the post that is stored with its id"
            have = "lines have quite other words than the posts that are stored with their ids"
            told = f"{count(len(self.anew), has, have)} ({_listed(self.anew)}): was it written anew, or is the id another's?"
            lines.append(f"{told} What was said is of the file's words: it is kept, and settles nothing in the counts.")
        return "\n".join(lines)

    def _of_the_unnamed(self) -> str:
        unnamed = count(self.unnamed, "label names no coder", "labels name no coder")
        if self.counted_as != self.file:
            return f"{unnamed}, and all such are here already from {self.counted_as}, which names none either."
        return (
            f"{unnamed}: they count as those of one person called {self.file}. If several people gave them, or someone who "
            'labels here too, say who in each line before the file is brought in: "coder": "Ann".'
        )


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:LINES_TOLD])) + (", ..." if len(lines) > LINES_TOLD else "")


def bring_in(campaign: Campaign, folder: DataFolder, paths: Sequence[Path], *, now: str) -> list[BroughtIn]:
    """Add the labels of each file, all or none of a file; those that are here already are left alone, also where the same person
    says the same at another moment. Every file is read and found sound before the first is added. Raises a Problem where one is
    not."""
    books = codebooks_of(folder)
    read = [(path, _sound(path, campaign, folder, books, now)) for path in paths]
    folder.create()
    with held_lock(folder), closing(Forgotten(folder)) as forgotten, closing(Labels(folder)) as labels:
        today = codebook_of(campaign)
        return [
            replace(
                _bring(labels, forgotten, path.name, sound, today, now),
                reworded=sound.reworded,
                anew=sound.anew,
            )
            for path, sound in read
        ]


CLOCKS_DIFFER = timedelta(days=1)
"""Between a colleague's machine and this one."""


@dataclass(frozen=True, slots=True)
class _Sound:
    """A file that can be brought in: its labelled posts. stored: those of them that are here (platform, native_id); reworded: the
    lines whose words are not all as stored; anew: those whose post has quite other words by now, so that they settle nothing of
    it (`of_words_of_now`)."""

    examples: list[Example]
    stored: frozenset[tuple[str, str]]
    reworded: tuple[int, ...]
    anew: tuple[int, ...]


def _sound(path: Path, campaign: Campaign, folder: DataFolder, books: Books, now: str) -> _Sound:
    """A file of labels, of which each that is to measure by can do so, and none is of a time to come."""
    faults = Faults()
    lines = labelled_lines(path, campaign, books=books)
    latest = datetime.fromisoformat(now) + CLOCKS_DIFFER
    keyed = [
        (number, (str(one.platform), str(one.native_id)), one.text) for number, one in lines if one.platform and one.native_id
    ]
    stored = stored_texts(folder, [key for _, key, _ in keyed])
    rounded = rounded_ids({native_id for _, (_, native_id), _ in keyed} - {native_id for _, native_id in stored})
    for number, example in lines:
        if example.queue == AUDIT and example.probability is None:
            wrong = 'is missing, though the post is of the random sample ("queue": "audit").'
            such = 'Write how likely it was to be drawn, such as "probability": 0.25, or leave "queue" out.'
            faults.add(path, number, "probability", wrong, such)
        if example.native_id in rounded:
            wrong = f"{example.native_id:.40} was rounded by a spreadsheet, so it is no post's id, or another's."
            faults.add(path, number, "native_id", wrong, "Take the id from the file that was handed out, or the post's address.")
        if example.coded_at is not None and datetime.fromisoformat(example.coded_at) > latest:
            wrong = f"{example.coded_at} is yet to come, so whatever this coder says until then would not count."
            faults.add(path, number, "coded_at", wrong, "Write when the post was coded, or leave it out.")
    faults.raise_any()
    other = [(number, key, text) for number, key, text in keyed if stored.get(key) and not is_cut_from(text, stored[key])]
    anew = [number for number, key, text in other if are_other_words(text, stored[key])]
    reworded = [number for number, _, _ in other if number not in set(anew)]
    return _Sound([example for _, example in lines], frozenset(stored), tuple(reworded), tuple(anew))


def _bring(labels: Labels, forgotten: Forgotten, file: str, sound: _Sound, today: Codebook, now: str) -> BroughtIn:
    examples = sound.examples
    usable = [one for one in examples if one.platform and one.native_id and (one.themes is not None or one.cannot_tell)]
    allowed = [one for one in usable if not _is_forgotten(forgotten, str(one.platform), str(one.native_id))]
    books = _Books(labels.codebooks(), today)
    codings = [_coding(one, file, now, books.of(one), forgotten.without_names) for one in allowed]
    unnamed = [coding for coding in codings if not coding.coder]
    standing = labels.standing()
    counted_as = _whose(unnamed, standing, file, today.names)
    named = [replace(coding, coder=coding.coder or counted_as) for coding in codings]
    new = _not_here(list(zip(allowed, named, strict=True)), standing, today.names)
    added, changed, older = labels.bring_in(new, books.new, now=now, names=today.names)
    unusable, gone = len(examples) - len(usable), len(usable) - len(allowed)
    absent = sum(coding.key not in sound.stored for coding in codings)
    return BroughtIn(file, added, changed, older, len(codings) - added, unusable, gone, len(unnamed), counted_as, absent)


Line = tuple[Example, Coding]


def _not_here(lines: Sequence[Line], standing: Sequence[Coding], names: Mapping[str, str]) -> list[Coding]:
    """The verdicts of a file's lines that say something else than what stands, or stood when they were given. Lines without a
    moment are of now, so the last of them about a post is what the file says: where that stands already, so do the others."""
    last = {_by(coding): coding for coding in standing}
    new: list[Coding] = []
    older: set[Coding] = set()

    def says_else(example: Example, mine: Coding) -> bool:
        before = last.get(_by(mine))
        if before is None or _said(before, names) != _said(mine, names):
            return True
        read_anew = example.codebook is not None and before.codebook != mine.codebook
        return read_anew or not of_words_of_now([before], {mine.key: mine.text or ""})

    def look(example: Example, mine: Coding) -> None:
        if not says_else(example, mine) or mine in older:
            return
        new.append(mine)
        if (before := last.get(_by(mine))) is not None and mine.coded_at < before.coded_at:
            older.add(mine)
        else:
            last[_by(mine)] = mine

    for example, mine in sorted((line for line in lines if line[0].coded_at), key=lambda line: line[1].coded_at):
        look(example, mine)
    undated = [line for line in lines if not line[0].coded_at]
    ends = {_by(mine): (example, mine) for example, mine in undated}
    unsaid = {by for by, (example, mine) in ends.items() if says_else(example, mine)}
    for example, mine in undated:
        if _by(mine) in unsaid:
            look(example, mine)
    return new


def _is_forgotten(forgotten: Forgotten, platform: str, native_id: str) -> bool:
    """Whether a post is to stay forgotten, or has an address for an id that names who is."""
    return forgotten.names_post(platform, native_id) or ("/" in native_id and forgotten.leads_to(native_id))


class _Books:
    """The codebooks that lines of a file were labelled by: `of` gives the version of each, `new` the content of those that are
    not here yet."""

    def __init__(self, known: Books, today: Codebook) -> None:
        self._today = today
        self._asked = {version: self._now(one["slug"] for one in book["themes"]) for version, book in known.items()}
        self.new: dict[str, str] = {}

    def of(self, example: Example) -> str:
        """The version of an example's codebook: the one that it names, unless another of that name is here, which asked about
        other themes. Where neither a name nor what was asked about is known, it is today's."""
        today, named = self._today, example.codebook
        asked = today.themes if example.asked is None else self._now(example.asked)
        if named in self._asked and (example.asked is None or self._asked[named] == asked):
            return named
        questions = today.question_slugs if example.asked_questions is None else example.asked_questions
        bare = bare_book(asked, questions)
        ours = asked == today.themes and named in (None, today.version)
        content = today.content if ours else bare
        version = named if named and named not in self._asked else book_version(content)
        self._asked[version] = asked
        self.new[version] = content
        return version

    def _now(self, slugs: Iterable[str]) -> frozenset[str]:
        return frozenset(self._today.names.get(slug, slug) for slug in slugs)


def _coding(example: Example, file: str, now: str, codebook: str, without_names: Callable[[str], str]) -> Coding:
    """A labelled line as a verdict, of which coder "" where it names none. Without a moment it is that of now at which all such
    lines of this file came, so that the same coder's older verdict gives way. without_names takes out of its words whom to
    forget."""
    return Coding(
        str(example.platform),
        str(example.native_id),
        text=without_names(example.text),
        coder=example.coder or "",
        coded_at=example.coded_at or now,
        relevant=None if example.cannot_tell else bool(example.themes) or example.relevant,
        themes=example.themes or (),
        cannot_tell=example.cannot_tell,
        questions=example.questions,
        asks_us=example.asks_us,
        note=None if example.note is None else without_names(example.note),
        role=example.role or "coder",
        round=example.round or "main",
        queue=example.queue or "other",
        probability=example.probability if example.queue == AUDIT else None,
        codebook=codebook,
        origin=file,
    )


def _by(coding: Coding) -> tuple[tuple[str, str], str, str, str]:
    """Of which post, by whom and in which round: a later verdict takes the place of one before."""
    return coding.key, coding.coder.casefold(), coding.role, coding.round


def _said(coding: Coding, names: Mapping[str, str]) -> Coding:
    """The verdict alone, in today's names: without who gave it, when, by which codebook, and in which file it came."""
    themes, questions = tuple(sorted(names.get(slug, slug) for slug in coding.themes)), tuple(sorted(coding.questions))
    bare = replace(coding, text=None, coder="", coded_at="", codebook="", origin="", id=None, supersedes=None)
    return replace(bare, themes=themes, questions=questions)


def _whose(unnamed: Sequence[Coding], standing: Sequence[Coding], file: str, names: Mapping[str, str]) -> str:
    """The person that labels count as of whom the file names no coder: one called as the file is, unless they are all here
    already from another that names none either. It then is a copy of that one, and not a second opinion."""
    files: dict[str, set[Coding]] = {}
    for coding in standing:
        if coding.coder == coding.origin:
            files.setdefault(coding.origin, set()).add(_said(coding, names))
    copied = next((name for name, said in files.items() if said.issuperset(_said(one, names) for one in unnamed)), file)
    return file if file in files else copied


def refuse_uncoded(folder: DataFolder) -> None:
    """Raise UsageProblem where there are no labels to read: nobody has coded, or --data names another folder than was meant.
    Raises StorageProblem where they are lost."""
    refuse_lost_labels(folder)
    if not folder.labels.exists():
        raise UsageProblem(
            f"There are no labels at {folder.labels}: nobody has coded a post of these data yet.",
            safe="Nothing was written.",
            next_step="Check --data; or code some posts at /coding in the pages that `debate-tracker serve` shows.",
        )


def begin_labels_anew(folder: DataFolder) -> str:
    """Go on without what people coded, where that is lost; gives what was done. Raises UsageProblem where nothing is."""
    folder.create()
    with held_lock(folder):
        if not labels_lost(folder):
            raise UsageProblem(
                f"There is nothing to begin anew: nothing that people coded is lost in {folder.root}.",
                safe="Nothing was changed.",
                next_step="Check --data.",
            )
        begin_anew(folder)
    return f"{folder.labels} is begun anew. The next night takes what people had coded out of the counts."


def take_out(folder: DataFolder, path: Path) -> str:
    """Write every verdict that stands and whose words are still there to `path`, a labelled post a line; gives what was done.
    Raises UsageProblem where nobody has coded, IncompleteRun while someone is being forgotten, StorageProblem where the file
    cannot be written."""
    refuse_uncoded(folder)
    if folder.forgetting.exists():
        raise someone_goes("No labels were taken out")
    with closing(Labels(folder, readonly=True)) as labels:
        file, lines = lines_out(labels)
        left = len(labels.standing()) - lines
    write_out(path, file)
    left_out = count(left, "was left out because its post's words", "were left out because their posts' words")
    without = f" {left_out} have been removed." if left else ""
    return f"{count(lines, 'label', 'labels')} written to {path}.{without} They are personal data."


def write_out(path: Path, text: str) -> None:
    """Write what people decided to a file that its owner alone may read. Raises StorageProblem where the disk is full or broken,
    PermissionProblem, and UsageProblem where there is no such place."""
    try:
        with private_file(path) as stream:
            stream.write(text)
    except OSError as error:
        raise kind_of_os_error(error)(
            f"{path} could not be written.",
            why=f"{error.strerror}.",
            safe="The labels themselves are untouched.",
            next_step="Name a file in a folder in which you may write.",
        ) from error
