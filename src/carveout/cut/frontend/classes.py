"""Which classes mean what their text says: dataclasses, msgspec structs, enums, plain classes.

    why_not(info)      # None, or "Order defines __eq__"
    options(info)      # {"frozen": True, "eq": True, "order": False}

A class is read from its own text: its decorators, its bases, its keywords and every statement of
its body. What is not known to leave construction, equality, hashing, truth and attribute access
alone is not drafted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mypy.nodes import (
    AssignmentStmt,
    BytesExpr,
    CallExpr,
    ClassDef,
    Decorator,
    DelStmt,
    Expression,
    ExpressionStmt,
    FloatExpr,
    ForStmt,
    FuncDef,
    IntExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    OperatorAssignmentStmt,
    OverloadedFuncDef,
    PassStmt,
    RefExpr,
    StarExpr,
    Statement,
    StrExpr,
    TempNode,
    TupleExpr,
    TypeInfo,
    UnaryExpr,
    Var,
    WithStmt,
)

from carveout.cut.frontend.trees import walk
from carveout.cut.ir.types import Type

_ORDERING = frozenset({"functools.total_ordering"})
# Operators by their symbols, as their methods are named.
OPERATORS = {
    **{"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod"},
    **{"**": "pow", "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor"},
    "@": "matmul",
}
# Methods that change nothing the compiler relies on: how a value is shown is never drafted.
_HARMLESS = frozenset({"__repr__", "__str__", "__rich_repr__", "__doc__"})
# Methods of plain classes that are only called where the text says so.
_SPECIAL = frozenset(
    {"__init__", "__len__", "__bool__", "__contains__", "__getitem__", "__setitem__"}
    | {"__delitem__", "__iter__", "__next__", "__reversed__", "__eq__", "__ne__", "__hash__"}
    | {"__lt__", "__le__", "__gt__", "__ge__", "__call__", "__enter__", "__exit__"}
    | {"__neg__", "__pos__", "__invert__", "__abs__", "__int__", "__float__", "__index__"}
    | {f"__{side}{name}__" for side in ("", "r", "i") for name in OPERATORS.values()}
)
# What decides how objects are made, read, set and compared, and what else a draft asks of a class
# without naming it. Any other method is only called where the text says so.
_CONSULTED = (
    _SPECIAL
    | {"__new__", "__init_subclass__", "__del__", "__post_init__", "__class__", "__dict__"}
    | {"__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__slots__"}
    | {"__get__", "__set__", "__delete__", "__set_name__", "__match_args__", "__mro_entries__"}
    | {"__instancecheck__", "__subclasscheck__", "__subclasshook__", "__prepare__"}
    | {"__format__", "__missing__", "__length_hint__", "__divmod__", "__rdivmod__"}
)
# What a tuple has by itself stands for every NamedTuple.
_OF_TUPLES = _SPECIAL - frozenset(dir(tuple))
_DATACLASS = frozenset(
    {"frozen", "eq", "order", "unsafe_hash", "slots", "kw_only", "repr", "match_args"}
    | {"weakref_slot", "init"}
)
_STRUCT = frozenset(
    {"frozen", "eq", "gc", "kw_only", "array_like", "omit_defaults", "forbid_unknown_fields"}
    | {"repr_omit_defaults", "weakref"}
)
_ENUM_BASES = frozenset(
    {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.ReprEnum", "builtins.object"}
    | {"builtins.int", "builtins.str"}
)
# What is built on: an int has these by its own methods, a str is a sequence of itself.
_OF_BASES = ("typing.", "collections.abc.", "typing_extensions.")
_FIELDS = frozenset({"dataclasses.field", "msgspec.field", "msgspec._core.field"})
_FIELD_OPTIONS = frozenset({"default", "default_factory", "kw_only", "repr", "metadata", "name"})
METHOD_DECORATORS = frozenset(
    {"builtins.property", "builtins.staticmethod", "builtins.classmethod"}
    | {"typing.final", "typing.override", "typing_extensions.override", "abc.abstractmethod"}
)


def name_of(decorator: Expression) -> str:
    """The full name of a decorator, called or not."""
    target = decorator.callee if isinstance(decorator, CallExpr) else decorator
    return target.fullname if isinstance(target, RefExpr) else ""


def _flag(value: Expression) -> bool | None:
    if isinstance(value, RefExpr) and value.fullname in ("builtins.True", "builtins.False"):
        return value.fullname == "builtins.True"
    return None


def is_dataclass(info: TypeInfo) -> bool:
    """Decorated with the standard library's own `dataclass`."""
    return any(name_of(d) == "dataclasses.dataclass" for d in info.defn.decorators)


