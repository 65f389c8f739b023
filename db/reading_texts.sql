-- name: pool
select text from posts where status = 'live' and kind <> 'repost' and is_own = 0 and text <> '' order by id desc limit 40000;

-- name: pool_size
select count(*) as posts from posts where status = 'live' and kind <> 'repost' and is_own = 0 and text <> '';
