-- A search: its hits are looked up once, in the temporary table `hits`, and gone through once.

-- name: make_room
create temp table if not exists hits(id integer primary key);

-- name: empty
delete from hits;

-- name: look
insert into hits select rowid from posts_fts where posts_fts match :expression
and case :unwanted when '' then 1 else rowid not in (select rowid from posts_fts where posts_fts match :unwanted) end
order by rowid desc limit :hits;

-- name: look_within
-- (The sign U+FE0F is left aside: it only has ❤ drawn in colour, and some programs leave it out.)
insert into hits select id from posts
where case :expression when '' then 1 else id in (select rowid from posts_fts where posts_fts match :expression) end
and case :unwanted when '' then 1 else id not in (select rowid from posts_fts where posts_fts match :unwanted) end
and not exists (
    select 1 from json_each(:within) as one_of
    where not exists (
        select 1 from json_each(one_of.value) as one
        where instr(lower(replace(posts.text, char(65039), '')), lower(one.value)) > 0
    )
)
and not exists (
    select 1 from json_each(:without) where instr(lower(replace(posts.text, char(65039), '')), lower(value)) > 0
)
order by id desc limit :hits;

-- name: gone_through
-- (The conditions come behind it. Joined to `hits`, SQLite 3.40 would go through every post for a Bloom filter.)
select posts.created_at, posts.id, posts.platform, posts.kind, case posts.is_own when 1 then 'yes' else 'no' end, posts.day,
    coalesce(post_readings.lang_detected, ''),
    (select group_concat(theme) from (select theme from post_themes where post_id = posts.id)),
    coalesce(own.message_id, passed_on.message_id, -original.id, posts.platform || posts.repost_of, -posts.id)
from posts
left join post_readings on post_readings.post_id = posts.id
left join same_message as own on own.post_id = posts.id
left join posts as original on original.platform = posts.platform and original.native_id = posts.repost_of
left join same_message as passed_on on passed_on.post_id = original.id
