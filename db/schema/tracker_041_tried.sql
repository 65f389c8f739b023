-- When a post was last among those to be asked for, whether or not an answer came; asked_at is empty where none ever did.

alter table rechecks add column tried_at text;
