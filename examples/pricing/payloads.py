"""Seeded inputs for load and tests: the same seed gives the same requests anywhere.

python payloads.py /value > value.lua       # one endpoint, 50 books in turn
python payloads.py mixed > mixed.lua        # all six, as the desk uses them
wrk -c4 -d10s --latency -s value.lua http://127.0.0.1:8000
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

BOOKS = 50
Request = tuple[str, str, Any]
"""Method, path, JSON body or None."""


def book(seed: int, positions: int = 24, underlyings: int = 4, shocks: int = 61) -> dict[str, Any]:
    """A book as `/value` takes it; about a tenth of the positions have expired."""
    draw = random.Random(seed)
    names = [f"U{i}" for i in range(underlyings)]
    return {
        "name": f"book-{seed}",
        "rate": round(draw.uniform(0.0, 0.05), 4),
        "quotes": {
            name: {
                "spot": round(draw.uniform(20.0, 400.0), 2),
                "volatility": round(draw.uniform(0.05, 0.9), 3),
                "dividend": round(draw.uniform(0.0, 0.04), 4),
            }
            for name in names
        },
        "positions": [
            {
                "underlying": draw.choice(names),
                "kind": draw.choice(["call", "put"]),
                "strike": round(draw.uniform(10.0, 500.0), 1) + 0.25,
                "expiry": 0.0 if draw.random() < 0.1 else round(draw.uniform(0.02, 3.0), 3),
                "quantity": draw.randint(-50, 50),
            }
            for _ in range(positions)
        ],
        "shocks": [round(-0.3 + 0.6 * i / max(1, shocks - 1), 3) for i in range(shocks)],
    }


def orders(seed: int, count: int = 60) -> list[dict[str, Any]]:
    """A stream of orders around one price, as `/match` takes it."""
    draw = random.Random(seed)
    return [
        {
            "number": number,
            "side": draw.choice(["buy", "sell"]),
            "price": 10_000 + draw.randint(-40, 40),
            "quantity": draw.randint(1, 100),
        }
        for number in range(1, count + 1)
    ]


def one_endpoint(path: str) -> list[Request]:
    """The books, to one path."""
    return [("POST", path, book(seed)) for seed in range(BOOKS)]


def mixed() -> list[Request]:
    """A desk's morning: mostly valuations, and some of everything but the stress test."""
    requests: list[Request] = one_endpoint("/value")
    requests += [("POST", "/match", orders(seed)) for seed in range(3)]
    requests += [("GET", "/catalogue/XLON", None)] * 6
    requests += [("GET", f"/accounts/{number}", None) for number in range(1, 4)]
    requests += [("GET", f"/ladder/{10_000 + i}", None) for i in range(2)]
    random.Random(7).shuffle(requests)
    return requests


def wrk_script(requests: list[Request]) -> str:
    """A wrk Lua script that goes round these (method, path, JSON body or None)."""
    # Inside init(), since wrk knows the Host header only from there on.
    lines = [
        "local requests = {}",
        "local at = 0",
        "function init(args)",
    ]
    for i, (method, path, body) in enumerate(requests, 1):
        text = "nil" if body is None else "[==[" + json.dumps(body) + "]==]"
        lines.append(
            f'  requests[{i}] = wrk.format("{method}", "{path}", '
            f'{{["Content-Type"] = "application/json"}}, {text})'
        )
    lines += [
        "end",
        "function request()",
        "  at = at % #requests + 1",
        "  return requests[at]",
        "end",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted != "mixed" and not wanted.startswith("/"):
        sys.exit("usage: python payloads.py mixed | /value | /value-thin")
    print(wrk_script(mixed() if wanted == "mixed" else one_endpoint(wanted)), end="")
