"""The schema of each store: append-only steps, their SQL in schema/. A released step is never edited; a later one changes it.

Every table and column is described in dictionary.toml (tests/test_dictionary.py holds the two together). Times are ISO 8601
UTC ending in `Z`; `posts.day` alone is a date in the campaign's own time zone. Unknown is NULL.
A table without rowid names its key's columns first: SQLite 3.40's integrity_check looks for NULL in the wrong column else.
sqlite-utils' transform() drops the full-text triggers without a word, so steps here are written as SQL.
"""

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

SCHEMA = Path(__file__).parent / "schema"

tracker = Migrations("tracker")
raw = Migrations("raw")
labels = Migrations("labels")
forgotten = Migrations("forgotten")


def _run(db: Database, file: str) -> None:
    """Execute each statement of schema/`file` in the step's own transaction (executescript would commit it)."""
    statement = ""
    for line in (SCHEMA / file).read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""


@tracker()
def m001_debate(db: Database) -> None:
    """Posts and what belongs to them; runs, coverage and files; themes and readings; summaries."""
    _run(db, "tracker_001_debate.sql")


@tracker()
def m002_named_at(db: Database) -> None:
    """When an author's shown name was seen, apart from when the handle was: a file may say only one of them."""
    _run(db, "tracker_002_named_at.sql")


@tracker()
def m003_messages(db: Database) -> None:
    """By what posts are found to be one message; every post that is there waits to be grouped."""
    _run(db, "tracker_003_messages.sql")


@tracker()
def m004_lost(db: Database) -> None:
    """What a file lacked by its format, kept as it was said when it was read; NULL for files from before this was kept."""
    _run(db, "tracker_004_lost.sql")


@tracker()
def m005_spend(db: Database) -> None:
    """What a paid call may cost at most, and whether it is known what it came to."""
    _run(db, "tracker_005_spend.sql")


@tracker()
def m006_verdicts(db: Database) -> None:
    """What people settled, in the place of what the program decided, which is set aside; how well coders agree."""
    _run(db, "tracker_006_verdicts.sql")


@tracker()
def m007_asking(db: Database) -> None:
    """Times that were missed for good, and how complete each thread is that was asked for."""
    _run(db, "tracker_007_asking.sql")


@tracker()
def m008_wordings_hold(db: Database) -> None:
    """A post whose text changes loses its wording and waits to be grouped, whichever statement changed it."""
    _run(db, "tracker_008_wordings_hold.sql")


@tracker()
def m009_threads(db: Database) -> None:
    """Up to when each thread was read."""
    _run(db, "tracker_009_threads.sql")


@tracker()
def m010_weekly_read(db: Database) -> None:
    """How much of each week people have read: a theme that they settled on all of it was counted by hand."""
    _run(db, "tracker_010_weekly_read.sql")


@tracker()
def m011_frozen_weeks(db: Database) -> None:
    """Weeks that have lost posts to retention and keep their counts."""
    _run(db, "tracker_011_frozen_weeks.sql")


@tracker()
def m012_measures(db: Database) -> None:
    """What a model was made from and how well it does, in full; whether a post asks something; phrases, drift, emerging talk."""
    _run(db, "tracker_012_measures.sql")


@tracker()
def m013_rechecks(db: Database) -> None:
    """When a post that is not shown any more was last asked for, and when its words were erased."""
    _run(db, "tracker_013_rechecks.sql")


@tracker()
def m014_pages(db: Database) -> None:
    """Links, hashtags, questions to us and sums that the pages show, kept so that no page counts the whole debate."""
    _run(db, "tracker_014_pages.sql")


@tracker()
def m015_published_cells(db: Database) -> None:
    """What the public copy has told, which is never counted again."""
    _run(db, "tracker_015_published_cells.sql")


@tracker()
def m016_sample_scores(db: Database) -> None:
    """What the live model makes of every theme on the posts that people code; each theme's share of the sample, by week."""
    _run(db, "tracker_016_sample_scores.sql")


@tracker()
def m017_compared(db: Database) -> None:
    """Whether a post that waits to be grouped was compared when it was read."""
    _run(db, "tracker_017_compared.sql")


@tracker()
def m018_languages(db: Database) -> None:
    """An index of the languages that posts were found to be in."""
    _run(db, "tracker_018_languages.sql")


@tracker()
def m019_forgotten_links(db: Database) -> None:
    """A number about a link to someone who is forgotten stays told, without saying to what."""
    _run(db, "tracker_019_forgotten_links.sql")


@tracker()
def m020_speaking_to_us(db: Database) -> None:
    """A view of the posts that answer us or name one of our accounts."""
    _run(db, "tracker_020_speaking_to_us.sql")


@tracker()
def m021_lost_sharers(db: Database) -> None:
    """How many of the people behind a number about a link were forgotten since it was told."""
    _run(db, "tracker_021_lost_sharers.sql")


@tracker()
def m022_doubt(db: Database) -> None:
    """How much it would help if a person read a post that the model is unsure of."""
    _run(db, "tracker_022_doubt.sql")


@tracker()
def m023_mentions(db: Database) -> None:
    """The index of handles that posts name, whatever their capitals."""
    _run(db, "tracker_023_mentions.sql")


@tracker()
def m024_copies(db: Database) -> None:
    """What a copy that was handed out holds and until when; what was found to be wrong in one."""
    _run(db, "tracker_024_copies.sql")


@tracker()
def m025_counting(db: Database) -> None:
    """Posts that changed since they were counted, with what they were counted as; who stands behind each sum."""
    _run(db, "tracker_025_counting.sql")


