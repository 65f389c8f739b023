-- Accounts that stand in public life, as staff note them: an office, never a party and never a score.

create table public_roles (
    id integer primary key,
    platform text not null,
    handle text not null collate nocase,
    role text not null check (role in ('press', 'council', 'mp', 'other elected', 'organisation')),
    office text,
    changed_at text not null,
    changed_by text,
    unique (platform, handle)
);
