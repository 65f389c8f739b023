"""A campaign of one's own: asked for on a terminal or given as options, written whole or not at all, sound for what follows."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import unicodedata
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.beginning import begin_campaign
from pipelines.building import BEING_MADE
from pipelines.starter_files import ALL, STARTER
from tests import invented
from tests.conftest import REPOSITORY
from tests.desk import Desk, little_room
from tests.rights import AS_A_USER
from tests.serving import free_port
from tests.terminal import Terminal, answered
from tests.warm import Ended, ran, started, strace
from tracker.campaign import read_campaign
from tracker.problems import UsageProblem
from tracker.records import Campaign

ENOUGH = ("--hashtag", "betterbuses", "--tz", "Europe/London")
EXAMPLE = "themes/first-theme.toml.example"
SETTING = re.compile(r"^# (?=\[\[?[\w.]+\]\]?$|[\w.]+ = )", re.MULTILINE)
"""The beginning of a remark that is a setting."""


def init(folder: Path, *words: object) -> Ended:
    return ran("init", folder, *words)


def nothing_is_left(folder: Path) -> bool:
    return not folder.exists() and not list(folder.parent.glob(f".*{BEING_MADE}*"))


# ---- what is asked and answered --------------------------------------------------------------------------------------------


def test_answers_on_a_terminal_are_read_back_and_wrong_ones_asked_again(tmp_path: Path) -> None:
    terminal = Terminal("init", "yours", cwd=tmp_path)
    name, tags, languages, zone = "called [yours]:", "commas between them:", "en, cy [en]:", "people see ["
    own, sources, feeds = "(Enter: none):", "files alone):", "between them:"
    told = answered(
        terminal,
        [
            (name, 'Grüße "an" \\ alle 🚌'),
            (tags, ""),
            (tags, "better buses"),
            (tags, "#BetterBuses ＃Straße, #می‌خواهم، バス"),
            (languages, "english"),
            (languages, "en, cy-GB"),
        ],
    )
    assert "at least one hashtag" in told[2]
    assert '"better buses" holds a space' in told[3] and "as one word: betterbuses\r\n" in told[3]
    assert '"english" is no language code. Write codes of two or three letters: en, cy\r\n' in told[5]
    assert zone in terminal.until("]:")
    terminal.type("Europe/Lodnon")
    assert '"Europe/Lodnon" is no time zone. Write: Europe/London\r\n' in terminal.until("]:")
    terminal.type("Europe/London")
    told = answered(
        terminal,
        [
            ("(Enter: later):", "The Buses, e.V."),
            ("(Enter: later):", "privacy@buses.example"),
            (own, "foo:bar"),
            (own, "x:@buspeople mastodon:bus@social.example"),
            (sources, "twitter"),
            (sources, "Mastodon feeds"),
            ("[mastodon.social]:", ""),
            (feeds, "nope"),
            (feeds, "https://blog.example/feed?a,b https://forum.example/posts.rss"),
        ],
    )
    assert '"foo:bar" does not begin with a platform' in told[3]
    assert '"twitter" is no source. Write one or more of: mastodon, bluesky, x, feeds.' in told[5]
    assert '"nope" is no web address.' in told[8]
    ended = terminal.end()
    assert ended.code == 0
    assert "--campaign yours check" in ended.out and "yours/data/inbox" in ended.out and "collect --dry-run" in ended.out
    campaign = read_campaign(tmp_path / "yours")
    assert campaign.name == 'Grüße "an" \\ alle 🚌'
    assert campaign.hashtags == ("betterbuses", "strasse", "می‌خواهم", "バス")
    assert (campaign.languages, campaign.timezone) == (("en", "cy"), "Europe/London")
    assert (campaign.governance.controller, campaign.governance.contact) == ("The Buses, e.V.", "privacy@buses.example")
    assert campaign.own_accounts == ("x:buspeople", "mastodon:bus@social.example")
    assert campaign.sources.named() == ("mastodon", "feeds")
    assert campaign.sources.mastodon and campaign.sources.mastodon.servers == ("https://mastodon.social",)
    assert campaign.sources.feeds
    assert campaign.sources.feeds.urls == ("https://blog.example/feed?a,b", "https://forum.example/posts.rss")


def test_only_what_no_option_says_is_asked_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    given_all_but_two = ("--name", "a", *ENOUGH, "--language", "en", "--controller", "b", "--own", "x:c")
    terminal = Terminal("init", "yours", *given_all_but_two, cwd=tmp_path)
    answered(terminal, [("E-mail for those who want posts removed (Enter: later):", "")])
    terminal.until("files alone):")
    ended = terminal.interrupt()
    assert ended.code == 130 and "Nothing was written." in ended.out, ended
    assert nothing_is_left(tmp_path / "yours")


def test_who_is_killed_at_a_question_can_begin_anew(tmp_path: Path) -> None:
    terminal = Terminal("init", "yours [1]", cwd=tmp_path)
    terminal.until("called [yours [1]]:")
    terminal.kill()
    assert list(tmp_path.glob(f".*{BEING_MADE}*"))
    assert init(tmp_path / "yours [1]", *ENOUGH).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["yours [1]"]


def test_without_a_terminal_what_is_missing_is_named_by_its_option(tmp_path: Path) -> None:
    missing = init(tmp_path / "yours", "--source", "feeds")
    assert missing.code == 2 and "--hashtag and --feed is missing" in missing.err and "Next: Give at least one" in missing.err
    wrong = init(tmp_path / "yours", "--hashtag", "a b", "--tz", "Mars", "--source", "twitter", "--own", "x:", "--name", "")
    assert wrong.code == 2
    for option in ("--hashtag", "--tz", "--source", "--own", "--name"):
        assert f"{option}: " in wrong.err, option
    assert BEING_MADE not in wrong.err
    lines = init(
        tmp_path / "yours", *ENOUGH, "--contact", "one\ntwo", "--controller", b"\xff\xfe".decode("utf-8", "surrogateescape")
    )
    assert lines.code == 2 and "--contact: is not one line" in lines.err and "--controller: is not one line" in lines.err
    assert nothing_is_left(tmp_path / "yours")


def test_what_is_not_said_takes_its_default_and_a_feed_says_that_feeds_are_asked(tmp_path: Path) -> None:
    assert init(tmp_path / "buses", "--hashtag", "#SaveOurBuses", "--feed", "https://b.example/feed").code == 0
    campaign = read_campaign(tmp_path / "buses")
    assert (campaign.name, campaign.languages, campaign.hashtags) == ("buses", ("en",), ("saveourbuses",))
    assert campaign.sources.named() == ("feeds",)
    ended = started("init", tmp_path / "zoned", "--hashtag", "a", stdin=subprocess.DEVNULL, env=os.environ | {"TZ": "Asia/Tokyo"})
    assert ended.code == 0 and read_campaign(tmp_path / "zoned").timezone == "Asia/Tokyo"


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
names = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=60)
tags = st.text(st.characters(categories=["L"]), min_size=1, max_size=20).filter(
    lambda tag: unicodedata.normalize("NFKC", tag).isalnum()
)
sound = st.fixed_dictionaries(
    {
        "name": names | st.sampled_from(['"', "\\", "# {{contact}}", "«الحافلات» \\u0041", "🚌"]),
        "hashtags": st.lists(tags | tags.map("#{}".format) | tags.map("＃{}".format), min_size=1, max_size=4),
        "controller": names,
        "contact": names,
        "accounts": st.lists(st.from_regex(r"x:@?\w{1,20}", fullmatch=True, alphabet=st.characters(codec="ascii")), max_size=3),
        "languages": st.lists(st.sampled_from(["en", "cy", "en-GB", "AR"]), min_size=1),
        "timezone": st.sampled_from(["UTC", "Europe/London", "America/St_Johns"]),
    }
)
anything = st.fixed_dictionaries(
    {"name": words, "hashtags": st.lists(words | tags, min_size=1)},
    optional={
        "controller": words,
        "contact": words,
        "accounts": st.lists(words | words.map("forum:{}".format), max_size=3),
        "languages": st.lists(st.sampled_from(["en", "zz9", "und", ""]), max_size=3),
        "timezone": st.sampled_from(["UTC", "../etc", "\\"]),
        "sources": st.lists(words | st.sampled_from(["X", "feeds"]), max_size=3),
    },
)
Said = dict[str, str | list[str]]


def options_of(said: Said) -> dict[str, tuple[str, ...]]:
    return {field: (one,) if isinstance(one, str) else tuple(one) for field, one in said.items()}


@settings(max_examples=100)
@given(sound)
def test_what_is_typed_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, said: Said) -> None:
    folder, options = tmp_path_factory.mktemp("typed") / "yours", options_of(said)
    begun = begin_campaign(folder, options, None)
    campaign = read_campaign(folder)
    assert campaign == replace(begun.campaign, folder=str(folder))
    assert campaign.name == options["name"][0]
    folded = (unicodedata.normalize("NFKC", one).casefold().removeprefix("#") for one in options["hashtags"])
    assert campaign.hashtags == tuple(dict.fromkeys(folded))
    assert (campaign.governance.controller, campaign.governance.contact) == (options["controller"][0], options["contact"][0])
    assert campaign.own_accounts == tuple(dict.fromkeys(one.replace("@", "") for one in options["accounts"]))
    assert campaign.languages == tuple(dict.fromkeys(one[:2].lower() for one in options["languages"]))
    assert campaign.timezone == options["timezone"][0]


@settings(max_examples=100)
@given(anything)
def test_whatever_is_typed_is_taken_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, said: Said) -> None:
    folder = tmp_path_factory.mktemp("typed") / "yours"
    try:
        begin_campaign(folder, options_of(said), None)
    except UsageProblem as problem:
        assert any(wanted.option in problem.what for wanted in ALL) and problem.next_step
        assert nothing_is_left(folder)
        return
    assert read_campaign(folder).name == str(said["name"]).strip()


# ---- where it is written ---------------------------------------------------------------------------------------------------


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("a file")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("led-to")
    for name in ("theirs", "file"):
        refused = init(tmp_path / name, *ENOUGH)
        assert refused.code == 2 and "is there already" in refused.err and "Next: Give a folder" in refused.err
    assert [path.read_text() for path in (tmp_path / "theirs").iterdir()] == ["years of work"]
    assert init(tmp_path / ("n" * 300), *ENOUGH).code == 2
    assert init(tmp_path / "file" / "under", *ENOUGH).code == 5
    here = started("init", ".", *ENOUGH, cwd=tmp_path / "empty", stdin=subprocess.DEVNULL)
    assert here.code == 2 and "where you are" in here.err and "my-debate" in here.err
    assert init(tmp_path / "empty", *ENOUGH).code == 0
    assert init(tmp_path / "link", *ENOUGH).code == 0 and (tmp_path / "led-to" / "campaign.toml").is_file()
    again = init(tmp_path / "empty", "--hashtag", "other")
    assert again.code == 2 and read_campaign(tmp_path / "empty").hashtags == ("betterbuses",)
    assert not list(tmp_path.rglob(f".*{BEING_MADE}*"))


def test_where_it_may_not_or_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ended = started("init", closed / "yours", *ENOUGH, before=AS_A_USER, stdin=subprocess.DEVNULL)
    assert ended.code == 5 and "Next: " in ended.err and "Traceback" not in ended.err, ended
    full = started("init", tmp_path / "yours", *ENOUGH, before=little_room(100), stdin=subprocess.DEVNULL)
    assert full.code == 6 and "could not be written" in full.err and "Next: " in full.err, full
    assert nothing_is_left(tmp_path / "yours")


@pytest.mark.parametrize("call", ["mkdir", "write", "fsync", "rename"])
def test_one_that_is_killed_is_there_whole_or_not_at_all(tmp_path: Path, call: str) -> None:
    folder, killed = tmp_path / "yours", 0
    for when in range(1, 60, 5):
        tracer = (*strace(), f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}", "-o", os.devnull)
        ended = started("init", folder, *ENOUGH, before=tracer, stdin=subprocess.DEVNULL)
        killed += ended.code != 0
        if not folder.exists():
            assert init(folder, *ENOUGH).code == 0
        assert read_campaign(folder).hashtags == ("betterbuses",)
        assert (folder / EXAMPLE).is_file() and (folder / "data" / "inbox").is_dir()
        assert [path.name for path in tmp_path.iterdir()] == ["yours"]
        shutil.rmtree(folder)
        if ended.code == 0:
            break
    assert ended.code == 0 and killed > 0


# ---- what is written -------------------------------------------------------------------------------------------------------


def test_every_setting_that_stands_as_a_remark_can_be_used_and_shows_its_default(tmp_path: Path) -> None:
    folder = tmp_path / "yours"
    assert init(folder, *ENOUGH).code == 0
    plain, file = read_campaign(folder), folder / "campaign.toml"
    whole = SETTING.sub("", file.read_text(encoding="utf-8"))
    file.write_text(whole, encoding="utf-8")
    campaign = read_campaign(folder)
    assert campaign.sources.named() == ("mastodon", "bluesky", "x", "feeds")
    examples = {"sources", "study_holds", "alerts", "tables"}
    for name in Campaign.__slots__:
        assert (getattr(campaign, name) == getattr(plain, name)) is (name not in examples), name
    documented = re.search(r"```toml\n(name = .*?)```", (REPOSITORY / "docs" / "campaign-folder.md").read_text(), re.DOTALL)
    assert documented
    known, here = tomllib.loads(documented[1]), tomllib.loads(whole)
    assert known.keys() <= here.keys()


def test_the_theme_that_is_shown_is_told_by_check_until_it_is_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "yours"
    assert init(folder, *ENOUGH).code == 0
    told = ran("check", "--campaign", folder)
    assert told.code == 0 and f"{folder / EXAMPLE} is not read" in told.out and "There are no themes" in told.out
    theme = (folder / EXAMPLE).rename(folder / "themes" / "fares.toml")
    told = ran("check", "--campaign", folder)
    assert told.code == 2 and f"{theme}:" in told.out and "name: is empty" in told.out
    text = theme.read_text(encoding="utf-8").replace('name = ""', 'name = "Fares"')
    theme.write_text(re.sub(r"^( *)# (?=\"|\w+ = )", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    (found,) = read_campaign(folder).themes
    assert (found.name, found.phrases, found.not_when) == ("Fares", ("day ticket", "bus fare"), ("fair fare",))
    assert found.examples_yes and found.examples_no and found.renamed_from == ("tickets",)
    assert ran("check", "--campaign", folder).code == 0


def test_what_is_written_can_be_read_by_others_but_for_the_data(tmp_path: Path) -> None:
    """Services run as a user of their own; people's posts are for its owner alone, and never under version control."""
    folder = tmp_path / "yours"
    assert init(folder, *ENOUGH).code == 0
    assert {str(path.relative_to(STARTER)) for path in STARTER.rglob("*")} | {"data", "data/inbox"} <= {
        str(path.relative_to(folder)) for path in folder.rglob("*")
    }
    assert (folder / "campaign.toml").stat().st_mode & 0o044 == 0o044 and folder.stat().st_mode & 0o055 == 0o055
    assert (folder / "data").stat().st_mode & 0o077 == 0
    assert "data/" in (folder / ".gitignore").read_text().splitlines()


