"""A worker may crash, hang or babble: the caller gets the reference's answer, on time."""

from __future__ import annotations

import asyncio
import decimal
import hashlib
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.place.sample import add

from carveout._native import DECLINED, FAILED, Split, WorkerClient
from carveout.diagnostics import CarveError
from carveout.place.apply import apply
from carveout.place.context import InDefaultContext
from carveout.place.worker import Worker, worker_for

FAKE = Path(__file__).with_name("fake_worker.py")


def make_artifact(folder: Path, contract_hash: str | None = None) -> Path:
    """An artifact whose worker is the Python fake."""
    folder.mkdir(parents=True, exist_ok=True)
    real = contract_hash or add.contract.hash
    script = f'#!/bin/sh\nexec {sys.executable} {FAKE} {real} "$@"\n'
    binary = folder / "worker"
    binary.write_text(script)
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    info = {
        "hash": "f" * 64,
        "abi": 1,
        "contract_hash": add.contract.hash,
        "worker_sha256": hashlib.sha256(script.encode()).hexdigest(),
        "inline_sha256": None,
    }
    (folder / "artifact.json").write_text(json.dumps(info))
    return folder


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    assert add.codec is not None
    made = Worker(make_artifact(tmp_path / "a"), add.contract, add.codec, deadline_ms=1000)
    assert made.start(wait_s=10)
    yield made
    made.stop()
    assert not made.socket.exists()


def eventually(check: Any, timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_answers_faults_and_declines(worker: Worker) -> None:
    call = worker.candidate
    assert call(3, 4) == 7
    assert call(2**40, 4) == 2**40 + 4
    assert call(1003, 0) is DECLINED
    assert call(1004, 0) is FAILED
    with pytest.raises(KeyError, match="k"):
        call(1005, 0)
    assert call(1.5, 0) is DECLINED, "what can't cross is declined"
    assert worker.client.stats()["last_problem"]


def test_decimals_elsewhere_want_the_default_context(worker: Worker) -> None:
    call = InDefaultContext(worker.candidate)
    with decimal.localcontext() as context:
        context.prec = 9
        assert call(3, 4) is DECLINED
        context.prec = 28
        context.flags[decimal.Inexact] = True
        assert call(3, 4) == 7, "flags decide nothing"
        context.traps[decimal.Inexact] = True
        assert call(3, 4) is DECLINED
        assert asyncio.run(call.aio(3, 4)) is DECLINED
    assert asyncio.run(call.aio(3, 4)) == 7


def test_several_calls_at_once_end_with_the_first_that_is_not_answered(worker: Worker) -> None:
    codec = add.codec
    assert codec is not None
    asked = [codec.encode_args((n, 1)) for n in (1, 1003, 2, 1001, 3)]
    answers = worker.call_wires(asked)
    said = [codec.decode_outcome(outcome) for outcome, _ in answers]
    assert said[:3] == [("value", 2), ("decline", "not me"), ("value", 3)]
    assert said[3][0] == "failure"
    assert len(answers) == 4, "what comes after it was never asked"
    assert [ns for _, ns in answers[:3]] == [7, 7, 7], "the worker's own time"
    eventually(lambda: worker.candidate(1, 1) == 2)
    ((_, ns),) = worker.call_wires(asked[:1], round_trip=True)
    assert ns > 1_000
    assert worker.call_wires([]) == []


def test_a_crash_is_survived_and_the_worker_comes_back(worker: Worker) -> None:
    assert worker.candidate(1001, 0) is FAILED
    eventually(lambda: worker.candidate(1, 1) == 2)
    assert worker.restarts >= 1
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: worker.pid not in (None, first) and worker.candidate(1, 1) == 2)


def test_a_hang_ends_at_the_deadline(tmp_path: Path) -> None:
    assert add.codec is not None
    made = Worker(make_artifact(tmp_path / "a"), add.contract, add.codec, deadline_ms=150)
    assert made.start(wait_s=10)
    try:
        start = time.monotonic()
        assert made.candidate(1000, 0) is FAILED
        assert 0.1 < time.monotonic() - start < 1.0
        assert made.candidate(1, 1) == 2
    finally:
        made.stop()


def test_garbage_is_a_failure(worker: Worker) -> None:
    assert worker.candidate(1002, 0) is FAILED
    eventually(lambda: worker.candidate(1, 1) == 2)