def is_struct(info: TypeInfo) -> bool:
    """A direct subclass of msgspec.Struct."""
    return [base.type.fullname for base in info.bases] == ["msgspec.Struct"]


def options(info: TypeInfo) -> dict[str, bool] | str:
    """What the class was asked to be; a text says which option is not drafted."""
    found = {"frozen": False, "eq": True, "order": False}
    given: dict[str, Expression] = dict(info.defn.keywords or {})
    known = _STRUCT
    if is_dataclass(info):
        known = _DATACLASS
        if given:
            return "class keywords"
        for decorator in info.defn.decorators:
            if isinstance(decorator, CallExpr):
                for name, value in zip(decorator.arg_names, decorator.args, strict=True):
                    if name is None:
                        return "an option without a name"
                    given[name] = value
    for name, value in given.items():
        flag = _flag(value)
        if name not in known or flag is None or (name == "init" and not flag):
            return f"the option {name}"
        found[name] = flag
    return found


# Bases that add nothing to an object.
PASSIVE_BASES = frozenset(
    {"builtins.object", "abc.ABC", "typing.Protocol", "typing_extensions.Protocol"}
)


def _strange(info: TypeInfo, inherits: bool) -> str | None:
    """The first base that is not drafted; those of the package are looked at by themselves."""
    for base in info.bases:
        if base.type.fullname not in PASSIVE_BASES and not inherits:
            return base.type.name
    return None


def _has_metaclass(info: TypeInfo) -> bool:
    given = info.defn.metaclass
    return given is not None and not (
        isinstance(given, RefExpr) and given.fullname == "abc.ABCMeta"
    )


def why_not(info: TypeInfo, inherits: bool = False) -> str | None:
    """Why a class is not drafted, or None; `inherits` where its bases are looked at as well."""
    if info.is_enum:
        return _enum(info)
    alone = not (inherits or info.is_named_tuple or info.has_base("msgspec.Struct"))
    if info.type_vars and not alone:
        return f"{info.name} is generic"
    if info.is_named_tuple:
        if [base.type.fullname for base in info.bases] != ["builtins.tuple"]:
            return f"{info.name} inherits from a NamedTuple"
        return _body(info, assigned=frozenset(), allowed=_HARMLESS | _OF_TUPLES)
    if is_plain(info):
        return _plain(info, inherits)
    if is_dataclass(info):
        others = [name_of(one) for one in info.defn.decorators if name_of(one) not in _ORDERING]
        if len(others) != 1:
            return f"{info.name} has other decorators than dataclass"
        if (strange := _strange(info, inherits)) is not None:
            return f"{info.name} inherits from {strange}"
    elif is_struct(info) or (inherits and info.has_base("msgspec.Struct")):
        if info.defn.decorators:
            return f"{info.name} has a decorator"
    elif info.has_base("msgspec.Struct"):
        return f"{info.name} inherits from {info.bases[0].type.name}"
    else:
        return f"{info.name} is neither a dataclass nor a msgspec.Struct"
    if _has_metaclass(info):
        return f"{info.name} has a metaclass"
    asked = options(info)
    if isinstance(asked, str):
        return f"{info.name}: {asked}"
    allowed = _HARMLESS
    if is_dataclass(info):
        # Its own `__hash__` could differ from its `__eq__`.
        allowed = _HARMLESS | {"__post_init__"} | (_SPECIAL - {"__init__", "__ne__", "__hash__"})
    return _body(info, assigned=frozenset({"__slots__", "__match_args__"}), allowed=allowed)


