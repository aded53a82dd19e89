"""Lowering of calls: built-ins and methods by the registry, the package's helpers, constructors.

Arguments are evaluated as written, whatever parameters they go to: a call whose keywords are out of
order first gives its arguments names.

Longer than a file should be: one method for each kind of callee, beside the dispatch over them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mypy.nodes import (
    Argument,
    BytesExpr,
    CallExpr,
    Decorator,
    Expression,
    FloatExpr,
    FuncDef,
    FuncItem,
    IndexExpr,
    IntExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    StrExpr,
    SuperExpr,
    TupleExpr,
    TypeApplication,
    TypeInfo,
    UnaryExpr,
)
from mypy.nodes import Var as MypyVar
from mypy.types import CallableType, Instance, NoneType, TypeVarId, UnionType, get_proper_type
from mypy.types import Type as MypyType

from carveout.cut.frontend import (
    acting,
    decimals,
    dispatch,
    enums,
    forgiving,
    forms,
    function_calls,
    generics,
    instances,
    iterators,
    methods,
    ordering,
    packing,
    patterns,
    records,
    special,
    spelled,
    unions,
)
from carveout.cut.frontend.growing import SEEDS
from carveout.cut.frontend.layout import is_plain_object, is_record
from carveout.cut.frontend.library import Library
from carveout.cut.frontend.spreading import STARS, Spreading, has_stars
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    DATES,
    DECIMAL,
    FAULT,
    FLOAT,
    INT,
    NEVER,
    NONE,
    NUM,
    STR,
    DequeType,
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

# Functions that walk over their one argument.
_ITERABLE = frozenset(
    {"builtins.min", "builtins.max", "builtins.list", "builtins.tuple", "builtins.set"}
    | {"builtins.frozenset", "math.fsum", "builtins.bytes"}
)
_ITERABLE |= {f"statistics.{name}" for name in ("mean", "fmean", "median", "mode", "multimode")}
_ITERABLE |= {f"statistics.{name}" for name in ("variance", "pvariance", "stdev", "pstdev")}
_MODULES = ("builtins", "math", "heapq", "bisect", "statistics")
_EMPTY = {"builtins.list": ListType, "builtins.dict": DictType, "builtins.set": SetType}


class Calls(Spreading, Library):
    """Lowering of calls."""

    def call(self, node: CallExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        callee = node.callee
        if any(kind in STARS for kind in node.arg_kinds) and not self._may_spread(callee):
            if (made := forms.spread(self, node, at)) is not None:
                return made
            raise Refusal("refusal-call", "`*` and `**` in this call are not drafted", at)
        if (parts := self.fstring(node)) is not None:
            return parts
        if (made := self.local_call(node, at)) is not None:
            return made
        if (made := function_calls.called(self, node, at)) is not None:  # type: ignore[arg-type]
            return made
        if isinstance(callee, SuperExpr):
            return dispatch.super_call(self, callee, node, at)
        if (made := dispatch.base_call(self, callee, node, at)) is not None:
            return made
        if (made := methods.class_call(self, callee, node, at)) is not None:
            return made
        if (made := acting.called(self, callee, node, at)) is not None:
            return made
        if isinstance(callee, RefExpr) and callee.fullname == "typing.cast":
            self.sure(callee, at)
            return unions.cast(self, node, at)
        if isinstance(callee, RefExpr) and callee.fullname == "dataclasses.replace":
            return records.replace(self, node, at)
        if isinstance(callee, IndexExpr) and isinstance(callee.analyzed, TypeApplication):
            # `Stack[int]()`
            callee = callee.base
        if isinstance(callee, RefExpr) and callee.fullname:
            target = callee.node
            self.sure(callee, at)
            if (made := self.library(callee, node, at, expected)) is not None:
                return made
            if isinstance(target, TypeInfo) and target.module_name not in _MODULES:
                return self.construct(target, node, at)
            func = target.func if isinstance(target, Decorator) else target
            # A function of a module has no class: mypy's stand-in for one is falsy.
            if isinstance(func, FuncDef) and not func.info:
                module = func.fullname.rpartition(".")[0]
                if module.split(".")[0] in self.project.checked.packages:
                    return self._helper(module, self.plain_function(target, at), node, at)
            # typeshed defines some functions in the C module: `_heapq.heappush`.
            public = callee.fullname.lstrip("_")
            if public.rpartition(".")[0] in _MODULES:
                return self._builtin(public, node, at, expected)
            if not isinstance(callee, MemberExpr) or (isinstance(func, FuncDef) and not func.info):
                raise Refusal(
                    "refusal-call",
                    f"{callee.fullname} is not drafted",
                    at,
                    hint="write what it does in this package, or leave it out of the operation",
                )
        if isinstance(callee, MemberExpr):
            if (made := self.class_method(callee, node, at, expected)) is not None:
                return made
            if (made := packing.method(self, callee, node, at)) is not None:
                return made
            if (made := patterns.method(self, callee, node, at)) is not None:
                return made
            if (made := spelled.unbound(self, callee, node)) is not None:
                return made
            return self.bound_method(callee, node, at)
        raise Refusal("refusal-call", "calling this is not drafted", at)

    # --- built-ins -------------------------------------------------------------------------------

    def _builtin(self, name: str, node: CallExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        positional, keywords = self.arguments(node)
        short = name.rpartition(".")[2]
        if name in _EMPTY and not node.args:
            type_ = self.mypy_type(node)
            if expected is not None and isinstance(expected, _EMPTY[name]):
                type_ = expected
            if short == "dict":
                return ir.DictLit(type_, at, [], [])
            return (ir.ListLit if short == "list" else ir.SetLit)(type_, at, [])
        if (made := forms.builtin(self, name, node, at)) is not None:
            return made
        if short == "next" and (made := iterators.taken(self, node, at)) is not None:
            return made
        if short in iterators.TAKES_ALL and positional:
            iterators.take_all(self, positional[0])
        match name:
            case "builtins.len" | "builtins.abs" | "builtins.repr" if len(positional) == 1:
                value = enums.members(self, positional[0]) if short == "len" else None
                value = value or self.expr(positional[0])
                if (called := special.builtin(self, short, value, at)) is not None:
                    return called
                return self.prim(name, [value], at)
            case "builtins.bool" if not keywords and len(positional) <= 1:
                return self.cond(positional[0]) if positional else ir.Const(BOOL, at, False)
            case "builtins.any" | "builtins.all" if len(node.args) == 1 and not keywords:
                return self.any_all(short, node.args[0], at)
            case "builtins.sum" if 1 <= len(node.args) <= 2:
                start = keywords.get("start") or (positional[1] if len(positional) == 2 else None)
                return self.sum(positional[0], start, at)
            case "builtins.sorted" if len(positional) == 1:
                return self.sorted(positional[0], keywords, at)
            case "builtins.min" | "builtins.max" if keywords and len(positional) == 1:
                return self.best(short, positional[0], keywords, at)
            case "builtins.min" | "builtins.max" if len(positional) > 2 and not keywords:
                return self.best_of(name, [self.expr(a) for a in positional], at)
            case "builtins.str" if len(positional) == 1 and not keywords:
                value = self.expr(positional[0])
                if value.type == FAULT:
                    return self.shown_fault(value, at)
                if (called := special.builtin(self, "str", value, at)) is not None:
                    return called
                return self.prim(name, [value], at)
            case "builtins.dict" if len(positional) == 1 and not keywords:
                return self.dict(positional[0], at)
            case "builtins.isinstance":
                return instances.is_instance(self, node, at)
            case "builtins.round" if "ndigits" in keywords:
                positional, keywords = [*positional, keywords["ndigits"]], {}
            case "builtins.int" if "base" in keywords:
                positional, keywords = [*positional, keywords["base"]], {}
            case _ if (made := ordering.called(self, name, positional, keywords, at)) is not None:
                return made
            case _ if (
                made := spelled.builtin(self, name, positional, keywords, node, at)
            ) is not None:
                return made
            case "math.isclose" if keywords:
                raise Refusal("refusal-call", "isclose with tolerances is not drafted", at)
        if keywords:
            raise Refusal("refusal-call", f"{short}({', '.join(keywords)}=…) is not drafted", at)
        if name in _ITERABLE and len(positional) == 1:
            return self.over(name, positional[0], at)
        if not entries(name):
            raise Refusal("refusal-call", f"{short}() is not drafted", at)
        args = [self.expr(arg) for arg in positional]
        if (
            name in ("builtins.min", "builtins.max")
            and len(args) == 2
            and args[0].type == args[1].type
            and args[0].type not in (INT, FLOAT, NUM, BIG)
        ):
            return self.best_of(name, args, at)
        if self.project.big is not None:
            if name == "builtins.pow" and len(args) == 2:
                made = self.power(name, args[0], args[1], at)
                if made is not None:
                    return made
            if name == "builtins.int" and expected == BIG and args and args[0].type in (STR, FLOAT):
                return self.prim(f"big.from_{args[0].type}", args, at)
            if name in SEEDS and all(arg.type != BIG for arg in args):
                return self.prim(SEEDS[name], args, at)
        return self.prim(name, args, at)

    # --- methods ---------------------------------------------------------------------------------

    def bound_method(self, callee: MemberExpr, node: CallExpr, at: ir.At) -> ir.Expr:
        obj = patterns.checked(self.expr(callee.expr))
        name = callee.name
        if obj.type == patterns.MATCH:
            return patterns.of_match(self, callee.expr, obj, name, node, at)
        obj = forgiving.unwrapped(obj)
        positional, keywords = self.arguments(node)
        type_ = obj.type
        if iterators.is_iterator(type_):
            raise Refusal(
                "refusal-call", f"{name}() of an iterator is not drafted", at, hint="use next(…)"
            )
        if name in ("join", "extend") and len(positional) == 1:
            iterators.take_all(self, positional[0])
        if (made := dispatch.method(self, obj, callee, node, at)) is not None:
            return made
        if isinstance(type_, StructType):
            info = self.reader.infos[type_.name]
            symbol = info.names.get(name)
            if name == "_replace" and info.is_named_tuple:
                return records.changed(self, obj, node, at)
            if symbol is not None and symbol.plugin_generated:
                raise Refusal("refusal-call", f"{info.name}.{name}() is not drafted", at)
            method = symbol.node if symbol is not None else None
            if isinstance(method, FuncDef) and not (method.is_static or method.is_class):
                return self.call_with(info.module_name, method, [obj], node, at, info)
            if (made := methods.of_object(self, info, obj, callee, node, at)) is not None:
                return made
            raise Refusal("refusal-call", f"{info.name}.{name}() is not drafted", at)
        if isinstance(type_, EnumType):
            if (made := enums.method(self, obj, callee, node, at)) is not None:
                return made
            obj = enums.plain(self, obj, at)
            type_ = obj.type
        if (made := self.library_method(obj, name, node, at)) is not None:
            return made
        if (made := forms.of_tuple(self, obj, name, positional, at)) is not None:
            return made
        kind = self.kind_of(type_)
        if kind is None:
            raise Refusal("refusal-call", f"methods of {type_} are not drafted", at)
        if kind == "list" and name in ("index", "count", "remove"):
            self.equality(type_, at)
        if kind == "list" and name == "sort":
            return self.sort(obj, positional, keywords, at)
        if (made := spelled.method(self, kind, obj, name, node)) is not None:
            return made
        if keywords:
            raise Refusal(
                "refusal-call", f"{kind}.{name}({', '.join(keywords)}=…) is not drafted", at
            )
        if (kind, name) in (("str", "join"), ("list", "extend"), ("bytes", "join")) and len(
            positional
        ) == 1:
            whole = name == "join"
            items = self.materialise(positional[0], whole=whole)
            if not whole:
                self.apart_from(obj, items)
            return self.prim(f"{kind}.{name}", [obj, items], at)
        if (kind, name) == ("set", "update") and len(positional) == 1:
            return self.prim("set.update", [obj, self.expr(positional[0])], at)
        if (kind, name) == ("dict", "get") and len(positional) == 2:
            default = self.expr(positional[1], type_.value if isinstance(type_, DictType) else None)
            if default.type == NONE:
                return self.prim("dict.get", [obj, self.expr(positional[0])], at)
            return self.prim("dict.get", [obj, self.expr(positional[0]), default], at)
        if (
            (kind, name) == ("dict", "setdefault")
            and len(positional) == 2
            and isinstance(type_, DictType)
        ):
            args = [self.expr(positional[0]), self.expr(positional[1], type_.value)]
            return self.prim("dict.setdefault", [obj, *args], at)
        args = [
            self.expr(arg, type_.item if isinstance(type_, (ListType, DequeType)) else None)
            for arg in positional
        ]
        if not entries(f"{kind}.{name}"):
            raise Refusal("refusal-call", f"{kind}.{name}() is not drafted", at)
        return self.prim(f"{kind}.{name}", [obj, *args], at)

    @staticmethod
    def kind_of(type_: Type) -> str | None:
        match type_:
            case ListType():
                return "list"
            case DictType():
                return "dict"
            case DequeType():
                return "deque"
            case SetType(_, frozen):
                return "frozenset" if frozen else "set"
            case VarTupleType():
                return "tuple"
        if type_ == NUM:
            return "float"
        if type_ == BIG:
            return "int"
        if type_ in DATES or type_ == DECIMAL:
            return str(type_)
        return str(type_) if type_ in (INT, FLOAT, STR, BYTES) else None

    # --- helpers and constructors ----------------------------------------------------------------

    def _helper(self, module: str, func: FuncDef, node: CallExpr, at: ir.At) -> ir.Expr:
        return self.call_with(module, func, [], node, at, None)

    def call_with(
        self,
        module: str,
        func: FuncDef,
        first: list[ir.Expr],
        node: CallExpr,
        at: ir.At,
        info: TypeInfo | None,
        bound: Mapping[TypeVarId, Type] | None = None,
    ) -> ir.Expr:
        self.draftable(func, at, stars=True)
        if bound is None:
            bound = self.reader.parameters_of(first[0].type) if first else {}
        args, wrap, callees = self.matched(func, func.arguments[len(first) :], node, at, bound)
        with self.reader.where(bound):
            whole = [*first, *args]
            made = self.call_helper(module, func, whole, at, info, callees, node, stars=True)
        return wrap(made)

    def _may_spread(self, callee: Expression) -> bool:
        """Whether a call with stars is one of a function of the package."""
        if isinstance(self.nested(callee), FuncDef):
            return True
        target = callee.node if isinstance(callee, RefExpr) else None
        func = target.func if isinstance(target, Decorator) else target
        if not isinstance(func, FuncDef) or func.info:
            return False
        return func.fullname.split(".")[0] in self.project.checked.packages

    def nested(self, node: Expression) -> FuncItem | None:
        """closures.py: the nested function that an expression names."""
        raise NotImplementedError

    def matched(
        self,
        func: FuncDef,
        arguments: list[Argument],
        node: CallExpr,
        at: ir.At,
        bound: Mapping[TypeVarId, Type] | None = None,
    ) -> tuple[list[ir.Expr], Callable[[ir.Expr], ir.Expr], dict[MypyVar, Any]]:
        """A call's arguments by parameter; what has to be around the call; functions passed.

        `bound` has the parameters of the object's class, which is no type of the arguments' own.
        """
        if has_stars(func) or any(kind in STARS for kind in node.arg_kinds):
            return self.spread_out(func, arguments, node, at)
        names = [a.variable.name for a in arguments]
        variables = {a.variable.name: a.variable for a in arguments}
        given: dict[str, ir.Expr] = {}
        callees: dict[MypyVar, Any] = {}
        order: list[str] = []
        position = 0
        positional = [a.variable.name for a in arguments if not a.kind.is_named()]
        takes = {a.variable.name for a in arguments if takes_function(a.variable.type)}
        with self.reader.where(bound or {}):
            types = {
                a.variable.name: None
                if generics.is_open(a.variable.type)
                else self.chosen(a.variable, self.reader.read(a.variable.type, at))
                for a in arguments
                if a.variable.name not in takes
            }
        for arg_name, arg in zip(node.arg_names, node.args, strict=True):
            if arg_name is None:
                if position >= len(positional):
                    raise Refusal("refusal-call", "too many arguments", at)
                arg_name, position = positional[position], position + 1
            if arg_name not in variables:
                raise Refusal("refusal-call", f"no parameter {arg_name}", at)
            if arg_name in takes:
                if not function_calls.dynamic(self, arg):  # type: ignore[arg-type]
                    callees[variables[arg_name]] = self.callee_of(arg, at)
                    continue
                types[arg_name] = self.reader.read(variables[arg_name].type, at)
                takes.discard(arg_name)
            given[arg_name] = self._given(self.expr(arg, types[arg_name]), types[arg_name])
            order.append(arg_name)
        for argument in arguments:
            name = argument.variable.name
            if name not in given and argument.variable not in callees:
                if argument.initializer is None:
                    raise Refusal("refusal-call", f"no argument for {name}", at)
                if name in takes:
                    callees[argument.variable] = self.callee_of(argument.initializer, at)
                    continue
                kept = self.default_of(func, name, at)
                if kept is None:
                    kept = self.default(argument.initializer, at)
                given[name] = self._given(kept, types[name])
                order.append(name)
        names = [name for name in names if name not in takes]
        args, wrap = self.in_order(names, order, given, at)
        # In the order of the parameters, so that one call is drafted as any other.
        callees = {a.variable: callees[a.variable] for a in arguments if a.variable in callees}
        return args, wrap, callees

    def _given(self, value: ir.Expr, wanted: Type | None) -> ir.Expr:
        """An argument as its parameter wants it; where that is open, as it is."""
        return value if wanted is None else self.coerce(value, wanted)

    def local_call(self, node: CallExpr, at: ir.At) -> ir.Expr | None:
        """closures.py: the call of a nested function."""
        raise NotImplementedError

    def default_of(self, func: FuncItem, name: str, at: ir.At) -> ir.Expr | None:
        """closures.py: the value that a nested function's default was given."""
        raise NotImplementedError

    def default(self, node: Expression, at: ir.At) -> ir.Expr:
        plain = (IntExpr, FloatExpr, StrExpr, BytesExpr, UnaryExpr, NameExpr, MemberExpr)
        if isinstance(node, plain):
            value = self.expr(node)
            if isinstance(value, (ir.Const, ir.GlobalConst, ir.Member)):
                return value
        if (made := decimals.default(self, node)) is not None:
            return made
        if isinstance(node, TupleExpr) and len(node.items) <= 12:
            # It can't change, so that who gets it can't tell it from another.
            items = [self.default(item, at) for item in node.items]
            if not items:
                return ir.ListLit(VarTupleType(NEVER), at, [])
            return ir.TupleLit(TupleType(tuple(item.type for item in items)), at, items)
        raise Refusal(
            "refusal-default", "this default value is not drafted", at, hint="use a literal"
        )

    def draftable(
        self, func: FuncDef, at: ir.At, defined: bool = False, stars: bool = False
    ) -> None:
        """Refuse a function that is more than parameters, statements and a result."""
        if func.is_coroutine:
            raise Refusal(
                "refusal-function-kind",
                f"{func.name} is async, which is not drafted",
                at,
                hint="make it a plain function",
            )
        if func.is_generator and func is not self.taking and not defined:
            raise Refusal(
                "refusal-generator",
                f"{func.name} is a generator, and kept here",
                at,
                hint="walk over it where it is called, or make a list of it there",
            )
        if has_stars(func) and not (stars or defined):
            raise Refusal(
                "refusal-varargs",
                f"{func.name} takes *args or **kwargs, which are not drafted here",
                at,
                hint="pass a list",
            )

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
        bound = self.reader.parameters_of(args[0].type) if info is not None and args else {}
        if bound and any(self.reader.bound.get(one) != type_ for one, type_ in bound.items()):
            with self.reader.where(bound):
                return self.call_helper(module, func, args, at, info, callees, call)
        if info is not None and methods.made_without_first(func):
            return methods.call_it(self, info, func, args[1:], at)
        if info is not None and func.info:
            # Drafted once, for all classes that inherit it.
            info, module = func.info, func.info.module_name
        key = f"{module}:{func.name}"
        if info is not None:
            key = f"{self.reader.instance_name(info, at)}.{func.name}"
        rust_name = func.name if info is None else methods.rust_name(info, func)
        if func in self.project.setters:
            # The getter has the same name.
            key, rust_name = f"{key}.setter", f"{rust_name}_set"
        self.draftable(func, at, stars=stars)
        params = [a.variable for a in func.arguments if a.variable not in (callees or {})]
        opened = None
        if len(params) == len(args) and not has_stars(func):
            opened = generics.opened(self, func, params, args, at, call)
        if opened is not None:
            opening, args, suffix = opened
            key += suffix
            self.project.openings.setdefault(key, opening)
        with self.reader.where(opened[0].bound if opened is not None else {}):
            result = self.result_type(key, self.read_result(func, at))
        if info is None and not callees and opened is None:
            self.project.plain.add(key)
        if callees:
            if opened is not None:
                self.project.openings.setdefault(key + said(callees), opened[0])
            key += said(callees)
            self.project.lifted.setdefault(key, callees)
            for callee in callees.values():
                args = [*args, *(callee.env.args(at) if callee.env is not None else ())]
        self.project.request(module, key, func, rust_name)
        return ir.Call(result, at, key, args)

    def construct(self, info: TypeInfo, node: CallExpr, at: ir.At) -> ir.Expr:
        if info.is_newtype and info.bases and len(node.args) == 1:
            return self._given(self.expr(node.args[0]), self.reader.read(info.bases[0], at))
        self.reader.families.made(info)
        if self.reader.own(info) and is_plain_object(info):
            return methods.construct(self, info, node, at, self._parameters(info, node, at))
        if info.is_enum:
            return enums.of_value(self, info, node, at)
        if not is_record(info) and not (info.is_named_tuple and self.reader.own(info)):
            raise Refusal("refusal-call", f"building a {info.name} is not drafted", at)
        bound = self._parameters(info, node, at)
        with self.reader.where(bound):
            fields = self.reader.fields(info, at)
        key = self.reader.key_of(info)
        only = self.reader.keyword_only[key]
        names = [n for n in fields if n not in only]
        given: dict[str, ir.Expr] = {}
        position = 0
        for arg_name, arg in zip(node.arg_names, node.args, strict=True):
            if arg_name is None:
                if position >= len(names):
                    raise Refusal("refusal-call", "too many arguments", at)
                arg_name, position = names[position], position + 1
            if arg_name not in fields:
                raise Refusal("refusal-call", f"no field {arg_name}", at)
            wanted = fields[arg_name]
            given[arg_name] = self.coerce(self.expr(arg, wanted), wanted)
        with self.reader.where(bound):
            for name, wanted in fields.items():
                if name not in given:
                    given[name] = self._field_default(key, name, wanted, at)
            return records.finished(self, info, given, at)

    def _parameters(self, info: TypeInfo, node: CallExpr, at: ir.At) -> Mapping[TypeVarId, Type]:
        """What the parameters of a generic class stand for in an object that is being made."""
        if not info.defn.type_vars:
            return {}
        found = get_proper_type(self.project.checked.types.get(node))
        if not isinstance(found, Instance) or found.type is not info:
            return {}
        return self.reader.parameters(info, found.args, at)

    def _field_default(self, struct: str, name: str, wanted: Type, at: ir.At) -> ir.Expr:
        source = self.reader.defaults[struct].get(name)
        if source is None:
            raise Refusal("refusal-call", f"no value for the field {name}", at)
        if isinstance(source, CallExpr) and not decimals.makes_one(source):
            keywords = dict(zip(source.arg_names, source.args, strict=True))
            factory = keywords.get("default_factory")
            if "default" in keywords:
                return self.coerce(self.default(keywords["default"], at), wanted)
            if isinstance(factory, LambdaExpr) and not factory.arguments:
                return self.coerce(self.expr(factory.expr(), wanted), wanted)
            if isinstance(factory, RefExpr) and isinstance(factory.node, TypeInfo):
                own = factory.node
                if self.reader.own(own) and not own.is_enum:
                    call = CallExpr(factory, [], [], [])
                    call.set_line(source)
                    return self.coerce(self.construct(own, call, at), wanted)
            if isinstance(factory, RefExpr):
                match factory.fullname, wanted:
                    case (("decimal.Decimal" | "_decimal.Decimal"), _) if wanted == DECIMAL:
                        return self.prim("decimal.zero", [], at)
                    case "builtins.list", ListType():
                        return ir.ListLit(wanted, at, [])
                    case "builtins.dict", DictType():
                        return ir.DictLit(wanted, at, [], [])
                    case "builtins.set", SetType():
                        return ir.SetLit(wanted, at, [])
            raise Refusal("refusal-default", f"the default of {name} is not drafted", at)
        if isinstance(source, ListExpr) and not source.items and isinstance(wanted, ListType):
            return ir.ListLit(wanted, at, [])
        return self.coerce(self.default(source, at), wanted)


def takes_function(given: MypyType | None) -> bool:
    """Whether a parameter is a function, or None in its place."""
    type_ = get_proper_type(given)
    if isinstance(type_, UnionType):
        others = [t for item in type_.items if not isinstance(t := get_proper_type(item), NoneType)]
        return len(others) == 1 and isinstance(others[0], CallableType)
    return isinstance(type_, CallableType)


def said(callees: dict[MypyVar, Any]) -> str:
    """What tells a function's drafts apart by the functions they are for."""
    return "<" + ", ".join(f"{v.name}={c.ident}" for v, c in callees.items()) + ">"
