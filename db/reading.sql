-- What the home page and the theme pages read. `theme is :theme` with NULL means every post, whatever its themes.
-- Only live posts are listed; what people say leaves the campaign's own posts (is_own = 1) out.

-- name: settings
select name, value from settings;

-- name: totals
select is_own, sum(posts) as posts, sum(reposts) as reposts from weekly_totals where theme is null group by is_own;

-- name: people
select count(*) as people from authors
where is_own = 0 and exists (
    select 1 from posts where posts.author_id = authors.id
        and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
);

-- name: span
select min(day) as first_day, max(day) as last_day from daily_counts where theme is null;

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

-- name: outcomes
select coalesce(post_readings.outcome, 'not read') as outcome, count(*) as posts
from posts left join post_readings on post_readings.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' group by 1;

-- name: themes
select themes.slug, themes.name, themes.meaning, themes.group_name, themes.dimension,
    quality.precision, quality.precision_low, quality.precision_high,
    quality.recall, quality.recall_low, quality.recall_high, quality.n, quality.support, quality.measured_on
from themes
left join models on models.live = 1
left join theme_quality as quality on quality.theme = themes.slug and quality.model = models.name
where themes.retired_at is null
order by themes.dimension <> 'theme', themes.dimension, themes.position;

-- name: theme_sums
select theme, sum(posts) as posts, sum(reposts) as reposts from weekly_totals
where theme is not null and is_own = 0 group by theme;

-- name: theme_people
select count(distinct posts.author_id) as people
from post_themes join posts on posts.id = post_themes.post_id
where post_themes.theme = :theme and posts.is_own = 0 and posts.status = 'live';

-- name: theme_decided
select post_themes.decided_by, count(*) as posts
from post_themes join posts on posts.id = post_themes.post_id
where post_themes.theme = :theme and posts.is_own = 0 and posts.status = 'live'
group by post_themes.decided_by order by posts desc;

-- name: theme_definition
select changed_at, definition from theme_versions where theme = :theme order by id desc limit 1;

-- name: links
select post_links.url, count(distinct posts.author_id) as people, count(*) filter (where posts.kind <> 'repost') as posts,
    count(*) filter (where posts.kind = 'repost') as reposts
from posts join post_links on post_links.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by post_links.url order by people desc, count(*) desc, post_links.url limit :limit;

-- name: unread
select (select count(*) from posts) - (select count(*) from post_readings) as posts;

-- name: newest
select posts.id from posts
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by posts.created_at desc, posts.id desc limit :limit;

-- name: newest_of_theme
select posts.id from post_themes join posts on posts.id = post_themes.post_id
where post_themes.theme = :theme and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by posts.created_at desc, posts.id desc limit :limit;

-- name: cards
select posts.id, posts.platform, posts.kind, posts.text, posts.created_at, posts.url, posts.is_own, posts.truncated,
    authors.handle, authors.display_name, authors.role, post_readings.outcome
from json_each(:ids) as wanted
join posts on posts.id = wanted.value
left join authors on authors.id = posts.author_id
left join post_readings on post_readings.post_id = posts.id
order by posts.created_at desc, posts.id desc;

-- name: card_themes
select post_themes.post_id, post_themes.theme as slug, themes.name, themes.dimension, post_themes.decided_by, post_themes.score,
    post_themes.words
from json_each(:ids) as wanted
join post_themes on post_themes.post_id = wanted.value
join themes on themes.slug = post_themes.theme
order by themes.dimension <> 'theme', themes.dimension, themes.position;
