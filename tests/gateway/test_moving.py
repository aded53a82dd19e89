"""Record, compare, prove, move: a route's traffic to another implementation, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.diagnostics import CarveError
from carveout.gateway import Record, Route, Running, Shadow, Split, Upstream
from carveout.gateway.compare import Rules, answer, difference
from carveout.gateway.mover import Mover
from carveout.gateway.pairs import stored, take_in
from carveout.gateway.replay import prove_route
from carveout.move.stages import Policy
from carveout.store import open_store

Make = Callable[..., Running]


@pytest.mark.parametrize(
    ("one", "other", "rules", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}, None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {}, None),
        ({"a": 1}, {"a": 1.0}, {}, "a: 1 and 1.0"),
        ({"a": 1}, {"a": True}, {}, "a: 1 and true"),
        ({"a": None}, {}, {}, "the body: key 'a' missing in the second"),
        ({"at": 1, "b": [1]}, {"b": [1]}, {"ignore": ("at",)}, None),
        ({"i": [{"at": 1}]}, {"i": [{"at": 2}]}, {"ignore": ("i.*.at",)}, None),
        ({"i": [{"at": 1}]}, {"i": [{"at": 2}]}, {"ignore": ("at",)}, "i.0.at: 1 and 2"),
        ([1, 2], [2, 1], {}, "0: 1 and 2"),
        ({"i": [1, 2, 2]}, {"i": [2, 1, 2]}, {"unordered": ("i",)}, None),
        ({"i": [1, 2, 2]}, {"i": [2, 1, 1]}, {"unordered": ("i",)}, "i: 2 has no partner"),
        ({"t": 1.0}, {"t": 1.0 + 1e-12}, {}, "t: 1.0 and 1.000000000001"),
        ({"t": 1.0}, {"t": 1.0 + 1e-12}, {"tolerance": {"t": 1e-9}}, None),
        ({"t": 1.0}, {"t": 1.1}, {"tolerance": {"t": 1e-9}}, "t: 1.0 and 1.1"),
        ({"t": 1.0}, {"t": "1.0"}, {"tolerance": {"t": 1e-9}}, 't: 1.0 and "1.0"'),
    ],
)
def test_json_is_compared_by_structure(
    one: Any, other: Any, rules: dict[str, Any], expected: str | None
) -> None:
    said = [answer(200, json.dumps(value).encode()) for value in (one, other)]
    assert difference(said[0], said[1], Rules(**rules)) == expected


def test_status_headers_and_other_bodies() -> None:
    rules = Rules()
    assert difference(answer(200, b"{}"), answer(201, b"{}"), rules) == "status 200 and 201"
    plain = answer(200, b"a", "text/plain")
    assert difference(plain, answer(200, b"b", "text/plain"), rules) == "bodies of 1 and 1 bytes"
    found = difference(plain, answer(200, b"a", "text/html"), rules)
    assert found == "header content-type: 'text/plain' and 'text/html'"


@pytest.fixture
def pair() -> Iterator[tuple[Zoo, Zoo]]:
    with Zoo() as one, Zoo() as two:
        yield one, two


def test_a_route_is_proven_against_another_upstream(
    gateway: Make, pair: tuple[Zoo, Zoo], tmp_path: Path, home: Path
) -> None:
    one, two = pair
    running = gateway(
        upstreams={"one": Upstream(endpoints=[one.url])},
        routes=[Route(name="shop", prefix="/", upstream="one", record=1.0)],
        record=Record(folder=str(tmp_path / "pairs")),
    )
    with Client(running.addresses[0]) as client:
        for n in range(30):
            client.ask(f"GET /x?n={n}", "Accept: application/json")
        client.ask("POST /x", "Content-Length: 2", body=b"ok")
        client.ask("GET /private", "Authorization: Bearer secret")
    lines = tmp_path / "pairs" / "pairs.jsonl"
    eventually(lambda: lines.exists() and len(lines.read_text().splitlines()) == 32)
    with open_store(home) as store:
        assert take_in(store, tmp_path / "pairs") == 32
        assert take_in(store, tmp_path / "pairs") == 0
        pairs = stored(store, "shop")
    rules = Rules(ignore=("headers",))
    report = prove_route(pairs, against=two.url, reference=one.url, rules=rules)
    assert (report.same, report.different, report.skipped) == (30, 0, 2)
    assert 0 < report.bound < 0.2
    # What was recorded counts where no reference is asked.
    report = prove_route(pairs, against=two.url, reference=None, rules=rules)
    assert (report.same, report.different) == (30, 0)
    two.name = "another"
    report = prove_route(
        pairs,
        against=two.url,
        reference=one.url,
        rules=rules,
        headers={"authorization": "Bearer real"},
        all_methods=True,
    )
    assert (report.same, report.different, report.skipped) == (0, 32, 0)
    assert report.findings[0]["what"] == 'from: "zoo" and "another"'
    assert report.bound == 1.0


def test_the_command_proves_a_route(
    gateway: Make, pair: tuple[Zoo, Zoo], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from carveout.cli.main import main

    one, two = pair
    running = gateway(
        upstreams={"one": Upstream(endpoints=[one.url])},
        routes=[Route(name="shop", prefix="/", upstream="one", record=1.0)],
        record=Record(folder=str(tmp_path / "pairs")),
    )
    with Client(running.addresses[0]) as client:
        client.ask("GET /x")
    eventually(lambda: (tmp_path / "pairs" / "pairs.jsonl").exists())
    command = ["prove", "shop", "--against", two.url, "--pairs", str(tmp_path / "pairs")]
    assert main([*command, "--ignore", "headers"]) == 4
    assert "no difference found; 1 same" in capfd.readouterr().out
    two.name = "another"
    assert main([*command, "--ignore", "headers", "--json"]) == 3
    said = json.loads(capfd.readouterr().out)
    assert (said["different"], said["exit_code"]) == (1, 3)
    assert main(["prove", "nothing", "--against", two.url]) == 4
    assert "gateway-nothing-recorded" in capfd.readouterr().err


class Fake:
    """The admin API of a route under steady traffic, without one."""

    def __init__(self, *, candidate_errors: float = 0.0, differs: bool = False) -> None:
        self.weights = {"old": 1.0, "new": 0.0}
        self.set: list[float] = []
        self.arms = {name: {"requests": 0, "errors": 0, "slow": 0} for name in self.weights}
        self.shadow = {"same": 0, "different": 0, "failed": 0, "unconfirmed": 0}
        self.rates = {"old": 0.01, "new": candidate_errors or 0.01}
        self.differs = differs

    def state(self) -> dict[str, Any]:
        calls = 20_000
        for name, arm in self.arms.items():
            n = int(calls * self.weights[name])
            arm["requests"] += n
            arm["errors"] += int(n * self.rates[name])
            arm["slow"] += int(n * (0.01 if name == "old" else 0.001))
        self.shadow["different" if self.differs else "same"] += int(calls * self.weights["old"])
        arms = {
            name: {
                "requests": arm["requests"],
                "errors": arm["errors"],
                "p99": 0.0018 if arm["requests"] else None,
                "slow": [[0.001, arm["requests"] // 2], [0.002, arm["slow"]]],
            }
            for name, arm in self.arms.items()
        }
        return {"routes": {"shop": {"arms": arms, "shadow": dict(self.shadow)}}}

    def split(self, route: str, weights: dict[str, float]) -> None:
        assert route == "shop"
        self.weights = dict(weights)
        self.set.append(weights["new"])


def _moved(fake: Fake) -> Mover:
    mover = Mover(fake, "shop", "new", policy=Policy(time_scale=0.0))
    for n, _ in enumerate(mover.run(look_every_s=0.0)):
        assert n < 500
    return mover


def test_a_good_upstream_gets_everything_step_by_step() -> None:
    fake = Fake()
    mover = _moved(fake)
    assert mover.stage.name == "full"
    assert fake.set == [0.01, 0.05, 0.25, 0.5, 1.0]
    assert mover.tau_s == 0.002


@pytest.mark.parametrize("fake", [Fake(candidate_errors=0.1), Fake(differs=True)])
def test_a_bad_upstream_is_taken_back(fake: Fake) -> None:
    mover = _moved(fake)
    assert mover.stage.name == "rolled-back"
    assert fake.weights == {"old": 1.0, "new": 0.0}


def test_a_real_gateway_moves_a_route(gateway: Make, pair: tuple[Zoo, Zoo]) -> None:
    one, two = pair
    running = gateway(
        upstreams={"one": Upstream(endpoints=[one.url]), "two": Upstream(endpoints=[two.url])},
        routes=[
            Route(
                name="shop",
                prefix="/",
                split=[Split(upstream="one"), Split(upstream="two", weight=0)],
                shadow=Shadow(upstream="two"),
            ),
            Route(name="single", path="/single", upstream="one"),
        ],
    )
    assert running.admin is not None
    with pytest.raises(CarveError, match="no split"):
        Mover(running.admin, "single", "two")
    policy = Policy(time_scale=0.0, shadow_calls=20, exposure=1e9, step_calls=5)
    mover = Mover(running.admin, "shop", "two", policy=policy)
    with Client(running.addresses[0]) as client:
        assert mover.step().action == "hold"
        for _ in range(1_100):
            assert client.ask("GET /bytes/10").status == 200
        eventually(lambda: mover.look().compared >= 1_000)
        assert mover.step().action == "promote"
        assert mover.stage.share == 0.01
        arms = running.state()["routes"]["shop"]["arms"]
        assert arms["two"]["weight"] == pytest.approx(0.01)
        # It breaks: the old one gets everything back.
        two.failing = True
        running.admin.split("shop", {"one": 0.5, "two": 0.5})
        mover.stage = type(mover.stage)("canary", 0.5)

        def rolled_back() -> bool:
            for _ in range(20):
                client.ask("GET /x")
            return mover.step().action == "rollback"

        eventually(rolled_back)
        assert {client.ask("GET /x").status for _ in range(20)} == {200}
    assert os.environ["CARVEOUT_HOME"]
