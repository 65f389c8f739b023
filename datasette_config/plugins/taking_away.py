"""Tables to take away, as Excel or as CSV, each with the note on coverage beside it; no cell can act as a formula."""

import csv
import io
import sqlite3
import zipfile
from typing import Any

import xlsxwriter
from datasette import Response, hookimpl

from datasette_config.plugins.accounts import sees_labels
from datasette_config.plugins.coding_desk import answering
from datasette_config.plugins.pages import asked_for, look_at_store, named_now, no_theme, now_of
from datasette_config.plugins.taken_out import note_download
from db.reading import Row, retired_theme, theme_page
from db.reading_away import coverage_note, posts_table, weeks_table
from tracker.spreadsheets import harmless_row

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The tables."""
    return [
        (r"^/take/posts\.(?P<format>xlsx|zip)$", take_posts),
        (r"^/take/theme/(?P<slug>[^/]+)\.(?P<format>xlsx|zip)$", take_theme),
    ]


@answering
async def take_posts(datasette: Any, request: Any) -> Response:
    """The posts that the list's own address asks for, up to 10,000."""
    typed = {name: request.args.get(name) for name in request.args}

    def view(db: sqlite3.Connection) -> Row:
        _, wanted, notices = asked_for(db, typed, labels=sees_labels(datasette, request))
        return {"rows": posts_table(db, wanted), "note": [*coverage_note(db, now_of(datasette)), *notices]}

    return await _file(datasette, request, await look_at_store(datasette, request, view), "posts")


@answering
async def take_theme(datasette: Any, request: Any) -> Response:
    """A theme's weeks, by a name that it had before, too."""

    def view(db: sqlite3.Connection) -> Row:
        slug = named_now(db, request.url_vars["slug"])
        if theme_page(db, slug, now_of(datasette)) is None:
            return {"rows": None, "retired": retired_theme(db, slug)}
        rows, late = weeks_table(db, slug, now_of(datasette))
        return {"slug": slug, "rows": rows, "note": [*coverage_note(db, now_of(datasette)), *late]}

    context = await look_at_store(datasette, request, view)
    if context["rows"] is None:
        return no_theme(context["retired"])
    safe = "".join(sign for sign in context["slug"] if sign.isascii() and (sign.isalnum() or sign in "-_"))
    return await _file(datasette, request, context, f"theme-{safe}")


async def _file(datasette: Any, request: Any, context: Row, name: str) -> Response:
    kind = request.url_vars["format"]
    await note_download(datasette, request, f"{name}.{kind}", len(context["rows"]))
    body = as_excel(context["rows"], context["note"]) if kind == "xlsx" else as_zip(name, context["rows"], context["note"])
    headers = {"content-disposition": f'attachment; filename="{name}.{kind}"', "cache-control": "no-store"}
    return Response(body, content_type=EXCEL if kind == "xlsx" else "application/zip", headers=headers)


def as_excel(rows: list[Row], note: list[str]) -> bytes:
    """A workbook with the rows and, on a second sheet, the note. Text is text, whatever it begins with."""
    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet("Data")
        for column, title in enumerate(rows[0] if rows else ("no rows",)):
            sheet.write_string(0, column, title)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row.values()):
                if isinstance(value, int):
                    sheet.write_number(place, column, value)
                elif value is not None:
                    sheet.write_string(place, column, str(value)[:LONGEST_CELL])
        beside = book.add_worksheet("Coverage")
        beside.set_column(0, 0, 120)
        for place, line in enumerate(note):
            beside.write_string(place, 0, line[:LONGEST_CELL])
    return made.getvalue()


def as_zip(name: str, rows: list[Row], note: list[str]) -> bytes:
    """A zip with the rows as CSV and the note as text beside it."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(rows[0] if rows else ["no rows"])
    writer.writerows(harmless_row(row.values()) for row in rows)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr(f"{name}.csv", "\ufeff" + table.getvalue())
        folder.writestr("COVERAGE.txt", "\n".join(note) + "\n")
    return made.getvalue()
