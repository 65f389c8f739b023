alter table imports add column lost text;
