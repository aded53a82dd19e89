"""Splits, retries, health, ejection, fallback, decline, shadow, recording."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import (
    Health,
    Outlier,
    Record,
    Retries,
    Route,
    Running,
    Shadow,
    Split,
    Upstream,
)

Make = Callable[..., Running]


@pytest.fixture
def pair() -> Iterator[tuple[Zoo, Zoo]]:
    with Zoo() as one, Zoo() as two:
        one.name, two.name = "one", "two"
        yield one, two


def _from(client: Client, path: str = "/", *headers: str) -> str:
    found: str = json.loads(client.ask(f"GET {path}", *headers).body)["from"]
    return found


def test_a_split_by_weight_sticks_where_asked(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    arms = [Split(upstream="one", weight=3), Split(upstream="two", weight=1)]
    running = gateway(
        upstreams={"one": Upstream(endpoints=[one.url]), "two": Upstream(endpoints=[two.url])},
        routes=[
            Route(name="plain", path="/plain", split=arms),
            Route(name="header", path="/header", split=arms, sticky_header="x-user"),
            Route(name="cookie", path="/cookie", split=arms, sticky_cookie="arm"),
        ],
    )
    with Client(running.addresses[0]) as client:
        counts = Counter(_from(client, "/plain") for _ in range(400))
        assert 220 < counts["one"] < 370
        by_user = {
            n: {_from(client, "/header", f"X-User: {n}") for _ in range(3)} for n in range(60)
        }
        assert all(len(found) == 1 for found in by_user.values())
        assert {next(iter(found)) for found in by_user.values()} == {"one", "two"}
        first = client.ask("GET /cookie")
        cookie = first.headers["set-cookie"].split(";")[0]
        arm = json.loads(first.body)["from"]
        again = client.ask("GET /cookie", f"Cookie: x=y; {cookie}")
        assert json.loads(again.body)["from"] == arm
        assert "set-cookie" not in again.headers
        # A move sets weights while it runs, and takes them back.
        assert running.admin is not None
        running.admin.split("plain", {"one": 0, "two": 1})
        assert {_from(client, "/plain") for _ in range(20)} == {"two"}
        running.admin.unsplit("plain")
        assert _from(client, "/plain") in ("one", "two")
        state = running.state()["routes"]["plain"]
        assert sum(arm["requests"] for arm in state["arms"].values()) >= 421


def test_balance_round_robin_and_consistent_hash(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={
            "turns": Upstream(endpoints=[one.url, two.url], balance="round-robin"),
            "hash": Upstream(endpoints=[one.url, two.url], balance="hash", hash_header="x-key"),
            "least": Upstream(endpoints=[one.url, two.url]),
        },
        routes=[
            Route(path="/turns", upstream="turns"),
            Route(path="/hash", upstream="hash"),
            Route(path="/least", upstream="least"),
        ],
    )
    with Client(running.addresses[0]) as client:
        turns = [_from(client, "/turns") for _ in range(10)]
        assert turns[:2] * 5 == turns
        assert len(set(turns)) == 2
        keys = {n: {_from(client, "/hash", f"X-Key: {n}") for _ in range(3)} for n in range(40)}
        assert all(len(found) == 1 for found in keys.values())
        assert len(set.union(*keys.values())) == 2
        assert {_from(client, "/least") for _ in range(30)} == {"one", "two"}


def test_only_what_may_be_repeated_is_repeated(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={
            "both": Upstream(
                endpoints=[one.url, two.url],
                balance="round-robin",
                outlier=Outlier(consecutive=0, minimum=10_000),
            ),
            "gone": Upstream(endpoints=["http://127.0.0.1:1", two.url], balance="round-robin"),
        },
        routes=[
            Route(prefix="/", upstream="both", retries=Retries(attempts=1, on_status=["503"])),
            Route(prefix="/gone", upstream="gone", strip_prefix=True),
        ],
    )
    one.failing = True
    with Client(running.addresses[0]) as client:
        assert {_from(client) for _ in range(6)} == {"two"}
        body = ("Content-Length: 2",)
        puts = {client.ask("PUT /", *body, body=b"ok").status for _ in range(6)}
        assert puts == {200}
        posts = Counter(client.ask("POST /", *body, body=b"ok").status for _ in range(10))
        assert posts == {200: 5, 503: 5}
        # Unsent requests go elsewhere, whatever their method.
        posts = Counter(client.ask("POST /gone/", *body, body=b"ok").status for _ in range(10))
        assert posts == {200: 10}
        # A reset in the middle: a POST may have been carried out.
        before = len(two.seen) + len(one.seen)
        assert client.ask("POST /reset", "Content-Length: 0").status == 502
        assert len(two.seen) + len(one.seen) == before + 1


def test_a_budget_bounds_retries(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    one.failing = two.failing = True
    running = gateway(
        upstreams={"both": Upstream(endpoints=[one.url, two.url])},
        routes=[
            Route(
                prefix="/",
                upstream="both",
                retries=Retries(attempts=5, budget=0.2, minimum_per_second=0, on_status=["503"]),
            )
        ],
    )
    with Client(running.addresses[0]) as client:
        for _ in range(100):
            assert client.ask("GET /").status == 503
    assert 100 <= len(one.seen) + len(two.seen) <= 121


def test_health_checks_and_fallback(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    health = Health(path="/status/200", interval_ms=50, healthy_after=1, unhealthy_after=2)
    running = gateway(
        upstreams={
            "one": Upstream(endpoints=[one.url], health=health),
            "two": Upstream(endpoints=[two.url]),
        },
        routes=[Route(name="all", prefix="/", upstream="one", fallback="two")],
    )

    def healthy() -> bool:
        found: bool = running.state()["upstreams"]["one"]["endpoints"][0]["healthy"]
        return found

    with Client(running.addresses[0]) as client:
        assert _from(client) == "one"
        one.stop()
        eventually(lambda: not healthy())
        assert {_from(client) for _ in range(5)} == {"two"}
        one.restart()
        eventually(healthy)
        eventually(lambda: _from(client) == "one")
        assert running.state()["routes"]["all"]["fallbacks"] >= 5


def test_an_outlier_is_ejected_and_never_all(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={
            "both": Upstream(
                endpoints=[one.url, two.url],
                balance="round-robin",
                outlier=Outlier(consecutive=3, eject_ms=600_000, max_ejected_share=0.5),
            )
        },
        routes=[Route(prefix="/", upstream="both")],
    )
    one.failing = True
    with Client(running.addresses[0]) as client:
        for _ in range(12):
            client.ask("GET /")
        assert {client.ask("GET /").status for _ in range(10)} == {200}
        ends = running.state()["upstreams"]["both"]["endpoints"]
        assert [end["ejected"] for end in ends] == [True, False]
        two.failing = True
        for _ in range(12):
            client.ask("GET /")
        ends = running.state()["upstreams"]["both"]["endpoints"]
        assert [end["ejected"] for end in ends] == [True, False]


def test_a_decline_sends_the_same_request_on(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={
            "carved": Upstream(endpoints=[one.url]),
            "dead": Upstream(endpoints=["http://127.0.0.1:1"]),
            "python": Upstream(endpoints=[two.url]),
        },
        routes=[
            Route(name="all", prefix="/", upstream="carved", decline_to="python"),
            Route(path="/dead", upstream="dead", decline_to="python"),
        ],
    )
    with Client(running.addresses[0]) as client:
        for headers, body in (
            (("Content-Length: 7",), b"payload"),
            (("Transfer-Encoding: chunked",), b"7\r\npayload\r\n0\r\n\r\n"),
        ):
            answer = client.ask("POST /decline?x=1", "X-A: b", *headers, body=body)
            # The zoo declines whoever asks: the reference's own answer is final.
            said = json.loads(answer.body)
            assert (answer.status, said["from"], said["body"]) == (501, "two", "payload")
            assert one.seen[-1].body == two.seen[-1].body == b"payload"
            assert one.seen[-1].target == two.seen[-1].target == "/decline?x=1"
        assert _from(client, "/") == "one"
        assert _from(client, "/dead") == "two"
        # A plain 501 is an answer, not a decline.
        assert json.loads(client.ask("GET /status/501").body)["from"] == "one"
        big = (
            b"x" * 400_000
        )  # over replay_bytes: it can't be sent twice, so it goes to the reference
        answer = client.ask("POST /", f"Content-Length: {len(big)}", body=big)
        assert json.loads(answer.body)["from"] == "two"
    assert running.state()["routes"]["all"]["declined"] == 2


def test_a_shadow_gets_copies_and_never_harms(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={
            "one": Upstream(endpoints=[one.url]),
            "two": Upstream(endpoints=[two.url]),
            "dead": Upstream(endpoints=["http://127.0.0.1:1"]),
        },
        routes=[
            Route(name="same", path="/bytes/100", upstream="one", shadow=Shadow(upstream="two")),
            Route(name="different", path="/", upstream="one", shadow=Shadow(upstream="two")),
            Route(name="dead", path="/dead", upstream="one", shadow=Shadow(upstream="dead")),
            Route(name="noisy", path="/turn", upstream="one", shadow=Shadow(upstream="two")),
        ],
    )
    with Client(running.addresses[0]) as client:
        for _ in range(5):
            assert client.ask("GET /bytes/100").status == 200
            assert _from(client) == "one"
            assert _from(client, "/dead") == "one"
            assert client.ask("GET /turn").status == 200
        client.ask("POST /", "Content-Length: 4", body=b"copy")

    def counts(route: str) -> dict[str, int]:
        found: dict[str, int] = running.state()["routes"][route]["shadow"]
        return found

    eventually(lambda: counts("same")["same"] == 5)
    # `from` differs, so the JSON does, and the first upstream says so again; POST is not repeated.
    eventually(lambda: counts("different")["different"] == 6)
    assert sum(1 for seen in one.seen if seen.method == "POST") == 1
    # What differs from itself is no difference.
    eventually(lambda: counts("noisy")["unconfirmed"] + counts("noisy")["same"] == 5)
    assert counts("noisy")["different"] == 0
    eventually(lambda: counts("dead")["failed"] == 5)
    shadowed = next(r for r in two.seen if r.method == "POST")
    assert (shadowed.body, shadowed.get("x-carveout-shadow")) == (b"copy", "1")


def test_recordings_are_redacted_before_the_disk(
    gateway: Make, pair: tuple[Zoo, Zoo], tmp_path: Path
) -> None:
    one, _ = pair
    running = gateway(
        upstreams={"one": Upstream(endpoints=[one.url])},
        routes=[Route(name="all", prefix="/", upstream="one", record=1.0)],
        record=Record(folder=str(tmp_path / "pairs"), redact_fields=["password", "body"]),
    )
    with Client(running.addresses[0]) as client:
        body = b'{"user": "ann", "password": "hunter2"}'
        for _ in range(3):
            client.ask(
                "POST /login?password=hunter2&a=1", "Content-Type: application/json",
                "Authorization: Bearer hunter2", "X-Api-Key: hunter2",
                f"Content-Length: {len(body)}", body=body,
            )  # fmt: skip
    path = tmp_path / "pairs" / "pairs.jsonl"
    eventually(lambda: path.exists() and len(path.read_text().splitlines()) == 3)
    text = path.read_text()
    # The zoo echoes headers in its body, by a key that is no field name: the header lists stay.
    pair_of = json.loads(text.splitlines()[0])
    assert "hunter2" not in json.dumps(pair_of["request"])
    assert pair_of["request"]["body"] == {"json": {"user": "ann", "password": "xxxxxxx"}}
    assert pair_of["response"]["status"] == 200
    assert path.stat().st_mode & 0o077 == 0
    assert running.state()["routes"]["all"]["recorded"] == 3
