"""Lowering of nested functions: each becomes a function of its own.

    def count(root: Node) -> int:           # fn visit(node: &Node, locals: &mut CountLocals)
        found = 0
        def visit(node: Node) -> None:
            nonlocal found
            found += 1
        visit(root)
        return found

What a nested function reads of the functions around it arrives as further parameters, after its
own: a variable that only its own function assigns as its value at the time of the call, which is
when Python reads it; those that a `nonlocal` assigns as fields of one object (scoping.py says which
are which). Functions are called, and handed to what calls them; function_values.py keeps them.
"""

from __future__ import annotations

from mypy.nodes import (
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    FuncItem,
    NameExpr,
    OverloadedFuncDef,
    TupleExpr,
)
from mypy.nodes import Var as MypyVar
from mypy.types import CallableType, get_proper_type

from carveout.cut.frontend.caching import Caching
from carveout.cut.frontend.calls import Calls, said
from carveout.cut.frontend.environments import Callee, Env
from carveout.cut.frontend.scoping import Scope, Scopes
from carveout.cut.frontend.spreading import has_stars
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    DictType,
    ListType,
    OptionalType,
    SetType,
    StructInfo,
    StructType,
    TupleType,
    Type,
)
from carveout.cut.refuse import Refusal

_EMPTY: dict[Type, int | float | bool | str] = {INT: 0, FLOAT: 0.0, BOOL: False, STR: ""}


