"""From mypy's tree of one function to the intermediate representation: statements.

    FunctionLowerer(project, "pkg.mod", func_def).lower()      # ir.Function

Expressions are in expressions.py, calls in calls.py, what a `for` walks over in iterables.py.
Refusals are collected statement by statement, so that one run reports every obstacle.

Longer than a file should be: one method for each kind of statement, beside the dispatch over them.
"""

from __future__ import annotations

from mypy.nodes import (
    Argument,
    AssertStmt,
    AssignmentStmt,
    Block,
    BreakStmt,
    ContinueStmt,
    Decorator,
    DelStmt,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    IfStmt,
    Import,
    ImportFrom,
    IndexExpr,
    ListExpr,
    Lvalue,
    MatchStmt,
    MemberExpr,
    NameExpr,
    NonlocalDecl,
    OperatorAssignmentStmt,
    OverloadedFuncDef,
    PassStmt,
    RaiseStmt,
    ReturnStmt,
    SliceExpr,
    Statement,
    StrExpr,
    TryStmt,
    TupleExpr,
    WhileStmt,
)
from mypy.nodes import (
    Var as MypyVar,
)
from mypy.types import CallableType, Instance, get_proper_type

from carveout.cut.frontend import (
    acting,
    deleting,
    forgiving,
    function_displays,
    generics,
    hierarchy,
    iterators,
    mismatched,
    naming,
    special,
)
from carveout.cut.frontend.generators import Generators
from carveout.cut.frontend.inference import infer_empties, vague
from carveout.cut.frontend.matching import Matching
from carveout.cut.frontend.parts import blocks_of, parts_of, survey_part
from carveout.cut.frontend.spreading import STARS
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place, root
from carveout.cut.ir.scopes import bound
from carveout.cut.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    NUM,
    STR,
    DequeType,
    DictType,
    ListType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entries

# Modules whose import does nothing that anybody could tell.
_QUIET = frozenset(
    ["bisect", "collections", "functools", "heapq", "itertools", "math", "operator", "typing"]
)


