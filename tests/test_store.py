"""The store: what is kept, what is filtered before it is written, and what SQLite's troubles are called."""

import shutil
import sqlite3
from dataclasses import replace
from operator import methodcaller
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from db import migrations
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.keeping import Kept, Origin
from db.labels import Labels
from db.opening import open_database
from db.raw import RawStore
from db.runs import begin_run, end_run, name_for
from db.store import Store
from tracker.deciding import decide
from tracker.messages import message_key, read_wording
from tracker.problems import PermissionProblem, StorageProblem
from tracker.records import Author, Counts, Match, ModelCard, Post, Quality, Reading, ThemeHit
from tracker.traces import Traces

NOW = "2026-11-01T02:00:00Z"
POST = Post(
    "x",
    "1847900000000000001",
    "Bring the buses back #SaveOurBuses",
    "2026-10-01T08:00:00Z",
    author=Author("x", "42", "ann", "Ann"),
    hashtags=(("saveourbuses", "SaveOurBuses"),),
    links=("https://example.org/a",),
    mentions=("bob",),
    counts=Counts("2026-10-02T00:00:00Z", likes=3),
)


@pytest.fixture
def store(folder: DataFolder) -> Store:
    return Store.open(folder)


def keep(store: Store, *posts: Post, file: str = "a.jsonl", run_id: int | None = None) -> None:
    run = run_id or begin_run(store, "import", now=NOW, version="1")
    known = store.known({post.key for post in posts})
    kept = []
    for line, post in enumerate(posts, start=1):
        there = known.get(post.key)
        decision = decide(post, there.post if there else None)
        kept.append(
            Kept(
                post=decision.post,
                day=decision.post.created_at[:10],
                is_own=False,
                matches=(Match("hashtag", "saveourbuses"),),
                origins=(Origin("import", file, line),),
                counts=(post.counts,) if post.counts.known() else (),
                write=decision.write,
                text_is_new=decision.text_is_new,
                same_text=decision.same_text,
                known=there,
                wording=read_wording(post),
            )
        )
    store.keep(kept, run)


def one(store: Store, sql: str) -> object:
    return next(iter(store.rows(sql)[0].values()))


def test_a_post_is_kept_with_all_that_belongs_to_it(store: Store) -> None:
    keep(store, POST)
    [row] = store.rows("select * from posts")
    assert (row["platform"], row["native_id"], row["text"], row["day"]) == ("x", POST.native_id, POST.text, "2026-10-01")
    assert store.rows("select tag, spelled from post_hashtags") == [{"tag": "saveourbuses", "spelled": "SaveOurBuses"}]
    assert one(store, "select url from post_links") == "https://example.org/a"
    assert one(store, "select handle from post_mentions") == "bob"
    assert store.rows("select likes, views from post_counts") == [{"likes": 3, "views": None}]
    assert one(store, "select handle from authors") == "ann"
    assert one(store, "select typeof(native_id) from posts") == "text"


def test_the_same_post_from_two_files_is_one_row_with_two_origins(store: Store) -> None:
    keep(store, POST, file="a.jsonl")
    keep(store, POST, file="b.csv")
    keep(store, POST, file="b.csv")
    assert one(store, "select count(*) from posts") == 1
    assert [row["file"] for row in store.rows("select file from post_origins order by file")] == ["a.jsonl", "b.csv"]
    assert one(store, "select first_seen_run from posts") == 1


def test_the_search_index_follows_a_changed_text(store: Store) -> None:
    keep(store, POST)
    keep(store, replace(POST, text="Trams instead", edited_at="2026-10-03T00:00:00Z", hashtags=()))
    hits = "select count(*) from posts_fts where posts_fts match "
    assert (one(store, hits + "'buses'"), one(store, hits + "'trams'")) == (0, 1)
    assert store.rows("select * from post_hashtags") == []
    store.transaction(lambda db: db.execute("insert into posts_fts(posts_fts) values ('integrity-check')"))


def test_a_changed_text_is_read_again_and_a_later_sighting_is_not(store: Store) -> None:
    keep(store, POST)
    hits, answers = (ThemeHit("buses", 0.9, "rule", ((10, 15),)),), (ThemeHit("q1", 0.8, "rule", ((10, 15),)),)
    store.keep_readings("m1", [(1, Reading("themed", hits, top_score=0.9, questions=answers))])
    keep(store, replace(POST, seen_at="2026-10-09T00:00:00Z"))
    assert store.posts_to_read("m1") == []
    assert one(store, "select words from post_themes") == "[[10,15]]"
    keep(store, replace(POST, text="Trams", edited_at="2026-10-03T00:00:00Z"))
    assert store.posts_to_read("m1") == [(1, "Trams")]
    assert store.rows("select * from post_themes") == []
    assert store.rows("select * from post_questions") == [], "what it answered was that of the words before"


