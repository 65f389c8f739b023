create table post_wordings (
    post_id integer primary key references posts(id) on delete cascade,
    wording text not null,
    words integer not null
);
create index post_wordings_compared on post_wordings(wording) where words >= 6;
create table post_originals (
    post_id integer not null references posts(id) on delete cascade,
    platform text not null,
    native_id text not null,
    certain integer not null,
    primary key (post_id, platform, native_id)
) without rowid;
create index post_originals_by_original on post_originals(platform, native_id);

create table posts_to_group (
    post_id integer primary key references posts(id) on delete cascade
);
insert into posts_to_group select id from posts where kind <> 'repost';
create trigger same_message_without_a_post before delete on posts begin
    insert or ignore into posts_to_group
    select other.post_id from same_message as mine
    join same_message as other on other.message_id = mine.message_id and other.post_id <> mine.post_id
    where mine.post_id = old.id limit 1;
end;
