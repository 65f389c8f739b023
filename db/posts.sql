-- Views over the posts that `debate-tracker bulk` keeps, with the names of the tables of tracker.db. In this folder:
--     duckdb -init posts.sql
-- id: a hash of the platform and the platform's own id; posts.author_id is authors.id.

create or replace view kept as
select (h >> 1)::bigint as id, * exclude (h)
from read_parquet('posts/*/*/*.parquet', hive_partitioning = true, hive_types = {platform: varchar, day: varchar});

-- Who is known by a handle alone here and by an id there is one account, as one_id_each of bulk.sql has it for the counts.
create or replace view known_authors as
with told as (
    select * from read_parquet('bulk/authors.parquet')
), by_id as (
    select platform, lower(handle) as handle, arg_max(native_id, struct_pack(since := handle_at, id := native_id)) as native_id
    from told where native_id not like '@%' and handle is not null group by 1, 2
)
select told.*, by_id.native_id is null as is_whole,
    (hash(told.platform || ' ' || coalesce(by_id.native_id, told.native_id)) >> 1)::bigint as author_id
from told
left join by_id on told.native_id like '@%' and by_id.platform = told.platform and by_id.handle = lower(told.handle);

create or replace view authors as
select author_id as id, platform, native_id, handle, name as display_name, is_own, opted_out from known_authors where is_whole;

create or replace view posts as
select kept.id, kept.platform, kept.native_id, url, author.author_id, text, lang, created_at, day, edited_at, reply_to,
    conversation_id, quote_of, repost_of, kind, 'live' as status, kept.is_own, truncated, seen_at
from kept left join known_authors as author on author.platform = kept.platform and author.native_id = kept.author_id;

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
