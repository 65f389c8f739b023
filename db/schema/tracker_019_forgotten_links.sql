-- Where someone asked to be forgotten, a number about a link to them stays told, without saying to what.

drop trigger published_cells_keep_numbers;
create trigger published_cells_keep_numbers before update of kind, level, posts, people, model, told_at on published_cells begin
    select raise(abort, 'what was told stays told');
end;
create trigger published_cells_keep_subjects before update of subject, pairs on published_cells
when old.kind <> 'link' or new.subject not like 'forgotten:%' begin
    select raise(abort, 'what was told stays told');
end;
