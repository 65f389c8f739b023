-- What the pages look up among the sums: the days of a theme without their rows, and a link or a hashtag in all weeks.

drop index daily_counts_by_theme;
create index daily_counts_by_theme on daily_counts(theme, day, is_own, kind, posts);
create index weekly_links_by_url on weekly_links(url);
create index weekly_hashtags_by_tag on weekly_hashtags(tag);
