"""Reads what a campaign says about its themes and its paper's questions: themes/*.toml and questions.toml."""

import re
from pathlib import Path

from tracker.faults import Faults, did_you_mean, quoted, unreadable
from tracker.matching import plain_words
from tracker.records import Question, Theme
from tracker.toml_table import Table, read_table

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FILTERS = frozenset({"q", "platform", "kind", "language", "week", "ours", "debate", "seen", "older", "newer"})
"""What else the address of a list of posts asks for; a dimension stands there under its own name."""
LONGEST_NAME = 100
JOINERS = "\u200c\u200d"
"""Parts or joins what stands beside it: emoji of several parts need them, and words of Persian and Hindi."""
LONGEST_PHRASE = 100
"""Code points. A longer one is a sentence, which nobody repeats word for word."""


def read_themes(folder: Path, groups: tuple[str, ...], faults: Faults) -> tuple[Theme, ...]:
    """Every theme file in `folder`, in the order of `groups` and then of the files' names, themes without a group last; none
    where there is no such folder. Raises PermissionProblem."""
    themes: dict[str, Theme] = {}
    names: dict[str, Path] = {}
    tables: dict[str, Table] = {}
    for path in theme_paths(folder, faults):
        table = read_table(path, faults)
        if table is None:
            continue
        slug = path.name.removesuffix(".toml")
        if not SLUG.fullmatch(slug):
            better = re.sub(r"[^a-z0-9]+", "-", slug.casefold()).strip("-") or "my-theme"
            wrong = "the file's name may hold only small letters a to z, digits and single hyphens."
            faults.add(path, 1, "file name", wrong, f"Rename the file, such as: {better}.toml")
        theme = _read_theme(slug, table)
        folded = theme.name.casefold()
        if folded and folded in names:
            table.fault("name", f"{quoted(theme.name)} is also the name in {names[folded].name}.", "Rename one of the two.")
        names.setdefault(folded, path)
        themes[slug], tables[slug] = theme, table
    _check_renamed(themes, tables)
    if groups:
        _check_groups(themes, tables, groups)
    places = {group: place for place, group in enumerate(groups)}
    return tuple(sorted(themes.values(), key=lambda theme: places.get(theme.group, len(places))))


def theme_paths(folder: Path, faults: Faults) -> list[Path]:
    """The theme files in `folder`, sorted; hidden files are left out. Raises PermissionProblem and StorageProblem."""
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        faults.add(folder, 1, "themes", "this is a file, not a folder.", "Make it a folder with one file a theme in it.")
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
    return [path for path in found if path.suffix == ".toml" and not path.name.startswith(".")]


def _read_theme(slug: str, table: Table) -> Theme:
    examples = table.table("examples")
    theme = Theme(
        slug=slug,
        name=short_name(table, "name", such_as='"Democratic control"', required=True),
        meaning=table.text("meaning", such_as='"Citizens decide, such as by participatory budgeting."'),
        phrases=phrases(table, "phrases", such_as='"participatory budgeting"'),
        not_when=phrases(table, "not_when", such_as='"budget airline"'),
        examples_yes=tuple(text for _, text in examples.texts("yes", such_as='"Our street decided the budget together."')),
        examples_no=tuple(text for _, text in examples.texts("no", such_as='"The budget is out today."')),
        group=short_name(table, "group", such_as='"Citizens and staff"'),
        dimension=_dimension(table),
        renamed_from=_old_slugs(table),
    )
    examples.done()
    table.done()
    return theme


def short_name(table: Table, name: str, *, such_as: str, required: bool = False) -> str:
    """A name for people: one line of at most LONGEST_NAME code points, without signs that are not seen, but JOINERS."""
    value = table.text(name, such_as=such_as, required=required)
    unseen = [sign for sign in value if not sign.isprintable() and sign not in JOINERS]
    if len(value) > LONGEST_NAME or {"\n", "\r"} & set(unseen):
        table.fault(name, f"is not one line of at most {LONGEST_NAME} characters.", f"Write such as: {name} = {such_as}")
    elif unseen:
        wrong = f"holds a sign that is not seen, U+{ord(unseen[0]):04X}."
        table.fault(name, wrong, f"Type it anew, with plain spaces, such as: {name} = {such_as}")
    return value


