-- The summary tables, made again one week at a time: :week (2026-W43), :first and :last its Monday and Sunday as local dates.
-- A row's theme is NULL when it counts every post, whatever its themes. Messages are posts with copies on other platforms
-- counted once; authors are distinct people, who do not add up over rows. Posts that are hidden or gone are not counted,
-- nor are those that people found to be about something else (not this debate).

-- name: make_room
create temp table if not exists counted (
    day text, platform text, kind text, is_own integer, theme text, message integer, author integer
);

-- name: forget_gathered
delete from counted;

-- name: gather
insert into counted
select
    posts.day, posts.platform, posts.kind, posts.is_own, themed.theme,
    coalesce(same_message.message_id, -posts.id), posts.author_id
from posts
join (
    select id as post_id, null as theme from posts where day between :first and :last
    union all
    select post_themes.post_id, post_themes.theme
    from posts join post_themes on post_themes.post_id = posts.id
    where posts.day between :first and :last
) as themed on themed.post_id = posts.id
left join same_message on same_message.post_id = posts.id
where posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: clear_days
delete from daily_counts where day between :first and :last;

-- name: count_days
insert into daily_counts(day, platform, kind, is_own, theme, posts, messages, authors)
select day, platform, kind, is_own, theme, count(*), count(distinct message), count(distinct author)
from counted group by day, platform, kind, is_own, theme;

-- name: clear_week
delete from weekly_counts where week = :week;

-- name: count_week
insert into weekly_counts(week, platform, kind, is_own, theme, posts, messages, authors)
select :week, platform, kind, is_own, theme, count(*), count(distinct message), count(distinct author)
from counted group by platform, kind, is_own, theme;

-- name: clear_week_totals
delete from weekly_totals where week = :week;

-- name: total_week
insert into weekly_totals(week, is_own, theme, posts, reposts, messages, authors)
select
    :week, is_own, theme,
    count(*) filter (where kind <> 'repost'),
    count(*) filter (where kind = 'repost'),
    count(distinct message) filter (where kind <> 'repost'),
    count(distinct author)
from counted group by is_own, theme;

-- name: counted_days
delete from days_to_count where day between :first and :last;

-- name: clear_week_read
delete from weekly_read where week = :week;

-- name: week_countable
insert into weekly_read(week, theme, posts)
select :week, '', count(*) from posts left join post_readings on post_readings.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.text <> ''
    and coalesce(post_readings.outcome, '') not in ('other-language', 'empty')
having count(*) > 0;

-- name: week_read
insert into weekly_read(week, theme, posts)
select :week, settled_themes.theme, count(*)
from posts join settled_themes on settled_themes.post_id = posts.id
left join post_readings on post_readings.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.text <> ''
    and coalesce(post_readings.outcome, '') not in ('other-language', 'empty')
group by settled_themes.theme;

-- name: clear_week_links
delete from weekly_links where week = :week;

-- name: week_links
insert into weekly_links(week, url, people, posts, reposts)
select :week, post_links.url, count(distinct posts.author_id) as people, count(*) filter (where posts.kind <> 'repost'),
    count(*) filter (where posts.kind = 'repost')
from posts join post_links on post_links.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by post_links.url order by people desc, count(*) desc, post_links.url limit 50;

-- name: clear_week_hashtags
delete from weekly_hashtags where week = :week;

-- name: week_hashtags
insert into weekly_hashtags(week, tag, people, posts, reposts)
select :week, post_hashtags.tag, count(distinct posts.author_id) as people, count(*) filter (where posts.kind <> 'repost'),
    count(*) filter (where posts.kind = 'repost')
from posts join post_hashtags on post_hashtags.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by post_hashtags.tag order by people desc, count(*) desc, post_hashtags.tag limit 50;

-- name: clear_week_asking
delete from asking_posts where week = :week;

-- name: week_asking
insert or replace into asking_posts(post_id, week, how)
select id, :week, case when asks_us = 1 then 'people' when answers_us then 'answers us' else 'names us' end
from (
    select posts.id, post_verdicts.asks_us, speaking_to_us.answers_us, speaking_to_us.names_us
    from posts join speaking_to_us on speaking_to_us.post_id = posts.id
    left join post_verdicts on post_verdicts.post_id = posts.id
    left join post_readings on post_readings.post_id = posts.id
    where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and (post_verdicts.asks_us = 1 or (post_verdicts.post_id is null and post_readings.asks = 1))
)
where asks_us = 1 or answers_us or names_us;
