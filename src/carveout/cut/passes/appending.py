"""A text that is added to and not needed any more grows where it stands.

    out = out + part            # out = text::append(out, part);

Only a name's last use gives its text away. Whether anybody else has that text the runtime sees, and
copies it then.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.registry import characters
from carveout.cut.registry.texts import APPEND, CONCAT


def append_in_place(program: ir.Program) -> None:
    """Lets `+` of texts take its first argument where nobody needs it afterwards."""
    for function in program.functions.values():
        for statement in function.body:
            # A guarded block may be tried and left: it gives nothing away.
            guarded = {
                id(inner)
                for node in ir.walk(statement)
                if isinstance(node, ir.Try)
                for inner in ir.walk(node)
            }
            for node in ir.walk(statement):
                match node:
                    case ir.Prim(entry=entry, args=[first, _]) if entry == CONCAT:
                        if id(node) not in guarded and _spent(first, function):
                            node.entry = APPEND
                            _append_character(node)


def _append_character(node: ir.Prim) -> None:
    """One character is added as it is, and not made a text before."""
    match node.args:
        case [first, ir.Prim(entry=entry, args=[c])] if entry == characters.TEXT:
            node.entry, node.args = characters.APPEND, [first, c]


def _spent(expr: ir.Expr, function: ir.Function) -> bool:
    match expr:
        case ir.Var():
            variable = function.variables.get(expr.name)
            return variable is not None and expr.last and variable.held == "own"
        case ir.Prim(entry=entry):
            # A sum in the middle is nobody's.
            return entry in (CONCAT, APPEND, characters.APPEND)
    return False
