"""Lowering of names and attributes: locals, a module's constants, fields, enum members.

    self.name(node)      # ir.Var, ir.GlobalConst, ir.Const …

A module's constant is read when the operation is cut: it must be assigned once, at the top of its
module, to something simple.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from mypy.nodes import (
    Decorator,
    Expression,
    MemberExpr,
    MypyFile,
    NameExpr,
    RefExpr,
    TypeInfo,
)
from mypy.nodes import (
    Var as MypyVar,
)

from carveout.cut.frontend import (
    classes,
    dates,
    decimals,
    dispatch,
    enums,
    forgiving,
    function_displays,
    hierarchy,
    methods,
    modules,
    packing,
    showing,
    spelled,
    unions,
)
from carveout.cut.frontend.constants import Evaluator, Unsure, constant_source
from carveout.cut.frontend.inference import vague
from carveout.cut.frontend.iterables import Iterables
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    DATES,
    FAULT,
    FLOAT,
    INT,
    NONE,
    NUM,
    STR,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    SetType,
    TupleType,
    Type,
    UnionType,
    VarTupleType,
    declared,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Generic, Name
from carveout.cut.registry.maths import CONSTANTS, VALUES


def _reads_of(node: object, name: str) -> int:
    """How often a node looks at a container without keeping it."""

    def is_it(expr: object) -> bool:
        return isinstance(expr, ir.Var) and expr.name == name

    match node:
        case ir.SeqIter(seq=walked) | ir.DictIter(obj=walked) | ir.SetIter(obj=walked):
            return int(is_it(walked))
        case ir.Prim(entry=entry, args=args):
            if entry.key == "bool":
                return sum(map(is_it, args))
            copied = entry.result if isinstance(entry.result, Generic) else None
            return sum(
                is_it(arg)
                and (taken.mode == "look" or (taken.mode == "own" and copied is not None))
                for taken, arg in zip(entry.params, args, strict=False)
                if isinstance(taken.shape, Generic)
            )
    return 0


class Names(Iterables):
    """Names and attributes."""

    # --- names and attributes --------------------------------------------------------------------

    def name(self, node: NameExpr, at: ir.At) -> ir.Expr:
        match node.fullname:
            case "builtins.True":
                return ir.Const(BOOL, at, True)
            case "builtins.False":
                return ir.Const(BOOL, at, False)
            case "builtins.None":
                return ir.Const(NONE, at, None)
        if node.fullname in CONSTANTS:
            return self._module_constant(node.fullname, at)
        if node.fullname in VALUES:
            return self._literal(VALUES[node.fullname], at, "")
        if isinstance(node.node, MypyVar):
            if self.is_local(node):
                if self.is_cell(node.node):
                    return self.narrow(self.read_cell(node.node, at), node, at)
                if self.known_function(node) is False:
                    return ir.Const(NONE, at, None)
                if node.node not in self.names:
                    # `_`, or a name whose assignment was refused.
                    raise Refusal("refusal-unbound", f"{node.name} has no value that is kept", at)
                name = self.names[node.node]
                read = ir.Var(self.variables[name].type, at, name)
                return self.narrow(read, node, at)
            return self._global(node, at)
        if node.node is None:
            raise Refusal("refusal-untyped", f"{node.name} is not defined", at)
        what = "a class" if isinstance(node.node, TypeInfo) else "a function"
        raise Refusal("refusal-expression", f"{node.name}: {what} as a value is not drafted", at)

    def narrow(self, read: ir.Expr, node: Expression, at: ir.At) -> ir.Expr:
        """What mypy knows beyond the declaration: not None here, or None here.

        mypy keeps what it learnt of `order.note` through calls that may change it: "not None" is
        checked again when the carving runs, and "None" is only believed of local names.
        """
        if vague(self.project.checked.types.get(node)):
            return read
        if read.type == NUM and self.mypy_type(node) == INT:
            return self.prim("num.narrowed", [read], at)
        bare = read.type.item if isinstance(read.type, OptionalType) else read.type
        if isinstance(bare, UnionType):
            return unions.narrowed(read, self.mypy_type(node), at)
        if not isinstance(read.type, OptionalType):
            return read
        known = self.mypy_type(node)
        if known == NONE and isinstance(read, ir.Var):
            return ir.Const(NONE, at, None)
        if declared(known) == declared(read.type.item):
            return ir.Unwrap(read.type.item, at, read)
        return read

    def _module_constant(self, name: str, at: ir.At) -> ir.Expr:
        entry = Entry(name, (), Name("float"), "own", CONSTANTS[name], ATOM, False)
        return ir.Prim(FLOAT, at, entry, [])

    def _global(self, node: RefExpr, at: ir.At) -> ir.Expr:
        """A module's constant: assigned once, at the top, to something simple."""
        module, _, name = node.fullname.rpartition(".")
        tree = self.project.checked.files.get(module)
        hint = "make it a Final with a literal value"
        if tree is None or module.split(".")[0] not in self.project.checked.packages:
            raise Refusal(
                "refusal-global", f"{node.fullname} is outside this package", at, hint=hint
            )
        self.sure(node, at)
        rvalue = constant_source(tree, name)
        if rvalue is None:
            raise Refusal("refusal-global", f"{name} is not a constant", at, hint=hint)
        functions = self._functions(node, rvalue, at)
        if functions is not None:
            return functions
        value = self._evaluate(rvalue, module, at, hint)
        if isinstance(value, (list, dict, set, frozenset)):
            return self._container(node, value, at)
        constant = self._literal(value, at, hint)
        if constant.type != BIG and type(value) in (int, float, bool, str):
            unique = name.upper()
            known = self.project.constants.get(unique)
            if known is not None and (known[1] != value or type(known[1]) is not type(value)):
                return constant
            self.project.constants[unique] = (constant.type, value)
            return ir.GlobalConst(constant.type, at, unique, value)
        return constant

    def _functions(self, node: RefExpr, rvalue: Expression, at: ir.At) -> ir.Expr | None:
        """A module's function under another name, or a display of functions."""
        if node.fullname not in self.hoisted:
            made = function_displays.of_module(self, node, rvalue, at)  # type: ignore[arg-type]
            if not isinstance(getattr(made, "type", None), (ListType, DictType)):
                return made
            assert made is not None
            self._only_read(node, at)
            name = node.fullname.rpartition(".")[2]
            kept = self.fresh(name.lower().strip("_"), made.type)
            self.hoisted[node.fullname] = (kept, made)
        kept, made = self.hoisted[node.fullname]
        return ir.Var(made.type, at, kept)

    def _only_read(self, node: RefExpr, at: ir.At) -> None:
        module, _, name = node.fullname.rpartition(".")
        home, origin = self.project.bindings.origin(module, name)
        if (by := self.project.bindings.changes_object(home, origin)) is not None:
            raise Refusal(
                "refusal-global",
                f"{name} is used for more than reading in {by}",
                at,
                hint="make it a tuple, or pass it in",
            )

    def _container(self, node: RefExpr, value: Any, at: ir.At) -> ir.Expr:
        """A constant list, dict or set: made once a call, and only read."""
        if node.fullname not in self.hoisted:
            name = node.fullname.rpartition(".")[2]
            self._only_read(node, at)
            assert isinstance(node.node, MypyVar)
            type_ = self.reader.read(node.node.type, at)
            if any(self.reader.table.has_mutable(part) for part in self.reader.table.parts(type_)):
                raise Refusal(
                    "refusal-global", f"{name} holds what can change", at,
                    hint="make its items tuples",
                )  # fmt: skip
            kept = self.fresh(name.lower().strip("_"), type_)
            self.hoisted[node.fullname] = (kept, self._built(value, type_, at))
        kept, made = self.hoisted[node.fullname]
        return ir.Var(made.type, at, kept)

    def _built(self, value: Any, type_: Type, at: ir.At) -> ir.Expr:
        hint = "make it a Final with a literal value"
        if value is None and isinstance(type_, OptionalType):
            return ir.Const(type_, at, None)
        match value, type_:
            case list(), ListType(item):
                return ir.ListLit(type_, at, [self._built(one, item, at) for one in value])
            case ((set() | frozenset()), SetType(item)):
                # Their order is never seen.
                items = sorted(value, key=repr)
                return ir.SetLit(type_, at, [self._built(one, item, at) for one in items])
            case dict(), DictType(key, item):
                keys = [self._built(one, key, at) for one in value]
                values = [self._built(one, item, at) for one in value.values()]
                return ir.DictLit(type_, at, keys, values)
            case tuple(), TupleType(items) if len(items) == len(value):
                parts = [self._built(v, t, at) for v, t in zip(value, items, strict=True)]
                return ir.TupleLit(type_, at, parts)
            case tuple(), VarTupleType(item):
                return ir.ListLit(type_, at, [self._built(one, item, at) for one in value])
        return self.coerce(self._literal(value, at, hint), type_)

    def constants(self, body: list[ir.Stmt], at: ir.At) -> list[ir.Stmt]:
        """The module's containers that a function reads, and that it does no more than that."""
        out: list[ir.Stmt] = []
        for fullname, (name, made) in self.hoisted.items():
            uses = sum(
                isinstance(node, ir.Var) and node.name == name for s in body for node in ir.walk(s)
            )
            if uses != sum(_reads_of(node, name) for s in body for node in ir.walk(s)):
                raise Refusal(
                    "refusal-global",
                    f"{fullname.rpartition('.')[2]} is used for more than reading",
                    at,
                    hint="copy it first: list(…), dict(…)",
                )
            out.append(ir.Assign(at, ir.PVar(made.type, at, name), made))
        return out

    def evaluated(self, node: Expression, at: ir.At) -> Any:
        """The value of a constant expression; a Refusal if it is none."""
        return self._evaluate(node, self.module, at, "make it a literal")

    def _evaluate(self, node: Expression, module: str, at: ir.At, hint: str) -> Any:
        try:
            return Evaluator(self.project).value(node, module)
        except Unsure:
            said = "this module value is not a simple constant"
            raise Refusal("refusal-global", said, at, hint=hint) from None

    def _literal(self, value: Any, at: ir.At, hint: str) -> ir.Expr:
        match value:
            case bool():
                return ir.Const(BOOL, at, value)
            case int() if -(2**63) <= value < 2**63:
                return ir.Const(INT, at, value)
            case int() if self.project.big is not None and value.bit_length() <= 1 << 14:
                return ir.Const(BIG, at, value)
            case Decimal():
                return self.prim("decimal.Decimal", [ir.Const(STR, at, str(value))], at)
            case float():
                return ir.Const(FLOAT, at, value)
            case bytes():
                return ir.Const(BYTES, at, value)
            case str():
                return ir.Const(STR, at, self.text(value, at))
            case tuple() if value:
                items = [self._literal(item, at, hint) for item in value]
                return ir.TupleLit(TupleType(tuple(i.type for i in items)), at, items)
        raise Refusal("refusal-global", "this module value is not a simple constant", at, hint=hint)

    def member(self, node: MemberExpr, at: ir.At) -> ir.Expr:
        if node.fullname in CONSTANTS:
            return self._module_constant(node.fullname, at)
        if node.fullname in VALUES:
            return self._literal(VALUES[node.fullname], at, "")
        if (made := decimals.exponent(self, node, at)) is not None:
            return made
        owner = node.expr
        if isinstance(owner, RefExpr) and f"{owner.fullname}.{node.name}" in VALUES:
            self.sure(owner, at)
            return self._literal(VALUES[f"{owner.fullname}.{node.name}"], at, "")
        enum = enums.owner(self, owner)
        if (
            enum is not None
            and node.name in enum.enum_members
            and not isinstance(getattr(owner, "node", None), TypeInfo)
        ):
            return ir.Member(self.reader.read_enum(enum, at), at, node.name)
        if (said := hierarchy.class_name(self, node, at)) is not None:  # type: ignore[arg-type]
            return said
        if (own := methods.own_class(self, owner)) is not None:
            if node.name == "__name__":
                return ir.Const(STR, at, own.name)
            return self.class_attribute(own, node, at)
        if (made := packing.attribute(self, node, at)) is not None:
            return made
        if isinstance(owner, RefExpr) and isinstance(owner.node, TypeInfo):
            info = owner.node
            if info.is_enum and node.name in info.enum_members:
                self.sure(owner, at)
                type_ = self.reader.read_enum(info, at)
                return ir.Member(type_, at, node.name)
            return self.class_attribute(info, node, at)
        if isinstance(owner, RefExpr) and isinstance(owner.node, MypyFile):
            if isinstance(node.node, MypyVar):
                return self._global(node, at)
            raise Refusal("refusal-expression", f"{node.name} as a value is not drafted", at)
        return self.narrow(self.member_of(self.expr(owner), node, at), node, at)

    def class_attribute(self, info: TypeInfo, node: MemberExpr, at: ir.At) -> ir.Expr:
        """`Limits.MOST`, an attribute of a plain class that is never set anew."""
        if self.reader.own(info) and (self.reader.families.of(info) or classes.is_plain(info)):
            if isinstance(node.expr, RefExpr):
                self.sure(node.expr, at)
            self.reader.object_of(info, at)
            if self.reader.families.of(info) is not None:
                return dispatch.class_value(self, info, node.name, at)  # type: ignore[arg-type]
            value = classes.defaults(info).get(node.name)
            if value is not None:
                return self.class_constant(value, info.module_name, at)
        raise Refusal("refusal-attribute", f"{info.name}.{node.name} is not drafted", at)

    def class_constant(self, value: Expression, module: str, at: ir.At) -> ir.Expr:
        """What a class's body gives to one of its attributes."""
        hint = "make it a literal"
        return self._literal(self._evaluate(value, module, at, hint), at, hint)

    def _member_of_each(self, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr:
        """An attribute that every member of a union has, of one type."""

        def read(get: Callable[[], ir.Expr]) -> ir.Expr:
            said = partial(self.member_of, node=node, at=at)
            made = [said(part) for part in unions.parts(get, at)]
            if len({one.type for one in made}) != 1:
                raise Refusal(
                    "refusal-attribute", f"{node.name} is of several types in {obj.type}", at,
                    hint="ask which it is with isinstance first",
                )  # fmt: skip
            return unions.each(get(), at, said)

        made: ir.Expr = self.with_name(obj, at, read)
        return made

    def member_of(self, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr:
        obj = forgiving.unwrapped(obj)
        if isinstance(obj.type, UnionType):
            return self._member_of_each(obj, node, at)
        if isinstance(obj.type, EnumType) and node.name in ("value", "name"):
            if node.name == "value":
                return showing.enum_value(self, obj, at)
            entry = Entry("enum.name", (), Name("str"), "own", "{0.}.name()", ATOM, False)
            return ir.Prim(STR, at, entry, [obj])
        if isinstance(obj.type, EnumType) and (
            (made := enums.attribute(self, obj, node, at)) is not None
        ):
            return made
        if obj.type == FAULT:
            from carveout.cut.frontend import exceptions

            return exceptions.attribute(self, obj, node, at)  # type: ignore[arg-type]
        if obj.type in DATES and (made := dates.attribute(self, obj, node.name, at)) is not None:
            return made
        if (found := dispatch.attribute(self, obj, node, at)) is not None:  # type: ignore[arg-type]
            return found
        if (made := modules.attribute(self, obj, node.name, at)) is not None:
            return made
        if (part := spelled.part_of_number(self, obj, node.name, at)) is not None:  # type: ignore[arg-type]
            return part
        struct = self.struct_of(obj, at)
        if node.name in struct.fields:
            return ir.Field(struct.fields[node.name], at, obj, node.name)
        info = self.reader.infos[struct.name]
        if struct.plain or not struct.crosses:
            world = self.reader.families if classes.is_plain(info) else None
            if node.name in classes.constants(info, world):
                return self.class_attribute(info, node, at)
        symbol = info.names.get(node.name)
        getter = dispatch.property_of(symbol.node) if symbol is not None else None
        if symbol is not None and getter is not None:
            if isinstance(symbol.node, Decorator):
                self.plain_function(symbol.node, at)
            return self.call_helper(info.module_name, getter, [obj], at, info)
        raise Refusal("refusal-attribute", f"{info.name}.{node.name} is not a field", at)
