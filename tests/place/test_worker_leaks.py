"""A thousand restarts, and a hundred loops: no process, descriptor, thread or socket is left."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import threading
import time
from pathlib import Path

import pytest
from tests.place.sample import add
from tests.place.test_worker import make_artifact

from carveout.place import worker as placing
from carveout.place.worker import Worker


def held() -> tuple[int, int, int]:
    """Descriptors, threads and children (zombies too) of this process."""
    children = 0
    for entry in os.listdir("/proc"):
        try:
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except (OSError, NotADirectoryError):
            continue
        children += fields[1:2] == [str(os.getpid())]
    return len(os.listdir("/proc/self/fd")), threading.active_count(), children


def artifact_of(folder: Path, script: str) -> Path:
    folder.mkdir()
    (folder / "worker").write_text(script)
    (folder / "worker").chmod(0o755)
    described = {
        "abi": 1,
        "contract_hash": add.contract.hash,
        "worker_sha256": hashlib.sha256(script.encode()).hexdigest(),
    }
    (folder / "artifact.json").write_text(json.dumps(described))
    return folder


def test_a_thousand_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "BACKOFF_FIRST_S", 0.0)
    monkeypatch.setattr(placing, "BACKOFF_LAST_S", 0.0)
    assert add.codec is not None
    before = held()
    dying = artifact_of(tmp_path / "dying", "#!/bin/sh\necho ready now\nexit 1\n")
    worker = Worker(dying, add.contract, add.codec, deadline_ms=50)
    worker.start()
    end = time.monotonic() + 120
    while worker.restarts < 1000:
        assert time.monotonic() < end
        worker.candidate(1, 1)  # somebody goes on calling
        time.sleep(0.001)
    worker.stop()
    assert held() == before
    assert not worker.socket.exists()


def test_a_worker_that_is_never_ready_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "READY_S", 0.1)
    monkeypatch.setattr(placing, "BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(placing, "BACKOFF_LAST_S", 0.01)
    assert add.codec is not None
    before = held()
    silent = artifact_of(tmp_path / "silent", "#!/bin/sh\nexec sleep 100\n")
    worker = Worker(silent, add.contract, add.codec, deadline_ms=50)
    assert not worker.start(wait_s=0.1)
    end = time.monotonic() + 30
    while worker.restarts < 5:
        assert time.monotonic() < end
        time.sleep(0.01)
    worker.stop()
    assert held() == before


def test_loops_and_reloads_leave_nothing(tmp_path: Path) -> None:
    assert add.codec is not None
    folder = make_artifact(tmp_path / "fake")
    before = held()
    for _ in range(3):
        worker = Worker(folder, add.contract, add.codec)
        assert worker.start(wait_s=20)
        open_once = None

        async def ask(worker: Worker = worker) -> None:
            assert await asyncio.gather(*(worker.candidate.aio(n, 1) for n in range(5))) == [
                n + 1 for n in range(5)
            ]

        for _ in range(35):
            asyncio.run(ask())
            open_once = open_once or held()
        assert held()[0] <= open_once[0] + 1
        worker.stop()
    assert held() == before
