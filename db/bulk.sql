-- What DuckDB is asked over the posts that `bulk` keeps in Parquet. Views of the names that the tables of tracker.db have, so that
-- summaries.sql and figures.sql count here as they count there. A post's number is its 64-bit hash without its last bit.

-- name: kept
create view kept as
select (h >> 1)::bigint as id, * from read_parquet({files}, hive_partitioning = true, hive_types = {{platform: varchar, day: varchar}});

-- name: decided_otherwise
create temp table decided_otherwise as
with decided as (
    select platform, day, h, native_id, kind, truncated, repost_of, model, outcome, relevant, lang_detected, lang_score, top_score, asks,
        themes, questions
    from kept
), beside as (
    select repost.platform, repost.day, repost.h, original.* exclude (platform, day, h, native_id, kind, truncated, repost_of)
        replace (
            list_transform(original.themes, lambda hit: struct_update(hit, words := '[]')) as themes,
            list_transform(original.questions, lambda hit: struct_update(hit, words := '[]')) as questions
        ),
        repost.outcome as own_outcome, repost.top_score as own_top_score, repost.themes as own_themes, repost.questions as own_questions
    from decided as repost join decided as original on original.platform = repost.platform and original.native_id = repost.repost_of
    where repost.kind = 'repost' and repost.truncated and original.kind <> 'repost' and original.outcome <> 'empty'
)
select * exclude (own_outcome, own_top_score, own_themes, own_questions) from beside
where (outcome, top_score, themes, questions) is distinct from (own_outcome, own_top_score, own_themes, own_questions);

-- name: days_decided_otherwise
select distinct platform, day from decided_otherwise order by day, platform;

-- name: known_authors
create temp table known_authors as
with told as (
    select * from read_parquet({files}, union_by_name = true)
), latest as (
    select platform, native_id,
        max(handle_at) as handle_at,
        arg_max(handle, struct_pack(since := handle_at, said := handle)) filter (where handle is not null) as handle,
        arg_max(is_own, struct_pack(since := handle_at, said := coalesce(handle, ''))) as is_own,
        max(name_at) as name_at,
        arg_max(name, struct_pack(since := name_at, said := name)) filter (where name is not null) as name,
        bool_or(opted_out) as opted_out
    from told group by platform, native_id
)
select platform, native_id, handle, handle_at, name, name_at, is_own, opted_out from latest;

-- name: one_id_each
create temp table one_id_each as
with by_id as (
    select platform, lower(handle) as handle, arg_max(native_id, struct_pack(since := handle_at, id := native_id)) as native_id
    from known_authors where native_id not like '@%' and handle is not null group by 1, 2
)
select known_authors.platform, known_authors.native_id, known_authors.is_own, known_authors.handle_at,
    known_authors.platform || ' ' || coalesce(by_id.native_id, known_authors.native_id) as id
from known_authors
left join by_id on known_authors.native_id like '@%' and by_id.platform = known_authors.platform
    and by_id.handle = lower(known_authors.handle);

-- name: authors
create temp table authors as
select id, arg_max(is_own, handle_at)::integer as is_own from one_id_each group by id;

-- name: same_message
create temp table same_message as select id as post_id, message as message_id from read_parquet({files});

-- name: ours
create temp table ours as select platform, native_id from kept where is_own;

-- name: own_accounts
create temp table own_accounts as select unnest($accounts::varchar[]) as account;

-- name: people_s_own
create temp table post_verdicts (post_id bigint, relevant integer, asks_us integer, whole integer);
create temp table settled_themes (post_id bigint, theme varchar, given integer);

-- name: chosen_all
create or replace temp view chosen as select * exclude (text, mentions, matches, origins, counts, originals) from kept;

-- name: chosen_week
create or replace temp table week_kept as
select * exclude (text, matches, origins, counts, originals), text <> '' as has_text from kept where day between $first and $last;

-- name: posts
create or replace temp view posts as
select chosen.id, chosen.platform, chosen.native_id, chosen.day, chosen.kind, chosen.is_own::integer as is_own, 'live' as status,
    one_id_each.id as author_id, {text} as text, chosen.lang, chosen.truncated, chosen.reply_to, chosen.repost_of
