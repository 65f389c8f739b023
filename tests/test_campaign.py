"""Reading a campaign folder: what a good one gives, and what each mistake is told as."""

import re
from pathlib import Path

import pytest

from tests.campaign_folder import GOOD, QUESTIONS, THEME, Folder, folder_in
from tests.conftest import REPOSITORY
from tests.rights import AS_A_USER
from tests.warm import started
from tracker.campaign import read_campaign, read_examples
from tracker.contradicting import contradictions
from tracker.faults import SHOWN
from tracker.labelled import KEYS, labelled_lines
from tracker.problems import CampaignProblem
from tracker.records import StudyHold


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return folder_in(tmp_path)


def test_a_language_is_kept_without_its_region(folder: Folder) -> None:
    folder.write("campaign.toml", 'name = "x"\nlanguages = ["en-GB", "EN", "cy"]')
    assert read_campaign(folder.path).languages == ("en", "cy")


def test_a_server_in_capitals_is_the_server(folder: Folder) -> None:
    servers = '["One.example", "https://ONE.example/", "HTTPS://one.example", "http://Two.example:8080/Sub/"]'
    folder.write("campaign.toml", f'name = "x"\n[sources.mastodon]\nservers = {servers}')
    found = read_campaign(folder.path).sources.mastodon
    assert found and found.servers == ("https://one.example", "http://two.example:8080/Sub")


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


def test_a_name_may_hold_what_joins_and_parts_its_signs(folder: Folder) -> None:
    """Emoji of several parts, and words of Persian, are written with signs that are not seen by themselves."""
    folder.write("themes/rides.toml", 'name = "🏳️‍🌈 Rides, می‌خواهم"\nphrases = ["ride"]')
    (theme,) = read_campaign(folder.path).themes
    assert theme.name == "🏳️‍🌈 Rides, می‌خواهم"


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
    ('name = "Better\u00a0Buses"', "1: name: holds a sign that is not seen, U+00A0.", "plain spaces"),
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
    ('name = "x"\nlanguages = ["en", "und"]', '2: languages: "und" is no language code', '["en", "cy"]'),
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
    ('name = "x"\n[sources.x]\nmax_cost_run = -1', "3: sources.x.max_cost_run: -1 is not from 0", "max_cost_run = 5.0"),
    ('name = "x"\n[sources.x]\nmax_cost_run = nan', "3: sources.x.max_cost_run: ", "max_cost_run = 5.0"),
    ('name = "x"\n[sources.x]\nfull_archive = "no"', "3: sources.x.full_archive: is text", "false"),
    ('name = "x"\n[sources.bluesky]\nhow = "magic"', '3: sources.bluesky.how: "magic"', "jetstream"),
    ('name = "x"\n[sources.mastodon]\nservers = ["a b"]', '3: sources.mastodon.servers: "a b"', "mastodon.social"),
    ('name = "x"\n[sources.feeds]\nurls = ["feed"]', '3: sources.feeds.urls: "feed"', "https://"),
    (
        'name = "x"\n[sources.feeds]\nurls = [\n"https://a.example/",\n"https://me:hunter22@b.example/feed"]',
        "5: sources.feeds.urls: the address holds a user name or a password",
        "before the @",
    ),
    ('name = "x"\n[sources.mastodon]\nservers = ["https://me@a.example"]', "3: sources.mastodon.servers: the address holds", "@"),
    ('name = "x"\n[network]\nallow_hosts = ["http://a"]', '3: network.allow_hosts: "http://a" is no host', "localhost:8080"),
    ('name = "x"\n[publish]\nsmallest_cell = 0', "3: publish.smallest_cell: 0 is not from 1", "smallest_cell = 10"),
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
    ("fares.toml", 'name = "n"\ndimension = "language"', '2: dimension: "language" is what', 'dimension = "about-language"'),
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


@pytest.mark.parametrize("closed", ["campaign.toml", "themes", "themes/fares.toml", "questions.toml"])
def test_what_may_not_be_read_is_a_matter_of_permission(folder: Folder, closed: str) -> None:
    folder.write("themes/fares.toml", THEME)
    folder.write("questions.toml", QUESTIONS)
    (folder.path / closed).chmod(0)
    ended = started("check", "--campaign", folder.path, before=AS_A_USER)
    (folder.path / closed).chmod(0o700)
    assert ended.code == 5 and f"{folder.path / closed} may not be read" in ended.out, ended


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
