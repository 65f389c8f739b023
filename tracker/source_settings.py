"""What a campaign says of the public APIs that it asks: the tables `[sources.NAME]` and `[network]` of campaign.toml."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MastodonSettings:
    """`[sources.mastodon]`: servers as whole addresses without a slash at the end. lag_days: how far back what was read is read
    again, since a post of another server arrives behind the cursor."""

    servers: tuple[str, ...] = ()
    lag_days: int = 3


@dataclass(frozen=True, slots=True)
class BlueskySettings:
    """`[sources.bluesky]`. host: the server that the account lives on. how: search or jetstream, asked at `jetstream`. search:
    searchPosts or searchPostsV2. appview: what answers without an account, where the stream has no names and no threads."""

    host: str = "https://bsky.social"
    how: str = "search"
    jetstream: str = "wss://jetstream2.us-east.bsky.network"
    appview: str = "https://public.api.bsky.app"
    search: str = "searchPosts"


@dataclass(frozen=True, slots=True)
class XPrices:
    """What X asks for its answers, in US dollars: each post and each user that an answer holds, those beside the posts that were
    asked for too, and each request to the counts of recent posts or of the full archive.

    Pay-per-use as docs.x.com/x-api/getting-started/pricing had it in August 2026. X charges one and the same post once within a
    UTC day, but does not promise it, so nobody here counts on it."""

    post: float = 0.005
    user: float = 0.010
    counts: float = 0.005
    counts_archive: float = 0.010

    def most(self, posts: int, *, beside: int = 2, authors: bool = True) -> float:
        """The most that an answer of so many posts costs, where each may bring `beside` others along, and its author."""
        return posts * (self.post * (1 + beside) + self.user * authors)


PRICES_AS_OF = "August 2026"


@dataclass(frozen=True, slots=True)
class XSettings:
    """`[sources.x]`. Caps in US dollars."""

    base: str = "https://api.x.com"
    full_archive: bool = False
    max_cost_run: float = 5.0
    max_cost_month: float = 50.0
    prices: XPrices = field(default_factory=XPrices)

    def price_of_counting(self) -> float:
        """What it costs to ask how many posts a query has."""
        return self.prices.counts_archive if self.full_archive else self.prices.counts


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """`[sources.feeds]`: addresses of RSS, Atom and JSON feeds."""

    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """The public APIs that a campaign asks; None is not asked. allow_hosts: private hosts, `host` or `host:port`, that it may
    ask, by plain http too."""

    mastodon: MastodonSettings | None = None
    bluesky: BlueskySettings | None = None
    x: XSettings | None = None
    feeds: FeedSettings | None = None
    allow_hosts: tuple[str, ...] = ()

    def named(self) -> tuple[str, ...]:
        """The sources that the campaign lists."""
        return tuple(name for name in ("mastodon", "bluesky", "x", "feeds") if getattr(self, name) is not None)

    def asked_again(self) -> tuple[str, ...]:
        """Those of them that can say what became of a post (`recheck`): a feed gives no post by its id."""
        return tuple(name for name in self.named() if name != "feeds")

    def in_words(self) -> tuple[str, ...]:
        """What is asked where, a line a server, as it is noted when it changes."""
        told = [f"mastodon {server}" for server in self.mastodon.servers] if self.mastodon else []
        if self.bluesky:
            by_search = self.bluesky.how == "search"
            place = self.bluesky.host if by_search else self.bluesky.jetstream
            way = f" ({self.bluesky.search})" if by_search and self.bluesky.search != BlueskySettings().search else ""
            told.append(f"bluesky {self.bluesky.how}{way} at {place}")
        if self.x:
            elsewhere = f" at {self.x.base}" if self.x.base != XSettings().base else ""
            told.append(f"x {'full archive' if self.x.full_archive else 'last seven days'}{elsewhere}")
        return (*told, *(f"feed {url}" for url in (self.feeds.urls if self.feeds else ())))
