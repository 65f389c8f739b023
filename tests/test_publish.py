"""The public copy: what is in it, what is refused, how it changes hands while it is being read, and how it is taken back."""

import hashlib
import json
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from db.public_copy import about, hand_over, shown_cells, shown_own_posts, shown_quotes
from pipelines.public_contents import copy_of_another, settled_weeks
from pipelines.publish import look_at, publish, publish_nightly, unpublish, withdraw
from pipelines.running import running
from pipelines.snapshot import Asked, snapshot
from tests.pages_store import CAMPAIGN, GOVERNED, HOSTILE, ORDINARY, build_store
from tracker.problems import IncompleteRun, UsageProblem
from tracker.records import Campaign, Governance

NOW = "2026-11-13T03:00:00Z"
SMALL = replace(CAMPAIGN, smallest_cell=5, governance=GOVERNED, own_accounts=("x:ourhouse",))
CONSENTED = "The hospital kitchen went in house last year, and the food is warm again (2) [name]"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A published copy of the invented debate. Only looked at."""
    data = build_store(tmp_path_factory.mktemp("publish") / "data", posts=180)
    quote(data, "10002", text=CONSENTED.replace("[name]", "@writer3"), consent="yes")
    quote(data, "10003", text="Is anyone going to the meeting on Thursday? (3)", consent="no")
    quote(data, "10004", paraphrase="Someone wants the staff to be asked.")
    publishing(data)
    return data


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A store that nothing has been published of."""
    return build_store(tmp_path / "data", posts=60)


def publishing(data: DataFolder, campaign: Campaign = SMALL, *, by_hand: bool = True, now: str = NOW) -> str:
    with running("publish", campaign, data, clock=lambda: now) as run:
        return publish(run, by_hand=True).text() if by_hand else publish_nightly(run)


def quote(data: DataFolder, native_id: str, *, text: str = "", paraphrase: str = "", consent: str = "") -> None:
    Labels(data).close()
    with closing(sqlite3.connect(data.labels)) as db, db:
        db.execute(
            "insert into quotes(platform, native_id, text, paraphrase, consent, consent_at) values (?, ?, ?, ?, ?, ?)",
            [platform_of(data, native_id), native_id, text, paraphrase, consent, "2026-11-02T10:00:00Z" if consent else None],
        )


def platform_of(data: DataFolder, native_id: str) -> str:
    return str(query(data, f"select platform from posts where native_id = '{native_id}'")[0][0])


