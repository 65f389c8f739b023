-- Codings only grow: a changed mind, a skip and an undo are new rows. The sample for the audit and how it was drawn are kept.

alter table codings rename to codings_of_before;
create table codings (
    id integer primary key,
    platform text not null,
    native_id text not null,
    text text,
    coder text not null,
    coded_at text not null,
    role text not null default 'coder' check (role in ('coder', 'lead')),
    round text not null default 'main',
    queue text not null default 'other',
    probability real check (probability > 0 and probability <= 1),
    codebook text not null default '',
    what text not null default 'coded' check (what in ('coded', 'skipped', 'undone')),
    relevant integer check (relevant in (0, 1)),
    cannot_tell integer not null default 0 check (cannot_tell in (0, 1)),
    themes text not null default '[]',
    questions text not null default '[]',
    asks_us integer check (asks_us in (0, 1)),
    note text,
    supersedes integer references codings(id),
    origin text not null default 'page'
);
insert into codings(platform, native_id, text, coder, coded_at, relevant, cannot_tell, themes, note)
select platform, native_id, text, coder, coded_at, relevant, cannot_tell, themes, note from codings_of_before order by id;
drop table codings_of_before;
create index codings_by_post on codings(platform, native_id);
create index codings_by_coder on codings(coder, round);
create index codings_superseded on codings(supersedes) where supersedes is not null;
create trigger codings_keep_rows before delete on codings begin
    select raise(abort, 'codings only grow: undo one with a new row');
end;
create trigger codings_keep_verdicts before update of
    platform, native_id, coder, coded_at, role, round, queue, probability, codebook, what, relevant, cannot_tell, themes, questions,
    asks_us, supersedes, origin
on codings begin
    select raise(abort, 'a coding is never changed; only its text and note may be emptied');
end;
create trigger codings_empty_words before update of text, note on codings
when (new.text is not null and new.text is not old.text) or (new.note is not null and new.note is not old.note) begin
    select raise(abort, 'a coding is never changed; only its text and note may be emptied');
end;
create view standing_codings as
select * from codings
where what = 'coded' and not exists (select 1 from codings as later where later.supersedes = codings.id);

create table codebooks (
    version text primary key,
    made_at text not null,
    content text not null
);
create table coding_rules (
    id integer primary key,
    changed_at text not null,
    changed_by text not null,
    name text not null,
    value text not null
);
create table draws (
    id integer primary key,
    drawn_at text not null,
    drawn_by text not null,
    queue text not null,
    seed text not null,
    week text not null,
    rate real not null check (rate > 0 and rate <= 1),
    population integer not null,
    drawn integer not null
);
create index draws_by_week on draws(queue, week);
create table sample (
    queue text not null,
    platform text not null,
    native_id text not null,
    week text not null,
    place real not null,
    draw_id integer not null references draws(id),
    primary key (queue, platform, native_id)
) without rowid;
create trigger sample_keeps_rows before delete on sample begin
    select raise(abort, 'what was drawn stays drawn');
end;
