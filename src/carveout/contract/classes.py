"""What a class is made of: its fields with their types, or its members.

    describe(walk, Order, "app:Order")   # {"t": "struct", "kind": "dataclass", "fields": [...]}

Invariant: a class is described only if its fields are all that its instances hold. One whose
instances hold more (a dataclass that is also a list, a slot that is no field, private attributes)
is refused: what is not described would be lost on the way.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from carveout.contract.edge import default_of
from carveout.contract.plain import is_plain, plain_object, slots_of
from carveout.contract.refused import USE_A_RECORD, Refused, instead_of, show

if TYPE_CHECKING:
    from carveout.contract.types import Schema, TypeWalk

FILL_IN = "write a class with the types filled in, such as `class IntBox(Box[int]): ...`"


def describe(walk: TypeWalk, cls: Any, name: str) -> Schema:
    """The schema of one class; the types of its fields go through `walk`.

    Raises:
        Refused: it can't cross.
    """
    if issubclass(cls, enum.Enum):
        return enum_schema(cls)
    if getattr(cls, "__parameters__", ()):
        raise Refused(f"the generic class {cls.__qualname__} can't cross", FILL_IN)
    if is_typeddict(cls):
        return _typeddict(walk, cls, name)
    if issubclass(cls, msgspec.Struct):
        _only_fields(cls, msgspec.Struct)
        hints = _hints(walk, cls)
        info = msgspec.structs.fields(cls)
        fields = [(field.name, hints[field.name], field.required) for field in info]
        given = {
            field.name: _made(field.default, field.default_factory, msgspec.NODEFAULT)
            for field in info
        }
        return _struct(walk, name, "msgspec", bool(cls.__struct_config__.frozen), fields, given)
    if hasattr(cls, "model_fields") and hasattr(cls, "__pydantic_validator__"):
        return _pydantic(walk, cls, name)
    if dataclasses.is_dataclass(cls):
        return _dataclass(walk, cls, name)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        hints = _hints(walk, cls)
        defaults = getattr(cls, "_field_defaults", {})
        missing = [field for field in cls._fields if field not in hints]
        if missing:
            raise Refused(f"{cls.__qualname__}.{missing[0]} has no type", "use typing.NamedTuple")
        fields = [(field, hints[field], field not in defaults) for field in cls._fields]
        return _struct(walk, name, "namedtuple", True, fields, defaults)
    if is_plain(cls):
        _only_fields(cls)
        return plain_object(walk, cls, name)
    hint = instead_of(cls) or USE_A_RECORD
    raise Refused(f"a value of type {show(cls)} can't cross", hint)


def is_typeddict(cls: Any) -> bool:
    """Whether a class is a TypedDict: typing's or that of typing_extensions (Pydantic wants it)."""
    return typing.is_typeddict(cls) or type(cls).__name__ == "_TypedDictMeta"


Fields = list[tuple[str, Any, bool]]
"""Name, annotation, and whether it must be given."""


def _struct(
    walk: TypeWalk,
    name: str,
    kind: str,
    frozen: bool,
    fields: Fields,
    defaults: Mapping[str, Any] | None = None,
) -> Schema:
    described = []
    for field, hint, required in fields:
        schema = walk.field(name, field, hint)
        one = {"name": plain_text(field), "type": schema, "required": required}
        if not required and defaults and field in defaults:
            for default in default_of(schema, defaults[field], walk.types):
                one["default"] = default
        described.append(one)
    return {"t": "struct", "kind": kind, "frozen": frozen, "fields": described}


