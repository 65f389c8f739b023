"""Who may not know what people decided of a post cannot tell it from anything that the staff pages give: two stores, in which the
same verdicts stand on different posts of the same making, look the same to them."""

import io
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from datasette.plugins import pm

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from db.keeping import Kept
from db.labels import Labels
from db.store import Store
from pipelines.accounts import how_people_sign_in
from pipelines.running import running
from pipelines.serving_config import DATASETTE_CONFIG
from pipelines.summarise import summarise
from pipelines.verdicts import carry_verdicts
from tests.pages_store import CAMPAIGN, NOW, build_store
from tests.pages_store import _kept as kept_post
from tests.test_accounts import Staff, nobody_is_waiting
from tracker.codings import Coding
from tracker.records import Author, Post, Reading, ThemeHit

__all__ = ["nobody_is_waiting"]
PASSWORDS = {"carl": "four plain coder words", "rosa": "four plain research words"}
BY_SUE = Coding("x", "", None, "Sue", "2026-11-08T10:00:00Z", relevant=True)
NOT_WALKED = {
    "/-/login": "is for who has not signed in",
    "/-/logout": "is posted to",
    "/add/import": "is posted to",
    "/coding/name": "is posted to",
    "/coding/undo": "is posted to",
    "/coding/settle/undo": "is posted to",
    "/coding/post": "gives the words of the next post that waits, of which nobody says why it waits",
}
FLEETING = re.compile(
    r'name="csrftoken" value="[^"]*"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?|"query_ms": [\d.]+|[\d.]+ms'
    "|<code>/[^<]*/inbox</code>"
)
"""What two looks at one page differ in: tokens, the time now, how long a query took, where the files lie."""


@dataclass(frozen=True)
class Twins:
    """Two posts that only their numbers tell apart. gives, answers, asks, to_us: what the program says of both. said: what people
    say of one of them."""

    said: Coding
    gives: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    asks: bool = False
    to_us: bool = False


TWINS = (
    Twins(replace(BY_SUE, themes=("health",))),
    Twins(BY_SUE, gives=("outsourcing",)),
    Twins(replace(BY_SUE, themes=("outsourcing", "in-house")), gives=("outsourcing",)),
    Twins(replace(BY_SUE, relevant=False), gives=("health",)),
    Twins(replace(BY_SUE, questions=("q0",))),
    Twins(BY_SUE, answers=("q0",)),
    Twins(replace(BY_SUE, asks_us=True)),
    Twins(replace(BY_SUE, asks_us=False), asks=True, to_us=True),
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, DataFolder]:
    return two_worlds(tmp_path_factory.mktemp("worlds"), apart=False)


@pytest.fixture(scope="module")
def worlds_apart(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, DataFolder]:
    return two_worlds(tmp_path_factory.mktemp("apart"), apart=True)


def two_worlds(place: Path, *, apart: bool) -> tuple[DataFolder, DataFolder]:
    """The same debate and the same verdicts, which in one stand on the first of each twins and in the other on the second. apart:
    twins are of two days of one week, and of two platforms where they do not speak to us."""
    born = build_store(place / "born", posts=12)
    with closing(Store.open(born)) as store:
        store.keep([kept for number, twins in enumerate(TWINS) for kept in both(number, twins, apart=apart)], 1)
        ids = {str(row["native_id"]): int(str(row["id"])) for row in store.rows("select id, native_id from posts")}
        for number, twins in enumerate(TWINS):
            hits, answers = ([ThemeHit(slug, 0.7, "model", ()) for slug in slugs] for slugs in (twins.gives, twins.answers))
            reading = Reading("themed" if hits else "none", tuple(hits), True, "en", 0.99, 0.9, questions=tuple(answers))
            store.keep_readings("m1", [(ids[name(number, twin)], replace(reading, asks=twins.asks)) for twin in (0, 1)])
    made = []
    for twin in (0, 1):
        shutil.copytree(born.root, place / str(twin))
        made.append(settled(DataFolder(place / str(twin)), twin, apart=apart))
    return made[0], made[1]


def name(number: int, twin: int) -> str:
    return str(50_000 + 10 * number + twin)


def platform(twins: Twins, twin: int, *, apart: bool) -> str:
    return "bluesky" if apart and twin and not twins.to_us else "x"


def both(number: int, twins: Twins, *, apart: bool) -> Iterator[Kept]:
    for twin in (0, 1):
        at = f"2026-11-0{3 + twin * apart}T{10 + number}:00:00Z"
        post = Post(
            *(platform(twins, twin, apart=apart), name(number, twin), f"Twins of kind {number} say so", at),
            author=Author("x", f"t{number}", f"twin{number}", f"Twin No {number}"),
            mentions=("OurHouse",) if twins.to_us else (),
            links=("https://example.org/twins",),
        )
        yield replace(kept_post(post), origins=kept_post(replace(post, native_id="50000")).origins)


def settled(data: DataFolder, twin: int, *, apart: bool) -> DataFolder:
    with closing(Labels(data)) as labels:
        for number, twins in enumerate(TWINS):
            labels.add(replace(twins.said, platform=platform(twins, twin, apart=apart), native_id=name(number, twin)))
    with running("classify", CAMPAIGN, data, clock=lambda: NOW) as run:
        carry_verdicts(run)
        summarise(run)
    write_accounts(data.accounts, {n: Account(n, digest_of(p, rounds=1000), False, n == "rosa") for n, p in PASSWORDS.items()})
    return data


