"""The items in SQLite: one connection a thread, write-ahead log, as small services keep them."""

from __future__ import annotations

import os
import sqlite3
import threading
from dataclasses import dataclass

_LOCAL = threading.local()


@dataclass(frozen=True)
class NewItem:
    name: str
    quantity: int
    price_cents: int


@dataclass(frozen=True)
class Item:
    id: int
    name: str
    quantity: int
    price_cents: int


def connection() -> sqlite3.Connection:
    held: sqlite3.Connection | None = getattr(_LOCAL, "connection", None)
    if held is None:
        held = sqlite3.connect(os.environ["GRID_DB"], timeout=10.0, isolation_level=None)
        held.execute("PRAGMA journal_mode=WAL")
        held.execute("PRAGMA synchronous=NORMAL")
        _LOCAL.connection = held
    return held


def find(number: int) -> Item | None:
    row = (
        connection()
        .execute("SELECT id, name, quantity, price_cents FROM items WHERE id = ?", (number,))
        .fetchone()
    )
    return None if row is None else Item(*row)


def add(new: NewItem) -> Item:
    done = connection().execute(
        "INSERT INTO items (name, quantity, price_cents) VALUES (?, ?, ?)",
        (new.name, new.quantity, new.price_cents),
    )
    assert done.lastrowid is not None
    return Item(done.lastrowid, new.name, new.quantity, new.price_cents)
