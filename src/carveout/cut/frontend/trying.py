"""Lowering of try, except, else and finally, and of raise.

    try: … except LookupError as e: …      # ir.Try, with the classes that the handler covers

A handler names classes; which exceptions they cover is known when the operation is cut: Python's
own hierarchy is in the runtime; subclasses in the package are looked up in its modules. A
decline is no exception and passes every handler.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Expression,
    IntExpr,
    NameExpr,
    RaiseStmt,
    RefExpr,
    Statement,
    StrExpr,
    TryStmt,
    TupleExpr,
    TypeInfo,
)
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend import exceptions
from carveout.cut.frontend.calls import Calls
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BIG, FAULT, INT, OptionalType, TupleType
from carveout.cut.refuse import Refusal

# Exceptions that are plain: their arguments are what was passed, whatever it was.
RAISABLE = frozenset(
    [
        "ValueError",
        "KeyError",
        "IndexError",
        "TypeError",
        "RuntimeError",
        "ZeroDivisionError",
        "ArithmeticError",
        "LookupError",
        "AssertionError",
        "OverflowError",
        "NotImplementedError",
        "Exception",
        "PermissionError",
        "ConnectionError",
        "TimeoutError",
        "FloatingPointError",
        "BufferError",
        "EOFError",
        "AttributeError",
        "NameError",
    ]
)
# What a carving declines on instead of raising it; a handler of them never runs there.
_NEVER_RAISED = frozenset({"RecursionError", "MemoryError", "UnboundLocalError"})
# Those of library modules: by mypy's name, the runtime's.
LIBRARY_FAULTS = {"binascii.Error": "binascii:Error", "struct.error": "struct:error"} | {
    f"{module}.{name}": f"decimal:{name}"
    for module in ("decimal", "_decimal")
    for name in ("InvalidOperation", "DivisionByZero", "DecimalException")
}
_ALL = frozenset({"builtins.Exception", "builtins.BaseException"})


class Trying(Calls):
    """Handlers and what they do."""

    def block(self, statements: list[Statement]) -> list[ir.Stmt]:
        """lower.py"""
        raise NotImplementedError

    # --- try -------------------------------------------------------------------------------------

    def try_(self, node: TryStmt, at: ir.At) -> list[ir.Stmt]:
        if node.is_star:
            raise Refusal("refusal-statement", "except* is not drafted", at)
        body = self.block(node.body.body)
        handlers: list[ir.Handler] = []
        for caught, var, block in zip(node.types, node.vars, node.handlers, strict=True):
            with self.collecting():
                kinds = None if caught is None else self.kinds(caught)
                if isinstance(var, NameExpr) and isinstance(var.node, MypyVar):
                    self._only_here(var.node, at)
                    name = self.declare(var.node, FAULT)
                else:
                    name = self.fresh("error", FAULT)
                self.catching.append(name)
                inner = self.block(block.body)
                self.catching.pop()
                handlers.append(ir.Handler(kinds, name, inner))
        orelse = self.block(node.else_body.body) if node.else_body is not None else []
        # What is on its way through a `finally` has no name.
        self.catching.append(None)
        final = self.block(node.finally_body.body) if node.finally_body is not None else []
        self.catching.pop()
        if not handlers and not final:
            return [*body, *orelse]
        return [ir.Try(at, body, handlers, orelse, final)]

    def _only_here(self, var: MypyVar, at: ir.At) -> None:
        """One name for two handlers is one variable; for a handler and something else it is not."""
        known = self.names.get(var)
        if known is not None and self.variables[known].type != FAULT:
            raise Refusal(
                "refusal-mixed-types",
                f"{var.name} is an exception here and something else before",
                at,
                hint="give the exception a name of its own",
            )

    def kinds(self, caught: Expression) -> list[str] | None:
        """The classes that an `except` names with the package's own below them; None: all."""
        items = caught.items if isinstance(caught, TupleExpr) else [caught]
        found: list[str] = []
        for item in items:
            at = self.at(item)
            if not isinstance(item, RefExpr) or not isinstance(item.node, TypeInfo):
                raise Refusal(
                    "refusal-except",
                    "only classes by their names are caught",
                    at,
                    hint="write `except (KeyError, ValueError):`",
                )
            self.sure(item, at)
            info = item.node
            if info.fullname in _ALL:
                return None
            own = info.module_name.split(".")[0] in self.project.checked.packages
            if not own and info.fullname in LIBRARY_FAULTS:
                found.append(LIBRARY_FAULTS[info.fullname])
                continue
            if not own and info.module_name != "builtins":
                raise Refusal(
                    "refusal-except", f"catching {info.fullname} is not drafted", at,
                    hint="catch the built-in exception it is a kind of",
                )  # fmt: skip
            if not own and info.name in _NEVER_RAISED:
                continue
            found.append(_runtime_name(info))
            found += [public_name(sub) for sub in self._below(info)]
        return list(dict.fromkeys(found))

    def _below(self, info: TypeInfo) -> Iterator[TypeInfo]:
        """The package's subclasses of a class."""
        for module, tree in self.project.checked.files.items():
            if module.split(".")[0] not in self.project.checked.packages:
                continue
            for symbol in tree.names.values():
                sub = symbol.node
                if (
                    isinstance(sub, TypeInfo)
                    and sub.module_name == module
                    and sub is not info
                    and info in sub.mro
                ):
                    yield sub

    # --- raise -----------------------------------------------------------------------------------

    def raise_(self, node: RaiseStmt, at: ir.At) -> ir.Stmt:
        raised = node.expr
        if node.from_expr is not None:
            self._cause(node.from_expr)
        if raised is None:
            return ir.Reraise(at, self._held(at))
        if isinstance(raised, NameExpr) and isinstance(raised.node, MypyVar):
            name = self.names.get(raised.node)
            if name is not None and self.variables[name].type == FAULT and name in self.catching:
                return ir.Reraise(at, name)
        args: list[Expression] = []
        callee: Expression = raised
        if isinstance(raised, CallExpr):
            callee, args = raised.callee, list(raised.args)
            taken = [ArgKind.ARG_POS]
            if isinstance(callee, RefExpr) and isinstance(callee.node, TypeInfo):
                named = self.reader.own(callee.node)
                if named and exceptions.own_init(self.project, callee.node) is not None:
                    taken.append(ArgKind.ARG_NAMED)
            if any(kind not in taken for kind in raised.arg_kinds):
                raise Refusal("refusal-raise", "exceptions take positional arguments only", at)
        if not isinstance(callee, RefExpr) or not isinstance(callee.node, TypeInfo):
            raise Refusal("refusal-raise", "only `raise Class(arguments)` is drafted", at)
        self.sure(callee, at)
        name = self._raisable(callee.node, at)
        if self.reader.own(callee.node) and exceptions.own_init(self.project, callee.node):
            call = raised if isinstance(raised, CallExpr) else None
            return exceptions.constructed(self, callee.node, call, at)
        return ir.Raise(at, name, [self.scalar_argument(arg) for arg in args])

    def _held(self, at: ir.At) -> str:
        held = self.catching[-1] if self.catching else None
        if held is None:
            raise Refusal(
                "refusal-raise",
                "a bare `raise` outside of a handler is not drafted",
                at,
                hint="raise the exception by its class",
            )
        return held

    def _cause(self, node: Expression) -> None:
        """`from e` and `from None` say what a traceback shows, which does not cross."""
        if isinstance(node, NameExpr):
            known = self.names.get(node.node) if isinstance(node.node, MypyVar) else None
            fault = known is not None and self.variables[known].type == FAULT
            if fault or node.fullname == "builtins.None":
                return
        if isinstance(node, CallExpr) and isinstance(node.callee, RefExpr):
            # Made for the traceback alone: from what nobody can tell that it was evaluated.
            target, plain = node.callee.node, (NameExpr, StrExpr, IntExpr)
            if isinstance(target, TypeInfo) and all(isinstance(a, plain) for a in node.args):
                at = self.at(node)
                self.sure(node.callee, at)
                self._raisable(target, at)
                for arg in node.args:
                    self.scalar_argument(arg)
                return
        raise Refusal(
            "refusal-raise", "`from` this exception is not drafted",
            self.at(node),
        )  # fmt: skip

    def _raisable(self, info: TypeInfo, at: ir.At) -> str:
        """The name of a class whose exceptions cross as their arguments."""
        if info.module_name == "builtins":
            if info.name not in RAISABLE:
                raise Refusal("refusal-raise", f"raising {info.name} is not drafted", at)
            return public_name(info)
        if not any(base.fullname == "builtins.Exception" for base in info.mro):
            raise Refusal("refusal-raise", f"{info.name} is no Exception", at)
        for base in info.mro:
            if base.module_name == "builtins":
                if base.name not in RAISABLE | {"BaseException", "object"}:
                    raise Refusal("refusal-raise", f"{info.name} is a {base.name}", at)
            elif any(m in base.names for m in ("__new__", "__reduce__", "__getattribute__")):
                raise Refusal(
                    "refusal-raise",
                    f"{base.name} defines how its objects are made",
                    at,
                    hint="give it an __init__ at most",
                )
        return public_name(info)

    def scalar_argument(self, node: Expression) -> ir.Expr:
        value = self.expr(node)
        if value.type == BIG:
            value = self.sized(value, INT)
        inner = value.type.item if isinstance(value.type, OptionalType) else value.type
        items = inner.items if isinstance(inner, TupleType) else (inner,)
        if not all(str(t) in ("int", "float", "num", "bool", "str", "None") for t in items):
            raise Refusal(
                "refusal-raise",
                f"an exception's argument of type {value.type} is not drafted",
                value.at,
                hint="pass a str or a number",
            )
        return value


