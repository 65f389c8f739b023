"""How macro-F1 grows with labelled posts: `make bench-themes CURVE=1`, on the same campaigns and through the same commands.

So many posts a theme are drawn from train.jsonl, the rarest theme first, until each has that many or no more are there; a post
counts for each theme that it carries. Drawn three times for each number; the rest is the pool, as always.
"""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

EACH = (8, 16, 32, 64)
SEEDS = (0, 1, 2)

Run = Callable[[Path, Path, Path | None], dict[str, Any]]


def drawn(lines: Sequence[str], each: int, seed: int) -> list[str]:
    """Some of the labelled `lines`, so that each theme has `each` or all that there are."""
    themes = [tuple(json.loads(line)["themes"]) for line in lines]
    support = Counter(slug for some in themes for slug in some)
    order = list(range(len(lines)))
    random.Random(seed).shuffle(order)
    chosen: set[int] = set()
    have: Counter[str] = Counter()
    for slug in sorted(support, key=lambda one: (support[one], one)):
        for place in order:
            if have[slug] >= each:
                break
            if place not in chosen and slug in themes[place]:
                chosen.add(place)
                have.update(themes[place])
    return [lines[place] for place in sorted(chosen)]


def curve(folders: Sequence[Path], run: Run) -> None:
    """Print the table. run: trains and evaluates once (campaign's folder, DATA, labels)."""
    print("| set | labels | posts | macro-F1 (mean of three draws) | phrases alone | textcat |\n|---|---|---|---|---|---|")
    for folder in folders:
        lines = [line for line in (folder / "train.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
        _row(folder, "none", [[]], run)
        for each in EACH:
            _row(folder, f"{each} a theme", [drawn(lines, each, seed) for seed in SEEDS], run)
        _row(folder, "all", [lines], run)


def _row(folder: Path, label: str, draws: Sequence[Sequence[str]], run: Run) -> None:
    found = []
    for lines in draws:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "drawn.jsonl"
            file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            found.append(run(folder, Path(place) / "data", file if lines else None))
    counts = sorted({len(lines) for lines in draws})
    posts = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    macro = [one["macro_f1"] for one in found]
    seeds = f" [{', '.join(format(one, '.3f') for one in macro)}]" if len(macro) > 1 else ""
    means = []
    for name in ("phrases", "textcat"):
        known = [float(one["baselines"][name]["macro_f1"]) for one in found if one["baselines"].get(name)]
        means.append(f"{sum(known) / len(known):.3f}" if len(known) == len(found) else "")
    print(f"| {folder.name} | {label} | {posts} | {sum(macro) / len(macro):.3f}{seeds} | {' | '.join(means)} |", flush=True)
