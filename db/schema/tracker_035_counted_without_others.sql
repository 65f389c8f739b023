-- What became of posts, and their kinds, are counted without those that people found not to be of this debate, as all else is. The
-- next night counts anew; until then pages count for themselves.

delete from settings where name = 'counting';
delete from figures;