def _dataclass(walk: TypeWalk, cls: Any, name: str) -> Schema:
    _only_fields(cls)
    hints = _hints(walk, cls)
    own = dataclasses.fields(cls)
    names = {field.name for field in own}
    for slot in slots_of(cls):
        if slot not in names:
            raise Refused(
                f"{cls.__qualname__} has the slot {slot}, which is no field and would be lost",
                "declare it as a field, or leave it out",
            )
    missing = dataclasses.MISSING
    fields = [
        (f.name, hints[f.name], f.default is missing and f.default_factory is missing) for f in own
    ]
    given = {f.name: _made(f.default, f.default_factory, missing) for f in own}
    return _struct(walk, name, "dataclass", bool(cls.__dataclass_params__.frozen), fields, given)


def _made(default: Any, factory: Any, missing: Any) -> Any:
    """A default, or what a built-in factory makes; others may give something else each time."""
    if default is not missing:
        return default
    return factory() if factory in (list, dict, set, frozenset, tuple) else missing


def _typeddict(walk: TypeWalk, cls: Any, name: str) -> Schema:
    extra = getattr(cls, "__extra_items__", None)
    if extra is not None and type(extra).__name__ not in ("NoExtraItemsType", "_NoExtraItemsType"):
        raise Refused(
            f"{cls.__qualname__} takes keys it doesn't declare", "write a dict[..., ...] for them"
        )
    required: frozenset[str] = getattr(cls, "__required_keys__", frozenset())
    fields = []
    for field, hint in _hints(walk, cls).items():
        # Under `from __future__ import annotations` Python itself doesn't see these two.
        said = _said(hint)
        must = said is typing.Required or (said is None and field in required)
        fields.append((field, hint, must))
    return _struct(walk, name, "typeddict", False, fields)


def _said(hint: Any) -> Any:
    """`Required` or `NotRequired` if the annotation of a TypedDict's key says either."""
    while (origin := typing.get_origin(hint)) is not None:
        if origin in (typing.Required, typing.NotRequired):
            return origin
        if origin is not typing.Annotated and not is_read_only(origin):
            return None
        hint = typing.get_args(hint)[0]
    return None


def is_read_only(origin: Any) -> bool:
    """`ReadOnly` of typing (3.13) or typing_extensions: about type checking, not about values."""
    return str(origin).endswith(".ReadOnly")


def _pydantic(walk: TypeWalk, cls: Any, name: str) -> Schema:
    if cls.model_config.get("extra") == "allow":
        raise Refused(f"{cls.__qualname__} keeps fields it doesn't declare", 'remove extra="allow"')
    if getattr(cls, "__pydantic_root_model__", False):
        raise Refused(f"the root model {cls.__qualname__} can't cross", "use the type it wraps")
    if getattr(cls, "__private_attributes__", None):
        raise Refused(
            f"{cls.__qualname__} has private attributes",
            "declare them as fields, or pass them as parameters",
        )
    if cls.__pydantic_generic_metadata__["args"]:
        raise Refused(f"the generic model {cls.__qualname__} can't cross", FILL_IN)
    _only_fields(cls)
    walk.plain = False  # validators, aliases, constraints: Pydantic's own business
    hints = _hints(walk, cls)
    fields = []
    for field, info in cls.model_fields.items():
        hint = hints.get(field, info.annotation)
        # A base class's type variable: Pydantic has filled it in.
        filled = info.annotation if type_variables(hint) else hint
        fields.append((field, filled, bool(info.is_required())))
    return _struct(walk, name, "pydantic", bool(cls.model_config.get("frozen")), fields)


def enum_schema(cls: type[enum.Enum]) -> Schema:
    """The members of an enum with their values, in the order of their definition."""
    if issubclass(cls, enum.Flag):
        raise Refused(
            f"{cls.__qualname__} is a Flag, whose values combine",
            "pass the int, or a set of an Enum's members",
        )
    base = "int" if issubclass(cls, int) else "str" if issubclass(cls, str) else "none"
    members = []
    for member in cls:
        value = member.value
        for one in value if type(value) is tuple else (value,):
            if type(one) is not float and not is_word(one):
                raise Refused(
                    f"{cls.__qualname__}.{member.name} has a value of type {type(one).__name__}"
                    if type(one) not in (int, str)
                    else f"the value of {cls.__qualname__}.{member.name} can't cross",
                    "use ints of 64 bits or str as the values of the enum",
                )
            if type(one) is float and one - one != 0.0:  # NaN and infinity have no JSON
                raise Refused(
                    f"the value of {cls.__qualname__}.{member.name} is {one}",
                    "use finite numbers or str as the values of the enum",
                )
        members.append([plain_text(member.name), list(value) if type(value) is tuple else value])
    return {"t": "enum", "base": base, "members": members}


