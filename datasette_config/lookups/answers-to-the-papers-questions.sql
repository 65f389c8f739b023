-- title: Answers to the questions of the paper
-- for: The authors of the paper
-- Posts that people, else the program, took for an answer to one of the paper's questions; those that people read come first. Where
-- people read a post, their word stands alone.
select questions.text as question, post_questions.decided_by, posts.created_at, posts.text, '/post/' || posts.id as page
from questions
join post_questions on post_questions.question = questions.slug
join posts on posts.id = post_questions.post_id
left join post_verdicts on post_verdicts.post_id = posts.id
where posts.status = 'live' and posts.is_own = 0 and posts.kind <> 'repost'
    and (post_questions.decided_by = 'person' or post_verdicts.relevant is null)
order by post_questions.decided_by <> 'person', posts.id desc limit coalesce(nullif(cast(:rows as integer), 0), 100);
