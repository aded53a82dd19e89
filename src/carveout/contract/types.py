"""The types that cross, as plain JSON values, and how annotations become them.

A type is a dict like `{"t": "list", "item": {"t": "int"}}`. Classes are named once, in the
contract's `types` table, and pointed to by `{"t": "ref", "name": "app.models:Order"}`, so that
recursive ones end. JSON rather than classes of our own because Rust and the compiler read the
very same value.

    walk = TypeWalk()
    walk.schema(list[Order])        # {"t": "list", "item": {"t": "ref", "name": "app:Order"}}
    walk.types["app:Order"]         # {"t": "struct", "kind": "dataclass", ...}
    walk.classes["app:Order"]       # the class itself

Invariant: what `schema` accepts, every placement can carry bit-exactly for values of exactly
these classes; everything else raises `Refused`, which says why and what to write instead.
"""

from __future__ import annotations

import array
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import sys
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from carveout.contract.markers import Mark, Ulps

Schema = dict[str, Any]

SCALARS: dict[Any, str] = {
    None: "none",
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    datetime.date: "date",
    datetime.datetime: "datetime",
    datetime.time: "time",
    datetime.timedelta: "timedelta",
    uuid.UUID: "uuid",
    decimal.Decimal: "decimal",
}

UNHASHABLE = frozenset({"list", "set", "dict"})

BUFFERS = (memoryview, bytearray, array.array)

# What to write instead of a type that names behaviour rather than a value.
INSTEAD: dict[Any, str] = {
    Any: "name the type; a union such as `int | str` is fine",
    object: "name the type; a union such as `int | str` is fine",
    collections.abc.Sequence: "write list[...] or tuple[..., ...]",
    collections.abc.MutableSequence: "write list[...]",
    collections.abc.Iterable: "write list[...]",
    collections.abc.Iterator: "return a list[...]; a stream can't be replayed or compared",
    collections.abc.Generator: "return a list[...]; a stream can't be replayed or compared",
    collections.abc.AsyncIterator: "return a list[...]; a stream can't be replayed or compared",
    collections.abc.Collection: "write list[...]",
    collections.abc.Mapping: "write dict[..., ...]",
    collections.abc.MutableMapping: "write dict[..., ...]",
    collections.abc.Set: "write set[...] or frozenset[...]",
    collections.abc.Callable: "pass the data the callable would be called with instead",
    typing.NoReturn: "return a value, or None",
    typing.Never: "return a value, or None",
    complex: "pass the two floats",
    bytearray: "write bytes",
    memoryview: "write bytes; a view can change while it crosses",
    array.array: "write list[float], list[int] or bytes",
    range: "pass start, stop and step",
    collections.OrderedDict: "write dict[..., ...]; it keeps its order too",
    collections.defaultdict: "write dict[..., ...]",
    collections.deque: "write list[...]",
}


