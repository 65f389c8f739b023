-- title: Posts that speak to us
-- for: A comms officer who wants to answer
-- Posts by other people that answer one of our posts or name one of our accounts, newest first; of the 2,000 that came in last. A
-- question mark is looked for outside web addresses; not every question has one.
with came_in_last as (
    select post_id from (
        select answer.id as post_id
        from posts as ours join posts as answer on answer.reply_to = ours.native_id and answer.platform = ours.platform
        where ours.is_own = 1
        union
        select post_mentions.post_id
        from settings
        join json_each(settings.value) as account
        join post_mentions on post_mentions.handle = substr(account.value, instr(account.value, ':') + 1) collate nocase
        where settings.name = 'own_accounts'
    )
    order by post_id desc limit 2000
)
select
    posts.created_at,
    authors.handle as written_by,
    posts.text,
    case when speaking_to_us.answers_us then 'answers us' else 'names us' end as how,
    case when posts.text like '%? %' or posts.text like '%?' then 'yes' else 'no' end as question_mark,
    '/post/' || posts.id as page
from came_in_last
join posts on posts.id = came_in_last.post_id
join speaking_to_us on speaking_to_us.post_id = posts.id
left join authors on authors.id = posts.author_id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    and (speaking_to_us.answers_us or speaking_to_us.names_us)
order by posts.created_at desc
limit coalesce(nullif(cast(:rows as integer), 0), 100);
