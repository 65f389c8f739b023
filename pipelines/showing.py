"""Reports as people and programs see them: plain tables in words, or one JSON document."""

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tracker.problems import Problem
from tracker.records import Overall, Quality
from tracker.reports import FileReport, RunReport, sentences
from tracker.telling import count, per_cent

if TYPE_CHECKING:
    from pipelines.demo import Demo
    from pipelines.evaluate import Evaluated
    from pipelines.preview import TablePreview
    from pipelines.status import Status
    from pipelines.train import Trained


def as_json(document: object) -> str:
    """One JSON document."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=False)


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Problems for JSON."""
    return [{"what": p.what, "why": p.why, "safe": p.safe, "next": p.next_step, "exit_code": p.exit_code} for p in problems]


def files_json(files: Sequence[FileReport], problems: Sequence[Problem], tables: "Sequence[TablePreview]" = ()) -> str:
    """`import --json`."""
    rows = [
        {
            **asdict(report),
            "rejected": [{"reason": why, "rows": n, "lines": lines} for why, n, lines in report.rejected],
            "withheld": [{"reason": why, "rows": n} for why, n in report.withheld],
        }
        for report in files
    ]
    document = {"files": rows, "problems": problem_rows(problems)}
    return as_json(document | {"tables": tables_json(tables)} if tables else document)


def files_text(files: Sequence[FileReport]) -> str:
    """What each file gave: a table where there are several, then a short paragraph for each of which there is more to say. What
    files lack is said once, be it of one or of all of a kind."""
    told: set[str] = set()
    parts = [_files_table(files)] if len(files) > 1 else []
    for report in files:
        new = [one for one in sentences(report.lost) if one not in told]
        told.update(new)
        more = _more_text(report, " ".join(new))
        if len(files) > 1 and more:
            parts.append("\n".join([report.file, *more]))
        elif len(files) == 1:
            parts.append("\n".join([*_summary(report), *more]))
    parts += [OUTSIDE] if any(report.outside for report in files) else []
    return "\n\n".join(parts)


OUTSIDE = "Rows outside are not kept: import their file again once another brings what they answer, repeat or are a version of."
REASONS = 5
"""So many reasons for rejected rows are told in words."""
FIGURES = ("rows", "new", "known", "updated", "outside", "left out", "rejected")


def _files_table(files: Sequence[FileReport]) -> str:
    """A line a file; the figures first, since names are of any length."""
    lines = ["".join(f"{name:>10}" for name in FIGURES) + "  file, recognised as"]
    for one in files:
        figures = (one.rows, one.new, one.known, one.updated, one.outside, one.withheld_rows + one.forgotten, one.rejected_rows)
        lines.append("".join(f"{figure:>10,}" for figure in figures) + f"  {one.file}, {one.format}{_span(one)}")
    return "\n".join(lines)


def _span(report: FileReport) -> str:
    return f", {report.first_post[:10]} to {report.last_post[:10]}" if report.first_post and report.last_post else ""


def _summary(report: FileReport) -> list[str]:
    kept = [(report.new, "new"), (report.known, "known already"), (report.updated, "updated")]
    return [
        f"{report.file}: {report.format}, {count(report.rows, 'row')}{_span(report)}",
        "  " + ", ".join(f"{number:,} {word}" for number, word in kept),
    ]


def _more_text(report: FileReport, lost: str) -> list[str]:
    """What there is to say of a file beyond its figures."""
    outside = f"  {report.outside:,} outside the campaign (no hashtag, link, phrase or conversation of it)"
    lines = [outside] if report.outside else []
    if report.forgotten:
        lines.append(f"  {report.forgotten:,} not kept because their authors asked to be forgotten")
    lines += [f"  {report.held}"] if report.held else []
    lines += [f"  {number:,} left out: {reason}" for reason, number in report.withheld]
    for reason, number, where in report.rejected:
        shown = ", ".join(map(str, where)) + (", ..." if number > len(where) else "")
        lines.append(f"  {number:,} rejected: {reason} (line {shown})")
    if report.truncated:
        lines.append(f"  cut short: {report.truncated}")
    if lost:
        lines.append(f"  what it lacks: {lost}")
    return lines


def tables_json(tables: "Sequence[TablePreview]") -> list[dict[str, object]]:
    """`import --dry-run --json`: how the campaign's own tables are understood."""
    return [
        {
            "file": table.file,
            "mapping": {**asdict(table.mapping), "columns": dict(table.mapping.columns)},
            "first_rows": [
                {"line": line, "rejected": row} if isinstance(row, str) else {"line": line, "post": asdict(row)}
                for line, row in table.first_rows
            ],
        }
        for table in tables
    ]


