-- When the stores were freed of what a tombstone stands for; empty while that is still to be done.

alter table tombstones add column swept_at text;
