-- title: Originals, replies, quotes and reposts, by week
-- for: Anyone who wants to know whether a busy week was talk or passing on
-- A week can be loud because many wrote, or because one post was passed on many times. The campaign's own posts are left
-- out.
select
    week,
    coalesce(sum(posts) filter (where kind = 'original'), 0) as originals,
    coalesce(sum(posts) filter (where kind = 'reply'), 0) as replies,
    coalesce(sum(posts) filter (where kind = 'quote'), 0) as quotes,
    coalesce(sum(posts) filter (where kind = 'repost'), 0) as reposts,
    sum(posts) as all_of_them
from weekly_counts
where theme is null and is_own = 0
group by week
order by week desc;
