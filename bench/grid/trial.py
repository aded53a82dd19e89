"""One cell: a fresh server, its vectors, then saturation, half of it, and what it cost.

measured(named("go-gin"), "quote", FULL, upstream_url)   # a dict for the raw results
"""

from __future__ import annotations

import json
import time
from typing import Any

from bench.grid import load, vectors
from bench.grid.plan import CONNECTIONS, Implementation, Plan
from bench.grid.prepare import PACE
from bench.grid.servers import Failed, Running


def checked(server: Running) -> None:
    """Raises Failed if any vector is answered otherwise."""
    found = vectors.wrong(server)
    if found:
        raise Failed("\n".join(found[:5]))


def measured(
    implementation: Implementation, endpoint: str, plan: Plan, upstream: str
) -> dict[str, Any]:
    """Throughput at saturation, latency at half of it, memory and CPU. Raises Failed."""
    with Running(implementation, endpoint, upstream) as server:
        checked(server)
        file = load.written(implementation, endpoint, server.port)
        connections = CONNECTIONS[endpoint]
        time.sleep(plan.settle_s / 2)
        cell: dict[str, Any] = {"start_ms": server.start_ms, "idle_mb": server.resident_mb()}
        _warm(server, file, plan)
        with server.watched():
            cpu = server.cpu_s()
            cell["saturated"] = load.saturate(file, server.port, connections, plan.saturate_s)
            cpu = server.cpu_s() - cpu
        requests = cell["saturated"]["requests"]
        cell["cpu_us"] = cpu / requests * 1e6 if requests else None
        cell["busy"] = cpu / plan.saturate_s
        rate = max(2.0, cell["saturated"]["per_s"] / 2)
        cell["half"] = load.pace(PACE, file, server.port, rate, plan.pace_s, connections)
        cell["loaded_mb"] = server.peak_mb
        time.sleep(plan.settle_s)
        cell["after_mb"] = server.resident_mb()
        return cell


def _warm(server: Running, file: Any, plan: Plan) -> None:
    load.pace(PACE, file, server.port, 100.0, plan.warm_s, 8)
    if server.implementation.language != "Carveout":
        return
    # The agent puts the stage in force a moment after the first call; without it the reference
    # would be timed.
    time.sleep(0.5)


def swept(
    implementation: Implementation, endpoint: str, connections: int, plan: Plan, upstream: str
) -> dict[str, Any]:
    """Saturation with other numbers of connections, and the memory they take."""
    with Running(implementation, endpoint, upstream) as server:
        file = load.written(implementation, endpoint, server.port)
        _warm(server, file, plan)
        with server.watched():
            cell: dict[str, Any] = load.saturate(
                file, server.port, connections, max(2, plan.saturate_s)
            )
        return cell | {"loaded_mb": server.peak_mb}


def allocating(implementation: Implementation, plan: Plan, upstream: str) -> dict[str, Any]:
    """The allocation-heavy variant, and what the runtime says of its pauses."""
    with Running(implementation, "trees", upstream, probe=True) as server:
        file = load.written(implementation, "trees", server.port)
        _warm(server, file, plan)
        connections = CONNECTIONS["trees"]
        with server.watched():
            saturated = load.saturate(file, server.port, connections, plan.trees_s)
        half = load.pace(
            PACE, file, server.port, max(2.0, saturated["per_s"] / 2), plan.trees_s, connections
        )
        status, _, body = server.ask("GET", "/runtime", None)
        if status != 200:
            raise Failed(f"{implementation.name}: /runtime answered {status}")
        return {
            "saturated": saturated,
            "half": half,
            "loaded_mb": server.peak_mb,
            "runtime": json.loads(body),
        }
