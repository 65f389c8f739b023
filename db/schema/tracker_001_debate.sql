-- Posts and what belongs to them; the run's diary; themes and readings; summaries.

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
