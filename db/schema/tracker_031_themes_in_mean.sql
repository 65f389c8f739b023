-- Of how many themes macro-F1 is the mean: those that do not occur in a sample have no F1.

alter table model_quality add column themes integer;
alter table model_quality add column looked_for integer;
