"""What the struct of a hierarchy holds: the fields of all its live classes, and which one it is.

    class Circle(Shape): radius: float        # Shape { class_: ShapeClass, label: Str,
    class Square(Shape): side: int            #         radius: Option<f64>, side: Option<i64> }

A field that all live classes have in one type is a plain field. One that some lack is absent in
their objects. Two fields of one name and different types are two fields.

Invariant: what an object's class does not have is absent, and only what a class is known to have is
read without asking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mypy.nodes import Expression, FuncDef, TypeInfo, Var
from mypy.subtypes import is_same_type

from carveout.cut.frontend import classes, held
from carveout.cut.frontend.families import Family, classes_in, found_in, function_of
from carveout.cut.ir.nodes import At, Function
from carveout.cut.ir.types import EnumInfo, EnumType, OptionalType, StructInfo, StructType, Type
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.types import TypeReader


@dataclass
class Layout:
    """How the objects of one hierarchy are held."""

    family: Family
    struct: StructInfo
    # The field that says which class an object is of, and its type; None where there is only one.
    mark: tuple[str, EnumType] | None = None
    # What each class's own objects have, by full name: fields in order with their types.
    fields: dict[str, dict[str, Type]] = field(default_factory=dict)
    # The struct's field for a class's field.
    slots: dict[tuple[str, str], str] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)

    def slot(self, info: TypeInfo, name: str) -> str:
        return self.slots[info.fullname, name]


def is_record(info: TypeInfo) -> bool:
    """A dataclass or msgspec.Struct, or a class below one."""
    return info.has_base("msgspec.Struct") or any(map(classes.is_dataclass, info.mro))


def is_plain_object(info: TypeInfo) -> bool:
    """An object of no special kind, which its `__init__` makes."""
    return classes.is_plain(info) and not is_record(info)


def equality_of(info: TypeInfo) -> str:
    """How two objects of a class compare: "own", "fields", "identity" or "mixed"."""
    for base in info.mro:
        symbol = base.names.get("__eq__")
        if symbol is not None and not symbol.plugin_generated and function_of(symbol.node):
            return "own" if base.fullname != "builtins.object" else "identity"
        if classes.is_dataclass(base) or classes.is_struct(base) or base.has_base("msgspec.Struct"):
            asked = classes.options(base)
            if isinstance(asked, dict) and asked["eq"]:
                own = [b for b in info.mro if classes.is_dataclass(b)]
                return "fields" if not own or own[0] is base else "mixed"
    return "identity"


def _one_kind(family: Family, at: At) -> None:
    """Refuse where a constructor would leave out what another class's sets."""
    for info in family.live:
        own = [base for base in info.mro if base.fullname not in classes.PASSIVE_BASES]
        plain = [b for b in own if not is_record(b) and b.fullname != "msgspec.Struct"]
        if is_record(info):
            for base in plain:
                if "__init__" in base.names or instance_fields(base):
                    raise Refusal(
                        "refusal-class",
                        f"{info.name} is a dataclass below {base.name}, which is none",
                        at,
                        hint="make both dataclasses",
                    )
            if not classes.is_dataclass(info) and not info.has_base("msgspec.Struct"):
                declared = [n for n, s in info.names.items() if isinstance(s.node, Var)]
                if declared or "__init__" in info.names:
                    raise Refusal(
                        "refusal-class",
                        f"{info.name} is no dataclass, but its base is one",
                        at,
                        hint="decorate it with @dataclass as well",
                    )


def instance_fields(info: TypeInfo) -> list[str]:
    """Attributes that a class's own text declares for its objects."""
    fixed = classes.constants(info)
    return [
        name
        for name, symbol in info.names.items()
        if isinstance(symbol.node, Var)
        and name not in fixed
        and not symbol.node.is_classvar
        and name not in ("__slots__", "__match_args__", "__doc__")
    ]


def constants_of(family: Family, world: classes.SetLater) -> frozenset[str]:
    """Attributes that are the class's own in every class of the hierarchy that has them."""
    found: set[str] = set()
    own: set[str] = set()
    for info in family.live:
        for base in info.mro:
            if base.fullname in classes.PASSIVE_BASES:
                continue
            fixed = classes.constants(base, world)
            if is_record(base):
                fixed = frozenset(
                    n for n in fixed if isinstance(v := base.names[n].node, Var) and v.is_classvar
                )
            found |= fixed
            own |= classes.set_on_objects(base)
    return frozenset(found - own)


