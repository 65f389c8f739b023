-- What is read from labels.db and written to it. `standing` codings are those that no later row takes the place of. `caseless`
-- compares names as Python's casefold does (db/labels.py); SQLite's `nocase` takes É and é for two.

-- name: standing
select * from standing_codings order by platform, native_id, id;

-- name: standing_of_post
select * from standing_codings where platform = :platform and native_id = :native_id order by id;

-- name: touched
select * from codings
where role = 'coder' and what <> 'undone' and not exists (select 1 from codings as later where later.supersedes = codings.id);

-- name: kept_for_audit
select platform, native_id from sample where queue = 'audit'
union select platform, native_id from codings where queue = 'audit' and probability is not null;

-- name: latest_of_coder
select id, platform, native_id, round, queue from codings
where coder = :coder collate caseless and role = :role
    and not exists (select 1 from codings as later where later.supersedes = codings.id)
    and what <> 'undone'
order by id desc limit 1;

-- name: last_said
select * from codings
where platform = :platform and native_id = :native_id and coder = :coder collate caseless and role = :role and round = :round
    and what <> 'undone'
order by id desc limit 1;

-- name: newest_of_post
select what from codings
where platform = :platform and native_id = :native_id and coder = :coder collate caseless and role = 'coder'
order by id desc limit 1;

-- name: standing_row
select id, coded_at, what from codings
where platform = :platform and native_id = :native_id and coder = :coder collate caseless and role = :role and round = :round
    and what <> 'undone' and not exists (select 1 from codings as later where later.supersedes = codings.id)
order by id desc limit 1;

-- name: add
insert into codings(
    platform, native_id, text, coder, coded_at, role, round, queue, probability, codebook, what, relevant, cannot_tell, themes,
    questions, asks_us, note, supersedes, origin
) values (
    :platform, :native_id, :text, :coder, :coded_at, :role, :round, :queue, :probability, :codebook, :what, :relevant, :cannot_tell,
    :themes, :questions, :asks_us, :note, :supersedes, :origin
) returning id;

-- name: add_again
insert into codings(
    platform, native_id, text, coder, coded_at, role, round, queue, probability, codebook, what, relevant, cannot_tell, themes,
    questions, asks_us, note, supersedes, origin
) select
    platform, native_id, text, coder, coded_at, role, round, queue, probability, codebook, what, relevant, cannot_tell, themes,
    questions, asks_us, note, :supersedes, origin
from codings where id = :id;

-- name: of_the_moment
select * from codings
where platform = :platform and native_id = :native_id and coder = :coder collate caseless and coded_at = :coded_at and role = :role
    and round = :round and id <= :newest and not exists (
        select 1 from standing_codings as older
        where older.supersedes = codings.id and older.coded_at < codings.coded_at and older.id <= :newest
    );

-- name: keep_codebook
insert or ignore into codebooks(version, made_at, content) values (:version, :made_at, :content);

-- name: codebooks
select version, made_at, content from codebooks order by made_at, version;

-- name: without_codebook
select origin, coded_at, themes, questions from standing_codings where codebook not in (select version from codebooks);

-- name: theme_lives
select slug, retired_at, min(changed_at) as born from themes join theme_versions on theme = slug group by slug;

-- name: rules
select name, value from coding_rules order by id;

-- name: rule_history
select changed_at, changed_by, name, value from coding_rules order by id desc limit 50;

-- name: set_rule
insert into coding_rules(changed_at, changed_by, name, value) values (:changed_at, :changed_by, :name, :value);

-- name: begin_rule
insert into coding_rules(changed_at, changed_by, name, value)
select :changed_at, :changed_by, :name, :value where not exists (select 1 from coding_rules where name = :name);

-- name: rates
select week, max(rate) as rate, max(population) as population, seed from draws where queue = :queue group by week;

-- name: draws
select draws.*, (select count(*) from sample where sample.queue = draws.queue and sample.week = draws.week) as in_sample
from draws order by id;

-- name: note_draw
insert into draws(drawn_at, drawn_by, queue, seed, week, rate, population, drawn)
values (:drawn_at, :drawn_by, :queue, :seed, :week, :rate, :population, :drawn) returning id;

-- name: keep_drawn
insert or ignore into sample(queue, platform, native_id, week, place, draw_id)
values (:queue, :platform, :native_id, :week, :place, :draw_id);

-- name: sample
select sample.platform, sample.native_id, sample.week, sample.place, rates.rate
from sample join (select queue, week, max(rate) as rate from draws group by queue, week) as rates
    on rates.queue = sample.queue and rates.week = sample.week
where sample.queue = :queue order by sample.place / rates.rate;

-- name: coders
select distinct coder from codings where role = 'coder' order by coder collate caseless;

-- name: latest
select coalesce(max(id), 0) as id from codings;

-- name: quotes
select platform, native_id, text, paraphrase, consent, consent_at from quotes order by id;
