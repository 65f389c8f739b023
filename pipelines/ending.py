"""How a command ends: each problem on stderr in a few lines, and one exit code for all of them."""

import sys
from collections.abc import Sequence

from tracker.problems import Problem, from_os_error, worst_exit_code


def ending(problems: Sequence[Problem | OSError]) -> int:
    """Print what went wrong on stderr; give the exit code. An OSError that says nothing of disk or permission is raised again."""
    known = [_as_problem(problem) for problem in problems]
    for number, problem in enumerate(known):
        sys.stderr.write("\n".join(problem.lines()) + ("\n\n" if number + 1 < len(known) else "\n"))
    return worst_exit_code(problem.exit_code for problem in known)


def _as_problem(problem: Problem | OSError) -> Problem:
    if isinstance(problem, Problem):
        return problem
    told = from_os_error(problem)
    if told is None:
        raise problem
    return told
