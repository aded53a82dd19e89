"""A thin endpoint for an operation: JSON straight to the carving and back.

    app = FastAPI()
    serve.mount(app, "/quote", quote)      # instead of app.post("/quote")(quote)

The route is FastAPI's own, so its OpenAPI, its 422 bodies and everything it refuses are FastAPI's.
In front of it stands a shortcut: at stage full, with the carving inline, the request's bytes go to
the carving and its bytes go back. Whatever the carving does not answer (invalid input, a decline,
a fault, any panic) is replayed, byte for byte, into FastAPI's route.

The shortcut is taken only where it can't be told from FastAPI: JSON bodies, a plain contract (see
`contract.edge`), no dependencies, no response options or classes, no limit of body sizes, no
parameters outside the body, on the application itself and not on a router. With no middleware of
the user's it also passes FastAPI's own; with any, every request goes through them first.

Invariants: a request is answered exactly once; in every other stage the shortcut is not taken, so
that shares, captures and comparisons are the dispatch's; at full one request in a hundred, or fewer
(`Counts.sentinel`), goes the long way, for the sentinel; shortcut requests are counted in the
candidate's counters.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, get_type_hints

from carveout.serve.shortcut import COUNTS, RELEASING, SHORTCUT, Counts

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

LONG_NS = 2_000_000
"""Carvings that take longer run in a thread: the event loop has others to serve."""
MAX_BODY = 16 << 20
SEEN = "carveout.seen"


def mount(
    app: Any,
    path: str,
    operation: Any,
    *,
    methods: Sequence[str] = ("POST",),
    **route_options: Any,
) -> None:
    """Serve `operation` at `path` of a FastAPI or Starlette application.

    `route_options` are those of `app.add_api_route` (FastAPI) or of `Route` (Starlette).

    Raises TypeError if `app` is neither.
    """
    operation.__dict__.setdefault(COUNTS, Counts())
    if hasattr(app, "add_api_route"):
        app.add_api_route(path, operation, methods=list(methods), **route_options)
        route = app.routes[-1]
        if not _plain(app, route, operation, route_options):
            return
        long_way = route.app
        thin = Thin(operation, long_way, route.status_code or 200)
        route.app = thin
        _pass_middleware(app, path, route, thin)
    elif hasattr(app, "add_route"):
        from starlette.routing import Route

        decoded = Decoded(operation)
        own: ASGI = Thin(operation, decoded, 200) if _as_msgspec(operation) else decoded
        app.routes.append(Route(path, _Endpoint(own), methods=list(methods), **route_options))
    else:
        raise TypeError(f"mount expects a FastAPI or Starlette application, not {type(app)!r}")


class Thin:
    """ASGI: the carving if it may and can answer, else `long_way` with the same request."""

    def __init__(self, operation: Any, long_way: ASGI, status: int) -> None:
        self._operation = operation
        self._state = operation.__dict__
        self._counts: Counts = operation.__dict__[COUNTS]
        self._long_way = long_way
        self.status = status
        self._random = random.random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call_json = self._state.get(SHORTCUT)
        if (
            call_json is None
            or scope["type"] != "http"
            or SEEN in scope
            or self._operation.tripped
            or self._random() < self._counts.sentinel
            or not _is_json(scope)
        ):
            scope[SEEN] = True
            await self._long_way(scope, receive, send)
            return
        scope[SEEN] = True  # the long way may lead through the route's own shortcut
        messages, body = await _read(receive)
        if body is not None:
            started = time.perf_counter_ns()
            answer = await self._ask(call_json, body)
            if answer is not None:
                self._counts.add(time.perf_counter_ns() - started)
                await _answer(send, self.status, answer)
                return
        await self._long_way(scope, _replay(messages, receive), send)

    # As `__call__` decides, for a server that has the whole body (see `carveout.serve.uvicorn`).

    def may_ask(self) -> bool:
        """Whether the carving may be asked now, on the event loop itself."""
        return (
            SHORTCUT in self._state
            and self._counts.average_ns <= LONG_NS
            and not self._operation.tripped
        )

    def ask(self, body: bytes) -> bytes | None:
        """The answer's body; None if this request must go the long way, with SEEN in its scope."""
        call_json = self._state.get(SHORTCUT)
        if call_json is None or self._random() < self._counts.sentinel:
            return None
        started = time.perf_counter_ns()
        try:
            answer: bytes | None = call_json(body)
        except Exception:
            return None
        if answer is not None:
            self._counts.add(time.perf_counter_ns() - started)
        return answer

    async def _ask(self, call_json: Callable[[bytes], bytes | None], body: bytes) -> bytes | None:
        try:
            if self._counts.average_ns > LONG_NS:
                return await asyncio.to_thread(self._state.get(RELEASING, call_json), body)
            return call_json(body)
        except Exception:
            return None  # the long way answers; its dispatch trips on what is really broken


