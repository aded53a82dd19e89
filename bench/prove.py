"""How many calls a second `prove` compares, recordings and generated ones.

    python -m bench.prove

The candidate is the native codec turning the reference's answer around, so that what is measured is
prove itself: making the call, decoding it, the reference, encoding and comparing. The aim is 20,000
compared calls a second for the example's operation; `operations` says how each went.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carveout import operation
from carveout.prove import prove_operation, reference_of


@dataclass
class Line:
    price: float
    quantity: int
    code: str


@operation
def add(a: int, b: int) -> int:
    return a + b


@operation
def invoice(lines: list[Line], rate: float, coupon: str | None) -> float:
    total = 0.0
    for line in lines:
        total += line.price * line.quantity
    if coupon is not None and coupon.startswith("A"):
        total *= 0.9
    return round(total * (1 + rate), 2)


def echo(op: Any) -> Callable[[bytes], bytes]:
    """A carving that is the reference: no faster than it, so the figures are low estimates."""
    call, codec = reference_of(op), op.codec

    def candidate(args: bytes) -> bytes:
        try:
            return bytes(codec.encode_value(call(codec.decode_args(args))))
        except Exception as error:
            return bytes(codec.encode_fault(error))

    return candidate


def main() -> dict[str, Any]:
    """Prove each operation once; returns the figures."""
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
        "operations": {},
    }
    for op in (add, invoice):
        report = prove_operation(op, echo(op), calls=100_000, seconds=60, children=2)
        result["operations"][op.__name__] = {
            "verdict": report.verdict,
            "compared": report.total.compared,
            "seconds": round(report.seconds, 2),
            "calls_per_second": round(report.rate),
        }
    return result


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
