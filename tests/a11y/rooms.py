"""Which pages there are to check: every route that a plugin registers, with something in the place of what it asks for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasette.plugins import pm

from db.dictionary import HIDDEN, store_words
from db.lookups import read_lookups
from pipelines.serving_config import DATASETTE_CONFIG
from tests.pages_client import Pages

GROUP = re.compile(r"\(\?P<(\w+)>[^()]*(?:\[[^]]*\][^()]*)*\)")
CHOICE = re.compile(r"\(\?:([^()|]*)[^()]*\)\??")
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "/posts": ("?q=outsourcing", "?q=nothing-has-this-word"),
    "/link": ("?url=https://example.org/costs",),
    "/asked": ("?show=all", "?show=answered"),
    "/spike": ("?day=none",),
    "/coding": ("?refused=name",),
    "/coding/post": ("?queue=audit", "?queue=unsure", "?queue=theme:health"),
    "/coding/lead": ("?done=set",),
}
"""What a page also looks like."""
ABSENT = ("/theme/none", "/no-such-page")
HEAD = "id_str,from_user,text,created_at,time,status_url"
ROW = "2119417063410362715,invented_ann,#InventedDebate,Sun Nov 08 13:09:39 +0000 2026,08/11/2026 13:09:39,"
TABLE = f"{HEAD}\\n{ROW}\\n1.8E18,,,,,"
FILE = """
    const chosen = new DataTransfer();
    chosen.items.add(new File(['{text}'], 'posts.csv'));
    document.getElementById('file').files = chosen.files;
    document.querySelector('form[enctype]').submit()
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to look at. sends: what (JavaScript) fills in a form of it and sends it; then: words of the page that follows."""

    path: str
    sends: str = ""
    then: str = ""


def addresses(paths: Iterable[str]) -> list[Visit]:
    """Pages that are just opened."""
    return [Visit(path) for path in dict.fromkeys(paths)]


def after_forms(post_id: str) -> list[Visit]:
    """Pages that only a form leads to: what is kept, what is refused, what would happen."""

    def sent(form: str, **fields: str) -> str:
        filled = "".join(f"form.elements['{name}'].value = '{value}';" for name, value in fields.items())
        which = f"[...document.querySelectorAll('main form[action=\"{form}\"]')].at(-1)"
        return f"const form = {which}; {filled} form.submit()"

    return [
        Visit("/add", FILE.format(text=TABLE), "What it is"),
        Visit("/add", FILE.format(text="nonsense"), "It cannot be imported"),
        Visit("/forget", sent("/forget", who="x:writer2"), "What would go"),
        Visit("/forget", sent("/forget", who="nobody"), "Nothing was changed"),
        Visit(f"/asked/{post_id}", sent(f"/asked/{post_id}", state="answered", link="no link"), "A question to us"),
        Visit(f"/asked/{post_id}", sent(f"/asked/{post_id}", state="answering", link=""), "Kept."),
        Visit(f"/quotes/{post_id}", sent(f"/quotes/{post_id}", consent="yes"), "An answer needs its day"),
        Visit("/accounts", sent("/accounts", handle="a b"), "Choose a platform and a role"),
    ]


def signing_in(name: str, password: str) -> list[Visit]:
    """The form, a wrong password, and the pages as somebody sees them who signed in."""

    def sent(word: str) -> str:
        named = f"form.username.value = '{name}'; form.password.value = '{word}'"
        return f"const form = document.querySelector('form'); {named}; form.submit()"

    wrong = "do not belong together"
    return [Visit("/-/login"), Visit("/-/login", sent("wrong"), wrong), Visit("/-/login", sent(password), f"You are {name}")]


def public_pages(routes: Iterable[tuple[str, Any]]) -> list[str]:
    """The pages of the public copy."""
    return [*(path_of(pattern, {"slug": "outsourcing"}) for pattern, _ in routes), *ABSENT]


def our_pages(pages: Pages, examples: Mapping[str, str]) -> list[str]:
    """The paths of our own pages, with their variants. examples: what may stand for each named part of a route. Raises KeyError
    for a part of a route without an example: a new page is then not passed over."""
    found = []
    for routes in pm.hook.register_routes(datasette=pages.datasette):
        for pattern, _ in routes:
            path = path_of(pattern, examples)
            found += [path, *(path + variant for variant in VARIANTS.get(path, ()))]
    return [*found, *ABSENT]


def empty_rooms(pages: Pages) -> list[str]:
    """The pages that need nothing in the store."""
    routes = (pattern for routes in pm.hook.register_routes(datasette=pages.datasette) for pattern, _ in routes)
    return [*(path_of(pattern, {}) for pattern in routes if "(?P<" not in pattern), "/tracker", "/tracker/posts"]


def path_of(pattern: str, examples: Mapping[str, str]) -> str:
    """A path that the regular expression of a route takes."""
    chosen = CHOICE.sub(lambda part: part[1], pattern.removeprefix("^").removesuffix("$"))
    path = GROUP.sub(lambda part: examples[part[1]], chosen).replace("\\", "")
    if not re.match(pattern, path):
        raise KeyError(f"no path is known for the route {pattern}: tests/a11y/rooms.py needs an example")
    return path


def tables_and_lookups() -> list[str]:
    """Datasette's own pages of our tables, a row, each ready-made question, and a question of one's own."""
    tables = [table.name for table in store_words("tracker").tables if table.name not in HIDDEN]
    lookups = [lookup.name for lookup in read_lookups(Path(DATASETTE_CONFIG) / "lookups")]
    return ["/tracker", "/tracker/posts/1", "/tracker?sql=select+1", *(f"/tracker/{name}" for name in (*tables, *lookups))]
