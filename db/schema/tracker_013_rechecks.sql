create table rechecks (
    post_id integer primary key references posts(id) on delete cascade,
    asked_at text not null,
    erased_at text
);
create index posts_not_shown on posts(status) where status <> 'live';
