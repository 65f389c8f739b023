"""What the program is built from, held against what is known of it: `make audit`, or python -m tests.audit PIP_AUDIT.

Every requirement of every lock is pinned with its hashes; then pip-audit looks each up in PyPI's list of vulnerabilities. Behind
a mirror it looks up nothing, says "No known vulnerabilities found" and ends with 0 (measured), so what it looked up is counted
here: what could not be looked up fails the audit.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*==[^\s;]+(?: ; .+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
SECONDS = 600
NAMED = 5


def faults_of_lock(text: str) -> Iterator[str]:
    """Lines of a lock that let something else be installed than was looked at: no exact version, no hash, another place."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for number, line in enumerate(lines):
        if PINNED.match(line):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            if not HASH.match(following):
                yield f"{line.split()[0]} has no hash"
        elif not HASH.match(line):
            yield f"not a pinned requirement: {line.strip()[:80]}"


def verdict(document: dict[str, Any]) -> tuple[list[str], int]:
    """What pip-audit found, in sentences, and the exit code: 0 only where every package was looked up and is clean."""
    packages = document.get("dependencies") or []
    skipped = [package for package in packages if "skip_reason" in package]
    audited = [package for package in packages if "skip_reason" not in package]
    found = [(package, known) for package in audited for known in package.get("vulns") or []]
    told = [f"{len(audited)} of {len(packages)} packages were audited, {len(found)} known vulnerabilities."]
    for package, known in found:
        mended = ", ".join(known.get("fix_versions") or []) or "no version yet"
        told.append(f"{package['name']} {package['version']}: {known['id']}, mended in {mended}.")
    if not audited:
        why = skipped[0]["skip_reason"] if skipped else "it was given no package"
        told.append(f"Nothing could be audited, so nothing is known. The first reason: {why}.")
        told.append("Next: run it where PyPI itself can be reached (a mirror has no list of vulnerabilities).")
    elif skipped:
        names = ", ".join(package["name"] for package in skipped[:NAMED])
        told.append(f"{len(skipped)} packages could not be audited, so nothing is known of them: {names}.")
    return told, 1 if found or skipped or not audited else 0


def main() -> int:
    """Look at the locks, then run pip-audit on what users install."""
    code = 0
    for lock in sorted(ROOT.glob("requirements*.lock")):
        faults = list(faults_of_lock(lock.read_text(encoding="utf-8")))
        print(f"{lock.name}: {'; '.join(faults[:NAMED]) if faults else 'every requirement is pinned with its hash'}.")
        code = code or int(bool(faults))
    words = ["--requirement", str(ROOT / "requirements.lock"), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    try:
        done = subprocess.run([sys.argv[1], *words, "--format", "json"], capture_output=True, text=True, timeout=SECONDS)
        document = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        print(f"pip-audit did not end within {SECONDS} seconds, so nothing was audited.")
        return 1
    except ValueError:
        print(f"pip-audit could not look anything up, so nothing was audited: {done.stderr.strip().splitlines()[-1:]}")
        return 1
    told, found = verdict(document)
    print("\n".join(told))
    return code or found


if __name__ == "__main__":
    sys.exit(main())