@tracker()
def m026_page_indexes(db: Database) -> None:
    """Indexes of the sums, by what the pages look up among them."""
    _run(db, "tracker_026_page_indexes.sql")


@tracker()
def m027_public_marks(db: Database) -> None:
    """Who stands behind each number that the public may see, kept up by what changes."""
    _run(db, "tracker_027_public_marks.sql")


@tracker()
def m028_themed_posts(db: Database) -> None:
    """The posts of each theme as lists show them, kept up by what changes; indexes that answer what lists ask of posts."""
    _run(db, "tracker_028_themed_posts.sql")


@tracker()
def m029_public_weeks(db: Database) -> None:
    """The weeks of each number that was told, and indexes by which a night's publishing reads no more than what changed."""
    _run(db, "tracker_029_public_weeks.sql")


@tracker()
def m030_learned_posts(db: Database) -> None:
    """Which labelled posts a model learned from, as keyed digests."""
    _run(db, "tracker_030_learned_posts.sql")


@tracker()
def m031_themes_in_mean(db: Database) -> None:
    """Over how many themes macro-F1 is the mean."""
    _run(db, "tracker_031_themes_in_mean.sql")


@tracker()
def m032_learned_by_words(db: Database) -> None:
    """What models learned from is remembered by words; what is remembered by texts goes, and its models are made again."""
    _run(db, "tracker_032_learned_by_words.sql")


@tracker()
def m033_reposts_read(db: Database) -> None:
    """What people have read of a week is counted with its reposts."""
    _run(db, "tracker_033_reposts_read.sql")


@tracker()
def m034_reasons_alone(db: Database) -> None:
    """Reasons of rejected rows quote nothing of them."""
    _run(db, "tracker_034_reasons_alone.sql")


@tracker()
def m035_counted_without_others(db: Database) -> None:
    """What became of posts is counted without those that are not of this debate."""
    _run(db, "tracker_035_counted_without_others.sql")


@tracker()
def m036_settled_questions(db: Database) -> None:
    """Questions of the paper are settled one by one."""
    _run(db, "tracker_036_settled_questions.sql")


@tracker()
def m037_counted_by(db: Database) -> None:
    """Numbers that are told say where people counted them."""
    _run(db, "tracker_037_counted_by.sql")


@tracker()
def m038_learned_by_marks(db: Database) -> None:
    """What models learned from is remembered by its beginnings, too; what was before goes, and its models are made anew."""
    _run(db, "tracker_038_learned_by_marks.sql")


@tracker()
def m039_whole_verdicts(db: Database) -> None:
    """Whether people settled every theme of a post, by which what became of posts is counted; everything is counted anew."""
    _run(db, "tracker_039_whole_verdicts.sql")


@tracker()
def m040_sites_of_people(db: Database) -> None:
    """More sites are known on which an address is somebody's; everything is counted anew."""
    _run(db, "tracker_040_sites_of_people.sql")


@tracker()
def m041_tried(db: Database) -> None:
    """When a post was last among those to be asked for, so that a server without an answer keeps no other waiting."""
    _run(db, "tracker_041_tried.sql")


@tracker()
def m042_f1_intervals(db: Database) -> None:
    """How sure the F1 of each theme is."""
    _run(db, "tracker_042_f1_intervals.sql")


@raw()
def r001_answers(db: Database) -> None:
    """The item each kept post was read from, compressed with zlib. Never served."""
    _run(db, "raw_001_answers.sql")


@raw()
def r002_rows(db: Database) -> None:
    """The same items in a third of the space. New ones are compressed with zstandard."""
    _run(db, "raw_002_rows.sql")


@raw()
def r003_stored_at(db: Database) -> None:
    """When an item was stored here, from which its days are counted."""
    _run(db, "raw_003_stored_at.sql")


@labels()
def l001_people_write_here(db: Database) -> None:
    """What people decide about posts. Keyed by the platform's ids, so that it outlives any rebuilt store."""
    _run(db, "labels_001_people_write_here.sql")


@labels()
def l002_codings_only_grow(db: Database) -> None:
    """Verdicts as rows that are never changed; codebooks, rounds, and how the sample for the audit was drawn."""
    _run(db, "labels_002_codings_only_grow.sql")


@labels()
def l003_forgotten_ids(db: Database) -> None:
    """A verdict on a forgotten post stays without saying on which."""
    _run(db, "labels_003_forgotten_ids.sql")


@labels()
def l004_desk(db: Database) -> None:
    """Who changed an answer or a quote last, questions named by hand, and what was written to the author of a quote."""
    _run(db, "labels_004_desk.sql")


@labels()
def l005_public_roles(db: Database) -> None:
    """Accounts in public life, as staff note them."""
    _run(db, "labels_005_public_roles.sql")


@labels()
def l006_forgotten_places(db: Database) -> None:
    """The place that a forgotten post had in the sample goes with its id, from which it was made."""
    _run(db, "labels_006_forgotten_places.sql")


@labels()
def l007_each_pilot(db: Database) -> None:
    """Each pilot reads posts of its own, so a draw says for which round it was."""
    _run(db, "labels_007_each_pilot.sql")


@forgotten()
def f001_tombstones(db: Database) -> None:
    """Keyed digests of who and what is to stay forgotten. The key lies in another file, and neither is in a backup."""
    _run(db, "forgotten_001_tombstones.sql")


@forgotten()
def f002_swept(db: Database) -> None:
    """When the stores were freed of what a tombstone stands for."""
    _run(db, "forgotten_002_swept.sql")
