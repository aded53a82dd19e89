"""A worker that misbehaves under a running service: every caller gets the reference's answer, in
time; `carve status` says what is the matter; no process is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest
from tests.faults.shop import EXITS, HANGS, LEAKS, NAME, Shop, contract_of_price, eventually

from carveout.build import Artifact

pytestmark = pytest.mark.slow
BAD = Path(__file__).with_name("bad_worker.py")
DEADLINE = {"CARVEOUT_DEADLINE_MS": "200"}


def bad(folder: Path, way: str) -> Artifact:
    """An artifact whose worker is the Python one, misbehaving in that way."""
    contract = contract_of_price()
    folder.mkdir(parents=True)
    binary = folder / "worker"
    binary.write_text(f'#!/bin/sh\nexec {sys.executable} {BAD} {contract.hash} "{way}" "$@"\n')
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    info = {
        "hash": hashlib.sha256(way.encode()).hexdigest(),
        "abi": 1,
        "contract_hash": contract.hash,
        "worker_sha256": hashlib.sha256(binary.read_bytes()).hexdigest(),
        "inline_sha256": None,
    }
    (folder / "artifact.json").write_text(json.dumps(info))
    return Artifact(str(info["hash"]), folder, info)


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


WAYS = {
    "never says ready": None,  # takes READY_S to be noticed
    "says something else": "it did not say that it is ready",
    "exits at once": "it ended at its start with exit code 3",
    "never greets": "it does not answer",
    "greets with garbage": "greeting is garbage",
    "of another contract": "another contract",
    "never answers": "it does not answer",
    "crashes on each call": "exit code 9",
    "answers garbage": "garbage from the worker",
    "answers with another type": "",
    "answers another call": "an answer to no question",
    "answers half": "it does not answer",
    "ignores SIGTERM": None,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_that_misbehaves(way: str, shop: Shop, tmp_path: Path) -> None:
    artifact = bad(tmp_path / "artifact", way)
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve(environment=DEADLINE) as service:
        with service.load() as load:
            eventually(lambda: service.counters()["stage"] == "full")
            time.sleep(2.5)
            status = eventually(lambda: WAYS[way] is None or WAYS[way] in shop.status() or None)
            assert status
            started = children(service.pid)
        load.check(slowest_s=1.5)
        # A hang is paid for by a few calls, not by every one.
        assert load.answered > 40, load.answered
        if way == "ignores SIGTERM":
            assert started
        shop.carve("back", NAME).passes()
        eventually(lambda: service.counters()["stage"] == "reference")
        eventually(lambda: gone(started))
        assert service.price(3) == {"answer": 6}


def test_calls_that_never_end_do_not_pile_up(shop: Shop, artifact: Artifact) -> None:
    """One call in five hangs, the others are answered: the loops it leaves behind are ended."""
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve(environment=DEADLINE) as service:
        eventually(lambda: service.price(1) and service.counters()["candidate"] > 0)
        eventually(lambda: len(children(service.pid)) == 1)
        (first,) = children(service.pid)
        with service.load([HANGS]) as load:
            eventually(lambda: first not in children(service.pid), 20)
            eventually(lambda: "went on past their deadline" in shop.status())
        load.check(slowest_s=1.5)


def test_a_worker_that_ends_in_the_midst_of_a_call(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve(environment=DEADLINE) as service, service.load([EXITS]) as load:
        eventually(lambda: "last: exit code 7" in shop.status(), 15)
        eventually(lambda: service.counters()["failed"] > 1)
    load.check(slowest_s=1.5)


def test_a_worker_that_takes_too_much_memory(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    limit = {"CARVEOUT_WORKER_MEMORY_MB": "200"}
    with shop.serve(environment=DEADLINE | limit) as service, service.load([LEAKS]) as load:
        eventually(lambda: "MB, more than 200" in shop.status(), 20)
    load.check(slowest_s=1.5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_killed_or_stopped(
    number: signal.Signals, shop: Shop, artifact: Artifact
) -> None:
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve(environment=DEADLINE) as service:
        with service.load() as load:
            eventually(lambda: service.counters()["candidate"] > 0)
            (worker,) = eventually(lambda: children(service.pid))
            os.kill(worker, number)
            eventually(lambda: [p for p in children(service.pid) if p != worker], 20)
            assert gone([worker])
            carved = service.counters()["candidate"] - service.counters()["failed"]
            eventually(
                lambda: service.counters()["candidate"] - service.counters()["failed"] > carved + 50
            )
        load.check(slowest_s=1.5)
        eventually(lambda: "restarted once (last: signal 9)" in shop.status())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_goes_with_its_service(
    number: signal.Signals, shop: Shop, artifact: Artifact
) -> None:
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve() as service:
        eventually(lambda: service.price(1) and service.counters()["candidate"] > 0)
        started = eventually(lambda: children(service.pid))
        service.end(number)
        eventually(lambda: gone(started), 5)
    assert not list((shop.home / "run").glob("*")) or number == signal.SIGKILL


def test_more_descriptors_than_select_takes(shop: Shop, artifact: Artifact) -> None:
    """A busy service: the worker's pipe and socket are past descriptor 1023."""
    app = shop.root / "shop" / "app.py"
    app.write_text(
        app.read_text()
        + "\n\nimport resource\n"
        + "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))\n"
        + "taken = [open('/dev/null') for _ in range(1200)]\n"
    )
    shop.register(artifact)
    shop.stage("full", artifact, placement="worker")
    with shop.serve() as service, service.load() as load:
        eventually(lambda: service.counters()["candidate"] - service.counters()["failed"] > 50)
    load.check()
