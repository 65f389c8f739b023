"""Serving: what Datasette is told, what it shows beside our pages, and how the server starts and stops."""

import html
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from db.folder import DataFolder
from db.lookups import read_lookup, read_lookups
from db.public_copy import Contents, build
from db.store import Store
from pipelines.first_run import begin
from pipelines.serve import address, free_port, serve, serve_public
from pipelines.serving_config import DATASETTE_CONFIG, OF_SQLITE, write_config
from tests.pages_client import Pages
from tests.pages_store import CAMPAIGN, build_store
from tracker.problems import IncompleteRun, StorageProblem, UsageProblem

REPOSITORY = Path(__file__).resolve().parents[1]
LOOKUPS = DATASETTE_CONFIG / "lookups"
STARTER = """
import sys
from pathlib import Path
from db.folder import DataFolder
from pipelines.serve import serve
from tests.pages_store import CAMPAIGN
sys.exit(serve(CAMPAIGN, DataFolder(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), port_given=False))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = build_store(tmp_path_factory.mktemp("serve") / "data", posts=30)
    with sqlite3.connect(made.tracker) as db:
        db.execute("insert into post_questions(post_id, question, score, decided_by) values (1, 'q0', 1, 'person')")
        db.execute("insert into figures values ('most_reposted', 'x|10001', 3)")
        db.execute("insert into phrase_figures values ('outsourcing', 'outsourcing', 9, 0, 0, '[]', 0)")
    return made


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


# ---- what Datasette is told ------------------------------------------------------------------------------------------


def test_the_config_describes_each_table_and_column_of_the_store(data: DataFolder) -> None:
    written = json.loads(write_config(CAMPAIGN, data).read_text(encoding="utf-8"))
    tables = written["databases"]["tracker"]["tables"]
    with sqlite3.connect(data.tracker) as db:
        for table, about in tables.items():
            assert about["description"]
            if table in OF_SQLITE:
                assert about["allow"] is False
                continue
            assert list(about["columns"]) == [row[1] for row in db.execute(f'pragma table_info("{table}")')]
            for column in (about.get("sort_desc"), about.get("label_column"), *about.get("facets", [])):
                assert column is None or column in about["columns"], f"{table}.{column}"
    assert tables["_sqlite_migrations"]["hidden"] and "hidden" not in tables["posts"]


def test_facets_stand_only_on_indexed_columns(data: DataFolder) -> None:
    tables = json.loads(write_config(CAMPAIGN, data).read_text(encoding="utf-8"))["databases"]["tracker"]["tables"]
    with sqlite3.connect(data.tracker) as db:
        for table, about in tables.items():
            for column in about.get("facets", []):
                plan = str(db.execute(f'explain query plan select "{column}", count(*) from "{table}" group by 1').fetchall())
                assert "INDEX" in plan and "TEMP B-TREE" not in plan, plan


def test_every_lookup_runs_and_gives_rows(pages: Pages, data: DataFolder) -> None:
    lookups = read_lookups(LOOKUPS)
    assert len(lookups) >= 6
    for lookup in lookups:
        answer = pages.get(f"/tracker/{lookup.name}.json?_shape=array&post_number=1")
        assert answer.status_code == 200, answer.text
        assert answer.json(), f"{lookup.name} gave no row"
        assert lookup.title in pages.text("/data").replace("&amp;", "&")


def test_no_lookup_goes_through_all_posts(db: sqlite3.Connection) -> None:
    for lookup in read_lookups(LOOKUPS):
        posts = {"posts", *re.findall(r"\bposts as (\w+)", lookup.sql)}
        plan = db.execute(f"explain query plan {lookup.sql}", dict.fromkeys(re.findall(r":(\w+)", lookup.sql), ""))
        gone_through = [step for *_, step in plan if step.startswith("SCAN ") and step.split()[1] in posts]
        assert [step for step in gone_through if "posts_ours" not in step] == [], f"{lookup.name}: {gone_through}"


def test_an_unfinished_lookup_is_refused(tmp_path: Path) -> None:
    unfinished = tmp_path / "some.sql"
    unfinished.write_text("-- title: Some\nselect 1;\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.sql must begin with"):
        read_lookup(unfinished)


# ---- Datasette's own pages -------------------------------------------------------------------------------------------


def test_only_the_private_store_is_served(pages: Pages) -> None:
    assert list(pages.get("/.json").json()) == ["tracker"]
    for path in ("/-/databases.json", "/-/metadata.json", "/-/plugins", "/-/threads.json"):
        assert pages.get(path).status_code == 403, "they tell where files lie"
    for table in OF_SQLITE:
        assert {pages.get(f"/tracker/{table}{form}").status_code for form in ("", ".json")} <= {403, 404}
    assert pages.get("/tracker.db").status_code == 403


def test_internal_tables_are_not_listed(pages: Pages) -> None:
    listed = {table["name"] for table in pages.get("/tracker.json").json()["tables"] if not table["hidden"]}
    assert "posts" in listed
    assert not [name for name in listed if name.startswith(("_", "sqlite_", "posts_fts"))]


def test_a_row_has_no_way_to_a_table_that_is_closed(pages: Pages) -> None:
    page = pages.text("/tracker/public_subjects/1")
    ways = [html.unescape(way) for way in re.findall(r'href="(/tracker/[^"]+=1)"', page)]
    assert ways and {pages.get(way).status_code for way in ways} == {200}, "one was to a page that nobody may see"


def test_a_table_can_be_searched_and_is_described(pages: Pages) -> None:
    page = pages.text("/tracker/posts?_search=hospital")
    assert "The whole text as plain text" in page
    assert '<html lang="en-GB">' in page and 'id="main"' in page


def test_every_answer_carries_our_headers(pages: Pages) -> None:
    for path in ("/", "/nowhere", "/tracker", "/tracker/posts", "/static/site.css", "/-/versions.json"):
        headers = pages.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy, path
        assert "'unsafe-inline'" not in policy.split("script-src")[-1].split(";")[0], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert "unsafe-inline" not in pages.get("/").headers["content-security-policy"]


def test_no_page_asks_another_host_for_anything(pages: Pages) -> None:
    for path in ("/", "/posts", "/data", "/tracker", "/tracker/posts", "/tracker/most-shared-links"):
        loaded = re.findall(r'<(?:script|img|iframe|link)[^>]+(?:src|href)="([^"]+)"', pages.text(path))
        assert loaded
        assert not [found for found in loaded if not found.startswith("/") and "localhost" not in found], path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8001", "", "localhost.evil:1", "[::1"])
def test_a_name_that_was_made_to_point_here_gets_nothing(pages: Pages, host: str) -> None:
    answer = pages.get("/posts", headers={"host": host})
    assert answer.status_code == 421
    assert "outsourcing" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8001", "[::1]:8001"])
def test_this_machine_is_answered_by_each_of_its_names(pages: Pages, host: str) -> None:
    assert pages.get("/posts", headers={"host": host}).status_code == 200


# ---- starting and stopping -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", ""])
def test_no_other_host_than_this_machine(data: DataFolder, host: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be served") as refused:
        serve(CAMPAIGN, data, host=host, port=8001, port_given=False)
    assert refused.value.exit_code == 2
    assert "accounts" in refused.value.next_step


def test_a_new_store_leads_to_a_first_debate(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    begin(CAMPAIGN, data, now="2026-11-09T03:00:00Z")
    assert data.tracker.stat().st_mode & 0o077 == 0
    page = Pages(data).text("/")
    assert "Three steps to a first debate" in page and "#inventeddebate" in page and 'href="/add"' in page
    data.raw.touch()
    data.tracker.unlink()
    with pytest.raises(StorageProblem, match=r"raw\.db is there"):
        begin(CAMPAIGN, data, now="2026-11-09T03:00:00Z")


def test_a_port_that_was_asked_for_is_never_replaced(taken: int) -> None:
    with pytest.raises(UsageProblem, match=f"Port {taken} on 127.0.0.1 is taken"):
        free_port("127.0.0.1", taken, port_given=True)
    assert free_port("127.0.0.1", taken, port_given=False) > taken
    assert address("::1", 8001) == "http://[::1]:8001/"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_server_prints_its_address_answers_and_stops(data: DataFolder, taken: int, number: int, code: int) -> None:
    command = [sys.executable, "-c", STARTER, str(data.root), str(taken)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found is not None, said
        assert int(found[1]) != taken
        home = requests.get(found[0], timeout=30)
        assert home.status_code == 200 and "What is said" in home.text
        os.kill(server.pid, number)
        assert server.wait(30) == code
    with pytest.raises(requests.ConnectionError):
        requests.get(found[0], timeout=5)
    assert (data.root / "datasette" / "serve.log").read_text(encoding="utf-8")


def test_a_served_demo_says_so_and_a_newcomer_is_led_to_the_inbox(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").create()
    Store.open(folder).close()
    (folder.root / "demo.json").write_text('{"now": "2026-11-09T00:00:00Z"}', encoding="utf-8")
    command = [sys.executable, "-c", STARTER, str(folder.root), "8450"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        assert found is not None
        home = requests.get(found[0], timeout=30).text
        os.kill(server.pid, signal.SIGTERM)
    assert "everything here is invented" in home and "9 November 2026, 00:00" in home
    assert f"into the folder <code>{folder.inbox.resolve()}</code>" in home
    assert 'name="q"' not in home, "there is nothing to search yet"


def test_serving_loads_no_spacy() -> None:
    script = "import sys, pipelines.serve; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY).returncode == 0


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").create()
    folder.tracker.write_bytes(b"this is not a store" * 100)
    with pytest.raises(StorageProblem, match="is damaged"):
        serve(CAMPAIGN, folder, host="127.0.0.1", port=8400, port_given=False)


def test_pages_that_stop_by_themselves_are_told_with_what_they_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data").create()
    build(folder.public, Contents(about={"state": "published"}))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    with pytest.raises(IncompleteRun, match="stopped by themselves"):
        serve_public(CAMPAIGN, folder, host="127.0.0.1", port=8400, port_given=False)


def test_a_store_of_an_earlier_version_is_not_shown(tmp_path: Path) -> None:
    older = build_store(tmp_path)
    with sqlite3.connect(older.tracker) as db:
        db.execute("delete from _sqlite_migrations where name = (select max(name) from _sqlite_migrations)")
    with pytest.raises(UsageProblem, match="made by an earlier version"):
        serve(CAMPAIGN, older, host="127.0.0.1", port=0, port_given=False)
