-- title: Which file a post came from
-- for: Anyone who doubts a post, or must answer where the data came from
-- Type the number of a post (it ends the address of the post's page). Each row is one place where the post was seen; a post
-- found in two files has two rows.
select
    post_origins.post_id,
    case post_origins.file when '' then post_origins.source else post_origins.file end as seen_in,
    post_origins.line,
    runs.command as read_by,
    runs.started_at as read_at
from post_origins
join runs on runs.id = post_origins.run_id
where post_origins.post_id = cast(:post_number as integer)
order by runs.started_at, seen_in, post_origins.line;
