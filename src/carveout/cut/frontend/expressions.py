"""Lowering of expressions.

self.expr(node)         # a typed ir.Expr, or a Refusal
self.cond(node)         # the same as a bool: Python's truth, spelt out
"""

from __future__ import annotations

from mypy.nodes import (
    AssignmentExpr,
    BytesExpr,
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    DictExpr,
    DictionaryComprehension,
    Expression,
    FloatExpr,
    IndexExpr,
    IntExpr,
    ListComprehension,
    ListExpr,
    MemberExpr,
    NameExpr,
    OpExpr,
    SetComprehension,
    SetExpr,
    SliceExpr,
    StrExpr,
    SuperExpr,
    TupleExpr,
    UnaryExpr,
)

from carveout.cut.frontend import (
    dispatch,
    displays,
    enums,
    function_displays,
    function_values,
    iterators,
    patterns,
    special,
    spelled,
    steady,
    templates,
)
from carveout.cut.frontend.logic import Logic
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BIG,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    STR,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

# How a product of plain ints is written.
MULTIPLIED = "int::mul({0}, {1})?"


class Expressions(Logic):
    """Everything but calls."""

    def expr(self, node: Expression, expected: Type | None = None) -> ir.Expr:
        made = self._expr(node, expected)
        steady.check(self, node, made)
        return made

    def _expr(self, node: Expression, expected: Type | None) -> ir.Expr:
        at = self.at(node)
        if node in self.replaced:
            return self.replaced[node]()
        if (function := function_values.value(self, node, expected)) is not None:  # type: ignore[arg-type]
            return function
        if (iterator := iterators.made(self, node, expected)) is not None:  # type: ignore[arg-type]
            return iterator
        match node:
            case IntExpr():
                return self.integer(node.value, at)
            case FloatExpr():
                return ir.Const(FLOAT, at, node.value)
            case StrExpr():
                return ir.Const(STR, at, self.text(node.value, at))
            case BytesExpr():
                raw = node.value.encode("latin-1", "replace").decode("unicode_escape")
                return ir.Const(BYTES, at, raw.encode("latin-1"))
            case NameExpr():
                return self.name(node, at)
            case MemberExpr():
                return self.member(node, at)
            case CallExpr():
                return self.call(node, at, expected)
            case SuperExpr():
                return dispatch.super_property(self, node, at)  # type: ignore[arg-type]
            case AssignmentExpr() if node in self.stored:
                return self.expr(node.target, expected)
            case OpExpr(op="and" | "or"):
                return self.logic(node, at, expected)
            case OpExpr(op="%", left=StrExpr(value=template), right=DictExpr() as given) if (
                made := templates.percent_of_literal(self, template, given, at)
            ) is not None:
                return made
            case OpExpr():
                sets = node.op in ("&", "|", "-", "^")
                left = (sets and spelled.view(self, node.left)) or self.expr(  # type: ignore[arg-type]
                    node.left, expected if node.op in ("+", "*", "|") else None
                )
                right = (sets and spelled.view(self, node.right)) or self.expr(  # type: ignore[arg-type]
                    node.right, expected if node.op in ("+", "|") else None
                )
                if (
                    expected == BIG
                    and left.type == right.type == INT
                    and node.op in ("+", "-", "*", "<<")
                ):
                    left = self.sized(left, BIG)
                return self.binary(node.op, left, right, at)
            case ComparisonExpr():
                return self.comparison(node, at)
            case UnaryExpr():
                return self._unary(node, at)
            case IndexExpr():
                return self._index(node, at)
            case ConditionalExpr():
                return self.conditional(node, at, expected)
            case ListExpr() | TupleExpr() | SetExpr() | DictExpr():
                return self._display(node, at, expected)
            case ListComprehension():
                return self.comprehension(node.generator, ListType, at)
            case SetComprehension():
                return self.comprehension(node.generator, SetType, at)
            case DictionaryComprehension():
                return self.scoped_dict(node, at)
        kind = type(node).__name__.removesuffix("Expr").lower()
        what = {
            "lambda": "a lambda here",
            "assignment": "`:=`",
            "generator": "a generator here",
            "star": "`*` unpacking",
            "await": "await",
        }.get(kind, f"this expression ({kind})")
        raise Refusal("refusal-expression", f"{what} is not drafted", at)

    def call(self, node: CallExpr, at: ir.At, expected: Type | None) -> ir.Expr:
        raise NotImplementedError

    def integer(self, value: int, at: ir.At) -> ir.Expr:
        """An int as a constant; beyond 64 bits only where a draft has ints of any size."""
        if -(2**63) <= value < 2**63:
            return ir.Const(INT, at, value)
        if self.project.big is None or value.bit_length() > 1 << 14:
            raise Refusal("refusal-big-int", "this int is beyond 64 bits", at)
        return ir.Const(BIG, at, value)

    # --- operators -------------------------------------------------------------------------------

    def binary(self, op: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr:
        if (called := special.operator(self, op, left, right, at)) is not None:
            return called
        if left.type != right.type or enums.is_number(self, left.type):
            left, right = enums.plain(self, left, at), enums.plain(self, right, at)
        if op == "%" and left.type in (STR, BYTES):
            return templates.percent(self, left, right, at)
        if (
            op == "%"
            and right.type in (INT, BOOL)
            and isinstance(left, ir.Prim)
            and left.entry.rust == MULTIPLIED
        ):
            # The product may pass 64 bits, what is left of it does not.
            return self.prim("int.mul_modulo", [*left.args, right], at)
        if self.project.big is not None and (made := self.power(op, left, right, at)) is not None:
            return made
        if left.type == BIG and isinstance(right.type, (ListType, VarTupleType)):
            left = self.sized(left, INT)
        sequence = right.type in (STR, BYTES) or isinstance(right.type, (ListType, VarTupleType))
        if op == "*" and left.type == INT and sequence:
            if not isinstance(left, (ir.Const, ir.Var)) and not isinstance(
                right, (ir.Const, ir.Var)
            ):
                # The count is worked out before what it repeats.
                return self.with_name(left, at, lambda count: self.prim(op, [right, count()], at))
            left, right = right, left
        return self.prim(op, [left, right], at)

    def power(self, op: str, left: ir.Expr, right: ir.Expr, at: ir.At) -> ir.Expr | None:
        """`a ** b` of plain ints where it is of any size; of constants, what it is."""
        if op not in ("**", "<<", "builtins.pow") or left.type not in (INT, BOOL, BIG):
            return None
        if isinstance(left, ir.Const) and isinstance(right, ir.Const):
            base, times = left.value, right.value
            if type(base) is int and type(times) is int and 0 <= times <= 1 << 12:
                if op == "<<":
                    return self.integer(base << times, at)
                if base.bit_length() * times <= 1 << 13:
                    return self.integer(base**times, at)
            return None
        if right.type == BIG:
            right = self.sized(right, INT)
        if left.type == BIG:
            return self.prim(op, [left, right], at)
        known = isinstance(right, (ir.Const, ir.GlobalConst))
        if op == "<<" or right.type not in (INT, BOOL) or known:
            return None
        return self.prim("big.pow", [left, right], at)

    def _unary(self, node: UnaryExpr, at: ir.At) -> ir.Expr:
        if node.op == "not":
            return self.negated(self.cond(node.expr), at)
        if node.op == "-" and isinstance(node.expr, (IntExpr, FloatExpr)):
            if isinstance(node.expr, IntExpr):
                return self.integer(-node.expr.value, at)
            return ir.Const(FLOAT, at, -node.expr.value)
        key = {"-": "neg", "+": "pos", "~": "invert"}[node.op]
        value = self.expr(node.expr)
        if (called := special.call(self, value, f"__{key}__", [], at)) is not None:
            return called
        return self.prim(key, [value], at)

    def _index(self, node: IndexExpr, at: ir.At) -> ir.Expr:
        if (member := enums.of_name(self, node, at)) is not None:
            return member
        base = self.expr(node.base)
        if isinstance(node.index, SliceExpr):
            bounds = self.bounds(node.index)
            if isinstance(base.type, TupleType):
                raise Refusal("refusal-slice", "slices of fixed tuples are not drafted", at)
            return self.prim("slice", [base, *bounds], at)
        if base.type == patterns.MATCH:
            return patterns.item(self, node.base, base, node.index, at)  # type: ignore[arg-type]
        index = self.expr(node.index)
        if (called := special.call(self, base, "__getitem__", [index], at)) is not None:
            return called
        if isinstance(base.type, StructType) and isinstance(index, ir.Const):
            struct = self.reader.table.structs[base.type.name]
            fields = list(struct.fields)
            at_index = index.value
            if struct.named and type(at_index) is int and -len(fields) <= at_index < len(fields):
                name = fields[at_index]
                return ir.Field(struct.fields[name], at, base, name)
        if isinstance(base.type, TupleType):
            count = len(base.type.items)
            if not isinstance(index, ir.Const) or not isinstance(index.value, int):
                if (items := self.items_of(base)) is not None:
                    made = ir.ListLit(VarTupleType(items[0].type), base.at, items)
                    return self.prim("getitem", [made, index], at)
                raise Refusal("refusal-index", "a tuple of several types needs a literal index", at)
            if not -count <= index.value < count:
                raise Refusal("refusal-index", "this index is past the tuple's end", at)
            position = index.value % count
            return ir.Part(base.type.items[position], at, base, position)
        if isinstance(base.type, DictType):
            index = self.coerce(index, base.type.key)
        return self.narrow(self.prim("getitem", [base, index], at), node, at)

    def bounds(self, node: SliceExpr) -> list[ir.Expr]:
        """Start, stop and step of a slice, each an optional int."""
        found: list[ir.Expr] = []
        for bound in (node.begin_index, node.end_index, node.stride):
            if bound is None:
                found.append(ir.Const(OptionalType(INT), self.at(node), None))
            else:
                found.append(self.coerce(self.expr(bound), OptionalType(INT)))
        return found

    def set_item(self, base: ir.Expr, index: ir.Expr, value: ir.Expr, at: ir.At) -> ir.Stmt:
        if (called := special.set_item(self, base, index, value, at)) is not None:
            return called
        match base.type:
            case ListType(item) | DequeType(item):
                if index.type == BIG:
                    index = self.sized(index, INT)
                if index.type != INT:
                    raise Refusal(
                        "refusal-index", f"an index of type {index.type} is not drafted", at
                    )
                return ir.SetItem(at, base, index, self.coerce(value, item))
            case DictType(key, item):
                return ir.SetItem(at, base, self.coerce(index, key), self.coerce(value, item))
        raise Refusal(
            "refusal-statement", f"assigning to an item of {base.type} is not drafted", at
        )

    # --- displays --------------------------------------------------------------------------------

    def _display_type(self, node: ListExpr | SetExpr | DictExpr) -> Type:
        """As mypy has it; where it was written for anything wider, as its items are."""
        try:
            return self.mypy_type(node)
        except Refusal:
            if displays.is_starred(node):
                raise
            if (made := function_displays.display(self, node)) is not None:  # type: ignore[arg-type]
                return made
            if isinstance(node, DictExpr):
                raise
            types = {self.expr(item).type for item in node.items}
            if len(types) != 1:
                raise
            (item,) = types
            hashed = isinstance(node, SetExpr)
            if hashed and not self.reader.table.hashable(item):
                raise
            return SetType(item) if hashed else ListType(item)

    def _display(
        self, node: ListExpr | TupleExpr | SetExpr | DictExpr, at: ir.At, expected: Type | None
    ) -> ir.Expr:
        if isinstance(expected, OptionalType):
            expected = expected.item
        if displays.is_starred(node) and isinstance(node, (ListExpr, TupleExpr)):
            whole = (
                expected if isinstance(expected, (ListType, VarTupleType)) else self.mypy_type(node)
            )
            return displays.sequence(self, node, whole, at)
        if isinstance(node, TupleExpr):
            if isinstance(expected, VarTupleType):
                items = [
                    self.coerce(self.expr(i, expected.item), expected.item) for i in node.items
                ]
                return ir.ListLit(expected, at, items)
            wanted = expected.items if isinstance(expected, TupleType) else ()
            parts = [
                self.expr(item, wanted[i] if i < len(wanted) else None)
                for i, item in enumerate(node.items)
            ]
            if not parts or len(parts) > 12:
                raise Refusal("refusal-type", f"tuples of {len(parts)} items are not drafted", at)
            return ir.TupleLit(TupleType(tuple(p.type for p in parts)), at, parts)
        type_ = (
            expected
            if isinstance(expected, (ListType, SetType, DictType))
            and getattr(expected, "kind", "dict") == "dict"
            else self._display_type(node)
        )
        if isinstance(node, DictExpr):
            if not isinstance(type_, DictType):
                raise Refusal("refusal-type", "this dict's type is not drafted", at)
            if displays.is_starred(node):
                return displays.mapping(self, node, type_, at)
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
