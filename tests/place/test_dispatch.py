"""What a caller may rely on: the function stays the function, whatever the candidate does."""

from __future__ import annotations

import asyncio
import copy
import inspect
import os
import pickle
import threading
import time
from typing import Any

import pytest
from tests.place.sample import Line, add, fib, keywords, slow_add, total

from carveout._native import DECLINED, FAILED, Split
from carveout.diagnostics import CarveError
from carveout.place import registry
from carveout.place.operation import operation

OPERATIONS = (add, total, slow_add, fib, keywords)


@pytest.fixture(autouse=True)
def at_reference() -> None:
    epoch = max(op.epoch for op in OPERATIONS) + 1
    for op in OPERATIONS:
        op.set_split(Split(epoch=epoch))
        op.drain()


def canary(op: Any, candidate: Any, **more: Any) -> None:
    op.set_split(Split("canary", 1.0, candidate, epoch=op.epoch + 1, **more))


def calls(op: Any, arm: str, what: str = "calls") -> int:
    return int(op.counters()[arm][what])


def test_it_is_still_the_function() -> None:
    assert add(1) == 3
    assert add(1, b=5) == 6
    assert add.__name__ == "add"
    assert add.__doc__ == "Adds."
    assert add.__module__ == "tests.place.sample"
    assert str(inspect.signature(add)) == "(a: 'int', b: 'int' = 2) -> 'int'"
    assert pickle.loads(pickle.dumps(add)) is add
    assert copy.copy(add) is add
    assert copy.deepcopy([add])[0] is add
    assert registry.get("tests.place.sample:add") is add
    assert add.contract.name == "tests.place.sample:add"
    assert add.immutable
    assert not total.immutable
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        add()  # type: ignore[call-arg]


def test_it_binds_like_a_function() -> None:
    class Holder:
        method = add

    assert Holder.method is add
    assert Holder.method(1) == 3
    with pytest.raises(TypeError):
        Holder().method(1, 2)  # three arguments with self


def test_a_type_that_cannot_cross_is_located() -> None:
    with pytest.raises(CarveError) as caught:

        @operation
        def bad(x: complex) -> int:
            return 1

    assert caught.value.code == "type-cannot-cross"
    assert caught.value.diagnostic.span is not None
    assert caught.value.diagnostic.span.file.endswith("test_dispatch.py")


def test_the_candidate_answers_with_all_arguments_in_order() -> None:
    seen: list[Any] = []
    canary(keywords, lambda *args: seen.append(args) or "carved")
    assert keywords(1, 2) == "carved"
    assert keywords(1, c="z", b=3) == "carved"
    assert seen == [(1, 2, "x"), (1, 3, "z")]
    for wrong in (lambda: keywords(a=1, b=2), lambda: keywords(1, 2, "c"), lambda: keywords(1)):
        with pytest.raises(TypeError):
            wrong()


def test_no_answer_is_answered_by_the_reference() -> None:
    for answer, counter in ((DECLINED, "declined"), (FAILED, "failed")):
        before = calls(add, "candidate", counter)
        canary(add, lambda a, b, answer=answer: answer)
        assert add(1) == 3
        assert calls(add, "candidate", counter) == before + 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, BaseException, GeneratorExit])
def test_base_exceptions_never_come_from_a_candidate(error: type[BaseException]) -> None:
    def candidate(*_: Any) -> Any:
        raise error("the candidate's own")

    canary(add, candidate)
    assert add(1) == 3
    canary(slow_add, candidate)
    if error is not GeneratorExit:
        assert asyncio.run(slow_add(1)) == 3


def test_faults_are_results_of_either_arm() -> None:
    with pytest.raises(ValueError, match="negative"):
        add(-1)

    def candidate(a: int, b: int) -> int:
        raise KeyError(a)

    before = calls(add, "candidate", "errors")
    canary(add, candidate)
    with pytest.raises(KeyError):
        add(1)
    assert calls(add, "candidate", "errors") == before + 1


def test_a_failure_may_trip_at_once_until_a_later_epoch() -> None:
    canary(add, lambda a, b: FAILED, trip_on_failure=True)
    assert add(1) == 3
    assert add.tripped
    before = calls(add, "candidate")
    assert add(1) == 3
    assert calls(add, "candidate") == before
    add.set_split(Split("canary", 1.0, lambda a, b: 9, epoch=add.epoch))
    assert add(1) == 3, "the same epoch does not undo a trip"
    canary(add, lambda a, b: 9)
    assert add(1) == 9
    assert add.tripped is None


