-- What it is worth that a person reads a post that the model is unsure of: the queue begins with those worth most.

alter table post_readings add column doubt real;