def defaults_of(info: TypeInfo) -> dict[str, Expression]:
    """The values that a class and its bases give in their bodies."""
    found: dict[str, Expression] = {}
    for base in reversed(info.mro):
        if base.fullname not in classes.PASSIVE_BASES and base.fullname != "msgspec.Struct":
            found.update(classes.defaults(base))
    return found


def read_family(reader: TypeReader, family: Family, at: At) -> StructType:
    """The type of a hierarchy's objects; `reader.layouts` says how it is made up."""
    name = reader.name_of(family)
    if name in reader.failed:
        raise reader.failed[name]
    if name in reader.table.structs:
        return StructType(name)
    bases = {base: None for info in family.live for base in reversed(info.mro) if reader.own(base)}
    for base in bases:
        reader.check_plain(base, at, inherits=True)
    _one_kind(family, at)
    frozen = [_option(info, "frozen") for info in family.live]
    equality = {equality_of(info) for info in family.live}
    alone = family.live[0] if not family.marked else None
    ordered = alone is not None and is_record(alone) and _ordered(alone)
    struct = StructInfo(
        name,
        {},
        all(frozen),
        reader.doc_of(family.struct),
        ordered=ordered,
        equal=equality == {"fields"},
        identity=equality == {"identity"},
        crosses=alone is not None and is_record(alone),
        plain=alone is not None and not is_record(alone),
    )
    layout = Layout(family, struct)
    reader.table.structs[name] = struct
    reader.layouts[name] = layout
    reader.infos[name] = family.struct
    fixed = constants_of(family, reader.families)
    with reader.fields_of(name):
        for info in family.live:
            layout.fields[info.fullname] = _fields(reader, info, fixed, at)
            reader.defaults[reader.key_of(info)] = defaults_of(info)
    _arrange(reader, layout)
    return StructType(name)


def _option(info: TypeInfo, name: str) -> bool:
    for base in info.mro:
        if classes.is_dataclass(base) or base.has_base("msgspec.Struct"):
            asked = classes.options(base)
            return isinstance(asked, dict) and asked[name]
    return False


def _ordered(info: TypeInfo) -> bool:
    """Ordered by all its fields: an inherited order looks at the base's only."""
    asked = classes.options(info) if classes.is_dataclass(info) else None
    above = [b for b in info.mro[1:] if classes.is_dataclass(b) and _option(b, "order")]
    if above and not (isinstance(asked, dict) and asked["order"]):
        return False
    return isinstance(asked, dict) and asked["order"]


def _fields(reader: TypeReader, info: TypeInfo, fixed: frozenset[str], at: At) -> dict[str, Type]:
    fields: dict[str, Type] = {}
    only: set[str] = set()
    reader.keyword_only[reader.key_of(info)] = only
    if is_record(info):
        known = [base for base in info.mro if "dataclass" in base.metadata]
        for attribute in known[0].metadata["dataclass"]["attributes"] if known else ():
            name = attribute["name"]
            symbol = info.get(name)
            if symbol is None or not isinstance(symbol.node, Var):
                raise Refusal("refusal-class", f"{info.name}.{name} is no plain field", at)
            if not attribute.get("is_in_init", True) or attribute.get("is_init_var", False):
                raise Refusal(
                    "refusal-class", f"{info.name}.{name} is not set by the constructor", at
                )
            _declared_once(info, name, at)
            fields[name] = reader.read(symbol.node.type, at)
            if attribute.get("kw_only"):
                only.add(name)
        return classes.in_order(info, fields)
    written = defaults_of(info)
    for base in reversed(info.mro):
        if not reader.own(base):
            continue
        for name, symbol in base.names.items():
            if not isinstance(symbol.node, Var) or name in fixed:
                continue
            if name in ("__slots__", "__match_args__", "__doc__"):
                continue
            found = found_in(info, name)
            if found is None or found[0] is not base:
                # A property or a declaration further down stands before it.
                continue
            if not symbol.implicit and name in written and symbol.node.is_classvar:
                raise Refusal(
                    "refusal-class", f"{info.name}.{name} is set on objects and on the class", at
                )
            _declared_once(info, name, at)
            fields[name] = reader.read(symbol.node.type, at)
    return held.in_order(reader.bindings, info, fields)


