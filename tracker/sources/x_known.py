"""The names that X's two specifications have for what an answer holds: June 2026 (2.165) and August 2026 (2.167). Pure.

A name that neither knows is a hint that X changed something. It is counted and told, never a reason to stop.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tracker.platforms.shapes import inner, objects

POST_FIELDS = frozenset(
    {
        "article",
        "article_title",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_post_ids",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "matched_media_notes",
        "media_metadata",
        "non_public_metrics",
        "note_post",
        "note_request_suggestions",
        "note_tweet",
        "organic_metrics",
        "paid_partnership",
        "possibly_sensitive",
        "promoted_metrics",
        "public_metrics",
        "referenced_posts",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "suggested_source_links_with_counts",
        "text",
        "username",
        "withheld",
    }
)
USER_FIELDS = frozenset(
    {
        "affiliation",
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "most_recent_post_id",
        "most_recent_tweet_id",
        "name",
        "parody",
        "pinned_post_id",
        "pinned_tweet_id",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscribes_to_you",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_followers_count",
        "verified_type",
        "withheld",
    }
)
ANSWER_FIELDS = frozenset({"data", "includes", "errors", "meta"})
INCLUDES_FIELDS = frozenset({"media", "places", "polls", "posts", "topics", "tweets", "users"})
META_FIELDS = frozenset(
    {
        "newest_id",
        "oldest_id",
        "next_token",
        "previous_token",
        "result_count",
        "total_tweet_count",
        "total_post_count",
        "sent",
        "summary",
    }
)


def unknown_fields(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Names in an answer that neither specification knows, as `part.name`, for each item that has one: a hint that X changed
    something."""
    includes = inner(answer.get("includes"))
    found = answer.get("data")
    posts = objects(found) or objects([found])
    parts: tuple[tuple[str, Iterable[Mapping[str, Any]], frozenset[str]], ...] = (
        ("answer", [answer], ANSWER_FIELDS),
        ("includes", [includes], INCLUDES_FIELDS),
        ("meta", [inner(answer.get("meta"))], META_FIELDS),
        ("post", [*posts, *objects(includes.get("tweets")), *objects(includes.get("posts"))], POST_FIELDS),
        ("user", objects(includes.get("users")), USER_FIELDS),
    )
    return tuple(f"{part}.{name:.60}" for part, items, known in parts for item in items for name in sorted(set(item) - known))