def _runtime_name(info: TypeInfo) -> str:
    """As the runtime names it: `IOError` is an OSError."""
    if info.module_name == "builtins":
        known = getattr(builtins, info.name, None)
        if isinstance(known, type):
            return f"builtins:{known.__name__}"
    return public_name(info)


def settle_handlers(program: ir.Program) -> list[Refusal]:
    """Leave out of every handler the package's classes that nothing here raises.

    Refuses what a handler would see half done: a draft makes a generator's items before it takes
    them in.
    """
    nodes = [n for f in program.functions.values() for s in f.body for n in ir.walk(s)]
    raised = {node.kind for node in nodes if isinstance(node, ir.Raise)}
    raised |= set(LIBRARY_FAULTS.values())
    for node in nodes:
        if isinstance(node, ir.Handler) and node.kinds is not None:
            node.kinds = [k for k in node.kinds if k.startswith("builtins:") or k in raised]
    if not any(isinstance(node, ir.Try) for node in nodes):
        return []
    return [
        Refusal(
            "refusal-order",
            "a fault in this generator would leave its first items behind, for a handler to see",
            node.at,
            hint="make a list of it first",
        )
        for node in nodes
        if isinstance(node, ir.Prim)
        and any(taken.mode == "mut" for taken in node.entry.params)
        and any(isinstance(arg, ir.Comp) and _may_stop(arg) for arg in node.args)
    ]  # fmt: skip


def _may_stop(node: ir.Comp) -> bool:
    return any(
        isinstance(inner, (ir.Call, ir.Unwrap, ir.Extract))
        or (isinstance(inner, ir.Prim) and inner.entry.stops)
        for inner in ir.walk(node)
    )


__all__ = ["RAISABLE", "Trying", "settle_handlers"]
