"""Ask an instance for what nobody would: `make fuzz-pages`, or python -m tests.fuzz.pages [--requests N] [--seed S].

Every answer must be one (no 5xx), and no body may say where files lie on this machine. Prints a line an instance, and each
request that broke one of the two; exits with 1 then.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.conftest import REPOSITORY

PLACES = (
    *("/our-posts", "/theme/outsourcing", "/theme/housing", "/data/numbers.csv", "/method", "/privacy", "/questions", "/themes"),
    *("/", "/posts", "/themes", "/missing", "/data", "/coding", "/coding/post", "/coding/lead", "/coding/settle", "/codebook"),
    *("/coding/agreement", "/coding/found", "/coding/labels.jsonl", "/coding/validation.csv", "/coding/name", "/coding/undo"),
    *(
        "/post/1",
        "/post/999999999999999999",
        "/post/-1",
        "/theme/health",
        "/theme/none",
        "/forget",
        "/sources",
        "/asked",
        "/quotes",
    ),
    *(
        "/weeks",
        "/links",
        "/questions",
        "/about",
        "/privacy",
        "/method",
        "/cite",
        "/login",
        "/logout",
        "/robots.txt",
        "/favicon.ico",
    ),
    *(
        "/tracker",
        "/tracker/posts",
        "/tracker/authors",
        "/tracker/posts_fts",
        "/tracker/post_themes",
        "/tracker/audit",
        "/tracker/1",
    ),
    *(
        "/public",
        "/public/about",
        "/public/cells",
        "/public/own_posts",
        "/labels",
        "/raw",
        "/forgotten",
        "/_internal",
        "/_memory",
    ),
    *(
        "/tracker/posts/1",
        "/tracker/posts/x~2Fy",
        "/tracker/posts-by-day",
        "/tracker/posts-by-theme-and-week",
        "/tracker/nothing",
    ),
    *(
        "/-/metadata",
        "/-/databases",
        "/-/versions",
        "/-/settings",
        "/-/plugins",
        "/-/actor",
        "/-/threads",
        "/-/messages",
        "/-/auth-token",
    ),
    *(
        "/-/allow-debug",
        "/-/permissions",
        "/-/logout",
        "/-/patterns",
        "/-/static/app.css",
        "/static/site.css",
        "/static/coding.js",
    ),
)
NAMES = (
    *(
        "sql",
        "_where",
        "_search",
        "_search_text",
        "_facet",
        "_facet_date",
        "_facet_array",
        "_sort",
        "_sort_desc",
        "_size",
        "_next",
    ),
    *(
        "_shape",
        "_through",
        "_col",
        "_nocol",
        "_labels",
        "_stream",
        "_trace",
        "_json",
        "_ttl",
        "_extra",
        "_format",
        "_header",
        "_dl",
    ),
    *(
        "id",
        "id__gt",
        "text__contains",
        "created_at__date",
        "rowid",
        "q",
        "theme",
        "week",
        "platform",
        "older",
        "newer",
        "seen",
        "queue",
    ),
    *(
        "done",
        "wrong",
        "refused",
        "after",
        "who",
        "sealed",
        "checked",
        "by",
        "csrftoken",
        "name",
        "kind",
        "ours",
        "post_number",
        "p",
    ),
)
VALUES = (
    *(
        "",
        "0",
        "-1",
        "1",
        "max",
        "9" * 40,
        "1e400",
        "nan",
        "null",
        "true",
        "[]",
        "{}",
        '{"a":',
        "[1,2]",
        "'",
        '"',
        "''",
        "--",
        ";",
        "%",
    ),
    *(
        "select 1",
        "select * from posts",
        "delete from posts",
        "pragma table_info(posts)",
        "attach 'x' as y",
        "select load_extension('x')",
    ),
    *(
        "1=1",
        "1; drop table posts",
        "id in (select id from authors)",
        "text",
        "created_at",
        "author_id",
        "platform,kind",
        "nowhere",
    ),
    *(
        "../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "..\\..\\win.ini",
        "~2F~2F",
        "%00",
        "\x00",
        "\x1b[31m",
        "‮",
        "\ud7ff",
    ),
    *(
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "${7*7}",
        "=cmd|' /C calc'!A0",
        "javascript:alert(1)",
    ),
    *(
        "a" * 5000,
        "ä" * 600,
        "🦄" * 300,
        "NEAR(",
        '"unclosed',
        "AND OR NOT",
        "*",
        "^",
        "2026-W99",
        "2026-W01",
        "9999-99-99",
        "x:ann",
    ),
    *(
        "csv",
        "json",
        "array",
        "objects",
        "arrayfirst",
        "object",
        "on",
        "off",
        "health",
        "outsourcing",
        "mastodon",
        "audit",
        "unsure",
    ),
)
ENDINGS = (
    "",
    "",
    "",
    "",
    ".json",
    ".csv",
    ".blob",
    "/",
    "//",
    ".html",
    ".db",
    "~",
    "%2F..%2F..",
    "/../../cli.py",
    "%00",
    ";x",
    "?",
)
METHODS = ("GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


@dataclass
class Figure:
    """What an instance answered. failures: the requests (and what came) that broke a rule."""

    name: str
    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """One line."""
        server = sum(count for status, count in self.statuses.items() if status >= 500)
        paths = sum("says where" in failure for failure in self.failures)
        kinds = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return f"{self.name}: {self.asked:,} requests, {server} answers of 5xx, {paths} file paths in bodies ({kinds})"


def requests(count: int, seed: int) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """(method, target, form) of so many invented requests."""
    chance = random.Random(seed)
    for _ in range(count):
        place = chance.choice(PLACES) if chance.random() < 0.9 else "/" + quote(chance.choice(VALUES), safe="/%.")
        if chance.random() < 0.15:
            place = _spoilt(chance, place)
        target = place + chance.choice(ENDINGS)
        pairs = [(chance.choice(NAMES), _value(chance)) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        if pairs:
            target += ("&" if "?" in target else "?") + urlencode(pairs, errors="replace")
        method = chance.choice(METHODS)
        form = {chance.choice(NAMES): _value(chance) for _ in range(chance.randint(0, 5))} if method == "POST" else None
        yield method, target, form


def _value(chance: random.Random) -> str:
    value = chance.choice(VALUES)
    return value if chance.random() < 0.8 else value + chance.choice(VALUES)


def _spoilt(chance: random.Random, place: str) -> str:
    at = chance.randrange(len(place) + 1)
    return "/" + (place[:at] + quote(chance.choice(("\x00", "..", "%", "~", "é", " ", "'", "\n", "\\"))) + place[at:]).lstrip("/")


def machine_paths(*more: Path) -> tuple[str, ...]:
    """What no answer may hold: where the program, its data and Python lie, and what a traceback begins with."""
    return (*(str(path.resolve()) for path in (REPOSITORY, Path(sys.prefix), *more)), "site-packages", "Traceback (most recent")


async def ask(
    name: str, datasette: Any, listed: Iterable[tuple[str, str, dict[str, str] | None]], secret: Sequence[str]
) -> Figure:
    """Ask an instance of Datasette, in this process, for all of these."""
    figure = Figure(name)
    await datasette.invoke_startup()
    for method, target, form in listed:
        shown = f"{method} {target[:200]!r} {form or ''}"
        figure.asked += 1
        try:
            answer = await datasette.client.request(method, target, data=form, follow_redirects=False)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            figure.statuses[599] += 1
            figure.failures.append(f"{shown}: {type(error).__name__}: {error}"[:400])
            continue
        figure.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            figure.failures.append(f"{shown}: {answer.status_code}: {answer.text[-200:]!r}")
        held = [path for path in secret if path in answer.text]
        if held:
            figure.failures.append(f"{shown}: says where: {held[0]}")
    return figure


def staff(root: Path) -> tuple[Any, tuple[str, ...]]:
    """The staff instance on an invented store."""
    from tests.pages_client import Pages
    from tests.pages_store import build_store

    data = build_store(root / "data", posts=60)
    return Pages(data).datasette, machine_paths(root)


def public(root: Path) -> tuple[Any, tuple[str, ...]]:
    """The public instance on the copy that such a store gives, so fast that nobody has to wait."""
    from pipelines.publish import publish
    from pipelines.running import running
    from tests.pages_store import build_store
    from tests.test_public_pages import NOW, SMALL, Site
    from tracker import pace

    pace.AT_ONCE = pace.A_SECOND = 1_000_000
    data = build_store(root / "data", posts=180)
    with running("publish", SMALL, data, clock=lambda: NOW) as run:
        publish(run, by_hand=True)
    return Site(data).datasette, machine_paths(root)


INSTANCES = {"staff": staff, "public": public}


def main() -> int:
    """Ask each instance, in a process of its own: Datasette's plugins belong to the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", choices=list(INSTANCES), help="ask this one, in this process")
    wanted = parser.parse_args()
    if wanted.only is None:
        words = ["--requests", str(wanted.requests), "--seed", str(wanted.seed)]
        print(f"seed {wanted.seed}", flush=True)
        runs = [subprocess.run([sys.executable, "-m", "tests.fuzz.pages", *words, "--only", name]) for name in INSTANCES]
        return max(run.returncode for run in runs)
    with tempfile.TemporaryDirectory() as folder:
        datasette, secret = INSTANCES[wanted.only](Path(folder))
        figure = asyncio.run(ask(wanted.only, datasette, requests(wanted.requests, wanted.seed), secret))
    print(figure.sentence(), *figure.failures[:40], sep="\n  ")
    return 1 if figure.failures or figure.statuses[200] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
