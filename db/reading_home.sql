-- What the home page reads beside the counts: what is new since a mark, and how well a week was looked at.

-- name: mark
select coalesce((select max(id) from posts), 0) as post, coalesce((select max(id) from post_status_history), 0) as status;

-- name: asks
select exists (select 1 from questions) as asks;

-- name: began
select min(started_at) as at from runs;

-- name: new_posts
select count(*) filter (where kind <> 'repost') as posts, count(*) filter (where kind = 'repost') as reposts from (
    select kind from posts where id > :post and is_own = 0 and status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
    limit 10001
);

-- name: new_asking
select count(*) as posts from asking_posts where post_id > :post;

-- name: unread_tongues
select count(*) as posts from posts join post_readings on post_readings.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and post_readings.outcome = 'other-language'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: disappeared
-- (What came back meanwhile has not, and what was hidden before and is deleted now was told then.)
select count(*) as posts
from (select distinct post_id from post_status_history where id > :status and post_id <= :post) as lately
join posts on posts.id = lately.post_id
where posts.status <> 'live' and coalesce((
        select status from post_status_history as before
        where before.post_id = lately.post_id and before.id <= :status order by before.id desc limit 1
    ), 'live') = 'live';

-- name: windows
select source, coalesce(server, '') as server, coalesce(query, '') as query, window_from, window_to from coverage
where (status in ('ok', 'empty') or (status = 'partial' and source = 'import')) and window_from < :until and window_to > :since
    and coalesce(note, '') not like 'asked by hand%';

-- name: sources_of_week
-- (What was asked of the week's own time; of a source of which nothing was, what was said of it then or since.)
with asked as (
    select source, server, query, asked_at, status, note, window_from is not null as of_the_time, row_number() over (
            partition by source, coalesce(server, ''), coalesce(query, '')
            order by window_from is null, asked_at >= :until, id desc
        ) as place
    from coverage
    where source <> 'import' and coalesce(note, '') not like 'asked by hand%'
        and case when window_from is null then asked_at >= :since else window_from < :until and window_to > :since end
)
select source, server, query, asked_at, status, note from asked
where place = 1 and (of_the_time or source not in (select source from asked where of_the_time))
order by source, server, query;

-- name: asked_ever
select distinct source, coalesce(server, '') as server, coalesce(query, '') as query from coverage
where status in ('ok', 'empty') and source <> 'import' and window_from is not null and window_to is not null;

-- name: gaps
select source, server, query, gap_from, gap_to from gaps where gap_from < :until and gap_to > :since;

-- name: days
select distinct day from daily_counts where day between :first and :last and theme is null;

-- name: links
select url, people, posts, reposts from weekly_links where week = :week
order by people desc, posts + reposts desc, url limit :limit;

-- name: own_by_theme
select coalesce(theme, '') as theme, posts, reposts from weekly_totals where week = :week and is_own = 1;
