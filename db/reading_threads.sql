-- A conversation, and what else is known of a post's surroundings. Nobody goes through more than :limit posts.

-- name: top
with recursive up(id, reply_to, depth) as (
    select id, reply_to, 0 from posts where id = :post_id
    union
    select posts.id, posts.reply_to, up.depth + 1 from up
    join posts on posts.platform = :platform and posts.native_id = up.reply_to
    where up.depth < 200
)
select id from up order by depth desc limit 1;

-- name: answers
select id, native_id from posts
where reply_to in (select value from json_each(:native_ids)) and +platform = :platform order by id limit :limit;

-- name: same_conversation
select id from posts where conversation_id = :conversation_id and platform = :platform order by id limit :limit;

-- name: nodes
select posts.id, posts.native_id, posts.reply_to, posts.created_at, posts.kind, posts.status, posts.is_own,
    substr(posts.text, 1, 400) as text, length(posts.text) > 400 as longer, authors.handle, authors.display_name, authors.role,
    post_readings.outcome, post_readings.lang_detected, post_readings.lang_score
from json_each(:ids) as wanted join posts on posts.id = wanted.value
left join authors on authors.id = posts.author_id
left join post_readings on post_readings.post_id = posts.id
where posts.kind <> 'repost'
order by posts.created_at, posts.id;

-- name: thread
select asked_at, expected, got, complete, note from threads
where post_id in (select value from json_each(:ids)) order by asked_at desc limit 1;
