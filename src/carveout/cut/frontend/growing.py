"""Which ints of a draft are of any size.

    result = 1
    for i in range(2, n + 1):
        result *= i               # grows by a factor each round: past 64 bits at n = 21

An int of a draft has 64 bits and declines past them, which costs nothing and is rarely needed.
Where it would be needed often, a variable or a function's result is an `Integer` of the runtime:
small as long as it fits, of any size from there on. This chooses them, before the function is
lowered a second time; whatever is chosen, the draft is right, because an `Integer` where 64 bits
are wanted declines past them too.

Chosen are, with all that their values are put into:

- what is multiplied by something that is no constant, around a cycle of assignments or calls
  (`result *= i`, `return n * factorial(n - 1)`, `base = base * base`), or by a large constant;
- what is the sum of two values of one cycle (`a, b = b, a + b`), of locals or of functions that
  keep their results; others take too long to get large;
- powers whose exponent is no constant, `math.factorial`, `comb`, `perm` and `prod`, and literals
  beyond 64 bits.

A cycle is cut by `%` and `&`: what follows them is as large as their right side. Dict keys, items
of sets, fields and what nested functions share stay ints of 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from mypy.nodes import Var as MypyVar

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place, root
from carveout.cut.ir.types import (
    BIG,
    INT,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    TupleType,
    Type,
    VarTupleType,
)

# A variable of a function, or its result: the name "".
Slot = tuple[str, str]
# How a value gets where it goes.
COPIED, ADDED, SCALED, MULTIPLIED = range(4)
Flow = tuple[Slot, int]
# A factor that is no constant of a number system or a unit.
LARGE_FACTOR = 26
# What makes ints of any size by itself, and from how many operands on.
SEEDS = {
    "math.factorial": "big.factorial",
    "math.comb": "big.comb",
    "math.perm": "big.perm",
    "math.prod": "big.prod",
}
_RIGHT_DECIDES = frozenset({"%", "&"})
_KEEPS = frozenset(
    {"//", ">>", "|", "^", "neg", "pos", "invert", "builtins.abs", "builtins.min", "builtins.max"}
    | {"builtins.divmod", "builtins.int", "builtins.round", "math.gcd", "math.lcm", "math.isqrt"}
)


@dataclass
class Chosen:
    """What is of any size: locals and parameters as mypy knows them, functions by their keys."""

    variables: dict[MypyVar, str] = field(default_factory=dict)
    results: set[str] = field(default_factory=set)

    def shown(self, key: str, names: Mapping[Slot, MypyVar]) -> str:
        """Those of one function, for people: "the result, total"."""
        found = sorted(
            f"`{name}`" for (of, name), var in names.items() if of == key and var in self.variables
        )
        return ", ".join(["the result"] * (key in self.results) + found)


def widened(type_: Type) -> Type:
    """The type with its ints of any size: not the keys of dicts, nor the items of sets."""
    match type_:
        case ListType(item) | VarTupleType(item) | OptionalType(item) | DequeType(item):
            return replace(type_, item=widened(item))
        case DictType(_, value) if type_.kind != "Counter":
            return replace(type_, value=widened(value))
        case TupleType(items):
            return TupleType(tuple(map(widened, items)))
    return BIG if type_ == INT else type_


def holds_ints(type_: Type) -> bool:
    return type_ == BIG or widened(type_) != type_


def _container(type_: Type) -> bool:
    return holds_ints(type_) and isinstance(type_, (ListType, VarTupleType, DequeType, DictType))


class Growth:
    """Where ints go in one program, and which of them grow."""

    def __init__(self, program: ir.Program, fixed: set[Slot]) -> None:
        self.program = program
        self.fixed = fixed
        self.edges: dict[Slot, list[tuple[Slot, int]]] = {}
        # What is put into each, with the function it stands in.
        self.values: dict[Slot, list[tuple[str, ir.Expr]]] = {}
        self.both: dict[Slot, set[Slot]] = {}
        self.seeds: set[Slot] = set()
        # Whether something of any size is made at all, also where no variable holds it.
        self.seeded = False
        # Loop variables and what they are taken from.
        self.bound: list[tuple[Slot, list[Slot]]] = []
        for key, function in program.functions.items():
            self.key = key
            for statement in function.body:
                for node in ir.walk(statement):
                    self._note(node)

    # --- what goes where -------------------------------------------------------------------------

    def _edge(self, value: ir.Expr, target: Slot) -> None:
        flows = list(self.flow(value))
        self.values.setdefault(target, []).append((self.key, value))
        for source, how in flows:
            self.edges.setdefault(target, []).append((source, how))
            if _container(value.type) and _container(self._typed(source)):
                self.both.setdefault(source, set()).add(target)
        if self._seeds(value):
            self.seeds.add(target)

    def _note(self, node: object) -> None:
        match node:
            case ir.Assign(target=target, value=value):
                self._bind(target, value)
            case ir.Let(name=name, value=value):
                self._edge(value, (self.key, name))
            case ir.Return(value=value):
                self._edge(value, (self.key, ""))
            case ir.SetItem(obj=obj, value=value):
                self._into(obj, [value])
            case ir.Call(function=called, args=args):
                callee = self.program.functions.get(called)
                if callee is not None:
                    for param, arg in zip(callee.params, args, strict=True):
                        self._edge(arg, (called, param.name))
            case ir.Prim(entry=entry, args=args):
                self.seeded |= self._seed(node)
                if entry.params and entry.params[0].mode == "mut" and args:
                    self._into(args[0], args[1:])
            case ir.For(target=target, source=source) | ir.Clause(target=target, source=source):
                self._walked(target, source)

    def _into(self, obj: ir.Expr, values: list[ir.Expr]) -> None:
        if is_place(obj) and (start := root(obj)) is not None:
            for value in values:
                if holds_ints(value.type):
                    self._edge(value, (self.key, start.name))

    def _bind(self, target: ir.Pattern, value: ir.Expr) -> None:
        if isinstance(target, ir.PTuple) and isinstance(value, ir.TupleLit):
            for part, one in zip(target.items, value.items, strict=True):
                self._bind(part, one)
            return
        for name in ir.pattern_vars(target):
            if holds_ints(name.type):
                self._edge(value, (self.key, name.name))

    def _walked(self, target: ir.Pattern, source: ir.Iter) -> None:
        match target, source:
            case ir.PTuple(items=[first, second]), ir.DictIter(view="items"):
                self._loop(first, [])
                self._loop(second, list(self._of_iter(source)))
            case ir.PTuple(items=[first, second]), ir.EnumerateIter(inner=inner):
                self._loop(first, [])
                self._walked(second, inner)
            case ir.PTuple(items=items), ir.ZipIter(inners=inners) if len(items) == len(inners):
                for part, inner in zip(items, inners, strict=True):
                    self._walked(part, inner)
            case _:
                self._loop(target, list(self._of_iter(source)))

    def _loop(self, target: ir.Pattern, sources: list[Flow]) -> None:
        for name in ir.pattern_vars(target):
            slot = (self.key, name.name)
            self.bound.append((slot, [source for source, _ in sources]))
            self.edges.setdefault(slot, []).extend(sources)

    def _of_iter(self, source: ir.Iter) -> Iterator[Flow]:
        match source:
            case ir.SeqIter(seq=seq):
                yield from self.flow(seq)
            case ir.DictIter(obj=obj, view="values" | "items"):
                yield from self.flow(obj)
            case ir.ReversedIter(inner=inner):
                yield from self._of_iter(inner)

    def flow(self, expr: ir.Expr) -> Iterator[Flow]:
        """The slots whose ints an expression's value is made of."""
        if not holds_ints(expr.type):
            return
        match expr:
            case ir.Var(name=name):
                yield (self.key, name), COPIED
            case ir.Call(function=called):
                yield (called, ""), COPIED
            case ir.Prim():
                yield from self._flow_prim(expr)
            case ir.Comp(element=element):
                yield from self.flow(element)
            case ir.Reduce(element=element, start=start):
                yield from _at_least(ADDED, self.flow(element))
                if start is not None:
                    yield from self.flow(start)
            case ir.Let(body=body):
                yield from self.flow(body)
            case ir.IfExp(then=then, orelse=orelse):
                yield from self.flow(then)
                yield from self.flow(orelse)
            case ir.TupleLit() | ir.ListLit():
                for item in expr.items:
                    yield from self.flow(item)
            case ir.DictLit(values=values):
                for item in values:
                    yield from self.flow(item)
            case ir.Part(obj=obj):
                yield from self.flow(obj)
            case ir.Some(operand=operand) | ir.Unwrap(operand=operand):
                yield from self.flow(operand)

    def _flow_prim(self, expr: ir.Prim) -> Iterator[Flow]:
        key, args = expr.entry.key, expr.args
        if expr.type not in (INT, BIG) or key not in _ARITHMETIC:
            if key not in _KEEPS:
                args = [arg for arg in args if arg.type != INT]
            for arg in args:
                yield from self.flow(arg)
            return
        left, right = args[0], args[-1]
        if key in _RIGHT_DECIDES or len(args) == 3:
            if not isinstance(right, (ir.Const, ir.GlobalConst)):
                yield from self.flow(right)
        elif key in ("+", "-"):
            for arg in args:
                yield from _at_least(ADDED, self.flow(arg))
        elif key == "*":
            for one, other in ((left, right), (right, left)):
                yield from _at_least(_factor(other), self.flow(one))
        elif key == "<<":
            constant = isinstance(right, (ir.Const, ir.GlobalConst))
            yield from _at_least(SCALED if constant else MULTIPLIED, self.flow(left))
        else:
            yield from _at_least(MULTIPLIED, self.flow(left))

    @staticmethod
    def _seed(node: object) -> bool:
        """An operation that makes an int of any size."""
        match node:
            case ir.Prim(entry=entry, type=type_) if type_ == BIG:
                return entry.key in SEEDS.values() or entry.key == "big.pow"
            case ir.Prim(entry=entry, args=args, type=type_) if type_ == INT:
                if entry.key in ("**", "builtins.pow") and len(args) == 2:
                    base, exponent = args
                    if isinstance(exponent, (ir.Const, ir.GlobalConst)):
                        return _past(base, exponent)
                    return not _unit(base)
                if entry.key == "<<":
                    return isinstance(args[1], ir.Const) and _past(
                        ir.Const(INT, args[0].at, 2), args[1]
                    )
                return entry.key in SEEDS
        return False

    def _seeds(self, expr: ir.Expr) -> bool:
        """Whether such an int is among those of a value."""
        if not holds_ints(expr.type):
            return False
        if self._seed(expr):
            return True
        match expr:
            case ir.Const():
                return expr.type == BIG
            case ir.Prim(entry=entry, args=args):
                if entry.key in _RIGHT_DECIDES or (entry.key == "builtins.pow" and len(args) == 3):
                    return self._seeds(args[-1])
                if entry.key in _ARITHMETIC or entry.key in _KEEPS:
                    return any(map(self._seeds, args))
                return any(self._seeds(arg) for arg in args if arg.type != INT)
            case ir.Comp(element=element) | ir.Reduce(element=element):
                return self._seeds(element)
            case ir.TupleLit() | ir.ListLit():
                return any(map(self._seeds, expr.items))
            case ir.DictLit(values=values):
                return any(map(self._seeds, values))
            case ir.IfExp(then=then, orelse=orelse):
                return self._seeds(then) or self._seeds(orelse)
            case ir.Let(body=body):
                return self._seeds(body)
            case ir.Part(obj=inner) | ir.Some(operand=inner) | ir.Unwrap(operand=inner):
                return self._seeds(inner)
        return False

    # --- what grows ------------------------------------------------------------------------------

    def _typed(self, slot: Slot) -> Type:
        key, name = slot
        function = self.program.functions[key]
        return function.result if not name else function.variables[name].type

    def _grows(self, group: list[Slot]) -> bool:
        inside = [
            how for slot in group for source, how in self.edges.get(slot, ()) if source in group
        ]
        if MULTIPLIED in inside:
            return True
        if ADDED not in inside:
            return False
        kept = all(
            self.program.functions[key].cached if not name else self._typed((key, name)) == INT
            for key, name in group
        )
        return kept and any(
            _ways(value, key, frozenset(group)) > 1
            for slot in group
            for key, value in self.values.get(slot, ())
        )

    def chosen(self) -> set[Slot]:
        """The slots of any size; those that can't be are not among them."""
        while True:
            found = set(self.seeds)
            for group in _cycles(self.edges):
                if self._grows(group):
                    found |= set(group)
            found -= self.fixed
            after: dict[Slot, set[Slot]] = {}
            for target, sources in self.edges.items():
                for source, _ in sources:
                    after.setdefault(source, set()).add(target)
                    if target in self.both.get(source, ()):
                        after.setdefault(target, set()).add(source)
            todo = list(found)
            while todo:
                for target in after.get(todo.pop(), ()):
                    if target not in found and target not in self.fixed:
                        found.add(target)
                        todo.append(target)
            # What a loop gives is of the type that the container has.
            torn = {
                slot
                for slot, sources in self.bound
                if slot in found and not any(source in found for source in sources)
            }
            if not torn:
                return found
            self.fixed |= torn


