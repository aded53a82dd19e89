"""Thin endpoints without ASGI: an HTTP protocol for uvicorn, asked for by name.

    uvicorn app:app --http carveout.serve.uvicorn:Protocol

A request to a mounted endpoint that lies whole and plain in the bytes at hand (`PlainRequests`: one
length, no codings, no upgrades, nothing twice that decides) is answered by its carving with one
write. Every other byte goes to uvicorn's own protocol, from which this one inherits: other paths
and methods, odd or broken requests, what a carving declines, the sentinel's share, and everything
while the connection's last answer is still being made.

It never goes past what would see the request otherwise: it is in force only while the application
uvicorn has loaded is a FastAPI application (behind uvicorn's own proxy headers, at most) whose
whole stack begins with the shortcut of `serve.mount`, which is so only without middleware of the
user's. A wrapped application, one whose entry point is patched, telemetry, a root path: all is
uvicorn's.

Invariants: bytes are consumed here only if they are answered here, so uvicorn's parser reads the
very stream the client sent, less whole requests; the keep-alive timeout, the limits, the count of
requests, the access log, the default headers and the graceful shutdown are uvicorn's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

try:
    from uvicorn.protocols.http.httptools_impl import (
        HEADER_RE,
        HEADER_VALUE_RE,
        STATUS_LINE,
        HttpToolsProtocol,
    )
except ImportError as missing:
    raise ImportError(
        "carveout.serve.uvicorn builds on uvicorn's httptools protocol, and there is no httptools "
        "here: pip install httptools, or leave --http out"
    ) from missing
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from carveout.serve.endpoint import SEEN, Front, Thin

try:
    from carveout._native import PlainRequests
except ImportError:  # no native module for this interpreter: then there are no carvings either
    PlainRequests = None  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

METHODS = ("POST", "PUT", "PATCH")
PATH_BYTES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
MAX_BODY = 256 << 10
"""As much as the event loop reads at once."""
MAX_HELD = 64 << 10
"""Of a head whose body is still on its way, at most so much is kept, as uvicorn does."""
AT_ONCE = 16
"""Pipelined requests answered without a turn for the other connections."""
FRAMING = (b"connection", b"content-length", b"transfer-encoding", b"content-type")
ENTRY = {
    "fastapi.applications": {
        "root_path", "super", "__call__", "middleware_stack", "build_middleware_stack",
        "fastapi.telemetry._runtime", "lifespan", "_telemetry", "_native_telemetry", "enabled",
        "_legacy_otel",
    },
    "starlette.applications": {"middleware_stack", "build_middleware_stack"},
}  # fmt: skip
"""All that the frameworks' entry points are known to touch: one that does more is not passed."""


USED = (
    "access_log", "access_logger", "client", "connections", "cycle", "flow", "limit_concurrency",
    "loop", "parser", "pipeline", "scope", "server_state", "tasks", "timeout_keep_alive",
    "timeout_keep_alive_handler", "timeout_keep_alive_task", "transport",
    "_unset_keepalive_if_required",
)  # fmt: skip
"""What is used of uvicorn's protocol; a version that lacks some of it serves all by itself."""


class Direct:
    """What of a server's application can be answered without ASGI, and how its answers begin."""

    def __init__(self, config: Config, state: ServerState, may: bool = True) -> None:
        self._state = state
        may = may and not config.root_path
        self._app: Any = application(config.loaded_app) if may else None
        self._stack: object = None
        self._default: object = None
        self.heads: list[bytes] = []
        self.thins: list[Thin] = []
        self.targets: list[tuple[str, str]] = []
        self.plain: PlainRequests | None = None
        self.plain_logged: PlainRequests | None = None
        """As `plain`, but without requests whose client a proxy names: the log would want it."""

    def ready(self) -> bool:
        """Whether requests may be looked for now."""
        if self._app is None:
            return False
        if self._app.middleware_stack is not self._stack:
            self._stack = self._app.middleware_stack
            self._find_endpoints()
            self._begin_answers()
        elif self._state.default_headers is not self._default:
            self._begin_answers()
        return bool(self.heads)

    def _find_endpoints(self) -> None:
        found: dict[tuple[str, str], Thin] = {}
        front = self._stack
        while type(front) is Front:
            if PATH_BYTES.issuperset(front.path):
                for method in METHODS:
                    if method in front.methods:
                        found.setdefault((method, front.path), front.thin)
            front = front.stack
        self.thins, self.targets = list(found.values()), list(found)
        if PlainRequests is None or self._app.root_path:
            self.thins = []
            return
        lines = [(method.encode(), path.encode()) for method, path in found]
        self.plain = PlainRequests(lines, [], MAX_BODY)
        self.plain_logged = PlainRequests(lines, [b"x-forwarded-for"], MAX_BODY)

    def _begin_answers(self) -> None:
        """The heads up to the length's value; none if requests are traced, or if a default header
        would be refused or would change the framing. Once a second, as the date changes."""
        self._default = given = self._state.default_headers
        self.heads = []
        telemetry = getattr(self._app, "_native_telemetry", None)
        if telemetry is not None and telemetry.enabled():
            return
        if any(
            HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or name.lower() in FRAMING
            for name, value in given
        ):
            return
        lines = b"".join([name.lower() + b": " + value + b"\r\n" for name, value in given])
        rest = lines + b"content-type: application/json\r\ncontent-length: "
        self.heads = [STATUS_LINE[thin.status] + rest for thin in self.thins]


