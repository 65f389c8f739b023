"""What an erasure does where it is hard: names in odd spellings, names that are words, texts that many wrote, and what the public
copies told before."""

import gzip
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import shown_cells, shown_own_posts
from pipelines.forget import forget, wishes_of
from pipelines.forget_report import ForgetReport
from pipelines.import_exports import import_exports
from pipelines.leftovers import delete_files
from pipelines.publish import publish
from pipelines.running import running
from tests import invented
from tests.pages_store import CAMPAIGN, build_store
from tests.test_publish import copies, publishing, query, quote
from tracker.campaign import read_campaign
from tracker.persons import named_in, somebodys
from tracker.problems import IncompleteRun
from tracker.records import Campaign, Post
from tracker.traces import Traces

NOW = "2026-11-13T03:00:00Z"
SMALL = replace(CAMPAIGN, smallest_cell=5)


def forgetting(data: DataFolder, *handles: str, campaign: Campaign = SMALL) -> ForgetReport:
    with running("forget", campaign, data, clock=lambda: NOW) as run:
        return forget(run, wishes_of(handles, (), ()))


# ---- whom an address leads to ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *(
            "https://x.com/ann",
            "https://X.com./Ann/status/1?s=20",
            "https://ｘ.com/ann",
            "https://twitter.com/intent/user?screen_name=ann",
        ),
        *("https://example.social/@ann", "https://example.social/%40ann/1", "https://example.social/users/ann/statuses/1"),
        *("https://ann.substack.com/p/1", "https://paper.example/share?via=ann", "https://forum.example/u/ann/summary"),
        "https://web.archive.org/web/2026/https://twitter.com/ann/status/1",
    ],
)
def test_an_address_leads_to_someone_however_it_is_written(address: str, tmp_path: Path) -> None:
    forgotten = Forgotten(DataFolder(tmp_path / "data").create())
    forgotten.tombstones([("handle", "x", "ann")], now=NOW, reason="asked")
    forgotten.tombstones([("handle", "mastodon", "ann@example.social")], now=NOW, reason="asked")
    assert forgotten.leads_to(address), named_in(address)


@pytest.mark.parametrize(
    "address",
    ["https://paper.example/ann/2026", "https://paper.example/a?q=ann", "https://x.com/bob/status/1", "https://joann.example/"],
)
def test_a_word_of_an_address_is_nobodys_name_elsewhere(address: str, tmp_path: Path) -> None:
    forgotten = Forgotten(DataFolder(tmp_path / "data").create())
    forgotten.tombstones([("handle", "x", name) for name in ("ann", "status", "news")], now=NOW, reason="asked")
    assert not forgotten.leads_to(address), named_in(address)


def test_pages_of_people_are_told_from_pages_of_nobody() -> None:
    theirs = (
        "https://misskey.example/notes/9abc",
        "https://nitter.example/ann",
        "https://ann.example.ap.brid.gy/",
        "https://t。co/x",
    )
    assert [address for address in theirs if not somebodys(address)] == []
    assert not somebodys("https://paper.example/news/2026/status-of-the-buses")


# ---- names in texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("＠ann, @a\u200bnn and @\u2060Ann!", "[removed], [removed] and [removed]!"),
        ("cc@ann; ann@example.social; ann at Example.social.", "cc[removed]; [removed]; [removed]."),
        ("see x.com/ann/status/1 (or https://x.com/ann).", "see [link removed] (or [link removed])."),
        ("did:plc:annsown wrote, as ann.example.org did", "[removed] wrote, as [removed] did"),
        ("number 1847900000000000001.", "number [removed]."),
        ("@anna, @ann_, annual, ann, 18479000000000000011, @ann@else.example", None),
        ("@beth says so, beth@example.social too", "[removed] says so, [removed] too"),
    ],
)
def test_the_forgotten_are_taken_out_however_they_are_written(written: str, left: str | None, tmp_path: Path) -> None:
    forgotten = Forgotten(DataFolder(tmp_path / "data").create())
    named = [("handle", "x", "ann"), ("handle", "mastodon", "ann@example.social"), ("handle", "mastodon", "beth@example.social")]
    named += [
        ("author", "bluesky", "did:plc:annsown"),
        ("handle", "bluesky", "ann.example.org"),
        ("post", "x", "1847900000000000001"),
    ]
    forgotten.tombstones(named, now=NOW, reason="asked")
    post = Post("mastodon", "7", written, "2026-10-01T00:00:00Z", mentions=("beth@example.social",))
    kept = forgotten.filtered(post)
    assert kept is not None and kept.text == (written if left is None else left)


def test_a_word_in_quotation_marks_is_a_name_only_in_what_others_wrote() -> None:
    traces = Traces(handles=["all"])
    assert traces.in_text('{"user": "all"}') and not traces.in_ours('[["all","2026-W40"]]') and traces.in_ours("@all")
    assert traces.in_bytes(b"7,all,2026-10-01\n") and not traces.in_bytes(b"7,all of them\n")
    assert not traces.in_text('"All of them" was the title; https://paper.example/all/1')


