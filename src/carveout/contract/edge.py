"""What JSON at the edge may say for an operation: whether it is plain, and its defaults.

    constrained(Annotated[int, Gt(0)])      # True: Pydantic would refuse a 0
    has_code(Order)                         # True: its __post_init__ runs when one is made
    default_of({"t": "int"}, 3, {})         # [3]: one JSON value; [] where JSON has no words for it

A carving makes its arguments from a JSON request itself. It may do so only where that is all there
is to it: where a validator, a constraint, an alias or a `__post_init__` stands between the JSON and
the function, FastAPI (or msgspec) has to do it. Such a contract is not *plain*.

Invariant: in doubt not plain, and without a default; then the request goes the long way.
"""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from carveout.contract.markers import Mark, Ulps

if TYPE_CHECKING:
    from carveout.contract.types import Schema

HARMLESS = (Mark, Ulps, str)
DOCUMENTATION = ("Doc", "DocInfo")

# What Pydantic looks for in a class that is not its own.
HOOKS = (
    "__pydantic_config__",
    "__pydantic_decorators__",
    "__pydantic_validator__",
    "__pydantic_core_schema__",
    "__get_pydantic_core_schema__",
    "__get_pydantic_json_schema__",
    "__get_validators__",
)


def constrained(annotation: Any) -> bool:
    """Whether an annotation says more than a type: `Annotated` with what a validator may read."""
    if typing.get_origin(annotation) is typing.Annotated:
        for note in annotation.__metadata__:
            if not isinstance(note, HARMLESS) and type(note).__name__ not in DOCUMENTATION:
                return True
    if typing.get_origin(annotation) is typing.Literal:
        return False
    return any(constrained(arg) for arg in typing.get_args(annotation))


def has_code(cls: Any) -> bool:
    """Whether making an instance runs code of the class, or JSON knows it under other names."""
    if any(_user_defined(cls, hook) for hook in HOOKS):
        return True
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return cls._missing_.__func__ is not enum.Enum._missing_.__func__  # type: ignore[attr-defined]
    if isinstance(cls, type) and issubclass(cls, msgspec.Struct):
        return _struct_speaks_otherwise(cls)
    if dataclasses.is_dataclass(cls):
        return _dataclass_has_code(cls)
    if isinstance(cls, type) and issubclass(cls, tuple):
        made = next(base for base in cls.__mro__ if "__new__" in base.__dict__)
        return made is not next(base for base in cls.__mro__ if "_fields" in base.__dict__)
    return False  # a TypedDict


def _user_defined(cls: Any, name: str) -> bool:
    return any(name in base.__dict__ for base in getattr(cls, "__mro__", (cls,)))


def _struct_speaks_otherwise(cls: type[msgspec.Struct]) -> bool:
    config = cls.__struct_config__
    return bool(
        cls.__struct_encode_fields__ != cls.__struct_fields__
        or config.array_like
        or config.omit_defaults
        or config.forbid_unknown_fields
        or config.tag is not None
        or hasattr(cls, "__post_init__")
    )


def _dataclass_has_code(cls: Any) -> bool:
    if hasattr(cls, "__post_init__"):
        return True
    makes = next(base for base in cls.__mro__ if "__init__" in base.__dict__)
    generated = makes.__dict__.get("__dataclass_params__")
    if generated is None or not generated.init or cls.__new__ is not object.__new__:
        return True
    if cls.__setattr__ is not object.__setattr__ and not cls.__dataclass_params__.frozen:
        return True
    every = cls.__dataclass_fields__.values()
    kinds = {one._field_type.name for one in every}
    return "_FIELD_INITVAR" in kinds or any(
        not one.init or hasattr(one.default, "__get__") or _is_field_info(one.default)
        for one in dataclasses.fields(cls)
    )


def _is_field_info(default: Any) -> bool:
    return type(default).__name__ in ("FieldInfo", "ModelPrivateAttr")


def default_of(schema: Schema, value: Any, types: Mapping[str, Schema]) -> list[Any]:
    """The JSON that stands for a default, in a list; an empty one where there is none.

    Exactly of its type, and only what reads back as this very value.
    """
    tag, kind = schema["t"], type(value)
    if tag == "optional":
        return [None] if value is None else default_of(schema["item"], value, types)
    if tag == "none":
        return [None] if value is None else []
    if tag == "bool":
        return [value] if kind is bool else []
    if tag == "int":
        return [value] if kind is int and -(2**63) <= value < 2**63 else []
    if tag == "float":
        return [value] if kind is float and value - value == 0.0 else []
    if tag == "str":
        return [value] if kind is str and _is_text(value) else []
    if tag == "literal":
        fits = any(type(one) is kind and one == value for one in schema["values"])
        return [value] if fits else []
    if tag in ("list", "set", "frozenset", "vartuple"):
        same = kind.__name__ == ("tuple" if tag == "vartuple" else tag)
        return [[]] if same and not value else []
    if tag == "dict":
        return [{}] if kind is dict and not value else []
    if tag == "ref" and types[schema["name"]]["t"] == "enum" and isinstance(value, enum.Enum):
        return [value.value] if type(value.value) in (int, str) else []
    return []


def _is_text(value: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in value)


__all__ = ["constrained", "default_of", "has_code"]
