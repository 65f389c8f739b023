-- The item each kept post was read from.

create table answers (
    platform text not null,
    native_id text not null,
    source text not null,
    kept_at text not null,
    body blob not null,
    primary key (platform, native_id, source)
) without rowid;
