-- Keyed digests of who and what is to stay forgotten.

create table tombstones (
    digest text primary key,
    kind text not null check (kind in ('author', 'handle', 'post')),
    platform text not null,
    at text not null,
    reason text not null
) without rowid;