def test_a_cut_repost_of_which_the_original_turns_out_is_read_again(store: Store) -> None:
    cut = replace(POST, kind="repost", text="RT @ann: Bring the bu…", truncated=True)
    keep(store, cut)
    store.keep_readings("m1", [(1, Reading("none"))])
    keep(store, cut)
    assert store.posts_to_read("m1") == []
    keep(store, replace(cut, repost_of="4711"))
    assert store.posts_to_read("m1") == [(1, cut.text)]


def test_a_wording_goes_with_its_text_whoever_changes_that(store: Store) -> None:
    keep(store, POST, replace(POST, native_id="2", truncated=True), replace(POST, native_id="3", kind="repost"))
    digest, words = message_key(POST.text)
    assert store.rows("select * from post_wordings") == [{"post_id": 1, "wording": digest, "words": words}]
    store.transaction(lambda db: db.execute("delete from posts_to_group"))
    store.transaction(lambda db: db.execute("update posts set text = text, lang = 'en'"))
    assert len(store.rows("select * from post_wordings")) == 1 and store.rows("select * from posts_to_group") == []
    store.transaction(lambda db: db.execute("update posts set text = 'Trams' where id = 1"))
    assert store.rows("select * from post_wordings") == []
    assert store.rows("select * from posts_to_group") == [{"post_id": 1, "compared": 0}]


def test_an_author_known_by_handle_becomes_the_author_with_the_id(store: Store) -> None:
    keep(store, replace(POST, native_id="7", author=Author("x", "@ann", "Ann")))
    keep(store, POST)
    keep(store, replace(POST, native_id="8", author=Author("x", "@ann", "ann")))
    assert store.rows("select native_id from authors") == [{"native_id": "42"}]
    assert one(store, "select count(distinct author_id) from posts") == 1


def test_a_handle_with_letters_beyond_ascii_is_that_of_one_author(store: Store) -> None:
    """SQLite takes `Ä` and `ä` for two letters."""
    on_forum = replace(POST, platform="forum", author=Author("forum", "@änne", "Änne"))
    keep(store, on_forum, replace(on_forum, native_id="7", author=Author("forum", "@bob", "bob")))
    keep(store, replace(on_forum, native_id="8", author=Author("forum", "42", "Änne")))
    keep(store, replace(on_forum, native_id="9"))
    assert store.rows("select native_id from authors order by 1") == [{"native_id": "42"}, {"native_id": "@bob"}]


def test_two_rows_of_one_author_become_one(store: Store) -> None:
    keep(store, replace(POST, author=Author("x", "42", "old_name"), native_id="6"))
    keep(store, replace(POST, author=Author("x", "@ann", "ann"), native_id="7"))
    keep(store, replace(POST, seen_at="2026-10-09T00:00:00Z"))
    assert store.rows("select native_id, handle from authors") == [{"native_id": "42", "handle": "ann"}]
    assert one(store, "select count(distinct author_id) from posts") == 1


def test_the_name_seen_latest_stands_whatever_the_order(store: Store) -> None:
    late = replace(POST, seen_at="2026-10-09T00:00:00Z", author=Author("x", "42", "ann_new", "Ann"))
    keep(store, late)
    keep(store, replace(POST, native_id="9", author=Author("x", "42", "ann", "Ann")))
    assert one(store, "select handle from authors") == "ann_new"


def test_counts_of_one_moment_join_and_of_two_stand_apart(store: Store) -> None:
    keep(store, POST)
    keep(store, replace(POST, counts=Counts("2026-10-02T00:00:00Z", likes=2, reposts=5)))
    keep(store, replace(POST, counts=Counts("2026-10-05T00:00:00Z", likes=8)))
    assert store.rows("select seen_at, likes, reposts from post_counts order by seen_at") == [
        {"seen_at": "2026-10-02T00:00:00Z", "likes": 3, "reposts": 5},
        {"seen_at": "2026-10-05T00:00:00Z", "likes": 8, "reposts": None},
    ]


def test_summaries_count_posts_reposts_and_people_apart(store: Store) -> None:
    bob = Author("x", "43", "bob")
    posts = [POST, replace(POST, native_id="2"), replace(POST, native_id="3", kind="repost", author=bob)]
    keep(store, *posts)
    store.keep_readings("m1", [(1, Reading("themed", (ThemeHit("buses", 0.9, "rule"),)))])
    assert store.days_to_count() == ["2026-10-01"]
    store.count()
    assert store.days_to_count() == []
    assert store.rows("select theme, posts, reposts, authors from weekly_totals order by theme") == [
        {"theme": None, "posts": 2, "reposts": 1, "authors": 2},
        {"theme": "buses", "posts": 1, "reposts": 0, "authors": 1},
    ]
    assert store.rows("select kind, posts, authors from daily_counts where theme is null order by kind") == [
        {"kind": "original", "posts": 2, "authors": 1},
        {"kind": "repost", "posts": 1, "authors": 1},
    ]
    store.count()
    assert one(store, "select count(*) from weekly_totals") == 2


