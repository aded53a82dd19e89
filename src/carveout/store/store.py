"""The control store: what operations exist, what was recorded, what was proven, who is where.

    store = open_store(settings.home)
    store.put_operation(OperationRow(...))
    store.set_stage("app:quote", "canary", 0.05, artifact.hash, "inline", by="carve move")
    store.stage("app:quote").epoch      # one more than before

Every method is one short transaction. It raises `CarveError` with "store-locked", "store-full",
"store-unreadable", "store-newer" or "store-missing", and then nothing has changed.
"""

from __future__ import annotations

import dataclasses
import math
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from carveout.diagnostics import CarveError
from carveout.store import reservoirs
from carveout.store.database import Connection, Database
from carveout.store.rows import (
    ArtifactRow,
    ComparisonRow,
    EventRow,
    EvidenceRow,
    LiveRow,
    MismatchRow,
    NoteRow,
    OperationRow,
    ProcessRow,
    RecordingRow,
    RollbackRow,
    StageRow,
)

Row = TypeVar("Row")

MISMATCHES_KEPT = 256
NOTES_KEPT = 2000
LIVE_KEPT_S = 3600.0
STAGES = ("reference", "shadow", "canary", "full", "hold", "rolled-back")


def _columns(row: type[Any]) -> str:
    return ", ".join(f'"{field.name}"' for field in dataclasses.fields(row))


def _values(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, field.name) for field in dataclasses.fields(row))


def _put(connection: Connection, table: str, row: Any, verb: str = "INSERT OR REPLACE") -> int:
    values = _values(row)
    marks = ", ".join("?" * len(values))
    sql = f"{verb} INTO {table} ({_columns(type(row))}) VALUES ({marks})"
    return connection.execute(sql, values).rowcount


