-- A wording stands only for the text that it was made from, whoever writes that text: so it need not be made again to be sure.

delete from post_wordings where post_id in (select post_id from posts_to_group);
create trigger post_wordings_of_another_text after update of text, truncated, kind on posts
when old.text is not new.text or old.truncated is not new.truncated or old.kind is not new.kind begin
    delete from post_wordings where post_id = old.id;
    insert or ignore into posts_to_group values (old.id);
end;
