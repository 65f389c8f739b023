"""The papers of a snapshot: what it is and how to cite it, the method with the flow count, the licence, errata."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from db.exporting import TakenTable
from db.reading import Row
from tracker.licences import LICENCES
from tracker.records import Campaign
from tracker.telling import count

TYPES = {"text": "string", "whole": "integer", "number": "number", "flag": "boolean", "moment": "datetime", "day": "date"}
NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What the papers tell. ended: when the last run ended; about: what the public copy says of itself; ids: how many of each
    platform; withheld: why the ids of a platform are not in it."""

    campaign: Campaign
    version: str
    ended: str
    about: Mapping[str, str]
    tables: Mapping[str, Sequence[Row]]
    errata: Sequence[Row]
    ids: Mapping[str, int]
    withheld: Mapping[str, str]

    @property
    def title(self) -> str:
        """Of the whole."""
        paper = self.about.get("paper_title") or ""
        debate = f"about “{paper}”" if paper else f"({self.campaign.name})"
        return f"What people say {debate}: numbers with their error and coverage"

    @property
    def who(self) -> str:
        """Who publishes it."""
        return self.about.get("controller") or f"The campaign {self.campaign.name}"

    @property
    def plain_name(self) -> str:
        """The campaign's name for files and machines: letters without accents, digits, ".", "_" and "-", no path in it."""
        letters = "".join(sign for sign in unicodedata.normalize("NFKD", self.campaign.name) if not unicodedata.combining(sign))
        return NOT_PLAIN.sub("-", letters).strip("-.") or "debate"

    @property
    def invented(self) -> bool:
        """Whether nobody wrote these posts."""
        return bool(self.about.get("invented"))


def citation(told: Told) -> str:
    """How to cite it, in a line."""
    program = version("debate-tracker")
    return f"{told.who} ({told.ended[:4]}): {told.title}. Version {told.version}. Made with Debate Tracker {program}."


