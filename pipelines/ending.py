"""How a command ends: what went wrong on stderr, each in a few lines, and one exit code for all of it."""

import sys
from collections.abc import Sequence

from tracker.problems import Problem, from_os_error, worst_exit_code


def ending(problems: Sequence[Problem | OSError]) -> int:
    """Print what went wrong on stderr; give the exit code. An OSError that says nothing of disk or permission is raised again."""
    known = [_as_problem(problem) for problem in problems]
    sys.stderr.write("\n\n".join(in_paragraphs(known)) + ("\n" if known else ""))
    return worst_exit_code(problem.exit_code for problem in known)


def code_of(leaving: BaseException) -> int:
    """The exit code of a command that is left with this exception."""
    if isinstance(leaving, SystemExit):
        return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    problem = from_os_error(leaving) if isinstance(leaving, OSError) else leaving
    return problem.exit_code if isinstance(problem, Problem) else 1


def in_paragraphs(problems: Sequence[Problem]) -> list[str]:
    """A paragraph a problem; those that have the same reason and the same advice share them. The same problem twice (a server
    that was asked for two hashtags) is told once."""
    same: dict[tuple[str, ...], dict[str, None]] = {}
    for problem in problems:
        what, *others = problem.lines()
        same.setdefault(tuple(others), {})[what] = None
    return ["\n".join([*whats, *others]) for others, whats in same.items()]


def _as_problem(problem: Problem | OSError) -> Problem:
    if isinstance(problem, Problem):
        return problem
    told = from_os_error(problem)
    if told is None:
        raise problem
    return told