class Decoded:
    """ASGI for Starlette alone: decode, call the operation, encode; 422 as FastAPI words it."""

    def __init__(self, operation: Any) -> None:
        import msgspec

        self._operation = operation
        function = inspect.unwrap(operation)
        hints = get_type_hints(function, include_extras=True)
        parameters = list(inspect.signature(function).parameters.values())
        self._names = [p.name for p in parameters]
        keyword = inspect.Parameter.KEYWORD_ONLY
        self._by_name = [p.name for p in parameters if p.kind is keyword]
        self._bare = len(parameters) == 1 and _is_struct(hints.get(parameters[0].name))
        self._body: Any
        if self._bare:
            self._body = hints[parameters[0].name]
        else:
            self._body = msgspec.defstruct(
                "Body",
                [
                    (p.name, hints[p.name])
                    if p.default is inspect.Parameter.empty
                    else (p.name, hints[p.name], p.default)
                    for p in sorted(parameters, key=lambda p: p.default is not p.empty)
                ],
                kw_only=True,
            )
        described = getattr(operation, "contract", None)
        if described and any(one.get("kind") == "pydantic" for one in described.types.values()):
            raise TypeError(
                f"{function.__qualname__} takes or returns Pydantic models, which Starlette alone "
                "can't read: mount it on a FastAPI application"
            )
        self._decoder = msgspec.json.Decoder(self._body)
        self._encode = msgspec.json.encode
        self._invalid = msgspec.ValidationError
        self._broken = msgspec.DecodeError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_json(scope):
            await _answer(send, 415, b'{"detail":"Unsupported Media Type"}')
            return
        _, body = await _read(receive)
        if body is None:
            await _answer(send, 413, b'{"detail":"Content Too Large"}')
            return
        try:
            value = self._decoder.decode(body)
        except self._invalid as error:
            await _answer(send, 422, json.dumps({"detail": [located(str(error))]}).encode())
            return
        except self._broken as error:
            detail = {
                "type": "json_invalid",
                "loc": ["body", 0],
                "msg": f"JSON decode error: {error}",
            }
            await _answer(send, 422, json.dumps({"detail": [detail]}).encode())
            return
        given = {self._names[0]: value} if self._bare else vars_of(value, self._names)
        named = {name: given.pop(name) for name in self._by_name}
        if inspect.iscoroutinefunction(inspect.unwrap(self._operation)):
            result = await self._operation(*given.values(), **named)
        else:
            result = await asyncio.to_thread(self._operation, *given.values(), **named)
        await _answer(send, 200, self._encode(result))


def vars_of(value: Any, names: list[str]) -> dict[str, Any]:
    """The attributes of these names, in their order."""
    return {name: getattr(value, name) for name in names}


class _Endpoint:
    """An ASGI application where Starlette would take a bare function for a request handler."""

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def located(message: str) -> dict[str, Any]:
    """FastAPI's form of msgspec's "Expected `int`, got `str` - at `$.order.qty`"."""
    text, _, where = message.partition(" - at ")
    loc: list[str | int] = ["body"]
    for part in where.strip("`").removeprefix("$").replace("[", ".[").split("."):
        if part.startswith("["):
            loc.append(int(part[1:-1]) if part[1:-1].isdigit() else part[1:-1])
        elif part:
            loc.append(part)
    kind = "value_error"
    if text.startswith("Object missing required field `"):
        loc.append(text.split("`")[1])
        kind, text = "missing", "Field required"
    elif text.startswith("Expected `"):
        kind = f"{text.split('`')[1]}_type"
    return {"type": kind, "loc": loc, "msg": text}


