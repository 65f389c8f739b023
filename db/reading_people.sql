-- What people read, for the pages that show counts.

-- name: by_hand
select read.theme from weekly_read as read join weekly_read as whole on whole.week = read.week and whole.theme = ''
where read.week = :week and read.theme <> '' and read.posts = whole.posts;

-- name: always_by_hand
select theme from weekly_read where theme <> '' group by theme
having sum(posts) = (select sum(posts) from weekly_read where theme = '');

-- name: weeks_by_hand
select read.week from weekly_read as read join weekly_read as whole on whole.week = read.week and whole.theme = ''
where read.theme = :theme and read.posts = whole.posts;

-- name: agreement
select name, alpha, alpha_low, alpha_high, percent, positive, units from coder_agreement where what = :what;

-- name: quality_of_questions
select theme_quality.theme, precision, precision_low, precision_high, recall, recall_low, recall_high, n, support, measured_on
from theme_quality join models on models.name = theme_quality.model and models.live = 1
where theme_quality.theme = 'asks us' or theme_quality.theme like 'question %';

-- name: left_out
select count(*) filter (where posts.kind <> 'repost') as posts, count(*) filter (where posts.kind = 'repost') as reposts
from main.post_verdicts cross join posts on posts.id = post_verdicts.post_id
where post_verdicts.relevant = 0 and posts.is_own = 0 and posts.status = 'live';

-- name: verdict
select relevant, asks_us, coders, adjudicated, via, whole from post_verdicts where post_id = :post_id;

-- name: questions_of
select questions.slug, questions.text, post_questions.decided_by, post_questions.score
from post_questions join questions on questions.slug = post_questions.question
where post_questions.post_id = :post_id order by questions.position;

-- name: questions
select slug, text, answers_when from questions order by position;

-- name: answering_by_people
select posts.id from post_verdicts
join post_questions on post_questions.post_id = post_verdicts.post_id and post_questions.question = :question
join posts on posts.id = post_verdicts.post_id
where post_questions.decided_by = 'person' and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
order by posts.created_at desc, posts.id desc limit :limit;

-- name: answering
select posts.id from post_questions join posts on posts.id = post_questions.post_id
where post_questions.question = :question and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and post_questions.decided_by <> 'person'
order by post_questions.post_id desc limit :limit;