def query(data: DataFolder, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        return db.execute(sql).fetchall()


def copies(data: DataFolder) -> list[Path]:
    return [data.public, *sorted(data.published.iterdir())]


def test_numbers_of_renamed_themes_are_known_without_looking_at_all_others_for_each(data: DataFolder) -> None:
    publishing(data)
    weeks = [f"{year}-W{week:02}" for year in range(2000, 2026) for week in range(1, 53)]
    told = "(kind, subject, level, pairs, posts, people, told_at{}) values ('theme', ?, 'week', ?, 9, 9, '2026'{})"
    with closing(sqlite3.connect(data.tracker)) as db, db:
        rows = [("health", f'[["health","{week}"]]') for week in weeks]
        db.executemany(f"insert into published_cells{told.format('', '')}", rows)
    with closing(sqlite3.connect(data.public)) as db, db:
        rows = [("care", f'[["care","{week}"]]') for week in weeks]
        more = (", first_week, last_week, weeks, subjects", ", '', '', '[]', '[]'")
        db.executemany(f"insert into cells{told.format(*more)}", rows)
    themes = tuple(replace(one, slug="care", renamed_from=("health",)) if one.slug == "health" else one for one in SMALL.themes)
    began = time.process_time()
    assert copy_of_another(data, replace(SMALL, name="called otherwise", themes=themes)) is None
    assert time.process_time() - began < 2


# ---- what is in it ---------------------------------------------------------------------------------------------------


def test_nobody_else_and_none_of_their_words_are_in_any_copy(made: DataFolder) -> None:
    people = query(made, "select handle, display_name, native_id from authors where is_own = 0")
    ids = [native_id for (native_id,) in query(made, "select native_id from posts where is_own = 0")]
    assert len(people) >= 12 and len(ids) > 150
    for path in copies(made):
        held = path.read_bytes().decode("utf-8", "replace")
        for handle, name, native_id in people:
            assert f"@{handle}" not in held and str(name) not in held and f'"{native_id}"' not in held, path
        assert not [native_id for native_id in ids if str(native_id) in held]
        assert not [text for text in (*ORDINARY, *HOSTILE.values()) if text[:40] in held.replace(CONSENTED, "")]


def test_what_may_be_seen_is_there(made: DataFolder) -> None:
    told = about(made.public)
    assert (told["state"], told["controller"], told["contact"]) == ("published", "The Invented House", "privacy@house.example")
    cells = shown_cells(made.public)
    assert {cell["kind"] for cell in cells} >= {"posts", "theme"}
    assert all(cell["people"] >= 5 for cell in cells)
    assert int(told["posts"]) == sum(cell["posts"] for cell in cells if cell["kind"] == "posts")
    assert [post["text"] for post in shown_own_posts(made.public)] == ["Read our paper on outsourcing", "I answer you"]
    assert [(q["text"], q["paraphrased"], q["agreed_on"]) for q in shown_quotes(made.public)] == [
        (CONSENTED, 0, "2026-11-02"),
        ("Someone wants the staff to be asked.", 1, None),
    ]


def test_what_was_told_stays_whatever_comes_later_and_whatever_the_store_has_lost(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=120)
    publishing(data, now="2026-10-20T03:00:00Z")
    before = shown_cells(data.public)
    query(data, "update posts set status = 'gone' where id % 2")
    publishing(data)
    after = shown_cells(data.public)
    assert before and after[: len(before)] == before and len(after) > len(before)
    data.tracker.unlink()
    build_store(data.root, posts=140)
    publishing(data)
    assert {str(cell) for cell in after} <= {str(cell) for cell in shown_cells(data.public)}
    assert query(data, "select count(*) from published_cells") >= [(len(after),)]


def test_a_publish_that_takes_longer_than_a_second_is_one_moment(data: DataFolder) -> None:
    seconds = iter(range(60))
    for _ in range(2):
        with running("publish", SMALL, data, clock=lambda: f"2026-11-13T03:00:{next(seconds):02}Z") as run:
            publish(run, by_hand=True)
    told = {cell["told_at"] for cell in shown_cells(data.public)}
    assert told and told == {at for (at,) in query(data, "select told_at from published_cells")}


def test_what_comes_in_too_late_is_told_also_where_some_asked_not_to_be_shown(data: DataFolder) -> None:
    """Their posts are none of those of which it is told how many are shown."""
    with closing(sqlite3.connect(data.tracker)) as db, db:
        some = "select author_id from posts where is_own = 0 group by author_id order by author_id limit 6"
        db.execute(f"update authors set opted_out = 1 where id in ({some})")
    said = publishing(data)
    assert "shows 45 of 50 posts by others" in said and "12 posts of accounts that ask not to be shown" in said
    assert "What comes in after its week was published is too late for its number" in said


def test_what_was_told_of_more_posts_than_are_counted_now_is_no_share_of_them(data: DataFolder) -> None:
    publishing(data)
    query(data, "update posts set status = 'gone' where id % 2")
    said = publishing(data).splitlines()[0]
    told, left = sum(cell["posts"] for cell in shown_cells(data.public) if cell["kind"] == "posts"), 31
    more = f"more than the {left} that are counted now: what was told does not change."
    assert said == f"The public copy shows {told} posts by others, {more}"


def test_a_week_waits_until_it_is_over_and_settled() -> None:
    weeks = ["2026-W43", "2026-W44", "2026-W45"]
    assert settled_weeks(weeks, "2026-11-08", 0) == weeks[:2]
    assert settled_weeks(weeks, "2026-11-09", 0) == weeks
    assert settled_weeks(weeks, "2026-11-11", 3) == weeks[:2]
    assert settled_weeks(weeks, "2026-11-12", 3) == weeks


def test_a_trial_says_what_could_be_shown_and_changes_nothing(made: DataFolder) -> None:
    def hashes() -> dict[str, str]:
        files = (path for path in made.root.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = hashes()
    told = look_at(SMALL, made, now=NOW).text()
    assert ("can show" in told and "of 181 posts by others" in told) or "posts by others (" in told
    assert hashes() == before
    with pytest.raises(UsageProblem, match="nothing to publish"):
        look_at(SMALL, DataFolder(made.root / "none"), now=NOW)


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (replace(SMALL, themes=(replace(SMALL.themes[0], meaning="As @writer3 says."), *SMALL.themes[1:])), "names somebody"),
        (replace(SMALL, paper_title="See https://example.social/@writer3"), "names somebody"),
    ],
)
def test_a_copy_that_names_someone_is_not_handed_over(data: DataFolder, wrong: Campaign, why: str) -> None:
    publishing(data)
    before = data.public.read_bytes()
    with pytest.raises(IncompleteRun, match="last look") as refused:
        publishing(data, wrong)
    assert why in refused.value.why and "writer3" not in str(refused.value)
    assert data.public.read_bytes() == before


