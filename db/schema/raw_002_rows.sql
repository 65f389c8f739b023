-- A table by rowid: an item is longer than what a table without rowid keeps in place, and took a page of its own.

create table items (
    id integer primary key,
    platform text not null,
    native_id text not null,
    source text not null,
    kept_at text not null,
    body blob not null,
    unique (platform, native_id, source)
);
insert into items(platform, native_id, source, kept_at, body) select platform, native_id, source, kept_at, body from answers;
drop table answers;
alter table items rename to answers;
