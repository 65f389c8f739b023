"""The schema of each store, as append-only steps. A step that has been released is never edited; a later step changes it.

Every table and column is described in dictionary.toml (tests/test_dictionary.py holds the two together). Times are ISO 8601
UTC ending in `Z`; `posts.day` alone is a date in the campaign's own time zone. Unknown is NULL.
A table without rowid names its key's columns first: SQLite 3.40's integrity_check looks for NULL in the wrong column else.
sqlite-utils' transform() drops the full-text triggers without a word, so steps here are written as SQL.
"""

import sqlite3

from sqlite_utils import Database, Migrations

tracker = Migrations("tracker")
raw = Migrations("raw")
labels = Migrations("labels")
forgotten = Migrations("forgotten")


def _run(db: Database, script: str) -> None:
    """Execute each statement of `script` in the step's own transaction (executescript would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""


@tracker()
def m001_debate(db: Database) -> None:
    """Posts and what belongs to them; runs, coverage and files; themes and readings; summaries."""
    _run(db, DEBATE)


DEBATE = """
create table runs (
    id integer primary key,
    command text not null,
    started_at text not null,
    finished_at text,
    status text not null check (status in ('running', 'ok', 'partial', 'failed', 'interrupted')),
    exit_code integer,
    version text not null,
    note text
);
create table run_steps (
    id integer primary key,
    run_id integer not null references runs(id),
    name text not null,
    started_at text not null,
    finished_at text,
    status text not null check (status in ('running', 'ok', 'partial', 'failed', 'skipped', 'interrupted')),
    exit_code integer not null default 0,
    note text
);
create index run_steps_by_run on run_steps(run_id);

create table authors (
    id integer primary key,
    platform text not null,
    native_id text not null,
    handle text,
    display_name text,
    is_own integer not null default 0,
    role text,
    opted_out integer,
    seen_at text not null default '',
    unique (platform, native_id)
);
create index authors_by_handle on authors(platform, handle collate nocase);

create table posts (
    id integer primary key,
    platform text not null,
    native_id text not null,
    url text,
    author_id integer references authors(id),
    text text not null,
    lang text,
    created_at text not null,
    day text not null,
    edited_at text,
    reply_to text,
    conversation_id text,
    quote_of text,
    repost_of text,
    kind text not null check (kind in ('original', 'quote', 'reply', 'repost')),
    status text not null default 'live' check (status in ('live', 'hidden', 'gone')),
    is_own integer not null default 0,
    truncated integer not null default 0,
    detail integer not null default 2,
    seen_at text,
    first_seen_run integer not null references runs(id),
    unique (platform, native_id)
);
create index posts_by_time on posts(created_at);
create index posts_by_day on posts(day);
create index posts_by_platform on posts(platform, created_at);
create index posts_by_author on posts(author_id);
create index posts_ours on posts(created_at) where is_own = 1;
create index posts_by_conversation on posts(conversation_id) where conversation_id is not null;
create index posts_by_reply on posts(reply_to) where reply_to is not null;
create index posts_by_repost on posts(repost_of) where repost_of is not null;

