"""How many readings a random sample takes where several people code at the same time, each post needing two: run by

    python -m tests.bench.coders_at_once [CODERS ...]

Invented coders at the real pages. How long each reads is drawn at random (log-normal, 20 seconds in the middle; a fixed seed), on
a clock of its own; so what is printed is how often a third reader was given a post, not how fast the pages are.
"""

import heapq
import random
import sys
import tempfile
from pathlib import Path

from db.labels import Labels
from tests.coding_client import Coder
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store

POSTS = 430
"""Invented posts, of which some 400 are of weeks that are over, with words, and in a language that is read."""
MIDDLE, SPREAD = 20.0, 0.8


def readings(coders: int, seed: int, posts: int = POSTS) -> tuple[int, int]:
    """(readings that were needed, readings that there were) until nothing is left for anybody."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        data = build_store(Path(folder) / "data", posts=posts)
        pages = Pages(data, demo_now=NOW)
        people = [Coder(pages, f"Coder {number}") for number in range(coders)]
        people[0].open("/coding/lead")
        people[0].send("/coding/lead", audit_per_week="1000")
        reading: list[tuple[float, int]] = []
        for number, coder in enumerate(people):
            coder.open("/coding/post?queue=audit")
            heapq.heappush(reading, (chance.lognormvariate(0, SPREAD) * MIDDLE, number))
        while reading:
            now, number = heapq.heappop(reading)
            people[number].code("yes")
            if "What is this post about?" in people[number].page:
                heapq.heappush(reading, (now + chance.lognormvariate(0, SPREAD) * MIDDLE, number))
        labels = Labels(data)
        read = labels.standing()
        labels.close()
        return 2 * len({one.key for one in read}), len(read)


if __name__ == "__main__":
    for asked in [int(word) for word in sys.argv[1:]] or [2, 3, 4]:
        needed, were = readings(asked, seed=1)
        print(f"{asked} coders: {needed} readings needed, {were} done")