def _declared_once(info: TypeInfo, name: str, at: At) -> None:
    """Refuse a field that a subclass declares as another class than its base does.

    mypy lets it be narrower; the base's own methods may still set it to anything else.
    """
    declared = [
        symbol.node.type
        for base in info.mro
        if (symbol := base.names.get(name)) is not None and isinstance(symbol.node, Var)
    ]
    first = declared[0]
    if first is not None and any(
        other is None or not is_same_type(first, other) for other in declared[1:]
    ):
        raise Refusal(
            "refusal-class",
            f"{name} has another type in a base of {info.name}",
            at,
            hint="give it one type in all classes",
        )


def _arrange(reader: TypeReader, layout: Layout) -> None:
    """The struct's fields from those of its classes."""
    family, struct = layout.family, layout.struct
    if not family.marked:
        (info,) = family.live
        struct.fields.update(layout.fields[info.fullname])
        layout.slots = {(info.fullname, n): n for n in struct.fields}
        return
    mark = "class_"
    while any(mark in fields for fields in layout.fields.values()):
        mark += "_"
    members = dict.fromkeys(_member_names(family))
    kind = EnumType(f"{struct.name}Class")
    reader.table.enums[kind.name] = EnumInfo(kind.name, "none", dict(members))
    layout.mark = mark, kind
    struct.fields[mark] = kind
    groups: dict[tuple[str, Type], list[TypeInfo]] = {}
    for info in family.live:
        for name, type_ in layout.fields[info.fullname].items():
            groups.setdefault((name, type_), []).append(info)
    for (name, type_), having in groups.items():
        slot, n = name, 2
        while slot in struct.fields:
            slot, n = f"{name}_{n}", n + 1
        absent = len(having) < len(family.live)
        struct.fields[slot] = _optional(type_) if absent else type_
        if absent:
            layout.partial.add(slot)
        for info in having:
            layout.slots[info.fullname, name] = slot


def _optional(type_: Type) -> Type:
    return type_ if isinstance(type_, OptionalType) else OptionalType(type_)


def _member_names(family: Family) -> list[str]:
    """One for each class, also of classes of one name in two modules."""
    names: list[str] = []
    for info in family.live:
        name, n = info.name, 2
        while name in names:
            name, n = f"{info.name}{n}", n + 1
        names.append(name)
    return names


def member_name(family: Family, info: TypeInfo) -> str:
    """The mark of a class."""
    return _member_names(family)[family.live.index(info)]


def hierarchies_crossing(
    reader: TypeReader, entry: Function | None, func: FuncDef
) -> list[Refusal]:
    """What crosses must be of one class each: the contract names it."""
    if entry is None:
        return []
    for given in (*getattr(func.type, "arg_types", ()), getattr(func.type, "ret_type", None)):
        for info in classes_in(given):
            if reader.own(info) and (info.is_abstract or info.is_protocol):
                return [_crossing(f"{info.name} has no objects of its own", entry.at)]
    found: dict[str, None] = {}

    def marked(part: Type) -> bool:
        layout = reader.layout(part)
        if layout is not None and layout.family.marked:
            found[layout.family.root.name] = None
        return False

    for type_ in (*(param.type for param in entry.params), entry.result):
        reader.table.any_part(type_, marked)
    return [
        _crossing(f"objects of {name} may be of several classes here", entry.at) for name in found
    ]


def _crossing(what: str, at: At) -> Refusal:
    return Refusal(
        "refusal-type",
        f"{what}; such objects do not cross",
        at,
        hint="take and return a class without subclasses; make the others inside",
    )


__all__ = [
    "Layout",
    "constants_of",
    "defaults_of",
    "equality_of",
    "hierarchies_crossing",
    "is_plain_object",
    "is_record",
    "member_name",
    "read_family",
]
