-- What the pages would else count anew for each reader: kept beside the counts, so that a large debate is read as fast as a small one.

create table weekly_links (
    week text not null,
    url text not null,
    people integer not null,
    posts integer not null,
    reposts integer not null,
    primary key (week, url)
) without rowid;
create table weekly_hashtags (
    week text not null,
    tag text not null,
    people integer not null,
    posts integer not null,
    reposts integer not null,
    primary key (week, tag)
) without rowid;
create table asking_posts (
    post_id integer primary key references posts(id) on delete cascade,
    week text not null,
    how text not null check (how in ('people', 'answers us', 'names us'))
);
create index asking_posts_by_week on asking_posts(week);
create table figures (
    name text not null,
    key text not null,
    value integer not null,
    primary key (name, key)
) without rowid;
create index posts_by_quote on posts(quote_of) where quote_of is not null;
insert or ignore into days_to_count select distinct day from posts;
