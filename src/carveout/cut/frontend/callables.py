"""Lowering of functions as arguments: which function it is is known when it is compiled.

    sorted(words, key=lambda word: word[1:])        # the key is written where it is used
    twice(step, 3)                                  # `twice` is drafted once more, for `step`

A lambda is put in place of its call. A helper that takes a function is drafted for each function it
is given, with what that one needs as further parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from mypy.nodes import (
    ArgKind,
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    IntExpr,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    StrExpr,
    TypeInfo,
    UnaryExpr,
)
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend import dispatch, function_calls, generics, hierarchy, special
from carveout.cut.frontend.closures import Callee, Closures, Env
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    DictType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entries

# Built-ins that take plain values, by position.
_PLAIN = frozenset(
    {"len", "abs", "int", "float", "str", "ord", "chr", "repr", "round", "bin", "hex", "oct"}
    | {"divmod", "pow"}
)
_ON_LISTS = frozenset({"sum", "min", "max", "sorted", "list", "tuple", "set", "frozenset"})
_GETTERS = frozenset({"operator.itemgetter", "operator.attrgetter", "operator.methodcaller"})
_DEEPEST = 12


class Callables(Closures):
    """Functions as arguments."""

    # What a partial gives by name, where its function is called.
    named: Mapping[str, ir.Expr] = MappingProxyType({})

    # --- which function --------------------------------------------------------------------------

    def known_function(self, node: Expression) -> bool | None:
        if isinstance(node, NameExpr) and isinstance(node.node, MypyVar):
            callee = self.env.callees.get(node.node)
            if callee is not None:
                return not _is_none(callee.node)
        return None

    def named_lambda(self, target: Expression, made: Expression) -> bool:
        """Whether `target = made` only gives a lambda a name."""
        if (
            isinstance(made, LambdaExpr)
            and isinstance(target, NameExpr)
            and isinstance(target.node, MypyVar)
            and self.env.scopes.named.get(target.node) is made
        ):
            self._plain_lambda(made)
            self.defined.add(made)
            return True
        return False

    def callee_of(self, node: Expression, at: ir.At) -> Callee:
        if isinstance(node, NameExpr) and isinstance(node.node, MypyVar):
            if node.node in self.env.callees:
                return self.env.callees[node.node]
            if (named := self.env.scopes.named.get(node.node)) is not None:
                self._all_defined(named, at)
                node = named
        here = Env(self.env.scopes, self.env.scope, self.env.module, self.env.key)
        match node:
            case LambdaExpr():
                self._plain_lambda(node)
                env = self.taken(node, at)
                return self._callee(node, f"{env.key}.lambda@{node.line}:{node.column}", env, at)
            case NameExpr() if (func := self.nested(node)) is not None:
                self._all_defined(func, at)
                env = self.taken(func, at)
                return self._callee(node, f"{env.key}.{node.name}@{func.line}", env, at)
            case _ if _is_none(node):
                return Callee(node, "None", None)
            case RefExpr() if (name := _full_name(node)) and not isinstance(node.node, MypyVar):
                self.sure(node, at)
                return self._callee(node, name, here, at)
            case CallExpr(callee=RefExpr() as getter) if getter.fullname in _GETTERS:
                if all(map(_is_literal, node.args)):
                    ident = f"{here.key}.{getter.fullname}@{node.line}:{node.column}"
                    return self._callee(node, ident, here, at)
        raise self._unknown(at)

    @staticmethod
    def _callee(node: Expression, ident: str, env: Env, at: ir.At) -> Callee:
        if ident.count("<") > _DEEPEST:
            raise Refusal("refusal-closure", "functions made of functions without an end", at)
        return Callee(node, ident, env)

    @staticmethod
    def _unknown(at: ir.At) -> Refusal:
        return Refusal(
            "refusal-expression",
            "which function this is is not known here",
            at,
            hint="pass a function by its name, or a lambda",
        )

    def _steady(self, node: Expression) -> bool:
        """Whether a partial's argument is the same at each call, and evaluating it is nothing."""
        if isinstance(node, NameExpr):
            return not self.is_cell(node.node)
        return _is_literal(node)

    def _plain_lambda(self, node: LambdaExpr) -> None:
        for argument in node.arguments:
            if argument.kind not in (ArgKind.ARG_POS, ArgKind.ARG_OPT) or (
                argument.initializer is not None
            ):
                raise Refusal(
                    "refusal-closure",
                    "a lambda with other than plain parameters is not drafted",
                    self.at(node),
                    hint="define a nested function",
                )

    # --- calls -----------------------------------------------------------------------------------

    def local_call(self, node: CallExpr, at: ir.At) -> ir.Expr | None:
        callee = node.callee
        function = isinstance(callee, LambdaExpr) or (
            isinstance(callee, NameExpr)
            and isinstance(callee.node, MypyVar)
            and (callee.node in self.env.callees or callee.node in self.env.scopes.named)
        )
        if function:
            if any(kind != ArgKind.ARG_POS for kind in node.arg_kinds):
                raise Refusal("refusal-call", "this call takes positional arguments only", at)
            return self.applied(callee, [self.expr(arg) for arg in node.args], at)
        return super().local_call(node, at)

    def applied(self, node: Expression, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """The call of a function that is known here."""
        if isinstance(node, NameExpr) and isinstance(node.node, MypyVar):
            if (callee := self.env.callees.get(node.node)) is not None:
                if callee.env is None:
                    raise Refusal("refusal-call", f"{node.name} is None here", at)
                with self.within(callee.env, callee):
                    return self.applied(callee.node, args, at)
            if (named := self.env.scopes.named.get(node.node)) is not None:
                self._all_defined(named, at)
                node = named
        match node:
            case LambdaExpr():
                return self._inlined(node, args, at)
            case NameExpr() if isinstance(func := self.nested(node), FuncDef):
                return self.call_nested(func, self._filled(func, args, at), at)
            case MemberExpr() if not _full_name(node):
                return self._bound_method(node, args, at)
            case NameExpr() if function_calls.dynamic(self, node):
                return function_calls.call(self, self.expr(node), args, at)
            case RefExpr():
                return self._named(node, args, at)
            case CallExpr(callee=RefExpr(fullname="operator.methodcaller") as caller):
                self.sure(caller, at)
                name, *given = node.args
                if len(args) != 1 or not isinstance(name, StrExpr):
                    raise Refusal("refusal-call", "this methodcaller is not drafted", at)
                whole = [self.expr(one) for one in given]
                return self.method_of(args[0], None, name.value, whole, at)
            case CallExpr(callee=RefExpr() as getter) if getter.fullname in _GETTERS:
                self.sure(getter, at)
                get = self._item if getter.fullname == "operator.itemgetter" else self._attribute
                return self._parts([get(arg, args, at) for arg in node.args], at)
            case CallExpr(
                callee=RefExpr(fullname="functools.partial") as maker, args=[first, *given]
            ) if all(map(self._steady, given)):
                self.sure(maker, at)
                pairs = list(zip(node.arg_names[1:], map(self.expr, given), strict=True))
                self.named = {name: value for name, value in pairs if name is not None}
                front = [value for name, value in pairs if name is None]
                try:
                    return self.applied(first, [*front, *args], at)
                finally:
                    self.named = {}
        raise Refusal(
            "refusal-expression",
            "this function as an argument is not drafted",
            self.at(node),
            hint="use a lambda",
        )

    @contextmanager
    def within(self, env: Env, what: object) -> Iterator[None]:
        """Lower code of another place under the names it has here."""
        if len(self.visiting) > _DEEPEST:
            raise Refusal(
                "refusal-closure", "a lambda that comes to itself is not drafted", ir.NOWHERE,
                hint="define a function",
            )  # fmt: skip
        kept = self.env, self.names, self.module, self.path
        self.env, self.module = env, env.module
        self.path = self.project.checked.path(env.module)
        self.names = {**self.names, **{var: name for var, (name, _) in env.vars.items()}}
        self.visiting.append(what)
        try:
            yield
        finally:
            self.visiting.pop()
            self.env, self.names, self.module, self.path = kept

    def _inlined(self, node: LambdaExpr, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """A lambda's body, with names for its arguments."""
        self._plain_lambda(node)
        if len(args) != len(node.arguments):
            raise Refusal("refusal-call", f"a lambda of {len(node.arguments)} arguments", at)
        if node in self.visiting:
            raise Refusal(
                "refusal-closure", "a lambda that calls itself is not drafted", at,
                hint="define a function",
            )  # fmt: skip
        outer, self.names = self.names, dict(self.names)
        for var in self.env.scopes.of[node].owned if node in self.env.scopes.of else ():
            self.names.pop(var, None)
        lets: list[tuple[str, ir.Expr]] = []
        for argument, value in zip(node.arguments, args, strict=True):
            if isinstance(value, ir.Var):
                self.names[argument.variable] = value.name
                continue
            name = self.fresh(argument.variable.name, value.type)
            self.names[argument.variable] = name
            lets.append((name, value))
        self.visiting.append(node)
        try:
            body = self.expr(node.expr())
        finally:
            self.visiting.pop()
            self.names = outer
        for name, value in reversed(lets):
            body = ir.Let(body.type, at, name, value, body)
        return body

    def _filled(self, func: FuncDef, args: list[ir.Expr], at: ir.At) -> list[ir.Expr]:
        """Arguments as the parameters want them, defaults included."""
        if len(args) > sum(not argument.kind.is_named() for argument in func.arguments):
            raise Refusal("refusal-call", "too many arguments", at)
        named, self.named = self.named, {}
        if set(named) - {argument.variable.name for argument in func.arguments}:
            raise Refusal("refusal-call", f"{func.name} has no such parameter", at)
        out: list[ir.Expr] = []
        for index, argument in enumerate(func.arguments):
            name = argument.variable.name
            if name in named:
                if index < len(args) and not argument.kind.is_named():
                    raise Refusal("refusal-call", f"{name} is given twice", at)
                wanted = self.reader.read(argument.variable.type, at)
                out.append(self.coerce(named[name], self.chosen(argument.variable, wanted)))
                continue
            if argument.kind.is_named() and argument.initializer is not None:
                wanted = self.reader.read(argument.variable.type, at)
                out.append(self.coerce(self.default(argument.initializer, at), wanted))
                continue
            if argument.kind not in (ArgKind.ARG_POS, ArgKind.ARG_OPT):
                raise Refusal("refusal-call", f"{func.name} takes more than plain arguments", at)
            if generics.is_open(argument.variable.type) and index < len(args):
                out.append(args[index])
                continue
            wanted = self.chosen(argument.variable, self.reader.read(argument.variable.type, at))
            if index < len(args):
                out.append(self.coerce(args[index], wanted))
                continue
            if argument.initializer is None:
                raise Refusal("refusal-call", f"no argument for {argument.variable.name}", at)
            kept = self.default_of(func, argument.variable.name, at)
            out.append(self.coerce(kept or self.default(argument.initializer, at), wanted))
        return out

    def _named(self, node: RefExpr, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """A function of a module, of the package or built in."""
        self.sure(node, at)
        target = node.node
        func = target.func if isinstance(target, Decorator) else target
        if isinstance(func, FuncDef) and not func.info:
            module = func.fullname.rpartition(".")[0]
            if module.split(".")[0] in self.project.checked.packages:
                self.plain_function(target, at)
                return self.call_helper(module, func, self._filled(func, args, at), at)
        name = _full_name(node).lstrip("_")
        module, _, short = name.rpartition(".")
        if name == "builtins.bool" and len(args) == 1:
            return self.truth(args[0], at)
        if isinstance(func, TypeInfo) and module != "builtins":
            raise Refusal(
                "refusal-expression", f"{short} as an argument is not drafted", at,
                hint="use a lambda",
            )  # fmt: skip
        if module == "builtins" and short in _PLAIN:
            own = short in ("len", "abs", "str", "repr") and len(args) == 1
            if own and (shown := special.builtin(self, short, args[0], at)) is not None:
                return shown
            return self.prim(name, args, at)
        if name in ("builtins.max", "builtins.min") and len(args) > 1:
            return self.prim(name, args, at) if len(args) == 2 else self.best_of(name, args, at)
        if module == "builtins" and short in ("any", "all") and len(args) == 1:
            source = self.iter_of(args[0], at)
            self.no_set_order_unless_silent(source)
            pattern, read = self.bind_item(source.item, at)
            test = self.truth(read, at)
            return ir.Reduce(BOOL, at, short, [ir.Clause(pattern, source, [])], test, None)
        if module == "builtins" and short in _ON_LISTS and len(args) == 1:
            if isinstance(args[0].type, SetType):
                raise Refusal("refusal-set-order", "the order of a set would be seen here", at)
            return self.prim(name, args, at)
        if module == "operator" and (made := self.operator(short, args, at)) is not None:
            return made
        if module in ("math", "operator") and entries(name):
            return self.prim(name, args, at)
        owner = module.removeprefix("builtins.")
        if module.startswith("builtins.") and args and self.kind_of(args[0].type) == owner:
            return self.prim(f"{owner}.{short}", args, at)
        raise Refusal(
            "refusal-expression",
            f"{short} as an argument is not drafted",
            at,
            hint="use a lambda",
        )

    def _bound_method(self, node: MemberExpr, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        """`counts.get`: a method of something that stays the same meanwhile."""
        obj = self.expr(node.expr)
        if not isinstance(obj, ir.Var):
            raise Refusal(
                "refusal-expression", "this method as an argument is not drafted", at,
                hint="use a lambda",
            )  # fmt: skip
        return self.method_of(obj, node.expr, node.name, args, at)

    def method_of(
        self, obj: ir.Expr, node: Expression | None, name: str, args: list[ir.Expr], at: ir.At
    ) -> ir.Expr:
        """The same of an object that has been found."""
        if self.reader.layout(obj.type) is not None:
            assert isinstance(obj.type, StructType)
            infos = (
                hierarchy.possible(self, obj.type, None, at)
                if node is None
                else hierarchy.classes_at(self, obj, node)
            )
            return dispatch.call(self, obj, infos, name, args, {}, at)
        if isinstance(obj.type, StructType):
            info = self.reader.infos[obj.type.name]
            symbol = info.names.get(name)
            method = symbol.node if symbol is not None else None
            if isinstance(method, FuncDef) and not (method.is_static or method.is_class):
                filled = self._filled_method(method, args, at)
                return self.call_helper(info.module_name, method, [obj, *filled], at, info)
        kind = self.kind_of(obj.type)
        if kind is None or not entries(f"{kind}.{name}"):
            raise Refusal("refusal-expression", f"{name} as an argument is not drafted", at)
        made = self.prim(f"{kind}.{name}", [obj, *args], at)
        if isinstance(made, ir.Prim) and any(t.mode == "mut" for t in made.entry.params):
            raise Refusal("refusal-order", "a method that changes things as an argument", at)
        if isinstance(obj.type, DictType) and isinstance(made.type, OptionalType):
            # None has no order and no arithmetic: the reference says so where it matters.
            return ir.Unwrap(made.type.item, at, made)
        return made

    def _filled_method(self, method: FuncDef, args: list[ir.Expr], at: ir.At) -> list[ir.Expr]:
        arguments = method.arguments[1:]
        if len(args) != len(arguments):
            raise Refusal("refusal-call", f"{method.name} takes other arguments", at)
        return [
            self.coerce(value, self.reader.read(argument.variable.type, at))
            for argument, value in zip(arguments, args, strict=True)
        ]

    # --- operator.itemgetter and its like --------------------------------------------------------

    @staticmethod
    def _parts(parts: list[ir.Expr], at: ir.At) -> ir.Expr:
        if len(parts) == 1:
            return parts[0]
        return ir.TupleLit(TupleType(tuple(part.type for part in parts)), at, parts)

    def _item(self, key: Expression, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        (value,) = args
        if not isinstance(value, ir.Var):
            raise Refusal("refusal-expression", "an itemgetter of this is not drafted", at)
        read = ir.Var(value.type, at, value.name)
        index = self.expr(key)
        if isinstance(value.type, TupleType):
            count = len(value.type.items)
            at_ = index.value if isinstance(index, ir.Const) else None
            if type(at_) is int and -count <= at_ < count:
                place = at_ % count
                return ir.Part(value.type.items[place], at, read, place)
            raise Refusal("refusal-index", "this index is past the tuple's end", at)
        if isinstance(value.type, (ListType, DictType)):
            return self.prim("getitem", [read, index], at)
        raise Refusal("refusal-expression", f"an itemgetter of {value.type} is not drafted", at)

    def _attribute(self, name: Expression, args: list[ir.Expr], at: ir.At) -> ir.Expr:
        (value,) = args
        if not isinstance(value, ir.Var) or not isinstance(name, StrExpr) or "." in name.value:
            raise Refusal("refusal-expression", "this attrgetter is not drafted", at)
        struct = self.struct_of(value, at)
        if name.value not in struct.fields:
            raise Refusal("refusal-attribute", f"{name.value} is not a field", at)
        read = ir.Var(value.type, at, value.name)
        return ir.Field(struct.fields[name.value], at, read, name.value)


def _is_literal(node: Expression) -> bool:
    if isinstance(node, UnaryExpr):
        return node.op == "-" and isinstance(node.expr, IntExpr)
    return isinstance(node, (IntExpr, StrExpr))


def _is_none(node: Expression) -> bool:
    return isinstance(node, NameExpr) and node.fullname == "builtins.None"


def _full_name(node: RefExpr) -> str:
    """Of a function, or of a class's method: `str.lower`."""
    if isinstance(node, MemberExpr):
        owner = node.expr
        if not isinstance(owner, RefExpr) or isinstance(owner.node, MypyVar):
            return ""
        if isinstance(owner.node, TypeInfo):
            return f"{owner.node.fullname}.{node.name}"
    return node.fullname


__all__ = ["Callables"]
