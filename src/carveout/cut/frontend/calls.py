"""Lowering of calls: built-ins and methods by the registry, helpers of the same package, constructors.

Arguments are evaluated as written, whatever parameters they go to: a call whose keywords are out of
order first gives its arguments names.
"""

from __future__ import annotations

from typing import Any

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    RefExpr,
    StrExpr,
    TypeInfo,
)

from carveout.cut.frontend.expressions import Expressions
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    EnumType,
    ListType,
    SetType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entries
from carveout.cut.registry.formats import BadSpec, Spec, parse_spec

# Functions that take any iterable, with the number of arguments they do that for.
_ITERABLE = {
    "builtins.min": 1, "builtins.max": 1, "builtins.list": 1, "builtins.tuple": 1, "builtins.set": 1,
    "builtins.frozenset": 1, "math.fsum": 1, "builtins.bytes": 1,
}  # fmt: skip
# Those whose result is the same in whatever order the items come.
_ORDERLESS = {"builtins.set", "builtins.frozenset", "math.fsum"}
_MODULES = ("builtins", "math", "heapq")
_EMPTY = {"builtins.list": ListType, "builtins.dict": DictType, "builtins.set": SetType}


class Calls(Expressions):
    """Lowering of calls."""

    def call(self, node: CallExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        callee = node.callee
        if any(kind in (ArgKind.ARG_STAR, ArgKind.ARG_STAR2) for kind in node.arg_kinds):
            raise Refusal("refusal-call", "`*` and `**` in a call are not drafted", at)
        if (parts := self._fstring(node)) is not None:
            return parts
        if isinstance(callee, RefExpr) and callee.fullname:
            target = callee.node
            if isinstance(target, TypeInfo) and target.module_name not in _MODULES:
                return self._construct(target, node, at)
            func = target.func if isinstance(target, Decorator) else target
            # A function of a module has no class: mypy's stand-in for one is falsy.
            if isinstance(func, FuncDef) and not func.info:
                module = func.fullname.rpartition(".")[0]
                if module.split(".")[0] == self.project.checked.package:
                    return self._helper(module, func, node, at)
            # typeshed defines some functions in the C module: `_heapq.heappush`.
            public = callee.fullname.lstrip("_")
            if public.rpartition(".")[0] in _MODULES:
                return self._builtin(public, node, at, expected)
            if not isinstance(callee, MemberExpr) or isinstance(func, FuncDef) and not func.info:
                raise Refusal("refusal-call", f"{callee.fullname} is not drafted", at,
                              hint="write what it does in this package, or leave it out of the "
                              "operation")  # fmt: skip
        if isinstance(callee, MemberExpr):
            return self._method(callee, node, at)
        raise Refusal("refusal-call", "calling this is not drafted", at)

    # --- built-ins -------------------------------------------------------------------------------

    def _keywords(self, node: CallExpr) -> tuple[list[Expression], dict[str, Expression]]:
        positional = [a for n, a in zip(node.arg_names, node.args, strict=True) if n is None]
        keywords = {n: a for n, a in zip(node.arg_names, node.args, strict=True) if n is not None}
        return positional, keywords

    def _builtin(
        self, name: str, node: CallExpr, at: ir.At, expected: Type | None
    ) -> ir.Expr:
        positional, keywords = self._keywords(node)
        short = name.rpartition(".")[2]
        if name in _EMPTY and not node.args:
            type_ = expected if isinstance(expected, _EMPTY[name]) else self.mypy_type(node)
            return {"list": ir.ListLit, "set": ir.SetLit}[short](type_, at, []) if short != "dict" else (
                ir.DictLit(type_, at, [], []))  # fmt: skip
        match name:
            case "builtins.any" | "builtins.all" if len(node.args) == 1 and not keywords:
                return self._any_all(short, node.args[0], at)
            case "builtins.sum" if 1 <= len(node.args) <= 2:
                start = keywords.get("start") or (positional[1] if len(positional) == 2 else None)
                return self._sum(positional[0], start, at)
            case "builtins.sorted" if len(positional) == 1:
                return self._sorted(positional[0], keywords, at)
            case ("builtins.min" | "builtins.max") if keywords and len(positional) == 1:
                return self._best(short, positional[0], keywords, at)
            case ("builtins.min" | "builtins.max") if len(positional) > 2 and not keywords:
                return self._best_of(name, [self.expr(a) for a in positional], at)
            case "builtins.str" if len(positional) == 1 and not keywords:
                value = self.expr(positional[0])
                if isinstance(value.type, EnumType):
                    raise Refusal("refusal-call", f"str({value.type}) is not drafted", at)
                return self.prim(name, [value], at)
            case "builtins.dict" if len(positional) == 1 and not keywords:
                return self._dict(positional[0], at)
            case "builtins.isinstance":
                raise Refusal("refusal-call", "isinstance is not drafted", at, hint="use one type")
            case "builtins.round" if "ndigits" in keywords:
                positional, keywords = [*positional, keywords["ndigits"]], {}
            case "builtins.int" if "base" in keywords:
                positional, keywords = [*positional, keywords["base"]], {}
            case "math.isclose" if keywords:
                raise Refusal("refusal-call", "isclose with tolerances is not drafted", at)
        if keywords:
            raise Refusal("refusal-call", f"{short}({', '.join(keywords)}=…) is not drafted", at)
        if name in _ITERABLE and len(positional) == _ITERABLE[name]:
            return self._over(name, positional[0], at)
        if not entries(name):
            raise Refusal("refusal-call", f"{short}() is not drafted", at)
        return self.prim(name, [self.expr(arg) for arg in positional], at)

    def _over(self, name: str, node: Expression, at: ir.At) -> ir.Expr:
        """A function of one iterable."""
        if name in ("builtins.list", "builtins.set", "builtins.frozenset", "builtins.bytes"):
            from mypy.nodes import GeneratorExpr

            if not isinstance(node, (GeneratorExpr, CallExpr)):
                value = self.expr(node)
                if value.type in (STR, BYTES) and name == "builtins.list" or isinstance(
                    value.type, SetType) and name != "builtins.list":  # fmt: skip
                    return self.prim(name, [value], at)
        over = self.materialise(node, order_seen=name not in _ORDERLESS and not self._total(name))
        if name in ("builtins.min", "builtins.max") and isinstance(over.type, (ListType, VarTupleType)):
            self._order_decides(over, at)
        return self.prim(name, [over], at)

    @staticmethod
    def _total(name: str) -> bool:
        return name in ("builtins.min", "builtins.max")

    def _order_decides(self, over: ir.Expr, at: ir.At) -> None:
        """min of a set's items is the same in any order only for ints and strings."""
        if isinstance(over, ir.Comp) and any(isinstance(c.source, ir.SetIter) for c in over.clauses):
            item = over.element.type
            if item not in (INT, STR):
                raise Refusal("refusal-set-order", "the order of a set could be seen here", at)

    def _any_all(self, kind: str, node: Expression, at: ir.At) -> ir.Expr:
        found = self._generator_truth(node)
        if found is None:
            source = self.iter(node)
            self.no_set_order_unless_silent(source)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], self.truth(read, at)
        clauses, test = found
        for clause in clauses:
            if isinstance(clause.source, ir.SetIter) and self.may_stop(test, clause.conds):
                raise Refusal("refusal-set-order", "which item raises first would be seen here",
                              clause.source.at, hint="walk over sorted(…)")  # fmt: skip
        return ir.Reduce(BOOL, at, kind, clauses, test, None)

    def no_set_order_unless_silent(self, source: ir.Iter) -> None:
        if not isinstance(source, ir.SetIter):
            self.no_set_order(source)

    @staticmethod
    def may_stop(*parts: Any) -> bool:
        for part in parts:
            for node in part if isinstance(part, list) else [part]:
                for inner in ir.walk(node):
                    if isinstance(inner, (ir.Call, ir.Unwrap)):
                        return True
                    if isinstance(inner, ir.Prim) and inner.entry.stops:
                        return True
        return False

    def _generator_truth(self, node: Expression) -> tuple[list[ir.Clause], ir.Expr] | None:
        from mypy.nodes import GeneratorExpr, ListComprehension

        inner = node.generator if isinstance(node, ListComprehension) else node
        if not isinstance(inner, GeneratorExpr):
            return None
        if isinstance(node, ListComprehension):
            # A list is made whole before any() looks at it: the elements' faults come first.
            clauses = self.clauses(inner, True)
            element = self.cond(inner.left_expr)
            if self.may_stop(element, *(c.conds for c in clauses)):
                raise Refusal("refusal-call", "any/all of a list that may raise is not drafted",
                              self.at(node), hint="leave out the brackets")  # fmt: skip
            return clauses, element
        return self.clauses(inner, False), self.cond(inner.left_expr)

    def _sum(self, node: Expression, start: Expression | None, at: ir.At) -> ir.Expr:
        begin = None if start is None else self.expr(start)
        found = self.generator(node, order_seen=False)
        if found is None:
            source = self.iter(node)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], read
        clauses, element = found
        if element.type == BOOL:
            element = ir.ToInt(INT, at, element)
        if element.type not in (INT, FLOAT):
            raise Refusal("refusal-call", f"sum of {element.type} is not drafted", at)
        for clause in clauses:
            if isinstance(clause.source, ir.SetIter) and (
                element.type == FLOAT or self.may_stop(element, clause.conds)
            ):
                raise Refusal("refusal-set-order", "the order of a set would be seen here",
                              clause.source.at, hint="walk over sorted(…)")  # fmt: skip
        if begin is not None and begin.type != element.type:
            if isinstance(begin, ir.Const) and begin.value == 0 and type(begin.value) is int:
                begin = None
            else:
                raise Refusal("refusal-int-as-float", f"sum of {element.type} starting from {begin.type}",
                              begin.at, hint="start from 0.0")  # fmt: skip
        return ir.Reduce(element.type, at, "sum", clauses, element, begin)

    def _keyed(self, node: Expression, key: Expression, at: ir.At, order_seen: bool) -> ir.Expr:
        """A list of (key, item): keys first, each once, in order, as Python does."""
        over = self.materialise(node, order_seen)
        if not isinstance(over.type, (ListType, VarTupleType)):
            raise Refusal("refusal-iterable", f"walking over {over.type} is not drafted", at)
        item = over.type.item
        source = ir.SeqIter(item, at, over)
        if isinstance(key, LambdaExpr):
            (argument,) = key.arguments if len(key.arguments) == 1 else (None,)
            if argument is None:
                raise Refusal("refusal-expression", "a key takes one argument", at)
            name = self.declare(argument.variable, item)
            expression = key.expr()
            value = self.expr(expression)
        elif isinstance(key, RefExpr) and key.fullname == "builtins.len":
            name = self.fresh("item", item)
            value = self.prim("builtins.len", [ir.Var(item, at, name)], at)
        elif isinstance(key, RefExpr) and key.fullname == "builtins.abs":
            name = self.fresh("item", item)
            value = self.prim("builtins.abs", [ir.Var(item, at, name)], at)
        elif isinstance(key, RefExpr) and isinstance(key.node, FuncDef) and (
            key.node.fullname.split(".")[0] == self.project.checked.package):  # fmt: skip
            name = self.fresh("item", item)
            value = self._call_helper(key.node.fullname.rpartition(".")[0], key.node,
                                      [ir.Var(item, at, name)], at)  # fmt: skip
        else:
            raise Refusal("refusal-expression", "this key function is not drafted", self.at(key),
                          hint="use a lambda")  # fmt: skip
        if not self.reader.table.comparable(value.type):
            raise Refusal("refusal-operator", f"keys of type {value.type} can't be ordered", at)
        pair = TupleType((value.type, item))
        element = ir.TupleLit(pair, at, [value, ir.Var(item, at, name)])
        clause = ir.Clause(ir.PVar(item, at, name), source, [])
        return ir.Comp(ListType(pair), at, [clause], None, element)

    def _flag(self, keywords: dict[str, Expression], at: ir.At) -> ir.Expr:
        if "reverse" not in keywords:
            return ir.Const(BOOL, at, False)
        flag = self.expr(keywords["reverse"])
        if flag.type != BOOL:
            raise Refusal("refusal-call", "reverse is a bool", flag.at)
        return flag

    def _sorted(self, node: Expression, keywords: dict[str, Expression], at: ir.At) -> ir.Expr:
        if set(keywords) - {"key", "reverse"}:
            raise Refusal("refusal-call", "this call of sorted is not drafted", at)
        flag = self._flag(keywords, at)
        if not isinstance(flag, (ir.Const, ir.Var)):
            raise Refusal("refusal-call", "give `reverse` a name first", flag.at)
        if "key" in keywords:
            return self.prim("sorted.key", [self._keyed(node, keywords["key"], at, True), flag], at)
        over = self.materialise(node, order_seen=False)
        if isinstance(over, ir.Comp) and any(isinstance(c.source, ir.SetIter) for c in over.clauses):
            if over.element.type not in (INT, STR, BYTES) or self.may_stop(over.element):
                raise Refusal("refusal-set-order", "equal items of a set could be told apart here", at)
        return self.prim("sorted.reverse", [over, flag], at)

    def _best(
        self, kind: str, node: Expression, keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr:
        if set(keywords) == {"key"}:
            return self.prim(f"{kind}.key", [self._keyed(node, keywords["key"], at, True)], at)
        if set(keywords) == {"default"}:
            over = self.materialise(node)
            return self.prim(f"{kind}.default", [over, self.expr(keywords["default"])], at)
        raise Refusal("refusal-call", f"this call of {kind} is not drafted", at)

    def _best_of(self, name: str, items: list[ir.Expr], at: ir.At) -> ir.Expr:
        if len({item.type for item in items}) != 1:
            raise Refusal("refusal-mixed-types", "the arguments are of several types", at)
        return self.prim(name, [ir.ListLit(ListType(items[0].type), at, items)], at)

    def _dict(self, node: Expression, at: ir.At) -> ir.Expr:
        found = self.generator(node, order_seen=True)
        if found is None:
            if not isinstance(node, CallExpr):
                return self.prim("builtins.dict", [self.expr(node)], at)
            source = self.iter(node)
            self.no_set_order(source)
            pattern, read = self.bind_item(source.item, at)
            found = [ir.Clause(pattern, source, [])], read
        clauses, element = found
        if not isinstance(element, ir.TupleLit) or len(element.items) != 2:
            raise Refusal("refusal-call", "dict() of this is not drafted", at, hint="use {k: v for …}")
        key, value = element.items
        if not self.reader.table.hashable(key.type):
            raise Refusal("refusal-key", f"{key.type} as a key is not drafted", at)
        return ir.Comp(DictType(key.type, value.type), at, clauses, key, value)

    # --- methods ---------------------------------------------------------------------------------

    def _method(self, callee: MemberExpr, node: CallExpr, at: ir.At) -> ir.Expr:
        obj = self.expr(callee.expr)
        name = callee.name
        positional, keywords = self._keywords(node)
        type_ = obj.type
        if isinstance(type_, StructType):
            info = self.reader.infos[type_.name]
            symbol = info.names.get(name)
            method = symbol.node if symbol is not None else None
            if isinstance(method, FuncDef) and not (method.is_static or method.is_class):
                return self._call_with(info.module_name, method, [obj], node, at, info)
            raise Refusal("refusal-call", f"{info.name}.{name}() is not drafted", at)
        kind = self._kind(type_)
        if kind is None:
            raise Refusal("refusal-call", f"methods of {type_} are not drafted", at)
        if kind == "list" and name == "sort":
            return self._sort(obj, positional, keywords, at)
        if keywords:
            raise Refusal("refusal-call", f"{kind}.{name}({', '.join(keywords)}=…) is not drafted", at)
        if (kind, name) in (("str", "join"), ("list", "extend"), ("bytes", "join")) and len(positional) == 1:
            return self.prim(f"{kind}.{name}", [obj, self.materialise(positional[0])], at)
        if (kind, name) == ("set", "update") and len(positional) == 1:
            return self.prim("set.update", [obj, self.expr(positional[0])], at)
        if (kind, name) == ("dict", "get") and len(positional) == 2:
            default = self.expr(positional[1], type_.value if isinstance(type_, DictType) else None)
            if default.type == NONE:
                return self.prim("dict.get", [obj, self.expr(positional[0])], at)
            return self.prim("dict.get", [obj, self.expr(positional[0]), default], at)
        if (kind, name) == ("dict", "setdefault") and len(positional) == 2 and isinstance(type_, DictType):
            args = [self.expr(positional[0]), self.expr(positional[1], type_.value)]
            return self.prim("dict.setdefault", [obj, *args], at)
        args = [self.expr(arg, type_.item if isinstance(type_, ListType) else None) for arg in positional]
        if not entries(f"{kind}.{name}"):
            raise Refusal("refusal-call", f"{kind}.{name}() is not drafted", at)
        return self.prim(f"{kind}.{name}", [obj, *args], at)

    @staticmethod
    def _kind(type_: Type) -> str | None:
        match type_:
            case ListType():
                return "list"
            case DictType():
                return "dict"
            case SetType(_, frozen):
                return "frozenset" if frozen else "set"
            case VarTupleType():
                return "tuple"
        return str(type_) if type_ in (INT, FLOAT, STR, BYTES) else None

    def _sort(
        self, obj: ir.Expr, positional: list[Expression], keywords: dict[str, Expression], at: ir.At
    ) -> ir.Expr:
        if positional or set(keywords) - {"reverse"}:
            raise Refusal("refusal-call", "list.sort with a key is not drafted", at,
                          hint="write xs = sorted(xs, key=…)")  # fmt: skip
        return self.prim("sort.reverse", [obj, self._flag(keywords, at)], at)

    # --- helpers and constructors ----------------------------------------------------------------

    def _helper(self, module: str, func: FuncDef, node: CallExpr, at: ir.At) -> ir.Expr:
        return self._call_with(module, func, [], node, at, None)

    def _call_with(
        self, module: str, func: FuncDef, first: list[ir.Expr], node: CallExpr, at: ir.At,
        info: TypeInfo | None,
    ) -> ir.Expr:  # fmt: skip
        arguments = func.arguments[len(first):]
        names = [a.variable.name for a in arguments]
        given: dict[str, ir.Expr] = {}
        order: list[str] = []
        position = 0
        types = {a.variable.name: self.reader.read(a.variable.type, at) for a in arguments}
        for arg_name, arg in zip(node.arg_names, node.args, strict=True):
            if arg_name is None:
                if position >= len(names):
                    raise Refusal("refusal-call", "too many arguments", at)
                arg_name, position = names[position], position + 1
            if arg_name not in types:
                raise Refusal("refusal-call", f"no parameter {arg_name}", at)
            given[arg_name] = self.coerce(self.expr(arg, types[arg_name]), types[arg_name])
            order.append(arg_name)
        for argument in arguments:
            name = argument.variable.name
            if name not in given:
                if argument.initializer is None:
                    raise Refusal("refusal-call", f"no argument for {name}", at)
                given[name] = self.coerce(self._default(argument.initializer, at), types[name])
                order.append(name)
        args, wrap = self._in_order(names, order, given, at)
        return wrap(self._call_helper(module, func, [*first, *args], at, info))

    def _default(self, node: Expression, at: ir.At) -> ir.Expr:
        value = self.expr(node)
        if not isinstance(value, (ir.Const, ir.GlobalConst, ir.Member)):
            raise Refusal("refusal-default", "this default value is not drafted", at,
                          hint="use a literal")  # fmt: skip
        return value

    def _in_order(
        self, names: list[str], order: list[str], given: dict[str, ir.Expr], at: ir.At
    ) -> tuple[list[ir.Expr], Any]:
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

    def _call_helper(
        self, module: str, func: FuncDef, args: list[ir.Expr], at: ir.At, info: TypeInfo | None = None
    ) -> ir.Expr:
        key = f"{module}:{func.name}" if info is None else f"{public_name(info)}.{func.name}"
        rust_name = func.name if info is None else f"{_snake(info.name)}_{func.name.strip('_')}"
        type_ = getattr(func.type, "ret_type", None)
        result = self.reader.read(type_, at)
        self.project.request(module, key, func, rust_name)
        return ir.Call(result, at, key, args)

    def method_call(self, obj: ir.Expr, func: FuncDef, info: TypeInfo, at: ir.At) -> ir.Expr:
        return self._call_helper(info.module_name, func, [obj], at, info)

    def _construct(self, info: TypeInfo, node: CallExpr, at: ir.At) -> ir.Expr:
        if info.is_enum:
            raise Refusal("refusal-call", f"{info.name}(value) is not drafted", at,
                          hint="compare .value instead")  # fmt: skip
        if "dataclass" not in info.metadata and not info.has_base("msgspec.Struct"):
            raise Refusal("refusal-call", f"building a {info.name} is not drafted", at)
        type_ = self.reader.read_struct(info, at)
        assert isinstance(type_, StructType)
        struct = self.reader.table.structs[type_.name]
        only = self.reader.keyword_only[type_.name]
        names = [n for n in struct.fields if n not in only]
        given: dict[str, ir.Expr] = {}
        position = 0
        for arg_name, arg in zip(node.arg_names, node.args, strict=True):
            if arg_name is None:
                if position >= len(names):
                    raise Refusal("refusal-call", "too many arguments", at)
                arg_name, position = names[position], position + 1
            if arg_name not in struct.fields:
                raise Refusal("refusal-call", f"no field {arg_name}", at)
            wanted = struct.fields[arg_name]
            given[arg_name] = self.coerce(self.expr(arg, wanted), wanted)
        for name, wanted in struct.fields.items():
            if name not in given:
                given[name] = self._field_default(type_.name, name, wanted, at)
        return ir.New(type_, at, list(given), list(given.values()))

    def _field_default(self, struct: str, name: str, wanted: Type, at: ir.At) -> ir.Expr:
        source = self.reader.defaults[struct].get(name)
        if source is None:
            raise Refusal("refusal-call", f"no value for the field {name}", at)
        if isinstance(source, CallExpr):
            keywords = {n: a for n, a in zip(source.arg_names, source.args, strict=True)}
            factory = keywords.get("default_factory")
            if "default" in keywords:
                return self.coerce(self._default(keywords["default"], at), wanted)  # type: ignore[arg-type]
            if isinstance(factory, RefExpr):
                match factory.fullname, wanted:
                    case "builtins.list", ListType():
                        return ir.ListLit(wanted, at, [])
                    case "builtins.dict", DictType():
                        return ir.DictLit(wanted, at, [], [])
                    case "builtins.set", SetType():
                        return ir.SetLit(wanted, at, [])
            raise Refusal("refusal-default", f"the default of {name} is not drafted", at)
        if isinstance(source, ListExpr) and not source.items and isinstance(wanted, ListType):
            return ir.ListLit(wanted, at, [])
        return self.coerce(self._default(source, at), wanted)

    # --- f-strings -------------------------------------------------------------------------------

    def _fstring(self, node: CallExpr) -> ir.Expr | None:
        """mypy rewrites f-strings to `"".join([… "{:{}}".format(value, spec) …])`."""
        callee = node.callee
        if not (isinstance(callee, MemberExpr) and isinstance(callee.expr, StrExpr)):
            return None
        at = self.at(node)
        if callee.name == "format" and self._placeholder(callee.expr.value) is not None:
            part = self._formatted(node)
            return part if isinstance(part, ir.Expr) and part.type == STR and isinstance(
                part, ir.Prim) else ir.Format(STR, at, [part])  # fmt: skip
        if callee.name != "join" or callee.expr.value or len(node.args) != 1:
            return None
        (items,) = node.args
        if not isinstance(items, ListExpr):
            return None
        parts: list[str | ir.Expr] = []
        for item in items.items:
            if isinstance(item, StrExpr):
                parts.append(self._text(item.value, at))
            elif isinstance(item, CallExpr) and isinstance(item.callee, MemberExpr) and (
                isinstance(item.callee.expr, StrExpr)) and item.callee.name == "format":  # fmt: skip
                parts.append(self._formatted(item))
            else:
                return None
        return ir.Format(STR, at, parts)

    @staticmethod
    def _placeholder(text: str) -> str | None:
        return {"{:{}}": "", "{!r:{}}": "r", "{!s:{}}": "s", "{!a:{}}": "a"}.get(text)

    def _formatted(self, node: CallExpr) -> ir.Expr:
        at = self.at(node)
        assert isinstance(node.callee, MemberExpr)
        assert isinstance(node.callee.expr, StrExpr)
        conversion = self._placeholder(node.callee.expr.value)
        if conversion is None or conversion == "a" or len(node.args) != 2:
            raise Refusal("refusal-format", "this formatting is not drafted", at)
        value = self.expr(node.args[0])
        spec = self._spec(node.args[1], at)
        if conversion == "r" or (conversion == "s" and value.type != STR):
            value = self.prim("builtins.repr" if conversion == "r" else "builtins.str", [value], at)
        if value.type not in (INT, FLOAT, STR, BOOL):
            raise Refusal("refusal-format", f"formatting {value.type} is not drafted", value.at,
                          hint="format its parts")  # fmt: skip
        if spec is None:
            return value
        from carveout.cut.registry.entry import ATOM, Entry, Name

        rust = f"format::{value.type}({{0}}, &{spec.rust()})?"
        return ir.Prim(STR, at, Entry("format", (), Name("str"), "own", rust, ATOM, True), [value])

    def _spec(self, node: Expression, at: ir.At) -> Spec | None:
        text = None
        if isinstance(node, StrExpr):
            text = node.value
        elif isinstance(node, CallExpr) and len(node.args) == 1 and isinstance(node.args[0], ListExpr):
            items = node.args[0].items
            if all(isinstance(item, StrExpr) for item in items):
                text = "".join(item.value for item in items if isinstance(item, StrExpr))
        if text is None:
            raise Refusal("refusal-format", "a computed format is not drafted", at)
        if not text:
            return None
        try:
            return parse_spec(text)
        except BadSpec as error:
            raise Refusal("refusal-format", f"the format {text!r} is not drafted: {error}", at) from None


def _snake(name: str) -> str:
    out = "".join("_" + c.lower() if c.isupper() else c for c in name)
    return out.lstrip("_")
