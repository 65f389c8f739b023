-- title: What each source was asked, and how it answered
-- for: A researcher who judges coverage
-- One row for each source, server and answer, with the first and the last time that it stands for (UTC).
select source, server, status, count(*) as times, sum(got) as posts_given, min(window_from) as first, max(window_to) as last
from coverage group by source, server, status order by source, server, times desc;
