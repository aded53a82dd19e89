"""Rust text of try, except, else and finally.

    let attempt = (|| -> Outcome<Flow<i64>> { …; Ok(Flow::Next) })();
    match attempt {
        Ok(Flow::Return(value)) => return Ok(value),
        Err(Stop::Fault(error)) if error.is(&["builtins:ValueError"]) => { … }
        …
    }

The guarded block is a closure called at once, so that `?` ends it; what leaves it otherwise
(return, break, continue) comes out as a `Flow`. A decline is never caught: the reference answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from carveout.cut.ir import nodes as ir
from carveout.cut.rust.expressions import Expressions
from carveout.cut.rust.text import ident, rust_type, string


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop with its label, and the label of the block that its `else` ends; "" for none."""

    block: str
    loop: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """The closure of a `try`."""


class Trying(Expressions):
    """Mixed into Statements, which writes the blocks."""

    # What is around the statement being written, innermost last.
    around: list[Loop | Guarded]

    def block(self, body: list[ir.Stmt]) -> list[str]:
        raise NotImplementedError

    # --- leaving ---------------------------------------------------------------------------------

    def leave_loop(self, kind: str) -> str:
        """`break` or `continue` from where we are."""
        where = self.around[-1]
        if isinstance(where, Guarded):
            return f"return Ok(Flow::{kind.capitalize()});"
        label = (where.block or where.loop) if kind == "break" else where.loop
        return f"{kind} {label};" if label else f"{kind};"

    def guarded(self) -> bool:
        """Whether a `try` is around."""
        return any(isinstance(where, Guarded) for where in self.around)

    def leave(self, text: str) -> str:
        """`return` of a value."""
        if self.guarded():
            return f"return Ok(Flow::Return({text}));"
        return f"return Ok({text});"

    # --- the statement ---------------------------------------------------------------------------

    def try_(self, node: ir.Try) -> list[str]:
        if not node.final:
            return self._guarded(node)
        name = self._fresh("outcome")
        inside = self._inside(lambda: self._guarded(node))
        lines = [
            f"let {name} = {self._closure(inside, self._falls(node))};",
            *self.block(node.final),
        ]
        if ir.ends(node.final):
            return [*lines[:1], *lines[1:]]
        return [
            *lines,
            f"match {name} {{",
            *self._onward(node, []),
            "Err(stop) => return Err(stop),",
            "}",
        ]

    def _falls(self, node: ir.Try) -> bool:
        return not ir.ends([ir.Try(node.at, node.body, node.handlers, node.orelse, [])])

    def _guarded(self, node: ir.Try) -> list[str]:
        """The block, its handlers and its else."""
        if not node.handlers:
            return [*self.block(node.body), *self.block(node.orelse)]
        name = self._fresh("attempt")
        inside = self._inside(lambda: self.block(node.body))
        lines = [
            f"let {name} = {self._closure(inside, not ir.ends(node.body))};",
            f"match {name} {{",
        ]
        lines += self._onward(node, self.block(node.orelse))
        for handler in node.handlers:
            caught = ident(handler.name)
            test = ""
            if handler.kinds is not None:
                test = f" if {caught}.is(&[{', '.join(map(string, handler.kinds))}])"
            lines += [f"Err(Stop::Fault({caught})){test} => {{", *self.block(handler.body), "}"]
        return [*lines, "Err(stop) => return Err(stop),", "}"]

    def _inside(self, write: object) -> list[str]:
        assert callable(write)
        self.around.append(Guarded())
        lines: list[str] = write()
        self.around.pop()
        return lines

    def _closure(self, lines: list[str], falls: bool) -> str:
        result = rust_type(self.function.result, table=self.table)
        end = ["Ok(Flow::Next)"] if falls else []
        return "\n".join([f"(|| -> Outcome<Flow<{result}>> {{", *lines, *end, "})()"])

    def _onward(self, node: ir.Try, next_lines: list[str]) -> list[str]:
        """The arms for what came out of the closure other than a fault."""
        arms = ["Ok(Flow::Next) => {", *next_lines, "}"]
        arms.append(f"Ok(Flow::Return(value)) => {self.leave('value').removesuffix(';')},")
        if self.around and ir.breaks([node]):
            arms.append(f"Ok(Flow::Break) => {self.leave_loop('break').removesuffix(';')},")
        else:
            arms.append("Ok(Flow::Break) => {}")
        if self.around and _continues([node]):
            arms.append(f"Ok(Flow::Continue) => {self.leave_loop('continue').removesuffix(';')},")
        else:
            arms.append("Ok(Flow::Continue) => {}")
        return arms


def _continues(body: list[ir.Stmt]) -> bool:
    for node in body:
        match node:
            case ir.Continue():
                return True
            case ir.If():
                if _continues(node.then) or _continues(node.orelse):
                    return True
            case ir.Try():
                parts = [node.body, node.orelse, node.final, *(h.body for h in node.handlers)]
                if any(map(_continues, parts)):
                    return True
    return False


__all__ = ["Trying"]
