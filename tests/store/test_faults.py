"""The store under real faults: each is a located error, and nothing is half-written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carveout.diagnostics import CarveError
from carveout.store import RecordingRow, open_store

OP = "shop:quote"


def code_of(caught: pytest.ExceptionInfo[CarveError]) -> str:
    assert caught.value.diagnostic.hint
    return caught.value.code


def test_locked_by_another_process(home: Path) -> None:
    store = open_store(home, busy_timeout_ms=100)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
            "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()",
            str(home / "store.db"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CarveError) as caught:
            store.note(OP, "info", "x")
        assert code_of(caught) == "store-locked"
        assert store.notes() == []  # reading goes on
        holder.communicate()
    store.note(OP, "info", "x")
    assert len(store.notes()) == 1


def test_corrupt_file(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "store.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(CarveError) as caught:
        open_store(home)
    assert code_of(caught) == "store-unreadable"


def test_damaged_while_open(home: Path) -> None:
    store = open_store(home)
    store.add_recordings(OP, [RecordingRow(b"x" * 5000, b"\x92\x00\x01", 1, "s")] * 50)
    store.close()
    path = home / "store.db"
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(CarveError) as caught:
        store.recordings(OP)
    assert code_of(caught) == "store-unreadable"


def test_a_file_where_the_folder_should_be(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("in the way")
    with pytest.raises(CarveError) as caught:
        open_store(home)
    assert code_of(caught) == "store-unreadable"


def test_read_only_folder(home: Path, tmp_path: Path) -> None:
    """As an unprivileged user: root may write anywhere."""
    store = open_store(home)
    store.close()
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from carveout.diagnostics import CarveError\nfrom carveout.store import open_store\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "try:\n    open_store(Path(sys.argv[1])).note(None, 'info', 'x')\n"
        "except CarveError as error: print(error.code)\n"
    )
    shared = tmp_path / "shared"
    shared.mkdir()
    for folder in (shared, *shared.parents):
        if folder == Path("/") or folder.stat().st_mode & 0o001:
            continue
        folder.chmod(folder.stat().st_mode | 0o011)
    shared.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", code, str(shared / ".carveout")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "store-unreadable\n", done.stderr


def test_newer_schema(home: Path) -> None:
    open_store(home).close()
    with sqlite3.connect(home / "store.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(CarveError) as caught:
        open_store(home)
    assert code_of(caught) == "store-newer"


def test_missing(home: Path) -> None:
    with pytest.raises(CarveError) as caught:
        open_store(home, create=False)
    assert code_of(caught) == "store-missing"
    assert not home.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    target = tmp_path / "disk"
    target.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"mounting a small tmpfs is not permitted here: {made.stderr.strip()}")
    try:
        yield target
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)


def test_full_disk(small_disk: Path) -> None:
    store = open_store(small_disk / ".carveout")
    store.note(OP, "info", "before")
    batch = [RecordingRow(os.urandom(60_000), b"\x92\x00\x01", 1, "s") for _ in range(4)]
    written = 0
    with pytest.raises(CarveError) as caught:  # noqa: PT012 - which batch fails is the disk's
        for _ in range(50):
            store.add_recordings(OP, batch)
            written += len(batch)
    assert code_of(caught) == "store-full"
    # The batch that failed is absent as a whole, what was there before is readable.
    assert len(store.recordings(OP)) == written == store.seen(OP)[0]
    assert [note.message for note in store.notes()] == ["before"]
    store.close()


def test_full_disk_at_the_start(small_disk: Path) -> None:
    filler = os.open(small_disk / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(filler, b"x" * 4096):
            pass
    os.close(filler)
    with pytest.raises(CarveError) as caught:
        open_store(small_disk / ".carveout")
    assert code_of(caught) == "store-full"
