"""What the coding pages share: who is coding, what they typed, the codebook, the stores, and drawing the sample."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datasette import Response

from datasette_config.plugins.carrying import LONGEST, Typed, carried, packed, read_form
from datasette_config.plugins.pages import look_at_all, look_at_store, show_page
from db.coding import definitions, reference_to, those_here
from db.folder import DataFolder
from db.labels import Labels
from db.reading import Row
from tracker.codebook import Codebook, make_codebook
from tracker.codings import RULES, Asked, Coding, asked_in
from tracker.offering import OpenPosts
from tracker.problems import FullDisk, HeldStore, Problem
from tracker.settling import asked_now, in_names_of_now
from tracker.times import system_clock

COOKIE = "coder"
SIGNED = "signed as coder"
"""Where a request says who has signed with it, before the browser has the cookie."""
LONGEST_NAME, LONGEST_NOTE = 40, 2000
IN_PLAIN_WORDS: dict[type[Problem], tuple[str, str]] = {
    HeldStore: ("What people write here is in use by another program, so nothing can be kept just now.", "in a minute"),
    FullDisk: (
        "The disk of the machine that keeps what people write here is full, so nothing can be kept just now.",
        "when whoever looks after that machine has made room",
    ),
}
"""What passes by itself, or by somebody else's hand: what it is, and when to try again."""
NOT_THEIRS = "Nothing was taken back: that page was opened by someone else than who is signed in this browser now."


class WrongForm(Exception):
    """A form that did not come from these pages, or that is far too long."""


class NotCodedHere(Exception):
    """These pages only show."""


class Instead(Exception):
    """`answer` is given in place of the page that was asked for."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


Route = Callable[..., Awaitable[Response]]


def answering(route: Route) -> Route:
    """A page of the coding, with a page in words for each thing that can go wrong."""

    @wraps(route)
    async def answered(datasette: Any, request: Any, *more: Any) -> Response:
        try:
            return await route(datasette, request, *more)
        except Instead as other:
            return other.answer
        except NotCodedHere:
            return await refuse(datasette, request, "Posts are not coded here.", 404)
        except WrongForm:
            return await refuse(datasette, request, "That form did not come from these pages. Nothing was kept.", 403)
        except Problem as problem:
            what, when = IN_PLAIN_WORDS.get(type(problem), (str(problem), ""))
            again = f" Nothing is lost: go back and try again {when}." if when else ""
            return await refuse(datasette, request, what + again, 503)
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return await refuse(datasette, request, "That took too long. Nothing is lost: load the page again.", 503)

    return answered


def why_not_kept(problem: Problem) -> tuple[str, ...]:
    """Why a form could not be kept, for whoever finds it filled in on the page that comes back."""
    if type(problem) in IN_PLAIN_WORDS:
        what, when = IN_PLAIN_WORDS[type(problem)]
        return what, f"Nothing is lost: what you filled in still stands on this page. Save it again {when}."
    return tuple(problem.lines())


async def typed(request: Any) -> Typed:
    """The form that was sent. Raises WrongForm.

    Our pages send no referrer, so a browser gives them the origin "null"; then Sec-Fetch-Site and Datasette's token tell."""
    refuse_elsewhere(request)
    body = await request.post_body()
    if len(body) > LONGEST:
        raise WrongForm
    return read_form(body.decode("utf-8", "replace"))


async def of_now(datasette: Any, sent: Typed) -> Typed:
    """A form about a post as our pages send it now. One of a page that was opened before posts had references names its post by
    platform and native id: it gets the reference, and those go."""
    if not sent.one("native_id"):
        return sent
    key = (sent.one("platform"), sent.one("native_id"))
    found = await look(datasette, lambda db, _: {"post": reference_to(db, key)})
    others = {name: ones for name, ones in sent.values.items() if name not in ("platform", "native_id")}
    return Typed({**others, "post": [found["post"]]})


def refuse_elsewhere(request: Any) -> None:
    """Raise WrongForm for what another site made a browser send."""
    origin = request.headers.get("origin", "null")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise WrongForm
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise WrongForm


def who(datasette: Any, request: Any) -> str | None:
    """Who is coding: the account where there are accounts, else the name that was signed. None: nobody has signed."""
    if has_account(request):
        return str(request.actor["id"])
    if SIGNED in request.scope:
        return str(request.scope[SIGNED])
    signed = request.cookies.get(COOKIE)
    try:
        return tidy_name(datasette.unsign(signed, COOKIE)) if signed else None
    except datasette_signature_errors():
        return None


def has_account(request: Any) -> bool:
    """Whether whoever asks has signed in with an account, and not with a name alone."""
    return "role" in (getattr(request, "actor", None) or {})


def datasette_signature_errors() -> tuple[type[Exception], ...]:
    """What `unsign` raises for a name that was not signed here, or by a server before this one."""
    from itsdangerous import BadData

    return (BadData,)


async def ask_name(datasette: Any, request: Any, *, refused: bool, action: str, form: str) -> Response:
    """The page where a coder signs, which carries `form` along: one to `action` that was sent by nobody. Without one: /coding."""
    if not form:
        return go("/coding?refused=name" if refused else "/coding")
    asked = {"refused": refused, "action": action, "carried": form}
    return await page(datasette, request, "coding.html", await look_at_store(datasette, request, lambda db: asked), 403)


