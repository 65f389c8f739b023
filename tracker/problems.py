"""Everything that can go wrong and is expected to, each with advice and the exit code of docs/commands.md.

    Problem                         exit code
    ├── UsageProblem                2   the command line, or a file that cannot be what was said
    │   ├── CampaignProblem         2   campaign.toml, themes, questions, examples: names file, line, key
    │   └── UnknownFormat           2   a file of no known format
    ├── IncompleteRun               3   something failed; the next run will try it again
    │   ├── FellSilent              3   a source gave so little that someone should look
    │   └── SourceProblem           3   a public API did not answer as asked
    │       ├── Unreachable         3   no connection, no name, no answer in time
    │       │   └── ServerFault     3   an answer, but only that the server has a fault
    │       ├── RateLimited         3   told to wait for longer than a run waits
    │       ├── Refused             3   the server says no to what was asked
    │       ├── BadAnswer           3   an answer that is not what the API documents
    │       └── BudgetStop          3   a paid call would pass the campaign's cap
    ├── Gap                         4   something is missing that no later run can fill by itself
    │   └── TruncatedFile           4   a file ends in the middle; its whole rows were kept
    ├── PermissionProblem           5   credentials, or a file that may not be read or written
    │   └── CredentialsRefused      5   a public API wants credentials, or others
    ├── StorageProblem              6   disk full, corruption, a lock on the database, a newer store
    │   ├── HeldStore               6   another program held a store for longer than is waited; in a minute it may be free
    │   ├── FullDisk                6   a store could not grow; once there is room it can
    │   └── UnusableModel           6   a theme model that is damaged or of another version; it can be made again
    ├── PartFailedByABug            1   a bug ended a part of a run, and the other parts went on; its traceback is logged
    ├── AlreadyRunning              11  another run holds DATA/lock
    └── Interrupted                 130 or 143  told to stop; the page in hand was finished, or undone when told twice
        └── TimeOver                3   the deadline of the run came; the page in hand was finished

A Problem is shown to its reader as four short lines (see `Problem.lines`): what failed, why, what is safe, what to do
next. Whatever is not a Problem is a bug (exit code 1) and keeps its traceback.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

__all__ = [
    "AlreadyRunning",
    "BadAnswer",
    "BudgetStop",
    "CampaignProblem",
    "CredentialsRefused",
    "FellSilent",
    "FullDisk",
    "Gap",
    "HeldStore",
    "IncompleteRun",
    "Interrupted",
    "PartFailedByABug",
    "PermissionProblem",
    "Problem",
    "RateLimited",
    "Refused",
    "ServerFault",
    "SourceProblem",
    "StorageProblem",
    "TimeOver",
    "TruncatedFile",
    "UnknownFormat",
    "Unreachable",
    "UnusableModel",
    "UsageProblem",
    "from_os_error",
    "kind_of_os_error",
    "os_errors",
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
    """A campaign folder that cannot be used as it stands. `what` begins with `file:line: key: `, and then says what is `wrong`.

    The first thing that is wrong is the problem itself; `others` are the next ones, each with its own advice, and
    `untold` counts those beyond them, so that a folder is mended in one go.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        safe: str = "",
        next_step: str = "",
        key: str = "",
        wrong: str = "",
        others: "Sequence[CampaignProblem]" = (),
        untold: int = 0,
    ) -> None:
        super().__init__(what, why=why, safe=safe, next_step=next_step)
        self.key = key
        self.wrong = wrong
        self.others = tuple(others)
        self.untold = untold

    def lines(self) -> list[str]:
        """What is wrong, each with its advice, in the order of the files and their lines."""
        told = super().lines() + [line for other in self.others for line in other.lines()]
        if self.untold:
            told.append(f"And {self.untold} more of these, told once the ones above are mended.")
        return told


class UnknownFormat(UsageProblem):
    """A file that no export format recognises."""


class IncompleteRun(Problem):
    """Part of the work failed; the rest is done and the next run tries again."""

    exit_code = 3


class FellSilent(IncompleteRun):
    """A source gave so little that someone should look. place: source, server, query; odd: what is odd, numbers in words."""

    def __init__(self, what: str, *, place: tuple[str, str, str], odd: str, why: str, safe: str, next_step: str) -> None:
        super().__init__(what, why=why, safe=safe, next_step=next_step)
        self.place = place
        self.odd = odd


