"""What people together say of a post, from what each of them said: the lead's word, else the majority's. Pure.

- Of each coder the newest verdict counts; verdicts of a pilot only where the coder read the post in no other round.
- Where a lead settled the post, that stands alone.
- Relevance: more than half of those who could tell. Half and half is a dispute: nothing is settled until a lead looks.
- A theme: more than half of those who could tell; whoever says "not this debate" gives none. Half and half leaves the theme
  to the machine until a lead looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tracker.codings import Coding, Settled, each_coder, that_count


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


def asked_now(asked_in: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The themes of each codebook version, in today's names."""
    return {version: frozenset(names[slug] for slug in slugs if slug in names) for version, slugs in asked_in.items()}


def settle(codings: Sequence[Coding], asked_in: Mapping[str, frozenset[str]], themes: frozenset[str]) -> Settled:
    """What the standing codings of one post (at least one) come to. asked_in: the themes of each codebook version; themes:
    those of the campaign now, which a coding without a known codebook is taken to have been asked about."""
    readers, counted = each_coder(codings), that_count(codings)
    by_lead = any(one.role == "lead" for one in counted)
    could_tell = [one for one in counted if not one.cannot_tell]
    said = [one.relevant for one in could_tell if one.relevant is not None]
    relevant = _majority(sum(said), len(said))
    given = [set() if one.relevant is False else set(one.themes) for one in could_tell]
    shares = {slug: sum(slug in some for some in given) for slug in set().union(*given)} if given else {}
    asked = [asked_in.get(one.codebook, themes) for one in could_tell]
    open_question = len(said) > 0 and relevant is None
    about = relevant is True or (not said and bool(could_tell))
    halves = {slug for slug, share in shares.items() if 2 * share == len(given)} if about else set()
    return Settled(
        platform=codings[0].platform,
        native_id=codings[0].native_id,
        relevant=relevant,
        themes=frozenset(slug for slug, share in shares.items() if about and 2 * share > len(given)),
        undecided=frozenset(halves),
        asked=frozenset.intersection(*asked) if asked and not open_question else frozenset(),
        questions=_given_by_most([one.questions for one in could_tell]) if about else frozenset(),
        asks_us=_majority(*_yes_of([one.asks_us for one in could_tell])),
        coders=len({one.coder.casefold() for one in readers}),
        adjudicated=by_lead,
        disputed=not by_lead and (open_question or bool(halves) or _half_could_tell(readers)),
    )


def together(verdicts: Sequence[Settled]) -> Settled:
    """What the verdicts on several copies of a message come to for a copy that nobody read: more than half of those that settle
    it, of a lead's alone where there are some; half and half settles nothing. platform and native_id are those of the first."""
    counted = [one for one in verdicts if one.adjudicated] or verdicts
    relevant = _majority(*_yes_of([one.relevant for one in counted]))
    divided = relevant is None and any(one.relevant is not None for one in counted)
    asked = frozenset[str]() if divided else frozenset().union(*(one.asked - one.undecided for one in counted))
    said = {
        slug: _majority(*_yes_of([slug in one.themes for one in counted if slug in one.asked - one.undecided])) for slug in asked
    }
    return replace(
        counted[0],
        relevant=relevant,
        themes=frozenset(slug for slug, yes in said.items() if yes and relevant is not False),
        undecided=frozenset(slug for slug, yes in said.items() if yes is None),
        asked=asked,
        questions=frozenset() if divided or relevant is False else _given_by_most([one.questions for one in counted]),
        asks_us=_majority(*_yes_of([one.asks_us for one in counted])),
        coders=max(one.coders for one in counted),
    )


def _half_could_tell(readers: Sequence[Coding]) -> bool:
    """Whether some could tell and at least as many could not."""
    could = sum(not one.cannot_tell for one in readers)
    return 0 < could <= len(readers) - could


def _given_by_most(given: Sequence[Iterable[str]]) -> frozenset[str]:
    some = [frozenset(one) for one in given]
    return frozenset(slug for slug in frozenset().union(*some) if 2 * sum(slug in one for one in some) > len(some))


def _yes_of(said: Sequence[bool | None]) -> tuple[int, int]:
    known = [one for one in said if one is not None]
    return sum(known), len(known)


def _majority(yes: int, of: int) -> bool | None:
    """True or False where more than half say so; None where nobody said or it is half and half."""
    return None if of == 0 or 2 * yes == of else 2 * yes > of
