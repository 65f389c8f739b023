-- How sure a theme's F1 is. Empty for what was measured before; the next measurement fills it in.

alter table theme_quality add column f1_low real;
alter table theme_quality add column f1_high real;