def tables_text(tables: "Sequence[TablePreview]") -> str:
    """How the campaign's own tables are understood: which column is what, and what the first rows become."""
    return "\n\n".join(_table_text(table) for table in tables)


def _table_text(table: "TablePreview") -> str:
    lines = [f"{table.file} is read as posts of {table.mapping.platform}:"]
    lines += [f"  {field} is the column {column!r}" for field, column in table.mapping.columns]
    for line, row in table.first_rows:
        if isinstance(row, str):
            lines.append(f"  line {line}: rejected, {row}")
            continue
        who = row.author.handle or row.author.native_id if row.author else "unknown"
        lines.append(f"  line {line}: {row.native_id}, {row.created_at}, author {who}: {' '.join(row.text.split())[:80]}")
    return "\n".join(lines)


def run_text(report: RunReport) -> str:
    """A short summary of a run: its files, then its steps."""
    parts = [files_text(report.files)] if report.files else []
    parts.append("\n".join(f"{step.name}: {step.status}" + (f" ({step.note})" if step.note else "") for step in report.steps))
    return "\n\n".join(parts)


def trained_text(made: "Trained") -> str:
    """What was trained, whether it is in place, and how well each theme is found."""
    card = made.card
    lines = [
        f"Model {card.name}, trained on {count(card.labelled, 'labelled post', 'labelled posts')} ({card.invented:,} invented) "
        f"and {card.pool:,} without labels.",
        card.notes,
        made.left_out,
    ]
    if made.refused:
        lines.insert(0, made.not_placed())
    elif made.compared is not None:
        before, after = made.compared.before, made.compared.after
        lines.append(
            f"On {count(made.compared.n, 'post')} of the audit sample its macro-F1, over the themes that they carry, is "
            f"{after:.2f}; the model before had {before:.2f}."
        )
    lines.append(made.uncompared)
    lines += [overall_text(overall) for overall in card.overall]
    lines.append(_occurring(card.overall))
    lines += [quality_text(quality) for quality in card.quality]
    return "\n".join(filter(None, lines))


PARTS = (
    "The earlier and the later part are cut between two weeks in which posts were written (two days of coding, where those are "
    "not known), so that they are not equally large."
)


def overall_text(overall: Overall) -> str:
    """How one method finds all themes, in a line."""
    part = "" if overall.part == "all" else f", {overall.part} part"
    between = "" if overall.macro_low is None else f" ({overall.macro_low:.2f} to {overall.macro_high:.2f})"
    told = f"{METHOD_WORDS[overall.method]}{part}: macro-F1 {overall.macro_f1:.2f}{between}"
    told += f", micro-F1 {overall.micro_f1:.2f}"
    if overall.ece is not None:
        told += f", calibration error {overall.ece:.3f}"
    if overall.unsure is not None:
        told += f", {per_cent(overall.unsure)} left as unsure"
    return f"{told} ({count(overall.n, 'post')})"


def _occurring(overall: Sequence[Overall]) -> str:
    """Of how many themes macro-F1 is the mean, where some have none since no post carries them or was given them; else ""."""
    ours = next((one for one in overall if one.method == "model" and one.part == "all"), None)
    if ours is None or ours.themes is None or ours.looked_for is None or ours.themes == ours.looked_for:
        return ""
    return f"The model's macro-F1 is over {ours.themes} of {count(ours.looked_for, 'theme')}: the others do not occur."


METHOD_WORDS = {"model": "The model", "phrases": "Phrases alone", "textcat": "spaCy's textcat"}


def evaluation_document(found: "Evaluated") -> dict[str, object]:
    """`evaluate --json`."""
    measured = found.measured
    by = {one.method: one for one in measured.overall if one.part == "all"}
    ours = by.get("model")
    rounded = functools.partial(rounded_to, digits=4)
    return {
        "macro_f1": rounded(ours.macro_f1 if ours else None),
        "macro_f1_ci": _interval(ours.macro_low, ours.macro_high) if ours else None,
        "micro_f1": rounded(ours.micro_f1 if ours else None),
        "n": measured.n,
        "left_out": found.left_out,
        "learned_from_all": found.remembered,
        "left_aside": found.aside.strip(),
        "threshold_policy": measured.threshold_policy,
        "not_in_model": list(found.strange),
        "themes": {one.theme: _quality_row(one) for one in measured.quality if " " not in one.theme},
        "others": {one.theme: _quality_row(one) for one in measured.quality if " " in one.theme},
        "abstained": rounded(measured.unsure),
        "ece": rounded(ours.ece if ours else None),
        "abstaining_on_20_percent": {"macro_f1": rounded(measured.abstaining[0]), "all": rounded(measured.abstaining[1])}
        if measured.abstaining
        else None,
        "baselines": {
            name: {**_macro_row(one), "micro_f1": rounded(one.micro_f1)} for name, one in by.items() if name != "model"
        },
        "parts": {
            f"{one.part} part": {**_macro_row(one), "n": one.n}
            for one in measured.overall
            if one.method == "model" and one.part != "all"
        },
        "docs_per_second": None if measured.docs_per_second is None else round(measured.docs_per_second),
        "model": found.model,
    }


