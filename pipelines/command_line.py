"""What every command shares: the options that may stand before or after its name, progress, and how it is told to stop."""

import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click

from db.health import refuse_unsound
from pipelines.journal import progress_for, set_up
from pipelines.running import Progress, Stop
from pipelines.settings import Settings, settings_of
from pipelines.upgrading import refuse_older

A_PATH = click.Path(path_type=Path, readable=False)
"""Where something lies. What may not be read is told by whoever reads it, with code 5, and does not keep other files out."""
COMMON = (
    click.option("--campaign", type=A_PATH, help="The campaign folder (default campaigns/futurewelfare)."),
    click.option("--data", type=A_PATH, help="The data folder (default: data in the campaign folder)."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Say on stderr what is being done."),
    click.option("-q", "--quiet", is_flag=True, default=None, help="Show no progress and no summary."),
    click.option("--log-json", type=A_PATH, help="Append a log of JSON lines to this file."),
)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the options that may stand before or after its name; it gets them as `settings`."""

    @click.pass_context
    @wraps(command)
    def with_settings(context: click.Context, /, **values: Any) -> Any:
        mine = {name: values.pop(name) for name in Settings.OPTIONS}
        settings = settings_of(mine, context.obj or {})
        set_up(verbose=settings.verbose, log_json=settings.log_json)
        try:
            return command(settings, **values)
        except sqlite3.OperationalError:  # a command that only reads, on a store that lacks a table or a column
            refuse_older(settings.data_folder(), then="give this command again")
            refuse_unsound(settings.data_folder())
            raise

    for option in reversed(COMMON):
        with_settings = option(with_settings)
    return with_settings


def bars(settings: Settings) -> Progress:
    """Progress bars where a person is watching."""
    return progress_for(_is_terminal(sys.stderr), silent=settings.quiet)


def watched(settings: Settings) -> bool:
    """Whether a nightly step sums up on stdout: a person is watching, or -v was given."""
    return settings.verbose or (_is_terminal(sys.stdout) and not settings.quiet)


def at_a_terminal() -> bool:
    """Whether a person is there who sees questions and can answer them."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees this stream; Python has None for one that was closed before it began (`>&-`)."""
    return stream is not None and stream.isatty()


def stopping(deadline: timedelta | None = None) -> Stop:
    """A stop that Ctrl-C and SIGTERM ask for, and a deadline where there is one."""
    stop = Stop(deadline.total_seconds() if deadline else None)
    stop.listen()
    return stop
