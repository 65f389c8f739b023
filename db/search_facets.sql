-- How the hits of a search divide. Each is (value, posts) over the posts whose ids are in the temporary table `hits`.

-- name: make_room
create temp table if not exists hits(id integer primary key);

-- name: empty
delete from hits;

-- name: platform
select posts.platform as value, count(*) as posts from hits join posts on posts.id = hits.id group by 1;

-- name: kind
select posts.kind as value, count(*) as posts from hits join posts on posts.id = hits.id group by 1;

-- name: ours
select case posts.is_own when 1 then 'yes' else 'no' end as value, count(*) as posts from hits join posts on posts.id = hits.id group by 1;

-- name: day
select posts.day as value, count(*) as posts from hits join posts on posts.id = hits.id group by 1;

-- name: language
select coalesce(post_readings.lang_detected, '') as value, count(*) as posts
from hits left join post_readings on post_readings.post_id = hits.id group by 1;

-- name: theme
select post_themes.theme as value, count(*) as posts from hits join post_themes on post_themes.post_id = hits.id group by 1;
