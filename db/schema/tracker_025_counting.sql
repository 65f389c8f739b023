-- Posts that changed since they were counted wait here with what they were counted as; who and what stands behind each sum is
-- kept, so that a night counts what changed and not the whole debate. db/counting.py does it.

create table posts_to_count (
    post_id integer primary key,
    is_new integer not null
);
create table before_posts (
    post_id integer primary key,
    platform text not null,
    author_id integer,
    has_text integer not null,
    lang text,
    day text not null,
    kind text not null,
    status text not null,
    is_own integer not null,
    truncated integer not null,
    reply_to text,
    repost_of text,
    outcome text,
    lang_detected text,
    relevant integer,
    message_id integer
);
create table before_lists (
    post_id integer not null,
    what text not null check (what in ('theme', 'settled', 'question', 'link', 'hashtag')),
    value text not null,
    decided_by text,
    primary key (post_id, what, value)
) without rowid;
create table counted_members (
    what text not null check (what in ('person', 'message')),
    theme text not null,
    member integer not null,
    day text not null,
    platform text not null,
    kind text not null,
    is_own integer not null,
    posts integer not null,
    primary key (what, theme, member, day, platform, kind, is_own)
) without rowid;
create table counted_sharers (
    what text not null check (what in ('link', 'hashtag')),
    value text not null,
    author_id integer not null,
    week text not null,
    posts integer not null,
    reposts integer not null,
    primary key (what, value, author_id, week)
) without rowid;
create table weekly_shared (
    what text not null check (what in ('link', 'hashtag')),
    week text not null,
    value text not null,
    people integer not null,
    posts integer not null,
    reposts integer not null,
    primary key (what, week, value)
) without rowid;
create table counters (
    name text not null,
    key text not null,
    value integer not null,
    primary key (name, key)
) without rowid;
create index counters_by_value on counters(name, value desc) where name in ('links', 'most_reposted', 'most_answered');

create trigger posts_to_count_remembered after insert on posts_to_count
when new.is_new = 0 and exists (select 1 from settings where name = 'counting') begin
    insert into before_posts
    select posts.id, posts.platform, posts.author_id, posts.text <> '', posts.lang, posts.day, posts.kind, posts.status,
        posts.is_own, posts.truncated, posts.reply_to, posts.repost_of, post_readings.outcome, post_readings.lang_detected,
        post_verdicts.relevant, same_message.message_id
    from posts
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

create trigger posts_counted_when_new after insert on posts
when not exists (select 1 from posts_to_count where post_id = new.id) begin
    insert into posts_to_count(post_id, is_new) values (new.id, 1);
end;
create trigger posts_counted_when_gone before delete on posts
when not exists (select 1 from posts_to_count where post_id = old.id) begin
    insert into posts_to_count(post_id, is_new) values (old.id, 0);
end;
create trigger posts_counted_when_changed before update of platform, author_id, text, lang, day, kind, status, is_own, truncated,
    reply_to, repost_of on posts
when not exists (select 1 from posts_to_count where post_id = old.id) and (
    old.platform is not new.platform or old.author_id is not new.author_id or (old.text = '') <> (new.text = '')
    or old.lang is not new.lang or old.day is not new.day or old.kind is not new.kind or old.status is not new.status
    or old.is_own is not new.is_own or old.truncated is not new.truncated or old.reply_to is not new.reply_to
    or old.repost_of is not new.repost_of
) begin
    insert into posts_to_count(post_id, is_new) values (old.id, 0);
end;
-- Whether a post answers us hangs on another post, and whether it names us on the campaign.
create trigger posts_counted_when_we_are_answered before insert on posts when new.is_own = 1 begin
    insert into posts_to_count(post_id, is_new)
    select id, 0 from posts where platform = new.platform and reply_to = new.native_id
        and id not in (select post_id from posts_to_count);
end;
create trigger posts_counted_when_ours_is_gone before delete on posts when old.is_own = 1 begin
    insert into posts_to_count(post_id, is_new)
    select id, 0 from posts where platform = old.platform and reply_to = old.native_id and id <> old.id
        and id not in (select post_id from posts_to_count);