class Closures(Caching, Calls):
    """Nested functions and the variables they share."""

    env: Env

    def open_scope(self) -> list[ir.Param]:
        """Know the function's scopes, before anything of it is lowered; its further parameters."""
        # Nested functions whose `def` has run, in the block that is being lowered.
        self.defined: set[FuncItem] = set()
        # Whose code is being lowered here.
        self.visiting: list[object] = []
        given = self.project.lifted.get(self.key)
        if isinstance(given, Env):
            params: list[ir.Param] = []
            self.env = self._received(given, params)
            self.env.key = self.key
            for var, (name, _) in self.env.vars.items():
                self.names[var] = name
            return params
        scopes = Scopes(self.func)
        self.env = Env(scopes, scopes.root, self.module, self.key)
        if isinstance(given, dict):
            # A function that is drafted once more for each function passed to it.
            params = []
            self.env.callees = {v: self.received_callee(c, params) for v, c in given.items()}
            return params
        return []

    def _received(self, env: Env, params: list[ir.Param]) -> Env:
        """The same under names of this function, which arrive as parameters."""
        here = Env(env.scopes, env.scope, env.module, env.key, keys=env.keys)
        for var, (hint, type_) in env.vars.items():
            name = self.fresh(hint, type_)
            here.vars[var] = (name, type_)
            params.append(ir.Param(name, type_))
        for scope, (hint, struct) in env.cells.items():
            name = self.fresh(hint, struct)
            here.cells[scope] = (name, struct)
            params.append(ir.Param(name, struct))
        for var, callee in env.callees.items():
            here.callees[var] = self.received_callee(callee, params)
        return here

    def received_callee(self, callee: Callee, params: list[ir.Param]) -> Callee:
        env = None if callee.env is None else self._received(callee.env, params)
        return Callee(callee.node, callee.ident, env)

    def open_cells(self, at: ir.At) -> list[ir.Stmt]:
        """The object for the function's own shared locals, made at its start."""
        scope = self.env.scope
        if not scope.cells or scope.func is not self.func:
            return []
        table = self.reader.table
        fields: dict[str, Type] = {}
        names: list[str] = []
        values: list[ir.Expr] = []
        for var in scope.cells:
            type_ = self.reader.read(var.type, at)
            empty: ir.Expr | None = None
            if var in self.names:
                empty = ir.Var(type_, at, self.names[var])
            elif self.env.scopes.surely_assigned(scope, var):
                empty = self._blank(type_, at)
            if empty is None:
                if isinstance(type_, OptionalType):
                    raise Refusal(
                        "refusal-closure",
                        f"{var.name} may be read by a nested function before it has a value",
                        at,
                        hint="assign it at the top of the function",
                    )
                type_ = OptionalType(type_)
                empty = ir.Const(type_, at, None)
            name, n = var.name, 2
            while name in fields:
                name, n = f"{var.name}_{n}", n + 1
            fields[name] = type_
            names.append(name)
            values.append(empty)
            self.cell_fields[var] = (scope, name)
        struct = self._locals_name()
        table.structs[struct] = StructInfo(
            struct, fields, False, f"What `{scope.name}` shares with the functions inside it.",
            equal=False, crosses=False,
        )  # fmt: skip
        type_ = StructType(struct)
        name = self.fresh("locals", type_)
        self.env.cells[scope] = (name, type_)
        made = ir.New(type_, at, names, values)
        return [ir.Assign(at, ir.PVar(type_, at, name), made)]

    def _locals_name(self) -> str:
        words = self.rust_name.split("_")
        hint = "".join(word[:1].upper() + word[1:] for word in words) + "Locals"
        name, n = f"{self.module}:{hint}", 2
        while name in self.reader.table.structs or name in self.reader.table.enums:
            name, n = f"{self.module}:{hint}{n}", n + 1
        return name

    def _blank(self, type_: Type, at: ir.At) -> ir.Expr | None:
        """A value to stand where one is assigned before anything reads it."""
        if type_ in _EMPTY:
            return ir.Const(type_, at, _EMPTY[type_])
        match type_:
            case ListType():
                return ir.ListLit(type_, at, [])
            case DictType():
                return ir.DictLit(type_, at, [], [])
            case SetType():
                return ir.SetLit(type_, at, [])
            case OptionalType():
                return ir.Const(type_, at, None)
            case TupleType(items):
                parts = [self._blank(item, at) for item in items]
                found = [part for part in parts if part is not None]
                return ir.TupleLit(type_, at, found) if len(found) == len(parts) else None
        return None

    def dropped(self, target: Expression) -> bool:
        """Whether what a name is given is never read: `_`, unless somebody reads it."""
        scopes = self.env.scopes
        return (
            isinstance(target, NameExpr) and target.name == "_" and target.node not in scopes.read
        )

    # --- shared locals ---------------------------------------------------------------------------

    @property
    def cell_fields(self) -> dict[MypyVar, tuple[Scope, str]]:
        """Where a shared local is kept: of all functions that are lowered."""
        return self.project.cell_fields

    def is_cell(self, var: object) -> bool:
        return isinstance(var, MypyVar) and var in self.cell_fields

    def has_cells(self, target: Expression) -> bool:
        match target:
            case NameExpr():
                return self.is_cell(target.node)
            case TupleExpr(items=items):
                return any(map(self.has_cells, items))
        return False

    def _cell(self, var: MypyVar, at: ir.At) -> ir.Field:
        scope, name = self.cell_fields[var]
        object_, struct = self.env.cells[scope]
        type_ = self.reader.table.structs[struct.name].fields[name]
        return ir.Field(type_, at, ir.Var(struct, at, object_), name)

    def read_cell(self, var: MypyVar, at: ir.At) -> ir.Expr:
        kept = self._cell(var, at)
        declared = self.reader.read(var.type, at)
        # Without a value Python raises; the reference does.
        return kept if kept.type == declared else ir.Unwrap(declared, at, kept)

    def store_cell(self, var: MypyVar, value: ir.Expr, at: ir.At) -> ir.Stmt:
        kept = self._cell(var, at)
        return ir.SetField(at, kept.obj, kept.name, self.coerce(value, kept.type))

    def bind_later(self, target: Expression, type_: Type, at: ir.At) -> ir.Pattern:
        """A stand-in for a part of a pattern; `stores` has what puts it where it belongs."""
        name = self.fresh(target.name if isinstance(target, NameExpr) else "items", type_)
        self.pending.append((target, name, type_))
        return ir.PVar(type_, at, name)

    def stores(self, at: ir.At) -> list[ir.Stmt]:
        """What follows a pattern."""
        pending, self.pending = self.pending, []
        out: list[ir.Stmt] = []
        for target, name, type_ in pending:
            out += self.store(target, ir.Var(type_, at, name), at)
        return out

    # --- definitions -----------------------------------------------------------------------------

    def define(self, node: FuncDef | Decorator | OverloadedFuncDef, at: ir.At) -> list[ir.Stmt]:
        """`def` inside a function: from here on it can be called; its defaults are evaluated."""
        if isinstance(node, OverloadedFuncDef):
            raise Refusal("refusal-closure", f"{node.name} is overloaded", at)
        func = self.plain_function(node, at, nested=True)
        if func.original_def is not None:
            raise Refusal(
                "refusal-closure", f"{func.name} is defined twice", at, hint="define it once"
            )
        self.draftable(func, at, defined=True)
        out: list[ir.Stmt] = []
        scope = self.env.scopes.of[func]
        if func in self.project.caches:
            out = self._open_cache(func, scope, at)
        for argument in func.arguments:
            if argument.initializer is None:
                continue
            type_ = self.reader.read(argument.variable.type, at)
            value = self.coerce(self.expr(argument.initializer, type_), type_)
            if isinstance(value, (ir.Const, ir.GlobalConst, ir.Member)):
                scope.defaults.pop(argument.variable.name, None)
                continue
            var = scope.defaults[argument.variable.name]
            if var in self.names:
                raise Refusal(
                    "refusal-default", "this default value is evaluated several times", at
                )
            name = self.names[var] = self.fresh(f"{func.name}_{var.name}", type_)
            out.append(ir.Assign(at, ir.PVar(type_, at, name), value))
        self.defined.add(func)
        return out

    def _open_cache(self, func: FuncDef, scope: Scope, at: ir.At) -> list[ir.Stmt]:
        """`@cache` over a nested function: an empty cache each time it is defined."""
        if scope.needs and not self.project.caches[func]:
            raise Refusal(
                "refusal-decorator",
                f"what {func.name} reads may change after its cache has forgotten",
                at,
                hint="use functools.cache, which forgets nothing",
            )
        result = self.reader.read(getattr(func.type, "ret_type", None), at)
        type_ = self.memo_type(func, result, at)
        var = self.project.memos.setdefault(func, MypyVar(f"{func.name}_memo"))
        scope.defaults["@"] = var
        name = self.names[var] = self.fresh(var.name.strip("_"), type_)
        made = ir.DictLit(type_, at, [], [])
        return [ir.Assign(at, ir.PVar(type_, at, name), made)]

    def nested(self, node: Expression) -> FuncItem | None:
        """The nested function that an expression names."""
        if not isinstance(node, NameExpr):
            return None
        found = node.node.func if isinstance(node.node, Decorator) else node.node
        scopes = self.env.scopes
        known = isinstance(found, FuncDef) and found in scopes.of and found is not scopes.root.func
        return found if isinstance(found, FuncDef) and known else None

    # --- calls -----------------------------------------------------------------------------------

    def local_call(self, node: CallExpr, at: ir.At) -> ir.Expr | None:
        func = self.nested(node.callee)
        if not isinstance(func, FuncDef):
            return None
        self.draftable(func, at, stars=True)
        if func in self.project.caches and (
            any(node.arg_names) or len(node.args) != len(func.arguments)
        ):
            raise Refusal(
                "refusal-decorator", "a cache tells these arguments from the same by position", at,
                hint="give all arguments by position",
            )  # fmt: skip
        args, wrap, callees = self.matched(func, func.arguments, node, at)
        return wrap(self.call_nested(func, args, at, callees, stars=True))

    def call_nested(
        self,
        func: FuncItem,
        args: list[ir.Expr],
        at: ir.At,
        callees: dict[MypyVar, Callee] | None = None,
        stars: bool = False,
    ) -> ir.Expr:
        """A call with its own arguments in order; what it needs from here is added."""
        self._all_defined(func, at)
        scope = self.env.scopes.of[func]
        if has_stars(func) and not stars:
            raise Refusal("refusal-varargs", f"{scope.name} takes *args or **kwargs", at)
        type_ = get_proper_type(func.type)
        if not isinstance(type_, CallableType) or not isinstance(func, FuncDef):
            raise Refusal("refusal-untyped", f"{scope.name} has no annotations", at)
        result = self.read_result(func, at)
        env = self.taken(func, at)
        env.callees |= callees or {}
        key = self.env.keys.get(func)
        if key is None:
            # Functions beside each other may have one name, in different blocks.
            key = self.env.keys[func] = f"{self.env.key}.{scope.name}@{func.line}"
        if callees:
            key += said(callees)
        if key not in self.project.known:
            self.project.lifted[key] = env
            self.project.request(self.env.module, key, func, scope.name.strip("_") or scope.name)
        return ir.Call(result, at, key, [*args, *env.args(at)])

    def taken(self, func: FuncItem, at: ir.At) -> Env:
        """What a call of a function takes along from here."""
        scopes, scope = self.env.scopes, self.env.scopes.of[func]
        env = Env(scopes, scope, self.env.module, self.env.key, keys=self.env.keys)
        wanted = dict(scope.needs)
        for one in scopes.reached(func):
            if one is func or not scopes.of[one].inside(scope):
                # The values that their defaults had when they were defined.
                wanted |= dict.fromkeys(scopes.of[one].defaults.values())
        for var in wanted:
            owner = scopes.owner.get(var)
            if owner is not None and var in owner.cells:
                env.cells[owner] = self.env.cells[owner]
                continue
            if var in self.env.callees:
                env.callees[var] = self.env.callees[var]
                continue
            if var not in self.names:
                self.declare(var, self.declared(var, at))
            name = self.names[var]
            env.vars[var] = (name, self.variables[name].type)
        return env

    def _all_defined(self, func: FuncItem, at: ir.At) -> None:
        """Python must have run the `def` of all that this call may come to."""
        if self.visiting:
            # It was handed over after that.
            return
        scopes, here = self.env.scopes, self.env.scope
        for one in scopes.reached(func):
            scope = scopes.of[one]
            if scope.parent is here and one not in self.defined and one in scopes.named_functions:
                raise Refusal(
                    "refusal-closure",
                    f"{scope.name} may not be defined yet where this is called",
                    at,
                    hint="define it before, in the same block or around it",
                )

    def default_of(self, func: FuncItem, name: str, at: ir.At) -> ir.Expr | None:
        """The value that a nested function's default had where it was defined."""
        scope = self.env.scopes.of.get(func)
        var = scope.defaults.get(name) if scope is not None else None
        if var is None or var not in self.names:
            return None
        kept = self.names[var]
        return ir.Var(self.variables[kept].type, at, kept)


__all__ = ["Callee", "Closures", "Env"]
