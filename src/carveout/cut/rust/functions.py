"""Rust text of functions as values: one enum for all that may stand for each other.

    pub enum IntToInt { Double, Shifted(Shifted) }      # `Shifted` took something along

A call is a function of the draft that asks which one it is: frontend/function_calls.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from carveout.cut.ir.types import FunctionInfo, FunctionType, TypeTable
from carveout.cut.rust.text import class_ident, function_word, member_ident, rust_type

_OTHER = 'Err(Stop::Decline("another function than was known"))'


def function_enum(info: FunctionInfo, table: TypeTable) -> Iterator[str]:
    name = class_ident(info.name)
    taken = {m: None if t is None else rust_type(t, table=table) for m, t in info.members.items()}
    copies = table.copyable(FunctionType(info.name))
    yield "/// Functions that are kept as values."
    yield f"#[derive(Debug, Clone, {'Copy, ' * copies}PartialEq)]"
    variants = (
        member_ident(m) + (f"({inner})" if inner is not None else "") for m, inner in taken.items()
    )
    yield f"pub enum {name} {{ {', '.join(variants)} }}"
    yield f"impl {name} {{"
    for member, inner in taken.items():
        variant, word = member_ident(member), function_word(member)
        within = "" if inner is None else "(_)"
        yield "#[must_use]"
        yield f"pub fn is_{word}(&self) -> bool {{ matches!(self, Self::{variant}{within}) }}"
        if inner is None:
            continue
        rest = f"_ => {_OTHER}," if len(taken) > 1 else ""
        for how, this, gives in (("as", "&self", f"&{inner}"), ("into", "self", inner)):
            yield "/// What it took along."
            yield "///"
            yield "/// # Errors"
            yield "///"
            yield "/// A decline if it is another function."
            yield f"pub fn {how}_{word}({this}) -> Outcome<{gives}> {{"
            yield f"match self {{ Self::{variant}(taken) => Ok(taken), {rest} }} }}"
    yield "}"
    yield f"impl Compare for {name} {{"
    yield 'fn compare(&self, _: &Self) -> Outcome<Ordering> { Err(Stop::Decline("no order")) }'
    yield 'fn equal(&self, _: &Self) -> Outcome<bool> { Err(Stop::Decline("functions")) } }'
    yield f"impl Clear for {name} {{"
    held = [member_ident(m) for m, inner in taken.items() if inner is not None]
    if held:
        arms = " ".join(f"Self::{one}(taken) => Clear::clear(taken)," for one in held)
        rest = "_ => ()," if len(held) < len(taken) else ""
        yield f"fn clear(&mut self) {{ match self {{ {arms} {rest} }} }}"
    yield "}"
    yield ""


__all__ = ["function_enum"]