def is_word(value: Any) -> bool:
    """Whether a constant may stand in a contract: None, bool, an int of 64 bits, Unicode text."""
    if type(value) is int:
        return -(2**63) <= value < 2**64
    if type(value) is str:
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return value is None or type(value) is bool


def plain_text(name: str) -> str:
    """A name as it stands in a contract. Raises Refused for one with lone surrogates."""
    if not is_word(name):
        raise Refused(f"the name {name!r} is no Unicode text", "give it another name")
    return name


# Layout ---------------------------------------------------------------------------------------


def _only_fields(cls: type, *known: type) -> None:
    """Refuses a class that is also a built-in one: a list's items are in none of its fields."""
    for base in cls.__mro__:
        new = base.__dict__.get("__new__")
        if isinstance(new, types.BuiltinFunctionType) and base not in (object, *known):
            raise Refused(
                f"{cls.__qualname__} is also a {base.__qualname__}, and what that holds would be "
                "lost",
                f"hold the {base.__qualname__} in a field",
            )


# Annotations of fields ------------------------------------------------------------------------


def _hints(walk: TypeWalk, cls: type) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(cls, localns=walk.locals or None, include_extras=True)
    except NameError as problem:
        raise Refused(
            f"the forward reference {problem.name!r} in {cls.__qualname__} can't be resolved",
            "define or import the name at module level, outside `if TYPE_CHECKING`",
        ) from problem
    except (SyntaxError, TypeError, AttributeError) as problem:
        raise Refused(
            f"an annotation of {cls.__qualname__} can't be evaluated: {problem}", "correct it"
        ) from problem
    if any(type_variables(hint) for hint in hints.values()):
        return {name: _filled(cls, name, hint) for name, hint in hints.items()}
    return hints


def type_variables(hint: Any) -> tuple[Any, ...]:
    """The type variables in an annotation."""
    if isinstance(hint, typing.TypeVar):
        return (hint,)
    return () if isinstance(hint, type) else tuple(getattr(hint, "__parameters__", ()))


def _filled(cls: type, name: str, hint: Any) -> Any:
    """An inherited annotation with the arguments that the subclass gave to its base."""
    bound: dict[type, dict[Any, Any]] = {}
    _bind(cls, (), bound)
    for base in cls.__mro__:
        if name in inspect.get_annotations(base):
            return substituted(hint, bound.get(base, {}))
    return hint


def _bind(cls: type, args: tuple[Any, ...], bound: dict[type, dict[Any, Any]]) -> None:
    own = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    bound.setdefault(cls, own)
    for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = typing.get_origin(base) or base
        if isinstance(origin, type) and origin not in (object, typing.Generic):
            inner = tuple(substituted(arg, own) for arg in typing.get_args(base))
            _bind(origin, inner, bound)


def substituted(hint: Any, bound: dict[Any, Any]) -> Any:
    """An annotation with its type variables replaced."""
    if isinstance(hint, typing.TypeVar):
        return bound.get(hint, hint)
    free = type_variables(hint)
    if not any(one in bound for one in free):
        return hint
    return hint[tuple(bound.get(one, one) for one in free)]


__all__ = [
    "FILL_IN",
    "describe",
    "enum_schema",
    "is_read_only",
    "is_typeddict",
    "is_word",
    "substituted",
    "type_variables",
]
