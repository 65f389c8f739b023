"""Files of a test that another user should reach."""

from pathlib import Path


def let_others_reach(path: Path) -> None:
    """Open the folders that pytest made above a path to every user. They stay open: tests that run beside
    this one are in them, too, and one that closed them again would shut those out."""
    for parent in path.parents:
        if parent.name.startswith(("pytest-", "popen-", "test_")):
            parent.chmod(0o755)
