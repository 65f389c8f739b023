-- title: Posts that speak to us
-- for: A comms officer who wants to answer
-- Posts by other people that answer one of our posts or name one of our accounts, newest first. A question mark is looked
-- for outside web addresses; not every question has one.
select
    posts.created_at,
    authors.handle as written_by,
    posts.text,
    case when speaking_to_us.answers_us then 'answers us' else 'names us' end as how,
    case when posts.text like '%? %' or posts.text like '%?' then 'yes' else 'no' end as question_mark,
    '/post/' || posts.id as page
from posts
join speaking_to_us on speaking_to_us.post_id = posts.id
left join authors on authors.id = posts.author_id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and (speaking_to_us.answers_us or speaking_to_us.names_us)
order by posts.created_at desc
limit 500;
