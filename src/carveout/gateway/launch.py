"""Start the data plane: in this process's place (`run`), or beside it (`start`).

    with start(config) as running:
        httpx.get(running.url + "/")

`run` does not return: the binary takes over the process, so nothing of Python stays resident and
signals go straight to it.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from carveout.diagnostics import CarveError
from carveout.gateway.admin import Admin
from carveout.gateway.checking import demand_valid
from carveout.gateway.model import AdminApi, Gateway

START_TIMEOUT_S = 30.0
_LISTENING = re.compile(r"listening on (.+)$")


def binary() -> Path:
    """The data plane's executable, part of the wheel. Raises CarveError if it is not there."""
    found = Path(__file__).with_name("_bin") / "carveout-gateway"
    if not found.is_file():
        raise CarveError(
            "gateway-missing",
            "the gateway's binary is not installed",
            cause=f"there is no {found}",
            hint="install a wheel, or run `make setup` in the checkout",
        )
    return found


def run(file: Path) -> None:
    """Check `file`, then become the gateway. Returns only by raising CarveError."""
    demand_valid(file)
    executable = binary()
    try:
        os.execv(executable, [str(executable), "run", str(file)])
    except OSError as problem:
        raise CarveError(
            "gateway-failed", "the gateway could not be started", cause=str(problem)
        ) from problem


class Running:
    """A gateway beside this process; ends with it, or with `stop`."""

    def __init__(self, process: subprocess.Popen[str], file: Path, admin: Admin | None) -> None:
        self.process = process
        self.file = file
        self.admin = admin
        self.addresses: list[str] = []
        self.log: list[str] = []
        """What it wrote to standard error, by line."""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            found = _LISTENING.search(line)
            if found:
                self.addresses = found[1].split(", ")
                self._ready.set()
        self._ready.set()

    def wait_ready(self) -> None:
        """Until it listens. Raises CarveError if it ended instead."""
        if not self._ready.wait(START_TIMEOUT_S) or not self.addresses:
            self.stop()
            raise CarveError(
                "gateway-failed", "the gateway did not start", cause="\n".join(self.log) or None
            )

    @property
    def url(self) -> str:
        """The first listener's address as an http URL."""
        return f"http://{self.addresses[0]}"

    def state(self) -> dict[str, Any]:
        """What the admin API says (`start` sets one up where the configuration has none)."""
        assert self.admin is not None
        return self.admin.state()

    def write(self, config: Gateway) -> None:
        """Replace the configuration file; the gateway sees it and reloads."""
        beside = self.file.with_suffix(".next")
        beside.write_bytes(_with_admin(config, self.file.parent).to_json())
        os.replace(beside, self.file)

    def stop(self, timeout_s: float = 40.0) -> int:
        """Drain and end it; returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(5)
        if self.process.stderr is not None:
            with contextlib.suppress(OSError):
                self.process.stderr.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _with_admin(config: Gateway, folder: Path) -> Gateway:
    if isinstance(config.admin, AdminApi):
        return config
    fields = {name: getattr(config, name) for name in config.__struct_fields__}
    return Gateway(**{**fields, "admin": AdminApi(socket=str(folder / "admin.sock"))})


def start(config: Gateway | Path, *, folder: Path | None = None) -> Running:
    """Start a gateway beside this process and wait until it listens.

    A `Gateway` is written to `folder` (a new temporary one by default), relative paths in it are
    relative to that; a path is served as it is. Raises CarveError on an invalid configuration.
    """
    if isinstance(config, Path):
        file, admin = config, None
    else:
        folder = folder or Path(tempfile.mkdtemp(prefix="carveout-gateway-"))
        file = folder / "gateway.json"
        file.write_bytes(_with_admin(config, folder).to_json())
        socket = config.admin.socket if isinstance(config.admin, AdminApi) else None
        admin = Admin(folder / (socket if isinstance(socket, str) else "admin.sock"))
    demand_valid(file)
    process = subprocess.Popen(
        [str(binary()), "run", str(file)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process, file, admin)
    running.wait_ready()
    if admin is not None:
        _wait_for(admin)
    return running


def _wait_for(admin: Admin) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            admin.state()
            return
        except CarveError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
