"""What leaves the store leaves the disk; what another contract recorded is not mixed in."""

from __future__ import annotations

import time
from pathlib import Path

from carveout.contract.wire import encode
from carveout.store import OperationRow, RecordingRow, open_store

OP = "app:quote"
VALUE = encode([0, 1])


def operation(contract: str) -> OperationRow:
    return OperationRow(OP, contract, "reference", "{}", "app.py", 1)


def on_disk(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.iterdir() if path.is_file())


def test_a_purged_call_is_gone_from_the_files_too(home: Path) -> None:
    store = open_store(home)
    old = time.time() - 20 * 86_400
    rows = [RecordingRow(b"needle %d " % n * 50, VALUE, 1, "s", at=old) for n in range(50)]
    store.add_recordings(OP, rows)
    assert b"needle 7" in on_disk(home)
    store.purge(14)
    assert b"needle" not in on_disk(home)


def test_a_call_that_leaves_its_samples_is_gone_too(home: Path) -> None:
    store = open_store(home)
    store.add_recordings(OP, [RecordingRow(b"needle" * 50, VALUE, 1, "s")])
    store.clear_recordings(OP)
    store._database.forget()
    assert b"needle" not in on_disk(home)


def test_another_contract_forgets_the_calls_of_the_last(home: Path) -> None:
    store = open_store(home)
    store.put_operation(operation("one"))
    store.add_recordings(OP, [RecordingRow(b"1", VALUE, 1, "s")], "one")
    store.put_operation(operation("one"))
    assert len(store.recordings(OP)) == 1
    store.put_operation(operation("two"))
    assert store.recordings(OP) == []
    # A process of the old version is still running.
    store.add_recordings(OP, [RecordingRow(b"1", VALUE, 1, "s")], "one")
    assert store.recordings(OP) == []
    assert store.gaps(OP) == {"other_contract": 1}
    store.add_recordings(OP, [RecordingRow(b"2", VALUE, 1, "s")], "two")
    assert len(store.recordings(OP)) == 1


def test_a_store_of_the_first_schema_is_brought_up_to_date(home: Path) -> None:
    import sqlite3

    from carveout.store.schema import MIGRATIONS, VERSION

    home.mkdir(parents=True)
    old = sqlite3.connect(home / "store.db")
    for statement in MIGRATIONS[0].split(";"):
        old.execute(statement)
    old.execute("INSERT INTO operations VALUES ('app:quote', 'c', 'r', '{}', 'app.py', 1)")
    old.execute(
        "INSERT INTO stages VALUES ('app:quote', 'canary', 0.05, 'a', NULL, 3, NULL, 1.0, 'me')"
    )
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    store = open_store(home)
    assert store.operation(OP) == OperationRow(OP, "c", "r", "{}", "app.py", 1)
    assert (store.stage(OP).epoch, store.stage(OP).about) == (3, "")
    with store._database.read() as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
