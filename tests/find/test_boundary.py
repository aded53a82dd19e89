"""Crossing costs are measured; known better libraries are measured on the payload."""

from __future__ import annotations

import json
import math

from carveout.find.alternatives import alternative_for
from carveout.find.boundary import per_call_ns, round_trip_ns


def test_a_round_trip_takes_time_and_ends() -> None:
    took = round_trip_ns(100, 100, rounds=50)
    assert math.isfinite(took)
    assert took > 0


def test_per_call_grows_with_the_work() -> None:
    assert per_call_ns(lambda: sum(range(10_000))) > per_call_ns(lambda: sum(range(10)))


def test_json_is_measured_against_msgspec_on_its_own_payload() -> None:
    document = json.dumps([{"id": i, "name": f"item {i}"} for i in range(500)])
    found = alternative_for("json", ["not json", 3, document])
    assert found is not None
    assert "msgspec" in found[0]
    assert found[1] is not None
    assert found[1] > 1.0


def test_without_a_payload_the_gain_is_unknown_not_invented() -> None:
    assert alternative_for("json", [1, 2]) == ("use msgspec.json", None)
    assert alternative_for("numpy", []) is None
