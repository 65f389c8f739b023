-- In which weeks each number counts that was told: a night reads those of the weeks that it decides, not all that was ever told. What
-- is known of the served copy is known no more once a number is said otherwise than when it was told.

create table published_weeks (
    week text not null,
    cell_id integer not null references published_cells(id),
    primary key (week, cell_id)
) without rowid;
insert into published_weeks
select distinct pair.value ->> 1, published_cells.id from published_cells cross join json_each(published_cells.pairs) as pair;
create trigger published_cells_have_weeks after insert on published_cells begin
    insert into published_weeks select distinct pair.value ->> 1, new.id from json_each(new.pairs) as pair;
end;
create trigger published_cells_said_otherwise after update on published_cells begin
    delete from settings where name = 'public_copy';
end;
create index published_cells_by_model on published_cells(model) where model is not null;
create index public_counts_by_week on public_counts(week, people);
create index authors_own on authors(handle) where is_own = 1;
