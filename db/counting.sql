-- Counting what changed (db/counting.py). The posts of a batch lie, as they are now or as they were when last counted, in temporary
-- tables of the names that tracker.db has, so that figures.sql counts them alone; :sign is 1 for now and -1 for before.

-- name: make_batch
create temp table batch(post_id integer primary key);
-- name: make_posts
create temp table posts(
    id integer primary key, platform text, author_id integer, text text, lang text, day text, kind text, status text,
    is_own integer, truncated integer, reply_to text, repost_of text, url text, opted_out integer
);
-- name: make_post_readings
create temp table post_readings(post_id integer primary key, outcome text, lang_detected text);
-- name: make_post_verdicts
create temp table post_verdicts(post_id integer primary key, relevant integer, whole integer);
-- name: make_same_message
create temp table same_message(post_id integer primary key, message_id integer);
-- name: make_post_themes
create temp table post_themes(post_id integer, theme text, decided_by text, primary key (post_id, theme)) without rowid;
-- name: make_settled_themes
create temp table settled_themes(post_id integer, theme text, primary key (post_id, theme)) without rowid;
-- name: make_post_questions
create temp table post_questions(post_id integer, question text, decided_by text, primary key (post_id, question)) without rowid;
-- name: make_post_links
create temp table post_links(post_id integer, url text, primary key (post_id, url)) without rowid;
-- name: make_post_hashtags
create temp table post_hashtags(post_id integer, tag text, primary key (post_id, tag)) without rowid;
-- name: make_weeks
create temp table weeks(day text primary key, week text, first text, last text, frozen integer) without rowid;
-- name: make_figure_changes
create temp table figure_changes(name text, key text, value integer);
-- name: make_gathered
create temp table gathered(
    sign integer, day text, platform text, kind text, is_own integer, theme text, message integer, author integer
);
-- name: make_member_changes
create temp table member_changes(
    what text, theme text, member integer, day text, platform text, kind text, is_own integer, posts integer
);
-- name: make_standing
create temp table standing(
    level text, period text, what text, theme text, member integer, first text, last text, platform text, kind text,
    is_own integer, stood integer
);
-- name: make_sums
create temp table sums(
    level text, period text, platform text, kind text, is_own integer, theme text,
    posts integer, reposts integer, messages integer, authors integer
);
-- name: make_read_changes
create temp table read_changes(week text, theme text, posts integer);
-- name: make_sharing
create temp table sharing(what text, value text, author_id integer, week text, posts integer, reposts integer);
-- name: make_sharer_changes
create temp table sharer_changes(what text, value text, author_id integer, week text, posts integer, reposts integer);
-- name: make_public_seen
create temp table public_seen(kind text, subject text, week text, author_id integer, posts integer);
-- name: make_marks_changed
create temp table marks_changed(subject_id integer, week text, author_id integer, posts integer, stood integer);
-- name: make_sharers
create temp table sharers(what text, value text, author_id integer, week text, stood integer);

-- name: count_waiting
select count(*) from posts_to_count;

-- name: wait_all
insert into posts_to_count(post_id, is_new) select id, 1 from main.posts;

-- name: next_batch
insert into batch select post_id from posts_to_count order by post_id limit :most;

-- name: days_of_batch
select day from main.posts where id in (select post_id from batch)
union select day from before_posts where post_id in (select post_id from batch);

-- name: days_of_week
insert into weeks(day, week, first, last, frozen)
select :day, :week, :first, :last, exists (select 1 from frozen_weeks where week = :week);

-- name: now_posts
insert into temp.posts
select posts.id, posts.platform, author_id, case when posts.text = '' then '' else 'text' end, lang, day, kind, status, posts.is_own,
    truncated, reply_to, repost_of, url, authors.opted_out
