"""Is another upstream the same? Recorded requests of a route, sent to it and compared.

    report = prove_route(pairs, against="http://127.0.0.1:9001", reference=None, rules=Rules())
    report.different, report.bound          # 0, 0.001

Without a `reference` the answer that was recorded is what counts; with one, both are asked now, and
a reference that disagrees with itself makes the request noisy, not different. Requests that may
change something (anything but GET, HEAD, OPTIONS) are sent only when asked for. What was redacted
is not sent: such a header comes from `headers`, a pair without it is skipped and counted.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carveout.diagnostics import CarveError
from carveout.gateway.compare import Rules, difference
from carveout.gateway.pairs import REDACTED, Pair, Request, Response
from carveout.move.guards import sameness_bound

SAFE = ("GET", "HEAD", "OPTIONS")
TIMEOUT_S = 30.0
SHOWN = 5
_NOT_SENT = {"host", "content-length", "connection", "traceparent", "tracestate", "x-request-id"}


@dataclass(slots=True)
class RouteReport:
    same: int = 0
    different: int = 0
    noisy: int = 0
    unanswered: int = 0
    skipped: int = 0
    """Not sent: not safe to repeat, or redacted."""
    findings: list[dict[str, str]] = field(default_factory=list)

    @property
    def compared(self) -> int:
        return self.same + self.different

    @property
    def bound(self) -> float:
        """At most this share of requests differs, at 99 %; 1.0 where that can't be said."""
        return 1.0 if self.different else sameness_bound(self.same)

    def to_json(self) -> dict[str, Any]:
        counts = {
            name: getattr(self, name)
            for name in ("same", "different", "noisy", "unanswered", "skipped")
        }
        return {**counts, "bound": self.bound, "findings": self.findings}


class Asker:
    """One keep-alive connection to an upstream: `http://…` or `unix:/path`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._path: Path | None = None
        if url.startswith("unix:"):
            self._path = Path(url.removeprefix("unix:"))
            self._host, self._port = "localhost", 80
        else:
            parts = urlsplit(url)
            if parts.scheme != "http" or not parts.hostname:
                raise CarveError(
                    "usage",
                    f"{url!r} is not an upstream",
                    hint="http://host:port, or unix:/path of a socket",
                    exit_code=2,
                )
            self._host, self._port = parts.hostname, parts.port or 80
        self._connection = self._new()

    def _new(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        if self._path is not None:
            plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            plain.settimeout(TIMEOUT_S)
            try:
                plain.connect(str(self._path))
            except OSError:
                plain.close()
                return connection
            connection.sock = plain
        return connection

    def ask(self, request: Request, headers: Mapping[str, str]) -> Response | None:
        """None if there was no answer."""
        kept = [(n, v) for n, v in request.headers if n not in _NOT_SENT and n not in headers]
        for attempt in range(2):
            try:
                self._connection.putrequest(
                    request.method, request.target, skip_accept_encoding=True
                )
                for name, value in [*kept, *headers.items()]:
                    self._connection.putheader(name, value.encode("utf-8"))
                if request.body:
                    self._connection.putheader("content-length", str(len(request.body)))
                self._connection.endheaders(request.body or None)
                got = self._connection.getresponse()
                found = tuple((name.lower(), value) for name, value in got.getheaders())
                return Response(got.status, found, got.read())
            except (OSError, http.client.HTTPException):
                self._connection.close()
                self._connection = self._new()
                if attempt:
                    return None
        return None

    def close(self) -> None:
        self._connection.close()


def prove_route(
    pairs: Iterable[Pair],
    *,
    against: str,
    reference: str | None,
    rules: Rules,
    headers: Mapping[str, str] | None = None,
    all_methods: bool = False,
    progress: Callable[[RouteReport], None] | None = None,
) -> RouteReport:
    """Replay `pairs` against an upstream. Raises CarveError for an address that is none."""
    given = {name.lower(): value for name, value in (headers or {}).items()}
    report = RouteReport()
    candidate = Asker(against)
    control = Asker(reference) if reference else None
    try:
        for pair in pairs:
            _one(pair, candidate, control, rules, given, report, all_methods=all_methods)
            if progress:
                progress(report)
    finally:
        candidate.close()
        if control:
            control.close()
    return report


def _one(
    pair: Pair,
    candidate: Asker,
    control: Asker | None,
    rules: Rules,
    headers: Mapping[str, str],
    report: RouteReport,
    *,
    all_methods: bool,
) -> None:
    request = pair.request
    hidden = any(REDACTED in value and name not in headers for name, value in request.headers)
    if hidden or (request.method not in SAFE and not all_methods):
        report.skipped += 1
        return
    expected = control.ask(request, headers) if control else pair.response
    got = candidate.ask(request, headers)
    if expected is None or got is None:
        report.unanswered += 1
        return
    found = difference(expected, got, rules)
    if found is None:
        report.same += 1
        return
    again = control.ask(request, headers) if control else None
    if again is not None and difference(expected, again, rules):
        report.noisy += 1
        return
    report.different += 1
    if len(report.findings) < SHOWN:
        report.findings.append({"request": f"{request.method} {request.target}", "what": found})
