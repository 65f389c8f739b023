-- title: Hashtags beside ours
-- for: A comms officer who looks for allies and neighbouring debates
-- The hashtags that most people used in posts of this debate, week by week; the 50 of each week.
select week, '#' || tag as hashtag, people, posts, reposts from weekly_hashtags order by week desc, people desc, posts desc limit coalesce(nullif(cast(:rows as integer), 0), 100);
