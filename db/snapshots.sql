-- What a snapshot takes from the public copy (pub) and, as sums and definitions only, from the store (the others).

-- name: pub_numbers
-- (All columns, also of themes: a copy that was published before that was kept does not say of which people counted.)
select id as number, * from cells order by id;

-- name: pub_pairs
select id as number, pairs from cells order by id;

-- name: pub_theme_error
select model, theme, precision, precision_low, precision_high, recall, recall_low, recall_high, n, support, measured_on
from theme_error order by model, theme;

-- name: pub_says_agreement
select 1 from sqlite_master where type = 'table' and name = 'agreement';

-- name: pub_agreement
select theme, alpha, alpha_low, alpha_high, percent, units from agreement order by theme;

-- name: pub_themes
select * from themes order by position, slug;

-- name: pub_questions
select slug, text, answers_when from questions order by position, slug;

-- name: pub_coverage
select week, source, status from coverage order by week, source, status;

-- name: pub_own_posts
select platform, url, created_at, text from own_posts order by created_at, platform, url, text;

-- name: theme_versions
select theme, changed_at, definition from theme_versions where theme in (select value from json_each(:themes)) order by id;

-- name: models
select name, trained_at, labelled, invented, notes from models
where live = 1 or name in (select value from json_each(:models)) order by trained_at, name;

-- name: queries
select changed_at, what, note from followed order by id;

-- name: last_run
select max(finished_at) as ended from runs;

-- name: errata
select entered_at, concerns, words from errata order by id;

-- name: newest_snapshot
select version, made_at, sha256 from registered_copies
where kind = 'snapshot' and version is not null and people = 0 and withdrawn_at is null order by id desc limit 1;

-- name: enter_erratum
insert into errata(entered_at, entered_by, concerns, words) values (:at, :by, :concerns, :words);

-- name: ids
select posts.platform, posts.native_id from posts left join authors on authors.id = posts.author_id
where posts.platform = :platform and posts.status = 'live' and (posts.is_own = 1 or coalesce(authors.opted_out, 0) <> 1)
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
order by posts.native_id;

-- name: platforms
select posts.platform, count(*) as posts from posts where posts.status = 'live' group by posts.platform order by posts.platform;
