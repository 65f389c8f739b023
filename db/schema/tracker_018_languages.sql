-- A rare language is found without going through the whole debate.

create index post_readings_by_language on post_readings(lang_detected);
