-- Whether people had read every post behind a number when it was told. Of those told before it is not known, and nothing is said.

alter table published_cells add column counted_by text check (counted_by = 'people');
drop trigger published_cells_keep_numbers;
create trigger published_cells_keep_numbers
before update of kind, level, posts, people, model, told_at, counted_by on published_cells begin
    select raise(abort, 'what was told stays told');
end;
create index published_cells_by_people on published_cells(id) where counted_by is not null;
