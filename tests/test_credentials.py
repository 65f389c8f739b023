"""Credentials that are there and cannot be used: each is told by its name, and keeps nothing else from being done."""

import os
from pathlib import Path

import pytest

from tests.collecting_desk import collect, collecting_desk, coverage, holds, published
from tests.collecting_desk import server as server
from tests.desk import Desk
from tests.fake_platform.talking import Platform

NOWHERE = "http://127.0.0.1:9"
X = f'\n[sources.x]\nbase = "{NOWHERE}"\n'
ODD = {
    "not text": b"\xff\xfe\xfa",
    "quotation marks of a word processor": "“canary-token-5e1f”".encode(),
    "two lines": b"canary-token-5e1f\nand-another",
}


@pytest.fixture
def desk(server: Platform, tmp_path: Path) -> Desk:
    """A campaign that asks a server of Mastodon, then X, then a feed."""
    made = collecting_desk(tmp_path, server)
    toml = made.campaign / "campaign.toml"
    hosts = f'["{server.host}"'
    toml.write_text(
        toml.read_text().replace(hosts, f'{hosts}, "127.0.0.1:9"') + X + f'[sources.feeds]\nurls = ["{server.base}/f"]\n'
    )
    return made


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_a_credential_that_cannot_be_used_is_a_row_and_the_other_sources_are_asked(
    server: Platform, desk: Desk, tmp_path: Path, content: bytes
) -> None:
    server.publish(3)
    server.tell("feed", path="/f", call="open")
    server.tell("feed", path="/f", call="fill", now="2026-11-20T08:00:00+00:00", every=60, count=2, text="#SaveOurBuses now ")
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "X_BEARER_TOKEN").write_bytes(content)
    ended = collect(desk, CREDENTIALS_DIRECTORY=str(folder))
    assert ended.code == 5
    assert "The credential X_BEARER_TOKEN cannot be" in ended.err and "Traceback" not in ended.err
    assert "canary" not in ended.err
    rows = {row["source"]: row["status"] for row in coverage(desk)}
    assert (rows["mastodon"], rows["x"], rows["feeds"]) == ("ok", "refused", "ok")
    checked = desk.run("check", env=os.environ | {"CREDENTIALS_DIRECTORY": str(folder)})
    assert "x: The credential X_BEARER_TOKEN cannot be" in checked.out
    assert f"feeds: asks {server.base} for" in checked.out, "what is asked after it is told too"


def test_a_mark_that_an_editor_puts_before_a_text_is_no_part_of_a_token(server: Platform, desk: Desk, tmp_path: Path) -> None:
    server.publish(3)
    server.tell("settings", login="canary-token-5e1f")
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "MASTODON_TOKEN").write_bytes(b"\xef\xbb\xbfcanary-token-5e1f\r\n")
    collect(desk, "--source", "mastodon", CREDENTIALS_DIRECTORY=str(folder))
    assert holds(desk, published(server)) == []


def test_an_address_to_tell_that_cannot_be_read_is_a_line_of_check(desk: Desk, tmp_path: Path) -> None:
    checked = desk.run("check", env=os.environ | {"DEBATE_TRACKER_PING_URL": "https://hc.example/“a”"})
    assert checked.code == 0
    assert "warning  The credential DEBATE_TRACKER_PING_URL cannot be used." in checked.out
    assert "There is no data at" in checked.out
