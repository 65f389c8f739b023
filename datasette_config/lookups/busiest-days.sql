-- title: The busiest days
-- for: Anyone who wants to know when the debate flared up
-- Days by number of posts and reposts of other people. Authors of different platforms and kinds are not added up, since one
-- person can be in several rows.
select day, coalesce(sum(posts) filter (where kind <> 'repost'), 0) as posts,
    coalesce(sum(posts) filter (where kind = 'repost'), 0) as reposts
from daily_counts where theme is null and is_own = 0 group by day order by sum(posts) desc limit 50;
