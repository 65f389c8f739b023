"""What the stores know of a person or a post that is to be forgotten, and what is left of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

from db.forgotten import Forgotten
from db.store import Store
from tracker.persons import host_of, names_of
from tracker.telling import count
from tracker.traces import OF_A_TEXT, Traces
from tracker.wishes import Wish

Key = tuple[str, str]
SHOWN, EXAMPLES = 160, 5
WHOLE_WORDS = 3
LOOKED_UP = 500
"""So many beginnings are looked up within others' texts; of many people at once the rest are taken for theirs alone."""
OF_PEOPLE = ("posts", "authors")
"""Tables that hold what people wrote; in the others a word in quotation marks is one of ours."""
KNOWN_BY_ADDRESS = ("mastodon", "forum", "blog", "feed", "news", "other")
"""Platforms where the address of a post can be its id."""


@dataclass(slots=True)
class Found:
    """What is to be forgotten, each as (platform, the platform's own id or the handle in lower case), with the addresses and the
    texts of their posts, and what they are called, by which the second look tells them; none of it is kept anywhere."""

    authors: set[Key] = field(default_factory=set)
    handles: set[Key] = field(default_factory=set)
    posts: set[Key] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    guessed: set[Key] = field(default_factory=set)
    """Those of `posts` that stand for one that is counted already: an address can be the id of a post on several platforms."""
    namesakes: set[Key] = field(default_factory=set)
    """(host, name) of others who are called alike elsewhere: their addresses say nothing of who is to be forgotten."""
    unknown: set[Wish] = field(default_factory=set, compare=False)
    """What was named and is stored nowhere; it may be misspelt. It is not written down: a forget that is ended tells nobody."""

    def as_json(self, by: str) -> str:
        """To be written down while it is under way. by: who answers the request."""
        keys = {one.name: sorted(getattr(self, one.name)) for one in fields(self) if one.compare}
        return json.dumps({"by": by, **keys})

    @classmethod
    def from_json(cls, told: str) -> tuple["Found", str]:
        """What was written down, and who answers the request."""
        read = json.loads(told)

        def keys(name: str) -> set[Key]:
            return {(str(platform), str(value)) for platform, value in read.get(name, ())}

        urls, texts, names = (set(map(str, read.get(name, ()))) for name in ("urls", "texts", "names"))
        known = keys("authors"), keys("handles"), keys("posts"), urls, texts, names, keys("guessed"), keys("namesakes")
        return cls(*known), str(read["by"])

    def accounts(self) -> int:
        """How many people that is: each may be known by an id and by a handle. An id that nothing is stored under may be that of
        a post, too; it is one thing, and counts as such."""
        return max(len(self.handles), sum(not key[1].startswith("@") for key in self.authors - self.posts))

    def known_as(self, post: Key, url: str | None) -> None:
        """Add a post that is stored; what was guessed from its address stands for the same post."""
        self.posts.add(post)
        self.guessed |= {(platform, url) for platform in KNOWN_BY_ADDRESS if url} & self.posts - {post}
        self.guessed.discard(post)

    def how_many_posts(self) -> int:
        """How many posts that is, each counted once."""
        return len(self.posts - self.guessed)

    def some_texts(self) -> tuple[str, ...]:
        """How a few of the posts begin, for the eyes of who decides."""
        return tuple(text[:SHOWN] for text in sorted(self.texts)[:EXAMPLES] if text)

    def unknown_said(self) -> tuple[str, ...]:
        """What was named and is stored nowhere, as it is written in a letter."""
        return tuple(sorted(wish.said() for wish in self.unknown))

    def tombstones(self) -> list[tuple[str, str, str]]:
        """(kind, platform, value) of all that is to stay forgotten."""
        kinds = (("author", self.authors), ("handle", self.handles), ("post", self.posts))
        return [(kind, platform, value) for kind, keys in kinds for platform, value in sorted(keys)]

    def traces(self) -> Traces:
        """By what they could be known again."""
        ids = {value for _, value in (*self.authors, *self.posts)}
        handles = {handle for _, handle in self.handles}
        return Traces(handles=handles, ids=ids, urls=self.urls, texts=self.texts, names=self.names, namesakes=self.namesakes)


