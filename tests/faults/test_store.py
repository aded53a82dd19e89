"""The store fails under a running service: the reference answers, `carve status` says why, and
when the store is back everything goes on; what was recorded is there, what was not is counted."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.conftest import Mount
from tests.faults.shop import NAME, Service, Shop, eventually

from carveout.build import Artifact

pytestmark = pytest.mark.slow
QUICK = {"CARVEOUT_BUSY_TIMEOUT_MS": "300"}


def on_stage(service: Service, stage: str) -> None:
    eventually(lambda: service.counters()["stage"] == stage, 15, what=f"stage {stage}")


@pytest.fixture
def moved(shop: Shop, artifact: Artifact) -> Shop:
    """A shop whose carving answers everything."""
    shop.register(artifact)
    shop.stage("full", artifact)
    return shop


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the store's write lock."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate()


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The disk is full."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"x" * 4096)
    try:
        yield
    finally:
        filler.unlink()


@dataclass
class Accounts:
    """What the dispatch captured and dropped, beside what the store has of it."""

    shop: Shop
    service: Service
    captured: int = 0
    dropped: int = 0
    seen: int = 0
    gaps: int = 0

    def __post_init__(self) -> None:
        """Begins when the first calls, made before the agent was up, are through."""
        self.service.price(1)
        eventually(lambda: (self.shop.home / "store.db").exists())
        eventually(self._even)
        self.captured, self.dropped, self.seen, self.gaps = self._all()

    def _all(self) -> tuple[int, int, int, int]:
        counters = self.service.counters()
        with self.shop.store() as store:
            return (
                counters["captured"],
                counters["dropped"],
                store.seen(NAME)[0],
                sum(store.gaps(NAME).values()),
            )

    def _even(self) -> bool:
        self.service.price(1)
        time.sleep(0.3)
        return self._all()[2] > 0

    def end(self, calls: int, number: int = signal.SIGTERM) -> int:
        """End the service: every call is in what the samples were offered, or a counted gap.

        Returns the gaps."""
        self.service.end(number)
        with self.shop.store() as store:
            seen = store.seen(NAME)[0] - self.seen
            gaps = sum(store.gaps(NAME).values()) - self.gaps
        assert seen + gaps == calls
        return gaps


# Locked and full: it can be read, but nothing can be written ------------------------------------


def test_locked(moved: Shop) -> None:
    with moved.serve(environment=QUICK) as service, service.load() as load:
        on_stage(service, "full")
        with locked(moved.home / "store.db"):
            on_stage(service, "reference")
            done = moved.carve("status")
            assert done.code == 1
            assert "another process holds the store" in done.out
            assert "the references answer every call\n  hint: " in done.out
            moved.carve("back", NAME, environment=QUICK).fails("store-locked", next="fuser")
            doctor = moved.carve("doctor", environment=QUICK)
            assert doctor.code == 1
            assert "MISSING  store: another process holds the store" in doctor.out
            # Not to and fro while the lock lasts: what can't be written down is not moved.
            for _ in range(10):
                assert service.counters()["stage"] == "reference"
                time.sleep(0.15)
        on_stage(service, "full")
        assert moved.carve("status").passes()
        assert "the reference answers everything: store-locked" in service.said()
    load.check()


def test_what_is_recorded_beside_a_lock_is_kept_or_counted(shop: Shop) -> None:
    with shop.serve(environment=QUICK) as service:
        accounts = Accounts(shop, service)
        with service.load(pause_s=0.001) as load:
            for _ in range(2):
                with locked(shop.home / "store.db"):
                    time.sleep(1.2)
                time.sleep(0.4)
        accounts.end(load.answered)
    load.check()


def test_more_calls_than_the_queue_holds_are_counted(shop: Shop) -> None:
    with shop.serve(environment=QUICK) as service:
        accounts = Accounts(shop, service)
        with locked(shop.home / "store.db"), service.load(pause_s=0) as load:
            eventually(lambda: load.answered > 2600, 60)
        assert accounts.end(load.answered) > 500
    load.check()
    assert "not recorded: " in shop.status()


def test_full_disk(shop: Shop, artifact: Artifact, mount: Mount, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=2m")
    shop.home = disk / ".carveout"
    shop.register(artifact)
    shop.stage("full", artifact)
    with shop.serve(environment=QUICK) as service, service.load() as load:
        on_stage(service, "full")
        eventually(lambda: service.counters()["captured"] > 0)
        with shop.store() as store:
            before = eventually(lambda: len(store.recordings(NAME)))
            known = store.notes()
        with filled(disk):
            on_stage(service, "reference")
            done = shop.carve("status")
            assert done.code == 1, done.out
            assert "no space left for the store" in done.out
            assert "the references answer every call\n  hint: free some space" in done.out
            for way in (["back", NAME], ["move", NAME, "shadow"]):
                shop.carve(*way).fails("store-full", next="free some space")
            assert "MISSING  store: there is no space left" in shop.carve("doctor").out
            time.sleep(1)
        on_stage(service, "full")
        assert shop.carve("status").code == 0
    load.check()
    with shop.store() as store:
        assert len(store.recordings(NAME)) >= before
        assert store.notes(100)[-len(known) :] == known


def test_what_is_recorded_on_a_full_disk_is_kept_or_counted(
    shop: Shop, mount: Mount, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=3m")
    shop.home = disk / ".carveout"
    with shop.serve(environment=QUICK) as service:
        accounts = Accounts(shop, service)
        with service.load(pause_s=0.001) as load:
            for _ in range(2):
                with filled(disk):
                    time.sleep(1.2)
                time.sleep(0.4)
        accounts.end(load.answered)
    load.check()


# Unusable: it can't be read either --------------------------------------------------------------


def garbage(home: Path) -> None:
    (home / "store.db").write_bytes(os.urandom(40_000))


def a_folder(home: Path) -> None:
    (home / "store.db").mkdir()


def newer(home: Path) -> None:
    with contextlib.closing(sqlite3.connect(home / "store.db")) as connection:
        connection.execute("PRAGMA user_version = 999")


def a_loop(home: Path) -> None:
    (home / "store.db").symlink_to("store.db")


UNUSABLE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "garbage": (garbage, "store-unreadable", "file is not a database"),
    "a folder": (a_folder, "store-unreadable", "it is a folder, not a file"),
    "newer": (newer, "store-newer", "written by a newer Carveout (schema 999"),
    "a loop of links": (a_loop, "store-unreadable", "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_something_else_stands_where_the_store_was(kind: str, moved: Shop) -> None:
    spoil, code, why = UNUSABLE[kind]
    aside = moved.home.with_name("aside")
    with moved.serve() as service, service.load() as load:
        on_stage(service, "full")
        # The folder stays; the store in it becomes another file.
        aside.mkdir()
        for path in moved.home.glob("store.db*"):
            path.rename(aside / path.name)
        spoil(moved.home)
        on_stage(service, "reference")
        done = moved.carve("status")
        assert done.code == 1
        assert why in done.out
        assert "the references answer every call\n  hint: " in done.out
        status = moved.carve("status", "--json")
        assert status.json["code"] == code
        for way in (["back", NAME], ["move", NAME, "shadow"], ["check"], ["prove", NAME]):
            moved.carve(*way).fails(code, cause=why)
        doctor = moved.carve("doctor").out
        assert "MISSING  store: " in doctor
        assert why in doctor
        # Put right again, nothing has to be restarted.
        spoilt = moved.home / "store.db"
        spoilt.rmdir() if kind == "a folder" else spoilt.unlink()
        for path in [*moved.home.glob("store.db*")]:
            path.unlink()
        for path in aside.iterdir():
            path.rename(moved.home / path.name)
        on_stage(service, "full")
        assert f"the reference answers everything: {code}" in service.said() or "store-missing" in (
            service.said()
        )
    load.check()


def test_a_newer_carveout_came_meanwhile(moved: Shop) -> None:
    """It changed the tables of the very file this service has open."""
    with moved.serve() as service, service.load() as load:
        on_stage(service, "full")
        newer(moved.home)
        on_stage(service, "reference")
        assert "written by a newer Carveout" in moved.status()
    load.check()


def test_a_file_where_the_folder_should_be(shop: Shop) -> None:
    shop.home.write_text("in the way")
    with shop.serve() as service, service.load() as load:
        eventually(lambda: "store-unreadable" in service.said())
        done = shop.carve("status")
        assert done.code == 1
        assert "the references answer every call" in done.out
        shop.carve("back", NAME).fails("store-unreadable")
        shop.home.unlink()
        eventually(lambda: (shop.home / "store.db").exists())
        eventually(lambda: NAME in shop.status())
    load.check()


def test_no_permission(moved: Shop, ordinary: Callable[[], None]) -> None:
    store = moved.home / "store.db"
    store.chmod(0)
    try:
        with moved.serve(preexec=ordinary) as service, service.load() as load:
            eventually(lambda: "store-unreadable" in service.said())
            done = moved.carve("status", preexec=ordinary)
            assert done.code == 1
            assert "no permission to read and write it" in done.out
            moved.carve("back", NAME, preexec=ordinary).fails("store-unreadable", next="chown")
            store.chmod(0o600)
            on_stage(service, "full")
        load.check()
    finally:
        store.chmod(0o600)


def test_a_folder_that_may_not_be_written(shop: Shop, ordinary: Callable[[], None]) -> None:
    shop.root.chmod(0o555)
    try:
        with shop.serve(preexec=ordinary) as service, service.load() as load:
            eventually(lambda: "store-unreadable: cannot create" in service.said())
            done = shop.carve("doctor", preexec=ordinary)
            assert done.code == 1
            assert f"MISSING  permissions: cannot write to {shop.root}" in done.out
            shop.carve("cut", NAME, preexec=ordinary).fails("store-unreadable", next="writable")
        load.check()
    finally:
        shop.root.chmod(0o755)


def test_read_only_file_system(
    shop: Shop, artifact: Artifact, mount: Mount, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=8m")
    shop.home = disk / ".carveout"
    shop.register(artifact)
    shop.stage("full", artifact)
    mount(disk, "ro")
    with shop.serve() as service, service.load() as load:
        eventually(lambda: "store-unreadable" in service.said())
        done = shop.carve("status")
        assert done.code == 1
        assert "the file system is mounted read-only" in done.out
        shop.carve("back", NAME).fails("store-unreadable", next="mount it writable")
        mount(disk, "rw")
        on_stage(service, "full")
    load.check()


# Gone, killed, ended ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["folder", "file"])
def test_deleted_under_a_running_service(what: str, moved: Shop) -> None:
    with moved.serve() as service, service.load() as load:
        on_stage(service, "full")
        if what == "folder":
            shutil.rmtree(moved.home)
        else:
            (moved.home / "store.db").unlink()
        on_stage(service, "reference")
        # It makes a new one, in which everything begins anew: the operation, the recordings.
        eventually(lambda: (moved.home / "store.db").exists())
        eventually(lambda: "reference, no carving" in moved.status())
        with moved.store() as store:
            eventually(lambda: store.recordings(NAME))
        assert "deleted or replaced" in service.said()
    load.check()


def test_a_command_whose_store_is_deleted(moved: Shop) -> None:
    """`carve move --auto` waits for traffic that never comes; its store goes away."""
    command = ["move", NAME, "shadow", "--auto"]
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("carve")), *command],
        cwd=moved.root,
        env=moved.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with moved.store() as store:
        eventually(lambda: store.stage(NAME).stage == "shadow")
    shutil.rmtree(moved.home)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "error[store-missing]: " in said
    assert "Traceback" not in said


def test_killed_while_it_writes(shop: Shop) -> None:
    before = 0
    for _ in range(3):
        with shop.serve() as service, service.load(pause_s=0) as load:
            eventually(lambda load=load: load.answered > 150, 30)
            with shop.store() as store:
                eventually(lambda store=store, before=before: store.seen(NAME)[0] > before)
            service.process.kill()
            service.process.wait()
            load.errors.clear()
        assert load.wrong == []
        with contextlib.closing(sqlite3.connect(shop.home / "store.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with shop.store() as store:
            now = store.seen(NAME)[0]
            assert len(store.recordings(NAME)) > 0
        # What was written before the kill is there after it.
        assert now >= before
        before = now


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_writes_what_was_captured(number: int, shop: Shop) -> None:
    with shop.serve() as service:
        accounts = Accounts(shop, service)
        # Just now, so that the last ones wait in the queue.
        for cents in range(50):
            assert service.price(cents) == {"answer": cents * 2}
        assert accounts.end(50, number) == 0


def test_the_end_with_a_locked_store_says_what_is_lost(shop: Shop) -> None:
    with shop.serve(environment=QUICK) as service:
        service.price(1)
        eventually(lambda: (shop.home / "store.db").exists())
        eventually(lambda: "shop.prices" in shop.status())
        with locked(shop.home / "store.db"):
            for number in range(20):
                service.price(number)
            started = time.monotonic()
            service.end(signal.SIGTERM)
            assert time.monotonic() - started < 8
        assert "captured calls could not be written before the end" in service.said()


# Clocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-7 * 86_400, 60 * 86_400])
def test_the_clock_jumps(offset: int, moved: Shop) -> None:
    """Guards, heartbeat and stages go on; nothing recorded is purged by a wrong clock."""
    with moved.serve() as service, service.load() as load:
        on_stage(service, "full")
        with moved.store() as store:
            eventually(lambda: store.recordings(NAME))
            kept = {row.args for row in store.recordings(NAME)}
        service.get(f"/clock?offset={offset}")
        time.sleep(1.5)
        moved.carve("back", NAME).passes()
        on_stage(service, "reference")
        with moved.store() as store:
            (process,) = store.processes(None)
            assert json.loads(process.status_json)["agent"] == "running"
            assert abs(process.last_seen - (time.time() + offset)) < 30
            live = eventually(
                lambda: [row for row in store.live() if abs(row.at - time.time() - offset) < 30]
            )
            assert all(0 < row.window_s < 30 for row in live)
            assert kept <= {row.args for row in store.recordings(NAME)}
        assert "the clock jumped" in service.said()
        service.get("/clock?offset=0")
        time.sleep(1.5)
        assert "processes: 1 alive" in moved.status()
    load.check()
