"""Plain requests have a way of their own, all others go over hyper: nobody can tell."""

from __future__ import annotations

import json
import time

from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import Running


def test_one_connection_may_change_from_plain_requests_to_any_other(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        for n in range(3):
            assert json.loads(client.ask(f"GET /{n}").body)["target"] == f"/{n}"
        # With its head, in two pieces, and with an expectation.
        sizes = "Content-Length: 4"
        assert json.loads(client.ask("POST /", sizes, body=b"abcd").body)["body"] == "abcd"
        client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.05)
        client.send(b"cdGET /after HTTP/1.1\r\nHost: a\r\n\r\n")
        assert json.loads(client.answer().body)["body"] == "abcd"
        assert json.loads(client.answer().body)["target"] == "/after"
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"ok")
        assert json.loads(client.answer().body)["body"] == "ok"


def test_everything_at_once_is_answered_in_its_order(simple: Running) -> None:
    plain = b"GET /p HTTP/1.1\r\nHost: a\r\n\r\n"
    kinds = [
        plain,
        b"HEAD /bytes/70000 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /bytes/300000 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        plain,
        b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        plain,
    ]
    with Client(simple.addresses[0]) as client:
        client.send(b"".join(kinds))
        assert json.loads(client.answer().body)["target"] == "/p"
        assert client.answer(head=True).headers["content-length"] == "70000"
        assert json.loads(client.answer().body)["body"] == "abc"
        assert client.answer().body == b"onetwothree"
        assert client.answer().body == b"z" * 300_000
        assert json.loads(client.answer().body)["body"] == "ok"
        assert json.loads(client.answer().body)["target"] == "/p"
        last = client.answer()
        assert json.loads(last.body)["target"] == "/last"
        assert last.headers["connection"] == "close"
        assert client.ended()
    with Client(simple.addresses[0]) as client:
        last = client.ask("GET /last", "Connection: close")
        assert (last.status, last.headers["connection"]) == (200, "close")
        assert client.ended()


def test_heads_say_what_they_must(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        for line, length in (
            ("GET /bytes/5", "5"),
            ("HEAD /bytes/5", "5"),
            ("GET /status/204", None),
            ("GET /status/304", None),
            ("GET /status/299", "*"),
            ("GET /chunked", None),
        ):
            answer = client.ask(line)
            said = answer.headers.get("content-length")
            assert said == length or (length == "*" and said), line
            assert answer.headers["date"].endswith(" GMT")
            assert answer.raw_head.lower().count(b"content-length") <= 1
            assert ("transfer-encoding" in answer.headers) == (line == "GET /chunked")
        assert client.ask("GET /status/299").raw_head.startswith(b"HTTP/1.1 299 <none>\r\n")


def test_trailers_that_nobody_announced_reach_a_client_that_takes_them(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        told = client.ask("GET /late-trailers", "TE: gzip;q=0.1, trailers")
        assert told.body == b"abc"
        assert told.headers["trailer:x-sum"] == "6"
        untold = client.ask("GET /late-trailers")
        assert untold.body == b"abc"
        for answer in (told, untold):
            # A trailer that would frame, or log somebody in, is none.
            assert "trailer:content-length" not in answer.headers
            assert "trailer:set-cookie" not in answer.headers
        assert "trailer:x-sum" not in untold.headers


def test_a_client_that_goes_ends_its_request(simple: Running, zoo: Zoo) -> None:
    def in_flight() -> int:
        (endpoint,) = simple.state()["upstreams"]["zoo"]["endpoints"]
        return int(endpoint["in_flight"])

    with Client(simple.addresses[0]) as client:
        client.send(b"GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: any(seen.target == "/hold" for seen in zoo.seen))
        assert in_flight() == 1
    eventually(lambda: in_flight() == 0)


def test_a_client_that_reads_late_gets_all_of_it(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        one = b"GET /bytes/1000000 HTTP/1.1\r\nHost: a\r\n\r\n"
        client.send(one * 6 + b"GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.5)
        for _ in range(6):
            assert client.answer().body == b"z" * 1_000_000
        assert client.answer().body == b"onetwothree"


def test_connections_to_an_upstream_are_kept_for_as_many_as_were_needed(
    simple: Running, zoo: Zoo
) -> None:
    clients = [Client(simple.addresses[0]) for _ in range(300)]

    def everybody() -> int:
        for client in clients:
            client.send(b"GET /slow?0.6 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert all(client.answer().status == 200 for client in clients)
        return len(zoo.connections)

    try:
        first = everybody()
        # Some of the first round's may have found one that was free already.
        assert everybody() - first <= 30
        assert everybody() - first <= 30
    finally:
        for client in clients:
            client.socket.close()
