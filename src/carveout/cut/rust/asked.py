"""What a draft's own classes can do where it is asked for: their `repr`, members by value.

asked = asked_of(program, table)
enum_extras(info, asked)      # `Side::of`, `Side::named`, `impl Show for Side`
show_struct(info)      # appends "Order(size=", the field, ")"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    INT,
    EnumInfo,
    EnumType,
    StructInfo,
    Type,
    TypeTable,
)
from carveout.cut.rust.text import class_ident, ident, member_ident, string

_HEAD = "fn show(&self, out: &mut String) -> Outcome<()> {"


@dataclass
class Asked:
    """The classes whose repr is asked for, and the enums of which members are found."""

    shown: set[str] = field(default_factory=set)
    of: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)


def asked_of(program: ir.Program, table: TypeTable) -> Asked:
    """What a program asks of the classes it uses."""
    found = Asked()

    def note(type_: Type) -> None:
        name = getattr(type_, "name", "")
        if name in table.structs or name in table.enums:
            if name in found.shown:
                return
            found.shown.add(name)
        for part in table.parts(type_):
            note(part)

    for function in program.functions.values():
        for statement in function.body:
            for node in ir.walk(statement):
                if not isinstance(node, ir.Prim):
                    continue
                if "show::" in node.entry.rust:
                    note(node.args[0].type)
                elif isinstance(node.type, EnumType) and node.entry.key == "enum.of":
                    found.of.add(node.type.name)
                elif isinstance(node.type, EnumType) and node.entry.key == "enum.named":
                    found.named.add(node.type.name)
    return found


def enum_extras(info: EnumInfo, asked: Asked) -> Iterator[str]:
    """What is asked of an enum beside its members."""
    if info.name in asked.of:
        yield from _of(info)
    if info.name in asked.named:
        yield from _named(info)
    if info.name in asked.shown:
        yield from _show(info)


def _of(info: EnumInfo) -> Iterator[str]:
    name = class_ident(info.name)
    said = info.name.rpartition(":")[2]
    numbers = info.value_type == INT
    yield f"impl {name} {{"
    yield "/// The member with a value."
    yield "///"
    yield "/// # Errors"
    yield "///"
    yield "/// Python's `ValueError` where there is none."
    yield f"pub fn of(value: {'&i64' if numbers else '&Str'}) -> Outcome<Self> {{"
    yield "match value {" if numbers else "match value.as_str() {"
    for member, value in info.members.items():
        text = str(value) if numbers else string(str(value))
        yield f"{text} => Ok(Self::{member_ident(member)}),"
    shown = "value" if numbers else "carveout_runtime::text::repr(value)?"
    text = f'format!("{{}} is not a valid {said}", {shown})'
    yield f"_ => Err(carveout_runtime::fault::value_error(&{text})),"
    yield "} } }"
    yield ""


def _named(info: EnumInfo) -> Iterator[str]:
    yield f"impl {class_ident(info.name)} {{"
    yield "/// The member with a name."
    yield "///"
    yield "/// # Errors"
    yield "///"
    yield "/// Python's `KeyError` where there is none."
    yield "pub fn named(name: &Str) -> Outcome<Self> {"
    yield "match name.as_str() {"
    for member in info.members:
        yield f"{string(member)} => Ok(Self::{member_ident(member)}),"
    yield "_ => Err(Key::key_fault(name)),"
    yield "} } }"
    yield ""


def _show(info: EnumInfo) -> Iterator[str]:
    """`<Side.BUY: 'buy'>`"""
    name = class_ident(info.name)
    said = info.name.rpartition(":")[2].rpartition(".")[2]
    yield f"impl Show for {name} {{ {_HEAD}"
    yield "out.push_str(match self {"
    for member, value in info.members.items():
        text = f"<{said}.{member}: {value!r}>"
        yield f"Self::{member_ident(member)} => {string(text)},"
    yield "}); Ok(()) } }"
    yield ""


def show_struct(info: StructInfo) -> Iterator[str]:
    """`Order(size=3, side='buy')`"""
    name = class_ident(info.name)
    yield f"impl Show for {name} {{ {_HEAD}"
    comma = f"{info.said}("
    for one in info.fields:
        yield f"out.push_str({string(f'{comma}{one}=')});"
        yield f"Show::show(&self.{ident(one)}, out)?;"
        comma = ", "
    yield f"out.push_str({string(')' if info.fields else comma + ')')});"
    yield "Ok(()) } }"
    yield ""


__all__ = ["Asked", "asked_of", "enum_extras", "show_struct"]
