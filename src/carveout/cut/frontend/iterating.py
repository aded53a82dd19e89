"""Lowering of `itertools`, `functools.reduce` and `operator`.

    self.iterating(callee, node, at)      # `combinations(xs, 2)`: a list; None if no such call

Python's iterators look at what they walk over while they are walked. Here they are made whole
first, so what they walk over must not change meanwhile (`check_whole`), and making it must not
raise.
"""

from __future__ import annotations

from collections.abc import Sequence

from mypy.nodes import (
    CallExpr,
    DictExpr,
    Expression,
    IntExpr,
    LambdaExpr,
    ListComprehension,
    ListExpr,
    NameExpr,
    OpExpr,
    RefExpr,
    SetComprehension,
    SetExpr,
)

from carveout.cut.frontend import special
from carveout.cut.frontend.formatting import Formatting
from carveout.cut.frontend.parts import assignments
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place
from carveout.cut.ir.types import INT, DictType, ListType, OptionalType, Type
from carveout.cut.refuse import Refusal
from carveout.cut.registry.iterating import COMBINING, OPERATORS

_SELECTIONS = ("combinations", "combinations_with_replacement", "permutations")
# Those that take their items as they go, not all at the start.
_LAZY = ("accumulate", "chain", "compress", "islice", "pairwise", "zip_longest")
# Functions of `operator` by their number of operands, where it is not two.
_OPERANDS = {
    **dict.fromkeys(("neg", "pos", "invert", "inv", "abs", "not_", "truth"), 1),
    **dict.fromkeys(("is_", "is_not", "contains", "getitem"), 2),
}
_SYMBOLS = {symbol: name for name, symbol in OPERATORS.items() if name in COMBINING}


