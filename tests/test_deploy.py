"""What runs it elsewhere: the systemd units, the image and its services. Held against the program and the tools that are here."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from db.folder import DataFolder
from pipelines.publish import publish, withdraw
from pipelines.running import running
from pipelines.serve import datasette_command
from pipelines.serving_config import PUBLIC
from tests.conftest import REPOSITORY, needed
from tests.pages_store import CAMPAIGN, build_store

DEPLOY = REPOSITORY / "docs" / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("debate-tracker-*"))
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
STARTS, STARTS_WITHIN = 5, 10
"""How often in how many seconds systemd starts a service before it gives it up (systemd-system.conf(5))."""


def takes(words: list[str]) -> None:
    """The program knows this command with these options (`--help` last, so that nothing is done)."""
    ended = CliRunner().invoke(cli.tracker, [*words, "--help"])
    assert ended.exit_code == 0, ended.output
    known = {option for command in cli.tracker.commands.values() for param in command.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_systemd_takes_the_units_as_they_are(tmp_path: Path) -> None:
    program = needed("systemd-analyze", "the units are not verified")
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        told = text.replace("/srv/debate-tracker/.venv/bin/debate-tracker", "/bin/true")
        told = told.replace("/srv/debate-tracker", str(tmp_path))
        (tmp_path / name).write_text(told.replace("User=debate-tracker", "User=root"))
    ended = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    ours = [line for line in ended.stderr.splitlines() if "debate-tracker" in line]
    assert (ended.returncode, ours) == (0, []), ended.stderr


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_the_units_run_commands_that_exist_and_are_closed_in(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=\S+/debate-tracker (.*)$", text, re.MULTILINE)
    assert command
    words = command[1].split()
    takes([word for word in words if word not in ("--campaign", "campaigns/yours")])
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077", "CapabilityBoundingSet="):
        assert re.search(rf"^{re.escape(line)}$", text, re.MULTILINE), line
    well = re.search(r"^SuccessExitStatus=(.*)$", text, re.MULTILINE)
    assert well and str(128 + signal.SIGTERM) in well[1].split(), "told to stop, it would be called failed"
    if "Restart=on-failure" in text:
        pause = re.search(r"^RestartSec=(\d+)$", text, re.MULTILINE)
        assert pause and int(pause[1]) * STARTS >= STARTS_WITHIN, "systemd would give it up before there is something to show"
    for credential in re.findall(r"LoadCredential=(\w+):(\S+)", text):
        assert credential[1].endswith(credential[0])


# ---- the image ---------------------------------------------------------------------------------------------------------


def test_the_image_copies_what_is_there_and_all_that_the_program_is(tmp_path: Path) -> None:
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE) for word in line.split()[:-1]]
    for name in copied:
        assert (REPOSITORY / name).exists(), name
    for name in copied:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(REPOSITORY / name, tmp_path / name)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "campaign.toml").write_text('name = "alone"\n')
    command = [sys.executable, str(tmp_path / "cli.py"), "--campaign", str(folder), "--data", str(tmp_path / "data")]
    for words in (["collect"], ["check", "--governance"], ["status"]):
        ended = subprocess.run([*command, *words], capture_output=True, text=True, cwd=tmp_path, env=environment)
        assert "Traceback" not in ended.stderr
        assert "No such file" not in ended.stderr
        assert ended.returncode in (0, 2), ended.stderr


def test_the_image_is_built_from_the_lock_and_is_nobody_in_particular() -> None:
    assert "--require-hashes -r requirements.lock" in CONTAINERFILE
    users = re.findall(r"^USER (\d+):(\d+)$", CONTAINERFILE, re.MULTILINE)
    assert users
    assert "0" not in users[-1]
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert "pip" not in last.replace("pipelines", "")
    assert "http" not in last
    assert not re.search(r"^VOLUME", CONTAINERFILE, re.MULTILINE)
    uninstalled = re.search(r"pip uninstall --quiet --yes (.*) \\", CONTAINERFILE)
    assert uninstalled
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    for name in uninstalled[1].split():
        assert re.search(rf"^{name}==", lock, re.MULTILINE), name
    health = re.search(r"^HEALTHCHECK .*CMD \[(.*)\]$", CONTAINERFILE, re.MULTILINE)
    assert health
    takes([word.strip(' "') for word in health[1].split(",")][1:])
    ignored = (REPOSITORY / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", "campaigns", "**/data"} <= set(ignored)


def composed(text: str) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load(text)
    return found


def services() -> dict[str, dict[str, Any]]:
    return dict(composed(COMPOSE)["services"])


def test_the_services_run_commands_that_exist_closed_in_and_the_public_one_sees_no_data() -> None:
    for name, service in services().items():
        takes([str(word) for word in service["command"]])
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    mounted = {name: {line.split(":")[1] for line in service["volumes"]} for name, service in services().items()}
    assert mounted["public"] == {"/campaign", "/public"}
    assert mounted["nights"] == mounted["staff"] == {"/campaign", "/data", "/public"}


def test_the_services_need_no_credential_and_take_those_of_the_remarks() -> None:
    """A service whose secret has no file does not start, and nobody is asked to make one."""
    assert "secrets" not in composed(COMPOSE)
    assert not [name for name, service in services().items() if "secrets" in service]
    taken = composed(re.sub(r"^( *)#(?=secrets:|  [A-Z_]+:)", r"\1", COMPOSE, flags=re.MULTILINE))
    assert taken["services"]["nights"]["secrets"] == list(taken["secrets"])


def test_a_public_copy_that_lies_apart_is_handed_over_and_served_from_there(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=12)
    apart = DataFolder(tmp_path / "public")
    apart.root.mkdir()
    data.public.symlink_to(apart.public)
    for _ in range(2):
        with running("publish", CAMPAIGN, data) as run, run.step("publish"):
            publish(run, by_hand=True)
            withdraw(data, run.forgotten)
    assert data.public.is_symlink()
    with sqlite3.connect(apart.public) as db:
        assert db.execute("select value from about where name = 'campaign_name'").fetchone()
    assert str(apart.public.resolve()) in datasette_command(apart.public, tmp_path / "m.json", PUBLIC, "127.0.0.1", 8002)
    assert not [path.name for path in apart.root.iterdir() if not path.name.startswith("public.db")]
