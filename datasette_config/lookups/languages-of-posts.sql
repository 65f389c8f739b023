-- title: Languages of posts
-- for: A researcher who asks what was left unread
-- What the platform claims beside what the program found, as the last night counted them. Posts in a language that the campaign
-- does not read are kept, but given no theme. Posts that people found not to be of this debate are among them.
select substr(key, 1, instr(key, '|') - 1) as platform_says, substr(key, instr(key, '|') + 1) as program_detected, value as posts
from figures where name = 'spoken' order by posts desc;
