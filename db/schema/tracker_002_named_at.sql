alter table authors add column named_at text not null default '';
update authors set named_at = seen_at where display_name is not null;
update authors set seen_at = '' where handle is null;
