"""The compiler's types: what a value in the intermediate representation can be.

    ListType(INT)                      # list[int]
    ListType(INT, shared=True)         # the same, with several holders: passes/storage.py says so
    OptionalType(StructType("pkg.mod:Order"))

Invariants: types are values (equal if they say the same); `int`, `float` and `bool` never stand for
each other; a type that isn't here can't be drafted.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class Type:
    """Any of the types below."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Scalar(Type):
    name: str
    # How a source says it where it can say it in two ways; the same type all the same.
    said: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.name


INT = Scalar("int")
FLOAT = Scalar("float")
BOOL = Scalar("bool")
STR = Scalar("str")
BYTES = Scalar("bytes")
NONE = Scalar("None")
# Objects of library modules, by their names in the registry: only inside a carving.
LIBRARY = {name: Scalar(name) for name in ("hash", "random", "pattern", "match", "json")}
# A str of exactly one character; only passes/characters.py makes values of it.
CHAR = Scalar("char")
# What a handler of `try` holds: an exception with its arguments.
FAULT = Scalar("fault")
# An int or a float, where the source says float and an int may stand: `total: float = 0`.
NUM = Scalar("num")
EITHER = Scalar("num", "int | float")
# An int of any size, where frontend/growing.py chose one: the source says int.
BIG = Scalar("big")
# The classes of `datetime`.
DATE, DATETIME, TIMEDELTA = Scalar("date"), Scalar("datetime"), Scalar("timedelta")
DATES = (DATE, DATETIME, TIMEDELTA)
# `decimal.Decimal`.
DECIMAL = Scalar("decimal")
# The type of what never yields a value, such as the item of `[]` before its use says more.
NEVER = Scalar("never")


@dataclass(frozen=True, slots=True)
class ListType(Type):
    item: Type
    shared: bool = False

    def __str__(self) -> str:
        return f"{'shared ' * self.shared}list[{self.item}]"


@dataclass(frozen=True, slots=True)
class VarTupleType(Type):
    item: Type

    def __str__(self) -> str:
        return f"tuple[{self.item}, ...]"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True)
class DequeType(Type):
    item: Type
    shared: bool = False

    def __str__(self) -> str:
        return f"{'shared ' * self.shared}deque[{self.item}]"


@dataclass(frozen=True, slots=True)
class DictType(Type):
    """`kind` is "dict", "defaultdict", "Counter" or "OrderedDict"."""

    key: Type
    value: Type
    shared: bool = False
    kind: str = "dict"

    def __str__(self) -> str:
        value = "" if self.kind == "Counter" else f", {self.value}"
        return f"{'shared ' * self.shared}{self.kind}[{self.key}{value}]"


@dataclass(frozen=True, slots=True)
class SetType(Type):
    item: Type
    frozen: bool = False
    shared: bool = False

    def __str__(self) -> str:
        return f"{'shared ' * self.shared}{'frozenset' if self.frozen else 'set'}[{self.item}]"


@dataclass(frozen=True, slots=True)
class OptionalType(Type):
    item: Type

    def __str__(self) -> str:
        return f"{self.item} | None"


