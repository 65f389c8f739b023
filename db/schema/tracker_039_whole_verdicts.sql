-- What became of each post is counted as people said it, where they settled it: with a theme where it carries one, and left open no
-- more where they settled each theme. The next night counts everything anew; until then pages count for themselves.

delete from settings where name = 'counting';
delete from figures;
alter table post_verdicts add column whole integer not null default 0;
update post_verdicts set whole = not exists (
    select 1 from themes where retired_at is null and slug not in (
        select theme from settled_themes where settled_themes.post_id = post_verdicts.post_id
    )
);

alter table before_posts add column whole integer;
drop trigger posts_to_count_remembered;
create trigger posts_to_count_remembered after insert on posts_to_count
when new.is_new = 0 and exists (select 1 from settings where name = 'counting') begin
    insert into before_posts(post_id, platform, author_id, has_text, lang, day, kind, status, is_own, truncated, reply_to, repost_of,
        outcome, lang_detected, relevant, message_id, url, opted_out, whole)
    select posts.id, posts.platform, posts.author_id, posts.text <> '', posts.lang, posts.day, posts.kind, posts.status,
        posts.is_own, posts.truncated, posts.reply_to, posts.repost_of, post_readings.outcome, post_readings.lang_detected,
        post_verdicts.relevant, same_message.message_id, posts.url, authors.opted_out, post_verdicts.whole
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
drop trigger post_verdicts_counted_changed;
create trigger post_verdicts_counted_changed before update on post_verdicts
when not exists (select 1 from posts_to_count where post_id = old.post_id) and (
    old.post_id is not new.post_id or old.relevant is not new.relevant or old.asks_us is not new.asks_us or old.whole is not new.whole
) begin
    insert into posts_to_count(post_id, is_new) values (old.post_id, 0);
end;
