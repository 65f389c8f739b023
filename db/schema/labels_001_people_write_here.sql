-- What people decide about posts.

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
