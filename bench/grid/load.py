"""The load: wrk as fast as the server can (saturation), pace at a fixed rate (latency).

Both send the same raw requests, from one file. wrk is closed-loop: its latency hides stalls, so
only its throughput is used. pace counts each latency from when the request was due.
"""

from __future__ import annotations

import json
import random
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.grid.plan import BUILD, LOAD_CORE, TREE_DEPTH, Implementation
from bench.grid.servers import ITEMS, Failed, pinned

MEGABYTE = 1_000_000
WORDS = (
    "alpha", "beta", "gamma", "delta", "settlement", "counterparty", "ledger", "the", "of", "and",
    "margin", "option", "clearing", "collateral", "house", "position", "exposure", "rate", "curve",
)  # fmt: skip

LUA = """\
local file = assert(io.open(os.getenv("GRID_REQUESTS"), "rb"))
local all = file:read("*a")
file:close()
local requests, at = {}, 1
while at <= #all do
  local a, b, c, d = all:byte(at, at + 3)
  local length = a + b * 256 + c * 65536 + d * 16777216
  requests[#requests + 1] = all:sub(at + 4, at + 3 + length)
  at = at + 4 + length
end
local next = 0
function request()
  next = next % #requests + 1
  return requests[next]
end
"""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes | None = None


def document(size: int, seed: int) -> dict[str, str]:
    """A text of about `size` bytes in lines of words."""
    rng = random.Random(seed)
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(rng.choices(WORDS, k=rng.randint(3, 18)))
        lines.append(line)
        length += len(line) + 1
    return {"name": f"document {seed}", "text": "\n".join(lines)[:size]}


def order(seed: int) -> dict[str, Any]:
    """An American option at the money or near it."""
    rng = random.Random(seed)
    return {
        "symbol": f"SYM{seed:03d}",
        "kind": rng.choice(["call", "put"]),
        "style": "american",
        "spot": round(rng.uniform(80, 120), 2) + 0.005,
        "strike": rng.choice([90.5, 95.5, 100.5, 105.5]),
        "rate": round(rng.uniform(0.011, 0.049), 4),
        "dividend": round(rng.uniform(0.001, 0.02), 4),
        "volatility": round(rng.uniform(0.15, 0.45), 4),
        "days": rng.randint(20, 400),
        "quantity": rng.randint(1, 500),
    }


def encoded(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def requests(endpoint: str) -> list[Request]:
    """What is sent to an endpoint, again and again."""
    if endpoint == "quote":
        return [Request("POST", "/quote", encoded(order(n))) for n in range(64)]
    if endpoint == "digest":
        return [Request("POST", "/digest", encoded(document(MEGABYTE, n))) for n in range(4)]
    if endpoint == "fanout":
        return [Request("GET", "/fanout")]
    if endpoint == "trees":
        return [Request("GET", f"/trees/{TREE_DEPTH}")]
    rng = random.Random(5)
    made = []
    for n in range(200):  # nine reads to one write
        if n % 10 == 9:
            new = {"name": f"New {n}", "quantity": n, "price_cents": 100 + n}
            made.append(Request("POST", "/items", encoded(new)))
        else:
            made.append(Request("GET", f"/items/{rng.randint(1, ITEMS)}"))
    return made


def raw(request: Request, port: int) -> bytes:
    """The request's bytes in HTTP/1.1."""
    head = [f"{request.method} {request.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if request.body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(request.body)}"]
    return "\r\n".join([*head, "", ""]).encode() + (request.body or b"")


def written(implementation: Implementation, endpoint: str, port: int) -> Path:
    """A file with the requests as this implementation is asked them."""
    path = BUILD / "run" / f"{implementation.name}-{endpoint}.requests"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for one in requests(endpoint):
            own = Request(one.method, implementation.path(endpoint, one.path), one.body)
            bytes_ = raw(own, port)
            out.write(struct.pack("<I", len(bytes_)) + bytes_)
    return path


def body_bytes(endpoint: str) -> float:
    """The bodies' average size."""
    sent = [len(one.body or b"") for one in requests(endpoint)]
    return sum(sent) / len(sent)


def saturate(file: Path, port: int, connections: int, seconds: int) -> dict[str, Any]:
    """wrk: requests/s and what failed. Raises Failed."""
    script = BUILD / "run" / "requests.lua"
    script.write_text(LUA)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "8s", "--latency"]
    done = subprocess.run(
        pinned(LOAD_CORE, [*command, "-s", str(script), f"http://127.0.0.1:{port}"]),
        env={"GRID_REQUESTS": str(file), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 40,
    )
    if done.returncode != 0:
        raise Failed(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    return parsed(done.stdout)


def parsed(text: str) -> dict[str, Any]:
    """What wrk printed, as figures."""

    def number(pattern: str) -> float:
        found = re.search(pattern, text)
        return float(found[1]) if found else 0.0

    sockets = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    names = ("connect", "read", "write", "timeout")
    errors = {name: int(sockets[i + 1]) if sockets else 0 for i, name in enumerate(names)}
    errors["status"] = int(number(r"Non-2xx or 3xx responses: (\d+)"))
    return {
        "requests": int(number(r"(\d+) requests in")),
        "per_s": number(r"Requests/sec: +([\d.]+)"),
        "errors": errors,
    }


def pace(
    tool: Path, file: Path, port: int, rate: float, seconds: float, connections: int
) -> dict[str, Any]:
    """pace: latency in µs from when each request was due. Raises Failed."""
    command = [
        str(tool), "load", f"127.0.0.1:{port}", str(file), f"{rate:.3f}", f"{seconds:g}",
        str(connections),
    ]  # fmt: skip
    done = subprocess.run(
        pinned(LOAD_CORE, command),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 40,
    )
    if done.returncode != 0:
        raise Failed(f"pace: {done.stderr.strip()}")
    return dict(json.loads(done.stdout), rate=rate)
