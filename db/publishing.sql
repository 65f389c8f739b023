-- What the public copy is made from. A post counts where it is live, not ours, not found by people to be about something else, and
-- not by someone who asked not to be shown: see_public in counting.sql, may_be_told here.

-- name: opted_out
select count(*) as posts from authors cross join posts on posts.author_id = authors.id
where authors.opted_out = 1 and posts.status = 'live' and posts.is_own = 0;

-- name: weeks
select distinct week from public_counts
where subject_id in (select id from public_subjects where kind in ('posts', 'reposts')) order by week;

-- name: all_posts
select coalesce(sum(posts), 0) from public_counts where subject_id = (select id from public_subjects where kind = 'posts');

-- name: subject
select id from public_subjects where kind = ? and subject = ?;

-- name: single
select posts, people from public_counts where subject_id = ? and week = ?;

-- name: shared_links
select subject, id, max(people) as most
from public_subjects as links cross join public_counts on public_counts.subject_id = links.id
where kind = 'link' and not exists (select 1 from public_subjects as pages where pages.kind = 'page' and pages.subject = links.subject)
group by id having sum(people) >= :smallest;

-- name: links_of_weeks
select subject from public_subjects as links
where kind = 'link' and id in (
        select subject_id from public_counts indexed by public_counts_by_week where week >= :first and people >= :smallest
    )
    and not exists (select 1 from public_subjects as pages where pages.kind = 'page' and pages.subject = links.subject)
order by subject;

-- name: sharers
select count(distinct author_id) from public_marks where subject_id = :subject and author_id <> 0;

-- name: people
select count(distinct author_id) from json_each(:pairs) as asked
cross join public_subjects on public_subjects.kind = :kind and public_subjects.subject = asked.value ->> 0
cross join public_marks on public_marks.subject_id = public_subjects.id and public_marks.week = asked.value ->> 1
where author_id <> 0;

-- name: platforms
select subject, sum(posts) as posts, count(distinct nullif(author_id, 0)) as people
from public_subjects cross join json_each(:weeks) as asked
cross join public_marks on public_marks.subject_id = public_subjects.id and public_marks.week = asked.value
where kind = 'platform' group by subject;

-- name: rest
with everyone as (
    select author_id, sum(posts) as posts
    from json_each(:weeks) as asked
    cross join public_marks on public_marks.week = asked.value
        and public_marks.subject_id = (select id from public_subjects where kind = 'posts')
    group by author_id
), meant as (
    select author_id, sum(posts) as posts
    from json_each(:pairs) as asked
    cross join public_subjects on public_subjects.kind = :kind and public_subjects.subject = asked.value ->> 0
    cross join public_marks on public_marks.subject_id = public_subjects.id and public_marks.week = asked.value ->> 1
    group by author_id
)
select coalesce(sum(everyone.posts - coalesce(meant.posts, 0)), 0) as posts,
    count(*) filter (where everyone.posts > coalesce(meant.posts, 0) and everyone.author_id <> 0) as people
from everyone left join meant using (author_id);

