"""OpenTelemetry spans, at a collector's HTTP endpoint in the test process."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import Route, Running, Spans, Upstream

Make = Callable[..., Running]


class Collector(ThreadingHTTPServer):
    """Takes OTLP/HTTP with JSON; the first `failing` posts are answered with 503."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1/traces"
        self.posts: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.failing = 0

    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for post in self.posts
            for resource in post["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


class _Post(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 503 if self.server.failing > 0 else 200
        self.server.failing -= 1
        if status == 200:
            assert self.path == "/v1/traces"
            self.server.heads.append({k.lower(): v for k, v in self.headers.items()})
            self.server.posts.append(json.loads(body))
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def _attributes(span: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def test_a_span_for_each_request_and_the_upstream_is_its_child(
    gateway: Make, zoo: Zoo, collector: Collector
) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(name="shop", prefix="/s", upstream="zoo")],
        trusted_proxies=["127.0.0.1/32"],
        spans=Spans(
            endpoint=collector.url, sample=1.0, service="front", headers={"x-team": "shop"}
        ),
    )
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with Client(running.addresses[0]) as client:
        first = dict(json.loads(client.ask("GET /s/one?x=1").body)["headers"])
        second = dict(
            json.loads(client.ask("POST /s/two", f"traceparent: 00-{trace}-{parent}-01").body)[
                "headers"
            ]
        )
        assert client.ask("GET /elsewhere").status == 404
        assert client.ask("DELETE /s/three").status == 200
    eventually(lambda: len(collector.spans()) >= 4)
    spans = {_attributes(span)["url.path"]: span for span in collector.spans()}
    one, two = spans["/s/one"], spans["/s/two"]
    assert first["traceparent"] == f"00-{one['traceId']}-{one['spanId']}-01"
    assert "parentSpanId" not in one
    assert (two["traceId"], two["parentSpanId"]) == (trace, parent)
    assert second["traceparent"] == f"00-{trace}-{two['spanId']}-01"
    for span in spans.values():
        assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
        assert span["kind"] == 2
        assert 0 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert one["name"] == "GET shop"
    said = _attributes(one)
    assert said["http.request.method"] == "GET"
    assert said["http.route"] == "shop"
    assert said["http.response.status_code"] == "200"
    assert said["carveout.upstream"] == "zoo"
    assert said["client.address"] == "127.0.0.1"
    assert "http.route" not in _attributes(spans["/elsewhere"])
    post = collector.posts[0]["resourceSpans"][0]
    assert post["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "front"}}
    ]
    assert collector.heads[0]["x-team"] == "shop"
    assert collector.heads[0]["content-type"] == "application/json"
    assert running.admin is not None
    assert re.search(r"spans_sent_total [4-9]", running.admin.metrics())


def test_a_collector_that_can_not_just_now_is_asked_again(
    gateway: Make, zoo: Zoo, collector: Collector
) -> None:
    collector.failing = 1
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        spans=Spans(endpoint=collector.url, sample=1.0),
    )
    with Client(running.addresses[0]) as client:
        client.ask("GET /")
    eventually(lambda: len(collector.spans()) == 1)
    assert running.admin is not None
    assert "spans_dropped_total 0" in running.admin.metrics()


def test_without_a_collector_requests_go_on_and_drops_are_counted(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        spans=Spans(endpoint="http://127.0.0.1:1/v1/traces", sample=1.0),
    )
    with Client(running.addresses[0]) as client:
        for _ in range(50):
            assert client.ask("GET /").status == 200
    admin = running.admin
    assert admin is not None
    eventually(lambda: "spans_dropped_total 50" in admin.metrics())


def test_a_share_is_sampled_and_what_is_queued_goes_out_at_the_end(
    gateway: Make, zoo: Zoo, collector: Collector
) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        spans=Spans(endpoint=collector.url, sample=0.5),
    )
    flags = set()
    with Client(running.addresses[0]) as client:
        for _ in range(200):
            headers = dict(json.loads(client.ask("GET /").body)["headers"])
            flags.add(headers["traceparent"][-2:])
            # An untrusted client's flag does not decide.
        for _ in range(20):
            client.ask("GET /", "traceparent: 00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    running.stop()
    assert flags == {"00", "01"}
    assert 60 < len(collector.spans()) < 160
