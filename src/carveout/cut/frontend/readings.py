"""An exception's `__init__` as a function from what it was given to one of the fields that it sets.

    NotFound("a").code      # a Call of not_found_code, of the caught fault

Invariant: what is read so neither raises nor declines nor changes anything.
"""

from __future__ import annotations

from mypy.nodes import (
    Argument,
    CallExpr,
    FuncDef,
    MemberExpr,
    RefExpr,
    Statement,
    SuperExpr,
    TypeInfo,
    Var,
)

from carveout.cut.frontend.building import Building, Step
from carveout.cut.frontend.classes import targets
from carveout.cut.frontend.exceptions import TEXT, argument_type
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import FAULT, STR, OptionalType, Type
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Name

# How Rust has what a fault keeps.
_RUST = {"int": "i64", "float": "f64", "bool": "bool", "str": "Str", "bytes": "Bytes"}


class Reading(Building):
    """Lowers an exception's `__init__` as a function from its arguments to one of its fields."""

    def arguments_of(self, func: FuncDef) -> list[Argument]:
        return []

    def _params(self, func: FuncDef, at: ir.At) -> list[ir.Param]:
        self.error = self.fresh("error", FAULT)
        return [ir.Param(self.error, FAULT)]

    def result_of(self, func: FuncDef, at: ir.At) -> Type:
        self.info, self.asked = self.project.readings[self.key]
        self.this = func.arguments[0].variable
        self.these: set[object] = {self.this}
        self.made = FAULT  # type: ignore[assignment]
        self.whole = False
        self.held: dict[str, str] = {}
        self.fields: dict[str, Type] = {}
        self.passed: list[ir.Expr] | None = None
        for base in self.info.mro:
            if self.reader.own(base):
                for name, symbol in base.names.items():
                    if isinstance(symbol.node, Var) and symbol.node.type is not None:
                        self.fields.setdefault(name, self._field(symbol.node, at))
        if self.asked is None or self.asked == TEXT:
            return STR
        return self.fields[self.asked]

    def _field(self, var: Var, at: ir.At) -> Type:
        try:
            return self.reader.read(var.type, at)
        except Refusal:
            # Refused where it is asked for.
            return FAULT

    def lower(self) -> ir.Function:
        made = super().lower()
        for statement in made.body[:-1]:
            for node in ir.walk(statement):
                stops = isinstance(node, ir.Prim) and node.entry.stops
                reads = isinstance(node, ir.Prim) and node.entry.key == "fault.arg"
                odd = isinstance(
                    node, (ir.Call, ir.Unwrap, ir.Extract, ir.Raise, ir.Reraise, ir.While, ir.For)
                )
                if odd or (stops and not reads) or isinstance(node, (ir.Try, ir.Decline)):
                    self.refusals.append(
                        Refusal(
                            "refusal-raise",
                            f"{self.info.name}.__init__ does more than set attributes",
                            getattr(node, "at", made.at),
                            hint="let it set what it is given, or texts of it",
                        )
                    )
                    return made
        return made

    def whole_body(self, body: list[Statement]) -> list[ir.Stmt]:
        if not hasattr(self, "made"):
            return []
        at = self.at(self.func)
        out: list[ir.Stmt] = []
        with self.collecting():
            self.passed = None
            self.project.passes_on[self.info.fullname] = False
            for index, param in enumerate(self.func.arguments[1:]):
                type_ = self.reader.read(param.variable.type, self.at(param))
                argument_type(param.variable.name, type_, self.at(param))
                name = self.declare(param.variable, type_)
                out.append(
                    ir.Assign(at, ir.PVar(type_, at, name), self._argument(type_, index, at))
                )
            steps = self._steps(self.func, body)
            for step in steps:
                if any(self.uses(part).whole for part in step.parts()):
                    raise Refusal(
                        "refusal-raise",
                        f"{self.info.name}.__init__ does more than set attributes",
                        self.at(step.node),
                    )
                for target in targets(step.node):
                    if isinstance(target, MemberExpr) and self._is_field(target):
                        name, type_ = target.name, self.fields[target.name]
                        if name == "args":
                            raise Refusal("refusal-raise", "args is set by hand", self.at(target))
                        if name not in self.held:
                            self.held[name] = self.fresh(name, type_)
            out += self._run(steps)
            out.append(ir.Return(at, self._answer(at)))
        return out

    def _argument(self, type_: Type, index: int, at: ir.At) -> ir.Expr:
        inner = type_.item if isinstance(type_, OptionalType) else type_
        said = _RUST[str(inner)]
        said = f"Option<{said}>" if inner is not type_ else said
        text = f"{{0.}}.arg::<{said}>({index})?"
        entry = Entry("fault.arg", (), Name(str(type_)), "own", text, ATOM, True)
        return ir.Prim(type_, at, entry, [ir.Var(FAULT, at, self.error)])

    def _answer(self, at: ir.At) -> ir.Expr:
        if self.asked is None:
            return ir.Const(STR, at, "")
        if self.asked == TEXT:
            return self._text(at)
        if self.asked not in self.held:
            raise Refusal("refusal-attribute", f"{self.info.name}.{self.asked} is never set", at)
        return ir.Var(self.fields[self.asked], at, self.held[self.asked])

    def _text(self, at: ir.At) -> ir.Expr:
        """`str(error)` of what `Exception.__init__` was given."""
        passed = self.passed
        key = self.info.has_base("builtins.KeyError")
        if passed is None or self.info.has_base("builtins.OSError"):
            raise Refusal("refusal-except", f"str() of a {self.info.name} is not drafted", at)
        if not passed:
            return ir.Const(STR, at, "")
        if len(passed) > 1:
            raise Refusal("refusal-except", f"{self.info.name} has several arguments", at)
        return self.prim("builtins.repr" if key else "builtins.str", passed, at)

    # --- what it is given to ---------------------------------------------------------------------

    def _base_init(self, func: FuncDef, call: CallExpr) -> FuncDef | None:
        owner = func.info
        later = self.info.mro[self.info.mro.index(owner) + 1 :]
        if isinstance(call.callee, MemberExpr) and isinstance(call.callee.expr, RefExpr):
            named = call.callee.expr.node
            later = named.mro if isinstance(named, TypeInfo) else []
        for base in later:
            symbol = base.names.get("__init__")
            if symbol is not None:
                return super()._base_init(func, call) if self.reader.own(base) else None
        return None

    def last_init(self, statement: Statement, func: FuncDef, call: CallExpr) -> list[Step]:
        return [Step(statement, func, call)]

    def end_of_chain(self, step: Step) -> list[ir.Stmt]:
        """`Exception.__init__` with what it keeps."""
        assert step.call is not None
        explicit = not isinstance(step.call.callee, SuperExpr)
        if self.passed is not None or any(name is not None for name in step.call.arg_names):
            raise Refusal("refusal-raise", "Exception.__init__ is called twice", self.at(step.node))
        self.project.passes_on[self.info.fullname] = True
        out: list[ir.Stmt] = []
        self.passed = []
        for node in step.call.args[explicit:]:
            value = self.expr(node)
            argument_type("passed on", value.type, value.at)
            name = self.fresh("passed", value.type)
            out.append(ir.Assign(value.at, ir.PVar(value.type, value.at, name), value))
            self.passed.append(ir.Var(value.type, value.at, name))
        return out


__all__ = ["Reading"]
