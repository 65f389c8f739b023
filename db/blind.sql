-- The store as if nobody had read a post: what people said is not there, and what the program said, which was set aside for it,
-- stands again. These views stand before the tables of the same names, for one look (https://sqlite.org/lang_naming.html). A sum
-- over many posts, which everyone may see, names the table itself: main.post_verdicts. Of sums that are often of one post there are
-- views, too: what is counted by day, by phrase, and as an example of what rises. So that a statement looks up a few posts in
-- both parts of a view, and does not read all, it joins them in a part of its own, and lists what it sorts by
-- (https://sqlite.org/optoverview.html#subquery_flattening).

-- name: post_verdicts
create temp view post_verdicts as select * from main.post_verdicts where 0;

-- name: settled_themes
create temp view settled_themes as select * from main.settled_themes where 0;

-- name: settled_questions
create temp view settled_questions as select * from main.settled_questions where 0;

-- name: post_themes
create temp view post_themes as
select post_id, theme, score, decided_by, words from main.post_themes where decided_by <> 'person'
union all
select post_id, theme, score, decided_by, words from main.set_aside_themes;

-- name: post_questions
create temp view post_questions as
select post_id, question, score, decided_by, words from main.post_questions where decided_by <> 'person'
union all
select post_id, question, score, decided_by, words from main.set_aside_questions;

-- name: themed_posts
create temp view themed_posts as
select theme, created_at, post_id, platform, kind, is_own from main.themed_posts as given
where not exists (
    select 1 from main.post_themes as said
    where said.post_id = given.post_id and said.theme = given.theme and said.decided_by = 'person'
)
union all
select aside.theme, posts.created_at, posts.id, posts.platform, posts.kind, posts.is_own
from main.set_aside_themes as aside cross join main.posts on posts.id = aside.post_id where posts.status = 'live';

-- name: asking_posts
create temp view asking_posts as
select post_id, how from main.asking_posts where post_id not in (select post_id from main.post_verdicts)
union all
select posts.id, case when speaking_to_us.answers_us then 'answers us' else 'names us' end
from main.post_verdicts as read
cross join main.posts on posts.id = read.post_id
cross join main.post_readings as reading on reading.post_id = posts.id
cross join main.speaking_to_us on speaking_to_us.post_id = posts.id
where reading.asks = 1 and (speaking_to_us.answers_us or speaking_to_us.names_us)
    and posts.is_own = 0 and posts.status = 'live' and posts.kind <> 'repost';

-- name: daily_counts
create temp view daily_counts as
select day, is_own, theme, posts from main.daily_counts where theme is null
union all
select posts.day, posts.is_own, null, count(*)
from main.post_verdicts as read cross join main.posts on posts.id = read.post_id
where read.relevant = 0 and posts.status = 'live' group by posts.day, posts.is_own;

-- name: phrase_figures
create temp view phrase_figures as
select theme, phrase, posts, iif(coded < 5, 0, coded) as coded, iif(coded < 5, 0, correct) as correct, fires_with, misleads
from main.phrase_figures;

-- name: emerging_talk
create temp view emerging_talk as
select kind, what, messages, before, people, position, (
    select json_group_array(value) from json_each(examples) where value not in (select post_id from main.post_verdicts)
) as examples
from main.emerging_talk;
