"""The endpoint with a real carving behind it can't be told from a plain FastAPI route."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import pydantic
import pytest
from annotated_types import Gt
from fastapi import APIRouter, Body, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))

import service_sample as sample

import carveout
from carveout import serve
from carveout.contract import classes_of, contract_of
from carveout.place import registry
from carveout.place.inline import InlineCarving, fault_classes, load_inline
from carveout.place.operation import operation
from carveout.serve import shortcut as shortcuts
from carveout.serve.shortcut import COUNTS, RELEASING, SHORTCUT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

GOOD: dict[str, Any] = {
    "id": 1,
    "side": "buy",
    "lines": [{"sku": "a", "qty": 2, "price": 1.5}],
    "pair": [1, 2.0],
    "by_name": {"x": 1},
    "tags": [],
    "paid": True,
    "data": "hé",
    "note": None,
    "first": None,
}


@dataclass
class Ask:
    qty: int
    price: float = 1.5
    note: str = "é"


def total(ask: Ask) -> dict[str, float]:
    if ask.qty == 13:
        raise HTTPException(status_code=409, detail="unlucky")
    if ask.qty == 14:
        raise ZeroDivisionError("no handler")
    if ask.qty == 15:
        raise LookupError("with a handler")
    return {ask.note: ask.qty * ask.price}


def carved(body: bytes) -> bytes | None:
    """A carving's `call_json` that answers everything it is asked, and rightly."""
    raise AssertionError("a request that must go the long way came here")


class Client:
    """Asks an ASGI application in a loop of its own."""

    def __init__(self, app: Any) -> None:
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://here")

    def post(self, path: str, body: bytes, content_type: str | None) -> httpx.Response:
        headers = {} if content_type is None else {"content-type": content_type}
        asked = self.client.post(path, content=body, headers=headers)
        return self.loop.run_until_complete(asked)

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()


@pytest.fixture(autouse=True)
def _no_sentinel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts, "SENTINEL", 0.0)


@pytest.fixture(autouse=True, scope="module")
def _no_agent() -> Iterator[None]:
    """It would find no stage in the store and take the shortcut away."""
    registry.on_first_call(None)
    yield
    registry.on_first_call(carveout._start_agent)


@pytest.fixture(scope="module")
def inline(quoting: Path) -> InlineCarving:
    contract = contract_of(sample.quote)
    classes = {**fault_classes(sample.quote), **classes_of(sample.quote)}
    return load_inline(quoting, contract, classes)


Both = Callable[..., tuple[httpx.Response, httpx.Response]]


@pytest.fixture(scope="module")
def both(inline: InlineCarving) -> Iterator[Both]:
    """The mounted endpoint's answer and the plain route's."""
    op = operation(sample.quote)
    ours, theirs = FastAPI(), FastAPI()
    serve.mount(ours, "/quote", op)
    theirs.post("/quote")(sample.quote)
    assert ours.openapi() == theirs.openapi()
    clients = Client(ours), Client(theirs)

    def ask(
        body: bytes, content_type: str | None = "application/json"
    ) -> tuple[httpx.Response, httpx.Response]:
        op.__dict__[SHORTCUT] = inline.call_json
        op.__dict__[RELEASING] = inline.call_json_release
        return tuple(one.post("/quote", body, content_type) for one in clients)  # type: ignore[return-value]

    ask.counts = op.__dict__[COUNTS]  # type: ignore[attr-defined]
    yield ask
    for client in clients:
        client.close()


