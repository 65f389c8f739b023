"""What a loopback X holds and how it answers: the ground truth of a trial, and the price of every answer. No network here.

It keeps to X's two specifications (the names of fields of June or of August 2026), to its bounds (seven days, 10 to 100 posts,
`since_id` not beside `start_time`), and to what was seen of it: short pages with a token, an empty page with a token, the last
version of an edited post, errors beside posts. It has a clock of its own.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

X_EPOCH_MS = 1288834974657
TOKEN = "canary-bearer-8f3a1c"
WEEK = timedelta(days=7)
OLD_FIELDS = {"author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities", "id", "lang", "note_tweet"}
OLD_FIELDS |= {"public_metrics", "referenced_tweets", "text"}
NEW_FIELDS = {"conversation_id", "created_at", "entities", "id", "lang", "note_post", "public_metrics", "text"}
EXPANSIONS = {
    "old": {"author_id", "referenced_tweets.id", "edit_history_tweet_ids"},
    "new": {"author_id", "referenced_posts", "edit_history_post_ids"},
}
BOUNDS = ("since_id", "until_id", "start_time", "end_time")
SEARCH = {"query", "max_results", "next_token", "user.fields", "expansions", *BOUNDS}
PRICE = {"post": 0.005, "user": 0.010, "recent": 0.005, "all": 0.010}

Reply = tuple[int, dict[str, str], Any]
Said = tuple[int, Any]
"""Status and body."""


def id_at(moment: datetime, number: int) -> str:
    """An id that says when it was made."""
    return str((int(moment.timestamp() * 1000) - X_EPOCH_MS << 22) | number)


def made_at(native_id: str) -> datetime:
    """When an id was made."""
    return datetime.fromtimestamp(((int(native_id) >> 22) + X_EPOCH_MS) / 1000, UTC)


def invalid(message: str, name: str, value: str = "") -> Said:
    """X's answer to a parameter that it does not take."""
    told = {"errors": [{"parameters": {name: [value]}, "message": message}], "title": "Invalid Request"}
    detail = {"detail": "One or more parameters to your request was invalid."}
    return 400, told | detail | {"type": "https://api.twitter.com/2/problems/invalid-request"}