def test_the_share_is_kept() -> None:
    add.set_split(Split("canary", 0.25, lambda a, b: 0, epoch=add.epoch + 1))
    before = calls(add, "candidate")
    for _ in range(8000):
        add(1)
    assert 1800 < calls(add, "candidate") - before < 2200


def test_captures_are_encoded_before_the_call() -> None:
    @operation
    def consume(xs: list[int]) -> int:
        n = sum(xs)
        xs.clear()
        return n

    consume.set_split(Split(capture_reference=1.0, epoch=1))
    assert consume([1, 2]) == 3
    (captured,) = consume.drain()
    codec = consume.codec
    assert codec is not None
    assert codec.decode_args(captured.args) == ([1, 2],)
    assert codec.decode_outcome(captured.outcome) == ("value", 3)
    assert (captured.arm, captured.weight, captured.why) == ("reference", 1.0, "sample")


def test_a_checked_call_is_answered_by_the_reference_and_keeps_both_answers() -> None:
    codec = add.codec
    assert codec is not None
    before = add.counters()
    canary(add, lambda a, b: 99, capture_candidate=1.0, checked=True)
    assert add(1) == 3
    (captured,) = add.drain()
    assert captured.arm == "candidate"
    assert codec.decode_outcome(captured.outcome) == ("value", 99)
    assert captured.expected is not None
    assert codec.decode_outcome(captured.expected) == ("value", 3)
    after = add.counters()
    assert after["candidate"]["calls"] == before["candidate"]["calls"] + 1
    assert after["reference"]["calls"] == before["reference"]["calls"], "one request, one event"
    with pytest.raises(ValueError, match="negative") as caught:
        add(-1)
    assert caught.value.__context__ is None
    (captured,) = add.drain()
    assert captured.expected is not None
    assert codec.decode_outcome(captured.expected)[0] == "fault"


def test_a_checked_fault_of_the_candidate_is_not_heard_of() -> None:
    def candidate(a: int, b: int) -> int:
        raise KeyError(a)

    before = calls(add, "candidate", "errors")
    canary(add, candidate, capture_candidate=1.0, checked=True)
    assert add(1) == 3
    assert calls(add, "candidate", "errors") == before + 1
    (captured,) = add.drain()
    assert add.codec is not None
    assert add.codec.decode_outcome(captured.outcome)[0] == "fault"


@pytest.mark.parametrize("answer", [DECLINED, FAILED])
def test_a_checked_call_that_nobody_took_is_not_compared(answer: Any) -> None:
    canary(add, lambda a, b: answer, capture_candidate=1.0, checked=True)
    assert add(1) == 3
    (captured,) = add.drain()
    assert (captured.arm, captured.expected) == ("reference", None)


def test_checked_calls_of_coroutines() -> None:
    codec = slow_add.codec
    assert codec is not None

    def candidate(a: int, b: int) -> int:
        if a > 5:
            raise KeyError(a)
        return 99

    async def main() -> None:
        canary(slow_add, candidate, capture_candidate=1.0, checked=True)
        assert await slow_add(1) == 3
        assert await slow_add(6) == 8
        with pytest.raises(ValueError, match="negative") as caught:
            await slow_add(-1)
        assert caught.value.__context__ is None

    asyncio.run(main())
    said = [
        (codec.decode_outcome(call.outcome)[0], codec.decode_outcome(call.expected or b"")[0])
        for call in slow_add.drain()
    ]
    assert said == [("value", "value"), ("fault", "value"), ("value", "fault")]


def test_faults_of_immutable_operations_are_kept() -> None:
    add.set_split(Split(keep_exceptions=True, epoch=add.epoch + 1))
    with pytest.raises(ValueError, match="negative"):
        add(-7)
    (captured,) = add.drain()
    assert captured.why == "keep"
    assert add.codec is not None
    assert add.codec.decode_args(captured.args) == (-7, 2)


def test_the_queue_is_bounded_and_counts() -> None:
    before = add.counters()
    add.set_split(Split(capture_reference=1.0, epoch=add.epoch + 1))
    for _ in range(1500):
        add(1)
    after = add.counters()
    assert after["captured"] - before["captured"] == 1024
    assert after["dropped"] - before["dropped"] == 476
    assert len(add.drain(5000)) == 1024
    total.set_split(Split(capture_reference=1.0, epoch=total.epoch + 1))
    total([Line(1.0, 1)] * 30_000)
    total([Line(1, 1)])  # type: ignore[arg-type]
    counters = total.counters()
    assert counters["oversize"] == 1
    assert counters["uncrossable"] == 1
    assert total.drain() == []


