-- There was one draw for all pilots, and its week was empty. It was made for the round that was on then.

update draws set week = coalesce((
    select value from coding_rules
    where name = 'round' and value like 'pilot%' and changed_at <= draws.drawn_at order by coding_rules.id desc limit 1
), 'pilot') where queue = 'pilot' and week = '';
update sample set week = (select week from draws where draws.id = sample.draw_id) where queue = 'pilot' and week = '';
