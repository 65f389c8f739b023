-- What accounts with a public role wrote. One account has several rows of authors where sources name it by different ids, or where
-- it was made anew under its handle.

-- name: written
select count(*) filter (where kind <> 'repost') as posts, count(*) filter (where kind = 'repost') as reposts,
    min(created_at) as first, max(created_at) as last
from posts
where author_id in (select id from authors where platform = :platform and handle = :handle collate nocase) and status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: newest
select id from posts
where author_id in (select id from authors where platform = :platform and handle = :handle collate nocase)
    and status = 'live' and kind <> 'repost'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
order by created_at desc, id desc limit :limit;
