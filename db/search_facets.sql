-- A search: its hits are looked up once, in the temporary table `hits`; `shown` are those of them that the other filters leave, and
-- how they divide.

-- name: make_room
create temp table if not exists hits(id integer primary key);

-- name: make_room_for_shown
create temp table if not exists shown(id integer primary key);

-- name: empty
delete from hits;

-- name: empty_shown
delete from shown;

-- name: look
insert into hits select rowid from posts_fts where posts_fts match :expression order by rowid desc limit :hits;

-- name: divided
select posts.platform, posts.kind, case posts.is_own when 1 then 'yes' else 'no' end as ours, posts.day,
    coalesce(post_readings.lang_detected, '') as language, count(*) as posts
from shown join posts on posts.id = shown.id left join post_readings on post_readings.post_id = shown.id
group by 1, 2, 3, 4, 5;

-- name: theme
select post_themes.theme as value, count(*) as posts from shown join post_themes on post_themes.post_id = shown.id group by 1;