def check(got: httpx.Response, expected: httpx.Response) -> None:
    """The same but for how an exponent is written (`1e-07`, `1e-7`): FastAPI's versions differ."""
    assert got.status_code == expected.status_code
    assert {**got.headers, "content-length": ""} == {**expected.headers, "content-length": ""}
    assert int(got.headers.get("content-length", 0)) == len(got.content)
    if got.content != expected.content:
        left, right = json.loads(got.content), json.loads(expected.content)
        assert json.dumps(left) == json.dumps(right)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "text/plain", None],
)
@pytest.mark.parametrize(
    "body",
    [
        json.dumps(GOOD).encode(),
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        json.dumps(GOOD).encode("utf-16"),
        json.dumps({**GOOD, "more": 1}).encode(),
        json.dumps({**GOOD, "pair": [1, float("nan")]}).encode(),
        json.dumps(GOOD).replace("1.5", "1e400").encode(),
        json.dumps(GOOD).replace("1.5", "-0").encode(),
        json.dumps({**GOOD, "id": -1}).encode(),  # panics: the reference answers
        json.dumps({**GOOD, "id": -2}).encode(),  # a fault: the reference answers
        json.dumps({**GOOD, "id": -3}).encode(),
        json.dumps({**GOOD, "tags": [3, 2, 1]}).encode(),
        json.dumps({**GOOD, "note": "x" * 300_000}).encode(),
    ],
    ids=lambda value: f"{len(value)}-{value[:6]!r}" if isinstance(value, bytes) else value,
)
def test_every_body_under_every_content_type(
    both: Both, body: bytes, content_type: str | None
) -> None:
    check(*both(body, content_type))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.sampled_from(["1", "yes", "buy"]),
)
lines = st.fixed_dictionaries(
    {
        "sku": st.text(max_size=4),
        "qty": st.integers(-(2**63), 2**63),
        "price": st.floats(allow_nan=False) | st.integers(-(2**60), 2**60),
    }
)
orders = st.fixed_dictionaries(
    {
        "id": st.integers(0, 2**63),
        "side": st.sampled_from(["buy", "sell"]),
        "lines": st.lists(lines, max_size=3),
        "pair": st.tuples(st.integers(-5, 5), st.floats(allow_nan=False)),
        "by_name": st.dictionaries(st.text(max_size=3), st.integers(-5, 5), max_size=3),
        "tags": st.just([]),
        "paid": st.booleans(),
        "data": st.text(max_size=4),
    },
    optional={
        "note": st.none() | st.text(max_size=4),
        "first": st.none() | lines,
        "more": scalars,
    },
)
patches = st.dictionaries(st.sampled_from(sorted(GOOD)), scalars, max_size=1)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(orders, patches)
def test_any_order(both: Both, order: dict[str, Any], patch: dict[str, Any]) -> None:
    before = both.counts.calls  # type: ignore[attr-defined]
    got, expected = both(json.dumps({**order, **patch}).encode())
    check(got, expected)
    if expected.status_code >= 400:
        assert both.counts.calls == before  # type: ignore[attr-defined]


def test_the_carving_answers(both: Both) -> None:
    """Or else everything above would have compared FastAPI with itself."""
    before = both.counts.calls  # type: ignore[attr-defined]
    check(*both(json.dumps(GOOD).encode()))
    check(*both(json.dumps({k: v for k, v in GOOD.items() if v is not None}).encode()))
    assert both.counts.calls == before + 2  # type: ignore[attr-defined]


# Where the shortcut must not be taken -----------------------------------------------------------


@dataclass
class Checked:
    qty: Annotated[int, Gt(0)]


@dataclass
class Turned:
    qty: int

    def __post_init__(self) -> None:
        self.qty = -self.qty


class Model(pydantic.BaseModel):
    qty: int = pydantic.Field(alias="quantity", gt=0)

    @pydantic.field_validator("qty")
    @classmethod
    def even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd")
        return value


def checked(x: Checked) -> int:
    return x.qty


def turned(x: Turned) -> int:
    return x.qty


def modelled(x: Model) -> Model:
    return x


def embedded(x: Annotated[Ask, Body(embed=True)]) -> int:
    return x.qty


def gone(x: Ask) -> None:
    return None


def limited(x: Ask) -> int:
    return x.qty


