create table gaps (
    id integer primary key,
    source text not null,
    server text not null default '',
    query text not null default '',
    gap_from text not null,
    gap_to text not null,
    why text not null,
    found_run integer not null references runs(id),
    found_at text not null,
    unique (source, server, query, gap_from, gap_to)
);
create table threads (
    post_id integer primary key references posts(id) on delete cascade,
    asked_at text not null,
    run_id integer not null references runs(id),
    expected integer,
    got integer not null,
    complete integer not null,
    note text
);