end;
create trigger posts_counted_when_ours_is_another before update of platform, native_id, is_own on posts
when old.platform is not new.platform or old.native_id is not new.native_id or old.is_own is not new.is_own begin
    insert into posts_to_count(post_id, is_new)
    select id, 0 from posts where platform = old.platform and reply_to = old.native_id and id <> old.id
        and id not in (select post_id from posts_to_count);
    insert into posts_to_count(post_id, is_new)
    select id, 0 from posts where platform = new.platform and reply_to = new.native_id and id <> old.id
        and id not in (select post_id from posts_to_count);
end;
create trigger posts_counted_when_we_are_others before insert on settings
when new.name = 'own_accounts' and new.value is not (select value from settings where name = 'own_accounts') begin
    insert into posts_to_count(post_id, is_new)
    select distinct post_mentions.post_id, 0
    from (
        select value from json_each(new.value)
        union select account.value from settings join json_each(settings.value) as account where settings.name = 'own_accounts'
    ) as own
    cross join post_mentions on post_mentions.handle = substr(own.value, instr(own.value, ':') + 1) collate nocase
    where post_mentions.post_id not in (select post_id from posts_to_count);
end;

create trigger post_readings_counted_new before insert on post_readings
when not exists (select 1 from posts_to_count where post_id = new.post_id) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_readings_counted_gone before delete on post_readings
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_readings_counted_changed before update on post_readings
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.outcome is not new.outcome or old.lang_detected is not new.lang_detected or old.asks is not new.asks) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_verdicts_counted_new before insert on post_verdicts
when not exists (select 1 from posts_to_count where post_id = new.post_id) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_verdicts_counted_gone before delete on post_verdicts
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_verdicts_counted_changed before update on post_verdicts
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.relevant is not new.relevant or old.asks_us is not new.asks_us) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger same_message_counted_new before insert on same_message
when not exists (select 1 from posts_to_count where post_id = new.post_id) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger same_message_counted_gone before delete on same_message
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger same_message_counted_changed before update on same_message
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.message_id is not new.message_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_themes_counted_new before insert on post_themes
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from post_themes where post_id = new.post_id and theme = new.theme) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_themes_counted_gone before delete on post_themes
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_themes_counted_changed before update on post_themes
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.theme is not new.theme or old.decided_by is not new.decided_by) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger settled_themes_counted_new before insert on settled_themes
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from settled_themes where post_id = new.post_id and theme = new.theme) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger settled_themes_counted_gone before delete on settled_themes
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger settled_themes_counted_changed before update on settled_themes
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.theme is not new.theme) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_questions_counted_new before insert on post_questions
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from post_questions where post_id = new.post_id and question = new.question) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_questions_counted_gone before delete on post_questions
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_questions_counted_changed before update on post_questions
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.question is not new.question or old.decided_by is not new.decided_by) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_links_counted_new before insert on post_links
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from post_links where post_id = new.post_id and url = new.url) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_links_counted_gone before delete on post_links
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_links_counted_changed before update on post_links
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.url is not new.url) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_hashtags_counted_new before insert on post_hashtags
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from post_hashtags where post_id = new.post_id and tag = new.tag) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_hashtags_counted_gone before delete on post_hashtags
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_hashtags_counted_changed before update on post_hashtags
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.tag is not new.tag) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_mentions_counted_new before insert on post_mentions
when not exists (select 1 from posts_to_count where post_id = new.post_id)
    and not exists (select 1 from post_mentions where post_id = new.post_id and handle = new.handle) begin
    insert into posts_to_count(post_id, is_new) values (new.post_id, 0);
end;
create trigger post_mentions_counted_gone before delete on post_mentions
when not exists (select 1 from posts_to_count where post_id = old.post_id) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
create trigger post_mentions_counted_changed before update on post_mentions
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (old.post_id is not new.post_id or old.handle is not new.handle) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
