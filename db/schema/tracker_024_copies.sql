-- What a copy that was handed out holds and until when; and what was found to be wrong in one.

alter table registered_copies add column version text;
alter table registered_copies add column sha256 text;
alter table registered_copies add column content text;
alter table registered_copies add column hold_until text;
alter table registered_copies add column people integer not null default 1;
create table errata (
    id integer primary key,
    entered_at text not null,
    entered_by text not null,
    concerns text not null,
    words text not null
);
