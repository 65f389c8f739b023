-- What many posts share: a link, a hashtag, a day. Of the most shared, the posts that came in last are looked at (:limit).

-- name: posts_of_link
select post_id as id from post_links where url = :what
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = post_links.post_id and post_verdicts.relevant = 0)
order by post_id desc limit :limit;

-- name: posts_of_hashtag
select post_id as id from post_hashtags where tag = :what
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = post_hashtags.post_id and post_verdicts.relevant = 0)
order by post_id desc limit :limit;

-- name: sums
select count(*) filter (where posts.is_own = 0 and posts.kind <> 'repost') as posts,
    count(*) filter (where posts.is_own = 0 and posts.kind = 'repost') as reposts,
    count(distinct posts.author_id) filter (where posts.is_own = 0) as people,
    count(*) filter (where posts.is_own = 1) as own_posts,
    min(posts.created_at) as first, max(posts.created_at) as last
from json_each(:ids) as wanted join posts on posts.id = wanted.value where posts.status = 'live';

-- name: by_platform
select posts.platform, count(*) as posts from json_each(:ids) as wanted join posts on posts.id = wanted.value
where posts.status = 'live' and posts.is_own = 0 group by 1 order by 2 desc;

-- name: themes_of
with given as materialized (
    select post_themes.theme
    from json_each(:ids) as wanted
    join posts on posts.id = wanted.value and posts.status = 'live' and posts.is_own = 0 and posts.kind <> 'repost'
    join post_themes on post_themes.post_id = posts.id
)
select themes.slug, themes.name, count(*) as posts
from given join themes on themes.slug = given.theme
group by 1 order by posts desc limit 10;

-- name: hashtags_of
select post_hashtags.tag, count(*) as posts, count(distinct posts.author_id) as people
from json_each(:ids) as wanted
join posts on posts.id = wanted.value and posts.status = 'live' and posts.is_own = 0
join post_hashtags on post_hashtags.post_id = posts.id
where post_hashtags.tag <> :but group by 1 order by people desc, posts desc, 1 limit 20;

-- name: newest_of
select posts.id from json_each(:ids) as wanted join posts on posts.id = wanted.value
where posts.status = 'live' and posts.kind <> 'repost' order by posts.created_at desc limit 25;

-- name: texts_of
select posts.text from json_each(:ids) as wanted join posts on posts.id = wanted.value
where posts.status = 'live' and posts.kind <> 'repost' and posts.is_own = 0 limit 300;

-- name: weeks_of_link
select week, people, posts, reposts from weekly_links where url = :what order by week;

-- name: weeks_of_hashtag
select week, people, posts, reposts from weekly_hashtags where tag = :what order by week;

-- name: hashtags_of_week
select tag, people, posts, reposts from weekly_hashtags where week = :week order by people desc, posts desc, tag limit 50;

-- name: last_week
select max(week) as week from weekly_hashtags where week <= :upto;

-- name: busy_days
select day, sum(posts) as posts from daily_counts where theme is null and is_own = 0 and day <= :upto
group by day order by posts desc limit 12;

-- name: days
select day, sum(posts) as posts from daily_counts where theme is null and is_own = 0 and day <= :upto
group by day order by day desc limit 400;

-- name: hours
-- (By the minute: where a zone is no whole hour from UTC, an hour there lies in two.)
select substr(created_at, 1, 16) as minute, count(*) filter (where kind <> 'repost') as posts,
    count(*) filter (where kind = 'repost') as reposts, count(*) filter (where author_id is null) as without_author
from posts where day = :day and is_own = 0 and status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;

-- name: people_of_day
select count(distinct author_id) as people from posts where day = :day and is_own = 0 and status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: copies_of_day
select same_message.message_id, min(posts.id) as id, count(*) as posts, count(distinct posts.author_id) as people
from posts join same_message on same_message.post_id = posts.id
where posts.day = :day and posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1 having count(*) > 1 order by posts desc limit 5;

-- name: reposted_of_day
select platform, repost_of, count(*) as reposts from posts
where day = :day and is_own = 0 and status = 'live' and kind = 'repost' and repost_of is not null
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1, 2 order by reposts desc limit 5;

-- name: original
select id from posts where platform = :platform and native_id = :native_id and status = 'live';

-- name: links_of_day
select post_links.url, count(distinct posts.author_id) as people, count(*) as posts
from posts join post_links on post_links.post_id = posts.id
where posts.day = :day and posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1 order by people desc, posts desc limit 5;

-- name: origins_of_day
select seen.source, seen.file, seen.times, runs.started_at as first_read
from (
    select post_origins.source, post_origins.file, count(*) as times, min(post_origins.run_id) as run_id
    from posts cross join post_origins on post_origins.post_id = posts.id
    where posts.day = :day and posts.is_own = 0 and posts.status = 'live'
        and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
    group by 1, 2 order by times desc limit 12
) as seen
join runs on runs.id = seen.run_id order by seen.times desc;
