"""Everything that can go wrong and is expected to, each with advice and the exit code of docs/commands.md.

    Problem                         exit code
    ├── UsageProblem                2   the command line, or a file that cannot be what was said
    │   ├── CampaignProblem         2   campaign.toml, themes, questions, examples: names file, line, key
    │   └── UnknownFormat           2   a file of no known format
    ├── IncompleteRun               3   something failed; the next run will try it again
    ├── TruncatedFile               4   a file ends in the middle; its whole rows were kept
    ├── PermissionProblem           5   credentials, or a file that may not be read or written
    ├── StorageProblem              6   disk full, corruption, a lock on the database, a newer store
    └── AlreadyRunning              11  another run holds DATA/lock

A Problem is shown to its reader as four short lines (see `Problem.lines`): what failed, why, what is safe, what to do
next. Whatever is not a Problem is a bug (exit code 1) and keeps its traceback.
"""

from collections.abc import Iterable

__all__ = [
    "AlreadyRunning",
    "CampaignProblem",
    "IncompleteRun",
    "PermissionProblem",
    "Problem",
    "StorageProblem",
    "TruncatedFile",
    "UnknownFormat",
    "UsageProblem",
    "worst_exit_code",
]

EXIT_ORDER = (1, 6, 2, 5, 4, 3)
"""Where several exit codes hold, the first of these is given (docs/commands.md)."""


class Problem(Exception):
    """Something expected went wrong. `what` failed, `why`, what is `safe`, what to do `next_step`: whole sentences."""

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", safe: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.safe = safe
        self.next_step = next_step

    def lines(self) -> list[str]:
        """The message as its reader sees it, a line a part; parts that say nothing are left out."""
        parts = ((self.what, ""), (self.why, "Why: "), (self.safe, "Safe: "), (self.next_step, "Next: "))
        return [label + text for text, label in parts if text]

    def __str__(self) -> str:
        return " ".join(self.lines())


class UsageProblem(Problem):
    """The command was given something that it cannot work with."""

    exit_code = 2


class CampaignProblem(UsageProblem):
    """A campaign folder that cannot be used as it stands. `what` begins with `file:line: key`."""


class UnknownFormat(UsageProblem):
    """A file that no export format recognises."""


class IncompleteRun(Problem):
    """Part of the work failed; the rest is done and the next run tries again."""

    exit_code = 3


class TruncatedFile(Problem):
    """A file ends in the middle of a row. Its whole rows were kept; the rest must be fetched again."""

    exit_code = 4


class PermissionProblem(Problem):
    """Credentials were refused, or a file or folder may not be read or written by this user."""

    exit_code = 5


class StorageProblem(Problem):
    """The store cannot be written or trusted: disk full, corruption, locked by another program, made by a newer version."""

    exit_code = 6


class AlreadyRunning(Problem):
    """Another run holds DATA/lock."""

    exit_code = 11


def worst_exit_code(codes: Iterable[int]) -> int:
    """The one code to exit with where several hold (`EXIT_ORDER`); 0 when there is none."""
    held = set(codes) - {0}
    for code in EXIT_ORDER:
        if code in held:
            return code
    return min(held, default=0)
