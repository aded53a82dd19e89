"""The carved service over TCP: requests a second, latency and resident memory under wrk.

One carving (ten fields in, ten out) behind the generated worker binary, JSON over HTTP/1.1,
64 connections from wrk on the same machine. Memory is read from /proc after start, after 100,000
requests and after the load.

    python -m bench service
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from bench.carvings import built

BODY = {
    "id": 1,
    "count": 2,
    "price": 9.5,
    "tax": 0.2,
    "discount": 0.0,
    "shipped": False,
    "paid": True,
    "note": "by hand",
    "code": "A-1",
    "weight": 1.25,
}
REQUESTS = 100_000


def resident_mb(pid: int) -> float:
    """VmRSS in MB (10^6 bytes)."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


def wrk(url: str, script: Path, seconds: int) -> dict[str, Any]:
    """One wrk run: requests/s, latency percentiles in ms, errors."""
    done = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", str(script), url],
        capture_output=True,
        text=True,
        check=True,
    )
    text = done.stdout
    units = {"us": 1e-3, "ms": 1.0, "s": 1e3}

    def latency(name: str) -> float:
        found = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", text)
        return float(found[1]) * units[found[2]] if found else float("nan")

    def number(pattern: str) -> float:
        found = re.search(pattern, text)
        return float(found[1]) if found else 0.0

    return {
        "requests_per_s": number(r"Requests/sec:\s+([\d.]+)"),
        "requests": int(number(r"(\d+) requests in")),
        "p50_ms": latency("50"),
        "p99_ms": latency("99"),
        "not_2xx": int(number(r"Non-2xx or 3xx responses: (\d+)")),
        "socket_errors": "Socket errors" in text,
    }


def main() -> dict[str, Any]:
    artifact = built("quote", ("inline", "worker"))
    operation = artifact.info["operation"]
    service = subprocess.Popen(
        [str(artifact.path / "worker"), "--tcp", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert service.stdout is not None
        address = service.stdout.readline().split()[1]
        url = f"http://{address}/{operation}"
        idle = resident_mb(service.pid)
        # Not timed: the answer must be right before it is worth timing.
        request = urllib.request.Request(
            url, json.dumps(BODY).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["count"] == BODY["count"] + 1
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "post.lua"
            script.write_text(
                'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                f"wrk.body = [==[{json.dumps(BODY)}]==]\n"
            )
            total = 0
            rounds = []
            while total < REQUESTS or len(rounds) < 3:
                rounds.append(wrk(url, script, 4))
                total += rounds[-1]["requests"]
                if len(rounds) == 20:
                    break
        loaded = resident_mb(service.pid)
    finally:
        service.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            service.wait(timeout=15)
        if service.poll() is None:
            service.kill()
        if service.stdout is not None:
            service.stdout.close()
    result = {
        "resident_idle_mb": idle,
        "resident_after_load_mb": loaded,
        "requests": total,
        "exit_code": service.returncode,
        "rounds": rounds,
    }
    best = sorted(r["requests_per_s"] for r in rounds)[len(rounds) // 2]
    print(f"    {best:,.0f} requests/s (median of {len(rounds)} rounds)")
    print(f"    resident {idle:.1f} → {loaded:.1f} MB after {total:,} requests")
    return result


if __name__ == "__main__":
    main()
