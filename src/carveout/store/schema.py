"""The store's tables, as steps from one schema version to the next.

`MIGRATIONS[n]` takes a database from `user_version` n to n + 1. A step that has been released is
never edited; a change is a new step at the end.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE operations (
        "name" TEXT PRIMARY KEY, "contract_hash" TEXT NOT NULL, "reference_hash" TEXT NOT NULL,
        "contract_json" TEXT NOT NULL, "file" TEXT NOT NULL, "line" INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- One row a call, whichever samples hold it: a call leaves when no sample holds it any more.
    CREATE TABLE recordings (
        "id" INTEGER PRIMARY KEY, "op" TEXT NOT NULL,
        "args" BLOB NOT NULL, "outcome" BLOB NOT NULL, "duration_ns" INTEGER NOT NULL,
        "shape" TEXT NOT NULL, "weight" REAL NOT NULL, "why" TEXT NOT NULL, "arm" TEXT NOT NULL,
        "at" REAL NOT NULL,
        "in_uniform" INTEGER NOT NULL, "in_shape" INTEGER NOT NULL, "keep" TEXT
    );
    CREATE INDEX recordings_uniform ON recordings("op") WHERE "in_uniform" = 1;
    CREATE INDEX recordings_shape ON recordings("op", "shape") WHERE "in_shape" = 1;
    CREATE INDEX recordings_keep ON recordings("op", "keep", "duration_ns")
        WHERE "keep" IS NOT NULL;
    CREATE INDEX recordings_at ON recordings("at");

    -- How much each sample has been offered: what Algorithm R needs to stay uniform.
    CREATE TABLE samples (
        "op" TEXT NOT NULL, "shape" TEXT NOT NULL, "seen" INTEGER NOT NULL, "weight" REAL NOT NULL,
        PRIMARY KEY ("op", "shape")
    ) WITHOUT ROWID;

    CREATE TABLE gaps (
        "op" TEXT NOT NULL, "what" TEXT NOT NULL, "count" INTEGER NOT NULL,
        PRIMARY KEY ("op", "what")
    ) WITHOUT ROWID;

    CREATE TABLE live (
        "process" TEXT NOT NULL, "op" TEXT NOT NULL, "at" REAL NOT NULL, "window_s" REAL NOT NULL,
        "counters_json" TEXT NOT NULL
    );
    CREATE INDEX live_at ON live("at");

    CREATE TABLE processes (
        "id" TEXT PRIMARY KEY, "pid" INTEGER NOT NULL, "host" TEXT NOT NULL,
        "command" TEXT NOT NULL, "started" REAL NOT NULL, "last_seen" REAL NOT NULL,
        "status_json" TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE stages (
        "op" TEXT PRIMARY KEY, "stage" TEXT NOT NULL, "share" REAL NOT NULL, "artifact" TEXT,
        "placement" TEXT, "epoch" INTEGER NOT NULL, "tau_ns" INTEGER, "changed_at" REAL NOT NULL,
        "by" TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE rollbacks (
        "op" TEXT NOT NULL, "artifact" TEXT NOT NULL, "guard" TEXT NOT NULL,
        "reason" TEXT NOT NULL, "at" REAL NOT NULL, PRIMARY KEY ("op", "artifact")
    ) WITHOUT ROWID;

    CREATE TABLE events (
        "op" TEXT NOT NULL, "artifact" TEXT NOT NULL, "share" REAL NOT NULL, "guard" TEXT NOT NULL,
        "reference_n" INTEGER NOT NULL, "reference_x" INTEGER NOT NULL,
        "candidate_n" INTEGER NOT NULL, "candidate_x" INTEGER NOT NULL, "at" REAL NOT NULL,
        PRIMARY KEY ("op", "artifact", "guard", "share")
    ) WITHOUT ROWID;

    CREATE TABLE comparisons (
        "op" TEXT NOT NULL, "artifact" TEXT NOT NULL, "same" INTEGER NOT NULL,
        "different" INTEGER NOT NULL, "declined" INTEGER NOT NULL, "noisy" INTEGER NOT NULL,
        "unknown" INTEGER NOT NULL, PRIMARY KEY ("op", "artifact")
    ) WITHOUT ROWID;

    CREATE TABLE mismatches (
        "id" INTEGER PRIMARY KEY, "op" TEXT NOT NULL, "artifact" TEXT NOT NULL,
        "args" BLOB NOT NULL, "expected" BLOB NOT NULL, "got" BLOB NOT NULL, "path" TEXT NOT NULL,
        "at" REAL NOT NULL
    );
    CREATE INDEX mismatches_op ON mismatches("op", "artifact");

    CREATE TABLE evidence (
        "op" TEXT NOT NULL, "key" TEXT NOT NULL, "reference_hash" TEXT NOT NULL,
        "artifact" TEXT NOT NULL, "rules_hash" TEXT NOT NULL, "wire" TEXT NOT NULL,
        "python" TEXT NOT NULL, "platform" TEXT NOT NULL, "same" INTEGER NOT NULL,
        "different" INTEGER NOT NULL, "declined" INTEGER NOT NULL, "unknown" INTEGER NOT NULL,
        "replayed" INTEGER NOT NULL, "generated" INTEGER NOT NULL, "alpha" REAL NOT NULL,
        "bound" REAL, "shapes_seen" INTEGER NOT NULL, "shapes_unseen" INTEGER NOT NULL,
        "at" REAL NOT NULL, "detail_json" TEXT NOT NULL, PRIMARY KEY ("op", "key")
    ) WITHOUT ROWID;

    CREATE TABLE artifacts (
        "hash" TEXT PRIMARY KEY, "op" TEXT NOT NULL, "contract_hash" TEXT NOT NULL,
        "reference_hash" TEXT NOT NULL, "path" TEXT NOT NULL, "built_at" REAL NOT NULL,
        "info_json" TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX artifacts_op ON artifacts("op", "built_at");

    CREATE TABLE notes (
        "id" INTEGER PRIMARY KEY, "at" REAL NOT NULL, "op" TEXT, "kind" TEXT NOT NULL,
        "message" TEXT NOT NULL
    );
    """,
    """
    -- Calls no sample holds any more, found without reading past the calls themselves.
    CREATE INDEX recordings_left ON recordings("op")
        WHERE "in_uniform" = 0 AND "in_shape" = 0 AND "keep" IS NULL;

    -- What evidence depends on besides the reference and the carving ('' is not known).
    ALTER TABLE operations ADD COLUMN "rules_hash" TEXT NOT NULL DEFAULT '';
    ALTER TABLE operations ADD COLUMN "wire" TEXT NOT NULL DEFAULT '';
    ALTER TABLE operations ADD COLUMN "python" TEXT NOT NULL DEFAULT '';
    ALTER TABLE operations ADD COLUMN "platform" TEXT NOT NULL DEFAULT '';
    ALTER TABLE stages ADD COLUMN "about" TEXT NOT NULL DEFAULT '';
    """,
)

VERSION = len(MIGRATIONS)