-- name: may_be_told
posts.status = 'live' and posts.is_own = 0 and posts.kind <> 'repost'
and not exists (select 1 from post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
and not exists (select 1 from authors where authors.id = posts.author_id and authors.opted_out = 1);

-- name: of_many
select count(distinct posts.id) as posts, count(distinct posts.author_id) as people
from json_each(:pairs) as asked
cross join posts on posts.day between asked.value ->> 1 and asked.value ->> 2
where {may_be_told}
    and exists (select 1 from post_themes where post_themes.post_id = posts.id and post_themes.theme = asked.value ->> 0);

-- name: rest_of_many
select count(*) as posts, count(distinct posts.author_id) as people
from json_each(:days) as asked
cross join posts on posts.day between asked.value ->> 0 and asked.value ->> 1
where {may_be_told}
    and not exists (
        select 1 from json_each(:pairs) as meant join post_themes on post_themes.theme = meant.value ->> 0
        where post_themes.post_id = posts.id and posts.day between meant.value ->> 1 and meant.value ->> 2
    );

-- name: told
select kind, subject, level, pairs, posts, people, model, told_at, counted_by from published_cells
where subject not like 'forgotten:%' order by id;

-- name: told_of_weeks
select kind, subject, level, pairs, posts, people, model, told_at, counted_by from published_cells
where id in (select cell_id from published_weeks where week >= :first) and subject not like 'forgotten:%' order by id;

-- name: told_behind
select kind, subject, level, pairs, posts, people, model, told_at, counted_by from published_cells
where id > :told and subject not like 'forgotten:%' order by id;

-- name: changed_weeks
select week from public_changes;

-- name: keep
insert or ignore into published_cells(kind, subject, level, pairs, posts, people, model, told_at, counted_by)
values (:kind, :subject, :level, :pairs, :posts, :people, :model, :told_at, :counted_by);

-- name: read_by_people
-- (The themes that people settled on every post and repost of a week that can have themes, as weeks_by_hand of reading_people.sql.)
select read.theme, read.week from weekly_read as read join weekly_read as whole on whole.week = read.week and whole.theme = ''
where read.theme <> '' and read.posts = whole.posts and read.week in (select value from json_each(:weeks));

-- name: counted_by_people
select distinct pair.value ->> 0 as theme
from published_cells cross join json_each(published_cells.pairs) as pair where published_cells.counted_by is not null;

-- name: agreement
select name as theme, round(alpha, 2) as alpha, round(alpha_low, 2) as alpha_low, round(alpha_high, 2) as alpha_high,
    round(percent, 2) as percent, units
from coder_agreement where what = 'theme' and units > 0 and name in (select value from json_each(:themes)) order by name;

-- name: themes
select slug, name, meaning, group_name, dimension, position, retired_at from themes
where retired_at is null
    or exists (select 1 from published_cells where kind = 'theme' and subject = themes.slug)
    or exists (
        select 1 from published_cells join json_each(published_cells.pairs) as pair on pair.value ->> 0 = themes.slug
        where published_cells.kind = 'group'
    )
order by position, slug;

-- name: questions
select slug, text, answers_when, position from questions order by position;

-- name: theme_error
select theme_quality.model, theme_quality.theme, precision, precision_low, precision_high, recall, recall_low, recall_high, n,
    support, measured_on
from theme_quality join models on models.name = theme_quality.model
where models.live = 1 or exists (select 1 from published_cells where published_cells.model = models.name);

-- name: live_model
select name, trained_at, labelled, invented, notes from models where live = 1;

-- name: asked_at_moments
-- (What was not asked at all says nothing of what was seen.)
select source, coalesce(server, '') as server, coalesce(query, '') as query, status in ('ok', 'empty') as answered,
    coalesce(window_to, window_from, asked_at) as moment
from coverage
where source <> 'import' and status <> 'not-asked'
    and not (status in ('ok', 'empty') and window_from is not null and window_to is not null and window_from < window_to)
order by id;

-- name: answered_spans
select source, coalesce(server, '') as server, coalesce(query, '') as query, window_from, window_to from coverage
where source <> 'import' and status in ('ok', 'empty') and window_from < window_to;

-- name: gaps
select source, gap_from, gap_to from gaps;

-- name: from_files
select day from days_from_files;

-- name: own_posts
select platform, url, created_at, text, outcome, lang_detected, lang_score
from posts left join post_readings on post_readings.post_id = posts.id
where is_own = 1 and status = 'live' and kind <> 'repost' and trim(text) <> '' order by created_at, id;

-- name: own_handles
select lower(handle) as handle from authors where is_own = 1 and handle is not null
union select lower(substr(own.value, instr(own.value, ':') + 1)) from settings join json_each(settings.value) as own
where settings.name = 'own_accounts';

-- name: may_be_quoted
select value ->> 0 as platform, value ->> 1 as native_id, outcome, lang_detected, lang_score from json_each(:keys)
left join posts on posts.platform = value ->> 0 and posts.native_id = value ->> 1
left join authors on authors.id = posts.author_id
left join post_readings on post_readings.post_id = posts.id
where coalesce(posts.status, 'live') = 'live' and coalesce(authors.opted_out, 0) <> 1;

-- name: borrowed
select posts.id from posts_fts join posts on posts.id = posts_fts.rowid
where posts_fts match :phrase and posts.is_own = 0 limit 1;

-- name: borrowed_letters
select posts.id from posts
where posts.is_own = 0 and exists (select 1 from json_each(:pieces) as piece where instr(posts.text, piece.value)) limit 1;

-- name: note
insert into audit(at, actor, action, subject, count, note) values (:at, :actor, :action, :subject, :count, :note);
