"""Decorators that the compiler knows: caches.

unlimited(decorator)       # `@cache` and `@lru_cache(maxsize=None)` forget nothing
"""

from __future__ import annotations

from mypy.nodes import CallExpr, Decorator, Expression, IntExpr, NameExpr

from carveout.cut.frontend import classes

CACHES = frozenset({"functools.cache", "functools.lru_cache"})


def unlimited(decorator: Expression) -> bool:
    """Whether a cache forgets nothing."""
    if not isinstance(decorator, CallExpr):
        return classes.name_of(decorator) == "functools.cache"
    match decorator.args:
        case [NameExpr(fullname="builtins.None")]:
            return True
    return classes.name_of(decorator) == "functools.cache"


def plain_options(node: Decorator) -> bool:
    """Whether nothing but a size was asked for."""
    for decorator in node.original_decorators:
        if isinstance(decorator, CallExpr) and classes.name_of(decorator) in CACHES:
            names = set(decorator.arg_names) - {None, "maxsize"}
            size = all(isinstance(arg, (IntExpr, NameExpr)) for arg in decorator.args)
            if names or not size or len(decorator.args) > 1:
                return False
    return True


__all__ = ["CACHES", "plain_options", "unlimited"]
