"""What is watched each night besides the counts: phrases that mislead, words new to the model, talk that no theme covers."""

from datetime import date, timedelta

from db.watching import keep_watch_figures, read
from pipelines.evaluate import audit_posts
from pipelines.running import Run
from pipelines.train import labelled_posts
from tracker.themes import ThemeModel
from tracker.themes.gold import gold_posts
from tracker.themes.watching import drift, emerging, phrase_figures

RECENT, BEFORE = 14, 28
"""Days: what is talked of now, and what it is compared with."""


def watch(run: Run, model: ThemeModel) -> None:
    """Compute phrase figures, drift and emerging talk from the stored posts, and keep them. People's codings (not invented
    examples) say whether a phrase is right; the audit sample counts here, since nothing is learned from it."""
    campaign = run.campaign
    posts = read(run.store, "by_day")
    coded = gold_posts(
        campaign,
        [*(one for one in labelled_posts(campaign, run.folder) if one.origin != "invented"), *audit_posts(campaign, run.folder)],
    )
    figures = phrase_figures(campaign, [str(row["text"]) for row in posts], coded)
    weeks = []
    if model.vocabulary().columns:
        weeks = drift(campaign, model.vocabulary(), ((_week(str(row["day"])), str(row["text"])) for row in posts))
    last = read(run.store, "last_day")[0]["day"]
    rising = []
    if last is not None:
        end = date.fromisoformat(str(last))
        middle, start = end - timedelta(days=RECENT), end - timedelta(days=RECENT + BEFORE)
        spans = [{"after": str(middle), "upto": str(end)}, {"after": str(start), "upto": str(middle)}]
        texts = [[(int(row["id"]), str(row["text"])) for row in read(run.store, "without_theme", **span)] for span in spans]
        links = [[(int(row["id"]), str(row["url"])) for row in read(run.store, "links_without_theme", **span)] for span in spans]
        rising = emerging(campaign, *texts, *links, longer=BEFORE / RECENT)
    keep_watch_figures(
        run.store,
        phrases=[(f.theme, f.phrase, f.posts, f.coded, f.correct, f.fires_with, int(f.misleads)) for f in figures],
        weeks=[(w.week, w.posts, w.words, w.unseen, w.alarm or None) for w in weeks],
        emerging=[(e.kind, e.what, e.posts, e.before, e.examples) for e in rising],
    )


def _week(day: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"
