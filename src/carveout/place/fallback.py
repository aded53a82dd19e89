"""What stands in for the native dispatch where its module can't be loaded: the reference answers.

`carve status` shows `NATIVE_PROBLEM`, the reason. Same attributes as `carveout._native.Dispatch`,
so that nothing else has to know.
"""

from __future__ import annotations

import contextlib
import os
import types
from collections.abc import Callable
from typing import Any

first_call_hook: Callable[..., object] | None = None


def _arm() -> dict[str, Any]:
    sums = ["calls", "errors", "slow", "declined", "failed", "total_ns"]
    names = [*sums, "cpu_ns", "cpu_samples", "max_ns"]
    return {**dict.fromkeys(names, 0), "histogram": [0] * 256}


class Dispatch:
    """Calls the reference; counts calls, nothing else."""

    stage = "reference"
    epoch = 0
    tripped = "the native module could not be loaded"
    releasing = False

    def __init__(
        self,
        reference: Callable[..., Any],
        codec: Any,
        names: tuple[str, ...],
        n_required: int,
        defaults: dict[str, Any],
        immutable: bool = False,
        is_async: bool = False,
        *,
        positional_only: int = 0,
        keyword_only: int = 0,
    ) -> None:
        self.reference = reference
        self.codec = codec
        self.is_async = is_async
        self.immutable = immutable
        self._calls = 0
        self._entered_in: int | None = None

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if self._entered_in != os.getpid():
            self._enter_process()
        self._calls += 1
        return self.reference(*args, **kwargs)

    def _enter_process(self) -> None:
        """The first call here, or the first after a fork: as the native dispatch has it."""
        self._entered_in, self._calls = os.getpid(), 0
        if first_call_hook is not None:
            with contextlib.suppress(Exception):
                first_call_hook(self)

    async def aio(self, /, *args: Any, **kwargs: Any) -> Any:
        result = self(*args, **kwargs)
        return await result if self.is_async else result

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["reference"], name)

    def __reduce__(self) -> str:
        return str(self.__dict__["__qualname__"])

    def __copy__(self) -> Dispatch:
        return self

    def __deepcopy__(self, memo: Any) -> Dispatch:
        return self

    def set_split(self, split: Any) -> None:
        """Without the native module there is nothing but the reference."""

    def trip(self, reason: str) -> None:
        """Already off."""

    def keep_slower(self, ns: int) -> None:
        """Nothing is captured either."""

    def counters(self) -> dict[str, Any]:
        gaps = dict.fromkeys(("captured", "dropped", "oversize", "uncrossable"), 0)
        return {"reference": {**_arm(), "calls": self._calls}, "candidate": _arm(), **gaps}

    def waiting(self) -> int:
        return 0

    def drain(self, max: int = 1024) -> list[Any]:
        return []
