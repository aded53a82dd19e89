"""Lowering of generator functions where their items are used.

    for x in primes(limit): …        # the generator's own loop, with the body where it yields
    list(steps(n)), sum(steps(n))    # steps(n), a function that gives a list

A `for` takes each item before the next one is made, so the generator's statements are written in
place of the loop and the loop's body in place of each `yield`; `break` leaves them all. Where
that can't be (a generator that calls itself, a generator in an expression) its items are made
first, which nobody can tell: it must be known to end, change nothing that it was given, and what
it raises is left to the reference. A built-in that takes all items before it does anything else
gets the generator's own exceptions.

Refused by name: generators that are kept and resumed, sent to, or closed, and a `yield` inside
`try` or `with`, which Python may leave in the middle.

Longer than a file should be: leaving, yielding and walking call each other over one set of places
(`Place`, `Target`, `Loop`), and apart none of them could be read. What is known of a generator
from its source is in yielding.py, and of items made early in early_items.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mypy.nodes import (
    ArgKind,
    BreakStmt,
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    ContinueStmt,
    Decorator,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    IndexExpr,
    LambdaExpr,
    ListComprehension,
    MemberExpr,
    NameExpr,
    OpExpr,
    RefExpr,
    ReturnStmt,
    Statement,
    TryStmt,
    TypeInfo,
    UnaryExpr,
    WithStmt,
    YieldExpr,
    YieldFromExpr,
)
from mypy.nodes import Var as MypyVar
from mypy.types import Instance, get_proper_type

from carveout.cut.frontend import yielding
from carveout.cut.frontend.closures import Env
from carveout.cut.frontend.inference import infer_empties
from carveout.cut.frontend.scoping import Scopes, children, walk
from carveout.cut.frontend.trying import Trying
from carveout.cut.frontend.unpacking import Unpacking
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.regions import blocks
from carveout.cut.ir.scopes import bound
from carveout.cut.ir.types import (
    BOOL,
    INT,
    NONE,
    ListType,
    OptionalType,
    StructType,
    TupleType,
    Type,
)
from carveout.cut.refuse import Refusal

# What a `yield` becomes; it gets the item.
Sink = Callable[[ir.Expr, ir.At], list[ir.Stmt]]
# So many statements a loop's body may grow to where a generator yields in several places.
_LONGEST = 40
# So many items are made before it is the reference's turn, which may need only the first ones.
_MOST = 1 << 22
_DEEPEST = 4
# Built-ins that take all items of their first argument, or as many as they need, before they do
# anything else.
_TAKES_FIRST = frozenset(
    f"builtins.{name}"
    for name in ("any", "all", "next", "list", "tuple", "set", "frozenset", "sum", "sorted", "dict")
)


@dataclass(eq=False)
class Target:
    """Statements that can be left from inside of their loops: `over` says that they were."""

    # How many loops are around its statements, its own included.
    level: int
    # The name of what says that it was left from inside of other loops.
    over: str = ""
    # Set where it was left early; for the `else` of a loop.
    left: str = ""
    used: bool = False
    # Left from its own level.
    shallow: bool = False


@dataclass(eq=False)
class Loop:
    """A loop that is being lowered, and what is left through it."""

    exits: dict[Target, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Whose statements are lowered: a function's own, or those of a generator inside of it."""

    module: str
    path: str
    func: FuncDef
    sink: Sink | None = None
    # What `return` leaves; None: the function.
    returns: Target | None = None
    # What `break` and `continue` mean at the end of the list: None for a loop of one's own.
    meaning: tuple[tuple[Target, str] | None, ...] = ()
    walking: tuple[FuncDef, ...] = ()


@dataclass(frozen=True)
class Generator:
    """A call of a generator function."""

    func: FuncDef
    module: str
    node: CallExpr
    # The object, of a method.
    first: tuple[Expression, ...] = ()
    nested: bool = False