class Refused(Exception):
    """A type can't cross. `where` is the path inside the annotation, `hint` the way out."""

    def __init__(self, reason: str, hint: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.where = where

    def inside(self, where: str) -> Refused:
        """The same refusal, seen from one level further out."""
        return Refused(self.reason, self.hint, f"{where}{self.where}")


def module_name(module: str) -> str:
    """The importable name of a module: `__main__` becomes what other processes would import."""
    if module != "__main__":
        return module
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name:
        return str(spec.name).removesuffix(".__main__") or module
    file = getattr(main, "__file__", None)
    return Path(file).stem if file else module


def class_name(cls: type) -> str:
    """`package.module:Qualified.Name`, as used in the contract and on the wire."""
    return f"{module_name(cls.__module__)}:{cls.__qualname__}"


def show(annotation: Any) -> str:
    """An annotation as its author would write it."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")


class TypeWalk:
    """Turns annotations into schemas and collects the classes they name."""

    def __init__(self, locals_: Mapping[str, Any] | None = None) -> None:
        self.types: dict[str, Schema] = {}
        self.classes: dict[str, type] = {}
        # (class name, field name) → markers anywhere in the field's annotation.
        self.marks: dict[tuple[str, str], tuple[Mark | Ulps, ...]] = {}
        # "package.module:Name.field[]" → the markers that stand at exactly that place.
        self.places: dict[str, tuple[Mark | Ulps, ...]] = {}
        self._locals = dict(locals_ or {})

    def schema(self, annotation: Any) -> Schema:
        """The schema of one annotation.

        Raises:
            Refused: it can't cross.
        """
        try:
            known = SCALARS.get(annotation)
        except TypeError:  # an unhashable object as an annotation, such as a list
            known = None
        if known is not None:
            return {"t": known}
        if isinstance(annotation, typing.NewType):
            return self.schema(annotation.__supertype__)
        if type(annotation).__name__ == "TypeAliasType" and not typing.get_args(annotation):
            return self.schema(annotation.__value__)
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.schema(args[0])
        if origin in (typing.Required, typing.NotRequired, typing.Final):
            return self.schema(args[0])
        if origin is typing.Union or isinstance(annotation, types.UnionType):
            return self._union(args)
        if origin is typing.Literal:
            return self._literal(args)
        if origin in (list, set, frozenset, dict, tuple) or annotation in (
            list,
            set,
            frozenset,
            dict,
            tuple,
        ):
            return self._container(origin or annotation, args, annotation)
        if isinstance(annotation, type) and origin is None:
            return self._class(annotation)
        return self._refuse(annotation, origin)

    def _refuse(self, annotation: Any, origin: Any) -> Schema:
        base = origin if origin is not None else annotation
        shown = show(annotation)
        if isinstance(annotation, (str, typing.ForwardRef)):
            raise Refused(
                f"the forward reference {shown!r} can't be resolved",
                "define or import the name at module level",
            )
        if isinstance(annotation, typing.TypeVar):
            raise Refused(
                f"the type variable {shown} stands for any type",
                "write the types it is used with; a union such as `int | str` is fine",
            )
        try:
            hint = INSTEAD.get(base)
        except TypeError:
            hint = None
        if hint is None and isinstance(base, type) and typing.get_args(annotation):
            hint = "write a class without type parameters for the case you call it with"
            raise Refused(f"the generic class {shown} can't cross", hint)
        raise Refused(
            f"a value of type {shown} can't cross",
            hint or "use a dataclass, msgspec.Struct, NamedTuple, TypedDict or Pydantic model",
        )

    def _container(self, origin: Any, args: tuple[Any, ...], annotation: Any) -> Schema:
        name = origin.__name__
        if not args and not (origin is tuple and annotation == tuple[()]):
            want = {"dict": "dict[str, int]", "tuple": "tuple[int, ...]"}.get(name, f"{name}[int]")
            raise Refused(f"a bare {name} doesn't say what it holds", f"write for example {want}")
        if origin is tuple:
            if len(args) == 2 and args[1] is Ellipsis:
                return {"t": "vartuple", "item": self._inner(args[0], "[]")}
            items = [self._inner(arg, f"[{index}]") for index, arg in enumerate(args)]
            return {"t": "tuple", "items": items}
        if origin is dict:
            key = self._inner(args[0], " key")
            self._need_hashable(key, " key", "a dict key")
            return {"t": "dict", "key": key, "value": self._inner(args[1], "[]")}
        item = self._inner(args[0], "[]")
        if origin is not list:
            self._need_hashable(item, "[]", f"an element of a {name}")
        return {"t": name, "item": item}

    def _inner(self, annotation: Any, where: str) -> Schema:
        try:
            return self.schema(annotation)
        except Refused as refused:
            raise refused.inside(where) from None

    def _need_hashable(self, schema: Schema, where: str, what: str) -> None:
        bad = self._unhashable(schema)
        if bad is not None:
            raise Refused(f"{what} must be hashable, {bad} is not", "use a hashable type", where)

    def _unhashable(self, schema: Schema) -> str | None:
        tag = schema["t"]
        if tag in UNHASHABLE:
            return str(tag)
        if tag == "ref":
            cls = self.classes[schema["name"]]
            if cls.__hash__ is None or typing.is_typeddict(cls):
                return cls.__qualname__
            return None
        inner = [schema["item"]] if "item" in schema else []
        inner += schema.get("items", []) + schema.get("members", [])
        return next((bad for one in inner if (bad := self._unhashable(one)) is not None), None)

    def _union(self, args: tuple[Any, ...]) -> Schema:
        members = [self._inner(arg, "") for arg in args if arg is not type(None)]
        # A union inside an alias or NewType is a member of its own; flatten it as typing would.
        flat: list[Schema] = []
        optional = len(members) < len(args)
        for member in members:
            if member["t"] == "optional":
                optional, member = True, member["item"]
            for one in member["members"] if member["t"] == "union" else [member]:
                if one not in flat:
                    flat.append(one)
        seen: dict[str, Schema] = {}
        for member in flat:
            for key in self._runtime_classes(member):
                if key in seen or (optional and key == "none"):
                    raise Refused(
                        f"two members of the union are both {key} at run time, so a value doesn't "
                        "say which it is",
                        "keep one of them, or wrap each in a dataclass of its own",
                    )
                seen[key] = member
        inner = flat[0] if len(flat) == 1 else {"t": "union", "members": flat}
        return {"t": "optional", "item": inner} if optional else inner

    def _runtime_classes(self, schema: Schema) -> set[str]:
        """The exact classes a value of this type may have; a union needs them disjoint."""
        tag = schema["t"]
        if tag == "vartuple":
            return {"tuple"}
        if tag == "literal":
            return {"none" if v is None else type(v).__name__ for v in schema["values"]}
        if tag == "ref":
            if typing.is_typeddict(self.classes[schema["name"]]):
                return {"dict"}
            return {str(schema["name"])}
        return {str(tag)}

    def _literal(self, args: tuple[Any, ...]) -> Schema:
        for value in args:
            if isinstance(value, enum.Enum):
                raise Refused(
                    f"Literal[{value}] names a member of an enum",
                    f"write {type(value).__name__}, or the values themselves",
                )
            if not (value is None or type(value) in (bool, int, str)):
                raise Refused(
                    f"Literal[{value!r}] can't cross", "use int, str, bool or None as values"
                )
        return {"t": "literal", "values": list(args)}

    # Classes ------------------------------------------------------------------------------

    def _class(self, cls: type) -> Schema:
        name = class_name(cls)
        known = self.classes.get(name)
        if known is not None and known is not cls:
            raise Refused(
                f"two classes are called {name}", "give one another name, or define it once"
            )
        if known is None:
            self.classes[name] = cls  # before its fields: a recursive class finds itself
            try:
                self.types[name] = self._describe(cls, name)
            except Refused:
                self.classes.pop(name, None)
                self.types.pop(name, None)
                raise
        return {"t": "ref", "name": name}

    def _describe(self, cls: type, name: str) -> Schema:
        if issubclass(cls, enum.Enum):
            return self._enum(cls)
        if getattr(cls, "__parameters__", ()):
            raise Refused(
                f"the generic class {cls.__qualname__} can't cross",
                "write a class without type parameters for the case you call it with",
            )
        if typing.is_typeddict(cls):
            required: frozenset[str] = getattr(cls, "__required_keys__", frozenset())
            fields = []
            for field, hint in self._hints(cls).items():
                # Under `from __future__ import annotations` Python itself doesn't see these two.
                said = typing.get_origin(hint)
                must = said is typing.Required or (
                    said is not typing.NotRequired and field in required
                )
                fields.append((field, hint, must))
            return self._struct(name, "typeddict", False, fields)
        if issubclass(cls, msgspec.Struct):
            hints = self._hints(cls)
            info = msgspec.structs.fields(cls)
            fields = [(field.name, hints[field.name], field.required) for field in info]
            return self._struct(name, "msgspec", bool(cls.__struct_config__.frozen), fields)
        if hasattr(cls, "model_fields") and hasattr(cls, "__pydantic_validator__"):
            return self._pydantic(cls, name)
        if dataclasses.is_dataclass(cls):
            hints = self._hints(cls)
            frozen = bool(getattr(cls, "__dataclass_params__").frozen)  # noqa: B009
            fields = [
                (
                    field.name,
                    hints[field.name],
                    field.default is dataclasses.MISSING
                    and field.default_factory is dataclasses.MISSING,
                )
                for field in dataclasses.fields(cls)
            ]
            return self._struct(name, "dataclass", frozen, fields)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            hints = self._hints(cls)
            defaults = getattr(cls, "_field_defaults", {})
            missing = [field for field in cls._fields if field not in hints]
            if missing:
                raise Refused(
                    f"{cls.__qualname__}.{missing[0]} has no type", "use typing.NamedTuple"
                )
            fields = [(field, hints[field], field not in defaults) for field in cls._fields]
            return self._struct(name, "namedtuple", True, fields)
        return self._refuse(cls, None)

    def _struct(
        self, name: str, kind: str, frozen: bool, fields: list[tuple[str, Any, bool]]
    ) -> Schema:
        described = []
        for field, hint, required in fields:
            marks = marks_of(hint)
            if marks:
                self.marks[name, field] = marks
                self.places |= placed_marks(hint, f"{name}.{field}")
            try:
                schema = self.schema(hint)
            except Refused as refused:
                short = name.partition(":")[2]
                raise refused.inside(f" → {short}.{field}") from None
            described.append({"name": field, "type": schema, "required": required})
        return {"t": "struct", "kind": kind, "frozen": frozen, "fields": described}

    def _pydantic(self, cls: Any, name: str) -> Schema:
        if cls.model_config.get("extra") == "allow":
            raise Refused(
                f"{cls.__qualname__} keeps fields it doesn't declare", 'remove extra="allow"'
            )
        if "root" in cls.model_fields and getattr(cls, "__pydantic_root_model__", False):
            raise Refused(f"the root model {cls.__qualname__} can't cross", "use the type it wraps")
        if getattr(cls, "__private_attributes__", None):
            raise Refused(
                f"{cls.__qualname__} has private attributes",
                "declare them as fields, or pass them as parameters",
            )
        hints = self._hints(cls)
        fields = [
            (field, hints.get(field, info.annotation), bool(info.is_required()))
            for field, info in cls.model_fields.items()
        ]
        return self._struct(name, "pydantic", bool(cls.model_config.get("frozen")), fields)

    def _enum(self, cls: type[enum.Enum]) -> Schema:
        if issubclass(cls, enum.Flag):
            raise Refused(
                f"{cls.__qualname__} is a Flag, whose values combine",
                "pass the int, or a set of an Enum's members",
            )
        base = "int" if issubclass(cls, int) else "str" if issubclass(cls, str) else "none"
        members = []
        for member in cls:
            value = member.value
            plain = tuple(value) if type(value) is tuple else (value,)
            if not all(v is None or type(v) in (bool, int, float, str) for v in plain):
                raise Refused(
                    f"{cls.__qualname__}.{member.name} has a value of type {type(value).__name__}",
                    "use int or str as the values of the enum",
                )
            members.append([member.name, list(value) if type(value) is tuple else value])
        return {"t": "enum", "base": base, "members": members}

    def _hints(self, cls: type) -> dict[str, Any]:
        try:
            return typing.get_type_hints(cls, localns=self._locals or None, include_extras=True)
        except NameError as problem:
            raise Refused(
                f"the forward reference {problem.name!r} in {cls.__qualname__} can't be resolved",
                "define or import the name at module level, outside `if TYPE_CHECKING`",
            ) from problem


def _alias(annotation: Any) -> Any | None:
    """What a NewType or a `type` alias stands for; None for anything else."""
    if isinstance(annotation, typing.NewType):
        return annotation.__supertype__
    if type(annotation).__name__ == "TypeAliasType":
        return annotation.__value__
    return None


def marks_of(annotation: Any) -> tuple[Mark | Ulps, ...]:
    """The markers of an annotation and of all inside it: what hides a part hides the whole."""
    found: list[Mark | Ulps] = []
    alias = _alias(annotation)
    if alias is not None:
        return marks_of(alias)
    if typing.get_origin(annotation) is typing.Annotated:
        found += [m for m in annotation.__metadata__ if isinstance(m, (Mark, Ulps))]
    for arg in typing.get_args(annotation):
        if typing.get_origin(annotation) is not typing.Literal:
            found += marks_of(arg)
    return tuple(dict.fromkeys(found))


def placed_marks(annotation: Any, at: str) -> dict[str, tuple[Mark | Ulps, ...]]:
    """Markers by the place they stand at: `[]` for elements and values, `[1]` in a fixed tuple.

    >>> placed_marks(list[typing.Annotated[float, ulps(2)]], "result")
    {'result[]': (ulps(2),)}

    Those of a dict's keys loosen nothing: keys are compared as they are.
    """
    found: dict[str, tuple[Mark | Ulps, ...]] = {}

    def add(inner: Any, place: str) -> None:
        for where, marks in placed_marks(inner, place).items():
            found[where] = tuple(dict.fromkeys((*found.get(where, ()), *marks)))

    alias = _alias(annotation)
    if alias is not None:
        return placed_marks(alias, at)
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        own = tuple(m for m in annotation.__metadata__ if isinstance(m, (Mark, Ulps)))
        if own:
            found[at] = own
        add(args[0], at)
    elif origin in (typing.Required, typing.NotRequired, typing.Final):
        add(args[0], at)
    elif origin is typing.Union or isinstance(annotation, types.UnionType):
        for arg in args:
            add(arg, at)
    elif origin is dict:
        add(args[1], f"{at}[]")
    elif origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        for index, arg in enumerate(args):
            add(arg, f"{at}[{index}]")
    elif origin in (list, set, frozenset, tuple):
        add(args[0], f"{at}[]")
    return found


Resolver = Callable[[str], type]

__all__ = [
    "Refused",
    "Schema",
    "TypeWalk",
    "class_name",
    "marks_of",
    "module_name",
    "placed_marks",
    "show",
]
