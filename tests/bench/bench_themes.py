"""`make bench-themes`: train and evaluate, as a user would, on the campaigns beside the repository; 1 where a target is missed.

For each: no labels, 16 a theme (three seeds, mean), all of train; always with --pool train.jsonl. The figures come from
`debate-tracker evaluate --json` on test.jsonl, which nothing else looks at. DEBATE_TRACKER_THEMES names another
folder of such campaigns. With --curve the learning curve instead (learning_curve.py).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.learning_curve import curve

REPOSITORY = Path(__file__).resolve().parents[2]
CAMPAIGNS = Path(os.environ.get("DEBATE_TRACKER_THEMES", REPOSITORY.parent / "shared" / "data" / "themes"))
REACH = {"nhs_fft": (0.48, 0.49, 0.60), "xtopic_en": (0.42, 0.45, 0.57)}
AIM = {"nhs_fft": (0.50, 0.53, 0.63), "xtopic_en": (0.46, 0.52, 0.60)}
STAGES = ("no labels", "16 a theme", "all of train")
MOST_ECE, LEAST_LIFT, LEAST_LANGUAGE, LEAST_SPEED = 0.03, 0.03, 0.99, 3000
MOST_MEGABYTES, MOST_SECONDS = 350, 120


@dataclass
class Verdict:
    """What was missed, told at the end."""

    missed: list[str] = field(default_factory=list)

    def hold(self, what: str, holds: bool) -> str:
        """A mark for the table; a miss is remembered."""
        if not holds:
            self.missed.append(what)
        return "" if holds else " MISSED"


def main() -> None:
    """Run, print the tables, say what was missed."""
    if not CAMPAIGNS.is_dir():
        sys.exit(f"There is no folder {CAMPAIGNS}; say where the campaigns are with DEBATE_TRACKER_THEMES.")
    folders = sorted(path for path in CAMPAIGNS.iterdir() if (path / "campaign").is_dir())
    if "--curve" in sys.argv[1:]:
        curve(folders, one)
        return
    verdict = Verdict()
    print("| set | labels | macro-F1 (95 %) | micro-F1 | phrases alone | textcat | ECE | lift at 20 % | train s | train MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    speeds = []
    for folder in folders:
        speeds.append(campaign(folder, verdict))
    for name, speed, memory in speeds:
        told = f"{name}: {speed:,.0f} posts a second on one core{verdict.hold(f'{name} speed', speed >= LEAST_SPEED)}"
        print(f"\n{told}, peak memory {memory:.0f} MB{verdict.hold(f'{name} memory', memory <= MOST_MEGABYTES)}")
    languages(verdict)
    print("\nMissed: " + "; ".join(verdict.missed) if verdict.missed else "\nAll targets hold.")
    sys.exit(1 if verdict.missed else 0)


def campaign(folder: Path, verdict: Verdict) -> tuple[str, float, float]:
    """The rows of one campaign; its speed and the memory of reading with the largest model."""
    labels: list[Sequence[Path | None]] = [[None], sorted(folder.glob("train_16_seed*.jsonl")), [folder / "train.jsonl"]]
    for place, (stage, files) in enumerate(zip(STAGES, labels, strict=True)):
        runs = []
        for file in files:
            with tempfile.TemporaryDirectory() as data:
                runs.append(one(folder, Path(data), file))
                if place == 2:
                    memory = reading(folder, Path(data))
        row(folder.name, place, stage, runs, verdict)
    return folder.name, float(runs[-1]["docs_per_second"]), memory


def one(folder: Path, data: Path, labels: Path | None) -> dict[str, Any]:
    """Train and evaluate once."""
    common = ["--campaign", str(folder / "campaign"), "--data", str(data)]
    began = time.perf_counter()
    train = "train", *common, *(["--labels", str(labels)] if labels else []), "--pool", str(folder / "train.jsonl")
    _, megabytes = told(*train)
    seconds = time.perf_counter() - began
    found: dict[str, Any] = json.loads(told("evaluate", *common, "--labels", str(folder / "test.jsonl"), "--json")[0])
    return found | {"seconds": seconds, "megabytes": megabytes}


def told(*arguments: str) -> tuple[str, float]:
    """What the program prints, and its peak memory (MB); a failure ends the benchmark."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen([sys.executable, "cli.py", *arguments], cwd=REPOSITORY, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaints = out.read(), err.read()
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}:\n{complaints}")
    return said, usage.ru_maxrss / 1024


