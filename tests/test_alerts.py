"""Alerts and the dead-man's switch: to whom it is told, and that nothing of it can harm a night."""

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.runs import begin_run, end_run
from db.store import Store
from pipelines import alert_channels
from pipelines.alerting import alerts, standing_alerts, watched_over
from pipelines.check import check
from pipelines.journal import set_up
from pipelines.running import Run, held_lock, running
from tests import invented
from tests.desk import Desk
from tests.loopback import listening
from tests.mail_server import MailServer, mail_server
from tracker.campaign import read_campaign
from tracker.problems import AlreadyRunning, CampaignProblem, FellSilent, Refused, StorageProblem, Unreachable
from tracker.sources.addresses import Hosts
from tracker.sources.mailing import compose, send_mail

SECRET = "b7e4c1d0-canary-of-the-switch"
HOOK = "T0000-canary-of-the-hook"
NOW = "2026-11-25T02:30:00Z"
ALERTS = """
[alerts]
mail_to = ["ops@example.org"]
mail_from = "tracker@example.org"
mail_server = "localhost:{port}"
[network]
allow_hosts = ["localhost", "127.0.0.1"]
"""


@dataclass
class Outside:
    """What a dead-man's switch and a webhook heard, and how they answer."""

    base: str = ""
    heard: list[str] = field(default_factory=list)
    bodies: list[dict[str, str]] = field(default_factory=list)
    how: str = "takes"

    def pinged(self) -> list[str]:
        return [path.removeprefix(f"/{SECRET}/") for path in self.heard if path.startswith(f"/{SECRET}")]


@contextmanager
def outside() -> Iterator[Outside]:
    place = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            place.heard.append(self.path)
            if place.how == "hangs":
                time.sleep(2)
                return
            if body:
                place.bodies.append(json.loads(body))
            self.send_response({"fails": 500, "nowhere": 302}.get(place.how, 200))
            if place.how == "nowhere":
                self.send_header("Location", "http://[")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as port:
        place.base = f"http://localhost:{port}"
        yield place


@dataclass
class House:
    """A campaign with alerts, what is outside, and nights."""

    campaign: Path
    data: DataFolder
    place: Outside
    mail: MailServer

    def night(self, fail: Callable[[Run], object] | None = None, *, now: str = NOW, whole: bool = True) -> None:
        """A night in which `fail` is done inside of the run, or before it where it raises a StorageProblem."""
        with watched_over(self.campaign, self.data, whole=whole, clock=lambda: now) as night:
            campaign = read_campaign(self.campaign)
            with running("nightly", campaign, self.data, clock=lambda: now) as run:
                night.run = run
                with run.step("collect"):
                    if fail:
                        fail(run)
            sys.exit(run.exit_code())


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(alert_channels, "PING_SECONDS", 1.0)
    monkeypatch.setattr(alert_channels, "WEBHOOK_SECONDS", 1.0)
    monkeypatch.setattr(alert_channels, "MAIL_SECONDS", 1.0)
    with outside() as place, mail_server() as mail:
        monkeypatch.setenv("DEBATE_TRACKER_PING_URL", f"{place.base}/{SECRET}")
        monkeypatch.setenv("DEBATE_TRACKER_ALERT_WEBHOOK_URL", f"{place.base}/{HOOK}")
        toml = invented.CAMPAIGN + ALERTS.format(port=mail.port)
        data = DataFolder(tmp_path / "data").create()
        yield House(invented.campaign_folder(tmp_path, toml), data, place, mail)


def silent(run: Run) -> None:
    odd = FellSilent(
        "mastodon one.example, somebody@one.example: nothing came.",
        place=("mastodon", "https://one.example", "somebody@one.example"),
        odd="nothing came, where 40 is usual",
        why="",
        safe="",
        next_step="",
    )
    run.problems.append(odd)


def broken(run: Run) -> None:
    raise Unreachable("one.example: a secret word of a post by @somebody")


def ends(code: int, house: House, fail: Callable[[Run], object] | None = None, *, now: str = NOW, whole: bool = True) -> None:
    with pytest.raises(SystemExit) as left:
        house.night(fail, now=now, whole=whole)
    assert (left.value.code or 0) == code


