"""Pages that are kept until the store changes: the same answer again, never an old one, and nobody else's."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasette_config.plugins.kept import MOST_OF_ALL, Page, Shelf
from db.folder import DataFolder
from db.news import News
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("kept") / "data", posts=20)


class Served:
    """One server that goes on, as `serve` starts it. `now` is told by the pages, and is no part of the store: a page that says
    the new one was made anew."""

    def __init__(self, data: DataFolder) -> None:
        self.pages = Pages(data, demo_now=NOW)
        self.pages.get("/themes")
        self.app = self.pages.datasette.app()

    def tell(self, now: str) -> None:
        self.pages.tell("pages", demo_now=now, inbox=None)

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

        return asyncio.run(ask())


def write(data: DataFolder, sql: str) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute(sql)


def test_a_page_is_given_again_until_somebody_writes(data: DataFolder) -> None:
    served = Served(data)
    first = served.get("/theme/outsourcing")
    served.tell("2026-12-24T18:00:00Z")
    again = served.get("/theme/outsourcing")
    assert again.status_code == 200 and again.content == first.content and again.headers == first.headers
    assert "24 December 2026" in served.get("/theme/outsourcing", cache_control="no-cache").text, "asked for anew"
    served.tell("2026-12-25T18:00:00Z")
    assert "24 December 2026" in served.get("/theme/outsourcing").text
    write(data, "update themes set meaning = 'Firms run it.' where slug = 'outsourcing'")
    told = served.get("/theme/outsourcing").text
    assert "Firms run it." in told and "25 December 2026" in told


def test_a_table_that_is_taken_out_is_no_news_to_the_pages_but_stands_in_the_audit(data: DataFolder) -> None:
    served = Served(data)
    served.get("/themes")
    served.tell("2026-12-24T18:00:00Z")
    assert served.get("/take/theme/outsourcing.zip").status_code == 200
    assert "24 December 2026" not in served.get("/themes").text
    before = served.get("/tracker/audit").text.count("theme-outsourcing.zip")
    served.get("/take/theme/outsourcing.zip")
    assert served.get("/tracker/audit").text.count("theme-outsourcing.zip") == before + 1


def test_what_is_of_one_browser_or_one_person_is_not_given_to_another(data: DataFolder) -> None:
    served = Served(data)
    for path in ("/", "/asked", "/quotes", "/coding", "/theme/none-such"):
        served.tell(NOW)
        served.get(path)
        served.tell("2026-12-24T18:00:00Z")
        assert "24 December 2026" in served.get(path).text, path
    served.pages.tell("accounts", file=None, header="x-who", hosts=[], leads=["ann"], researchers=[])
    assert served.get("/themes").status_code == 403
    for name in ("ann", "bob", "ann"):
        assert f"You are {name}" in served.get("/themes", x_who=name).text
    cookies = [served.get("/themes", x_who="ann").headers["set-cookie"].partition(";")[0] for _ in range(2)]
    for cookie in (*cookies, *cookies):
        assert cookie.partition("=")[2] in served.get("/themes", x_who="ann", cookie=cookie).text, "a form with another's token"


def test_what_nobody_asked_for_longest_makes_room_and_nothing_old_is_held(data: DataFolder) -> None:
    shelf, big = Shelf(News(data.tracker)), b"x" * (MOST_OF_ALL // 3)
    pages: dict[str, Any] = {name: Page(10.0, [], big, False) for name in "abcd"}
    number = shelf.number()
    assert number is not None
    for name in "abc":
        shelf.keep((name,), "", pages[name], of=number)
    assert shelf.find(("a",), "", 5.0) == pages["a"]
    shelf.keep(("d",), "", pages["d"], of=number)
    assert [shelf.find((name,), "", 5.0) is not None for name in "abcd"] == [True, False, True, True]
    assert shelf.find(("a",), "", 11.0) is None, "the day goes on"
    write(data, "update themes set meaning = meaning || '.'")
    after = shelf.number()
    assert after != number and not shelf.pages and not shelf.held, "the words of who is to be forgotten would be among them"
    shelf.keep(("a",), "", pages["a"], of=number)
    assert not shelf.pages, "made of the store as it was"


def test_a_store_that_is_not_there_keeps_nothing(tmp_path: Path) -> None:
    assert Shelf(News(tmp_path / "none.db")).number() is None


def test_another_file_in_the_place_of_the_store_is_news(tmp_path: Path) -> None:
    path, beside = tmp_path / "tracker.db", tmp_path / "next.db"
    news, numbers = News(path), []
    for _ in range(2):
        with sqlite3.connect(beside) as db:
            db.execute("create table one(id integer)")
        beside.replace(path)
        numbers.append(news.number())
    assert None not in numbers and len(set(numbers)) == 2


def test_a_file_that_comes_back_is_news_since_others_may_have_written_to_it_meanwhile(tmp_path: Path) -> None:
    path, aside, beside = (tmp_path / name for name in ("tracker.db", "aside.db", "next.db"))
    for file in (path, beside):
        with closing(sqlite3.connect(file)) as db:
            db.execute("create table one(id integer)")
    news, numbers = News(path), []
    numbers.append(news.number())
    path.rename(aside)
    beside.rename(path)
    numbers.append(news.number())
    with closing(sqlite3.connect(aside)) as db, db:
        db.execute("insert into one values (1)")
    aside.replace(path)
    numbers.append(news.number())
    assert None not in numbers and len(set(numbers)) == 3
