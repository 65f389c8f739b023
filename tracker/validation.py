"""What people coded as a table: what the program said, what each person said, and with what probability the post was drawn. Pure.

It holds what estimates corrected for misclassification need (for one: Rogan and Gladen 1978; TeBlunthuis, Hase and Chan 2024, doi
10.1080/19312458.2023.2293713), so that they can be computed elsewhere. One row for each post, theme and person; and one for each
of the paper's questions, for whether it asks us something, and for whether it is of this debate, called as in theme_quality.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tracker.codings import Asked, Coding, is_pilot
from tracker.records import ASKS, NOT_THIS_DEBATE, QUESTION

COLUMNS = (
    *("platform", "native_id", "queue", "stratum", "probability", "stratum_population", "stratum_machine"),
    *("model", "outcome", "theme", "machine", "machine_score", "coder", "role", "round", "relevant", "label"),
    "machine_relevant",
)
"""One row a post, theme and person.

stratum: the ISO week that the post was drawn from; stratum_population: the posts of that week that can be drawn and read;
stratum_machine: to how many of those the program gave the theme. All three and probability are empty where the post was not drawn
at random or is no longer here: such rows say nothing about other posts. machine: 1 where the program gave the theme, before any
person's decision, 0 where not; empty where it has not read the post. machine_score: the live model's probability of the theme,
given or not; empty where it has none. label: 1, 0, or empty where the coder could not tell or was not asked. Of the rows beyond
themes all this is of that question, and so on; empty, too, where the program does not look for it. machine_relevant: whether the
program takes the post for one of this debate; empty where it has no opinion."""

Key = tuple[str, str]


def validation_rows(
    codings: Sequence[Coding],
    drawn: Mapping[Key, tuple[str, float]],
    strata: Mapping[str, tuple[int, Mapping[str, int | None]]],
    machine: Mapping[Key, Mapping[str, Any]],
    themes: Sequence[str],
    questions: Sequence[str],
    asked_in: Mapping[str, Asked],
) -> Iterator[dict[str, Any]]:
    """The rows of every verdict, those of pilots aside, with COLUMNS as keys. codings, asked_in: in today's names of the
    themes; drawn: the week and the probability of each post of the random sample; strata: of each week the posts
    that can be drawn and read, and to how many of them the program gave each theme, question and so on; machine: as
    db.validating.with_all_it_said gives it."""
    asked = (*themes, *(QUESTION + slug for slug in questions), ASKS, NOT_THIS_DEBATE)
    for coding in codings:
        if is_pilot(coding.round):
            continue
        said, (week, probability) = machine.get(coding.key), drawn.get(coding.key, ("", None))
        population, by_theme = strata.get(week, ("", None))
        program = said["relevant"] if said else None
        for slug in asked:
            yield {
                "platform": coding.platform,
                "native_id": coding.native_id,
                "queue": coding.queue,
                "stratum": week,
                "probability": "" if probability is None else probability,
                "stratum_population": population,
                "stratum_machine": "" if by_theme is None else by_theme.get(slug, 0),
                "model": said["model"] if said else "",
                "outcome": said["outcome"] if said else "",
                "theme": slug,
                "machine": int(slug in said["themes"]) if said and slug not in said["silent"] else "",
                "machine_score": said["scores"].get(slug, "") if said else "",
                "coder": coding.coder,
                "role": coding.role,
                "round": coding.round,
                "relevant": "" if coding.relevant is None else int(coding.relevant),
                "label": _label(coding, slug, asked_in),
                "machine_relevant": "" if program is None else int(program),
            }


def _label(coding: Coding, slug: str, asked_in: Mapping[str, Asked]) -> int | str:
    if coding.cannot_tell:
        return ""
    if slug == NOT_THIS_DEBATE:
        return "" if coding.relevant is None else int(not coding.relevant)
    if slug == ASKS:
        return "" if coding.asks_us is None else int(coding.asks_us)
    asked, question = asked_in.get(coding.codebook), slug.removeprefix(QUESTION)
    if question != slug:
        said = question in coding.questions
        return "" if asked and question not in asked.questions and not said else int(coding.relevant is not False and said)
    if asked and slug not in asked.themes:
        return ""
    return int(coding.relevant is not False and slug in coding.themes)


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows with COLUMNS as their first line, as they are: tracker/spreadsheets.py makes them harmless where they go out."""
    page = io.StringIO()
    writer = csv.DictWriter(page, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue()
