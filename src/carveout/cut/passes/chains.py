"""A chain of `+` of texts is one text, made at once.

Problem: each `+` makes a text of its own that nobody sees:

    name + "=" + str(n) + ";"       # text!(name, "=", n, ";")

A chain of three and more, and any with `str(n)` of an int in it, becomes an f-string. One that
grows its own first text (`out = out + …`) stays, as that text is added to where it stands
(passes/appending.py).

Runs after characters and before flow. Invariant: the parts are evaluated in their order, and adding
texts can't fail, so that nothing else happens than before.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import INT, STR
from carveout.cut.registry import characters
from carveout.cut.registry.texts import CONCAT


def join_chains(program: ir.Program) -> None:
    """Rewrites chains, in place."""
    for function in program.functions.values():
        for statement in function.body:
            kept = set()
            for node in ir.walk(statement):
                if isinstance(node, ir.Assign) and isinstance(node.target, ir.PVar):
                    kept |= _growing(node.target.name, node.value)
            for node in list(ir.walk(statement)):
                _children(node, kept)


def _growing(name: str, value: ir.Expr) -> set[int]:
    """The sums of a chain that begins with the name it is given to."""
    found: set[int] = set()
    while isinstance(value, ir.Prim) and value.entry == CONCAT:
        found.add(id(value))
        value = value.args[0]
    return found if isinstance(value, ir.Var) and value.name == name else set()


def _children(node: object, kept: set[int]) -> None:
    """Chains directly inside a node."""
    for name in getattr(node, "__slots__", ()) or ():
        value = getattr(node, name)
        if isinstance(value, ir.Prim):
            setattr(node, name, _joined(value, kept))
        elif isinstance(value, list):
            value[:] = [_joined(v, kept) if isinstance(v, ir.Prim) else v for v in value]


def _joined(expr: ir.Prim, kept: set[int]) -> ir.Expr:
    if expr.entry != CONCAT or id(expr) in kept:
        return expr
    parts = list(_parts(expr))
    numbers = any(isinstance(part, ir.Expr) and part.type == INT for part in parts)
    if len(parts) < 3 and not numbers:
        return expr
    texts: list[str | ir.Expr] = []
    for part in parts:
        if isinstance(part, str) and texts and isinstance(texts[-1], str):
            texts[-1] += part
        else:
            texts.append(part)
    return ir.Format(STR, expr.at, texts)


def _parts(expr: ir.Expr) -> list[str | ir.Expr]:
    """The texts of a chain; numbers and characters as they are."""
    match expr:
        case ir.Prim(entry=entry, args=[left, right]) if entry == CONCAT:
            return [*_parts(left), *_parts(right)]
        case ir.Prim(entry=entry, args=[number]) if (
            entry.key == "builtins.str" and number.type == INT
        ):
            return [number]
        case ir.Prim(entry=entry, args=[c]) if entry == characters.TEXT:
            return [c]
        case ir.Const(value=str(text)) if not any("\ud800" <= c <= "\udfff" for c in text):
            return [text]
        case ir.Format(parts=parts):
            return list(parts)
    return [expr]


__all__ = ["join_chains"]
