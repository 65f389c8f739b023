"""A filled form is carried through a signing in that came between: who writes for a while shall not lose it because a sign-in ran
out meanwhile.

It travels in the page where people sign in, not in this program's memory or a cookie, and nothing of it is kept until they look
it over and save. What another site made a browser send is not carried: it would stand there as if it were theirs.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from datasette import Response

ACTIONS = ("/coding/post", "/coding/settle")
"""The forms that are shown again, filled in, after the signing in."""
LONGEST = 100_000
LONGEST_PATH = 2000
OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of this site: no other host (`//elsewhere`, which browsers also read in a backslash), nothing that ends a header."""
OF_DATASETTE = "csrftoken"
"""The token of the page, which the page that comes has anew."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form sent."""

    values: Mapping[str, list[str]]

    def one(self, name: str) -> str:
        """The first value of a field; "" where there is none."""
        return (self.values.get(name) or [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return list(self.values.get(name, []))


def read_form(body: str) -> Typed:
    """The fields of a form as browsers send them."""
    return Typed(parse_qs(body, keep_blank_values=True, max_num_fields=1000))


def own_path(path: str) -> str | None:
    """A path that may be led to after the signing in; None for one that could lead elsewhere."""
    return path if len(path) <= LONGEST_PATH and OWN_PATH.fullmatch(path) else None


def carried(request: Any, action: str, body: bytes) -> str:
    """The form that a request sends to `action`, as one field; "" where it is none to be carried, or not from our pages."""
    if action not in ACTIONS or len(body) > LONGEST:
        return ""
    sent = read_form(body.decode("utf-8", "replace"))
    if not _from_here(request, sent):
        return ""
    return packed(sent)


def packed(sent: Typed) -> str:
    """A form as the one field in which it is carried."""
    return urlencode([(name, one) for name, ones in sent.values.items() for one in ones if name != OF_DATASETTE])


def _from_here(request: Any, sent: Typed) -> bool:
    """Whether our own page sent this: the browser says so (https://www.w3.org/TR/fetch-metadata/), or it has the page's token."""
    if "sec-fetch-site" in request.headers:
        return bool(request.headers["sec-fetch-site"] == "same-origin")
    return has_its_token(request, sent)


def has_its_token(request: Any, sent: Typed) -> bool:
    """Whether a form has the token that this browser was given. Datasette looks for it only where some cookie comes along, and
    of a form on another site none does."""
    return secrets.compare_digest(sent.one(OF_DATASETTE).encode(), request.scope["csrftoken"]().encode())


async def shown_again(datasette: Any, request: Any, who: str, action: str, form: str) -> Response | None:
    """The page with the form as it was filled in, for `who` has just signed in; where somebody else filled it in, one that says
    so: the next person at this machine does not see what they had ticked. None where nothing was to come back."""
    from datasette_config.plugins import coding, coding_desk, coding_settle  # which import this file

    sent = read_form(form[:LONGEST])
    if action not in ACTIONS or not sent.one("coder"):
        return None
    if coding_desk.opened_by_another(sent, who):
        return await coding_desk.not_theirs(datasette, request, action, sent)
    if action == "/coding/settle":
        return await coding_settle.show_again(datasette, request, sent)
    return await coding.show_again(datasette, request, who, sent)
