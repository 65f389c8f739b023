-- title: How well each theme is found
-- for: Anyone about to quote a number about a theme
-- Precision is the share of the posts given a theme that are right; recall is the share of the posts about it that are
-- found; F1 is both in one number, their harmonic mean. Low and high are the ends of the 95 % interval. Empty cells mean that
-- it was not measured.
select
    themes.group_name as theme_group,
    themes.name as theme,
    theme_quality.precision, theme_quality.precision_low, theme_quality.precision_high,
    theme_quality.recall, theme_quality.recall_low, theme_quality.recall_high,
    theme_quality.f1, theme_quality.f1_low, theme_quality.f1_high,
    theme_quality.support as labelled_posts_with_theme,
    theme_quality.n as labelled_posts,
    theme_quality.measured_on
from themes
left join models on models.live = 1
left join theme_quality on theme_quality.theme = themes.slug and theme_quality.model = models.name
where themes.retired_at is null
order by themes.dimension = 'theme' desc, themes.dimension, themes.position;
