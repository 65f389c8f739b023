-- What `export` writes, one statement a table of exporting.toml, in the same order of columns. `shown_posts` are the posts that their
-- platform shows, of accounts that did not ask not to be shown.

-- name: make_shown
create temp view shown_posts as
select posts.* from main.posts left join main.authors on authors.id = posts.author_id
where posts.status = 'live' and (posts.is_own = 1 or coalesce(authors.opted_out, 0) <> 1);

-- name: posts
select posts.platform, posts.native_id, posts.url, author_key(posts.author_id), posts.text, posts.lang, posts.created_at, posts.day,
    posts.edited_at, posts.kind, posts.is_own, posts.truncated, posts.reply_to, posts.conversation_id, posts.quote_of,
    posts.repost_of, same_message.message_id,
    (
        select group_concat(rule, '; ') from (
            select distinct rule from post_matches where post_matches.post_id = posts.id order by rule
        )
    ),
    post_readings.outcome, 1 - post_verdicts.relevant,
    (
        select group_concat(theme, '; ') from (
            select theme from post_themes where post_themes.post_id = posts.id order by theme
        )
    ),
    post_readings.lang_detected, post_readings.lang_score, post_readings.asks,
    counts.likes, counts.reposts, counts.replies, counts.quotes, counts.views, nullif(counts.seen_at, ''), runs.started_at,
    case when posts.is_own = 0 then max(date(runs.started_at, :kept_for), :held_until) end
from shown_posts as posts
join runs on runs.id = posts.first_seen_run
left join same_message on same_message.post_id = posts.id
left join post_readings on post_readings.post_id = posts.id
left join post_verdicts on post_verdicts.post_id = posts.id
left join post_counts as counts on counts.post_id = posts.id and counts.seen_at = (
    select max(latest.seen_at) from post_counts as latest where latest.post_id = posts.id
)
order by posts.id;

-- name: post_themes
select posts.platform, posts.native_id, post_themes.theme, post_themes.score, post_themes.decided_by, post_themes.words
from shown_posts as posts join post_themes on post_themes.post_id = posts.id order by posts.id, post_themes.theme;

-- name: post_questions
select posts.platform, posts.native_id, post_questions.question, post_questions.score, post_questions.decided_by
from shown_posts as posts join post_questions on post_questions.post_id = posts.id order by posts.id, post_questions.question;

-- name: post_hashtags
select posts.platform, posts.native_id, post_hashtags.tag
from shown_posts as posts join post_hashtags on post_hashtags.post_id = posts.id order by posts.id, post_hashtags.tag;

-- name: post_links
select posts.platform, posts.native_id, post_links.url
from shown_posts as posts join post_links on post_links.post_id = posts.id order by posts.id, post_links.url;

-- name: post_counts
select posts.platform, posts.native_id, nullif(post_counts.seen_at, ''), post_counts.likes, post_counts.reposts, post_counts.replies,
    post_counts.quotes, post_counts.views
from shown_posts as posts join post_counts on post_counts.post_id = posts.id order by posts.id, post_counts.seen_at;

-- name: authors
select author_key(authors.id) as author_key, authors.platform, authors.is_own, authors.role from authors
where exists (select 1 from shown_posts as posts where posts.author_id = authors.id) order by author_key;

-- name: weeks
select week, is_own, posts, reposts, messages, authors from weekly_totals where theme is null order by week, is_own;

-- name: theme_weeks
with by_hand as (
    select read.week, read.theme from weekly_read as read join weekly_read as whole on whole.week = read.week and whole.theme = ''
    where read.theme <> '' and read.posts = whole.posts
)
select totals.week, totals.theme, totals.is_own, totals.posts, totals.reposts, totals.messages, totals.authors, weekly_read.posts,
    case when by_hand.theme is null then 'program' else 'people' end, live.name, quality.precision, quality.precision_low,
    quality.precision_high, quality.recall, quality.recall_low, quality.recall_high,
    case when by_hand.theme is null then coalesce(quality.measured_on, 'not measured')
        else coalesce('posts that at least two people read: ' || agreed.units, 'no post was read by two people') end,
    agreed.percent, agreed.alpha, agreed.alpha_low, agreed.alpha_high, quality.n, quality.support,
    case when coalesce(quality.precision, quality.recall) is not null then quality.support < 20 end
from weekly_totals as totals
left join by_hand on by_hand.week = totals.week and by_hand.theme = totals.theme and totals.is_own = 0
left join models as live on live.live = 1 and by_hand.theme is null
left join theme_quality as quality on quality.model = live.name and quality.theme = totals.theme
left join coder_agreement as agreed on agreed.what = 'theme' and agreed.name = by_hand.theme and agreed.units > 0
left join weekly_read on weekly_read.week = totals.week and weekly_read.theme = totals.theme and totals.is_own = 0
where totals.theme is not null order by totals.week, totals.theme, totals.is_own;

-- name: days
select day, platform, kind, is_own, posts, messages, authors from daily_counts where theme is null
order by day, platform, kind, is_own;

-- name: themes
select slug, name, meaning, group_name, dimension, retired_at from themes order by position, slug;

-- name: theme_versions
select theme, changed_at, definition from theme_versions order by id;

-- name: theme_quality
select model, theme, precision, precision_low, precision_high, recall, recall_low, recall_high, f1, f1_low, f1_high, n, support,
    alpha, measured_on, share_corrected, share_corrected_low, share_corrected_high
from theme_quality order by model, theme;

-- name: models
select name, trained_at, live, labelled, invented, notes from models order by trained_at, name;

-- name: questions
select slug, text, answers_when from questions order by position;

-- name: followed
select changed_at, what, note from followed order by id;

-- name: coverage
select source, server, query, window_from, window_to, asked_at, status, got, expected, note from coverage order by id;

-- name: gaps
select source, server, query, gap_from, gap_to, why from gaps order by id;

-- name: imports
select format, imported_at, sha256, rows, new, known, updated, outside, forgotten, rejected, withheld, status, lost
from imports order by id;

-- name: runs
select command, started_at, finished_at, status, exit_code, version from runs order by id;

-- name: audit
select at, actor, action, subject, count, note from audit order by id;

-- name: left_out
select coalesce(sum(posts.status = 'hidden'), 0) as hidden, coalesce(sum(posts.status = 'gone'), 0) as gone,
    coalesce(sum(posts.status = 'live' and posts.is_own = 0 and authors.opted_out = 1), 0) as opted_out, count(*) as stored
from posts left join authors on authors.id = posts.author_id;

-- name: shown
select count(*) as posts, count(distinct author_id) as people, coalesce(sum(platform = 'x'), 0) as of_x from shown_posts;

-- name: kept
select min(max(date(runs.started_at, :kept_for), :held_until)) as first, max(max(date(runs.started_at, :kept_for), :held_until)) as last
from shown_posts join runs on runs.id = shown_posts.first_seen_run where shown_posts.is_own = 0;

-- name: are_shown
select asked.value ->> 0 as platform, asked.value ->> 1 as native_id
from json_each(:keys) as asked
join shown_posts on shown_posts.platform = asked.value ->> 0 and shown_posts.native_id = asked.value ->> 1;

-- name: erasures
select coalesce(max(id), 0) as last from audit where action = 'forget';
