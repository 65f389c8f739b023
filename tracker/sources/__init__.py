"""The public APIs that are asked, one file each, with a note beside it of what it gives, its limits and terms."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Protocol, cast

from tracker.records import Campaign
from tracker.sources.asking import Ask, Asking, Page


class Source(Protocol):
    """A module of this folder (see asking.py for what else it may have)."""

    NAME: str
    SLUG: str

    def asks(self, campaign: Campaign) -> tuple[Ask, ...]:
        """Everything that it would be asked for this campaign."""

    def pages(self, ask: Ask, asking: Asking) -> Iterator[Page]:
        """One ask, page by page."""


MODULES: Mapping[str, str] = {
    "mastodon": "tracker.sources.mastodon",
    "bluesky": "tracker.sources.bluesky",
    "x": "tracker.sources.x",
    "feeds": "tracker.sources.feeds",
}
"""By the name of the table in campaign.toml. Read only when asked, since the libraries of some take a second to load."""


def source_named(name: str) -> Source | None:
    """The source of this name; None where this version has none."""
    return cast(Source, import_module(MODULES[name])) if name in MODULES else None
