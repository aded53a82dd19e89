"""Unix sockets, IPv6, TLS upstreams, PROXY v2 and proxies that are trusted."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gateway.raw import Client
from tests.gateway.test_h2 import certificate
from tests.gateway.zoo import Zoo

from carveout.gateway import Listener, Route, Running, Upstream

Make = Callable[..., Running]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers['host']}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "local"


class _UnixServer(http.server.ThreadingHTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "local", 0


def test_an_upstream_on_a_unix_socket(gateway: Make, tmp_path: Path) -> None:
    server = _UnixServer(str(tmp_path / "app.sock"), _Answer)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        running = gateway(
            upstreams={"app": Upstream(endpoints=[f"unix:{tmp_path}/app.sock"])},
            routes=[Route(prefix="/", upstream="app")],
        )
        with Client(running.addresses[0]) as client:
            for n in range(3):
                assert client.ask(f"GET /{n}").body == f"/{n} a.example".encode()
    finally:
        server.shutdown()
        server.server_close()


def test_a_unix_socket_whose_queue_is_full_is_asked_again(gateway: Make, tmp_path: Path) -> None:
    """As the kernel does by itself for TCP."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "app.sock"))
    listener.listen(1)
    running = gateway(
        upstreams={"app": Upstream(endpoints=[f"unix:{tmp_path}/app.sock"])},
        routes=[Route(prefix="/", upstream="app")],
    )
    statuses: list[int] = []

    def ask() -> None:
        with Client(running.addresses[0]) as client:
            statuses.append(client.ask("GET /x").status)

    asking = [threading.Thread(target=ask) for _ in range(12)]
    for one in asking:
        one.start()
    time.sleep(0.3)  # two fit into the queue; nobody has accepted yet
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    try:
        for _ in asking:
            listener.settimeout(20)
            with listener.accept()[0] as made:
                made.recv(1 << 16)
                made.sendall(answer)
        for one in asking:
            one.join(20)
        assert statuses == [200] * len(asking)
    finally:
        listener.close()


def test_an_upstream_with_tls_is_checked(gateway: Make, tmp_path: Path) -> None:
    own, other = certificate(tmp_path, "localhost"), certificate(tmp_path, "other")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    end = f"https://localhost:{server.server_port}"
    try:
        running = gateway(
            upstreams={
                "trusted": Upstream(endpoints=[end], ca=own.certificate),
                "not": Upstream(endpoints=[end], ca=other.certificate),
            },
            routes=[
                Route(prefix="/", upstream="trusted", keep_host=False),
                Route(path="/not", upstream="not"),
            ],
        )
        with Client(running.addresses[0]) as client:
            assert client.ask("GET /x").body == f"/x localhost:{server.server_port}".encode()
            assert client.ask("GET /not").status == 502
    finally:
        server.shutdown()
        server.server_close()


def test_ipv6(gateway: Make, zoo: Zoo) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    running = gateway(
        listen=["[::1]:0"],
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
    )
    port = int(running.addresses[0].rpartition(":")[2])
    with Client(f"[::1]:{port}") as client:
        said = json.loads(client.ask("GET /", host=f"[::1]:{port}").body)
        assert dict(said["headers"])["x-forwarded-for"] == "::1"


def test_proxy_protocol_says_who_the_client_is(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        listen=[Listener(address="127.0.0.1:0", proxy_protocol=True)],
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
    )
    ends = socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.8")
    header = SIGNATURE + b"\x21\x11" + struct.pack(">H", 12) + ends + struct.pack(">HH", 5, 80)
    with Client(running.addresses[0]) as client:
        client.send(header)
        said = json.loads(client.ask("GET /").body)
        assert dict(said["headers"])["x-forwarded-for"] == "192.0.2.7"
    for wrong in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n"):
        with Client(running.addresses[0]) as client:
            client.send(wrong)
            assert client.ended()


def test_only_trusted_proxies_say_where_a_request_came_from(gateway: Make, zoo: Zoo) -> None:
    claims = (
        "X-Forwarded-For: 198.51.100.1", "X-Forwarded-Proto: https", "X-Request-Id: mine",
        "Forwarded: for=198.51.100.1", "X-Real-IP: 198.51.100.1",
    )  # fmt: skip
    for trusted, believed in (([], False), (["127.0.0.0/8"], True)):
        running = gateway(
            trusted_proxies=trusted,
            upstreams={"zoo": Upstream(endpoints=[zoo.url])},
            routes=[Route(prefix="/", upstream="zoo")],
        )
        with Client(running.addresses[0]) as client:
            headers = dict(json.loads(client.ask("GET /", *claims).body)["headers"])
        came = "198.51.100.1, 127.0.0.1" if believed else "127.0.0.1"
        assert headers["x-forwarded-for"] == came
        assert headers["x-forwarded-proto"] == ("https" if believed else "http")
        assert (headers["x-request-id"] == "mine") is believed
        assert ("x-real-ip" in headers) is believed
        assert ("forwarded" in headers) is believed
