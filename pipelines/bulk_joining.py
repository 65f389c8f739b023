"""Whether the processes of a Dask cluster that was there before can do the work of `bulk`. They need this program as it is here,
Python and the packages that carry work in the same versions, and the files and the folder of the posts under the same paths.
Better said before the first file is read than by what would go wrong in the middle."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from tracker.problems import UsageProblem

PROGRAM = Path(__file__).resolve().parents[1]
PROGRAM_FILES = ("tracker/**/*.py", "tracker/**/*.toml", "tracker/**/*.npz", "pipelines/*.py", "db/*.py", "db/*.sql")
CARRY = ("dask", "distributed", "cloudpickle", "msgpack", "numpy", "pyarrow", "spacy")
"""Packages with which work and posts are handed on, or that could read otherwise in another version."""
TOKEN = "joining"  # noqa: S105
Sees = dict[str, Any]


class Cluster(Protocol):
    """What is asked of a client of Dask."""

    def get_versions(self, *, packages: Sequence[str]) -> Any:
        """What the client, the scheduler and the workers have."""

    def run(self, asked: Callable[[], Sees]) -> dict[str, Sees]:
        """What each worker sees."""

    def run_on_scheduler(self, asked: Callable[[], Sees]) -> Sees:
        """What the scheduler sees."""


def refuse_unfit(client: Cluster, scheduler: str, root: Path, paths: Sequence[Path]) -> None:
    """Raise UsageProblem where some process of the cluster cannot do the work. root: the folder of the posts; paths: what is
    read."""
    told: Any = client.get_versions(packages=CARRY)
    refuse_other_versions(scheduler, told["client"], {"the scheduler": told["scheduler"], **told["workers"]})
    with _token(root) as (place, token):
        asked = asking(str(place), [str(path) for path in paths])
        found = {"the scheduler": client.run_on_scheduler(asked), **client.run(asked)}
    for name, sees in found.items():
        refuse_without_program(scheduler, name, sees)
        if name != "the scheduler":
            refuse_other_files(scheduler, name, sees, token, root)


def refuse_other_versions(scheduler: str, here: Mapping[str, Any], there: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise UsageProblem where a process has other versions than this one. Each as distributed.versions.get_versions tells it."""
    mine = _versions(here)
    for name, told in there.items():
        other = [f"{what} {has or 'missing'} (here {mine[what]})" for what, has in _versions(told).items() if has != mine[what]]
        if other:
            raise UsageProblem(
                f"The cluster at {scheduler} has other versions than this program.",
                why=f"{_called(name)} has {', '.join(other)}.",
                safe="Nothing was read.",
                next_step="Install this program with the extra `bulk`, from the same lock and with the same Python, where the "
                "cluster runs, and start it again; or leave --scheduler out to use this machine.",
            )


def refuse_without_program(scheduler: str, name: str, sees: Sees) -> None:
    """Raise UsageProblem where a process has not got this program, or got it otherwise than it is here."""
    if sees["program"] != program_digest():
        what = f"does not find it ({sees['error']})" if sees["error"] else "has it otherwise than it is here"
        raise UsageProblem(
            f"The cluster at {scheduler} has not got this program as it is here.",
            why=f"{_called(name)} {what}.",
            safe="Nothing was read.",
            next_step=f"Install the program of {PROGRAM} in the environment of the cluster (`pip install --no-deps --editable`, "
            "after its lock), and start the scheduler and all its workers again.",
        )


def refuse_other_files(scheduler: str, name: str, sees: Sees, token: str, root: Path) -> None:
    """Raise UsageProblem where a process sees other files than this one, or may not read or write them."""
    missing = [str(root)] if sees["token"] != token or not sees["writes"] else sees["missing"]
    if missing:
        rights = " or may not write there" if missing == [str(root)] else " or may not read it"
        raise UsageProblem(
            f"The cluster at {scheduler} does not see the same files as this machine.",
            why=f"{_called(name)} does not find {missing[0]}{rights}.",
            safe="Nothing was read.",
            next_step="Files and --to must lie on a disk that all processes share, under the same paths, and the processes must "
            "run as the user who may read them. Or leave --scheduler out to use this machine.",
        )


def asking(place: str, paths: list[str]) -> Callable[[], Sees]:
    """What a process of the cluster is asked. It is sent as it is, since a process without this program could not find it."""

    def sees() -> Sees:
        import os
        from pathlib import Path

        found: Sees = {"program": "", "error": "", "token": "", "writes": os.access(Path(place).parent, os.W_OK)}
        found["missing"] = [path for path in paths if not os.access(path, os.R_OK)]
        try:
            found["token"] = Path(place).read_text(encoding="utf-8")
        except OSError:
            found["writes"] = False
        try:
            from pipelines.bulk_joining import program_digest

            found["program"] = program_digest()
        except ImportError as error:
            found["error"] = str(error)
        return found

    return sees


@lru_cache(maxsize=1)
def program_digest() -> str:
    """What the files of the program are, as one hash."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in PROGRAM_FILES for path in PROGRAM.glob(pattern)}):
        digest.update(f"{path.relative_to(PROGRAM)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _token(root: Path) -> Iterator[tuple[Path, str]]:
    """A file in the folder of the posts that no other folder has: (where it lies, what it says)."""
    place, token = root / "bulk" / TOKEN, secrets.token_hex(8)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(token, encoding="utf-8")
    try:
        yield place, token
    finally:
        place.unlink(missing_ok=True)


def _versions(told: Mapping[str, Any]) -> dict[str, str | None]:
    python = ".".join(str(told["host"]["python"]).split(".")[:2])
    return {"Python": python, **{name: told["packages"].get(name) for name in CARRY}}


def _called(name: str) -> str:
    return name[:1].upper() + name[1:] if name == "the scheduler" else f"The process {name}"
