"""Reports as people and programs see them: plain tables in words, or one JSON document."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tracker.problems import Problem
from tracker.reports import FileReport, RunReport, sentences
from tracker.telling import count

if TYPE_CHECKING:
    from pipelines.demo import Demo
    from pipelines.preview import TablePreview
    from pipelines.status import Status


def as_json(document: object) -> str:
    """One JSON document."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=False)


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Problems for JSON."""
    return [{"what": p.what, "why": p.why, "safe": p.safe, "next": p.next_step, "exit_code": p.exit_code} for p in problems]


def files_json(files: Sequence[FileReport], problems: Sequence[Problem], tables: "Sequence[TablePreview]") -> str:
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
            parts.append("\n".join([report.called, *more]))
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
        lines.append("".join(f"{figure:>10,}" for figure in figures) + f"  {one.called}, {one.format}{_span(one)}")
    return "\n".join(lines)


def _span(report: FileReport) -> str:
    return f", {report.first_post[:10]} to {report.last_post[:10]}" if report.first_post and report.last_post else ""


def _summary(report: FileReport) -> list[str]:
    kept = [(report.new, "new"), (report.known, "known already"), (report.updated, "updated")]
    return [
        f"{report.called}: {report.format}, {count(report.rows, 'row')}{_span(report)}",
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


def demo_text(demo: "Demo") -> str:
    """`demo`, before the pages open."""
    where = f"The demo lies in {demo.folder.root}; all of it is invented. Its clock stands at {demo.now}."
    return f"{run_text(demo.report)}\n\n{where}" if demo.report else f"{where} What it is made from has not changed since."


def status_document(status: "Status") -> dict[str, object]:
    """`status --json`."""
    return {**status.facts, "problems": problem_rows(status.problems)}


def status_text(status: "Status") -> str:
    """`status`, in words."""
    facts = status.facts
    span = f", {facts['first_post']} to {facts['last_post']}" if facts["first_post"] else ""
    if facts["posts"] is None:
        lines = ["Made by `bulk`: the posts lie in Parquet files (posts.sql), and the pages tell their counts."]
    else:
        posts, authors = (count(int(str(facts[f"{noun}s"])), noun) for noun in ("post", "author"))
        lines = [f"{posts} by {authors}{span}"]
    last, good, model = facts["last_run"], facts["last_good_run"], facts["model"]
    if isinstance(last, dict):
        stopped = ", or stopped without a word" if last["status"] == "running" else ""
        lines.append(f"last run: {last['command']}, begun {last['started_at']}, {last['status']}{stopped}")
    lines.append(f"last good run: {good['finished_at']}" if isinstance(good, dict) else "last good run: none yet")
    lines.append(f"model: {model['name']}, trained {model['trained_at']}" if isinstance(model, dict) else "model: none yet")
    if isinstance(newer := facts["model_not_placed"], dict):
        kept_out = f"model not put in place: {newer['name']}, trained {newer['trained_at']}: {newer['why']}"
        lines.append(f"{kept_out}; since {newer['since']} none was, and `check` says what to do")
    if facts["unread"] is not None:
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
        "damaged": "it cannot be shown",
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
