"""mypy's types as the compiler's.

    TypeReader(checked).read(mypy_type, at)        # OptionalType(INT)

Invariants: nothing is approximated: a type that has no exact counterpart is a Refusal. Structs and
enums are read once, from the class itself, and kept in `table`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mypy.nodes import (
    Expression,
    ExpressionStmt,
    IntExpr,
    StrExpr,
    TypeInfo,
    UnaryExpr,
    Var,
)
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    NoneType,
    TypeAliasType,
    TypeVarId,
    TypeVarType,
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

from carveout.cut.frontend import classes, generics, held, iterators, signatures
from carveout.cut.frontend.bindings import Bindings
from carveout.cut.frontend.families import Families, Family
from carveout.cut.frontend.layout import Layout, read_family
from carveout.cut.frontend.unions import union_of
from carveout.cut.ir.nodes import At
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    DECIMAL,
    EITHER,
    FLOAT,
    INT,
    LIBRARY,
    NEVER,
    NONE,
    NUM,
    STR,
    TIMEDELTA,
    DequeType,
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
from carveout.cut.registry.modules import OBJECTS

_GENERATORS = frozenset(f"typing.{name}" for name in ("Iterator", "Iterable", "Generator"))
SCALARS = {
    "builtins.int": INT,
    "builtins.float": FLOAT,
    "builtins.bool": BOOL,
    "builtins.str": STR,
    "builtins.bytes": BYTES,
    **{name: LIBRARY[kind] for name, kind in OBJECTS.items()},
    "datetime.date": DATE,
    "datetime.datetime": DATETIME,
    "datetime.timedelta": TIMEDELTA,
    "decimal.Decimal": DECIMAL,
    "_decimal.Decimal": DECIMAL,
}


def public_name(info: TypeInfo) -> str:
    """ "pkg.mod:Name" of a class."""
    return f"{info.module_name}:{info.fullname[len(info.module_name) + 1 :]}"


class TypeReader:
    """Reads mypy's types; `table` fills with the structs and enums met."""

    def __init__(self, bindings: Bindings, families: Families, loose: bool = False) -> None:
        self.bindings = bindings
        self.families = families
        # Hierarchies by their struct's name: layout.py.
        self.layouts: dict[str, Layout] = {}
        # A float may be an int: see numbers.py.
        self.loose = loose
        # Classes being read, and for each of them those read meanwhile.
        self._reading: dict[str, list[str]] = {}
        self.failed: dict[str, Refusal] = {}
        # What type variables stand for in the function being lowered: generics.py.
        self.bound: Mapping[TypeVarId, Type] = {}
        # The same of the instances of generic classes, by their names: "pkg.mod:Stack[int]".
        self._instances: dict[str, Mapping[TypeVarId, Type]] = {}
        self.table = TypeTable({}, {})
        self.infos: dict[str, TypeInfo] = {}
        self.defaults: dict[str, dict[str, Expression]] = {}
        self.keyword_only: dict[str, set[str]] = {}

    @contextmanager
    def where(self, bound: Mapping[TypeVarId, Type]) -> Iterator[None]:
        """While these type variables stand for these types as well."""
        kept, self.bound = self.bound, {**self.bound, **bound}
        try:
            yield
        finally:
            self.bound = kept

    def parameters(
        self, info: TypeInfo, args: Sequence[MypyType], at: At
    ) -> Mapping[TypeVarId, Type]:
        """What the parameters of a generic class stand for in an instance of it."""
        variables = info.defn.type_vars
        return {v.id: self.read(arg, at) for v, arg in zip(variables, args, strict=False)}

    def parameters_of(self, type_: Type) -> Mapping[TypeVarId, Type]:
        """The same of the objects of a type."""
        return self._instances.get(type_.name, {}) if isinstance(type_, StructType) else {}

    def instance_name(self, info: TypeInfo, at: At) -> str:
        """A class by its name; of a generic one, of the instance that is being looked at."""
        name = public_name(info)
        variables = info.defn.type_vars
        if not variables:
            return name
        bound = {v.id: self.bound[v.id] for v in variables if v.id in self.bound}
        if len(bound) < len(variables) or NEVER in bound.values():
            raise Refusal(
                "refusal-class",
                f"what this {info.name} is made of is not known here",
                at,
                hint=f"annotate it: {info.name.lower()}: {info.name}[int] = …",
            )
        name = f"{name}[{', '.join(str(bound[v.id]) for v in variables)}]"
        self._instances[name] = bound
        return name

    def read(self, given: MypyType | None, at: At) -> Type:
        if isinstance(given, TypeAliasType) and given.is_recursive:
            raise Refusal(
                "refusal-type",
                f"values of type {given.alias.name if given.alias else '?'}, which holds itself, "
                "are not drafted",
                at,
                hint="use a dataclass that holds itself",
            )
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
            case TypeVarType():
                return self._variable(type_, at)
            case LiteralType():
                return self.read(type_.fallback, at)
            case UnionType():
                return self._union(type_, at)
            case MypyTuple():
                return self._tuple(type_, at)
            case CallableType():
                return signatures.read_function(self, type_, at)
            case Instance():
                return self._instance(type_, at)
        raise Refusal("refusal-type", f"values of type {type_} are not drafted", at)

    def _variable(self, variable: TypeVarType, at: At) -> Type:
        """What a type variable stands for; of the operation itself, the class it is bound to."""
        known = self.bound.get(variable.id)
        if known is not None:
            return known
        upper = get_proper_type(variable.upper_bound)
        if isinstance(upper, Instance) and self.own(upper.type) and not upper.type.is_protocol:
            return self.read(upper, at)
        raise Refusal(
            "refusal-type",
            f"{variable.name} may stand for any type here",
            at,
            hint="write the types it is used with, or call this from a function that says them",
        )

    def yields(self, given: MypyType | None, at: At) -> Type:
        """What a generator with this declared result yields."""
        match get_proper_type(given):
            case Instance(type=info, args=[item, *_]) if info.fullname in _GENERATORS:
                return self.read(item, at)
        raise Refusal(
            "refusal-untyped", "what this generator yields is not known", at,
            hint="annotate it: Iterator[int]",
        )  # fmt: skip

    def _union(self, union: UnionType, at: At) -> Type:
        members = [get_proper_type(item) for item in union.items]
        read = {self.read(m, at): None for m in members if not isinstance(m, NoneType)}
        if NUM in read and INT in read:
            del read[INT], read[NUM]
            read[EITHER] = None
        if len(read) > 1 and (made := union_of(list(read), self.table)) is not None:
            read = {made: None}
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
        named = tuple_.partial_fallback.type
        if named.is_named_tuple and self.own(named):
            return self.read_named(named, at)
        if tuple_.partial_fallback.type.fullname != "builtins.tuple":
            raise Refusal(
                "refusal-type",
                f"{tuple_.partial_fallback.type.name} is a kind of tuple that is not drafted",
                at,
                hint="use a NamedTuple of this package, or a frozen dataclass",
            )
        items = tuple(self.read(item, at) for item in tuple_.items)
        if not items or len(items) > 12:
            raise Refusal("refusal-type", f"tuples of {len(items)} items are not drafted", at)
        return TupleType(items)

    def _instance(self, instance: Instance, at: At) -> Type:
        info = instance.type
        if info.fullname == "builtins.float" and self.loose:
            return NUM
        if info.fullname in SCALARS:
            for arg in instance.args:
                if self.read(arg, at) != STR:
                    raise Refusal("refusal-type", f"{info.name} of bytes is not drafted", at)
            return SCALARS[info.fullname]
        args = instance.args
        if info.is_newtype and info.bases:
            # It is what it is made of when the program runs.
            return self.read(info.bases[0], at)
        if info.fullname == "typing.Iterator" and args:
            return iterators.read_iterator(self, info, self.read(args[0], at))
        match generics.ABSTRACT.get(info.fullname):
            case "list":
                return ListType(self.read(args[0], at))
            case "set":
                return SetType(self._key(args[0], at))
            case "dict":
                return DictType(self._key(args[0], at), self.read(args[1], at))
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
            case "collections.deque":
                return DequeType(self.read(args[0], at))
            case "collections.defaultdict" | "collections.OrderedDict":
                key, value = self._key(args[0], at), self.read(args[1], at)
                return DictType(key, value, kind=info.name)
            case "collections.Counter":
                return DictType(self._key(args[0], at), INT, kind="Counter")
        if info.is_enum:
            return self.read_enum(info, at)
        if self.own(info) and (family := self.family(info, at)) is not None:
            return read_family(self, family, at)
        if classes.is_dataclass(info) or info.has_base("msgspec.Struct"):
            with self.where(self.parameters(info, args, at)):
                return self.read_struct(info, at)
        if self.own(info) and classes.is_plain(info):
            with self.where(self.parameters(info, args, at)):
                return self.read_plain(info, at)
        name = info.fullname
        hint = None
        if name.startswith("typing.") or name.startswith("collections.abc."):
            hint = "use the concrete type: list, dict, tuple or set"
        raise Refusal("refusal-type", f"values of type {info.name} are not drafted", at, hint=hint)

    def _key(self, given: MypyType, at: At) -> Type:
        key = self.read(given, at)
        if self.table.any_part(key, lambda t: getattr(t, "name", "") in self._reading):
            raise Refusal("refusal-key", f"{key} as a key inside itself is not drafted", at)
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
        self.check_plain(info, at)
        base = "none"
        if info.has_base("builtins.int"):
            base = "int"
        elif info.has_base("builtins.str"):
            base = "str"
        written = classes.defaults(info)
        members: dict[str, int | str | None] = {}
        for member in info.enum_members:
            value = written.get(member)
            automatic = value is not None and classes.name_of(value) == "enum.auto"
            members[member] = classes.automatic(info, member, members, base) if (
                automatic) else _constant(value)  # fmt: skip
        if None in members.values():
            self._not_plain(info, "its values are not all int or all str literals", at)
        elif len({(type(v), v) for v in members.values()}) != len(members):
            self._not_plain(info, "two members have one value", at)
        elif base != "none" and {type(v).__name__ for v in members.values()} != {base}:
            self._not_plain(info, f"its values are not all {base}", at)
        self.table.enums[name] = EnumInfo(
            name, base, members, _doc(info), "__repr__" not in info.names,
            info.has_base("enum.ReprEnum") or info.has_base("enum.IntEnum"),
        )  # fmt: skip
        self.infos[name] = info
        return EnumType(name)

    def check_plain(self, info: TypeInfo, at: At, inherits: bool = False) -> None:
        """Refuse a class whose text does more than declare."""
        why = classes.why_not(info, inherits)
        module, _, name = public_name(info).partition(":")
        if why is None and (setter := self.bindings.changes_class(module, name)) is not None:
            why = f"{setter} sets attributes of {info.name}"
        if why is not None:
            raise Refusal(
                "refusal-class", f"{why}; such a class is not drafted", at,
                hint="use a plain dataclass, msgspec.Struct or Enum",
            )  # fmt: skip

    @staticmethod
    def _not_plain(info: TypeInfo, why: str, at: At) -> None:
        raise Refusal(
            "refusal-class", f"{info.name}: {why}; such an enum is not drafted", at,
            hint="give each member a literal of its own",
        )  # fmt: skip

    def family(self, info: TypeInfo, at: At) -> Family | None:
        """The hierarchy of a class that does not stand alone."""
        family = self.families.of(info)
        if family is None and info.is_protocol:
            self.families.merged(info)
            raise Refusal(
                "refusal-type", f"no class here has the methods of {info.name}", at,
                hint="name the concrete class",
            )  # fmt: skip
        return family

    @staticmethod
    def name_of(family: Family) -> str:
        return public_name(family.struct)

    @staticmethod
    def key_of(info: TypeInfo) -> str:
        return public_name(info)

    @staticmethod
    def doc_of(info: TypeInfo) -> str | None:
        return _doc(info)

    def layout(self, type_: Type) -> Layout | None:
        """How the objects of a hierarchy are held; None for other types."""
        return self.layouts.get(type_.name) if isinstance(type_, StructType) else None

    def fields(self, info: TypeInfo, at: At) -> dict[str, Type]:
        """A class's own fields, however they are held."""
        type_ = self.object_of(info, at)
        layout = self.layout(type_)
        if layout is not None:
            return layout.fields[info.fullname]
        return self.table.structs[type_.name].fields

    def object_of(self, info: TypeInfo, at: At) -> StructType:
        """The type of the objects of a class of the package."""
        family = self.families.of(info)
        if family is not None:
            return read_family(self, family, at)
        made = self.read_plain(info, at) if classes.is_plain(info) else self.read_struct(info, at)
        assert isinstance(made, StructType)
        return made

    def read_struct(self, info: TypeInfo, at: At) -> Type:
        if info.is_named_tuple:
            return self.read_named(info, at)
        name = self.instance_name(info, at)
        if name in self.failed:
            raise self.failed[name]
        if name in self.table.structs:
            return StructType(name)
        self.check_plain(info, at)
        asked = classes.options(info)
        assert isinstance(asked, dict)
        fields: dict[str, Type] = {}
        keyword_only: set[str] = set()
        # There from the start, so that a class that holds itself is seen.
        symbol = info.names.get("__eq__")
        own = symbol is not None and not symbol.plugin_generated
        equal = asked["eq"] and not own
        self.table.structs[name] = StructInfo(
            name, fields, asked["frozen"], _doc(info), asked["order"] and not own, equal,
            identity=not asked["eq"] and not own, crosses=not info.defn.type_vars,
        )  # fmt: skip
        with self.fields_of(name):
            for attribute in info.metadata.get("dataclass", {}).get("attributes", ()):
                field = attribute["name"]
                symbol = info.names.get(field)
                if symbol is None or not isinstance(symbol.node, Var):
                    raise Refusal("refusal-class", f"{info.name}.{field} is no plain field", at)
                if not attribute.get("is_in_init", True) or attribute.get("is_init_var", False):
                    raise Refusal(
                        "refusal-class", f"{info.name}.{field} is not set by the constructor", at
                    )
                fields[field] = self.read(symbol.node.type, at)
                if attribute.get("kw_only"):
                    keyword_only.add(field)
        ordered = classes.in_order(info, fields)
        fields.clear()
        fields.update(ordered)
        if self.table.any_part(StructType(name), lambda t: t in LIBRARY.values()):
            self.table.structs[name].crosses = False
        self.infos[name] = info
        self.defaults[self.key_of(info)] = classes.defaults(info)
        self.keyword_only[self.key_of(info)] = keyword_only
        self.table.structs[name].said = classes.said(info)
        return StructType(name)

    def read_named(self, info: TypeInfo, at: At) -> Type:
        """A NamedTuple: a frozen class whose order is that of its fields."""
        name = public_name(info)
        if name in self.failed:
            raise self.failed[name]
        if name in self.table.structs:
            return StructType(name)
        self.check_plain(info, at)
        names = info.metadata.get("namedtuple", {}).get("fields", [])
        if info.tuple_type is None or len(names) != len(info.tuple_type.items) or not names:
            raise Refusal("refusal-class", f"the fields of {info.name} are not known", at)
        fields: dict[str, Type] = {}
        self.table.structs[name] = StructInfo(
            name, fields, True, _doc(info), ordered=True, named=True
        )
        self.infos[name] = info
        with self.fields_of(name):
            for field, type_ in zip(names, info.tuple_type.items, strict=True):
                fields[field] = self.read(type_, at)
        self.defaults[name] = classes.defaults(info)
        self.keyword_only[name] = set()
        self.table.structs[name].said = classes.said(info)
        return StructType(name)

    def own(self, info: TypeInfo) -> bool:
        """Whether a class is of the package itself."""
        return info.module_name.partition(".")[0] in self.bindings.packages

    def read_plain(self, info: TypeInfo, at: At) -> Type:
        """A class of no special kind: its attributes are its fields, its objects have identity."""
        name = self.instance_name(info, at)
        if name in self.failed:
            raise self.failed[name]
        if name in self.table.structs:
            return StructType(name)
        self.check_plain(info, at)
        own_equality = "__eq__" in info.names
        fields: dict[str, Type] = {}
        self.table.structs[name] = StructInfo(
            name, fields, False, _doc(info), equal=False, identity=not own_equality, crosses=False,
            plain=True,
        )  # fmt: skip
        self.infos[name] = info
        constants = classes.constants(info, self.families)
        written = classes.defaults(info)
        with self.fields_of(name):
            for field, symbol in info.names.items():
                if not isinstance(symbol.node, Var) or field in constants:
                    continue
                if field in ("__slots__", "__match_args__", "__doc__"):
                    continue
                if not symbol.implicit and field in written and symbol.node.is_classvar:
                    raise Refusal(
                        "refusal-class", f"{info.name}.{field} is set on objects and on the class",
                        at,
                    )  # fmt: skip
                fields[field] = self.read(symbol.node.type, at)
        ordered = held.in_order(self.bindings, info, fields)
        fields.clear()
        fields.update(ordered)
        self.defaults[self.key_of(info)] = written
        self.keyword_only[self.key_of(info)] = set()
        return StructType(name)

    @contextmanager
    def fields_of(self, name: str) -> Iterator[None]:
        """While the fields of a class are read; if one is refused, so are all that hold it."""
        for inside in self._reading.values():
            inside.append(name)
        self._reading[name] = []
        try:
            yield
        except Refusal as refusal:
            for failed in (name, *self._reading[name]):
                self.failed.setdefault(failed, refusal)
            raise
        finally:
            del self._reading[name]


def _constant(expression: Expression | None) -> int | str | None:
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
