"""The thin endpoint can't be told from FastAPI's own, except by being faster."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException
from starlette.applications import Starlette

from carveout import serve
from carveout.place.operation import operation
from carveout.serve import shortcut as shortcuts
from carveout.serve.endpoint import located
from carveout.serve.shortcut import COUNTS, SHORTCUT


@dataclass(frozen=True)
class Order:
    qty: int
    price: float


@dataclass(frozen=True)
class Quote:
    total: float


@operation
def quote(order: Order) -> Quote:
    if order.qty == 13:
        raise HTTPException(status_code=409, detail="unlucky")
    return Quote(order.qty * order.price)


def plain(order: Order) -> Quote:
    return quote.reference(order)  # type: ignore[no-any-return]


plain.__name__ = "quote"

BODIES: list[bytes] = [
    b'{"qty": 2, "price": 1.5}',
    b'{"qty": "2", "price": 1.5}',
    b'{"qty": "two", "price": 1.5}',
    b'{"qty": 2}',
    b"{",
    b"[]",
    b"",
    b'{"qty": 13, "price": 1}',
]


def shortcut(body: bytes) -> bytes | None:
    """A carving's `call_json`: strict, and silent about what it does not take."""
    try:
        value = json.loads(body)
        if set(value) == {"qty", "price"} and type(value["qty"]) is int and value["qty"] != 13:
            return b'{"total":%g}' % (value["qty"] * value["price"])
    except (ValueError, TypeError):
        pass
    return None


@pytest.fixture(autouse=True)
def _no_sentinel(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(shortcuts, "SENTINEL", 0.0)
    yield
    quote.__dict__.pop(SHORTCUT, None)
    quote.__dict__.pop(COUNTS, None)


def ask(app: Any, body: bytes, *, path: str = "/quote", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(
                path, content=body, headers={"content-type": "application/json", **headers}
            )

    return asyncio.run(go())


def mounted(**options: Any) -> FastAPI:
    app = FastAPI()
    serve.mount(app, "/quote", quote, **options)
    return app


def native() -> FastAPI:
    app = FastAPI()
    app.add_api_route("/quote", plain, methods=["POST"])
    return app


def test_same_openapi() -> None:
    assert mounted().openapi() == native().openapi()


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("carved", [False, True])
def test_same_answers(body: bytes, carved: bool) -> None:
    ours, theirs = mounted(), native()
    if carved:
        quote.__dict__[SHORTCUT] = shortcut
    got, expected = ask(ours, body), ask(theirs, body)
    assert got.status_code == expected.status_code
    assert got.json() == expected.json()
    assert got.headers["content-type"] == expected.headers["content-type"]


def test_the_shortcut_is_taken_and_counted() -> None:
    app = mounted()
    quote.__dict__[SHORTCUT] = shortcut
    before = quote.counters()["reference"]["calls"]
    assert ask(app, BODIES[0]).json() == {"total": 3.0}
    assert quote.counters()["reference"]["calls"] == before
    assert quote.__dict__[COUNTS].calls == 1
    assert sum(quote.__dict__[COUNTS].histogram) == 1


def test_a_raising_carving_is_not_heard_of() -> None:
    app = mounted()
    quote.__dict__[SHORTCUT] = lambda body: 1 / 0
    assert ask(app, BODIES[0]).json() == {"total": 3.0}


def test_other_paths_methods_and_content_types_are_fastapis() -> None:
    app = mounted()
    quote.__dict__[SHORTCUT] = lambda body: b'"shortcut"'
    assert ask(app, b"{}", path="/other").status_code == 404
    assert ask(app, BODIES[0], **{"content-type": "text/plain"}).status_code == 422


def test_dependencies_are_never_passed_by() -> None:
    def locked() -> None:
        raise HTTPException(status_code=401)

    app = mounted(dependencies=[Depends(locked)])
    quote.__dict__[SHORTCUT] = lambda body: b'"shortcut"'
    assert ask(app, BODIES[0]).status_code == 401


def test_middleware_of_the_user_sees_every_request() -> None:
    app = mounted()
    seen = []

    @app.middleware("http")
    async def watch(request: Any, call_next: Any) -> Any:
        seen.append(request.url.path)
        return await call_next(request)

    quote.__dict__[SHORTCUT] = shortcut
    assert ask(app, BODIES[0]).json() == {"total": 3.0}
    assert seen == ["/quote"]
    assert quote.__dict__[COUNTS].calls == 1


def test_an_earlier_route_keeps_its_path() -> None:
    app = FastAPI()

    @app.post("/{name}")
    def first(name: str) -> str:
        return name

    serve.mount(app, "/quote", quote)
    quote.__dict__[SHORTCUT] = shortcut
    assert ask(app, BODIES[0]).json() == "quote"


def test_starlette_alone() -> None:
    app = Starlette()
    serve.mount(app, "/quote", quote)
    assert ask(app, BODIES[0]).json() == {"total": 3.0}
    refused = ask(app, b'{"qty": "two", "price": 1}')
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "qty"]
    assert ask(app, b"{").status_code == 422
    quote.__dict__[SHORTCUT] = lambda body: b'{"total":7}'
    assert ask(app, BODIES[0]).json() == {"total": 7}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Expected `int`, got `str` - at `$.lines[0].qty`",
            {"type": "int_type", "loc": ["body", "lines", 0, "qty"]},
        ),
        (
            "Object missing required field `qty` - at `$.order`",
            {"type": "missing", "loc": ["body", "order", "qty"]},
        ),
        (
            "Object missing required field `qty`",
            {"type": "missing", "loc": ["body", "qty"]},
        ),
    ],
)
def test_located(message: str, expected: dict[str, Any]) -> None:
    assert {k: v for k, v in located(message).items() if k != "msg"} == expected


def test_neither_framework_is_refused() -> None:
    with pytest.raises(TypeError, match="FastAPI or Starlette"):
        serve.mount(object(), "/quote", quote)
