-- Where someone asked to be forgotten, a verdict stays but no longer says on which post.

drop trigger codings_keep_verdicts;
create trigger codings_keep_verdicts before update of
    platform, coder, coded_at, role, round, queue, probability, codebook, what, relevant, cannot_tell, themes, questions, asks_us,
    supersedes, origin
on codings begin
    select raise(abort, 'a coding is never changed; only its text and note may be emptied');
end;
create trigger codings_keep_posts before update of native_id on codings
when new.native_id not like 'forgotten:%' and new.native_id is not old.native_id begin
    select raise(abort, 'a coding is never changed; only its text and note may be emptied');
end;
