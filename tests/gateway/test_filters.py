"""CORS, keys, tokens, rate limits, redirects, rewriting: what a route does before its upstream."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import (
    ApiKeys,
    Cors,
    Jwt,
    RateLimit,
    Redirect,
    Respond,
    Route,
    Running,
    Upstream,
)

Make = Callable[..., Running]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int, size: int) -> str:
    return _b64(value.to_bytes(size, "big"))


class Signer:
    """One key of each kind, its JWK, and tokens signed with it."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.p256 = ec.generate_private_key(ec.SECP256R1())
        self.p384 = ec.generate_private_key(ec.SECP384R1())
        self.ed = ed25519.Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, Any]:
        r, ed = self.rsa.public_key().public_numbers(), self.ed.public_key().public_bytes_raw()
        keys: list[dict[str, str]] = [
            {"kty": "RSA", "kid": "rsa", "n": _number(r.n, 256), "e": _number(r.e, 3)},
            {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": _b64(ed)},
            {"kty": "unknown", "kid": "other"},
        ]
        for kid, key, size in (("p256", self.p256, 32), ("p384", self.p384, 48)):
            n = key.public_key().public_numbers()
            point = {"x": _number(n.x, size), "y": _number(n.y, size)}
            keys.append({"kty": "EC", "kid": kid, "crv": f"P-{kid[1:]}", **point})
        return {"keys": keys}

    def token(self, algorithm: str, claims: dict[str, Any], kid: str | None = None) -> str:
        header = {"alg": algorithm, "typ": "JWT"} | ({"kid": kid} if kid else {})
        message = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims)).encode()
        kind = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
        if algorithm == "EdDSA":
            mark = self.ed.sign(message)
        elif algorithm.startswith("ES"):
            key, size = (self.p256, 32) if algorithm == "ES256" else (self.p384, 48)
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(kind[algorithm[2:]])))
            mark = r.to_bytes(size, "big") + s.to_bytes(size, "big")
        else:
            digest = kind[algorithm[2:]]
            pad = (
                padding.PKCS1v15()
                if algorithm.startswith("RS")
                else padding.PSS(padding.MGF1(digest), digest.digest_size)
            )
            mark = self.rsa.sign(message, pad, digest)
        return message.decode() + "." + _b64(mark)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


def test_tokens_of_every_algorithm(gateway: Make, zoo: Zoo, signer: Signer, tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks()))
    algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        auth={
            "id": Jwt(
                algorithms=algorithms,
                jwks_file=str(tmp_path / "jwks.json"),
                audience=["api"],
                issuer=["https://id.example"],
                leeway_ms=1000,
            )
        },
        routes=[Route(prefix="/", upstream="zoo", auth=["id"])],
    )
    now = time.time()
    good = {"sub": "ann", "exp": now + 60, "aud": "api", "iss": "https://id.example"}
    with Client(running.addresses[0]) as client:

        def status(token: str) -> tuple[int, str]:
            answer = client.ask("GET /", f"Authorization: Bearer {token}")
            if answer.status == 200:
                return 200, dict(json.loads(answer.body)["headers"])["x-carveout-caller"]
            assert answer.headers["www-authenticate"] == "Bearer"
            return answer.status, answer.body.decode().strip()

        for algorithm in algorithms:
            assert status(signer.token(algorithm, good)) == (200, "ann"), algorithm
        assert status(signer.token("EdDSA", good, kid="ed")) == (200, "ann")
        assert status(signer.token("EdDSA", good, kid="rsa")) == (401, "token-signature")
        for change, reason in (
            ({"exp": now - 60}, "token-expired"),
            ({"nbf": now + 60}, "token-not-yet-valid"),
            ({"aud": "other"}, "token-audience"),
            ({"iss": "https://evil.example"}, "token-issuer"),
        ):
            assert status(signer.token("ES256", good | change)) == (401, reason)
        other = Signer()
        assert status(other.token("ES256", good)) == (401, "token-signature")
        none = ".".join(_b64(json.dumps(p).encode()) for p in ({"alg": "none"}, good)) + "."
        assert status(none) == (401, "token-algorithm")
        # The header that says who is calling can't come from outside.
        assert client.ask("GET /", "X-Carveout-Caller: admin").status == 401


def test_keys_from_a_url_rotate(gateway: Make, zoo: Zoo, signer: Signer) -> None:
    served = {"set": signer.jwks()}

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(served["set"]).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/keys"
        running = gateway(
            upstreams={"zoo": Upstream(endpoints=[zoo.url])},
            auth={"id": Jwt(algorithms=["ES256"], jwks_url=url, refresh_ms=200)},
            routes=[Route(prefix="/", upstream="zoo", auth=["id"])],
        )
        claims = {"exp": time.time() + 600}

        def works(by: Signer) -> bool:
            with Client(running.addresses[0]) as client:
                token = by.token("ES256", claims)
                return client.ask("GET /", f"Authorization: Bearer {token}").status == 200

        eventually(lambda: works(signer))
        newer = Signer()
        assert not works(newer)
        served["set"] = newer.jwks()
        eventually(lambda: works(newer))
        assert not works(signer)
    finally:
        server.shutdown()
        server.server_close()