# ---- a whole forget --------------------------------------------------------------------------------------------------


def test_someone_whose_name_is_a_word_is_forgotten_and_nobody_else_loses_a_post(tmp_path: Path) -> None:
    """`news` is a platform of ours, a language's neighbour in lists, a part of addresses, and how a text can begin."""
    campaign = invented.campaign_folder(tmp_path)
    data = DataFolder(tmp_path / "data")
    tag, url = {"tag": "SaveOurBuses"}, {"url": "https://t.co/1", "expanded_url": "https://paper.example/news/7"}
    link = {"entities": {"hashtags": [tag], "urls": [url]}}
    tweets = [invented.tweet(number, f"Number {number} about fares #SaveOurBuses") for number in range(4)]
    tweets += [
        invented.tweet(4, '"News at ten" said so #SaveOurBuses https://t.co/1', **link),
        invented.tweet(5, "I, myself #SaveOurBuses", author_id="9"),
    ]
    tweets += [invented.tweet(6, "@news and x.com/news say #SaveOurBuses")]
    line = invented.page(tweets).replace('"rider9"', '"news"')
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    with running("import", read_campaign(campaign), data) as run:
        import_exports(run, [tmp_path / "a.jsonl"])
    report = forgetting(data, "x:news", campaign=read_campaign(campaign))
    assert (report.posts, report.swept.posts, report.swept.redacted) == (1, 1, 1)
    assert query(data, "select count(*) from posts") == [(6,)]
    assert query(data, "select text from posts where text like '%say%'") == [("[removed] and [link removed] say #SaveOurBuses",)]
    assert query(data, "select url from post_links") == [("https://paper.example/news/7",)]
    with closing(sqlite3.connect(data.raw)) as raw:
        assert raw.execute("select count(*) from answers").fetchone() == (5,)


def test_a_text_that_many_copied_tells_nobody_and_stays_with_the_others(tmp_path: Path) -> None:
    campaign, data = invented.campaign_folder(tmp_path), DataFolder(tmp_path / "data")
    words = "I have signed the petition to keep our buses running, and so should you #SaveOurBuses"
    wishes = "Good wishes on the day of the buses to everybody who rides, near and far #SaveOurBuses"
    said = {3: wishes, 4: f"It is the ninth: {wishes}"}  # the third alone begins so
    tweets = [invented.tweet(number, said.get(number, words)) for number in range(14)]
    (tmp_path / "a.jsonl").write_text(invented.page(tweets), encoding="utf-8")
    with running("import", read_campaign(campaign), data) as run:
        import_exports(run, [tmp_path / "a.jsonl"])
    assert forgetting(data, "x:rider1003", campaign=read_campaign(campaign)).posts == 2
    assert query(data, "select count(*) from posts where text = '" + words + "'") == [(11,)]
    assert query(data, "select text from posts where text like '%good wishes%'") == [(said[4],)]


