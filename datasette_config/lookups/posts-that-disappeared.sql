-- title: How many posts disappeared, by month
-- for: A researcher who cites older numbers
-- Posts by the month in which they were written, and how many of them have been deleted or hidden since, as far as we know.
select substr(key, 1, 7) as month, sum(value) as posts,
    coalesce(sum(value) filter (where key like '%|gone'), 0) as deleted,
    coalesce(sum(value) filter (where key like '%|hidden'), 0) as hidden
from figures where name = 'attrition' group by 1 order by 1 desc;
