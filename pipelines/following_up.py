"""What became of posts that are stored: the replies to them, their counts, and whether they are still shown."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from db.asked import followed_posts, keep_thread, recent_posts, replies_stored
from db.rechecking import note_tried
from pipelines.collecting import UNANSWERED, Collecting
from tracker.problems import CredentialsRefused, Problem, SourceProblem, Unreachable
from tracker.records import Post
from tracker.sources import Source
from tracker.sources.asking import Asking, Page
from tracker.times import later

THREAD_DAYS = 30
THREADS_A_RUN = 40
RECENT_DAYS = 14
POSTS_A_RUN = 400
SEEN_LATELY_HOURS = 20

Thread = Callable[[Post, Asking], Iterator[Page]]
Refresh = Callable[[Sequence[Post], Asking], Iterator[Page]]


def follow_threads(collecting: Collecting, source: Source, thread: Thread) -> None:
    """Ask for the replies to the campaign's posts, and to those of others that have more than are stored."""
    run = collecting.run
    since = later(run.clock(), -timedelta(days=THREAD_DAYS))
    posts = followed_posts(run.store, source.SLUG, since=since, limit=THREADS_A_RUN)
    if not posts:
        return
    asked = collecting.asked(source.SLUG, "", "threads")
    told = {"whole": 0, "part": 0}

    def pages() -> Iterator[Page]:
        failed: Problem | None = None
        unanswered = 0
        for post in posts:
            last, began = Page(), run.clock()
            try:
                for last in thread(post, collecting.asking(source.SLUG)):
                    yield _of_many(last)
                unanswered = 0
            except Unreachable as problem:
                failed, last = problem, Page(note=problem.what)
                unanswered += 1
                if unanswered == UNANSWERED:
                    _note_thread(collecting, post, last, began)  # the next run begins with other threads
                    raise
            except (SourceProblem, CredentialsRefused) as problem:
                if problem.status not in ("refused", "partial"):
                    raise
                failed, last = problem, Page(note=problem.what)
            except Problem:
                raise
            except Exception:
                _note_thread(collecting, post, Page(note="failed by a bug"), began)  # the next run begins with another thread
                raise
            told["whole" if _is_whole(last) else "part"] += 1
            _note_thread(collecting, post, last, began)
        note = f"{len(posts)} threads, {told['part']} of them not known to be whole"
        yield Page(complete=True, status="partial" if failed else "", window=(since, run.clock()), note=note)

    collecting.take(pages(), asked)


def _note_thread(collecting: Collecting, post: Post, last: Page, began: str) -> None:
    run = collecting.run
    expected = last.expected if last.expected is not None else post.counts.replies
    stored = replies_stored(run.store, post)
    whole = _is_whole(last) and (expected is None or stored >= expected)
    read_to = began if last.complete else None
    keep_thread(
        run.store, run.id, post, now=run.clock(), expected=expected, got=stored, complete=whole, note=last.note, read_to=read_to
    )


def _is_whole(last: Page) -> bool:
    return last.complete and last.status in ("", "ok", "empty")


def _of_many(page: Page) -> Page:
    """A page of one thread among others: it ends nothing, and its numbers are the thread's."""
    return Page(rows=page.rows, gone=page.gone, gaps=page.gaps, unknown_fields=page.unknown_fields)


def refresh_posts(collecting: Collecting, source: Source, refresh: Refresh) -> None:
    """Ask for recent posts again that were not seen in this run: their counts, edits, and which are not shown any more. What is
    paid for is asked for once a day."""
    run = collecting.run
    since = later(run.clock(), -timedelta(days=RECENT_DAYS))
    paid = hasattr(source, "cost")
    lately = later(run.clock(), -timedelta(hours=SEEN_LATELY_HOURS)) if paid else run.started_at
    posts = recent_posts(run.store, source.SLUG, since=since, seen_before=lately, limit=POSTS_A_RUN)
    if posts:
        note_tried(run.store, posts, now=run.clock())
        pages = refresh(posts, collecting.asking(source.SLUG))
        collecting.take(pages, collecting.asked(source.SLUG, "", "recent posts again"))
