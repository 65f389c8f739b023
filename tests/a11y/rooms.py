"""Which pages there are to check: every route that a plugin registers, with something in the place of what it asks for."""

import re
from collections.abc import Mapping
from pathlib import Path

from datasette.plugins import pm

from db.dictionary import HIDDEN, store_words
from db.lookups import read_lookups
from pipelines.serving_config import DATASETTE_CONFIG
from tests.pages_client import Pages

GROUP = re.compile(r"\(\?P<(\w+)>[^()]*(?:\[[^]]*\][^()]*)*\)")
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "/posts": ("?q=outsourcing", "?q=nothing-has-this-word"),
    "/link": ("?url=https://example.org/costs",),
    "/asked": ("?show=all", "?show=answered"),
    "/spike": ("?day=none",),
    "/coding": ("?refused=name",),
    "/coding/post": ("?queue=audit", "?queue=unsure", "?queue=theme:health"),
    "/coding/lead": ("?done=set", "?wrong=number"),
}
"""What a page also looks like."""
ABSENT = ("/theme/none", "/no-such-page")


def our_pages(pages: Pages, examples: Mapping[str, str]) -> list[str]:
    """The paths of our own pages, with their variants. examples: what may stand for each named part of a route. Raises KeyError
    for a part of a route without an example: a new page is then not passed over."""
    found = []
    for routes in pm.hook.register_routes(datasette=pages.datasette):
        for pattern, _ in routes:
            path = path_of(pattern, examples)
            found += [path, *(path + variant for variant in VARIANTS.get(path, ()))]
    return [*found, *ABSENT]


def path_of(pattern: str, examples: Mapping[str, str]) -> str:
    """A path that the regular expression of a route takes."""
    path = GROUP.sub(lambda part: examples[part[1]], pattern.removeprefix("^").removesuffix("$")).replace("\\", "")
    if not re.match(pattern, path):
        raise KeyError(f"no path is known for the route {pattern}: tests/a11y/rooms.py needs an example")
    return path


def tables_and_lookups() -> list[str]:
    """Datasette's own pages of our tables, a row, each ready-made question, and a question of one's own."""
    tables = [table.name for table in store_words("tracker").tables if table.name not in HIDDEN]
    lookups = [lookup.name for lookup in read_lookups(Path(DATASETTE_CONFIG) / "lookups")]
    return ["/tracker", "/tracker/posts/1", "/tracker?sql=select+1", *(f"/tracker/{name}" for name in (*tables, *lookups))]
