"""Ctrl-C in each command, in the midst of its work: it ends at once and says so, what it had
started ends with it, nothing recorded is lost, and the service goes on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.shop import NAME, Shop, carve_command, eventually
from tests.faults.test_store import locked

from carveout.build import Artifact

pytestmark = pytest.mark.slow


class Running:
    """A `carve` process, what it says, and everything it started."""

    def __init__(self, shop: Shop, *arguments: str, **environment: str) -> None:
        self.marker = f"CARVE_TEST_{os.getpid()}_{id(self)}"
        self._process = subprocess.Popen(
            carve_command(*arguments),
            cwd=shop.root,
            env=shop.environment(**environment) | {self.marker: "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.said = bytearray()
        self.out = bytearray()
        self._threads = [
            threading.Thread(target=self._listen, args=(stream, into))
            for stream, into in (
                (self._process.stdout, self.out),
                (self._process.stderr, self.said),
            )
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, stream: object, into: bytearray) -> None:
        while piece := os.read(stream.fileno(), 4096):  # type: ignore[attr-defined]
            into += piece

    def relatives(self) -> list[int]:
        """Every process that has this one's environment: its children, wherever they went."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"{self.marker}=1".encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return [pid for pid in found if pid != self.pid]

    def says(self, text: str) -> None:
        eventually(lambda: text.encode() in self.out + self.said, 60, what=f"{text!r} said")

    def send(self, number: int, *, group: bool = False) -> None:
        if group:
            os.killpg(self.pid, number)
        else:
            os.kill(self.pid, number)

    def end(self, timeout_s: float = 20, *, started: bool = True) -> int:
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            for thread in self._threads:
                thread.join(5)
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    stream.close()
        # What the interpreter says before the command line is there is not ours to word.
        ours = started or b"carveout/cli/main.py" in self.said
        assert not ours or b"Traceback" not in self.said + self.out, self.said.decode()
        eventually(lambda: self.relatives() == [], 5, what="what it started has ended")
        return code

    def is_interrupted(self, number: int = signal.SIGINT) -> None:
        code = self.end()
        text = self.said.decode()
        assert code == 128 + number, (code, text)
        assert "error[interrupted]: the command was stopped before its end" in text
        assert signal.Signals(number).name in text
        assert "hint: nothing recorded was lost" in text


@pytest.fixture
def running(shop: Shop, artifact: Artifact) -> Iterator[Shop]:
    """A shop whose service answers and records meanwhile; checked at the end."""
    shop.share_caches()
    shop.register(artifact)
    shop.stage("shadow", artifact)
    with shop.serve() as service, service.load() as load:
        eventually(lambda: service.counters()["captured"] > 0)
        with shop.store() as store:
            eventually(lambda: store.recordings(NAME))
            before = store.seen(NAME)[0]
            stage = store.stage(NAME).stage
        yield shop
        with shop.store() as store:
            assert store.seen(NAME)[0] >= before
            assert store.stage(NAME).stage == stage
        eventually(lambda: service.counters()["stage"] == "shadow")
    load.check()


HANGING_CARGO = "#!/bin/sh\nsleep 600 &\necho '   Compiling for ever' >&2\nsleep 600\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cut_while_cargo_runs(number: signal.Signals, running: Shop, tmp_path: Path) -> None:
    cargo = tmp_path / "cargo"
    cargo.write_text(HANGING_CARGO)
    cargo.chmod(0o755)
    command = Running(running, "cut", NAME, CARGO=str(cargo))
    eventually(lambda: len(command.relatives()) >= 3, 60, what="cargo and its child run")
    command.send(number)
    command.is_interrupted(number)
    # And the next one is not kept out by a lock that was left.
    cargo.write_text("#!/bin/sh\nexit 1\n")
    running.carve("cut", NAME, environment={"CARGO": str(cargo)}).fails("build-failed")


def test_cut_while_it_drafts(running: Shop) -> None:
    command = Running(running, "cut", NAME, "--no-build")
    command.says("drafting")
    command.send(signal.SIGINT)
    code = command.end()
    assert code in (0, 130)
    assert not list(running.root.rglob("*.partial"))
    running.carve("cut", NAME, "--no-build").passes()


def test_prove(running: Shop) -> None:
    command = Running(running, "prove", NAME, "--calls", "100000000", "--seconds", "60")
    eventually(lambda: command.relatives(), 60, what="its children run")
    command.send(signal.SIGINT, group=True)  # as a terminal does: the children get it as well
    command.is_interrupted()
    with running.store() as store:
        assert len(store.evidence(NAME)) == 1, "half a proof is none"


def test_prove_with_tests(running: Shop) -> None:
    script = running.root / "tests.py"
    script.write_text(
        "import signal, sys, time\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(9))\n"
        "print('the tests run', flush=True)\ntime.sleep(600)\n"
    )
    tests = f"{sys.executable} {script}"
    command = Running(running, "prove", NAME, "--calls", "600", "--tests", tests)
    command.says("the tests run")
    command.send(signal.SIGINT, group=True)
    assert command.end() == 1, "the tests failed"


