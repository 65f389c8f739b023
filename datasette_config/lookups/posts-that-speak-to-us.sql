-- title: Posts that speak to us
-- for: A comms officer who wants to answer
-- Posts by other people that answer one of our posts or name one of our accounts, newest first; of the
-- 500 that came in last, or of twice as many as you ask for. A question mark is looked for outside web addresses; not every question
-- has one. Posts that people found not to be of this debate are among them.
with answers as (
    select answer.id as post_id, 'answers us' as how, answer.platform
    from posts as ours cross join posts as answer on answer.reply_to = ours.native_id and answer.platform = ours.platform
    where ours.is_own = 1
    order by answer.id desc limit max(500, 2 * cast(:rows as integer))
),
names as (
    select post_mentions.post_id, 'names us' as how, substr(account.value, 1, instr(account.value, ':') - 1) as platform
    from settings
    cross join json_each(settings.value) as account
    cross join post_mentions on post_mentions.handle = substr(account.value, instr(account.value, ':') + 1) collate nocase
    where settings.name = 'own_accounts'
    order by post_mentions.post_id desc limit max(500, 2 * cast(:rows as integer))
),
came_in_last as (
    select post_id, platform, min(how) as how from (select * from answers union all select * from names)
    group by post_id, platform order by post_id desc limit max(500, 2 * cast(:rows as integer))
),
newest as (
    select posts.id, posts.created_at, came_in_last.how
    from came_in_last cross join posts on posts.id = came_in_last.post_id and posts.platform = came_in_last.platform
    where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
    order by posts.created_at desc
    limit coalesce(nullif(cast(:rows as integer), 0), 100)
)
select
    newest.created_at,
    authors.handle as written_by,
    posts.text,
    newest.how,
    case when posts.text like '%? %' or posts.text like '%?' then 'yes' else 'no' end as question_mark,
    '/post/' || posts.id as page
from newest
cross join posts on posts.id = newest.id
left join authors on authors.id = posts.author_id
order by newest.created_at desc;
