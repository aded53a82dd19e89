"""A zoo of upstreams in this process, and gateways in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.zoo import Zoo

from carveout.gateway import Gateway, Limits, Route, Running, Timeouts, Upstream, start


@pytest.fixture(scope="session")
def zoo() -> Iterator[Zoo]:
    with Zoo() as running:
        yield running


Make = Callable[..., Running]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Make]:
    """`gateway(routes=[…], upstreams={…}, **rest)` starts one; all end with the test."""
    started: list[Running] = []

    def make(**fields: Any) -> Running:
        fields.setdefault("listen", ["127.0.0.1:0"])
        fields.setdefault("threads", 1)
        fields.setdefault("timeouts", Timeouts(drain_ms=5_000))
        folder = tmp_path / f"gateway-{len(started)}"
        folder.mkdir()
        running = start(Gateway(**fields), folder=folder)
        started.append(running)
        return running

    yield make
    for running in started:
        running.stop()
        assert not any("panicked" in line for line in running.log), running.log


@pytest.fixture
def simple(gateway: Make, zoo: Zoo) -> Running:
    """Everything goes to the zoo."""
    return gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(name="all", prefix="/", upstream="zoo")],
        limits=Limits(body_bytes=1_000_000),
    )


def eventually(condition: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """Wait for something true; what it was last is in the failure."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"still {found!r} after {seconds} s"
        time.sleep(0.02)
