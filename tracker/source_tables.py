"""Reads what campaign.toml says of the public APIs: the tables `[sources.NAME]` and `[network]`."""

import ipaddress
import re
from collections.abc import Iterable

from tracker.faults import quoted
from tracker.source_settings import BlueskySettings, FeedSettings, MastodonSettings, Sources, XPrices, XSettings
from tracker.toml_links import is_link, read_link, read_links
from tracker.toml_table import Table

HOST = re.compile(r"[\w-]+(\.[\w-]+)*(:\d{1,5})?", re.ASCII)
WEBSOCKETS = ("ws", "wss")
SEARCHES = ("searchPosts", "searchPostsV2")
"""Of Bluesky: the one that all servers have, and the one that some have since August 2026."""
LONGEST_LAG = 60


def read_sources(top: Table, elsewhere: Iterable[str]) -> Sources:
    """The sources whose tables stand in the file, each key of them checked. elsewhere: keys that belong to the top."""
    sources, network = top.table("sources"), top.table("network")
    mastodon, bluesky, x, feeds = (sources.table(name) for name in ("mastodon", "bluesky", "x", "feeds"))
    found = Sources(
        mastodon=_mastodon(mastodon),
        bluesky=_bluesky(bluesky),
        x=_x(x),
        feeds=FeedSettings(read_links(feeds, "urls")),
        allow_hosts=_allow_hosts(network),
    )
    for table in (mastodon, bluesky, x, feeds, sources, network):
        table.done(elsewhere)
    return Sources(
        mastodon=found.mastodon if sources.has("mastodon") else None,
        bluesky=found.bluesky if sources.has("bluesky") else None,
        x=found.x if sources.has("x") else None,
        feeds=found.feeds if sources.has("feeds") else None,
        allow_hosts=found.allow_hosts,
    )


def _mastodon(table: Table) -> MastodonSettings:
    servers = []
    for at, server in table.texts("servers", such_as='"mastodon.social"'):
        if HOST.fullmatch(server):
            servers.append(f"https://{server.lower()}")
        elif is_link(table, "servers", server, 'servers = ["mastodon.social"]', at):
            scheme, _, place = server.rstrip("/").partition("://")
            host, slash, path = place.partition("/")
            servers.append(f"{scheme.lower()}://{host.lower()}{slash}{path}")
    lag = table.whole("lag_days", MastodonSettings().lag_days, least=0, most=LONGEST_LAG)
    return MastodonSettings(tuple(dict.fromkeys(servers)), lag)


def _bluesky(table: Table) -> BlueskySettings:
    default = BlueskySettings()
    how = table.text("how", such_as='"search"') or default.how
    if how not in ("search", "jetstream"):
        table.fault("how", f"{quoted(how)} is no way of asking Bluesky.", 'Write how = "search" or how = "jetstream"')
    search = table.text("search", such_as='"searchPosts"') or default.search
    if search not in SEARCHES:
        table.fault("search", f"{quoted(search)} is no search of Bluesky.", f'Write search = "{default.search}", or leave it out')
    return BlueskySettings(
        host=read_link(table, "host", default.host).rstrip("/"),
        how=how,
        jetstream=read_link(table, "jetstream", default.jetstream, schemes=WEBSOCKETS).rstrip("/"),
        appview=read_link(table, "appview", default.appview).rstrip("/"),
        search=search,
    )


def _x(table: Table) -> XSettings:
    default = XSettings()
    prices = default.prices
    return XSettings(
        base=read_link(table, "base", default.base).rstrip("/"),
        full_archive=table.flag("full_archive", default.full_archive),
        max_cost_run=table.amount("max_cost_run", default.max_cost_run),
        max_cost_month=table.amount("max_cost_month", default.max_cost_month),
        prices=XPrices(
            post=table.amount("price_post", prices.post),
            user=table.amount("price_user", prices.user),
            counts=table.amount("price_counts", prices.counts),
            counts_archive=table.amount("price_counts_archive", prices.counts_archive),
        ),
    )


def _allow_hosts(table: Table) -> tuple[str, ...]:
    kept = []
    for at, host in table.texts("allow_hosts", such_as='"localhost:8080"'):
        if HOST.fullmatch(host) or _is_address(host):
            kept.append(host.lower())
        else:
            wrong = f"{quoted(host)} is no host."
            table.fault("allow_hosts", wrong, 'Leave out http:// and paths: allow_hosts = ["localhost:8080"]', at)
    return tuple(dict.fromkeys(kept))


def _is_address(host: str) -> bool:
    """Whether `host` is a bare or bracketed IP address, with or without a port."""
    bracketed = re.fullmatch(r"\[(.+)\](:\d{1,5})?", host)
    try:
        ipaddress.ip_address(bracketed[1] if bracketed else host)
    except ValueError:
        return False
    return True