def is_plain(info: TypeInfo) -> bool:
    """A class of no special kind."""
    return (
        not info.is_enum
        and not info.is_named_tuple
        and info.typeddict_type is None
        and not info.is_newtype
        and not is_dataclass(info)
        and not info.has_base("msgspec.Struct")
        and not info.has_base("builtins.BaseException")
    )


def _plain(info: TypeInfo, inherits: bool) -> str | None:
    if (strange := _strange(info, inherits)) is not None:
        return f"{info.name} inherits from {strange}"
    if any(name_of(one) not in _ORDERING for one in info.defn.decorators):
        return f"{info.name} has a decorator"
    if _has_metaclass(info) or set(info.defn.keywords or ()) - {"metaclass"}:
        return f"{info.name} has a metaclass or keywords"
    named = frozenset(
        name for name, symbol in info.names.items() if isinstance(symbol.node, Var)
    ) | {"__slots__", "__match_args__"}
    why = _body(info, assigned=named, allowed=_HARMLESS | _SPECIAL)
    if why is None and (changed := _changes_itself(info)) is not None:
        why = f"{info.name} changes {changed}, an attribute of the class itself"
    return why


def _changes_itself(info: TypeInfo) -> str | None:
    """An attribute of the class that one of its methods sets on something else than `self`."""
    declared = {
        name
        for name, symbol in info.names.items()
        if isinstance(symbol.node, Var) and not symbol.implicit
    }
    for func in methods(info):
        own = func.arguments[0].variable if func.arguments and not func.is_static else None
        for target in targets(func.body):
            if isinstance(target, MemberExpr) and target.name in declared:
                base = target.expr
                if func.is_class or not (isinstance(base, NameExpr) and base.node is own):
                    return target.name
    return None


def methods(info: TypeInfo) -> Iterator[FuncDef]:
    """The functions that a class defines, decorated or not."""
    for statement in info.defn.defs.body:
        if isinstance(statement, FuncDef):
            yield statement
        elif isinstance(statement, Decorator):
            yield statement.func
        elif isinstance(statement, OverloadedFuncDef):
            yield from (item.func for item in statement.items if isinstance(item, Decorator))


def targets(body: Statement) -> list[Expression]:
    """What is assigned to in a block or a statement."""
    found: list[Expression] = []

    def add(target: Expression) -> None:
        if isinstance(target, (TupleExpr, ListExpr)):
            for item in target.items:
                add(item)
        elif isinstance(target, StarExpr):
            add(target.expr)
        else:
            found.append(target)

    for node in walk(body):
        match node:
            case AssignmentStmt(lvalues=lvalues):
                for lvalue in lvalues:
                    add(lvalue)
            case OperatorAssignmentStmt(lvalue=lvalue):
                add(lvalue)
            case ForStmt(index=index):
                add(index)
            case WithStmt(target=names):
                for name in names:
                    if name is not None:
                        add(name)
            case DelStmt(expr=expr):
                add(expr)
    return found


def set_on_objects(info: TypeInfo) -> set[str]:
    """Attributes that a class's methods set on `self`."""
    own: set[str] = set()
    for func in methods(info):
        if func.arguments and not func.is_static and not func.is_class:
            this = func.arguments[0].variable
            for target in targets(func.body):
                match target:
                    case MemberExpr(expr=NameExpr(node=node)) if node is this:
                        own.add(target.name)
    return own


