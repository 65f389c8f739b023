-- What the home page and the theme pages read. `theme is :theme` with NULL means every post, whatever its themes.
-- Only live posts are listed; what people say leaves the campaign's own posts (is_own = 1) out.

-- name: settings
select name, value from settings;

-- name: totals
select is_own, sum(posts) as posts, sum(reposts) as reposts from weekly_totals where theme is null group by is_own;

-- name: span
select min(day) as first_day, max(day) as last_day from (
    select min(day) as day from daily_counts where theme is null and is_own = 0 and day <= :upto
    union all select max(day) from daily_counts where theme is null and is_own = 0 and day <= :upto
);

-- name: thinned
select week from frozen_weeks;

-- name: weeks
select week,
    sum(posts) filter (where is_own = 0) as posts,
    sum(reposts) filter (where is_own = 0) as reposts,
    sum(messages) filter (where is_own = 0) as messages,
    sum(authors) filter (where is_own = 0) as people,
    sum(posts) filter (where is_own = 1) as own_posts
from weekly_totals where theme is :theme group by week order by week;

-- name: week_by_theme
select theme, posts, reposts, messages, authors as people from weekly_totals
where week = :week and is_own = 0 and theme is not null;

-- name: model
select name, trained_at, labelled, invented, notes from models where live = 1;

-- name: themes
select themes.slug, themes.name, themes.meaning, themes.group_name, themes.dimension,
    quality.precision, quality.precision_low, quality.precision_high,
    quality.recall, quality.recall_low, quality.recall_high, quality.n, quality.support, quality.measured_on
from themes
left join models on models.live = 1
left join theme_quality as quality on quality.theme = themes.slug and quality.model = models.name
where themes.retired_at is null
order by themes.dimension <> 'theme', themes.dimension, themes.position;

-- name: retired
select slug, name, meaning, dimension, retired_at, (
        select count(*) from published_cells
        where kind in ('theme', 'group')
            and exists (select 1 from json_each(published_cells.pairs) as pair where pair.value ->> 0 = themes.slug)
    ) as told
from themes where slug = :theme and retired_at is not null;

-- name: newer_than_read
select 1 where exists (select 1 from main.post_verdicts where relevant = 1) and not exists (
        select 1 from main.post_verdicts cross join main.settled_themes using (post_id) where post_verdicts.relevant = 1 and theme = :theme
    ) and (select min(changed_at) from theme_versions where theme = :theme) > (select min(changed_at) from theme_versions);

-- name: theme_sums
select theme, sum(posts) as posts, sum(reposts) as reposts from weekly_totals
where theme is not null and is_own = 0 group by theme;

-- name: theme_definition
select changed_at, definition from theme_versions where theme = :theme order by id desc limit 1;

-- name: newest
select posts.id from posts
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and posts.created_at < :until
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
order by posts.created_at desc, posts.id desc limit :limit;

-- name: newest_of_theme
select post_id as id, created_at from themed_posts where theme = :theme and is_own = 0 and kind <> 'repost' and created_at < :until
order by created_at desc, post_id desc limit :limit;

-- name: cards
select posts.id, posts.platform, posts.kind, posts.text, posts.created_at, posts.url, posts.is_own, posts.truncated,
    authors.handle, authors.display_name, authors.role, post_readings.outcome, post_readings.lang_detected, post_readings.lang_score
from json_each(:ids) as wanted
join posts on posts.id = wanted.value
left join authors on authors.id = posts.author_id
left join post_readings on post_readings.post_id = posts.id
order by posts.created_at desc, posts.id desc;

-- name: card_themes
with given as materialized (
    select post_themes.post_id, post_themes.theme, post_themes.decided_by, post_themes.score, post_themes.words
    from json_each(:ids) as wanted join post_themes on post_themes.post_id = wanted.value
)
select given.post_id, given.theme as slug, themes.name, themes.dimension, given.decided_by, given.score, given.words
from given join themes on themes.slug = given.theme
order by themes.dimension <> 'theme', themes.dimension, themes.position;
