-- title: Posts with most answers here
-- for: A comms officer who looks for real discussion
-- Posts by the number of answers to them that came in here, as the last night counted them; the page of each leads to the whole
-- conversation. Posts that people found not to be of this debate are among them.
select posts.platform, figures.value as answers, authors.handle as written_by, posts.text, '/post/' || posts.id as page
from figures
join posts on posts.platform = substr(figures.key, 1, instr(figures.key, '|') - 1)
    and posts.native_id = substr(figures.key, instr(figures.key, '|') + 1) and posts.status = 'live'
left join authors on authors.id = posts.author_id
where figures.name = 'most_answered' order by figures.value desc;
