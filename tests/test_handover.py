"""`check --handover` and its page: what a successor has to know, from a campaign and its data; no value of a credential."""

from pathlib import Path

import pytest

from db.accounts import Account, write_accounts
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.runs import begin_run, end_run
from db.store import Store
from pipelines.handover import handover
from tests.desk import Desk
from tests.pages_client import Pages
from tests.pages_client import main_words as words
from tests.pages_store import build_store
from tracker.problems import CampaignProblem

NOW = "2026-11-25T09:00:00Z"
TOML = """\
name = "buses"
timezone = "Europe/London"
hashtags = ["SaveOurBuses"]
[sources.x]
[sources.bluesky]
[sources.mastodon]
servers = ["one.example"]
[[study_hold]]
reason = "Evaluation of 2025"
end = "2026-01-31"
[alerts]
mail_to = ["ops@example.org"]
mail_from = "tracker@example.org"
mail_server = "smtp.example.org"
[governance]
controller = "The bus people"
contact = "privacy@example.org"
lawful_basis = "legitimate interests"
condition = "research"
dpia_date = "2025-03-01"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.at(tmp_path)
    (desk.campaign / "campaign.toml").write_text(TOML)
    return desk


def told(desk: Desk, title: str) -> str:
    sections = handover(desk.campaign, DataFolder(desk.data), now=NOW).text().split("\n\n## ")
    return next(section for section in sections if section.startswith(title))


def test_a_campaign_without_data_is_told_of_too(desk: Desk) -> None:
    text = handover(desk.campaign, DataFolder(desk.data), now=NOW).text()
    assert text.startswith("# Taking over buses\n")
    assert "No night has run yet." in text
    assert "not there (nobody asked yet)" in text
    assert not desk.data.exists()


def test_credentials_are_names_and_whether_they_are_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD", "DEBATE_TRACKER_PING_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("X_BEARER_TOKEN", "canary-of-a-token")
    said = told(desk, "Credentials")
    assert "`X_BEARER_TOKEN` (an app of X's developer pages, paid): present." in said
    assert "`BLUESKY_APP_PASSWORD` (made in that account's settings): not here." in said
    assert "`MASTODON_TOKEN_ONE_EXAMPLE`" in said
    assert "`DEBATE_TRACKER_SMTP_USER` (mail through smtp.example.org): not here." in said
    assert "canary" not in handover(desk.campaign, DataFolder(desk.data), now=NOW).text()


def test_what_is_open_or_overdue_stands_first(desk: Desk) -> None:
    data = DataFolder(desk.data)
    store = Store.open(data.create())
    run = begin_run(store, "nightly", now="2026-11-20T02:15:00Z", version="1")
    end_run(store, run, now="2026-11-20T02:16:00Z", status="partial", exit_code=3, note="")
    row = "insert into registered_copies(kind, file, made_at, holder) values ('snapshot', 'buses.zip', ?, 'A lab')"
    store.transaction(lambda db: db.execute(row, ["2026-11-01T00:00:00Z"]))
    store.close()
    forgotten = Forgotten(data)
    forgotten.tombstones([("handle", "x", "whoasked")], now=NOW, reason="asked")
    forgotten.close()
    data.backups.mkdir()
    (data.backups / "2026-11-20T021600Z.tar.zst.age").write_bytes(b"sealed")
    data.unpublished.write_text("{}")
    write_accounts(
        data.accounts,
        {"rosa": Account("rosa", "x", True), "kim": Account("kim", "x", False)} | {"sue": Account("sue", "x", False, True)},
    )
    first = told(desk, "Before anything else")
    assert "**The last night began on 2026-11-20T02:15:00Z: nothing starts them any more.**" in first
    assert "A notice stands in the place of the public copy" in first
    assert "The study hold “Evaluation of 2025” ended on 2026-01-31" in first
    assert "The impact assessment of 2025-03-01 is more than a year old" in first
    assert "The last nights began at 02:15 (Europe/London)" in told(desk, "What runs where")
    promises = told(desk, "Promises")
    assert "Handed out: snapshot buses.zip of 2026-11-01, held by A lab." in promises
    assert "at the latest on 2027-02-01" in promises
    assert f"`{data.forgotten.resolve()}`" in told(desk, "The key")
    people = told(desk, "Who may sign in")
    assert "- kim\n- rosa, who leads\n- sue, a researcher, who may ask in SQL" in people
    assert "whoasked" not in handover(desk.campaign, data, now=NOW).text()
    assert "X: delete all of its content" in told(desk, "How to leave")


def test_a_store_that_cannot_be_read_is_the_first_thing_to_do(desk: Desk) -> None:
    DataFolder(desk.data).create().tracker.write_bytes(b"no store" * 2000)
    assert "tracker.db" in told(desk, "Before anything else")


def test_a_campaign_that_cannot_be_read_is_refused_in_words(desk: Desk) -> None:
    (desk.campaign / "campaign.toml").write_text("name = ")
    with pytest.raises(CampaignProblem):
        handover(desk.campaign, DataFolder(desk.data), now=NOW)


def test_the_page_is_the_command_without_places_and_for_leads(desk: Desk) -> None:
    data = build_store(desk.data, posts=6)
    pages = Pages(data)
    pages.tell("adding", campaign=str(desk.campaign.resolve()))
    page = pages.text("/handover")
    assert page.count("<h1") == 1
    assert "<h2>Before anything else</h2>" in page
    assert "Taking over buses" in words(page)
    assert "The campaign lies in CAMPAIGN, its data in DATA." in words(page)
    assert str(desk.data.parent) not in page
    assert 'href="/handover"' in pages.text("/status")
    assert desk.run("check", "--handover").out.startswith("# Taking over buses")
    pages.tell("adding", campaign=str(desk.data / "nowhere"))
    assert "There is no campaign at" in words(pages.text("/handover"))
    pages.tell("standing", patience=0.01)
    assert "longer than a page can wait" in words(pages.text("/handover"))
