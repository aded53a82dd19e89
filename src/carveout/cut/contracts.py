"""A contract's types as the compiler's, and whether a draft fits its contract.

    crossing = read_contract(contract_json)
    crossing.params            # [("book", StructType("pricing.book:Book"))]
    mismatches(crossing, program, table)      # ["book.rate: float in the contract, int here"]

The contract is read from the running program, the draft from the source text. They must say the
same, or the bytes of one would be taken for something else by the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    DATES,
    DECIMAL,
    EITHER,
    FLOAT,
    INT,
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
    UnionType,
    VarTupleType,
    declared,
)
from carveout.diagnostics import CarveError

_SCALARS = {"int": INT, "float": FLOAT, "bool": BOOL, "str": STR, "bytes": BYTES, "none": NONE}
_SCALARS |= {type_.name: type_ for type_ in (*DATES, DECIMAL)}


@dataclass
class Crossing:
    """What crosses: parameters in order, the result, and the classes."""

    params: list[tuple[str, Type]] = field(default_factory=list)
    result: Type = NONE
    table: TypeTable = field(default_factory=lambda: TypeTable({}, {}))


class _Reader:
    def __init__(self, contract: dict[str, Any]) -> None:
        self.types = contract["types"]
        self.crossing = Crossing()

    def read(self, schema: dict[str, Any]) -> Type:
        kind = schema["t"]
        if kind in _SCALARS:
            return _SCALARS[kind]
        match kind:
            case "list":
                return ListType(self.read(schema["item"]))
            case "vartuple":
                return VarTupleType(self.read(schema["item"]))
            case "set" | "frozenset":
                return SetType(self.read(schema["item"]), kind == "frozenset")
            case "tuple":
                return TupleType(tuple(map(self.read, schema["items"])))
            case "dict":
                return DictType(self.read(schema["key"]), self.read(schema["value"]))
            case "optional":
                return OptionalType(self.read(schema["item"]))
            case "ref":
                return self._class(schema["name"])
            case "union" if schema["members"] == [{"t": "float"}, {"t": "int"}]:
                return declared(EITHER)
            case "union" if 2 <= len(schema["members"]) <= 4:
                return UnionType(tuple(map(self.read, schema["members"])))
        raise CarveError(
            "refusal-type",
            f"a carving in Rust has no {kind} yet",
            hint="keep such values on the Python side of the operation",
        )

    def _class(self, name: str) -> Type:
        entry, table = self.types[name], self.crossing.table
        if entry["t"] == "enum":
            table.enums[name] = EnumInfo(name, entry["base"], dict(entry["members"]))
            return EnumType(name)
        if name not in table.structs:
            if entry.get("kind") == "typeddict":
                raise CarveError(
                    "refusal-type",
                    f"a carving in Rust has no {entry['kind']} yet ({name})",
                    hint="use a dataclass or a msgspec.Struct",
                )
            table.structs[name] = StructInfo(name, {}, bool(entry.get("frozen")))
            for one in entry["fields"]:
                table.structs[name].fields[one["name"]] = self.read(one["type"])
        return StructType(name)


def read_contract(contract: dict[str, Any]) -> Crossing:
    """What crosses by a contract; raises CarveError for a type that Rust does not have yet."""
    reader = _Reader(contract)
    crossing = reader.crossing
    for param in contract["params"]:
        crossing.params.append((param["name"], reader.read(param["type"])))
    crossing.result = reader.read(contract["result"])
    return crossing


def mismatches(crossing: Crossing, program: ir.Program, table: TypeTable) -> Iterator[str]:
    """Where the draft and the contract part."""
    entry = program.functions[program.entry]
    have = [(param.name, declared(param.type)) for param in entry.params]
    if have != crossing.params:
        yield f"parameters {_shown(crossing.params)} in the contract, {_shown(have)} in the source"
    if declared(entry.result) != crossing.result:
        yield f"a result of {crossing.result} in the contract, {entry.result} in the source"
    for name, struct in crossing.table.structs.items():
        other = table.structs.get(name)
        fields = [] if other is None else [(n, declared(t)) for n, t in other.fields.items()]
        if other is not None and fields != list(struct.fields.items()):
            yield f"other fields of {name} in the contract than in the source"
    for name, enum in crossing.table.enums.items():
        mine = table.enums.get(name)
        if mine is None:
            continue
        known = {m: v for m, v in mine.members.items() if v is not None}
        if list(mine.members) != list(enum.members) or any(
            enum.members[member] != value for member, value in known.items()
        ):
            yield f"other members of {name} in the contract than in the source"


def _shown(params: list[tuple[str, Type]]) -> str:
    return ", ".join(f"{name}: {type_}" for name, type_ in params) or "none"
