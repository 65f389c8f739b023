"""A store with an invented debate, written through the store's own doors: what the tests of the pages look at.

Nine weeks, thirteen writers, two own posts, files with refused rows, a gap, and posts that try to break a page.
"""

import functools
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.keeping import Kept, Origin
from db.runs import begin_import, begin_run, begin_step, end_import, end_run, end_step, note_not_asked
from db.store import Store
from tracker.counting import local_day
from tracker.records import (
    Author,
    Campaign,
    Counts,
    Governance,
    Match,
    ModelCard,
    Post,
    Quality,
    Question,
    Reading,
    Theme,
    ThemeHit,
)
from tracker.reports import FileReport, StepReport

NOW = "2026-11-09T03:00:00Z"
THEMES = (
    Theme("outsourcing", "Outsourcing", "Services run by firms under contract.", ("outsourcing",), group="The market"),
    Theme("in-house", "In-house", "Services run by the public itself.", ("in house",), group="The market"),
    Theme("co-production", "Co-production", "People shape the service.", ("co-production",), ("film",), group="Citizens"),
    Theme("health", "Health", "Hospitals and surgeries.", ("hospital",), dimension="service"),
)
GOVERNED = Governance("The Invented House", "privacy@house.example", "legitimate interests", "research", "2026-01-01")
CAMPAIGN = Campaign(
    folder="campaigns/invented",
    name="invented",
    timezone="Europe/London",
    hashtags=("inventeddebate",),
    paper_title="A new agenda for <b>everyone</b>",
    paper_url="https://example.org/paper",
    own_accounts=("x:ourhouse",),
    themes=THEMES,
    questions=(Question("q0", "What do you think?"),),
)
LOST = "The counts are the author's, not the <b>post's</b>. It says itself that it is a sample."
MEASURED = "120 invented examples, 3-fold cross-validation"
KEPT = tempfile.TemporaryDirectory(prefix="invented-stores-")

HOSTILE = {
    "script": "<script>document.title='broken'</script> <img src=x onerror=alert(1)> outsourcing {{ 7*7 }} {% raw %}",
    "override": "ltr \u202eesrever\u2066\u2069 end, outsourcing again \u0645\u0631\u062d\u0628\u0627",
    "long": "outsourcing " + "wordwithoutanyspace" * 60 + " " + "long text " * 2400,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 co-production e\u0301 with families 🇬🇧",
    "quotes": "\"quoted\" 'single' & ampersand </p></article></main> --> ]]> co-production",
}
ORDINARY = (
    "Our council ended the outsourcing of the bins and they run better",
    "Co-production means that we write the plan together #InventedDebate",
    "The hospital kitchen went in house last year, and the food is warm again",
    "Is anyone going to the meeting on Thursday?",
    "Who asked the staff? Outsourcing never does.",
    "Bringing it in-house costs money first, says https://example.org/costs",
)


def build_store(folder: Path, *, posts: int = 90) -> DataFolder:
    """Make DATA in `folder` with an invented debate and return it. It is made once in each process, and then copied."""
    if (folder / "tracker.db").exists():
        return _build(folder, posts)
    shutil.copytree(_built(posts), folder, dirs_exist_ok=True)
    return DataFolder(folder).create()


@functools.cache
def _built(posts: int) -> Path:
    return _build(Path(KEPT.name) / str(posts), posts).root


def _build(folder: Path, posts: int) -> DataFolder:
    data = DataFolder(folder).create()
    store = Store.open(data)
    note_campaign(store, CAMPAIGN, now=NOW, local_day=local_day)
    run = begin_run(store, "nightly", now=NOW, version="0")
    importing = begin_step(store, run, "import", now=NOW)
    read = begin_import(store, run, file="tags <old>.csv", sha256="a" * 64, size=900, format_name="TAGS CSV", lost=LOST, now=NOW)
    kept = [*_ordinary(posts), *_hostile(), *_special()]
    refused = [("tags <old>.csv", line, "the id was damaged by a spreadsheet", f"h{line}") for line in range(2, 32)]
    store.keep(kept, run, refused=refused)
    store.keep([_repost(kept[0].post.native_id)], run)
    end_import(store, read, _report(len(kept)))
    note_not_asked(store, run, "mastodon", now=NOW, note="its table in campaign.toml has no [governance] yet")
    end_step(store, importing, StepReport("import", "partial", "one file ends in the middle", 4), now=NOW)
    store.keep_model(_model())
    _read_posts(store)
    store.count()
    end_run(store, run, now=NOW, status="partial", exit_code=4, note="One file ends in the middle.")
    store.close()
    return data


