"""What every part of lowering shares: names, places, coercions, registry look-ups.

Longer than a file should be: it is one class, the state that all mixins of lowering share, and each
of its methods is used by most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from mypy.nodes import (
    LDEF,
    CallExpr,
    Context,
    Decorator,
    Expression,
    FuncDef,
    IntExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    RefExpr,
    TypeInfo,
)
from mypy.nodes import Var as MypyVar

from carveout.cut import registry
from carveout.cut.frontend import classes, forgiving, forms, growing, numbers, unions
from carveout.cut.frontend.bindings import Bindings
from carveout.cut.frontend.check import Checked
from carveout.cut.frontend.decorators import CACHES, plain_options, unlimited
from carveout.cut.frontend.families import Families, World
from carveout.cut.frontend.generics import Opening, is_abstract
from carveout.cut.frontend.inference import vague
from carveout.cut.frontend.types import TypeReader
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NONE,
    NUM,
    STR,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    SetType,
    StructInfo,
    StructType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

# Refusals that say better than "not drafted" why an operation has no entry for its operands.
_CONVERSIONS = frozenset({"refusal-int-as-float", "refusal-bool-as-int"})
# Those that keep what a function gave.
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
# Decorators of functions that leave them as they are.
_PASSIVE = frozenset(
    {"builtins.property", "typing.final", "typing.override", "typing_extensions.override"}
)


@dataclass
class Project:
    """What lowering one operation shares between its functions."""

    checked: Checked
    loose: bool = False
    world: World = field(default_factory=World)
    # What is of any size, where a draft has such ints: growing.py.
    big: growing.Chosen | None = None
    # Functions whose parameters and results growing.py may choose, and the locals of all by name.
    plain: set[str] = field(default_factory=set)
    placed: dict[tuple[str, str], MypyVar] = field(default_factory=dict)
    wanted: list[tuple[str, str, FuncDef]] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    # Functions that no source has: a dataclass's constructor around its `__post_init__`.
    made: dict[str, ir.Function] = field(default_factory=dict)
    # Functions whose results may be kept: `@functools.cache`.
    cached: set[FuncDef] = field(default_factory=set)
    constants: dict[str, tuple[Type, object]] = field(default_factory=dict)
    # What functions get besides their own parameters: closures.py.
    lifted: dict[str, Any] = field(default_factory=dict)
    # Locals that several functions share, by their object's scope and field.
    cell_fields: dict[MypyVar, tuple[Any, str]] = field(default_factory=dict)
    # The patterns of matches that a function is called with: patterns.py.
    matches: dict[MypyVar, list[Any]] = field(default_factory=dict)
    # Nested functions that keep what they gave, and whether they forget nothing: caching.py.
    caches: dict[FuncDef, bool] = field(default_factory=dict)
    memos: dict[FuncDef, MypyVar] = field(default_factory=dict)
    # The class that an `__init__` or a class method is drafted for: hierarchy.py.
    built_for: dict[str, TypeInfo] = field(default_factory=dict)
    # Fields of exceptions as functions, and what is known of their constructors: exceptions.py.
    readings: dict[str, tuple[TypeInfo, str | None]] = field(default_factory=dict)
    looked_through: dict[str, Refusal | None] = field(default_factory=dict)
    passes_on: dict[str, bool] = field(default_factory=dict)
    # Setters of properties, which share their names with the getters.
    setters: set[FuncDef] = field(default_factory=set)
    # Functions whose text is in another one's draft: the `__init__` of a base.
    inlined: list[tuple[str, FuncDef]] = field(default_factory=list)
    # What a draft of a function with open types is for, by its key: generics.py.
    openings: dict[str, Opening] = field(default_factory=dict)
    # Generators that are drafted as functions that give lists, and the functions whose items are
    # made earlier than Python makes them: generators.py.
    collected: set[FuncDef] = field(default_factory=set)
    # Functions with `*args` or `**kwargs` whose calls give them: spreading.py.
    spread: set[FuncDef] = field(default_factory=set)
    early: dict[str, ir.At] = field(default_factory=dict)
    # Functions that are kept as values, by their kinds and what tells them apart, and the functions
    # that call them: function_calls.py.
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    applies: dict[str, Any] = field(default_factory=dict)
    # Whether something lazy is drafted, through which StopIteration does not pass: iterators.py.
    lazily: bool = False
    bindings: Bindings = field(init=False)
    families: Families = field(init=False)
    reader: TypeReader = field(init=False)

    def __post_init__(self) -> None:
        self.bindings = self.checked.bindings
        checked = self.checked
        self.families = Families(checked.files, checked.packages, self.world)
        self.reader = TypeReader(self.bindings, self.families, self.loose)

    def reserve(self, key: str, rust_name: str) -> bool:
        """A name in Rust for a function; False if it has one already."""
        if key in self.known:
            return False
        taken = set(self.known.values())
        name, n = rust_name, 2
        while name in taken:
            name, n = f"{rust_name}_{n}", n + 1
        self.known[key] = name
        return True

    def request(self, module: str, key: str, func: FuncDef, rust_name: str) -> None:
        """Have a function drafted as well."""
        if self.reserve(key, rust_name):
            self.wanted.append((module, key, func))
            # A function inside another knows its type variables.
            made = self.openings.setdefault(key, Opening())
            made.bound = {**self.reader.bound, **made.bound}


class Base:
    """State of lowering one function."""

    def __init__(self, project: Project, module: str, key: str, func: FuncDef) -> None:
        self.project = project
        self.reader = project.reader
        self.module = module
        self.key = key
        self.func = func
        self.rust_name = project.known[key]
        self.path = project.checked.path(module)
        self.variables: dict[str, ir.Variable] = {}
        self.names: dict[MypyVar, str] = {}
        self.refusals: list[Refusal] = []
        # Returns of something else than is declared, and how many there are of that: mismatched.py.
        self.odd: list[Refusal] = []
        self.sound_returns = 0
        # `:=` whose value was assigned before the condition it is in.
        self.stored: set[Expression] = set()
        # A module's containers that are read here: their names, and how they are made.
        self.hoisted: dict[str, tuple[str, ir.Expr]] = {}
        # Lists of what Python makes while it is walked over: nobody may be able to tell.
        self.early: dict[int, ir.Expr] = {}
        # What a pattern can't bind by itself: stored right after it.
        self.pending: list[tuple[Expression, str, Type]] = []
        # The exceptions of the handlers around; None inside a `finally`.
        self.catching: list[str | None] = []
        # Locals that are more than they are declared: a `dict[…]` that only holds a defaultdict.
        self.precise: dict[MypyVar, Type] = {}
        # Whether a type is looked for that values would fit.
        self.chooses = False
        # The generator whose call is being lowered for the list of its items.
        self.taking: FuncDef | None = None
        # Expressions that statements before them have the value of: generators.py.
        self.replaced: dict[Expression, Callable[[], ir.Expr]] = {}

    # What the classes built on this one add; each is written where its docstring says.

    def expr(self, node: Expression, expected: Type | None = None) -> ir.Expr:
        """expressions.py"""
        raise NotImplementedError

    def cond(self, node: Expression) -> ir.Expr:
        """logic.py"""
        raise NotImplementedError

    def call_helper(
        self,
        module: str,
        func: FuncDef,
        args: list[ir.Expr],
        at: ir.At,
        info: TypeInfo | None = None,
        callees: dict[MypyVar, Any] | None = None,
        call: CallExpr | None = None,
        stars: bool = False,
    ) -> ir.Expr:
        """calls.py"""
        raise NotImplementedError

    def applied(self, node: Expression, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """callables.py: the call of a function that is an argument."""
        raise NotImplementedError

    def callee_of(self, node: Expression, at: ir.At) -> Any:
        """callables.py: a function that is passed to another."""
        raise NotImplementedError

    def known_function(self, node: Expression) -> bool | None:
        """callables.py: whether a name stands for a function (True) or for None (False)."""
        raise NotImplementedError

    def with_name(self, value: ir.Expr, at: ir.At, body: Any) -> Any:
        """logic.py: `body` may read `value` several times, though it is evaluated once."""
        raise NotImplementedError

    def truth(self, value: ir.Expr, at: ir.At) -> ir.Expr:
        """logic.py: Python's truth of a value."""
        raise NotImplementedError

    def generator_call(self, node: Expression) -> Any:
        """generators.py: the call of a generator function, if it is one."""
        raise NotImplementedError

    def collected(self, gen: Any, at: ir.At, whole: bool = False) -> ir.Expr:
        """generators.py: a generator's items as a list."""
        raise NotImplementedError

    def store(self, target: Expression, value: ir.Expr, at: ir.At) -> list[ir.Stmt]:
        """lower.py: `target = value` with the value already lowered."""
        raise NotImplementedError

    def is_cell(self, var: object) -> bool:
        """closures.py: whether a variable is shared with nested functions."""
        raise NotImplementedError

    def read_cell(self, var: MypyVar, at: ir.At) -> ir.Expr:
        """closures.py"""
        raise NotImplementedError

    # --- places ----------------------------------------------------------------------------------

    @staticmethod
    def text(value: str, at: ir.At) -> str:
        """A str that Rust can hold."""
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise Refusal("refusal-surrogate", "a lone surrogate is not drafted", at)
        return value

    def at(self, node: Context) -> ir.At:
        same_line = node.end_line in (None, node.line)
        end = node.end_column + 1 if same_line and node.end_column is not None else None
        return ir.At(self.path, node.line, node.column + 1, end)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Note a refusal and go on with the next statement."""
        try:
            yield
        except Refusal as refusal:
            self.refusals.append(refusal)

    def comments_before(self, line: int) -> list[str]:
        comments = self.project.checked.comments(self.path)
        found: list[str] = []
        above = line - 1
        while above in comments:
            found.insert(0, comments[above])
            above -= 1
        if -line in comments:
            found.append(comments[-line])
        return found

    @staticmethod
    def arguments(node: CallExpr) -> tuple[list[Expression], dict[str, Expression]]:
        """A call's positional arguments, and the others by name."""
        positional = [a for n, a in zip(node.arg_names, node.args, strict=True) if n is None]
        keywords = {n: a for n, a in zip(node.arg_names, node.args, strict=True) if n is not None}
        return positional, keywords

    @staticmethod
    def items_of(value: ir.Expr) -> list[ir.Expr] | None:
        """The items of a fixed tuple of one type, where each can be had by itself."""
        if not isinstance(value.type, TupleType) or len(set(value.type.items)) != 1:
            return None
        if isinstance(value, ir.TupleLit):
            return list(value.items)
        if not isinstance(value, ir.Var):
            return None
        return [
            ir.Part(type_, value.at, ir.Var(value.type, value.at, value.name), index)
            for index, type_ in enumerate(value.type.items)
        ]

    # --- names -----------------------------------------------------------------------------------

    def is_local(self, node: NameExpr) -> bool:
        return node.kind == LDEF

    def declared(self, var: MypyVar, at: ir.At) -> Type:
        """What a local holds: its declaration, or what it is known to be beyond that."""
        return self.chosen(var, self.precise.get(var) or self.reader.read(var.type, at))

    def chosen(self, var: MypyVar, type_: Type) -> Type:
        """The type of a local or parameter, of any size if growing.py says so."""
        big = self.project.big
        return growing.widened(type_) if big is not None and var in big.variables else type_

    def result_type(self, key: str, type_: Type) -> Type:
        """The same of a function's result."""
        big = self.project.big
        return growing.widened(type_) if big is not None and key in big.results else type_

    def arriving(self, var: MypyVar, type_: Type, at: ir.At) -> Type:
        """The same where `type_` is assigned: of a type that mypy does not know, that one."""
        if var not in self.precise and (vague(var.type) or is_abstract(var.type)):
            unknown = self.reader.table.any_part(type_, lambda t: t in (NEVER, NONE))
            if not unknown:
                self.precise[var] = type_
        return self.declared(var, at)

    def declare(self, var: MypyVar, type_: Type) -> str:
        """The name a variable gets; two variables of one name (a comprehension's) get two."""
        if var not in self.names:
            self.names[var] = self._unique(var.name, type_)
        return self.names[var]

    def fresh(self, hint: str, type_: Type) -> str:
        return self._unique(hint, type_)

    def _unique(self, hint: str, type_: Type) -> str:
        # A name that Rust can read: `_` is none.
        hint = hint if hint.strip("_") else f"kept{hint}"
        name, n = hint, 2
        while name in self.variables:
            name, n = f"{hint}_{n}", n + 1
        self.variables[name] = ir.Variable(name, type_)
        return name

    def read_result(self, func: FuncDef, at: ir.At) -> Type:
        """What a function is declared to give: of a generator, the list of its items."""
        given = getattr(func.type, "ret_type", None)
        if func.is_generator:
            return ListType(self.reader.yields(given, at))
        return self.reader.read(given, at)

    def mypy_type(self, node: Expression) -> Type:
        return self.reader.read(self.project.checked.types.get(node), self.at(node))

    def struct_of(self, obj: ir.Expr, at: ir.At) -> StructInfo:
        if not isinstance(obj.type, StructType):
            raise Refusal("refusal-attribute", f"attributes of {obj.type} are not drafted", at)
        return self.reader.table.structs[obj.type.name]

    def shown_fault(self, value: ir.Expr, at: ir.At) -> ir.Expr:
        """`str(e)` of a caught exception."""
        from carveout.cut.frontend import exceptions

        return exceptions.text_of(self, value, at)  # type: ignore[arg-type]

    # --- conversions -----------------------------------------------------------------------------

    def fits(self, expr: ir.Expr, wanted: Type) -> bool:
        """Whether `coerce` would succeed."""
        try:
            with self.choosing():
                self.coerce(expr, wanted)
        except Refusal:
            return False
        return True

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """While a type is looked for: what may be None doesn't stand for what it is otherwise."""
        before, self.chooses = self.chooses, True
        try:
            yield
        finally:
            self.chooses = before

    def coerce(self, expr: ir.Expr, wanted: Type) -> ir.Expr:
        """`expr` as a `wanted`, or a Refusal; an int never becomes a float by being stored."""
        have, at = expr.type, expr.at
        if have == wanted:
            return expr
        if wanted == STR and (sure := self._matched(expr)) is not expr:
            return sure
        made = unions.inject(self, expr, wanted) if isinstance(wanted, UnionType) else None
        if made is not None:
            return made
        if {have, wanted} == {INT, BIG}:
            return self.sized(expr, wanted)
        if wanted == NUM and have in (INT, FLOAT):
            return ir.ToNum(NUM, at, expr)
        if isinstance(wanted, OptionalType):
            if have == NONE:
                # A call for its effect stays a call.
                if isinstance(expr, ir.Const):
                    return ir.Const(wanted, at, None)
            elif not isinstance(have, OptionalType):
                return ir.Some(wanted, at, self.coerce(expr, wanted.item))
        match expr, wanted:
            case ir.IfExp(), _:
                return ir.IfExp(
                    wanted,
                    at,
                    expr.cond,
                    self.coerce(expr.then, wanted),
                    self.coerce(expr.orelse, wanted),
                )
            case ir.Let(), _:
                return ir.Let(wanted, at, expr.name, expr.value, self.coerce(expr.body, wanted))
            case ir.TupleLit(), TupleType(items) if len(items) == len(expr.items):
                parts = [self.coerce(i, t) for i, t in zip(expr.items, items, strict=True)]
                return ir.TupleLit(wanted, at, parts)
            case ((ir.TupleLit() | ir.ListLit()), VarTupleType(item)) if not isinstance(
                have, ListType
            ):
                return ir.ListLit(wanted, at, [self.coerce(i, item) for i in expr.items])
            case ir.ListLit(), ListType(item) if isinstance(have, ListType):
                return ir.ListLit(wanted, at, [self.coerce(i, item) for i in expr.items])
            case ir.SetLit(), SetType(item, False):
                return ir.SetLit(wanted, at, [self.coerce(i, item) for i in expr.items])
            case ir.DictLit(), DictType(key, value, kind="dict"):
                return ir.DictLit(
                    wanted,
                    at,
                    [self.coerce(k, key) for k in expr.keys],
                    [self.coerce(v, value) for v in expr.values],
                )
            case ir.Comp(), (ListType(item) | SetType(item, False)) if type(have) is type(wanted):
                return ir.Comp(wanted, at, expr.clauses, None, self.coerce(expr.element, item))
            case ir.Comp(key=ir.Expr() as key_expr), DictType(key, value, kind="dict"):
                return ir.Comp(
                    wanted,
                    at,
                    expr.clauses,
                    self.coerce(key_expr, key),
                    self.coerce(expr.element, value),
                )
            case _, VarTupleType(item) if isinstance(have, TupleType) and set(have.items) == {item}:
                return forms.any_length(self, expr)
        if (other := forms.other_items(self, expr, wanted)) is not None:
            return other
        if have == INT and wanted == FLOAT:
            hint = f"write {expr.value!r}.0" if isinstance(expr, ir.Const) else "write float(…)"
            raise Refusal(
                "refusal-int-as-float",
                "an int stands where a float is declared; Python keeps it an int",
                at,
                hint=hint,
            )
        if have == BOOL and wanted in (INT, FLOAT):
            raise Refusal(
                "refusal-bool-as-int",
                f"a bool stands where {wanted} is declared; Python keeps it a bool",
                at,
                hint=f"write {wanted}(…)",
            )
        if isinstance(have, OptionalType) and have.item == wanted and not self.chooses:
            return forgiving.unwrapped(expr)
        raise Refusal("refusal-mixed-types", f"{have} stands where {wanted} is expected", at)

    def sized(self, expr: ir.Expr, wanted: Type) -> ir.Expr:
        """An int of 64 bits as one of any size, or the other way, where it may decline."""
        if isinstance(expr, ir.Const) and isinstance(expr.value, int) and wanted == BIG:
            return ir.Const(BIG, expr.at, expr.value)
        key = "big.widened" if wanted == BIG else "big.narrowed"
        return self.prim(key, [expr], expr.at) if expr.type != wanted else expr

    def sure(self, node: RefExpr, at: ir.At) -> None:
        """Refuse a module's name that may not be what it says when the program runs."""
        why = None
        match node:
            case NameExpr() if not self.is_local(node):
                why = self.project.bindings.why_unsure(self.module, node.name)
            case MemberExpr(expr=NameExpr() as owner) if isinstance(owner.node, MypyFile):
                why = self.project.bindings.why_unsure(self.module, owner.name)
                why = why or self.project.bindings.why_unsure(owner.node.fullname, node.name)
            case MemberExpr(expr=MemberExpr() as owner) if isinstance(owner.node, MypyFile):
                self.sure(owner, at)
                why = self.project.bindings.why_unsure(owner.node.fullname, node.name)
            case MemberExpr(expr=RefExpr() as owner):
                self.sure(owner, at)
        if why is not None:
            raise Refusal(
                "refusal-rebound", why, at, hint="define it once, at the top of its module"
            )

    def plain_function(self, node: object, at: ir.At, nested: bool = False) -> FuncDef:
        """The function a decorated or plain definition is, if its decorators change nothing."""
        if not isinstance(node, Decorator):
            assert isinstance(node, FuncDef)
            return node
        for decorator in node.original_decorators:
            name = classes.name_of(decorator)
            if name in _CACHES and self._keeps_results(node, decorator):
                continue
            if nested and name in CACHES and plain_options(node):
                self.project.caches[node.func] = unlimited(decorator)
                continue
            if not name.startswith("carveout.") and name not in _PASSIVE:
                raise Refusal(
                    "refusal-decorator",
                    f"{node.func.name} has the decorator {name or 'of an expression'}, "
                    "which may change what it does",
                    at,
                    hint="call the plain function",
                )
        return node.func

    def _keeps_results(self, node: Decorator, decorator: Expression) -> bool:
        """`@cache` and `@lru_cache(…)` of a module's function: its results may be kept."""
        module = node.func.fullname.rpartition(".")[0]
        tree = self.project.checked.files.get(module)
        known = tree.names.get(node.func.name) if tree is not None else None
        if node.func.info or known is None or known.node is not node:
            return False
        if isinstance(decorator, CallExpr) and any(
            not isinstance(arg, (IntExpr, NameExpr)) for arg in decorator.args
        ):
            return False
        self.project.cached.add(node.func)
        return True

    def in_order(
        self, names: list[str], order: list[str], given: dict[str, ir.Expr], at: ir.At
    ) -> tuple[list[ir.Expr], Callable[[ir.Expr], ir.Expr]]:
        """Arguments by parameter; named first where they are written in another order."""
        simple = (ir.Const, ir.GlobalConst, ir.Member)
        written = [n for n in order if not isinstance(given[n], simple)]
        if written == [n for n in names if n in written]:
            return [given[n] for n in names], lambda body: body
        lets: list[tuple[str, ir.Expr]] = []
        for name in written:
            held = self.fresh(name, given[name].type)
            lets.append((held, given[name]))
            given[name] = ir.Var(given[name].type, given[name].at, held)

        def wrap(body: ir.Expr) -> ir.Expr:
            for held, value in reversed(lets):
                body = ir.Let(body.type, at, held, value, body)
            return body

        return [given[n] for n in names], wrap

    @staticmethod
    def _matched(expr: ir.Expr) -> ir.Expr:
        """A group of a match that may be None, as a text: asked when the carving runs."""
        loose = isinstance(expr, ir.Prim) and expr.entry.key == "match.group"
        return ir.Unwrap(STR, expr.at, expr) if loose else expr

    # --- registry --------------------------------------------------------------------------------

    def prim(self, key: str, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """The first registry entry of `key` that takes these arguments."""
        reasons: list[Refusal] = []
        for entry in registry.entries(key):
            found = self._try(entry, args, at, reasons)
            if found is not None:
                return found
        if self.reader.loose and (wider := numbers.widened(args)) is not None:
            for entry in registry.entries(key):
                found = self._try(entry, wider, at, [])
                if found is not None:
                    return found
        if any(isinstance(arg.type, EnumType) for arg in args):
            from carveout.cut.frontend.enums import plain_arguments

            numbers_of = plain_arguments(self, key, args, at)
            if any(a is not b for a, b in zip(args, numbers_of, strict=True)):
                return self.prim(key, numbers_of, at)
        if any(getattr(getattr(arg, "entry", None), "key", "") == "match.group" for arg in args):
            return self.prim(key, [self._matched(arg) for arg in args], at)
        if forgiving.needs_some(key) and any(isinstance(a.type, OptionalType) for a in args):
            with suppress(Refusal):
                return self.prim(key, [forgiving.unwrapped(arg) for arg in args], at)
        if reasons:
            raise reasons[0]
        name = key.removeprefix("builtins.")
        shown = ", ".join(str(arg.type) for arg in args)
        if key in (
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
            "<<",
            ">>",
            "&",
            "|",
            "^",
            "<",
            "<=",
            ">",
            ">=",
            "==",
            "!=",
            "in",
        ):
            raise Refusal(
                "refusal-operator", f"`{name}` on {shown.replace(', ', ' and ')} is not drafted", at
            )
        raise Refusal("refusal-call", f"{name}({shown}) is not drafted", at)

    def _try(
        self,
        entry: registry.Entry,
        args: list[ir.Expr],
        at: ir.At,
        reasons: list[Refusal],
    ) -> ir.Expr | None:
        if len(entry.params) != len(args):
            return None
        taken_args = numbers.taken(entry, args)
        if taken_args is None:
            return None
        args = taken_args
        bound: registry.Bindings = {}
        table = self.reader.table
        out: list[ir.Expr] = []
        # What stands for something else (`[]`, None, a literal) is typed by the others.
        late: list[int] = []
        for index, (taken, arg) in enumerate(zip(entry.params, args, strict=True)):
            out.append(arg)
            trial = dict(bound)
            if table.any_part(arg.type, lambda t: t in (NEVER, NONE)):
                late.append(index)
            elif registry.match(taken.shape, arg.type, trial, table):
                bound.clear()
                bound.update(trial)
            else:
                late.append(index)
        for index in late:
            try:
                wanted = registry.build(entry.params[index].shape, bound)
                with self.choosing():
                    out[index] = self.coerce(args[index], wanted)
            except (KeyError, Refusal) as error:
                if registry.match(entry.params[index].shape, args[index].type, bound, table):
                    continue
                if isinstance(error, Refusal) and error.code in _CONVERSIONS:
                    reasons.append(error)
                return None
        for index, taken in enumerate(entry.params):
            shape = taken.shape
            loose = getattr(shape, "loose", False)
            if loose:
                wanted = registry.build(shape, bound)
                if wanted == FLOAT and out[index].type != FLOAT:
                    out[index] = ir.ToFloat(FLOAT, out[index].at, out[index])
                elif wanted == NUM and out[index].type in (INT, FLOAT):
                    out[index] = ir.ToNum(NUM, out[index].at, out[index])
                elif wanted == INT and out[index].type == BOOL:
                    out[index] = ir.ToInt(INT, out[index].at, out[index])
        try:
            result = registry.build(entry.result, bound)
        except KeyError:
            return None
        return ir.Prim(result, at, entry, out)
