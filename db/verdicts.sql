-- Carrying over to tracker.db what people settled. :wanted is a JSON list of [platform, native_id]; ids are our numbers of posts.

-- name: read_by_people
select wanted.key as place, posts.id from json_each(:wanted) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]');

-- name: reposts_of
select wanted.key as place, posts.id from json_each(:wanted) as wanted
join posts on posts.repost_of = json_extract(wanted.value, '$[1]') and posts.platform = json_extract(wanted.value, '$[0]')
where posts.repost_of is not null and posts.kind = 'repost';

-- name: same_messages
select wanted.key as place, other.post_id as id from json_each(:wanted) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join same_message as mine on mine.post_id = posts.id
join same_message as other on other.message_id = mine.message_id and other.post_id <> mine.post_id;

-- name: carried
select post_verdicts.*,
    (select json_group_array(json_array(theme, given)) from (select theme, given from settled_themes
        where settled_themes.post_id = post_verdicts.post_id order by theme)) as themes,
    (select json_group_array(json_array(question, given)) from (select question, given from settled_questions
        where settled_questions.post_id = post_verdicts.post_id order by question)) as questions
from post_verdicts;

-- name: forget_person_s_themes
delete from post_themes where post_id = :id and decided_by = 'person';

-- name: forget_person_s_questions
delete from post_questions where post_id = :id and decided_by = 'person';

-- name: unsettle_themes
delete from settled_themes where post_id = :id;

-- name: unsettle_questions
delete from settled_questions where post_id = :id;

-- name: bring_themes_back
insert or ignore into post_themes(post_id, theme, score, decided_by, words)
select post_id, theme, score, decided_by, words from set_aside_themes where post_id = :id;

-- name: bring_questions_back
insert or ignore into post_questions(post_id, question, score, decided_by, words)
select post_id, question, score, decided_by, words from set_aside_questions where post_id = :id;

-- name: clear_themes_aside
delete from set_aside_themes where post_id = :id;

-- name: clear_questions_aside
delete from set_aside_questions where post_id = :id;

-- name: forget_verdict
delete from post_verdicts where post_id = :id;

-- name: keep_verdict
insert into post_verdicts(post_id, relevant, asks_us, coders, adjudicated, via, whole)
values (:id, :relevant, :asks_us, :coders, :adjudicated, :via, :whole);

-- name: settle_theme
insert into settled_themes(post_id, theme, given) values (:id, :theme, :given);

-- name: settle_question
insert into settled_questions(post_id, question, given) values (:id, :question, :given);

-- name: put_themes_aside
insert into set_aside_themes(post_id, theme, score, decided_by, words)
select post_themes.post_id, post_themes.theme, post_themes.score, post_themes.decided_by, post_themes.words
from post_themes join settled_themes using (post_id, theme) where post_themes.post_id = :id;

-- name: put_questions_aside
insert into set_aside_questions(post_id, question, score, decided_by, words)
select answering.post_id, answering.question, answering.score, answering.decided_by, answering.words
from post_questions as answering join settled_questions using (post_id, question) where answering.post_id = :id;

-- name: take_themes_out
delete from post_themes where post_id = :id
    and theme in (select theme from settled_themes where settled_themes.post_id = :id);

-- name: take_questions_out
delete from post_questions where post_id = :id
    and question in (select question from settled_questions where settled_questions.post_id = :id);

-- name: give_themes
insert or replace into post_themes(post_id, theme, score, decided_by)
select post_id, theme, 1.0, 'person' from settled_themes where post_id = :id and given = 1;

-- name: give_questions
insert or replace into post_questions(post_id, question, score, decided_by)
select post_id, question, 1.0, 'person' from settled_questions where post_id = :id and given = 1;

-- name: count_again
insert or ignore into days_to_count select day from posts where id = :id;

-- name: live_model
select name from models where live = 1;

-- name: drop_quality_of_live
delete from theme_quality where theme = :theme and model in (select name from models where live = 1);

-- name: asks_by_program
select wanted.key as place,
    coalesce(post_readings.asks, 0) = 1 and (speaking_to_us.answers_us or speaking_to_us.names_us) as asks
from json_each(:wanted) as wanted
join posts on posts.platform = json_extract(wanted.value, '$[0]') and posts.native_id = json_extract(wanted.value, '$[1]')
join speaking_to_us on speaking_to_us.post_id = posts.id
join post_readings on post_readings.post_id = posts.id;

-- name: clear_agreement
delete from coder_agreement;

-- name: note_alpha
update theme_quality set alpha = (
    select alpha from coder_agreement
    where (what = 'theme' and name = theme_quality.theme) or (what = 'question' and 'question ' || name = theme_quality.theme)
        or (what = 'asks us' and theme_quality.theme = 'asks us')
)
where model in (select name from models where live = 1);

-- name: keep_agreement
insert into coder_agreement(what, name, alpha, alpha_low, alpha_high, percent, positive, units, yes, measured_at)
values (:what, :name, :alpha, :low, :high, :percent, :positive, :units, :yes, :measured_at);
