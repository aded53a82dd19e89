"""Parameters that say what is done with them: of a Sequence or a Mapping a list or a dict crosses.

    concrete(Sequence[int] | None)      # list[int] | None

Invariant: only for parameters. A call with a tuple, a range or a generator does not cross, and the
reference answers it; a result or a field of such a type would not say what comes.
"""

from __future__ import annotations

import collections.abc
import functools
import operator
import types
import typing
from typing import Any

_CONCRETE: dict[Any, Any] = {
    **dict.fromkeys([collections.abc.Sequence, collections.abc.MutableSequence], list),
    **dict.fromkeys([collections.abc.Iterable, collections.abc.Collection], list),
    **dict.fromkeys([collections.abc.Reversible, collections.abc.Container], list),
    **dict.fromkeys([collections.abc.Mapping, collections.abc.MutableMapping], dict),
    **dict.fromkeys([collections.abc.Set, collections.abc.MutableSet], set),
}


def concrete(hint: Any) -> Any:
    """The annotation with each abstract container as the one of that kind that crosses."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if not args or origin in (typing.Literal, typing.Annotated):
        return hint
    if origin is typing.Union or isinstance(hint, types.UnionType):
        return functools.reduce(operator.or_, map(concrete, args))
    made = _CONCRETE.get(origin, origin)
    if made not in (list, dict, set, frozenset, tuple):
        return hint
    inner = tuple(one if one is Ellipsis else concrete(one) for one in args)
    return made[inner if len(inner) > 1 or made is tuple else inner[0]]


__all__ = ["concrete"]