async def sign_again(datasette: Any, request: Any) -> Response:
    """Where to go who has to sign: with the form that they sent, if they sent one."""
    form = carried(request, request.path, await request.post_body())
    return await ask_name(datasette, request, refused=False, action=request.path, form=form)


@answering
async def not_theirs(datasette: Any, request: Any, action: str, sent: Typed) -> Response:
    """The page for who signed with a form on the way that somebody else had filled in: it shows nothing of it, and carries it
    along for whose it is, who signs there as before."""
    told = {"theirs": sent.one("coder"), "action": action, "carried": packed(sent), "account": has_account(request)}
    return await page(datasette, request, "coding_not_theirs.html", await look_at_store(datasette, request, lambda db: told))


def opened_by_another(sent: Typed, coder: str) -> str:
    """Whose page a form was sent from, where that is not who is signed now: it can stay open in a tab while someone else signs
    in another. "" where it is theirs."""
    opened_by = sent.one("coder")
    return "" if opened_by.casefold() == coder.casefold() else opened_by


def may_lead(request: Any) -> bool:
    """Whether this person may see what each coder said: with accounts, those whose account says so, whatever they are called;
    without, whoever opens the lead's pages, which warn."""
    return not has_account(request) or request.actor["role"] == "lead"


def tidy_name(name: str) -> str | None:
    """A name as it is kept; None where it is none."""
    plain = " ".join("".join(sign for sign in name if sign.isprintable()).split())
    return plain if 0 < len(plain) <= LONGEST_NAME else None


def folder_of(datasette: Any) -> DataFolder | None:
    """Where labels.db lies; None where these pages only show."""
    data = (datasette.plugin_config("coding") or {}).get("data")
    return DataFolder(Path(data)) if data else None


def folder_to_write(datasette: Any) -> DataFolder:
    """The same. Raises NotCodedHere where these pages only show."""
    folder = folder_of(datasette)
    if folder is None:
        raise NotCodedHere
    return folder


def open_labels(folder: DataFolder) -> Labels:
    """labels.db, for the owner's eyes only where it is made."""
    os.umask(0o077)
    return Labels(folder)


async def look(datasette: Any, read: Callable[[sqlite3.Connection, Labels], Row]) -> Row:
    """Read a page's view from both stores."""
    folder = folder_to_write(datasette)

    def both(db: sqlite3.Connection) -> Row:
        with closing(open_labels(folder)) as labels:
            return read(db, labels)

    return await look_at_all(datasette, both)


async def page(datasette: Any, request: Any, template: str, context: Row, status: int = 200) -> Response:
    """A page of the coding, never kept by the browser: the next coder at this machine shall not go back into it."""
    response = await show_page(datasette, request, template, context, status=status)
    response.headers["cache-control"] = "no-store"
    return response


async def refuse(datasette: Any, request: Any, absent: str, status: int) -> Response:
    """A page that says why not."""
    return await page(
        datasette, request, "absent.html", {**await look_at_store(datasette, request, lambda db: {}), "absent": absent}, status
    )


def go(path: str) -> Response:
    """On to another page, which is asked for anew (303)."""
    response = Response.redirect(path, status=303)
    response.headers["cache-control"] = "no-store"
    return response


def rules(labels: Labels) -> dict[str, str]:
    """How the coding is set up."""
    return RULES | labels.rules()


def codebook(db: sqlite3.Connection) -> Codebook:
    """The codebook as the store knows the campaign now."""
    return make_codebook(*definitions(db))


def said(labels: Labels, book: Codebook) -> tuple[list[Coding], dict[str, Asked]]:
    """Every verdict that stands and counts, and what each version of the codebook asked about: both in today's names."""
    return in_names_of_now(labels.of_now(), book.names), asked_now(asked_in(labels.codebooks()), book.names)


def keep(labels: Labels, coding: Coding, book: Codebook) -> int:
    """Keep a verdict with the codebook that its coder had beside."""
    labels.keep_codebook(book.version, book.content, now=coding.coded_at)
    return labels.add(coding)


_OPEN: defaultdict[str, OpenPosts] = defaultdict(OpenPosts)
"""Of each labels.db, the posts that coders have open."""


def open_posts(datasette: Any) -> OpenPosts:
    """The posts that coders have open. Raises NotCodedHere."""
    return _OPEN[str(folder_to_write(datasette).labels)]


def undone(db: sqlite3.Connection, labels: Labels, coder: str, role: str = "coder") -> Row:
    """Take back the newest verdict or skip of a coder (a lead, by `role`). done: "undone", with the post's reference (`post`) and
    the `queue`; "undone gone" where the post is no longer here to be shown; "nothing" where nothing was there to take back."""
    taken = labels.undo(coder, now=system_clock(), role=role)
    if taken is None:
        return {"done": "nothing"}
    *key, queue = taken
    if not those_here(db, [(key[0], key[1])]):
        return {"done": "undone gone"}
    return {"done": "undone", "post": reference_to(db, (key[0], key[1])), "queue": queue}