class SourceProblem(IncompleteRun):
    """A public API did not answer as asked. `status` is what `coverage` says of it."""

    status = "unreachable"


class Unreachable(SourceProblem):
    """No connection, no name, no answer within the deadline."""


class ServerFault(Unreachable):
    """The server answers that it has a fault, which stayed. What else it is asked for may well be given."""


class RateLimited(SourceProblem):
    """The server wants a longer wait than a run gives."""

    status = "rate-limited"


class Refused(SourceProblem):
    """The server understood and says no, or an address that may not be asked."""

    status = "refused"


class BadAnswer(SourceProblem):
    """The answer is cut, too large, or not what the API documents."""

    status = "partial"


class BudgetStop(SourceProblem):
    """A paid call would pass the cap of the run or of the month."""

    status = "budget-stop"


class Gap(Problem):
    """Something is missing that no later run can fill by itself. Told once, by the run that finds it."""

    exit_code = 4


class TruncatedFile(Gap):
    """A file ends in the middle of a row, and its whole rows were kept; or it is packed and damaged, and nothing of it was. It
    must be fetched again."""


class PermissionProblem(Problem):
    """Credentials were refused, or a file or folder may not be read or written by this user."""

    exit_code = 5


class CredentialsRefused(PermissionProblem):
    """A public API wants credentials, or does not take those that it was given. Asking again would not help."""

    status = "refused"


class StorageProblem(Problem):
    """The store cannot be written or trusted: disk full, corruption, locked by another program, made by a newer version."""

    exit_code = 6


class HeldStore(StorageProblem):
    """Another program held a store for longer than is waited."""


class FullDisk(StorageProblem):
    """A store could not grow for want of room."""


class UnusableModel(StorageProblem):
    """The theme model is damaged, or was made by another version. Unlike a store it can be made again."""


class PartFailedByABug(Problem):
    """A part of a run met something that nobody foresaw. The other parts went on; the traceback is in the log."""

    exit_code = 1


class AlreadyRunning(Problem):
    """Another run holds DATA/lock."""

    exit_code = 11


class Interrupted(Problem):
    """The run was told to stop by a signal (2 or 15) and did: after the page in hand, or `at_once` when told a second time."""

    def __init__(self, signal_number: int, *, at_once: bool = False) -> None:
        super().__init__(
            "Stopped as asked.",
            safe="All but the page in hand is kept." if at_once else "The page in hand was finished and kept.",
            next_step="Run the same command again; it goes on where this one stopped.",
        )
        self.exit_code = 128 + signal_number


class TimeOver(Interrupted):
    """The run's deadline came before its work was done."""

    def __init__(self) -> None:
        super().__init__(0)
        self.what = "Stopped at the deadline."
        self.next_step = "The next run goes on where this one stopped; give it longer with --deadline if that lasts."
        self.exit_code = IncompleteRun.exit_code


NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
NOT_ALLOWED = (errno.EACCES, errno.EPERM)


def from_os_error(error: OSError) -> Problem | None:
    """What the system refused, as a Problem; None where it says nothing about disk or permission (then it is a bug)."""
    place = f" ({error.filename})" if error.filename else ""
    why = f"The system says: {error.strerror}{place}."
    if error.errno in NO_ROOM:
        return StorageProblem(
            "The disk could not be written.",
            why=why,
            safe="What was stored before is still there.",
            next_step="Free some space or mend the disk, then run the same command again.",
        )
    if error.errno in NOT_ALLOWED:
        return PermissionProblem(
            "A file or folder may not be read or written by this user.",
            why=why,
            safe="What was stored before is still there.",
            next_step="Give this user the right to it, or run as the user who owns it.",
        )
    return None


def kind_of_os_error(error: OSError) -> type[Problem]:
    """Which kind of Problem it is that a file which was named cannot be written: of disk or permission, else of its name."""
    told = from_os_error(error)
    return type(told) if told else UsageProblem


@contextmanager
def os_errors() -> Iterator[None]:
    """Turn what the system says of disk and permission into a Problem; another OSError stays what it is: a bug."""
    try:
        yield
    except OSError as error:
        problem = from_os_error(error)
        if problem is None:
            raise
        raise problem from error


def worst_exit_code(codes: Iterable[int]) -> int:
    """The one code to exit with where several hold (`EXIT_ORDER`); 0 when there is none."""
    held = set(codes) - {0}
    for code in EXIT_ORDER:
        if code in held:
            return code
    return min(held, default=0)
