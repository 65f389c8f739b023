-- What the program says of posts besides their themes, before any person's decision, for the table of validation.

-- name: also_said
select posts.platform, posts.native_id, post_readings.relevant,
    coalesce(post_readings.asks, 0) = 1 and (speaking_to_us.answers_us or speaking_to_us.names_us) as asks,
    (select json_group_array(question) from (
        select question from post_questions where post_id = posts.id and decided_by <> 'person'
        union select question from set_aside_questions where post_id = posts.id
    )) as answers,
    (select json_group_array(theme) from theme_quality where model = post_readings.model and theme like 'question %') as looked_for
from json_each(:keys) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join post_readings on post_readings.post_id = posts.id
join speaking_to_us on speaking_to_us.post_id = posts.id;

-- name: also_on_days
with those as (
    select posts.id, post_readings.relevant, post_readings.asks from posts join post_readings on post_readings.post_id = posts.id
    where posts.day between :first and :last and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and posts.text <> '' and post_readings.outcome not in ('other-language', 'empty')
)
select 'question ' || question as label, count(*) as posts from (
    select those.id, post_questions.question from those join post_questions on post_questions.post_id = those.id
    where post_questions.decided_by <> 'person'
    union select those.id, question from those join set_aside_questions on set_aside_questions.post_id = those.id
) group by question
union all
select 'asks us', count(*) from those join speaking_to_us on speaking_to_us.post_id = those.id
where those.asks = 1 and (speaking_to_us.answers_us or speaking_to_us.names_us)
union all
select 'not this debate', case when count(relevant) then count(*) filter (where relevant = 0) end from those;

-- name: looked_for
select theme from theme_quality join models on models.name = theme_quality.model and models.live = 1
where theme like 'question %';
