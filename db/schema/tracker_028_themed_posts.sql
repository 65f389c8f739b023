-- The posts of each theme in the order in which pages show them, with what their filters ask; wider indexes, so that what a filter
-- asks of posts is read from them alone. A list of few posts of a large debate is found without looking at the others.

create table themed_posts (
    theme text not null,
    created_at text not null,
    post_id integer not null,
    platform text not null,
    kind text not null,
    is_own integer not null,
    primary key (theme, created_at, post_id)
) without rowid;
insert into themed_posts
select post_themes.theme, posts.created_at, posts.id, posts.platform, posts.kind, posts.is_own
from post_themes cross join posts on posts.id = post_themes.post_id
where posts.status = 'live' order by 1, 2, 3;

create trigger themed_posts_when_given after insert on post_themes begin
    insert or ignore into themed_posts
    select new.theme, created_at, id, platform, kind, is_own from posts where id = new.post_id and status = 'live';
end;
create trigger themed_posts_when_taken after delete on post_themes begin
    delete from themed_posts
    where theme = old.theme and created_at = (select created_at from posts where id = old.post_id) and post_id = old.post_id;
end;
create trigger themed_posts_when_another after update of post_id, theme on post_themes begin
    delete from themed_posts
    where theme = old.theme and created_at = (select created_at from posts where id = old.post_id) and post_id = old.post_id;
    insert or ignore into themed_posts
    select new.theme, created_at, id, platform, kind, is_own from posts where id = new.post_id and status = 'live';
end;
create trigger themed_posts_of_a_changed_post after update of platform, created_at, kind, is_own, status on posts
when old.platform is not new.platform or old.created_at is not new.created_at or old.kind is not new.kind
    or old.is_own is not new.is_own or old.status is not new.status begin
    delete from themed_posts
    where theme in (select theme from post_themes where post_id = old.id) and created_at = old.created_at and post_id = old.id;
    insert or ignore into themed_posts
    select theme, new.created_at, new.id, new.platform, new.kind, new.is_own from post_themes
    where post_id = new.id and new.status = 'live';
end;
-- Before: what belongs to a post goes after it, and then says no longer when that was.
create trigger themed_posts_of_a_deleted_post before delete on posts begin
    delete from themed_posts
    where theme in (select theme from post_themes where post_id = old.id) and created_at = old.created_at and post_id = old.id;
end;

drop index posts_by_time;
create index posts_by_time on posts(created_at, status, platform, kind, is_own);
drop index posts_by_platform;
create index posts_by_platform on posts(platform, created_at, status, kind, is_own);
