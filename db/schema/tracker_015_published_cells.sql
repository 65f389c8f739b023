-- What the public copy has told: each number once and for ever, so that two releases cannot be subtracted from each other.

create table published_cells (
    id integer primary key,
    kind text not null check (kind in ('posts', 'reposts', 'theme', 'group', 'question', 'link')),
    subject text not null,
    level text not null check (level in ('week', 'month', 'period')),
    pairs text not null,
    posts integer not null,
    people integer not null,
    model text,
    told_at text not null,
    unique (kind, subject, pairs)
);
create trigger published_cells_keep_rows before delete on published_cells begin
    select raise(abort, 'what was told stays told');
end;
create trigger published_cells_keep_numbers before update on published_cells begin
    select raise(abort, 'what was told stays told');
end;
