-- What may be told is counted here, on tables of the connection's own; the store is only read. A post counts where it is live, not
-- ours, not found by people to be about something else, and not by someone who asked not to be shown.

-- name: make_posts
create temp table told_posts as
select posts.id as post, posts.day as week, posts.platform, posts.author_id as author, posts.kind = 'repost' as repost
from posts
where posts.status = 'live' and posts.is_own = 0
    and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
    and not exists (select 1 from authors where authors.id = posts.author_id and authors.opted_out = 1);

-- name: opted_out
select count(*) as posts from posts join authors on authors.id = posts.author_id
where authors.opted_out = 1 and posts.status = 'live' and posts.is_own = 0;

-- name: days
select distinct week from told_posts;

-- name: make_weeks
update told_posts set week = (select weeks.week from told_weeks as weeks where weeks.day = told_posts.week);

-- name: index_posts
create index temp.told_posts_by_week on told_posts(week, post);

-- name: make_marks
create temp table told_marks(kind text, subject text, week text, post integer, author integer);

-- name: mark_posts
insert into told_marks select 'posts', 'all', week, post, author from told_posts where not repost;

-- name: mark_reposts
insert into told_marks select 'reposts', 'all', week, post, author from told_posts where repost;

-- name: mark_themes
insert into told_marks
select 'theme', post_themes.theme, told_posts.week, told_posts.post, told_posts.author
from told_posts join post_themes on post_themes.post_id = told_posts.post
join themes on themes.slug = post_themes.theme and themes.retired_at is null
where not told_posts.repost;

-- name: mark_questions
insert into told_marks
select 'question', post_questions.question, told_posts.week, told_posts.post, told_posts.author
from told_posts join post_questions on post_questions.post_id = told_posts.post
join questions on questions.slug = post_questions.question
left join post_verdicts on post_verdicts.post_id = told_posts.post
where not told_posts.repost and (post_questions.decided_by = 'person' or post_verdicts.relevant is null);

-- name: mark_links
insert into told_marks
select 'link', links.address, told_posts.week, told_posts.post, told_posts.author
from (select distinct post_id, public_link(url) as address from post_links) as links
join told_posts on told_posts.post = links.post_id
where links.address is not null and not told_posts.repost;

-- name: drop_posts_as_links
delete from told_marks where kind = 'link' and subject in (
    select public_link(url) from posts where url is not null and is_own = 0 and platform not in ('x', 'bluesky', 'news')
);

-- name: index_marks
create index temp.told_marks_by_subject on told_marks(kind, subject, week);

-- name: singles
select kind, subject, week, count(distinct post) as posts, count(distinct author) as people
from told_marks group by kind, subject, week;

-- name: shared_links
select subject from told_marks where kind = 'link'
group by subject having count(distinct author) >= :smallest order by subject;

-- name: of
select count(distinct post) as posts, count(distinct author) as people
from json_each(:pairs) as asked
cross join told_marks on told_marks.kind = :kind and told_marks.subject = asked.value ->> 0 and told_marks.week = asked.value ->> 1;

-- name: platforms
select told_posts.platform, count(*) as posts, count(distinct told_posts.author) as people
from json_each(:weeks) as asked cross join told_posts on told_posts.week = asked.value
where not told_posts.repost group by told_posts.platform;

-- name: rest
select count(*) as posts, count(distinct author) as people from (
    select told_posts.post, told_posts.author
    from json_each(:weeks) as asked cross join told_posts on told_posts.week = asked.value
    where not told_posts.repost
    except
    select told_marks.post, told_marks.author
    from json_each(:pairs) as asked
    cross join told_marks on told_marks.kind = :kind and told_marks.subject = asked.value ->> 0 and told_marks.week = asked.value ->> 1
);

-- name: told
select kind, subject, level, pairs, posts, people, model, told_at from published_cells
where subject not like 'forgotten:%' order by id;

-- name: keep
insert or ignore into published_cells(kind, subject, level, pairs, posts, people, model, told_at)
values (:kind, :subject, :level, :pairs, :posts, :people, :model, :told_at);

-- name: all_posts
select count(*) as posts, count(distinct week) as weeks from told_posts where not repost;

-- name: themes
select slug, name, meaning, group_name, dimension, position from themes
where retired_at is null or slug in (
    select value ->> 0 from published_cells join json_each(published_cells.pairs) where kind in ('theme', 'group')
)
order by position, slug;

-- name: questions
select slug, text, answers_when, position from questions order by position;

-- name: theme_error
select theme_quality.model, theme_quality.theme, precision, precision_low, precision_high, recall, recall_low, recall_high, n,
    support, measured_on
from theme_quality join models on models.name = theme_quality.model
where models.live = 1 or models.name in (select model from published_cells);

-- name: live_model
select name, trained_at, labelled, invented, notes from models where live = 1;

-- name: coverage
select coverage.source, coverage.status, substr(coalesce(coverage.window_to, coverage.asked_at), 1, 10) as day
from coverage
join (
    select max(id) as id from coverage where source <> 'import'
    group by source, coalesce(server, ''), coalesce(query, ''), substr(coalesce(window_to, asked_at), 1, 10)
) as latest on latest.id = coverage.id;

-- name: gaps
select source, substr(gap_from, 1, 10) as first, substr(gap_to, 1, 10) as last from gaps;

-- name: from_files
select distinct posts.day from post_origins join posts on posts.id = post_origins.post_id where post_origins.source = 'import';

-- name: own_posts
select platform, url, created_at, text from posts
where is_own = 1 and status = 'live' and kind <> 'repost' and trim(text) <> '' order by created_at, id;

-- name: own_handles
select lower(handle) as handle from authors where is_own = 1 and handle is not null
union select lower(substr(own.value, instr(own.value, ':') + 1)) from settings join json_each(settings.value) as own
where settings.name = 'own_accounts';

-- name: may_be_quoted
select value ->> 0 as platform, value ->> 1 as native_id from json_each(:keys) where not exists (
    select 1 from posts left join authors on authors.id = posts.author_id
    where posts.platform = value ->> 0 and posts.native_id = value ->> 1
        and (posts.status <> 'live' or coalesce(authors.opted_out, 0) = 1)
);

-- name: borrowed
select posts.id from posts_fts join posts on posts.id = posts_fts.rowid
where posts_fts match :phrase and posts.is_own = 0 limit 1;

-- name: borrowed_letters
select posts.id from posts
where posts.is_own = 0 and exists (select 1 from json_each(:pieces) as piece where instr(posts.text, piece.value)) limit 1;

-- name: note
insert into audit(at, actor, action, subject, count, note) values (:at, :actor, :action, :subject, :count, :note);