def paths(data: DataFolder) -> Iterator[str]:
    """Every page, feed, file, table and ready-made question, and each page of a post for every twin."""
    yield from ("/", "/themes", "/missing", "/data", "/method", "/dictionary", "/tutorial", "/sources", "/questions", "/hashtags")
    yield from ("/link?url=https://example.org/twins", "/hashtag/inventeddebate", "/spike", "/spike?day=2026-11-03", "/accounts")
    yield from ("/asked", "/asked?show=all", "/atom/asked", "/quotes", "/add", "/forget", "/handover", "/status", "/codebook")
    yield from ("/coding", "/coding/agreement", "/coding/found", "/coding/lead", "/coding/settle", "/coding/labels.jsonl")
    yield from ("/coding/validation.csv", "/-/metadata.json", "/-/databases.json")
    with closing(sqlite3.connect(data.tracker)) as db:
        posts = [number for (number,) in db.execute("select id from posts where native_id >= '50000' order by id")]
        tables = [table for (table,) in db.execute("select name from sqlite_master where type in ('table', 'view') order by 1")]
        tables.remove("posts_fts")  # has a column in which SQLite gives an address in its memory
    for query in (
        "",
        "q=twins",
        "theme=outsourcing",
        "q=twins&theme=outsourcing",
        "service=health",
        "theme=in-house&service=health",
    ):
        yield from (f"/posts?{query}", f"/take/posts.zip?{query}", f"/take/posts.xlsx?{query}")
    yield from ("/posts?debate=no", "/posts?language=en&theme=outsourcing", "/posts?week=2026-W45", "/posts?seen=1")
    for theme in CAMPAIGN.themes:
        slug = theme.slug
        yield from (f"/theme/{slug}", f"/atom/theme/{slug}", f"/take/theme/{slug}.zip", f"/take/theme/{slug}.xlsx")
    for post in posts:
        rows = (f"/tracker/posts/{post}", f"/tracker/posts/{post}.json")
        yield from (f"/post/{post}", f"/conversation/{post}", f"/asked/{post}", f"/quotes/{post}", *rows)
    lookups = [path.stem for path in sorted(Path("datasette_config/lookups").glob("*.sql"))]
    for table in (*tables, *lookups):
        through = f'/tracker/posts.json?_through={{"table":"{table}","column":"post_id","value":"1"}}'
        yield from (f"/tracker/{table}", f"/tracker/{table}.json?_shape=array&_size=max", through)
    yield "/tracker/posts?_facet=day&_sort_desc=id"
    yield from ("/spike?day=2026-11-04", "/tracker/daily_counts?_facet=posts", "/tracker/weekly_counts.csv?_sort=posts")


def told(staff: Staff, path: str) -> str:
    """What an answer says, but for what each look at it has of its own; of a packed file, what is in it."""
    answer = staff.ask(path)
    body = answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(one) for one in sorted(packed.namelist()))
    return f"{answer.status_code} {FLEETING.sub('', body.decode('utf-8', 'replace'))}"


def signed(data: DataFolder, who: str) -> Staff:
    staff = Staff(data, how_people_sign_in(data))
    assert staff.sign_in(who, PASSWORDS[who]).status_code == 302
    return staff


def test_nothing_that_a_coder_can_ask_for_tells_which_posts_people_settled(worlds: tuple[DataFolder, DataFolder]) -> None:
    one, other = (signed(data, "carl") for data in worlds)
    different = [path for path in paths(worlds[0]) if told(one, path) != told(other, path)]
    assert different == []


def test_nor_does_any_sum_that_is_of_one_post(worlds_apart: tuple[DataFolder, DataFolder]) -> None:
    one, other = (signed(data, "carl") for data in worlds_apart)
    different = [path for path in paths(worlds_apart[0]) if told(one, path) != told(other, path)]
    assert different == []
    assert "10 posts and reposts" in one.ask("/spike").text, "as many as are there, as if nobody had read one"
    assert "9 posts and reposts" in signed(worlds_apart[0], "rosa").ask("/spike").text


def test_who_may_know_is_told_as_before(worlds: tuple[DataFolder, DataFolder]) -> None:
    one, other = (signed(data, "rosa") for data in worlds)
    with closing(sqlite3.connect(worlds[0].tracker)) as db:
        ((first,),) = db.execute("select id from posts where native_id = ?", [name(0, 0)])
    telling = {"/questions", "/asked", "/atom/asked", "/take/posts.zip?", "/take/posts.xlsx?", "/posts?theme=outsourcing"}
    telling |= {"/theme/outsourcing", "/theme/health", "/atom/theme/health", "/posts?service=health", "/posts?debate=no"}
    telling |= {f"/post/{first}", "/link?url=https://example.org/twins", "/tracker/post_verdicts"}
    assert telling <= set(paths(worlds[0]))
    assert {path for path in telling if told(one, path) == told(other, path)} == set()
    assert "by a person" in one.ask(f"/post/{first}").text


def test_every_page_is_walked(worlds: tuple[DataFolder, DataFolder]) -> None:
    walked = [path.partition("?")[0] for path in paths(worlds[0])]
    signed(worlds[0], "carl")
    rooms = [one for one in pm.get_plugins() if Path(getattr(one, "__file__", "")).parent == DATASETTE_CONFIG / "plugins"]
    ours = [route for room in rooms if hasattr(room, "register_routes") for route, _ in room.register_routes()]
    unknown = [route for route in ours if not any(re.match(route, path) for path in (*walked, *NOT_WALKED))]
    assert ours and unknown == [], "walk these, or say in NOT_WALKED why not"
