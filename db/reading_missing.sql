-- What came in, and what is missing: files, refused rows, sources, runs, days without posts.

-- name: last_run
select id, command, started_at, finished_at, status, exit_code, note from runs order by id desc limit 1;

-- name: failed_steps
select name, status, note from run_steps
where run_id = :run_id and status in ('failed', 'partial', 'interrupted') order by id;

-- name: files
-- (A file that was read again is one file: what it brought whenever it was read is not known already.)
select latest.id, latest.file, latest.format, latest.imported_at, latest.rows, every.new, every.updated,
    max(0, latest.new + latest.updated + latest.known - every.new - every.updated) as known,
    latest.outside, latest.forgotten, latest.rejected, latest.withheld, latest.first_post, latest.last_post, latest.status, latest.note
from imports as latest
join (
    select max(id) as id, sum(new) as new, sum(updated) as updated from imports group by file, sha256
) as every on every.id = latest.id
order by latest.id desc;

-- name: lost
select imports.format, imports.file, imports.lost from imports
join (select max(id) as id from imports group by file, sha256) as latest on latest.id = imports.id
where imports.lost <> '' order by imports.id desc;

-- name: rejected
select file, reason, count(*) as rows, group_concat(line, ' ') as lines
from (select file, reason, line from rejected order by file, reason, line)
group by file, reason order by rows desc, file, reason;

-- name: rejected_reasons
select reason, count(*) as rows from rejected group by reason order by rows desc, reason;

-- name: sources
select coverage.source, coverage.server, coverage.query, coverage.window_from, coverage.window_to, coverage.asked_at,
    coverage.status, coverage.got, coverage.expected, coverage.note
from coverage
join (
    select max(id) as id from coverage where source <> 'import'
    group by source, coalesce(server, ''), coalesce(query, '')
) as latest on latest.id = coverage.id
order by coverage.source, coverage.server, coverage.query;

-- name: gaps_for_good
select source, server, query, gap_from, gap_to, why from gaps order by id desc;

-- name: threads
select count(*) as asked, count(*) filter (where complete) as whole from threads;

-- name: days
-- (Nothing was written after the last run began: what says so has its date wrong.)
select distinct day from daily_counts
where theme is null and day <= coalesce((select substr(max(started_at), 1, 10) from runs), '9999') order by day;

-- name: followed
select changed_at, what, note from followed order by id desc;