def test_eight_words_of_someone_else_are_found_wherever_they_stand(data: DataFolder) -> None:
    quote(data, "10002", paraphrase="They say our council ended the OUTSOURCING of the bins and they, well.")
    with pytest.raises(IncompleteRun) as refused:
        publishing(data)
    assert "quotes.text holds words of somebody else's post" in refused.value.why
    assert not data.public.exists()


def test_somebodys_words_that_an_own_post_repeats_by_hand_are_in_no_copy(data: DataFolder) -> None:
    """The platform does not tell that it is a repost, and whose words they are may be stored nowhere."""
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set text = 'So true! RT @stranger: My nurse left' where native_id = '30002'")
    publishing(data)
    assert [post["text"] for post in shown_own_posts(data.public)] == ["Read our paper on outsourcing"]
    assert not any(b"nurse left" in path.read_bytes() for path in copies(data))


def test_the_last_look_takes_no_longer_for_each_of_many_own_posts(data: DataFolder) -> None:
    """Each address of theirs may stand there, and each is looked up among all of them; it was read anew for each."""
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.executemany(
            "insert into posts(platform, native_id, url, author_id, text, created_at, day, kind, is_own, first_seen_run) "
            "select 'x', ?, ?, author_id, ?, created_at, day, 'original', 1, first_seen_run from posts where native_id = '30001'",
            [(f"5{n:04}", f"https://x.com/ourhouse/status/5{n:04}", f"Our post number {n}") for n in range(3000)],
        )
    began = time.process_time()
    publishing(data)
    snapshot(SMALL, data, Asked(ids=False, holder="", by="lena", now=NOW))
    assert time.process_time() - began < 12


