-- When an item was stored here; kept_at says when the platform gave it, where that is known. Empty in stores of before.

alter table answers add column stored_at text not null default '';
