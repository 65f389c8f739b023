"""The house rules that a machine can keep: who may import whom, how long a room may get, that the documents say what is so."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import cli
from db.folder import DataFolder
from tests.conftest import needed

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = ("tracker", "pipelines", "db", "datasette_config", "cli")
MAY_IMPORT = {
    "cli": {"pipelines", "tracker"},
    "pipelines": {"pipelines", "tracker", "db"},
    "tracker": {"tracker"},
    "db": {"db", "tracker"},
    "datasette_config": {"db", "tracker", "datasette_config"},
}
PURE_RULES_OF_CODING = {
    f"tracker.{name}"
    for name in (
        "agreement",
        "codebook",
        "comparing",
        "counting",
        "drawing",
        "offering",
        "retrieval",
        "settling",
        "telling",
        "sentences",
        "trends",
        "validation",
    )
}
"""What people code on the pages is settled, drawn and compared there (docs/why, Codings only grow)."""
RECORDS = ("told", "times", "traces", "wishes", "records", "codings", "packing", "reports", "problems")
DB_MAY_IMPORT = {
    f"tracker.{name}" for name in (*RECORDS, "public_text", "persons", "quoting", "tongues", "counting", "sameness", "telling")
}
PLUGINS_MAY_IMPORT = {
    f"tracker.{name}"
    for name in ("pace", "quoting", "tongues", "records", "codings", "problems", "reports", "spreadsheets", "times")
} | PURE_RULES_OF_CODING
ONLY_IN = {
    "spacy": "tracker/themes/",
    "tweepy": "tracker/sources/x_client.py",
    "dask": "pipelines/bulk_cluster.py",
    "distributed": "pipelines/bulk_cluster.py",
    "duckdb": "db/",
    "schedule": "pipelines/scheduling.py",
    "feedparser": "tracker/platforms/feed_document.py",
    "sqlite_utils": "db/",
    "requests": "tracker/sources/",
    "websockets": "tracker/sources/",
    "httpx": "tracker/sources/",
    "urllib.request": "tracker/sources/",
}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
SQL = re.compile(r"^\s*(select|insert|update|delete|create|with)\b.*\b(from|into|set|table|as)\b", re.IGNORECASE | re.DOTALL)
EMPTY_NAMES = ("utils", "helpers", "common", "base", "manager", "misc")


def program() -> list[Path]:
    """Every Python file of the product."""
    folders = [path for name in OURS if (REPOSITORY / name).is_dir() for path in (REPOSITORY / name).rglob("*.py")]
    return sorted([*folders, REPOSITORY / "cli.py"])


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that a file says."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_nothing_lies_beside_the_rooms_that_a_command_left_there() -> None:
    listed = [needed("git", "what is kept of this folder is not known"), "ls-files", "-z"]
    kept = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split("\0")
    folders = {path.partition("/")[0] for path in kept if "/" in path}
    assert folders <= {*OURS, ".ci", "campaigns", "docs", "tests"}


@pytest.mark.parametrize("path", program(), ids=name_of)
def test_each_file_imports_only_what_it_may(path: Path) -> None:
    room = name_of(path).removesuffix(".py").split("/")[0]
    for module in imports(path):
        top = module.split(".")[0]
        if top in OURS:
            assert top in MAY_IMPORT[room], f"{room} may not import {module}"
            if room == "db" and top == "tracker":
                assert module in DB_MAY_IMPORT, f"db may not import {module}"
            if room == "datasette_config" and top == "tracker":
                assert module in PLUGINS_MAY_IMPORT, f"plugins may not import {module}"
        for package, place in ONLY_IN.items():
            if module == package or module.startswith(f"{package}."):
                assert name_of(path).startswith(place), f"{module} belongs in {place}"


def test_sources_and_exports_do_not_know_each_other() -> None:
    for path in program():
        name = name_of(path)
        for one, other in (("tracker/sources/", "tracker.exports"), ("tracker/exports/", "tracker.sources")):
            if name.startswith(one):
                assert not any(module.startswith(other) for module in imports(path)), name
        if name.startswith("tracker/platforms/"):
            rooms = {m.split(".")[1] for m in imports(path) if m.startswith("tracker.") and m.count(".")}
            assert not rooms & {"sources", "exports", "campaign", "themes"}, name


@pytest.mark.parametrize("path", program(), ids=name_of)
def test_rooms_and_functions_stay_small_and_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert path.stem not in EMPTY_NAMES
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [p for p in program() if not name_of(p).startswith("db/")], ids=name_of)
def test_sql_is_said_only_in_db(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.match(node.value), f"line {node.lineno}: {node.value[:60]}"


def test_posts_are_deleted_and_emptied_in_one_place_only() -> None:
    """What a model learned from them goes with them there (docs/why, What was learned from)."""
    leaves = re.compile(r"delete\s+from\s+posts\b|update\s+posts\s+set\s+text\s*=\s*''", re.IGNORECASE)
    statements = [path for path in (REPOSITORY / "db").rglob("*") if path.suffix in (".py", ".sql")]
    assert {name_of(path) for path in statements if leaves.search(path.read_text(encoding="utf-8"))} == {"db/leaving.py"}


def test_every_command_and_option_is_documented() -> None:
    told = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in cli.tracker.commands.items():
        assert f"`{name}" in told, f"docs/commands.md does not tell of {name}"
        for option in command.params:
            for spelling in option.opts:
                if spelling.startswith("--"):
                    assert spelling in told, f"docs/commands.md does not tell of {name} {spelling}"


def test_every_command_has_help() -> None:
    for name, command in cli.tracker.commands.items():
        assert command.help, name
        for option in command.params:
            if option.opts[0].startswith("-"):
                assert getattr(option, "help", None) or option.callback, f"{name} {option.opts[0]}"


def test_the_readme_sets_up_with_two_commands_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
    for target in re.findall(r"`make ([a-z-]+)`", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_in_documents_lead_somewhere() -> None:
    for document in [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "campaigns").glob("*/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (document.parent / target).exists(), f"{name_of(document)} links to {target}"


def test_every_place_in_the_folder_of_data_is_told() -> None:
    told = (REPOSITORY / "docs" / "operating.md").read_text(encoding="utf-8")
    places = {name for name, value in vars(DataFolder).items() if isinstance(value, property)}
    for name in places:
        assert f"`{getattr(DataFolder(Path('data')), name).name}" in told, f"docs/operating.md does not tell of {name}"


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_place() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    pinned = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in [*project["dependencies"], *project["optional-dependencies"]["bulk"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[<>=~! \[]", wanted)[0].lower().replace("_", "-")
        assert name in pinned, f"{name} is not in requirements.lock: run make lock"
    for block in re.split(r"\n(?=[\w.-]+==)", lock.strip()):
        assert "--hash=sha256:" in block, block[:60]
    assert "://" not in lock
