"""What people together say of a post, from what each of them said: the lead's word, else the majority's. Pure.

- Of each coder the newest verdict counts; verdicts of a pilot, a lead's too, only where nobody read the post in another round.
- Where a lead settled the post, that stands alone; but on what the lead was not asked, coders' words count.
- Relevance: more than half of those who could tell. Half and half is a dispute: nothing is settled until a lead looks.
- A theme, a question of the paper: more than half of those who could tell and were asked about it; whoever says "not this debate"
  gives none. Half and half leaves it to the machine until a lead looks. So does whether it asks us something.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from tracker.codings import Asked, Coding, Settled, beyond_lead, counting, each_coder, in_earnest, that_count
from tracker.records import Example

UNDATED = "9999"
"""The moment of what is said without one, after all others."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said of a post, or of a text. asked: what they had to choose from."""

    relevant: bool | None
    themes: Set[str]
    questions: Set[str]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Weighed:
    """What several people's words come to. divided: they stand half and half on relevance, so nothing is settled; about: what
    else they say means anything; undecided: on what those who were asked stand half and half; asked: what somebody was asked."""

    relevant: bool | None
    divided: bool
    about: bool
    themes: frozenset[str]
    questions: frozenset[str]
    undecided: Asked
    asked: Asked


def names_now(renamed_from: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What each theme is called now, by every name that it has had. renamed_from: by the slugs of today. What people said of a
    theme that was deleted, or split in two under new names, settles none of today's."""
    return {old: slug for slug, before in renamed_from.items() for old in (slug, *before)}


def in_names_of_now(codings: Iterable[Coding], names: Mapping[str, str]) -> list[Coding]:
    """The codings in today's names; a theme that the campaign no longer has is left out here and stays in labels.db."""
    return [replace(one, themes=tuple(sorted({names[slug] for slug in one.themes if slug in names}))) for one in codings]


def no_longer_themes(codings: Iterable[Coding], names: Mapping[str, str]) -> list[str]:
    """The themes that people gave and that the campaign has under no name any more."""
    return sorted({slug for one in codings for slug in one.themes if slug not in names})


def asked_now(asked_in: Mapping[str, Asked], names: Mapping[str, str]) -> dict[str, Asked]:
    """What each codebook version gives to choose from, the themes in today's names."""
    return {
        version: replace(asked, themes=frozenset(names[slug] for slug in asked.themes if slug in names))
        for version, asked in asked_in.items()
    }


def settle(codings: Sequence[Coding], asked_in: Mapping[str, Asked], now: Asked) -> Settled:
    """What the standing codings of one post (at least one) come to. asked_in: what each codebook version gives to choose from;
    now: what that of now does, which a coding without a known codebook is taken to have been asked."""
    codings = in_earnest(codings)
    readers, counted = each_coder(codings), that_count(codings)
    by_lead = any(one.role == "lead" for one in counted)
    could_tell = [one for one in counted if not one.cannot_tell]
    asked = {one: asked_in.get(one.codebook, now) for one in codings}
    votes = [*((one, asked[one]) for one in could_tell), *beyond_lead(codings, asked)]
    found = weighed([Said(one.relevant, set(one.themes), now.questions & set(one.questions), of) for one, of in votes])
    yes, told = _yes_of([one.asks_us for one in could_tell])
    unclear = found.divided or _half_could_tell(readers) or (found.about and 0 < told == 2 * yes)
    return Settled(
        platform=codings[0].platform,
        native_id=codings[0].native_id,
        relevant=found.relevant,
        themes=found.themes,
        questions=found.questions,
        undecided=found.undecided,
        asked=found.asked,
        asks_us=_majority(yes, told),
        coders=len({one.coder.casefold() for one in readers}),
        adjudicated=by_lead,
        disputed=found.undecided != Asked() or (unclear and not by_lead),
    )


def weighed(said: Sequence[Said]) -> Weighed:
    """What those who could tell together say: more than half of them on relevance, and of those who were asked on all else. For
    the counts (`settle`), and for what is learned from and measured on (tracker/themes/gold.py)."""
    yes, told = _yes_of([one.relevant for one in said])
    relevant = _majority(yes, told)
    divided = told > 0 and relevant is None
    about = relevant is True or (not told and len(said) > 0)
    themes, half_themes = weigh([(_if_about(one, one.themes), one.asked.themes) for one in said])
    questions, half_questions = weigh([(_if_about(one, one.questions), one.asked.questions) for one in said])
    return Weighed(
        relevant,
        divided,
        about,
        themes=themes if about else frozenset(),
        questions=questions if about else frozenset(),
        undecided=Asked(half_themes, half_questions) if about else Asked(),
        asked=Asked() if divided else _either(one.asked for one in said),
    )


def lines_that_count(lines: Sequence[Example]) -> list[Example]:
    """Of labelled lines, from files and from labels.db together, those that count, by the rules above. A line that does not say
    of which post it is, or whose word, counts for itself; and so do different texts of one post, which may be its parts."""
    posts: dict[tuple[str, str, str], list[Coding]] = {}
    counted: dict[int, Example] = {}
    for place, line in enumerate(lines):
        if line.platform and line.native_id and line.coder and (line.themes is not None or line.cannot_tell):
            posts.setdefault((line.platform, line.native_id, line.text), []).append(_coding_of(line, place))
        else:
            counted[place] = line
    for post in posts.values():
        asked = {one: of for one in post if (of := _asked_of(lines[one.id or 0]))}
        for one, of_line in counting(post, asked):
            place = one.id or 0
            counted[place] = _as_said(lines[place], one, of_line) if of_line else lines[place]
    return [counted[place] for place in sorted(counted)]


def weigh(votes: Iterable[tuple[Set[str], Set[str]]]) -> tuple[frozenset[str], frozenset[str]]:
    """Of what people gave, what more than half of those gave who were asked about it, and what half of them did. votes: what
    each gave and was asked about; what someone gave, they were asked about, too."""
    votes = list(votes)
    more = {}
    for slug in frozenset[str]().union(*(given for given, _ in votes)):
        said = [slug in given for given, asked in votes if slug in asked or slug in given]
        more[slug] = 2 * sum(said) - len(said)
    return frozenset(slug for slug, by in more.items() if by > 0), frozenset(slug for slug, by in more.items() if by == 0)


def together(verdicts: Sequence[Settled]) -> Settled:
    """What the verdicts on several copies of a message come to for a copy that nobody read: more than half of those that settle
    it, of a lead's alone where there are some; half and half settles nothing. platform and native_id are those of the first."""
    counted = [one for one in verdicts if one.adjudicated] or verdicts
    relevant = _majority(*_yes_of([one.relevant for one in counted]))
    divided = relevant is None and any(one.relevant is not None for one in counted)
    settled = [(one, one.asked.without(one.undecided)) for one in counted if not divided]
    themes, half_themes = weigh([(one.themes, asked.themes) for one, asked in settled])
    questions, half_questions = weigh([(one.questions, asked.questions) for one, asked in settled])
    return replace(
        counted[0],
        relevant=relevant,
        themes=themes if relevant is not False else frozenset(),
        questions=questions if relevant is not False else frozenset(),
        undecided=Asked(half_themes, half_questions),
        asked=_either(asked for _, asked in settled),
        asks_us=_majority(*_yes_of([one.asks_us for one in counted])),
        coders=max(one.coders for one in counted),
    )


def _coding_of(line: Example, place: int) -> Coding:
    """A labelled line as a verdict whose id is its place. One without a moment is newer than all that have one."""
    return Coding(
        str(line.platform),
        str(line.native_id),
        line.text,
        str(line.coder),
        line.coded_at or UNDATED,
        line.relevant,
        line.themes or (),
        line.cannot_tell,
        line.questions,
        line.asks_us,
        role=line.role or "coder",
        round=line.round or "main",
        id=place,
    )


def _asked_of(line: Example) -> Asked | None:
    known = line.asked is not None and line.asked_questions is not None
    return Asked(frozenset(line.asked or ()), frozenset(line.asked_questions or ())) if known else None


def _as_said(line: Example, one: Coding, asked: Asked) -> Example:
    said = replace(line, relevant=one.relevant, themes=one.themes, questions=one.questions, asks_us=one.asks_us)
    return replace(said, asked=tuple(sorted(asked.themes)), asked_questions=tuple(sorted(asked.questions)))


def _if_about(one: Said, given: Set[str]) -> Set[str]:
    """What a person gave; who says "not this debate" gives nothing."""
    return frozenset() if one.relevant is False else given


def _either(asked: Iterable[Asked]) -> Asked:
    both = list(asked)
    return Asked(frozenset[str]().union(*(one.themes for one in both)), frozenset[str]().union(*(one.questions for one in both)))


def _half_could_tell(readers: Sequence[Coding]) -> bool:
    """Whether some could tell and at least as many could not."""
    could = sum(not one.cannot_tell for one in readers)
    return 0 < could <= len(readers) - could


def _yes_of(said: Sequence[bool | None]) -> tuple[int, int]:
    known = [one for one in said if one is not None]
    return sum(known), len(known)


def _majority(yes: int, of: int) -> bool | None:
    """True or False where more than half say so; None where nobody said or it is half and half."""
    return None if of == 0 or 2 * yes == of else 2 * yes > of
