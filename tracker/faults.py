"""What is wrong in a campaign folder, gathered so that people mend it in one go instead of one run a mistake."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tracker.problems import CampaignProblem, PermissionProblem, StorageProblem

SHOWN = 20
"""So many are told at once; the rest is counted."""
LONGEST_QUOTE = 60
LARGEST_WRITTEN = 10**30


@dataclass
class Faults:
    """The faults found so far. `add` counts all of them and keeps the first SHOWN of each file."""

    _files: dict[Path, list[tuple[int, CampaignProblem]]] = field(default_factory=dict)
    count: int = 0

    def add(self, path: Path, line: int, key: str, wrong: str, instead: str) -> None:
        """`wrong`: what is the matter, after `path:line: key: `. `instead`: a sentence on what to write."""
        self.count += 1
        of_file = self._files.setdefault(path, [])
        if len(of_file) < SHOWN:
            what = f"{path}:{line}: {_on_one_line(key)}: {wrong}"
            of_file.append((line, CampaignProblem(what, next_step=instead, key=key, wrong=wrong)))

    def raise_any(self) -> None:
        """Raise one CampaignProblem that tells the first SHOWN faults, by file and line; nothing where there is none."""
        told = [problem for of_file in self._files.values() for _, problem in sorted(of_file, key=lambda one: one[0])]
        if told:
            told[0].others = tuple(told[1:SHOWN])
            told[0].untold = self.count - 1 - len(told[0].others)
            raise told[0]


def read_text(path: Path, faults: Faults) -> str | None:
    """The whole file as text, line ends as `\\n`, without a byte order mark. None: it cannot be read as text, and
    `faults` says why. Raises PermissionProblem and StorageProblem."""
    content = read_bytes(path, faults)
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        faults.add(path, content.count(b"\n", 0, error.start) + 1, "text", *not_utf8())
        return None


def read_bytes(path: Path, faults: Faults) -> bytes | None:
    """The file's bytes. None: it is a folder, and `faults` says so. Raises PermissionProblem and StorageProblem."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        faults.add(path, 1, "file", "this is a folder, not a file.", "Rename the folder, or put a text file in its place.")
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> PermissionProblem | StorageProblem:
    """The system's refusal to read `path`, in words."""
    if isinstance(error, PermissionError):
        return PermissionProblem(
            f"{path} may not be read by this user.",
            why=str(error.strerror),
            safe="Nothing was changed.",
            next_step=f"Give yourself the right to read it (chmod u+r '{path}'), or ask who owns it to do so.",
        )
    return StorageProblem(
        f"{path} cannot be read.",
        why=str(error.strerror),
        safe="Nothing was changed.",
        next_step="Check that the disk is connected and sound, or put the file back from a copy.",
    )


def not_utf8() -> tuple[str, str]:
    """What is wrong with text in another encoding, and what to do."""
    return (
        "this line is not UTF-8 text.",
        "Save the file again as UTF-8 (in Notepad: Save as, then Encoding: UTF-8).",
    )


def did_you_mean(written: str, known: Iterable[str], nearness: float = 0.65) -> str | None:
    """The known word that is closest to what was written, capitals aside; None where none is near (0 to 1)."""
    by_folded = {word.casefold(): word for word in known}
    near = difflib.get_close_matches(written.casefold(), by_folded, n=1, cutoff=nearness)
    return by_folded[near[0]] if near else None


def quoted(value: object) -> str:
    """A value from a file as a message shows it: short, on one line, and as it is written in JSON and TOML."""
    if isinstance(value, int) and abs(value) > LARGEST_WRITTEN:
        return "a huge number"
    mark = '"' if isinstance(value, str) else ""
    text = _on_one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return f"{mark}{text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + '…'}{mark}"


def _on_one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
