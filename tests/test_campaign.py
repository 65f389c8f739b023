"""Reading a campaign folder: what a good one gives, and what each mistake is told as."""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tracker.campaign import read_campaign, read_examples
from tracker.contradicting import contradictions
from tracker.faults import SHOWN
from tracker.labelled import KEYS, labelled_lines
from tracker.problems import CampaignProblem, PermissionProblem, UsageProblem
from tracker.records import StudyHold
from tracker.toml_lines import key_lines

GOOD = """\
# A campaign about buses
name = "better-buses"
timezone = "Europe/Paris"
hashtags = ["#BetterBuses", "ＢＵＳ", "betterbuses", "Straße"]
links = ["https://example.org/buses?x=1"]
phrases = [
    "better buses",   # whole words
    "Better-Buses",
    "late again",
]
languages = ["en", "cy"]
[paper]
title = "Better buses"
url = "https://example.org/paper"
[own]
accounts = ["x:@betterbuses", "Mastodon:bus@example.social"]
[sources.mastodon]
servers = ["mastodon.example", "https://social.example:8443"]
[sources.bluesky]
how = "jetstream"
[network]
allow_hosts = ["localhost:8080", "127.0.0.1", "[::1]:80", "::1"]
[publish]
smallest_cell = 12
[retention]
posts_days = 100
raw_days = 0
[[study_hold]]
reason = "A study"
end = 2027-01-31
[[study_hold]]
reason = "Another"
end = "2027-02-28"
[governance]
controller = "Better Buses"
dpia_date = 2026-03-01
"""
THEME = """\
name = "Fares & tickets"
meaning = "What a ride costs."
phrases = ["day ticket", "fare dodger"]
not_when = ["fair fare"]
group = "Money"
dimension = "service"
renamed_from = "tickets"
[examples]
yes = ["A day ticket is dear."]
no = ["Fair enough."]
"""
QUESTIONS = """\
[[question]]
slug = "q1"
text = "What would make you take the bus?"
answers_when = "The post proposes a change."
"""


