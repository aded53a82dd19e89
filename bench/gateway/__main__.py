"""The gateway beside its peers, in one interleaved run of at most six minutes.

    python -m bench.gateway            # all
    python -m bench.gateway --quick    # one short round: does it still run?

One worker each on a machine that the load and the upstream share, so requests/s are low and
relative; the least µs of the server's CPU a request is the figure to compare. h1 by wrk, h2 with
TLS by h2load. Raw figures go to bench/results/gateway.json, the table to bench/gateway/RESULTS.md.
The two-core runs and the one-hour soak need a larger machine and are not here.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bench.gateway.peers import MAKERS, Peer, upstream
from bench.machine import Watch, facts

HERE = Path(__file__).resolve().parent
RAW = HERE.parent / "results" / "gateway.json"
BUDGET_S = 340.0
TICK = os.sysconf("SC_CLK_TCK")

SCENARIOS = {
    "h1, 64 connections": ("wrk", 64, "/", False),
    "h1, 512 connections": ("wrk", 512, "/", False),
    "h1, 64 KiB": ("wrk", 64, "/big", False),
    "h2 + TLS": ("h2load", 64, "/", False),
    "realistic, h1": ("wrk", 64, "/", True),
}


def secrets(folder: Path) -> str:
    """A certificate, a key set and its public key as PEM; returns a token."""
    import datetime

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(names, False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(public)

    def b64(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    n = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256"}
    jwk |= {"x": b64(n.x.to_bytes(32, "big")), "y": b64(n.y.to_bytes(32, "big"))}
    (folder / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    head = b64(json.dumps({"alg": "ES256", "kid": "k"}).encode())
    body = b64(json.dumps({"sub": "bench", "exp": int(time.time()) + 3600}).encode())
    r, s = decode_dss_signature(key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())))
    return f"{head}.{body}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def tree(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += tree(int(child))
    return found


def cpu_s(pid: int) -> float:
    total = 0
    for one in tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mb(pid: int) -> float:
    total = 0
    for one in tree(pid):
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
        total += int(found[1]) if found else 0
    return total / 1024


@contextmanager
def running(command: list[str], port: int) -> Iterator[tuple[int, float]]:
    """The process and how many ms until it listened."""
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - start > 20:
                    raise RuntimeError(f"{command[0]} did not start") from None
                time.sleep(0.001)
        yield process.pid, (time.perf_counter() - start) * 1e3
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def load(peer: Peer, pid: int, scenario: str, seconds: int, token: str) -> dict[str, float]:
    tool, connections, path, realistic = SCENARIOS[scenario]
    header = ["-H", f"Authorization: Bearer {token}"] if realistic else []
    before = cpu_s(pid)
    if tool == "wrk":
        url = f"http://127.0.0.1:{peer.port}{path}"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", *header, url]
    else:
        url = f"https://127.0.0.1:{peer.tls_port}{path}"
        command = ["h2load", "-t1", f"-c{connections}", "-m4", f"-D{seconds}", url]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    used = cpu_s(pid) - before
    if tool == "wrk":
        found = re.search(r"(\d+) requests in ([\d.]+)s", text)
        assert found, text
        count, took = int(found[1]), float(found[2])
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        late = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
        assert late, text
        p99 = float(late[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[late[2]]
        failed = int(bad[1]) if bad else 0
    else:
        found = re.search(r"requests: \d+ total, \d+ started, (\d+) done", text)
        good = re.search(r"status codes: (\d+) 2xx", text)
        assert found, text
        assert good, text
        count, took, p99 = int(found[1]), seconds, 0.0
        failed = count - int(good[1])
    if count == 0 or failed > count * 0.001:
        raise RuntimeError(f"{peer.name}: {failed} of {count} answers were wrong")
    return {
        "us_per_request": used / count * 1e6,
        "requests_per_s": count / took,
        "p99_ms": p99,
        "resident_mb": resident_mb(pid),
    }


def measure(*, quick: bool) -> dict[str, Any]:
    seconds, rounds = (1, 1) if quick else (2, 3)
    end = time.monotonic() + BUDGET_S
    figures: dict[str, dict[str, list[dict[str, float]]]] = {name: {} for name in SCENARIOS}
    starts: dict[str, dict[str, float]] = {}
    absent: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        token = secrets(folder)
        with running(upstream(folder), 18080):
            for _ in range(rounds):
                for scenario, (tool, _, _, realistic) in SCENARIOS.items():
                    if shutil.which(tool) is None:
                        absent.append(tool)
                        continue
                    for i, maker in enumerate(MAKERS):
                        peer = maker(folder, 18100 + 10 * i, realistic=realistic)
                        name = maker.__name__ if peer is None else peer.name
                        if peer is None or (tool == "h2load" and not peer.tls_port):
                            continue
                        if time.monotonic() > end:
                            continue
                        try:
                            with running(peer.command, peer.port) as (pid, ms):
                                idle = resident_mb(pid)
                                was = starts.setdefault(name, {"start_ms": ms, "idle_mb": idle})
                                was["start_ms"] = min(was["start_ms"], ms)
                                load(peer, pid, scenario, 1, token)  # warm
                                got = load(peer, pid, scenario, seconds, token)
                                figures[scenario].setdefault(name, []).append(got)
                        except (RuntimeError, subprocess.SubprocessError, OSError) as problem:
                            why = problem if isinstance(problem, RuntimeError) else type(problem)
                            absent.append(f"{name}, {scenario}: {why}")
    return {"scenarios": figures, "starts": starts, "absent": sorted(set(absent))}


def table(result: dict[str, Any]) -> str:
    lines = [
        "# The gateway beside its peers",
        "",
        f"`python -m bench.gateway`; {json.dumps(result['machine'])}; noise: "
        f"{json.dumps(result['watch'])}. One worker each; the load and the upstream share the "
        "machine. µs/request is the server's own CPU, the least of the rounds.",
        "",
    ]
    for scenario, by_peer in result["scenarios"].items():
        lines += [
            f"## {scenario}",
            "",
            "| | least µs/request | requests/s | p99 ms | MB loaded |",
            "|---|---|---|---|---|",
        ]
        rows = []
        for name, runs in by_peer.items():
            least = min(run["us_per_request"] for run in runs)
            most = max(run["requests_per_s"] for run in runs)
            p99 = min(run["p99_ms"] for run in runs)
            mb = max(run["resident_mb"] for run in runs)
            late = f"{p99:.1f}" if p99 else "not measured"
            rows.append((least, f"| {name} | {least:.1f} | {most:,.0f} | {late} | {mb:.0f} |"))
        lines += [row for _, row in sorted(rows)] + [""]
    lines += ["## At rest", "", "| | start ms | MB idle |", "|---|---|---|"]
    for name, was in result["starts"].items():
        lines.append(f"| {name} | {was['start_ms']:.0f} | {was['idle_mb']:.1f} |")
    if result["absent"]:
        lines += ["", "Not measured: " + "; ".join(result["absent"]) + "."]
    lines += [
        "",
        "In the realistic set nginx checks no token (it can't without a module) and haproxy writes "
        "no log to a file; their figures there are of less work. Every request carries the same "
        "token: carveout remembers a checked signature until the keys change, the others check it "
        "each time. Had each request a new token, that would cost carveout some 50 µs more.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    with Watch() as watch:
        result = measure(quick=quick)
    result |= {"machine": facts(), "watch": watch.seen(), "quick": quick}
    text = table(result)
    if not quick:
        RAW.write_text(json.dumps(result, indent=1) + "\n")
        (HERE / "RESULTS.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
