"""Datasette on a store, as `serve` sets it up, asked in this process through its own client."""

import asyncio
import html
import re
import sqlite3
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.plugins import pm

from db.folder import DataFolder
from pipelines.serving_config import DATASETTE_CONFIG, STAFF, metadata
from pipelines.serving_config import Pages as Served
from tests import compiled_once
from tests.pages_store import CAMPAIGN
from tracker.records import Campaign

pm.register(compiled_once)


def datasette_on(database: Path, known: dict[str, Any], which: Served = STAFF, **more: Any) -> Datasette:
    """Datasette as `serve` sets it up, in this process. known: its metadata. which: the staff's pages, or the public copy's.
    Plugins belong to the process, so that their files are read where they are not there yet."""
    folder = which.folder / "plugins"
    there = any(Path(getattr(plugin, "__file__", "")).parent == folder for plugin in pm.get_plugins())
    return Datasette(
        [str(database)],
        metadata=known,
        plugins_dir=None if there else str(folder),
        template_dir=str(which.folder / "templates"),
        static_mounts=[("static", str(DATASETTE_CONFIG / "static"))],
        settings={name: False if value == "off" else int(value) for name, value in which.settings.items()},
        **more,
    )


class Pages:
    """The pages of one store. Each question is answered in an event loop of its own."""

    def __init__(
        self, data: DataFolder, *, demo_now: str | None = None, may_code: bool = True, campaign: Campaign = CAMPAIGN
    ) -> None:
        known = metadata(campaign, demo_now=demo_now, data=str(data.root) if may_code else None)
        self.datasette = datasette_on(data.tracker, known)

    def tell(self, plugin: str, **settings: Any) -> None:
        """Give a plugin other settings than those of the invented campaign."""
        self.datasette._metadata_local["plugins"][plugin] = settings

    def get(self, path: str, **options: Any) -> Any:
        """The answer (httpx) to GET `path`."""

        async def ask() -> Any:
            await self.datasette.invoke_startup()
            return await self.datasette.client.get(path, **options)

        return asyncio.run(ask())

    def post(self, path: str, **options: Any) -> Any:
        """The answer (httpx) to POST `path`, once what it has begun is over, too: its event loop ends with it here."""

        async def ask() -> Any:
            await self.datasette.invoke_startup()
            answer = await self.datasette.client.post(path, **options)
            if begun := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(begun, timeout=60)
            return answer

        return asyncio.run(ask())

    def text(self, path: str, status: int = 200) -> str:
        """The page at `path`, which must answer with `status`."""
        answer = self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:600]}"
        return str(answer.text)


def words(page: str) -> str:
    """What a page says: no tags, one space between words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def post_with(db: sqlite3.Connection, native_id: str) -> int:
    """Our number of a post."""
    number: int = db.execute("select id from posts where native_id = ?", [native_id]).fetchone()[0]
    return number


def cards(page: str) -> list[int]:
    """Our numbers of the posts on a list, in its order."""
    return [int(number) for number in re.findall(r'<a href="/post/(\d+)">More about this post', page)]


def main_words(page: str) -> str:
    """What a reader sees of a page's own part: no tags, one space between words."""
    body = page.split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
    return re.sub(r" (?=[.,:;)])", "", words(body)).replace("( ", "(")