def test_the_switch_hears_the_beginning_and_the_code_and_a_failure_is_told_once(house: House) -> None:
    ends(0, house)
    assert house.place.pinged() == ["start", "0"]
    assert not house.mail.mails
    assert not house.place.bodies
    ends(3, house, broken, now="2026-11-26T02:30:00Z")
    with held_lock(house.data), pytest.raises(AlreadyRunning):
        house.night(now="2026-11-27T01:30:00Z")
    ends(3, house, broken, now="2026-11-27T02:30:00Z")
    assert house.place.pinged()[2:] == ["start", "3", "start", "11", "start", "3"]
    assert len(house.mail.mails) == len(house.place.bodies) == 1
    mail, hook = house.mail.texts()[0], house.place.bodies[0]
    assert "[buses] the night did not do all of its work" in mail
    assert "“collect” ended with code 3" in mail
    assert hook["subject"] == house.mail.mails[0]["Subject"]
    assert "code 3" in hook["text"]
    for word in ("somebody", "secret"):
        assert word not in mail + json.dumps(hook), "neither a handle nor a post's words leave the machine"
    ends(0, house, now="2026-11-28T02:30:00Z")
    assert standing_alerts(house.data) == {}
    house.data.alerts.write_text('{"night collect 3": {"kind": "failed-night", "since": "2026-11-28", "told": {"mail": "x"}}}')
    ends(3, house, broken, now="2026-11-29T02:30:00Z")
    assert len(house.mail.mails) == 2, "what no night wrote is understood by none"


def test_a_source_that_fell_silent_is_told_as_that_alone_and_by_a_refresh_too(house: House) -> None:
    ends(3, house, silent, whole=False)
    ends(3, house, silent)
    assert house.place.pinged() == ["start", "3"], "only a whole night is told to the switch"
    assert len(house.mail.mails) == 1
    assert "mastodon at one.example fell silent: nothing came, where 40 is usual." in house.mail.texts()[0]
    assert "did not do all of its work" not in house.mail.texts()[0]
    assert "somebody" not in house.mail.texts()[0]
    ends(3, house, broken, now="2026-11-26T02:30:00Z")
    ends(3, house, silent, now="2026-11-27T02:30:00Z")
    told = [mail["Subject"] for mail in house.mail.mails]
    assert len(told) == 2 and "silent" not in told[1], "a night that did not hear from it ends no silence"


def test_a_server_without_a_good_answer_for_days_is_told(house: House) -> None:
    store = Store.open(house.data)
    run = begin_run(store, "nightly", now="2026-11-20T02:15:00Z", version="1")
    row = "insert into coverage(run_id, source, server, query, asked_at, status, got) values (?, 'x', 'x.example', 'q', ?, ?, ?)"
    store.transaction(lambda db: db.execute(row, [run, "2026-11-20T02:15:00Z", "ok", 4]))
    end_run(store, run, now="2026-11-20T02:16:00Z", status="ok", exit_code=0, note="")
    store.close()

    def refused(run: Run) -> None:
        run.store.transaction(lambda db: db.execute(row, [run.id, NOW, "rate-limited", None]))

    def heard(run: Run) -> None:
        run.store.transaction(lambda db: db.execute(row, [run.id, "2026-11-27T02:30:00Z", "ok", 1]))

    ends(0, house, refused)
    assert "x at x.example has given no good answer since 2026-11-20 (the last one: rate-limited)." in house.mail.texts()[0]
    ends(0, house, refused, now="2026-11-26T02:30:00Z")
    assert len(house.mail.mails) == 1 and standing_alerts(house.data)
    ends(0, house, heard, now="2026-11-27T02:30:00Z")
    assert standing_alerts(house.data) == {}