class Wrapped(APIRoute):
    def get_route_handler(self) -> Any:
        handle = super().get_route_handler()

        async def with_header(request: Request) -> Any:
            response = await handle(request)
            response.headers["x-route"] = "mine"
            return response

        return with_header


class Shouting(JSONResponse):
    def render(self, content: Any) -> bytes:
        return super().render(content).upper()


def routed(make: Callable[[], FastAPI]) -> Callable[[], FastAPI]:
    def build() -> FastAPI:
        app = make()
        app.router.route_class = Wrapped
        return app

    return build


LONG: list[tuple[Any, Callable[[], FastAPI], dict[str, Any], bytes]] = [
    (checked, FastAPI, {}, b'{"qty": 0}'),
    (turned, FastAPI, {}, b'{"qty": 1}'),
    (modelled, FastAPI, {}, b'{"quantity": 2}'),
    (modelled, FastAPI, {}, b'{"quantity": 3}'),
    (modelled, FastAPI, {}, b'{"qty": 2}'),
    (embedded, FastAPI, {}, b'{"x": {"qty": 2}}'),
    (gone, FastAPI, {"status_code": 204}, b'{"qty": 2}'),
    (limited, lambda: FastAPI(default_response_class=Shouting), {}, b'{"qty": 2}'),
    (limited, FastAPI, {"response_class": HTMLResponse}, b'{"qty": 2}'),
    (limited, routed(FastAPI), {}, b'{"qty": 2}'),
    (limited, FastAPI, {"response_model": float}, b'{"qty": 2}'),
]


@pytest.mark.parametrize(
    ("function", "make", "options", "body"), LONG, ids=lambda v: getattr(v, "__name__", None)
)
def test_what_fastapi_does_itself_stays_fastapis(
    function: Any, make: Any, options: dict[str, Any], body: bytes
) -> None:
    op = operation(function)
    ours, theirs = make(), make()
    serve.mount(ours, "/it", op, **options)
    theirs.add_api_route("/it", function, methods=["POST"], **options)
    assert ours.openapi() == theirs.openapi()
    # A contract that is not plain is refused by the carving itself, whatever stands before it.
    op.__dict__[SHORTCUT] = carved
    clients = Client(ours), Client(theirs)
    try:
        check(*(client.post("/it", body, "application/json") for client in clients))  # type: ignore[arg-type]
    finally:
        for client in clients:
            client.close()


def test_a_limit_of_the_application_holds() -> None:
    try:
        app = FastAPI(max_body_size=20)
    except TypeError:
        pytest.skip("this FastAPI has no limit of its own")
    op = operation(limited)
    serve.mount(app, "/it", op)
    op.__dict__[SHORTCUT] = lambda body: b"1"
    client = Client(app)
    try:
        assert (
            client.post(
                "/it", b'{"qty": 1, "note": "far too long"}', "application/json"
            ).status_code
            == 413
        )
    finally:
        client.close()


def test_a_router_with_a_lock_stays_locked() -> None:
    from fastapi import Depends

    def locked() -> None:
        raise HTTPException(status_code=401)

    op = operation(limited)
    router = APIRouter()
    serve.mount(router, "/it", op)
    op.__dict__[SHORTCUT] = carved
    app = FastAPI()
    app.include_router(router, prefix="/in", dependencies=[Depends(locked)])
    client = Client(app)
    try:
        assert client.post("/in/it", b'{"qty": 1}', "application/json").status_code == 401
    finally:
        client.close()


def handled(app: FastAPI) -> FastAPI:
    @app.exception_handler(LookupError)
    async def found_nothing(request: Request, error: LookupError) -> JSONResponse:
        return JSONResponse({"nothing": str(error)}, status_code=418)

    return app


