"""What a post costs at each stage, in stores of several sizes: python -m tests.bench.bench_scale. `make bench-scale` runs it.

Invented posts (invented_search.py, 3 KB each as they come) with the campaign's own themes and model. Each stage is a process of
its own: its seconds without the start of Python, and the most memory that it held. Then nights on the largest store and on an
empty one, stage by stage: both collect the same 10,000 new posts from a loopback server. Prints Markdown, for docs/scale.md;
exits with 1 where a figure does not hold.

With --folder what was made and measured stays there, and only what is missing is done; --store takes a copy of a store that
grown_store.py made for the nights, so that they are tried within minutes; --sizes without a number leaves the sizes out.
"""

import argparse
import json
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from db.folder import DataFolder
from db.health import refuse_damaged
from db.migrations import tracker as steps
from db.opening import open_database
from db.sweeping import leave_no_trace
from pipelines.backup import back_up
from pipelines.classify import PAGE, classify
from pipelines.collect import collect
from pipelines.import_exports import import_exports
from pipelines.messages import group_messages
from pipelines.publish import publish
from pipelines.restore import try_backup
from pipelines.running import Run, Stop, running
from pipelines.summarise import summarise
from tests.bench.invented_search import VOCABULARY, pages
from tests.fake_platform.talking import Platform, platform
from tracker.campaign import read_campaign
from tracker.problems import TimeOver
from tracker.themes import ThemeModel, load_model

Taken = dict[str, float]
REPOSITORY = Path(__file__).resolve().parents[2]
NIGHT = 10_000
MOST_OF_EMPTY = 1.3
LAST_DAY = datetime(2026, 11, 20, tzinfo=UTC)
READ = 20_000
"""So many posts are read at most: to read takes a post as long in a large store as in a small one, and a million take an hour."""
NIGHTLY = ("import", "messages", "classify", "summarise", "publish")
NIGHT_STAGES = ("collect", *NIGHTLY[1:])
WHOLE = ("backup", "check", "vacuum")


def work_of(name: str, run: Run, file: Path) -> Callable[[], object]:
    """What a stage does on an open run."""
    match name:
        case "import":
            return lambda: import_exports(run, [file])
        case "collect":
            return lambda: collect(run)
        case "messages":
            return lambda: group_messages(run)
        case "classify":
            model = load_model(run.folder.model)
            run.store.keep_model_if_new(model.card)
            return lambda: read_some(run, model)
        case "summarise":
            return lambda: summarise(run)
        case "publish":
            return lambda: publish(run, by_hand=True)
        case "backup":
            return lambda: back_up(run)
        case "check":
            return lambda: refuse_damaged(run.folder, lately=False)
        case _:
            raise ValueError(name)


class After(Stop):
    """A stop after so many pages of posts."""

    def __init__(self, pages: int) -> None:
        super().__init__()
        self._left = pages

    def check(self) -> None:
        """One page more."""
        self._left -= 1
        if self._left < 0:
            raise TimeOver


def read_some(run: Run, model: ThemeModel) -> None:
    """Read the posts, at most READ of them; the others then get what those say."""
    run.stop = After(READ // PAGE)
    with suppress(TimeOver):
        classify(run, model)


def stand_in(folder: DataFolder) -> None:
    """Give the posts that were not read what those say that were, in turn: so a store is as full as if all had been read."""
    with sqlite3.connect(folder.tracker) as db:
        read = db.execute("select max(post_id) from post_readings").fetchone()[0]
        for table in ("post_readings", "post_themes", "post_questions"):
            names = ", ".join(name for _, name, *_ in db.execute(f"pragma table_info({table})") if name != "post_id")
            db.execute(
                f"insert into {table}(post_id, {names}) select posts.id, {names} from posts"
                f" join {table} as like_it on posts.id > :read and like_it.post_id = 1 + posts.id % :read",
                {"read": read},
            )
        db.execute("insert or ignore into days_to_count select distinct day from posts")


def stage(name: str, campaign: Path, folder: DataFolder, file: Path) -> Taken:
    """Do one stage in this process; its seconds and the most memory (MB)."""
    if name in ("vacuum", "restore"):
        begun, used = time.perf_counter(), processor()
        if name == "vacuum":
            with closing(open_database(folder.tracker, steps)) as db:
                leave_no_trace(db.conn, folder.tracker)
        else:
            found = try_backup(sorted(folder.backups.iterdir())[-1])
            if found.problems():
                raise SystemExit(found.text())
        seconds, used = time.perf_counter() - begun, processor() - used
    else:
        with running("bench", read_campaign(campaign), folder) as run:
            work = work_of(name, run, file)
            begun, used = time.perf_counter(), processor()
            work()
            seconds, used = time.perf_counter() - begun, processor() - used
            if run.problems:
                raise SystemExit(str(run.problems))
    held = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "processor": used, "mb": sum(held)}