from batch cross join main.posts on posts.id = batch.post_id left join main.authors on authors.id = posts.author_id;
-- name: now_post_readings
insert into temp.post_readings
select readings.post_id, outcome, lang_detected from batch cross join main.post_readings as readings using (post_id);
-- name: now_post_verdicts
insert into temp.post_verdicts
select verdicts.post_id, relevant, whole from batch cross join main.post_verdicts as verdicts using (post_id);
-- name: now_same_message
insert into temp.same_message
select messages.post_id, message_id from batch cross join main.same_message as messages using (post_id);
-- name: now_post_themes
insert into temp.post_themes
select themed.post_id, theme, decided_by from batch cross join main.post_themes as themed using (post_id);
-- name: now_settled_themes
insert into temp.settled_themes select settled.post_id, theme from batch cross join main.settled_themes as settled using (post_id);
-- name: now_post_questions
insert into temp.post_questions
select answering.post_id, question, decided_by from batch cross join main.post_questions as answering using (post_id);
-- name: now_post_links
insert into temp.post_links select links.post_id, url from batch cross join main.post_links as links using (post_id);
-- name: now_post_hashtags
insert into temp.post_hashtags select tagged.post_id, tag from batch cross join main.post_hashtags as tagged using (post_id);

-- name: before_posts
insert into temp.posts
select before.post_id, platform, author_id, case has_text when 1 then 'text' else '' end, lang, day, kind, status, is_own,
    truncated, reply_to, repost_of, url, opted_out
from batch cross join before_posts as before using (post_id);
-- name: before_post_readings
insert into temp.post_readings
select before.post_id, outcome, lang_detected from batch cross join before_posts as before using (post_id) where outcome is not null;
-- name: before_post_verdicts
insert into temp.post_verdicts
select before.post_id, relevant, whole from batch cross join before_posts as before using (post_id) where whole is not null;
-- name: before_same_message
insert into temp.same_message
select before.post_id, message_id from batch cross join before_posts as before using (post_id) where message_id is not null;
-- name: before_post_themes
insert into temp.post_themes
select before.post_id, value, decided_by from batch cross join before_lists as before using (post_id) where what = 'theme';
-- name: before_settled_themes
insert into temp.settled_themes
select before.post_id, value from batch cross join before_lists as before using (post_id) where what = 'settled';
-- name: before_post_questions
insert into temp.post_questions
select before.post_id, value, decided_by from batch cross join before_lists as before using (post_id) where what = 'question';
-- name: before_post_links
insert into temp.post_links
select before.post_id, value from batch cross join before_lists as before using (post_id) where what = 'link';
-- name: before_post_hashtags
insert into temp.post_hashtags
select before.post_id, value from batch cross join before_lists as before using (post_id) where what = 'hashtag';

