"""What whoever codes may see of posts that people have read: what the program says of them, as if nobody had read them."""

import sqlite3
from collections.abc import Callable

from db.reading import Row
from db.statements import statements


def blind(read: Callable[[sqlite3.Connection], Row]) -> Callable[[sqlite3.Connection], Row]:
    """The same look at the store without any verdict on a single post. It is taken in a transaction that is rolled back, which
    takes down what is put up here. Sums that are kept, of which people's verdicts are a part, stay as they are."""

    def seen(db: sqlite3.Connection) -> Row:
        for view in statements("blind.sql").values():
            db.execute(view)
        return read(db)

    return seen
