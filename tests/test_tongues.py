"""Words in another language than the pages' say so, wherever they stand: to those who hear pages and to those who read lists."""

import re
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import feedparser
import pytest
import requests

from datasette_config.plugins.wording import NAMES
from db.folder import DataFolder
from db.labels import Labels
from pipelines.briefing import briefing
from pipelines.publish import publish
from pipelines.running import running
from tests import invented
from tests.coding_client import Coder
from tests.desk import Desk
from tests.pages_client import Pages
from tests.serving import served
from tracker.campaign import read_campaign
from tracker.themes.language import OFTEN_SEEN
from tracker.tongues import tongue

CAMPAIGN = invented.CAMPAIGN.replace('["en"]', '["en", "fr"]').replace("buspeople", "rider1000")
TEXTS = {
    1: ("en", "Our bus is late every single morning and nobody answers us, says my neighbour"),
    2: ("fr", "Les bus sont toujours en retard dans notre quartier et personne ne répond à nos lettres"),
    3: ("de", "Die Busse fahren nie pünktlich und niemand antwortet auf unsere Briefe an die Stadt"),
    4: (None, "Cara Ana no bus a casa"),
    5: ("fr", "Le prix du ticket augmente encore au mois de janvier, qui va payer pour tout cela ?"),
    7: ("fr", "Nous publions demain notre rapport sur les bus et les trains de la région"),
    8: ("de", "Bei uns ist es genauso, der Bus kommt nur zweimal am Tag und ist immer voll"),
    9: (None, "האוטובוס מאחר שוב היום"),
}
"""By number: the language as far as it can be told, and the words. Of 4 it is a guess; 7 is the campaign's own; 8 answers 2; of 9
only the script is known."""
ATOM, LANG = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/XML/1998/namespace}lang"
IN_GERMAN = '<span class="tag">in German, not read for themes</span>'


