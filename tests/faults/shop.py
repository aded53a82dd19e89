"""A small shop for the fault tests: a project on disk, its service as a real process, its callers.

    shop.register(artifact); shop.stage("full", placement="worker")
    with shop.serve() as service, service.load() as load:
        ...inject a fault...
    load.check()                      # every answer right, none missing

The carving in `CRATE` is right but for five prices that make it misbehave on purpose.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carveout.build import Artifact
from carveout.store import ArtifactRow, EvidenceRow, OperationRow, Store, open_store

REPO = Path(__file__).resolve().parents[2]
NAME = "shop.prices:price"
PANICS, HANGS, EXITS, LEAKS, WRONG = 1313, 6666, 7777, 5555, 4242

PRICES = '''\
"""What things cost."""

from carveout import operation


@operation
def price(cents: int, count: int) -> int:
    """The price of `count` pieces."""
    if count < 0:
        raise ValueError("no count below 0")
    return cents * count
'''

APP = '''\
"""The service: /price?cents=&count=, /counters, /clock?offset= (moves this process's clock)."""

import asyncio
import json
import os
import time
from urllib.parse import parse_qs

from shop.prices import price

offset = 0.0
real_time = time.time
time.time = lambda: real_time() + offset


def counters():
    counted = price.counters()
    return {
        "pid": os.getpid(),
        "stage": price.stage,
        "tripped": price.tripped,
        "reference": counted["reference"]["calls"],
        "candidate": counted["candidate"]["calls"],
        "failed": counted["candidate"]["failed"],
        "captured": counted["captured"],
        "dropped": counted["dropped"],
    }


async def answer(path, query):
    global offset
    if path == "/counters":
        return counters()
    if path == "/clock":
        offset = float(query["offset"][0])
        return {"now": time.time()}
    cents, count = int(query["cents"][0]), int(query["count"][0])
    try:
        return {"answer": await asyncio.to_thread(price, cents, count)}
    except ValueError as fault:
        return {"fault": f"ValueError: {fault}"}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    query = parse_qs(scope["query_string"].decode())
    body = json.dumps(await answer(scope["path"], query)).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
'''

CRATE = f"""\
use std::time::Duration;

use carveout_runtime::prelude::*;

pub fn price(cents: i64, count: i64) -> Outcome<i64> {{
    match cents {{
        {PANICS} => panic!("a planted panic"),
        {HANGS} => loop {{
            std::thread::sleep(Duration::from_secs(60));
        }},
        {EXITS} => std::process::exit(7),
        {LEAKS} => {{
            std::mem::forget(std::hint::black_box(vec![1_u8; 64 << 20]));
        }}
        {WRONG} => return Ok(cents * count + 1),
        _ => {{}}
    }}
    if count < 0 {{
        return Err(fault::message("builtins:ValueError", "no count below 0"));
    }}
    cents.checked_mul(count).ok_or(PAST_I64)
}}
"""
GLUE = f'"{NAME}" => operation::price(cents: i64, count: i64) -> i64;'


def expected(cents: int, count: int) -> dict[str, Any]:
    """What the service answers, by the reference."""
    if count < 0:
        return {"fault": "ValueError: no count below 0"}
    return {"answer": cents * count}


def eventually(check: Callable[[], Any], timeout_s: float = 10.0, *, what: str = "") -> Any:
    """The first true value of `check`, asked every 20 ms."""
    end = time.monotonic() + timeout_s
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < end, f"did not happen in {timeout_s} s: {what or check}"
        time.sleep(0.02)


@dataclass
class Done:
    """How a `carve` process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def fails(self, code: str, *, exit_code: int = 1, **parts: str) -> Done:
        """It ended with this diagnostic, in words people can act on; never with a traceback."""
        assert "Traceback" not in self.err + self.out, self.err
        assert self.code == exit_code, (self.code, self.out, self.err)
        assert f"error[{code}]: " in self.err, self.err
        assert "hint: " in self.err, self.err
        for text in parts.values():
            assert text in self.err, self.err
        return self

    def passes(self) -> Done:
        assert self.code == 0, (self.code, self.out, self.err)
        assert "Traceback" not in self.err + self.out, self.err
        return self


@dataclass
class Load:
    """Callers of a service in a thread of their own, and what they saw."""

    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answered: int = 0
    slowest_s: float = 0.0

    def check(self, *, at_least: int = 20, slowest_s: float = 5.0) -> None:
        """Every request was answered, rightly and in time."""
        assert self.wrong == []
        assert self.errors == []
        assert self.answered >= at_least
        assert self.slowest_s < slowest_s


class Service:
    """A running service of the shop."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def get(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            assert reply.status == 200
            return json.loads(reply.read())
        finally:
            connection.close()

    def price(self, cents: int, count: int = 2) -> Any:
        return self.get(f"/price?cents={cents}&count={count}")

    def counters(self) -> Any:
        return self.get("/counters")

    @property
    def pid(self) -> int:
        return int(self.counters()["pid"])

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ready(self, timeout_s: float = 30.0) -> Service:
        end = time.monotonic() + timeout_s
        while True:
            assert self.process.poll() is None, self.said()
            try:
                self.get("/counters")
                return self
            except OSError:
                assert time.monotonic() < end, self.said()
                time.sleep(0.03)

    @contextlib.contextmanager
    def load(self, prices: Sequence[int] = (), *, pause_s: float = 0.003) -> Iterator[Load]:
        """Requests one after the other until the block ends; `prices` besides ordinary ones."""
        load, done = Load(), threading.Event()
        chance = random.Random(1)

        def call() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            while not done.is_set():
                cents, count = chance.randrange(1000), chance.randrange(-3, 50)
                if prices and load.answered % 5 == 0:
                    cents = chance.choice(prices)
                started = time.monotonic()
                try:
                    connection.request("GET", f"/price?cents={cents}&count={count}")
                    reply = connection.getresponse()
                    found = json.loads(reply.read())
                except (OSError, http.client.HTTPException, ValueError) as error:
                    load.errors.append(f"{type(error).__name__}: {error}")
                    connection.close()
                    time.sleep(0.05)
                    continue
                load.slowest_s = max(load.slowest_s, time.monotonic() - started)
                load.answered += 1
                if reply.status != 200 or found != expected(cents, count):
                    load.wrong.append(f"{cents} × {count}: {reply.status} {found}")
                time.sleep(pause_s)
            connection.close()

        thread = threading.Thread(target=call)
        thread.start()
        try:
            yield load
        finally:
            done.set()
            thread.join(30)

    def end(self, number: int = signal.SIGTERM, timeout_s: float = 20.0) -> int:
        """End it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout_s)


class Shop:
    """The project in `root`: its files, its store, its processes."""

    def __init__(self, root: Path, home: Path | None = None) -> None:
        self.root = root
        self.home = home or root / ".carveout"
        package = root / "shop"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "prices.py").write_text(PRICES)
        (package / "app.py").write_text(APP)
        (root / "carve.toml").write_text("[record]\nsample_rate = 1.0\n")

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
        return {**kept, "CARVEOUT_HOME": str(self.home), "PYTHONPATH": str(self.root), **extra}

    # -- its store ------------------------------------------------------------------------------

    def store(self) -> Store:
        return open_store(self.home)

    def register(self, artifact: Artifact, *, proven: bool = True) -> None:
        """Put a built carving and its proof into the store, as cut and prove do."""
        row = operation_row(self)
        with self.store() as store:
            store.put_operation(row)
            store.put_artifact(
                ArtifactRow(
                    artifact.hash,
                    NAME,
                    row.contract_hash,
                    row.reference_hash,
                    str(artifact.path),
                    time.time(),
                    json.dumps(artifact.info),
                )
            )
            if proven:
                store.put_evidence(
                    EvidenceRow(
                        NAME, "proof", row.reference_hash, artifact.hash, row.rules_hash, row.wire,
                        row.python, row.platform, 5000, 0, 0, 0, 1000, 4000, 0.01, 0.001, 1, 0,
                        time.time(), json.dumps({"verdict": "same"}),
                    )
                )  # fmt: skip

    def stage(
        self, stage: str, artifact: Artifact, share: float = 1.0, placement: str = "inline"
    ) -> None:
        with self.store() as store:
            store.set_stage(NAME, stage, share, artifact.hash, placement, "the test")

    def share_caches(self) -> None:
        """Use the caches of mypy and cargo that other tests have filled."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        self.home.mkdir(exist_ok=True)
        for name, kept in (("mypy", f"faults/mypy-{worker}"), ("target", "carvings")):
            folder = REPO / "target" / kept
            folder.mkdir(parents=True, exist_ok=True)
            (self.home / name).symlink_to(folder)

    # -- its processes --------------------------------------------------------------------------

    @contextlib.contextmanager
    def serve(
        self,
        *,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        preexec: Callable[[], None] | None = None,
        port: int | None = None,
    ) -> Iterator[Service]:
        """The service under uvicorn, or whatever `command` ({port} in it is replaced) starts."""
        port = port or free_port()
        words = command or [
            sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "warning",
            "shop.app:app",
        ]  # fmt: skip
        log = self.root / f"service-{port}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [word.format(port=port) for word in words],
                cwd=self.root,
                env=self.environment(**(environment or {})),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=preexec,
            )
        try:
            yield Service(process, port, log).ready()
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def carve(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        preexec: Callable[[], None] | None = None,
        timeout_s: float = 120.0,
        script: bool = False,
    ) -> Done:
        """Run `carve` to its end."""
        return carve(
            *arguments,
            cwd=cwd or self.root,
            environment=self.environment(**(environment or {})),
            preexec=preexec,
            timeout_s=timeout_s,
            script=script,
        )

    def status(self) -> str:
        """What `carve status` says, whichever way it ends."""
        done = self.carve("status")
        assert "Traceback" not in done.err, done.err
        return done.out


def carve_command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("carve")), *arguments]


def carve(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str],
    preexec: Callable[[], None] | None = None,
    timeout_s: float = 120.0,
    script: bool = False,
) -> Done:
    """Run `carve` to its end: forked from the zygote, or with `script` as the installed script."""
    if preexec is None and not script:
        return Zygote.shared().carve(arguments, cwd, environment, timeout_s)
    done = subprocess.run(
        carve_command(*arguments),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        preexec_fn=preexec,
        check=False,
    )
    return Done(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


class Zygote:
    """The process that forks commands; one for each process of pytest. See zygote.py."""

    _shared: Zygote | None = None

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=REPO,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._one_at_a_time = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="zygote-")

    @classmethod
    def shared(cls) -> Zygote:
        if cls._shared is None:
            cls._shared = Zygote()
            atexit.register(cls._shared.close)
        return cls._shared

    def carve(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout_s: float
    ) -> Done:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one_at_a_time:
            out, err = (Path(self._folder.name) / name for name in ("out", "err"))
            for path in (out, err):
                path.write_bytes(b"")
            request = {
                "arguments": list(arguments),
                "cwd": str(cwd),
                "environment": dict(environment),
                "out": str(out),
                "err": str(err),
                "timeout_s": timeout_s,
            }
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            texts = [path.read_bytes().decode(errors="replace") for path in (out, err)]
            return Done(code, *texts)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._folder.cleanup()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_row: OperationRow | None = None


def operation_row(shop: Shop) -> OperationRow:
    """The operation as its service declares it."""
    global _row
    if _row is None:
        code = (
            "import dataclasses, json\nfrom shop.prices import price\n"
            "from carveout.serve.candidates import operation_row\n"
            "print(json.dumps(dataclasses.asdict(operation_row(price))))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=shop.root,
            env=shop.environment(CARVEOUT="off"),
            capture_output=True,
            check=True,
        )
        _row = OperationRow(**json.loads(done.stdout))
    return dataclasses.replace(_row, file=str(shop.root / "shop" / "prices.py"))


def reference() -> Any:
    """The operation's plain function, as the module defines it."""
    from types import ModuleType

    module = ModuleType("shop.prices")
    source = PRICES.replace("from carveout import operation", "").replace("@operation", "")
    exec(compile(source, "prices.py", "exec"), module.__dict__)
    return module.__dict__["price"]


def contract_of_price() -> Any:
    from carveout.contract import contract_of

    return contract_of(reference())
