-- Views over the posts that `debate-tracker bulk` keeps, with the names of the tables of tracker.db. In this folder:
--     duckdb -init posts.sql
-- id: a hash of the platform and the post's own id. author: the author's own id, joined with authors.native_id.

create or replace view kept as
select (h >> 1)::bigint as id, * exclude (h)
from read_parquet('posts/*/*/*.parquet', hive_partitioning = true, hive_types = {platform: varchar, day: varchar});

create or replace view posts as
select id, platform, native_id, url, author_id as author, text, lang, created_at, day, edited_at, reply_to, conversation_id, quote_of,
    repost_of, kind, is_own, truncated, seen_at from kept;

create or replace view authors as select * from read_parquet('bulk/authors.parquet');

create or replace view post_readings as
select id as post_id, model, outcome, relevant, lang_detected, lang_score, top_score, asks from kept;

create or replace view post_themes as
select post_id, hit.theme, hit.score, hit.decided_by, hit.words from (select id as post_id, unnest(themes) as hit from kept);

create or replace view post_questions as
select post_id, hit.theme as question, hit.score, hit.decided_by, hit.words from (select id as post_id, unnest(questions) as hit from kept);

create or replace view post_hashtags as
select post_id, tagged.tag, tagged.spelled from (select id as post_id, unnest(hashtags) as tagged from kept);

create or replace view post_links as select id as post_id, unnest(links) as url from kept;

create or replace view post_mentions as select id as post_id, unnest(mentions) as handle from kept;

create or replace view post_counts as
select post_id, counted.* from (select id as post_id, unnest(counts) as counted from kept);

create or replace view post_matches as
select post_id, matched.rule, matched.value from (select id as post_id, unnest(matches) as matched from kept);

create or replace view post_origins as
select post_id, origin.file, origin.line from (select id as post_id, unnest(origins) as origin from kept);

create or replace view same_message as select id as post_id, message as message_id from read_parquet('bulk/messages.parquet');
