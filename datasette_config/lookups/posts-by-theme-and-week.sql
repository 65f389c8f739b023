-- title: Posts and people, by theme and week
-- for: Anyone who wants the numbers behind the pages in a spreadsheet
-- The campaign's own posts are left out; reposts have a column of their own, and people are those who wrote or passed on.
-- People do not add up over weeks or themes: somebody who writes in two weeks is counted in each. Beside each number stands how far to
-- trust it: precision (the share of the posts given the theme that are right) and recall (the share of the posts about it that are
-- found) with their 95 % intervals, empty where not measured; or, in weeks of which people read every post, "by hand" and how well they
-- agree (alpha). Where fewer than 20 of the labelled posts that this was measured on carry the theme, indicative_only is 1: take its
-- precision and recall as a rough guide.
select
    weekly_totals.week,
    themes.group_name as theme_group,
    themes.name as theme,
    weekly_totals.posts,
    weekly_totals.reposts,
    weekly_totals.authors as people,
    case when read.posts = whole.posts then 'by hand' else 'by the program' end as counted,
    case when read.posts = whole.posts then null else theme_quality.precision end as precision,
    case when read.posts = whole.posts then null else theme_quality.precision_low end as precision_low,
    case when read.posts = whole.posts then null else theme_quality.precision_high end as precision_high,
    case when read.posts = whole.posts then null else theme_quality.recall end as recall,
    case when read.posts = whole.posts then null else theme_quality.recall_low end as recall_low,
    case when read.posts = whole.posts then null else theme_quality.recall_high end as recall_high,
    case when read.posts = whole.posts then null else theme_quality.measured_on end as measured_on,
    coder_agreement.alpha as coders_alpha,
    case when read.posts = whole.posts then null else theme_quality.n end as labelled_posts,
    case when read.posts = whole.posts then null else theme_quality.support end as labelled_posts_with_theme,
    case
        when read.posts = whole.posts or coalesce(theme_quality.precision, theme_quality.recall) is null then null
        else theme_quality.support < 20
    end as indicative_only
from weekly_totals
join themes on themes.slug = weekly_totals.theme
left join models on models.live = 1
left join theme_quality on theme_quality.theme = themes.slug and theme_quality.model = models.name
left join weekly_read as read on read.week = weekly_totals.week and read.theme = themes.slug
left join weekly_read as whole on whole.week = weekly_totals.week and whole.theme = ''
left join coder_agreement on coder_agreement.what = 'theme' and coder_agreement.name = themes.slug
where weekly_totals.is_own = 0
order by weekly_totals.week desc, themes.position
limit coalesce(nullif(cast(:rows as integer), 0), 100);