def test_keys_are_hashed_and_their_header_ends_here(gateway: Make, zoo: Zoo) -> None:
    hashed = "sha256:" + hashlib.sha256(b"correct horse").hexdigest()
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        auth={"keys": ApiKeys(keys={"ann": hashed})},
        routes=[
            Route(prefix="/", upstream="zoo", auth=["keys"]),
            Route(path="/open", upstream="zoo"),
        ],
    )
    with Client(running.addresses[0]) as client:
        assert client.ask("GET /open").status == 200
        assert client.ask("GET /").body == b"credentials-missing\n"
        assert client.ask("GET /", "X-Api-Key: wrong").body == b"key-unknown\n"
        assert client.ask("GET /", "X-Api-Key: correct horse", "X-Api-Key: x").status == 401
        said = json.loads(client.ask("GET /", "X-Api-Key: correct horse").body)
        headers = dict(said["headers"])
        assert headers["x-carveout-caller"] == "ann"
        assert "x-api-key" not in headers


def test_a_rate_limit_is_exact_over_cores(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        threads=2,
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[
            Route(
                prefix="/",
                upstream="zoo",
                rate_limit=[RateLimit(by="header", header="x-k", per_second=0.01, burst=25)],
            )
        ],
    )
    statuses: list[int] = []

    def some() -> None:
        # A connection each, so that both cores get some.
        for _ in range(10):
            with Client(running.addresses[0]) as client:
                answer = client.ask("GET /", "X-K: a")
                statuses.append(answer.status)
                if answer.status == 429:
                    assert int(answer.headers["retry-after"]) >= 1

    threads = [threading.Thread(target=some) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(200), statuses.count(429)) == (25, 35)
    with Client(running.addresses[0]) as client:
        assert client.ask("GET /", "X-K: b").status == 200


def test_cors(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        auth={"keys": ApiKeys(keys={"a": "sha256:" + "0" * 64})},
        routes=[
            Route(
                prefix="/",
                methods=["GET", "PUT"],
                upstream="zoo",
                auth=["keys"],
                cors=Cors(origins=["https://app.example"], methods=["PUT"], credentials=True),
            )
        ],
    )
    with Client(running.addresses[0]) as client:
        ask = ("Origin: https://app.example", "Access-Control-Request-Method: PUT")
        answer = client.ask("OPTIONS /", *ask)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        evil = client.ask("OPTIONS /", "Origin: https://evil.example", ask[1])
        assert "access-control-allow-origin" not in evil.headers
        # A refusal is readable for the page that asked.
        refused = client.ask("GET /", ask[0])
        assert refused.status == 401
        assert refused.headers["access-control-allow-origin"] == "https://app.example"


def test_redirects_rewrites_answers_and_wrong_methods(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[
            Route(prefix="/old", redirect=Redirect(to="https://new{path}?{query}", status=301)),
            Route(template="/u/{id}", redirect=Redirect(to="/users/{id}")),
            Route(prefix="/open", redirect=Redirect(to="{path}")),
            Route(path="/hello", respond=Respond(status=203, body="hi")),
            Route(prefix="/api", upstream="zoo", strip_prefix=True),
            Route(prefix="/v1", upstream="zoo", rewrite_prefix="/v2"),
            Route(template="/t/{a}/{b}", upstream="zoo", rewrite_path="/x/{b}/{a}"),
            Route(path="/post", upstream="zoo", methods=["POST"], keep_host=False),
        ],
    )
    with Client(running.addresses[0]) as client:
        moved = client.ask("GET /old/a%20b?c=1")
        assert (moved.status, moved.headers["location"]) == (
            301,
            "https://new/old/a%20b?c=1",
        )
        assert client.ask("GET /u/7").headers["location"] == "/users/7"
        hello = client.ask("GET /hello")
        assert (hello.status, hello.body) == (203, b"hi")
        for given, sent in (
            ("/api", "/"),
            ("/api/x/y?q=1", "/x/y?q=1"),
            ("/v1/x", "/v2/x"),
            ("/t/1/2?q", "/x/2/1?q"),
        ):
            assert json.loads(client.ask(f"GET {given}").body)["target"] == sent
        wrong = client.ask("GET /post")
        assert (wrong.status, wrong.headers["allow"], wrong.body) == (405, "POST", b"method\n")
        said = json.loads(client.ask("POST /post", "Content-Length: 0").body)
        assert dict(said["headers"])["host"] == f"127.0.0.1:{zoo.port}"
        nowhere = client.ask("GET /nowhere")
        assert (nowhere.status, nowhere.body) == (404, b"no-route\n")
