-- title: Answers to the questions of the paper
-- for: The authors of the paper
-- Posts that people, else the program, took for an answer to one of the paper's questions; those that people read come first. Where
-- people were asked about a post, their word stands alone.
select questions.text as question, post_questions.decided_by, posts.created_at, posts.text, '/post/' || posts.id as page
from questions
join post_questions on post_questions.question = questions.slug
join posts on posts.id = post_questions.post_id
where posts.status = 'live' and posts.is_own = 0 and posts.kind <> 'repost'
order by post_questions.decided_by <> 'person', posts.id desc limit coalesce(nullif(cast(:rows as integer), 0), 100);