def test_recursion_and_threads() -> None:
    before = calls(fib, "reference")
    assert fib(10) == 55
    assert calls(fib, "reference") == before + 177
    before = calls(add, "reference")

    def work() -> None:
        for _ in range(5000):
            add(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls(add, "reference") == before + 20_000


def test_slow_calls_are_events_of_their_arm() -> None:
    before = calls(add, "reference", "slow")
    add.set_split(Split(tau_ns=1, epoch=add.epoch + 1))
    add(1)
    assert calls(add, "reference", "slow") == before + 1
    counters = add.counters()["reference"]
    assert sum(counters["histogram"]) == counters["calls"]


def test_long_calls_release_the_gil_with_hysteresis() -> None:
    def held(ms: int, b: int) -> int:
        end = __import__("time").perf_counter() + ms / 1000
        while __import__("time").perf_counter() < end:
            pass
        return 0

    canary(add, held, candidate_release=lambda a, b: 1, release_after_us=500.0)
    assert add(2) == 0
    assert not add.releasing  # type: ignore[attr-defined]
    for _ in range(20):
        add(2)
    assert add.releasing  # type: ignore[attr-defined]
    # One in 64 holds it, to see whether the calls are still long.
    assert sum(add(0) for _ in range(64)) == 63
    for _ in range(64 * 40):
        add(0)
    assert not add.releasing  # type: ignore[attr-defined]
    assert add(0) == 0


def test_async_operations() -> None:
    async def main() -> None:
        assert await slow_add(1) == 3
        pending = slow_add(1)
        assert inspect.isawaitable(pending)
        await pending
        with pytest.raises(ValueError, match="negative"):
            await slow_add(-1)
        canary(slow_add, lambda a, b: 70)
        assert await slow_add(1) == 70
        canary(slow_add, lambda a, b: DECLINED)
        assert await slow_add(1) == 3
        assert await add.aio(4) == 6

    asyncio.run(main())
    assert calls(slow_add, "reference", "errors") == 1


def test_a_fork_starts_from_zero() -> None:
    add.set_split(Split("canary", 1.0, lambda a, b: 9, capture_candidate=1.0, epoch=add.epoch + 1))
    assert add(1) == 9
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            zero = calls(add, "candidate") == 0 and add.drain() == []
            answer = add(1) == 9 and calls(add, "candidate") == 1
            os.write(write, b"ok" if zero and answer else b"no")
        finally:
            os._exit(0)
    os.close(write)
    assert os.read(read, 2) == b"ok"
    os.waitpid(pid, 0)
    os.close(read)


def test_the_first_call_hook_runs_once_a_process() -> None:
    @operation
    def fresh(a: int) -> int:
        return a

    seen: list[Any] = []
    registry.on_first_call(seen.append)
    try:
        assert fresh(1) == fresh(1) == 1
    finally:
        registry.on_first_call(None)
    assert seen == [fresh]


def test_fastapi_takes_operations_as_routes() -> None:
    fastapi = pytest.importorskip("fastapi")
    httpx = pytest.importorskip("httpx")
    app = fastapi.FastAPI()
    app.get("/add")(add)
    app.get("/slow")(slow_add)

    async def main() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/add?a=1")).json() == 3
            assert (await client.get("/slow?a=1&b=4")).json() == 5
            assert (await client.get("/add?a=x")).status_code == 422

    asyncio.run(main())


@pytest.mark.parametrize("wait", [True, False])
def test_other_threads_wait_for_the_first_calls_hook_if_asked(wait: bool) -> None:
    """Under `carve run` the hook puts the stage in force: no thread's call may come before it."""

    def plain(n: int) -> int:
        return n

    plain.__qualname__ = f"waiting_{wait}"
    op = operation(plain)
    done = threading.Event()
    saw: list[bool] = []

    def hook(called: Any) -> None:
        called(1)  # a call of the hook's own is let through
        time.sleep(0.2)
        done.set()

    registry.on_first_call(hook, wait=wait)
    try:
        first = threading.Thread(target=op, args=(1,))
        first.start()
        time.sleep(0.05)
        second = threading.Thread(target=lambda: saw.append(op(2) == 2 and done.is_set()))
        second.start()
        first.join()
        second.join()
    finally:
        registry.on_first_call(None)
    assert saw == [wait]
    assert op.counters()["reference"]["calls"] == 3
