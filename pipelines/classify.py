"""Read the posts that the live model has not read: outcome, themes, and the words that decided."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from db.cut_reposts import reposts_read_before, whole_texts
from pipelines.running import Run
from tracker.records import OUTCOMES
from tracker.stumps import as_its_original
from tracker.themes import ThemeModel

PAGE = 500


@dataclass(frozen=True, slots=True)
class ClassifyReport:
    """How many posts were read, by which model, with what outcome (OUTCOMES; those that did not occur are left out)."""

    model: str
    read: int
    by_outcome: Mapping[str, int]

    def sentence(self) -> str:
        """The report as a run's diary has it."""
        if not self.read:
            return "no post to read"
        counts = ", ".join(f"{self.by_outcome[name]} {name}" for name in OUTCOMES if name in self.by_outcome)
        return f"{self.read} {'post' if self.read == 1 else 'posts'} read: {counts}"


def classify(run: Run, model: ThemeModel, *, again: bool = False) -> ClassifyReport:
    """Have `model` read every post that it has not read (`again`: every post), a page at a time. A repost of which only a cut
    text is known is decided as its original, where that is stored, whichever of them came first.

    Each page is kept in one transaction, so a stop between two loses nothing. Raises StorageProblem or Interrupted."""
    name = model.card.name
    if again:
        run.store.forget_readings()
    total = run.store.unread_count(name)
    counts: Counter[str] = Counter()
    last = 0
    while posts := run.store.posts_to_read(name, limit=PAGE, after=last):
        run.stop.check()
        ids = [post_id for post_id, _ in posts]
        whole = whole_texts(run.store, ids)
        texts = [whole.get(post_id, text) for post_id, text in posts]
        read = dict(zip(ids, model.read(texts), strict=True))
        readings = {post_id: as_its_original(one) if post_id in whole else one for post_id, one in read.items()}
        for repost, original in reposts_read_before(run.store, ids, name):
            readings[repost] = as_its_original(read[original])
        run.store.keep_readings(name, list(readings.items()))
        counts.update(reading.outcome for reading in read.values())
        last = posts[-1][0]
        run.progress("reading the posts", counts.total(), total)
    return ClassifyReport(name, counts.total(), dict(counts))
