"""What every command shares: the options that may stand before or after its name, progress, and how it is told to stop."""

import os
import select
import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click

from db.health import refuse_unsound
from pipelines.journal import progress_for, set_up
from pipelines.running import Progress, Stop
from pipelines.settings import Settings, settings_of
from pipelines.upgrading import refuse_older
from tracker.problems import UsageProblem


class _NamedPath(click.Path):
    """A path that is said: nothing at all, as a shell gives for a variable without a value, would mean the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Fails where it is empty."""
        if value == "":
            self.fail("It names nothing. Was it a variable of the shell that has no value?", param, ctx)
        return super().convert(value, param, ctx)


A_PATH = _NamedPath(path_type=Path, readable=False)
"""Where something lies. What may not be read is told by whoever reads it, with code 5, and does not keep other files out."""
READER_GONE = 141
"""Whoever read the output went (`| head`): what a shell says of a program that SIGPIPE ends (128 + 13)."""
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
        except BrokenPipeError as error:
            if not _reader_is_gone():  # a bug then, of which click would say nothing
                raise RuntimeError("a pipe or a connection broke, and nobody expected it") from error
            _speak_to_nobody()
            sys.exit(READER_GONE)
        except sqlite3.OperationalError:  # a command that only reads, on a store that lacks a table or a column
            refuse_older(settings.data_folder(), then="give this command again")
            refuse_unsound(settings.data_folder())
            raise

    for option in reversed(COMMON):
        with_settings = option(with_settings)
    return with_settings


def bars(settings: Settings) -> Progress:
    """Progress bars where a person is watching."""
    return progress_for(sys.stderr.isatty(), silent=settings.quiet)


def watched(settings: Settings) -> bool:
    """Whether a nightly step sums up on stdout: a person is watching, or -v was given."""
    return settings.verbose or (sys.stdout.isatty() and not settings.quiet)


def at_a_terminal() -> bool:
    """Whether a person is there who sees questions and can answer them."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def keep_streams() -> None:
    """Give a stream that was closed before the program began (`>&- 2>&-`) the null device: Python has None for it, and the next
    file that is opened would get its number, and what is meant for people."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))


def refuse_gone_folder() -> None:
    """Raise UsageProblem where the folder in which the command was given is deleted: nothing can be found from there."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageProblem(
            "The folder in which this was started is no longer there.",
            safe="Nothing was changed.",
            next_step="Go to one that is (cd), also where another of the same name has taken its place, and start it again.",
        ) from error


def _reader_is_gone() -> bool:
    """Whether nobody holds the other end of stdout any more (https://man7.org/linux/man-pages/man2/poll.2.html)."""
    looking = select.poll()
    looking.register(sys.stdout.fileno(), 0)
    return any(found & select.POLLERR for _, found in looking.poll(0))


def _speak_to_nobody() -> None:
    """Let what is still to be written to stdout go, or Python complains when it ends
    (https://docs.python.org/3/library/signal.html#note-on-sigpipe)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stopping(deadline: timedelta | None = None) -> Stop:
    """A stop that Ctrl-C and SIGTERM ask for, and a deadline where there is one."""
    stop = Stop(deadline.total_seconds() if deadline else None)
    stop.listen()
    return stop