@dataclass(frozen=True)
class Folder:
    """A campaign folder under test."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def problem(self) -> CampaignProblem:
        with pytest.raises(CampaignProblem) as caught:
            read_campaign(self.path)
        return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "buses")
    folder.write("campaign.toml", 'name = "better-buses"\n')
    return folder


def test_a_good_folder_is_read_whole(folder: Folder) -> None:
    folder.write("campaign.toml", GOOD)
    folder.write("themes/fares.toml", THEME)
    folder.write("themes/.draft.toml", "not = read")
    folder.write("questions.toml", QUESTIONS)
    campaign = read_campaign(folder.path)
    assert (campaign.name, campaign.timezone) == ("better-buses", "Europe/Paris")
    assert campaign.hashtags == ("betterbuses", "bus", "strasse")
    assert campaign.phrases == ("better buses", "late again")
    assert campaign.own_accounts == ("x:betterbuses", "mastodon:bus@example.social")
    assert campaign.sources.named() == ("mastodon", "bluesky")
    assert (campaign.smallest_cell, campaign.posts_days, campaign.raw_days) == (12, 100, 0)
    assert campaign.study_holds == (StudyHold("A study", "2027-01-31"), StudyHold("Another", "2027-02-28"))
    assert campaign.governance.dpia_date == "2026-03-01"
    assert campaign.governance.missing() == ("contact", "lawful_basis", "condition")
    (theme,) = campaign.themes
    assert (theme.slug, theme.name, theme.dimension, theme.renamed_from) == ("fares", "Fares & tickets", "service", ("tickets",))
    assert (theme.phrases, theme.not_when) == (("day ticket", "fare dodger"), ("fair fare",))
    assert (theme.examples_yes, theme.examples_no) == (("A day ticket is dear.",), ("Fair enough.",))
    assert [question.slug for question in campaign.questions] == ["q1"]


def test_themes_come_in_the_order_of_the_groups(folder: Folder) -> None:
    groups = {"comfort": "Riding", "fares": "Money", "seats": "Riding", "buses": "", "aid": "Money", "zones": "Other"}
    for slug, group in groups.items():
        folder.write(f"themes/{slug}.toml", f'name = "{slug}"\ngroup = "{group}"\n')
    assert [theme.slug for theme in read_campaign(folder.path).themes] == sorted(groups)
    folder.write("campaign.toml", 'name = "better-buses"\ngroups = ["Riding", "Other", "Money", "Nothing yet"]\n')
    campaign = read_campaign(folder.path)
    assert campaign.groups == ("Riding", "Other", "Money", "Nothing yet")
    assert [theme.slug for theme in campaign.themes] == ["comfort", "seats", "zones", "aid", "fares", "buses"]


def test_a_group_that_is_not_listed_is_told_with_the_one_that_was_meant(folder: Folder) -> None:
    folder.write("campaign.toml", 'name = "better-buses"\ngroups = ["Money", "Riding"]\n')
    folder.write("themes/fares.toml", 'name = "Fares"\ngroup = "Moneys"\n')
    folder.write("themes/seats.toml", 'name = "Seats"\n\ngroup = "Weather"\n')
    told = str(folder.problem())
    assert 'fares.toml:2: group: "Moneys" is not among the groups of campaign.toml.' in told
    assert 'Did you mean "Money"?' in told
    assert "seats.toml:3: group:" in told and "Add it to the list groups there" in told


def test_only_a_name_is_required(folder: Folder) -> None:
    campaign = read_campaign(folder.path)
    assert not campaign.follows_something()
    assert (campaign.timezone, campaign.languages, campaign.themes, campaign.questions) == ("UTC", ("en",), (), ())
    assert read_examples(folder.path / "examples.jsonl", campaign) == []


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(folder: Folder) -> None:
    folder.write("campaign.toml", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_campaign(folder.path).paper_title == "Better buses"


MISTAKES = [
    # name, content after `name = "x"` (or the whole file), `LINE: key: start of what is wrong`, words of the advice
    ('nmae = "x"', "1: nmae: is not a key of this file", "Did you mean name?"),
    ("", "1: name: is missing", 'name = "futurewelfare"'),
    ('name = " "', "1: name: is empty", 'name = "futurewelfare"'),
    ("name = 3", "1: name: is a whole number", "text in quotation marks"),
    ('name = "two\\nlines"', "1: name: is not one line", "name ="),
    ('name = "x"\ntimezone = "europe/lodnon"', '2: timezone: "europe/lodnon" is no time zone', '"Europe/London"'),
    ('name = "x"\ntimezone = "../etc/passwd"', "2: timezone: ", '"Europe/London"'),
    ('name = "x"\nhashtags = "one"', "2: hashtags: is text", 'hashtags = ["futurewelfare"]'),
    ('name = "x"\nhashtags = [\n"a",\n"two words"]', '4: hashtags: "two words" holds a space', 'hashtags = ["twowords"]'),
    ('name = "x"\nhashtags = ["#", "2026"]', '2: hashtags: "#" is no hashtag', "letters"),
    ('name = "x"\nhashtags = [[1]]', "2: hashtags: item 1 of the list is a list", "quotation marks"),
    ('name = "x"\nlinks = ["example.org"]', '2: links: "example.org" is no web address', "https://"),
    ('name = "x"\nlinks = ["ftp://example.org"]', "2: links: ", "https://"),
    ('name = "x"\nlinks = ["http://[bad"]', "2: links: ", "https://"),
    ('name = "x"\nphrases = ["ok", " "]', "2: phrases: item 2 of the list is empty", "remove it"),
    ('name = "x"\nphrases = ["--"]', '2: phrases: "--" holds no word', "Write words"),
    ('name = "x"\nlanguages = ["English"]', '2: languages: "English" is no language code', '["en", "cy"]'),
    ('name = "x"\nlanguages = []', "2: languages: is an empty list", '["en"]'),
    ('name = "x"\npaper = "the paper"', "2: paper: is text", "[paper]"),
    ('name = "x"\n[paper]\nhashtags = ["a"]', "3: paper.hashtags: is not a key of [paper]", "Move this line up"),
    ('name = "x"\n[paper]\nurl = "x y"', '3: paper.url: "x y" is no web address', "https://"),
    ('name = "x"\n[own]\naccounts = ["mastadon:a@b.c"]', '3: own.accounts: "mastadon:a@b.c"', '"mastodon:a@b.c"'),
    ('name = "x"\n[own]\naccounts = ["nef"]', '3: own.accounts: "nef" does not begin', "platform:handle"),
    ('name = "x"\n[own]\naccounts = ["mastodon:nef"]', '3: own.accounts: "nef" is no account', "nef@example.social"),
    ('name = "x"\nown.accounts = ["x:a b"]', '2: own.accounts: "a b" is no account', "x:nef"),
    ('name = "x"\n[sources.facebook]', "2: sources.facebook: is not a key of [sources]", "mastodon, bluesky, x, feeds"),
    ('name = "x"\n[sources]\nx = true', "3: sources.x: is true or false", "[sources.x]"),
    ('name = "x"\n[sources.x]\nmax_cost_run = -1', '3: sources.x.max_cost_run: "-1" is not from 0', "max_cost_run = 5.0"),
    ('name = "x"\n[sources.x]\nmax_cost_run = nan', "3: sources.x.max_cost_run: ", "max_cost_run = 5.0"),
    ('name = "x"\n[sources.x]\nfull_archive = "no"', "3: sources.x.full_archive: is text", "false"),
    ('name = "x"\n[sources.bluesky]\nhow = "magic"', '3: sources.bluesky.how: "magic"', "jetstream"),
    ('name = "x"\n[sources.mastodon]\nservers = ["a b"]', '3: sources.mastodon.servers: "a b"', "mastodon.social"),
    ('name = "x"\n[sources.feeds]\nurls = ["feed"]', '3: sources.feeds.urls: "feed"', "https://"),
    ('name = "x"\n[network]\nallow_hosts = ["http://a"]', '3: network.allow_hosts: "http://a" is no host', "localhost:8080"),
    ('name = "x"\n[publish]\nsmallest_cell = 0', '3: publish.smallest_cell: "0" is not from 1', "smallest_cell = 10"),
    ('name = "x"\n[retention]\nposts_days = "365"', "3: retention.posts_days: is text", "posts_days = 365"),
    ('name = "x"\n[retention]\nposts_days = true', "3: retention.posts_days: is true or false", "posts_days = 365"),
    (f'name = "x"\n[retention]\nraw_days = 0x{"f" * 5000}', "3: retention.raw_days: a huge number is not", "raw_days = 30"),
    ('name = "x"\n[[study_hold]]\nend = "soon"', "2: study_hold.reason: is missing", "reason ="),
    ('name = "x"\n[[study_hold]]\nreason = "r"\nend = "soon"', '4: study_hold.end: "soon" is no date', "2026-03-01"),
    ('name = "x"\n[study_hold]\nreason = "r"', "2: study_hold: is a table", "[[study_hold]]"),
    ('name = "x"\n[governance]\ndpia_date = "1 March"', '3: governance.dpia_date: "1 March" is no date', "2026-03-01"),
    ('name = "x"\n[governance]\ndpia_dat = ""', "3: governance.dpia_dat: is not a key", "Did you mean dpia_date?"),
    ('name = "x"\n[publish]\nlicence = "CC-BY"', '3: publish.licence: "CC-BY" is no licence', 'licence = "CC-BY-4.0"'),
    # no TOML at all
    ("name = x", "1: name: what stands here is no value", 'name = "..."'),
    ("name = “x”", "1: name: the quotation marks are curly", "straight"),
    ('name = "x', "1: name: the text has no closing quotation mark", 'name = "..."'),
    ('name = "x"\nname = "y"', "2: name: stands twice; it was first set in line 1", "Keep one"),
    ('name = "x"\nhashtags = ["a"\nlinks = []', "3: hashtags: the list, which begins in line 2, has no comma", '["one", "two"]'),
    ('name = "x"\nhashtags = ["a",', "2: hashtags: ", "quotation"),
    ('name = "x" "y"', "1: name: something stands after the value", "one value"),
    ('name "x"', '1: name: there is no "="', 'name = "..."'),
    ('name = "C:\\path"', "1: name: a backslash", "twice"),
    ("name = 2026-02-31", "1: name: there is no such date", "2026-03-01"),
    ('name = "x"\n[paper', "2: paper: the heading of a table", "alone in its line: [paper]"),
    ('name = """x\ny\n', "1: name: the text has no closing quotation mark", "quotation mark"),
    ('name = "x\ty\x01"', "1: name: there is an invisible character", "again"),
    ("name = 'x\n", "1: name: the text has no closing quotation mark", "quotation mark"),
    ("a = " + "[" * 2000, "1: file: lists stand in lists too deeply", "one pair"),
]


