"""Verdicts on single calls: declines, panics, dead workers, kept calls, changed arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from carveout.place.operation import operation
from carveout.serve.candidates import comparison
from carveout.serve.comparing import Comparer, Verdicts


@operation
def total(values: list[int], *, scale: int = 1) -> int:
    result = 0
    while values:  # eats its argument
        result += values.pop()
    return result * scale


@dataclass(frozen=True)
class Call:
    args: bytes
    outcome: bytes
    arm: str = "reference"
    duration_ns: int = 1_000
    epoch: int = 1
    why: str = "sample"
    expected: bytes | None = None


def args(*values: Any) -> bytes:
    assert total.codec is not None
    return total.codec.encode_args(values)


def value(number: int) -> bytes:
    assert total.codec is not None
    return total.codec.encode_value(number)


def judge(call: Call, wire: Callable[[bytes], bytes] | None, **options: Any) -> Verdicts:
    comparer = Comparer(
        total.contract, total.codec, total.reference, comparison(total), wire=wire, **options
    )
    return comparer.judge([call])


def answer(*outcome: Any) -> Callable[[bytes], bytes]:
    return lambda _: msgspec.msgpack.encode(list(outcome))


SHADOWED = Call(args([1, 2], 10), value(30))


def test_same_and_keyword_only_and_a_reference_that_eats_its_arguments() -> None:
    assert judge(SHADOWED, lambda _: value(30)).same == 1
    live = Call(SHADOWED.args, value(30), arm="candidate")
    assert judge(live, None).same == 1


def test_a_checked_call_is_compared_with_what_the_reference_said_then() -> None:
    said = Call(SHADOWED.args, value(31), arm="candidate", expected=value(30))
    found = judge(said, None).mismatches[0]
    assert (found.expected, found.got) == (value(30), value(31))
    # Asked once more the reference says 30, so that it disagrees with itself here.
    noisy = Call(SHADOWED.args, value(30), arm="candidate", expected=value(29))
    assert judge(noisy, None).noisy == 1


def test_different_is_confirmed_by_asking_again() -> None:
    found = judge(SHADOWED, lambda _: value(31)).mismatches[0]
    assert (found.expected, found.got) == (value(30), value(31))


@pytest.mark.parametrize(
    ("outcome", "field", "panicked"),
    [
        ((2, "not me"), "declined", False),
        ((3, "the worker did not answer in 1000 ms"), "unknown", False),
        ((3, "index out of bounds at src/operation.rs:12"), "unknown", True),
    ],
)
def test_no_answer(outcome: tuple[Any, ...], field: str, panicked: bool) -> None:
    verdicts = judge(SHADOWED, answer(*outcome))
    assert getattr(verdicts, field) == 1
    assert verdicts.judged == 1
    assert bool(verdicts.panicked) == panicked


def test_whatever_is_raised_is_unknown() -> None:
    def broken(_: bytes) -> bytes:
        raise OSError("gone")

    verdicts = judge(SHADOWED, broken)
    assert (verdicts.unknown, verdicts.why_unknown) == (1, "OSError: gone")
    assert judge(SHADOWED, None).unknown == 1


def test_kept_calls_count_only_when_they_differ() -> None:
    kept = Call(SHADOWED.args, SHADOWED.outcome, why="keep")
    assert judge(kept, lambda _: value(30)).judged == 0
    assert judge(kept, lambda _: value(31)).different == 1


def test_a_slow_reference_beside_a_fast_replay_is_a_pair_in_favour() -> None:
    slow = Call(SHADOWED.args, SHADOWED.outcome, duration_ns=10**9)
    verdicts = judge(slow, lambda _: value(30), tau_ns=10**8)
    assert (verdicts.pairs, verdicts.slow_reference, verdicts.slow_candidate) == (1, 1, 0)
