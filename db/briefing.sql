-- What the week's briefing tells beside the counts. Nobody is named here.

-- name: conversations
select min(posts.id) as id, posts.platform, count(*) as posts, count(distinct posts.author_id) as people,
    max(exists (
        select 1 from posts as ours where ours.platform = posts.platform and ours.native_id = posts.reply_to and ours.is_own = 1
    )) as under_ours
from posts
where posts.day between :first and :last and posts.kind = 'reply' and posts.status = 'live' and posts.is_own = 0
group by posts.platform, coalesce(posts.conversation_id, posts.reply_to) having count(distinct posts.author_id) >= 3
order by people desc, posts desc limit 3;

-- name: themes_of_conversation
select themes.name, count(*) as posts from posts
join post_themes on post_themes.post_id = posts.id join themes on themes.slug = post_themes.theme
where posts.platform = :platform and posts.kind = 'reply' and posts.day between :first and :last
    and coalesce(posts.conversation_id, posts.reply_to) = (
        select coalesce(one.conversation_id, one.reply_to) from posts as one where one.id = :id
    )
group by themes.slug order by posts desc limit 2;

-- name: own_posts
select posts.id, posts.platform, posts.native_id, posts.text, posts.created_at, outcome, lang_detected, lang_score from posts
left join post_readings on post_readings.post_id = posts.id
where posts.day between :first and :last and posts.is_own = 1 and posts.status = 'live' and posts.kind <> 'repost'
order by posts.created_at;

-- name: reach
select
    (select count(*) from posts where repost_of = :native_id and platform = :platform and status = 'live' and is_own = 0) as reposts,
    (select count(distinct author_id) from posts where reply_to = :native_id and platform = :platform and status = 'live'
        and is_own = 0) as people,
    (select views from post_counts where post_id = :id and views is not null order by seen_at desc limit 1) as views,
    (select likes from post_counts where post_id = :id and likes is not null order by seen_at desc limit 1) as likes;

-- name: gaps
select source, server, gap_from, gap_to, why from gaps where gap_from < :until and gap_to > :since order by gap_from;

-- name: quoted
select posts.platform, posts.native_id, outcome, lang_detected, lang_score from posts
left join post_readings on post_readings.post_id = posts.id
left join authors on authors.id = posts.author_id
where posts.day between :first and :last and posts.status = 'live' and coalesce(authors.opted_out, 0) <> 1
    and exists (
        select 1 from json_each(:keys) as wanted
        where wanted.value ->> 0 = posts.platform and wanted.value ->> 1 = posts.native_id
    );