_ARITHMETIC = frozenset({"+", "-", "*", "%", "&", "<<", "**", "builtins.pow"})


def _ways(expr: ir.Expr, key: str, group: frozenset[Slot]) -> int:
    """How many values of a group are added up in one expression: 2 in `a + b`."""

    def ways(one: ir.Expr) -> int:
        return _ways(one, key, group)

    match expr:
        case ir.Var(name=name):
            return int((key, name) in group)
        case ir.Call(function=called):
            return int((called, "") in group)
        case ir.Prim(entry=entry, args=args):
            if entry.key in ("+", "-", "*"):
                return sum(map(ways, args))
            if entry.key in _RIGHT_DECIDES:
                return ways(args[-1])
            if entry.key in ("//", ">>", "/") and isinstance(args[1], (ir.Const, ir.GlobalConst)):
                return 0
            return max(map(ways, args), default=0)
        case ir.IfExp(then=then, orelse=orelse):
            return max(ways(then), ways(orelse))
        case ir.TupleLit(items=items) | ir.ListLit(items=items):
            return max(map(ways, items), default=0)
        case ir.Let(body=body) | ir.Reduce(element=body):
            return ways(body)
        case ir.Some(operand=inner) | ir.Unwrap(operand=inner) | ir.Part(obj=inner):
            return ways(inner)
    return 0


