"""Feeds: what is dangerous or odd in them, and the real ones beside the repository. Everything else here is invented."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.exported import rows_of, written
from tracker.exports import recognise
from tracker.exports.head import Head
from tracker.exports.opening import open_export
from tracker.platforms.feed import read_entry
from tracker.platforms.feed_document import MOST_BYTES, Feed, NotAFeed, read_feed
from tracker.platforms.feed_times import moment_in_feed
from tracker.platforms.quotes import without_quotes
from tracker.platforms.refusals import NotAPost
from tracker.platforms.site_names import author_named
from tracker.platforms.wordpress import SHORTCODE, wordpress_text
from tracker.problems import Problem, UnknownFormat, UsageProblem
from tracker.records import Found, Rejected

ITEM = "<item><title>t</title><link>https://a.example/1</link><pubDate>Mon, 07 Sep 2026 08:00:00 GMT</pubDate>{}</item>"


def rss(inside: str, before: str = "") -> bytes:
    return f'{before}<rss version="2.0"><channel><link>https://a.example/</link>{inside}</channel></rss>'.encode()


def text_of(data: bytes, **more: str) -> str:
    feed = read_feed(data, **more)
    return read_entry(feed.entries[0], feed).text


def test_entities_that_stand_for_others_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(NotAFeed, match="declares entities"):
        read_feed(rss(ITEM.format("<description>&b;</description>"), bomb))


def test_nothing_outside_is_fetched_or_opened(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret", b"secret")
    outside = f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;]>'
    assert "secret" not in text_of(rss(ITEM.format("<description>words</description>"), outside))
    with pytest.raises(NotAFeed):
        read_feed(str(secret).encode())
    with pytest.raises(NotAFeed):
        read_feed(b"https://a.example/feed")


def test_what_a_feed_calls_its_own_address_may_be_none() -> None:
    own = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="http://a\u2100b.example/comments/feed"/>'
    for address in ("https://a.example/feed", ""):
        feed = read_feed(rss(own + ITEM.format("<description>words</description>")), address=address)
        assert (read_entry(feed.entries[0], feed).text, feed.of_comments) == ("t\n\nwords", False)


def test_scripts_and_addresses_of_mail_are_not_read() -> None:
    body = "<author>ann@a.example (Ann)</author>"
    body += "<description>&lt;p onclick='x()'&gt;a&lt;script&gt;b&lt;/script&gt;&lt;/p&gt;</description>"
    feed = read_feed(rss(ITEM.format(body)))
    assert "ann@" not in str(feed) + str(feed.entries)
    post = read_entry(feed.entries[0], feed)
    assert post.text == "t\n\na" and post.author and post.author.handle == "Ann@a.example"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "koi8-r", "shift_jis"])
def test_a_declared_encoding_is_read_and_the_server_may_declare_it_too(encoding: str) -> None:
    words = "рыба" if encoding == "koi8-r" else "魚 market" if encoding == "shift_jis" else "рыба 魚"
    inside = ITEM.format(f"<description>{words}</description>")
    told = rss(inside, f'<?xml version="1.0" encoding="{encoding}"?>').decode().encode(encoding)
    assert text_of(told).endswith(words)
    assert text_of(rss(inside).decode().encode(encoding), content_type=f"text/xml; charset={encoding}").endswith(words)


def test_an_encoding_that_nothing_names_is_western_or_refused() -> None:
    inside = ITEM.format("<description>it’s café</description>")
    assert text_of(rss(inside).decode().encode("cp1252")) == "t\n\nit’s café"
    said = '<?xml version="1.0" encoding="UTF-8"?>'
    assert text_of(rss(inside, said).decode().encode("cp1252"), content_type="text/xml; charset=utf-8") == "t\n\nit’s café"
    cut = rss(ITEM.format("<description>café, café</description>"), said).replace("é,".encode(), b"\xc3,")
    assert text_of(cut) == "t\n\ncaf\ufffd, café", "it is UTF-8 but for one sign"
    with pytest.raises(NotAFeed, match="in which encoding"):
        read_feed(rss(ITEM.format("<description>рыба и мясо</description>")).decode().encode("cp1251"))
    with pytest.raises(NotAFeed, match="in which encoding"):
        read_feed(b'<?xml version="1.0" encoding="idna"?>' + rss(ITEM.format("рыба и мясо")).decode().encode("cp1251"))


def test_a_feed_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(NotAFeed, match="larger than"):
        read_feed(b" " * (MOST_BYTES + 1))
    broken = b"<rss><channel>" + b"<b>" * 3_000_000
    with pytest.raises(NotAFeed, match="not well-formed"):
        read_feed(broken)


def test_xml_over_which_the_parser_comes_to_grief_is_refused() -> None:
    with pytest.raises(NotAFeed, match="too broken"):
        read_feed(b"<channel<item<link</item</link<")


def test_a_bluesky_feed_has_the_ids_of_bluesky() -> None:
    body = '<guid isPermaLink="false">at://did:plc:invented/app.bsky.feed.post/3kabc</guid><description>words</description>'
    feed = read_feed(rss(ITEM.format(body)))
    post = read_entry(feed.entries[0], feed)
    assert (
        post.key == ("bluesky", "at://did:plc:invented/app.bsky.feed.post/3kabc") and post.text == "words" and not post.truncated
    )


def test_a_link_that_is_no_address_of_the_web_is_none() -> None:
    body = ITEM.format("<guid>tag:a.example,2026:1</guid><description>words</description>").replace("https://a.example/1", "{}")
    for link in ("mailto:ann@a.example", "javascript:alert(1)", "http://[", "x" * 5000):
        feed = read_feed(rss(body.format(link)))
        post = read_entry(feed.entries[0], feed)
        assert post.native_id == "tag:a.example,2026:1" and post.url is None


def test_a_feed_of_reddit_has_the_ids_of_reddit() -> None:
    frame = (
        "&lt;p&gt;words&lt;/p&gt; &amp;#32; submitted by &amp;#32; &lt;a href='https://www.reddit.com/user/x'&gt;/u/x&lt;/a&gt;"
    )
    entries = (("t3_inv1", "inv1/t/", frame), ("t1_inv2", "inv1/t/inv2/", "&lt;p&gt;answer&lt;/p&gt;"))
    atom = "".join(
        f"<entry><id>{own}</id><link href='https://www.reddit.com/r/x/comments/{place}'/><title>T</title><category term='x'/>"
        "<author><name>/u/Ann_Eg</name></author><updated>2026-09-07T08:00:00Z</updated>"
        f"<content type='html'>{html}</content></entry>"
        for own, place, html in entries
    )
    feed = read_feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{atom}</feed>'.encode())
    first, second = (read_entry(entry, feed) for entry in feed.entries)
    assert (first.key, first.text, first.hashtags) == (("reddit", "t3_inv1"), "T\n\nwords", ())
    assert first.author and (first.author.native_id, first.author.handle) == ("@ann_eg", "Ann_Eg")
    assert (second.kind, second.conversation_id, second.text) == ("reply", "t3_inv1", "answer")


def test_an_xhtml_page_or_a_wordpress_export_is_no_feed() -> None:
    for content in (b"<html><body/></html>", b'<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel/></rss>', b"<opml/>"):
        head = Head.of("a", content)
        with pytest.raises(UnknownFormat):
            assert recognise(head).slug != "feed"
            raise UnknownFormat("another format")


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Mon, 07 Sep 2026 08:00:00 +0000", "2026-09-07T08:00:00Z"),
        ("Mon, 07 Sep 2026 08:00 Z", "2026-09-07T08:00:00Z"),
        ("7 September 2026 08:00:00 -05:30", "2026-09-07T13:30:00Z"),
        ("Monday, 07-Sep-26 08:00:00 UTC", "2026-09-07T08:00:00Z"),
        ("2026-09-07T08:00:00.123456Z", "2026-09-07T08:00:00Z"),
        ("20260907T080000Z", "2026-09-07T08:00:00Z"),
        ("2026-09-07T24:00:00Z", None),
        ("2026-09-07", "2026-09-07T12:00:00Z"),
        ("Mon, 07 Sep 2026 08:00:60 GMT", "2026-09-07T08:00:59Z"),
        ("lun, 07 ago 2026 08:00:00 GMT+0200", "2026-08-07T06:00:00Z"),
        ("Mon, 07 Sep 2026 08:00:00 CEST", "2026-09-07T06:00:00Z"),
        ("Sep 7, 2026 at 8:00 pm EDT", "2026-09-08T00:00:00Z"),
        ("Mon Sep 07 08:00:00 +0000 2026", "2026-09-07T08:00:00Z"),
        ("Mon, 07 Sep 2026 08:00:00", None),
        ("Mon, 07 Sep 2026 08:00:00 IST", None),
        ("Mon, 31 Feb 2026 08:00:00 GMT", None),
        ("07/09/2026 08:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("Mon, 07 Sep 1026 08:00:00 GMT", None),
    ],
)
def test_a_time_is_read_or_refused(said: str, moment: str | None) -> None:
    if moment is None:
        with pytest.raises(NotAPost):
            moment_in_feed(said)
    else:
        assert moment_in_feed(said) == moment


def test_guests_are_nobody_and_names_belong_to_a_site() -> None:
    for nobody in ("", "Guest", " anonymous ", "Anonymous 12", "ann@a.example", "[deleted]", None, 5):
        assert author_named("forum", nobody, "a.example") is None
    one, two = author_named("forum", "Ann", "a.example"), author_named("forum", "Ann", "b.example")
    assert one and two and one.native_id != two.native_id


def test_quotes_of_others_are_left_out_however_deep() -> None:
    inner = '<aside class="onebox"><a href="x">y</a></aside>'
    assert (
        without_quotes(f'a<aside class="quote x">b{inner}c<aside class="quote">d</aside>e</aside>f{inner}')
        == 'af<a href="x">y</a>'
    )
    assert without_quotes('a<aside class="quote">never closed') == "a"


@pytest.mark.shared
def test_real_feeds_are_read_or_refused_in_words(shared: Path) -> None:
    files = sorted((shared / "data/payloads/feeds_feedparser").glob("*.xml"))
    told: dict[str, int] = {"read": 0, "refused": 0}
    found = []
    for path in files:
        try:
            for _, row in rows_of(path):
                assert isinstance(row, Found) or row.reason
                found += [row.post] if isinstance(row, Found) else []
            told["read"] += 1
        except Problem as problem:
            assert problem.what and problem.next_step
            told["refused"] += 1
    assert told == {"read": 33, "refused": 9}
    answered = "tag:blogger.com,1999:blog-893591374313312737.post-3861663258538857954"
    assert [post.reply_to for post in found if post.kind == "reply"] == [answered]


def test_a_web_page_that_was_fetched_in_its_place_is_told_apart(tmp_path: Path) -> None:
    (opened,) = open_export(written(tmp_path, "feed.xml", b"<!DOCTYPE html><html><body>Sign in</body></html>"))
    with pytest.raises(UnknownFormat, match="web page"):
        recognise(opened.head)


def test_a_feed_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    bomb = rss("", '<!DOCTYPE x [<!ENTITY a "ha">]>')
    with pytest.raises(UsageProblem, match="declares entities") as problem:
        rows_of(written(tmp_path, "feed.xml", bomb))
    assert "save it again" in problem.value.next_step


def test_an_entry_without_words_is_refused(tmp_path: Path) -> None:
    ((_, row),) = rows_of(written(tmp_path, "feed.xml", rss("<item><link>https://a.example/2</link><pubDate>x</pubDate></item>")))
    assert isinstance(row, Rejected) and "no text" in row.reason


TRAPS = (
    " ",
    "\n",
    "<p>",
    "<p><a ",
    "<aside ",
    "<aside class='quote'>",
    "<radio",
    "a@b.",
    "[gallery ",
    "<p><strong>a</strong>",
    "1:1 ",
)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_text_that_means_harm_is_read_in_time(trap: str) -> None:
    text = trap * (40_000 // len(trap))
    began = time.perf_counter()
    for generator, link in (("Mastodon v4", "https://m.example/@a/123456"), ("wordpress", "https://b.example/1#comment-2")):
        entry = {"id": link, "link": link, "content": text, "author": text, "published": "2026-09-07T08:00:00Z"}
        for feed in (Feed(generator=generator), Feed(discourse=True)):
            with suppress(NotAPost):
                read_entry(entry | ({"link": "https://t.example/t/a/1/2"} if feed.discourse else {}), feed)
        with suppress(NotAPost):
            read_entry(entry | {"content": "x", "published": text}, feed)
    with suppress(NotAPost):
        wordpress_text(SHORTCODE.sub("", text))
    assert time.perf_counter() - began < 10
