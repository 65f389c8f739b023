-- Handles are compared whatever their capitals; so is the index of those that posts name.

drop index post_mentions_by_handle;
create index post_mentions_by_handle on post_mentions(handle collate nocase);