def readme(told: Told, tables: Sequence[TakenTable]) -> str:
    """README.md."""
    files = [f"- `data/{table.name}.csv`: {table.about}" for table in tables]
    files += [f"- `ids/{name}.csv`: the ids of {count(number, 'post', 'posts')} of {name}." for name, number in told.ids.items()]
    parts = [
        f"# {told.title}",
        f"Version {told.version}, as things stood at the end of the last run, {told.ended} (UTC)."
        + (" **An invented debate: nobody wrote these posts.**" if told.invented else ""),
        "## Cite it so",
        f"{citation(told)}\n\nGive a number with its weeks, its error (`theme_error`) and what could be seen (`coverage`). "
        "`CITATION.cff` is the same for machines.",
        "## What is in it",
        "\n".join(
            [
                *files,
                "- `METHODS.md`: how the numbers came about. `codebook.json`: the themes as coders have them.",
                "- `datapackage.json`, `data-dictionary.md`: what each column means, for machines and for people.",
                "- `read.R`: reads all of it into R, with its types, and joins it.",
                "- `ERRATA.md`: what was found to be wrong since. `LICENCE.md`: what you may do with it.",
            ]
        ),
        _ids_part(told),
        "## Is it whole?",
        "`sha256sum -c SHA256SUMS` in this folder compares each file with its fingerprint. Made twice of the same data, the "
        "bundle is the same, byte for byte; its own fingerprint stands in the register of whoever gave it to you.",
        f"Questions, and requests of people: {told.about['contact']}." if told.about.get("contact") else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _ids_part(told: Told) -> str:
    if not told.ids and not told.withheld:
        return "No post of anyone else is in it, nor the id of one."
    lines = [
        "## Ids of posts",
        "Ids only, without themes, times or anything else beside them, in the order of the ids. Fetch the posts "
        "yourself, under your own agreement with the platform; what was deleted since will not be there, and has to stay so.",
    ]
    if "x" in told.ids:
        lines.append(
            "X: its developer policy lets ids of posts be passed on, to one holder at most 1,500,000 in 30 days. Do not "
            "derive from them what a user believes."
        )
    if "bluesky" in told.ids:
        lines.append(
            "Bluesky: an id holds the account's identifier (DID). Its guidelines want deletions followed: when you get a "
            "list of withdrawals, delete those ids."
        )
    lines += [f"{name}: left out. {why}" for name, why in told.withheld.items()]
    lines.append("Ids are text: a spreadsheet or a program that takes them for numbers damages them.")
    return "\n\n".join(lines)


def licence(told: Told) -> str:
    """LICENCE.md."""
    known = LICENCES.get(told.campaign.licence)
    if known is None:
        return (
            "# Licence\n\nNone was chosen (`licence` under `[publish]` in campaign.toml), so all rights stay with "
            f"{told.who}. Ask before you pass it on.\n"
        )
    ids = " Ids of posts are not under it: the platforms' terms hold for them." if told.ids else ""
    return f"# Licence\n\n{known[0]} ({told.campaign.licence}): <{known[1]}>. Credit: {told.who}.{ids}\n"


def errata_page(told: Told) -> str:
    """ERRATA.md."""
    if not told.errata:
        return "# Errata\n\nNone is known.\n"
    rows = [
        f"- {row['entered_at'][:10]}, {'version ' + row['concerns'] if row['concerns'] else 'all versions until then'}: "
        f"{row['words']}"
        for row in told.errata
    ]
    return "# Errata\n\n" + "\n".join(rows) + "\n"


def methods(told: Told) -> str:
    """METHODS.md: what was followed, the flow count, how themes are found and how well, small numbers, coverage."""
    campaign, about = told.campaign, told.about
    model = told.tables["models"]
    parts = [
        f"# Methods, version {told.version}",
        "## What was asked for",
        _bullets(
            [
                f"Hashtags: {', '.join('#' + tag for tag in campaign.hashtags) or 'none'}",
                f"Links: {', '.join(campaign.links) or 'none'}",
                f"Phrases: {', '.join(f'“{words}”' for words in campaign.phrases) or 'none'}",
                "Nothing is followed, so every post of the files that were brought in belongs."
                if not campaign.follows_something()
                else "",
                f"Sources: {', '.join(campaign.sources.named()) or 'none; all comes from export files'}",
                f"Languages read: {', '.join(campaign.languages)}. Days and weeks: {campaign.timezone}.",
            ]
        ),
        "`data/queries.csv` has every change of this with its date; `data/asked.csv` how often each source answered.",
        "## From asked to themed",
        "Posts, rounded to tens, so that nobody is found by subtracting; “few” is fewer than ten, or none. Sums may be off "
        "by the rounding.",
        _flow(told.tables["flow"]),
        "## Themes",
        _themes(told),
        "A program gives themes to posts, never to people; people code a random sample and settle what it got wrong. "
        "`data/theme_versions.csv` has every definition with its date, `codebook.json` what coders have before them.",
        "## The model",
        "\n".join(
            f"- `{row['name']}`, trained {row['trained_at']} on {row['labelled']:,} labelled posts ({row['invented']:,} "
            f"invented). {row['notes']}"
            for row in model
        )
        or "No model has read posts yet.",
        "`data/theme_error.csv` has its measured precision and recall with 95 % intervals; empty where it was not measured. "
        "Where `counted_by` in `data/numbers.csv` says people, they had read every post behind the number when it was told: it "
        "is theirs, no model's error is its own, and `data/agreement.csv` has how well they agree.",
        "## Small numbers",
        f"A number is told only if at least {count(int(about['smallest_cell']), 'person stands', 'people stand')} behind it; "
        "others are joined until there are. "
        f"A week is told when it has been over for {count(int(about['settle_days']), 'day')}, and stays as it is from then on.",
        "## Coverage",
        _coverage(told.tables["coverage"]),
        "No platform shows everything. The numbers say what was posted where we looked, not what the public thinks.",
        "## Not in it",
        "Words, names, handles and ids of other people; quotes, also those that people agreed to: consent can be taken back, "
        "a copy that was handed out cannot.",
        f"Program: Debate Tracker {version('debate-tracker')}. Public copy {about['release']}, {about['published_at']}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _flow(rows: Sequence[Row]) -> str:
    lines = [f"| {row['step']} | {row['what']} | {_few(row['posts'])} | {_few(row['lost'])} | {row['why']} |" for row in rows]
    return "\n".join(["| step | what is left | posts | lost before | why |", "|---|---|---|---|---|", *lines])


def _few(number: int | None) -> str:
    return "few" if number is None else f"{number:,}"


def _themes(told: Told) -> str:
    themes = told.tables["themes"]
    if not themes:
        return "The campaign has no themes."
    return "\n".join(f"- **{_line(row['name'])}** (`{row['slug']}`): {_line(row['meaning'])}" for row in themes)


def _coverage(rows: Sequence[Row]) -> str:
    if not rows:
        return "No week is told yet."
    weeks: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        weeks.setdefault((row["source"], row["status"]), []).append(row["week"])
    return "\n".join(
        f"- {source}, {status}: {count(len(found), 'week', 'weeks')} ({found[0]} to {found[-1]})"
        for (source, status), found in sorted(weeks.items())
    )


def dictionary(tables: Sequence[TakenTable]) -> str:
    """data-dictionary.md."""
    parts = [
        "# Data dictionary",
        "The tables under `data`: CSV, UTF-8. Times are UTC; an empty cell means not known, never zero.",
    ]
    for table in tables:
        rows = "\n".join(f"| `{c.name}` | {TYPES[c.type]} | {c.meaning} |" for c in table.columns)
        parts.append(f"## {table.name}\n\n{table.about}\n\n| column | type | meaning |\n|---|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


def cff(told: Told) -> str:
    """CITATION.cff (https://citation-file-format.github.io, 1.2.0). JSON strings are YAML strings."""
    quoted = {
        name: json.dumps(text, ensure_ascii=False)
        for name, text in (("title", told.title), ("who", told.who), ("v", told.version))
    }
    keywords = [*told.campaign.hashtags[:10], "public debate", "social media"]
    lines = [
        "cff-version: 1.2.0",
        'message: "Please cite this version, and give numbers with their error and coverage."',
        "type: dataset",
        f"title: {quoted['title']}",
        f"version: {quoted['v']}",
        f'date-released: "{told.ended[:10]}"',
        "authors:",
        f"  - name: {quoted['who']}",
        "keywords:",
        *(f"  - {json.dumps(word, ensure_ascii=False)}" for word in dict.fromkeys(keywords)),
    ]
    if told.campaign.licence in LICENCES:
        lines.append(f"license: {told.campaign.licence}")
    if told.about.get("paper_url"):
        lines.append(f"url: {json.dumps(told.about['paper_url'], ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line)
