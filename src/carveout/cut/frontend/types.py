"""mypy's types as the compiler's.

    TypeReader(checked).read(mypy_type, at)        # OptionalType(INT)

Invariants: nothing is approximated: a type that has no exact counterpart is a Refusal. Structs and
enums are read once, from the class itself, and kept in `table`.
"""

from __future__ import annotations

from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    Expression,
    ExpressionStmt,
    FuncDef,
    IntExpr,
    NameExpr,
    RefExpr,
    StrExpr,
    TypeInfo,
    UnaryExpr,
    Var,
)
from mypy.types import (
    AnyType,
    Instance,
    LiteralType,
    NoneType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)
from mypy.types import (
    TupleType as MypyTuple,
)
from mypy.types import (
    Type as MypyType,
)

from carveout.cut.ir.nodes import At
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    EnumInfo,
    EnumType,
    ListType,
    OptionalType,
    SetType,
    StructInfo,
    StructType,
    TupleType,
    Type,
    TypeTable,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

SCALARS = {
    "builtins.int": INT,
    "builtins.float": FLOAT,
    "builtins.bool": BOOL,
    "builtins.str": STR,
    "builtins.bytes": BYTES,
}
# Methods whose presence changes what the operators mean.
_SPECIAL = [
    "__eq__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__bool__",
    "__len__",
    "__post_init__",
    "__init__",
    "__new__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__contains__",
    "__iter__",
    "__getitem__",
    "__add__",
    "__repr__",
    "__str__",
    "__format__",
    "_missing_",
]


def public_name(info: TypeInfo) -> str:
    """ "pkg.mod:Name" of a class."""
    return f"{info.module_name}:{info.fullname[len(info.module_name) + 1 :]}"


