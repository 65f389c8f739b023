-- How many of the people behind a number about a link were forgotten since it was told: an address with too few left is said no more.

alter table published_cells add column forgotten integer not null default 0;
