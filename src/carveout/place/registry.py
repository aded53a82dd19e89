"""Every operation of this process, by name, in the order of declaration.

    for op in registry.operations():
        print(op.name, op.counters()["reference"]["calls"])

Operations live as long as the process: a module that is reloaded replaces its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carveout.place.operation import Operation

    Hook = Callable[[Operation[..., Any]], object]

_operations: dict[str, Operation[..., Any]] = {}


def register(operation: Operation[..., Any]) -> None:
    """Makes an operation known under its name; the latest declaration wins."""
    _operations[operation.name] = operation


def operations() -> list[Operation[..., Any]]:
    """All operations declared so far."""
    return list(_operations.values())


def get(name: str) -> Operation[..., Any] | None:
    """The operation called "package.module:function", if its module was imported."""
    return _operations.get(name)


def on_first_call(hook: Hook | None, *, wait: bool = False) -> None:
    """Calls `hook(operation)` when an operation is first called in a process, and again after a
    fork; `None` removes it. One hook a process: the agent's. Its errors never reach the caller.
    With `wait`, calls that other threads make meanwhile wait until it is done."""
    try:
        from carveout._native import set_first_call_hook
    except ImportError:
        from carveout.place import fallback

        fallback.first_call_hook = hook
        return
    set_first_call_hook(hook, wait)  # type: ignore[arg-type]
