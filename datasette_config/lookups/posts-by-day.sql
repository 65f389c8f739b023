-- title: Posts and people, by day
-- for: Anyone who wants to know on which days people spoke
-- Days are those of the campaign's time zone; the campaign's own posts are left out. A day that is not here has no post:
-- either nobody wrote, or no file covers it.
select
    day,
    count(distinct author_id) as people,
    count(*) filter (where kind <> 'repost') as posts,
    count(*) filter (where kind = 'repost') as reposts
from posts
where is_own = 0 and status = 'live'
group by day
order by day desc;
