-- title: Most shared links
-- for: A comms officer who wants to know what people pass round
-- Web addresses in posts by other people, counted by how many different people shared them, so that one busy account does
-- not lift a link to the top. Reposts are included: passing a post on shares its link.
select
    post_links.url,
    count(distinct posts.author_id) as people,
    count(*) as posts,
    min(posts.day) as first_day,
    max(posts.day) as last_day
from post_links
join posts on posts.id = post_links.post_id
where posts.is_own = 0 and posts.status = 'live'
group by post_links.url
order by people desc, posts desc, post_links.url
limit 200;