def _plain(app: Any, route: Any, operation: Any, options: dict[str, Any]) -> bool:
    """Whether the shortcut can't be told from FastAPI's own route."""
    allowed = {
        "name",
        "tags",
        "summary",
        "description",
        "operation_id",
        "include_in_schema",
        "status_code",
        "response_description",
        "responses",
        "deprecated",
    }
    dependant = route.dependant
    from fastapi.routing import APIRoute

    # A router hands its routes on, with dependencies of whoever includes it.
    if not hasattr(app, "build_middleware_stack") or type(route) is not APIRoute:
        return False
    status = route.status_code or 200
    if not 200 <= status < 300 or status in (204, 205):  # those have no body
        return False
    if getattr(route, "max_body_size", None) is not None or not _default_response(route):
        return False
    outside = (
        dependant.path_params
        or dependant.query_params
        or dependant.header_params
        or dependant.cookie_params
        or dependant.dependencies
    )
    if set(options) - allowed or outside or getattr(app, "dependency_overrides", None):
        return False
    contract = getattr(operation, "contract", None)
    if contract is None or not contract.plain or len(dependant.body_params) != len(contract.params):
        return False
    if len(contract.params) == 1:
        # FastAPI takes the body for the value itself; the carving does so for structs only.
        return bool(contract.params[0].type.get("t") == "ref")
    return len(contract.params) > 1


def _default_response(route: Any) -> bool:
    """Whether answers are written by FastAPI's own response class, as nobody chose another."""
    from fastapi import FastAPI
    from fastapi.datastructures import DefaultPlaceholder

    plain = FastAPI().router.default_response_class
    chosen = route.response_class
    return (
        isinstance(chosen, DefaultPlaceholder)
        and isinstance(plain, DefaultPlaceholder)
        and chosen.value is plain.value
    )


def _as_msgspec(operation: Any) -> bool:
    """Whether the carving's JSON is msgspec's too, which has base64 for bytes."""
    contract = getattr(operation, "contract", None)
    return contract is not None and contract.plain and b'"t":"bytes"' not in contract.json_bytes()


def _pass_middleware(app: Any, path: str, route: Any, thin: Thin) -> None:
    """Put the shortcut before FastAPI's own middleware if there is none of the user's."""
    if "{" in path:
        return
    build = app.build_middleware_stack
    methods = frozenset(route.methods or ())

    def build_with_shortcut() -> ASGI:
        stack: ASGI = build()
        first = next((r for r in app.routes if _may_match(r, path)), None)
        if app.user_middleware or first is not route:
            return stack
        if getattr(app, "max_body_size", None) is not None:
            return stack
        return Front(stack, path, methods, thin)

    app.build_middleware_stack = build_with_shortcut


class Front:
    """ASGI before the whole stack: this path's requests try the shortcut, all others pass."""

    def __init__(self, stack: ASGI, path: str, methods: frozenset[str], thin: Thin) -> None:
        self.stack = stack
        self.path = path
        self.methods = methods
        self.thin = Thin(thin._operation, stack, thin.status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["path"] == self.path
            and scope["method"] in self.methods
            and not scope.get("root_path")
        ):
            await self.thin(scope, receive, send)
        else:
            await self.stack(scope, receive, send)


def _may_match(route: Any, path: str) -> bool:
    """Whether a route could take `path`; in doubt (mounts, unknown kinds) it could."""
    regex = getattr(route, "path_regex", None)
    return regex is None or regex.match(path) is not None


def _is_json(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return bool(value == b"application/json" or value.startswith(b"application/json;"))
    return False


def _may_be_json(scope: Scope) -> bool:
    """JSON by its content type, or without one."""
    named = [value for name, value in scope["headers"] if name == b"content-type"]
    kind = named[0].split(b";")[0].strip().lower() if named else b""
    return kind in (b"", b"application/json") or kind.endswith(b"+json")


async def _read(receive: Receive) -> tuple[list[MutableMapping[str, Any]], bytes | None]:
    """The request's messages and its body; None for a body too large or a client that left."""
    messages = []
    parts = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return messages, None
        if not message.get("more_body", False):
            return messages, parts[0] if len(parts) == 1 else b"".join(parts)


def _replay(messages: list[MutableMapping[str, Any]], receive: Receive) -> Receive:
    """A `receive` that first gives what was already read."""
    waiting = iter(messages)

    async def again() -> MutableMapping[str, Any]:
        for message in waiting:
            return message
        return await receive()

    return again


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and (
        hasattr(hint, "__struct_fields__")
        or hasattr(hint, "__dataclass_fields__")
        or hasattr(hint, "__total__")
    )
