"""The configuration as Python types: the keys of `[gateway]`, one class a table.

    Route(name="api", prefix="/api", upstream="shop", rate_limit=[RateLimit(per_second=50)])

What is left unset is not written, so defaults live in one place, the binary (docs/gateway.md lists
them). Units are in the names: `_ms`, `_bytes`, `per_second`; shares are 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType


class _Table(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A table of the configuration; unset keys are left out."""


class Certificate(_Table):
    """PEM files: a chain, and its key."""

    certificate: str
    key: str


class Tls(_Table):
    certificates: list[Certificate]
    client_ca: str | UnsetType = UNSET
    client_required: bool | UnsetType = UNSET
    min_version: Literal["1.2", "1.3"] | UnsetType = UNSET


class Listener(_Table):
    address: str
    tls: Tls | UnsetType = UNSET
    h2: bool | UnsetType = UNSET
    proxy_protocol: bool | UnsetType = UNSET


class Limits(_Table):
    header_bytes: int | UnsetType = UNSET
    header_count: int | UnsetType = UNSET
    uri_bytes: int | UnsetType = UNSET
    body_bytes: int | UnsetType = UNSET
    replay_bytes: int | UnsetType = UNSET
    connections: int | UnsetType = UNSET
    connections_per_address: int | UnsetType = UNSET
    h2_streams: int | UnsetType = UNSET
    h2_control_per_second: int | UnsetType = UNSET
    h2_resets_per_second: int | UnsetType = UNSET
    websocket_frame_bytes: int | UnsetType = UNSET
    least_bytes_per_second: int | UnsetType = UNSET


class Timeouts(_Table):
    header_ms: int | UnsetType = UNSET
    idle_ms: int | UnsetType = UNSET
    stall_ms: int | UnsetType = UNSET
    connect_ms: int | UnsetType = UNSET
    try_ms: int | UnsetType = UNSET
    total_ms: int | UnsetType = UNSET
    stream_idle_ms: int | UnsetType = UNSET
    drain_ms: int | UnsetType = UNSET


class AdminApi(_Table):
    socket: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    token_file: str | UnsetType = UNSET


class AccessLog(_Table):
    path: str | UnsetType = UNSET
    sample: float | UnsetType = UNSET


class Spans(_Table):
    """OpenTelemetry spans to a collector: OTLP/HTTP with JSON."""

    endpoint: str
    sample: float | UnsetType = UNSET
    service: str | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    ca: str | UnsetType = UNSET


class Record(_Table):
    folder: str | UnsetType = UNSET
    folder_bytes: int | UnsetType = UNSET
    body_bytes: int | UnsetType = UNSET
    redact_headers: list[str] | UnsetType = UNSET
    redact_fields: list[str] | UnsetType = UNSET


class Health(_Table):
    path: str | UnsetType = UNSET
    interval_ms: int | UnsetType = UNSET
    timeout_ms: int | UnsetType = UNSET
    healthy_after: int | UnsetType = UNSET
    unhealthy_after: int | UnsetType = UNSET


class Outlier(_Table):
    consecutive: int | UnsetType = UNSET
    window_ms: int | UnsetType = UNSET
    minimum: int | UnsetType = UNSET
    failure_share: float | UnsetType = UNSET
    max_ejected_share: float | UnsetType = UNSET
    eject_ms: int | UnsetType = UNSET


class Upstream(_Table):
    endpoints: list[str]
    protocol: Literal["h1", "h2"] | UnsetType = UNSET
    ca: str | UnsetType = UNSET
    balance: Literal["least-request", "round-robin", "hash"] | UnsetType = UNSET
    hash_header: str | UnsetType = UNSET
    health: Health | UnsetType = UNSET
    outlier: Outlier | UnsetType = UNSET
    idle_ms: int | UnsetType = UNSET
    max_idle: int | UnsetType = UNSET
    max_connections: int | UnsetType = UNSET


class ApiKeys(_Table):
    """`keys` maps a caller's name to `sha256:…` (`carve gateway hash-key`)."""

    keys: dict[str, str]
    header: str | UnsetType = UNSET
    kind: Literal["api-key"] = msgspec.field(default_factory=lambda: "api-key")


