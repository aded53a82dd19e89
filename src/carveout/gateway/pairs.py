"""Recorded request/response pairs: from the gateway's folder into the store, and out again.

    with open_store(home) as store:
        take_in(store, Path(".carveout/gateway"))
        pairs = stored(store, "shop")

The gateway appends pairs to `pairs.jsonl` (redacted, capped, docs/gateway.md); the store keeps them
as recordings of `route:NAME`, in the same reservoirs and with the same retention as calls.

Invariant: a line is taken in once: the file is moved aside before it is read, and removed after.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.store import RecordingRow, Store

FILES = ("pairs.1.jsonl", "pairs.jsonl")
REDACTED = "<redacted>"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """All values of one header, joined as HTTP joins them."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None


@dataclass(frozen=True, slots=True)
class Pair:
    request: Request
    response: Response
    upstream: str


def operation_of(route: str) -> str:
    """The name under which the store keeps a route."""
    return f"route:{route}"


def take_in(store: Store, folder: Path) -> int:
    """Move what the gateway recorded into the store; returns the number of pairs."""
    taken = 0
    for name in FILES:
        path = folder / name
        aside = folder / f"{name}.{os.getpid()}.taken"
        try:
            path.rename(aside)
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise CarveError(
                "gateway-pairs-unreadable",
                "cannot take in the gateway's recordings",
                cause=str(problem),
                hint="the folder is gateway.record.folder; it belongs to who runs the gateway",
            ) from problem
        rows: dict[str, list[RecordingRow]] = defaultdict(list)
        for line in aside.read_bytes().splitlines():
            row = _row(line)
            if row is not None:
                rows[row[0]].append(row[1])
        for route, found in rows.items():
            store.add_recordings(operation_of(route), found)
            taken += len(found)
        aside.unlink()
    return taken


def _row(line: bytes) -> tuple[str, RecordingRow] | None:
    """None for a line that a full disk or a kill cut short."""
    from carveout.store import RecordingRow

    try:
        said: dict[str, Any] = json.loads(line)
        request, response = said["request"], said["response"]
        path = str(request["target"]).partition("?")[0]
        status = int(response["status"])
        row = RecordingRow(
            args=json.dumps(request, sort_keys=True).encode(),
            outcome=json.dumps(response | {"upstream": said["upstream"]}).encode(),
            duration_ns=int(float(said["ms"]) * 1e6),
            shape=f"{request['method']} {path.count('/')} {status}",
            why="sample" if status < 500 else "exception",
            at=float(said["at"]),
        )
        return str(said["route"]), row
    except (ValueError, KeyError, TypeError):
        return None


def stored(store: Store, route: str) -> list[Pair]:
    """The pairs kept of a route, oldest first."""
    return [_pair(row) for row in store.recordings(operation_of(route))]


def _pair(row: RecordingRow) -> Pair:
    request, response = json.loads(row.args), json.loads(row.outcome)
    return Pair(
        Request(
            request["method"], request["target"], _headers(request), _body(request.get("body"))
        ),
        Response(int(response["status"]), _headers(response), _body(response.get("body"))),
        str(response["upstream"]),
    )


def _headers(of: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in of["headers"])


def _body(said: Any) -> bytes:
    if not said:
        return b""
    if "json" in said:
        return json.dumps(said["json"]).encode()
    return str(said["text"]).encode()
