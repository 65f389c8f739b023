-- What people settled, carried over from labels.db; it takes the place of what the program decided, which is set aside.

create table post_verdicts (
    post_id integer primary key references posts(id) on delete cascade,
    relevant integer,
    asks_us integer,
    coders integer not null,
    adjudicated integer not null,
    via text not null check (via in ('read', 'repost', 'same message'))
);
create index post_verdicts_not_debate on post_verdicts(post_id) where relevant = 0;
create table settled_themes (
    post_id integer not null references posts(id) on delete cascade,
    theme text not null,
    given integer not null,
    primary key (post_id, theme)
) without rowid;
create table set_aside_themes (
    post_id integer not null references posts(id) on delete cascade,
    theme text not null,
    score real not null,
    decided_by text not null check (decided_by in ('rule', 'model')),
    words text not null default '[]',
    primary key (post_id, theme)
) without rowid;
create table post_questions (
    post_id integer not null references posts(id) on delete cascade,
    question text not null,
    score real not null,
    decided_by text not null check (decided_by in ('rule', 'model', 'person')),
    primary key (post_id, question)
) without rowid;
create index post_questions_by_question on post_questions(question, post_id);
create table coder_agreement (
    what text not null,
    name text not null,
    alpha real,
    alpha_low real,
    alpha_high real,
    percent real,
    positive real,
    units integer not null,
    yes integer not null,
    measured_at text not null,
    primary key (what, name)
) without rowid;

-- Whoever writes what the program decided need not know of people's verdicts: it goes aside here.
create trigger post_themes_settled_by_people before insert on post_themes
when new.decided_by <> 'person'
    and exists (select 1 from settled_themes where post_id = new.post_id and theme = new.theme)
begin
    insert or replace into set_aside_themes(post_id, theme, score, decided_by, words)
    values (new.post_id, new.theme, new.score, new.decided_by, new.words);
    select raise(ignore);
end;
create trigger set_aside_until_read_again before delete on post_readings begin
    delete from set_aside_themes where post_id = old.post_id;
end;
create trigger set_aside_until_read_anew before insert on post_readings begin
    delete from set_aside_themes where post_id = new.post_id;
end;
