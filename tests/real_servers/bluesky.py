"""The AT Protocol network of ../shared/real-servers: PLC, PDS and AppView, collected from by search and by the stream.

Its packages (npm) are installed once, into a folder that both trials share; DEBATE_TRACKER_BLUESKY_NETWORK names one that has
them already. The
search index behind the AppView is a stand-in with the public one's faults, and so is what makes Jetstream's events of the
network's own firehose (bluesky_stream.mjs beside this); the rest is the real thing.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests import invented
from tests.desk import Desk
from tests.warm import Ended

TAG = "SaveOurBuses"
POSTS = "300"
SEED = "20261125"
STREAM = "bluesky_stream.mjs"
SHOWN = ("live", "record-rewritten", "takedown-on-pds")
"""States in which the AppView shows a post: what is taken down on its server only is still shown."""
READ_AGAIN = 70.0
"""Seconds: the stream is read again from a minute before the last event, which a night later holds little of the night before."""
CREDENTIALS = {"BLUESKY_HANDLE": "alice.test", "BLUESKY_APP_PASSWORD": "hunter2"}
CAMPAIGN = """
[sources.bluesky]
host = "http://localhost:2583"
how = "{how}"
jetstream = "ws://localhost:2590"
appview = "http://localhost:2584"
[network]
allow_hosts = ["localhost"]
"""

Truth = dict[str, Any]


def trial(shared: Path, work: Path) -> list[str]:
    """Start, seed, collect before and after the second phase, compare, stop."""
    place = _place(work)
    _start(shared / "bluesky", place)
    stream = subprocess.Popen(["node", "--require", "./loopback.cjs", STREAM], cwd=place, stdout=subprocess.PIPE, text=True)
    try:
        assert stream.stdout is not None
        stream.stdout.readline()
        said = _both_phases(work, place)
    finally:
        stream.terminate()
        stream.wait(20)
        _stop(shared / "bluesky", place)
    return said


def without_index(shared: Path, work: Path) -> list[str]:
    """The AppView without a search index: it answers with what holds the words, whatever else was asked. What is collected must
    be about the campaign, and the coverage must say that the server does not keep to what it is asked."""
    place = _place(work)
    _start(shared / "bluesky", place, BSKY_SEARCH="off")
    try:
        command = ["node", "--require", "./loopback.cjs", "seed.mjs", TAG, POSTS, "truth.json", SEED]
        subprocess.run(command, cwd=place, env={**os.environ, "PHASES": "1"}, stdout=subprocess.DEVNULL, timeout=900, check=True)
        desk = _desk(work / "search", "search")
        ended = desk.run("collect", env={**os.environ, **CREDENTIALS})
    finally:
        _stop(shared / "bluesky", place)
    truth = {post["uri"]: post for post in json.loads((place / "truth.json").read_text())["posts"] if "uri" in post}
    kept = {uri for (uri,) in desk.query("select native_id from posts")}
    [(status, note)] = desk.query("select status, note from coverage where query = '#saveourbuses'")
    wanted = {uri for uri, post in truth.items() if _is_about(post, "search")}
    print(f"without an index: {len(kept & wanted)} of {len(wanted)} found, exit code {ended.code}, coverage {status}: {note}")
    said = [f"{len(kept - truth.keys())} posts that nobody wrote"] if kept - truth.keys() else []
    if wanted - kept and status == "ok":
        said.append(f"{len(wanted - kept)} are missing, and the coverage says nothing of it")
    return said + ([f"exit code {ended.code}: {ended.err}"] if ended.code not in (0, 3) else [])


def _place(work: Path) -> Path:
    """The folder of the network, which the database's own user must be able to pass."""
    place = Path(os.environ.get("DEBATE_TRACKER_BLUESKY_NETWORK") or work.parent / "bluesky-network")
    place.mkdir(exist_ok=True)
    place.chmod(0o711)
    return place


def _start(files: Path, place: Path, **environment: str) -> None:
    began = time.monotonic()
    for name in ("loopback.cjs", "network.mjs", "search-skeleton.mjs", "seed.mjs", "package.json"):
        shutil.copyfile(files / name, place / name)
    shutil.copyfile(Path(__file__).with_name(STREAM), place / STREAM)
    with (place / "start.log").open("w") as log:
        command = ["bash", str(files / "start.sh"), str(place)]
        environment = {**os.environ, "PALOMAR_STRICT": "1", **environment}
        done = subprocess.run(command, cwd=place, env=environment, stdout=log, stderr=subprocess.STDOUT, timeout=1500)
    if done.returncode:
        raise SystemExit(f"the network did not start: {(place / 'start.log').read_text()[-2000:]}")
    print(f"the network was started in {time.monotonic() - began:.0f} seconds")


def _stop(files: Path, place: Path) -> None:
    subprocess.run(["bash", str(files / "stop.sh"), str(place)], cwd=place, capture_output=True, timeout=120, check=True)


