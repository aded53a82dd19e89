"""Which recorded calls stay: three bounded samples an operation.

- uniform: 2,000 calls, each call seen equally likely to be among them. The only sample that
  counts for a bound.
- shape: 64 calls of each shape, at most 512 shapes, so that rare shapes are there at all.
- keep: exceptions, mismatches (256 of each, the latest) and the 64 slowest calls.

Uniform and shape are Algorithm R (Vitter 1985, "Random sampling with a reservoir"): the n-th call
enters a full reservoir of k with probability k/n, in place of a random one. A captured call that
stands for w calls, because only one in w was captured, counts w times: it enters with probability
min(1, k·w/W), W being the weight seen so far (Chao 1982); with equal weights that is Algorithm R.
n and W are stored, so several processes and restarts share one reservoir.

After calls are purged by age, n and W shrink in proportion, so that the sample goes on standing
for the calls of the retention period.

Invariant: all of it happens inside the caller's transaction.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence

from carveout.store.rows import RecordingRow

UNIFORM = 2000
PER_SHAPE = 64
SHAPES = 512
SLOWEST = 64
KEPT = 256

# The samples table counts the uniform sample under this name; no shape is empty.
_UNIFORM_KEY = ""

_INSERT = (
    'INSERT INTO recordings ("op", "args", "outcome", "duration_ns", "shape", "weight", "why", '
    '"arm", "at", "in_uniform", "in_shape", "keep") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
)


def add(
    connection: sqlite3.Connection, op: str, rows: Sequence[RecordingRow], chance: random.Random
) -> dict[str, int]:
    """Offer calls to the three samples. Returns gaps to count: shapes past the 512th."""
    shapes_over = 0
    for row in rows:
        uniform = in_shape = False
        if row.why == "sample":
            uniform = _offer(connection, op, _UNIFORM_KEY, row.weight, UNIFORM, chance)
            if _room_for_shape(connection, op, row.shape):
                in_shape = _offer(connection, op, row.shape, row.weight, PER_SHAPE, chance)
            else:
                shapes_over += 1
        keep = _keep(connection, op, row)
        if uniform or in_shape or keep:
            connection.execute(
                _INSERT,
                (
                    op,
                    row.args,
                    row.outcome,
                    row.duration_ns,
                    row.shape,
                    row.weight,
                    row.why,
                    row.arm,
                    row.at,
                    uniform,
                    in_shape,
                    keep,
                ),
            )
    _drop_unheld(connection, op)
    return {"shapes_over": shapes_over} if shapes_over else {}


def _offer(
    connection: sqlite3.Connection,
    op: str,
    shape: str,
    weight: float,
    size: int,
    chance: random.Random,
) -> bool:
    """Count one call for a sample; True if it enters, after making room for it."""
    seen: float = connection.execute(
        'INSERT INTO samples VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET "seen" = "seen" + 1, '
        '"weight" = "weight" + excluded."weight" RETURNING "weight"',
        (op, shape, weight),
    ).fetchone()[0]
    if shape == _UNIFORM_KEY:
        where, values = '"op" = ? AND "in_uniform" = 1', (op,)
        column = "in_uniform"
    else:
        where, values = '"op" = ? AND "shape" = ? AND "in_shape" = 1', (op, shape)  # type: ignore[assignment]
        column = "in_shape"
    held = connection.execute(f"SELECT count(*) FROM recordings WHERE {where}", values).fetchone()[
        0
    ]
    if held < size:
        return True
    if chance.random() >= min(1.0, size * weight / seen):
        return False
    connection.execute(
        f'UPDATE recordings SET "{column}" = 0 WHERE "id" = '
        f"(SELECT id FROM recordings WHERE {where} LIMIT 1 OFFSET ?)",
        (*values, chance.randrange(held)),
    )
    return True


def _room_for_shape(connection: sqlite3.Connection, op: str, shape: str) -> bool:
    known = connection.execute(
        'SELECT 1 FROM samples WHERE "op" = ? AND "shape" = ?', (op, shape)
    ).fetchone()
    if known:
        return True
    count: int = connection.execute(
        'SELECT count(*) FROM samples WHERE "op" = ? AND "shape" != ?', (op, _UNIFORM_KEY)
    ).fetchone()[0]
    return count < SHAPES


def _keep(connection: sqlite3.Connection, op: str, row: RecordingRow) -> str | None:
    """The always-keep sample a call belongs to, after making room in it."""
    if row.why == "mismatch":
        keep = "mismatch"
    elif row.why == "exception" or row.outcome[1:2] == b"\x01":  # [1, type, args]: a fault
        keep = "exception"
    else:
        return _among_slowest(connection, op, row)
    connection.execute(
        'UPDATE recordings SET "keep" = NULL WHERE "op" = ? AND "keep" = ? AND "id" IN (SELECT id '
        'FROM recordings WHERE "op" = ? AND "keep" = ? ORDER BY "id" DESC LIMIT -1 OFFSET ?)',
        (op, keep, op, keep, KEPT - 1),
    )
    return keep


def _among_slowest(connection: sqlite3.Connection, op: str, row: RecordingRow) -> str | None:
    if row.arm != "reference":  # the slowest calls of the reference are what find asks for
        return None
    held, fastest = connection.execute(
        'SELECT count(*), min("duration_ns") FROM recordings WHERE "op" = ? AND "keep" = \'slow\'',
        (op,),
    ).fetchone()
    if held >= SLOWEST:
        if row.duration_ns <= fastest:
            return None
        connection.execute(
            'UPDATE recordings SET "keep" = NULL WHERE "id" = (SELECT id FROM recordings WHERE '
            '"op" = ? AND "keep" = \'slow\' ORDER BY "duration_ns" LIMIT 1)',
            (op,),
        )
    return "slow"


def _drop_unheld(connection: sqlite3.Connection, op: str) -> None:
    connection.execute(
        'DELETE FROM recordings WHERE "op" = ? AND "in_uniform" = 0 AND "in_shape" = 0 '
        'AND "keep" IS NULL',
        (op,),
    )


def purge(connection: sqlite3.Connection, before: float) -> int:
    """Delete calls older than `before`; returns how many."""
    counts = {
        (op, shape): held
        for op, shape, held in connection.execute(
            'SELECT "op", "shape", count(*) FROM recordings WHERE "in_shape" = 1 '
            'GROUP BY "op", "shape" UNION ALL SELECT "op", \'\', count(*) FROM recordings '
            'WHERE "in_uniform" = 1 GROUP BY "op"'
        )
    }
    deleted = connection.execute('DELETE FROM recordings WHERE "at" < ?', (before,)).rowcount
    if deleted:
        for (op, shape), held in counts.items():
            column = "in_shape" if shape else "in_uniform"
            extra, values = ('AND "shape" = ?', (op, shape)) if shape else ("", (op,))
            left = connection.execute(
                f'SELECT count(*) FROM recordings WHERE "op" = ? AND "{column}" = 1 {extra}', values
            ).fetchone()[0]
            if left == held:
                continue
            connection.execute(
                'UPDATE samples SET "seen" = CAST("seen" * ? AS INTEGER), "weight" = "weight" * ? '
                'WHERE "op" = ? AND "shape" = ?',
                (left / held, left / held, op, shape),
            )
        connection.execute('DELETE FROM samples WHERE "shape" != \'\' AND "seen" = 0')
    return deleted
