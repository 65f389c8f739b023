"""How people are named in texts, addresses and notes: handles, ids, pages that are somebody's, and shown names. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

UNSEEN = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
"""Characters that take no room: people put them into a name so that it is not told."""
REMOVED, REMOVED_LINK = "[removed]", "[link removed]"
"""What stands where someone was named who is forgotten."""
AT = "@\uff20\ufe6b"
SITES_OF_PEOPLE = (
    *("x.com", "twitter.com", "t.co", "bsky.app", "bsky.social", "reddit.com", "redd.it", "facebook.com", "fb.com"),
    *("fb.me", "instagram.com", "threads.net", "threads.com", "tiktok.com", "linkedin.com", "lnkd.in", "youtube.com"),
    *("youtu.be", "tumblr.com", "medium.com", "substack.com", "wordpress.com", "blogspot.com", "blogger.com", "t.me"),
    *("telegram.me", "pinterest.com", "vk.com", "twitch.tv", "flickr.com", "patreon.com", "ko-fi.com", "linktr.ee"),
    *("about.me", "github.io", "livejournal.com", "typepad.com", "weebly.com", "wixsite.com", "gofundme.com"),
    *("justgiving.com", "bit.ly", "tinyurl.com", "ow.ly", "buff.ly", "dlvr.it", "is.gd", "goo.gl", "trib.al"),
    *("ift.tt", "w.wiki", "wp.me", "brid.gy", "nitter.net", "xcancel.com", "fxtwitter.com", "vxtwitter.com"),
    *("fixupx.com", "threadreaderapp.com", "instagr.am", "fb.watch", "m.me", "wa.me", "signal.me", "matrix.to"),
    *("snapchat.com", "truthsocial.com", "gab.com", "gettr.com", "minds.com", "weibo.com", "ok.ru", "xing.com", "quora.com"),
    *("vimeo.com", "dailymotion.com", "rumble.com", "odysee.com", "youtube-nocookie.com", "soundcloud.com", "mixcloud.com"),
    *("bandcamp.com", "paypal.me", "buymeacoffee.com", "beacons.ai", "carrd.co", "keybase.io", "orcid.org", "researchgate.net"),
    *("academia.edu", "ghost.io", "rb.gy", "cutt.ly", "t.ly", "v.gd", "tiny.cc", "shorturl.at", "rebrand.ly", "t1p.de"),
)
"""Sites where an address is somebody's post, profile or page, or hides what it leads to."""
SITES = frozenset(SITES_OF_PEOPLE)
SERVERS_OF_PEOPLE = (
    *("mastodon", "mstdn", "nitter", "pixelfed", "lemmy", "misskey", "friendica", "pleroma", "akkoma", "peertube"),
)
OF_PEOPLE = re.compile(
    r"/(?:@|~|users?/|u/|profiles?/|in/|people/|authors?/|by/|channel/|c/|paypalme/|notice/|notes/|objects/|status(?:es)?/|display/)",
    re.IGNORECASE,
)
"""How the addresses of people's pages and posts look elsewhere."""
TELLS_WHO = re.compile(rf"[{AT}]|did:", re.IGNORECASE)
A_SITE = "|".join(map(re.escape, SITES_OF_PEOPLE))
WITHIN = re.compile(rf"(?:^|[/=:?&.])(?:{A_SITE})/", re.IGNORECASE)
"""Somebody's page within another address: an archive's, one that leads on."""
WEB = re.compile(r"(?:https?|at)://[^\s<>\"'”’]+|(?<![\w./@-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\"'”’]+", re.IGNORECASE)
"""Addresses, also without https:// before them."""
TRAILING = ".,;:!?)]}…"
BETWEEN = re.compile(r"[/?#&=]")
SAY_WHO = ("screen_name", "user", "username", "handle", "author", "from", "by", "via", "actor")
"""What stands in an address before who somebody is."""
OF_A_SITE = {
    *("status", "statuses", "post", "posts", "profile", "profiles", "user", "users", "u", "people", "in", "author"),
    *("authors", "by", "channel", "c", "i", "web", "intent", "search", "hashtag", "tag", "tags", "groups", "pages"),
    *("p", "r", "comments", "photo", "video", "events", "watch", "notice", "notes", "objects", "display", "story"),
    *("stories", "reel", "lists", "moments"),
}
"""Words of the addresses of sites of people, and nobody's name where others stand beside them."""
SHORTEST_ID = 6
"""A shorter piece of an address is a number or a word of anybody's."""


def bare(name: str) -> str:
    """A name as it is compared: without '@', capitals, characters that take no room, and odd forms of letters."""
    return unicodedata.normalize("NFKC", re.sub(f"[{UNSEEN}]", "", name)).casefold().strip("@")


