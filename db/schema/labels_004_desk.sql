-- Who changed an answer or a quote last; and questions that a person named, whatever the program says.

alter table answers add column by_hand integer not null default 0;
alter table answers add column changed_by text;
alter table quotes add column message text;
alter table quotes add column changed_at text;
alter table quotes add column changed_by text;
