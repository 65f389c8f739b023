-- Learned posts are digests of their words now, emoji, marks and hashtags aside. Those of models before cannot be made again from
-- their digests: the night trains such a model again, and until then it is not known from which posts it learned.

delete from learned_posts;
