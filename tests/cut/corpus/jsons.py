"""`json.dumps` of values of known types."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    tags: list[str]


def of_list(xs: list[int]) -> str:
    return json.dumps(xs)


def of_floats(xs: list[float], x: float) -> str:
    return json.dumps(xs) + json.dumps(x) + json.dumps((x, None))


def of_text(text: str) -> list[str]:
    return [json.dumps(text), json.dumps(text, ensure_ascii=False)]


def of_dict(d: dict[str, int]) -> list[str]:
    return [
        json.dumps(d),
        json.dumps(d, sort_keys=True),
        json.dumps(d, indent=2),
        json.dumps(d, separators=(",", ":"), sort_keys=True),
        json.dumps(d, indent="\t", separators=(";", "="), ensure_ascii=False),
    ]


def of_numbers(d: dict[int, list[bool]]) -> str:
    return json.dumps(d, sort_keys=True, indent=0) + json.dumps(d)


def of_nested(d: dict[str, list[dict[str, str | None]]], n: int) -> str:
    return json.dumps(d, indent=1) + str(n % 7)


def of_either(xs: list[int | str], y: float | None) -> str:
    return json.dumps(xs) + json.dumps(y)


def report(items: list[Item], total: float, ok: bool) -> str:
    return json.dumps(
        {
            "items": [{"name": item.name, "price": item.price} for item in items],
            "tags": [item.tags for item in items],
            "total": total,
            "ok": ok,
            "none": None,
            "more": {"n": len(items), "pair": (1, "x"), "list": [1, {"deep": []}]},
        }
    )


def event(kind: str, size: int, at: tuple[int, float]) -> bytes:
    body = json.dumps({"kind": kind, "size": size, "at": at}, separators=(",", ":"), sort_keys=True)
    return body.encode()


def empty() -> str:
    xs: list[int] = []
    return json.dumps(xs, indent=4) + json.dumps({"a": xs}, indent=4)
