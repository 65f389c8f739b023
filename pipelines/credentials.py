"""Credentials: from the environment, or files of the same names in $CREDENTIALS_DIRECTORY (as systemd hands them over)."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tracker.problems import CredentialsRefused
from tracker.redacting import REDACTOR

PREFIXES = ("MASTODON_TOKEN", "BLUESKY_", "X_", "DEBATE_TRACKER_PING", "DEBATE_TRACKER_ALERT", "DEBATE_TRACKER_SMTP")


class Credentials(Mapping[str, str]):
    """Credentials by name. Each that is read is hidden from every log from then on; a value is never kept by the store. Raises
    CredentialsRefused for one that cannot be read, or holds what no credential does."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        folder = self._environment.get("CREDENTIALS_DIRECTORY")
        self._folder = Path(folder) if folder else None

    def __getitem__(self, name: str) -> str:
        value = self._environment.get(name, "").strip() or self._in_file(name)
        if not value:
            raise KeyError(name)
        if not (value.isascii() and value.isprintable()):
            raise CredentialsRefused(
                f"The credential {name} cannot be used.",
                why="It holds a line break, or a sign that no credential has, such as the quotation marks of a word processor.",
                safe="Nothing was asked with it.",
                next_step="Copy it once more from where it was made, alone and in one line.",
            )
        REDACTOR.hide(value)
        return value

    def __iter__(self) -> Iterator[str]:
        names = {name for name in self._environment if name.startswith(PREFIXES)}
        if self._folder is not None and self._folder.is_dir():
            names |= {path.name for path in self._folder.iterdir() if path.name.startswith(PREFIXES)}
        return iter(sorted(name for name in names if name in self))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get(name))

    def _in_file(self, name: str) -> str:
        if self._folder is None or not (self._folder / name).is_file():
            return ""
        try:
            return (self._folder / name).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialsRefused(
                f"The credential {name} cannot be read.",
                why=f"The file {self._folder / name} is not readable as text by this user.",
                safe="Nothing was asked with it.",
                next_step="Let this user read the file, or give the credential in the environment.",
            ) from error
