"""Carry over what people coded into the counts: a person's decision takes the place of the program's."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, astuple, replace

import numpy as np

from db.labels import Key, Labels
from db.opening_labels import CARRIED
from db.verdicts import asks_by_program, carry_over, drop_quality_of_live, keep_agreement, keep_quality_of_live
from db.watching import days_of_posts, keep_weekly_shares
from pipelines.running import Run
from tracker.codebook import codebook_of
from tracker.codings import AUDIT, RULES, Asked, Coding, Settled, asked_in, is_pilot
from tracker.comparing import by_post, compare
from tracker.counting import week_of
from tracker.drifting import Read, weekly_shares
from tracker.records import ASKS, Campaign
from tracker.settling import asked_now, in_names_of_now, names_now, no_longer_themes, settle, together
from tracker.telling import count
from tracker.themes.measuring import quality_of

MEASURED_ON = "posts drawn at random for the audit that people found to be of this debate"


def carry_verdicts(run: Run) -> str:
    """Bring tracker.db up to labels.db, which is only read; gives what was done as the run's diary has it."""
    if not run.folder.labels.exists():
        return "nobody has coded a post yet"
    names = names_now({theme.slug: theme.renamed_from for theme in run.campaign.themes})
    labels = Labels(run.folder, readonly=True)
    try:
        newest, codings, books = labels.newest(), labels.of_now(), asked_in(labels.codebooks())
        lost, edited = no_longer_themes(labels.standing(), names), len(labels.edited())
        rules = RULES | labels.rules()
        drawn = {(row["platform"], row["native_id"]): str(row["week"]) for row in labels.sample(AUDIT)}
        chances = labels.chances_read()
    finally:
        labels.close()
    codings, asked = in_names_of_now(codings, names), asked_now(books, names)
    verdicts = settled(codings, asked, run.campaign)
    blind = _still_blind(verdicts, codings, drawn, rules)
    ready = [one for one in verdicts if (one.platform, one.native_id) not in blind]
    themes = [theme.slug for theme in run.campaign.themes]
    carried = carry_over(run.store, ready, together, set(themes))
    compared = compare(
        by_post([one for one in codings if not is_pilot(one.round)]),
        asked,
        themes,
        [question.slug for question in run.campaign.questions],
    )
    rows = [{"what": one.what, "name": one.name, **asdict(one.of)} for one in compared]
    at_random = _at_random(run, verdicts, drawn, chances)
    told = {(one.platform, one.native_id) for one in ready}
    of_all = [read for read in at_random if (read[2].platform, read[2].native_id) in told]
    shares = weekly_shares(of_all, themes, _drawn_from(at_random))
    keep_weekly_shares(run.store, map(astuple, shares))
    _measure_asking(run, [verdict for _, _, verdict in at_random])
    keep_agreement(run.store, rows, now=run.clock())
    run.store.remember(CARRIED, str(newest))
    left = len(verdicts) - len(ready)
    waiting = f"; {count(left, 'more waits', 'more wait')} for another reader" if left else ""
    absent = count(carried.absent, "is about a post that is not here, and is", "are about posts that are not here, and are")
    absent = f"; {absent} kept" if carried.absent else ""
    themes_lost = "no longer a theme" if len(lost) == 1 else "no longer themes"
    gone = f"; what was said of {', '.join(lost)}, {themes_lost} of the campaign, is kept and settles nothing" if lost else ""
    said = count(
        edited, "post was written anew since, so what was said of it", "posts were written anew since, so what was said of them"
    )
    anew = f"; {said} is kept and settles nothing" if edited else ""
    were = count(carried.read, "post was", "posts were")
    return f"{were} read by people ({carried.changed} changed, copies among them){waiting}{absent}{anew}{gone}"


def _at_random(
    run: Run,
    verdicts: Sequence[Settled],
    drawn: Mapping[Key, str],
    chances: Mapping[Key, float],
) -> list[Read]:
    """What people settled of the random sample, posts that were read in pilots alone aside. Of posts that came in a file as
    drawn, the week is that of their day here; where they are not here they are left out."""
    read = [((one.platform, one.native_id), one) for one in verdicts if (one.platform, one.native_id) in chances]
    keys = [key for key, _ in read]
    days = days_of_posts(run.store, [key for key in keys if key not in drawn])
    weeks = {key: drawn.get(key) or (week_of(days[key]) if key in days else "") for key in keys}
    return [(weeks[key], chances[key], one) for key, one in read if weeks[key]]


def _drawn_from(at_random: Sequence[Read]) -> dict[str, float]:
    """Of how many posts each week's sample was drawn, by what its posts stand for."""
    whole: dict[str, float] = defaultdict(float)
    for week, chance, _ in at_random:
        whole[week] += 1 / chance
    return whole


def _measure_asking(run: Run, verdicts: Sequence[Settled]) -> None:
    """Keep how well the program tells questions put to us, on the posts of the random sample that people found to be of this
    debate; whatever is known of whom a post speaks to lies in the store, so this is not measured on files."""
    judged = [one for one in verdicts if one.relevant and one.asks_us is not None]
    program = asks_by_program(run.store, [(one.platform, one.native_id) for one in judged])
    if not program:
        drop_quality_of_live(run.store, ASKS)
        return
    found = np.array(list(program.values()), dtype=bool)
    truth = np.array([judged[place].asks_us for place in program], dtype=bool)
    keep_quality_of_live(run.store, quality_of(ASKS, found, truth, MEASURED_ON, "audit"))


def yet_to_be_read_blind(run: Run) -> set[Key]:
    """The posts that people have read and that somebody is yet to read without knowing what others said."""
    if not run.folder.labels.exists():
        return set()
    with closing(Labels(run.folder, readonly=True)) as labels:
        codings, books, rules = labels.of_now(), asked_in(labels.codebooks()), RULES | labels.rules()
        drawn = {(row["platform"], row["native_id"]) for row in labels.sample(AUDIT)}
    return _still_blind(settled(codings, books, run.campaign), codings, drawn, rules)


def _still_blind(
    verdicts: Sequence[Settled], codings: Sequence[Coding], drawn: Container[Key], rules: Mapping[str, str]
) -> set[Key]:
    """The same, of these verdicts: once one is carried over, the pages tell. So a post of the random sample waits for its
    readers, and those of a pilot for the round to end, unless a lead settled them."""
    in_pilot = {one.key for one in codings if is_pilot(rules["round"]) and one.round == rules["round"]}
    keys = {(one.platform, one.native_id): one for one in verdicts if not one.adjudicated}
    readers = int(rules["coders_each"])
    return {key for key, one in keys.items() if key in in_pilot or (key in drawn and one.coders < readers)}


def settled(codings: Sequence[Coding], asked: Mapping[str, Asked], campaign: Campaign) -> list[Settled]:
    """What people together say of each post, in the campaign's themes of now."""
    posts: dict[tuple[str, str], list[Coding]] = {}
    for coding in codings:
        posts.setdefault(coding.key, []).append(coding)
    now = codebook_of(campaign).asked
    found = [settle(post, asked, now) for post in posts.values()]
    return [
        replace(
            one,
            themes=one.themes & now.themes,
            questions=one.questions & now.questions,
            undecided=one.undecided.within(now),
            asked=now if one.relevant is False else one.asked.within(now),
        )
        for one in found
    ]