def find(store: Store | None, wishes: Iterable[Wish]) -> Found:
    """All that the store holds of what is wished for: the accounts with all their posts, and single posts. What it does not hold
    is found too, as it was named, so that it will not be collected either."""
    found = Found()
    for wish in wishes:
        _add(store, wish, found)
    if store is not None:
        for platform, native_id in sorted(found.authors):
            asked: dict[str, object] = {"platform": platform, "native_id": native_id}
            for row in store.rows(POSTS_OF, asked):
                _add_post(row, found)
            for row in store.rows(CALLED, asked):
                found.names |= names_of(*(str(row[name] or "") for name in ("handle", "display_name")))
        for platform, native_id in sorted(found.posts):
            for row in store.rows(POST, {"platform": platform, "native_id": native_id}):
                _add_post(row, found)
        found.namesakes = namesakes(found, _called_alike(store, found))
        found.texts -= _written_by_others(store, found)
    found.names |= {name for _, handle in found.handles for name in names_of(handle, None)}
    return found


def reposts_of(store: Store, found: Found) -> set[Key]:
    """Reposts by others of what is to be forgotten. They hold its words, so they go with it, and holders of copies have them."""
    begin = [(platform, f"rt @{handle}:") for platform, handle in found.handles]
    rows = store.rows(REPOSTS, {"posts": json.dumps(sorted(found.posts)), "begin": json.dumps(begin)})
    return {(str(row["platform"]), str(row["native_id"])) for row in rows} - found.posts


def namesakes(found: Found, accounts: Iterable[tuple[Key, str, Iterable[object]]]) -> set[Key]:
    """Of these accounts those of others by the names of who is to be forgotten: (host, name) for each host of their addresses,
    but for hosts at which who is to be forgotten has addresses, too. accounts: each (platform, id), handle, addresses."""
    theirs = {host_of(address) for address in (*found.urls, *(value for _, value in (*found.authors, *found.posts)))}
    names = {handle for _, handle in found.handles}
    alike = set()
    for account, handle, addresses in accounts:
        whole = handle.casefold()
        if account not in found.authors and (account[0], whole) not in found.handles:
            called = names & {whole, whole.partition("@")[0]}
            alike |= {(host_of(str(address)), name) for name in called for address in addresses if address}
    return {(host, name) for host, name in alike if host and host not in theirs}


def _called_alike(store: Store, found: Found) -> Iterator[tuple[Key, str, Iterable[object]]]:
    for _, handle in found.handles:
        for row in store.rows(CALLED_ALIKE, {"handle": handle}):
            key = str(row["platform"]), str(row["native_id"])
            yield key, str(row["handle"]), (row["native_id"], row["post"], row["url"])


def _written_by_others(store: Store, found: Found) -> set[str]:
    """Texts that begin with what others wrote too (a text to copy, what is passed on, a customary phrase): they tell nobody."""
    begun = sorted({text[:OF_A_TEXT] for text in found.texts})
    rows = store.rows(BEGUN_SO, {"begun": json.dumps(begun), "length": OF_A_TEXT}) if begun else []
    shared = {str(row["begun"]) for row in rows if (str(row["platform"]), str(row["native_id"])) not in found.posts}
    apart = apart_from(found)
    alone = [begin for begin in begun if begin not in shared][:LOOKED_UP]
    shared |= {begin for begin in alone if any(map(apart, _saying(store, begin)))}
    return {text for text in found.texts if text[:OF_A_TEXT] in shared}


