"""The part of Mastodon's API that is collected from, over the invented world: timelines by tag, statuses, threads, accounts."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from tests.fake_platform.world import Status, World

Reply = tuple[int, dict[str, str], Any]
LIMIT = 40


class Mastodon:
    """One server. `settings`: feeds (its timelines_access), login (a token is wanted), batch (statuses by several ids)."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base
        self.settings: dict[str, Any] = {}

    def answer(self, path: str, query: str, headers: dict[str, str]) -> Reply | None:
        """The reply to a request; None where this is no place of this API."""
        asked = parse_qs(query)
        given = headers.get("authorization", "")
        if self.settings.get("login") and given != f"Bearer {self.settings['login']}" and not path.startswith("/api/v2/instance"):
            return 401, {}, {"error": "The access token is invalid" if given else "This method requires an authenticated user"}
        if path == "/api/v2/instance":
            access = {"timelines_access": {"hashtag_feeds": self.settings["feeds"]}} if "feeds" in self.settings else {}
            return 200, {}, {"domain": self.base, "version": "4.5.0", "configuration": access}
        if found := re.fullmatch(r"/api/v1/timelines/tag/(.+)", path):
            shown = [status for status in self.world.tagged(unquote(found[1])) if self._is_shown(status)]
            return self._page(shown, path, asked)
        if found := re.fullmatch(r"/api/v1/tags/(.+)", path):
            return self._history(unquote(found[1]))
        if found := re.fullmatch(r"/api/v1/statuses/(\d+)/context", path):
            return self._context(found[1])
        if found := re.fullmatch(r"/api/v1/statuses/(\d+)", path):
            status = self._by_id(found[1])
            return (200, {}, self.shown(status)) if status else (404, {}, {"error": "Record not found"})
        if found := re.fullmatch(r"/api/v1/accounts/(rider\d+)", path):
            suspended = found[1] in self.settings.get("suspended", [])
            return 200, {}, {"id": found[1], "acct": found[1], "suspended": suspended}
        if found := re.fullmatch(r"/api/v1/accounts/(\w+)/statuses", path):
            theirs = [status for status in self.world.statuses.values() if status.author == found[1] and not status.deleted]
            own = sorted((status for status in theirs if self._is_shown(status)), key=lambda s: (len(s.own_id), s.own_id))
            return self._page(own, path, asked)
        if path == "/api/v1/accounts/lookup":
            name = asked.get("acct", [""])[0]
            there = any(status.author == name and not status.home for status in self.world.statuses.values())
            suspended = name in self.settings.get("suspended", [])
            return (
                (200, {}, {"id": name, "acct": name, "suspended": suspended})
                if there
                else (404, {}, {"error": "no such account"})
            )
        if path == "/api/v1/statuses" and self.settings.get("batch", True):
            return 200, {}, [self.shown(status) for own_id in asked.get("id[]", []) if (status := self._by_id(own_id))]
        return None

    def _page(self, found: list[Status], path: str, asked: dict[str, list[str]]) -> Reply:
        def order(own_id: str) -> tuple[int, str]:
            return (len(own_id), own_id)

        limit = min(int(asked.get("limit", ["20"])[0]), LIMIT)
        now = datetime.now(UTC)
        found = [status for status in found if status.arrived <= now]
        if "max_id" in asked:
            found = [status for status in found if order(status.own_id) < order(asked["max_id"][0])]
        if "min_id" in asked:
            found = [status for status in found if order(status.own_id) > order(asked["min_id"][0])][:limit]
        elif "since_id" in asked:
            found = [status for status in found if order(status.own_id) > order(asked["since_id"][0])]
        found = found[-limit:][::-1]
        if not found:
            return 200, {}, []
        links = {"next": {"max_id": found[-1].own_id}, "prev": {"min_id": found[0].own_id}}
        link = ", ".join(f'<{self.base}{path}?{urlencode(params)}>; rel="{name}"' for name, params in links.items())
        return 200, {"Link": link}, [self.shown(status) for status in found]

    def _history(self, tag: str) -> Reply:
        days = Counter(status.posted.replace(hour=0, minute=0, second=0) for status in self.world.tagged(tag))
        history = [{"day": str(int(day.timestamp())), "uses": str(n), "accounts": "1"} for day, n in sorted(days.items())[-7:]]
        return 200, {}, {"name": tag, "url": f"{self.base}/tags/{tag}", "history": history[::-1]}

    def _context(self, own_id: str) -> Reply:
        root = self._by_id(own_id)
        if root is None:
            return 404, {}, {"error": "Record not found"}
        reached, found = {root.number}, []
        for status in sorted(self.world.statuses.values(), key=lambda s: s.number):
            if status.reply_to in reached and not status.deleted and status.visibility in ("public", "unlisted"):
                reached.add(status.number)
                found.append(self.shown(status))
        return 200, {}, {"ancestors": [], "descendants": found}

    def _by_id(self, own_id: str) -> Status | None:
        for status in self.world.statuses.values():
            if status.own_id == own_id and not status.deleted and self._is_shown(status):
                return status
        return None

    def _is_shown(self, status: Status) -> bool:
        return status.visibility in ("public", "unlisted") and status.author not in self.settings.get("suspended", [])

    def uri(self, status: Status) -> str:
        """The address that is the same on every server."""
        home = status.home or self.base
        return f"{home}/users/{status.author}/statuses/{status.own_id}"

    def shown(self, status: Status) -> dict[str, Any]:
        """A status as the API shows it."""
        answered = self.world.statuses.get(status.reply_to or 0)
        tags = [word.strip("#.,:!?") for word in status.text.split() if word.startswith("#")]
        replies = [s for s in self.world.statuses.values() if s.reply_to == status.number and not s.deleted]
        home = status.home or self.base
        return {
            "id": status.own_id,
            "uri": self.uri(status),
            "url": f"{home}/@{status.author}/{status.own_id}",
            "created_at": status.posted.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edited_at": status.edited.strftime("%Y-%m-%dT%H:%M:%S.000Z") if status.edited else None,
            "in_reply_to_id": answered.own_id if answered else None,
            "in_reply_to_account_id": answered.author if answered else None,
            "content": f"<p>{status.text}</p>",
            "spoiler_text": "",
            "visibility": status.visibility,
            "language": "en",
            "sensitive": False,
            "favourites_count": status.likes,
            "reblogs_count": 0,
            "replies_count": len(replies),
            "reblog": None,
            "poll": None,
            "mentions": [],
            "media_attachments": [],
            "tags": [{"name": tag.lower(), "url": f"{self.base}/tags/{tag.lower()}"} for tag in tags],
            "account": {
                "id": status.author,
                "username": status.author,
                "acct": status.author if not status.home else f"{status.author}@{home.partition('//')[2]}",
                "url": f"{home}/@{status.author}",
                "display_name": status.author.title(),
                "note": "",
            },
            **status.more,
        }
