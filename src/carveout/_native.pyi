"""Types of the native module (crates/carveout-native)."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal

VERSION: str

class Sentinel: ...

DECLINED: Sentinel
FAILED: Sentinel

class CannotCross(ValueError):
    path: str
    reason: str

class Codec:
    def __init__(self, contract_json: bytes, classes: Mapping[str, Any]) -> None: ...
    def encode_args(self, args: tuple[Any, ...]) -> bytes: ...
    def decode_args(self, bytes: bytes) -> tuple[Any, ...]: ...
    def encode_result(self, value: object) -> bytes: ...
    def decode_result(self, bytes: bytes) -> Any: ...
    def encode_value(self, value: object) -> bytes: ...
    def encode_fault(self, error: BaseException) -> bytes: ...
    @staticmethod
    def part_outcome(bytes: bytes) -> tuple[bytes, bytes | None]: ...
    def decode_outcome(
        self, bytes: bytes
    ) -> tuple[Literal["value", "fault", "decline", "failure"], Any]: ...

class Captured:
    args: bytes
    outcome: bytes
    expected: bytes | None
    arm: Literal["reference", "candidate"]
    duration_ns: int
    cpu_ns: int
    weight: float
    epoch: int
    why: Literal["sample", "keep", "after"]

class Split:
    stage: str
    share: float
    candidate: Callable[..., Any] | None
    candidate_release: Callable[..., Any] | None
    release_after_us: float
    tau_ns: int
    capture_reference: float
    capture_candidate: float
    keep_exceptions: bool
    epoch: int
    trip_on_failure: bool
    checked: bool
    def __init__(
        self,
        stage: str = "reference",
        share: float = 0.0,
        candidate: Callable[..., Any] | None = None,
        candidate_release: Callable[..., Any] | None = None,
        release_after_us: float = 1000.0,
        tau_ns: int = 0,
        capture_reference: float = 0.0,
        capture_candidate: float = 0.0,
        keep_exceptions: bool = False,
        epoch: int = 0,
        trip_on_failure: bool = False,
        checked: bool = False,
    ) -> None: ...

class Dispatch:
    __dict__: dict[str, Any]
    __name__: str
    __qualname__: str
    __wrapped__: Callable[..., Any]
    def __init__(
        self,
        reference: Callable[..., Any],
        codec: Codec | None,
        names: tuple[str, ...],
        n_required: int,
        defaults: dict[str, Any],
        immutable: bool = False,
        is_async: bool = False,
        *,
        positional_only: int = 0,
        keyword_only: int = 0,
    ) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def aio(self, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]: ...
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
    def releasing(self) -> bool: ...
    @property
    def tripped(self) -> str | None: ...
    def set_split(self, split: Split) -> None: ...
    def trip(self, reason: str) -> None: ...
    def keep_slower(self, ns: int) -> None: ...
    def counters(self) -> dict[str, Any]: ...
    def drain(self, max: int = 1024) -> list[Captured]: ...
    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Pending: ...

class Pending:
    candidate: Callable[..., Any] | None
    arranged: tuple[Any, ...] | None
    checked: bool
    def check_returned(self, value: object) -> None: ...
    def check_raised(self, error: BaseException) -> None: ...
    def returned(self, value: object, by_candidate: bool) -> None: ...
    def raised(self, error: BaseException, by_candidate: bool) -> None: ...
    def fell_back(self, reason: str | None = None) -> None: ...

class Remote:
    """One operation of a worker: a candidate."""

    def __call__(self, *args: Any) -> Any: ...
    def aio(self, *args: Any) -> asyncio.Future[Any]: ...

class WorkerClient:
    def __init__(self, path: str, contract_hash: str, deadline_ms: float, codec: Codec) -> None: ...
    def bind(self, op_index: int = 0) -> Remote: ...
    def call_wire(self, op_index: int, args: bytes) -> bytes: ...
    def call_wires(
        self, op_index: int, args: list[bytes], round_trip: bool = False
    ) -> list[tuple[bytes, int]]: ...
    def close(self) -> None: ...
    def stats(self) -> dict[str, Any]: ...

def set_first_call_hook(hook: Callable[[Dispatch], object] | None) -> None: ...
