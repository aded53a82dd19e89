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

import datetime
import decimal
import enum
import json
import sys
import types
import typing
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from carveout.contract.classes import FILL_IN, describe, is_read_only, is_typeddict, is_word
from carveout.contract.edge import constrained, has_code
from carveout.contract.markers import Mark, Ulps
from carveout.contract.refused import USE_A_RECORD, Refused, instead_of, show

Schema = dict[str, Any]

SCALARS: dict[Any, str] = {
    None: "none",
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    typing.LiteralString: "str",
    bytes: "bytes",
    datetime.date: "date",
    datetime.datetime: "datetime",
    datetime.time: "time",
    datetime.timedelta: "timedelta",
    uuid.UUID: "uuid",
    decimal.Decimal: "decimal",
}

UNHASHABLE = frozenset({"list", "set", "dict"})

CONTAINERS = (list, set, frozenset, dict, tuple)

BARE: tuple[Any, ...] = (
    *CONTAINERS,
    typing.List,  # noqa: UP006
    typing.Set,  # noqa: UP006
    typing.FrozenSet,  # noqa: UP006
    typing.Dict,  # noqa: UP006
    typing.Tuple,  # noqa: UP006
)


def module_name(module: str) -> str:
    """The importable name of a module: `__main__` (under multiprocessing's spawn `__mp_main__`)
    becomes what other processes would import."""
    if module not in ("__main__", "__mp_main__"):
        return module
    main = sys.modules.get(module)
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name:
        return str(spec.name).removesuffix(".__main__") or module
    file = getattr(main, "__file__", None)
    return Path(file).stem if file else module


def class_name(cls: type) -> str:
    """`package.module:Qualified.Name`, as used in the contract and on the wire."""
    return f"{module_name(cls.__module__)}:{cls.__qualname__}"


class TypeWalk:
    """Turns annotations into schemas and collects the classes they name."""

    def __init__(self, locals_: Mapping[str, Any] | None = None) -> None:
        self.types: dict[str, Schema] = {}
        self.classes: dict[str, type] = {}
        # (class name, field name) → markers anywhere in the field's annotation.
        self.marks: dict[tuple[str, str], tuple[Mark | Ulps, ...]] = {}
        # "package.module:Name.field[]" → the markers that stand at exactly that place.
        self.places: dict[str, tuple[Mark | Ulps, ...]] = {}
        # Whether JSON alone makes these values; see `contract.edge`.
        self.plain = True
        self.locals = dict(locals_ or {})
        self._aliases: list[Any] = []

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
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if type(annotation).__name__ == "TypeAliasType" and not args:
            return self._alias(annotation, annotation.__value__)
        if type(origin).__name__ == "TypeAliasType":
            return self._alias(annotation, origin.__value__[args])
        if origin in (typing.Annotated, typing.Required, typing.NotRequired, typing.Final):
            return self.schema(args[0])
        if origin is not None and is_read_only(origin):
            return self.schema(args[0])
        if origin is typing.Union or isinstance(annotation, types.UnionType):
            return self._union(args)
        if origin is typing.Literal:
            return self._literal(args)
        plain = origin or annotation
        if any(plain is container for container in CONTAINERS):
            return self._container(plain, args, annotation)
        if isinstance(annotation, type) and origin is None:
            return self._class(annotation)
        return self._refuse(annotation, origin)

    def _alias(self, alias: Any, value: Any) -> Schema:
        if alias in self._aliases:
            raise Refused(
                f"the type alias {show(alias)} contains itself",
                "write a dataclass that holds itself instead",
            )
        self._aliases.append(alias)
        try:
            return self.schema(value)
        finally:
            self._aliases.pop()

    def _refuse(self, annotation: Any, origin: Any) -> Schema:
        base = origin if origin is not None else annotation
        shown = show(annotation)
        if isinstance(annotation, (str, typing.ForwardRef)):
            raise Refused(
                f"the forward reference {shown!r} can't be resolved",
                "define or import the name at module level; "
                "for a type that contains itself, write a dataclass",
            )
        hint = instead_of(base)
        if hint is None and isinstance(annotation, typing.TypeVar):
            raise Refused(
                f"the type variable {shown} stands for any type",
                "write the types it is used with; a union such as `int | str` is fine",
            )
        if hint is None and isinstance(base, type) and typing.get_args(annotation):
            raise Refused(f"the generic class {shown} can't cross", FILL_IN)
        raise Refused(f"a value of type {shown} can't cross", hint or USE_A_RECORD)

    def _container(self, origin: Any, args: tuple[Any, ...], annotation: Any) -> Schema:
        name = origin.__name__
        if not args and annotation in BARE:
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
            if cls.__hash__ is None or is_typeddict(cls):
                return cls.__qualname__
            return None
        inner = [schema["item"]] if "item" in schema else []
        inner += schema.get("items", []) + schema.get("members", [])
        return next((bad for one in inner if (bad := self._unhashable(one)) is not None), None)

    def _union(self, args: tuple[Any, ...]) -> Schema:
        members = [self._inner(arg, "") for arg in args if arg is not type(None)]
        # A union inside an alias or NewType is a member of its own; flatten it as typing would.
        flat: list[Schema] = []
        words: list[Any] = []
        optional = len(members) < len(args)
        for member in members:
            if member["t"] == "optional":
                optional, member = True, member["item"]
            for one in member["members"] if member["t"] == "union" else [member]:
                if one["t"] == "literal":
                    words += one["values"]
                elif one not in flat:
                    flat.append(one)
        if optional:
            words = [word for word in words if word is not None]
        if words:
            flat.append({"t": "literal", "values": _distinct(words)})
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
        if not flat:  # Literal[None] | None
            return {"t": "none"}
        # In an order of our own: typing's caches give `List[int | str]` the order in which some
        # other module happened to write it first.
        flat.sort(key=lambda member: json.dumps(member, sort_keys=True))
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
            if is_typeddict(self.classes[schema["name"]]):
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
            if not is_word(value):
                raise Refused(
                    f"Literal[{value!r}] can't cross",
                    "use str, ints of 64 bits, bool or None as values",
                )
        return {"t": "literal", "values": _distinct(args)}

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
                self.types[name] = describe(self, cls, name)
                self.plain = self.plain and not has_code(cls)
            except Refused:
                self.classes.pop(name, None)
                self.types.pop(name, None)
                raise
        return {"t": "ref", "name": name}

    def field(self, cls_name: str, field: str, hint: Any) -> Schema:
        """The schema of a class's field, whose markers are kept.

        Raises:
            Refused: it can't cross.
        """
        try:
            schema = self.schema(hint)
        except Refused as refused:
            short = cls_name.partition(":")[2]
            raise refused.inside(f" → {short}.{field}") from None
        if marks := marks_of(hint):
            self.marks[cls_name, field] = marks
            self.places |= placed_marks(hint, f"{cls_name}.{field}")
        self.plain = self.plain and not constrained(hint)
        return schema


def _distinct(words: Iterable[Any]) -> list[Any]:
    """Each once; `1` and `True` are two."""
    return [word for _, word in dict.fromkeys((type(word), word) for word in words)]


def _alias(annotation: Any) -> Any | None:
    """What a NewType, an alias or `ReadOnly` stands for; None for anything else."""
    if isinstance(annotation, typing.NewType):
        return annotation.__supertype__
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if type(annotation).__name__ == "TypeAliasType" and not args:
        return annotation.__value__
    if type(origin).__name__ == "TypeAliasType":
        return origin.__value__[args]
    return args[0] if origin is not None and is_read_only(origin) else None


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
