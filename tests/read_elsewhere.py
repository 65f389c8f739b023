"""Make a snapshot and exports of the invented debate, and open them with programs that are not Python's: R (`make read-r`), and
the validators of Frictionless and of CITATION.cff (`make check-snapshot`)."""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from db.folder import DataFolder
from pipelines.export import Wanted, export
from pipelines.publish import publish
from pipelines.running import Stop, quiet, running
from pipelines.snapshot import Asked, snapshot
from tests.conftest import REPOSITORY
from tests.pages_store import CAMPAIGN, GOVERNED, build_store

NOW = "2026-11-13T03:00:00Z"
CITED = replace(CAMPAIGN, smallest_cell=5, governance=GOVERNED, licence="CC-BY-4.0")
IN_R = """
through_python <- function(path) {
  table <- reticulate::import("pyarrow.parquet")$read_table(path)
  column <- function(name) {
    values <- table$column(name)$to_pylist()
    values[vapply(values, is.null, TRUE)] <- NA
    do.call(c, as.list(values))
  }
  lapply(setNames(nm = unlist(table$column_names)), column)
}
own <- requireNamespace("nanoparquet", quietly = TRUE)
read <- if (own) nanoparquet::read_parquet else through_python
{from_the_docs}
csv <- posts
posts <- read("parquet/posts.parquet")
stopifnot(is.character(posts$native_id), inherits(posts$created_at, "POSIXct"), inherits(posts$day, "Date"))
stopifnot(attr(posts$created_at, "tzone") == "UTC", is.numeric(posts$views), is.logical(posts$is_own), anyNA(posts$views))
stopifnot(format(posts$created_at[1], "%Y-%m-%dT%H:%M:%SZ", tz = "UTC") == csv$created_at[1])
for (id in ids) stopifnot(identical(csv[[id]], as.character(posts[[id]])))
stopifnot("1847900000000000001" %in% csv$native_id, "1847900000000000002" %in% csv$conversation_id, "NA" %in% csv$text)
through <- if (own) "nanoparquet" else "pyarrow by reticulate"
cat("parquet (", through, ") and csv: ", nrow(csv), " posts, types as they should be\\n", sep = "")
"""


def main(what: str) -> int:
    """`r`: run read.R, and open Parquet and CSV in R. `standards VENV`: validate the package and the citation."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        bundle = made(place)
        return in_r(place, bundle) if what == "r" else by_standards(bundle, Path(sys.argv[2]))


def made(place: Path) -> Path:
    """The unpacked snapshot, beside exports as csv and parquet."""
    data: DataFolder = build_store(place / "data", posts=150)
    with running("publish", CITED, data, clock=lambda: NOW) as run:
        run.store.transaction(lambda db: db.execute("update posts set native_id = '1847900000000000001' where id = 1"))
        publish(run, by_hand=True)
        threads = "conversation_id = '1847900000000000002', reply_to = null, quote_of = null, repost_of = null"
        run.store.transaction(lambda db: db.execute(f"update posts set {threads}, text = iif(id = 2, 'NA', text)"))
    for form in ("csv", "parquet"):
        export(CITED, data, Wanted(place / form, form), now=NOW, stop=Stop(), progress=quiet)
    path = snapshot(CITED, data, Asked(ids=True, holder="", by="local", now=NOW)).path
    with zipfile.ZipFile(path) as held:
        held.extractall(place / "bundle")
    return place / "bundle" / path.stem


def in_r(place: Path, bundle: Path) -> int:
    """read.R as it is handed out; then the exports: Parquet by nanoparquet, or where that is not installed by pyarrow."""
    said = re.search(
        r"^```r\n.*\n(ids <- .*\nposts <- read\.csv.*)\n```$", (REPOSITORY / "docs/citing.md").read_text("utf-8"), re.M
    )
    assert said, "docs/citing.md does not say how R reads posts.csv"
    from_the_docs = said[1].replace("debate/posts.csv", "csv/posts.csv")
    (place / "exports.R").write_text(IN_R.replace("{from_the_docs}", from_the_docs), encoding="utf-8")
    read = subprocess.run(["Rscript", str(bundle / "read.R")], check=False).returncode
    python = {**os.environ, "RETICULATE_PYTHON": sys.executable}
    return read or subprocess.run(["Rscript", "exports.R"], cwd=place, env=python, check=False).returncode


def by_standards(bundle: Path, venv: Path) -> int:
    """sha256sum, cffconvert and frictionless."""
    commands = (
        ["sha256sum", "--quiet", "-c", "SHA256SUMS"],
        [str(venv / "bin" / "cffconvert"), "--validate", "-i", "CITATION.cff"],
        [str(venv / "bin" / "frictionless"), "validate", "datapackage.json"],
    )
    return max(subprocess.run(command, cwd=bundle, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
