"""How a snapshot's tables are read by machines: as CSV, as a Frictionless data package (v1), and by R."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from db.exporting import TakenTable
from db.reading import Row
from pipelines.snapshot_papers import TYPES, Told
from pipelines.table_files import csv_cell
from tracker.licences import LICENCES

KEYS = {
    "numbers": ["number"],
    "number_weeks": ["number", "subject", "week"],
    "theme_error": ["model", "theme"],
    "agreement": ["theme"],
    "themes": ["slug"],
    "questions": ["slug"],
    "models": ["name"],
    "coverage": ["week", "source", "status"],
    "asked": ["source"],
    "flow": ["step"],
}
LEADS_TO = {"number_weeks": ("number", "numbers", "number"), "theme_versions": ("theme", "themes", "slug")}
IN_R = {
    "text": "character",
    "whole": "integer",
    "number": "numeric",
    "flag": "logical",
    "moment": "character",
    "day": "character",
}
IDS = TakenTable("ids", "The ids of posts of one platform, and nothing beside them.", ())


def as_csv(table: TakenTable, rows: Sequence[Row]) -> bytes:
    """A table as CSV; no cell can act as a formula."""
    names = [column.name for column in table.columns]
    lines = [",".join(names), *(",".join(csv_cell(row[name]) for name in names) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def data_package(told: Told, tables: Sequence[TakenTable], members: Mapping[str, bytes]) -> bytes:
    """datapackage.json (https://specs.frictionlessdata.io/tabular-data-package/)."""
    resources = [_resource(table, f"data/{table.name}.csv", members) for table in tables]
    for path in sorted(name for name in members if name.startswith("ids/")):
        column = {"name": "native_id", "type": "string", "description": "The platform's own id of the post, as text."}
        named = {"name": f"ids-{path[4:-4]}", "path": path, "description": IDS.about, **_file(members[path])}
        resources.append({**named, "schema": {"fields": [column], "missingValues": [""], "primaryKey": ["native_id"]}})
    package = {
        "profile": "tabular-data-package",
        "name": told.plain_name.lower(),
        "title": told.title,
        "version": told.version,
        "created": told.ended,
        "description": "How the numbers came about: METHODS.md. How to cite them: CITATION.cff.",
        "contributors": [{"title": told.who, "role": "publisher"}],
        **_licences(told),
        "resources": resources,
    }
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def _licences(told: Told) -> dict[str, object]:
    known = LICENCES.get(told.campaign.licence)
    return {"licenses": [{"name": told.campaign.licence, "title": known[0], "path": known[1]}]} if known else {}


def _resource(table: TakenTable, path: str, members: Mapping[str, bytes]) -> dict[str, object]:
    fields = [{"name": c.name, "type": TYPES[c.type], "description": c.meaning} for c in table.columns]
    schema: dict[str, object] = {"fields": fields, "missingValues": [""]}
    if table.name in KEYS:
        schema["primaryKey"] = KEYS[table.name]
    if table.name in LEADS_TO:
        column, there, its = LEADS_TO[table.name]
        schema["foreignKeys"] = [{"fields": [column], "reference": {"resource": there.replace("_", "-"), "fields": [its]}}]
    return {
        "name": table.name.replace("_", "-"),
        "path": path,
        "description": table.about,
        **_file(members[path]),
        "schema": schema,
    }


def _file(content: bytes) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def read_in_r(tables: Sequence[TakenTable], ids: Sequence[str]) -> bytes:
    """read.R: every table as a data frame of its types, and five joins. Base R alone."""
    listed = [f"  {table.name} = {_types_in_r(table)}" for table in tables]
    paths = [f'{name} = read_ids("ids/{name}.csv")' for name in ids]
    read = f"ids <- list({', '.join(paths)})\n" if paths else ""
    return (R_BEGINS + "types <- list(\n" + ",\n".join(listed) + "\n)\n" + R_READS + read + R_JOINS).encode()


def _types_in_r(table: TakenTable) -> str:
    columns = ", ".join(f'{c.name} = "{IN_R[c.type]}"' for c in table.columns)
    moments = ", ".join(f'"{c.name}"' for c in table.columns if c.type == "moment")
    return f"list(columns = c({columns}), moments = c({moments}))"


R_BEGINS = """\
# Reads this snapshot into R, each column with its type, and joins it in five ways. Base R alone, 3.5 or newer.
# In a session: source("read.R", chdir = TRUE). From a shell: Rscript read.R

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(said) == 1) dirname(sub("^--file=", "", said)) else "."

"""
R_READS = """\

# Ids and other text stay text. A text that a spreadsheet would take for a formula has an apostrophe before it, which goes here.
as_it_was <- function(text) {
  marked <- !is.na(text) & grepl("^'+[=+@\\t\\r\\n\\uFF1D\\uFF0B\\uFF0D\\uFF20-]", text)
  text[marked] <- substring(text[marked], 2)
  text
}

read_csv <- function(path, columns) {
  read.csv(file.path(here, path), colClasses = columns, na.strings = "", encoding = "UTF-8", check.names = FALSE)
}

read_table <- function(name) {
  table <- read_csv(file.path("data", paste0(name, ".csv")), types[[name]]$columns)
  for (column in names(table)) if (is.character(table[[column]])) table[[column]] <- as_it_was(table[[column]])
  for (column in types[[name]]$moments) {
    table[[column]] <- as.POSIXct(table[[column]], format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
  }
  table
}

read_ids <- function(path) read_csv(path, c(native_id = "character"))$native_id

debate <- lapply(setNames(names(types), names(types)), read_table)
"""
R_JOINS = """
numbers <- debate$numbers

# 1. Numbers of themes with the themes' names. A theme's number is not to be told without join 2.
theme_numbers <- merge(numbers[numbers$kind %in% "theme", ], debate$themes, by.x = "subject", by.y = "slug")

# 2. The same with the error of the model that found them; empty where it was not measured.
with_error <- merge(theme_numbers, debate$theme_error, by.x = c("model", "subject"), by.y = c("model", "theme"), all.x = TRUE)

# 3. Numbers of posts week by week: a number may count several weeks together.
weeks <- merge(numbers[numbers$kind %in% "posts", c("number", "posts", "people")], debate$number_weeks, by = "number")

# 4. The weeks with what could be seen in each of them.
seen <- merge(unique(weeks["week"]), debate$coverage, by = "week", all.x = TRUE)

# 5. Themes with every definition that they had.
definitions <- merge(debate$themes["slug"], debate$theme_versions, by.x = "slug", by.y = "theme", all.x = TRUE)

joined <- list(theme_numbers = theme_numbers, with_error = with_error, weeks = weeks, seen = seen, definitions = definitions)
if (!interactive()) {
  for (name in names(debate)) cat(name, ": ", nrow(debate[[name]]), " rows\\n", sep = "")
  for (name in names(joined)) cat("joined ", name, ": ", nrow(joined[[name]]), " rows\\n", sep = "")
  stopifnot(nrow(with_error) == nrow(theme_numbers), all(weeks$number %in% numbers$number))
}
"""