def test_asyncio_callers_share_one_connection(worker: Worker) -> None:
    async def main() -> None:
        remote = worker.candidate
        connects = worker.client.stats()["connects"]
        answers = await asyncio.gather(*(remote.aio(n, 1) for n in range(500)))
        assert answers == [n + 1 for n in range(500)]
        assert worker.client.stats()["connects"] == connects + 1
        assert await remote.aio(1003, 0) is DECLINED
        assert await remote.aio(1.5, 0) is DECLINED
        with pytest.raises(KeyError):
            await remote.aio(1005, 0)
        late = asyncio.ensure_future(remote.aio(5, 5))
        late.cancel()
        assert await remote.aio(1001, 0) is FAILED
        for _ in range(200):
            if await remote.aio(1, 1) == 2:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("did not reconnect")

    asyncio.run(main())
    asyncio.run(main())  # another loop, another connection


def test_asyncio_deadline(tmp_path: Path) -> None:
    assert add.codec is not None
    made = Worker(make_artifact(tmp_path / "a"), add.contract, add.codec, deadline_ms=150)
    assert made.start(wait_s=10)

    async def main() -> None:
        start = time.monotonic()
        assert await made.candidate.aio(1000, 0) is FAILED
        assert time.monotonic() - start < 1.0

    try:
        asyncio.run(main())
    finally:
        made.stop()


def test_no_worker_at_all_fails_fast(tmp_path: Path) -> None:
    assert add.codec is not None
    client = WorkerClient(str(tmp_path / "none"), add.contract.hash, 1000, add.codec)
    remote = client.bind(0)
    start = time.monotonic()
    for _ in range(1000):
        assert remote(1, 1) is FAILED
    assert time.monotonic() - start < 1.0
    assert client.call_wire(0, b"\x92\x01\x01").startswith(b"\x92\x03")

    async def main() -> None:
        assert await remote.aio(1, 1) is FAILED

    asyncio.run(main())


def test_another_contract_is_not_spoken_to(tmp_path: Path) -> None:
    assert add.codec is not None
    folder = make_artifact(tmp_path / "a", contract_hash="0" * 64)
    made = Worker(folder, add.contract, add.codec)
    assert made.start(wait_s=10)
    try:
        assert made.candidate(1, 1) is FAILED
        assert "another contract" in made.client.stats()["last_problem"]
    finally:
        made.stop()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"abi": 2}, "artifact-other-abi"),
        ({"contract_hash": "0" * 64}, "artifact-other-contract"),
        ({"worker_sha256": "0" * 64}, "artifact-damaged"),
        ({"worker_sha256": None}, "artifact-missing"),
    ],
)
def test_what_does_not_fit_is_not_started(
    tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    folder = make_artifact(tmp_path / "a")
    info = json.loads((folder / "artifact.json").read_text())
    (folder / "artifact.json").write_text(json.dumps(info | change))
    assert add.codec is not None
    with pytest.raises(CarveError) as caught:
        Worker(folder, add.contract, add.codec)
    assert caught.value.code == code


class Row:
    stage, share, epoch, tau_ns = "canary", 1.0, 1, None

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch


class Made:
    def __init__(self, path: Path) -> None:
        self.path = path


def test_callers_do_not_notice_a_killed_worker(tmp_path: Path) -> None:
    placed = apply(add, Row(add.epoch + 1), Made(make_artifact(tmp_path / "a")), "worker")
    try:
        assert placed.worker is not None
        assert placed.worker.start(wait_s=10)
        assert add(20, 1) == 21
        killed = placed.worker.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        for n in range(200):
            assert add(n, 1) == n + 1
            time.sleep(0.001)
        eventually(lambda: placed.worker is not None and placed.worker.pid is not None)
    finally:
        add.set_split(Split(epoch=add.epoch + 1))
        placed.close()


def test_a_fork_leaves_the_parents_worker_alone(tmp_path: Path) -> None:
    assert add.codec is not None
    folder = make_artifact(tmp_path / "a")
    shared = worker_for(folder, add.contract, add.codec, wait_s=10)
    try:
        assert shared.candidate(1, 1) == 2
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            own = None
            try:
                own = worker_for(folder, add.contract, add.codec, wait_s=10)
                ok = own is not shared and own.candidate(2, 2) == 4
                own.stop()
                shared.stop()  # the parent's: must not end it
                os.write(write, b"ok" if ok else b"no")
            finally:
                os._exit(0)
        os.close(write)
        assert os.read(read, 2) == b"ok"
        os.close(read)
        os.waitpid(pid, 0)
        assert shared.candidate(3, 3) == 6
    finally:
        shared.release()
    assert shared.pid is None