def _kept(post: Post, *, own: bool = False, counts: tuple[Counts, ...] = ()) -> Kept:
    return Kept(
        post=post,
        day=local_day(post.created_at, CAMPAIGN.timezone),
        is_own=own,
        matches=(Match("hashtag", "inventeddebate"),),
        origins=(Origin("import", "tags <old>.csv", int(post.native_id) % 1000),),
        counts=counts,
        write=True,
        text_is_new=True,
        same_text=False,
    )


def _ordinary(number: int) -> list[Kept]:
    """Posts from 7 September to 8 November 2026 with five silent days in October."""
    start = datetime(2026, 9, 7, 8)
    kept = []
    for place in range(number):
        at = start + timedelta(minutes=place * 62 * 24 * 60 // number)
        if "2026-10-10" <= at.date().isoformat() <= "2026-10-14":
            continue
        post = Post(
            platform="mastodon" if place % 3 == 0 else "x",
            native_id=str(10_000 + place),
            text=f"{ORDINARY[place % len(ORDINARY)]} ({place})",
            created_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            url=f"https://example.social/p/{place}",
            author=Author("x", f"a{place % 11}", f"writer{place % 11}", f"Writer No {place % 11}"),
            lang="en",
            hashtags=(("inventeddebate", "InventedDebate"),),
            links=("https://example.org/costs",) if place % 6 == 5 else (),
        )
        kept.append(_kept(post))
    return kept


def _hostile() -> list[Kept]:
    author = Author("x", "h1", "<b>bold</b>", "</title><script>alert('name')</script>\u202e")
    return [
        _kept(
            Post("x", str(20_000 + place), text, f"2026-11-0{place + 1}T12:00:00Z", "javascript:alert(1)", author),
            counts=(Counts("2026-11-08T00:00:00Z", likes=0, views=12345), Counts("", reposts=2)),
        )
        for place, text in enumerate(HOSTILE.values())
    ]


def _special() -> list[Kept]:
    ours = Author("x", "o1", "ourhouse", "Our House")
    reply = Post("x", "30002", "I answer you", "2026-11-04T12:00:00Z", author=ours, kind="reply", reply_to="10001")
    return [
        _kept(Post("x", "30001", "Read our paper on outsourcing", "2026-11-03T12:00:00Z", author=ours), own=True),
        _kept(reply, own=True),
        _kept(
            Post(
                *("x", "30004", "@ourhouse when will you publish the costs?", "2026-11-04T13:00:00Z"),
                author=Author("x", "a3", "writer3", "Writer No 3"),
                kind="reply",
                reply_to="30001",
                mentions=("OurHouse",),
            )
        ),
        _kept(Post("x", "30003", "", "2026-11-05T12:00:00Z", kind="quote", quote_of="999", truncated=True)),
    ]


def _repost(target: str) -> Kept:
    author = Author("x", "a12", "repeater", "Repeater")
    text = "Our council ended the outsourcing"
    return _kept(Post("x", "40001", text, "2026-11-06T12:00:00Z", author=author, kind="repost", repost_of=target))


def _report(rows: int) -> FileReport:
    return FileReport(
        "tags <old>.csv",
        "TAGS CSV",
        rows=rows + 35,
        new=rows,
        outside=2,
        rejected=(("the id was damaged by a spreadsheet", 30, tuple(range(20))),),
        withheld=(("direct or followers-only post", 3),),
        truncated="it ends in the middle of line 130",
        first_post="2026-09-07T08:00:00Z",
        last_post="2026-11-08T12:00:00Z",
        lost=LOST,
    )


def _model() -> ModelCard:
    measured = Quality("outsourcing", 0.81, 0.70, 0.89, 0.62, 0.5, 0.73, 0.7, 0.61, 0.78, 120, 30, MEASURED)
    not_found = Quality("in-house", None, None, None, 0.4, 0.2, 0.6, None, None, None, 120, 10, MEASURED)
    return ModelCard("m1", NOW, 120, 120, "Learned from invented examples only.", (measured, not_found))


def _read_posts(store: Store) -> None:
    found = {"outsourcing": "outsourcing", "in house": "in-house", "in-house": "in-house", "co-production": "co-production"}
    found |= {"hospital": "health"}
    readings = []
    for post_id, text in store.posts_to_read("m1", 1000):
        hits = {}
        for phrase, theme in found.items():
            start = text.lower().find(phrase)
            if start >= 0:
                hits[theme] = ThemeHit(theme, 0.9, "rule", ((start, start + len(phrase)),))
        outcome = "themed" if hits else ("empty" if not text else "none")
        readings.append((post_id, Reading(outcome, tuple(hits.values()), True, "en", 0.99, 0.9)))
    store.keep_readings("m1", readings)