class FunctionLowerer(Matching, Generators):
    """Lowers one function; `refusals` fills on the way."""

    def lower(self) -> ir.Function:
        func = self.func
        at = self.at(func)
        if func.is_coroutine or (func.is_generator and func not in self.project.collected):
            kind = "an async function" if func.is_coroutine else "a generator"
            self.refusals.append(
                Refusal("refusal-function-kind", f"{kind} is not drafted as an operation", at)
            )
        more = self.open_scope()
        params = [*self._params(func, at), *more]
        body = list(func.body.body)
        doc = None
        if body and isinstance(body[0], ExpressionStmt) and isinstance(body[0].expr, StrExpr):
            doc = body[0].expr.value
            body = body[1:]
        self.result: Type = NONE
        with self.collecting():
            if self.untyped(func):
                raise Refusal("refusal-untyped", f"{func.name} has no annotations", at)
            self.result = self.result_of(func, at)
        self.find_precise(func)
        infer_empties(self, func)
        start: list[ir.Stmt] = []
        with self.collecting():
            start = self.open_cells(at)
            start = [*self.open_memo(params, self.result, at), *start]
            start += self.open_made(at)
        statements = self.close_made([*start, *self.whole_body(body)], at)
        mismatched.settle(self)
        if not self.refusals:
            statements = forgiving.closed(statements, self.result, at)
        with self.collecting():
            statements = [*self.constants(statements, at), *statements]
        if self.result == NONE or not statements:
            statements = statements or []
        made = ir.Function(
            self.key, self.rust_name, params, self.result, statements, self.variables, doc, at
        )
        with self.collecting():
            made.cached = self._is_cached(made)
        return made

    def _is_cached(self, made: ir.Function) -> bool:
        if self.func not in self.project.cached:
            return False
        table = self.reader.table
        known = all(table.hashable(param.type) for param in made.params)
        if known and not table.has_mutable(made.result):
            return True
        raise Refusal(
            "refusal-decorator",
            f"{self.func.name} is cached by arguments or gives results that are not drafted so",
            made.at,
            hint="cache functions of ints, texts and tuples, with results that never change",
        )

    # What building.py does in its own way.

    def arguments_of(self, func: FuncDef) -> list[Argument]:
        """The parameters that the draft has."""
        return func.arguments[1:] if func.is_class else func.arguments

    def result_of(self, func: FuncDef, at: ir.At) -> Type:
        assert isinstance(get_proper_type(func.type), CallableType)
        return self.result_type(self.key, self.read_result(func, at))

    def untyped(self, func: FuncDef) -> bool:
        return not isinstance(get_proper_type(func.type), CallableType)

    def whole_body(self, body: list[Statement]) -> list[ir.Stmt]:
        return self.block(body)

    def _params(self, func: FuncDef, at: ir.At) -> list[ir.Param]:
        params: list[ir.Param] = []
        for argument in self.arguments_of(func):
            if argument.kind in STARS and func not in self.project.spread:
                self.refusals.append(
                    Refusal(
                        "refusal-varargs", "*args and **kwargs are not drafted", self.at(argument)
                    )
                )
                continue
            if argument.variable in self.env.callees:
                continue
            with self.collecting():
                type_ = (
                    self.project.openings[self.key].params.get(argument.variable)
                    or special.own_operand(self, func, argument)
                    or self.chosen(
                        argument.variable,
                        self.reader.read(argument.variable.type, self.at(argument)),
                    )
                )
                if generics.is_abstract(argument.variable.type):
                    self.precise[argument.variable] = type_
                name = self.declare(argument.variable, type_)
                params.append(ir.Param(name, type_))
        return params

    # --- blocks ----------------------------------------------------------------------------------

    def block(self, statements: list[Statement]) -> list[ir.Stmt]:
        out: list[ir.Stmt] = []
        outside = set(self.defined)
        for statement in statements:
            with self.collecting():
                lowered = self._surveyed(statement)
                if lowered:
                    lowered[0].comments = self.comments_before(statement.line)
                out += lowered
            if ir.ends(out):
                # Nothing runs what follows.
                break
        self.defined = outside
        return out

    def _surveyed(self, node: Statement) -> list[ir.Stmt]:
        """A statement; if it is refused, every other obstacle in it is noted as well."""
        before = len(self.refusals)
        try:
            return self.statement(node)
        except Refusal as refusal:
            self.refusals.append(refusal)
            for part in parts_of(node):
                survey_part(self, part)
            # The first one said is enough where the parts say nothing more.
            others = [one for one in self.refusals[before + 1 :] if one.at != refusal.at]
            self.refusals[before:] = [refusal, *others]
            # What stands in its blocks is said as well, whatever keeps the statement itself out.
            for inner in blocks_of(node):
                self.block(inner.body)
            return []

    def statement(self, node: Statement) -> list[ir.Stmt]:
        match node:
            case AssignmentStmt(rvalue=first) | ExpressionStmt(expr=first) | ReturnStmt(expr=first):
                taken = self.taken_first(first)
                named = [] if taken or first is None else naming.before(self, first)
                return [*taken, *named, *self.one_statement(node)]
            case IfStmt(expr=[first, *_]):
                return [*self.taken_first(first), *self.one_statement(node)]
        return self.one_statement(node)

    def one_statement(self, node: Statement) -> list[ir.Stmt]:
        at = self.at(node)
        match node:
            case AssignmentStmt():
                return self._assignment(node, at)
            case OperatorAssignmentStmt():
                return self.augmented(node, at)
            case ExpressionStmt():
                if isinstance(node.expr, StrExpr):
                    return []
                if (made := self.yielded(node.expr, at)) is not None:
                    return made
                return [ir.Do(at, self.expr(node.expr))]
            case ReturnStmt():
                if (left := self.return_(node, at)) is not None:
                    return left
                if node.expr is None:
                    value: ir.Expr = ir.Const(NONE, at, None)
                else:
                    value = self.expr(node.expr, self.result)
                said = mismatched.returned(self, value, self.result)
                if isinstance(said, Refusal):
                    self.odd.append(said)
                    return [mismatched.declined(at)]
                self.sound_returns += 1
                return [ir.Return(at, said)] if self.memo is None else self.remember(said, at)
            case IfStmt():
                return self._if(node)
            case WhileStmt() | ForStmt():
                return self.loop(node, at)
            case BreakStmt() | ContinueStmt():
                if (left := self.jump(node, at)) is not None:
                    return left
                return [ir.Break(at) if isinstance(node, BreakStmt) else ir.Continue(at)]
            case PassStmt() | NonlocalDecl():
                return []
            case Import() | ImportFrom() if self._at_the_start(node):
                return []
            case FuncDef() | Decorator() | OverloadedFuncDef():
                return self.define(node, at)
            case RaiseStmt():
                return [self.raise_(node, at)]
            case AssertStmt():
                # python -O leaves assertions out: whether this one raises, the reference knows.
                failed = ir.Decline(at, "an assertion failed")
                failing = self.negated(self.cond(node.expr), at)
                if isinstance(failing, ir.Const):
                    return [failed] if failing.value else []
                return [ir.If(at, failing, [failed], [])]
            case DelStmt():
                return self._del(node, at)
            case TryStmt():
                return self.try_(node, at)
            case MatchStmt():
                return self.match_(node, at)
            case Block():
                return self.block(node.body)
        kind = type(node).__name__.removesuffix("Stmt").removesuffix("Def").lower()
        what = {
            "with": "with",
            "globaldecl": "global",
            "import": "imports inside a function",
        }.get(kind, kind)
        raise Refusal(
            "refusal-statement",
            f"{what}: this statement is not drafted",
            at,
            hint="move it out of the operation, or write this carving by hand (carve cut --blank)",
        )

    def _at_the_start(self, node: Import | ImportFrom) -> bool:
        """An import before everything else of a function, of modules that do nothing but define.

        What its names stand for is known, whatever they stand for outside.
        """
        for statement in self.func.body.body:
            if statement is node:
                break
            doc = isinstance(statement, ExpressionStmt) and isinstance(statement.expr, StrExpr)
            if not doc and not isinstance(statement, (Import, ImportFrom)):
                return False
        else:
            return False
        names = [name for name, _ in node.ids] if isinstance(node, Import) else [node.id]
        return all(name in _QUIET for name in names)

    def _if(self, node: IfStmt) -> list[ir.Stmt]:
        """Conditions and branches in their order: a `:=` is seen by what follows it."""
        parts: list[tuple[list[ir.Stmt], ir.Expr, list[ir.Stmt]]] = []
        result: list[ir.Stmt] | None = None
        for cond, body in zip(node.expr, node.body, strict=True):
            before, test = naming.condition(self, cond)
            if isinstance(test, ir.Const) and not before:
                # What is known when it is cut: the other branches never run.
                if not test.value:
                    continue
                result = self.block(body.body)
                break
            parts.append((before, test, self.block(body.body)))
        if result is None:
            result = self.block(node.else_body.body) if node.else_body else []
        for before, test, then in reversed(parts):
            result = [*before, ir.If(test.at, test, then, result)]
        return result

    def _while(self, node: WhileStmt, at: ir.At) -> list[ir.Stmt]:
        if naming.assigns(node.expr):
            return self._while_assigning(node, at)
        test, inner = self.cond(node.expr), self.block(node.body.body)
        orelse = self.orelse(node.else_body)
        # After `while True` there is no `else`.
        return [ir.While(at, test, inner, orelse=[] if ir.is_true(test) else orelse)]

    def _while_assigning(self, node: WhileStmt, at: ir.At) -> list[ir.Stmt]:
        """`while (x := f()) > 0`: assigned and tested at the start of each round."""
        before, test = naming.condition(self, node.expr)
        after = self.orelse(node.else_body)
        if ir.breaks(after):
            raise Refusal("refusal-statement", "a break in this else is not drafted", at)
        leave = [*after] if ir.ends(after) else [*after, ir.Break(at)]
        body = [*before, ir.If(at, ir.Not(BOOL, at, test), leave, []), *self.block(node.body.body)]
        return [ir.While(at, ir.Const(BOOL, at, True), body)]

    def orelse(self, body: Block | None) -> list[ir.Stmt]:
        if body is None:
            return []
        with self.in_else():
            return self.block(body.body)

    def loop(self, node: WhileStmt | ForStmt, at: ir.At) -> list[ir.Stmt]:
        """A loop; one over a generator is the generator's."""
        if isinstance(node, ForStmt):
            if (made := self.for_generator(node, at)) is not None:
                return made
            return self.in_loop(node, lambda: self._for(node, at))
        return self.in_loop(node, lambda: self._while(node, at))

    # --- assignment ------------------------------------------------------------------------------

    def _assignment(self, node: AssignmentStmt, at: ir.At) -> list[ir.Stmt]:
        if type(node.rvalue).__name__ == "TempNode":
            return []
        (target, *more) = node.lvalues
        if more:
            return self._chained(node, at)
        if self.named_lambda(target, node.rvalue):
            return []
        value = self.apart(target, node.rvalue, at)
        if value is None:
            wanted = function_displays.local_shape(self, target, node.rvalue)
            wanted = wanted or self.target_type(target)
            value = self.expr(node.rvalue, wanted)
        return self.store(target, value, at)

    def _chained(self, node: AssignmentStmt, at: ir.At) -> list[ir.Stmt]:
        value = self.expr(node.rvalue, self.target_type(node.lvalues[0]))
        name = self.fresh("value", value.type)
        out: list[ir.Stmt] = [ir.Assign(at, ir.PVar(value.type, at, name), value)]
        for target in node.lvalues:
            out += self.store(target, ir.Var(value.type, at, name), at)
        return out

    def target_type(self, target: Lvalue) -> Type | None:
        """The declared type of what is assigned to, if it has one."""
        at = self.at(target)
        match target:
            case NameExpr() if self.dropped(target):
                return None
            case NameExpr(node=MypyVar() as var):
                if var not in self.precise and (vague(var.type) or generics.is_abstract(var.type)):
                    return None
                return self.declared(var, at)
            case MemberExpr() if isinstance(target.node, MypyVar):
                owner = get_proper_type(self.project.checked.types.get(target.expr))
                own = owner if isinstance(owner, Instance) else None
                with self.reader.where(
                    self.reader.parameters(own.type, own.args, at) if own is not None else {}
                ):
                    return self.reader.read(target.node.type, at)
        return None

    def store(self, target: Lvalue, value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
        """`target = value` with the value already lowered."""
        match target:
            case NameExpr(node=MypyVar() as var) if self.is_cell(var):
                return [self.store_cell(var, value, at)]
            case NameExpr():
                pattern = self.pattern(target, value.type)
                if isinstance(pattern, ir.PVar) and pattern.name != "_":
                    value = self.coerce(value, pattern.type)
                return [ir.Assign(at, pattern, value)]
            case MemberExpr():
                obj = forgiving.unwrapped(self.expr(target.expr))
                struct = self.struct_of(obj, at)
                if (done := acting.set_property(self, obj, target, value, at)) is not None:
                    return done
                if struct.frozen:
                    raise Refusal("refusal-frozen", "this would raise FrozenInstanceError", at)
                if (done := hierarchy.set_field(self, obj, target, value, at)) is not None:
                    return done
                if target.name not in struct.fields:
                    raise Refusal("refusal-attribute", f"{target.name} is not a field", at)
                value = self.coerce(value, struct.fields[target.name])
                return [ir.SetField(at, obj, target.name, value)]
            case IndexExpr(index=SliceExpr() as index):
                return [self.set_slice(target.base, index, value, at)]
            case IndexExpr():
                return [self.set_item(self.expr(target.base), self.expr(target.index), value, at)]
            case TupleExpr() | ListExpr():
                return self.unpack(target, value, at)
        raise Refusal("refusal-statement", "this assignment is not drafted", at)

    def pattern(self, target: Lvalue | Expression, type_: Type) -> ir.Pattern:
        """What a `for` or an unpacking binds; `type_` is what arrives."""
        at = self.at(target)
        match target:
            case NameExpr() if self.dropped(target):
                return ir.PVar(type_, at, "_")
            case NameExpr(node=MypyVar() as var) if self.is_cell(var):
                return self.bind_later(target, self.declared(var, at), at)
            case NameExpr(node=MypyVar() as var) if self.is_local(target):
                declared = self.arriving(var, type_, at)
                return ir.PVar(declared, at, self.declare(var, declared))
            case TupleExpr() if isinstance(type_, (ListType, VarTupleType)) or type_ == STR:
                return self.bind_later(target, type_, at)
            case TupleExpr():
                if not isinstance(type_, TupleType) or len(type_.items) != len(target.items):
                    raise Refusal(
                        "refusal-unpack", "only tuples of a known length are unpacked", at
                    )
                items = [self.pattern(t, p) for t, p in zip(target.items, type_.items, strict=True)]
                for index, (item, arrives) in enumerate(zip(items, type_.items, strict=True)):
                    if isinstance(item, ir.PVar) and item.name != "_" and item.type != arrives:
                        if item.type == NUM and arrives in (INT, FLOAT):
                            items[index] = self.bind_later(target.items[index], arrives, at)
                            continue
                        raise Refusal(
                            "refusal-mixed-types",
                            f"{item.name} is {item.type}, and gets {arrives} here",
                            at,
                        )
                return ir.PTuple(type_, at, items)
        raise Refusal("refusal-statement", "only local names are bound here", at)

    def augmented(self, node: OperatorAssignmentStmt, at: ir.At) -> list[ir.Stmt]:
        target = node.lvalue
        match target:
            case NameExpr():
                left = self.expr(target)
                right = self.expr(node.rvalue, left.type)
                if in_place := self.in_place(node.op, left, right, at):
                    self._stays(left, right, at)
                    return in_place
                return self.store(target, self.binary(node.op, left, right, at), at)
            case MemberExpr():
                if (
                    done := acting.augment_property(self, target, node.op, node.rvalue, at)
                ) is not None:
                    return done
                obj = self.expr(target.expr)
                left = self.member_of(obj, target, at)
                right = self.expr(node.rvalue, left.type)
                self._stays(obj, right, at)
                if self.struct_of(obj, at).frozen:
                    raise Refusal("refusal-frozen", "this would raise FrozenInstanceError", at)
                if in_place := self.in_place(node.op, left, right, at):
                    # What was changed is also put back where it stood.
                    self._stays(left, right, at)
                    return in_place
                self.must_be_path(obj, at)
                value = self.coerce(self.binary(node.op, left, right, at), left.type)
                if (done := hierarchy.set_field(self, obj, target, value, at)) is not None:
                    return done
                return [ir.SetField(at, obj, target.name, value)]
            case IndexExpr():
                base, index = self.expr(target.base), self.expr(target.index)
                self.must_be_path(base, at)
                out: list[ir.Stmt] = []
                if not isinstance(index, (ir.Const, ir.Member, ir.Var)):
                    name = self.fresh("index", index.type)
                    out.append(ir.Assign(at, ir.PVar(index.type, at, name), index))
                    index = ir.Var(index.type, at, name)
                if isinstance(base, ir.Var) and special.method(self, base.type, "__getitem__"):
                    return out + self._augmented_item(node, base, index, at)
                if not isinstance(base.type, (ListType, DictType, DequeType)):
                    raise Refusal(
                        "refusal-statement",
                        f"assigning to an item of {base.type} is not drafted",
                        at,
                    )
                left = self.prim("getitem", [base, index], at)
                right = self.expr(node.rvalue, left.type)
                self._stays(base, right, at)
                if in_place := self.in_place(node.op, left, right, at):
                    return out + in_place
                again = ir.Var(index.type, at, index.name) if isinstance(index, ir.Var) else index
                return [*out, self.set_item(base, again, self.binary(node.op, left, right, at), at)]
        raise Refusal("refusal-statement", "this assignment is not drafted", at)

    def _augmented_item(
        self, node: OperatorAssignmentStmt, base: ir.Var, index: ir.Expr, at: ir.At
    ) -> list[ir.Stmt]:
        """`stack[0] += 1` by `__getitem__` and `__setitem__`."""
        left = special.call(self, base, "__getitem__", [index], at)
        assert left is not None
        if self.reader.table.mutable(left.type):
            raise Refusal(
                "refusal-operator", f"{node.op}= on {left.type} is not drafted here", at,
                hint="give the item a name first",
            )  # fmt: skip
        made = self.binary(node.op, left, self.expr(node.rvalue, left.type), at)
        again = ir.Var(index.type, at, index.name) if isinstance(index, ir.Var) else index
        return [self.set_item(ir.Var(base.type, at, base.name), again, made, at)]

    def in_place(self, op: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> list[ir.Stmt] | None:
        """`+=` on a list and `|=` on a set or dict change the object itself."""
        if special.plain_operator(self, op, left):
            return None
        if self.reader.table.mutable(left.type):
            if isinstance(left.type, ListType) and (items := self.items_of(right)) is not None:
                right = ir.ListLit(ListType(items[0].type), right.at, items)
            if entries(f"{op}="):
                return [ir.Do(at, self.prim(f"{op}=", [left, right], at))]
            raise Refusal(
                "refusal-operator",
                f"{op}= on {left.type} is not drafted",
                at,
                hint="use .update(…) or .add(…)",
            )
        return None

    def _stays(self, target: ir.Expr, right: ir.Expr, at: ir.At) -> None:
        """Python finds the target of `+=` before the right side, which must not put another there.

        A local name stays what it is whatever is called; a field or an item may be set anew.
        """
        if isinstance(target, ir.Var):
            return
        for node in ir.walk(right):
            changes = isinstance(node, ir.Prim) and any(
                taken.mode == "mut" for taken in node.entry.params
            )
            called = isinstance(node, ir.Call) and any(
                self.reader.table.has_mutable(arg.type) for arg in node.args
            )
            if changes or called:
                raise Refusal(
                    "refusal-order",
                    "the right side may change what stands on the left",
                    at,
                    hint="give the right side a name first",
                )

    def must_be_path(self, expr: ir.Expr, at: ir.At) -> None:
        """Evaluating it twice must be the same as once."""
        match expr:
            case ir.Var():
                return None
            case ir.Field() | ir.Part():
                return self.must_be_path(expr.obj, at)
            case ir.Unwrap() | ir.Extract():
                return self.must_be_path(expr.operand, at)
            case ir.Prim() if expr.entry.gives == "ref" and all(
                isinstance(arg, (ir.Var, ir.Const)) for arg in expr.args[1:]
            ):
                return self.must_be_path(expr.args[0], at)
        raise Refusal(
            "refusal-statement",
            "this target is too involved to be drafted",
            at,
            hint="give its parts names first",
        )

    # --- the rest --------------------------------------------------------------------------------

    def _for(self, node: ForStmt, at: ir.At) -> list[ir.Stmt]:
        if self.is_lazy(node.expr):
            return self._for_lazy(node, at)
        if (made := iterators.for_loop(self, node, at)) is not None:
            return made
        source = self.iter(node.expr)
        self.no_set_order(source)
        target = self.pattern(node.index, source.item)
        self.check_bound(target, source.item, at)
        body = [*self.stores(at), *self.block(node.body.body)]
        self.check_whole(source, body, at)
        self.check_read(source, body)
        before = self._kept(source, body, at)
        return [*before, ir.For(at, target, source, body, orelse=self.orelse(node.else_body))]

    def _for_lazy(self, node: ForStmt, at: ir.At) -> list[ir.Stmt]:
        """A loop over a generator expression, map or filter: each item in its turn."""
        clauses, element = self.lazy(node.expr, True)
        if len(clauses) != 1:
            raise Refusal(
                "refusal-iterable", "a loop over a generator of several loops", at,
                hint="write the loops out",
            )  # fmt: skip
        (clause,) = clauses
        body: list[ir.Stmt] = [
            ir.If(at, ir.Not(BOOL, at, cond), [ir.Continue(at)], []) for cond in clause.conds
        ]
        body += self.store(node.index, element, at)
        body += self.block(node.body.body)
        self.check_whole(clause.source, body, at)
        before = self._kept(clause.source, body, at)
        orelse = self.orelse(node.else_body)
        return [*before, ir.For(at, clause.target, clause.source, body, orelse=orelse)]

    def _kept(self, source: ir.Iter, body: list[ir.Stmt], at: ir.At) -> list[ir.Stmt]:
        """A text or tuple that the loop gives another value is walked under a name of its own."""
        out: list[ir.Stmt] = []
        names = {name for statement in body for name in bound(statement)}
        for walked in ir.walk(source):
            if isinstance(walked, ir.SeqIter) and not isinstance(walked.seq.type, ListType):
                start = root(walked.seq) if is_place(walked.seq) else None
                if start is not None and start.name in names:
                    type_ = walked.seq.type
                    name = self.fresh("walked", type_)
                    out.append(ir.Assign(at, ir.PVar(type_, at, name), walked.seq))
                    walked.seq = ir.Var(type_, at, name)
        return out

    def _del(self, node: DelStmt, at: ir.At) -> list[ir.Stmt]:
        targets = node.expr.items if isinstance(node.expr, TupleExpr) else [node.expr]
        out: list[ir.Stmt] = []
        for target in targets:
            if isinstance(target, NameExpr):
                deleting.forget(self, node, target, at)
                continue
            if not isinstance(target, IndexExpr):
                raise Refusal("refusal-statement", "this `del` is not drafted", at)
            base = self.expr(target.base)
            if isinstance(target.index, SliceExpr):
                bounds = self.bounds(target.index)
                out.append(ir.Do(at, self.prim("delslice", [base, *bounds], at)))
                continue
            index = self.expr(target.index)
            if (called := special.call(self, base, "__delitem__", [index], at)) is not None:
                out.append(ir.Do(at, called))
                continue
            out.append(ir.Do(at, self.prim("delitem", [base, index], at)))
        return out


__all__ = ["STR", "FunctionLowerer"]
