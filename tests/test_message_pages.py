"""What the pages say of messages: how many posts are one, and where else one stands."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.demo import sample_files
from tests.pages_client import Pages, words
from tests.test_messages import FUTUREWELFARE, night

PASTED = "/posts?q=%22vote+against+clause+9%22"
ONE = "that says nothing about who wrote them"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data: Path = tmp_path_factory.mktemp("messages") / "data"
    night(data, FUTUREWELFARE, *sample_files(FUTUREWELFARE / "sample"))
    return DataFolder(data)


@pytest.fixture(scope="module")
def pages(folder: DataFolder) -> Pages:
    return Pages(folder)


@pytest.fixture(scope="module")
def db(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder.tracker)
    yield connection
    connection.close()


def test_the_table_of_weeks_says_how_many_messages_the_posts_are(pages: Pages, db: sqlite3.Connection) -> None:
    told = pages.text("/").split("Everything that people wrote by week")[1]
    rows = told.split("What is missing")[0].split('<th scope="row"><a href="/posts?week=')[1:]
    weeks = db.execute(
        "select week, posts, messages from weekly_totals where theme is null and is_own = 0 order by week desc"
    ).fetchall()
    assert len(rows) == len(weeks) and sum(posts > messages for _, posts, messages in weeks) >= 2
    for row, (week, posts, messages) in zip(rows, weeks, strict=True):
        assert row.startswith(week)
        cell = words(row.split('data-label="Posts">')[1].split("</td>")[0])
        assert cell.split() == [str(posts), *([f"({messages}", f"message{'s' * (messages > 1)})"] if messages < posts else [])]
    assert ONE in words(rows[-1]).casefold()


def test_a_list_of_posts_says_how_many_messages_they_are(pages: Pages) -> None:
    page = words(pages.text(PASTED))
    assert "12 posts (1 message) match this" in page and ONE in page.casefold()
    both = words(pages.text("/posts?q=%22seven+times+today%22"))
    assert "3 posts (1 message) match this" in both
    alone = words(pages.text("/posts?q=%22seven+times+today%22&platform=mastodon"))
    assert "1 post " in alone and "1 message" not in alone and ONE not in alone.casefold()


def test_a_post_says_where_its_message_stands_too(pages: Pages, db: sqlite3.Connection) -> None:
    ((post, other),) = db.execute(
        """
        select mine.post_id, other.post_id from posts
        join same_message as mine on mine.post_id = posts.id
        join same_message as other on other.message_id = mine.message_id and other.post_id <> posts.id
        where posts.platform = 'x' and posts.text like 'The minister used the word%'
        """
    ).fetchall()
    page = pages.text(f"/post/{post}")
    assert "The same message stands in 1 more post on Mastodon:" in words(page) and f'href="/post/{other}"' in page
    assert "The same message stands in 1 more post on X:" in words(pages.text(f"/post/{other}"))


def test_of_a_flood_the_earliest_posts_are_named(pages: Pages, db: sqlite3.Connection) -> None:
    ids = [post for (post,) in db.execute("select id from posts where text like 'Dear MP, please vote%' order by created_at, id")]
    page = pages.text(f"/post/{ids[-1]}")
    assert "The same message stands in 11 more posts on X; the earliest:" in words(page)
    assert [int(post) for post in re.findall(r'href="/post/(\d+)"', page)] == ids[:10]
