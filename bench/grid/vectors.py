"""Requests and the exact answers every implementation must give before it is timed.

    python -m bench.grid.vectors        writes spec/vectors.json anew, by the Python reference

Valid requests: status, content type and bytes. Invalid ones: the status alone, since each framework
words its refusals in its own way.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.grid.load import document, encoded, order
from bench.grid.plan import HERE, Implementation
from bench.grid.servers import ITEMS, Running

PATH = HERE / "spec" / "vectors.json"


def read() -> list[dict[str, Any]]:
    return list(json.loads(PATH.read_text(encoding="utf-8"))["vectors"])


def wrong(server: Running) -> list[str]:
    """How the server's answers differ from the vectors; empty if in nothing."""
    found = []
    one = server.implementation
    for vector in read():
        if vector["endpoint"] not in _asked(one, server.endpoint):
            continue
        body = vector.get("body")
        if isinstance(body, dict):
            sent: bytes | None = encoded(body)
        else:
            sent = None if body is None else str(body).encode()
        path = one.path(vector["endpoint"], vector["path"])
        status, kind, got = server.ask(vector["method"], path, sent)
        where = f"{one.name}: {vector['name']}"
        if status != vector["status"]:
            found.append(f"{where}: status {status}, not {vector['status']}: {got[:200]!r}")
        elif "answer" in vector:
            if kind.partition(";")[0] != "application/json":
                found.append(f"{where}: content type {kind!r}")
            if got != vector["answer"].encode():
                found.append(f"{where}: {got[:300]!r}, not {vector['answer'][:300]!r}")
    return found


def _asked(one: Implementation, endpoint: str) -> tuple[str, ...]:
    if one.one_program_an_endpoint:
        return (endpoint,)
    return (*one.endpoints, "trees") if one.trees else one.endpoints


def reference() -> ModuleType:
    """python/domain.py."""
    spec = importlib.util.spec_from_file_location("grid_domain", HERE / "python" / "domain.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["grid_domain"] = module
    spec.loader.exec_module(module)
    return module


def made() -> list[dict[str, Any]]:
    """All vectors, answered by the reference."""
    domain = reference()

    def quoted(body: dict[str, Any]) -> str:
        given = dict(body, kind=domain.Kind(body["kind"]), style=domain.Style(body["style"]))
        return encoded(dataclasses.asdict(domain.quote(domain.Order(**given)))).decode()

    def digested(body: dict[str, Any]) -> str:
        return encoded(dataclasses.asdict(domain.digest(domain.Document(**body)))).decode()

    quotes = [order(n) for n in range(6)]
    quotes += [
        dict(order(6), style="european", kind="put"),
        dict(order(7), symbol="Ä€ 😀", quantity=-3),
        dict(order(8), rate=-0.015, dividend=0.0),
        dict(order(9), days=1),
        dict(order(10), days=3650, volatility=1.5),
        dict(order(11), spot=0.0625, strike=2000.25),
    ]
    texts = [
        document(900, 1),
        document(8_000, 2),
        {"name": "empty", "text": ""},
        {"name": "lines", "text": "\n\n one\ttwo \r\n three\u00a0four\u2028five\n"},
        {"name": "wide", "text": 'Ünïcödé 漢字 🎈\nzwei\u2003drei \\ "quoted" /'},
    ]
    out: list[dict[str, Any]] = []

    def add(
        endpoint: str, name: str, method: str, path: str, status: int, body: object = None,
        answer: str | None = None,
    ) -> None:  # fmt: skip
        one: dict[str, Any] = {"name": name, "endpoint": endpoint, "method": method, "path": path}
        if body is not None:
            one["body"] = body
        one["status"] = status
        if answer is not None:
            one["answer"] = answer
        out.append(one)

    for n, body in enumerate(quotes):
        add("quote", f"quote {n}", "POST", "/quote", 200, body, quoted(body))
    whole = order(1)
    missing = {k: v for k, v in whole.items() if k != "volatility"}
    add("quote", "a field is missing", "POST", "/quote", 422, missing)
    add("quote", "a text for a number", "POST", "/quote", 422, dict(whole, spot="dear"))
    add("quote", "an unknown kind", "POST", "/quote", 422, dict(whole, kind="both"))
    add("quote", "a fraction of a day", "POST", "/quote", 422, dict(whole, days=1.5))
    add("quote", "no JSON", "POST", "/quote", 422, "{")
    add("quote", "no spot", "POST", "/quote", 400, dict(whole, spot=-1.0))
    add("quote", "too long", "POST", "/quote", 400, dict(whole, days=4000))
    add("quote", "no probabilities", "POST", "/quote", 400, dict(whole, rate=3.0, volatility=0.01))
    for body in texts:
        add("digest", body["name"], "POST", "/digest", 200, body, digested(body))
    add("digest", "no text", "POST", "/digest", 422, {"name": "none"})
    first = {"id": 1, "name": "Item 1", "quantity": 1, "price_cents": 107}
    add("items", "an item", "GET", "/items/1", 200, answer=encoded(first).decode())
    add("items", "no item", "GET", "/items/999999", 404)
    new = {"name": "Löffel", "quantity": 12, "price_cents": 450}
    stored = encoded({"id": ITEMS + 1} | new).decode()
    add("items", "a new item", "POST", "/items", 201, new, stored)
    add("items", "the new item", "GET", f"/items/{ITEMS + 1}", 200, answer=stored)
    add("items", "an item without a name", "POST", "/items", 422, {"quantity": 1, "price_cents": 2})
    add("fanout", "fan-out", "GET", "/fanout", 200, answer='{"values":[1,2,3],"total":6}')
    add("trees", "a tree", "GET", "/trees/3", 200, answer='{"nodes":15,"kept":1}')
    return out


def write(path: Path = PATH) -> None:
    path.write_text(
        json.dumps({"vectors": made()}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    write()
