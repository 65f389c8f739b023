"""The public pages say numbers, weeks and errors in the words of the staff pages; and a failing page is logged as there."""

from typing import Any

from datasette import hookimpl
from jinja2 import Environment

from datasette_config.plugins.errors import startup
from datasette_config.plugins.wording import days
from datasette_config.plugins.wording import prepare_jinja2_environment as staff_words
from tracker.telling import per_cent

__all__ = ["prepare_jinja2_environment", "startup"]

SEEN = {
    "whole": "asked, and it answered",
    "partly": "asked; a part of it was not seen",
    "missing": "asked too late for a part, which is missing for good",
    "files": "brought in by hand; they may not hold all",
}
SOURCES = {"x": "X", "mastodon": "Mastodon", "bluesky": "Bluesky", "feeds": "Blogs and news (feeds)", "import": "Export files"}


def stretches(spans: Any) -> str:
    """Stretches of days: `7 to 20 September 2026`, `7 to 13 September 2026 and 5 to 11 October 2026`."""
    told = [days(first, last) for first, last in spans]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Give the templates their words."""
    staff_words(env)
    env.filters["stretches"] = stretches
    env.filters["per_cent"] = per_cent
    env.filters["seen"] = lambda status: SEEN[status]
    env.filters["source"] = lambda name: SOURCES.get(name, name)
