"""Does this post belong to the debate, and by which rule? One written rule for what is collected and what is imported.

A post belongs when at least one of these holds. All that hold are kept, so that a reader can see why it is there; the
conversation is looked at only when nothing else holds:

    hashtag       it carries one of the campaign's hashtags (NFKC, casefolded)
    link          it shares one of the campaign's links (scheme, www., tracking parameters and the last '/' aside)
    phrase        its text holds one of the campaign's phrases as whole words (case, hyphens, apostrophes, kinds of space aside);
                  where it stands in no words but those of an address, only if no other of these reasons lies in the post
    own           the campaign's own account wrote it
    conversation  it answers, quotes, reposts or shares the thread of a post that belongs
    everything    the campaign follows nothing, so every imported post belongs
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from tracker.records import Campaign, Match, Post

ADDRESS = re.compile(r"(?:https?://|www\.|(?<![\w@.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}/)\S+", re.IGNORECASE)
"""An address in a text, also as platforms shorten it for people ("example.org/a-rep...")."""
BESIDE = " \N{BULLET} "
"""What stands for an address where phrases are looked for, so that the words around it are no phrase."""
TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_[ce]id|igshid|ref_src|ref_url|s|t)$")
BETWEEN_WORDS = re.compile(r"[\s\-‐‑‒–—_]+")
APOSTROPHE = re.compile(r"(?<=\w)'")
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


class Matcher:
    """The campaign's rule, prepared once. Pure."""

    def __init__(self, campaign: Campaign) -> None:
        self._everything = not campaign.follows_something()
        self._hashtags = frozenset(campaign.hashtags)
        self._links = {plain_link(link): link for link in campaign.links}
        self._phrases = [(phrase, _phrase_pattern(phrase)) for phrase in campaign.phrases]
        self._own = frozenset(account.casefold() for account in campaign.own_accounts)

    def is_own(self, post: Post) -> bool:
        """Whether one of the campaign's own accounts wrote the post (`platform:handle`, compared without case)."""
        author = post.author
        return author is not None and self.is_ours(author.platform, author.handle)

    def is_ours(self, platform: str, handle: str | None) -> bool:
        """Whether an account of this handle is one of the campaign's own."""
        return handle is not None and f"{platform}:{handle}".casefold() in self._own

    def reasons(self, post: Post) -> tuple[Match, ...]:
        """Every reason that lies in the post itself; empty: it can belong only by its conversation."""
        return tuple(self._by_itself(post)) or tuple(Match("phrase", phrase) for phrase in self._phrases_in(post.text))

    def conversation(self, post: Post, in_debate: Container[tuple[str, str]]) -> tuple[Match, ...]:
        """The posts in the debate that `post` hangs on. `in_debate` holds (platform, native_id)."""
        return tuple(Match("conversation", ref) for ref in references(post) if (post.platform, ref) in in_debate)

    def _by_itself(self, post: Post) -> Iterator[Match]:
        if self._everything:
            yield Match("everything", "")
        for tag, _ in post.hashtags:
            if tag in self._hashtags:
                yield Match("hashtag", tag)
        if self._links:
            for link in post.links:
                followed = self._links.get(plain_link(link))
                if followed is not None:
                    yield Match("link", followed)
        if any(self._phrases_in(post.text)):
            for phrase in self._phrases_in(ADDRESS.sub(BESIDE, post.text)):
                yield Match("phrase", phrase)
        if self._own and self.is_own(post) and post.author is not None:
            yield Match("own", f"{post.platform}:{post.author.handle}")

    def _phrases_in(self, words: str) -> Iterator[str]:
        text = plain_words(words) if self._phrases else ""
        return (phrase for phrase, pattern in self._phrases if pattern.search(text))


def references(post: Post) -> tuple[str, ...]:
    """The posts that `post` hangs on, by the platform's own ids, without itself."""
    named = (post.reply_to, post.quote_of, post.repost_of, post.conversation_id)
    return tuple(dict.fromkeys(ref for ref in named if ref and ref != post.native_id))


@lru_cache(maxsize=65536)
def plain_link(link: str) -> str:
    """A link as it is compared: host without `www.`, path without the last `/`, no fragment, no tracking parameters."""
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port
    except ValueError:
        return link.strip()
    query = urlencode(sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.match(k)))
    place = f"{host}:{port}" if port and port not in (80, 443) else host
    return f"{place}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def plain_words(text: str) -> str:
    """Text as phrases are looked for in it: NFKC, casefolded, straight quotes, no apostrophe in or after a word, one space for
    every hyphen and white space."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(QUOTES)
    return BETWEEN_WORDS.sub(" ", APOSTROPHE.sub("", plain) if "'" in plain else plain)


def _phrase_pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(plain_words(phrase).strip())}(?!\w)")
