-- How much of each week people have read, theme by theme, kept beside the counts; weeks that were read before are counted again.
create table weekly_read (
    week text not null,
    theme text not null,
    posts integer not null,
    primary key (week, theme)
) without rowid;
insert or ignore into days_to_count select distinct posts.day from post_verdicts join posts on posts.id = post_verdicts.post_id;