from {chosen} as chosen
left join one_id_each on one_id_each.platform = chosen.platform and one_id_each.native_id = chosen.author_id;

-- name: post_readings
create or replace temp view post_readings as
select id as post_id, outcome, relevant::integer as relevant, lang_detected, asks::integer as asks from {chosen};

-- name: post_themes
create or replace temp view post_themes as
select id as post_id, hit.theme as theme, hit.decided_by as decided_by from (select id, unnest(themes) as hit from {chosen});

-- name: post_questions
create or replace temp view post_questions as
select id as post_id, hit.theme as question, hit.decided_by as decided_by from (select id, unnest(questions) as hit from {chosen});

-- name: post_links
create or replace temp view post_links as select distinct id as post_id, unnest(links) as url from {chosen};

-- name: post_hashtags
create or replace temp view post_hashtags as
select distinct post_id, tagged.tag as tag from (select id as post_id, unnest(hashtags) as tagged from {chosen});

-- name: speaking_to_us
create or replace temp view speaking_to_us as
select week_kept.id as post_id,
    exists (select 1 from ours where ours.platform = week_kept.platform and ours.native_id = week_kept.reply_to) as answers_us,
    list_has_any(
        list_transform(week_kept.mentions, lambda named: lower(week_kept.platform || ':' || named)),
        coalesce((select list(lower(account)) from own_accounts), [])
    ) as names_us
from week_kept;

-- name: summaries
create temp table counted (
    day varchar, platform varchar, kind varchar, is_own integer, theme varchar, message bigint, author varchar
);
create temp table daily_counts (
    day varchar, platform varchar, kind varchar, is_own integer, theme varchar, posts bigint, messages bigint, authors bigint
);
create temp table weekly_counts (
    week varchar, platform varchar, kind varchar, is_own integer, theme varchar, posts bigint, messages bigint, authors bigint
);
create temp table weekly_totals (
    week varchar, is_own integer, theme varchar, posts bigint, reposts bigint, messages bigint, authors bigint
);
create temp table weekly_read (week varchar, theme varchar, posts bigint);
create temp table weekly_links (week varchar, url varchar, people bigint, posts bigint, reposts bigint);
create temp table weekly_hashtags (week varchar, tag varchar, people bigint, posts bigint, reposts bigint);
create temp table asking_posts (post_id bigint primary key, week varchar, how varchar);
create temp table days_to_count (day varchar);

-- name: edges
create temp table edges as
with pointing as (
    select id, platform, unnest(originals) as original from kept where kind <> 'repost' and len(originals) > 0
)
select pointing.id as copy, other.id as original, pointing.original.certain as certain
from pointing join kept as other
    on other.platform = pointing.original.platform and other.native_id = pointing.original.native_id and other.kind <> 'repost';

-- name: to_compare
create temp table to_compare as
with alike as (
    select wording from kept where kind <> 'repost' and wording is not null and words >= 6 group by wording having count(*) > 1
), ends as (select copy as id from edges union select original from edges),
linked as (
    select wording from kept where id in (select id from ends) and wording is not null
)
select id, platform, epoch_ms(created_at) as moment, wording, words, links,
    id in (select id from ends) or coalesce(wording in (select wording from linked), false) as is_linked
from kept
where kind <> 'repost' and (id in (select id from ends) or (words >= 6 and wording in (select wording from alike)));

-- name: compared
select id, platform, moment, wording, words, links, is_linked from to_compare order by is_linked desc, wording, id;

-- name: messages_before
select coalesce(before.id, now.id) as id from read_parquet({files}) as before
full join found_messages as now on now.id = before.id where now.message is distinct from before.message;

-- name: days_of
select distinct day from kept where id in (select id from changed_posts);

-- name: days_of_authors
select distinct kept.day from kept
join one_id_each as now on now.platform = kept.platform and now.native_id = kept.author_id
join ids_before on ids_before.platform = now.platform and ids_before.native_id = now.native_id
where ids_before.id <> now.id;
