-- A paid call is entered at the most that it can cost before it is made, and settled at what it came to.

alter table spend add column most_usd real not null default 0;
alter table spend add column settled_at text;
update spend set most_usd = usd, settled_at = at;
create index spend_by_time on spend(source, at);
