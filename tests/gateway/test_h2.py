"""HTTP/2 on both sides, TLS by name, gRPC, and floods of frames."""

from __future__ import annotations

import datetime
import json
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import Certificate, Limits, Listener, Route, Running, Timeouts, Tls, Upstream

Make = Callable[..., Running]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def certificate(folder: Path, *names: str) -> Certificate:
    """A self-signed one for `names`, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    stem = names[0].replace("*", "star")
    pem, private = folder / f"{stem}.pem", folder / f"{stem}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(certificate=str(pem), key=str(private))


def _served(address: str, name: str, alpn: list[str]) -> tuple[bytes, str | None]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(alpn)
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        found = tls.getpeercert(binary_form=True)
        assert found is not None
        return found, tls.selected_alpn_protocol()


def _der(one: Certificate) -> bytes:
    pem = x509.load_pem_x509_certificate(Path(one.certificate).read_bytes())
    return pem.public_bytes(serialization.Encoding.DER)


def _curl(*arguments: str) -> str:
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    done = subprocess.run([curl, "-sS", "-m", "20", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tls_by_name_with_alpn_and_new_certificates_without_a_restart(
    gateway: Make, zoo: Zoo, tmp_path: Path
) -> None:
    first = certificate(tmp_path, "a.example")
    second = certificate(tmp_path, "*.b.example", "c.example")
    running = gateway(
        listen=[Listener(address="127.0.0.1:0", tls=Tls(certificates=[first, second]))],
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
    )
    address = running.addresses[0]
    for name, one in (
        ("a.example", first),
        ("x.b.example", second),
        ("C.example", second),
        ("x.y.b.example", first),
        ("unknown", first),
    ):
        assert _served(address, name, ["h2"]) == (_der(one), "h2"), name
    assert _served(address, "a.example", ["http/1.1"])[1] == "http/1.1"
    for version in ("--http1.1", "--http2", "--tls-max 1.2 --http2"):
        said = json.loads(_curl("-k", *version.split(), f"https://{address}/x"))
        assert dict(said["headers"])["x-forwarded-proto"] == "https"
    before = _der(first)
    certificate(tmp_path, "a.example")  # the same files
    eventually(lambda: _served(address, "a.example", ["h2"])[0] != before)


def test_client_certificates(gateway: Make, zoo: Zoo, tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "a.example"), certificate(tmp_path, "client")
    tls = Tls(certificates=[server], client_ca=client.certificate)
    running = gateway(
        listen=[Listener(address="127.0.0.1:0", tls=tls)],
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
    )
    url = f"https://{running.addresses[0]}/x"
    with_it = ("--cert", client.certificate, "--key", client.key)
    assert json.loads(_curl("-k", *with_it, url))["target"] == "/x"
    with pytest.raises(AssertionError):
        _curl("-k", url)


def test_h2_in_front_of_h1(simple: Running, zoo: Zoo) -> None:
    url = simple.url
    prior = "--http2-prior-knowledge"
    said = json.loads(
        _curl(prior, "-d", "body", "-H", "Cookie: a=1", "-H", "TE: trailers", f"{url}/x?y=1")
    )
    assert (said["method"], said["target"], said["body"]) == ("POST", "/x?y=1", "body")
    headers = dict(said["headers"])
    assert headers["host"] == simple.addresses[0]
    assert (headers["cookie"], headers["te"]) == ("a=1", "trailers")
    assert len(_curl(prior, f"{url}/bytes/300000")) == 300_000
    assert "x-sum: 6" in _curl(prior, "-i", f"{url}/trailers")
    assert _curl(prior, "-o", "/dev/null", "-w", "%{http_code}", f"{url}/reset") == "502"
    dots = _curl(prior, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", f"{url}/a/../b")
    assert dots == "400"


class _Echo(grpc.GenericRpcHandler):
    """unary, server-, client- and bidirectional streaming over plain bytes."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        def unary(request: bytes, context: grpc.ServicerContext) -> bytes:
            if request == b"fail":
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "as asked")
            if request == b"hang":
                context.add_callback(lambda: None)
                import time

                time.sleep(3)
            context.set_trailing_metadata((("x-sum", "1"),))
            return b"1" + request

        def stream(request: bytes, _: grpc.ServicerContext) -> Iterator[bytes]:
            for n in range(5):
                yield b"%d" % n + request

        def collect(requests: Iterator[bytes], _: grpc.ServicerContext) -> bytes:
            return b"+".join(requests)

        def both(requests: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
            for request in requests:
                yield request * 2

        return {
            "/t.Echo/Unary": grpc.unary_unary_rpc_method_handler(unary),
            "/t.Echo/Stream": grpc.unary_stream_rpc_method_handler(stream),
            "/t.Echo/Collect": grpc.stream_unary_rpc_method_handler(collect),
            "/t.Echo/Both": grpc.stream_stream_rpc_method_handler(both),
        }.get(details.method)


def test_grpc_of_all_kinds(gateway: Make) -> None:
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=(_Echo(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        running = gateway(
            upstreams={
                "echo": Upstream(endpoints=[f"http://127.0.0.1:{port}"], protocol="h2"),
                "dead": Upstream(endpoints=["http://127.0.0.1:1"], protocol="h2"),
            },
            routes=[
                Route(prefix="/t.Echo", upstream="echo"),
                Route(prefix="/t.Dead", upstream="dead"),
            ],
        )
        with grpc.insecure_channel(running.addresses[0]) as channel:
            unary = channel.unary_unary("/t.Echo/Unary")
            answer, call = unary.with_call(b"a", timeout=20)
            assert answer == b"1a"
            assert ("x-sum", "1") in [tuple(pair) for pair in call.trailing_metadata()]
            assert unary(b"x" * 500_000, timeout=20) == b"1" + b"x" * 500_000
            with pytest.raises(grpc.RpcError) as caught:
                unary(b"fail", timeout=20)
            assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
            assert caught.value.details() == "as asked"
            with pytest.raises(grpc.RpcError) as caught:
                unary(b"hang", timeout=0.5)
            assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            stream = channel.unary_stream("/t.Echo/Stream")(b"s", timeout=20)
            assert list(stream) == [b"%ds" % n for n in range(5)]
            collect = channel.stream_unary("/t.Echo/Collect")
            assert collect(iter([b"a", b"b"]), timeout=20) == b"a+b"
            # One message after the other: nothing waits for the end of the stream.
            said: list[bytes] = []

            def ask() -> Iterator[bytes]:
                for n in range(5):
                    yield b"%d" % n
                    eventually(lambda n=n: len(said) > n)

            for message in channel.stream_stream("/t.Echo/Both")(ask(), timeout=30):
                said.append(message)
            assert said == [b"%d%d" % (n, n) for n in range(5)]
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary("/t.Dead/X")(b"", timeout=20)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary("/nowhere/X")(b"", timeout=20)
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    finally:
        server.stop(0)


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        struct.pack(">I", len(payload))[1:]
        + bytes([kind, flags])
        + stream.to_bytes(4, "big")
        + payload
    )


# :method GET, :scheme http, :path /hold, :authority a
_HOLD = b"\x82\x86\x04\x05/hold\x01\x01a"


@pytest.mark.parametrize(
    ("what", "frames", "reason"),
    [
        ("ping", lambda n: _frame(6, 0, 0, b"12345678"), "h2-control-flood"),
        ("settings", lambda n: _frame(4, 0, 0), "h2-control-flood"),
        (
            "settings at once",
            lambda n: _frame(4, 0, 0) * (300 if n == 0 else 1),
            "h2-control-flood",
        ),
        (
            "rapid reset",
            lambda n: _frame(1, 5, 2 * n + 1, _HOLD) + _frame(3, 0, 2 * n + 1, b"\0\0\0\x08"),
            None,  # h2's own bound on streams reset before they were looked at may be first
        ),
        (
            "continuation",
            lambda n: _frame(1, 1, 1, _HOLD) if n == 0 else _frame(9, 0, 1, b"\x00\x01a\x01b"),
            None,  # h2 has a bound of its own here too
        ),
        (
            "empty data",
            lambda n: _frame(1, 4, 1, _HOLD) if n == 0 else _frame(0, 0, 1),
            "h2-control-flood",
        ),
    ],
)
def test_floods_end_the_connection_and_nobody_elses(
    gateway: Make, zoo: Zoo, what: str, frames: Callable[[int], bytes], reason: str | None
) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        limits=Limits(h2_control_per_second=200, h2_resets_per_second=100),
        timeouts=Timeouts(drain_ms=500),
    )
    with Client(running.addresses[0]) as client, Client(running.addresses[0]) as other:
        ended = False
        try:
            client.send(PREFACE + _frame(4, 0, 0) + frames(0))
            for n in range(1, 3_000):
                client.send(frames(n))
            client.socket.settimeout(10)
            while client.socket.recv(65536):
                pass
            ended = True
        except ConnectionError:
            ended = True
        assert ended, what
        assert other.ask("GET /x").status == 200
    if reason:
        # Counted when the connection's task ends, a moment after the client sees it close.
        admin = running.admin
        assert admin is not None
        eventually(lambda: f'reason="{reason}"' in admin.metrics())
