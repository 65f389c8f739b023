-- What the coding pages read of tracker.db. Drawn from are other people's live posts with words, reposts left out.
-- (cross join: SQLite goes from what a queue is about to its posts. With a plain join it may go through all posts instead.)

-- name: frame_days
select day, count(*) as posts, sum(id) as numbers from posts
where is_own = 0 and status = 'live' and kind <> 'repost' and text <> '' group by day;

-- name: frame
select platform, native_id from posts
where day between :first and :last and is_own = 0 and status = 'live' and kind <> 'repost' and text <> '';

-- name: changed
select (select count(*) from runs) || ' ' || coalesce((select max(finished_at) from runs), '')
    || ' ' || (select count(*) from posts) as mark;

-- name: definitions
select themes.slug, themes.position, latest.definition
from themes
join (select theme, max(id) as id from theme_versions group by theme) as newest on newest.theme = themes.slug
join theme_versions as latest on latest.id = newest.id
where themes.retired_at is null order by themes.dimension <> 'theme', themes.dimension, themes.position;

-- name: called
select slug, name from themes;

-- name: questions
select slug, text, answers_when from questions order by position;

-- name: readable
select wanted.key as place, posts.platform, posts.native_id
from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
left join post_readings on post_readings.post_id = posts.id
where posts.status = 'live' and posts.text <> '' and coalesce(post_readings.outcome, '') not in ('other-language', 'empty')
order by wanted.key;

-- name: unsure
select posts.platform, posts.native_id
from post_readings cross join posts on posts.id = post_readings.post_id
where post_readings.outcome = 'unsure' and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by post_readings.doubt desc, post_readings.top_score, posts.id limit :limit;

-- name: disagree
with doubtful as (
    select post_id, max(abs(score - 0.5)) as apart from post_themes
    where decided_by = 'model' or (decided_by = 'rule' and score <= 0.5) group by post_id
)
select posts.platform, posts.native_id
from doubtful cross join posts on posts.id = doubtful.post_id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by doubtful.apart desc, posts.id desc limit :limit;

-- name: of_theme
select posts.platform, posts.native_id
from post_themes cross join posts on posts.id = post_themes.post_id
where post_themes.theme = :theme and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by post_themes.post_id desc limit :limit;

-- name: not_of_theme
select posts.platform, posts.native_id from posts
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and posts.text <> ''
    and not exists (select 1 from post_themes where post_id = posts.id and theme = :theme)
order by posts.id desc limit :limit;

-- name: to_code
select id, platform, native_id, text, kind, reply_to, quote_of, truncated, created_at, outcome, lang_detected, lang_score
from posts left join post_readings on post_readings.post_id = posts.id
where platform = :platform and native_id = :native_id and status = 'live';

-- name: number_of
select id from posts where platform = :platform and native_id = :native_id;

-- name: numbered
select platform, native_id from posts where id = :id;

-- name: here
select posts.platform, posts.native_id from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
where posts.status = 'live';

-- name: context
select text, kind, created_at, is_own, outcome, lang_detected, lang_score
from posts left join post_readings on post_readings.post_id = posts.id
where platform = :platform and native_id = :native_id and status = 'live';

-- name: machine_said
select posts.platform, posts.native_id, posts.day, post_readings.model, post_readings.outcome,
    (select json_group_array(theme) from (
        select theme from post_themes where post_id = posts.id and decided_by <> 'person'
        union select theme from set_aside_themes where post_id = posts.id
    )) as themes,
    (select json_group_object(theme, score) from sample_scores
        where sample_scores.post_id = posts.id and sample_scores.model = post_readings.model) as scores
from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join post_readings on post_readings.post_id = posts.id;

-- name: readable_of_days
select count(*) as posts from posts left join post_readings on post_readings.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and posts.text <> '' and coalesce(post_readings.outcome, '') not in ('other-language', 'empty');

-- name: machine_on_days
with those as (
    select posts.id from posts join post_readings on post_readings.post_id = posts.id
    where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and posts.text <> '' and post_readings.outcome not in ('other-language', 'empty')
)
select theme, count(*) as posts from (
    select those.id, post_themes.theme from those join post_themes on post_themes.post_id = those.id
    where post_themes.decided_by <> 'person'
    union select those.id, set_aside_themes.theme from those join set_aside_themes on set_aside_themes.post_id = those.id
) group by theme;

-- name: read_everywhere
select count(*) as posts, count(*) filter (where post_verdicts.post_id is null) as others,
    count(*) filter (where post_verdicts.post_id is null and post_readings.outcome = 'unsure') as unsure
from posts join post_readings on post_readings.post_id = posts.id left join post_verdicts on post_verdicts.post_id = posts.id
where post_readings.model = :model and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and posts.text <> '' and post_readings.outcome not in ('other-language', 'empty');

-- name: themes_everywhere
with those as (
    select posts.id from posts join post_readings on post_readings.post_id = posts.id
    where post_readings.model = :model and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and posts.text <> '' and post_readings.outcome not in ('other-language', 'empty')
)
select theme, sum(given) as given, sum(labelled) as labelled, sum(carried) as carried from (
    select post_themes.theme, 1 as given, 0 as labelled, 0 as carried from those join post_themes on post_themes.post_id = those.id
    where post_themes.decided_by <> 'person'
    union all
    select settled_themes.theme, 0, 1, settled_themes.given from those join settled_themes on settled_themes.post_id = those.id
) group by theme;

-- name: messages_read
select posts.platform, posts.native_id, same_message.message_id
from post_verdicts join posts on posts.id = post_verdicts.post_id join same_message on same_message.post_id = posts.id
where post_verdicts.via = 'read';

-- name: to_score
select posts.id, posts.text from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join post_readings on post_readings.post_id = posts.id and post_readings.model = :model
where posts.status = 'live' and post_readings.outcome not in ('other-language', 'empty') and not exists (
    select 1 from sample_scores where sample_scores.post_id = posts.id and sample_scores.model = :model
);

-- name: forget_scores
delete from sample_scores where model <> :model;

-- name: keep_score
insert or replace into sample_scores(post_id, theme, model, score) values (:post_id, :theme, :model, :score);

-- name: found_by
with found as materialized (
    select
        exists (select 1 from post_matches where post_id = posts.id and rule = 'hashtag') as by_tag,
        exists (select 1 from post_matches where post_id = posts.id and rule = 'link') as by_link
    from posts left join post_readings on post_readings.post_id = posts.id left join post_verdicts on post_verdicts.post_id = posts.id
    where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and coalesce(post_verdicts.relevant, post_readings.relevant, 1) = 1
)
select count(*) filter (where by_tag) as by_tag, count(*) filter (where by_link) as by_link,
    count(*) filter (where by_tag and by_link) as by_both, count(*) as posts
from found;

-- name: rules_of
select posts.platform, posts.native_id, post_matches.rule
from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join post_matches on post_matches.post_id = posts.id
group by posts.id, post_matches.rule;

-- name: carried_to
select value from settings where name = 'codings_carried';
