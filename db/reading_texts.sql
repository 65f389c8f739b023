-- name: pool
select text from posts where status = 'live' and kind <> 'repost' and is_own = 0 and text <> '' order by id desc limit 40000;

-- name: pool_size
select count(*) as posts from posts where status = 'live' and kind <> 'repost' and is_own = 0 and text <> '';

-- name: texts_of_posts
select posts.platform, posts.native_id, posts.text from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]');
