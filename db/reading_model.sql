-- How well the live model does, for the method page and the themes' pages; what is watched beside it is in watching.sql.

-- name: overall
select method, sample, part, macro_f1, macro_low, macro_high, micro_f1, ece, unsure, n, measured_on, themes,
    looked_for
from model_quality join models on models.name = model_quality.model and models.live = 1
order by sample <> 'audit', sample <> 'labelled', sample, part <> 'all', part, method <> 'model', method;

-- name: shares
select sample, n, support, f1, f1_low, f1_high, phrases_f1, textcat_f1, share_found, share_coded, share_coded_low,
    share_coded_high, share_corrected, share_corrected_low, share_corrected_high
from theme_quality join models on models.name = theme_quality.model and models.live = 1
where theme_quality.theme = :theme;

-- name: errors
select themes.slug, quality.precision, quality.precision_low, quality.precision_high, quality.recall, quality.recall_low,
    quality.recall_high, coalesce(quality.measured_on, 'not measured') as measured_on
from themes left join models on models.live = 1
left join theme_quality as quality on quality.theme = themes.slug and quality.model = models.name;

-- name: theme_names
select slug, name from themes;
