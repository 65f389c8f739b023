"""What hostile input, addresses and machines could do (docs/security.md): the trials that belong to no room alone, and that the
table of all of them is true."""

import ast
import asyncio
import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.folder import DataFolder
from tests import audit, invented
from tests.collecting_desk import collecting_desk
from tests.conftest import REPOSITORY
from tests.fake_platform.talking import Platform, platform
from tests.fuzz.pages import ask, machine_paths, requests
from tests.pages_client import Pages
from tests.pages_store import build_store
from tracker.campaign import read_campaign
from tracker.matching import Matcher
from tracker.records import Post
from tracker.spreadsheets import Stream, harmless, harmless_row
from tracker.themes.pipeline import words_pipeline
from tracker.themes.wording import readable

TABLE = REPOSITORY / "docs" / "security.md"
TRIAL = re.compile(r"`(tests/\w+(?:/\w+)*\.py)(?:::(test_\w+))?`")
FUZZED = 300
CANARIES = {
    "MASTODON_TOKEN": "canary-mastodon-1b7c",
    "BLUESKY_APP_PASSWORD": "canary-bluesky-9d2e",
    "X_BEARER_TOKEN": "canary-x-4f6a",
    "DATASETTE_SECRET": "canary-datasette-8c3d",
}


def test_every_trial_that_the_table_names_is_there() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert {f"S{number}" for number in range(1, 13)} <= set(re.findall(r"\bS\d+\b", text))
    named = TRIAL.findall(text)
    assert len(named) > 30
    for file, test in named:
        source = (REPOSITORY / file).read_text(encoding="utf-8")
        names = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
        assert not test or test in names, f"{file} has no {test}"


# ---- S2: addresses -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(build_store(tmp_path_factory.mktemp("security") / "data", posts=40))


