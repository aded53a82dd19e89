"""Calls made by coroutines: the same arms, counts and fallbacks as `Dispatch.__call__`.

An `async def` operation comes here for every call; a plain one through `operation.aio(...)`, which
awaits a worker instead of blocking the loop. Time runs over the await.

Invariants: while the split is checked, the reference answers also what the candidate answered;
cancellation belongs to the caller and always passes through, from either arm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast

from carveout._native import DECLINED, FAILED

if TYPE_CHECKING:
    from carveout._native import Dispatch


def call(
    dispatch: Dispatch, args: tuple[Any, ...], kwargs: dict[str, Any] | None
) -> Coroutine[Any, Any, Any]:
    """One call of `dispatch`; what the native module's `__call__` returns for `async def`."""
    coroutine: Any = _call(dispatch, args, kwargs)
    # Warnings, tracebacks of tasks and debuggers show the operation's name.
    coroutine.__name__ = dispatch.__name__
    coroutine.__qualname__ = dispatch.__qualname__
    return cast("Coroutine[Any, Any, Any]", coroutine)


async def _call(dispatch: Dispatch, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    pending = dispatch._begin(args, kwargs)
    candidate = pending.candidate
    said_by_candidate = False
    if candidate is not None and pending.arranged is not None:
        try:
            remote = getattr(candidate, "aio", None)
            if remote is None:
                result = candidate(*pending.arranged)
            else:
                result = await remote(*pending.arranged)
        except Exception as fault:
            pending.raised(fault, True)
            if not pending.checked:
                raise
            said_by_candidate = True
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            pending.fell_back(f"the candidate raised {type(error).__name__}")
        else:
            if result is DECLINED:
                pending.fell_back()
            elif result is FAILED:
                pending.fell_back("the candidate failed")
            else:
                pending.returned(result, True)
                if not pending.checked:
                    return result
                said_by_candidate = True
    try:
        result = dispatch.reference(*args, **(kwargs or {}))
        if dispatch.is_async:
            result = await result
    except Exception as fault:
        if said_by_candidate:
            pending.check_raised(fault)
        else:
            pending.raised(fault, False)
        raise
    if said_by_candidate:
        pending.check_returned(result)
    else:
        pending.returned(result, False)
    return result
