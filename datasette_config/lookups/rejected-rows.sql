-- title: Rows that could not be read
-- for: Whoever made the export files and can make them again
-- One line for each file and reason, with the first and last line numbers, so that the rows can be found in the file. What
-- the rows said is not kept.
select
    rejected.file,
    rejected.reason,
    count(*) as rows,
    min(rejected.line) as first_line,
    max(rejected.line) as last_line
from rejected
group by rejected.file, rejected.reason
order by rows desc, rejected.file;