def _saying(store: Store, begin: str) -> list[dict[str, object]]:
    """Posts that say these words somewhere. They are looked up by the words that stand there whole; where there are hardly any,
    none is found."""
    words = [word for word in begin.split()[1:-1] if any(map(str.isalnum, word))]
    phrase = '"' + " ".join(words).replace('"', '""') + '"'
    return store.rows(SAID_WITHIN, {"phrase": phrase, "begin": begin}) if len(words) >= WHOLE_WORDS else []


def apart_from(found: Found) -> Callable[[Mapping[str, object]], bool]:
    """What says whether a post (platform, native_id, text, reply_to, quote_of, repost_of) has nothing to do with who is to be
    forgotten: it is none of theirs, speaks to none, and names nobody of them."""
    named = Found(found.authors, found.handles, found.posts, found.urls).traces()

    def apart(post: Mapping[str, object]) -> bool:
        keys = {(str(post["platform"]), str(post[name])) for name in ("native_id", "reply_to", "quote_of", "repost_of")}
        return not keys & found.posts and not named.in_text(str(post["text"]))

    return apart


def _add(store: Store | None, wish: Wish, found: Found) -> None:
    asked: dict[str, object] = {"platform": wish.platform, "value": wish.value}
    rows = store.rows(WANTED[wish.kind], asked) if store is not None else []
    if not rows:
        found.unknown.add(wish)
    for row in rows:
        platform, native_id = str(row["platform"]), str(row["native_id"])
        (found.posts if row["what"] == "post" else found.authors).add((platform, native_id))
        if row["handle"]:
            found.handles.add((platform, str(row["handle"]).casefold()))
    match wish.kind:
        case "handle":
            found.handles.add((wish.platform, wish.value.casefold()))
            found.authors.add((wish.platform, f"@{wish.value.casefold()}"))
        case "author" | "post":
            (found.authors if wish.kind == "author" else found.posts).add((wish.platform, wish.value))
        case "id" if not rows:
            found.authors.add((wish.platform, wish.value))
            found.posts.add((wish.platform, wish.value))
        case "address":
            found.urls.add(wish.value)
            guesses = [(platform, wish.value) for platform in KNOWN_BY_ADDRESS if (platform, wish.value) not in found.posts]
            found.posts.update(guesses)
            found.guessed.update(guesses if rows else guesses[1:])


def _add_post(row: dict[str, object], found: Found) -> None:
    found.posts.add((str(row["platform"]), str(row["native_id"])))
    found.texts.add(str(row["text"]))
    if row["url"]:
        found.urls.add(str(row["url"]))


def residue(store: Store, found: Found) -> list[str]:
    """Where tracker.db still holds something of them."""
    traces = found.traces()
    left = []
    for kind, keys in (("author", found.authors), ("handle", found.handles), ("post", found.posts)):
        for platform, value in keys:
            rows = store.rows(LEFT[kind], {"platform": platform, "value": value})
            left += [f"tracker.db, {row['place']}" for row in rows]
    for url in found.urls:
        rows = store.rows("select post_id from post_links where url = :url", {"url": url})
        left += [f"tracker.db, a link in post {row['post_id']}" for row in rows]
    return [*left, *_in_any_column(store, traces)]


def _in_any_column(store: Store, traces: Traces) -> Iterator[str]:
    """Every text of every table, in case one holds what nobody thought of."""
    for row in store.rows(TABLES):
        columns = [str(each["name"]) for each in store.rows("select name from pragma_table_info(?)", [row["name"]])]
        for number, cells in enumerate(store.each_row(f'select {", ".join(columns)} from "{row["name"]}"')):
            for column, value in zip(columns, cells, strict=True):
                if isinstance(value, str) and (traces.in_text if row["name"] in OF_PEOPLE else traces.in_ours)(value):
                    key = dict(zip(columns, cells, strict=True))
                    named = (
                        "{platform} {native_id}".format(**key) if {"platform", "native_id"} <= key.keys() else f"row {number + 1}"
                    )
                    yield f"tracker.db, {row['name']}.{column}, {named}"


