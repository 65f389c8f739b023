-- Finding the posts that are one message. :ids is a JSON list of our numbers of posts. The index on wordings holds those of six
-- words and more, the fewest that are compared with every other post, so statements must say `words >= 6` to use it.

-- name: waiting
select post_id from posts_to_group order by post_id limit :limit;

-- name: to_compare
select posts.id, posts.platform, posts.native_id, posts.url, posts.kind, posts.truncated, posts.text,
    (select json_group_array(url) from (select url from post_links where post_id = posts.id order by url)) as links,
    post_wordings.wording, post_wordings.words
from json_each(:ids) as asked
join posts_to_group on posts_to_group.post_id = asked.value and not posts_to_group.compared
join posts on posts.id = posts_to_group.post_id
left join post_wordings on post_wordings.post_id = posts.id
order by posts.id;

-- name: count_to_group
select count(*) as posts from posts_to_group;

-- name: in_one_message
select post_id from same_message
where message_id in (select message_id from same_message where post_id in (select value from json_each(:ids)));

-- name: of_one_wording
select post_id from post_wordings
where words >= 6
    and wording in (
        select mine.wording from post_wordings as mine
        where mine.words >= 6 and mine.post_id in (select value from json_each(:ids)) and exists (
            select 1 from post_wordings as other
            where other.words >= 6 and other.wording = mine.wording and other.post_id <> mine.post_id
        )
    );

-- name: pointed_at
select posts.id from json_each(:ids) as asked
join post_originals on post_originals.post_id = asked.value
join posts on posts.platform = post_originals.platform and posts.native_id = post_originals.native_id
where posts.kind <> 'repost';

-- name: pointing
select post_originals.post_id from json_each(:ids) as asked
join posts on posts.id = asked.value and posts.kind <> 'repost'
join post_originals on post_originals.platform = posts.platform and post_originals.native_id = posts.native_id;

-- name: copies
select posts.id, posts.platform, posts.created_at, post_wordings.wording, coalesce(post_wordings.words, 0) as words
from json_each(:ids) as asked
join posts on posts.id = asked.value
left join post_wordings on post_wordings.post_id = posts.id
order by posts.id;

-- name: links_of
select post_id, url from post_links where post_id in (select value from json_each(:ids)) order by post_id, url;

-- name: copy_of
select post_originals.post_id, posts.id, post_originals.certain
from json_each(:ids) as asked
join post_originals on post_originals.post_id = asked.value
join posts on posts.platform = post_originals.platform and posts.native_id = post_originals.native_id
where posts.kind <> 'repost'
order by posts.id;

-- name: grouped
select post_id, message_id from same_message where post_id in (select value from json_each(:ids));
