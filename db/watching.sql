-- What is watched besides the counts: of other people's live posts that were read and are of the debate, reposts left out.

-- name: by_day
select posts.day, posts.text from posts join post_readings on post_readings.post_id = posts.id
left join post_verdicts on post_verdicts.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and post_readings.outcome in ('none', 'unsure', 'themed')
    and coalesce(post_verdicts.relevant, post_readings.relevant, 1) = 1
order by posts.id desc limit 40000;

-- name: last_day
-- (Not after today, as posts are whose clock or whose order of day and month was wrong, unless all are.)
select coalesce(
    (select max(day) from posts where is_own = 0 and status = 'live' and day <= :today),
    (select max(day) from posts where is_own = 0 and status = 'live')
) as day;

-- name: said
select posts.id as post, coalesce(same_message.message_id, -posts.id) as message, posts.author_id as author, posts.text,
    coalesce((select json_group_array(url) from post_links where post_id = posts.id), '[]') as links,
    exists (select 1 from post_themes where post_id = posts.id) as covered
from posts join post_readings on post_readings.post_id = posts.id
left join same_message on same_message.post_id = posts.id
left join post_verdicts on post_verdicts.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and posts.day > :after and posts.day <= :upto
    and post_readings.outcome in ('none', 'unsure', 'themed')
    and coalesce(post_verdicts.relevant, post_readings.relevant, 1) = 1
order by posts.id desc limit 10000;

-- name: misleading
select theme, themes.name, phrase, posts, coded, correct from phrase_figures join themes on themes.slug = phrase_figures.theme
where misleads = 1 order by theme, phrase;

-- name: phrases_of_theme
select phrase, posts, coded, correct, fires_with, misleads from phrase_figures where theme = :theme order by posts desc, phrase;

-- name: drift
select week, posts, words, unseen, alarm from weekly_drift order by week;

-- name: emerging
select kind, what, messages, before, people, examples from emerging_talk order by kind desc, position;

-- name: sample_weeks
select week, posts, given, share, low, high, alarm from weekly_shares where theme = :theme order by week desc;

-- name: sample_alarms
select weekly_shares.week, weekly_shares.theme, themes.name, weekly_shares.alarm
from weekly_shares left join themes on themes.slug = weekly_shares.theme
where weekly_shares.alarm is not null
    and weekly_shares.week in (select distinct week from weekly_shares order by week desc limit 2)
order by weekly_shares.week desc, weekly_shares.theme;

-- name: days_of_posts
select posts.platform, posts.native_id, posts.day from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]');

-- name: keep_share
insert into weekly_shares(week, theme, posts, given, share, low, high, alarm) values (?, ?, ?, ?, ?, ?, ?, ?);

-- name: keep_phrase
insert or replace into phrase_figures(theme, phrase, posts, coded, correct, fires_with, misleads) values (?, ?, ?, ?, ?, ?, ?);

-- name: keep_week
insert or replace into weekly_drift(week, posts, words, unseen, alarm) values (?, ?, ?, ?, ?);

-- name: keep_emerging
insert or replace into emerging_talk(kind, what, messages, before, people, examples, position) values (?, ?, ?, ?, ?, ?, ?);

-- name: looked
select exists (select 1 from settings where name = 'watched') as looked,
    exists (select 1 from posts where is_own = 0 and status = 'live' and kind <> 'repost' and text <> '') as posts;

-- name: standing
select count(*) filter (where status = 'live') as posts, max(id) as last,
    (select json_group_array(json_array(theme, is_own, posts)) from (
        select theme, is_own, sum(posts) as posts from weekly_totals group by theme, is_own order by theme, is_own
    )) as given,
    (select json_group_array(json_array(theme, posts)) from (
        select theme, sum(posts) as posts from weekly_read group by theme order by theme
    )) as labelled
from posts;
