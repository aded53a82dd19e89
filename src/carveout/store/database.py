"""One SQLite file, opened safely: a connection a thread, none across a fork, errors with a code.

    database = Database(home / "store.db", busy_timeout_ms=2000)
    with database.write() as connection:      # BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any error
        connection.execute("INSERT …")

Invariants: a transaction is whole or absent; no connection is used by two threads or by two
processes; every sqlite3 error leaves here as a `CarveError` whose code says what to do.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from carveout.diagnostics import CarveError
from carveout.store.forks import GATE
from carveout.store.schema import MIGRATIONS, VERSION

LEAST_FREE_BYTES = 256 << 10
"""Less than a few pages of the write-ahead log: the next write would fail."""


class Connection(sqlite3.Connection):
    """Python's, but one that a WeakSet can hold."""


# Connections opened before a fork. SQLite forbids even closing them in the child, so the child
# keeps them alive, unused, until it ends.
_INHERITED: list[Connection] = []


class Database:
    """The file, its connections, and its schema."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = 2000, create: bool = True) -> None:
        self.path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._local = threading.local()
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._pid = os.getpid()
        self._file: tuple[int, int] | None = None
        if create:
            self._make_home()
        elif self._identity() is None:
            raise CarveError(
                "store-missing",
                f"there is no store at {path}",
                hint="start the service once, or set CARVEOUT_HOME to its .carveout folder",
            )
        with self.errors():
            self._migrate()
        self._file = self._identity()

    def _make_home(self) -> None:
        home = self.path.parent
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = home / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="ascii")
        except OSError as problem:
            full = problem.errno == 28  # ENOSPC
            raise CarveError(
                "store-full" if full else "store-unreadable",
                f"cannot create the store's folder {home}",
                cause=str(problem),
                hint="free some space" if full else "make it writable, or set CARVEOUT_HOME",
            ) from problem

    def _identity(self) -> tuple[int, int] | None:
        """Which file stands at the path: device and inode; None if there is none."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise self._unreadable(str(problem)) from problem
        return found.st_dev, found.st_ino

    def connection(self) -> Connection:
        """This thread's connection in this process.

        Raises CarveError "store-missing" if the file it was opened on is no longer there: SQLite
        would go on writing to the deleted file, where nobody would ever read it.
        """
        if self._file is not None and self._identity() != self._file:
            raise CarveError(
                "store-missing",
                f"the store {self.path} was deleted or replaced while it was open",
                hint="a running service makes or opens the one that stands there now by itself; "
                "run a command again",
            )
        if os.getpid() != self._pid:
            _INHERITED.extend(self._open)
            self._open = weakref.WeakSet()
            self._local = threading.local()
            self._pid = os.getpid()
        known: Connection | None = getattr(self._local, "connection", None)
        if known is None:
            known = self._connect()
            self._local.connection = known
            self._open.add(known)
        return known

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=self._busy_timeout_ms / 1000,
            isolation_level=None,  # transactions are begun by hand, in `write`
            check_same_thread=False,  # so that close() may close them all
            factory=Connection,
        )
        try:
            connection.execute("PRAGMA foreign_keys = OFF")
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA journal_size_limit = 16777216")
            # What is deleted is overwritten: a call that has had its days is not to be found.
            connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: Connection) -> None:
        """Switch to WAL. Two processes that create the store at once can meet here, where
        SQLite reports "locked" without waiting; so wait by hand."""
        until = time.monotonic() + self._busy_timeout_ms / 1000
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                return
            except sqlite3.OperationalError as problem:
                busy = problem.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, 6)
                if not busy or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def _migrate(self) -> None:
        connection = self.connection()
        if self._version(connection) == VERSION:
            return
        with self._transaction(connection):
            # Read again: another process may have migrated while this one waited for the lock.
            for step in MIGRATIONS[self._version(connection) :]:
                for statement in step.split(";"):
                    if statement.strip():
                        connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        with contextlib.suppress(OSError):
            self.path.chmod(0o600)

    def _version(self, connection: Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise CarveError(
                "store-newer",
                f"the store was written by a newer Carveout (schema {version}, known: {VERSION})",
                cause=str(self.path),
                hint="upgrade carveout here, or point CARVEOUT_HOME at another folder",
            )
        return version

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start. Not reentrant."""
        with self.errors():
            connection = self.connection()
            with self._transaction(connection):
                # A newer Carveout may have come since it was opened, with tables of its own.
                self._version(connection)
                yield connection

    @contextlib.contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            # A full disk has rolled back already; then there is nothing left to do.
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Statements that only read; each sees one consistent state."""
        with self.errors():
            yield self.connection()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turns sqlite3's errors into ours; no fork comes in between."""
        try:
            with GATE.inside():
                yield
        except sqlite3.Error as problem:
            raise self._explained(problem) from problem

    def _explained(self, problem: sqlite3.Error) -> CarveError:
        code = getattr(problem, "sqlite_errorcode", 0) or 0
        name = getattr(problem, "sqlite_errorname", None)
        cause = f"{problem} ({name})" if name else str(problem)
        kind = code & 0xFF
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return CarveError(
                "store-locked",
                f"another process holds the store {self.path}",
                cause=f"{cause}, after {self._busy_timeout_ms} ms",
                hint="try again; if it stays locked, find the process with `fuser`",
            )
        # Without room SQLite may also fail to make its -wal and -shm files: that is no permission.
        if kind == sqlite3.SQLITE_FULL or (
            kind in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and self.free_bytes() == 0
        ):
            return self._full(cause)
        return self._unreadable(cause)

    def _full(self, cause: str) -> CarveError:
        return CarveError(
            "store-full",
            f"there is no space left for the store {self.path}",
            cause=cause,
            hint="free some space; nothing was half-written",
        )

    def forget(self) -> None:
        """Let deleted rows leave the write-ahead log too, if nobody is reading it just now."""
        with contextlib.suppress(sqlite3.Error), GATE.inside():
            self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _unreadable(self, cause: str) -> CarveError:
        """In the user's words where the reason can be seen, in SQLite's where not."""
        path = self.path
        hint = "check its permissions; if it is damaged, move it away to start afresh"
        try:
            os.stat(path)
        except FileNotFoundError:
            pass
        except OSError as problem:
            cause = problem.strerror or cause
        with contextlib.suppress(OSError):
            if path.is_dir():
                cause, hint = "it is a folder, not a file", "move it away to start afresh"
            elif os.statvfs(path.parent).f_flag & os.ST_RDONLY:
                cause += "; the file system is mounted read-only"
                hint = "mount it writable, or set CARVEOUT_HOME to a folder on another one"
            elif not os.access(path.parent, os.W_OK | os.X_OK):
                cause += f"; no permission to write in {path.parent}"
                hint = "give this user the folder (chown), or set CARVEOUT_HOME to another one"
            elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
                cause += "; no permission to read and write it"
                hint = "give this user the file (chown), or set CARVEOUT_HOME to another folder"
        return CarveError(
            "store-unreadable", f"cannot use the store {path}", cause=cause, hint=hint
        )

    def free_bytes(self) -> int | None:
        """Room left for this user on the store's file system; None if it can't be asked."""
        try:
            found = os.statvfs(self.path.parent)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def check_writable(self) -> None:
        """Raises the CarveError that a write would meet now; changes nothing."""
        with self.errors():
            connection = self.connection()
            with self._transaction(connection):
                self._version(connection)
        free = self.free_bytes()
        if free is not None and free < LEAST_FREE_BYTES:
            raise self._full(f"{free >> 10} KiB are free, {LEAST_FREE_BYTES >> 10} are needed")

    def let_go(self) -> None:
        """Close this thread's connection. Others close theirs, or they go with this object."""
        known: Connection | None = getattr(self._local, "connection", None)
        if known is not None and os.getpid() == self._pid:
            del self._local.connection
            self._open.discard(known)
            known.close()

    def close(self) -> None:
        """Close all of this process's connections; the next use opens a new one."""
        if os.getpid() == self._pid:
            for connection in list(self._open):
                connection.close()
        self._open = weakref.WeakSet()
        self._local = threading.local()
