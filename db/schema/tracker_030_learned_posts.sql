-- Which labelled posts a model learned from, as keyed digests: what was learned from is not measured on.

create table learned_posts (
    model text not null,
    text_digest text not null,
    post_digest text not null,
    primary key (model, text_digest, post_digest)
) without rowid;
create index learned_posts_by_post on learned_posts(post_digest);