def rounded_to(value: float | None, digits: int) -> float | None:
    """A figure with no more digits than it is worth."""
    return None if value is None else round(value, digits)


def _interval(low: float | None, high: float | None) -> list[float | None] | None:
    """The ends of an interval; None where there is none."""
    return None if low is None else [rounded_to(low, 4), rounded_to(high, 4)]


def _macro_row(one: Overall) -> dict[str, object]:
    return {"macro_f1": rounded_to(one.macro_f1, 4), "macro_f1_ci": _interval(one.macro_low, one.macro_high)}


def _quality_row(one: Quality) -> dict[str, object]:
    rounded = functools.partial(rounded_to, digits=4)
    return {
        "precision": rounded(one.precision),
        "precision_ci": _interval(one.precision_low, one.precision_high),
        "recall": rounded(one.recall),
        "recall_ci": _interval(one.recall_low, one.recall_high),
        "f1": rounded(one.f1),
        "support": one.support,
        "ece": rounded(one.ece),
        "phrases_f1": rounded(one.phrases_f1),
        "textcat_f1": rounded(one.textcat_f1),
        "indicative_only": one.indicative,
        "share_found": rounded(one.share_found),
        "share_coded": rounded(one.share_coded),
        "share_corrected": rounded(one.share_corrected),
        "share_corrected_ci": _interval(one.share_corrected_low, one.share_corrected_high),
    }


def evaluation_text(found: "Evaluated") -> str:
    """`evaluate`, in words."""
    measured = found.measured
    lines = [f"Model {found.model}, measured on {count(measured.n, 'post')}.{_learned_before(found)}{found.aside}"]
    lines.append(f"Thresholds: {measured.threshold_policy}.")
    if found.strange:
        what = "new, renamed or split since it was trained, so it never finds them; `debate-tracker train` makes one that can"
        lines.append(f"The model does not know {', '.join(found.strange)}: {what}.")
    lines += [overall_text(overall) for overall in measured.overall]
    if any(overall.part != "all" for overall in measured.overall):
        lines.append(PARTS)
    lines.append(_occurring(measured.overall))
    if measured.abstaining is not None:
        with_fewer, with_all = measured.abstaining
        lines.append(f"Without the fifth of posts that it is least sure of: macro-F1 {with_fewer:.2f} instead of {with_all:.2f}.")
    if measured.docs_per_second is not None:
        lines.append(f"{measured.docs_per_second:,.0f} posts a second on one core.")
    lines += [quality_text(quality) for quality in measured.quality]
    return "\n".join(filter(None, lines))


def _learned_before(found: "Evaluated") -> str:
    """What became of posts that the model learned from; "" where there were none."""
    if found.remembered:
        return " It learned from every one of them, so this tells what it remembers, not how it does on other posts."
    if found.left_out is None:
        return " From which posts it learned was not kept when it was made, so it may have learned from some of these."
    told = count(found.left_out, "other was left out, since it", "others were left out, since it")
    return f" {told} learned from them or from the same words." if found.left_out else ""


def quality_text(quality: Quality) -> str:
    """One theme's measured error in a line."""
    if quality.precision is None and quality.recall is None:
        return f"  {quality.theme}: not measured"
    told = (
        ("precision", quality.precision, quality.precision_low, quality.precision_high, "none found"),
        ("recall", quality.recall, quality.recall_low, quality.recall_high, "none to find"),
    )
    figures = (
        f"{name} {none if share is None else f'{share:.2f} ({low:.2f} to {high:.2f})'}" for name, share, low, high, none in told
    )
    few = ", indicative only" if quality.indicative else ""
    return f"  {quality.theme}: {', '.join(figures)}, {count(quality.support, 'labelled post', 'labelled posts')}{few}"


