"""A coder at the pages: opens one, fills in its form as a browser without JavaScript does, keeps its cookies."""

import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from typing import Any

from db.folder import DataFolder
from db.labels import Labels
from tests.pages_client import Pages


class Form(HTMLParser):
    """The fields of the form with one action, as a browser would send them untouched; and its labels' boxes."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.offered: list[tuple[str, str]] = []
        self._action, self._inside, self.found = action, False, False
        self._area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = at.get("action") == self._action
            self.found = self.found or self._inside
        if not self._inside:
            return
        if tag == "textarea":
            self._area = at["name"]
        if tag == "input":
            kind = at.get("type", "text")
            if kind in ("radio", "checkbox"):
                self.offered.append((at["name"], at["value"]))
                if "checked" not in at:
                    return
            self.fields.append((at["name"], at.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields.append((self._area, data))
            self._area = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea" and self._area:
            self.handle_data("")


def their_id(data: DataFolder, reference: str) -> str:
    """The platform's id of the post that the coding pages call so."""
    with closing(sqlite3.connect(data.tracker)) as db:
        ((found,),) = db.execute("select native_id from posts where id = ?", [reference.split("-")[0]]).fetchall()
    return str(found)


def at_odds(pages: Pages, *, posts: int, queue: str = "audit") -> None:
    """Have Ann and Sue read the first posts of a queue, and see another theme in each."""
    for name, theme in (("Ann", "outsourcing"), ("Sue", "health")):
        coder = Coder(pages, name)
        coder.open(f"/coding/post?queue={queue}")
        for _ in range(posts):
            coder.code("yes", theme)


class Coder:
    """One person in one browser, signed in by name (unless None)."""

    def __init__(self, pages: Pages, name: str | None) -> None:
        self._pages = pages
        self.cookies: dict[str, str] = {}
        self.page, self.status, self.at = "", 0, ""
        if name is not None:
            self.open("/coding")
            self.send("/coding/name", name=name)

    def open(self, path: str) -> str:
        """Go to a page, following where it leads."""
        self._took(self._pages.get(path, cookies=self.cookies), path)
        return self.page

    def form(self, action: str) -> Form:
        """The form of the open page that leads to `action`."""
        form = Form(self.page, action)
        assert form.found, f"{self.at} has no form to {action}"
        return form

    @property
    def shown(self) -> str:
        """What the open page calls the post that is to be coded."""
        return dict(self.form("/coding/post").fields)["post"]

    def send(self, action: str, **filled: str | list[str]) -> str:
        """Fill in the open page's form to `action` and send it; what is not named stays as the page has it."""
        form = self.form(action)
        fields = [(name, value) for name, value in form.fields if name not in filled]
        fields += [(name, one) for name, value in filled.items() for one in ([value] if isinstance(value, str) else value)]
        self.post(action, fields)
        return self.page

    def post(self, action: str, fields: list[tuple[str, str]], **options: Any) -> None:
        """Send fields as they are."""
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        self._took(self._pages.post(action, data=data, cookies=self.cookies, **options), action)

    def code(self, answer: str, *themes: str, **more: str | list[str]) -> str:
        """Say of the post on the page what it is, and save."""
        return self.send("/coding/post", answer=answer, theme=list(themes), **more)

    def _took(self, answer: Any, path: str) -> None:
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        self.page, self.status, self.at = answer.text, answer.status_code, path
        if answer.status_code == 303:
            self.open(answer.headers["location"])


def standing(data: DataFolder) -> list[tuple[str, bool | None, tuple[str, ...], str]]:
    """The verdicts that stand: coder, whether it is of the debate, themes, queue."""
    return [(one.coder, one.relevant, one.themes, one.queue) for one in Labels(data).standing()]


def filled_in(coder: Coder) -> list[tuple[str, str]]:
    """What stands in the form on the page: answer, ticks and note."""
    said = ("answer", "theme", "question", "asks", "note")
    return [(name, value) for name, value in coder.form("/coding/post").fields if name in said and value]
