"""Signing in to the staff pages: nothing is open without, wrong passwords wait, and labels are for leads alone."""

import asyncio
import json
import math
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.accounts import LABELS, Account, digest_of, is_right, read_accounts, write_accounts
from db.dictionary import store_words
from db.folder import DataFolder
from db.lookups import read_lookups
from pipelines.accounts import SigningIn, add_account, how_people_sign_in, list_accounts, remove_account, secret_of
from pipelines.serve import refuse_open_host
from pipelines.serving_config import DATASETTE_CONFIG, write_config
from tests.coding_client import Form
from tests.pages_client import datasette_on
from tests.pages_store import CAMPAIGN, build_store
from tracker.pace import FREE, LONGEST_WAIT, Throttle
from tracker.problems import StorageProblem, UsageProblem

NOW = "2026-11-10T08:00:00Z"
LEAD, CODER, RESEARCHER = "four plain lead words", "four plain coder words", "four plain research words"
HEADER = {"x-forwarded-user": "ann"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = build_store(tmp_path_factory.mktemp("accounts") / "data", posts=30)
    with closing(sqlite3.connect(made.tracker)) as db, db:
        db.execute(
            "insert into post_verdicts(post_id, relevant, asks_us, coders, adjudicated, via) values (1, 1, 0, 2, 0, 'read')"
        )
        db.execute("delete from post_themes where post_id = 1")
        db.execute("insert into post_themes(post_id, theme, score, decided_by) values (1, 'health', 1, 'person')")
    quick = {"lena": (LEAD, True, False), "carl": (CODER, False, False), "rosa": (RESEARCHER, False, True)}
    write_accounts(made.accounts, {n: Account(n, digest_of(p, rounds=1000), *marks) for n, (p, *marks) in quick.items()})
    return made


class Staff:
    """The staff pages as `serve` sets them up, asked by someone with cookies of their own."""

    def __init__(self, data: DataFolder, how: SigningIn) -> None:
        self._datasette = datasette_on(
            data.tracker,
            json.loads(write_config(CAMPAIGN, data, signing_in=how).read_text(encoding="utf-8")),
            secret=secret_of(data),
        )
        self.cookies: dict[str, str] = {}
        self.app = self._datasette.app
        asyncio.run(self._datasette.invoke_startup())

    def ask(self, path: str, *, method: str = "GET", **options: Any) -> Any:
        async def ask() -> Any:
            return await self._datasette.client.request(method, path, cookies=self.cookies, **options)

        answer = asyncio.run(ask())
        self.cookies |= dict(answer.cookies)
        return answer

    def lose_session(self) -> None:
        """Forget that anybody signed in, and nothing else."""
        self.cookies = {name: value for name, value in self.cookies.items() if not name.startswith("staff")}

    def sign_in(self, name: str, password: str) -> Any:
        token = re.search(r'name="csrftoken" value="([^"]+)"', self.ask("/-/login").text)
        assert token is not None
        sent = {"username": name, "password": password, "csrftoken": token[1]}
        return self.ask("/-/login", method="POST", data=sent)


@pytest.fixture
def staff(data: DataFolder) -> Staff:
    return Staff(data, how_people_sign_in(data))


@pytest.fixture(autouse=True)
def nobody_is_waiting() -> Iterator[None]:
    yield
    import gc

    for throttle in [found for found in gc.get_objects() if type(found).__name__ == "Throttle"]:
        throttle._wrong.clear()


def test_nothing_is_seen_before_signing_in(staff: Staff) -> None:
    for path in ("/", "/posts", "/post/1", "/tracker", "/tracker/posts", "/coding", "/data", "/-/versions.json"):
        answer = staff.ask(path, headers={"host": "debate.example.org"})
        assert answer.status_code in (302, 403) and "outsourcing" not in answer.text, path
    for path in ("/tracker/posts.json", "/tracker.json?sql=select+1", "/-/metadata.json", "/tracker/posts.csv"):
        assert staff.ask(path).status_code == 403
    assert staff.ask("/", headers={"authorization": "Basic not-base64"}).status_code in (302, 403)
    assert staff.ask("/", headers={"cookie": "staff=forged"}).status_code in (302, 403)
    assert staff.ask("/static/site.css").status_code == staff.ask("/-/login").status_code == 200


def test_a_lead_sees_labels_and_sql_and_another_does_not(staff: Staff, data: DataFolder) -> None:
    assert staff.sign_in("lena", LEAD).status_code == 302
    assert staff.ask("/", headers={"host": "debate.example.org"}).status_code == 200
    for table in LABELS:
        assert staff.ask(f"/tracker/{table}").status_code == 200, table
    assert staff.ask("/tracker.json?sql=select+1").status_code == 200 and staff.ask("/coding/lead").status_code == 200
    coder = Staff(data, how_people_sign_in(data))
    assert coder.sign_in("carl", CODER).status_code == 302
    assert coder.ask("/posts").status_code == coder.ask("/coding").status_code == coder.ask("/tracker/posts").status_code == 200
    for table in LABELS:
        for path in (f"/tracker/{table}", f"/tracker/{table.upper()}", f"/tracker/{table}.json", f"/tracker/{table}.csv"):
            assert coder.ask(path).status_code in (403, 404), path
    for path in ("/tracker.json?sql=select+*+from+post_verdicts", "/tracker/posts?_where=1", "/coding/lead"):
        assert coder.ask(path).status_code in (403, 404, 400), path
    assert "read this post" in staff.ask("/post/1").text and "by a person" in staff.ask("/post/1").text
    assert "read this post" not in coder.ask("/post/1").text and "by a person" not in coder.ask("/post/1").text
    assert 'href="/coding/lead"' in staff.ask("/coding").text and 'href="/coding/lead"' not in coder.ask("/coding").text
    assert "carl" in coder.ask("/posts").text and "Sign out" in coder.ask("/posts").text


SAYS = {"theme", "question", "score", "outcome", "relevant", "asks", "how", "doubt"}
"""Columns in which stands what the program or people make of a post."""


def test_no_table_tells_a_coder_what_the_program_or_people_make_of_a_post(staff: Staff, data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        named = "select tables.name, columns.name from sqlite_master as tables, pragma_table_info(tables.name) as columns"
        columns: dict[str, set[str]] = {}
        for table, column in db.execute(f"{named} where tables.type in ('table', 'view')"):
            columns.setdefault(table, set()).add(column)
    telling = {table for table, its in columns.items() if "post_id" in its and its & SAYS}
    assert {"sample_scores", "post_readings", "asking_posts", "post_themes"} <= telling
    staff.sign_in("carl", CODER)
    asked = [f"/tracker/{table}{form}" for table in telling for form in ("", ".json?_shape=array", ".csv")]
    assert {path for path in (*asked, "/tracker/post_readings/1") if staff.ask(path).status_code == 200} == set()
    row = staff.ask("/tracker/posts/1")
    assert row.status_code == 200 and not [table for table in telling if table in row.text], (
        "nor how many rows each has of a post"
    )
    for counted in ("_extras=foreign_key_tables", "%5Fextras=foreign_key_tables"):
        assert staff.ask(f"/tracker/posts/1.json?{counted}").status_code == 403
    staff.sign_in("rosa", RESEARCHER)
    assert "post_verdicts" in staff.ask("/tracker/posts/1").text
    assert "post_verdicts" in staff.ask("/tracker/posts/1.json?_extras=foreign_key_tables").text


def test_a_researcher_asks_in_sql_and_leads_nobody(staff: Staff) -> None:
    assert staff.sign_in("rosa", RESEARCHER).status_code == 302
    asked = staff.ask("/tracker.json?_shape=array&sql=select+count(*)+as+n+from+post_verdicts")
    assert asked.status_code == 200 and asked.json() == [{"n": 1}]
    assert staff.ask("/tracker/answers-to-the-papers-questions").status_code == 200
    assert staff.ask("/coding/lead").status_code == staff.ask("/forget").status_code == 403
    assert "Show the SQL" in staff.ask("/tracker/busiest-days").text and "ask their own questions" in staff.ask("/data").text


def test_comms_staff_have_the_ready_made_questions_without_sql(staff: Staff) -> None:
    staff.sign_in("carl", CODER)
    page = staff.ask("/data").text
    offered = set(re.findall(r'href="(/tracker/[a-z0-9_-]+)"', page))
    lookups = {f"/tracker/{one.name}" for one in read_lookups(DATASETTE_CONFIG / "lookups")}
    closed = {"answers-to-the-papers-questions", "busiest-days", "phrases-and-what-they-find", "posts-by-day"}
    assert lookups - offered == {f"/tracker/{one}" for one in closed}, "these say what people decided of a post, or of few"
    assert not {f"/tracker/{table}" for table in LABELS} & offered and "for researchers" in page
    for path in sorted(offered):
        shown = staff.ask(path)
        assert shown.status_code == 200 and "Show the SQL" not in shown.text, path
    assert "<textarea" not in staff.ask("/tracker").text


def test_the_tables_of_labels_are_tables() -> None:
    assert {table.name for table in store_words("tracker").tables} >= LABELS


def test_an_account_that_is_taken_away_or_gets_another_password_is_signed_out(data: DataFolder, staff: Staff) -> None:
    add_account(data, "dora", "another four words", lead=False, now=NOW)
    assert staff.sign_in("dora", "another four words").status_code == 302 and staff.ask("/posts").status_code == 200
    add_account(data, "dora", "yet another four words", lead=False, now=NOW)
    assert staff.ask("/posts").status_code == 302
    staff.sign_in("dora", "yet another four words")
    assert staff.ask("/posts").status_code == 200
    remove_account(data, "dora", now=NOW)
    assert staff.ask("/posts").status_code == 302


FORMS = (
    *(
        "/add",
        "/add/import",
        "/asked/1",
        "/coding/name",
        "/coding/post",
        "/coding/undo",
        "/coding/lead",
        "/coding/settle",
        "/coding/settle/undo",
    ),
    *("/forget", "/accounts", "/quotes/1", "/-/login", "/-/logout"),
)


def test_no_form_takes_what_another_site_sent(staff: Staff, data: DataFolder) -> None:
    """Each with a session and without the token of the page. A plugin that takes forms and is not named here needs a path."""
    taken = {line.split('"')[1] for line in _lines_that_take_forms()}
    assert taken <= {
        "accounts",
        "adding",
        "asked",
        "coding",
        "coding_lead",
        "coding_settle",
        "forgetting",
        "public_roles",
        "quotes",
    }, taken
    staff.sign_in("lena", LEAD)
    before = [path.read_bytes() for path in (data.tracker, data.accounts)]
    for path in FORMS:
        for headers in ({}, {"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
            answer = staff.ask(path, method="POST", data={"who": "x:writer1", "answer": "yes", "name": "eve"}, headers=headers)
            assert answer.status_code == 403, (path, headers, answer.status_code)
    assert staff.ask("/posts").status_code == 200, "still signed in"
    assert [path.read_bytes() for path in (data.tracker, data.accounts)] == before


def _lines_that_take_forms() -> Iterator[str]:
    for path in (DATASETTE_CONFIG / "plugins").glob("*.py"):
        if re.search(r'request\.method (?:==|!=) "POST"', path.read_text(encoding="utf-8")) and path.stem != "errors":
            yield f'"{path.stem}"'


def test_what_is_for_leads_is_closed_to_others(data: DataFolder) -> None:
    coder = Staff(data, how_people_sign_in(data))
    coder.sign_in("carl", CODER)
    closed = ("/forget", "/coding/lead", "/coding/settle", "/coding/labels.jsonl", "/coding/validation.csv")
    assert {path: coder.ask(path).status_code for path in closed} == dict.fromkeys(closed, 403)


def test_wrong_passwords_have_to_wait(staff: Staff) -> None:
    codes = [staff.sign_in("lena", f"wrong {number}").status_code for number in range(FREE["address"] + 2)]
    assert codes[: FREE["address"]] == [403] * FREE["address"] and codes[-1] == 429
    answer = staff.sign_in("lena", LEAD)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1, "not even the right one is looked at"


def at_once(staff: Staff, sent: list[tuple[str, str, str]]) -> list[Any]:
    """The answers to sign-ins (address, name, password) that are all sent before the first is answered."""
    page = staff.ask("/-/login")
    token = dict(Form(page.text, "/-/login").fields)["csrftoken"]
    cookies = {**staff.cookies}

    async def send(address: str, name: str, password: str) -> Any:
        way = httpx.ASGITransport(app=staff.app(), client=(address, 1))
        async with httpx.AsyncClient(transport=way, base_url="http://localhost", cookies=cookies) as client:
            data = {"username": name, "password": password, "csrftoken": token}
            return await client.post("/-/login", data=data)

    async def all_of_them() -> list[Any]:
        return list(await asyncio.gather(*(send(*one) for one in sent)))

    return asyncio.run(all_of_them())


def test_right_passwords_that_are_sent_at_once_are_no_wrong_ones(staff: Staff) -> None:
    """An office behind one address begins its day; so does somebody in twenty-five browsers."""
    people = [("carl", CODER), ("rosa", RESEARCHER), ("lena", LEAD)]
    answers = at_once(staff, [("192.0.2.7", *people[number % 3]) for number in range(12)])
    assert [one.status_code for one in answers] == [302] * 12 and all("staff" in " ".join(one.cookies) for one in answers)
    answers = at_once(staff, [(f"192.0.2.{number}", "carl", CODER) for number in range(25)])
    assert [one.status_code for one in answers] == [302] * 25


def looked_at(answers: list[Any], free: int, seconds: float) -> bool:
    """Whether no more guesses were looked at than are free, and one for each wait (1, 2, 4 seconds ...) that may have passed on a
    busy machine; the others have to wait."""
    codes = [one.status_code for one in answers]
    return free <= codes.count(403) <= free + int(math.log2(1 + seconds)) and codes.count(403) + codes.count(429) == len(codes)


def test_guesses_that_are_sent_at_once_are_no_more_than_those_one_by_one(staff: Staff) -> None:
    began = time.monotonic()
    answers = at_once(staff, [("192.0.2.8", f"name {number}", "a guess") for number in range(30)])
    assert looked_at(answers, FREE["address"], time.monotonic() - began)
    waiting = "too many wrong passwords for that name, or from where you are. Try again in "
    assert any(waiting in one.text for one in answers)
    began = time.monotonic()
    answers = at_once(staff, [(f"198.51.100.{number}", "lena", f"guess {number}") for number in range(30)])
    assert looked_at(answers, FREE["account"], time.monotonic() - began)
    assert at_once(staff, [("203.0.113.1", "carl", CODER)])[0].status_code == 302


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_a_right_password_ends_it() -> None:
    throttle, keys = Throttle(), {"address": "192.0.2.1", "account": "lena"}
    for _ in range(FREE["address"]):
        assert throttle.seconds_to_wait(keys, 0.0) == 0
        throttle.note(keys, 0.0, right=False)
    waits = []
    for _ in range(14):
        waits.append(throttle.seconds_to_wait(keys, 0.0))
        throttle.note(keys, 0.0, right=False)
    assert waits[:4] == [1, 2, 4, 8] and waits[-1] == LONGEST_WAIT
    assert throttle.seconds_to_wait({**keys, "address": "198.51.100.1"}, 0.0) == 0, "someone else is not locked out yet"
    throttle.note(keys, 0.0, right=True)
    assert throttle.seconds_to_wait(keys, 0.0) == 0


def test_a_proxy_on_this_machine_may_say_who_is_asking(data: DataFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEBATE_TRACKER_USER_HEADER", "X-Forwarded-User")
    monkeypatch.setenv("DEBATE_TRACKER_LEADS", "lena, ann")
    monkeypatch.setenv("DEBATE_TRACKER_RESEARCHERS", "rosa")
    how = how_people_sign_in(DataFolder(tmp_path))
    assert (how.accounts, how.header, how.leads) == (False, "X-Forwarded-User", ("lena", "ann"))
    pages = Staff(data, how)
    assert pages.ask("/posts").status_code == 403
    assert pages.ask("/posts", headers=HEADER).status_code == pages.ask("/coding/lead", headers=HEADER).status_code == 200
    assert pages.ask("/tracker/post_verdicts", headers={"x-forwarded-user": "bob"}).status_code == 403
    assert pages.ask("/tracker/post_verdicts", headers={"x-forwarded-user": "rosa"}).status_code == 200
    elsewhere = {**HEADER, "host": "debate.example.org"}
    assert pages.ask("/posts", headers=elsewhere).status_code == 403, "a name that was made to point here is not the proxy"
    monkeypatch.setenv("DEBATE_TRACKER_HOSTS", "Debate.example.org")
    assert Staff(data, how_people_sign_in(DataFolder(tmp_path))).ask("/posts", headers=elsewhere).status_code == 200
    with pytest.raises(UsageProblem, match="cannot be served"):
        refuse_open_host("0.0.0.0", how)
    monkeypatch.setenv("DEBATE_TRACKER_USER_HEADER", "no header")
    with pytest.raises(UsageProblem, match="no name of a header"):
        how_people_sign_in(data)


def test_another_address_needs_accounts(data: DataFolder) -> None:
    refuse_open_host("0.0.0.0", how_people_sign_in(data))
    with pytest.raises(UsageProblem, match="cannot be served") as refused:
        refuse_open_host("0.0.0.0", SigningIn())
    assert "account add" in refused.value.next_step


def test_accounts_are_kept_for_the_owner_alone_and_never_as_passwords(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    assert "lead" in add_account(folder, "ann", "some four long words", lead=True, now=NOW)
    assert folder.accounts.stat().st_mode & 0o077 == 0 and b"some four" not in folder.accounts.read_bytes()
    account = read_accounts(folder.accounts)["ann"]
    assert is_right(account, "some four long words") and not is_right(account, "some four long word") and not is_right(None, "")
    assert "again" not in add_account(folder, "ro", "some four long words", lead=False, researcher=True, now=NOW)
    assert list_accounts(folder) == "ann (lead)\nro (researcher)"
    known = json.loads(folder.accounts.read_text(encoding="utf-8"))
    for row in known["accounts"]:
        del row["researcher"]
    folder.accounts.write_text(json.dumps(known), encoding="utf-8")
    assert read_accounts(folder.accounts)["ro"].role == "coder", "a file of before there were researchers"
    for name, password in (("a b", "some four long words"), ("bob", "short")):
        with pytest.raises(UsageProblem):
            add_account(folder, name, password, lead=False, now=NOW)
    with pytest.raises(UsageProblem, match="no account"):
        remove_account(folder, "bob", now=NOW)
    folder.accounts.write_text("{", encoding="utf-8")
    with pytest.raises(StorageProblem, match="cannot be read"):
        how_people_sign_in(folder)
    assert secret_of(folder) == secret_of(folder) and (folder.root / "datasette" / "secret").stat().st_mode & 0o077 == 0
