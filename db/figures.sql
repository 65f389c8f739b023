-- Sums over the whole debate, each as (key, value), without keys that come to nothing. A night counts them for the posts that
-- changed alone, and adds what that makes to what is kept (db/counting.py): so each is a sum over posts and what belongs to them,
-- and of the most only a part is kept (db/figures.py: MOST). Those of distinct people (OF_PEOPLE) do not add up; a night has them
-- from counted_members. `bulk`, and a page of a store that was not counted since it was upgraded, ask all as they stand here.

-- name: people
select '' as key, count(distinct posts.author_id) as value from posts
where posts.is_own = 0 and posts.status = 'live' and posts.author_id is not null
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;

-- name: outcomes
select
    case
        when exists (select 1 from post_themes where post_themes.post_id = posts.id) then 'themed'
        when post_readings.outcome = 'themed' then 'none'
        when exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.whole = 1) then 'none'
        else coalesce(post_readings.outcome, 'not read')
    end as key, count(*) as value
from posts left join post_readings on post_readings.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;

-- name: unread
select '' as key, count(*) as value from posts
where not exists (select 1 from post_readings where post_readings.post_id = posts.id) group by 1;

-- name: left_out
select case when posts.kind = 'repost' then 'reposts' else 'posts' end as key, count(*) as value
from post_verdicts cross join posts on posts.id = post_verdicts.post_id
where post_verdicts.relevant = 0 and posts.is_own = 0 and posts.status = 'live' group by 1;

-- name: theme_people
select post_themes.theme as key, count(distinct posts.author_id) as value
from post_themes join posts on posts.id = post_themes.post_id
where posts.is_own = 0 and posts.status = 'live' and posts.author_id is not null
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;

-- name: theme_decided
select post_themes.theme || '|' || post_themes.decided_by as key, count(*) as value
from post_themes join posts on posts.id = post_themes.post_id
where posts.is_own = 0 and posts.status = 'live' group by 1;

-- name: questions
select post_questions.question || '|' || case post_questions.decided_by when 'person' then 'person' else 'program' end as key,
    count(*) as value
from post_questions
join posts on posts.id = post_questions.post_id and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
group by 1;

-- name: texts
select 'cut' as key, count(*) as value from posts where status = 'live' and truncated group by 1
union all select 'posts', count(*) from posts where status = 'live' group by 1
union all select 'without_author', count(*) from posts where status = 'live' and author_id is null group by 1
union all select 'reposts', count(*) from posts where status = 'live' and kind = 'repost' group by 1;

-- name: statuses
select status as key, count(*) as value from posts group by 1;

-- name: languages
select lang_detected as key, count(*) as value from post_readings where lang_detected is not null
group by 1;

-- name: attrition
select substr(day, 1, 7) || '|' || status as key, count(*) as value from posts group by 1;

-- name: kinds
select case is_own when 1 then 'ours|' else 'others|' end || kind as key, count(*) as value from posts
where status = 'live' and (is_own = 1 or not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0))
group by 1;

-- name: shown
select 'live' as key, count(*) as value from posts where status = 'live' group by 1
union all select 'gone', count(*) from posts where status <> 'live' group by 1
union all select 'ours', count(*) from posts where status = 'live' and is_own = 1 group by 1
union all select 'not debate', count(*) from post_verdicts cross join posts on posts.id = post_verdicts.post_id
    where post_verdicts.relevant = 0 and posts.status = 'live' and posts.is_own = 0 group by 1;

-- name: most_reposted
select platform || '|' || repost_of as key, count(*) as value from posts
where repost_of is not null and status = 'live' group by platform, repost_of;

-- name: most_answered
select platform || '|' || reply_to as key, count(*) as value from posts
where reply_to is not null and status = 'live' group by platform, reply_to;

-- name: spoken
select coalesce(posts.lang, 'not said') || '|' || coalesce(post_readings.lang_detected, 'not read') as key, count(*) as value
from posts left join post_readings on post_readings.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' group by 1;

-- name: people_by_day
select posts.day as key, count(distinct posts.author_id) as value from posts
where posts.is_own = 0 and posts.status = 'live' and posts.author_id is not null
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;

-- name: links
select post_links.url as key, count(distinct posts.author_id) as value
from post_links join posts on posts.id = post_links.post_id
where posts.is_own = 0 and posts.status = 'live' and posts.author_id is not null
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
group by 1;
