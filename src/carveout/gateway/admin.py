"""Talk to a running gateway's admin API over its Unix socket.

admin = Admin(Path(".carveout/gateway/admin.sock"))
admin.state()["routes"]["shop"]["p99"]
admin.split("shop", {"shop": 0.95, "shop-rust": 0.05})
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from carveout.diagnostics import CarveError

TIMEOUT_S = 15.0


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("gateway", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self._path))


class Admin:
    """The admin API behind one socket. Every call raises CarveError if it is not answered well."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def request(self, method: str, target: str, body: bytes | None = None) -> bytes:
        connection = _Connection(self.path)
        try:
            connection.request(method, target, body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as problem:
            raise CarveError(
                "gateway-not-running",
                "no gateway answers",
                cause=f"{self.path}: {problem}",
                hint="is it running, with this socket as gateway.admin.socket?",
            ) from problem
        finally:
            connection.close()
        if response.status >= 300:
            raise CarveError(
                "gateway-refused",
                f"the gateway refused {method} {target}",
                cause=content.decode("utf-8", "replace").strip() or str(response.status),
            )
        return content

    def state(self) -> dict[str, Any]:
        """Routes with their arms, upstreams with their endpoints, the last reload's error."""
        found: dict[str, Any] = json.loads(self.request("GET", "/v1/state"))
        return found

    def metrics(self) -> str:
        """The Prometheus page."""
        return self.request("GET", "/metrics").decode()

    def reload(self) -> None:
        """Read the configuration again; the running one stays if it is invalid."""
        self.request("POST", "/v1/reload")

    def drain(self) -> None:
        self.request("POST", "/v1/drain")

    def split(self, route: str, weights: Mapping[str, float]) -> None:
        """Set a route's weights by upstream, over what the file says, until the process ends."""
        target = f"/v1/routes/{quote(route, safe='')}/split"
        self.request("PUT", target, json.dumps(dict(weights)).encode())

    def unsplit(self, route: str) -> None:
        """Back to the file's weights."""
        self.request("DELETE", f"/v1/routes/{quote(route, safe='')}/split")
