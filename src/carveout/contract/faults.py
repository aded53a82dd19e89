"""Whether an exception can be made again elsewhere from its class and `args`, all of it.

    altered(FileNotFoundError(2, "No such file", "a.txt"))
    # "its filename would be None instead of 'a.txt'"
    altered(ValueError("negative"))                             # None: it can

On the wire a fault is its class and its arguments. An exception that says more than those (an
attribute set by hand, a note, the file name of an OSError) would arrive altered; so it does not
cross at all. Asked by the native codec for every class but the plain built-in ones.

Invariants: the exception itself is left as it is; nothing raised by the user's class leaves here.
"""

from __future__ import annotations

from typing import Any

# What built-in exceptions keep beside `args` and `__dict__`.
BUILT_IN = (
    *("errno", "strerror", "filename", "filename2", "name", "path", "obj", "value", "code"),
    *("msg", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line"),
    *("encoding", "object", "start", "end", "reason"),
)
MISSING = object()


def altered(error: BaseException) -> str | None:
    """How `type(error)(*error.args)` would differ from the exception; None if it would not."""
    cls = type(error)
    try:
        again = cls(*error.args)
        if type(again) is not cls or not _same(error.args, again.args):
            return "made from its args it has others"
        if str(error) != str(again):
            return "made from its args it says something else"
        before, after = _fields(error), _fields(again)
        for name in sorted({*before, *after}):
            old, new = before.get(name, MISSING), after.get(name, MISSING)
            if not _same(old, new):
                return f"its {name} would be {_text(new)} instead of {_text(old)}"
    except Exception as problem:  # a constructor with other parameters, a broken __str__
        return f"it can't be made from its args ({type(problem).__name__}: {problem})"
    return None


def _fields(error: BaseException) -> dict[str, Any]:
    """Everything an exception carries but its args, traceback, cause and context."""
    found = dict(vars(error))
    slots = [
        slot
        for cls in type(error).__mro__
        for slot in _listed(cls.__dict__.get("__slots__", ()))
        if slot not in ("__dict__", "__weakref__")
    ]
    for name in (*slots, *BUILT_IN):
        if name in found:
            continue
        value = getattr(error, name, MISSING)
        if value is not MISSING and not callable(value):
            found[name] = value
    return found


def _listed(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) in (tuple, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if type(a) is float and a != a:
        return bool(b != b)
    return bool(a == b)


def _text(value: Any) -> str:
    if value is MISSING:
        return "missing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


__all__ = ["altered"]