def test_move_auto(running: Shop) -> None:
    command = Running(running, "move", NAME, "--auto")
    command.says("hold")
    command.send(signal.SIGINT)
    assert command.end() == 130
    text = command.said.decode()
    assert f"error[interrupted]: {NAME} stays at shadow" in text
    assert f"carve move {NAME} --auto goes on" in text


def test_move_auto_as_json(running: Shop) -> None:
    command = Running(running, "move", NAME, "--auto", "--json")
    time.sleep(3.0)
    command.send(signal.SIGINT)
    assert command.end() == 130
    (error,) = json.loads(command.out)["errors"]
    assert error["code"] == "interrupted"


@pytest.mark.parametrize("way", [["back", NAME], ["move", NAME, "full"], ["cut", NAME]])
def test_while_the_store_is_locked(way: list[str], running: Shop) -> None:
    with locked(running.home / "store.db"):
        command = Running(running, *way, CARVEOUT_BUSY_TIMEOUT_MS="5000", CARGO="/bin/false")
        time.sleep(1.5)
        command.send(signal.SIGINT)
        code = command.end()
    assert code in (1, 130)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_find_on_a_running_service(number: signal.Signals, running: Shop) -> None:
    command = Running(running, "find", "--seconds", "60", "--no-draft")
    command.says("watching 1 process")
    time.sleep(0.5)
    command.send(number)
    if number == signal.SIGINT:
        # It ends the watching; what was seen is judged.
        assert command.end() == 0
        assert NAME.encode() in command.out
    else:
        command.is_interrupted(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_find_ends_what_it_started(number: signal.Signals, shop: Shop) -> None:
    work = (
        "import os, signal, time\nfrom shop.prices import price\n"
        "signal.signal(signal.SIGINT, lambda *_: os._exit(0))\n"
        "print('working', flush=True)\nwhile True: price(3, 4); time.sleep(0.001)\n"
    )
    command = Running(
        shop, "find", "--seconds", "60", "--no-draft", "--", sys.executable, "-c", work
    )
    command.says("sampling it")
    eventually(lambda: command.relatives())
    time.sleep(0.5)
    command.send(number)
    if number == signal.SIGINT:
        assert command.end() in (0, 4)
    else:
        command.is_interrupted(number)


@pytest.mark.parametrize("kind", ["passes it on", "dies of it", "ignores it once"])
def test_run_passes_it_to_the_command(kind: str, running: Shop) -> None:
    handler = {
        "passes it on": "lambda *_: sys.exit(42)",
        "dies of it": "signal.SIG_DFL",
        "ignores it once": "lambda *_: signal.signal(signal.SIGINT, lambda *_: sys.exit(7))",
    }[kind]
    script = (
        "import signal, sys, time\nfrom shop.prices import price\nprice(2, 3)\n"
        f"signal.signal(signal.SIGINT, {handler})\n"
        "print('ready', flush=True)\nwhile True: time.sleep(0.1)\n"
    )
    command = Running(running, "run", "--", sys.executable, "-c", script)
    command.says("ready")
    command.send(signal.SIGINT)
    if kind == "ignores it once":
        time.sleep(0.5)
        command.send(signal.SIGINT)
    assert command.end() == {"passes it on": 42, "dies of it": 130, "ignores it once": 7}[kind]
    assert b"carve run (full): " in command.said


def test_check_while_a_module_is_imported(running: Shop) -> None:
    prices = running.root / "shop" / "prices.py"
    prices.write_text("import time\nprint('slow', flush=True)\ntime.sleep(600)\n")
    command = Running(running, "check")
    command.says("slow")
    command.send(signal.SIGINT)
    command.is_interrupted()


def test_doctor_while_a_tool_hangs(running: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("rustc", "cargo"):
        (folder / name).write_text("#!/bin/sh\nexec sleep 600\n")
        (folder / name).chmod(0o755)
    command = Running(running, "doctor", PATH=f"{folder}:/usr/bin:/bin")
    eventually(lambda: command.relatives())
    time.sleep(0.3)
    command.send(signal.SIGINT)
    command.is_interrupted()


@pytest.mark.parametrize("way", [["status"], ["status", "--json"], ["doctor"], ["back", NAME]])
def test_at_any_moment(way: list[str], shop: Shop, artifact: Artifact) -> None:
    """From the interpreter's first breath to its last: whatever the moment, no traceback."""
    shop.register(artifact)
    ends = set()
    for delay_ms in range(120, 720, 60):
        command = Running(shop, *way)
        eventually(lambda pid=command.pid: loaded(pid, "lib-dynload"), what="the script is running")
        time.sleep(delay_ms / 1000 - 0.1)
        with contextlib.suppress(ProcessLookupError):
            command.send(signal.SIGINT)
        ends.add(command.end(started=False))
    assert ends <= {0, 1, 130}, ends


def loaded(pid: int, word: str) -> bool:
    """Whether the interpreter is up: before, Ctrl-C is not the command's to answer."""
    try:
        return word in Path(f"/proc/{pid}/maps").read_text() or not Path(f"/proc/{pid}").exists()
    except OSError:
        return True
