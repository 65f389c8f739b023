-- Weeks whose counts stay as they are, since some of their posts were kept for as long as the campaign keeps them.

create table frozen_weeks (
    week text primary key,
    since text not null
) without rowid;
