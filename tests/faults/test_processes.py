"""Many processes: forking servers, task queues, two people moving at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.faults.shop import NAME, Service, Shop, carve_command, eventually

from carveout.build import Artifact

pytestmark = pytest.mark.slow

WSGI = """

def wsgi(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    body = json.dumps(asyncio.run(answer(environ["PATH_INFO"], query))).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
"""
PRELOADED = """
# Before the fork: the agent, its threads, a carving in force and calls of the parent's own.
for n in range(50):
    price(n, 1)
end = time.monotonic() + 10
while price.stage != {stage!r} and time.monotonic() < end:
    time.sleep(0.05)
assert price.stage == {stage!r}
for n in range(50):
    price(n, 1)
"""


def gunicorn(*options: str) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:{port}",
        "--log-level", "warning", *options, "shop.app:wsgi",
    ]  # fmt: skip


def workers_of(service: Service) -> dict[int, Any]:
    """What each worker counted, by its process, once both have answered."""
    found: dict[int, Any] = {}

    def both() -> bool:
        counted = service.counters()
        found[counted["pid"]] = counted
        return len(found) >= 2

    eventually(both, 20)
    return found


@pytest.mark.parametrize("placement", ["inline", "worker"])
def test_gunicorn_preload(placement: str, shop: Shop, artifact: Artifact) -> None:
    """The parent has an agent, a connection to the store and a placed carving when it forks."""
    app = shop.root / "shop" / "app.py"
    app.write_text(app.read_text() + WSGI + PRELOADED.format(stage="full"))
    shop.register(artifact)
    shop.stage("full", artifact, placement=placement)
    with shop.serve(command=gunicorn("--preload")) as service:
        with service.load() as load:
            eventually(lambda: load.answered > 100)
            pids = workers_of(service)
            # Each has an agent of its own, which is heard of and obeys.
            for pid in (*pids, service.process.pid):
                eventually(lambda pid=pid: f"  {pid} on " in shop.status())
            shop.carve("back", NAME).passes()
            for pid in pids:
                eventually(
                    lambda pid=pid: any(
                        c["stage"] == "reference" and c["pid"] == pid for c in [service.counters()]
                    ),
                    20,
                )
        load.check()
        children = list(pids)
        assert service.end() == 0
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    assert "Traceback" not in service.said()


def test_gunicorn_writes_what_was_captured_at_its_end(shop: Shop) -> None:
    app = shop.root / "shop" / "app.py"
    app.write_text(app.read_text() + WSGI)
    with shop.serve(command=gunicorn()) as service:
        # An agent is up only after its process's first call: from here on every call is captured.
        def both_capture() -> bool:
            service.price(1)
            return all(counted["captured"] for counted in workers_of(service).values())

        eventually(both_capture, 20)
        with shop.store() as store:

            def all_written() -> bool:
                captured = sum(counted["captured"] for counted in workers_of(service).values())
                return bool(store.seen(NAME)[0] == captured)

            eventually(all_written, 20)
            before = store.seen(NAME)[0]
        for n in range(60):
            service.price(n)
        service.end()
    with shop.store() as store:
        assert store.seen(NAME)[0] - before == 60


def test_a_gunicorn_worker_is_killed(shop: Shop, artifact: Artifact) -> None:
    app = shop.root / "shop" / "app.py"
    app.write_text(app.read_text() + WSGI)
    shop.register(artifact)
    shop.stage("full", artifact)
    with shop.serve(command=gunicorn()) as service:
        first = workers_of(service)
        os.kill(next(iter(first)), signal.SIGKILL)
        eventually(lambda: set(workers_of(service)) != set(first), 20)
        with service.load() as load:
            eventually(lambda: load.answered > 60)
        load.check()
        eventually(lambda: service.counters()["candidate"] > 0)


TASKS = """
from celery import Celery
from shop.prices import price

broker = "filesystem://"
folders = {"data_folder_in": QUEUE, "data_folder_out": QUEUE, "control_folder": QUEUE}
tasks = Celery("tasks", broker=broker, backend="file://" + RESULTS)
tasks.conf.update(broker_transport_options=folders, worker_prefetch_multiplier=1)


@tasks.task
def work(cents, count):
    import os
    return [os.getpid(), price(cents, count), price.counters()["candidate"]["calls"]]
"""


def test_celery_prefork(shop: Shop, artifact: Artifact, tmp_path: Path) -> None:
    """Pool processes are forked and leave by os._exit: the carving answers in them, and what they
    captured is written when they end."""
    queue, results = tmp_path / "queue", tmp_path / "results"
    queue.mkdir()
    results.mkdir()
    text = TASKS.replace("QUEUE", repr(str(queue))).replace("RESULTS", repr(str(results)))
    (shop.root / "tasks.py").write_text(text)
    shop.register(artifact)
    shop.stage("full", artifact)
    log = shop.root / "celery.log"
    command = [
        sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "prefork",
        "-c", "2", "-l", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    client = (
        "import json, sys, tasks\n"
        "asked = [tasks.work.delay(n, 2) for n in range(int(sys.argv[1]))]\n"
        "print(json.dumps([a.get(timeout=60) for a in asked]))\n"
    )
    with log.open("wb") as output:
        worker = subprocess.Popen(
            command,
            cwd=shop.root,
            env=shop.environment(C_FORCE_ROOT="1"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        answers: list[Any] = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", client, "20"],
                cwd=shop.root,
                env=shop.environment(),
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stderr + log.read_text(errors="replace")
            answers = json.loads(done.stdout)
            assert [answer for _, answer, _ in answers] == [n * 2 for n in range(20)]
            time.sleep(0.5)
        assert max(carved for _, _, carved in answers) > 0, "the carving answers in the pool"
        with shop.store() as store:
            before = sum(
                json.loads(r.counters_json)["reference"]["calls"] for r in store.live(NAME)
            )
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, log.read_text(errors="replace")
    with shop.store() as store:
        counted = sum(
            json.loads(r.counters_json)[arm]["calls"]
            for r in store.live(NAME)
            for arm in ("reference", "candidate")
        )
    assert before <= counted
    assert counted == 40, "the last second's counts were written at the pool's end"
    assert "Traceback" not in log.read_text(errors="replace")


def test_two_move_at_once(shop: Shop, artifact: Artifact) -> None:
    """Both say what came of it; nobody's word is half-kept, and `back` has the last one."""
    shop.register(artifact)
    with shop.serve() as service, service.load() as load:
        eventually(lambda: service.counters()["captured"] > 0)
        ways = [["move", NAME, "shadow"], ["move", NAME, "canary", "5"], ["move", NAME, "--auto"]]
        processes = [
            subprocess.Popen(
                carve_command(*way),
                cwd=shop.root,
                env=shop.environment(CARVEOUT_TIME_SCALE="0.01"),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for way in ways * 2
        ]
        # Those that move once have ended, so the others, started with them, are at it.
        once = [p for p, way in zip(processes, ways * 2, strict=True) if way[-1] != "--auto"]
        eventually(lambda: all(process.poll() is not None for process in once), 60)
        time.sleep(2.0)
        shop.carve("back", NAME).passes()
        for process in processes:
            _, said = process.communicate(timeout=60)
            assert "Traceback" not in said
            assert process.returncode in (0, 1, 4), said
            assert process.returncode != 1 or "error[stage-changed]" in said, said
        eventually(lambda: service.counters()["stage"] == "reference")
        with shop.store() as store:
            assert store.stage(NAME).stage == "reference"
            epochs = [n for n in store.notes(100) if n.kind in ("moved", "back")]
            assert len(epochs) >= 3
    load.check()


def test_many_processes_open_a_new_store_at_once(shop: Shop) -> None:
    """The first start of a service with many workers: one makes the tables, all use them."""
    script = (
        "import sys\nfrom shop.prices import price\nprint(price(3, 4)); import time; time.sleep(2)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=shop.root,
            env=shop.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for process in processes:
        out, said = process.communicate(timeout=60)
        assert (out, process.returncode) == ("12\n", 0), said
        assert "the reference answers everything" not in said
    with shop.store() as store:
        assert len(store.processes(None)) == 8


def test_a_process_without_the_native_module(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shop.stage("full", artifact)
    app = shop.root / "shop" / "app.py"
    app.write_text(
        "import sys\nsys.modules['carveout._native'] = None\n"
        + app.read_text().replace("import asyncio", "import asyncio", 1)
    )
    with shop.serve() as service, service.load() as load:
        eventually(lambda: "no native module, the references answer" in shop.status())
        assert "services: process" in shop.carve("doctor").out
    load.check()


def test_two_threads_make_the_first_call_at_once(shop: Shop) -> None:
    script = (
        "import threading\nfrom shop.prices import price\n"
        "ready = threading.Barrier(16)\n"
        "def go(n):\n    ready.wait()\n    assert price(n, 2) == 2 * n\n"
        "threads = [threading.Thread(target=go, args=(n,)) for n in range(16)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(sum(t.name == 'carveout' for t in threading.enumerate()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=shop.root,
        env=shop.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "1\n", done.stderr