def note_forgotten(store: Store, forgotten: Forgotten, found: Found, *, by: str, left: int, now: str) -> None:
    """Enter in the audit that someone was forgotten; a keyed digest stands for whom. left: places that still hold something."""
    subject = ",".join(sorted(forgotten.digest(*named)[:16] for named in found.tombstones()[:20]))
    note = f"{count(found.accounts(), 'account')}, {count(found.how_many_posts(), 'post')}"
    note += f"; {count(left, 'place still holds', 'places still hold')} something" if left else ""
    row = [now, by, "forget", subject, found.how_many_posts(), note]
    store.transaction(
        lambda db: db.execute("insert into audit(at, actor, action, subject, count, note) values (?, ?, ?, ?, ?, ?)", row)
    )


ACCOUNT = "select 'author' as what, platform, native_id, handle from authors"
SINGLE = "select 'post' as what, platform, native_id, '' as handle from posts"
WANTED = {
    "handle": f"""
        {ACCOUNT} where platform = :platform and (handle = :value collate nocase or native_id = '@' || lower(:value))
    """,
    "author": f"{ACCOUNT} where platform = :platform and native_id = :value",
    "post": f"{SINGLE} where platform = :platform and native_id = :value",
    "id": f"""
        {ACCOUNT} where platform = :platform and native_id = :value
        union all {SINGLE} where platform = :platform and native_id = :value
    """,
    "address": f"{SINGLE} where url = :value or native_id = :value",
}
CALLED = "select handle, display_name from authors where platform = :platform and native_id = :native_id"
CALLED_ALIKE = """
select authors.platform, authors.native_id, authors.handle, posts.native_id as post, posts.url
from authors left join posts on posts.author_id = authors.id
where :handle = lower(authors.handle) or :handle = lower(substr(authors.handle, 1, instr(authors.handle, '@') - 1))
"""
FIELDS = """
select platform, native_id, url, text from posts
"""
POSTS_OF = f"""
{FIELDS} where author_id in (select id from authors where authors.platform = :platform and authors.native_id = :native_id)
"""
POST = f"{FIELDS} where platform = :platform and native_id = :native_id"
REPOSTS = """
select posts.platform, posts.native_id from json_each(:posts) as original
join posts on posts.platform = original.value ->> 0 and posts.repost_of = original.value ->> 1
union
select platform, native_id from posts where kind = 'repost'
    and (platform, lower(substr(text, 1, instr(text, ':')))) in (select value ->> 0, lower(value ->> 1) from json_each(:begin))
"""
BEGUN_SO = """
select platform, native_id, substr(text, 1, :length) as begun from posts
where substr(text, 1, :length) in (select value from json_each(:begun))
"""
SAID_WITHIN = """
select platform, native_id, text, reply_to, quote_of, repost_of from posts
where id in (select rowid from posts_fts where posts_fts match :phrase) and instr(text, :begin) > 0
"""
TABLES = """
select name from pragma_table_list
where schema = 'main' and type = 'table' and name not like 'sqlite_%' and name not like 'posts_fts%'
"""
LEFT = {
    "author": "select 'the author ' || id as place from authors where platform = :platform and native_id = :value",
    "handle": """
        select 'the author ' || id as place from authors where platform = :platform and handle = :value collate nocase
        union all
        select 'a mention in post ' || post_id from post_mentions join posts on posts.id = post_id
        where post_mentions.handle = :value collate nocase and platform = :platform
    """,
    "post": """
        select 'the post ' || id as place from posts
        where platform = :platform and :value in (native_id, reply_to, quote_of, repost_of, conversation_id)
        union all
        select 'a copy, post ' || post_id from post_originals where platform = :platform and native_id = :value
        union all
        select 'why post ' || post_id || ' belongs' from post_matches join posts on posts.id = post_id
        where rule = 'conversation' and value = :value and platform = :platform
    """,
}