class SetLater(Protocol):
    """Knows the attributes that something else than an object's `__init__` sets."""

    @property
    def set_later(self) -> frozenset[str]: ...


def constants(info: TypeInfo, world: SetLater | None = None) -> frozenset[str]:
    """Attributes of the class that no object has for itself: `LIMIT: Final = 3`.

    In a known world also `limit = 3`, if nothing there sets a `limit`.
    """
    own = set_on_objects(info)
    written = defaults(info)
    return frozenset(
        name
        for name, symbol in info.names.items()
        if isinstance(symbol.node, Var)
        and name in written
        and name not in own
        and (
            symbol.node.is_classvar
            or symbol.node.is_final
            or name.isupper()
            or _is_dunder(name)
            or (world is not None and never_changes(written[name]) and name not in world.set_later)
        )
    )


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def never_changes(value: Expression) -> bool:
    """A literal that is no container, or a tuple of such."""
    match value:
        case IntExpr() | FloatExpr() | StrExpr() | BytesExpr():
            return True
        case NameExpr(fullname="builtins.True" | "builtins.False" | "builtins.None"):
            return True
        case UnaryExpr(op="-", expr=IntExpr() | FloatExpr()):
            return True
        case TupleExpr(items=items):
            return all(map(never_changes, items))
    return False


def _enum(info: TypeInfo) -> str | None:
    for base in info.mro[1:]:
        if base.fullname not in _ENUM_BASES and not base.fullname.startswith(_OF_BASES):
            return f"{info.name} inherits from {base.name}"
    if any(name_of(decorator) != "enum.unique" for decorator in info.defn.decorators):
        return f"{info.name} has a decorator"
    if info.defn.metaclass is not None or info.defn.keywords:
        return f"{info.name} has a metaclass or keywords"
    return _body(info, assigned=frozenset(info.enum_members), asked=None)


def _body(
    info: TypeInfo,
    assigned: frozenset[str],
    allowed: frozenset[str] = _HARMLESS,
    asked: frozenset[str] | None = _CONSULTED,
) -> str | None:
    """The first thing in a class's body that a draft can't leave alone.

    `asked` has the names that are looked for without being named; None says that all are.
    """
    seen: set[str] = set()
    own = set_on_objects(info)

    def hidden(name: str) -> bool:
        if not (name.startswith("_") and name.endswith("_")) or name in allowed:
            return False
        return asked is None or name in asked

    for statement in info.defn.defs.body:
        name = _defined(statement)
        if name is None:
            if not _says_nothing(statement):
                return f"the body of {info.name} does more than declare"
            continue
        symbol = info.names.get(name)
        if symbol is not None and symbol.plugin_generated:
            # What mypy adds to a dataclass for itself.
            continue
        if name in seen:
            return f"{info.name} defines {name} twice"
        seen.add(name)
        if isinstance(statement, (FuncDef, Decorator)):
            if hidden(name):
                return f"{info.name} defines {name}"
            # One that is called is looked at there.
            strict = asked is None or name in asked or name in allowed
            if isinstance(statement, Decorator) and strict and not is_usable(statement):
                return f"{info.name}.{name} has a decorator"
        elif isinstance(statement, OverloadedFuncDef) and is_property(statement):
            continue
        elif isinstance(statement, OverloadedFuncDef):
            if asked is None or name in asked or name in allowed:
                return f"{info.name}.{name} is overloaded or has a setter"
        elif isinstance(statement, AssignmentStmt):
            declared = statement.unanalyzed_type is not None
            plainly = asked is not None and name not in own and not inherited(info, name)
            if not declared and name not in assigned and not plainly:
                return f"{info.name}.{name} has no annotation"
            if name not in assigned and hidden(name):
                return f"{info.name} sets {name}"
            value = statement.rvalue
            if isinstance(value, CallExpr) and name_of(value) in _FIELDS:
                odd = set(value.arg_names) - _FIELD_OPTIONS
                if odd:
                    return f"the field {info.name}.{name} has the option {min(map(str, odd))}"
    return None


