-- What is watched besides the counts: of other people's live posts, reposts left out.

-- name: by_day
select day, text from posts where is_own = 0 and status = 'live' and kind <> 'repost' and text <> '' order by id desc limit 40000;

-- name: last_day
select max(day) as day from posts where is_own = 0 and status = 'live';

-- name: without_theme
select posts.id, posts.text from posts join post_readings on post_readings.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and posts.day > :after and posts.day <= :upto
    and post_readings.outcome in ('none', 'unsure') and coalesce(post_readings.relevant, 1) = 1
order by posts.id desc limit 20000;

-- name: links_without_theme
select posts.id, post_links.url from posts join post_readings on post_readings.post_id = posts.id
join post_links on post_links.post_id = posts.id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and posts.day > :after and posts.day <= :upto
    and post_readings.outcome in ('none', 'unsure') and coalesce(post_readings.relevant, 1) = 1
order by posts.id desc limit 20000;

-- name: misleading
select theme, phrase, posts, coded, correct from phrase_figures where misleads = 1 order by theme, phrase;

-- name: phrases_of_theme
select phrase, posts, coded, correct, fires_with, misleads from phrase_figures where theme = :theme order by posts desc, phrase;

-- name: drift
select week, posts, words, unseen, alarm from weekly_drift order by week;

-- name: emerging
select kind, what, posts, before, examples from emerging_talk order by kind desc, posts desc, what;

-- name: keep_phrase
insert or replace into phrase_figures(theme, phrase, posts, coded, correct, fires_with, misleads) values (?, ?, ?, ?, ?, ?, ?);

-- name: keep_week
insert or replace into weekly_drift(week, posts, words, unseen, alarm) values (?, ?, ?, ?, ?);

-- name: keep_emerging
insert or replace into emerging_talk(kind, what, posts, before, examples) values (?, ?, ?, ?, ?);

-- name: standing
select count(*) as posts, max(id) as last from posts;