@pytest.mark.parametrize(("content", "wrong", "advice"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
def test_each_mistake_names_file_line_and_key(folder: Folder, content: str, wrong: str, advice: str) -> None:
    path = folder.write("campaign.toml", content)
    problem = folder.problem()
    told = [problem, *problem.others]
    about_this = [one for one in told if one.what.startswith(f"{path}:{wrong}")]
    assert about_this, problem.lines()
    assert advice in about_this[0].next_step
    assert problem.exit_code == 2


THEME_MISTAKES = [
    ("fares.toml", 'meaning = "m"', "1: name: is missing", 'name = "Democratic control"'),
    ("Big Fares.toml", 'name = "n"', "1: file name: the file's name may hold only", "big-fares.toml"),
    ("fares.toml", 'name = "n"\nphrase = ["a"]', "2: phrase: is not a key", "Did you mean phrases?"),
    ("fares.toml", 'name = "n"\nphrases = ["a", 1]', "2: phrases: item 2 of the list is a whole number", "quotation marks"),
    ("fares.toml", f'name = "n"\nphrases = [\n"a",\n"{"b" * 101}"]', "4: phrases: ", "two or three words"),
    ("fares.toml", 'name = "n"\ndimension = "Two words"', '2: dimension: "Two words"', 'dimension = "service"'),
    ("fares.toml", 'name = "n"\n[examples]\nmaybe = []', "3: examples.maybe: is not a key of [examples]", "yes, no"),
    ("fares.toml", 'name = "n"\nrenamed_from = "A B"', '2: renamed_from: "A B"', "without .toml"),
    ("fares.toml", 'name = "n"\nrenamed_from = "stops"', '2: renamed_from: "stops" is still a theme', "Remove stops.toml"),
    ("fares.toml", 'name = "STOPS"', '1: name: "Stops" is also the name in fares.toml', "Rename"),
]


@pytest.mark.parametrize(("name", "content", "wrong", "advice"), THEME_MISTAKES, ids=[row[2] for row in THEME_MISTAKES])
def test_each_mistake_in_a_theme_is_told(folder: Folder, name: str, content: str, wrong: str, advice: str) -> None:
    folder.write("themes/stops.toml", 'name = "Stops"\n')
    folder.write(f"themes/{name}", content)
    problem = folder.problem()
    where = "stops.toml" if "also the name" in wrong else name
    assert problem.what.startswith(f"{folder.path}/themes/{where}:{wrong}"), problem.lines()
    assert advice in problem.next_step


def test_two_themes_cannot_have_had_the_same_name(folder: Folder) -> None:
    folder.write("themes/a.toml", 'name = "A"\nrenamed_from = ["old"]\n')
    folder.write("themes/b.toml", 'name = "B"\n\nrenamed_from = ["older", "old"]\n')
    assert folder.problem().what == f'{folder.path}/themes/b.toml:3: renamed_from: "old" is also the old name in a.toml.'


QUESTION_MISTAKES = [
    ('[question]\nslug = "q1"', "1: question: is a table", "[[question]]"),
    ('[[question]]\nslug = "q1"', "1: question.text: is missing", "text ="),
    (QUESTIONS + QUESTIONS, '6: question.slug: "q1" is used twice', 'slug = "q2"'),
    ('[[question]]\ntext = "t"\nslug = "Q 1"', '3: question.slug: "Q 1"', 'slug = "q1"'),
]


@pytest.mark.parametrize(("content", "wrong", "advice"), QUESTION_MISTAKES, ids=[row[1] for row in QUESTION_MISTAKES])
def test_each_mistake_in_the_questions_is_told(folder: Folder, content: str, wrong: str, advice: str) -> None:
    path = folder.write("questions.toml", content)
    problem = folder.problem()
    assert problem.what.startswith(f"{path}:{wrong}"), problem.lines()
    assert advice in problem.next_step


def test_all_mistakes_are_told_together_in_the_order_of_the_lines(folder: Folder) -> None:
    folder.write("campaign.toml", 'nam = "x"\nlinks = ["a"]\ntimezone = "Mars"\n')
    folder.write("themes/fares.toml", "name = x\n")
    problem = folder.problem()
    places = [one.what.removeprefix(f"{folder.path}/").split(": ")[0] for one in (problem, *problem.others)]
    assert places == ["campaign.toml:1", "campaign.toml:1", "campaign.toml:2", "campaign.toml:3", "themes/fares.toml:1"]
    assert problem.lines()[-1].startswith("Next: ")


def test_after_so_many_mistakes_the_rest_is_counted(folder: Folder) -> None:
    folder.write("campaign.toml", 'name = "x"\n' + "".join(f"wrong_{number} = 1\n" for number in range(SHOWN + 7)))
    problem = folder.problem()
    assert (len(problem.others), problem.untold) == (SHOWN - 1, 7)
    assert "And 7 more" in problem.lines()[-1]


def test_a_file_in_another_encoding_names_the_line(folder: Folder) -> None:
    folder.write("themes/cafe.toml", b'name = "a"\nmeaning = "caf\xe9"\n')
    problem = folder.problem()
    assert problem.what.startswith(f"{folder.path}/themes/cafe.toml:2: text: ")
    assert "UTF-8" in problem.next_step


def test_a_folder_in_the_place_of_a_file_and_a_file_in_the_place_of_a_folder(folder: Folder) -> None:
    (folder.path / "questions.toml").mkdir()
    folder.write("themes", "no folder")
    told = str(folder.problem())
    assert "questions.toml:1: file: this is a folder" in told
    assert "themes:1: themes: this is a file" in told


@pytest.mark.parametrize("name", ["nowhere", "n" * 300, "nul\0"])
def test_no_campaign_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(CampaignProblem) as caught:
        read_campaign(tmp_path / name)
    assert caught.value.what.startswith(f"There is no campaign at {tmp_path / name}")
    assert "--campaign" in caught.value.next_step


READ_AS_ANOTHER = """
import os, sys
from pathlib import Path
from tracker.campaign import read_campaign
from tracker.problems import PermissionProblem
folder, closed = Path(sys.argv[1]), Path(sys.argv[2])
read_campaign(folder)  # all that Python loads late is loaded while its files may be read
closed.chmod(0)
os.setuid(65534) if os.geteuid() == 0 else None
try:
    read_campaign(folder)
except PermissionProblem as problem:
    print(problem.exit_code, problem)
"""


@pytest.mark.parametrize("closed", ["campaign.toml", "themes", "themes/fares.toml", "questions.toml"])
def test_what_may_not_be_read_is_a_matter_of_permission(folder: Folder, closed: str) -> None:
    folder.write("themes/fares.toml", THEME)
    folder.write("questions.toml", QUESTIONS)
    for parent in (folder.path, *folder.path.parents[:4]):
        if parent.name.startswith(("pytest-", "popen-", "test_", "buses")):
            parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", READ_AS_ANOTHER, str(folder.path), str(folder.path / closed)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    (folder.path / closed).chmod(0o700)
    assert done.stdout.startswith(f"{PermissionProblem.exit_code} {folder.path / closed} may not be read"), done


# ---- labelled posts --------------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(folder: Folder) -> Folder:
    folder.write("themes/fares.toml", THEME)
    folder.write("themes/stops.toml", 'name = "Stops"\n')
    folder.write("questions.toml", QUESTIONS)
    return folder


def test_labelled_posts_are_read_in_order(labelled: Folder) -> None:
    path = labelled.write(
        "examples.jsonl",
        '\ufeff{"text": "Dear fares", "themes": ["fares", "fares"], "questions": ["q1"], '
        '"origin": "invented", "relevant": true}\r\n'
        "\r\n"
        '{"text": "Half \\ud83d pair", "themes": [], "lang": "en", "native_id": "7", "platform": "x", "probability": 0.5}\n'
        '{"text": "No label\u2028at all", "my_note": 1}',
    )
    first, second, third = read_examples(path, read_campaign(labelled.path))
    assert (first.themes, first.questions, first.origin, first.relevant) == (("fares",), ("q1",), "invented", True)
    assert (second.text, second.themes, second.native_id) == ("Half \ufffd pair", (), "7")
    assert (third.text, third.themes, third.origin) == ("No label\u2028at all", None, "human")


def test_an_empty_file_of_labels_is_fine_and_so_is_a_post_without_words(labelled: Folder) -> None:
    campaign = read_campaign(labelled.path)
    assert read_examples(labelled.write("more.jsonl", ""), campaign) == []
    (picture,) = read_examples(labelled.write("more.jsonl", '{"text": " ", "themes": []}'), campaign)
    assert (picture.text, picture.themes) == (" ", ())


LABEL_MISTAKES = [
    ('{"text": "a", "themes": ["fare"]}', '1: themes: "fare" is no theme', "Did you mean fares?"),
    ('{"text": "a", "themes": ["xyz"]}', '1: themes: "xyz" is no theme', "Known: fares, stops"),
    ('{"text": "a", "themes": [["fares"]]}', "1: themes: ", "Known: fares, stops"),
    ('{"text": "a", "themes": "fares"}', '1: themes: "fares" is of the wrong kind', '"themes": ["fares"]'),
    ('{"text": "a", "theme": ["fares"]}', "1: theme: is not a key", 'Did you mean "themes"?'),
    ('{"text": "a", "questions": ["q2"]}', '1: questions: "q2" is no question', "q1"),
    ('\n{"text": null}', "2: text: is missing", '"text"'),
    ('{"text": 5}', '1: text: "5" is of the wrong kind', "quotation marks"),
    ('{"text": "a", "relevant": "yes"}', "1: relevant: ", "true or false"),
    ('{"text": "a", "platform": "twitter"}', '1: platform: "twitter" is not one of', "platform"),
    ('{"text": "a", "origin": "real"}', '1: origin: "real" is not one of invented, human', "origin"),
    ('{"text": "a", "probability": 2}', "1: probability: ", "0.25"),
    ('{"text": "a", "probability": NaN}', "1: probability: ", "0.25"),
    ('{"text": "a"}\n{"text": "b", "themes": [}', "2: themes: is not JSON", '{"text"'),
    ('{"text": "a"} {"text": "b"}', "1: text: is not JSON (Extra data)", '{"text"'),
    ("hello", "1: line: is not JSON", '{"text"'),
    ('["a"]\nrubbish', "1: file: this is one JSON array", "without a list around"),
    (
        '\n[{"text": "a", "native_id":\n"1"}]',
        "2: file: this is one JSON array",
        '{"text": "The words of the post.", "themes": ["fares"]}',
    ),
    ('{"text": "a"}\n["b"]', "2: line: is no JSON object", "one object a line"),
    ('{"text": "a"}\n' + "[" * 100_000, "2: line: is not JSON", '{"text"'),
    ('{"text": "a"}\n'.encode("utf-16"), "1: file: this is UTF-16 text", "UTF-8"),
    ('{"text": "a"}\n'.encode("utf-16-le"), "1: file: this is UTF-16 text", "UTF-8"),
    ('{"text": "a", "themes": [], "themes": ["fares"]}', "1: themes: stands more than once", "Leave one"),
    ('{"text": "a", "themes": ["fares"], "relevant": false}', '1: themes: stands beside "relevant": false', '"themes": []'),
    ('{"text": "a", "themes": ["fares"], "cannot_tell": true}', '1: themes: stands beside "cannot_tell": true', '"themes": []'),
    ('{"text": "a", "relevant": true, "cannot_tell": true}', '1: relevant: stands beside "cannot_tell": true', "whichever"),
    ('{"text": "a", "relevant": false, "cannot_tell": true}', '1: relevant: stands beside "cannot_tell": true', "whichever"),
    ('{"text": "a", "coded_at": "yesterday"}', '1: coded_at: "yesterday" is no day', "2026-10-05T08:00:00Z"),
    ('{"text": "a", "coded_at": "2026-13-45T99:99:99Z"}', "1: coded_at: ", "2026-10-05T08:00:00Z"),
    ('{"text": "a", "coded_at": "0001-01-01T00:00:00+14:00"}', "1: coded_at: ", "2026-10-05T08:00:00Z"),
    ('{"text": ' + "9" * 5000 + "}", "1: text: is not JSON", '{"text"'),
    (b'{"text": "caf\xe9"}', "1: line: this line is not UTF-8", "UTF-8"),
]


@pytest.mark.parametrize(("content", "wrong", "advice"), LABEL_MISTAKES, ids=[str(row[1]) for row in LABEL_MISTAKES])
def test_each_mistake_in_labels_is_told(labelled: Folder, content: str | bytes, wrong: str, advice: str) -> None:
    path = labelled.write("examples.jsonl", content)
    with pytest.raises(CampaignProblem) as caught:
        read_examples(path, read_campaign(labelled.path))
    assert caught.value.what.startswith(f"{path}:{wrong}"), caught.value.lines()
    assert advice in caught.value.next_step


def test_names_are_read_without_white_space_around_and_moments_in_utc(labelled: Folder) -> None:
    line = (
        '{"text": "a", "platform": "x", "native_id": " 9 05 ", "coder": " Ann  Lee", "coded_at": "%s", "my": {"text": 1, "b": 2}}'
    )
    moments = {"2026-10-05": "2026-10-05T00:00:00Z", "2026-10-05T01:30:00+02:00": "2026-10-04T23:30:00Z"}
    for written, kept in moments.items():
        path = labelled.write("more.jsonl", line % written)
        (one,) = read_examples(path, read_campaign(labelled.path))
        assert (one.native_id, one.coder, one.coded_at) == ("9 05", "Ann Lee", kept)


def test_a_pool_needs_no_labels_that_fit(labelled: Folder) -> None:
    path = labelled.write(
        "pool.jsonl", '{"text": "a", "themes": ["of another campaign"], "relevant": 3, "coded_at": "soon"}\n{"text": "b"}\n'
    )
    campaign = read_campaign(labelled.path)
    assert [(one.text, one.themes, one.relevant) for one in read_examples(path, campaign, labels=False)] == [
        ("a", None, None),
        ("b", None, None),
    ]


def test_a_named_file_that_is_not_there(labelled: Folder) -> None:
    with pytest.raises(UsageProblem) as caught:
        read_examples(labelled.path / "labels.jsonl", read_campaign(labelled.path))
    assert "labels.jsonl" in caught.value.what


def test_contradictory_labels_are_found(labelled: Folder) -> None:
    path = labelled.write(
        "examples.jsonl",
        '{"text": "Buses are dear", "themes": ["fares"], "relevant": true}\n'
        '{"text": "buses  are DEAR", "themes": ["stops"]}\n'
        '{"text": "Buses are dear", "themes": [], "relevant": false}\n'
        '{"text": "Buses are dear", "themes": [], "cannot_tell": true}\n'
        '{"text": "Buses are dear"}\n',
    )
    assert contradictions(labelled_lines(path, read_campaign(labelled.path))) == [(1, 2), (1, 3)]


# ---- anything at all -------------------------------------------------------------------------------------------------

PIECES = [
    "[",
    "]",
    "[[",
    '"',
    "'",
    '"""',
    "=",
    "\n",
    ",",
    "{",
    "}",
    ".",
    "#",
    "\\",
    "\\ud800",
    "“",
    "\0",
    "\r",
    "é",
    "9" * 30,
    "a.b",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, len(GOOD)),
            st.integers(0, 12),
            st.one_of(st.sampled_from(PIECES), st.text(max_size=5), st.binary(max_size=3)),
        ),
        min_size=1,
        max_size=4,
    )
)
@example(cuts=[(0, len(GOOD), b"\xff")])
def test_whatever_stands_in_the_file_it_is_read_or_told(folder: Folder, cuts: list[tuple[int, int, str | bytes]]) -> None:
    content = GOOD.encode()
    for at, length, piece in cuts:
        new = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")
        content = content[:at] + new + content[at + length :]
    path = folder.write("campaign.toml", content)
    try:
        campaign = read_campaign(folder.path)
    except CampaignProblem as problem:
        for one in (problem, *problem.others):
            assert one.what.startswith(f"{path}:")
            assert one.next_step
            line = int(one.what.removeprefix(f"{path}:").split(":")[0])
            assert 1 <= line <= content.count(b"\n") + 1
    else:
        assert campaign.name


