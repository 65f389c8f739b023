"""Read the posts that the live model has not read: outcome, themes, and the words that decided."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.running import Run
from tracker.records import OUTCOMES
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
    """Have `model` read every post that it has not read (`again`: every post), a page at a time.

    Each page is kept in one transaction, so a stop between two loses nothing. Raises StorageProblem or Interrupted."""
    name = model.card.name
    if again:
        run.store.forget_readings()
    total = run.store.unread_count(name)
    counts: Counter[str] = Counter()
    last = 0
    while posts := run.store.posts_to_read(name, limit=PAGE, after=last):
        run.stop.check()
        readings = list(model.read([text for _, text in posts]))
        run.store.keep_readings(name, [(post_id, reading) for (post_id, _), reading in zip(posts, readings, strict=True)])
        counts.update(reading.outcome for reading in readings)
        last = posts[-1][0]
        run.progress("reading the posts", counts.total(), total)
    return ClassifyReport(name, counts.total(), dict(counts))
