-- The way from what was asked to what has a theme, with every loss.

-- name: asked
select source, count(*) as times, coalesce(sum(got), 0) as got,
    count(*) filter (where status in ('ok', 'empty')) as answered,
    count(*) filter (where status = 'partial') as partly, count(*) filter (where status = 'capped') as capped,
    count(*) filter (where status in ('refused', 'disabled')) as refused,
    count(*) filter (where status = 'rate-limited') as slowed,
    count(*) filter (where status = 'unreachable') as unreachable,
    count(*) filter (where status in ('not-asked', 'budget-stop')) as not_asked
from coverage where source <> 'import' group by source order by source;

-- name: refused_rows
select count(*) as rows from rejected;

-- name: missed
select source, count(*) as gaps from gaps group by source order by source;
