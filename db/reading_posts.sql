-- What the list of posts offers as filters, and what the page of one post reads.

-- name: platforms
select distinct platform from weekly_counts;

-- name: counted_posts
select coalesce(sum(posts + reposts), 0) as posts from weekly_totals where theme is :theme and (:week = '' or week = :week);

-- name: last_post
select coalesce(max(id), 0) as posts from posts;

-- name: kept_sum
-- (Weeks that lost posts to retention still count them.)
select coalesce(sum(posts), 0) as posts from weekly_counts
where theme is :theme and (:week = '' or week = :week) and (:platform = '' or platform = :platform)
    and (:kind = '' or kind = :kind) and (:ours is null or is_own = :ours) and week not in (select week from frozen_weeks);

-- name: elsewhere
select count(*) as posts from post_verdicts where relevant = 0;

-- name: counted_otherwise
select count(*) as posts from (select 1 from posts_to_count where is_new = 0 limit 100000);

-- name: sums
-- (A repost that shares no message itself is that of its original.)
with found as materialized ({found})
select (select count(*) from found), case when (select count(*) from found) < :most then (
    select count(distinct coalesce(
        (select message_id from same_message where post_id = found.id),
        case when found.kind <> 'repost' then -found.id end,
        (
            select coalesce(same_message.message_id, -original.id, posts.platform || posts.repost_of)
            from posts
            left join posts as original on original.platform = posts.platform and original.native_id = posts.repost_of
            left join same_message on same_message.post_id = original.id
            where posts.id = found.id
        ),
        -found.id
    ))
    from found
) end;

-- name: weeks
select distinct week from weekly_totals where theme is null order by week desc;

-- name: themes
select slug, name, dimension from themes where retired_at is null
order by dimension <> 'theme', dimension, position;

-- name: post
select posts.*, authors.handle, authors.display_name, authors.role, authors.opted_out,
    post_readings.outcome, post_readings.relevant, post_readings.lang_detected, post_readings.lang_score
from posts
left join authors on authors.id = posts.author_id
left join post_readings on post_readings.post_id = posts.id
where posts.id = :post_id;

-- name: matches
select rule, value from post_matches where post_id = :post_id order by rule, value;

-- name: origins
select post_origins.source, post_origins.file, post_origins.line, runs.started_at as read_at
from post_origins join runs on runs.id = post_origins.run_id
where post_origins.post_id = :post_id order by post_origins.file, post_origins.line;

-- name: counts
select seen_at, likes, reposts, replies, quotes, views from post_counts where post_id = :post_id order by seen_at desc;

-- name: hashtags
select spelled, tag from post_hashtags where post_id = :post_id order by tag;

-- name: links
select url from post_links where post_id = :post_id order by url;

-- name: mentions
select handle from post_mentions where post_id = :post_id order by handle;

-- name: copies
select posts.id, posts.platform, posts.created_at
from same_message as mine
join same_message as other on other.message_id = mine.message_id and other.post_id <> mine.post_id
join posts on posts.id = other.post_id
where mine.post_id = :post_id and posts.status = 'live' order by posts.created_at, posts.id limit 10;

-- name: copies_by_platform
select posts.platform, count(*) as posts
from same_message as mine
join same_message as other on other.message_id = mine.message_id and other.post_id <> mine.post_id
join posts on posts.id = other.post_id
where mine.post_id = :post_id and posts.status = 'live' group by posts.platform order by posts desc, posts.platform;

-- name: target
select id from posts where platform = :platform and native_id = :native_id;

-- name: referred_by
select id, 'reply_to' as how, created_at from posts where reply_to = :native_id and platform = :platform and status = 'live'
union all
select id, 'quote_of', created_at from posts where quote_of = :native_id and platform = :platform and status = 'live'
union all
select id, 'repost_of', created_at from posts where repost_of = :native_id and platform = :platform and status = 'live'
order by created_at limit 50;
