"""The Mastodon API server of ../shared/real-servers: a tag timeline with its faults, edits and deletions."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from tests import invented
from tests.desk import Desk
from tracker.packing import plain
from tracker.platforms.text import read_html

BASE, HOST = "http://127.0.0.1:3001", "127.0.0.1:3001"
TAG = "SaveOurBuses"
POSTS = "300"
KEPT = ("post", "reply", "cw", "poll")
PEOPLE = ("alice", "bob", "carla", "dewi", "eitan", "fatima", "grace", "hiro", "ines", "leaver", "remote")
PACKAGES = ("mastodon_mock==0.6.1", "Mastodon.py", "requests")
CAMPAIGN = f"""
[sources.mastodon]
servers = ["{BASE}"]
[network]
allow_hosts = ["{HOST}"]
"""


def trial(shared: Path, work: Path) -> list[str]:
    """Start, seed, collect before and after the second phase, compare, stop."""
    python = _installed(work)
    server = _start(shared / "mastodon", work, python)
    try:
        return _collect_both_phases(shared / "mastodon", work, python)
    finally:
        server.terminate()
        server.wait(20)


def _installed(work: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
    python = work / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
    return python


def _start(files: Path, work: Path, python: Path) -> "subprocess.Popen[bytes]":
    conf = (files / "conf.toml").read_text().replace('path = "mock.sqlite"', f'path = "{work / "mock.sqlite"}"')
    (work / "conf.toml").write_text(conf)
    command = [str(python.parent / "mastodon_mock"), "serve", "--config", "conf.toml", "--log-level", "warning"]
    with (work / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=work, stdout=log, stderr=log)
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{BASE}/api/v2/instance", timeout=5).close()
        except OSError:
            time.sleep(0.3)
        else:
            return server
    server.terminate()
    raise SystemExit(f"the server did not start: {(work / 'server.log').read_text()[-2000:]}")


def _collect_both_phases(files: Path, work: Path, python: Path) -> list[str]:
    desk = Desk(invented.campaign_folder(work, invented.CAMPAIGN + CAMPAIGN), work / "data", work)
    tokens = [f"tok_{name}:{name}" for name in PEOPLE]
    command = [str(python), str(files / "seed_masto.py"), BASE, TAG, POSTS, "truth.json", *tokens]
    seeding = subprocess.Popen(command, cwd=work, env={**os.environ, "PHASES": "pause"}, stdout=subprocess.PIPE, text=True)
    assert seeding.stdout is not None
    while "PHASE1 DONE" not in (line := seeding.stdout.readline()):
        if not line:
            raise SystemExit("the seed ended before its first phase did")
    said = _compare(desk, json.loads((work / "truth.json.phase1").read_text()), "first phase")
    said += _faults(desk)
    (work / "phase2.go").touch()
    print(seeding.communicate(timeout=900)[0].strip().splitlines()[-1])
    said += _compare(desk, json.loads((work / "truth.json").read_text()), "second phase")
    shutil.rmtree(desk.data)
    return said + _compare(desk, json.loads((work / "truth.json").read_text()), "from the beginning")


def _compare(desk: Desk, truth: dict[str, Any], phase: str) -> list[str]:
    """What a collection leaves in the store, beside what is true."""
    ended = desk.run("collect")
    rows = {
        str(json.loads(plain(body))["id"]): native_id
        for native_id, body in desk.query("select native_id, body from answers", "raw.db")
    }
    posts = {native_id: (text, status) for native_id, text, status in desk.query("select native_id, text, status from posts")}
    live = {
        own_id: posts[native_id] for own_id, native_id in rows.items() if native_id in posts and posts[native_id][1] == "live"
    }
    true = {str(post["id"]): post for post in truth["posts"] if post["kind"] in KEPT and post["state"] in ("live", "edited")}
    said = [f"{phase}: exit code {ended.code}: {ended.err}"] if ended.code else []
    missing, extra = true.keys() - live.keys(), live.keys() - true.keys()
    if missing:
        said.append(f"{phase}: {len(missing)} missing: {dict(Counter(true[own_id]['kind'] for own_id in missing))}")
    if extra:
        kinds = Counter((post["kind"], post["state"]) for post in truth["posts"] if str(post.get("id")) in extra)
        said.append(f"{phase}: {len(extra)} that are not true: {dict(kinds)}")
    for own_id in true.keys() & live.keys():
        wanted = "EDITED" in live[own_id][0] if true[own_id]["state"] == "edited" else _words(true[own_id]) in live[own_id][0]
        if not wanted:
            said.append(f"{phase}: {own_id} has another text: {live[own_id][0]!r}")
    (doubled,) = desk.query("select count(*) - count(distinct native_id) from posts")[0]
    if doubled:
        said.append(f"{phase}: {doubled} doubled")
    print(f"{phase}: {len(true)} true, {len(live)} collected; {ended.err.strip() or 'no complaint'}")
    return said


def _words(post: dict[str, Any]) -> str:
    return read_html(post["content"])[0]


def _faults(desk: Desk) -> list[str]:
    """The server's own faults, each once: the collection passes over them."""
    said = []
    for effect in ({"type": "status", "status": 503}, {"type": "malformed"}, {"type": "latency", "seconds": 1.0}):
        fault = {"match": {"path": "/api/v1/timelines/tag/*"}, "effect": effect, "count": 1}
        body = json.dumps(fault).encode()
        request = urllib.request.Request(f"{BASE}/api/v1/_mock/faults", body, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError as error:
            said.append(f"the fault {effect} was not taken: {error}")
            continue
        ended = desk.run("collect")
        print(f"with {effect['type']}: exit code {ended.code}")
        if ended.code not in (0, 3):
            said.append(f"with {effect}: {ended}")
    return said
