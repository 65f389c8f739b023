-- title: Posts and people, by theme and week
-- for: Anyone who wants the numbers behind the pages in a spreadsheet
-- The campaign's own posts are left out; reposts have a column of their own, and people are those who wrote or passed on.
-- People do not add up over weeks or themes: somebody who writes in two weeks is counted in each. Read the numbers beside the table "How well each theme is found".
select
    weekly_totals.week,
    themes.group_name as theme_group,
    themes.name as theme,
    weekly_totals.posts,
    weekly_totals.reposts,
    weekly_totals.authors as people
from weekly_totals
join themes on themes.slug = weekly_totals.theme
where weekly_totals.is_own = 0
order by weekly_totals.week desc, themes.position;
