-- title: Posts day by day
-- for: Anyone who draws the debate over time
-- Other people's posts and reposts of each local day, and how many people wrote them. People do not add up over days.
select daily_counts.day, max(figures.value) as people,
    coalesce(sum(daily_counts.posts) filter (where daily_counts.kind <> 'repost'), 0) as posts,
    coalesce(sum(daily_counts.posts) filter (where daily_counts.kind = 'repost'), 0) as reposts
from daily_counts left join figures on figures.name = 'people_by_day' and figures.key = daily_counts.day
where daily_counts.theme is null and daily_counts.is_own = 0 group by daily_counts.day order by daily_counts.day desc
limit coalesce(nullif(cast(:rows as integer), 0), 100);
