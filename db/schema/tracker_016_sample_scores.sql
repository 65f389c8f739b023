-- What the live model makes of every theme on the posts that people code; how much of the random sample each theme is, by week;
-- emerging talk counted in messages.

create table sample_scores (
    post_id integer not null references posts(id) on delete cascade,
    theme text not null,
    model text not null,
    score real not null,
    primary key (post_id, theme)
) without rowid;
create trigger sample_scores_until_read_anew before insert on post_readings begin
    delete from sample_scores where post_id = new.post_id;
end;
create table weekly_shares (
    week text not null,
    theme text not null,
    posts integer not null,
    given integer not null,
    share real not null,
    low real not null,
    high real not null,
    alarm text,
    primary key (week, theme)
) without rowid;
drop table emerging_talk;
create table emerging_talk (
    kind text not null check (kind in ('phrase', 'link')),
    what text not null,
    messages integer not null,
    before integer not null,
    people integer not null,
    examples text not null,
    position integer not null,
    primary key (kind, what)
) without rowid;
delete from settings where name = 'watched';
