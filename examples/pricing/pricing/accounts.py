"""Accounts in SQLite: the lookup waits for the disk, because each read is audited durably."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from dataclasses import dataclass

from carveout import operation

PATH = os.environ.get("PRICING_DB") or os.path.join(
    tempfile.gettempdir(), f"pricing-{os.getpid()}.db"
)
_LOCAL = threading.local()


@dataclass(frozen=True)
class Account:
    number: int
    holder: str
    limit_cents: int
    reads: int


def connection() -> sqlite3.Connection:
    """This thread's connection; the file and its accounts are made on first use."""
    held: sqlite3.Connection | None = getattr(_LOCAL, "connection", None)
    if held is not None:
        return held
    made = sqlite3.connect(PATH, timeout=10.0)
    made.execute("PRAGMA journal_mode=DELETE")
    made.execute("PRAGMA synchronous=FULL")
    made.execute(
        "CREATE TABLE IF NOT EXISTS account "
        "(number INTEGER PRIMARY KEY, holder TEXT, limit_cents INTEGER, reads INTEGER)"
    )
    with made:
        made.executemany(
            "INSERT OR IGNORE INTO account VALUES (?, ?, ?, 0)",
            [(n, f"Holder {n}", 1_000_000 + n) for n in range(1, 201)],
        )
    _LOCAL.connection = made
    return made


@operation
def find_account(number: int) -> Account | None:
    """One account; the read is counted in a durable transaction (an fsync), as auditors ask."""
    database = connection()
    with database:
        database.execute("UPDATE account SET reads = reads + 1 WHERE number = ?", (number,))
    row = database.execute(
        "SELECT number, holder, limit_cents, reads FROM account WHERE number = ?", (number,)
    ).fetchone()
    return None if row is None else Account(*row)