class Store:
    """One SQLite file. Safe to share between threads and to keep across a fork."""

    def __init__(self, home: Path, *, create: bool = True, busy_timeout_ms: int = 2000) -> None:
        self.home = home
        self.path = home / "store.db"
        self._database = Database(self.path, busy_timeout_ms=busy_timeout_ms, create=create)
        self.chance = random.Random()
        self._live_purged = 0.0

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def let_go(self) -> None:
        """Close this thread's connection; other threads may be using theirs."""
        self._database.let_go()

    def close(self) -> None:
        """Close this process's connections. The store can still be used; it opens new ones."""
        self._database.close()

    def check_writable(self) -> None:
        """Raises what a write would meet now ("store-locked", "store-full", …)."""
        self._database.check_writable()

    def _all(self, row: type[Row], rest: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._database.read() as connection:
            found = connection.execute(f"SELECT {_columns(row)} FROM {rest}", values).fetchall()
        return [row(*columns) for columns in found]

    def _one(self, row: type[Row], rest: str, values: Sequence[Any] = ()) -> Row | None:
        found = self._all(row, rest, values)
        return found[0] if found else None

    # Operations -------------------------------------------------------------------------------

    def put_operation(self, row: OperationRow) -> None:
        """Declare an operation, or declare it anew. Calls recorded under another contract, whose
        bytes mean something else, are forgotten."""
        with self._database.write() as connection:
            before = connection.execute(
                'SELECT "contract_hash" FROM operations WHERE "name" = ?', (row.name,)
            ).fetchone()
            if before is not None and before[0] != row.contract_hash:
                self._clear_recordings(connection, row.name)
            _put(connection, "operations", row)

    def operations(self) -> list[OperationRow]:
        return self._all(OperationRow, 'operations ORDER BY "name"')

    def operation(self, name: str) -> OperationRow | None:
        return self._one(OperationRow, 'operations WHERE "name" = ?', (name,))

    # Recordings -------------------------------------------------------------------------------

    def add_recordings(
        self, op: str, rows: Iterable[RecordingRow], contract_hash: str | None = None
    ) -> None:
        """Offer calls to the operation's samples (reservoirs.py says which stay).

        Calls of another contract than the one declared last are counted as a gap instead.
        """
        now = time.time()
        dated = [row if row.at else dataclasses.replace(row, at=now) for row in rows]
        with self._database.write() as connection:
            declared = connection.execute(
                'SELECT "contract_hash" FROM operations WHERE "name" = ?', (op,)
            ).fetchone()
            if contract_hash is not None and declared and declared[0] != contract_hash:
                self._count_gaps(connection, op, {"other_contract": len(dated)})
                return
            gaps = reservoirs.add(connection, op, dated, self.chance)
            self._count_gaps(connection, op, gaps)

    def recordings(
        self, op: str, sample: str = "all", limit: int | None = None
    ) -> list[RecordingRow]:
        """Recorded calls, oldest first. `sample`: "uniform", "shape", "keep" or "all"."""
        where = {
            "uniform": 'AND "in_uniform" = 1',
            "shape": 'AND "in_shape" = 1',
            "keep": 'AND "keep" IS NOT NULL',
            "all": "",
        }[sample]
        return self._all(
            RecordingRow,
            f'recordings WHERE "op" = ? {where} ORDER BY "id" LIMIT ?',
            (op, -1 if limit is None else limit),
        )

    def seen(self, op: str) -> tuple[int, float]:
        """How many captured calls the uniform sample was offered, and the calls they stand for."""
        with self._database.read() as connection:
            found = connection.execute(
                'SELECT "seen", "weight" FROM samples WHERE "op" = ? AND "shape" = \'\'', (op,)
            ).fetchone()
        return (int(found[0]), float(found[1])) if found else (0, 0.0)

    def shapes(self, op: str) -> dict[str, int]:
        """Shapes seen, and how many captured calls had each."""
        with self._database.read() as connection:
            found = connection.execute(
                'SELECT "shape", "seen" FROM samples WHERE "op" = ? AND "shape" != \'\' '
                'ORDER BY "seen" DESC, "shape"',
                (op,),
            ).fetchall()
        return dict(found)

    def clear_recordings(self, op: str) -> None:
        """Forget an operation's calls."""
        with self._database.write() as connection:
            self._clear_recordings(connection, op)

    @staticmethod
    def _clear_recordings(connection: Connection, op: str) -> None:
        for table in ("recordings", "samples", "gaps", "mismatches"):
            connection.execute(f'DELETE FROM {table} WHERE "op" = ?', (op,))

    def gaps(self, op: str) -> dict[str, int]:
        """What the recordings lack: counts of calls dropped, oversize, uncrossable, …"""
        with self._database.read() as connection:
            return dict(
                connection.execute(
                    'SELECT "what", "count" FROM gaps WHERE "op" = ? ORDER BY "what"', (op,)
                ).fetchall()
            )

    def add_gaps(self, op: str, **counts: int) -> None:
        with self._database.write() as connection:
            self._count_gaps(connection, op, counts)

    @staticmethod
    def _count_gaps(connection: Connection, op: str, counts: dict[str, int]) -> None:
        for what, count in counts.items():
            if count:
                connection.execute(
                    "INSERT INTO gaps VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                    '"count" = "count" + excluded."count"',
                    (op, what, count),
                )

    # Processes and their counters -------------------------------------------------------------

    def put_live(self, row: LiveRow | Sequence[LiveRow]) -> None:
        """Add one window of counters, or several in one transaction. Kept for an hour."""
        rows = [row] if isinstance(row, LiveRow) else row
        now = time.time()
        with self._database.write() as connection:
            for one in rows:
                _put(connection, "live", one, "INSERT")
            if now - self._live_purged > 60:
                self._live_purged = now
                connection.execute('DELETE FROM live WHERE "at" < ?', (now - LIVE_KEPT_S,))

    def live(self, op: str | None = None, since: float | None = None) -> list[LiveRow]:
        return self._all(
            LiveRow,
            'live WHERE (?1 IS NULL OR "op" = ?1) AND (?2 IS NULL OR "at" >= ?2) ORDER BY "at"',
            (op, since),
        )

    def heartbeat(self, row: ProcessRow) -> None:
        with self._database.write() as connection:
            _put(connection, "processes", row)

    def processes(self, alive_within_s: float | None = 5.0) -> list[ProcessRow]:
        """Processes whose heartbeat is at most that old; all that are known for None."""
        since = -math.inf if alive_within_s is None else time.time() - alive_within_s
        return self._all(
            ProcessRow, 'processes WHERE "last_seen" >= ? ORDER BY "started", "id"', (since,)
        )

    # Stages and rollbacks ---------------------------------------------------------------------

    def stage(self, op: str) -> StageRow:
        """Where the operation's traffic goes; the reference, at epoch 0, if nobody said."""
        return self._one(StageRow, 'stages WHERE "op" = ?', (op,)) or StageRow(op)

    def stages(self) -> list[StageRow]:
        return self._all(StageRow, 'stages ORDER BY "op"')

    def set_stage(
        self,
        op: str,
        stage: str,
        share: float,
        artifact: str | None,
        placement: str | None,
        by: str,
        tau_ns: int | None = None,
        *,
        about: str = "",
        expect_epoch: int | None = None,
    ) -> StageRow:
        """Move the operation; the new row has the next epoch.

        With `expect_epoch`, only if nobody has moved it since that epoch.

        Raises:
            CarveError: "artifact-rolled-back" if a rollback of this artifact is latched and the
                stage would send it callers' traffic; "stage-changed".
        """
        if stage not in STAGES or not 0 <= share <= 1:
            raise ValueError(f"no such stage: {stage!r} at share {share!r}")
        with self._database.write() as connection:
            self._expect(connection, op, expect_epoch)
            latched = connection.execute(
                'SELECT "guard", "reason" FROM rollbacks WHERE "op" = ? AND "artifact" = ?',
                (op, artifact),
            ).fetchone()
            if latched and stage in ("canary", "full"):
                raise CarveError(
                    "artifact-rolled-back",
                    f"{op}: carving {(artifact or '')[:16]} was rolled back and stays out",
                    cause=f"{latched[0]}: {latched[1]}",
                    hint="build a corrected carving; its hash is a new one",
                )
            return self._write_stage(
                connection, op, stage, share, artifact, placement, by, tau_ns, about
            )

    @staticmethod
    def _expect(connection: Connection, op: str, epoch: int | None) -> None:
        if epoch is None:
            return
        found = connection.execute(
            'SELECT "epoch", "stage", "by" FROM stages WHERE "op" = ?', (op,)
        ).fetchone() or (0, "reference", "")
        if found[0] != epoch:
            raise CarveError(
                "stage-changed",
                f"{op} was moved meanwhile",
                cause=f"{found[2] or 'somebody'} set {found[1]}",
                hint="carve status shows where it is now",
            )

    def void(self, op: str, artifact: str, by: str, expect_epoch: int) -> StageRow:
        """Back to the reference, and forget what live traffic said of this artifact: it was said
        under circumstances that are no more. A rollback stays latched.

        Raises:
            CarveError: "stage-changed" if somebody moved it since that epoch.
        """
        with self._database.write() as connection:
            self._expect(connection, op, expect_epoch)
            for table in ("comparisons", "events"):
                connection.execute(
                    f'DELETE FROM {table} WHERE "op" = ? AND "artifact" = ?', (op, artifact)
                )
            return self._write_stage(connection, op, "reference", 0.0, artifact, None, by, None, "")

    @staticmethod
    def _write_stage(
        connection: Connection,
        op: str,
        stage: str,
        share: float,
        artifact: str | None,
        placement: str | None,
        by: str,
        tau_ns: int | None,
        about: str,
    ) -> StageRow:
        epoch = connection.execute(
            'SELECT coalesce(max("epoch"), 0) + 1 FROM stages WHERE "op" = ?', (op,)
        ).fetchone()[0]
        row = StageRow(op, stage, share, artifact, placement, epoch, tau_ns, time.time(), by, about)
        _put(connection, "stages", row)
        return row

    def latch_rollback(self, op: str, artifact: str, guard: str, reason: str) -> bool:
        """Roll an artifact back for good. True for the first to say so.

        The stage changes in the same transaction, if it is this artifact that has the traffic.
        """
        row = RollbackRow(op, artifact, guard, reason, time.time())
        with self._database.write() as connection:
            first = _put(connection, "rollbacks", row, "INSERT OR IGNORE") == 1
            current = connection.execute(
                'SELECT "artifact", "stage", "placement" FROM stages WHERE "op" = ?', (op,)
            ).fetchone()
            if current and current[0] == artifact and current[1] != "rolled-back":
                by = f"guard {guard}"
                self._write_stage(
                    connection, op, "rolled-back", 0.0, artifact, current[2], by, None, ""
                )
            return first

    def rollback(self, op: str, artifact: str) -> RollbackRow | None:
        return self._one(RollbackRow, 'rollbacks WHERE "op" = ? AND "artifact" = ?', (op, artifact))

    def clear_rollback(self, op: str, artifact: str) -> None:
        """Unlatch; the stage stays as it is until someone moves it."""
        with self._database.write() as connection:
            connection.execute(
                'DELETE FROM rollbacks WHERE "op" = ? AND "artifact" = ?', (op, artifact)
            )

    # Guards' events and comparisons -------------------------------------------------------------

    def add_events(
        self,
        op: str,
        artifact: str,
        share: float,
        guard: str,
        reference_n: int,
        reference_x: int,
        candidate_n: int,
        candidate_x: int,
    ) -> None:
        """Add counts to what was seen at this share. They are never reset, only added to."""
        counts = (reference_n, reference_x, candidate_n, candidate_x)
        self.add_event_rows([EventRow(op, artifact, share, guard, *counts, time.time())])

    def add_event_rows(self, rows: Sequence[EventRow]) -> None:
        """The same for several guards, all of them or none."""
        added = ", ".join(
            f'"{name}" = "{name}" + excluded."{name}"'
            for name in ("reference_n", "reference_x", "candidate_n", "candidate_x")
        )
        with self._database.write() as connection:
            connection.executemany(
                f"INSERT INTO events ({_columns(EventRow)}) VALUES (?,?,?,?,?,?,?,?,?) "
                f'ON CONFLICT DO UPDATE SET {added}, "at" = excluded."at"',
                [_values(row) for row in rows],
            )

    def events(self, op: str, artifact: str) -> list[EventRow]:
        return self._all(
            EventRow,
            'events WHERE "op" = ? AND "artifact" = ? ORDER BY "guard", "share"',
            (op, artifact),
        )

    def add_comparison(
        self,
        op: str,
        artifact: str,
        same: int = 0,
        different: int = 0,
        declined: int = 0,
        noisy: int = 0,
        unknown: int = 0,
    ) -> None:
        row = ComparisonRow(op, artifact, same, different, declined, noisy, unknown)
        added = ", ".join(
            f'"{name}" = "{name}" + excluded."{name}"'
            for name in ("same", "different", "declined", "noisy", "unknown")
        )
        with self._database.write() as connection:
            connection.execute(
                f"INSERT INTO comparisons ({_columns(ComparisonRow)}) VALUES (?,?,?,?,?,?,?) "
                f"ON CONFLICT DO UPDATE SET {added}",
                _values(row),
            )

    def comparisons(self, op: str, artifact: str) -> ComparisonRow:
        """The verdicts added up; all zero if nothing was compared."""
        found = self._one(
            ComparisonRow, 'comparisons WHERE "op" = ? AND "artifact" = ?', (op, artifact)
        )
        return found or ComparisonRow(op, artifact)

    def add_mismatch(self, row: MismatchRow) -> None:
        """Keep a mismatch; the first 256 of an artifact, which are the ones that explain it."""
        with self._database.write() as connection:
            held = connection.execute(
                'SELECT count(*) FROM mismatches WHERE "op" = ? AND "artifact" = ?',
                (row.op, row.artifact),
            ).fetchone()[0]
            if held < MISMATCHES_KEPT:
                _put(connection, "mismatches", row, "INSERT")

    def mismatches(self, op: str, artifact: str | None = None) -> list[MismatchRow]:
        return self._all(
            MismatchRow,
            'mismatches WHERE "op" = ?1 AND (?2 IS NULL OR "artifact" = ?2) ORDER BY "id"',
            (op, artifact),
        )

    # Evidence and artifacts ---------------------------------------------------------------------

    def put_evidence(self, row: EvidenceRow) -> None:
        with self._database.write() as connection:
            _put(connection, "evidence", row)

    def evidence(self, op: str, artifact: str | None = None) -> list[EvidenceRow]:
        """Evidence, newest first."""
        return self._all(
            EvidenceRow,
            'evidence WHERE "op" = ?1 AND (?2 IS NULL OR "artifact" = ?2) ORDER BY "at" DESC',
            (op, artifact),
        )

    def put_artifact(self, row: ArtifactRow) -> None:
        with self._database.write() as connection:
            _put(connection, "artifacts", row)

    def artifacts(self, op: str) -> list[ArtifactRow]:
        """An operation's carvings, newest first."""
        return self._all(ArtifactRow, 'artifacts WHERE "op" = ? ORDER BY "built_at" DESC', (op,))

    def artifact(self, hash: str) -> ArtifactRow | None:
        return self._one(ArtifactRow, 'artifacts WHERE "hash" = ?', (hash,))

    # Notes and age ------------------------------------------------------------------------------

    def note(self, op: str | None, kind: str, message: str) -> None:
        """Say what happened, for `carve status`. The last 2,000 are kept."""
        with self._database.write() as connection:
            added = connection.execute(
                'INSERT INTO notes ("at", "op", "kind", "message") VALUES (?, ?, ?, ?)',
                (time.time(), op, kind, message),
            ).lastrowid
            connection.execute('DELETE FROM notes WHERE "id" <= ?', ((added or 0) - NOTES_KEPT,))

    def notes(self, limit: int = 50) -> list[NoteRow]:
        """The newest notes, newest first."""
        return self._all(NoteRow, 'notes ORDER BY "id" DESC LIMIT ?', (limit,))

    def purge(self, retention_days: float) -> int:
        """Delete calls and mismatches older than that; returns how many calls were deleted."""
        before = time.time() - retention_days * 86_400
        with self._database.write() as connection:
            deleted = reservoirs.purge(connection, before)
            connection.execute('DELETE FROM mismatches WHERE "at" < ?', (before,))
            connection.execute('DELETE FROM processes WHERE "last_seen" < ?', (before,))
            connection.execute('DELETE FROM notes WHERE "at" < ?', (before,))
        if deleted:
            self._database.forget()
        return deleted


def open_store(home: Path, *, create: bool = True, busy_timeout_ms: int = 2000) -> Store:
    """Open the store in `home` (a `.carveout` folder), creating it unless told not to.

    Raises:
        CarveError: "store-missing", "store-locked", "store-full", "store-unreadable",
            "store-newer".
    """
    return Store(home, create=create, busy_timeout_ms=busy_timeout_ms)
