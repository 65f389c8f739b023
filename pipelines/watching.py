"""What is watched each night besides the counts: phrases that mislead, words new to the debate, talk that no theme covers; and
what the model makes of the posts that people read."""

import json
from collections.abc import Container, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from db.coding import keep_scores, to_score
from db.labels import Key, Labels
from db.store import Store
from db.watching import keep_watch_figures, read
from pipelines.evaluate import measure_live, unseen_audit
from pipelines.learning_files import EXAMPLES, posts_of_files
from pipelines.running import Run
from pipelines.verdicts import yet_to_be_read_blind
from tracker.codings import AUDIT
from tracker.counting import local_day, week_of
from tracker.records import Example
from tracker.telling import count
from tracker.themes import ThemeModel, model_name
from tracker.themes.emerging import Emerging, Said, emerging
from tracker.themes.gold import Gold, posts_read
from tracker.themes.watching import drift, phrase_figures, scores_of

SEEN = "watched"
"""The setting of the store that says what the figures were computed from."""
RECENT, BEFORE = 14, 28
"""Days: what is talked of now, and what it is compared with."""


def watch(run: Run, model: ThemeModel) -> str:
    """Measure the model on the audit sample, compute phrase figures, drift and emerging talk from the stored posts, and keep
    them, unless nothing has changed since the last time. People's codings (not invented examples) say whether a phrase is right;
    the audit sample counts here, since nothing is learned from it. Gives what was found as the run's diary has it."""
    campaign = run.campaign
    coded_rows, blind = score_what_people_read(run, model), yet_to_be_read_blind(run)
    new = unseen_audit(run, model)
    standing = " ".join(map(str, read(run.store, "standing")[0].values()))
    of_files = posts_of_files(campaign, run.folder, [Path(campaign.folder) / EXAMPLES]).posts
    asked = model_name(campaign, of_files)  # not that of the model in place, which may have learned from files given by hand
    seen = f"{model.card.name} {asked} {standing} {coded_rows} {len(blind)} {new.mark(run.forgotten.fingerprint)}"
    if run.store.settings().get(SEEN) == seen:
        return "nothing has changed since this was last looked at"
    measure_live(run, model, new)
    posts = read(run.store, "by_day")
    figures = phrase_figures(campaign, [str(row["text"]) for row in posts], _read_by_people(run, of_files, blind))
    last = _last_day(run)
    weeks = drift(campaign, [(week_of(str(row["day"])), str(row["text"])) for row in posts if str(row["day"]) <= last])
    rising = _rising(run, last) if last else []
    keep_watch_figures(
        run.store,
        phrases=[(f.theme, f.phrase, f.posts, f.coded, f.correct, f.fires_with, int(f.misleads)) for f in figures],
        weeks=[(w.week, w.posts, w.words, w.unseen, w.alarm or None) for w in weeks],
        emerging=[(e.kind, e.what, e.messages, e.before, e.people, e.examples, place) for place, e in enumerate(rising)],
    )
    run.store.remember(SEEN, seen)
    return (
        f"{count(sum(one.misleads for one in figures), 'phrase misleads', 'phrases mislead')}, "
        f"{count(sum(bool(week.alarm) for week in weeks), 'week stands out', 'weeks stand out')}, "
        f"{count(len(rising), 'phrase or link rises', 'phrases and links rise')} where no theme is found"
    )


def _read_by_people(run: Run, labelled: Sequence[Example], blind: Container[Key]) -> list[Gold]:
    """The posts that people read, whether they are learned from or measured on, those of the campaign's examples (`labelled`)
    among them; invented ones aside, and those that somebody is yet to read blind: of a phrase that stands in a post or two the
    figures would say what was found there."""
    if run.folder.labels.exists():
        with closing(Labels(run.folder, readonly=True)) as labels:
            coded = [*labels.coded_examples(), *labels.audit_examples()]
        labelled = [*labelled, *(one for one in coded if (one.platform, one.native_id) not in blind)]
    return posts_read(run.campaign, [one for one in labelled if one.origin != "invented"])


def _last_day(run: Run) -> str:
    """The last day of which there are posts, "" without any: one that is to come is none, unless there is no other."""
    today = local_day(run.clock(), run.campaign.timezone)
    return str(read(run.store, "last_day", today=today)[0]["day"] or "")


def _rising(run: Run, last: str) -> list[Emerging]:
    end = date.fromisoformat(last)
    middle, start = end - timedelta(days=RECENT), end - timedelta(days=RECENT + BEFORE)
    return emerging(run.campaign, _said(run.store, middle, end), _said(run.store, start, middle))


def _said(store: Store, after: date, upto: date) -> list[Said]:
    rows = read(store, "said", after=str(after), upto=str(upto))
    return [Said(**{**row, "links": tuple(json.loads(row["links"])), "covered": bool(row["covered"])}) for row in rows]


def score_what_people_read(run: Run, model: ThemeModel) -> int:
    """Keep what the model makes of every theme on the posts that were drawn for the random sample or coded, for whoever corrects
    counts by it elsewhere; gives the newest row of labels.db that was seen."""
    if not run.folder.labels.exists():
        return 0
    with closing(Labels(run.folder, readonly=True)) as labels:
        keys = {(row["platform"], row["native_id"]) for row in labels.sample(AUDIT)} | {one.key for one in labels.standing()}
        newest = labels.newest()
    left = to_score(run.store, keys, model.card.name)
    if left:
        scores = scores_of(model, [text for _, text in left])
        keep_scores(run.store, model.card.name, zip((post_id for post_id, _ in left), scores, strict=True))
    return newest
