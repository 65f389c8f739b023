"""What a run says while it works: progress bars on a terminal, sentences on stderr with -v, JSON lines for programs.

Nothing that a post says, and no name of a person, is ever logged: only what was done, to which file, how much of it.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines.running import Progress, quiet
from tracker.problems import UsageProblem, from_os_error
from tracker.redacting import REDACTOR
from tracker.times import written

LOG = logging.getLogger("debate_tracker")


class _JsonLines(logging.Formatter):
    """One JSON object a line: at (UTC), level, run (the run's number, where there is one), message; traceback, of a bug."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        at = written(datetime.fromtimestamp(record.created, UTC))
        entry = {"at": at, "level": record.levelname.lower(), "run": getattr(record, "run", None), "message": record.getMessage()}
        entry |= {"traceback": record.exc_text} if record.exc_text else {}  # REDACTOR has put it there, without secrets
        return json.dumps(entry, ensure_ascii=False)


class _JsonFile(logging.FileHandler):
    """The file of JSON lines. A disk that is full is told once; the run has better things to do than to stop for its log."""

    told = False

    def handleError(self, record: logging.LogRecord) -> None:
        """What a line could not be written for."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self.told:
            self.told = True
            LOG.error("The log %s cannot be written (%s); the run goes on without it.", self.baseFilename, error.strerror)


def set_up(*, verbose: bool, log_json: Path | None) -> None:
    """Send what is logged to stderr (without -v: the tracebacks of bugs only) and to a file of JSON lines. Raises UsageProblem if
    the file cannot be opened, or, where that is for its rights or its disk, what says so."""
    LOG.handlers.clear()
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    on_stderr = logging.StreamHandler(sys.stderr)
    on_stderr.setLevel(logging.INFO if verbose else logging.ERROR)
    on_stderr.setFormatter(logging.Formatter("%(message)s"))
    on_stderr.addFilter(REDACTOR)
    LOG.addHandler(on_stderr)
    if log_json is not None:
        try:
            in_file = _JsonFile(log_json, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            known = from_os_error(error)
            raise (type(known) if known else UsageProblem)(
                f"The log {log_json} cannot be written.",
                why=f"The system says: {error.strerror}.",
                safe="Nothing was started.",
                next_step="Give another file with --log-json.",
            ) from error
        in_file.setFormatter(_JsonLines())
        in_file.addFilter(REDACTOR)
        LOG.addHandler(in_file)


def progress_for(stream_is_terminal: bool, *, silent: bool) -> Progress:
    """Progress bars on a terminal, nothing elsewhere."""
    if silent or not stream_is_terminal:
        return quiet
    bars: dict[str, tqdm[Any]] = {}

    def show(what: str, done: int, total: int | None) -> None:
        bar = bars.get(what)
        if bar is None:
            for other in bars.values():
                other.close()
            bar = bars[what] = tqdm(desc=what, total=total, unit="", leave=False, file=sys.stderr)
        bar.update(done - bar.n)
        if total is not None and done >= total:
            bar.close()

    return show
