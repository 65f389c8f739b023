"""The stores, and the only place that says SQL.

sqlite_utils imports numpy wherever it is installed, to be given numbers that nobody here gives it. That takes a seventh of a
second and 13 MB of every command, those of the cron job and of the pages among them; so it is imported here, first, and without.
"""

import sys

if "sqlite_utils" not in sys.modules and "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # https://docs.python.org/3/reference/import.html#the-module-cache
    import sqlite_utils  # noqa: F401

    del sys.modules["numpy"]