def test_a_busy_day_is_told_with_its_page(house: House) -> None:
    Store.open(house.data).close()
    store = Store.open(house.data)
    row = (
        "insert into daily_counts(day, platform, kind, is_own, posts, messages, authors) values (?, 'x', 'original', 0, ?, ?, 1)"
    )
    counts = [(f"2026-11-{day:02d}", 10 if day < 24 else 400) for day in range(1, 25)]
    store.transaction(lambda db: db.executemany(row, [(day, posts, posts) for day, posts in counts]))
    store.close()
    ends(0, house)
    ends(0, house, now="2026-11-26T02:30:00Z")
    assert len(house.mail.mails) == 1
    assert "24 November 2026 is busy: 400 posts and reposts by others so far, where 10 a day is usual." in house.mail.texts()[0]
    assert "/spike?day=2026-11-24" in house.place.bodies[0]["text"]


@pytest.mark.parametrize("how", ["hangs", "fails", "gone"])
def test_what_cannot_be_told_is_said_on_stderr_and_neither_holds_up_nor_changes_the_night(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, how: str
) -> None:
    log = tmp_path / "log.jsonl"
    set_up(verbose=False, log_json=log)
    house.place.how, house.mail.how = how, "hangs" if how == "hangs" else "full"
    if how == "gone":
        for name in ("DEBATE_TRACKER_PING_URL", "DEBATE_TRACKER_ALERT_WEBHOOK_URL"):
            monkeypatch.setenv(name, f"http://localhost:1/{SECRET if 'PING' in name else HOOK}")
    began = time.monotonic()
    ends(3, house, broken)
    assert time.monotonic() - began < 12
    said = capsys.readouterr().err
    assert said.count("could not be told") == 4
    written = said + log.read_text()
    assert SECRET not in written
    assert HOOK not in written
    assert {one.told.get("mail") for one in standing_alerts(house.data).values()} == {None}
    house.place.how = house.mail.how = "takes"
    ends(3, house, broken, now="2026-11-26T02:30:00Z")
    assert len(house.mail.mails) == 1, "what was not delivered is told by the next night"
    logging.getLogger("debate_tracker").handlers.clear()


def test_a_failed_night_is_told_also_where_the_disk_takes_and_gives_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(verbose=False, log_json=None)
    house.data.alerts.symlink_to("/proc/self/mem")  # reading it is a fault of input and output
    house.data.alerts.with_suffix(".new").symlink_to("/dev/full")
    ends(3, house, broken)
    assert len(house.mail.mails) == len(house.place.bodies) == 1
    said = capsys.readouterr().err
    assert "alerts.json cannot be read" in said and "could not be noted" in said and "could not be told" not in said
    logging.getLogger("debate_tracker").handlers.clear()


