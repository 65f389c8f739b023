-- What people have read of a week is counted with its reposts now, whose people are counted too: the next night counts everything
-- anew. Of weeks whose posts were pruned it is no longer known which reposts people settled, so they pass for not settled.

delete from settings where name = 'counting';
update weekly_read set posts = posts + coalesce((
    select reposts from weekly_totals where weekly_totals.week = weekly_read.week and is_own = 0 and weekly_totals.theme is null
), 0)
where theme = '' and week in (select week from frozen_weeks);
