"""Find the posts that are one message: on several platforms, or one text that many posted."""

from db.messages import ToGroup, count_to_group, regroup
from pipelines.running import Run
from tracker.messages import NOTHING_COMPARED, messages, wording_of
from tracker.records import Wording

BATCH = 5000


def group_messages(run: Run, batch: int = BATCH) -> int:
    """Group the posts that are new or changed, with all that could be one message with them; one transaction a batch. Returns
    of how many posts the message changed."""
    total, done, changed = count_to_group(run.store), 0, 0
    for _ in range(0, total, batch):
        run.stop.check()
        taken, moved = regroup(run.store, batch, _wording, messages)
        done, changed = done + taken, changed + moved
        run.progress("messages", done, total)
    return changed


def _wording(post: ToGroup) -> Wording:
    if post.kind == "repost":
        return NOTHING_COMPARED
    return wording_of(
        post.platform,
        post.native_id,
        post.url,
        post.text,
        truncated=post.truncated,
        links=post.links,
        key=post.wording,
    )
