-- title: Most shared links
-- for: A comms officer who wants to know what people read
-- Links by the number of people who shared them in all weeks, reposts included, as the last night counted them. Each week's
-- numbers are in weekly_links. Ours are left out.
select figures.key as url, figures.value as people, min(weekly_links.week) as first_week, max(weekly_links.week) as last_week
from figures left join weekly_links on weekly_links.url = figures.key
where figures.name = 'links' group by figures.key order by people desc, url
limit coalesce(nullif(cast(:rows as integer), 0), 100);