def application(loaded: Any) -> Any:
    """The FastAPI application uvicorn calls, if nothing but uvicorn's own stands before it."""
    from fastapi import FastAPI
    from starlette.applications import Starlette

    if type(loaded) is ProxyHeadersMiddleware:
        loaded = loaded.app
    if not isinstance(loaded, FastAPI) or type(loaded).__call__ is not FastAPI.__call__:
        return None
    entries: tuple[Any, ...] = (FastAPI.__call__, Starlette.__call__)
    return loaded if all(_is_known(entry) for entry in entries) else None


def _is_known(entry: Any) -> bool:
    try:
        touched, home = entry.__code__.co_names, entry.__globals__["__name__"]
    except (AttributeError, KeyError):
        return False
    return set(touched) <= ENTRY.get(home, set()) and bool(touched)


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with the requests to thin endpoints answered on the spot."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        known = config.__dict__.get("_carveout_direct")
        if known is None or known[0] is not server_state:
            may = all(hasattr(self, name) for name in USED)
            known = (server_state, Direct(config, server_state, may))
            config.__dict__["_carveout_direct"] = known
        self._direct: Direct = known[1]
        self._between = True
        """uvicorn's parser is between two messages, so a request may begin here."""
        self._ruled_out = False
        """An upgrade was asked for: what follows may be no HTTP at all."""
        self._held = b""
        """A plain head and what there is of its body; no byte of it has gone to the parser."""
        self._asked = False
        """The next message the parser sees was already decided to go the long way."""
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Answer what can be answered here; uvicorn's parser gets the rest."""
        held, self._held = self._held, b""
        if held:
            data = held + data
        at = self._answer(data, may_hold=not held) if self._may_answer() else 0
        if at == 0:
            super().data_received(data)
        elif at < len(data):
            super().data_received(data[at:])

    def _may_answer(self) -> bool:
        cycle = self.cycle
        if (
            not self._between
            or (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
            or not self._direct.ready()
            or self.transport.is_closing()
        ):
            return False
        limit = self.limit_concurrency
        return limit is None or (len(self.connections) < limit and len(self.tasks) < limit)

    def _answer(self, data: bytes, may_hold: bool) -> int:
        """Answer the requests at the start of the data; how many of its bytes are done with."""
        direct = self._direct
        plain = direct.plain_logged if self.access_log else direct.plain
        assert plain is not None
        at, size, long_way = 0, len(data), 0
        answers: list[bytes] = []
        for _ in range(AT_ONCE):
            found = plain.find(data, at)
            if found is None:
                break
            which, body, end = found
            if end > size:
                if may_hold and end - at <= MAX_HELD and self.limit_concurrency is None:
                    self._held, at = data[at:], size
                break
            thin = direct.thins[which]
            if not thin.may_ask():
                break
            answer = thin.ask(data[body:end])
            if answer is None:
                long_way = end
                break
            answers.append(b"%b%d\r\n\r\n%b" % (direct.heads[which], len(answer), answer))
            self._count(direct.targets[which], thin.status)
            at = end
            if at == size:
                break
        if answers:
            self.transport.write(answers[0] if len(answers) == 1 else b"".join(answers))
            self._answered_at = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self._wait_for_more(self.timeout_keep_alive)
        if self._held:
            self._unset_keepalive_if_required()
        elif long_way:
            self._asked = True
            super().data_received(data[at:long_way])
            at = long_way
        return at

    def _count(self, target: tuple[str, str], status: int) -> None:
        self.server_state.total_requests += 1
        if self.access_log:
            method, path = target
            scope: Any = {"client": self.client, "path": path, "query_string": b""}
            self.access_logger.info(
                '%s - "%s %s HTTP/%s" %d',
                get_client_addr(scope),
                method,
                get_path_with_query_string(scope),
                "1.1",
                status,
            )

    def _wait_for_more(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """uvicorn's, but one timer serves many answers: it runs on from the last of them."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 and not self.transport.is_closing():
            self._wait_for_more(left)
        else:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """uvicorn's, which lets a request end whose head has been read."""
        held, self._held = self._held, b""
        if held:
            super().data_received(held)
        super().shutdown()

    # -- what uvicorn's parser says -----------------------------------------------------------

    def on_message_begin(self) -> None:
        """A message begins: no request of ours can before it is over."""
        super().on_message_begin()
        self._between = False
        if self._asked:
            self._asked = False
            self.scope[SEEN] = True  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        """As uvicorn's; after an upgrade was asked for, nothing more is looked for here."""
        if self.parser.should_upgrade():
            self._ruled_out = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The message is over, and another may begin."""
        super().on_message_complete()
        self._between = not self._ruled_out
