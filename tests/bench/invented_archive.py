"""A large invented archive, the same at every run: python -m tests.bench.invented_archive POSTS FOLDER.

A year of a national debate in JSON lines, four files of X's posts (flattened, as twarc2 writes them) to one of Bluesky's, 1.2 KB
a post. Of twenty posts of X seven are originals, nine reposts (few posts have most of them), two replies and one a quote; one is
seen a second time, with more likes. One original in seven is a copy of a message that many post. Words are as frequent as in
English (Zipf), one post in three uses a theme's own phrase.
"""

import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.invented_search import post_id
from tests.conftest import REPOSITORY
from tracker.themes.static import static_vectors
from tracker.word_vectors import vectors_missing

TAG = "SaveOurBuses"
START = datetime(2026, 1, 1, tzinfo=UTC)
A_YEAR = 365 * 86_400
A_FILE = 250_000
SEEN = "2027-01-02T00:00:00+00:00"
POOL = 1 << 25
STEP = 0x9E3779B1
"""Odd, so that texts begin at places of the pool of their own."""
BURST = 5_000
"""Reposts among so many posts are of those before them, a few of them most often."""
Draws = dict[str, list[int]]


class Words:
    """What is said: the text of a number is always the same."""

    def __init__(self) -> None:
        known = static_vectors()
        if known is None:
            raise SystemExit(f"There are no words to say: {vectors_missing()}.")
        self._words = [word for word in known.rows if word.isalpha() and word.isascii() and (len(word) > 1 or word in "ai")]
        ranks = 1 / np.arange(1, len(self._words) + 1) ** 1.05
        chance = np.random.default_rng(20260101)
        self._pool = chance.choice(len(self._words), POOL, p=ranks / ranks.sum()).astype(np.uint16)
        files = sorted((REPOSITORY / "campaigns" / "futurewelfare" / "themes").glob("*.toml"))
        told = [str(phrase) for file in files for phrase in tomllib.loads(file.read_text("utf-8"))["phrases"]]
        self._phrases = [phrase.replace("*", "") for phrase in told if not set(phrase) & set('"\\#')]

    def text(self, number: int) -> str:
        """8 to 39 words and the hashtag."""
        begin = number * STEP % (POOL - 64)
        said = [self._words[place] for place in self._pool[begin : begin + 8 + begin % 32].tolist()]
        if number % 3 == 0:
            said.insert(4, self._phrases[number // 3 % len(self._phrases)])
        return f"{' '.join(said)} #{TAG}"


def number_of_text(number: int) -> int:
    """Which post's words a post has: its own, or those that many post this week."""
    return number // 200_000 * 200_000 if number % 20 == 5 else number


def when(number: int, posts: int) -> datetime:
    """The moment of a post; they are spread over the year."""
    return START + timedelta(seconds=number * A_YEAR // posts)


def draws(first: int, last: int) -> Draws:
    """What chance gives for each of some posts: author, rank of what is reposted, likes."""
    chance = np.random.default_rng(first)
    many = last - first
    return {
        "author": (chance.pareto(0.9, many) * 400).clip(0, 3_000_000).astype(int).tolist(),
        "rank": chance.zipf(1.3, many).clip(1, BURST // 20).tolist(),
        "likes": chance.geometric(0.2, many).tolist(),
    }


def tweet(number: int, posts: int, words: Words, *, author: int, likes: int, **more: str) -> str:
    """A post of X, flattened; more: `kind` and `of` (what it refers to, as JSON), `text`."""
    at = when(number, posts)
    native_id = post_id(number, at)
    text = more.get("text") or words.text(number_of_text(number))
    begin = text.index("#")
    refers = f'"referenced_tweets":[{{"type":"{more["kind"]}",{more["of"]}}}],' if "kind" in more else ""
    return (
        f'{{"id":"{native_id}","text":"{text}","author_id":"{10_000 + author}","conversation_id":"{native_id}","lang":"en",'
        f'"created_at":"{at:%Y-%m-%dT%H:%M:%S}.000Z","edit_history_tweet_ids":["{native_id}"],"possibly_sensitive":false,'
        f'"reply_settings":"everyone",{refers}"entities":{{"hashtags":[{{"start":{begin},"end":{begin + len(TAG) + 1},'
        f'"tag":"{TAG}"}}],"urls":[{{"start":{len(text)},"end":{len(text)},"url":"https://t.co/{number % 977:010d}",'
        f'"expanded_url":"https://news.example/{number % 977}","display_url":"news.example/{number % 977}"}}]}},'
        f'"public_metrics":{{"retweet_count":{likes // 4},"reply_count":{likes // 6},"like_count":{likes},"quote_count":0,'
        f'"impression_count":{likes * 90},"bookmark_count":0}},"author":{{"id":"{10_000 + author}","username":"rider{author}",'
        f'"name":"Rider {author}","created_at":"2011-04-05T06:07:08.000Z","description":"Rides the evening bus. My own view.",'
        f'"location":"Exampleton","protected":false,"verified":false,"public_metrics":{{"followers_count":321,'
        f'"following_count":123,"tweet_count":4567,"listed_count":8}}}},"__twarc":{{"url":'
        f'"https://api.x.com/2/tweets/search/all","version":"2.14.0","retrieved_at":"{SEEN}"}}}}\n'
    )


def of_x(number: int, posts: int, words: Words, author: int, rank: int, likes: int) -> str:
    """The line of a post of X."""
    place = number % 20
    target = max(0, (number // BURST * BURST) - 20 * rank)
    told = f'"id":"{post_id(target, when(target, posts))}"'
    match place:
        case 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15:
            text = words.text(number_of_text(target))
            begin = text.index("#")
            original = (
                f'"text":"{text}","entities":{{"hashtags":[{{"start":{begin},"end":{len(text)},"tag":"{TAG}"}}]}},"lang":"en"'
            )
            shown = f"RT @rider{rank}: {text[:90]}… #{TAG}"
            return tweet(number, posts, words, author=author, likes=0, kind="retweeted", of=f"{told},{original}", text=shown)
        case 16 | 17:
            return tweet(number, posts, words, author=author, likes=likes, kind="replied_to", of=told)
        case 18:
            return tweet(number, posts, words, author=author, likes=likes, kind="quoted", of=told)
        case 19:
            again = number - 19
            return tweet(again, posts, words, author=again % 5_000, likes=likes + 40)
        case 0:
            return tweet(number, posts, words, author=number % 5_000, likes=likes)
        case _:
            return tweet(number, posts, words, author=author, likes=likes)


def of_bluesky(number: int, posts: int, words: Words, author: int, likes: int) -> str:
    """The line of a post of Bluesky: as its search shows it."""
    at = f"{when(number, posts):%Y-%m-%dT%H:%M:%S}.000Z"
    did, key = f"did:plc:invented{author:016d}", f"3l{number:011d}"
    text = words.text(number_of_text(number))
    begin = text.index("#")
    return (
        f'{{"uri":"at://{did}/app.bsky.feed.post/{key}","cid":"bafyinvented{number}","author":{{"did":"{did}",'
        f'"handle":"rider{author}.example","displayName":"Rider {author}","labels":[]}},"record":{{"$type":"app.bsky.feed.post",'
        f'"createdAt":"{at}","langs":["en"],"text":"{text}","facets":[{{"features":[{{"$type":"app.bsky.richtext.facet#tag",'
        f'"tag":"{TAG}"}}],"index":{{"byteStart":{begin},"byteEnd":{begin + len(TAG) + 1}}}}}]}},"replyCount":{likes // 6},'
        f'"repostCount":{likes // 4},"likeCount":{likes},"quoteCount":0,"indexedAt":"{at}","labels":[]}}\n'
    )


def lines(first: int, last: int, posts: int, words: Words, *, bluesky: bool) -> Iterator[str]:
    """The lines of a file."""
    told = draws(first, last)
    each: Any = zip(range(first, last), told["author"], told["rank"], told["likes"], strict=True)
    for number, author, rank, likes in each:
        if bluesky:
            yield of_bluesky(number, posts, words, author, likes)
        else:
            yield of_x(number, posts, words, author, rank, likes)


def write(posts: int, folder: Path) -> None:
    """Write the files of an archive, at most A_FILE posts each; those that are there are left as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    words = Words()
    a_file = min(A_FILE, -(-posts // 5))
    for number, first in enumerate(range(0, posts, a_file)):
        bluesky = number % 5 == 4
        path = folder / f"{number:03d}-{'bluesky' if bluesky else 'x'}.jsonl"
        if path.exists():
            continue
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8", buffering=1 << 20) as file:
            file.writelines(lines(first, min(posts, first + a_file), posts, words, bluesky=bluesky))
        fresh.rename(path)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