def inherited(info: TypeInfo, name: str) -> bool:
    """Whether a class has a name from one of its bases."""
    return any(name in base.names for base in info.mro[1:])


def is_usable(node: Decorator) -> bool:
    """Whether a method's decorators are all ones that the compiler knows."""
    return {name_of(d) for d in node.original_decorators} <= METHOD_DECORATORS


def is_property(node: OverloadedFuncDef) -> bool:
    """A property with a setter, and nothing else."""
    match node.items:
        case [Decorator() as getter, Decorator() as setter]:
            plain = [name_of(one) for one in getter.original_decorators] == ["builtins.property"]
            match setter.original_decorators:
                case [MemberExpr(name="setter", expr=NameExpr(name=name))]:
                    return plain and name == getter.func.name
    return False


def _defined(statement: Statement) -> str | None:
    """The one name a statement of a class's body defines."""
    match statement:
        case FuncDef() | OverloadedFuncDef():
            return statement.name
        case Decorator():
            return statement.func.name
        case ClassDef():
            return statement.name
        case AssignmentStmt(lvalues=[NameExpr() as target]):
            return target.name
    return None


def _says_nothing(statement: Statement) -> bool:
    match statement:
        case PassStmt():
            return True
        case ExpressionStmt(expr=StrExpr()):
            return True
        case ExpressionStmt(expr=RefExpr() as expr):
            return expr.fullname == "builtins.Ellipsis"
        case ExpressionStmt(expr=expr):
            return type(expr).__name__ == "EllipsisExpr"
    return False


def in_order(info: TypeInfo, fields: dict[str, Type]) -> dict[str, Type]:
    """A dataclass's fields as they are declared; mypy has keyword-only ones last.

    So does msgspec.
    """
    if info.has_base("msgspec.Struct"):
        return dict(fields)
    written: dict[str, None] = {}
    for base in reversed(info.mro):
        if is_dataclass(base):
            for statement in base.defn.defs.body:
                name = _defined(statement)
                if name in fields and isinstance(statement, AssignmentStmt):
                    written[name] = None
    return {name: fields[name] for name in (*written, *fields)}


def said(info: TypeInfo) -> str:
    """What the repr of a dataclass or NamedTuple begins with; nothing if it has another."""
    symbol = info.names.get("__repr__")
    if not (is_dataclass(info) or info.is_named_tuple) or (
        symbol is not None and not symbol.plugin_generated and not info.is_named_tuple
    ):
        return ""
    if info.is_named_tuple:
        own = any(_defined(statement) == "__repr__" for statement in info.defn.defs.body)
        return "" if own else info.name
    asked = (*info.defn.decorators, *defaults(info).values())
    if any(isinstance(one, CallExpr) and "repr" in one.arg_names for one in asked):
        return ""
    # A dataclass says where it is nested.
    return info.fullname[len(info.module_name) + 1 :]


def automatic(
    info: TypeInfo, member: str, before: dict[str, int | str | None], base: str
) -> int | str | None:
    """The value of `member = auto()`: one more than the last, or for a StrEnum its name."""
    if info.has_base("enum.StrEnum"):
        return member.lower()
    values = list(before.values())
    if not values:
        return 1
    numbers = [value for value in values if type(value) is int]
    # Versions of Python differ where the last is not the largest.
    if len(numbers) < len(values) or base == "str" or numbers[-1] != max(numbers):
        return None
    return numbers[-1] + 1


def defaults(info: TypeInfo) -> dict[str, Expression]:
    """The fields' default values, as written."""
    found: dict[str, Expression] = {}
    for statement in info.defn.defs.body:
        match statement:
            case AssignmentStmt(lvalues=[NameExpr() as target], rvalue=value):
                if not isinstance(value, TempNode):
                    found[target.name] = value
    return found
