"""An operation can't be told from its function: by callers, frameworks, tools, other threads."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import signal
import subprocess
import sys
import threading
import traceback
import typing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.place.test_worker import make_artifact

from carveout._native import DECLINED, Split
from carveout.diagnostics import CarveError
from carveout.place import fallback
from carveout.place.operation import operation
from carveout.place.worker import Worker


def bare(a: int, /, b: int = 2, *, c: str = "x") -> int:
    """Adds."""
    return a + b


async def bare_async(a: int, b: int = 2) -> int:
    await asyncio.sleep(0)
    return a + b


plain = operation(bare)
awaited = operation(bare_async)


def outcome(call: Callable[[], Any]) -> tuple[Any, str]:
    try:
        return "value", repr(call())
    except BaseException as error:
        return type(error), str(error)


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, 3), {}),
    ((1,), {"a": 1}),
    ((1,), {"b": 3, "c": "y"}),
    ((1, 2), {"b": 3}),
    ((1,), {"z": 3}),
    ((), {"a": 1}),
    ((1,), {"self": 1}),
    (("x", "y"), {}),
    ((None,), {}),
]


@pytest.mark.parametrize("arm", ["reference", "candidate"])
@pytest.mark.parametrize(("args", "kwargs"), CALLS)
def test_any_arguments_end_as_the_function_ends(
    arm: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    candidate = None if arm == "reference" else lambda *_: DECLINED
    plain.set_split(Split("canary", 1.0, candidate, epoch=plain.epoch + 1))
    assert outcome(lambda: plain(*args, **kwargs)) == outcome(lambda: bare(*args, **kwargs))
    stand_in = fallback.Dispatch(bare, None, ("a", "b", "c"), 1, {"b": 2, "c": "x"})
    assert outcome(lambda: stand_in(*args, **kwargs)) == outcome(lambda: bare(*args, **kwargs))


@pytest.mark.parametrize("args", [(), (1, 2, 3)])
def test_wrong_arguments_of_a_coroutine_function_raise_at_the_call(args: tuple[Any, ...]) -> None:
    assert outcome(lambda: awaited(*args)) == outcome(lambda: bare_async(*args))
    with pytest.raises(TypeError):
        awaited(*args)


def test_coroutines_bear_the_operations_name() -> None:
    coroutine = awaited(1)
    assert (coroutine.__name__, coroutine.__qualname__) == ("bare_async", "bare_async")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del coroutine
        gc.collect()
    assert "'bare_async' was never awaited" in str(caught[0].message)
    assert inspect.iscoroutinefunction(awaited)
    assert asyncio.run(awaited(1)) == 3


@pytest.mark.parametrize(
    "name", ["__defaults__", "__kwdefaults__", "__code__", "__globals__", "__closure__"]
)
def test_what_a_function_has_it_has_too(name: str) -> None:
    assert getattr(plain, name) is getattr(bare, name)
    assert not hasattr(plain, "no_such_thing")


def test_tools_see_the_function() -> None:
    assert inspect.signature(plain) == inspect.signature(bare)
    assert inspect.getsource(plain) == inspect.getsource(bare)
    assert typing.get_type_hints(plain) == typing.get_type_hints(bare)
    assert functools.partial(plain, 1)(b=5) == 6
    assert functools.singledispatch(plain)(1) == 3  # type: ignore[call-arg]

    @operation
    @functools.lru_cache
    def cached(a: int) -> int:
        return a

    assert cached(3) == cached(3) == 3
    assert cached.cache_info().hits == 1  # type: ignore[attr-defined]
    assert operation(cached) is cached


def test_methods() -> None:
    class Holder:
        @operation
        @staticmethod
        def inside(a: int) -> int:
            return a

        @staticmethod
        @operation
        def outside(a: int) -> int:
            return a

    assert Holder.inside(1) == Holder().inside(1) == Holder.outside(1) == Holder().outside(1) == 1
    assert Holder.inside.contract.name.endswith("Holder.inside")


def declared(what: Any, **options: Any) -> None:
    operation(**options)(what) if options else operation(what)


class Callables:
    def __call__(self, a: int) -> int:
        return a


def yields(a: int) -> typing.Iterator[int]:
    yield a


def a_method(self, a: int) -> int:  # type: ignore[no-untyped-def]
    return a


@pytest.mark.parametrize(
    ("what", "options", "code"),
    [
        (len, {}, "not-an-operation"),
        (int, {}, "not-an-operation"),
        ("quote", {}, "not-an-operation"),
        (functools.partial(bare, 1), {}, "not-an-operation"),
        (Callables(), {}, "not-an-operation"),
        (classmethod(bare), {}, "not-an-operation"),
        (lambda x: x, {}, "type-cannot-cross"),
        (yields, {}, "type-cannot-cross"),
        (a_method, {}, "type-cannot-cross"),
        (bare, {"sample_rate": 7}, "setting-invalid"),
        (bare, {"sample_rate": "often"}, "setting-invalid"),
        (bare, {"sample_rate": float("nan")}, "setting-invalid"),
        (bare, {"compare": 4}, "setting-invalid"),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, str) else one,
)
def test_what_is_no_operation_is_said(what: Any, options: dict[str, Any], code: str) -> None:
    with pytest.raises(CarveError) as caught:
        declared(what, **options)
    assert caught.value.code == code
    assert caught.value.diagnostic.hint


class Twofold(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(a)
        self.b = b


@pytest.mark.parametrize(
    "error",
    [
        Twofold(1, 2),
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
        StopIteration(5),
        StopAsyncIteration(),
        ExceptionGroup("several", [ValueError()]),
        MemoryError(),
    ],
    ids=repr,
)
def test_the_references_exception_is_the_very_object(error: BaseException) -> None:
    cause = KeyError("first")

    @operation
    def fails(a: int) -> int:
        raise error from cause

    fails.set_split(Split("canary", 1.0, lambda a: DECLINED, epoch=1, capture_candidate=1.0))
    with pytest.raises(type(error)) as caught:
        fails(1)
    assert caught.value is error
    assert error.__cause__ is cause
    assert error.__context__ is None
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[-1] == "fails"
    assert len(names) == 2, "no frame of ours between the caller and the function"


def test_warnings_point_at_the_caller() -> None:
    @operation
    def warns(a: int) -> int:
        warnings.warn("old", DeprecationWarning, stacklevel=2)
        return a

    with pytest.warns(DeprecationWarning, match="old") as caught:
        warns(1)
    assert caught[0].filename == __file__


def test_profilers_and_tracers_see_the_function() -> None:
    seen: list[str] = []
    sys.setprofile(lambda frame, event, _: seen.append(f"{event} {frame.f_code.co_name}"))
    try:
        plain(1)
    finally:
        sys.setprofile(None)
    assert "call bare" in seen
    assert not any("carveout" in one for one in seen)


def test_a_deep_recursion_ends_as_pythons_does() -> None:
    @operation
    def down(n: int) -> int:
        return 0 if n == 0 else down(n - 1)

    assert down(200) == 0
    with pytest.raises(RecursionError):
        down(10**7)


class Alarmed(Exception):
    pass


def test_a_signal_handlers_exception_is_the_callers_and_nobodys_result(tmp_path: Path) -> None:
    @operation
    def add(a: int, b: int = 2) -> int:
        return a + b

    def handler(*_: Any) -> None:
        raise Alarmed

    assert add.codec is not None
    from tests.place.sample import add as like

    made = Worker(make_artifact(tmp_path / "a"), like.contract, add.codec, deadline_ms=5000)
    old = signal.signal(signal.SIGALRM, handler)
    try:
        assert made.start(wait_s=10)
        add.set_split(
            Split(
                "canary", 1.0, made.candidate, epoch=1, capture_candidate=1.0, keep_exceptions=True
            )
        )
        assert add(1, 1) == 2
        add.drain()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Alarmed):
            add(1000, 0)  # the fake worker hangs
        assert add.drain() == []
        counted = add.counters()["candidate"]
        assert (counted["calls"], counted["errors"], counted["failed"]) == (1, 0, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        made.stop()


def test_in_another_interpreter_the_reference_answers() -> None:
    code = """\
import _xxsubinterpreters as interpreters
from carveout import operation
INNER = '''
from carveout import operation
import carveout.place.operation as place
@operation
def double(a: int) -> int:
    return 2 * a
assert double(4) == 8
assert "main interpreter" in place.NATIVE_PROBLEM
'''
for _ in range(3):
    one = interpreters.create()
    interpreters.run_string(one, INNER)
    interpreters.destroy(one)
@operation
def add(a: int) -> int:
    return a + 1
assert add(1) == 2
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "alive\n", done.stderr
    assert done.returncode == 0
    assert done.stderr == ""


def test_threads_and_loops_at_once() -> None:
    plain.set_split(Split(epoch=plain.epoch + 1))
    before = plain.counters()["reference"]["calls"]
    wrong: list[Any] = []

    def work() -> None:
        async def main() -> None:
            for n in range(200):
                if await plain.aio(n) != n + 2 or plain(n) != n + 2:
                    wrong.append(n)

        asyncio.run(main())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert plain.counters()["reference"]["calls"] == before + 1600