def host_of(address: str) -> str:
    """The host of an address, as browsers take it; "" where there is none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return unicodedata.normalize("NFKC", host).replace("。", ".").casefold().rstrip(".")


def somebodys(address: str) -> bool:
    """Whether an address is somebody's post, profile or page, or hides what it leads to, as far as its site and path tell."""
    host = host_of(address)
    if _is_a_site_of_people(host):
        return True
    for before in ("www.", "m.", "mobile."):
        host = host.removeprefix(before)
    labels = host.split(".")
    if labels[0] in SERVERS_OF_PEOPLE or "blogspot" in labels:
        return True
    path = unquote(address.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0])
    return bool(OF_PEOPLE.search(f"/{path}/") or TELLS_WHO.search(path) or WITHIN.search(f"{path}/"))


def _is_a_site_of_people(host: str) -> bool:
    """Whether a host is one of these sites, or lies within one."""
    while host:
        if host in SITES:
            return True
        host = host.partition(".")[2]
    return False


def tells_who(address: str) -> bool:
    """Whether an address, whole, says who somebody is: its page is somebody's, or what follows '?' or '#' names them."""
    told = unquote(address.partition("?")[2] or address.partition("#")[2])
    return somebodys(address) or bool(TELLS_WHO.search(told) or WITHIN.search(told) or OF_PEOPLE.search(f"/{told}/"))


def named_in(address: str) -> tuple[list[str], list[str]]:
    """(what could be the id of a post or of an account, what could be a handle) in an address. A word of a path is taken for a
    handle only where addresses are people's: `/news/` of a newspaper is nobody's, although somebody may be called so."""
    whole = unquote(address.strip().rstrip(TRAILING))
    rest = whole.partition("://")[2] or whole
    written, *parts = [part for part in BETWEEN.split(rest) if part] or [""]
    host = written if written.startswith("did:") else host_of(f"https://{written}")
    ids = [whole, whole.rstrip("/"), f"https://{rest.rstrip('/')}", re.split(r"[?#]", whole)[0], written]
    handles = [written, host, host.removeprefix("www.")]
    people = somebodys(address if "://" in address else f"https://{address}")
    for before, part in zip(["", *parts], parts, strict=False):
        if people or len(part) >= SHORTEST_ID:
            ids.append(part)
        said = part.casefold().startswith(tuple(f"{word}:" for word in SAY_WHO))
        if said or part[0] in f"{AT}~" or "@" in part or before.casefold() in SAY_WHO or (people and _could_be_one(part, parts)):
            named = part.rpartition(":")[2] if said else part
            handles += [one.lstrip("~") for one in (part, named)]
            handles += [f"{bare(named.lstrip('~'))}@{server}" for server in (written, host)]
    if _is_a_site_of_people(host.partition(".")[2]):
        handles.append(host.split(".")[0])
    return list(dict.fromkeys(ids)), list(dict.fromkeys(handles))


def _could_be_one(part: str, parts: list[str]) -> bool:
    return part.casefold() not in OF_A_SITE or len(parts) == 1


# ---- in notes --------------------------------------------------------------------------------------------------------
# In posts a bare word is nobody's: many speak there, and somebody may be called `news`. In a note a colleague speaks of a post
# and its author (docs/why, What an erasure does to what was told).

LEAST = 3
"""Letters that a name must have to be looked for; fewer are anybody's (`Al`, `me`), except where few letters say a whole name."""
LEAST_ELSEWHERE = 2
WORDS = re.compile(r"[^\W_]+")
TOKEN = re.compile(r"\w(?:[\w.-]*\w)?")
SERVERS = (".bsky.social",)
"""Ends of handles that people leave out."""


def names_of(handle: str | None, shown: str | None) -> set[str]:
    """All that an account is called by."""
    named = (handle or "").strip("@")
    short = {named.partition("@")[0], *(named.removesuffix(server) for server in SERVERS)}
    return {name for name in (named, *short, (shown or "").strip()) if name}


def calling(names: Iterable[str]) -> re.Pattern[str] | None:
    """What finds one of these names in a text that `plainly` made, as whole words; None where there are none to look for."""
    wanted = {tuple(WORDS.findall(plainly(name))) for name in names}
    told = sorted((words for words in wanted if _says_somebody("".join(words))), key=lambda words: (-len(words), words))
    return re.compile("|".join(map(_pattern, told))) if told else None


def plainly(text: str) -> str:
    """A text as names are looked for in it: without capitals, odd forms of letters and characters that take no room."""
    return unicodedata.normalize("NFKC", re.sub(f"[{UNSEEN}]", "", text)).casefold()


def possible_handles(text: str) -> Iterator[str]:
    """Each word of a text that could be somebody's handle, and what it is made of (`ann.Next`)."""
    for token in TOKEN.findall(plainly(text)):
        for part in dict.fromkeys((token, *re.split(r"[.-]+", token))):
            if _says_somebody(part):
                yield part


def _says_somebody(name: str) -> bool:
    return len(name) >= (LEAST if name.isascii() else LEAST_ELSEWHERE)


def _pattern(words: tuple[str, ...]) -> str:
    """Letters beyond U+0E00 are mostly written without spaces between words: a name ends there wherever it ends."""
    first, last = words[0][0], words[-1][-1]
    before, after = ("" if letter >= "\u0e00" else bound for letter, bound in ((first, r"(?<![^\W_])"), (last, r"(?![^\W_])")))
    return before + r"[\W_]+".join(map(re.escape, words)) + after