def test_a_bug_in_telling_is_no_good_end_but_takes_nothing_from_the_night(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(verbose=False, log_json=None)
    house.data.alerts.mkdir()  # where a file belongs: nothing that disk or permission explain
    ends(1, house)
    assert "Alerts could not be told, by a bug" in capsys.readouterr().err
    assert Desk(house.campaign, house.data.root, house.data.root).value("select status from runs") == "ok"
    ends(3, house, broken, now="2026-11-26T02:30:00Z")
    logging.getLogger("debate_tracker").handlers.clear()


def test_of_a_mail_server_that_may_not_be_asked_it_is_said_what_to_change() -> None:
    with pytest.raises(Refused) as refused:
        send_mail(Hosts(()), "127.0.0.1:25", compose("a@example.org", ("b@example.org",), "Trial", "Words"), seconds=5)
    assert "mail_server" in refused.value.next_step and "https" not in refused.value.next_step


def test_a_webhook_that_sends_us_nowhere_is_no_bug_and_leaves_the_mail_and_what_stands(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(verbose=False, log_json=None)
    house.place.how = "nowhere"
    ends(3, house, broken)
    said = capsys.readouterr().err
    assert "An alert could not be told by webhook: " in said and "no web address" in said and "by a bug" not in said
    assert [list(one.told) for one in standing_alerts(house.data).values()] == [["mail"]]
    logging.getLogger("debate_tracker").handlers.clear()


def test_a_night_that_cannot_begin_is_told_too(house: House) -> None:
    house.data.tracker.write_bytes(b"no store" * 4000)
    with pytest.raises(StorageProblem):
        house.night()
    assert house.place.pinged() == ["start", "6"]
    assert "it ended with code 6" in house.mail.texts()[0]
    (house.campaign / "campaign.toml").write_text("name = ")
    with pytest.raises(CampaignProblem):
        house.night()
    assert house.place.pinged()[2:] == [], "without the campaign nothing private may be asked"


def test_a_trial_reaches_every_channel_and_changes_nothing(house: House) -> None:
    campaign = read_campaign(house.campaign)
    found = alerts(campaign, house.data, test=True)
    assert found.problems == ()
    assert [line for line in found.lines if line.startswith("Trial")] == [
        "Trial by the dead-man's switch: delivered.",
        "Trial by mail: delivered.",
        "Trial by webhook: delivered.",
    ]
    assert house.place.pinged() == ["log"]
    house.place.how = "fails"
    broken = alerts(campaign, house.data, test=True)
    assert [problem.exit_code for problem in broken.problems] == [3, 3]
    assert not house.data.alerts.exists()
    assert SECRET not in "\n".join(found.lines)


def test_check_says_what_would_be_told_to_whom_and_never_the_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told = check(house.campaign, house.data.root, now=NOW).text()
    assert "by mail from tracker@example.org to ops@example.org through localhost:" in told
    assert "Each night tells localhost that it begins" in told
    assert SECRET not in told
    assert HOOK not in told
    monkeypatch.setenv("DEBATE_TRACKER_PING_URL", f"http://10.1.2.3/{SECRET}")
    monkeypatch.delenv("DEBATE_TRACKER_ALERT_WEBHOOK_URL")
    monkeypatch.setenv("DEBATE_TRACKER_SMTP_USER", "tracker")
    told = check(house.campaign, house.data.root, now=NOW).text()
    assert "The address in DEBATE_TRACKER_PING_URL will not be asked." in told
    assert "DEBATE_TRACKER_SMTP_PASSWORD one is missing" in told
    assert SECRET not in told


def test_a_webhook_whose_address_cannot_be_used_keeps_no_mail_back(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEBATE_TRACKER_ALERT_WEBHOOK_URL", f"“{house.place.base}/{HOOK}”")
    set_up(verbose=False, log_json=None)
    with pytest.raises(SystemExit):
        house.night(lambda run: run.problems.append(Unreachable("x could not be reached.")))
    assert len(house.mail.texts()) == 1
    assert "An alert could not be told by webhook: The credential DEBATE_TRACKER_ALERT" in capsys.readouterr().err
    tried = alerts(read_campaign(house.campaign), house.data, test=True)
    assert "Trial by mail: delivered." in tried.lines
    assert "Trial by webhook: not delivered." in tried.lines
    assert [problem.exit_code for problem in tried.problems] == [5]


def test_the_command_itself_tells_by_credentials_from_files(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    (tmp_path / "credentials").mkdir()
    with outside() as place, mail_server() as mail:
        toml = invented.CAMPAIGN + ALERTS.format(port=mail.port) + f"[sources.x]\nbase = '{place.base}'\n"
        (desk.campaign / "campaign.toml").write_text(toml)
        shutil.rmtree(desk.campaign / "themes")
        (tmp_path / "credentials" / "DEBATE_TRACKER_PING_URL").write_text(f"{place.base}/{SECRET}\n")
        env = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
        log = tmp_path / "log.jsonl"
        export = invented.twarc2_file(DataFolder(desk.data).create().inbox / "a.jsonl", range(8))
        os.utime(export, (time.time() - 3600,) * 2)
        ended = desk.run("nightly", "-v", "--log-json", log, env=env)
    assert ended.code == 5
    assert place.pinged() == ["start", "5"]
    assert "No good answer came from x at localhost" in mail.texts()[0]
    assert SECRET not in ended.out + ended.err + log.read_text()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {tuple(line) for line in lines} == {("at", "level", "run", "message")}
    assert {line["run"] for line in lines} == {1}
    assert desk.value("select count(*) from posts") == 8
    for word in ("fares went up", "rider", "ops@example.org"):
        assert word not in log.read_text(), "neither a post nor anybody's name is in a log"
    assert [line["run"] for line in lines if line["message"].startswith("alert told by mail")] == [1]
