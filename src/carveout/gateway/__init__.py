"""The gateway: a front door for any system of HTTP services, configured here, served by Rust.

    from carveout.gateway import Gateway, Route, Upstream, start

    config = Gateway(
        listen=["127.0.0.1:8080"],
        upstreams={"shop": Upstream(endpoints=["http://127.0.0.1:9000"])},
        routes=[Route(name="shop", prefix="/", upstream="shop")],
    )
    with start(config) as running:
        running.state()["routes"]["shop"]["requests"]

The same as a file is `[gateway]` in carve.toml (docs/gateway.md), checked by `carve gateway check`
and served by `carve gateway run`. The binary in the wheel is the only reader of either, so both
have the same keys, defaults and errors.
"""

from __future__ import annotations

from carveout.gateway.admin import Admin
from carveout.gateway.checking import check
from carveout.gateway.launch import Running, binary, run, start
from carveout.gateway.model import (
    AccessLog,
    AdminApi,
    ApiKeys,
    Certificate,
    Cors,
    Gateway,
    Health,
    Jwt,
    Limits,
    Listener,
    Outlier,
    RateLimit,
    Record,
    Redirect,
    Respond,
    Retries,
    Route,
    Shadow,
    Spans,
    Split,
    Timeouts,
    Tls,
    Upstream,
)

__all__ = [
    "AccessLog",
    "Admin",
    "AdminApi",
    "ApiKeys",
    "Certificate",
    "Cors",
    "Gateway",
    "Health",
    "Jwt",
    "Limits",
    "Listener",
    "Outlier",
    "RateLimit",
    "Record",
    "Redirect",
    "Respond",
    "Retries",
    "Route",
    "Running",
    "Shadow",
    "Spans",
    "Split",
    "Timeouts",
    "Tls",
    "Upstream",
    "binary",
    "check",
    "run",
    "start",
]