# ---- what comes after ------------------------------------------------------------------------------------------------------


@pytest.fixture
def debate(tmp_path: Path) -> Desk:
    """A new campaign with an odd name and two languages, and three posts of it in its inbox, beside one of another debate."""
    folder = tmp_path / "الحافلات «الأفضل» & co"
    tags = ("--hashtag", "＃SaveOurBuses", "--hashtag", "تحسين_الحافلات", "--hashtag", "#バス")
    more = ("--language", "en", "--language", "ar", "--tz", "Europe/London", "--own", "x:buspeople")
    assert init(folder, "--name", "Buses <b>“für alle”</b> \\ 🚌", *tags, *more).code == 0
    texts = (
        "The fare is dear #SaveOurBuses",
        "الحافلات متأخرة مرة أخرى #تحسين_الحافلات",
        "また遅れた #バス",
        "Nothing to do with it",
    )
    posts = [invented.tweet(n, text, entities={}, created_at="2026-07-05T23:30:00.000Z") for n, text in enumerate(texts)]
    for post in posts:
        del post["entities"]
    (folder / "data" / "inbox" / "posts.jsonl").write_text(invented.page(posts) + "\n", encoding="utf-8")
    return Desk(folder, folder / "data", tmp_path)


def first_page(debate: Desk) -> str:
    port = free_port()
    argv = [sys.executable, "cli.py", "--campaign", str(debate.campaign), "serve", "--port", str(port)]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout and any(f":{port}" in line for line in server.stdout)
        page: str = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read().decode()
        server.send_signal(signal.SIGTERM)
    return page


def test_check_import_nights_and_pages_work_on_what_was_begun(debate: Desk) -> None:
    assert ran("check", "--campaign", debate.campaign).code == 0
    assert "Three steps to a first debate" in first_page(debate)
    night = ran("nightly", "--campaign", debate.campaign)
    assert (night.code, night.err) == (0, "")
    tags = {str(tag) for (tag,) in debate.query("select value from post_matches where rule = 'hashtag'")}
    assert tags == {"saveourbuses", "تحسين_الحافلات", "バス"}
    outcomes = debate.query("select outcome from post_readings join posts on posts.id = post_id order by native_id")
    assert [str(one) for (one,) in outcomes].count("other-language") == 1
    assert debate.query("select distinct day from posts") == [("2026-07-06",)], "past midnight in London's summer"
    file = invented.twarc2_file(debate.files / "more.jsonl", range(20, 25))
    assert json.loads(ran("import", "--campaign", debate.campaign, file, "--json").out)["files"][0]["new"] == 5
    assert ran("collect", "--dry-run", "--campaign", debate.campaign).code == 0
    page = first_page(debate)
    assert "Buses &lt;b&gt;“für alle”&lt;/b&gt; \\ 🚌" in page
