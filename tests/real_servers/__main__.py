"""`make real-servers`: collects from real servers and says where they and the store disagree; exit code 1 where they do.

The servers and their seeds lie beside the repository (DEBATE_TRACKER_SHARED, else ../shared); what they need is installed here.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.real_servers import bluesky, mastodon

Trial = Callable[[Path, Path], list[str]]
"""(folder of the servers, folder to work in) -> what disagrees."""
TRIALS: Mapping[str, Trial] = {"mastodon": mastodon.trial, "bluesky": bluesky.trial, "bluesky-no-index": bluesky.without_index}


def main() -> int:
    """Run the trials that were named, or all."""
    parser = argparse.ArgumentParser(prog="make real-servers")
    parser.add_argument("names", nargs="*", choices=[*TRIALS, []], help="which servers")
    names = parser.parse_args().names or list(TRIALS)
    shared = Path(os.environ.get("DEBATE_TRACKER_SHARED") or REPOSITORY.parent / "shared") / "real-servers"
    if not shared.is_dir():
        print(f"There are no servers in {shared}; say where with DEBATE_TRACKER_SHARED.", file=sys.stderr)
        return 1
    failed = 0
    began_all = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="real-servers-") as folder:
        Path(folder).chmod(0o711)
        for name in names:
            began = time.monotonic()
            work = Path(folder) / name
            work.mkdir()
            disagreements = TRIALS[name](shared, work)
            for disagreement in disagreements:
                print(f"{name}: {disagreement}")
            failed += bool(disagreements)
            print(f"{name}: {len(disagreements)} disagreements, {time.monotonic() - began:.0f} seconds", flush=True)
    print(f"{len(names)} networks, {failed} with disagreements, {time.monotonic() - began_all:.0f} seconds in all")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
