"""Who is spoken to on their own server: Mastodon names them there without the server, and shows no name with one in a text."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from tests import invented
from tests.desk import Desk
from tests.warm import Warm
from tracker.platforms.mastodon import read_post
from tracker.platforms.mastodon_archive import read_activity
from tracker.records import Post

HOST = "toots.example"
DOCUMENT = {"type": "Create", "to": ["https://www.w3.org/ns/activitystreams#Public"]}
OURS = '[own]\naccounts = ["mastodon:buspeople@toots.example"]\n'


def status(number: int, name: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "uri": f"https://{HOST}/users/{name}/statuses/{number}",
        "url": f"https://{HOST}/@{name}/{number}",
        "created_at": invented.moment(number % 100).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content": f"<p>{text} #SaveOurBuses</p>",
        "visibility": "public",
        "account": {"id": name, "acct": name, "url": f"https://{HOST}/@{name}", "uri": f"https://{HOST}/users/{name}"},
        **more,
    }


def speaking_to(name: str, host: str = HOST) -> dict[str, Any]:
    """A mention as the server HOST has it."""
    acct = name if host == HOST else f"{name}@{host}"
    return {"id": name, "username": name, "acct": acct, "url": f"https://{host}/@{name}"}


def mention(name: str, host: str = HOST) -> str:
    return f'<a href="https://{host}/@{name}" class="u-url mention">@<span>{name}</span></a>'


STATUSES = [
    status(100501, "zorb", "Mine"),
    status(
        100502, "kit", f"{mention('zorb')} You say so.", mentions=[speaking_to("zorb")], in_reply_to_id="100501",
        in_reply_to_account_id="zorb",
    ),
    status(100503, "lea", f"{mention('zorb', 'other.example')} Not she.", mentions=[speaking_to("zorb", "other.example")]),
    status(100504, "max", f"{mention('buspeople')} When will it run?", mentions=[speaking_to("buspeople")]),
]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.at(tmp_path)
    told = (desk.campaign / "campaign.toml").read_text(encoding="utf-8").partition("[own]")[0]
    (desk.campaign / "campaign.toml").write_text(told + OURS, encoding="utf-8")
    (desk.files / "toots.json").write_text(json.dumps(STATUSES), encoding="utf-8")
    return desk


def test_a_mention_names_its_server_also_where_that_is_the_one_asked() -> None:
    assert read_post(STATUSES[1]).mentions == ("zorb@toots.example",)
    assert read_post(STATUSES[2]).mentions == ("zorb@other.example",)


def test_so_does_one_in_an_archive() -> None:
    tags = [
        {"type": "Mention", "name": "@zorb", "href": f"https://{HOST}/users/zorb"},
        {"type": "Mention", "name": "@lea@other.example", "href": "https://other.example/users/lea"},
    ]
    note = {"id": f"https://{HOST}/users/kit/statuses/1", "type": "Note", "content": "Yes", "published": "2026-10-05T08:00:00Z"}
    activity = {**DOCUMENT, "id": f"{note['id']}/activity", "object": {**note, **DOCUMENT, "type": "Note", "tag": tags}}
    assert read_activity(activity).mentions == ("zorb@toots.example", "lea@other.example")


def test_what_speaks_to_us_on_our_own_server_is_found(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "import", desk.files / "toots.json").code == 0
    own = "select names_us from speaking_to_us join posts on posts.id = post_id where native_id like '%/100504'"
    assert desk.value(own) == 1


def stored_before(desk: Desk) -> None:
    """As the names of this server stood in stores of before."""
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        db.execute(
            "update post_mentions set handle = substr(handle, 1, instr(handle, '@') - 1) where handle like '%@toots.example'"
        )


@pytest.mark.parametrize("before", [False, True])
def test_they_are_forgotten_in_what_others_say_to_them(desk: Desk, program: Warm, before: bool) -> None:
    assert program.run(desk, "import", desk.files / "toots.json").code == 0
    if before:
        stored_before(desk)
    assert program.run(desk, "forget", "--handle", f"mastodon:zorb@{HOST}").code == 0
    texts: dict[str, str] = dict(desk.query("select native_id, text from posts"))
    assert texts[STATUSES[1]["uri"]] == "[removed] You say so. #SaveOurBuses"
    assert texts[STATUSES[2]["uri"]] == "@zorb Not she. #SaveOurBuses"
    assert desk.query("select handle from post_mentions where handle like 'zorb%'") == [("zorb@other.example",)]
    assert desk.query("select kind, reply_to from posts where native_id like '%/100502'") == [("reply", None)]
    left = [path.name for path, content in desk.unpacked_files() if b"100501" in content]
    assert left == [], "nor by the number that the server gave to the post that was answered"
    os.utime(desk.files / "toots.json", (1_700_000_000, 1_700_000_000))
    assert program.run(desk, "import", desk.files / "toots.json").code == 0
    assert dict(desk.query("select native_id, text from posts")) == texts
    assert not [path.name for path, content in desk.unpacked_files() if b"100501" in content]


def test_a_name_without_a_server_is_of_the_server_that_was_asked(tmp_path: Path) -> None:
    forgotten = Forgotten(DataFolder(tmp_path / "data").create())
    forgotten.tombstones([("handle", "mastodon", f"zorb@{HOST}")], now="2026-11-01T00:00:00Z", reason="asked")
    elsewhere = Post(
        "mastodon", "https://far.example/users/kit/statuses/7", "@zorb No.", "2026-10-01T00:00:00Z", mentions=("zorb",)
    )
    assert forgotten.filtered(elsewhere) == elsewhere
    kept = forgotten.filtered(elsewhere, asked=[HOST])
    assert kept is not None and kept.text == "[removed] No." and kept.mentions == ()