def test_own_posts_that_vanish_by_half_and_other_numbers_are_noticed(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.executemany(
            "insert into posts(platform, native_id, author_id, text, created_at, day, kind, is_own, first_seen_run) "
            "select 'x', ?, author_id, ?, created_at, day, 'original', 1, first_seen_run from posts where native_id = '30001'",
            [(f"5{n:04}", f"Our post number {n}") for n in range(12)],
        )
    publishing(data)
    query(data, "delete from posts where native_id like '5____'")
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute("update cells set posts = posts + 1 where id = 1")
    with pytest.raises(IncompleteRun) as refused:
        publishing(data)
    assert "own posts" in refused.value.why and "1 number that is shown now" in refused.value.why


def test_a_link_to_who_was_forgotten_since_is_not_shown_again(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("insert into post_links select id, 'https://ann.example/essay' from posts where is_own = 0")
    publishing(data)
    links = [cell["subject"] for cell in shown_cells(data.public) if cell["kind"] == "link"]
    assert "https://ann.example/essay" in links
    with closing(Forgotten(data)) as forgotten:
        forgotten.tombstones([("post", "blog", "https://ann.example/essay")], now=NOW, reason="asked")
        forgotten.mark_swept(now=NOW)
    publishing(data)
    assert "https://ann.example/essay" not in str(shown_cells(data.public))


def test_a_link_that_is_known_by_now_to_be_somebodys_is_shown_no_more_and_counted_nowhere(data: DataFolder) -> None:
    """An earlier version had told it: a copy is made all the same."""
    publishing(data)
    film = "https://vimeo.com/ann"
    told = ("link", film, "week", json.dumps([[film, "2026-W44"]]), 90, 90, NOW)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute(
            "insert into published_cells(kind, subject, level, pairs, posts, people, told_at) values (?, ?, ?, ?, ?, ?, ?)", told
        )
        db.execute("insert into post_links select id, ? from posts where is_own = 0", [film])
        db.execute("delete from settings where name = 'public_copy'")
    publishing(data)
    assert "vimeo.com" not in str(shown_cells(data.public))
    with closing(sqlite3.connect(data.tracker)) as db:
        assert not db.execute("select 1 from public_subjects where subject like '%vimeo%'").fetchall()


# ---- handing over and taking back ------------------------------------------------------------------------------------


def test_no_reader_fails_and_each_sees_one_whole_copy_while_it_changes_hands(made: DataFolder, tmp_path: Path) -> None:
    served, other = tmp_path / "public.db", tmp_path / "other.db"
    one = sorted(made.published.glob("*Z.db"))[-1]
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)
        target.execute("update about set value = 'other' where name = 'release'")
        target.execute("delete from cells where id % 2")
        target.commit()
    whole = {str((about(path)["release"], len(shown_cells(path)))) for path in (one, other)}
    hand_over(one, served)
    seen: list[str] = []
    over = threading.Event()

    def read() -> None:
        try:
            with closing(sqlite3.connect(f"file:{served}?mode=ro", uri=True, timeout=0.5)) as db:
                while not over.is_set():
                    db.execute("begin")
                    release = db.execute("select value from about where name = 'release'").fetchone()[0]
                    seen.append(str((release, db.execute("select count(*) from cells").fetchone()[0])))
                    db.execute("rollback")
        except sqlite3.Error as error:
            seen.append(f"failed: {error}")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    emptied = [hand_over(other if turn % 2 else one, served) for turn in range(20)]
    over.set()
    for reader in readers:
        reader.join()
    assert len(seen) > 100 and set(seen) == whole, set(seen) - whole
    assert all(emptied) and (not (wal := served.with_name("public.db-wal")).exists() or wal.stat().st_size == 0)


def test_seven_copies_are_kept_and_a_killed_one_is_cleared_away(data: DataFolder) -> None:
    data.published.mkdir()
    (data.published / "being-made").write_bytes(b"cut off")
    for day in range(10, 18):
        (data.published / f"2026-11-{day}T030000Z.db").touch()
    publishing(data, now="2026-11-18T03:00:00Z")
    assert [path.name for path in sorted(data.published.iterdir())] == [f"2026-11-{day}T030000Z.db" for day in range(12, 19)]


def test_a_copy_that_was_taken_back_stays_so_until_someone_publishes(data: DataFolder) -> None:
    publishing(data)
    with running("nightly", SMALL, data, clock=lambda: NOW):
        assert "notice" in unpublish(SMALL, data, now=NOW, reason="We look into a complaint.")
    told = about(data.public)
    assert (told["state"], told["notice"], told["contact"]) == ("withdrawn", "We look into a complaint.", "privacy@house.example")
    assert shown_cells(data.public) == shown_own_posts(data.public) == []
    assert b"Read our paper on outsourcing" not in data.public.read_bytes()
    assert "taken back" in publishing(data, by_hand=False) and about(data.public)["state"] == "withdrawn"
    publishing(data)
    assert about(data.public)["state"] == "published" and "numbers" in publishing(data, by_hand=False)
    actions = [action for (action,) in query(data, "select action from audit order by id")]
    assert actions == ["publish", "unpublish", "publish", "publish"]


def test_the_notice_names_nobody(data: DataFolder) -> None:
    publishing(data)
    contact = SMALL.governance.contact
    unpublish(SMALL, data, now=NOW, reason=f"@ann (ann@mail.example, https://x.com/ann) has asked for it. Write to {contact}.")
    assert about(data.public)["notice"] == f"[name] ([name], [link]) has asked for it. Write to {contact}."


def test_the_night_publishes_only_where_it_is_wanted_and_someone_answers_for_it(data: DataFolder) -> None:
    assert "governance" in publishing(data, replace(SMALL, governance=Governance("a")), by_hand=False)
    assert "false" in publishing(data, replace(SMALL, publish_nightly=False), by_hand=False)
    assert not data.public.exists()


def test_what_is_no_longer_there_is_taken_out_of_every_copy(data: DataFolder) -> None:
    quote(data, "10002", text="Warm food again, every day of the week.", consent="yes")
    publishing(data)
    publishing(data, now="2026-11-14T03:00:00Z")
    assert withdraw(data, Forgotten(data)) == 0
    query(data, "update posts set status = 'hidden' where native_id = '10002'")
    query(data, "update posts set status = 'gone' where native_id = '30002'")
    (data.published / "being-made").write_bytes(data.public.read_bytes())  # one whose maker was killed
    assert withdraw(data, Forgotten(data)) == 2 * len(copies(data)) == 6
    for path in copies(data):
        held = path.read_bytes()
        assert b"Warm food again" not in held and b"I answer you" not in held and b"Read our paper" in held
    assert withdraw(data, Forgotten(data)) == 0


def test_a_log_that_could_not_be_emptied_for_being_read_is_emptied_by_the_next_withdrawal(data: DataFolder) -> None:
    publishing(data)
    with closing(sqlite3.connect(data.public, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from own_posts").fetchall()
        query(data, "update posts set status = 'gone' where native_id = '30002'")
        with pytest.raises(IncompleteRun, match="may still be in its log"):
            withdraw(data, Forgotten(data))
        assert not any(b"I answer you" in path.read_bytes() for path in data.published.iterdir()), "no reader was in their way"
        reader.execute("rollback")
        withdraw(data, Forgotten(data))
        held = [path.read_bytes() for path in data.root.glob("public.db*")]
    assert not any(b"I answer you" in content for content in held)
