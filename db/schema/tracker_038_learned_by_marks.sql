-- Learned posts are digests of all their words and of their beginnings now, so that a repost that is cut short, or has words before
-- it, is known by its original. Those of models before cannot be made again from their digests: the night trains such a model again,
-- and until then it is not known from which posts it learned.

delete from learned_posts;
