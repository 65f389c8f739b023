"""Which posts are to stay forgotten, told to who only reads: no lock, no key made."""

from collections.abc import Callable

from db import migrations
from db.folder import DataFolder
from db.forgotten import digest_by, read_key, refuse_lost
from db.opening import open_database, storage_errors
from tracker.problems import os_errors


def names_forgotten(folder: DataFolder) -> Callable[[str | None, str | None], bool]:
    """What tells of a platform and a native id whether that post is to stay forgotten; None in either place is no post.

    Raises StorageProblem where forgotten.db or the key is missing beside the other, or damaged; PermissionProblem."""
    with os_errors():
        refuse_lost(folder)
        folder.refuse_emptied(folder.forgotten)
        digests = _digests(folder) if folder.forgotten.exists() else frozenset()
        key = read_key(folder.key) if digests else b""
    return lambda platform, native_id: (
        bool(digests and platform and native_id) and digest_by(key, "post", str(platform), str(native_id)) in digests
    )


def _digests(folder: DataFolder) -> frozenset[str]:
    db = open_database(folder.forgotten, migrations.forgotten, readonly=True)
    try:
        with storage_errors(folder.forgotten):
            if not db["tombstones"].exists():
                return frozenset()  # a first run was killed while it made the store
            return frozenset(digest for (digest,) in db.execute("select digest from tombstones where kind = 'post'"))
    finally:
        db.close()
