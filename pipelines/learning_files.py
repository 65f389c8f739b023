"""Labelled posts of files: examples.jsonl, and what `train --labels` and `--pool` name.

Files are people's, and stay as they are when somebody is forgotten. A line that names a post which is to stay forgotten is left
out here, before anything is learned from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from db.folder import DataFolder
from db.forgotten_posts import names_forgotten
from db.label_files import codebooks_of
from tracker.labelled import NO_BOOKS, labelled_lines, read_examples
from tracker.problems import Problem
from tracker.records import Campaign, Example
from tracker.telling import count

EXAMPLES = "examples.jsonl"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class FromFiles:
    """Posts of files that may be learned from. left_out: how many lines of which file name a post that is to stay forgotten;
    bare: files given by hand of which no line says what a post is about, with how many lines they have; doubled: how many lines
    of which file are another labelled line once more: they count once."""

    posts: Sequence[Example]
    left_out: Mapping[str, int]
    bare: Mapping[str, int]
    doubled: Mapping[str, int]


def posts_of_files(campaign: Campaign, folder: DataFolder, paths: Sequence[Path], *, labels: bool = True) -> FromFiles:
    """The posts of these files in their order, without those to stay forgotten. labels False: their labels are not looked at.
    Raises what read_examples raises, and StorageProblem where it cannot be told who is to stay forgotten."""
    is_forgotten, books = names_forgotten(folder), codebooks_of(folder)
    posts: dict[Example, None] = {}
    left_out: Counter[str] = Counter()
    doubled: Counter[str] = Counter()
    bare: dict[str, int] = {}
    for path in paths:
        told = False
        lines = 0
        own = path == Path(campaign.folder) / EXAMPLES  # a file of the campaign is right or wrong whatever the data
        for one in read_examples(path, campaign, labels=labels, books=NO_BOOKS if own else books):
            lines += 1
            told = told or one.themes is not None
            if is_forgotten(one.platform, one.native_id):
                left_out[path.name] += 1
            elif one in posts:
                doubled[path.name] += labels
            else:
                posts[one] = None
        if labels and not told and not own:
            bare[path.name] = lines
    return FromFiles(list(posts), left_out, bare, doubled)


def bare_sentence(bare: Mapping[str, int]) -> str:
    """That files have no labels, and how one writes them; "" where there is no such file."""
    if not bare:
        return ""
    named = ", ".join(f"{name} ({count(lines, 'line')})" for name, lines in bare.items())
    says = "says which themes a post has, so no use is made of it"
    return f'No line of {named} {says}: write "themes": ["..."] in each ("themes": [] for none).'


def doubled_sentence(doubled: Mapping[str, int]) -> str:
    """How many lines of which files stand there more than once; "" where none does."""
    lines = sum(doubled.values())
    are, counts = ("is", "it counts") if lines == 1 else ("are", "each counts")
    told = f"{count(lines, 'line')} of {', '.join(doubled)} {are} there already, the same in everything"
    return f"{told}: {counts} once." if lines else ""


def left_out_sentence(left_out: Mapping[str, int]) -> str:
    """How many lines of which files were left out, and what to do; "" where none was."""
    lines = sum(left_out.values())
    if not lines:
        return ""
    one, several = "was left out: the post that it names is", "were left out: the posts that they name are"
    still = "The words are still there: delete the line." if lines == 1 else "Their words are still there: delete these lines."
    return f"{count(lines, 'line')} of {', '.join(left_out)} {one if lines == 1 else several} to stay forgotten. {still}"


def lines_to_learn_from(lines: list[tuple[int, Example]], data: DataFolder) -> tuple[list[tuple[int, Example]], str]:
    """The lines of examples.jsonl whose posts are not to stay forgotten, and which others there are, in words. All of them where
    it cannot be told who is: `check`, which asks, tells that elsewhere."""
    try:
        is_forgotten = names_forgotten(data)
    except Problem:
        return lines, ""
    left = {number: one for number, one in lines if is_forgotten(one.platform, one.native_id)}
    if not left:
        return lines, ""
    named = ", ".join(map(str, list(left)[:SHOWN])) + (f" and {len(left) - SHOWN} more" if len(left) > SHOWN else "")
    where = f"{'line' if len(left) == 1 else 'lines'} {named}"
    told = f"{EXAMPLES} has {count(len(left), 'post')} to stay forgotten ({where})."
    kept = [(number, one) for number, one in lines if number not in left]
    return kept, f"{told} Nothing is learned from there, and the words still stand in the file: delete what is named."


def examples_to_delete(campaign: Campaign, data: DataFolder) -> str:
    """Which lines of the campaign's examples.jsonl hold posts that are to stay forgotten, in words; "" where none does, or the
    file cannot be read, which `check` tells."""
    try:
        return lines_to_learn_from(labelled_lines(Path(campaign.folder) / EXAMPLES, campaign), data)[1]
    except Problem:
        return ""