create virtual table posts_fts using fts5(
    text, content='posts', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
create trigger posts_fts_insert after insert on posts begin
    insert into posts_fts(rowid, text) values (new.id, new.text);
end;
create trigger posts_fts_delete after delete on posts begin
    insert into posts_fts(posts_fts, rowid, text) values ('delete', old.id, old.text);
end;
create trigger posts_fts_update after update of text on posts when old.text is not new.text begin
    insert into posts_fts(posts_fts, rowid, text) values ('delete', old.id, old.text);
    insert into posts_fts(rowid, text) values (new.id, new.text);
end;

create table post_hashtags (
    post_id integer not null references posts(id) on delete cascade,
    tag text not null,
    spelled text not null,
    primary key (post_id, tag)
) without rowid;
create index post_hashtags_by_tag on post_hashtags(tag);
create table post_links (
    post_id integer not null references posts(id) on delete cascade,
    url text not null,
    primary key (post_id, url)
) without rowid;
create index post_links_by_url on post_links(url);
create table post_mentions (
    post_id integer not null references posts(id) on delete cascade,
    handle text not null,
    primary key (post_id, handle)
) without rowid;
create index post_mentions_by_handle on post_mentions(handle);
create table post_counts (
    post_id integer not null references posts(id) on delete cascade,
    seen_at text not null,
    likes integer,
    reposts integer,
    replies integer,
    quotes integer,
    views integer,
    primary key (post_id, seen_at)
) without rowid;
create table post_status_history (
    id integer primary key,
    post_id integer not null references posts(id) on delete cascade,
    status text not null check (status in ('live', 'hidden', 'gone')),
    seen_at text not null,
    evidence text not null
);
create index post_status_history_by_post on post_status_history(post_id);
create table post_origins (
    post_id integer not null references posts(id) on delete cascade,
    source text not null,
    file text not null default '',
    line integer not null default 0,
    run_id integer not null references runs(id),
    primary key (post_id, source, file, line)
) without rowid;
create index post_origins_by_file on post_origins(file);
create table post_matches (
    post_id integer not null references posts(id) on delete cascade,
    rule text not null check (rule in ('hashtag', 'link', 'phrase', 'conversation', 'own', 'everything')),
    value text not null,
    primary key (post_id, rule, value)
) without rowid;
create table same_message (
    message_id integer not null,
    post_id integer primary key references posts(id) on delete cascade
);
create index same_message_by_message on same_message(message_id);

create table models (
    name text primary key,
    trained_at text not null,
    live integer not null default 0,
    labelled integer not null,
    invented integer not null,
    notes text not null
);
create unique index models_live on models(live) where live = 1;
create table theme_quality (
    model text not null references models(name),
    theme text not null,
    precision real,
    precision_low real,
    precision_high real,
    recall real,
    recall_low real,
    recall_high real,
    f1 real,
    n integer not null,
    support integer not null,
    alpha real,
    measured_on text not null,
    primary key (model, theme)
) without rowid;
create table post_readings (
    post_id integer primary key references posts(id) on delete cascade,
    model text not null,
    outcome text not null check (outcome in ('themed', 'none', 'unsure', 'other-language', 'empty')),
    relevant integer,
    lang_detected text,
    lang_score real,
    top_score real
);
create index post_readings_by_outcome on post_readings(outcome);
create table post_themes (
    post_id integer not null references posts(id) on delete cascade,
    theme text not null,
    score real not null,
    decided_by text not null check (decided_by in ('rule', 'model', 'person')),
    words text not null default '[]',
    primary key (post_id, theme)
) without rowid;
create index post_themes_by_theme on post_themes(theme, post_id);

create table themes (
    slug text primary key,
    name text not null,
    meaning text not null,
    group_name text not null,
    dimension text not null,
    position integer not null,
    retired_at text
);
create table theme_versions (
    id integer primary key,
    theme text not null,
    changed_at text not null,
    definition text not null
);
create table questions (
    slug text primary key,
    text text not null,
    answers_when text not null,
    position integer not null
);
create table followed (
    id integer primary key,
    changed_at text not null,
    what text not null,
    note text not null
);

create table imports (
    id integer primary key,
    run_id integer not null references runs(id),
    file text not null,
    sha256 text not null,
    bytes integer not null,
    format text not null,
    imported_at text not null,
    rows integer not null default 0,
    new integer not null default 0,
    known integer not null default 0,
    updated integer not null default 0,
    outside integer not null default 0,
    forgotten integer not null default 0,
    rejected integer not null default 0,
    withheld integer not null default 0,
    first_post text,
    last_post text,
    status text not null check (status in ('running', 'ok', 'truncated', 'interrupted')),
    note text
);
create index imports_by_content on imports(sha256);
create table rejected (
    id integer primary key,
    run_id integer not null references runs(id),
    file text not null,
    line integer not null,
    reason text not null,
    hash text not null,
    unique (file, line, hash, reason)
);
create table coverage (
    id integer primary key,
    run_id integer not null references runs(id),
    source text not null,
    server text,
    query text,
    window_from text,
    window_to text,
    asked_at text not null,
    status text not null check (status in (
        'ok', 'empty', 'partial', 'capped', 'rate-limited', 'refused', 'disabled', 'unreachable', 'budget-stop', 'not-asked'
    )),
    got integer,
    expected integer,
    note text
);
create index coverage_by_source on coverage(source, asked_at);
create table cursors (
    source text not null,
    server text not null default '',
    query text not null default '',
    cursor text not null,
    updated_at text not null,
    primary key (source, server, query)
) without rowid;
create table spend (
    id integer primary key,
    run_id integer references runs(id),
    at text not null,
    source text not null,
    what text not null,
    units integer not null,
    usd real not null
);
create table audit (
    id integer primary key,
    at text not null,
    actor text not null,
    action text not null,
    subject text not null,
    count integer,
    note text
);
create trigger audit_keeps_rows before delete on audit begin
    select raise(abort, 'the audit table only grows');
end;
create trigger audit_keeps_words before update on audit begin
    select raise(abort, 'the audit table only grows');
end;
create table registered_copies (
    id integer primary key,
    made_at text not null,
    kind text not null,
    file text not null,
    holder text,
    withdrawn_at text,
    note text
);

create table settings (
    name text primary key,
    value text not null
) without rowid;
create table days_to_count (
    day text primary key
) without rowid;
create table daily_counts (
    day text not null,
    platform text not null,
    kind text not null,
    is_own integer not null,
    theme text,
    posts integer not null,
    messages integer not null,
    authors integer not null
);
create unique index daily_counts_key on daily_counts(day, platform, kind, is_own, coalesce(theme, ''));
create index daily_counts_by_theme on daily_counts(theme, day);
create table weekly_counts (
    week text not null,
    platform text not null,
    kind text not null,
    is_own integer not null,
    theme text,
    posts integer not null,
    messages integer not null,
    authors integer not null
);
create unique index weekly_counts_key on weekly_counts(week, platform, kind, is_own, coalesce(theme, ''));
create index weekly_counts_by_theme on weekly_counts(theme, week);
create table weekly_totals (
    week text not null,
    is_own integer not null,
    theme text,
    posts integer not null,
    reposts integer not null,
    messages integer not null,
    authors integer not null
);
create unique index weekly_totals_key on weekly_totals(week, is_own, coalesce(theme, ''));
create index weekly_totals_by_theme on weekly_totals(theme, week);
"""


@raw()
def r001_answers(db: Database) -> None:
    """The item each kept post was read from, compressed with zlib. Never served."""
    _run(
        db,
        """
        create table answers (
            platform text not null,
            native_id text not null,
            source text not null,
            kept_at text not null,
            body blob not null,
            primary key (platform, native_id, source)
        ) without rowid;
        """,
    )


@labels()
def l001_people_write_here(db: Database) -> None:
    """What people decide about posts. Keyed by the platform's ids, so that it outlives any rebuilt store."""
    _run(
        db,
        """
        create table codings (
            id integer primary key,
            platform text not null,
            native_id text not null,
            text text,
            coder text not null,
            coded_at text not null,
            relevant integer,
            themes text not null default '[]',
            cannot_tell integer not null default 0,
            note text,
            unique (platform, native_id, coder)
        );
        create table answers (
            id integer primary key,
            platform text not null,
            native_id text not null,
            state text not null,
            owner text,
            note text,
            link text,
            changed_at text not null,
            unique (platform, native_id)
        );
        create table quotes (
            id integer primary key,
            platform text not null,
            native_id text not null,
            text text,
            paraphrase text,
            asked_at text,
            consent text,
            consent_at text,
            consent_link text,
            unique (platform, native_id)
        );
        """,
    )


@forgotten()
def f001_tombstones(db: Database) -> None:
    """Keyed digests of who and what is to stay forgotten. The key lies in another file, and neither is in a backup."""
    _run(
        db,
        """
        create table tombstones (
            digest text primary key,
            kind text not null check (kind in ('author', 'handle', 'post')),
            platform text not null,
            at text not null,
            reason text not null
        ) without rowid;
        """,
    )
