-- title: Posts that speak to us
-- for: A comms officer who wants to answer
-- Posts by other people that answer one of our posts or name one of our accounts, newest first. A question mark is looked
-- for outside web addresses; not every question has one.
select
    posts.created_at,
    authors.handle as written_by,
    posts.text,
    case when exists (
        select 1 from posts as ours
        where ours.platform = posts.platform and ours.native_id = posts.reply_to and ours.is_own = 1
    ) then 'answers us' else 'names us' end as how,
    case when posts.text like '%? %' or posts.text like '%?' then 'yes' else 'no' end as question_mark,
    '/post/' || posts.id as page
from posts
left join authors on authors.id = posts.author_id
where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost' and (
    exists (
        select 1 from posts as ours
        where ours.platform = posts.platform and ours.native_id = posts.reply_to and ours.is_own = 1
    )
    or exists (
        select 1 from post_mentions
        join settings on settings.name = 'own_accounts'
        join json_each(settings.value) as account
        where post_mentions.post_id = posts.id and lower(account.value) = lower(posts.platform || ':' || post_mentions.handle)
    )
)
order by posts.created_at desc
limit 500;
