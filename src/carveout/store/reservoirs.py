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
    batch = _Batch(connection, op, chance)
    for row in rows:
        batch.offer(row)
    return batch.finish()


class _Batch:
    """One transaction of offers. It remembers counts, so that most calls cost one insert."""

    def __init__(self, connection: sqlite3.Connection, op: str, chance: random.Random) -> None:
        self.connection = connection
        self.op = op
        self.chance = chance
        self.shapes_over = 0
        # Sample → (calls seen, weight seen, calls held).
        self.samples: dict[str, tuple[int, float, int]] = {}
        self.shape_count: int = self._number(
            'SELECT count(*) FROM samples WHERE "op" = ? AND "shape" != ?', op, _UNIFORM_KEY
        )
        self.slow: tuple[int, int] | None = None  # how many are held, and the fastest of them

    def _number(self, sql: str, *values: object) -> int:
        return int(self.connection.execute(sql, values).fetchone()[0])

    def offer(self, row: RecordingRow) -> None:
        uniform = in_shape = False
        if row.why == "sample":
            uniform = self._enters(_UNIFORM_KEY, row.weight, UNIFORM)
            if self._room_for(row.shape):
                in_shape = self._enters(row.shape, row.weight, PER_SHAPE)
            else:
                self.shapes_over += 1
        keep = self._keep(row)
        if uniform or in_shape or keep:
            self.connection.execute(
                _INSERT,
                (
                    self.op,
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

    def finish(self) -> dict[str, int]:
        """Write the counts back, drop calls no sample holds any more; returns gaps to count."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?)",
            [(self.op, shape, seen, weight) for shape, (seen, weight, _) in self.samples.items()],
        )
        self.connection.execute(
            'DELETE FROM recordings WHERE "op" = ? AND "in_uniform" = 0 AND "in_shape" = 0 '
            'AND "keep" IS NULL',
            (self.op,),
        )
        return {"shapes_over": self.shapes_over} if self.shapes_over else {}

    def _where(self, sample: str) -> tuple[str, tuple[str, ...]]:
        if sample == _UNIFORM_KEY:
            return '"op" = ? AND "in_uniform" = 1', (self.op,)
        return '"op" = ? AND "shape" = ? AND "in_shape" = 1', (self.op, sample)

    def _counts(self, sample: str) -> tuple[int, float, int] | None:
        """What a sample was offered and holds, or None if it doesn't exist yet."""
        if sample not in self.samples:
            found = self.connection.execute(
                'SELECT "seen", "weight" FROM samples WHERE "op" = ? AND "shape" = ?',
                (self.op, sample),
            ).fetchone()
            if found is None:
                return None
            where, values = self._where(sample)
            held = self._number(f"SELECT count(*) FROM recordings WHERE {where}", *values)
            self.samples[sample] = (found[0], found[1], held)
        return self.samples[sample]

    def _room_for(self, shape: str) -> bool:
        if self._counts(shape) is None:
            if self.shape_count >= SHAPES:
                return False
            self.shape_count += 1
        return True

    def _enters(self, sample: str, weight: float, size: int) -> bool:
        """Count one call for a sample; True if it enters, after making room for it."""
        seen, total, held = self._counts(sample) or (0, 0.0, 0)
        seen, total = seen + 1, total + weight
        if held < size:
            self.samples[sample] = (seen, total, held + 1)
            return True
        self.samples[sample] = (seen, total, held)
        if self.chance.random() >= min(1.0, size * weight / total):
            return False
        where, values = self._where(sample)
        column = "in_uniform" if sample == _UNIFORM_KEY else "in_shape"
        self.connection.execute(
            f'UPDATE recordings SET "{column}" = 0 WHERE "id" = '
            f"(SELECT id FROM recordings WHERE {where} LIMIT 1 OFFSET ?)",
            (*values, self.chance.randrange(held)),
        )
        return True

    def _keep(self, row: RecordingRow) -> str | None:
        """The always-keep sample a call belongs to, after making room in it."""
        if row.why == "mismatch":
            keep = "mismatch"
        elif row.why == "exception" or row.outcome[:2] == b"\x93\x01":  # [1, type, args]: a fault
            keep = "exception"
        else:
            return self._among_slowest(row)
        self.connection.execute(
            'UPDATE recordings SET "keep" = NULL WHERE "op" = ? AND "keep" = ? AND "id" IN '
            '(SELECT id FROM recordings WHERE "op" = ? AND "keep" = ? '
            'ORDER BY "id" DESC LIMIT -1 OFFSET ?)',
            (self.op, keep, self.op, keep, KEPT - 1),
        )
        return keep

    def _among_slowest(self, row: RecordingRow) -> str | None:
        if row.arm != "reference":  # the slowest calls of the reference are what find asks for
            return None
        if self.slow is None:
            self.slow = self.connection.execute(
                'SELECT count(*), coalesce(min("duration_ns"), 0) FROM recordings '
                'WHERE "op" = ? AND "keep" = \'slow\'',
                (self.op,),
            ).fetchone()
        held, fastest = self.slow
        if held >= SLOWEST:
            if row.duration_ns <= fastest:
                return None
            self.connection.execute(
                'UPDATE recordings SET "keep" = NULL WHERE "id" = (SELECT id FROM recordings WHERE '
                '"op" = ? AND "keep" = \'slow\' ORDER BY "duration_ns" LIMIT 1)',
                (self.op,),
            )
        self.slow = None  # this call is about to join them
        return "slow"


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