def processor() -> float:
    """The seconds of processor time that this process and those that it began and that have ended took so far."""
    return sum(
        each.ru_utime + each.ru_stime for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def measured(name: str, campaign: Path, folder: Path, file: Path) -> Taken:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_scale", "--stage", name, str(campaign), str(folder), str(file)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    found: Taken = json.loads(done.stdout.splitlines()[-1])
    told = f"{found['seconds']:.1f} s, {found['processor']:.1f} s of processor, {found['mb']:.0f} MB"
    print(f"    {folder.name}, {name}: {told}", file=sys.stderr, flush=True)
    return found


def campaign_in(place: Path) -> Path:
    """The campaign of the repository, following the invented posts."""
    if not place.exists():
        shutil.copytree(REPOSITORY / "campaigns" / "futurewelfare", place, ignore=shutil.ignore_patterns("data", "demo-data"))
        text = (place / "campaign.toml").read_text(encoding="utf-8").replace('"futurewelfare"', '"SaveOurBuses"')
        (place / "campaign.toml").write_text(text, encoding="utf-8")
    return place


def model_in(root: Path, campaign: Path) -> Path:
    """A model of the campaign, trained once."""
    place = root / "trained"
    if not (place / "model").exists():
        subprocess.run(
            [sys.executable, "cli.py", "--campaign", str(campaign), "--data", str(place), "train"],
            cwd=REPOSITORY,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return place / "model"


def size_mb(folder: Path, *names: str) -> float:
    """What these files of DATA take on the disk."""
    return sum((folder / name).stat().st_size for name in names if (folder / name).exists()) / 1e6


def write_posts(path: Path, first: int, last: int) -> None:
    """The invented posts from `first` up to `last`; those of a larger number begin with those of a smaller."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pages(last, first))


def grown(root: Path, campaign: Path, posts: int) -> dict[str, Taken]:
    """Every stage on a new store of so many posts. Where one was made before, only what was not measured yet is done."""
    told = root / f"{posts}.json"
    found: dict[str, Taken] = json.loads(told.read_text()) if told.exists() else {}
    folder = root / f"data-{posts}"
    if not found:
        shutil.rmtree(folder, ignore_errors=True)
        DataFolder(folder).create()
        shutil.copytree(model_in(root, campaign), folder / "model")
    print(f"{posts:,} posts", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        file = Path(scratch) / "search.jsonl"
        if "import" not in found:
            write_posts(file, 0, posts)
        for name in (*NIGHTLY, *WHOLE, "restore"):
            if name not in found:
                found[name] = measured(name, campaign, folder, file)
                if name == "classify" and posts > READ:
                    stand_in(DataFolder(folder))
                told.write_text(json.dumps(found))
    found["disk"] = {"tracker": size_mb(folder, "tracker.db"), "raw": size_mb(folder, "raw.db")}
    return found


def settle(campaign: Path, folder: DataFolder) -> None:
    """Bring a store that was made by other means to where a night begins: read by this model, counted, published."""
    with running("bench", read_campaign(campaign), folder) as run:
        run.store.keep_model_if_new(load_model(folder.model).card)
        run.store.transaction(lambda db: db.execute("update post_readings set model = (select name from models where live = 1)"))
        group_messages(run)
        summarise(run)
        publish(run, by_hand=True)


def post_anew(platform: Platform, number: int, stored: int) -> None:
    """Have the server hold the posts of one night more: 10,000 within a day, by many people, in words no night had before."""
    dice = random.Random(stored)
    start = (LAST_DAY + timedelta(days=number)).isoformat()
    for post in platform.publish(NIGHT, every=8, start=start):
        words = " ".join(dice.choices(VOCABULARY.split(), k=dice.randint(8, 34)))
        text = f"{words} #SaveOurBuses https://news.example/{dice.randrange(900)}"
        platform.tell("change", numbers=[post], text=text, author=f"rider{dice.randrange(40_000)}")


def asking(root: Path, campaign: Path, platform: Platform) -> Path:
    """The campaign, asking this server."""
    place = root / "campaign-of-nights"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(campaign, place)
    text = (place / "campaign.toml").read_text(encoding="utf-8")
    text = text.replace("allow_hosts = []", f'allow_hosts = ["{platform.host}"]')
    text += f'\n[sources.mastodon]\nservers = ["{platform.base}"]\n'
    (place / "campaign.toml").write_text(text, encoding="utf-8")
    return place


def night(root: Path, campaign: Path, large: Path, nights: int) -> dict[str, tuple[Taken, Taken]]:
    """10,000 new posts, stage by stage, on a large store and on an empty one; the least of so many nights each. Both do a stage
    at the same time, so that whatever else the machine does weighs on both alike."""
    found: dict[str, list[tuple[Taken, Taken]]] = {name: [] for name in NIGHT_STAGES}
    nothing = root / "nothing"
    with platform() as server:
        asked = asking(root, campaign, server)
        settle(asked, DataFolder(large))
        for number in range(nights):
            empty = root / "data-empty"
            shutil.rmtree(empty, ignore_errors=True)
            DataFolder(empty).create()
            shutil.copytree(model_in(root, campaign), empty / "model")
            settle(asked, DataFolder(empty))
            server.tell("reset")
            post_anew(server, number, posts_in(large))
            for name in NIGHT_STAGES:
                with ThreadPoolExecutor(2) as at_once:
                    on_large, on_empty = at_once.map(
                        lambda store, name=name: measured(name, asked, store, nothing), (large, empty)
                    )
                found[name].append((on_large, on_empty))
    return {name: (least(one for one, _ in both), least(one for _, one in both)) for name, both in found.items()}


def least(taken: Iterable[Taken]) -> Taken:
    """That which took the least of a processor."""
    return min(taken, key=lambda one: one["processor"])


def cell(found: dict[str, float], posts: int) -> str:
    """Microseconds a post, those of a processor, and megabytes."""
    return f"{found['seconds'] / posts * 1e6:,.0f} | {found['processor'] / posts * 1e6:,.0f} | {found['mb']:,.0f}"


def table(sizes: dict[int, dict[str, Taken]]) -> list[str]:
    """Microseconds a post and peak memory, a row a stage."""
    head = " | ".join(f"{posts:,} posts: µs a post | µs of processor | MB" for posts in sizes)
    lines = [f"| stage | {head} |", "|---|" + "---:|---:|---:|" * len(sizes)]
    for name in (*NIGHTLY, *WHOLE, "restore"):
        cells = " | ".join(cell(one[name], min(posts, READ) if name == "classify" else posts) for posts, one in sizes.items())
        lines.append(f"| {name} | {cells} |")
    disk = " | ".join(f"{sum(one['disk'].values()) / posts * 1e3:.2f} KB | | " for posts, one in sizes.items())
    return [*lines, f"| on the disk, a post | {disk} |"]


def main() -> None:
    """Measure, print, hold."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--folder", type=Path, help="Keep the stores here, and use again what is here.")
    options.add_argument("--stage", nargs=4, metavar=("NAME", "CAMPAIGN", "DATA", "FILE"))
    options.add_argument("--nights", type=int, default=3)
    options.add_argument(
        "--store", type=Path, help="A store of tests/bench/grown_store.py: the nights are tried on a copy of it."
    )
    asked: Any = options.parse_args()
    if asked.stage:
        name, campaign, data, file = asked.stage
        print(json.dumps(stage(name, Path(campaign), DataFolder(Path(data)), Path(file))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as scratch:
        root: Path = asked.folder or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        campaign = campaign_in(root / "campaign")
        sizes = {posts: grown(root, campaign, posts) for posts in asked.sizes}
        if sizes:
            print("\n".join(table(sizes)), flush=True)
        large = root / f"data-{max(sizes, default=0)}"
        whole = sizes[max(sizes)] if sizes else {}
        if asked.store:
            large, whole = taken_over(root, campaign, asked.store)
        gigabytes = whole["disk"]["tracker"] / 1e3 + whole["disk"]["raw"] / 1e3
        for name in (*WHOLE, "restore"):
            seconds, used = (whole[name][what] / gigabytes for what in ("seconds", "processor"))
            print(f"{name}: {seconds:.1f} s a GB, {used:.1f} of processor, at {gigabytes:.1f} GB")
        held = not asked.nights or told(night(root, campaign, large, asked.nights), posts_in(large))
    sys.exit(0 if held else 1)


def taken_over(root: Path, campaign: Path, store: Path) -> tuple[Path, dict[str, Taken]]:
    """A copy of a store, and what has to read it whole."""
    large, measures = root / "data-taken-over", root / "taken-over.json"
    if not large.exists():
        shutil.copytree(store, large)
        shutil.copytree(model_in(root, campaign), large / "model")
        settle(campaign, DataFolder(large))
    found: dict[str, Taken] = json.loads(measures.read_text()) if measures.exists() else {}
    for name in (*WHOLE, "restore"):
        if name not in found:
            found[name] = measured(name, campaign, large, root / "nothing")
            measures.write_text(json.dumps(found))
    found["disk"] = {"tracker": size_mb(large, "tracker.db"), "raw": size_mb(large, "raw.db")}
    return large, found


def posts_in(folder: Path) -> int:
    """How many posts a store holds."""
    with closing(sqlite3.connect(folder / "tracker.db")) as db:
        return int(db.execute("select count(*) from posts").fetchone()[0])


def told(nights: dict[str, tuple[Taken, Taken]], posts: int) -> bool:
    """Print the night as a table; whether every stage holds."""
    print(f"| stage of a night | on {posts:,} posts, s | of processor | on none, s | of processor | times |")
    print("|---|---:|---:|---:|---:|---:|")
    held = True
    for name, (large, empty) in nights.items():
        times = large["processor"] / empty["processor"]
        held = held and times <= MOST_OF_EMPTY
        cells = (f"{one[what]:.2f}" for one in (large, empty) for what in ("seconds", "processor"))
        says = "" if times <= MOST_OF_EMPTY else f", **more than {MOST_OF_EMPTY}**"
        print(f"| {name} | {' | '.join(cells)} | {times:.2f}{says} |", flush=True)
    return held


if __name__ == "__main__":
    main()