class TypeReader:
    """Reads mypy's types; `table` fills with the structs and enums met."""

    def __init__(self) -> None:
        self.table = TypeTable({}, {})
        self.infos: dict[str, TypeInfo] = {}
        self.defaults: dict[str, dict[str, Expression | None]] = {}
        self.keyword_only: dict[str, set[str]] = {}

    def read(self, given: MypyType | None, at: At) -> Type:
        type_ = get_proper_type(given)
        match type_:
            case None:
                raise Refusal(
                    "refusal-untyped",
                    "mypy gives this no type",
                    at,
                    hint="it may be unreachable; annotate it or remove it",
                )
            case NoneType():
                return NONE
            case UninhabitedType():
                return NEVER
            case AnyType():
                raise Refusal(
                    "refusal-untyped",
                    "the type of this is not known (Any)",
                    at,
                    hint="annotate it with a precise type",
                )
            case LiteralType():
                return self.read(type_.fallback, at)
            case UnionType():
                return self._union(type_, at)
            case MypyTuple():
                return self._tuple(type_, at)
            case Instance():
                return self._instance(type_, at)
        raise Refusal("refusal-type", f"values of type {type_} are not drafted", at)

    def _union(self, union: UnionType, at: At) -> Type:
        members = [get_proper_type(item) for item in union.items]
        read = {self.read(m, at): None for m in members if not isinstance(m, NoneType)}
        if len(read) != 1:
            raise Refusal(
                "refusal-union",
                f"values of either {' or '.join(map(str, read))} are not drafted",
                at,
                hint="make it one type, or T | None",
            )
        (one,) = read
        return OptionalType(one) if any(isinstance(m, NoneType) for m in members) else one

    def _tuple(self, tuple_: MypyTuple, at: At) -> Type:
        if tuple_.partial_fallback.type.fullname != "builtins.tuple":
            raise Refusal(
                "refusal-type",
                f"{tuple_.partial_fallback.type.name} is a NamedTuple, which is not drafted",
                at,
                hint="use a frozen dataclass",
            )
        items = tuple(self.read(item, at) for item in tuple_.items)
        if not items or len(items) > 12:
            raise Refusal("refusal-type", f"tuples of {len(items)} items are not drafted", at)
        return TupleType(items)

    def _instance(self, instance: Instance, at: At) -> Type:
        info = instance.type
        if info.fullname in SCALARS:
            return SCALARS[info.fullname]
        args = instance.args
        match info.fullname:
            case "builtins.list":
                return ListType(self.read(args[0], at))
            case "builtins.tuple":
                return VarTupleType(self.read(args[0], at))
            case "builtins.set":
                return SetType(self._key(args[0], at))
            case "builtins.frozenset":
                return SetType(self._key(args[0], at), True)
            case "builtins.dict":
                return DictType(self._key(args[0], at), self.read(args[1], at))
        if info.is_enum:
            return self.read_enum(info, at)
        if "dataclass" in info.metadata or info.has_base("msgspec.Struct"):
            return self.read_struct(info, at)
        name = info.fullname
        hint = None
        if name.startswith("typing.") or name.startswith("collections.abc."):
            hint = "use the concrete type: list, dict, tuple or set"
        raise Refusal("refusal-type", f"values of type {info.name} are not drafted", at, hint=hint)

    def _key(self, given: MypyType, at: At) -> Type:
        key = self.read(given, at)
        if key != NEVER and not self.table.hashable(key):
            raise Refusal(
                "refusal-key",
                f"{key} as a key of a dict or an item of a set is not drafted",
                at,
                hint="keys may be int, str, bool, bytes, enums, and tuples or frozen "
                "dataclasses of them",
            )
        return key

    def read_enum(self, info: TypeInfo, at: At) -> Type:
        name = public_name(info)
        if name in self.table.enums:
            return EnumType(name)
        base = "none"
        if info.has_base("enum.Flag"):
            raise Refusal("refusal-type", f"{info.name} is a Flag, which is not drafted", at)
        if info.has_base("builtins.int"):
            base = "int"
        elif info.has_base("builtins.str"):
            base = "str"
        self._no_special(info, at)
        members: dict[str, int | str | None] = {}
        for statement in info.defn.defs.body:
            if isinstance(statement, AssignmentStmt):
                for target in statement.lvalues:
                    if isinstance(target, NameExpr) and target.name in info.enum_members:
                        members[target.name] = _constant(statement.rvalue)
        for member in info.enum_members:
            members.setdefault(member, None)
        values = [v for v in members.values() if v is not None]
        if len(set(values)) != len(values):
            raise Refusal("refusal-type", f"{info.name} has two members with one value", at)
        self.table.enums[name] = EnumInfo(name, base, members, _doc(info))
        self.infos[name] = info
        return EnumType(name)

    def _no_special(self, info: TypeInfo, at: At) -> None:
        for base in info.mro:
            if base.fullname.startswith(("builtins.", "enum.", "msgspec.", "typing.")):
                continue
            for method in _SPECIAL:
                symbol = base.names.get(method)
                if symbol is not None and isinstance(symbol.node, FuncDef) and symbol.node.line > 0:
                    if symbol.plugin_generated:
                        continue
                    raise Refusal(
                        "refusal-special-method",
                        f"{info.name} defines {method}, which is not drafted",
                        at,
                        hint="use a plain dataclass",
                    )

    def read_struct(self, info: TypeInfo, at: At) -> Type:
        name = public_name(info)
        if name in self.table.structs:
            if None in self.table.structs[name].fields.values():
                raise Refusal("refusal-recursive-type", f"{info.name} holds itself", at)
            return StructType(name)
        if info.type_vars:
            raise Refusal("refusal-type", f"{info.name} is generic, which is not drafted", at)
        for base in info.mro[1:]:
            if base.fullname not in ("builtins.object", "msgspec.Struct") and (
                "dataclass" in base.metadata
                or not base.fullname.startswith(("builtins.", "msgspec."))
            ):
                raise Refusal(
                    "refusal-inheritance",
                    f"{info.name} inherits from {base.name}; inheritance is not drafted",
                    at,
                )
        self._no_special(info, at)
        meta = info.metadata.get("dataclass", {})
        frozen = bool(meta.get("frozen", False))
        fields: dict[str, Type] = {}
        defaults: dict[str, Expression | None] = {}
        keyword_only: set[str] = set()
        # A placeholder, so that a class that holds itself is seen.
        self.table.structs[name] = StructInfo(name, {"": None}, frozen)  # type: ignore[dict-item]
        try:
            for attribute in meta.get("attributes", ()):
                field_name = attribute["name"]
                symbol = info.names.get(field_name)
                if symbol is None or not isinstance(symbol.node, Var):
                    raise Refusal(
                        "refusal-type", f"{info.name}.{field_name} is not a plain field", at
                    )
                if not attribute.get("is_in_init", True) or attribute.get("is_init_var", False):
                    raise Refusal(
                        "refusal-type",
                        f"{info.name}.{field_name} is not set by the constructor",
                        at,
                    )
                fields[field_name] = self.read(symbol.node.type, at)
                if attribute.get("kw_only"):
                    keyword_only.add(field_name)
        except Refusal:
            del self.table.structs[name]
            raise
        for statement in info.defn.defs.body:
            if isinstance(statement, AssignmentStmt):
                (target, *_) = statement.lvalues
                if isinstance(target, NameExpr) and target.name in fields:
                    no_value = (
                        getattr(statement.rvalue, "type", None) is not None
                        and type(statement.rvalue).__name__ == "TempNode"
                    )
                    if not no_value and type(statement.rvalue).__name__ != "TempNode":
                        defaults[target.name] = statement.rvalue
        equal, ordered = True, False
        for decorator in info.defn.decorators:
            if isinstance(decorator, CallExpr):
                for arg_name, arg in zip(decorator.arg_names, decorator.args, strict=True):
                    if arg_name in ("eq", "order", "frozen", "unsafe_hash") and isinstance(
                        arg, RefExpr
                    ):
                        value = arg.fullname == "builtins.True"
                        if arg_name == "eq":
                            equal = value
                        elif arg_name == "order":
                            ordered = value
        for key, expression in (info.defn.keywords or {}).items():
            if key == "frozen" and isinstance(expression, RefExpr):
                frozen = expression.fullname == "builtins.True"
            elif key == "eq" and isinstance(expression, RefExpr):
                equal = expression.fullname == "builtins.True"
            elif key not in ("frozen", "eq", "gc", "kw_only"):
                raise Refusal("refusal-type", f"{info.name}: the option {key} is not drafted", at)
        self.table.structs[name] = StructInfo(name, fields, frozen, _doc(info), ordered, equal)
        self.infos[name] = info
        self.defaults[name] = defaults
        self.keyword_only[name] = keyword_only
        return StructType(name)


def _constant(expression: Expression) -> int | str | None:
    match expression:
        case IntExpr() | StrExpr():
            return expression.value
        case UnaryExpr(op="-", expr=IntExpr() as inner):
            return -inner.value
    return None


def _doc(info: TypeInfo) -> str | None:
    body = info.defn.defs.body
    if body and isinstance(body[0], ExpressionStmt) and isinstance(body[0].expr, StrExpr):
        return body[0].expr.value
    return None
