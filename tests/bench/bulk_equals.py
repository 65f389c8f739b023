"""`bulk` beside `import` on real files: python -m tests.bench.bulk_equals [FILE...]. `make bulk-equals` runs it.

Without files, those that lie beside the repository. The campaign follows nothing, so every post counts. Exits with 1 where a
number differs.
"""

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from db.folder import DataFolder
from db.store import Store
from pipelines.bulk import bulk
from pipelines.bulk_cluster import crew
from pipelines.import_exports import import_exports
from pipelines.messages import group_messages
from pipelines.nightly import read_themes
from pipelines.running import running
from tests import debates
from tests.conftest import REPOSITORY, SHARED
from tracker.campaign import read_campaign

BESIDE = SHARED / "data" / "exports"


def main() -> None:
    """Compare, print, hold."""
    files = [Path(name) for name in sys.argv[1:]] or sorted(path for path in BESIDE.iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory(prefix="bulk-equals-") as name:
        root = Path(name)
        campaign = root / "campaign"
        shutil.copytree(REPOSITORY / "campaigns" / "futurewelfare" / "themes", campaign / "themes")
        (campaign / "campaign.toml").write_text('name = "all of it"\ntimezone = "Europe/London"\n', encoding="utf-8")
        with running("import", read_campaign(campaign), DataFolder(root / "data")) as run:
            import_exports(run, files)
            group_messages(run)
            read_themes(run)
            told = [problem.what for problem in run.problems]
        with crew(None, 2, root / "dask") as hands, running("bulk", read_campaign(campaign), DataFolder(root / "to")) as run:
            print(bulk(run, files, hands, live=DataFolder(root / "data"), part_bytes=1 << 20).sentence())
            print(f"problems told: {len(told)} by import, {len(run.problems)} by bulk")
        store, other = debates.numbers(root / "data" / "tracker.db"), debates.numbers(root / "to" / "tracker.db")
        with closing(Store.open(DataFolder(root / "data"))) as opened:
            print(f"posts in the store: {opened.rows('select count(*) as posts from posts')[0]['posts']}")
    for table in store:
        differ = set(store[table]) ^ set(other[table])
        print(f"{table:<16}{len(store[table]):>8} rows {'equal' if not differ else f'{len(differ)} DIFFER'}")
        for row in sorted(differ, key=repr)[:5]:
            print(f"    {'store' if row in store[table] else 'bulk'}: {row}")
    sys.exit(0 if store == other else 1)


if __name__ == "__main__":
    main()
