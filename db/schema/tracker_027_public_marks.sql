-- Who stands behind each number that the public may see, kept up like the other sums: publishing then reads what changed, and not
-- the whole debate. The next night counts everything anew.

create table public_subjects (
    id integer primary key,
    kind text not null check (kind in ('posts', 'platform', 'reposts', 'theme', 'question', 'link', 'page')),
    subject text not null,
    unique (kind, subject)
);
create table public_marks (
    subject_id integer not null references public_subjects(id),
    week text not null,
    author_id integer not null,
    posts integer not null,
    primary key (subject_id, week, author_id)
) without rowid;
create table public_counts (
    subject_id integer not null references public_subjects(id),
    week text not null,
    posts integer not null,
    people integer not null,
    primary key (subject_id, week)
) without rowid;
create table public_changes (
    week text primary key
) without rowid;
create table days_from_files (
    day text primary key
) without rowid;
insert into days_from_files
select distinct posts.day from post_origins join posts on posts.id = post_origins.post_id where post_origins.source = 'import';
create index authors_opted_out on authors(opted_out) where opted_out = 1;

alter table before_posts add column url text;
alter table before_posts add column opted_out integer;
delete from settings where name = 'counting';
drop trigger posts_to_count_remembered;
drop trigger posts_counted_when_changed;
create trigger posts_to_count_remembered after insert on posts_to_count
when new.is_new = 0 and exists (select 1 from settings where name = 'counting') begin
    insert into before_posts(post_id, platform, author_id, has_text, lang, day, kind, status, is_own, truncated, reply_to, repost_of,
        outcome, lang_detected, relevant, message_id, url, opted_out)
    select posts.id, posts.platform, posts.author_id, posts.text <> '', posts.lang, posts.day, posts.kind, posts.status,
        posts.is_own, posts.truncated, posts.reply_to, posts.repost_of, post_readings.outcome, post_readings.lang_detected,
        post_verdicts.relevant, same_message.message_id, posts.url, authors.opted_out
    from posts
    left join authors on authors.id = posts.author_id
    left join post_readings on post_readings.post_id = posts.id
    left join post_verdicts on post_verdicts.post_id = posts.id
    left join same_message on same_message.post_id = posts.id
    where posts.id = new.post_id;
    insert into before_lists
    select post_id, 'theme', theme, decided_by from post_themes where post_id = new.post_id
    union all select post_id, 'settled', theme, null from settled_themes where post_id = new.post_id
    union all select post_id, 'question', question, decided_by from post_questions where post_id = new.post_id
    union all select post_id, 'link', url, null from post_links where post_id = new.post_id
    union all select post_id, 'hashtag', tag, null from post_hashtags where post_id = new.post_id;
end;

create trigger posts_counted_when_changed before update of platform, author_id, text, lang, day, kind, status, is_own, truncated,
    reply_to, repost_of, url on posts
when not exists (select 1 from posts_to_count where post_id = old.id) and (
    old.platform is not new.platform or old.author_id is not new.author_id or (old.text = '') <> (new.text = '')
    or old.lang is not new.lang or old.day is not new.day or old.kind is not new.kind or old.status is not new.status
    or old.is_own is not new.is_own or old.truncated is not new.truncated or old.reply_to is not new.reply_to
    or old.repost_of is not new.repost_of or old.url is not new.url
) begin
    insert into posts_to_count(post_id, is_new) values (old.id, 0);
end;
create trigger authors_counted_when_opted_out before update of opted_out on authors
when coalesce(old.opted_out, 0) <> coalesce(new.opted_out, 0) begin
    insert into posts_to_count(post_id, is_new)
    select id, 0 from posts where author_id = old.id and id not in (select post_id from posts_to_count);
end;
