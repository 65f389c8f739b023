-- What the public pages read from the public copy.

-- name: about
select name, value from about;

-- name: rows_shown
select (select count(*) from cells) + (select count(*) from own_posts) + (select count(*) from quotes) as shown;

-- name: cells
-- (All columns, also below: a copy that was published before that was kept does not say of which people counted.)
select * from cells
where kind = :kind order by first_week, weeks, subject;

-- name: themes
select * from themes order by dimension <> 'theme', dimension, position, slug;

-- name: theme_error
select * from theme_error;

-- name: coverage
select week, source, status from coverage order by source;

-- name: questions
select slug, text, answers_when from questions order by position;

-- name: own_posts
-- (All columns: a copy that was published before languages were told has no lang.)
select * from own_posts order by created_at desc, id desc;

-- name: quotes
select * from quotes order by id;

-- name: numbers
select * from cells order by id;

-- name: says_agreement
select 1 from sqlite_master where type = 'table' and name = 'agreement';

-- name: agreement
select theme, alpha, alpha_low, alpha_high, percent, units from agreement;
