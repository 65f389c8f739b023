-- A place in the sample is made from the seed and the post's id, so whoever guesses an id could tell by it which post was forgotten.

update sample set place = 1 where native_id like 'forgotten:%';