def row(name: str, place: int, stage: str, runs: list[dict[str, Any]], verdict: Verdict) -> None:
    """One line of the table: the mean of its runs; intervals are the mean of theirs."""

    def mean(*keys: str) -> float | None:
        values: list[Any] = list(runs)
        for key in keys:
            values = [(value or {}).get(key) for value in values]
        known = [float(value) for value in values if value is not None]
        return sum(known) / len(known) if known else None

    macro = mean("macro_f1") or 0.0
    low, high = ([run["macro_f1_ci"][i] for run in runs] for i in (0, 1))
    mark = verdict.hold(f"{name} {stage}", macro >= REACH.get(name, (0, 0, 0))[place])
    mark = mark or (" aim" if name in AIM and macro >= AIM[name][place] else "")
    seeds = f" [{', '.join(format(run['macro_f1'], '.3f') for run in runs)}]" if len(runs) > 1 else ""
    ece, lift, seconds = mean("ece"), None, mean("seconds") or 0.0
    if mean("abstaining_on_20_percent", "all") is not None:
        lift = (mean("abstaining_on_20_percent", "macro_f1") or 0) - (mean("abstaining_on_20_percent", "all") or 0)
    full = place == 2
    ece_mark = verdict.hold(f"{name} calibration", not full or (ece is not None and ece <= MOST_ECE))
    lift_mark = verdict.hold(f"{name} abstention", not full or (lift is not None and lift >= LEAST_LIFT))
    time_mark = verdict.hold(f"{name} training time", not full or seconds <= MOST_SECONDS)
    megabytes = mean("megabytes") or 0.0
    memory_mark = verdict.hold(f"{name} training memory", not full or megabytes <= MOST_MEGABYTES)
    print(
        f"| {name} | {stage} | {macro:.3f} ({sum(low) / len(low):.2f} to {sum(high) / len(high):.2f}){seeds}{mark} | "
        f"{mean('micro_f1'):.3f} | {figure(mean('baselines', 'phrases', 'macro_f1'))} | "
        f"{figure(mean('baselines', 'textcat', 'macro_f1'))} | {figure(ece)}{ece_mark} | {figure(lift)}{lift_mark} | "
        f"{seconds:.0f}{time_mark} | {megabytes:.0f}{memory_mark} |",
        flush=True,
    )


def figure(value: float | None) -> str:
    """Three digits, or nothing."""
    return "" if value is None else f"{value:.3f}"


def reading(folder: Path, data: Path) -> float:
    """The peak memory (MB) of a process that loads the model and reads the test posts."""
    program = (
        "import json, resource, sys\nfrom pathlib import Path\nfrom tracker.themes.model import load_model\n"
        "model = load_model(Path(sys.argv[1]))\ntexts = [json.loads(line)['text'] for line in open(sys.argv[2])]\n"
        "sum(1 for _ in model.read(texts))\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(data / "model"), str(folder / "test.jsonl")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def languages(verdict: Verdict) -> None:
    """How many whole posts of a known language are rightly read or passed over."""
    from tracker.themes.language import Languages

    tongues = Languages(("en",))
    right = total = 0
    for file in sorted(CAMPAIGNS.glob("*/*.jsonl")):
        code = {"es_1000": "es", "gr_1000": "el", "ja_1000": "ja", "test": "en"}.get(file.stem)
        if code is None:
            continue
        posts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        hits = sum(tongues.tell(post).other is (code != "en") for post in posts)
        print(f"language: {file.parent.name}/{file.name} ({code}): {hits / len(posts):.3f} of {len(posts):,} posts")
        right, total = right + hits, total + len(posts)
    if total:
        accuracy = right / total
        print(f"language: {accuracy:.4f} of {total:,} posts{verdict.hold('language', accuracy >= LEAST_LANGUAGE)}")
    print(f"(this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)")


if __name__ == "__main__":
    main()
