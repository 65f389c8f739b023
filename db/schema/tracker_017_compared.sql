-- A post that was read with its wording and what it may be a copy of waits for nothing but its place beside others.

alter table posts_to_group add column compared integer not null default 0;
drop trigger same_message_without_a_post;
create trigger same_message_without_a_post before delete on posts begin
    insert or ignore into posts_to_group(post_id)
    select other.post_id from same_message as mine
    join same_message as other on other.message_id = mine.message_id and other.post_id <> mine.post_id
    where mine.post_id = old.id limit 1;
end;
drop trigger post_wordings_of_another_text;
create trigger post_wordings_of_another_text after update of text, truncated, kind on posts
when old.text is not new.text or old.truncated is not new.truncated or old.kind is not new.kind begin
    delete from post_wordings where post_id = old.id;
    insert into posts_to_group(post_id) values (old.id) on conflict (post_id) do update set compared = 0;
end;