class Jwt(_Table):
    algorithms: list[str]
    jwks_file: str | UnsetType = UNSET
    jwks_url: str | UnsetType = UNSET
    refresh_ms: int | UnsetType = UNSET
    secret_file: str | UnsetType = UNSET
    audience: list[str] | UnsetType = UNSET
    issuer: list[str] | UnsetType = UNSET
    leeway_ms: int | UnsetType = UNSET
    ca: str | UnsetType = UNSET
    kind: Literal["jwt"] = msgspec.field(default_factory=lambda: "jwt")


class Split(_Table):
    upstream: str
    weight: float | UnsetType = UNSET


class Redirect(_Table):
    to: str
    status: int | UnsetType = UNSET


class Respond(_Table):
    status: int | UnsetType = UNSET
    body: str | UnsetType = UNSET
    content_type: str | UnsetType = UNSET


class Retries(_Table):
    attempts: int | UnsetType = UNSET
    budget: float | UnsetType = UNSET
    minimum_per_second: int | UnsetType = UNSET
    on_status: list[str] | UnsetType = UNSET


class Shadow(_Table):
    upstream: str
    share: float | UnsetType = UNSET
    concurrency: int | UnsetType = UNSET
    compare: bool | UnsetType = UNSET
    timeout_ms: int | UnsetType = UNSET


class Cors(_Table):
    origins: list[str]
    methods: list[str] | UnsetType = UNSET
    headers: list[str] | UnsetType = UNSET
    expose: list[str] | UnsetType = UNSET
    credentials: bool | UnsetType = UNSET
    max_age_s: int | UnsetType = UNSET


class RateLimit(_Table):
    per_second: float
    by: Literal["address", "route", "caller", "header"] | UnsetType = UNSET
    header: str | UnsetType = UNSET
    burst: float | UnsetType = UNSET


class Route(_Table):
    name: str | UnsetType = UNSET
    host: list[str] | UnsetType = UNSET
    path: str | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    template: str | UnsetType = UNSET
    methods: list[str] | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    query: dict[str, str] | UnsetType = UNSET
    upstream: str | UnsetType = UNSET
    split: list[Split] | UnsetType = UNSET
    redirect: Redirect | UnsetType = UNSET
    respond: Respond | UnsetType = UNSET
    sticky_header: str | UnsetType = UNSET
    sticky_cookie: str | UnsetType = UNSET
    sticky_address: bool | UnsetType = UNSET
    strip_prefix: bool | UnsetType = UNSET
    rewrite_prefix: str | UnsetType = UNSET
    rewrite_path: str | UnsetType = UNSET
    keep_host: bool | UnsetType = UNSET
    auth: list[str] | UnsetType = UNSET
    cors: Cors | UnsetType = UNSET
    rate_limit: list[RateLimit] | UnsetType = UNSET
    body_bytes: int | UnsetType = UNSET
    try_ms: int | UnsetType = UNSET
    total_ms: int | UnsetType = UNSET
    retries: Retries | UnsetType = UNSET
    shadow: Shadow | UnsetType = UNSET
    decline_to: str | UnsetType = UNSET
    fallback: str | UnsetType = UNSET
    record: float | UnsetType = UNSET


class Gateway(_Table):
    """The whole of `[gateway]`."""

    listen: Sequence[str | Listener]
    routes: list[Route]
    upstreams: dict[str, Upstream] | UnsetType = UNSET
    auth: dict[str, ApiKeys | Jwt] | UnsetType = UNSET
    threads: int | UnsetType = UNSET
    pin_cores: bool | UnsetType = UNSET
    trusted_proxies: list[str] | UnsetType = UNSET
    underscores: Literal["drop", "refuse", "allow"] | UnsetType = UNSET
    forwarded: bool | UnsetType = UNSET
    trace: bool | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    timeouts: Timeouts | UnsetType = UNSET
    admin: AdminApi | UnsetType = UNSET
    handover: str | UnsetType = UNSET
    access_log: AccessLog | UnsetType = UNSET
    spans: Spans | UnsetType = UNSET
    record: Record | UnsetType = UNSET

    def to_json(self) -> bytes:
        """The configuration as the binary reads it from a `.json` file."""
        # Unset fields are left out by msgspec itself.
        return msgspec.json.format(msgspec.json.encode({"gateway": self}), indent=2)
