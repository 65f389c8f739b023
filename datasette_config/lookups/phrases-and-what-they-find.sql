-- title: Phrases and what they find
-- for: Those who write the themes
-- Every phrase of every theme: in how many posts it stands, how many of those people read, and how many of these were right.
-- Each of several posts that say the same counts; reposts do not. In a post that people found not to be of this debate a phrase is wrong.
select theme, phrase, posts, coded, correct, case misleads when 1 then 'misleads' else '' end as verdict
from phrase_figures order by posts desc limit coalesce(nullif(cast(:rows as integer), 0), 100);
