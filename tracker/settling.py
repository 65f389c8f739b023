"""What people together say of a post, from what each of them said: the lead's word, else the majority's. Pure.

- Of each coder the newest verdict counts; verdicts of a pilot only where the coder read the post in no other round.
- Where a lead settled the post, that stands alone.
- Relevance: more than half of those who could tell. Half and half is a dispute: nothing is settled until a lead looks.
- A theme: more than half of those who could tell; whoever says "not this debate" gives none. Half and half leaves the theme
  to the machine until a lead looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tracker.codings import Coding, Settled, is_pilot


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


def each_coder(codings: Iterable[Coding]) -> list[Coding]:
    """The verdict of each coder that counts, of standing codings of one post; the lead's are left out."""
    newest: dict[str, Coding] = {}
    for coding in sorted(codings, key=lambda one: (not is_pilot(one.round), one.coded_at, one.id or 0)):
        if coding.role == "coder":
            newest[coding.coder.casefold()] = coding
    return list(newest.values())


def settle(codings: Sequence[Coding], asked_in: Mapping[str, frozenset[str]], themes: frozenset[str]) -> Settled:
    """What the standing codings of one post (at least one) come to. asked_in: the themes of each codebook version; themes:
    those of the campaign now, which a coding without a known codebook is taken to have been asked about."""
    leads = sorted((one for one in codings if one.role == "lead"), key=lambda one: (one.coded_at, one.id or 0))
    readers = each_coder(codings)
    counted = leads[-1:] or readers
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
        questions=_questions(could_tell) if about else frozenset(),
        asks_us=_majority(*_yes_of([one.asks_us for one in could_tell])),
        coders=len({one.coder.casefold() for one in readers}),
        adjudicated=bool(leads),
        disputed=not leads and (open_question or bool(halves) or _half_could_tell(readers)),
    )


def _half_could_tell(readers: Sequence[Coding]) -> bool:
    """Whether some could tell and at least as many could not."""
    could = sum(not one.cannot_tell for one in readers)
    return 0 < could <= len(readers) - could


def _questions(could_tell: Sequence[Coding]) -> frozenset[str]:
    given = [set(one.questions) for one in could_tell]
    return frozenset(slug for slug in set().union(*given) if 2 * sum(slug in some for some in given) > len(given))


def _yes_of(said: Sequence[bool | None]) -> tuple[int, int]:
    known = [one for one in said if one is not None]
    return sum(known), len(known)


def _majority(yes: int, of: int) -> bool | None:
    """True or False where more than half say so; None where nobody said or it is half and half."""
    return None if of == 0 or 2 * yes == of else 2 * yes > of
