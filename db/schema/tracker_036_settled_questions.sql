-- Questions of the paper are settled one by one, as themes are: what people were asked takes the place of the program's answer, which
-- is set aside, and what they were not asked is left to the program. The next night carries over what people settled, and counts
-- everything anew.

delete from settings where name = 'counting';
delete from figures;
create table settled_questions (
    post_id integer not null references posts(id) on delete cascade,
    question text not null,
    given integer not null,
    primary key (post_id, question)
) without rowid;
create table set_aside_questions (
    post_id integer not null references posts(id) on delete cascade,
    question text not null,
    score real not null,
    decided_by text not null check (decided_by in ('rule', 'model')),
    words text not null default '[]',
    primary key (post_id, question)
) without rowid;

create trigger post_questions_settled_by_people before insert on post_questions
when new.decided_by <> 'person'
    and exists (select 1 from settled_questions where post_id = new.post_id and question = new.question)
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

-- Until then what people said stands, and what the program says of posts that they read does not, as before.
insert into settled_questions(post_id, question, given)
select post_verdicts.post_id, questions.slug, exists (
    select 1 from post_questions
    where post_questions.post_id = post_verdicts.post_id and question = questions.slug and decided_by = 'person'
)
from post_verdicts cross join questions where post_verdicts.relevant is not null;
insert into set_aside_questions(post_id, question, score, decided_by, words)
select post_id, question, score, decided_by, words from post_questions
where decided_by <> 'person' and post_id in (select post_id from post_verdicts where relevant is not null);
delete from post_questions
where decided_by <> 'person' and post_id in (select post_id from post_verdicts where relevant is not null);

-- Where people said yes, what the program had answered was lost: those posts are read again. The scores of posts that people read are
-- made again, since those of questions and relevance are kept, too.
delete from post_readings where post_id in (select post_id from post_questions where decided_by = 'person');
delete from sample_scores;

-- Words that are new are told otherwise now (docs/why, Words that no week before had): the next night looks again.
delete from settings where name = 'watched';
