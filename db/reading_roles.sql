-- What accounts with a public role wrote, and where each post came into being.

-- name: account
select id, handle, display_name from authors where platform = :platform and handle = :handle collate nocase;

-- name: written
select count(*) filter (where kind <> 'repost') as posts, count(*) filter (where kind = 'repost') as reposts,
    min(created_at) as first, max(created_at) as last
from posts where author_id = :author_id and status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: newest
select id from posts where author_id = :author_id and status = 'live' and kind <> 'repost'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
order by created_at desc, id desc limit :limit;