def _both_phases(work: Path, place: Path) -> list[str]:
    desks = {how: _desk(work / how, how) for how in ("search", "jetstream")}
    command = ["node", "--require", "./loopback.cjs", "seed.mjs", TAG, POSTS, "truth.json", SEED]
    environment = {**os.environ, "PHASES": "pause"}
    seeding = subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True)
    assert seeding.stdout is not None
    while "PHASE1 DONE" not in (line := seeding.stdout.readline()):
        if not line:
            raise SystemExit("the seed ended before its first phase did")
    posted = time.monotonic()
    said = _collect_all(desks, json.loads((place / "truth.phase1.json").read_text()), "first phase")
    time.sleep(max(0.0, READ_AGAIN - (time.monotonic() - posted)))
    (place / "phase2.go").touch()
    print(seeding.communicate(timeout=900)[0].strip().splitlines()[-1])
    time.sleep(2)
    for desk in desks.values():
        _a_month_ago(desk)
    return said + _collect_all(desks, json.loads((place / "truth.json").read_text()), "second phase", "recheck")


def _desk(root: Path, how: str) -> Desk:
    root.mkdir()
    (root / "files").mkdir()
    folder = invented.campaign_folder(root, invented.CAMPAIGN + CAMPAIGN.format(how=how))
    return Desk(folder, root / "data", root / "files")


def _a_month_ago(desk: Desk) -> None:
    """Let what was seen be seen a month ago, so that all of it is looked at again, what is old by `recheck`."""
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        db.execute("update posts set seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, '-31 days')")


def _collect_all(desks: dict[str, Desk], truth: Truth, phase: str, *then: str) -> list[str]:
    """Collect, do what comes after it, compare."""
    said: list[str] = []
    for how, desk in desks.items():
        began = time.monotonic()
        endings = [desk.run(command, env={**os.environ, **CREDENTIALS}) for command in ("collect", *then)]
        ended = max(endings, key=lambda one: one.code)
        found = _compare(desk, how, truth, ended)
        took = time.monotonic() - began
        live = desk.value("select count(*) from posts where status = 'live'")
        print(f"{phase}, {how}: {live} live posts, {len(found)} disagreements, {took:.1f} seconds, exit code {ended.code}")
        said += [f"{phase}, {how}: {one}" for one in found]
    return said


def _compare(desk: Desk, how: str, truth: Truth, ended: Ended) -> list[str]:
    """What a collection leaves in the store, beside what is true."""
    posts = {post["uri"]: post for post in truth["posts"] if "uri" in post}
    kept = {uri: (text, status) for uri, text, status in desk.query("select native_id, text, status from posts")}
    live = {uri for uri, (_, status) in kept.items() if status == "live"}
    said = [f"exit code {ended.code}: {ended.err}"] if ended.code else []
    wanted = {uri for uri, post in posts.items() if post["state"] in SHOWN and _is_about(post, how)}
    if missing := wanted - live:
        said.append(f"{len(missing)} missing: {_kinds(posts, missing)}")
    if extra := {uri for uri in live if posts.get(uri, {"state": "unknown"})["state"] not in SHOWN}:
        said.append(f"{len(extra)} that are not shown: {_kinds(posts, extra)}")
    for uri in wanted & live:
        rewritten = posts[uri]["state"] == "record-rewritten"
        if not (kept[uri][0].endswith(" EDITED") if rewritten else kept[uri][0] == posts[uri]["text"]):
            said.append(f"{uri} has another text")
    return said + _compare_authors(desk, truth)


def _is_about(post: dict[str, Any], how: str) -> bool:
    """Whether it must be found: by its tags; where everything is seen, also by a tag that stands in the text unmarked."""
    marked = TAG.casefold() in {tag.casefold() for tag in post["tags"]}
    return marked or (how == "jetstream" and post["kind"] == "plain-text-tag")


def _kinds(posts: dict[str, Any], uris: set[str]) -> dict[str, int]:
    return dict(Counter(f"{posts[uri]['kind']}, {posts[uri]['state']}" if uri in posts else "unknown" for uri in uris))


def _compare_authors(desk: Desk, truth: Truth) -> list[str]:
    """Handles as they are now, and who asks not to be shown to strangers."""
    names = {did: name for name, did in truth["accounts"].items()}
    said = []
    for did, handle, opted_out in desk.query("select native_id, handle, opted_out from authors"):
        name = names.get(did, "")
        right = truth.get("renamed", {}).get(name, f"{name}.test")
        if handle != right and name != "leaver":
            said.append(f"{name} is stored as {handle}, and is {right}")
        if (name == "quiet") != bool(opted_out):
            said.append(f"{name}: opted out is stored as {opted_out}")
    if (doubled := desk.value("select count(*) - count(distinct native_id) from posts")) != 0:
        said.append(f"{doubled} doubled")
    return said