def keys_of(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every way to a value in what tomllib read."""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(*path, key) for key, _ in inner] + [way for key, item in inner for way in keys_of(item, (*path, key))]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        THEME,
        'a.b."c d" = 1\n\'e\'.f = [ { x = 1, y.z = [2,\n 3] },\n\n "#\\"]" ] # [no]\n',
        'a = """\none\n"quoted" ""two"""""\nb = \'\'\'\n]\n\'\'\'\nc = 3\n',
        "[[a]]\nb = 1\n[[a.c]]\nd = 1\n[[a.c]]\nd = 2\n[[a]]\n[a.e]\nf = 2026-01-01 10:00:00\n",
        '"caf\\u00e9" = 1.5e3\n[ "x" . y ]\nz = -inf\n',
    ],
)
def test_every_key_has_a_line_that_shows_it(text: str) -> None:
    found = key_lines(text)
    ways = keys_of(tomllib.loads(text))
    assert ways
    rows = text.split("\n")
    for way in ways:
        assert way in found.lines, way
        if isinstance(way[-1], str) and way[-1].isascii():
            assert way[-1] in rows[found.lines[way] - 1]


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, " ", "a", "1", "b = "]), max_size=30).map("".join)))
def test_the_scanner_never_fails_and_finds_what_tomllib_finds(text: str) -> None:
    found = key_lines(text)
    try:
        read = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    assert all(way in found.lines for way in keys_of(read))


# ---- what the docs say ------------------------------------------------------------------------------------------------

DOCS = (REPOSITORY / "docs" / "campaign-folder.md").read_text(encoding="utf-8")


def test_what_the_docs_show_can_be_read(tmp_path: Path) -> None:
    main, sources, tables, theme, questions = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    (labels,) = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)
    folder = Folder(tmp_path)
    folder.write("campaign.toml", main + sources + tables)
    folder.write("themes/fares.toml", theme)
    folder.write("questions.toml", questions)
    campaign = read_campaign(tmp_path)
    assert campaign.sources.named() == ("mastodon", "bluesky", "x", "feeds")
    assert campaign.governance.missing() == ()
    assert [(table.name, table.platform, len(table.columns)) for table in campaign.tables] == [("newsroom-list", "blog", 4)]
    assert campaign.themes[0].renamed_from == ("tickets",)
    first, second = read_examples(folder.write("examples.jsonl", labels), campaign)
    assert (first.themes, first.questions, second.relevant) == (("fares",), ("q1",), False)
    (renamed,) = read_examples(folder.write("old.jsonl", '{"text": "a", "themes": ["tickets", "fares"]}\n'), campaign)
    assert renamed.themes == ("fares",)


def test_the_docs_name_every_key_of_a_labelled_post() -> None:
    assert [key for key in KEYS if f"`{key}`" not in DOCS] == []


def test_the_mistakes_that_the_docs_show_are_told_so(folder: Folder) -> None:
    folder.write("campaign.toml", 'name = "better-buses"\n\nhashtags = ["better buses"]\n')
    folder.write("themes/fares.toml", 'name = "Fares"\nphrase = ["day ticket"]\n')
    (shown,) = re.findall(r"```text\n(.*?)```", DOCS, re.DOTALL)
    assert shown == "\n".join(folder.problem().lines()).replace(str(folder.path), "campaigns/better-buses") + "\n"


# ---- real folders ----------------------------------------------------------------------------------------------------


def test_the_campaign_of_this_repository_is_sound() -> None:
    folder = REPOSITORY / "campaigns" / "futurewelfare"
    campaign = read_campaign(folder)
    examples = labelled_lines(folder / "examples.jsonl", campaign)
    assert campaign.hashtags == ("futurewelfare",)
    assert {example.origin for _, example in examples} <= {"invented"}
    assert contradictions(examples) == []


@pytest.mark.shared
def test_the_benchmark_campaigns_are_read(shared: Path) -> None:
    folders = sorted((shared / "data" / "themes").glob("*/campaign"))
    assert folders
    for folder in folders:
        campaign = read_campaign(folder)
        assert len(campaign.themes) == len(list((folder / "themes").glob("*.toml")))
        for path in folder.parent.glob("*.jsonl"):
            rows = path.read_bytes().count(b"\n")
            assert len(read_examples(path, campaign)) == rows, path
