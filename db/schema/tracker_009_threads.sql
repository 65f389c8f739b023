-- A thread is asked for from where it was read to its end, since some servers are paid by what they give.

alter table threads add column read_to text;
