"""What is watched each night besides the counts: phrases that mislead, words new to the model, talk that no theme covers."""

from datetime import date, timedelta

from db.watching import keep_watch_figures, read
from pipelines.evaluate import audit_posts
from pipelines.running import Run
from pipelines.train import labelled_posts
from tracker.themes import ThemeModel
from tracker.themes.gold import gold_posts
from tracker.themes.watching import drift, emerging, phrase_figures

SEEN = "watched"
"""The setting of the store that says what the figures were computed from."""
RECENT, BEFORE = 14, 28
"""Days: what is talked of now, and what it is compared with."""


def watch(run: Run, model: ThemeModel) -> None:
    """Compute phrase figures, drift and emerging talk from the stored posts, and keep them, unless nothing has changed since the
    last time. People's codings (not invented examples) say whether a phrase is right; the audit sample counts here, since
    nothing is learned from it."""
    campaign = run.campaign
    by_people = [one for one in labelled_posts(campaign, run.folder) if one.origin != "invented"]
    coded = gold_posts(campaign, [*by_people, *audit_posts(campaign, run.folder)])
    standing = read(run.store, "standing")[0]
    seen = f"{model.card.name} {standing['posts']} {standing['last']} {len(coded)}"
    if run.store.settings().get(SEEN) == seen:
        return
    posts = read(run.store, "by_day")
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
    run.store.remember(SEEN, seen)


def _week(day: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"