class Generators(Trying, Unpacking):
    """Mixed into FunctionLowerer."""

    sink: Sink | None = None
    returns: Target | None = None

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.loops: list[Loop] = []
        self.meaning: tuple[tuple[Target, str] | None, ...] = ()
        self.walking: tuple[FuncDef, ...] = ()

    # --- whose statements ------------------------------------------------------------------------

    def _here(self) -> Place:
        return Place(
            self.module, self.path, self.func, self.sink, self.returns, self.meaning, self.walking
        )  # fmt: skip

    @contextmanager
    def _in(self, place: Place) -> Iterator[None]:
        before = self._here()
        self._set(place)
        try:
            yield
        finally:
            self._set(before)

    def _set(self, place: Place) -> None:
        self.module, self.path, self.func = place.module, place.path, place.func
        self.sink, self.returns = place.sink, place.returns
        self.meaning, self.walking = place.meaning, place.walking

    # --- leaving ---------------------------------------------------------------------------------

    def _leave(self, target: Target, at: ir.At) -> list[ir.Stmt]:
        """Out of every loop up to the target's."""
        target.used = True
        inner = self.loops[target.level :]
        if not inner:
            target.shallow = True
            return [ir.Break(at)]
        target.over = target.over or self.fresh("over", BOOL)
        for loop in inner:
            loop.exits[target] = None
        return [_set(target.over, True, at), ir.Break(at)]

    @contextmanager
    def _loop(self) -> Iterator[Loop]:
        loop = Loop()
        self.loops.append(loop)
        try:
            yield loop
        finally:
            self.loops.pop()

    def _onward(self, loop: Loop, at: ir.At) -> list[ir.Stmt]:
        """What follows a loop that something was left through."""
        return [
            ir.If(at, ir.Var(BOOL, at, target.over), [ir.Break(at)], []) for target in loop.exits
        ]

    def _enclosed(self, target: Target, body: list[ir.Stmt], at: ir.At) -> list[ir.Stmt]:
        """The statements, with where leaving them leads to."""
        if not target.used:
            return body
        checks = [one for one in body if _asks(one, target)]
        if not target.shallow and checks and checks[-1] is body[-1] and len(checks) == 1:
            # Nothing follows the one loop that is left.
            body = body[:-1]
            if not _reads(body, target.over):
                return _without(body, target.over)
            return [_set(target.over, False, at), *body]
        start = [_set(target.over, False, at)] if target.over else []
        end = [] if ir.ends(body) else [ir.Break(at)]
        return [*start, ir.While(at, ir.Const(BOOL, at, True), [*body, *end])]

    def in_loop(self, node: Statement, lowered: Callable[[], list[ir.Stmt]]) -> list[ir.Stmt]:
        """A loop of the source: its `break` and `continue` are its own."""
        before = self.meaning
        self.meaning = (*before, None)
        try:
            with self._loop() as loop:
                out = lowered()
        finally:
            self.meaning = before
        return [*out, *self._onward(loop, self.at(node))]

    @contextmanager
    def in_else(self) -> Iterator[None]:
        """The `else` of a loop is outside of it."""
        loop, before = self.loops.pop(), self.meaning
        self.meaning = before[:-1]
        try:
            yield
        finally:
            self.meaning = before
            self.loops.append(loop)

    def jump(self, node: BreakStmt | ContinueStmt, at: ir.At) -> list[ir.Stmt] | None:
        """`break` or `continue` of a loop over a generator; None for any other."""
        if not self.meaning or self.meaning[-1] is None:
            return None
        target, again = self.meaning[-1]
        if isinstance(node, BreakStmt):
            out = [_set(target.left, True, at)] if target.left else []
            return [*out, *self._leave(target, at)]
        if again == "continue":
            return [ir.Continue(at)]
        return [ir.Break(at)]

    def return_(self, node: ReturnStmt, at: ir.At) -> list[ir.Stmt] | None:
        """`return` inside of a generator; None for any other."""
        if self.sink is None:
            return None
        out: list[ir.Stmt] = []
        if node.expr is not None and not (
            isinstance(node.expr, NameExpr) and node.expr.fullname == "builtins.None"
        ):
            out.append(ir.Do(at, self.expr(node.expr)))
        if self.returns is not None:
            return [*out, *self._leave(self.returns, at)]
        assert self.kept is not None
        name, type_ = self.kept
        return [*out, ir.Return(at, ir.Var(type_, at, name))]

    # --- yield -----------------------------------------------------------------------------------

    # The list that the items of a generator's own draft go to.
    kept: tuple[str, ListType] | None = None

    def yielded(self, node: Expression, at: ir.At) -> list[ir.Stmt] | None:
        """`yield` and `yield from` as statements."""
        match node:
            case YieldExpr(expr=None):
                raise Refusal("refusal-generator", "a yield of nothing is not drafted", at)
            case YieldExpr(expr=Expression() as given):
                item = self.item_of(self.func, at)
                value = self.coerce(self.expr(given, item), item)
                assert self.sink is not None
                return self.sink(value, at)
            case YieldFromExpr(expr=given):
                sink, item = self.sink, self.item_of(self.func, at)
                assert sink is not None

                def passed(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                    return sink(self.coerce(value, item), at)

                return self._each(given, passed, at)
        return None

    def _each(self, node: Expression, sink: Sink, at: ir.At) -> list[ir.Stmt]:
        """Every item of an iterable, one after the other."""
        if (gen := self.generator_call(node)) is not None and self._can_be_in_place(gen, 1, at):
            return self._in_place(gen, sink, at)
        source = self.iter(node)
        self.no_set_order(source)
        pattern, read = self.bind_item(source.item, at)
        with self._loop() as loop:
            body = sink(read, at)
        self.check_whole(source, body, at)
        self.check_read(source, body)
        return [ir.For(at, pattern, source, body), *self._onward(loop, at)]

    def item_of(self, func: FuncDef, at: ir.At) -> Type:
        """What a generator yields."""
        return self.reader.yields(getattr(func.type, "ret_type", None), at)

    def open_made(self, at: ir.At) -> list[ir.Stmt]:
        """A generator's own draft begins with a list."""
        if not self.func.is_generator:
            return []
        type_ = ListType(self.item_of(self.func, at))
        name = self.fresh("items", type_)
        self.kept = (name, type_)

        def put(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            added = self.prim("list.append", [ir.Var(type_, at, name), value], at)
            count = self.prim("builtins.len", [ir.Var(type_, at, name)], at)
            full = self.prim(">=", [count, ir.Const(INT, at, _MOST)], at)
            why = ir.Decline(at, "a generator of very many items")
            return [ir.Do(at, added), ir.If(at, full, [why], [])]

        self.sink = put
        self.refuse_suspended(self.func, at)
        return [ir.Assign(at, ir.PVar(type_, at, name), ir.ListLit(type_, at, []))]

    def close_made(self, body: list[ir.Stmt], at: ir.At) -> list[ir.Stmt]:
        """And gives it at its end."""
        if self.kept is None or ir.ends(body):
            return body
        name, type_ = self.kept
        return [*body, ir.Return(at, ir.Var(type_, at, name))]

    def refuse_suspended(self, func: FuncDef, at: ir.At) -> None:
        """Refuse what only a generator that is resumed can do."""
        for inner in yielding.own(func.body):
            match inner:
                case TryStmt() | WithStmt() if any(map(yielding.is_yield, yielding.own(inner))):
                    block = "try" if isinstance(inner, TryStmt) else "with"
                    raise Refusal(
                        "refusal-generator",
                        f"{func.name} yields inside of {block}",
                        self._at_of(inner, at), hint="yield after it",
                    )  # fmt: skip
                case ExpressionStmt(expr=YieldExpr() | YieldFromExpr()):
                    continue
            for part in children(inner):
                if yielding.is_yield(part) and not isinstance(inner, ExpressionStmt):
                    raise Refusal(
                        "refusal-generator",
                        f"{func.name} uses what a yield gives, which only send() sets",
                        self._at_of(part, at), hint="pass it as an argument",
                    )  # fmt: skip

    @staticmethod
    def _at_of(node: Any, at: ir.At) -> ir.At:
        return ir.At(at.file, node.line, node.column + 1)

    # --- calls -----------------------------------------------------------------------------------

    def generator_call(self, node: Expression) -> Generator | None:
        """The call of a generator function, if it is one."""
        found = self._generator_call(node)
        self.project.lazily |= found is not None
        return found

    def _generator_call(self, node: Expression) -> Generator | None:
        if not isinstance(node, CallExpr):
            return None
        callee = node.callee
        inner = self.nested(callee)
        if isinstance(inner, FuncDef):
            found = Generator(inner, self.module, node, nested=True)
            return found if inner.is_generator else None
        if isinstance(callee, RefExpr) and callee.fullname:
            target = callee.node
            func = target.func if isinstance(target, Decorator) else target
            if isinstance(func, FuncDef) and func.is_generator and not func.info:
                module = func.fullname.rpartition(".")[0]
                if module.split(".")[0] in self.project.checked.packages:
                    self.sure(callee, self.at(node))
                    self.plain_function(target, self.at(node))
                    return Generator(func, module, node)
        if isinstance(callee, MemberExpr):
            method = self._method_under_name(callee)
            if method is not None and method.is_generator:
                return Generator(method, method.info.module_name, node, (callee.expr,))
        return None

    def _method_under_name(self, callee: MemberExpr) -> FuncDef | None:
        owner = callee.expr
        if isinstance(owner, RefExpr) and isinstance(owner.node, TypeInfo):
            return None
        try:
            type_ = self.mypy_type(owner)
        except Refusal:
            return None
        if not isinstance(type_, StructType):
            return None
        symbol = self.reader.infos[type_.name].names.get(callee.name)
        method = symbol.node if symbol is not None else None
        if isinstance(method, FuncDef) and not (method.is_static or method.is_class):
            return method
        return None

    def collected(self, gen: Generator, at: ir.At, whole: bool = False) -> ir.Expr:
        """A generator's items as a list; `whole`: Python takes all before it does anything else."""
        func = gen.func
        if yielding.endless(func):
            raise Refusal(
                "refusal-generator", f"{func.name} may yield without an end", at,
                hint="walk over it in a `for`, with a break",
            )  # fmt: skip
        self.project.collected.add(func)
        before, self.taking = self.taking, func
        try:
            made = self.expr(gen.node)
        finally:
            self.taking = before
        if whole:
            return made
        call = made
        while isinstance(call, ir.Let):
            call = call.body
        assert isinstance(call, ir.Call)
        call.quiet = True
        self.project.early.setdefault(call.function, at)
        self.early[id(made)] = made
        return made

    # --- walks -----------------------------------------------------------------------------------

    def for_generator(self, node: ForStmt, at: ir.At) -> list[ir.Stmt] | None:
        """A loop over a generator; None where its items are made first."""
        if not self._taken_in_turn(node.expr, yielding.size(node.body.body), at):
            return None
        target = Target(len(self.loops) + 1)
        target.left = self.fresh("left", BOOL) if node.else_body is not None else ""
        host, again = self._here(), yielding.continues(node.body.body)
        gen = self.generator_call(node.expr)
        tails = set() if gen is None else yielding.tails(gen.func)

        def sink(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            inside = self.loops[target.level :]
            last = gen is not None and self.func is gen.func and at.line in tails and bool(inside)
            meaning = (*host.meaning, (target, "continue" if last else "break"))
            with self._in(replace(host, meaning=meaning)):
                bound = self.store(node.index, value, at)
                if not again or last:
                    return [*bound, *self.block(node.body.body)]
                # `continue` goes on after the yield.
                with self._loop() as loop:
                    body = self.block(node.body.body)
                end = [] if ir.ends(body) else [ir.Break(at)]
                once = ir.While(at, ir.Const(BOOL, at, True), [*body, *end])
                return [*bound, once, *self._onward(loop, at)]

        out = self._leavable(node.expr, sink, target, at)
        orelse = self.block(node.else_body.body) if node.else_body is not None else []
        if target.left and target.used:
            out = [_set(target.left, False, at), *out]
            if orelse:
                missed = ir.Not(BOOL, at, ir.Var(BOOL, at, target.left))
                orelse = [ir.If(at, missed, orelse, [])]
        return [*out, *orelse]

    def _leavable(self, node: Expression, sink: Sink, target: Target, at: ir.At) -> list[ir.Stmt]:
        """A walk that can be left at any item."""
        before: list[ir.Stmt] = []
        with self._loop() as outer:
            inside = self._items(node, sink, target, before, at)
        return [*before, *self._enclosed(target, inside, at), *self._onward(outer, at)]

    def _taken_in_turn(self, node: Expression, size: int, at: ir.At) -> bool:
        """Whether a walk is one over a generator that can be written in place, or made of one."""
        if isinstance(node, GeneratorExpr):
            return len(node.sequences) == 1 and self._taken_in_turn(node.sequences[0], size, at)
        if (gen := self.generator_call(node)) is not None:
            return self._can_be_in_place(gen, size, at)
        if isinstance(node, CallExpr) and (over := yielding.over(node)) is not None:
            return self._taken_in_turn(over, size, at)
        return False

    def _items(
        self, node: Expression, sink: Sink, target: Target, before: list[ir.Stmt], at: ir.At
    ) -> list[ir.Stmt]:
        """The statements that come to `sink` with each item of a walk."""
        if (gen := self.generator_call(node)) is not None:
            return self._in_place(gen, sink, at)
        host = self._here()
        if isinstance(node, GeneratorExpr):

            def element(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                with self._in(host):
                    bound = self.store(node.indices[0], value, at)
                    conds = [self.cond(cond) for cond in node.condlists[0]]
                    inner = sink(self.expr(node.left_expr), at)
                for cond in reversed(conds):
                    inner = [ir.If(at, cond, inner, [])]
                return [*bound, *inner]

            return self._items(node.sequences[0], element, target, before, at)
        assert isinstance(node, CallExpr)
        assert isinstance(node.callee, RefExpr)
        self.sure(node.callee, at)
        over = yielding.over(node)
        assert over is not None
        match node.callee.fullname:
            case "builtins.enumerate":
                return self._numbered(node, over, sink, target, before, at)
            case "itertools.islice":
                return self._first_ones(node, over, sink, target, before, at)
            case "itertools.takewhile":

                def while_true(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                    bound, read = self._under_name(value, at)
                    with self._in(host):
                        test = self.truth(self.applied(node.args[0], [read()], at), at)
                        ended = self._leave(target, at)
                    return [*bound, ir.If(at, self.negated(test, at), ended, []), *sink(read(), at)]

                return self._items(over, while_true, target, before, at)
            case "builtins.map":

                def mapped(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                    with self._in(host):
                        made = self.applied(node.args[0], [value], at)
                    return sink(made, at)

                return self._items(over, mapped, target, before, at)

        def kept(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            bound, read = self._under_name(value, at)
            with self._in(host):
                test = self.truth(self.applied(node.args[0], [read()], at), at)
            return [*bound, ir.If(at, test, sink(read(), at), [])]

        return self._items(over, kept, target, before, at)

    def _under_name(self, value: ir.Expr, at: ir.At) -> tuple[list[ir.Stmt], Callable[[], ir.Expr]]:
        """A name for what is read several times."""
        name = self.fresh("item", value.type)
        bound = ir.Assign(at, ir.PVar(value.type, at, name), value)
        return [bound], lambda: ir.Var(value.type, at, name)

    def _counter(self, start: ir.Expr, before: list[ir.Stmt], at: ir.At) -> tuple[str, ir.Stmt]:
        name = self.fresh("count", INT)
        before.append(ir.Assign(at, ir.PVar(INT, at, name), start))
        more = self.prim("+", [ir.Var(INT, at, name), ir.Const(INT, at, 1)], at)
        return name, ir.Assign(at, ir.PVar(INT, at, name), more)

    def _numbered(
        self, node: CallExpr, over: Expression, sink: Sink, target: Target,
        before: list[ir.Stmt], at: ir.At,
    ) -> list[ir.Stmt]:  # fmt: skip
        start: ir.Expr = ir.Const(INT, at, 0)
        if len(node.args) > 1:
            start = self.coerce(self.expr(node.args[1]), INT)
        if not isinstance(start, (ir.Const, ir.Var)):
            raise Refusal("refusal-call", "give the start of enumerate() a name first", at)
        count, more = self._counter(start, before, at)

        def numbered(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            bound, read = self._under_name(ir.Var(INT, at, count), at)
            pair = ir.TupleLit(TupleType((INT, value.type)), at, [read(), value])
            again = ir.Assign(at, ir.PVar(INT, at, count), self.prim(
                "+", [ir.Var(INT, at, count), ir.Const(INT, at, 1)], at))  # fmt: skip
            return [*bound, again, *sink(pair, at)]

        del more
        return self._items(over, numbered, target, before, at)

    def _first_ones(
        self, node: CallExpr, over: Expression, sink: Sink, target: Target,
        before: list[ir.Stmt], at: ir.At,
    ) -> list[ir.Stmt]:  # fmt: skip
        """`islice(items, count)`: no more items are asked for than are given."""
        given = self.coerce(self.expr(node.args[1]), INT)
        if self.may_stop(given) and not yielding.simple_call(over):
            raise Refusal("refusal-call", "give the count of islice() a name first", at)
        limit = self.fresh("limit", INT)
        before.append(ir.Assign(at, ir.PVar(INT, at, limit), given))

        def wanted() -> ir.Expr:
            return ir.Var(INT, at, limit)

        count, _ = self._counter(ir.Const(INT, at, 0), before, at)
        negative = self.prim("<", [wanted(), ir.Const(INT, at, 0)], at)
        before.append(ir.If(at, negative, [ir.Decline(at, "islice of a negative count")], []))

        def first(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            again = ir.Assign(at, ir.PVar(INT, at, count), self.prim(
                "+", [ir.Var(INT, at, count), ir.Const(INT, at, 1)], at))  # fmt: skip
            full = self.prim(">=", [ir.Var(INT, at, count), wanted()], at)
            return [again, *sink(value, at), ir.If(at, full, self._leave(target, at), [])]

        some = self.prim(">", [wanted(), ir.Const(INT, at, 0)], at)
        return [ir.If(at, some, self._items(over, first, target, before, at), [])]

    # --- walks inside of expressions -------------------------------------------------------------

    def taken_first(self, node: Expression | None) -> list[ir.Stmt]:
        """What an expression begins with, if that is a walk over a generator: as statements."""
        found = None if node is None else self._first_walk(node)
        if found is None:
            return []
        at = self.at(found)
        positional, _keywords = self.arguments(found)
        assert isinstance(found.callee, (RefExpr, MemberExpr))
        name = found.callee.fullname.removeprefix("builtins.")
        over = positional[0]
        target = Target(len(self.loops) + 1)
        if name in ("any", "all"):
            self.sure(found.callee, at)
            result = self.fresh("found", BOOL)
            start: ir.Stmt = _set(result, name == "all", at)

            def decide(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                test = self.truth(value, at)
                if name == "all":
                    test = self.negated(test, at)
                left = [_set(result, name == "any", at), *self._leave(target, at)]
                return [ir.If(at, test, left, [])]

            walked = self._leavable(over, decide, target, at)
            self.replaced[found] = lambda: ir.Var(BOOL, at, result)
            return [start, *walked]
        if name == "next":
            self.sure(found.callee, at)
            item = self._item_type(over, at)
            if self.reader.table.any_part(item, lambda t: t == NONE) or isinstance(
                item, OptionalType
            ):
                raise Refusal("refusal-generator", "next() of what may be None", at)
            type_ = OptionalType(item)
            result = self.fresh("first", type_)
            default = self.expr(positional[1], item) if len(positional) == 2 else None
            if default is not None and not isinstance(default, (ir.Const, ir.Var)):
                raise Refusal("refusal-call", "give the default of next() a name first", at)
            nothing: ir.Expr = ir.Const(type_, at, None)

            def take(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
                kept = ir.Some(type_, at, self.coerce(value, item))
                return [ir.Assign(at, ir.PVar(type_, at, result), kept), *self._leave(target, at)]

            walked = self._leavable(over, take, target, at)

            def read() -> ir.Expr:
                kept: ir.Expr = ir.Var(type_, at, result)
                if default is None:
                    # Without an item Python raises StopIteration; the reference does.
                    return ir.Unwrap(item, at, kept)
                if default.type == NONE:
                    return kept
                some = ir.Unwrap(item, at, ir.Var(type_, at, result))
                other = self.expr(positional[1], item)
                absent = ir.IsNone(BOOL, at, kept)
                return ir.IfExp(item, at, absent, self.coerce(other, item), some)

            self.replaced[found] = read
            return [ir.Assign(at, ir.PVar(type_, at, result), nothing), *walked]
        over = positional[-1] if name in ("join",) else over
        list_type = ListType(self._item_type(over, at))
        items = self.fresh("items", list_type)
        empty = ir.Assign(at, ir.PVar(list_type, at, items), ir.ListLit(list_type, at, []))

        def put(value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
            item = self.coerce(value, list_type.item)
            return [ir.Do(at, self.prim("list.append", [ir.Var(list_type, at, items), item], at))]

        walked = self._leavable(over, put, target, at)
        self.replaced[over] = lambda: ir.Var(list_type, at, items)
        return [empty, *walked]

    def _first_walk(self, node: Expression) -> CallExpr | None:
        """The call that takes a walk's items before anything else of an expression happens."""
        match node:
            case CallExpr(callee=RefExpr(fullname=name), args=[first, *rest]) if name:
                if name in _TAKES_FIRST and all(k == ArgKind.ARG_POS for k in node.arg_kinds[:1]):
                    lazily = self._taken_in_turn(first, 1, self.at(node))
                    needs = name in ("builtins.any", "builtins.all", "builtins.next")
                    if (
                        lazily
                        and (needs or _unending(first, self))
                        and (name == "builtins.next" or not rest or name == "builtins.sorted")
                    ):
                        return node
                if node.arg_kinds and node.arg_kinds[0] == ArgKind.ARG_POS:
                    return self._first_walk(first)
            case ListComprehension(generator=inner):
                del inner
            case ComparisonExpr(operands=[first, *_]):
                return self._first_walk(first)
            case OpExpr(left=left, op=op) if op not in ("and", "or"):
                return self._first_walk(left)
            case OpExpr(left=left):
                return self._first_walk(left)
            case UnaryExpr(expr=inner_expr):
                return self._first_walk(inner_expr)
            case IndexExpr(base=base):
                return self._first_walk(base)
            case ConditionalExpr(cond=cond):
                return self._first_walk(cond)
        return None

    def _item_type(self, node: Expression, at: ir.At) -> Type:
        """What comes out of a walk, before it is lowered."""
        if (gen := self.generator_call(node)) is not None:
            return self.item_of(gen.func, at)
        if isinstance(node, GeneratorExpr):
            return self.mypy_type(node.left_expr)
        known = get_proper_type(self.project.checked.types.get(node))
        if isinstance(known, Instance) and known.args and isinstance(node, CallExpr):
            item = self.reader.read(known.args[0], at)
            name = node.callee.fullname if isinstance(node.callee, RefExpr) else ""
            return TupleType((INT, item)) if name == "builtins.enumerate" else item
        return self.reader.yields(known, at)

    def _can_be_in_place(self, gen: Generator, size: int, at: ir.At) -> bool:
        func = gen.func
        if func in self.walking or len(self.walking) >= _DEEPEST or func is self.func:
            return False
        nodes = list(walk(func.body))
        if any(isinstance(node, (FuncDef, LambdaExpr)) for node in nodes):
            return False
        if any(isinstance(n, CallExpr) and yielding.called(n, func) for n in nodes):
            return False
        yields = sum(map(yielding.is_yield, nodes))
        if yields > 1 and yields * size > _LONGEST:
            return False
        self.refuse_suspended(func, at)
        return True

    def _in_place(self, gen: Generator, sink: Sink, at: ir.At) -> list[ir.Stmt]:
        """A generator's statements, with `sink` where it yields."""
        func = gen.func
        first = [self.expr(one) for one in gen.first]
        args, wrap, callees = self.matched(func, func.arguments[len(first) :], gen.node, at)
        if callees:
            raise Refusal(
                "refusal-generator", f"{func.name} takes a function", at,
                hint="make a list of its items first",
            )  # fmt: skip
        args = [*first, *args]
        scopes = self._owned(gen)
        hidden = {var: self.names.pop(var) for var in scopes if var in self.names}
        out: list[ir.Stmt] = []
        with self._in(
            Place(
                gen.module,
                self.project.checked.path(gen.module),
                func,
                sink,
                None,
                (),
                (*self.walking, func),
            )
        ):
            self.find_precise(func)
            infer_empties(self, func)
            names: list[ir.Pattern] = []
            for argument, value in zip(func.arguments, args, strict=True):
                name = self.declare(argument.variable, value.type)
                names.append(ir.PVar(value.type, at, name))
            out = self._passed(names, args, wrap, at)
            target = Target(len(self.loops) + 1)
            self.returns = target
            leaves = any(isinstance(node, ReturnStmt) for node in yielding.own(func.body))
            if not leaves:
                body = self.block(yielding.statements(func))
            else:
                with self._loop() as loop:
                    body = self.block(yielding.statements(func))
                body = [*self._enclosed(target, body, at), *self._onward(loop, at)]
        for var in scopes:
            self.names.pop(var, None)
        self.names |= hidden
        return [*out, *body]

    def _passed(
        self, names: list[ir.Pattern], args: list[ir.Expr], wrap: Any, at: ir.At
    ) -> list[ir.Stmt]:
        """The arguments under the parameters' names."""
        types = [arg.type for arg in args]
        if wrap is not None and not isinstance(wrap(ir.Const(INT, at, 0)), ir.Const):
            whole = TupleType(tuple(types))
            value = wrap(ir.TupleLit(whole, at, args))
            return [ir.Assign(at, ir.PTuple(whole, at, names), value)]
        return [ir.Assign(at, name, arg) for name, arg in zip(names, args, strict=True)]

    def _owned(self, gen: Generator) -> list[MypyVar]:
        if gen.nested:
            return list(self.env.scopes.of[gen.func].owned)
        return list(Scopes(gen.func).root.owned)

    # --- what nobody may be able to tell ---------------------------------------------------------

    def check_read(self, source: ir.Iter, body: list[ir.Stmt]) -> None:
        """Refuse a loop that gives another value to what a collected generator reads."""
        names: set[str] = set()
        for call in ir.walk(source):
            if isinstance(call, ir.Call) and call.quiet:
                taken = self.project.lifted.get(call.function)
                count = len(taken.args(source.at)) if isinstance(taken, Env) else 0
                last = call.args[len(call.args) - count :]
                names |= {var.name for var in last if isinstance(var, ir.Var)}
        if names & {name for statement in body for name in bound(statement)}:
            raise Refusal(
                "refusal-generator", "the loop changes what its generator reads", source.at,
                hint="pass it as an argument",
            )  # fmt: skip


def _set(name: str, value: bool, at: ir.At) -> ir.Stmt:
    return ir.Assign(at, ir.PVar(BOOL, at, name), ir.Const(BOOL, at, value))


def _asks(node: ir.Stmt, target: Target) -> bool:
    """Whether a statement passes on that the target was left."""
    return (
        isinstance(node, ir.If)
        and isinstance(node.cond, ir.Var)
        and (node.cond.name == target.over and bool(target.over))
    )


def _reads(body: list[ir.Stmt], name: str) -> bool:
    return any(isinstance(node, ir.Var) and node.name == name for s in body for node in ir.walk(s))


def _without(body: list[ir.Stmt], name: str) -> list[ir.Stmt]:
    """The statements without those that set a name."""
    out: list[ir.Stmt] = []
    for node in body:
        target = node.target if isinstance(node, ir.Assign) else None
        if isinstance(target, ir.PVar) and target.name == name:
            continue
        for inner in blocks(node):
            inner[:] = _without(inner, name)
        out.append(node)
    return out


def _unending(node: Expression, lowerer: Generators) -> bool:
    """Whether a walk may only be left, not walked to its end first."""
    if isinstance(node, GeneratorExpr):
        return _unending(node.sequences[0], lowerer)
    if (gen := lowerer.generator_call(node)) is not None:
        return yielding.endless(gen.func)
    over = yielding.over(node) if isinstance(node, CallExpr) else None
    return over is not None and _unending(over, lowerer)


__all__ = ["Generators"]
