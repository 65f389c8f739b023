-- title: Most reposted posts
-- for: A comms officer who wants to see what spreads
-- Posts by the number of their reposts that came in here, as the last night counted them. Platforms know of more; what they
-- said is in post_counts. Posts that people found not to be of this debate are among them.
select posts.platform, figures.value as reposts, authors.handle as written_by, posts.text, '/post/' || posts.id as page
from figures
join posts on posts.platform = substr(figures.key, 1, instr(figures.key, '|') - 1)
    and posts.native_id = substr(figures.key, instr(figures.key, '|') + 1) and posts.status = 'live'
left join authors on authors.id = posts.author_id
where figures.name = 'most_reposted' order by figures.value desc;
