"""The gateway beside its peers, in one interleaved run.

    python -m bench.gateway            # eight scenarios, twice each: at most six minutes
    python -m bench.gateway --full     # all 32, three times each: about an hour
    python -m bench.gateway --smoke    # one second of two of them: does it still run?

A worker for each core asked for, on a machine that the load and the upstream share, so requests/s
are relative; the least µs of the server's CPU a request is the figure to compare. `direct` is the
load on the answering side itself. h1 by wrk, h2 with TLS by h2load. Raw figures go to
bench/results/gateway.json, the table to bench/gateway/RESULTS.md.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

from bench.gateway.load import Scenario, load
from bench.gateway.peers import MAKERS, UPSTREAM, upstream, versions
from bench.gateway.process import resident_mb, running
from bench.gateway.secrets import secrets
from bench.machine import Watch, facts

HERE = Path(__file__).resolve().parent
RAW = HERE.parent / "results" / "gateway.json"
BUDGET_S = 330.0
"""No run of the quick set begins later than this."""

QUICK = [
    Scenario(),
    Scenario(connections=512),
    Scenario(big=True),
    Scenario(h2=True),
    Scenario(realistic=True),
    Scenario(h2=True, realistic=True),
    Scenario(cores=2),
    Scenario(connections=512, big=True),
]
FULL = [
    Scenario(connections, big, h2, realistic, cores)
    for cores, realistic, h2, big, connections in product(
        (1, 2), (False, True), (False, True), (False, True), (64, 512)
    )
]


def measure(scenarios: list[Scenario], rounds: int, seconds: float, end: float) -> dict[str, Any]:
    figures: dict[str, dict[str, list[dict[str, float]]]] = {s.name: {} for s in scenarios}
    starts: dict[str, dict[str, float]] = {}
    absent: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        token = secrets(folder)
        with running(upstream(folder), UPSTREAM) as (answering, _):
            for number, scenario in product(range(rounds), scenarios):
                if shutil.which(scenario.tool) is None:
                    absent.add(f"{scenario.tool} is not installed")
                    continue
                for i, maker in enumerate(MAKERS):
                    peer = maker(
                        folder, 18100 + 10 * i, realistic=scenario.realistic, cores=scenario.cores
                    )
                    if peer is None:
                        # With filters on or two cores, some have nothing to offer.
                        if not scenario.realistic and scenario.cores == 1:
                            absent.add(f"{maker.__name__} is not installed")
                        continue
                    if scenario.h2 and not peer.tls_port:
                        continue
                    if time.monotonic() > end:
                        absent.add(
                            f"{scenario.name}, {peer.name}, round {number + 1}: no time left"
                        )
                        continue
                    into = figures[scenario.name].setdefault(peer.name, [])
                    try:
                        if not peer.command:
                            into.append(load(peer, answering, scenario, seconds, token))
                            continue
                        with running(peer.command, peer.port, peer.output) as (pid, ms):
                            idle = resident_mb(pid)
                            was = starts.setdefault(peer.name, {"start_ms": ms, "idle_mb": idle})
                            was["start_ms"] = min(was["start_ms"], ms)
                            load(peer, pid, scenario, 1, token)  # warm
                            into.append(load(peer, pid, scenario, seconds, token))
                    except (RuntimeError, subprocess.SubprocessError, OSError) as problem:
                        why = problem if isinstance(problem, RuntimeError) else type(problem)
                        absent.add(f"{peer.name}, {scenario.name}: {why}")
    return {"scenarios": figures, "starts": starts, "absent": sorted(absent)}


def table(result: dict[str, Any]) -> str:
    lines = [
        "# The gateway beside its peers",
        "",
        f"`python -m bench.gateway`; {json.dumps(result['machine'])}; noise: "
        f"{json.dumps(result['watch'])}; {json.dumps(result['versions'])}. The load and the "
        "upstream share the machine. µs/request is the server's own CPU, the least of the rounds; "
        "`direct` is the answering side without anything in front of it.",
        "",
    ]
    for scenario, by_peer in result["scenarios"].items():
        lines += [
            f"## {scenario}",
            "",
            "| | least µs/request | of nginx's | requests/s | p99 ms | MB loaded |",
            "|---|---|---|---|---|---|",
        ]
        measured = {name: runs for name, runs in by_peer.items() if runs}
        cost = {n: min(run["us_per_request"] for run in runs) for n, runs in measured.items()}
        for name in sorted(cost, key=lambda n: cost[n]):
            runs = measured[name]
            most = max(run["requests_per_s"] for run in runs)
            p99 = min(run["p99_ms"] for run in runs)
            mb = max(run["resident_mb"] for run in runs)
            of = f"{cost[name] / cost['nginx']:.2f}" if cost.get("nginx") else ""
            lines.append(
                f"| {name} | {cost[name]:.1f} | {of} | {most:,.0f} | {p99:.1f} | {mb:.0f} |"
            )
        lines.append("")
    lines += ["## At rest", "", "| | start ms | MB idle |", "|---|---|---|"]
    for name, was in result["starts"].items():
        lines.append(f"| {name} | {was['start_ms']:.0f} | {was['idle_mb']:.1f} |")
    if result["absent"]:
        lines += ["", "Not measured: " + "; ".join(result["absent"]) + "."]
    lines += [
        "",
        "The realistic set is a token check (ES256), a rate limit that never bites, a route, "
        "metrics and an access log to a file. nginx checks no token in it (it can't without a "
        "module), so its figure there is of less work; Caddy and the Python proxy are left out of "
        "it. Every request carries the same token: carveout remembers a checked signature until "
        "the keys change, the others check it each time. Had each request a new token, that would "
        "cost carveout some 50 µs more.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    smoke, full = "--smoke" in arguments, "--full" in arguments
    with Watch() as watch:
        if smoke:
            result = measure([QUICK[0], QUICK[3]], 1, 1, time.monotonic() + 60)
        elif full:
            result = measure(FULL, 3, 2, time.monotonic() + 2 * 3600)
        else:
            result = measure(QUICK, 2, 2, time.monotonic() + BUDGET_S)
    result |= {"machine": facts(), "watch": watch.seen(), "versions": versions(), "full": full}
    text = table(result)
    if not smoke:
        RAW.write_text(json.dumps(result, indent=1) + "\n")
        (HERE / "RESULTS.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
