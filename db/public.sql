-- The public copy, public.db: all that anyone may see, and nothing else. No table holds a person, a handle, another's post or its id.

create table about (
    name text primary key,
    value text not null
) without rowid;
create table themes (
    slug text primary key,
    name text not null,
    meaning text not null,
    group_name text not null,
    dimension text not null,
    position integer not null,
    retired_at text,
    renamed_from text not null
) without rowid;
create table questions (
    slug text primary key,
    text text not null,
    answers_when text not null,
    position integer not null
) without rowid;
create table theme_error (
    model text not null,
    theme text not null,
    precision real,
    precision_low real,
    precision_high real,
    recall real,
    recall_low real,
    recall_high real,
    n integer not null,
    support integer not null,
    measured_on text not null,
    primary key (model, theme)
) without rowid;
create table cells (
    id integer primary key,
    kind text not null,
    subject text not null,
    level text not null,
    first_week text not null,
    last_week text not null,
    weeks text not null,
    subjects text not null,
    pairs text not null,
    posts integer not null,
    people integer not null,
    model text,
    told_at text not null,
    counted_by text
);
create index cells_by_subject on cells(kind, subject, first_week);
create table agreement (
    theme text primary key,
    alpha real,
    alpha_low real,
    alpha_high real,
    percent real,
    units integer not null
) without rowid;
create table coverage (
    week text not null,
    source text not null,
    status text not null,
    primary key (week, source, status)
) without rowid;
create table own_posts (
    id integer primary key,
    platform text not null,
    url text,
    created_at text not null,
    text text not null,
    lang text
);
create table quotes (
    id integer primary key,
    text text not null,
    paraphrased integer not null,
    agreed_on text,
    lang text
);
