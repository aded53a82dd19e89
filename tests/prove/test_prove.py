"""Carvings that are right, wrong, noisy, declining, crashing and hanging: each gets its verdict."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carveout.prove import Recording, Report, isolate, prove_operation, reference_of
from carveout.prove.boundary import decode, encode


def _subjects() -> Any:
    name = "prove_subjects"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("subjects.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


subjects = _subjects()
DECLINE = encode([2, "not me"])


def faithful(op: Any) -> Callable[[bytes], bytes]:
    """A carving that is the reference itself."""
    call = reference_of(op)

    def candidate(args: bytes) -> bytes:
        try:
            return bytes(op.codec.encode_value(call(op.codec.decode_args(args))))
        except Exception as error:
            return bytes(op.codec.encode_fault(error))

    return candidate


def run(op: Any, candidate: Callable[[bytes], bytes], **options: Any) -> Report:
    options = {"calls": 1500, "seconds": 20, "children": 2, **options}
    return prove_operation(op, candidate, **options)


def test_the_same_is_the_same_with_its_bound() -> None:
    report = run(subjects.add, faithful(subjects.add))
    assert report.verdict == "same"
    assert report.exit_code == 0
    assert report.generated.same >= 1500
    assert report.generated.different == 0
    text = "\n".join(report.sentences())
    assert f"no difference in {report.generated.same:,} calls: at most 1 in" in text
    assert "nothing is said about your traffic" in text


def test_every_kind_of_value_is_compared() -> None:
    report = run(subjects.total, faithful(subjects.total))
    assert report.verdict == "same", report
    assert report.generated.unknown < report.generated.same / 10


def test_keyword_only_arguments_and_faults_are_results() -> None:
    report = run(subjects.divide, faithful(subjects.divide))
    assert report.verdict == "same", report


def test_a_wrong_corner_is_found_and_shrunk() -> None:
    right = faithful(subjects.add)

    def wrong(args: bytes) -> bytes:
        a, b = subjects.add.codec.decode_args(args)
        return encode([0, 0]) if a + b > 1000 and b == 100 else right(args)

    report = run(subjects.add, wrong, calls=20_000)
    assert report.verdict == "different"
    assert report.exit_code == 3
    assert decode(report.findings[0].args) == [901, 100]


def test_negative_zero_is_a_difference() -> None:
    right = faithful(subjects.divide)
    zero, minus = encode([0, 0.0]), encode([0, -0.0])

    def wrong(args: bytes) -> bytes:
        return zero if (got := right(args)) == minus else got

    report = run(subjects.divide, wrong, calls=3_000)
    assert report.verdict == "different"
    assert "-0.0" in report.findings[0].message


def test_declines_are_no_evidence() -> None:
    report = run(subjects.add, lambda args: DECLINE, calls=600)
    assert report.verdict == "declined"
    assert report.exit_code == 4
    assert report.declined_share == 1.0
    assert report.bound_of(report.generated) == 1.0


def test_a_reference_that_disagrees_with_itself_is_noisy_not_different() -> None:
    report = run(subjects.noisy, faithful(subjects.noisy))
    assert report.verdict == "noisy"
    assert report.total.different == 0
    assert report.exit_code == 4


def test_recursion_says_nothing() -> None:
    report = run(subjects.deep, faithful(subjects.deep), calls=100)
    assert report.verdict == "unknown"
    assert report.total.unknown > 100
    assert "RecursionError" in " ".join(report.unknown_reasons)


def test_too_few_calls_are_not_enough() -> None:
    report = run(subjects.add, faithful(subjects.add), calls=50)
    assert report.verdict == "unknown"
    assert report.exit_code == 4


def test_a_crash_is_a_finding_with_its_arguments() -> None:
    right = faithful(subjects.add)

    def crashing(args: bytes) -> bytes:
        if subjects.add.codec.decode_args(args)[0] == 255:
            ctypes.string_at(0)
        return right(args)

    report = run(subjects.add, crashing, calls=20_000)
    assert report.verdict == "different"
    assert "SIGSEGV" in report.findings[0].message
    assert decode(report.findings[0].args) == [255, 0]


def test_a_hang_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from carveout.prove import isolate

    monkeypatch.setattr(isolate, "STUCK_S", 0.7)

    def hanging(args: bytes) -> bytes:
        time.sleep(60)
        return args

    started = time.monotonic()
    report = run(subjects.add, hanging, calls=100, children=1, seconds=2)
    assert report.verdict == "different"
    assert "does not answer" in report.findings[0].message
    assert time.monotonic() - started < 25


def test_an_endless_reference_call_is_left_out() -> None:
    report = run(subjects.count_up, faithful(subjects.count_up), calls=600, seconds=40)
    assert report.verdict == "same", report
    assert report.generated.unknown > 0
    assert "too long" in " ".join(report.unknown_reasons)


def test_only_the_uniform_sample_bounds_traffic() -> None:
    recordings = [Recording(encode([i, 1]), shape=f"s{i % 3}", uniform=i < 20) for i in range(60)]
    report = run(subjects.add, faithful(subjects.add), recordings=recordings)
    assert report.replayed.same == 20
    assert report.kept.same == 40
    assert (report.shapes_seen, report.shapes_unseen) == (3, 0)
    bound = report.bound_of(report.replayed)
    assert bound is not None
    assert abs(bound - (1 - 0.01 ** (1 / 20))) < 1e-12


def test_recorded_calls_lead_to_the_corner_next_to_them() -> None:
    """A value nobody would guess is reached because a recorded call is near it."""
    right = faithful(subjects.add)

    def wrong(args: bytes) -> bytes:
        a, _ = subjects.add.codec.decode_args(args)
        return encode([0, 7]) if a == 123_457 else right(args)

    recordings = [Recording(encode([123_456, 1]))]
    assert run(subjects.add, wrong, recordings=recordings, calls=3000).verdict == "different"


def test_same_seed_same_calls() -> None:
    from carveout.prove.quick import QuickCalls

    contract = subjects.total.contract.to_json()
    first, second, other = (QuickCalls(contract, seed=s) for s in (1, 1, 2))
    ours = [first() for _ in range(50)]
    assert ours == [second() for _ in range(50)]
    assert ours != [other() for _ in range(50)]


def test_the_candidate_never_runs_in_this_process() -> None:
    import os

    here = os.getpid()
    right = faithful(subjects.add)

    def candidate(args: bytes) -> bytes:
        if os.getpid() == here:
            raise AssertionError("ran in the parent")
        return right(args)

    assert run(subjects.add, candidate).verdict == "same"


# Differences that no result shows ------------------------------------------------------------


def test_a_reference_that_changes_its_argument_is_different() -> None:
    right = faithful(subjects.drain)
    report = run(subjects.drain, right)
    assert report.verdict == "different"
    assert decode(report.findings[0].args) == [[0]]
    assert report.findings[0].path == "argument len(values)"
    assert "works on a copy" in report.findings[0].message


def test_unless_the_carving_declines_those_calls() -> None:
    right = faithful(subjects.drain)

    def careful(args: bytes) -> bytes:
        return DECLINE if subjects.drain.codec.decode_args(args)[0] else right(args)

    report = run(subjects.drain, careful, calls=500)
    assert report.total.different == 0
    assert report.declined_share > 0.3


def test_an_answer_the_contract_does_not_allow_can_be_nobodys_but_the_references() -> None:
    """The reference promises a float and returns the int 0 for an empty list."""
    codec = subjects.loose_sum.codec

    def floats(args: bytes) -> bytes:
        return bytes(codec.encode_value(float(sum(codec.decode_args(args)[0]))))

    report = run(subjects.loose_sum, floats)
    assert report.verdict == "different"
    assert decode(report.findings[0].args) == [[]]
    assert "int where exactly float is declared" in report.findings[0].message

    def careful(args: bytes) -> bytes:
        return floats(args) if codec.decode_args(args)[0] else DECLINE

    assert run(subjects.loose_sum, careful).verdict == "same"


def test_a_fault_with_a_field_of_its_own_differs_from_one_without() -> None:
    codec = subjects.coded.codec

    def without(args: bytes) -> bytes:
        (n,) = codec.decode_args(args)
        if n >= 0:
            return bytes(codec.encode_value(n))
        return encode([1, f"{subjects.__name__}:Coded", ["coded"]])

    report = run(subjects.coded, without)
    assert report.verdict == "different"
    assert "Coded" in report.findings[0].message


def test_what_depends_on_chance_now_and_then_is_noisy_all_the_same() -> None:
    """One answer in ten is another: a single repetition would agree with itself on most."""
    codec = subjects.seldom_noisy.codec

    def candidate(args: bytes) -> bytes:
        return bytes(codec.encode_value(codec.decode_args(args)[0]))

    report = run(subjects.seldom_noisy, candidate, calls=20_000)
    assert report.total.noisy > 100
    assert report.total.different == 0
    assert report.verdict == "noisy"
    assert report.exit_code == 4


# Candidates that misbehave -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (lambda: os._exit(0), "exit code 0"),
        (lambda: sys.exit(3), "SystemExit"),
        (lambda: (_ for _ in ()).throw(KeyboardInterrupt), "KeyboardInterrupt"),
    ],
    ids=["exit", "SystemExit", "KeyboardInterrupt"],
)
def test_however_it_ends_it_is_a_finding(ends: Callable[[], Any], said: str) -> None:
    right = faithful(subjects.add)

    def candidate(args: bytes) -> bytes:
        if subjects.add.codec.decode_args(args)[0] == 255:
            ends()
        return right(args)

    report = run(subjects.add, candidate, calls=20_000)
    assert report.verdict == "different"
    assert said in report.findings[0].message
    assert decode(report.findings[0].args)[0] == 255


def test_a_leak_is_a_finding_without_a_call_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from carveout.prove import isolate

    monkeypatch.setattr(isolate, "MEMORY_LIMIT", 300 << 20)
    right, held = faithful(subjects.add), []

    def leaking(args: bytes) -> bytes:
        try:
            held.append(bytes(1 << 20))
        except MemoryError:
            os.abort()  # as Rust does
        return right(args)

    report = run(subjects.add, leaking, calls=5_000, children=1)
    assert report.verdict == "different"
    first = report.findings[0]
    assert "SIGABRT" in first.message
    assert "does it leak memory" in first.message
    assert first.args == b""
    assert held == []


def test_one_call_can_be_checked_by_itself() -> None:
    from carveout.prove import check_call

    right = faithful(subjects.add)
    args = encode([255, 1])
    assert check_call(subjects.add, right, args) is None
    assert check_call(subjects.add, lambda args: DECLINE, args) is None
    assert "256 != 0" in str(check_call(subjects.add, lambda args: encode([0, 0]), args))
    crashed = check_call(subjects.add, lambda args: ctypes.string_at(0), args)
    assert crashed == "the carving crashed: SIGSEGV"


def test_a_machine_that_was_suspended_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    board = isolate.Board()

    def work(board: isolate.Board, _send: isolate.Send) -> None:
        board.begin(b"", 0)
        board.enter(2)
        time.sleep(1.0)
        board.enter(0)

    child = isolate.start(board, work)
    try:
        while not board.slots[isolate.STATE]:
            time.sleep(0.01)
        assert isolate.fate(child) is None
        later = time.monotonic() + 1000
        monkeypatch.setattr(isolate.time, "monotonic", lambda: later)
        assert isolate.fate(child) is None
        monkeypatch.undo()
        while isolate.fate(child) is None:
            time.sleep(0.02)
        assert board.slots[isolate.DONE]
    finally:
        isolate.close(child)