class Iterating(Formatting):
    """Calls that walk and combine."""

    def iterating(self, callee: RefExpr, node: CallExpr, at: ir.At) -> ir.Expr | None:
        """A call of one of the three modules."""
        module, _, name = callee.fullname.rpartition(".")
        positional, keywords = self.arguments(node)
        match module.lstrip("_"), name:
            case "operator", _ if not keywords and len(positional) == _OPERANDS.get(
                name, 2 if name in OPERATORS else 0
            ):
                return self.operator(name, [self.expr(arg) for arg in positional], at)
            case "functools", "reduce" if 2 <= len(positional) <= 3 and not keywords:
                how = self._combining(positional[0])
                items = self.materialise(positional[1])
                start = [self.expr(arg) for arg in positional[2:]]
                return self.prim(f"reduce.{how}", [items, *start], at)
            case "itertools", _:
                return self.itertools(name, positional, keywords, at)
        return None

    def operator(self, name: str, args: list[ir.Expr], at: ir.At) -> ir.Expr | None:
        """What a function of `operator` gives for values."""
        match name, args:
            case _, [left, right] if name in OPERATORS:
                symbol = OPERATORS[name]
                if symbol in ("==", "!=", "<", "<=", ">", ">="):
                    return self.compare(symbol, left, right, at)
                return self.binary(symbol, left, right, at)
            case "is_" | "is_not", [left, right]:
                return self.compare("is" if name == "is_" else "is not", left, right, at)
            case "contains", [right, left]:
                return self.compare("in", left, right, at)
            case "getitem", [base, index] if isinstance(base.type, (ListType, DictType)):
                return self.prim("getitem", [base, index], at)
            case "neg" | "pos" | "invert", [value]:
                if (called := special.call(self, value, f"__{name}__", [], at)) is not None:
                    return called
                return self.prim(name, [value], at)
            case "inv", [value]:
                return self.operator("invert", args, at)
            case "abs", [value]:
                if (called := special.builtin(self, "abs", value, at)) is not None:
                    return called
                return self.prim("builtins.abs", [value], at)
            case "not_", [value]:
                return self.negated(self.truth(value, at), at)
            case "truth", [value]:
                return self.truth(value, at)
        return None

    def itertools(
        self, name: str, positional: list[Expression], keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr | None:
        match name, len(positional), sorted(keywords):
            case _, 2, [] if name in _SELECTIONS:
                items, size = self._whole(positional[0], False), positional[1]
                if isinstance(size, IntExpr) and 2 <= size.value <= 5:
                    return self.prim(f"{name}.{size.value}", [items], at)
                length = self.expr(size)
                if name == "permutations":
                    length = self.coerce(length, OptionalType(INT))
                return self.prim(name, [items, length], at)
            case "permutations", 1, []:
                every = ir.Const(OptionalType(INT), at, None)
                return self.prim(name, [self._whole(positional[0], False), every], at)
            case "product", 2 | 3, []:
                return self.prim(name, [self._whole(arg, False) for arg in positional], at)
            case "product", 1, ["repeat"]:
                items = self._whole(positional[0], False)
                return self.prim("product.repeat", [items, self.expr(keywords["repeat"])], at)
            case "accumulate", 1 | 2, [] | ["initial"] | ["func"] | ["func", "initial"]:
                given = positional[1] if len(positional) == 2 else keywords.get("func")
                how = "add" if given is None else self._combining(given)
                args = [self._whole(positional[0], True)]
                if "initial" in keywords:
                    args.append(self.expr(keywords["initial"]))
                return self.prim(f"accumulate.{how}", args, at)
            case (("chain" | "compress"), _, []):
                return self.prim(name, [self._whole(arg, True) for arg in positional], at)
            case (("pairwise" | "chain.from_iterable"), 1, []):
                return self.prim(name, [self._whole(positional[0], True)], at)
            case "zip_longest", 2, ["fillvalue"]:
                both = [self._whole(arg, True) for arg in positional]
                return self.prim(name, [*both, self.expr(keywords["fillvalue"])], at)
            case "islice", 2 | 3 | 4, []:
                bounds = [self.coerce(self.expr(a), OptionalType(INT)) for a in positional[1:]]
                return self.prim(name, [self._whole(positional[0], True), *bounds], at)
            case "repeat", 2, []:
                one = self.expr(positional[0])
                made = ir.ListLit(ListType(one.type), at, [one])
                if self.reader.table.has_mutable(one.type):
                    raise Refusal("refusal-call", "repeat of one object is not drafted", at)
                return self.prim(name, [made, self.expr(positional[1])], at)
        raise Refusal(
            "refusal-call", f"this call of itertools.{name} is not drafted", at,
            hint="write the loop it stands for",
        )  # fmt: skip

    def _whole(self, node: Expression, lazy: bool) -> ir.Expr:
        """An iterable as a list, where nobody can tell that it is made at once."""
        made = self.materialise(node)
        if lazy and isinstance(made, ir.Comp) and self.may_stop(made):
            raise Refusal(
                "refusal-order", "what raises here would raise later in Python", made.at,
                hint="make a list of it first",
            )  # fmt: skip
        return made

    def _combining(self, node: Expression) -> str:
        """The name of a function of two values: `operator.mul`, `lambda a, b: a * b`, `max`."""
        if isinstance(node, RefExpr):
            module, _, name = node.fullname.rpartition(".")
            if module.lstrip("_") in ("operator", "math", "builtins") and name in COMBINING:
                self.sure(node, self.at(node))
                return name
        if isinstance(node, LambdaExpr) and len(node.arguments) == 2:
            body = node.expr()
            first, second = (argument.variable for argument in node.arguments)
            match body:
                case OpExpr(left=NameExpr() as left, right=NameExpr() as right) if (
                    left.node,
                    right.node,
                ) == (first, second) and body.op in _SYMBOLS:
                    return _SYMBOLS[body.op]
        raise Refusal(
            "refusal-expression", "this function of two values is not drafted", self.at(node),
            hint="use one of operator's, or write the loop",
        )  # fmt: skip

    def count(self, positional: list[Expression], at: ir.At) -> ir.Iter:
        """`count(start, step)`, as a range to where nobody gets."""
        start: ir.Expr = ir.Const(INT, at, 0)
        step: ir.Expr = ir.Const(INT, at, 1)
        if positional:
            start = self.expr(positional[0])
        if len(positional) == 2:
            step = self.expr(positional[1])
        if not isinstance(start, (ir.Const, ir.Var)) or not isinstance(step, ir.Const):
            raise Refusal("refusal-call", "give the start of count() a name first", at)
        stop = self.prim("count.stop", [start, step], at)
        again = ir.Var(INT, at, start.name) if isinstance(start, ir.Var) else start
        return ir.RangeIter(INT, at, again, stop, step)

    def check_clauses(self, clauses: list[ir.Clause], inside: list[ir.Expr]) -> None:
        """The same of a comprehension."""
        conditions = [cond for clause in clauses for cond in clause.conds]
        for clause in clauses:
            self.check_whole(clause.source, [*conditions, *inside], clause.source.at)

    def check_whole(self, source: ir.Iter, inside: Sequence[ir.Stmt | ir.Expr], at: ir.At) -> None:
        """Refuse a loop that may change what was taken for its walk at once."""
        places: list[ir.Expr] = []
        for node in ir.walk(source):
            if isinstance(node, ir.Prim) and node.entry.key.partition(".")[0] in _LAZY:
                places += [arg for arg in node.args if is_place(arg)]
            elif isinstance(node, ir.SeqIter) and id(node.seq) in self.early:
                places += [inner for inner in ir.walk(node.seq) if isinstance(inner, ir.Var)]
        walked: set[Type] = {p.type for p in places if self.reader.table.mutable(p.type)}
        if not walked:
            return
        apart = self._apart(places)
        for statement in inside:
            for node in ir.walk(statement):
                match node:
                    case ir.Prim():
                        pairs = zip(node.entry.params, node.args, strict=False)
                        objects = [arg for taken, arg in pairs if taken.mode == "mut"]
                        changed = [o.type for o in objects if not self._is_one(o, apart)]
                    case ir.SetItem(obj=obj):
                        changed = [] if self._is_one(obj, apart) else [obj.type]
                    case ir.Call(args=args):
                        table = self.reader.table
                        changed = [t for arg in args for t in walked if table.any_part(
                            arg.type, lambda part, t=t: part == t)]  # fmt: skip
                    case _:
                        continue
                if walked & set(changed):
                    raise Refusal(
                        "refusal-order", "this loop may change what it walks over", at,
                        hint="walk over a list of it",
                    )  # fmt: skip

    @staticmethod
    def _is_one(place: ir.Expr, names: set[str]) -> bool:
        return isinstance(place, ir.Var) and place.name in names

    def _apart(self, places: list[ir.Expr]) -> set[str]:
        """Locals that only ever hold what was made for them, and so none of the walked objects."""
        made: dict[str, bool] = {}
        named: set[str] = set()
        for statement in assignments(self.func.body):
            fresh = isinstance(
                statement.rvalue, (ListExpr, SetExpr, DictExpr, ListComprehension, SetComprehension)
            )
            if isinstance(statement.rvalue, NameExpr):
                named.add(statement.rvalue.name)
            for target in statement.lvalues:
                if isinstance(target, NameExpr):
                    made[target.name] = made.get(target.name, True) and fresh
        own = {name for name, fresh in made.items() if fresh and name not in named}
        params = {argument.variable.name for argument in self.func.arguments}
        walked = {place.name for place in places if isinstance(place, ir.Var)}
        known = all(isinstance(place, ir.Var) for place in places) and all(
            name in own or (name in params and name not in made) for name in walked
        )
        return own - params - walked if known else set()
