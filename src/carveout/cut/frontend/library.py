"""Lowering of the standard library beyond built-ins: constructors, methods with options.

    self.library(callee, node, at, expected)      # `defaultdict(list)`; None if it is another
    self.library_method(obj, "sort", node, at)    # `xs.sort(key=…)`; None if the registry has it

What is only types and Rust text is in the registry; here is what depends on how a call is written.
"""

from __future__ import annotations

from mypy.nodes import (
    CallExpr,
    Expression,
    FuncDef,
    GeneratorExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    SetExpr,
    SliceExpr,
    StrExpr,
    TypeInfo,
)
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend import dates, decimals, modules, templates
from carveout.cut.frontend.iterating import Iterating
from carveout.cut.frontend.parts import assignments
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entries
from carveout.cut.registry.entry import ATOM, Entry, Generic, Name, Taken

# Methods of sets that take any number of iterables.
_FOLDED = frozenset({"union", "intersection", "difference"})
_MADE_EMPTY = {
    "collections.deque": ("deque", "Deque::new()"),
    "collections.Counter": ("counter", "Counter::new()"),
    "collections.OrderedDict": ("odict", "OrderedDict::new()"),
}
_DICTS = ("collections.defaultdict", "collections.Counter", "collections.OrderedDict")


class Library(Iterating):
    """Calls of the standard library."""

    def library(
        self, callee: RefExpr, node: CallExpr, at: ir.At, expected: Type | None
    ) -> ir.Expr | None:
        """A call of something of the standard library that has rules of its own."""
        if (made := modules.call(self, callee.fullname, node, at)) is not None:
            return made
        if (made := decimals.call(self, callee.fullname, node, at)) is not None:
            return made
        positional, keywords = self.arguments(node)
        match callee.fullname:
            case "collections.deque":
                return self._deque(node, positional, keywords, at, expected)
            case "collections.defaultdict":
                return self._defaultdict(node, positional, keywords, at, expected)
            case "collections.Counter" | "collections.OrderedDict" as name:
                return self._counted_or_ordered(name, node, positional, keywords, at, expected)
            case "builtins.float" if len(positional) == 1 and isinstance(positional[0], StrExpr):
                # `float("inf")`, read when the function is cut.
                try:
                    return ir.Const(FLOAT, at, float(positional[0].value))
                except ValueError:
                    return None
            case name if name.startswith("datetime."):
                return dates.call(self, name, node, at)
            case "math.dist" if len(positional) == 2 and not keywords:
                points = [self.expr(arg) for arg in positional]
                for index, point in enumerate(points):
                    if (items := self.items_of(point)) is not None:
                        points[index] = ir.ListLit(ListType(items[0].type), at, items)
                return self.prim("math.dist", points, at)
            case "statistics.quantiles" if positional and not set(keywords) - {"n"}:
                parts = keywords.get("n") or (positional[1] if len(positional) == 2 else None)
                into = ir.Const(INT, at, 4) if parts is None else self.expr(parts)
                data = self.materialise(positional[0], order_seen=False)
                return self.prim("statistics.quantiles", [data, into], at)
            case "calendar.isleap" if len(positional) == 1 and not keywords:
                return self.prim("calendar.isleap", [self.expr(positional[0])], at)
            case "math.isclose" if keywords and len(positional) == 2:
                return self._isclose(positional, keywords, at)
            case "math.gcd" | "math.lcm" as name if len(positional) > 2 and not keywords:
                made = self.expr(positional[0])
                for arg in positional[1:]:
                    made = self.prim(name, [made, self.expr(arg)], at)
                return made
            case "builtins.len" if len(positional) == 1:
                # `len(d.keys())` and the like.
                owner = self._view(positional[0])
                return None if owner is None else self.prim("builtins.len", [owner], at)
        return self.iterating(callee, node, at)

    def _view(self, node: Expression) -> ir.Expr | None:
        """The dict of `d.keys()`, `d.values()` or `d.items()`."""
        if _walked_by_itself(node) and isinstance(node, CallExpr):
            callee = node.callee
            if isinstance(callee, MemberExpr) and not node.args:
                owner = self.expr(callee.expr)
                return owner if isinstance(owner.type, DictType) else None
        return None

    def _isclose(
        self, positional: list[Expression], keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr:
        if list(keywords) not in (["rel_tol"], ["abs_tol"], ["rel_tol", "abs_tol"]):
            raise Refusal("refusal-call", "write rel_tol before abs_tol", at)
        given = {"rel_tol": ir.Const(FLOAT, at, 1e-9), "abs_tol": ir.Const(FLOAT, at, 0.0)}
        args = [self.expr(arg) for arg in positional]
        tolerances: dict[str, ir.Expr] = {**given}
        for name, value in keywords.items():
            tolerances[name] = self.expr(value)
        return self.prim("isclose.within", [*args, *tolerances.values()], at)

    def class_method(
        self, callee: MemberExpr, node: CallExpr, at: ir.At, expected: Type | None
    ) -> ir.Expr | None:
        """`dict.fromkeys(…)`, `bytes.fromhex(…)`"""
        owner = callee.expr
        if not isinstance(owner, RefExpr) or not isinstance(owner.node, TypeInfo):
            return None
        dates.class_method(self, owner.fullname, callee.name, node, at)
        positional, keywords = self.arguments(node)
        match owner.fullname, callee.name:
            case "builtins.dict", "fromkeys" if 1 <= len(positional) <= 2 and not keywords:
                self.sure(owner, at)
                return self._from_keys(node, positional, at, expected)
            case "itertools.chain", "from_iterable":
                self.sure(owner, at)
                return self.itertools("chain.from_iterable", positional, keywords, at)
            case "builtins.int", "from_bytes":
                self.sure(owner, at)
                return self._bytes_of("int.from_bytes", [], ["bytes", "byteorder"], node, at)
            case name, method if entries(f"{name}.{method}") and not keywords:
                self.sure(owner, at)
                return self.prim(f"{name}.{method}", [self.expr(a) for a in positional], at)
        return None

    # --- collections -----------------------------------------------------------------------------

    def _made(self, node: CallExpr, kind: type[Type], at: ir.At, expected: Type | None) -> Type:
        """The type of what a constructor makes: as expected, or as mypy found it."""
        if isinstance(expected, OptionalType):
            expected = expected.item
        found = expected if isinstance(expected, kind) else None
        if found is None or (getattr(found, "kind", "dict") == "dict" and kind is DictType):
            found = self.mypy_type(node)
        if not isinstance(found, kind):
            raise Refusal("refusal-type", f"the type of this is {found}", at)
        return found

    def _empty(self, name: str, type_: Type, at: ir.At) -> ir.Expr:
        shape, rust = _MADE_EMPTY[name]
        letters = {"deque": "T", "counter": "K", "odict": "KV"}[shape]
        result = Generic(shape, tuple(map(Name, letters)))
        return ir.Prim(type_, at, Entry(name, (), result, "own", rust, ATOM, False), [])

    def _deque(
        self,
        node: CallExpr,
        positional: list[Expression],
        keywords: dict[str, Expression],
        at: ir.At,
        expected: Type | None,
    ) -> ir.Expr:
        given = dict(zip(("iterable", "maxlen"), positional, strict=False)) | keywords
        type_ = self._made(node, DequeType, at, expected)
        assert isinstance(type_, DequeType)
        if not given:
            return self._empty("collections.deque", type_, at)
        items: ir.Expr = ir.ListLit(ListType(type_.item), at, [])
        if "iterable" in given:
            items = self.listed(given["iterable"], type_.item)
        if "maxlen" not in given:
            return self.prim("collections.deque", [items], at)
        most = self.coerce(self.expr(given["maxlen"]), OptionalType(INT))
        return self.prim("deque.bounded", [items, most], at)

    def listed(self, node: Expression, item: Type) -> ir.Expr:
        """An iterable as a list of items of a type."""
        if isinstance(node, ListExpr):
            return self.expr(node, ListType(item))
        return self.materialise(node)

    def _defaultdict(
        self,
        node: CallExpr,
        positional: list[Expression],
        keywords: dict[str, Expression],
        at: ir.At,
        expected: Type | None,
    ) -> ir.Expr:
        type_ = self._made(node, DictType, at, expected)
        assert isinstance(type_, DictType)
        if keywords or not 1 <= len(positional) <= 2:
            raise Refusal("refusal-call", "this call of defaultdict is not drafted", at)
        made = self._factory(positional[0], type_.value)
        params = [Taken("own", Name("V"))]
        args, rust = [made], "DefaultDict::new(|| {0})"
        if len(positional) == 2:
            params.append(Taken("own", Generic("dict", (Name("K"), Name("V")))))
            args.append(self.coerce(self.expr(positional[1]), DictType(type_.key, type_.value)))
            rust = "DefaultDict::from_dict(|| {0}, {1})"
        result = Generic("ddict", (Name("K"), Name("V")))
        entry = Entry("collections.defaultdict", tuple(params), result, "own", rust, ATOM, False)
        return ir.Prim(type_, at, entry, args)

    def _factory(self, node: Expression, wanted: Type) -> ir.Expr:
        """What a factory without arguments gives; the same each time, and made of literals."""
        at = self.at(node)
        made: ir.Expr | None = None
        if isinstance(node, LambdaExpr) and not node.arguments:
            made = self.expr(node.expr(), wanted)
        elif isinstance(node, RefExpr):
            match node.fullname, wanted:
                case "builtins.int", _:
                    made = ir.Const(INT, at, 0)
                case "builtins.float", _:
                    made = ir.Const(FLOAT, at, 0.0)
                case "builtins.str", _:
                    made = ir.Const(STR, at, "")
                case "builtins.bool", _:
                    made = ir.Const(BOOL, at, False)
                case (("decimal.Decimal" | "_decimal.Decimal"), _):
                    made = self.prim("decimal.zero", [], at)
                case "builtins.list", ListType():
                    made = ir.ListLit(wanted, at, [])
                case "builtins.set", SetType(_, False):
                    made = ir.SetLit(wanted, at, [])
                case "builtins.dict", DictType(kind="dict"):
                    made = ir.DictLit(wanted, at, [], [])
                case "collections.deque", DequeType():
                    made = self._empty("collections.deque", wanted, at)
                case "collections.Counter", DictType(kind="Counter"):
                    made = self._empty("collections.Counter", wanted, at)
                case "collections.OrderedDict", DictType(kind="OrderedDict"):
                    made = self._empty("collections.OrderedDict", wanted, at)
        if made is not None:
            made = self.coerce(made, wanted)
        if made is None or not all(_is_literal(part) for part in ir.walk(made)):
            raise Refusal(
                "refusal-expression",
                "this factory is not drafted",
                at,
                hint="use int, list, … or a lambda that gives a literal",
            )
        return made

    def _counted_or_ordered(
        self,
        name: str,
        node: CallExpr,
        positional: list[Expression],
        keywords: dict[str, Expression],
        at: ir.At,
        expected: Type | None,
    ) -> ir.Expr:
        short = name.rpartition(".")[2]
        if keywords or len(positional) > 1:
            raise Refusal("refusal-call", f"this call of {short} is not drafted", at)
        if not positional:
            return self._empty(name, self._made(node, DictType, at, expected), at)
        given = positional[0]
        value = None if _walked_by_itself(given) else self.expr(given)
        if value is not None and isinstance(value.type, DictType):
            return self.prim(name, [value], at)
        if name == "collections.Counter":
            return self.prim(name, [self.materialise(given)], at)
        return self.prim(name, [self.dict(given, at)], at)

    def _from_keys(
        self, node: CallExpr, positional: list[Expression], at: ir.At, expected: Type | None
    ) -> ir.Expr:
        if len(positional) == 1:
            keys = self.materialise(positional[0])
            assert isinstance(keys.type, (ListType, VarTupleType))
            none: ir.Expr = ir.Const(NONE, at, None)
            type_: Type = DictType(keys.type.item, NONE)
            if isinstance(expected, DictType) and expected.kind == "dict":
                type_ = expected
                none = self.coerce(none, expected.value)
            return ir.Prim(type_, at, entries("dict.fromkeys")[0], [keys, none])
        type_ = self.mypy_type(node)
        if isinstance(expected, DictType) and expected.kind == "dict":
            type_ = expected
        if not isinstance(type_, DictType):
            raise Refusal("refusal-call", "dict.fromkeys of this is not drafted", at)
        value = self.coerce(self.expr(positional[1], type_.value), type_.value)
        if self.reader.table.has_mutable(value.type):
            raise Refusal(
                "refusal-call", "dict.fromkeys of one object for all keys is not drafted", at,
                hint="use {key: … for key in keys}",
            )  # fmt: skip
        return self.prim("dict.fromkeys", [self.materialise(positional[0]), value], at)

    # --- methods ---------------------------------------------------------------------------------

    def library_method(self, obj: ir.Expr, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
        """A method that the registry alone does not say."""
        if (made := modules.method(self, obj, name, node, at)) is not None:
            return made
        positional, keywords = self.arguments(node)
        type_ = obj.type
        if name == "format" and isinstance(obj, ir.Const) and isinstance(obj.value, str):
            return templates.braces(self, obj.value, positional, keywords, at)
        if (made := dates.method(self, obj, name, node, at)) is not None:
            return made
        if (made := decimals.method(self, obj, name, node, at)) is not None:
            return made
        if type_ in (INT, BIG) and name == "to_bytes":
            return self._bytes_of("int.to_bytes", [obj], ["length", "byteorder"], node, at)
        if type_ == STR and name in ("split", "rsplit") and keywords:
            return self._split(obj, name, positional, keywords, at)
        if isinstance(type_, DequeType) and name in ("extend", "extendleft"):
            if len(positional) == 1 and not keywords:
                return self.prim(f"deque.{name}", [obj, self.listed(positional[0], type_.item)], at)
        elif isinstance(type_, DictType):
            return self._dict_method(obj, type_, name, positional, keywords, at)
        elif isinstance(type_, SetType) and len(positional) == 1 and not keywords:
            return self._set_method(obj, type_, name, positional[0], at)
        elif isinstance(type_, SetType) and name in _FOLDED and len(positional) > 1:
            joined: ir.Expr | None = obj
            for given in positional:
                joined = joined and self._set_method(joined, type_, name, given, at)
            return joined
        return None

    def _bytes_of(
        self, key: str, first: list[ir.Expr], names: list[str], node: CallExpr, at: ir.At
    ) -> ir.Expr:
        """`n.to_bytes(4, "big", signed=True)`: the names in their order, then `signed`."""
        positional, keywords = self.arguments(node)
        given: dict[str, Expression] = dict(zip(names, positional, strict=False)) | keywords
        if list(given) not in (names, [*names, "signed"], names[:1], []) or (
            key == "int.from_bytes" and not given
        ):
            raise Refusal("refusal-call", f"this call of {key} is not drafted", at)
        rest: dict[str, ir.Expr] = {
            "length": ir.Const(INT, at, 1),
            "byteorder": ir.Const(STR, at, "big"),
            "signed": ir.Const(BOOL, at, False),
        }
        args = [self.expr(given[name]) if name in given else rest[name] for name in names]
        signed = self.expr(given["signed"]) if "signed" in given else rest["signed"]
        return self.prim(key, [*first, *args, signed], at)

    def _split(
        self,
        obj: ir.Expr,
        name: str,
        positional: list[Expression],
        keywords: dict[str, Expression],
        at: ir.At,
    ) -> ir.Expr:
        given: dict[str, Expression] = dict(zip(("sep", "maxsplit"), positional, strict=False))
        given |= keywords
        if list(given) not in (["sep"], ["maxsplit"], ["sep", "maxsplit"]):
            raise Refusal("refusal-call", f"this call of str.{name} is not drafted", at)
        none = ir.Const(NONE, at, None)
        args = [self.expr(given["sep"]) if "sep" in given else none]
        if "maxsplit" in given:
            args.append(self.expr(given["maxsplit"]))
        return self.prim(f"str.{name}", [obj, *args], at)

    def _dict_method(
        self,
        obj: ir.Expr,
        type_: DictType,
        name: str,
        positional: list[Expression],
        keywords: dict[str, Expression],
        at: ir.At,
    ) -> ir.Expr | None:
        match type_.kind, name:
            case "Counter", "most_common":
                given = [*positional, *([keywords["n"]] if set(keywords) == {"n"} else [])]
                n = self.expr(given[0]) if given else ir.Const(NONE, at, None)
                return self.prim(
                    "Counter.most_common", [obj, self.coerce(n, OptionalType(INT))], at
                )
            case "Counter", ("update" | "subtract") if len(positional) == 1 and not keywords:
                key = f"Counter.{name}"
                if not _walked_by_itself(positional[0]):
                    value = self.expr(positional[0])
                    if isinstance(value.type, DictType):
                        return self.prim(key, [obj, value], at)
                return self.prim(key, [obj, self.materialise(positional[0])], at)
            case "Counter", ("update" | "subtract" | "fromkeys"):
                raise Refusal("refusal-call", f"this call of Counter.{name} is not drafted", at)
            case "OrderedDict", ("move_to_end" | "popitem"):
                args = [self.expr(arg) for arg in positional]
                if "last" in keywords:
                    args.append(self.expr(keywords["last"]))
                if len(args) == (1 if name == "move_to_end" else 0):
                    args.append(ir.Const(BOOL, at, True))
                return self.prim(f"OrderedDict.{name}", [obj, *args], at)
            case "dict", _:
                return None
        if name == "copy":
            key = "dict.copy" if type_.kind == "defaultdict" else f"{type_.kind}.copy"
            return self.prim(key, [obj], at)
        if not positional and not keywords and entries(f"{type_.kind}.{name}"):
            return self.prim(f"{type_.kind}.{name}", [obj], at)
        return None

    def _set_method(
        self, obj: ir.Expr, type_: SetType, name: str, given: Expression, at: ir.At
    ) -> ir.Expr | None:
        """Methods of sets take any iterable; its order is not seen."""
        kind = "frozenset" if type_.frozen else "set"
        if name in ("add", "discard", "remove") or not entries(f"{kind}.{name}"):
            return None
        if not _walked_by_itself(given) and not isinstance(given, ListExpr):
            value = self.expr(given, SetType(type_.item) if isinstance(given, SetExpr) else None)
            if isinstance(value.type, SetType):
                return self.prim(f"{kind}.{name}", [obj, value], at)
        if isinstance(given, ListExpr):
            over = self.expr(given, ListType(type_.item))
        else:
            over = self.materialise(given, order_seen=False)
        return self.prim(f"{kind}.{name}", [obj, self.prim("builtins.set", [over], at)], at)

    def sort(
        self, obj: ir.Expr, positional: list[Expression], keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr:
        """`xs.sort(key=…, reverse=…)`"""
        if positional or set(keywords) - {"key", "reverse"}:
            raise Refusal("refusal-call", "this call of list.sort is not drafted", at)
        if "key" not in keywords:
            return self.prim("sort.reverse", [obj, self.flag(keywords, at)], at)
        if not isinstance(obj, ir.Var):
            raise Refusal(
                "refusal-call", "list.sort with a key of this is not drafted", at,
                hint="give the list a name first",
            )  # fmt: skip
        flag = self.flag(keywords, at)
        self.is_settled(flag)
        pairs = self.keyed(obj, keywords["key"], at)
        for part in ir.walk(pairs.element):
            # While it is sorted, the list is empty for whoever looks.
            if isinstance(part, ir.Call) or (isinstance(part, ir.Var) and part.type == obj.type):
                raise Refusal(
                    "refusal-call", "this key of list.sort may look at the list", at,
                    hint="write xs = sorted(xs, key=…)",
                )  # fmt: skip
        return self.prim("sort.key", [obj, pairs, flag], at)

    # --- slices as targets -----------------------------------------------------------------------

    def set_slice(self, base: Expression, index: SliceExpr, value: ir.Expr, at: ir.At) -> ir.Stmt:
        """`xs[a:b] = ys`; Python has the value first."""
        target, bounds = self.expr(base), self.bounds(index)
        if not isinstance(target, ir.Var) or any(
            isinstance(part, (ir.Call, ir.Unwrap, ir.Extract))
            or (isinstance(part, ir.Prim) and part.entry.stops)
            for bound in bounds
            for part in ir.walk(bound)
        ):
            raise Refusal(
                "refusal-statement", "this target is too involved to be drafted", at,
                hint="give its parts names first",
            )  # fmt: skip
        if not isinstance(value.type, (ListType, VarTupleType)):
            raise Refusal("refusal-statement", f"a slice set to {value.type} is not drafted", at)
        return ir.Do(at, self.prim("setslice", [target, *bounds, value], at))

    # --- locals that are more than they are declared ---------------------------------------------

    def find_precise(self, func: FuncDef) -> None:
        """`groups: dict[str, list[int]] = defaultdict(list)`, if it holds nothing else."""
        assigned: dict[MypyVar, list[Expression]] = {}
        for statement in assignments(func.body):
            for target in statement.lvalues:
                if isinstance(target, NameExpr) and isinstance(target.node, MypyVar):
                    assigned.setdefault(target.node, []).append(statement.rvalue)
        for var, values in assigned.items():
            names = {_constructor(value) for value in values}
            if len(names) != 1 or None in names or var.type is None:
                continue
            (name,) = names
            try:
                declared = self.reader.read(var.type, self.at(func))
            except Refusal:
                continue
            if isinstance(declared, DictType) and declared.kind == "dict":
                short = str(name).rpartition(".")[2]
                if short != "Counter" or declared.value == INT:
                    self.precise[var] = DictType(declared.key, declared.value, kind=short)


def _constructor(node: Expression) -> str | None:
    callee = node.callee if isinstance(node, CallExpr) else None
    if isinstance(callee, RefExpr) and callee.fullname in _DICTS:
        return callee.fullname
    return None


def _walked_by_itself(node: Expression) -> bool:
    """A generator, or a call that is walked and not a value: only the walk can lower it."""
    if isinstance(node, GeneratorExpr):
        return True
    if not isinstance(node, CallExpr):
        return False
    callee = node.callee
    if isinstance(callee, MemberExpr) and callee.name in ("keys", "values", "items"):
        return True
    walks = ("range", "enumerate", "zip", "reversed", "map", "filter")
    return isinstance(callee, RefExpr) and callee.fullname in {f"builtins.{w}" for w in walks}


def _is_literal(node: object) -> bool:
    """A part of a value that is made of literals alone."""
    if isinstance(node, ir.Prim):
        return not node.entry.stops and (
            node.entry.key.startswith("collections.") or node.entry.key in ("neg", "decimal.zero")
        )
    literal = (ir.Const, ir.GlobalConst, ir.ListLit, ir.SetLit, ir.DictLit, ir.TupleLit)
    return not isinstance(node, ir.Expr) or isinstance(node, (*literal, ir.Some, ir.Member))


__all__ = ["Library"]