@dataclass(frozen=True)
class Place:
    desk: Desk
    pages: Pages
    ids: dict[int, int]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The posts, imported and read by the program as people would have them."""
    root = tmp_path_factory.mktemp("tongues")
    (root / "files").mkdir()
    desk = Desk(invented.campaign_folder(root, CAMPAIGN), root / "data", root / "files")
    answers = {"referenced_tweets": [{"type": "replied_to", "id": invented.x_id(2)}], "conversation_id": invented.x_id(2)}
    tweets = [
        invented.tweet(number, f"{text} #SaveOurBuses", **(answers if number == 8 else {})) for number, (_, text) in TEXTS.items()
    ]
    file = desk.files / "posts.jsonl"
    file.write_text(invented.page(tweets) + "\n", encoding="utf-8")
    for words in (["train"], ["import", file], ["classify"]):
        ended = desk.run(*words)
        assert ended.code == 0, ended
    campaign = read_campaign(desk.campaign)
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db:
        numbers = dict(db.execute("select native_id, id from posts"))
    ids = {number: numbers[invented.x_id(number)] for number in TEXTS}
    return Place(desk, Pages(DataFolder(desk.data), campaign=campaign), ids)


def tongues(page: str) -> dict[int, str | None]:
    """The lang of the element that holds each post's words, by the post's number; "" would be a wrong attribute."""
    found: dict[int, str | None] = {}
    for number, (_, text) in TEXTS.items():
        for tag in re.findall(rf"<(\w+[^>]*)>{re.escape(text[:60].replace(chr(39), '&#39;'))}", page):
            lang = re.search(r' lang="([^"]*)"', tag)
            found[number] = lang[1] if lang else None
    return found


WANTED = {number: None if code == "en" else code for number, (code, _) in TEXTS.items()}


@pytest.mark.parametrize("path", ["/posts", "/posts?q=SaveOurBuses"])
def test_lists_and_search_say_which_language(place: Place, path: str) -> None:
    page = place.pages.text(path)
    assert tongues(page) == WANTED
    assert page.count(IN_GERMAN) == 2 and page.count("not read for themes") == 3 and "in another language, not read" in page


def test_home_says_so_of_other_people_s(place: Place) -> None:
    assert tongues(place.pages.text("/")) == {number: WANTED[number] for number in (3, 4, 5, 8, 9)}


def test_the_page_of_a_post_says_so_in_a_sentence(place: Place) -> None:
    for number, code in WANTED.items():
        page = place.pages.text(f"/post/{place.ids[number]}")
        assert tongues(page)[number] == code
        told = "This post is in German, a language that the campaign does not read, so it was not read for themes." in page
        assert told == (code == "de")
        unnamed = "This post is in a language that the campaign does not read, so it was not read for themes." in page
        assert unnamed == (number == 9)


def test_a_conversation_says_so_of_each(place: Place) -> None:
    page = place.pages.text(f"/conversation/{place.ids[2]}")
    assert tongues(page) == {2: "fr", 8: "de"} and page.count(IN_GERMAN) == 1


def test_coders_hear_it_and_what_it_answers(place: Place) -> None:
    coder = Coder(place.pages, "Sue")
    for number in (1, 2, 4, 5):
        page = coder.open(f"/coding/post?queue=other&platform=x&id={invented.x_id(number)}")
        assert tongues(page) == {number: WANTED[number]}
    page = coder.open(f"/coding/post?queue=other&platform=x&id={invented.x_id(8)}")
    assert tongues(page) == {2: "fr", 8: "de"}


@pytest.fixture(scope="module")
def quoting(place: Place) -> str:
    """The form in which a post was quoted; consent has been asked for."""
    coder = Coder(place.pages, "Sue")
    form = coder.open(f"/quotes/{place.ids[5]}")
    coder.send(f"/quotes/{place.ids[5]}", text=TEXTS[5][1], asked_at="2026-10-08")
    return form


def test_quotes_do(place: Place, quoting: str) -> None:
    assert re.search(r'<textarea id="text"[^>]* lang="fr">', quoting)
    assert tongues(Coder(place.pages, "Sue").open("/quotes")) == {5: "fr"}


@pytest.fixture
def apart(place: Place, tmp_path: Path) -> DataFolder:
    """A copy of the store, to write to."""
    shutil.copytree(place.desk.data, tmp_path / "data")
    return DataFolder(tmp_path / "data")


def test_feeds_do(place: Place, apart: DataFolder) -> None:
    with closing(sqlite3.connect(apart.tracker)) as db, db:
        rows = [(place.ids[number], "2026-W41", "names us") for number in (1, 2, 3, 4)]
        db.executemany("insert into asking_posts values (?, ?, ?)", rows)
    feed = Pages(apart).get("/atom/asked").content
    root = ET.fromstring(feed)
    assert root.get(LANG) == "en-GB"
    entries = {entry.findtext(f"{ATOM}content"): entry for entry in root.iter(f"{ATOM}entry")}
    for number in (1, 2, 3, 4):
        entry = entries[f"{TEXTS[number][1]} #SaveOurBuses"]
        marked = {part.tag: part.get(LANG) for part in entry.iter() if part.get(LANG)}
        assert marked == ({f"{ATOM}title": WANTED[number], f"{ATOM}content": WANTED[number]} if WANTED[number] else {})
    assert {entry.title_detail.language for entry in feedparser.parse(feed).entries} == {"en-GB", "fr", "de"}


def test_briefings_do(place: Place, apart: DataFolder) -> None:
    Labels(apart).close()
    row = ("x", invented.x_id(5), TEXTS[5][1], "Fares rise again.", "2026-10-09")
    told = []
    for consent in ("yes", None):
        with closing(sqlite3.connect(apart.labels)) as db, db:
            db.execute("delete from quotes")
            db.execute(
                "insert into quotes(platform, native_id, text, paraphrase, consent_at, consent) values (?, ?, ?, ?, ?, ?)",
                (*row, consent),
            )
        told.append(briefing(read_campaign(place.desk.campaign), apart, "2026-W41", "html", now="2026-11-13T03:00:00Z"))
    ours, theirs = (" ".join(TEXTS[number][1].split()) for number in (7, 5))
    assert f'“<span lang="fr">{ours[:80]}' in told[0]
    assert f'“<span lang="fr">{theirs}</span>” (quoted with consent of' in told[0]
    assert "<li>Fares rise again. (in our words)" in told[1].replace(' dir="auto"', "")
    assert told[0].count(" lang=") == 3 and told[1].count(" lang=") == 2


@pytest.fixture
def public(place: Place, quoting: str) -> Iterator[str]:
    data = DataFolder(place.desk.data)
    with closing(sqlite3.connect(data.labels)) as db, db:
        db.execute("update quotes set consent = 'yes', consent_at = '2026-10-09'")
    campaign = replace(read_campaign(place.desk.campaign), smallest_cell=2)
    with running("publish", campaign, data, clock=lambda: "2026-11-13T03:00:00Z") as run:
        publish(run, by_hand=True)
    with served(data, public=True) as site:
        yield site


def test_the_public_copy_does_too_and_an_older_copy_is_still_shown(place: Place, public: str) -> None:
    assert tongues(requests.get(f"{public}/our-posts", timeout=30).text) == {7: "fr"}
    assert tongues(requests.get(f"{public}/", timeout=30).text) == {5: "fr", 7: "fr"}
    with closing(sqlite3.connect(place.desk.data / "public.db")) as db, db:
        db.executescript("alter table own_posts drop column lang; alter table quotes drop column lang")
    for path in ("/our-posts", "/"):
        answer = requests.get(public + path, timeout=30)
        assert answer.status_code == 200 and tongues(answer.text)[7] is None


def test_what_is_only_guessed_is_not_said() -> None:
    def post(outcome: str, code: str | None, score: float | None) -> dict[str, object]:
        return {"outcome": outcome, "lang_detected": code, "lang_score": score}

    assert tongue(post("none", "fr", 0.9), ("en", "fr")) == "fr"
    assert tongue(post("none", "fr", 0.4), ("en", "fr")) is None
    assert tongue(post("none", "sv", 0.9), ("en", "fr")) is None
    assert tongue(post("other-language", "sv", 0.4), ("en",)) == "sv"
    assert tongue(post("empty", None, None), ("en",)) is None
    assert tongue({"outcome": None, "lang_detected": None, "lang_score": None}, ("en",)) is None


def test_each_language_that_the_program_tells_has_a_name_on_the_pages() -> None:
    assert [code for code in OFTEN_SEEN if code not in NAMES["language"]] == []
