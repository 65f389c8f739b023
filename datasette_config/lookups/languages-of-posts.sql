-- title: Languages of the posts
-- for: Anyone who wants to know whom the themes leave out
-- The language that the platform claims beside the one that the program detected. Posts in a language that the campaign
-- does not read are given no theme, so they are missing from every number about themes.
select
    coalesce(posts.lang, 'not said') as platform_says,
    coalesce(post_readings.lang_detected, 'not read yet') as program_detected,
    count(*) as posts,
    count(distinct posts.author_id) as people,
    count(*) filter (where post_readings.outcome = 'other-language') as left_without_theme
from posts
left join post_readings on post_readings.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live'
group by platform_says, program_detected
order by posts desc
limit 200;
