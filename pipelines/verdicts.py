"""Carry over what people coded into the counts: a person's decision takes the place of the program's."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from db.labels import AUDIT, Labels
from db.verdicts import carry_over, keep_agreement
from pipelines.running import Run
from tracker.codebook import asked_in
from tracker.codings import RULES, Coding, Settled
from tracker.comparing import by_post, compare
from tracker.records import Campaign
from tracker.settling import is_pilot, settle

CARRIED = "codings_carried"
"""The setting that names the newest row of codings that is in the counts."""


def carry_verdicts(run: Run) -> str:
    """Bring tracker.db up to labels.db, which is only read; gives what was done as the run's diary has it."""
    if not run.folder.labels.exists():
        return "nobody has coded a post yet"
    labels = Labels(run.folder, readonly=True)
    try:
        newest, codings, books = labels.newest(), labels.standing(), asked_in(labels.codebooks())
        rules = RULES | labels.rules()
        drawn = {(row["platform"], row["native_id"]) for row in labels.sample(AUDIT)}
    finally:
        labels.close()
    names = now_called(run.campaign)
    codings = [_renamed(coding, names) for coding in codings]
    asked = {version: frozenset(names[slug] for slug in slugs if slug in names) for version, slugs in books.items()}
    verdicts = settled(codings, asked, run.campaign)
    in_pilot = {one.key for one in codings if is_pilot(rules["round"]) and one.round == rules["round"]}
    ready = [one for one in verdicts if not _still_blind(one, drawn, in_pilot, int(rules["coders_each"]))]
    carried = carry_over(run.store, ready)
    themes = [theme.slug for theme in run.campaign.themes]
    compared = compare(by_post(codings), asked, themes, [question.slug for question in run.campaign.questions])
    rows = [{"what": one.what, "name": one.name, **asdict(one.of)} for one in compared]
    keep_agreement(run.store, rows, now=run.clock())
    run.store.remember(CARRIED, str(newest))
    waiting = f"; {len(verdicts) - len(ready)} more wait for another reader" if len(verdicts) > len(ready) else ""
    absent = f"; {carried.absent} are about posts that are not here, and are kept" if carried.absent else ""
    return f"{carried.read} posts were read by people ({carried.changed} changed, copies among them){waiting}{absent}"


def _still_blind(verdict: Settled, drawn: set[tuple[str, str]], in_pilot: set[tuple[str, str]], readers: int) -> bool:
    """Whether somebody is yet to read the post without knowing what others said: once it is carried over, the pages tell. So a
    post of the random sample waits for its `readers`, and those of a pilot for the round to end, unless a lead settled them."""
    key = (verdict.platform, verdict.native_id)
    return not verdict.adjudicated and (key in in_pilot or (key in drawn and verdict.coders < readers))


def settled(codings: Sequence[Coding], asked: dict[str, frozenset[str]], campaign: Campaign) -> list[Settled]:
    """What people together say of each post, in the campaign's themes of now."""
    posts: dict[tuple[str, str], list[Coding]] = {}
    for coding in codings:
        posts.setdefault(coding.key, []).append(coding)
    themes = frozenset(theme.slug for theme in campaign.themes)
    questions = frozenset(question.slug for question in campaign.questions)
    found = [settle(post, asked, themes) for post in posts.values()]
    return [
        replace(
            one,
            themes=one.themes & themes,
            undecided=one.undecided & themes,
            asked=themes if one.relevant is False else one.asked & themes,
            questions=one.questions & questions,
        )
        for one in found
    ]


def now_called(campaign: Campaign) -> dict[str, str]:
    """What each theme is called now, by every name that it has had. What people said of a theme that was deleted, or split in two
    under new names, settles none of today's."""
    return {old: theme.slug for theme in campaign.themes for old in (theme.slug, *theme.renamed_from)}


def _renamed(coding: Coding, names: dict[str, str]) -> Coding:
    """The coding in today's names; a theme that the campaign no longer has is left out here and stays in labels.db."""
    return replace(coding, themes=tuple(sorted({names[slug] for slug in coding.themes if slug in names})))