def test_only_one_model_is_live(store: Store) -> None:
    for name in ("m1", "m2", "m1"):
        store.keep_model(ModelCard(name, NOW, 10, 10, "", (Quality("buses", n=10),)))
    assert store.rows("select name from models where live = 1") == [{"name": "m1"}]
    assert one(store, "select count(*) from theme_quality") == 2


def test_a_run_that_was_killed_is_marked_interrupted(store: Store) -> None:
    begin_run(store, "nightly", now=NOW, version="1")
    second = begin_run(store, "nightly", now=NOW, version="1")
    end_run(store, second, now=NOW, status="ok", exit_code=0, note="")
    assert [row["status"] for row in store.rows("select status from runs order by id")] == ["interrupted", "ok"]


def test_one_name_means_one_content(store: Store) -> None:
    run = begin_run(store, "import", now=NOW, version="1")

    def note(file: str, sha256: str) -> str:
        name = name_for(store, file, sha256)
        columns = (
            "insert into imports(run_id, file, sha256, bytes, format, imported_at, status) values (?, ?, ?, 1, 'x', ?, 'ok')"
        )
        store.transaction(lambda db: db.execute(columns, [run, name, sha256, NOW]))
        return name

    assert note("week.csv", "aa") == "week.csv"
    assert note("week.csv", "bb") == "week.csv (2)"
    assert note("renamed.csv", "aa") == "week.csv"