-- name: see_posts
insert into gathered
select :sign, posts.day, posts.platform, posts.kind, posts.is_own, themed.theme, same_message.message_id, posts.author_id
from (select id as post_id, '' as theme from temp.posts union all select post_id, theme from temp.post_themes) as themed
cross join temp.posts on posts.id = themed.post_id
left join temp.same_message on same_message.post_id = posts.id
where posts.status = 'live'
    and not exists (select 1 from temp.post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: see_read
insert into read_changes
with countable as (
    select weeks.week, posts.id from temp.posts join weeks on weeks.day = posts.day and not weeks.frozen
    left join temp.post_readings on post_readings.post_id = posts.id
    where posts.is_own = 0 and posts.status = 'live' and posts.text <> ''
        and coalesce(post_readings.outcome, '') not in ('other-language', 'empty')
)
select week, '', :sign * count(*) from countable group by week
union all
select countable.week, settled_themes.theme, :sign * count(*)
from countable join temp.settled_themes on settled_themes.post_id = countable.id group by 1, 2;

-- name: see_sharing
insert into sharing
select shared.what, shared.value, coalesce(posts.author_id, 0), weeks.week, :sign * (posts.kind <> 'repost'),
    :sign * (posts.kind = 'repost')
from (
    select post_id, 'link' as what, url as value from temp.post_links
    union all select post_id, 'hashtag', tag from temp.post_hashtags
) as shared
cross join temp.posts on posts.id = shared.post_id
join weeks on weeks.day = posts.day
where posts.is_own = 0 and posts.status = 'live'
    and not exists (select 1 from temp.post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0);

-- name: see_public
insert into public_seen
with told as (
    select posts.id, weeks.week, posts.platform, coalesce(posts.author_id, 0) as author, posts.kind = 'repost' as repost
    from temp.posts join weeks on weeks.day = posts.day
    where posts.status = 'live' and posts.is_own = 0 and coalesce(posts.opted_out, 0) <> 1
        and not exists (select 1 from temp.post_verdicts where post_verdicts.post_id = posts.id and post_verdicts.relevant = 0)
)
select case repost when 1 then 'reposts' else 'posts' end, 'all', week, author, :sign from told
union all select 'platform', platform, week, author, :sign from told where not repost
union all
select 'theme', post_themes.theme, week, author, :sign from told join temp.post_themes on post_themes.post_id = told.id
where not repost
union all
select 'question', post_questions.question, week, author, :sign
from told join temp.post_questions on post_questions.post_id = told.id
where not repost
union all
select 'link', links.address, week, author, :sign
from (select distinct post_id, public_link(url) as address from temp.post_links) as links
join told on told.id = links.post_id
where links.address is not null and not repost
union all
select 'page', public_link(url), '', 0, :sign from temp.posts
where url is not null and is_own = 0 and platform not in ('x', 'bluesky', 'news');

-- name: add_posts
insert into sums
select 'day', day, platform, kind, is_own, theme, sum(sign), 0, sum(sign * (message is null)), 0
from gathered group by day, platform, kind, is_own, theme
union all
select 'week', week, platform, kind, is_own, theme, sum(sign), 0, sum(sign * (message is null)), 0
from gathered join weeks using (day) group by week, platform, kind, is_own, theme
union all
select 'total', week, '', '', is_own, theme, sum(sign * (kind <> 'repost')), sum(sign * (kind = 'repost')),
    sum(sign * (kind <> 'repost' and message is null)), 0
from gathered join weeks using (day) group by week, is_own, theme;

-- name: change_members
insert into member_changes
select 'person', theme, author, day, platform, kind, is_own, sum(sign) as posts from gathered where author is not null
group by theme, author, day, platform, kind, is_own having sum(sign) <> 0
union all
select 'message', theme, message, day, platform, kind, is_own, sum(sign) from gathered where message is not null
group by theme, message, day, platform, kind, is_own having sum(sign) <> 0;

-- name: who_may_change
insert into standing
with changed as (select * from member_changes join weeks using (day)), asked as (
    select 'day' as level, day as period, what, theme, member, day as first, day as last, platform, kind, is_own from changed
    union select 'week', week, what, theme, member, first, last, platform, kind, is_own from changed
    union select 'total', week, what, theme, member, first, last, '', '', is_own from changed
    union select 'ever', '', what, theme, member, '', 'a', '', '', 0 from changed where what = 'person' and is_own = 0
    union select 'people of a day', day, what, theme, member, day, day, '', '', 0 from changed
        where what = 'person' and is_own = 0 and theme = ''
)
select asked.*, exists (
    select 1 from counted_members as known
    where known.what = asked.what and known.theme = asked.theme and known.member = asked.member
        and known.day between asked.first and asked.last and known.is_own = asked.is_own
        and (asked.platform = '' or known.platform = asked.platform) and (asked.kind = '' or known.kind = asked.kind)
        and (asked.level <> 'total' or asked.what = 'person' or known.kind <> 'repost')
)
from asked;

-- name: keep_members
insert into counted_members(what, theme, member, day, platform, kind, is_own, posts)
select * from member_changes where true
on conflict do update set posts = posts + excluded.posts;

-- name: drop_members
delete from counted_members where (what, theme, member, day, platform, kind, is_own) in (
    select what, theme, member, day, platform, kind, is_own from member_changes where posts < 0
) and posts = 0;

-- name: add_members
with stands as (
    select standing.*, exists (
        select 1 from counted_members as known
        where known.what = standing.what and known.theme = standing.theme and known.member = standing.member
            and known.day between standing.first and standing.last and known.is_own = standing.is_own
            and (standing.platform = '' or known.platform = standing.platform)
            and (standing.kind = '' or known.kind = standing.kind)
            and (standing.level <> 'total' or standing.what = 'person' or known.kind <> 'repost')
    ) - stood as change
    from standing
)
insert into sums
select level, period, platform, kind, is_own, theme, 0, 0, sum(change * (what = 'message')), sum(change * (what = 'person'))
from stands where change <> 0 group by level, period, platform, kind, is_own, theme;

-- name: sum_days
insert into daily_counts(day, platform, kind, is_own, theme, posts, messages, authors)
select period, platform, kind, is_own, nullif(theme, ''), sum(posts), sum(messages), sum(authors)
from sums join weeks on weeks.day = period and not weeks.frozen where level = 'day'
group by period, platform, kind, is_own, theme
on conflict (day, platform, kind, is_own, coalesce(theme, '')) do update set
    posts = posts + excluded.posts, messages = messages + excluded.messages, authors = authors + excluded.authors;
-- name: drop_days
delete from daily_counts where posts = 0 and day in (select day from weeks where not frozen);

-- name: sum_weeks
insert into weekly_counts(week, platform, kind, is_own, theme, posts, messages, authors)
select period, platform, kind, is_own, nullif(theme, ''), sum(posts), sum(messages), sum(authors)
from sums where level = 'week' and period not in (select week from weeks where frozen)
group by period, platform, kind, is_own, theme
on conflict (week, platform, kind, is_own, coalesce(theme, '')) do update set
    posts = posts + excluded.posts, messages = messages + excluded.messages, authors = authors + excluded.authors;
-- name: drop_weeks
delete from weekly_counts where posts = 0 and week in (select week from weeks where not frozen);

-- name: sum_totals
insert into weekly_totals(week, is_own, theme, posts, reposts, messages, authors)
select period, is_own, nullif(theme, ''), sum(posts), sum(reposts), sum(messages), sum(authors)
from sums where level = 'total' and period not in (select week from weeks where frozen)
group by period, is_own, theme
on conflict (week, is_own, coalesce(theme, '')) do update set
    posts = posts + excluded.posts, reposts = reposts + excluded.reposts, messages = messages + excluded.messages,
    authors = authors + excluded.authors;
-- name: drop_totals
delete from weekly_totals where posts = 0 and reposts = 0 and week in (select week from weeks where not frozen);

-- name: sum_read
insert into weekly_read(week, theme, posts)
select week, theme, sum(posts) from read_changes group by week, theme having sum(posts) <> 0
on conflict do update set posts = posts + excluded.posts;
-- name: drop_read
delete from weekly_read where posts = 0 and week in (select week from weeks);

-- name: change_sharers
insert into sharer_changes
select what, value, author_id, week, sum(posts) as posts, sum(reposts) as reposts from sharing
group by what, value, author_id, week having sum(posts) <> 0 or sum(reposts) <> 0;

-- name: who_may_share
insert into sharers
select what, value, author_id, week, exists (
    select 1 from counted_sharers as known
    where known.what = asked.what and known.value = asked.value and known.author_id = asked.author_id
        and (asked.week = '' or known.week = asked.week)
)
from (
    select what, value, author_id, week from sharer_changes where author_id <> 0
    union select what, value, author_id, '' from sharer_changes where author_id <> 0 and what = 'link'
) as asked;

-- name: keep_sharers
insert into counted_sharers(what, value, author_id, week, posts, reposts)
select * from sharer_changes where true
on conflict do update set posts = posts + excluded.posts, reposts = reposts + excluded.reposts;

-- name: drop_sharers
delete from counted_sharers where (what, value, author_id, week) in (
    select what, value, author_id, week from sharer_changes where posts < 0 or reposts < 0
) and posts = 0 and reposts = 0;

-- name: sum_sharing
insert into weekly_shared(what, week, value, people, posts, reposts)
with stands as (
    select what, week, value, exists (
        select 1 from counted_sharers as known
        where known.what = sharers.what and known.value = sharers.value and known.author_id = sharers.author_id
            and known.week = sharers.week
    ) - stood as people
    from sharers where week <> ''
)
select what, week, value, sum(people), sum(posts), sum(reposts) from (
    select what, week, value, people, 0 as posts, 0 as reposts from stands
    union all select what, week, value, 0, posts, reposts from sharer_changes
)
where true group by what, week, value
on conflict do update set
    people = people + excluded.people, posts = posts + excluded.posts, reposts = reposts + excluded.reposts;

-- name: drop_sharing
delete from weekly_shared where (what, week, value) in (select what, week, value from sharer_changes)
    and posts = 0 and reposts = 0;

-- name: drop_public_seen
delete from public_seen where subject is null;
-- name: keep_subjects
insert into public_subjects(kind, subject) select distinct kind, subject from public_seen where true on conflict do nothing;

-- name: change_marks
insert into marks_changed
select subjects.id, seen.week, seen.author_id, seen.posts, exists (
    select 1 from public_marks as known
    where known.subject_id = subjects.id and known.week = seen.week and known.author_id = seen.author_id
)
from (
    select kind, subject, week, author_id, sum(posts) as posts from public_seen
    group by kind, subject, week, author_id having sum(posts) <> 0
) as seen
cross join public_subjects as subjects on subjects.kind = seen.kind and subjects.subject = seen.subject;

-- name: keep_marks
insert into public_marks(subject_id, week, author_id, posts)
select subject_id, week, author_id, posts from marks_changed where true
on conflict do update set posts = posts + excluded.posts;

-- name: drop_marks
delete from public_marks where (subject_id, week, author_id) in (
    select subject_id, week, author_id from marks_changed where posts < 0
) and posts = 0;

-- name: sum_marks
insert into public_counts(subject_id, week, posts, people)
select subject_id, week, sum(posts), sum((author_id <> 0) * (exists (
    select 1 from public_marks as known
    where known.subject_id = changed.subject_id and known.week = changed.week and known.author_id = changed.author_id
) - stood))
from marks_changed as changed where true group by subject_id, week
on conflict do update set posts = posts + excluded.posts, people = people + excluded.people;

-- name: drop_counts
delete from public_counts where (subject_id, week) in (select subject_id, week from marks_changed where posts < 0) and posts = 0;

-- name: drop_subjects
delete from public_subjects where id in (select subject_id from marks_changed where posts < 0)
    and not exists (select 1 from public_counts where public_counts.subject_id = public_subjects.id);

-- name: note_public_changes
insert into public_changes(week) select distinct week from marks_changed where week <> '' on conflict do nothing;

-- name: sum_link_people
insert into figure_changes
select 'links', value, exists (
    select 1 from counted_sharers as known
    where known.what = 'link' and known.value = sharers.value and known.author_id = sharers.author_id
) - stood
from sharers where week = '' and what = 'link';

-- name: sum_theme_people
insert into figure_changes
select case theme when '' then 'people' else 'theme_people' end, theme, authors from sums where level = 'ever'
union all select 'people_by_day', period, authors from sums where level = 'people of a day';

-- name: sum_figures
insert into counters(name, key, value)
select name, key, sum(value) from figure_changes group by name, key having sum(value) <> 0
on conflict do update set value = value + excluded.value;
-- name: drop_figures
delete from counters where (name, key) in (select name, key from figure_changes) and value = 0;

-- name: clear_links
delete from weekly_links where week in (select week from weeks where not frozen);
-- name: show_links
insert into weekly_links(week, url, people, posts, reposts)
select week, value, people, posts, reposts from weekly_shared
where what = 'link' and week = :week order by people desc, posts + reposts desc, value limit 50;
-- name: clear_hashtags
delete from weekly_hashtags where week in (select week from weeks where not frozen);
-- name: show_hashtags
insert into weekly_hashtags(week, tag, people, posts, reposts)
select week, value, people, posts, reposts from weekly_shared
where what = 'hashtag' and week = :week order by people desc, posts + reposts desc, value limit 50;
-- name: weeks_to_show
select distinct week from weeks where not frozen;

-- name: clear_asking
delete from asking_posts where post_id in (select post_id from batch);
-- name: show_asking
insert into asking_posts(post_id, week, how)
select id, week, case when asks_us = 1 then 'people' when answers_us then 'answers us' else 'names us' end
from (
    select posts.id, weeks.week, verdicts.asks_us,
        (select answers_us from main.speaking_to_us where speaking_to_us.post_id = posts.id) as answers_us,
        (select names_us from main.speaking_to_us where speaking_to_us.post_id = posts.id) as names_us
    from temp.posts
    join weeks on weeks.day = posts.day
    left join main.post_verdicts as verdicts on verdicts.post_id = posts.id
    left join main.post_readings as readings on readings.post_id = posts.id
    where posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost'
        and (verdicts.asks_us = 1 or (verdicts.post_id is null and readings.asks = 1))
)
where asks_us = 1 or answers_us or names_us;

-- name: batch_is_counted
delete from posts_to_count where post_id in (select post_id from batch);
-- name: forget_posts_before
delete from before_posts where post_id in (select post_id from batch);
-- name: forget_lists_before
delete from before_lists where post_id in (select post_id from batch);

-- name: show_figures
insert into figures(name, key, value) select name, key, value from counters where name = :name order by value desc, key limit :most;
-- name: show_of_many_keys
insert into figures(name, key, value)
select name, key, value from counters
where name = :name and name in ('links', 'most_reposted', 'most_answered') order by value desc, key limit :most;