def test_no_address_breaks_a_page_or_says_where_files_lie(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = machine_paths(tmp_path_factory.getbasetemp())
    listed = (one for one in requests(FUZZED * 2, seed=4) if not (one[0] == "POST" and one[1].startswith("/forget")))
    figure = asyncio.run(ask("staff", pages.datasette, listed, secret))
    assert figure.failures == []
    assert figure.asked > FUZZED and figure.statuses[200] > 20


def test_staff_sql_only_reads_and_only_the_one_store(pages: Pages) -> None:
    refused = (
        *(
            "delete from posts",
            "insert into audit(at, actor, action, subject) values (1, 2, 3, 4)",
            "pragma journal_mode = delete",
        ),
        *("attach database '/etc/passwd' as x", "select load_extension('x')", "vacuum into '/tmp/x.db'", "select 1; select 2"),
        *("pragma writable_schema = 1", "drop table posts", "select writefile('/tmp/x', 'y')", "select readfile('/etc/passwd')"),
    )
    for sql in refused:
        assert pages.get("/tracker.json", params={"sql": sql}).status_code in (400, 403), sql
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    began = time.monotonic()
    assert pages.get("/tracker.json", params={"sql": endless}).status_code == 400
    assert time.monotonic() - began < 10
    huge = pages.get("/tracker.json", params={"sql": "select length(randomblob(30000000))"})
    assert (huge.status_code, huge.json()["error"]) == (400, "string or blob too big")


@pytest.mark.parametrize(
    "sql",
    [
        *("select * from pragma_database_list", 'select "FILE" from "Pragma_Database_List"()', "select fts3_tokenizer('simple')"),
        *("with a as (select file as b from pragma_database_list) select hex(b) from a", "select FTS3_Tokenizer('porter')"),
    ],
)
def test_sql_does_not_say_where_the_store_lies(pages: Pages, sql: str) -> None:
    """/-/databases, which names the file, is closed for the same reason."""
    refused = pages.get("/tracker.json", params={"sql": sql})
    assert refused.status_code == 400 and "tracker.db" not in refused.text
    assert pages.get("/tracker", params={"sql": sql}).status_code == 400
    assert pages.get("/tracker.json", params={"sql": "select name from pragma_table_info('posts')"}).status_code == 200
    assert pages.get("/tracker").status_code == 200


MANY = "with recursive n(x) as (select 1 union all select x + 1 from n limit 12) select hex(zeroblob(8000000)) from n"


@pytest.mark.parametrize(
    ("sql", "why"), [(MANY, "larger than 100 MB"), (f"select {', '.join(['zeroblob(19000000)'] * 30)}", "memory")]
)
def test_many_large_values_are_refused_before_they_fill_the_memory(pages: Pages, sql: str, why: str) -> None:
    refused = pages.get("/tracker.json", params={"sql": sql})
    assert refused.status_code == 400 and why in refused.json()["error"]
    shown = pages.get("/tracker", params={"sql": sql})
    assert shown.status_code == 400 and why in shown.text
    fewer = pages.get("/tracker.json", params={"sql": MANY.replace("limit 12", "limit 3"), "_shape": "array"})
    assert [len(one) for (one,) in map(dict.values, fewer.json())] == [16_000_000] * 3


def test_what_took_too_long_is_told_in_words_where_json_was_asked_for(pages: Pages) -> None:
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    told = pages.get("/tracker.json", params={"sql": endless}).json()["error"]
    assert told == "That query took too long and was stopped: ask for less at once."


def test_what_was_searched_for_is_in_no_log(pages: Pages, capfd: pytest.CaptureFixture[str]) -> None:
    for path in ('/tracker/posts?_searchmode=raw&_search="Jane', "/tracker.json?sql=select+Jane+from+posts", "/posts?q=%22Jane"):
        pages.get(path)
    assert "Jane" not in "".join(capfd.readouterr())


# ---- S4: spreadsheets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "taken_away"),
    [
        *((cell, f"'{cell}") for cell in ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1", "-", "+44 20")),
        *((cell, cell) for cell in ("", "-5", "+1.5e3", "-.5", "a=b", "'a", "über", "2026-10-01")),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str, taken_away: str) -> None:
    assert harmless(cell) == taken_away


def test_a_stream_of_rows_is_guarded_wherever_it_is_cut() -> None:
    rows = [["id", "text"], ["1", '=HYPERLINK("x","y")'], ["2", "two\nlines, and\n=not a cell"], ["3", "ü🦄"], ["4", ""]]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    whole = out.getvalue().encode()
    for size in (1, 2, 3, 7, len(whole)):
        guard = Stream(harmless_row)
        pieces = [guard.feed(whole[at : at + size], last=False) for at in range(0, len(whole), size)]
        read = list(csv.reader(io.StringIO((b"".join(pieces) + guard.feed(b"", last=True)).decode(), newline="")))
        assert read == [rows[0], ["1", "'" + rows[1][1]], *rows[2:]]


def test_a_table_taken_away_runs_nothing(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=5)
    db = sqlite3.connect(data.tracker)
    db.execute("update posts set text = '=cmd|'' /C calc''!A0' where id = 1")
    db.commit()
    db.close()
    shown = Pages(data)
    for path in ("/tracker/posts.csv?_stream=on", "/tracker/posts.csv?_size=max", "/tracker.csv?sql=select+text+from+posts"):
        answer = shown.get(path)
        assert answer.status_code == 200
        cells = [cell for row in csv.reader(io.StringIO(answer.text, newline="")) for cell in row]
        assert "'=cmd|' /C calc'!A0" in cells and not [cell for cell in cells if cell.startswith("=")]


# ---- S8: secrets ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Platform]:
    with platform() as made:
        yield made


def test_no_credential_is_in_a_log_a_store_a_page_or_the_list_of_processes(tmp_path: Path, server: Platform) -> None:
    server.publish(5)
    server.fault("slow", seconds=0.3, count=4)
    x = f'[sources.x]\nbase = "{server.base}"\n[sources.bluesky]\nhost = "{server.base}"\n'
    desk = collecting_desk(tmp_path, server, more=x)
    told = {**os.environ, **CANARIES, "BLUESKY_HANDLE": "buses.example"}
    argv = desk.argv("collect", "-v", "--log-json", desk.files / "log.json")
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told, cwd=REPOSITORY)
    lines = set()
    while process.poll() is None:
        lines.add(Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
        time.sleep(0.2)
    out, err = process.communicate()
    assert any("collect" in line for line in lines)
    assert any(CANARIES["MASTODON_TOKEN"] in json.dumps(request) for request in server.asked()), "it was used"
    places = {"stdout": out, "stderr": err, "processes": " ".join(lines), "log": (desk.files / "log.json").read_text()}
    shown = Pages(DataFolder(desk.data))
    for path in ("/", "/missing", "/data", "/sources", "/tracker/coverage.json", "/tracker/runs.json", "/-/settings.json"):
        places[path] = shown.get(path).text
    for file in desk.data.rglob("*"):
        if file.is_file():
            places[file.name] = file.read_bytes().decode("utf-8", "replace")
    found = [f"{name} in {place}" for place, text in places.items() for name, canary in CANARIES.items() if canary in text]
    assert found == []


# ---- S9: what it is built from -------------------------------------------------------------------------------------------------


def test_every_lock_pins_each_requirement_with_its_hash() -> None:
    locks = sorted(REPOSITORY.glob("requirements*.lock"))
    assert len(locks) >= 4
    assert [fault for lock in locks for fault in audit.faults_of_lock(lock.read_text())] == []
    loose = "a==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\nb>=2\nc==3 \\\n-e .\n--index-url https://elsewhere.example\n"
    assert len(list(audit.faults_of_lock(loose))) == 4


def test_an_audit_that_could_look_nothing_up_fails_and_says_so() -> None:
    clean = {"name": "a", "version": "1", "vulns": []}
    unknown = {"name": "b", "skip_reason": "Dependency not found on PyPI"}
    known = {"name": "c", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
    assert audit.verdict({"dependencies": [clean]})[1] == 0
    for packages, said in (([], "Nothing"), ([unknown], "Nothing"), ([clean, unknown], "1 packages could"), ([known], "PYSEC-1")):
        told, code = audit.verdict({"dependencies": packages})
        assert code == 1 and said in " ".join(told)


def test_nothing_is_loaded_that_could_run() -> None:
    """No YAML but the safe kind, nothing pickled but between our own processes, no text that is evaluated, no shell."""
    never = ("eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "shelve.open", "extractall")
    between_our_own = ("pickle.load", "pickle.loads", "marshal.load", "marshal.loads")
    for path in (
        path for room in ("tracker", "pipelines", "db", "datasette_config") for path in (REPOSITORY / room).rglob("*.py")
    ):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        called = {ast.unparse(node.func) for node in calls}
        assert not {name for name in called if name in never or name.endswith(".extractall")}, path
        assert path.name in ("reading_apart.py", "handing_over.py") or not called & set(between_our_own), path
        assert not [node for node in calls for word in node.keywords if word.arg == "shell"], path


# ---- S11: words of a campaign --------------------------------------------------------------------------------------------------


def test_words_of_a_campaign_are_never_patterns_and_take_linear_time(tmp_path: Path) -> None:
    hostile = [r"(\w+\s?)*cut$", "(a+)+b", ".*.*.*x", "[x", "a" * 99, " ".join(["cut"] * 24)]
    text = invented.CAMPAIGN.replace(
        'hashtags = ["SaveOurBuses"]', f'hashtags = ["SaveOurBuses"]\nphrases = {json.dumps(hostile)}'
    )
    folder = invented.campaign_folder(tmp_path, text)
    (folder / "themes" / "hostile.toml").write_text(f'name = "H"\nmeaning = "m"\nphrases = {json.dumps(hostile[:4])}\n')
    campaign = read_campaign(folder)
    assert campaign.phrases
    matcher, reads = Matcher(campaign), words_pipeline(campaign)
    rules = reads.add_pipe("theme_rules")
    rules.set_phrases({theme.slug: {"phrases": list(theme.phrases), "not_when": []} for theme in campaign.themes})  # type: ignore[attr-defined]

    def seconds(length: int) -> float:
        words = [sign * length for sign in ("a", "cut ", "aaaa ", "(", "#", "@a", "x.", "ab")]
        began = time.process_time()
        for number, one in enumerate(words):
            matcher.reasons(Post("x", str(number), one[:length], "2026-10-01T00:00:00Z"))
            reads(readable(one[:length]))
        return time.process_time() - began

    seconds(2000)
    short, long = (min(seconds(length) for _ in range(4)) for length in (5_000, 40_000))  # the least: some collect rubbish
    assert long < 25 * max(short, 0.02), f"eight times the text took {long / short:.0f} times as long"