def _at_least(how: int, flows: Iterable[Flow]) -> Iterator[Flow]:
    for slot, found in flows:
        yield slot, max(how, found)


def _unit(expr: ir.Expr) -> bool:
    """Powers of 1 and -1 don't grow."""
    return isinstance(expr, ir.Const) and expr.value in (0, 1, -1)


def _past(base: ir.Expr, exponent: ir.Expr) -> bool:
    """Whether a power of constants is beyond 64 bits."""
    match base, exponent:
        case ir.Const(value=int(b)), ir.Const(value=int(e)) if 0 <= e <= 1 << 12:
            return abs(b) > 1 and e * (abs(b).bit_length() - 1) >= 63
    return False


def _factor(other: ir.Expr) -> int:
    """What multiplying by this does."""
    if isinstance(other, (ir.Const, ir.GlobalConst)) and isinstance(other.value, int):
        if abs(other.value) <= 1:
            return COPIED
        return SCALED if abs(other.value) <= LARGE_FACTOR else MULTIPLIED
    return MULTIPLIED


def _cycles(edges: dict[Slot, list[tuple[Slot, int]]]) -> list[list[Slot]]:
    """The groups of slots that reach each other (Tarjan's algorithm, without recursion)."""
    order: dict[Slot, int] = {}
    low: dict[Slot, int] = {}
    stack: list[Slot] = []
    waiting: set[Slot] = set()
    groups: list[list[Slot]] = []
    for start in list(edges):
        if start in order:
            continue
        order[start] = low[start] = len(order)
        stack.append(start)
        waiting.add(start)
        work: list[tuple[Slot, Iterator[tuple[Slot, int]]]] = [(start, iter(edges[start]))]
        while work:
            slot, rest = work[-1]
            for source, _ in rest:
                if source not in order:
                    order[source] = low[source] = len(order)
                    stack.append(source)
                    waiting.add(source)
                    work.append((source, iter(edges.get(source, ()))))
                    break
                if source in waiting:
                    low[slot] = min(low[slot], order[source])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[slot])
                if low[slot] == order[slot]:
                    group = []
                    while True:
                        one = stack.pop()
                        waiting.discard(one)
                        group.append(one)
                        if one == slot:
                            break
                    groups.append(group)
    return groups


def choose(
    program: ir.Program,
    names: dict[Slot, MypyVar],
    plain: set[str],
    shared: set[MypyVar],
) -> Chosen | None:
    """What to lower anew with ints of any size; None if nothing is.

    `names` are the locals by function and name, `plain` the functions whose parameters and results
    may change their types, `shared` the locals that nested functions share.
    """
    fixed: set[Slot] = set()
    for key, function in program.functions.items():
        if key not in plain:
            fixed |= {(key, ""), *((key, param.name) for param in function.params)}
        fixed |= {
            (key, name)
            for name in function.variables
            if (key, name) in names and names[key, name] in shared
        }
    growth = Growth(program, fixed)
    slots = growth.chosen()
    made = Chosen()
    for key, name in slots:
        if not name:
            made.results.add(key)
        elif (key, name) in names:
            made.variables[names[key, name]] = name
    return made if slots or growth.seeded else None


__all__ = ["SEEDS", "Chosen", "choose", "holds_ints", "widened"]
