"""Rust text of try, except, else and finally.

    let attempt = (|| -> Outcome<()> { …; Ok(()) })();
    match attempt {
        Ok(()) => {}
        Err(Stop::Fault(error)) if error.is(&["builtins:ValueError"]) => { … }
        Err(stop) => return Err(stop),
    }

The guarded block is a closure called at once, so that `?` ends it. Its value says how it was left:
nothing where it can only run to its end, the function's result where it always returns, and a
`Flow` where it may return, break or continue. A decline is never caught: the reference answers.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """The closure of a `try`, and the ways that lead out of it: next, return, break, continue."""

    ways: frozenset[str]

    @property
    def value(self) -> str:
        """What it gives back: "unit", "result" or "flow"."""
        if self.ways <= {"next"}:
            return "unit"
        return "result" if self.ways == {"return"} else "flow"


def ways(bodies: list[list[ir.Stmt]], falls: bool) -> frozenset[str]:
    """How control may leave these blocks other than by a fault."""
    found = {"next"} if falls else set()
    nodes = [node for body in bodies for statement in body for node in ir.walk(statement)]
    if any(isinstance(node, ir.Return) for node in nodes):
        found.add("return")
    if any(map(ir.breaks, bodies)):
        found.add("break")
    if any(map(_continues, bodies)):
        found.add("continue")
    return frozenset(found)


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
        for where in reversed(self.around):
            if isinstance(where, Guarded):
                if where.value == "flow":
                    return f"return Ok(Flow::Return({text}));"
                break
        return f"return Ok({text});"

    # --- the statement ---------------------------------------------------------------------------

    def try_(self, node: ir.Try) -> list[str]:
        if not node.final:
            return self._guarded(node)
        name = self._fresh("outcome")
        bodies = [node.body, node.orelse, *(handler.body for handler in node.handlers)]
        falls = not ir.ends([ir.Try(node.at, node.body, node.handlers, node.orelse, [])])
        guard = Guarded(ways(bodies, falls))
        closure = self._closure(guard, lambda: self._guarded(node))
        ends = ir.ends(node.final)
        # What declines leaves at once: no `finally` may make an answer of it.
        lines = [
            f"let {'_' if ends else name} = flow::settled({closure})?;",
            *self.block(node.final),
        ]
        if ends:
            return lines
        return [
            *lines,
            f"match {name} {{",
            *self._onward(guard, []),
            "Err(error) => return Err(Stop::Fault(error)),",
            "}",
        ]

    def _guarded(self, node: ir.Try) -> list[str]:
        """The block, its handlers and its else."""
        if not node.handlers:
            return [*self.block(node.body), *self.block(node.orelse)]
        guard = Guarded(ways([node.body], not ir.ends(node.body)))
        closure = self._closure(guard, lambda: self.block(node.body))
        lines = [f"match {closure} {{", *self._onward(guard, self.block(node.orelse))]
        for handler in node.handlers:
            caught = ident(handler.name)
            test = ""
            if handler.kinds is not None:
                test = f" if {caught}.is(&[{', '.join(map(string, handler.kinds))}])"
            elif not reads(handler):
                caught = "_"
            lines += [f"Err(Stop::Fault({caught})){test} => {{", *self.block(handler.body), "}"]
        return [*lines, "Err(stop) => return Err(stop),", "}"]

    def _closure(self, guard: Guarded, write: Callable[[], list[str]]) -> str:
        self.around.append(guard)
        lines = write()
        self.around.pop()
        if guard.value == "result" and lines[-1].startswith("return Ok("):
            # The last expression is the closure's value.
            lines[-1] = lines[-1].removeprefix("return ").removesuffix(";")
        result = rust_type(self.function.result, table=self.table)
        type_ = {"unit": "()", "result": result, "flow": f"Flow<{result}>"}[guard.value]
        end = {"unit": "Ok(())", "result": "", "flow": "Ok(Flow::Next)"}[guard.value]
        ending = [end] if "next" in guard.ways else []
        return "\n".join([f"(|| -> Outcome<{type_}> {{", *lines, *ending, "})()"])

    def _onward(self, guard: Guarded, next_lines: list[str]) -> list[str]:
        """The arms for what came out of the closure other than a fault."""
        if not guard.ways:
            # It always ends by a fault.
            return ['Ok(()) => return Err(Stop::Decline("no way leads here")),']
        if guard.value == "unit":
            return ["Ok(()) => {", *next_lines, "}"]
        if guard.value == "result":
            return [f"Ok(value) => {self.leave('value').removesuffix(';')},"]
        arms = []
        if "next" in guard.ways:
            arms += ["Ok(Flow::Next) => {", *next_lines, "}"]
        if "return" in guard.ways:
            arms.append(f"Ok(Flow::Return(value)) => {self.leave('value').removesuffix(';')},")
        for way in ("break", "continue"):
            if way in guard.ways:
                onward = self.leave_loop(way).removesuffix(";")
                arms.append(f"Ok(Flow::{way.capitalize()}) => {onward},")
        if len(guard.ways) < 4:
            arms.append('Ok(_) => return Err(Stop::Decline("no way leads here")),')
        return arms


def reads(handler: ir.Handler) -> bool:
    """Whether the exception is looked at or raised again."""
    return any(
        isinstance(node, (ir.Var, ir.Reraise)) and node.name == handler.name
        for statement in handler.body
        for node in ir.walk(statement)
    )


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
