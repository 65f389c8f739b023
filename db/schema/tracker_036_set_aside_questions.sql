-- Where people say that a post answers a question, what the program had said of it goes aside, as it does with themes: the program
-- is measured on it, and an undo brings it back. Until now it was lost, so posts that people found to answer a question are read
-- again. The scores of posts that people read are made again, since those of questions and relevance are kept, too.

create table set_aside_questions (
    post_id integer not null references posts(id) on delete cascade,
    question text not null,
    score real not null,
    decided_by text not null check (decided_by in ('rule', 'model')),
    words text not null default '[]',
    primary key (post_id, question)
) without rowid;
create trigger post_questions_answered_by_people before insert on post_questions
when new.decided_by <> 'person' and exists (
    select 1 from post_questions where post_id = new.post_id and question = new.question and decided_by = 'person'
)
begin
    insert or replace into set_aside_questions(post_id, question, score, decided_by, words)
    values (new.post_id, new.question, new.score, new.decided_by, new.words);
    select raise(ignore);
end;
create trigger questions_aside_until_read_again before delete on post_readings begin
    delete from set_aside_questions where post_id = old.post_id;
end;
create trigger questions_aside_until_read_anew before insert on post_readings begin
    delete from set_aside_questions where post_id = new.post_id;
end;
delete from post_readings where post_id in (select post_id from post_questions where decided_by = 'person');
delete from sample_scores;
