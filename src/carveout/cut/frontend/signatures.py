"""Types of functions as values: which functions may stand for each other.

    Callable[[int, int], int]       # all functions kept as such are of one kind, `IntIntToInt`
    Callable[..., float]            # `ToFloat`: what it is called with, each call says

Invariant: a kind has a result of one type; where it has parameters, each call has exactly those.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mypy.nodes import ArgKind
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    Overloaded,
    TupleType,
    UnionType,
    get_proper_type,
)
from mypy.types import Type as MypyType

from carveout.cut.ir.nodes import At
from carveout.cut.ir.types import FunctionInfo, FunctionType, Type
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.types import TypeReader

# What mypy makes of functions that have nothing in common but being called.
MADE = frozenset(
    {"functools.partial", "operator.itemgetter", "operator.attrgetter", "operator.methodcaller"}
)
_UNKNOWN = MADE | {"builtins.function"}


def open_function(given: MypyType | None) -> bool:
    """Whether it is a function of which the type does not say what it takes and gives."""
    match get_proper_type(given):
        case CallableType() as type_:
            return type_.is_ellipsis_args or any(
                isinstance(get_proper_type(one), AnyType)
                for one in (*type_.arg_types, type_.ret_type)
            )
        case Overloaded():
            return True
        case Instance(type=info):
            return info.fullname in _UNKNOWN
    return False


def mentions_open_function(given: MypyType | None) -> bool:
    """The same of anything inside a type."""
    if open_function(given):
        return True
    match get_proper_type(given):
        case Instance(args=args):
            return any(map(mentions_open_function, args))
        case TupleType(items=items) | UnionType(items=items):
            return any(map(mentions_open_function, items))
    return False


def read_function(reader: TypeReader, type_: CallableType, at: At) -> Type:
    """The kind of the functions that a `Callable[…]` stands for."""
    if type_.variables:
        raise Refusal(
            "refusal-type", "a generic function as a value is not drafted", at,
            hint="annotate where it is kept: Callable[[int], int]",
        )  # fmt: skip
    result = None
    if not isinstance(get_proper_type(type_.ret_type), AnyType):
        result = reader.read(type_.ret_type, at)
    params: tuple[Type, ...] | None = None
    if not open_function(type_) or (
        not type_.is_ellipsis_args
        and not any(isinstance(get_proper_type(one), AnyType) for one in type_.arg_types)
    ):
        if any(kind not in (ArgKind.ARG_POS, ArgKind.ARG_OPT) for kind in type_.arg_kinds):
            raise Refusal(
                "refusal-type", "a function with named parameters as a value is not drafted", at,
                hint="let it take its arguments by position",
            )  # fmt: skip
        try:
            params = tuple(reader.read(one, at) for one in type_.arg_types)
        except Refusal:
            # `len` takes anything Sized: what it is called with, the calls say.
            params = None
        if result is None:
            params = None
    return kind_of_functions(reader, params, result)


def kind_of_functions(
    reader: TypeReader, params: tuple[Type, ...] | None, result: Type | None, hint: str = ""
) -> FunctionType:
    """The kind with these types; one with a hint is of its own."""
    words = [*("".join(map(_word, params or ())), "To", "" if result is None else _word(result))]
    said = hint or "".join(words)
    name = f"functions:{said}"
    known = reader.table.functions.get(name)
    number = 2
    while known is not None and (hint or (known.params, known.result) != (params, result)):
        name = f"functions:{said}{number}"
        known, number = reader.table.functions.get(name), number + 1
    if known is None:
        reader.table.functions[name] = FunctionInfo(name, params, result)
    return FunctionType(name)


def hint_of(name: str) -> str:
    """`_OPERATORS` as Operators."""
    words = [word for word in name.split("_") if word]
    return "".join(word[:1].upper() + word[1:].lower() for word in words) or "Functions"


def _word(type_: Type) -> str:
    """`list[int]` as ListInt."""
    words = re.findall(r"\w+", str(type_))
    return "".join(word[:1].upper() + word[1:] for word in words)


__all__ = [
    "MADE",
    "hint_of",
    "kind_of_functions",
    "mentions_open_function",
    "open_function",
    "read_function",
]
