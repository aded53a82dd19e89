"""Lowering of `struct`: formats that are known when the operation is cut.

    struct.unpack("<IH", data)        # Packed of 6 bytes, then u32_le at 0 and u16_le at 4

Offsets are Python's own (`struct.calcsize`), so that alignment is what the reference has.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mypy.nodes import BytesExpr, CallExpr, Expression, MemberExpr, RefExpr, StrExpr
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend.constants import constant_source
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, BYTES, FLOAT, INT, TupleType, Type, VarTupleType
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Generic, Name, Taken

if TYPE_CHECKING:
    from carveout.cut.frontend.library import Library
    from carveout.cut.frontend.names import Names

_ITEM = re.compile(r"\s*(\d*)([a-zA-Z?])")
_INTS = "bBhHiIlLqQnN"
# Of Python's letters, without a count for each item.
_LITTLE = struct.pack("=H", 1) == b"\x01\x00"
# A tuple of more is one of the same items, or is refused.
_MOST = 12
_MOST_PACKED = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One value: where it is, how long, and the name of its function in the runtime."""

    code: str
    offset: int
    size: int
    name: str

    @property
    def type(self) -> Type:
        if self.code in "sc":
            return BYTES
        if self.code == "?":
            return BOOL
        return FLOAT if self.code in "fd" else INT

    @property
    def read(self) -> str:
        if self.code in "sc":
            return f"packing::bytes(&packed, {self.offset}, {self.size})"
        return f"packing::{self.name}(&packed, {self.offset}){'?' * self.fails}"

    @property
    def fails(self) -> bool:
        return self.name.startswith(("u64", "f32"))


def layout(text: str, at: ir.At) -> tuple[list[Item], int]:
    """The items of a format and its size in bytes."""
    try:
        size = struct.calcsize(text)
    except (struct.error, ValueError):
        raise Refusal("refusal-call", f"{text!r} is no format of struct", at) from None
    order = text[0] if text[:1] in tuple("@=<>!") else ""
    big = order in (">", "!") or (order in ("", "@", "=") and not _LITTLE)
    items: list[Item] = []
    end = len(order)
    while (found := _ITEM.match(text, end)) is not None:
        before, end = text[: found.start(2)], found.end()
        count, code = found[1], found[2]
        start = before[: len(before) - len(count)]
        if code == "x":
            continue
        if code not in _INTS + "fd?sc":
            raise Refusal("refusal-call", f"the code {code!r} of struct is not drafted", at)
        if code == "s":
            length = int(count or 1)
            items.append(Item(code, struct.calcsize(start), length, "bytes"))
            continue
        one = struct.calcsize((order or "@") + code)
        for number in range(int(count or 1)):
            if len(items) > 100_000:
                raise Refusal("refusal-call", "this format of struct is too long", at)
            # With alignment, which `0` items of a code keep.
            offset = struct.calcsize(f"{start}{number}{code}") if number else (
                struct.calcsize(f"{start}0{code}"))  # fmt: skip
            kind = "f" if code in "fd" else ("i" if code.islower() else "u")
            name = f"{kind}{8 * one}{'' if one == 1 else '_be' if big else '_le'}"
            items.append(Item(code, offset, one, {"?": "flag", "c": "bytes"}.get(code, name)))
    return items, size