@dataclass
class FakeX:
    """One X. now: its clock, which stands still unless it `runs`. spelling: old or new names of fields. refused: values of fields
    that it does not take."""

    now: datetime
    spelling: str = "old"
    refused: set[str] = field(default_factory=set)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    short_by: int = 0
    empty_before: int = 0
    errors_only: int = 0
    no_credit_after: int | None = None
    usage_capped: bool = False
    known_token: bool = True
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    charged: float = 0.0
    longest_id: int = 19
    runs: bool = False
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _empties: int = 0
    _number: int = 0

    # ---- what a trial in another process asks for ------------------------------------------------------------------------

    def do(self, call: str, **words: Any) -> Any:
        """Carry out a command whose times are texts."""
        words = {name: datetime.fromisoformat(value) if name in ("at", "now") else value for name, value in words.items()}
        if call == "set":
            for name, value in words.items():
                setattr(self, name, set(value) if name == "refused" else value)
            return None
        if call == "truth":
            return {post["history"][0]: post["text"] for post in self.shown()}
        if call == "account":
            return {"charged": self.charged, "asked": [[path, params] for path, params in self.asked]}
        return getattr(self, call)(**words)

    def fill(self, count: int, every: float, text: str = "Number {}: the fares went up again #SaveOurBuses") -> list[str]:
        """Publish so many posts, the last one a minute ago, one every so many seconds; gives their ids, oldest first."""
        last = self.clock() - timedelta(minutes=1)
        return [self.publish(text.format(n), last - timedelta(seconds=every * (count - 1 - n)), n % 5) for n in range(count)]

    # ---- the truth ---------------------------------------------------------------------------------------------------

    def publish(self, text: str, at: datetime, author: int = 1, **more: Any) -> str:
        """A post; gives its id."""
        self._number += 1
        native_id = id_at(at, self._number % 4096)
        tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in re.finditer(r"#(\w+)", text)]
        self.posts[native_id] = {
            "id": native_id,
            "text": text,
            "author_id": str(9000 + author),
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "lang": "en",
            "conversation_id": native_id,
            "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "impression_count": 9},
            **({"entities": {"hashtags": tags}} if tags else {}),
            "history": [native_id],
            **more,
        }
        return native_id

    def edit(self, native_id: str, text: str, at: datetime) -> str:
        """A later version of a post, under a new id; search shows the later one only."""
        before = self.posts[native_id]
        later = self.publish(text, at, int(before["author_id"]) - 9000, conversation_id=before["conversation_id"])
        chain = [*before["history"], later]
        for version in chain:
            self.posts[version]["history"] = chain
        return later

    def hide(self, native_id: str, how: str) -> None:
        """Show a post no more: deleted, suspended or protected. Every version of an edited one."""
        for version in self.posts[native_id]["history"]:
            self.hidden[version] = how

    def shown(self) -> list[dict[str, Any]]:
        """What search holds, newest first: the last version of each post that is not hidden."""
        last = [post for key, post in self.posts.items() if key == post["history"][-1] and key not in self.hidden]
        return sorted(last, key=lambda post: int(post["id"]), reverse=True)

    # ---- answers -----------------------------------------------------------------------------------------------------

    def answer(self, path: str, query: str, headers: dict[str, str]) -> Reply | None:
        """The reply to a request; None where this is no place of X's."""
        if not path.startswith("/2/"):
            return None
        status, body = self.said(path, dict(parse_qsl(query)), headers.get("authorization", ""))
        return status, {"Date": format_datetime(self.clock(), usegmt=True)}, body

    def clock(self) -> datetime:
        """The time at X."""
        return self.now + (datetime.now(UTC) - self.began if self.runs else timedelta())

    def said(self, path: str, params: dict[str, str], authorization: str) -> Said:
        """(status, body) of what X says to a GET."""
        self.asked.append((path, params))
        if authorization != f"Bearer {TOKEN}" or not self.known_token:
            return 401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
        if self.usage_capped:
            capped = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap", "period": "Monthly"}
            return 429, capped | {"type": "https://api.twitter.com/2/problems/usage-capped"}
        if self.no_credit_after is not None and len(self.asked) > self.no_credit_after:
            return 402, {"title": "CreditsDepleted", "detail": "The account has no credits.", "type": "about:blank"}
        if path == "/2/tweets":
            return self._lookup(params)
        kind, _, reach = path.removeprefix("/2/tweets/").partition("/")
        if kind not in ("search", "counts") or reach not in ("recent", "all"):
            return 404, {"title": "Not Found", "type": "about:blank"}
        fault = self._bad_bounds(params, reach)
        if fault:
            return fault
        return self._counts(params, reach) if kind == "counts" else self._search(params)

    def _bad_bounds(self, params: dict[str, str], reach: str) -> Said | None:
        ids, times = ("since_id" in params or "until_id" in params), ("start_time" in params or "end_time" in params)
        if ids and times:
            return invalid("Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'.", "since_id")
        if len(params.get("query", "")) > (512 if reach == "recent" else 1024):
            return invalid("Rules must be 512 characters or less", "query", params["query"])
        earliest = self.clock() - WEEK
        if reach == "recent":
            for name in ("since_id", "until_id"):
                if name in params and made_at(params[name]) < earliest:
                    least = id_at(earliest, 0)
                    return invalid(f"'{name}' must be a tweet id created after [{least}]", name, params[name])
            if "start_time" in params and datetime.fromisoformat(params["start_time"]) < earliest:
                return invalid(
                    f"'start_time' must be on or after {earliest:%Y-%m-%dT%H:%MZ}.", "start_time", params["start_time"]
                )
        if "end_time" in params and datetime.fromisoformat(params["end_time"]) > self.clock() - timedelta(seconds=10):
            return invalid("'end_time' must be a minimum of 10 seconds prior to the request time.", "end_time")
        return None

    def _bad_fields(self, params: dict[str, str], known: set[str]) -> Said | None:
        mine = "tweet.fields" if self.spelling == "old" else "post.fields"
        for name in params:
            if name not in known | {mine}:
                return invalid(
                    f"The query parameter [{name}] is not one of [{','.join(sorted(known | {mine}))}]", name, params[name]
                )
        fields = OLD_FIELDS if self.spelling == "old" else NEW_FIELDS
        for name, taken in ((mine, fields), ("expansions", EXPANSIONS[self.spelling])):
            for value in filter(None, params.get(name, "").split(",")):
                if value not in taken - self.refused:
                    said = (
                        f"The `{name}` query parameter value [{value}] is not one of [{','.join(sorted(taken - self.refused))}]"
                    )
                    return invalid(said, name, params[name])
        return None

    def _found(self, params: dict[str, str]) -> list[dict[str, Any]]:
        earliest = self.clock() - WEEK
        found = [post for post in self.shown() if matches(post, params["query"]) and made_at(post["id"]) <= self.clock()]
        if not any(name in params for name in ("since_id", "start_time")):
            found = [post for post in found if made_at(post["id"]) >= earliest]
        if "since_id" in params:
            found = [post for post in found if int(post["id"]) > int(params["since_id"])]
        if "until_id" in params:
            found = [post for post in found if int(post["id"]) < int(params["until_id"])]
        if "start_time" in params:
            found = [post for post in found if made_at(post["id"]) >= datetime.fromisoformat(params["start_time"])]
        if "end_time" in params:
            found = [post for post in found if made_at(post["id"]) < datetime.fromisoformat(params["end_time"])]
        return found

    def _counts(self, params: dict[str, str], reach: str) -> Said:
        self.charged += PRICE[reach]
        name = "tweet_count" if self.spelling == "old" else "post_count"
        found = len(self._found(params))
        bucket = {"start": f"{self.clock() - WEEK:%FT%TZ}", "end": f"{self.clock():%FT%TZ}", name: found}
        return 200, {"data": [bucket], "meta": {f"total_{name}": found}}

    def _search(self, params: dict[str, str]) -> Said:
        fault = self._bad_fields(params, SEARCH)
        if fault:
            return fault
        size = int(params.get("max_results", "10"))
        if not 10 <= size <= 100:
            return invalid(f"The `max_results` query parameter value [{size}] is not between 10 and 100", "max_results")
        found, same = self._found(params), {name: params[name] for name in ("query", *BOUNDS) if name in params}
        if "next_token" in params:
            began = json.loads(base64.urlsafe_b64decode(params["next_token"])) if known(params["next_token"]) else {}
            if began.get("same") != same:
                return invalid("The `next_token` query parameter value is not valid", "next_token", params["next_token"])
            found = [post for post in found if int(post["id"]) < int(began["before"])]
            before = began["before"]
        else:
            before = str(2**62)
        if self.errors_only:
            self.errors_only -= 1
            return 200, {"errors": [{"title": "Service Unavailable", "type": "about:blank", "detail": "over capacity"}]}
        if self._empties < self.empty_before and found:
            self._empties += 1
            return 200, {"meta": {"result_count": 0, "next_token": token_of(same, before, self._empties)}}
        page = found[: max(size - self.short_by, 1)]
        more = {"next_token": token_of(same, page[-1]["id"])} if len(page) < len(found) else {}
        meta = {"result_count": len(page), **more}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        return 200, self._billed(self._told(page, params) | {"meta": meta})

    def _lookup(self, params: dict[str, str]) -> Said:
        fault = self._bad_fields(params, {"ids", "user.fields", "expansions"})
        if fault:
            return fault
        ids = params.get("ids", "").split(",")
        odd = [native_id for native_id in ids if not re.fullmatch(rf"[0-9]{{1,{self.longest_id}}}", native_id)]
        if odd:
            return invalid(
                f"The `ids` query parameter value [{odd[0]}] does not match ^[0-9]{{1,{self.longest_id}}}$", "ids", odd[0]
            )
        if len(ids) > 100:
            return invalid("size must be between 1 and 100", "ids", params["ids"])
        page = [self.posts[native_id] for native_id in ids if native_id in self.posts and native_id not in self.hidden]
        errors = [self._missing(native_id) for native_id in ids if native_id not in self.posts or native_id in self.hidden]
        told = self._told(page, params)
        return 200, self._billed(told | ({"errors": errors + told.get("errors", [])} if errors else {}))

    def _missing(self, native_id: str, parameter: str = "ids") -> dict[str, Any]:
        about = {"resource_id": native_id, "value": native_id, "parameter": parameter, "resource_type": "tweet"}
        how = self.hidden.get(native_id, "deleted")
        if how == "protected":
            said = f"Sorry, you are not authorized to see the Tweet with {parameter}: [{native_id}]."
            kind = {"title": "Authorization Error", "type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}
        elif how == "suspended":
            said, kind = f"User has been suspended: [{native_id}].", {"title": "Forbidden"}
            kind["type"] = "https://api.twitter.com/2/problems/resource-not-found"
        else:
            said, kind = f"Could not find tweet with {parameter}: [{native_id}].", {"title": "Not Found Error"}
            kind["type"] = "https://api.twitter.com/2/problems/resource-not-found"
        return about | kind | {"detail": said}

    def _told(self, page: list[dict[str, Any]], params: dict[str, str]) -> dict[str, Any]:
        """Posts with the fields and the company that was asked for."""
        asked = set(params.get("tweet.fields" if self.spelling == "old" else "post.fields", "").split(","))
        expansions = set(params.get("expansions", "").split(","))
        told: dict[str, Any] = {"data": [self._shaped(post, asked, expansions) for post in page]} if page else {}
        includes: dict[str, Any] = {}
        if "author_id" in expansions and page:
            includes["users"] = [
                {"id": user, "username": f"user{user}", "name": f"User {user}", "protected": False}
                for user in dict.fromkeys(post["author_id"] for post in page)
            ]
        refs = [ref["id"] for post in page for ref in post.get("referenced_tweets", ())]
        if expansions & {"referenced_tweets.id", "referenced_posts"} and refs:
            there = [self.posts[ref] for ref in refs if ref in self.posts and ref not in self.hidden]
            includes["tweets" if self.spelling == "old" else "posts"] = [self._shaped(post, asked, set()) for post in there]
            lost = [ref for ref in refs if ref not in self.posts or ref in self.hidden]
            if lost:
                told["errors"] = [self._missing(ref, "referenced_tweets.id") for ref in lost]
        return told | ({"includes": includes} if includes else {})

    def _shaped(self, post: dict[str, Any], asked: set[str], expansions: set[str]) -> dict[str, Any]:
        always = {"id", "text"}
        shaped = {key: value for key, value in post.items() if key in always | asked and key != "history"}
        if self.spelling == "old":
            return shaped | {"edit_history_tweet_ids": post["history"]}
        if "author_id" in expansions:
            shaped["author_id"] = post["author_id"]
        if "referenced_posts" in expansions and "referenced_tweets" in post:
            shaped["referenced_posts"] = post["referenced_tweets"]
        if "note_post" in asked and "note_tweet" in post:
            shaped["note_post"] = post["note_tweet"]
        return shaped | ({"edit_history_post_ids": post["history"]} if "edit_history_post_ids" in expansions else {})

    def _billed(self, told: dict[str, Any]) -> dict[str, Any]:
        includes = told.get("includes", {})
        posts = len(told.get("data", ())) + len(includes.get("tweets", ())) + len(includes.get("posts", ()))
        self.charged += posts * PRICE["post"] + len(includes.get("users", ())) * PRICE["user"]
        return told


def matches(post: dict[str, Any], query: str) -> bool:
    """Whether one of the terms of a query (hashtags, phrases, addresses, a conversation) finds a post."""
    text = post["text"].casefold()
    for term in query.split(" OR "):
        if term.startswith("#"):
            if term[1:].casefold() in {tag["tag"].casefold() for tag in post.get("entities", {}).get("hashtags", ())}:
                return True
        elif term.startswith("conversation_id:"):
            if post["conversation_id"] == term.partition(":")[2]:
                return True
        elif term.removeprefix("url:").strip('"').casefold() in text:
            return True
    return False


def token_of(same: dict[str, str], before: str, number: int = 0) -> str:
    """A token for the posts of the same request before an id."""
    return base64.urlsafe_b64encode(json.dumps({"same": same, "before": before, "number": number}).encode()).decode()


def known(token: str) -> bool:
    """Whether it is a token of this X."""
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(token)), dict)
    except ValueError:
        return False
