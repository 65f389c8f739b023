-- The posts that ask us something, those that came in last first; and what our own accounts wrote in answer.

-- name: asking
-- (Those that nobody noted anything of, and those in the states that are asked for. The first are cut before they are put together
-- with the others: a hundred thousand would be sorted for a page.)
select post_id from (
    select post_id from (
        select post_id from asking_posts
        where :is_new and post_id < :before and post_id not in (select value from json_each(:every))
        order by post_id desc limit :limit
    )
    union
    select value from json_each(:noted)
    where value < :before
        and (value in (select value from json_each(:by_hand)) or exists (select 1 from asking_posts where post_id = json_each.value))
)
order by post_id desc limit :limit;

-- name: how_many
select (select count(*) from asking_posts) + (
    select count(distinct value) from json_each(:by_hand) where value not in (select post_id from asking_posts)
) as posts;

-- name: among
select count(*) as posts from json_each(:ids) as wanted
where wanted.value in (select post_id from asking_posts) or wanted.value in (select value from json_each(:by_hand));

-- name: open_ones
-- (Those that nobody noted anything of, and those in the states that are open. Named: by people alone.)
select count(*) filter (where named) as named, min(posts.created_at) as since
from (
    select post_id, 0 as named from asking_posts where post_id not in (select value from json_each(:every))
    union all
    select value, value not in (select post_id from asking_posts) from json_each(:noted)
    where value in (select value from json_each(:by_hand)) or value in (select post_id from asking_posts)
) as waiting
join posts on posts.id = waiting.post_id;

-- name: ids
select posts.id, posts.platform, posts.native_id from json_each(:keys) as wanted
join posts on posts.platform = wanted.value ->> 0 and posts.native_id = wanted.value ->> 1
where posts.status = 'live';

-- name: facts
select posts.id, posts.platform, posts.native_id, posts.url, posts.status, asking_posts.how
from json_each(:ids) as wanted join posts on posts.id = wanted.value
left join asking_posts on asking_posts.post_id = posts.id;

-- name: our_replies
select asked.id, reply.id as reply_id, reply.url, reply.created_at
from json_each(:ids) as wanted
join posts as asked on asked.id = wanted.value
join posts as reply on reply.platform = asked.platform and reply.reply_to = asked.native_id and reply.is_own = 1
    and reply.status = 'live'
order by reply.created_at;