def demo_text(demo: "Demo") -> str:
    """`demo`, before the pages open."""
    where = f"The demo lies in {demo.folder.root}; all of it is invented. Its clock stands at {demo.now}."
    return f"{run_text(demo.report)}\n\n{where}" if demo.report else f"{where} Nothing changed since it was made."


def status_document(status: "Status") -> dict[str, object]:
    """`status --json`."""
    return {**status.facts, "problems": problem_rows(status.problems)}


def status_text(status: "Status") -> str:
    """`status`, in words."""
    facts = status.facts
    span = f", {facts['first_post']} to {facts['last_post']}" if facts["first_post"] else ""
    posts, authors = (count(int(str(facts[f"{noun}s"])), noun) for noun in ("post", "author"))
    lines = [f"{posts} by {authors}{span}"]
    last, good, model = facts["last_run"], facts["last_good_run"], facts["model"]
    if isinstance(last, dict):
        lines.append(f"last run: {last['command']}, begun {last['started_at']}, {last['status']}")
    lines.append(f"last good run: {good['finished_at']}" if isinstance(good, dict) else "last good run: none yet")
    lines.append(f"model: {model['name']}, trained {model['trained_at']}" if isinstance(model, dict) else "model: none yet")
    if isinstance(newer := facts["model_not_placed"], dict):
        kept_out = f"model not put in place: {newer['name']}, trained {newer['trained_at']}: {newer['why']}"
        lines.append(f"{kept_out}; since {newer['since']} none was, and `check` says what to do")
    lines.append(f"posts that the live model has not read: {facts['unread']:,}")
    rejected = facts["rejected"]
    if isinstance(rejected, dict):
        lines += rejected_lines(rejected)
    entries = facts["spend"]
    lines += [_spend_line(entry) for entry in entries] if isinstance(entries, list) else []
    lines.append(f"inbox: {facts['inbox_waiting']} waiting, {facts['inbox_failed']} failed")
    lines += _files_beside(facts)
    sources = facts["sources"]
    if isinstance(sources, list):
        lines += [_source_text(row) for row in sources]
    return "\n".join(lines)


def _files_beside(facts: dict[str, Any]) -> list[str]:
    """Sizes, backups, what the public sees, and the alerts that stand."""
    sizes = ", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in facts["bytes"].items())
    backups, public = facts["backups"], facts["public"]
    newest = f", the newest of {backups['made_at']}, {backups['bytes'] / 1e6:,.1f} MB in all" if backups["count"] else ""
    seen = {
        "none": "nothing was published yet",
        "shown": f"of {public['since']}, {public['copies_kept']} kept",
        "notice": f"a notice is in its place since {public['since']}",
    }
    tried = public["last_try"]
    ended = f"; last tried {tried['at']}, {tried['status']}: {tried['note'] or 'no remark'}" if tried else ""
    return [
        f"sizes: {sizes}",
        f"backups: {backups['count']}{newest}",
        f"public copy: {seen[public['state']]}{ended}",
        *map(_alert_line, facts["alerts"]),
    ]


def _alert_line(alert: dict[str, Any]) -> str:
    return f"alert: {alert['what']}, since {alert['since']}, told by {' and '.join(alert['told']) or 'nobody yet'}"


def rejected_lines(rejected: dict[str, int]) -> Iterator[str]:
    """The commonest reasons."""
    for reason, number in list(rejected.items())[:REASONS]:
        yield f"rejected: {count(number, 'row')}: {reason}"
    if others := list(rejected.values())[REASONS:]:
        yield (
            f"rejected: {count(sum(others), 'row')} for {count(len(others), 'other reason')}: `--json` and the page “What is "
            "missing” have them"
        )


def _spend_line(entry: dict[str, Any]) -> str:
    at_most = f", of which ${entry['unsettled_usd']:.3f} at most: no answer came" if entry["unsettled_usd"] else ""
    return f"spent on {entry['source']} in {entry['month']} (UTC): ${entry['usd']:.3f}{at_most}"


def _source_text(row: dict[str, object]) -> str:
    """One ask of a source in a line: what it said last, and when it last went well."""
    place = " ".join(str(row[name]) for name in ("source", "server", "query") if row[name])
    good = "" if row["status"] in ("ok", "empty") else f", last good {row['last_good'] or 'never'}"
    got = "no posts" if row["got"] is None else count(int(str(row["got"])), "post")
    return f"{place}: {row['status']} on {row['asked_at']}, {got}{good}"
