"""A contract read from the source text alone, where nothing is imported or run.

    derive(program, table, checked)      # contract JSON, as contract_of would give it

What a carving and its caller agree on is otherwise read from the running program (`contract`). A
survey and a draft of a piece of text have no running program: they ask the compiler's own types.

Invariants: the types are what `carveout.contract` gives for the same source, or a refusal;
defaults are left out, since only JSON at the edge reads them.
"""

from __future__ import annotations

from typing import Any

from mypy.nodes import ArgKind, Decorator, FuncDef, MypyFile, SymbolNode, TypeInfo

from carveout.cut.frontend.check import Checked
from carveout.cut.frontend.held import why_not_crossing
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    DictType,
    EnumType,
    ListType,
    OptionalType,
    Scalar,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
    declared,
)
from carveout.cut.refuse import Refusal, refused

_SCALARS = frozenset(
    {"int", "float", "bool", "str", "bytes", "None", "date", "datetime", "timedelta", "decimal"}
)
_KINDS = {
    ArgKind.ARG_POS: ("positional", True),
    ArgKind.ARG_OPT: ("positional", False),
    ArgKind.ARG_NAMED: ("keyword-only", True),
    ArgKind.ARG_NAMED_OPT: ("keyword-only", False),
}


def node_of(checked: Checked, name: str) -> SymbolNode | None:
    """What mypy has under "pkg.mod:Qualified.name"."""
    module, _, qualified = name.partition(":")
    found: SymbolNode | None = checked.files.get(module)
    for part in qualified.split("."):
        names = found.names if isinstance(found, (MypyFile, TypeInfo)) else {}
        symbol = names.get(part)
        found = symbol.node if symbol is not None else None
    return found


def type_name(name: str) -> str:
    """ "Order" of "pkg.mod:Order"."""
    return name.rpartition(":")[2]


class _Derived:
    def __init__(self, table: TypeTable, checked: Checked, at: ir.At) -> None:
        self.table, self.checked, self.at = table, checked, at
        self.types: dict[str, Any] = {}

    def schema(self, type_: Type) -> dict[str, Any]:
        match declared(type_):
            case Scalar("int | float"):
                return {"t": "union", "members": [{"t": "float"}, {"t": "int"}]}
            case Scalar(name) if name in _SCALARS:
                return {"t": "none" if name == "None" else name}
            case ListType(item):
                return {"t": "list", "item": self.schema(item)}
            case VarTupleType(item):
                return {"t": "vartuple", "item": self.schema(item)}
            case SetType(item, frozen):
                return {"t": "frozenset" if frozen else "set", "item": self.schema(item)}
            case TupleType(items):
                return {"t": "tuple", "items": [self.schema(one) for one in items]}
            case DictType(key, value):
                return {"t": "dict", "key": self.schema(key), "value": self.schema(value)}
            case UnionType(items):
                return {"t": "union", "members": [self.schema(item) for item in items]}
            case OptionalType(item):
                return {"t": "optional", "item": self.schema(item)}
            case EnumType(name):
                return self._enum(name)
            case StructType(name):
                return self._struct(name)
        raise Refusal(
            "refusal-type",
            f"a value of type {type_} cannot cross between Python and Rust",
            self.at,
            hint="keep such values inside the operation; take and return plain data",
        )

    def _enum(self, name: str) -> dict[str, Any]:
        info = self.table.enums[name]
        # enum.auto() counts from one.
        members = [
            [member, index + 1 if value is None else value]
            for index, (member, value) in enumerate(info.members.items())
        ]
        self.types[name] = {"t": "enum", "base": info.base, "members": members}
        return {"t": "ref", "name": name}

    def _struct(self, name: str) -> dict[str, Any]:
        if name not in self.types:
            info = self.table.structs[name]
            if not info.crosses:
                self._plain(name)
            self.types[name] = {"t": "struct"}  # a class that holds itself finds this
            fields = [
                {"name": field, "type": self.schema(type_), "required": True}
                for field, type_ in info.fields.items()
            ]
            self.types[name] = {
                "t": "struct",
                "kind": self._kind(name),
                "frozen": info.frozen,
                "fields": fields,
            }
        return {"t": "ref", "name": name}

    def _plain(self, name: str) -> None:
        """Refuse objects that a contract cannot say."""
        node, info = node_of(self.checked, name), self.table.structs[name]
        said = f"objects of {type_name(name)} cannot cross"
        why: tuple[str, str] | None = said, "keep such objects inside the operation"
        if isinstance(node, TypeInfo) and info.plain:
            why = why_not_crossing(self.checked.bindings, node, info.fields)
        if why is not None:
            raise Refusal("refusal-type", why[0], self.at, hint=why[1])

    def _kind(self, name: str) -> str:
        if self.table.structs[name].plain:
            return "object"
        node = node_of(self.checked, name)
        if isinstance(node, TypeInfo):
            if node.has_base("msgspec.Struct"):
                return "msgspec"
            if "dataclass" not in node.metadata and "dataclass_tag" not in node.metadata:
                if node.is_named_tuple:
                    return "namedtuple"
                if node.typeddict_type is not None:
                    return "typeddict"
        return "dataclass"


def derive(program: ir.Program, table: TypeTable, checked: Checked) -> dict[str, Any]:
    """The contract of a program's entry. Raises CarveError with what can't cross."""
    entry = program.functions[program.entry]
    derived = _Derived(table, checked, entry.at)
    node = node_of(checked, program.entry)
    func = node.func if isinstance(node, Decorator) else node
    given = {}
    if isinstance(func, FuncDef):
        # mypy takes no names for the arguments of special methods; Python does.
        special = func.name.startswith("__") and func.name.endswith("__")
        for argument in func.arguments:
            kind, required = _KINDS.get(argument.kind, ("positional", True))
            if argument.pos_only and not special:
                kind = "positional-only"
            given[argument.variable.name] = kind, required
    refusals: list[Refusal] = []
    params, result = [], {"t": "none"}
    for param in entry.params:
        kind, required = given.get(param.name, ("positional", True))
        try:
            schema = derived.schema(param.type)
        except Refusal as refusal:
            refusals.append(
                Refusal(
                    refusal.code,
                    f"{param.name}: {refusal.message}",
                    refusal.at,
                    hint=refusal.hint,
                )
            )
            continue
        params.append({"name": param.name, "type": schema, "kind": kind, "required": required})
    try:
        result = derived.schema(entry.result)
    except Refusal as refusal:
        refusals.append(refusal)
    if refusals:
        raise refused(refusals)
    return {
        "carveout": 1,
        "name": program.entry,
        "params": params,
        "plain": not any(one.get("kind") == "object" for one in derived.types.values()),
        "result": result,
        "types": derived.types,
    }
