"""A backup's file: a tar of a data folder's files with a manifest in front, packed with zstandard and, for a recipient, encrypted
with age (https://age-encryption.org).

It is never extracted by the names in it: a member is taken only if the manifest names it, as a plain file below the target.
"""

import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

import pyrage

from tracker.problems import PermissionProblem, StorageProblem, UsageProblem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MANIFEST = "manifest.json"
LAYOUT = 1
MANIFEST_LIMIT = 64 * 1024 * 1024
CHUNK = 1 << 20
AGE = b"age-encryption.org/v1"
WRONG_KEY = "No matching keys"
"""How pyrage says that no identity fits; it has one kind of error for that and for damage."""
WITH_CHECKSUM: dict[int, int] = {zstd.CompressionParameter.compression_level: 3, zstd.CompressionParameter.checksum_flag: 1}
"""(The list of what a backup holds knows the checksum of each file; this one is of the list, too.)"""
DAMAGE = (tarfile.TarError, zstd.ZstdError, EOFError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. made_at: UTC. tombstones: how many people and posts were to stay forgotten then. files: (bytes,
    SHA-256) by name; rows: of each table of each store."""

    program: str
    campaign: str
    made_at: str
    tombstones: int
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack(target: Path, files: Mapping[str, Path], manifest: Manifest) -> None:
    """Write `files` (name in the backup -> where it lies) and the manifest to `target`."""
    with (
        target.open("wb") as out,
        zstd.ZstdFile(out, "w", options=WITH_CHECKSUM) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        _add(tar, MANIFEST, json.dumps({"layout": LAYOUT, **asdict(manifest)}, indent=1).encode())
        for name, path in files.items():
            with path.open("rb") as stream:
                tar.addfile(_member(name, path.stat().st_size), stream)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    import io

    tar.addfile(_member(name, len(content)), io.BytesIO(content))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def encrypt(plain: Path, target: Path, recipient: str) -> None:
    """Encrypt a packed backup for an age recipient (`age1...`)."""
    to = recipient_of(recipient)
    with plain.open("rb") as source, target.open("wb") as out:
        pyrage.encrypt_io(source, out, [to])


def recipient_of(text: str) -> Any:
    """An age recipient. Raises UsageProblem where it is none."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise UsageProblem(
            f"{text[:80]!r} is no recipient of age.",
            why=str(error),
            next_step="Make a key with `age-keygen`; the recipient is the line that begins with age1.",
        ) from error


@contextmanager
def unpacked(path: Path, identity: str | None, scratch: Path) -> Iterator[tarfile.TarFile]:
    """A backup opened for reading from its beginning. identity: the text of an age identity, for one that is encrypted; it is
    decrypted into `scratch` first. Raises UsageProblem, PermissionProblem or StorageProblem in words."""
    with ExitStack() as opened:
        source: IO[bytes] = opened.enter_context(_open(path))
        if source.read(len(AGE)) == AGE:
            source.seek(0)
            source = opened.enter_context(_decrypted(source, path, identity, scratch))
        source.seek(0)
        try:
            packed = opened.enter_context(zstd.ZstdFile(source))
            yield opened.enter_context(tarfile.open(fileobj=packed, mode="r|"))
            while packed.read(CHUNK):  # to its end, which a tar does not ask for: there what was cut off is told of
                pass
        except DAMAGE as error:
            raise _damaged(path, str(error)) from error


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise UsageProblem(f"There is no file {path}.", next_step="Give the path of a backup.") from error
    except IsADirectoryError as error:
        raise UsageProblem(f"{path} is a folder, no backup.", next_step="Give one of the files that `backup` made.") from error


@contextmanager
def _decrypted(source: IO[bytes], path: Path, identity: str | None, scratch: Path) -> Iterator[IO[bytes]]:
    if identity is None:
        raise PermissionProblem(
            f"{path} is encrypted.",
            why="It was made for a recipient of age, and no identity was given.",
            safe="Nothing was changed.",
            next_step="Give the file with the identity: restore FILE --identity KEYFILE",
        )
    plain = scratch / "decrypted"
    try:
        with plain.open("wb") as out:
            _decrypt(source, out, path, _identities(identity))
        with plain.open("rb") as stream:
            yield stream
    finally:
        plain.unlink(missing_ok=True)


def _decrypt(source: IO[bytes], out: IO[bytes], path: Path, identities: list[Any]) -> None:
    try:
        pyrage.decrypt_io(source, out, identities)
    except pyrage.DecryptError as error:
        if WRONG_KEY not in str(error):
            raise _damaged(path, str(error)) from error
        raise PermissionProblem(
            f"{path} cannot be decrypted.",
            why="It was made for another recipient than the one whose identity was given, or its first lines are damaged.",
            safe="Nothing was changed.",
            next_step="Give the identity of the recipient that the backup was made for; if it is that, take another backup.",
        ) from error
    except OSError as error:  # of a piece that is changed or missing; one of the disk has a number
        if error.errno is not None:
            raise
        raise _damaged(path, "what is encrypted is changed or cut off") from error


def _identities(text: str) -> list[Any]:
    lines = [line.strip() for line in text.splitlines()]
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise PermissionProblem(
            "What was given with --identity is no identity of age.",
            why=f"{str(error)[:1].upper()}{str(error)[1:]}.",
            safe="Nothing was changed.",
            next_step="Give the file that age-keygen wrote: its last line begins with AGE-SECRET-KEY-1.",
        ) from error


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    """The manifest in front. Raises one of DAMAGE."""
    member = tar.next()
    stream = tar.extractfile(member) if member is not None and member.name == MANIFEST and member.isreg() else None
    if member is None or stream is None or member.size > MANIFEST_LIMIT:
        raise ValueError("it does not begin with the list of what it holds, so this program did not make it")
    told = json.loads(stream.read())
    if told.pop("layout") != LAYOUT:
        raise ValueError("its layout is that of another version of this program")
    files = {name: (int(size), str(digest)) for name, (size, digest) in told.pop("files").items()}
    return Manifest(**told, files=files)


def extract(tar: tarfile.TarFile, manifest: Manifest, target: Path | None) -> list[str]:
    """Read every member behind the manifest, into `target` (None: nowhere), and give what differs from the manifest, in words."""
    differences, found = [], set()
    while (member := tar.next()) is not None:
        name = PurePosixPath(member.name)
        stream = tar.extractfile(member) if member.isreg() else None
        if stream is None or member.name not in manifest.files or name.is_absolute() or ".." in name.parts:
            differences.append(f"{member.name[:100]} is not in the list")
            continue
        found.add(member.name)
        size, digest = manifest.files[member.name]
        read = hashlib.sha256()
        with ExitStack() as opened:
            out = opened.enter_context(_new_file(target / name)) if target else None
            while chunk := stream.read(CHUNK):
                read.update(chunk)
                if out:
                    out.write(chunk)
        if (member.size, read.hexdigest()) != (size, digest):
            differences.append(f"{member.name} is not what was put in: its checksum differs")
    return differences + [f"{name} is missing" for name in manifest.files if name not in found]


def _new_file(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _damaged(path: Path, why: str) -> StorageProblem:
    return StorageProblem(
        f"{path} is damaged, or is no backup of this program.",
        why=f"{why[:1].upper()}{why[1:]}." if why else "It cannot be read to its end.",
        safe="Nothing was changed.",
        next_step="Take another backup.",
    )
