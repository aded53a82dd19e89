"""`@operation`: marks a typed function; everything else about it stays as it was.

    from carveout import operation

    @operation
    def quote(book: Book, order: Order) -> Quote: ...

    quote(book, order)            # the reference, or a carving once one is moved in
    await quote.aio(book, order)  # the same for asyncio callers: a worker is awaited
    quote.contract.hash           # what a carving must fit

The name, docstring, signature, pickling and `await`ability are the function's own. A type that
can't cross is a located `CarveError("type-cannot-cross")` here, at the declaration. Whatever else
is missing (native module, store, carving), the reference answers.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from carveout.contract import Contract, Rules, check_rules, classes_of, contract_of
from carveout.diagnostics import CarveError
from carveout.place import registry

if TYPE_CHECKING:
    from carveout._native import Captured, Codec, Split

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

NATIVE_PROBLEM: str | None = None
"""Why the native module could not be loaded, or None; shown by `carve status`."""


class Operation(Protocol[P, R_co]):
    """What `@operation` returns: the function, and what Carveout knows about it."""

    __name__: str
    __qualname__: str
    __module__: str
    __wrapped__: Callable[..., Any]
    contract: Contract
    name: str
    sample_rate: float | None
    compare: Any

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def aio(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, Any]: ...
    @property
    def reference(self) -> Callable[..., Any]: ...
    @property
    def codec(self) -> Codec | None: ...
    @property
    def is_async(self) -> bool: ...
    @property
    def immutable(self) -> bool: ...
    @property
    def stage(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def tripped(self) -> str | None: ...
    def set_split(self, split: Split) -> None: ...
    def trip(self, reason: str) -> None: ...
    def keep_slower(self, ns: int) -> None: ...
    def counters(self) -> dict[str, Any]: ...
    def waiting(self) -> int: ...
    def drain(self, max: int = 1024) -> list[Captured]: ...


@overload
def operation(function: Callable[P, R], /) -> Operation[P, R]: ...
@overload
def operation(
    *, sample_rate: float | None = None, compare: Any = None
) -> Callable[[Callable[P, R]], Operation[P, R]]: ...
def operation(
    function: Callable[..., Any] | None = None,
    /,
    *,
    sample_rate: float | None = None,
    compare: Any = None,
) -> Any:
    """Mark a function as an operation.

    `sample_rate` (0 to 1) overrides the setting for its recordings; `compare` takes
    `carveout.contract.compare.Rules` where markers in the annotations are not enough.

    Raises:
        CarveError: "type-cannot-cross", at the parameter, for a type that can't cross;
            "rules-unknown-path" for a rule about a place that the result does not have;
            "not-an-operation" for what is no Python function; "setting-invalid" for an option.
    """
    _check_options(sample_rate, compare)
    if function is None:
        return functools.partial(_declare, sample_rate=sample_rate, compare=compare)
    return _declare(function, sample_rate=sample_rate, compare=compare)


def _check_options(sample_rate: Any, compare: Any) -> None:
    number = isinstance(sample_rate, (int, float)) and not isinstance(sample_rate, bool)
    if sample_rate is not None and not (number and 0 <= sample_rate <= 1):
        raise CarveError(
            "setting-invalid",
            f"@operation(sample_rate={sample_rate!r}) is not a share of the calls",
            hint="write a number from 0 to 1, such as sample_rate=0.1",
        )
    if compare is not None and not isinstance(compare, Rules):
        raise CarveError(
            "setting-invalid",
            f"@operation(compare={compare!r}) is no rules of comparison",
            hint="write carveout.contract.Rules(...), or markers in the annotations",
        )


def _declare(function: Callable[..., Any], *, sample_rate: float | None, compare: Any) -> Any:
    if hasattr(function, "set_split") and hasattr(function, "contract"):
        return function  # marked twice
    if isinstance(function, staticmethod):
        # Inside a class it must go on taking no instance.
        return staticmethod(_declare(function.__func__, sample_rate=sample_rate, compare=compare))
    if isinstance(function, classmethod):
        raise CarveError(
            "not-an-operation",
            f"{function.__func__.__qualname__} is a class method, which takes its class",
            hint="write a function that takes what it needs as parameters",
        )
    contract = contract_of(function)
    if compare is not None:
        check_rules(contract, compare)
    dispatch = _dispatch(function, contract)
    functools.update_wrapper(dispatch, function)
    dispatch.contract = contract
    dispatch.name = contract.name
    dispatch.sample_rate = sample_rate
    dispatch.compare = compare
    if inspect.iscoroutinefunction(function):
        _mark_coroutine_function(dispatch)
    made = cast("Operation[..., Any]", dispatch)
    registry.register(made)
    return made


def _dispatch(function: Callable[..., Any], contract: Contract) -> Any:
    global NATIVE_PROBLEM
    parameters = inspect.signature(function).parameters
    empty = inspect.Parameter.empty
    defaults = {p.name: p.default for p in parameters.values() if p.default is not empty}
    kinds = [param.kind for param in contract.params]
    keywords: dict[str, Any] = {
        "positional_only": kinds.count("positional-only"),
        "keyword_only": kinds.count("keyword-only"),
    }
    make: Any
    codec: Codec | None = None
    try:
        from carveout import _native

        make = _native.Dispatch
        codec = _native.Codec(contract.json_bytes(), classes_of(function))
    except ImportError as problem:
        from carveout.place import fallback

        NATIVE_PROBLEM = str(problem)
        make = fallback.Dispatch
    return make(
        function,
        codec,
        tuple(param.name for param in contract.params),
        len(parameters) - len(defaults),
        defaults,
        all(is_immutable(contract, param.type) for param in contract.params),
        inspect.iscoroutinefunction(function),
        **keywords,
    )


def is_immutable(contract: Contract, schema: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Whether values of this type can't change during a call, all the way down.

    >>> is_immutable(contract, {"t": "tuple", "items": [{"t": "int"}]})
    True
    """
    tag = schema["t"]
    if tag in ("list", "set", "dict"):
        return False
    if tag in ("frozenset", "vartuple", "optional"):
        return is_immutable(contract, schema["item"], seen)
    if tag in ("tuple", "union"):
        inner = schema["items" if tag == "tuple" else "members"]
        return all(is_immutable(contract, item, seen) for item in inner)
    if tag != "ref" or schema["name"] in seen:
        return True
    shape = contract.types[schema["name"]]
    if shape["t"] == "enum":
        return True
    frozen = shape["kind"] == "namedtuple" or (shape["kind"] != "typeddict" and shape["frozen"])
    inside = seen | {schema["name"]}
    return bool(frozen) and all(is_immutable(contract, f["type"], inside) for f in shape["fields"])


def _mark_coroutine_function(dispatch: Any) -> None:
    """Let frameworks see an `async def` in it (FastAPI, Starlette, anyio ask before they call)."""
    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(dispatch)
    else:
        import asyncio.coroutines

        dispatch._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
