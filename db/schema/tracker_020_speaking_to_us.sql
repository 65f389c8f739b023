-- Whom a post speaks to, said once for the sums, the measures and the look-ups.

create view speaking_to_us as
select posts.id as post_id,
    exists (
        select 1 from posts as ours
        where ours.platform = posts.platform and ours.native_id = posts.reply_to and ours.is_own = 1
    ) as answers_us,
    exists (
        select 1 from post_mentions
        join settings on settings.name = 'own_accounts'
        join json_each(settings.value) as account
        where post_mentions.post_id = posts.id and lower(account.value) = lower(posts.platform || ':' || post_mentions.handle)
    ) as names_us
from posts;