def test_files_that_were_brought_in_are_looked_into_however_they_are_packed(tmp_path: Path) -> None:
    campaign, data = invented.campaign_folder(tmp_path), DataFolder(tmp_path / "data").create()
    table = "id,from_user,text\n1,Rider1003,caf\u00e9\n"
    done = data.done
    done.mkdir(parents=True, exist_ok=True)
    (done / "plain.csv").write_bytes(table.encode("cp1252"))
    (done / "wide.csv").write_bytes(table.encode("utf-16"))
    with gzip.open(done / "packed.csv.gz", "wt", encoding="utf-8") as stream:
        stream.write(table)
    with zipfile.ZipFile(done / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/tweets.js", "window.YTD.tweets.part0 = []")
        archive.writestr("data/direct-messages.js", 'window.YTD.dm = [{"text": "' + "so " * 99 + '@rider1003"}]')
    with zipfile.ZipFile(done / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", "<sst>" + "<si><t>a</t></si>" * 99 + "<si><t>rider1003</t></si></sst>")
    (done / "others.csv").write_text("id,from_user\n2,rider1004\n")
    (data.failed).mkdir(exist_ok=True)
    (data.failed / "cut.zip").write_bytes((done / "archive.zip").read_bytes()[:80])
    report = forgetting(data, "x:rider1003", campaign=read_campaign(campaign))
    assert sorted(report.deleted.files) == ["archive.zip", "book.xlsx", "packed.csv.gz", "plain.csv", "wide.csv"]
    assert report.deleted.unread == ("inbox/failed/cut.zip",) and "Could not be looked into (" in report.text()
    assert "under another handle" in report.text(), "no post of theirs was found"


# ---- what the public copies told before ------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """Ninety posts by eleven people, of whom eight shared a link in one week."""
    made = build_store(tmp_path / "data", posts=120)
    query(made, "delete from post_links")
    query(made, "update posts set day = '2026-09-22' where native_id between '10000' and '10011'")
    for place in range(12):
        address = "https://petition.example/buses" if place < 6 else "https://council.example/plan"
        query(made, f"insert into post_links select id, '{address}' from posts where native_id = '{10_000 + place}'")
    return made


def links(path: Path) -> set[str]:
    return {cell["subject"] for cell in shown_cells(path) if cell["kind"] == "link"}


def test_what_a_training_left_that_was_killed_goes_with_the_models(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data").create()
    for place in (data.model, data.root / ".model-before", data.root / ".model-new-abc", data.models / "themes-1"):
        (place / "vocab").mkdir(parents=True)
        (place / "vocab" / "strings.json").write_text('["ann"]')
    assert delete_files(data, None).model
    assert [path.name for path in data.root.rglob("strings.json")] == []


def test_a_link_is_said_no_more_once_too_few_of_those_who_shared_it_are_left(data: DataFolder) -> None:
    publishing(data)
    petition, plan = "https://petition.example/buses", "https://council.example/plan"
    assert links(data.public) == {petition, plan}
    before = shown_cells(data.public)
    forgetting(data, "x:writer1")
    assert links(data.public) == {petition, plan}, "five of six are left"
    forgetting(data, "x:writer2")
    for path in copies(data):
        assert links(path) == {plan} and b"petition.example" not in path.read_bytes(), path
    assert "petition.example" not in str(query(data, "select subject, pairs from published_cells"))
    assert [cell for cell in shown_cells(data.public) if cell["kind"] != "link"] == [c for c in before if c["kind"] != "link"]
    query(data, "update posts set day = '2026-11-02' where native_id between '10012' and '10018'")
    query(
        data,
        f"insert into post_links select id, '{petition}' from posts "
        "where native_id between '10012' and '10018' or native_id = '10006'",
    )
    publishing(data, now="2026-12-13T03:00:00Z")
    told = [json.loads(cell["pairs"]) for cell in shown_cells(data.public) if cell["subject"] == petition]
    assert told == [[[petition, "2026-W45"]]], "a week that was told is not told again, by itself or with others"


def test_own_posts_look_the_same_before_and_after_someone_they_name_is_forgotten(data: DataFolder) -> None:
    said = "Thanks @Writer3, cc@writer3, ＠writer3.bsky and writer3@mail.example: see x.com/writer3/status/1, (https://x.com/writer3)."
    query(data, f"update posts set text = '{said}' where native_id = '30001'")
    publishing(data)
    before = [post["text"] for post in shown_own_posts(data.public)]
    assert before[0] == "Thanks [name], [name], [name] and [name]: see [link], ([link])."
    assert forgetting(data, "x:writer3").withdrawn == 0
    assert "@Writer3" not in str(query(data, "select text from posts"))
    publishing(data, now="2026-11-14T03:00:00Z")
    assert [post["text"] for post in shown_own_posts(data.public)] == before


def test_who_asked_not_to_be_shown_is_in_no_public_number(data: DataFolder) -> None:
    query(data, "update authors set opted_out = 1 where handle in ('writer1', 'writer2')")
    theirs = query(data, "select count(*) from posts join authors on authors.id = author_id where opted_out and status = 'live'")[
        0
    ][0]
    everyone = query(data, "select count(*) from posts where not is_own and kind <> 'repost'")[0][0]
    with running("publish", SMALL, data, clock=lambda: NOW) as run:
        made = publish(run, by_hand=True)
    assert made.prepared.posts == int(str(everyone)) - int(str(theirs))
    assert f"{theirs} posts of accounts that ask not to be shown" in made.text()
    assert links(data.public) == {"https://council.example/plan"}, "four who may be counted shared the petition"


def test_damaged_copies_stand_in_the_way_of_nothing(data: DataFolder) -> None:
    publishing(data)
    publishing(data, now="2026-11-14T03:00:00Z")
    numbers = shown_cells(data.public)
    kept = copies(data)[1]
    for path in (data.public, kept):
        path.write_bytes(b"SQLite format 3\0" + b"?" * 20_000)
    assert forgetting(data, "x:writer1").posts and not kept.exists() and not data.public.exists()
    data.public.write_bytes(b"not a database at all, whatever its name says" * 9)
    assert "was damaged and has been deleted" in publishing(data, now="2026-11-15T03:00:00Z")
    assert shown_cells(data.public) == numbers


def test_words_are_told_from_their_letters_where_no_spaces_stand_between_them(data: DataFolder) -> None:
    theirs = "市民が自分たちで計画を書くべきだと私は思います。とても大切です"
    query(data, f"update posts set text = '{theirs}', truncated = 0 where native_id = '10002'")
    quote(data, "10003", paraphrase=f"ある人は{theirs[:20]}と言います")
    with pytest.raises(IncompleteRun, match="last look"):
        publishing(data)
    assert not data.public.exists()
