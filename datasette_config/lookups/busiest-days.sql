-- title: The busiest days
-- for: Anyone who wants to know when the debate flared up
-- Days by number of posts and reposts of other people. Authors of different platforms and kinds are not added up, since one
-- person can be in several rows.
select day, sum(posts) filter (where kind <> 'repost') as posts, sum(posts) filter (where kind = 'repost') as reposts
from daily_counts where theme is null and is_own = 0 group by day order by sum(posts) desc limit 50;