@pytest.mark.parametrize(
    "body", [b'{"qty": 2}', b'{"qty": 13}', b'{"qty": 14}', b'{"qty": 15}', b'{"qty": "x"}']
)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_exceptions_meet_the_same_handlers(body: bytes, asynchronous: bool) -> None:
    async def total_async(ask: Ask) -> dict[str, float]:
        return total(ask)

    function: Any = total_async if asynchronous else total
    op = operation(function)
    ours, theirs = handled(FastAPI()), handled(FastAPI())
    serve.mount(ours, "/total", op)
    theirs.post("/total")(function)
    for answer in (lambda body: None, lambda body: 1 / 0):
        op.__dict__[SHORTCUT] = answer
        clients = Client(ours), Client(theirs)
        try:
            check(*(client.post("/total", body, "application/json") for client in clients))  # type: ignore[arg-type]
        finally:
            for client in clients:
                client.close()


# Starlette alone --------------------------------------------------------------------------------


class Renamed(msgspec.Struct, rename="camel", tag="order"):
    unit_price: float
    qty: int = 1


def renamed(x: Renamed) -> Renamed:
    return x


def ordered(a: int, /, b: float, *, c: str = "x") -> list[str]:
    return [str(a), str(b), c]


def blob(x: list[bytes]) -> list[bytes]:
    return x


@pytest.mark.parametrize(
    ("function", "body", "expected"),
    [
        (
            renamed,
            b'{"type": "order", "unitPrice": 2}',
            {"type": "order", "unitPrice": 2.0, "qty": 1},
        ),
        (renamed, b'{"unit_price": 2}', None),
        (ordered, b'{"a": 1, "b": 2}', ["1", "2.0", "x"]),
        (ordered, b'{"a": 1, "b": 2, "c": "y"}', ["1", "2.0", "y"]),
        (blob, b'{"x": ["aGk="]}', ["aGk="]),
    ],
)
def test_starlette_speaks_as_msgspec(function: Any, body: bytes, expected: Any) -> None:
    op = operation(function)
    app = Starlette()
    serve.mount(app, "/it", op)
    op.__dict__[SHORTCUT] = (lambda body: None) if function is ordered else carved
    client = Client(app)
    try:
        got = client.post("/it", body, "application/json")
        assert got.status_code == (422 if expected is None else 200)
        if expected is not None:
            assert got.json() == expected
        assert client.post("/it", body, "text/plain").status_code == 415
    finally:
        client.close()


def test_starlette_alone_says_what_it_cannot_read() -> None:
    with pytest.raises(TypeError, match="FastAPI"):
        serve.mount(Starlette(), "/it", operation(modelled))


# Right under uvicorn ----------------------------------------------------------------------------


def test_uvicorns_protocol_answers_the_same_bytes(inline: InlineCarving) -> None:
    """Plain requests by the real carving, against uvicorn's own protocol and the thin endpoint."""
    from uvicorn_servers import END, OURS, THEIRS, Running, request

    op = operation(sample.quote)
    app = FastAPI()
    serve.mount(app, "/quote", op)
    app.add_api_route("/end", lambda: "end")
    op.__dict__[SHORTCUT] = inline.call_json
    op.__dict__[RELEASING] = inline.call_json_release
    op.__dict__[COUNTS].sentinel = 0.0
    orders = [
        {**GOOD, "id": n, "data": "hé" * n} for n in range(-3, 8)
    ]  # a panic, a fault, a decline
    orders += [{**GOOD, "id": "x"}, {"id": 1}]
    bodies = [json.dumps(order).encode() for order in orders] + [b"{", b"\xff"]
    with Running(app, OURS) as ours, Running(app, THEIRS) as theirs:
        ours.exchange(END)
        assert ours.ready
        for body in bodies:
            sent = request(body) + END
            assert ours.exchange(sent) == theirs.exchange(sent)
        assert not any(one.server.server_state.tasks for one in (ours, theirs))
        before = op.__dict__[COUNTS].calls
        assert b"200 OK" in ours.exchange(request(json.dumps(GOOD).encode()) + END)
        assert op.__dict__[COUNTS].calls == before + 1
