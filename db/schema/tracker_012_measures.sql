-- What a model was made from and how well it does, in full; whether a post asks something; phrases, drift and emerging talk.

alter table models add column pool integer;
alter table models add column inputs text;
alter table models add column arrays text;
alter table models add column refused text;
alter table theme_quality add column sample text;
alter table theme_quality add column ece real;
alter table theme_quality add column phrases_f1 real;
alter table theme_quality add column textcat_f1 real;
alter table theme_quality add column share_found real;
alter table theme_quality add column share_coded real;
alter table theme_quality add column share_coded_low real;
alter table theme_quality add column share_coded_high real;
alter table theme_quality add column share_corrected real;
alter table theme_quality add column share_corrected_low real;
alter table theme_quality add column share_corrected_high real;
create table model_quality (
    model text not null references models(name),
    method text not null check (method in ('model', 'phrases', 'textcat')),
    sample text not null,
    part text not null check (part in ('all', 'earlier', 'later')),
    macro_f1 real,
    macro_low real,
    macro_high real,
    micro_f1 real,
    ece real,
    unsure real,
    n integer not null,
    measured_on text not null,
    primary key (model, method, sample, part)
) without rowid;
alter table post_readings add column asks integer;
alter table post_questions add column words text not null default '[]';
create table phrase_figures (
    theme text not null,
    phrase text not null,
    posts integer not null,
    coded integer not null,
    correct integer not null,
    fires_with text not null,
    misleads integer not null,
    primary key (theme, phrase)
) without rowid;
create table weekly_drift (
    week text primary key,
    posts integer not null,
    words integer not null,
    unseen real,
    alarm text
);
create table emerging_talk (
    kind text not null check (kind in ('phrase', 'link')),
    what text not null,
    posts integer not null,
    before integer not null,
    examples text not null,
    primary key (kind, what)
) without rowid;