def test_the_audit_table_only_grows(store: Store) -> None:
    store.transaction(lambda db: db.execute("insert into audit(at, actor, action, subject) values ('t', 'me', 'did', 'it')"))
    for sql in ("delete from audit", "update audit set actor = 'you'"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            store.transaction(methodcaller("execute", sql))
    assert one(store, "select actor from audit") == "me"


# ---- what is forgotten -----------------------------------------------------------------------------------------------


def test_a_tombstone_keeps_out_posts_reposts_and_mentions(folder: DataFolder) -> None:
    forgotten = Forgotten(folder)
    forgotten.tombstones([("handle", "x", "@Ann")], now=NOW, reason="asked")
    forgotten.tombstones([("post", "x", "55")], now=NOW, reason="asked")
    assert forgotten.filtered(POST) is None
    assert forgotten.filtered(replace(POST, author=None, native_id="55")) is None
    assert forgotten.filtered(replace(POST, author=None, kind="repost", repost_of="55")) is None
    assert forgotten.filtered(replace(POST, author=None, kind="repost", mentions=("ann",), text="RT @ann: hello")) is None
    other = replace(
        POST, author=Author("x", "9", "cat"), text="Well said @ann, and @anna", mentions=("ann", "anna"), reply_to="55"
    )
    left = forgotten.filtered(other)
    assert left is not None
    assert (left.text, left.mentions, left.reply_to) == ("Well said [removed], and @anna", ("anna",), None)
    assert forgotten.filtered(replace(POST, platform="mastodon", author=Author("mastodon", "42", "ann"))) is not None


def test_tombstones_hold_no_name_and_outlive_the_program(folder: DataFolder) -> None:
    first = Forgotten(folder)
    first.tombstones([("handle", "x", "ann_the_unforgotten")], now=NOW, reason="asked")
    first.close()
    assert b"ann_the_unforgotten" not in folder.forgotten.read_bytes()
    assert Forgotten(folder).filtered(replace(POST, author=Author("x", "1", "Ann_the_unforgotten"))) is None


def test_a_missing_key_beside_tombstones_is_refused_in_words(folder: DataFolder) -> None:
    forgotten = Forgotten(folder)
    forgotten.tombstones([("author", "x", "42")], now=NOW, reason="asked")
    forgotten.close()
    folder.key.unlink()
    with pytest.raises(StorageProblem, match=r"key .* is missing"):
        Forgotten(folder)


def test_an_item_that_names_the_forgotten_is_not_kept_as_it_came(folder: DataFolder) -> None:
    forgotten = Forgotten(folder)
    assert forgotten.allows_raw("x", b'{"quoted": {"author_id": "42"}}')
    forgotten.tombstones([("author", "x", "42")], now=NOW, reason="asked")
    assert not forgotten.allows_raw("x", b'{"quoted": {"author_id": "42"}}')
    assert not forgotten.allows_raw("x", b'{"quoted": [{"author_id": 42}]}')
    assert forgotten.allows_raw("x", b'{"quoted": {"author_id": "421"}}')


def test_raw_items_are_kept_once_and_residue_is_found(folder: DataFolder) -> None:
    raw = RawStore(folder)
    for body in (b'{"id": "1", "by": "ann"}', b'{"id": "1", "by": "ann"}'):
        raw.keep([(POST, body)], source="import:twarc2", now=NOW)
    assert raw.read("x", POST.native_id) == [b'{"id": "1", "by": "ann"}']
    assert raw.residue(Traces(handles=["ann"]), {"x"}) == [f"raw.db: x {POST.native_id} from import:twarc2"]
    assert raw.residue(Traces(handles=["zoe"]), {"x"}) == []
    assert raw.residue(Traces(handles=["ann"]), {"forum"}) == [], "it is the name of somebody else on X"


def test_labels_find_their_residue(folder: DataFolder) -> None:
    labels = Labels(folder)
    assert labels.coded_examples() == []
    connection = sqlite3.connect(folder.labels)
    connection.execute(
        "insert into codings(platform, native_id, text, coder, coded_at, themes) values ('x', '1', 'Ann said', 'me', 't', ?)",
        ['["b"]'],
    )
    connection.commit()
    assert [(e.text, e.themes, e.origin) for e in labels.coded_examples()] == [("Ann said", ("b",), "human")]
    assert labels.residue(Traces(texts=["Ann said"])) == []
    assert labels.residue(Traces(ids=["1"])) == ["labels.db codings: 1"]


# ---- what can go wrong -----------------------------------------------------------------------------------------------


def test_everything_is_for_the_owners_eyes_only(folder: DataFolder, store: Store) -> None:
    keep(store, POST)
    Forgotten(folder)
    for path in (folder.root, *folder.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_full_disk_is_said_in_words_and_undoes_the_page(store: Store) -> None:
    keep(store, POST)
    store.rows(f"pragma max_page_count = {one(store, 'pragma page_count')}")
    long = replace(POST, native_id="2", text="word " * 50_000)
    with pytest.raises(StorageProblem, match="disk is full"):
        keep(store, long, run_id=1)
    store.rows("pragma max_page_count = 1000000")
    assert one(store, "select count(*) from posts") == 1
    assert one(store, "pragma integrity_check") == "ok"
    keep(store, long)
    assert one(store, "select count(*) from posts") == 2


def test_a_damaged_store_is_refused_and_left_alone(folder: DataFolder) -> None:
    folder.tracker.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StorageProblem, match="damaged, or is not a store"):
        Store.open(folder)
    assert folder.tracker.read_bytes() == b"this is not a database" * 100


def test_a_store_of_a_newer_version_is_refused_in_words(folder: DataFolder, store: Store) -> None:
    step = "insert into _sqlite_migrations(migration_set, name, applied_at) values ('tracker', 'm999_later', 't')"
    store.transaction(lambda db: db.execute(step))
    store.close()
    with pytest.raises(StorageProblem, match="newer version"):
        Store.open(folder)


def test_a_folder_that_cannot_be_made_is_a_matter_of_permission(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PermissionProblem, match="cannot be made"):
        DataFolder(tmp_path / "file").create()


def test_a_store_whose_making_was_cut_off_can_be_read_by_who_only_reads(tmp_path: Path) -> None:
    """A kill while it is made, before it keeps a write-ahead log, leaves a journal that somebody must undo first."""
    making, cut_off = tmp_path / "making.db", tmp_path / "cut-off.db"
    db = sqlite3.connect(making, isolation_level=None)
    db.execute("create table notes(text)")
    db.execute("pragma cache_size = 1")
    db.execute("begin")
    db.executemany("insert into notes values (?)", [("x" * 3000,)] * 50)
    for end in ("", "-journal"):
        shutil.copy(f"{making}{end}", f"{cut_off}{end}")
    db.close()
    assert cut_off.with_name("cut-off.db-journal").stat().st_size > 512
    read = open_database(cut_off, migrations.tracker, readonly=True)
    assert read.execute("select count(*) from notes").fetchone() == (0,)
    read.close()


@pytest.mark.parametrize("name", ["tracker", "raw", "labels", "forgotten"])
def test_a_new_store_is_what_its_steps_leave_one_after_the_other(tmp_path: Path, name: str) -> None:
    steps: Migrations = getattr(migrations, name)
    new, stepped = open_database(tmp_path / "new.db", steps), Database(tmp_path / "stepped.db")
    steps.apply(stepped)
    assert steps.pending(new) == []
    words = "select type, name, tbl_name, sql from sqlite_master order by type, name"
    assert new.execute(words).fetchall() == stepped.execute(words).fetchall()
    fired = "select name from sqlite_master where type = 'trigger' order by rowid"
    assert new.execute(fired).fetchall() == stepped.execute(fired).fetchall(), "in this order SQLite fires them"
    for table in stepped.table_names():
        rows, there = ([row | {"applied_at": ""} for row in db[table].rows] for db in (new, stepped))
        assert rows == there, table
