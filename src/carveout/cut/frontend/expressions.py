"""Lowering of expressions.

    self.expr(node)         # a typed ir.Expr, or a Refusal
    self.cond(node)         # the same as a bool: Python's truth, spelt out
"""

from __future__ import annotations

import struct
from typing import Any

from mypy.nodes import (
    AssignmentStmt,
    BytesExpr,
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    Decorator,
    DictExpr,
    DictionaryComprehension,
    Expression,
    FloatExpr,
    FuncDef,
    IndexExpr,
    IntExpr,
    ListComprehension,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    OpExpr,
    RefExpr,
    SetComprehension,
    SetExpr,
    SliceExpr,
    StrExpr,
    TupleExpr,
    TypeInfo,
    UnaryExpr,
    Var as MypyVar,
)

from carveout.cut.frontend.base import Base
from carveout.cut.frontend.iterables import Iterables
from carveout.cut.frontend.types import public_name
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Name
from carveout.cut.registry.maths import CONSTANTS


class Expressions(Iterables, Base):
    """Everything but calls."""

    def expr(self, node: Expression, expected: Type | None = None) -> ir.Expr:
        at = self.at(node)
        match node:
            case IntExpr():
                if not -(2**63) <= node.value < 2**63:
                    raise Refusal("refusal-big-int", "this int is beyond 64 bits", at)
                return ir.Const(INT, at, node.value)
            case FloatExpr():
                return ir.Const(FLOAT, at, node.value)
            case StrExpr():
                return ir.Const(STR, at, self._text(node.value, at))
            case BytesExpr():
                raw = node.value.encode("latin-1", "replace").decode("unicode_escape")
                return ir.Const(BYTES, at, raw.encode("latin-1"))
            case NameExpr():
                return self._name(node, at)
            case MemberExpr():
                return self._member(node, at)
            case CallExpr():
                return self.call(node, at, expected)
            case OpExpr(op="and" | "or"):
                return self._logic(node, at, expected)
            case OpExpr():
                left = self.expr(node.left, expected if node.op in ("+", "*", "|") else None)
                right = self.expr(node.right, expected if node.op in ("+", "|") else None)
                return self.binary(node.op, left, right, at)
            case ComparisonExpr():
                return self._comparison(node, at)
            case UnaryExpr():
                return self._unary(node, at)
            case IndexExpr():
                return self._index(node, at)
            case ConditionalExpr():
                return self._conditional(node, at, expected)
            case ListExpr() | TupleExpr() | SetExpr() | DictExpr():
                return self._display(node, at, expected)
            case ListComprehension():
                return self._comprehension(node.generator, ListType, at)
            case SetComprehension():
                return self._comprehension(node.generator, SetType, at)
            case DictionaryComprehension():
                return self.scoped_dict(node, at)
        kind = type(node).__name__.removesuffix("Expr").lower()
        what = {"lambda": "a lambda here", "assignment": "`:=`", "generator": "a generator here",
                "star": "`*` unpacking", "await": "await"}.get(kind, f"this expression ({kind})")  # fmt: skip
        raise Refusal("refusal-expression", f"{what} is not drafted", at)

    def call(self, node: CallExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        raise NotImplementedError

    def method_call(self, obj: ir.Expr, func: FuncDef, info: TypeInfo, at: ir.At) -> ir.Expr:
        raise NotImplementedError

    @staticmethod
    def _text(value: str, at: ir.At) -> str:
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise Refusal("refusal-surrogate", "a lone surrogate is not drafted", at)
        return value

    # --- names and attributes --------------------------------------------------------------------

    def _name(self, node: NameExpr, at: ir.At) -> ir.Expr:
        match node.fullname:
            case "builtins.True":
                return ir.Const(BOOL, at, True)
            case "builtins.False":
                return ir.Const(BOOL, at, False)
            case "builtins.None":
                return ir.Const(NONE, at, None)
        if node.fullname in CONSTANTS:
            return self._module_constant(node.fullname, at)
        if isinstance(node.node, MypyVar):
            if self.is_local(node):
                if node.node not in self.names:
                    raise Refusal("refusal-unbound", f"{node.name} may have no value here", at)
                name = self.names[node.node]
                read = ir.Var(self.variables[name].type, at, name)
                return self.narrow(read, node, at)
            return self._global(node, at)
        what = "a class" if isinstance(node.node, TypeInfo) else "a function"
        raise Refusal("refusal-expression", f"{node.name}: {what} as a value is not drafted", at)

    def narrow(self, read: ir.Expr, node: Expression, at: ir.At) -> ir.Expr:
        """What mypy knows beyond the declaration: not None here, or None here."""
        if not isinstance(read.type, OptionalType):
            return read
        known = self.mypy_type(node)
        if known == NONE:
            return ir.Const(NONE, at, None)
        if known == read.type.item:
            return ir.Unwrap(known, at, read)
        return read

    def _module_constant(self, name: str, at: ir.At) -> ir.Expr:
        entry = Entry(name, (), Name("float"), "own", CONSTANTS[name], ATOM, False)
        return ir.Prim(FLOAT, at, entry, [])

    def _global(self, node: RefExpr, at: ir.At) -> ir.Expr:
        """A module's constant: assigned once, at the top, to something simple."""
        module, _, name = node.fullname.rpartition(".")
        tree = self.project.checked.files.get(module)
        hint = "make it a Final with a literal value"
        if tree is None or module.split(".")[0] != self.project.checked.package:
            raise Refusal("refusal-global", f"{node.fullname} is outside this package", at, hint=hint)
        rvalue = self._constant_source(tree, name)
        if rvalue is None:
            raise Refusal("refusal-global", f"{name} is not a constant", at, hint=hint)
        value = self._evaluate(rvalue, at, hint)
        constant = self._literal(value, at, hint)
        if not isinstance(value, tuple) and type(value) in (int, float, bool, str):
            unique = name
            known = self.project.constants.get(unique)
            if known is not None and (known[1] != value or type(known[1]) is not type(value)):
                return constant
            self.project.constants[unique] = (constant.type, value)
            return ir.GlobalConst(constant.type, at, unique, value)
        return constant

    def _constant_source(self, tree: MypyFile, name: str) -> Expression | None:
        found: list[Expression] = []

        def scan(statements: list[Any], top: bool) -> bool:
            for statement in statements:
                if isinstance(statement, AssignmentStmt):
                    for target in statement.lvalues:
                        if isinstance(target, NameExpr) and target.name == name and top:
                            found.append(statement.rvalue)
                        elif isinstance(target, TupleExpr):
                            if any(getattr(t, "name", None) == name for t in target.items):
                                return False
                elif type(statement).__name__ == "OperatorAssignmentStmt":
                    if getattr(statement.lvalue, "name", None) == name:
                        return False
                elif type(statement).__name__ in ("IfStmt", "ForStmt", "WhileStmt", "TryStmt", "WithStmt"):
                    # Assigned under a condition: its value is not known from the text.
                    from mypy.traverser import all_name_and_member_expressions

                    for inner in all_name_and_member_expressions(statement):
                        if getattr(inner, "name", None) == name and getattr(inner, "is_def", True):
                            return False
            return True

        if not scan(tree.defs, True) or len(found) != 1:
            return None
        if _declared_global(tree, name):
            return None
        return found[0]

    def _evaluate(self, node: Expression, at: ir.At, hint: str) -> Any:
        match node:
            case IntExpr() | FloatExpr() | StrExpr():
                return node.value
            case UnaryExpr(op="-"):
                return -self._evaluate(node.expr, at, hint)
            case NameExpr(fullname="builtins.True"):
                return True
            case NameExpr(fullname="builtins.False"):
                return False
            case TupleExpr():
                return tuple(self._evaluate(item, at, hint) for item in node.items)
            case OpExpr(op="+" | "-" | "*" | "**" | "<<" | "/" | "//"):
                left, right = (self._evaluate(n, at, hint) for n in (node.left, node.right))
                if type(left) in (int, float) and type(right) in (int, float):
                    try:
                        if node.op in ("**", "<<") and not 0 <= right <= 64:
                            raise ValueError
                        return {
                            "+": lambda: left + right, "-": lambda: left - right,
                            "*": lambda: left * right, "**": lambda: left**right,
                            "<<": lambda: left << right, "/": lambda: left / right,
                            "//": lambda: left // right,
                        }[node.op]()  # fmt: skip
                    except (ArithmeticError, ValueError, TypeError):
                        pass
            case RefExpr(node=MypyVar()) if node.fullname:
                module, _, name = node.fullname.rpartition(".")
                tree = self.project.checked.files.get(module)
                if tree is not None and module.split(".")[0] == self.project.checked.package:
                    rvalue = self._constant_source(tree, name)
                    if rvalue is not None:
                        return self._evaluate(rvalue, at, hint)
        raise Refusal("refusal-global", "this module value is not a simple constant", at, hint=hint)

    def _literal(self, value: Any, at: ir.At, hint: str) -> ir.Expr:
        match value:
            case bool():
                return ir.Const(BOOL, at, value)
            case int() if -(2**63) <= value < 2**63:
                return ir.Const(INT, at, value)
            case float():
                return ir.Const(FLOAT, at, value)
            case str():
                return ir.Const(STR, at, self._text(value, at))
            case tuple() if value:
                items = [self._literal(item, at, hint) for item in value]
                return ir.TupleLit(TupleType(tuple(i.type for i in items)), at, items)
        raise Refusal("refusal-global", "this module value is not a simple constant", at, hint=hint)

    def _member(self, node: MemberExpr, at: ir.At) -> ir.Expr:
        if node.fullname in CONSTANTS:
            return self._module_constant(node.fullname, at)
        owner = node.expr
        if isinstance(owner, RefExpr) and isinstance(owner.node, TypeInfo):
            info = owner.node
            if info.is_enum and node.name in info.enum_members:
                type_ = self.reader.read_enum(info, at)
                return ir.Member(type_, at, node.name)
            raise Refusal("refusal-attribute", f"{info.name}.{node.name} is not drafted", at)
        if isinstance(owner, RefExpr) and isinstance(owner.node, MypyFile):
            if isinstance(node.node, MypyVar):
                return self._global(node, at)
            raise Refusal("refusal-expression", f"{node.name} as a value is not drafted", at)
        return self.narrow(self.member_of(self.expr(owner), node, at), node, at)

    def member_of(self, obj: ir.Expr, node: MemberExpr, at: ir.At) -> ir.Expr:
        if isinstance(obj.type, EnumType) and node.name in ("value", "name"):
            enum = self.reader.table.enums[obj.type.name]
            type_ = STR if node.name == "name" else enum.value_type
            if type_ is None:
                raise Refusal("refusal-attribute", f"the values of {obj.type} are not all int or all str",
                              at)  # fmt: skip
            entry = Entry(f"enum.{node.name}", (), Name(str(type_)), "own",
                          f"{{0.}}.{node.name}()", ATOM, False)  # fmt: skip
            return ir.Prim(type_, at, entry, [obj])
        struct = self.struct_of(obj, at)
        if node.name in struct.fields:
            return ir.Field(struct.fields[node.name], at, obj, node.name)
        info = self.reader.infos[struct.name]
        symbol = info.names.get(node.name)
        if symbol is not None and isinstance(symbol.node, Decorator) and symbol.node.func.is_property:
            return self.method_call(obj, symbol.node.func, info, at)
        raise Refusal("refusal-attribute", f"{info.name}.{node.name} is not a field", at)

    # --- logic and comparison --------------------------------------------------------------------

    def cond(self, node: Expression) -> ir.Expr:
        """The truth of an expression."""
        at = self.at(node)
        match node:
            case OpExpr(op="and"):
                return ir.And(BOOL, at, self.cond(node.left), self.cond(node.right))
            case OpExpr(op="or"):
                return ir.Or(BOOL, at, self.cond(node.left), self.cond(node.right))
            case UnaryExpr(op="not"):
                return ir.Not(BOOL, at, self.cond(node.expr))
        return self.truth(self.expr_for_truth(node), at)

    def expr_for_truth(self, node: Expression) -> ir.Expr:
        return self.expr(node)

    def truth(self, value: ir.Expr, at: ir.At) -> ir.Expr:
        type_ = value.type
        match type_:
            case _ if type_ == BOOL:
                return value
            case _ if type_ == INT:
                return self.prim("!=", [value, ir.Const(INT, at, 0)], at)
            case _ if type_ == FLOAT:
                return self.prim("!=", [value, ir.Const(FLOAT, at, 0.0)], at)
            case _ if type_ == NONE and isinstance(value, ir.Const):
                return ir.Const(BOOL, at, False)
            case _ if type_ in (STR, BYTES):
                return self._truth_by("!{0.}.is_empty()", value, at)
            case ListType() | VarTupleType() | DictType() | SetType():
                return self._truth_by("!{0.}.is_empty()", value, at)
            case OptionalType(item):
                if isinstance(item, (StructType, EnumType, TupleType)):
                    self.truth(ir.Unwrap(item, at, value), at)
                    return ir.Not(BOOL, at, ir.IsNone(BOOL, at, value))
                return self.with_name(value, at, lambda v: ir.And(
                    BOOL, at, ir.Not(BOOL, at, ir.IsNone(BOOL, at, v())),
                    self.truth(ir.Unwrap(item, at, v()), at)))  # fmt: skip
            case EnumType(name) if self.reader.table.enums[name].base == "none":
                pass
            case StructType() | TupleType():
                pass
            case _:
                raise Refusal("refusal-truth", f"the truth of {type_} is not drafted", at)
        if isinstance(value, (ir.Var, ir.Member, ir.Unwrap, ir.Field)):
            return ir.Const(BOOL, at, True)
        raise Refusal("refusal-truth", f"{type_} is always true; this test says nothing", at)

    def _truth_by(self, rust: str, value: ir.Expr, at: ir.At) -> ir.Expr:
        entry = Entry("bool", (), Name("bool"), "own", rust, 15, False)
        return ir.Prim(BOOL, at, entry, [value])

    def with_name(self, value: ir.Expr, at: ir.At, body: Any) -> ir.Expr:
        """`body` may read `value` several times, though it is evaluated once."""
        if isinstance(value, (ir.Const, ir.Member, ir.GlobalConst)):
            return body(lambda: value)  # type: ignore[no-any-return]
        if isinstance(value, ir.Var):
            return body(lambda: ir.Var(value.type, value.at, value.name))  # type: ignore[no-any-return]
        name = self.fresh("it", value.type)
        inner = body(lambda: ir.Var(value.type, value.at, name))
        return ir.Let(inner.type, at, name, value, inner)

    def _logic(self, node: OpExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        """`a or b` gives one of its operands."""
        left = self.expr(node.left, expected)
        right = self.expr(node.right, expected)
        if left.type == BOOL and right.type == BOOL:
            return (ir.And if node.op == "and" else ir.Or)(BOOL, at, left, right)

        def choose(read: Any) -> ir.Expr:
            kept: ir.Expr = read()
            if node.op == "or" and isinstance(kept.type, OptionalType):
                kept = ir.Unwrap(kept.type.item, at, kept)
            type_ = self.common(kept, right, at)
            test = self.truth(read(), at)
            then, orelse = self.coerce(kept, type_), self.coerce(right, type_)
            if node.op == "and":
                then, orelse = orelse, then
            return ir.IfExp(type_, at, test, then, orelse)

        return self.with_name(left, at, choose)

    def common(self, a: ir.Expr, b: ir.Expr, at: ir.At) -> Type:
        """The one type both have or can be given."""
        if a.type == b.type:
            return a.type
        for wanted in (a.type, b.type):
            if wanted not in (NONE, NEVER) and self.fits(a, wanted) and self.fits(b, wanted):
                return wanted
        for one, other in ((a, b), (b, a)):
            if one.type == NONE and other.type != NONE:
                return OptionalType(other.type)
        raise Refusal("refusal-mixed-types", f"this is either {a.type} or {b.type}", at,
                      hint="make both the same type")  # fmt: skip

    def _conditional(self, node: ConditionalExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        cond = self.cond(node.cond)
        then, orelse = self.expr(node.if_expr, expected), self.expr(node.else_expr, expected)
        type_ = self.common(then, orelse, at)
        return ir.IfExp(type_, at, cond, self.coerce(then, type_), self.coerce(orelse, type_))

    def _comparison(self, node: ComparisonExpr, at: ir.At) -> ir.Expr:
        operands = [self.expr(operand) for operand in node.operands]
        if len(operands) == 2:
            return self.compare(node.operators[0], operands[0], operands[1], at)

        # a < b < c: each operand once, left to right, and no further than needed.
        def chain(index: int, left: ir.Expr) -> ir.Expr:
            right, symbol = operands[index + 1], node.operators[index]
            if index == len(node.operators) - 1:
                return self.compare(symbol, left, right, at)
            return self.with_name(right, at, lambda read: ir.And(
                BOOL, at, self.compare(symbol, left, read(), at), chain(index + 1, read())))  # fmt: skip

        return self.with_name(operands[0], at, lambda read: chain(0, read()))

    def compare(self, symbol: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if symbol in ("is", "is not"):
            same = self._identity(left, right, at)
            return ir.Not(BOOL, at, same) if symbol == "is not" else same
        if symbol in ("in", "not in"):
            found = self._membership(left, right, at)
            return ir.Not(BOOL, at, found) if symbol == "not in" else found
        if symbol in ("==", "!="):
            for one, other in ((left, right), (right, left)):
                if other.type == NONE and isinstance(one.type, OptionalType):
                    test: ir.Expr = ir.IsNone(BOOL, at, one)
                    return ir.Not(BOOL, at, test) if symbol == "!=" else test
            self._equality(left.type, at)
            self._equality(right.type, at)
            if left.type != right.type:
                for type_ in (left.type, right.type):
                    if isinstance(type_, OptionalType) and self.fits(left, type_) and self.fits(
                        right, type_):  # fmt: skip
                        left, right = self.coerce(left, type_), self.coerce(right, type_)
                        break
            if isinstance(left.type, EnumType) and left.type == right.type:
                entry = Entry(f"enum.{symbol}", (), Name("bool"), "own", f"{{0.}} {symbol} {{1.}}", 10, False)
                return ir.Prim(BOOL, at, entry, [left, right])
        elif any(isinstance(t, (OptionalType, StructType, EnumType)) for t in (left.type, right.type)):
            raise Refusal("refusal-operator",
                          f"`{symbol}` on {left.type} and {right.type} is not drafted", at)  # fmt: skip
        return self.prim(symbol, [left, right], at)

    def _equality(self, type_: Type, at: ir.At) -> None:
        def odd(part: Type) -> bool:
            if isinstance(part, StructType):
                return not self.reader.table.structs[part.name].equal
            return isinstance(part, EnumType) and self.reader.table.enums[part.name].base != "none"

        if not isinstance(type_, EnumType) and self.reader.table.any_part(type_, odd):
            raise Refusal("refusal-operator", f"`==` on {type_} is not drafted", at)

    def _identity(self, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, ir.Const) and other.value is None:
                if isinstance(one, ir.Const) and one.value is None:
                    return ir.Const(BOOL, at, True)
                if isinstance(one.type, OptionalType):
                    return ir.IsNone(BOOL, at, one)
                if isinstance(one, (ir.Var, ir.Unwrap, ir.Field)):
                    return ir.Const(BOOL, at, False)
        if left.type == right.type and (isinstance(left.type, EnumType) or left.type == BOOL):
            return self.compare("==", left, right, at)
        raise Refusal("refusal-identity", "`is` depends on which object it is", at,
                      hint="use == ; `is` is drafted for None, bools and enum members")  # fmt: skip

    def _membership(self, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if isinstance(right, (ir.TupleLit, ir.SetLit)):
            items = right.items
            if any(item.type != left.type for item in items):
                raise Refusal("refusal-mixed-types", f"looking for {left.type} among other types", at)
            right = ir.ListLit(ListType(left.type), right.at, items)
        if left.type == FLOAT and isinstance(right.type, (ListType, VarTupleType)):
            pass  # the runtime declines on NaN, where identity would decide
        return self.prim("in", [left, right], at)

    # --- operators -------------------------------------------------------------------------------

    def binary(self, op: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if op == "%" and left.type in (STR, BYTES):
            raise Refusal("refusal-operator", "%-formatting is not drafted", at, hint="use an f-string")
        if op == "*" and isinstance(right.type, (ListType, Scalar_)) and left.type == INT:
            if right.type in (STR, BYTES) or isinstance(right.type, ListType):
                if not isinstance(left, (ir.Const, ir.Var)) and not isinstance(right, (ir.Const, ir.Var)):
                    raise Refusal("refusal-operator", "write sequence * count", at)
                left, right = right, left
        if op == "**":
            if left.type == INT and right.type == INT and not (
                isinstance(right, ir.Const) and isinstance(right.value, int) and right.value >= 0
            ):
                # int ** negative int is a float in Python; the runtime declines there.
                pass
            if INT in (left.type, right.type) and FLOAT in (left.type, right.type):
                pass
        return self.prim(op, [left, right], at)

    def _unary(self, node: UnaryExpr, at: ir.At) -> ir.Expr:
        if node.op == "not":
            return ir.Not(BOOL, at, self.cond(node.expr))
        if node.op == "-" and isinstance(node.expr, (IntExpr, FloatExpr)):
            if isinstance(node.expr, IntExpr):
                if node.expr.value > 2**63:
                    raise Refusal("refusal-big-int", "this int is beyond 64 bits", at)
                return ir.Const(INT, at, -node.expr.value)
            return ir.Const(FLOAT, at, -node.expr.value)
        key = {"-": "neg", "+": "pos", "~": "invert"}[node.op]
        return self.prim(key, [self.expr(node.expr)], at)

    def _index(self, node: IndexExpr, at: ir.At) -> ir.Expr:
        base = self.expr(node.base)
        if isinstance(node.index, SliceExpr):
            bounds: list[ir.Expr] = []
            for bound in (node.index.begin_index, node.index.end_index, node.index.stride):
                if bound is None:
                    bounds.append(ir.Const(OptionalType(INT), at, None))
                else:
                    bounds.append(self.coerce(self.expr(bound), OptionalType(INT)))
            if isinstance(base.type, TupleType):
                raise Refusal("refusal-slice", "slices of fixed tuples are not drafted", at)
            return self.prim("slice", [base, *bounds], at)
        index = self.expr(node.index)
        if isinstance(base.type, TupleType):
            count = len(base.type.items)
            if not isinstance(index, ir.Const) or not isinstance(index.value, int):
                if len(set(base.type.items)) == 1 and isinstance(base, (ir.TupleLit, ir.Var)):
                    items = base.items if isinstance(base, ir.TupleLit) else [
                        ir.Part(t, at, base, i) for i, t in enumerate(base.type.items)]  # fmt: skip
                    base = ir.ListLit(VarTupleType(base.type.items[0]), base.at, list(items))
                    return self.prim("getitem", [base, index], at)
                raise Refusal("refusal-index", "a tuple of several types needs a literal index", at)
            if not -count <= index.value < count:
                raise Refusal("refusal-index", "this index is past the tuple's end", at)
            position = index.value % count
            return ir.Part(base.type.items[position], at, base, position)
        if isinstance(base.type, DictType):
            index = self.coerce(index, base.type.key)
        return self.narrow(self.prim("getitem", [base, index], at), node, at)

    def set_item(self, base: ir.Expr, index: ir.Expr, value: ir.Expr, at: ir.At) -> ir.Stmt:
        match base.type:
            case ListType(item):
                if index.type != INT:
                    raise Refusal("refusal-index", f"an index of type {index.type} is not drafted", at)
                return ir.SetItem(at, base, index, self.coerce(value, item))
            case DictType(key, item):
                return ir.SetItem(at, base, self.coerce(index, key), self.coerce(value, item))
        raise Refusal("refusal-statement", f"assigning to an item of {base.type} is not drafted", at)

    # --- displays --------------------------------------------------------------------------------

    def _display(
        self, node: ListExpr | TupleExpr | SetExpr | DictExpr, at: ir.At, expected: Type | None
    ) -> ir.Expr:
        if isinstance(expected, OptionalType):
            expected = expected.item
        if isinstance(node, TupleExpr):
            if isinstance(expected, VarTupleType):
                items = [self.coerce(self.expr(i, expected.item), expected.item) for i in node.items]
                return ir.ListLit(expected, at, items)
            wanted = expected.items if isinstance(expected, TupleType) else ()
            parts = [self.expr(item, wanted[i] if i < len(wanted) else None)
                     for i, item in enumerate(node.items)]  # fmt: skip
            if not parts or len(parts) > 12:
                raise Refusal("refusal-type", f"tuples of {len(parts)} items are not drafted", at)
            return ir.TupleLit(TupleType(tuple(p.type for p in parts)), at, parts)
        type_ = expected if isinstance(expected, (ListType, SetType, DictType)) else self.mypy_type(node)
        if isinstance(node, DictExpr):
            if not isinstance(type_, DictType):
                raise Refusal("refusal-type", "this dict's type is not drafted", at)
            keys, values = [], []
            for key, value in node.items:
                if key is None:
                    raise Refusal("refusal-expression", "`**` in a dict is not drafted", at)
                keys.append(self.coerce(self.expr(key), type_.key))
                values.append(self.coerce(self.expr(value, type_.value), type_.value))
            return ir.DictLit(type_, at, keys, values)
        if not isinstance(type_, (ListType, SetType)):
            raise Refusal("refusal-type", "this display's type is not drafted", at)
        made = [self.coerce(self.expr(i, type_.item), type_.item) for i in node.items]
        return (ir.ListLit if isinstance(node, ListExpr) else ir.SetLit)(type_, at, made)


def _declared_global(tree: MypyFile, name: str) -> bool:
    """Whether any function of the module says `global name`."""
    from mypy.nodes import GlobalDecl
    from mypy.traverser import TraverserVisitor

    found: list[bool] = []

    class Finder(TraverserVisitor):
        def visit_global_decl(self, o: GlobalDecl) -> None:
            if name in o.names:
                found.append(True)

    tree.accept(Finder())
    return bool(found)


Scalar_ = type(INT)
__all__ = ["Expressions", "public_name", "struct"]