@dataclass(frozen=True, slots=True)
class UnionType(Type):
    """One of several types, in the order in which a contract has them."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.items))


@dataclass(frozen=True, slots=True)
class StructType(Type):
    name: str

    def __str__(self) -> str:
        return self.name.rsplit(":", 1)[-1]


@dataclass(frozen=True, slots=True)
class EnumType(Type):
    name: str

    def __str__(self) -> str:
        return self.name.rsplit(":", 1)[-1]


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    """One of the functions that a draft keeps as values: frontend/function_values.py."""

    name: str

    def __str__(self) -> str:
        return f"function {self.name.rsplit(':', 1)[-1]}"


@dataclass(frozen=True, slots=True)
class RefType(Type):
    """A borrowed view of an item that only lives inside one expression, e.g. a `dict.get`."""

    item: Type

    def __str__(self) -> str:
        return f"ref[{self.item}]"


@dataclass(slots=True)
class StructInfo:
    """A dataclass or msgspec.Struct: fields in order, and what may be done with it."""

    name: str
    fields: dict[str, Type]
    frozen: bool
    doc: str | None = None
    ordered: bool = False
    equal: bool = True
    # `==` is `is`: a class without an `__eq__`.
    identity: bool = False
    # A NamedTuple: also a tuple of its fields.
    named: bool = False
    # It may be an argument or a result of the operation.
    crosses: bool = True
    # Of no special kind: it crosses if the contract has it.
    plain: bool = False
    # Objects with several holders, or that can hold themselves: reference-counted in Rust.
    shared: bool = False
    # Its objects can hold themselves, so that counting alone would never free them.
    cyclic: bool = False
    # What its repr begins with, if it is that of a dataclass or NamedTuple: `Order(…)`.
    said: str = ""


@dataclass(slots=True)
class EnumInfo:
    """An Enum: members in order with their values, all of one type or none."""

    name: str
    base: str
    members: dict[str, int | str | None]
    doc: str | None = None
    # Its repr is Enum's own: `<Side.BUY: 1>`.
    shows: bool = True
    # IntEnum, StrEnum: a member is shown as its value, and not as `Side.BUY`.
    as_value: bool = False

    @property
    def value_type(self) -> Type | None:
        values = list(self.members.values())
        if values and all(type(v) is int for v in values):
            return INT
        if values and all(type(v) is str for v in values):
            return STR
        return None


@dataclass(slots=True)
class FunctionInfo:
    """Functions that may stand for each other, with what each of them took along.

    `params` is None where only a call says what they are called with.
    """

    name: str
    params: tuple[Type, ...] | None
    result: Type | None
    # By the name in Rust, in the order in which they were met.
    members: dict[str, StructType | None] = field(default_factory=dict)


@dataclass(slots=True)
class TypeTable:
    """Every struct, enum and kind of function a draft needs, by "pkg.mod:Name"."""

    structs: dict[str, StructInfo]
    enums: dict[str, EnumInfo]
    functions: dict[str, FunctionInfo] = field(default_factory=dict)

    def parts(self, type_: Type) -> tuple[Type, ...]:
        """The types directly inside `type_`."""
        match type_:
            case ListType(item) | VarTupleType(item) | OptionalType(item) | RefType(item):
                return (item,)
            case SetType(item) | DequeType(item):
                return (item,)
            case TupleType(items) | UnionType(items):
                return items
            case DictType(key, value):
                return (key, value)
            case StructType(name):
                return tuple(self.structs[name].fields.values())
            case FunctionType(name):
                members = self.functions[name].members.values()
                return tuple(taken for taken in members if taken is not None)
        return ()

    def copyable(self, type_: Type) -> bool:
        """Whether the Rust type is `Copy`."""
        match type_:
            case Scalar(name):
                return name not in ("str", "bytes", "fault", "big", "decimal", *LIBRARY)
            case EnumType():
                return True
            case FunctionType():
                return not self.parts(type_)
            case OptionalType(item):
                return self.copyable(item)
            case TupleType(items) | UnionType(items):
                return all(map(self.copyable, items))
        return False

    def shared(self, type_: Type) -> bool:
        """Whether the Rust value is a counted handle to the object."""
        match type_:
            case ListType() | DictType() | SetType() | DequeType():
                return type_.shared
            case StructType(name):
                return self.structs[name].shared
        return False

    def mutable(self, type_: Type) -> bool:
        """Whether the object itself can change."""
        match type_:
            case ListType() | DictType() | DequeType():
                return True
            case SetType(_, frozen):
                return not frozen
            case StructType(name):
                return not self.structs[name].frozen
        return False

    def any_part(self, type_: Type, wanted: object, seen: frozenset[Type] = frozenset()) -> bool:
        """Whether `wanted(t)` holds for `type_` or anything inside it."""
        if type_ in seen:
            return False
        assert callable(wanted)
        if wanted(type_):
            return True
        inner = seen | {type_}
        return any(self.any_part(part, wanted, inner) for part in self.parts(type_))

    def has_mutable(self, type_: Type) -> bool:
        return self.any_part(type_, self.mutable)

    def keeps_functions(self, type_: Type) -> bool:
        """Whether there are functions in it, which never cross."""
        return self.any_part(type_, lambda t: isinstance(t, FunctionType))

    def crossing(self, type_: Type) -> bool:
        """Whether there is nothing in it that only lives inside a carving."""

        def inside(part: Type) -> bool:
            if isinstance(part, StructType):
                return not self.structs[part.name].crosses
            return isinstance(part, FunctionType)

        return not self.any_part(type_, inside)

    def has_float(self, type_: Type) -> bool:
        return self.any_part(type_, lambda t: t in (FLOAT, NUM))

    def hashable(self, type_: Type, inside: frozenset[str] = frozenset()) -> bool:
        """Whether it may be a dict's key or a set's item; floats may not (`1 == 1.0`, NaN)."""

        def ok(part: Type) -> bool:
            return self.hashable(part, inside)

        match type_:
            case Scalar(name):
                return type_ in DATES or name in (
                    *("int", "big", "str", "bool", "bytes", "decimal"),
                )
            case EnumType():
                return True
            case TupleType(items):
                return len(items) <= 6 and all(map(ok, items))
            case OptionalType(item) | VarTupleType(item) | SetType(item, True):
                return ok(item)
            case StructType(name):
                info = self.structs[name]
                if name in inside or not (info.frozen and info.equal):
                    # One that holds itself is hashed by recursion, as deep as it is.
                    return False
                inside |= {name}
                return all(map(ok, info.fields.values()))
        return False

    def showable(self, type_: Type, inside: frozenset[str] = frozenset()) -> bool:
        """Whether the runtime knows its repr: no set's order, no class that shows itself.

        A tuple of any length is a list in Rust, and only known to be a tuple where it stands alone.
        """

        def ok(part: Type) -> bool:
            return self.showable(part, inside)

        match type_:
            case Scalar(name):
                return name not in ("fault", "never", *LIBRARY)
            case ListType(item) | DequeType(item) | OptionalType(item):
                return ok(item)
            case TupleType(items) | UnionType(items):
                return all(map(ok, items))
            case DictType(key, value):
                return type_.kind in ("dict", "Counter") and ok(key) and ok(value)
            case EnumType(name):
                return self.enums[name].shows
            case StructType(name):
                info = self.structs[name]
                if name in inside or not info.said:
                    # One that holds itself is shown with `...` where it comes again.
                    return False
                inside |= {name}
                return all(map(ok, info.fields.values()))
        return False

    def comparable(self, type_: Type, inside: frozenset[str] = frozenset()) -> bool:
        """Whether `<` is defined."""

        def ok(part: Type) -> bool:
            return self.comparable(part, inside)

        match type_:
            case Scalar(name):
                return type_ in DATES or name in (
                    *("int", "big", "float", "num", "str", "bool", "bytes", "decimal"),
                )
            case TupleType(items):
                return all(map(ok, items))
            case ListType(item) | VarTupleType(item):
                return ok(item)
            case EnumType(name):
                return self.enums[name].base != "none"
            case StructType(name) if self.structs[name].ordered and name not in inside:
                inside |= {name}
                return all(map(ok, self.structs[name].fields.values()))
        return False


def declared(type_: Type) -> Type:
    """The type as the source declares it: a `num` is a float there, or an `int | float`."""
    match type_:
        case ListType(item, shared):
            return ListType(declared(item), shared)
        case VarTupleType(item):
            return VarTupleType(declared(item))
        case OptionalType(item):
            return OptionalType(declared(item))
        case TupleType(items):
            return TupleType(tuple(map(declared, items)))
        case DictType(key, value, shared):
            return DictType(declared(key), declared(value), shared)
        case UnionType(items):
            return UnionType(tuple(map(declared, items)))
        case DequeType(item, shared):
            return DequeType(declared(item), shared)
    if type_ == BIG:
        return INT
    if type_ == NUM:
        assert isinstance(type_, Scalar)
        return Scalar(type_.said) if type_.said else FLOAT
    return type_