def call(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr:
    """`struct.pack(format, …)` and the like."""
    positional, keywords = lowerer.arguments(node)
    if not positional or (keywords and name != "unpack_from"):
        raise Refusal("refusal-call", f"this call of struct.{name} is not drafted", at)
    text = _format(positional[0])
    if text is None:
        raise Refusal(
            "refusal-call", "a format of struct that is made at run time is not drafted", at,
            hint="write the format as a literal",
        )  # fmt: skip
    return _known(lowerer, name, text, positional[1:], keywords, at)


def method(lowerer: Library, callee: MemberExpr, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`_HEADER.unpack(data)`, where `_HEADER = struct.Struct("<IH")` at the top of a module."""
    made = source(lowerer, callee.expr, at)
    if made is None or not is_struct(made):
        return None
    text = _format(made.args[0]) if made.args else None
    if text is None:
        raise Refusal("refusal-call", "this Struct is not drafted", at, hint="use a literal format")
    positional, keywords = lowerer.arguments(node)
    return _known(lowerer, callee.name, text, positional, keywords, at)


def attribute(lowerer: Names, node: MemberExpr, at: ir.At) -> ir.Expr | None:
    """`_HEADER.size`"""
    if node.name != "size":
        return None
    made = source(lowerer, node.expr, at)
    text = _format(made.args[0]) if made is not None and is_struct(made) and made.args else None
    return None if text is None else ir.Const(INT, at, layout(text, at)[1])


def is_struct(made: CallExpr) -> bool:
    return isinstance(made.callee, RefExpr) and made.callee.fullname == "_struct.Struct"


def source(lowerer: Names, node: Expression, at: ir.At) -> CallExpr | None:
    """The call that made an object: written here, or at the top of a module of the package."""
    if isinstance(node, CallExpr):
        return node
    if not isinstance(node, RefExpr) or not isinstance(node.node, MypyVar):
        return None
    home, _, name = node.fullname.rpartition(".")
    tree = lowerer.project.checked.files.get(home)
    if tree is None or home.split(".")[0] not in lowerer.project.checked.packages:
        return None
    value = constant_source(tree, name)
    if not isinstance(value, CallExpr):
        return None
    lowerer.sure(node, at)
    if isinstance(value.callee, RefExpr) and not value.callee.fullname.startswith(
        ("_struct", "re.")
    ):
        return None
    return value


def _format(node: Expression) -> str | None:
    if isinstance(node, StrExpr):
        return node.value
    return node.value if isinstance(node, BytesExpr) else None


def _known(
    lowerer: Library,
    name: str,
    text: str,
    positional: list[Expression],
    keywords: dict[str, Expression],
    at: ir.At,
) -> ir.Expr:
    items, size = layout(text, at)
    if name == "calcsize" and not positional:
        return ir.Const(INT, at, size)
    if name == "pack" and not keywords:
        return _pack(lowerer, items, size, positional, at)
    if name == "unpack" and len(positional) == 1 and not keywords:
        return _unpack(
            items, f"packing::exactly({{0}}, {size})?", [lowerer.expr(positional[0])], at
        )
    if name == "unpack_from" and 1 <= len(positional) <= 2 and set(keywords) <= {"offset"}:
        offset = keywords.get("offset") or (positional[1] if len(positional) == 2 else None)
        start = ir.Const(INT, at, 0) if offset is None else lowerer.expr(offset)
        args = [lowerer.expr(positional[0]), start]
        return _unpack(items, f"packing::within({{0}}, {{1}}, {size})?", args, at)
    raise Refusal("refusal-call", f"this call of struct.{name} is not drafted", at)


def _taken(lowerer: Library | None, name: str, loose: bool = False) -> Taken:
    return Taken("look", Name(name, loose))


def _unpack(items: list[Item], taken: str, args: list[ir.Expr], at: ir.At) -> ir.Expr:
    if [arg.type for arg in args] not in ([BYTES], [BYTES, INT]):
        raise Refusal("refusal-call", f"unpacking {args[0].type} is not drafted", at)
    if not items:
        raise Refusal("refusal-call", "a format without items is not drafted", at)
    type_: Type
    if len(items) <= _MOST:
        type_ = TupleType(tuple(item.type for item in items))
        inner = ", ".join(item.read for item in items) + "," * (len(items) == 1)
        made = f"({inner})"
        result: Name | Generic = Generic("tuple", tuple(Name(str(i.type)) for i in items))
    else:
        first = items[0]
        even = all(
            (item.name, item.size, item.offset)
            == (first.name, first.size, first.offset + at_ * first.size)
            for at_, item in enumerate(items)
        )
        if not even or first.code in "sc":
            raise Refusal(
                "refusal-call", f"unpacking {len(items)} items of several kinds is not drafted", at,
                hint="unpack them in parts",
            )  # fmt: skip
        type_ = VarTupleType(first.type)
        places = f"({first.offset}..{first.offset + len(items) * first.size}).step_by({first.size})"
        if first.fails:
            read = f"packing::{first.name}(&packed, at)"
            made = f"{places}.map(|at| {read}).collect::<Outcome<Vec<_>>>()?"
        else:
            made = f"{places}.map(|at| packing::{first.name}(&packed, at)).collect::<Vec<_>>()"
        result = Generic("vtuple", (Name(str(first.type)),))
    rust = f"{{ let packed = {taken}; {made} }}"
    params = (_taken(None, "bytes"), _taken(None, "int"))[: len(args)]
    return ir.Prim(type_, at, Entry("struct.unpack", params, result, "own", rust, ATOM, True), args)


def _pack(
    lowerer: Library, items: list[Item], size: int, values: list[Expression], at: ir.At
) -> ir.Expr:
    if len(values) != len(items):
        raise Refusal(
            "refusal-call", f"struct.pack of {len(items)} items with {len(values)} values", at
        )
    if not 1 <= len(items) <= _MOST_PACKED:
        raise Refusal(
            "refusal-call", f"packing {len(items)} items is not drafted", at,
            hint="pack them in parts",
        )  # fmt: skip
    args: list[ir.Expr] = []
    params: list[Taken] = []
    lines: list[str] = []
    for number, (item, value) in enumerate(zip(items, values, strict=True)):
        arg = lowerer.expr(value)
        if item.type == FLOAT and arg.type in (INT, BOOL):
            arg = ir.ToFloat(FLOAT, arg.at, arg)
        if item.type == INT and arg.type == BOOL:
            arg = ir.ToInt(INT, arg.at, arg)
        if arg.type != item.type:
            raise Refusal(
                "refusal-call", f"packing {arg.type} as {item.code!r} is not drafted", arg.at
            )
        args.append(arg)
        params.append(_taken(lowerer, str(item.type)))
        place = f"&mut packed, {item.offset}"
        if item.code in "sc":
            put = "char" if item.code == "c" else "bytes"
            lines.append(
                f"packing::put_{put}({place}, {item.size}, {{{number}}}){'?' * (put == 'char')};"
            )
        else:
            lines.append(f"packing::put_{item.name}({place}, {{{number}}})?;")
    rust = f"{{ let mut packed = vec![0_u8; {size}]; {' '.join(lines)} Bytes::from(packed) }}"
    entry = Entry("struct.pack", tuple(params), Name("bytes"), "own", rust, ATOM, True)
    return ir.Prim(BYTES, at, entry, args)