def phrases(table: Table, name: str, *, such_as: str) -> tuple[str, ...]:
    """Phrases as they are looked for, each once (capitals, hyphens, apostrophes and white space aside), in the file's order."""
    kept: dict[str, str] = {}
    for at, phrase in table.texts(name, such_as=such_as):
        plain = plain_words(phrase).strip()
        if not any(character.isalnum() for character in plain):
            table.fault(name, f"{quoted(phrase)} holds no word.", f"Write words, such as: {name} = [{such_as}]", at)
        elif len(phrase) > LONGEST_PHRASE:
            wrong = f"{quoted(phrase)} is longer than {LONGEST_PHRASE} characters, so no post will repeat it."
            table.fault(name, wrong, f"Write the two or three words that matter: {name} = [{such_as}]", at)
        else:
            kept.setdefault(plain, phrase)
    return tuple(kept.values())


def _dimension(table: Table) -> str:
    dimension = table.text("dimension", such_as='"theme"')
    if dimension and not SLUG.fullmatch(dimension):
        wrong = f"{quoted(dimension)} may hold only small letters a to z, digits and single hyphens."
        table.fault("dimension", wrong, 'Write one word: dimension = "service"')
    elif dimension in FILTERS:
        wrong = f"{quoted(dimension)} is what the list of posts calls something else that one can choose there."
        table.fault("dimension", wrong, f'Choose another name: dimension = "about-{dimension}"')
    return dimension or "theme"


def _old_slugs(table: Table) -> tuple[str, ...]:
    if isinstance(table.values.get("renamed_from"), str):
        old = [(None, table.text("renamed_from", such_as='"old-file-name"'))]
        return tuple(slug for at, slug in old if slug and _is_slug(table, "renamed_from", slug, at))
    listed = table.texts("renamed_from", such_as='"old-file-name"')
    return tuple(dict.fromkeys(slug for at, slug in listed if _is_slug(table, "renamed_from", slug, at)))


def _is_slug(table: Table, name: str, slug: str, at: int | None) -> bool:
    if SLUG.fullmatch(slug):
        return True
    wrong = f"{quoted(slug)} may hold only small letters a to z, digits and single hyphens."
    table.fault(name, wrong, f'Write it as a theme file is named, without .toml: {name} = "old-file-name"', at)
    return False


def _check_renamed(themes: dict[str, Theme], tables: dict[str, Table]) -> None:
    """An old name must be free, and belong to one theme only."""
    claimed: dict[str, str] = {}
    for slug, theme in themes.items():
        for old in theme.renamed_from:
            if old in themes:
                wrong = f"{quoted(old)} is still a theme: {old}.toml is there."
                tables[slug].fault("renamed_from", wrong, f"Remove {old}.toml, or remove this line.")
            elif old in claimed:
                wrong = f"{quoted(old)} is also the old name in {claimed[old]}.toml."
                tables[slug].fault("renamed_from", wrong, "Keep it in one of the two.")
            claimed.setdefault(old, slug)


def _check_groups(themes: dict[str, Theme], tables: dict[str, Table], groups: tuple[str, ...]) -> None:
    """Where the campaign lists its groups, each theme's group is one of them: a slip would make a second group."""
    for slug, theme in themes.items():
        if theme.group and theme.group not in groups:
            near = did_you_mean(theme.group, groups)
            instead = f"Did you mean {quoted(near)}? Else add" if near else "Add"
            wrong = f"{quoted(theme.group)} is not among the groups of campaign.toml."
            tables[slug].fault("group", wrong, f"{instead} it to the list groups there: it also says their order.")


def read_questions(path: Path, faults: Faults) -> tuple[Question, ...]:
    """The questions of questions.toml; none where the file is missing."""
    if not path.exists():
        return ()
    file = read_table(path, faults)
    if file is None:
        return ()
    found: dict[str, Question] = {}
    for table in file.tables("question"):
        question = Question(
            slug=table.text("slug", such_as='"q1"', required=True),
            text=table.text("text", such_as='"What would you change?"', required=True),
            answers_when=table.text("answers_when", such_as='"The post proposes a change."'),
        )
        table.done()
        if question.slug and _is_question_slug(table, question.slug) and question.slug in found:
            table.fault("slug", f"{quoted(question.slug)} is used twice.", 'Give each its own: slug = "q2"')
        found.setdefault(question.slug, question)
    file.done()
    return tuple(found.values())


def _is_question_slug(table: Table, slug: str) -> bool:
    if SLUG.fullmatch(slug):
        return True
    wrong = f"{quoted(slug)} may hold only small letters a to z, digits and single hyphens."
    table.fault("slug", wrong, 'Write such as: slug = "q1"')
    return False
