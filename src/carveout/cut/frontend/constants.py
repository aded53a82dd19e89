"""What a module's constant is worth, worked out from the source when the operation is cut.

    REVERSED = {code: letter for letter, code in MORSE.items()}
    PRIMES = tuple(sieve(100))          # the package's own function, interpreted

    Evaluator(project).value(rvalue, "shop.tables")     # {".-": "A", …}, or Unsure

The expression is interpreted over Python's own values, so what an operator does is what Python
does. Nothing of the program is imported or run: only what is listed here is known, and everything
in it gives the same in every process and on every machine.

Invariants: Unsure for all that could come out otherwise: an object of the module that something
changes, the order of a set, text past ASCII where Unicode versions differ, what is not listed;
and for what takes more than STEPS steps or holds more than SIZE items. A container that is read
again is a copy.

Longer than a file should be: an interpreter, with a case for each kind of node and each function it
knows; what it knows is read against one list.
"""

from __future__ import annotations

import copy
import math
import operator
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    LDEF,
    AssignmentStmt,
    Block,
    BreakStmt,
    BytesExpr,
    CallExpr,
    ComparisonExpr,
    ConditionalExpr,
    ContinueStmt,
    DictExpr,
    DictionaryComprehension,
    Expression,
    ExpressionStmt,
    FloatExpr,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    IfStmt,
    IndexExpr,
    IntExpr,
    LambdaExpr,
    ListComprehension,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    OperatorAssignmentStmt,
    OpExpr,
    PassStmt,
    RefExpr,
    ReturnStmt,
    SetComprehension,
    SetExpr,
    SliceExpr,
    StarExpr,
    Statement,
    StrExpr,
    TupleExpr,
    UnaryExpr,
    Var,
    WhileStmt,
    YieldExpr,
)

from carveout.cut.registry.maths import CONSTANTS, VALUES

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Project

STEPS = 200_000
SIZE = 20_000
BITS = 512
DEPTH = 60

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "<<": operator.lshift,
    ">>": operator.rshift, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
    "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
}  # fmt: skip
_SCALARS = (bool, int, float, str, bytes, type(None))
# Built-ins that take anything but a set, whose order they would show.
_ORDERED: dict[str, Callable[..., Any]] = {
    "list": list, "tuple": tuple, "dict": dict, "enumerate": lambda *a: list(enumerate(*a)),
    "zip": lambda *a, strict=False: list(zip(*a, strict=strict)),
    "reversed": lambda a: list(reversed(a)),
}  # fmt: skip
_ANY: dict[str, Callable[..., Any]] = {
    "set": set, "frozenset": frozenset, "sorted": sorted, "len": len, "min": min, "max": max,
    "any": any, "all": all,
}  # fmt: skip
_OF_SCALARS: dict[str, Callable[..., Any]] = {
    "abs": abs, "ord": ord, "chr": chr, "str": str, "int": int, "float": float, "bool": bool,
    "round": round, "hex": hex, "oct": oct, "bin": bin, "divmod": divmod, "repr": repr,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "math.sqrt": math.sqrt, "math.floor": math.floor, "math.ceil": math.ceil, "math.gcd": math.gcd,
    "math.isqrt": math.isqrt, "unicodedata.lookup": unicodedata.lookup,
}  # fmt: skip
# Methods that tell nothing of Unicode's tables, and those that do.
_TEXT = frozenset(
    {"join", "split", "rsplit", "replace", "startswith", "endswith", "find", "index", "count"}
    | {"removeprefix", "removesuffix", "partition", "rpartition", "encode"}
)
_ASCII_TEXT = frozenset(
    {"upper", "lower", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "isalpha"}
    | {"isdigit", "isalnum", "isupper", "islower", "isspace", "splitlines", "isdecimal"}
)
_PADDED = frozenset({"zfill", "rjust", "ljust", "center"})
_DICT = frozenset({"items", "keys", "values", "get", "copy"})
_LIST = frozenset({"index", "count", "copy"})
_SET = frozenset(
    {"union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset"}
    | {"isdisjoint", "copy"}
)
_CHANGES = frozenset(
    {"append", "extend", "insert", "reverse", "add", "update", "setdefault", "discard"}
)


_DECIMALS = ("decimal.Decimal", "_decimal.Decimal")


def _decimal(value: str | int | float) -> Decimal:
    """A Decimal is what it was made of, in whatever context."""
    try:
        made = Decimal(value)
    except InvalidOperation:
        raise Unsure from None
    if not made.is_finite() or type(value) is bool:
        raise Unsure
    return made


class Unsure(Exception):
    """The value is not known for certain."""


class _Once(list[Any]):
    """What a generator yields: good for one walk, at once."""


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass
class _Frame:
    """One call: its variables, what it made itself, and what it has yielded."""

    module: str
    names: dict[Any, Any] = field(default_factory=dict)
    made: dict[int, Any] = field(default_factory=dict)
    yielded: list[Any] | None = None


class Evaluator:
    """Interprets the expressions that modules' names are bound to."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._open: list[str] = []
        self._left = STEPS

    def value(self, node: Expression, module: str) -> Any:
        """The value of an expression at the top of a module. Raises Unsure."""
        known = self.project.checked.values
        if node not in known:
            self._left = STEPS
            try:
                known[node] = self._kept(node, _Frame(module))
            except Exception:
                # Not sure, or the module can't be imported either.
                known[node] = Unsure
        if known[node] is Unsure:
            raise Unsure
        return known[node]

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise Unsure

    def _eval(self, node: Expression, frame: _Frame) -> Any:
        self._spend(1)
        value = self._raw(node, frame)
        if isinstance(value, int) and value.bit_length() > BITS:
            raise Unsure
        if isinstance(value, (str, bytes, list, tuple, set, frozenset, dict)):
            self._spend(len(value) // 64)
            if len(value) > SIZE:
                raise Unsure
        return value

    def _kept(self, node: Expression, frame: _Frame) -> Any:
        """A value that gets a name: no generator's."""
        value = self._eval(node, frame)
        if isinstance(value, _Once):
            raise Unsure
        return value

    def _new(self, value: Any, frame: _Frame) -> Any:
        frame.made[id(value)] = value
        return value

    def _raw(self, node: Expression, frame: _Frame) -> Any:
        match node:
            case IntExpr() | FloatExpr() | StrExpr():
                return node.value
            case BytesExpr():
                raw = node.value.encode("latin-1").decode("unicode_escape")
                return raw.encode("latin-1")
            case NameExpr(fullname="builtins.True"):
                return True
            case NameExpr(fullname="builtins.False"):
                return False
            case NameExpr(fullname="builtins.None"):
                return None
            case NameExpr() if node.node in frame.names:
                return frame.names[node.node]
            case RefExpr() if node.fullname in VALUES:
                return VALUES[node.fullname]
            case RefExpr() if node.fullname in CONSTANTS:
                return getattr(math, node.fullname.rpartition(".")[2])
            case RefExpr(node=Var()):
                return self._global(node, frame)
            case UnaryExpr():
                return self._unary(node.op, self._kept(node.expr, frame))
            case OpExpr(op="and"):
                return self._kept(node.left, frame) and self._kept(node.right, frame)
            case OpExpr(op="or"):
                return self._kept(node.left, frame) or self._kept(node.right, frame)
            case OpExpr():
                left, right = self._kept(node.left, frame), self._kept(node.right, frame)
                return self._new(self._binary(node.op, left, right), frame)
            case ComparisonExpr():
                return self._comparison(node, frame)
            case ConditionalExpr():
                chosen = node.if_expr if self._kept(node.cond, frame) else node.else_expr
                return self._kept(chosen, frame)
            case IndexExpr():
                base = self._kept(node.base, frame)
                if not isinstance(base, (str, bytes, list, tuple, dict, range)):
                    raise Unsure
                return base[self._index(node.index, frame)]
            case TupleExpr():
                return tuple(self._items(node.items, frame))
            case ListExpr():
                return self._new(list(self._items(node.items, frame)), frame)
            case SetExpr():
                return self._new(set(self._items(node.items, frame)), frame)
            case DictExpr():
                return self._new(self._dict(node, frame), frame)
            case ListComprehension():
                return self._new(list(self._generated(node.generator, frame)), frame)
            case SetComprehension():
                return self._new(set(self._generated(node.generator, frame)), frame)
            case GeneratorExpr():
                return _Once(self._generated(node, frame))
            case DictionaryComprehension():
                made = {}
                if node.key is None:
                    raise Unsure
                for _ in self._walk(node, frame, 0):
                    key = self._kept(node.key, frame)
                    made[key] = self._kept(node.value, frame)
                return self._new(made, frame)
            case CallExpr():
                return self._call(node, frame)
        raise Unsure

    def _global(self, node: RefExpr, frame: _Frame) -> Any:
        """Another constant of the package: bound once, and not changed by anybody."""
        home, _, name = node.fullname.rpartition(".")
        checked, bindings = self.project.checked, self.project.bindings
        tree = checked.files.get(home)
        if tree is None or home.split(".")[0] not in checked.packages:
            raise Unsure
        first = node.expr if isinstance(node, MemberExpr) else node
        if not isinstance(first, NameExpr) or bindings.why_unsure(frame.module, first.name):
            raise Unsure
        if bindings.why_unsure(home, name) is not None:
            raise Unsure
        known = checked.values
        if node.fullname not in known:
            rvalue = constant_source(tree, name)
            if rvalue is None or node.fullname in self._open or len(self._open) > DEPTH:
                raise Unsure
            known[node.fullname] = Unsure
            self._open.append(node.fullname)
            try:
                value = self._kept(rvalue, _Frame(home))
            finally:
                self._open.pop()
            if isinstance(value, (list, dict, set)) and bindings.changes_object(home, name):
                raise Unsure
            known[node.fullname] = value
        value = known[node.fullname]
        if value is Unsure:
            raise Unsure
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            self._spend(len(value) // 8)
            return copy.deepcopy(value)
        return value

    @staticmethod
    def _unary(op: str, value: Any) -> Any:
        if op == "not":
            return not value
        if not isinstance(value, (int, float)):
            raise Unsure
        if op == "~":
            return operator.invert(value)  # type: ignore[arg-type]
        return -value if op == "-" else +value

    @staticmethod
    def _binary(op: str, left: Any, right: Any) -> Any:
        if isinstance(left, Decimal) or isinstance(right, Decimal):
            raise Unsure
        if op not in _BINARY or (op == "%" and isinstance(left, (str, bytes))):
            raise Unsure
        if op == "*":
            for value, times in ((left, right), (right, left)):
                long = isinstance(value, (str, bytes, list, tuple)) and isinstance(times, int)
                if long and len(value) * times > SIZE:
                    raise Unsure
        if op in ("**", "<<"):
            numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
            least = -BITS if op == "**" else 0
            if not numbers or not least <= right <= BITS:
                raise Unsure
            if isinstance(left, int) and op == "**" and left.bit_length() * right > 4 * BITS:
                raise Unsure
        if op == "**" and isinstance(left, float) and left < 0 and right != int(right):
            raise Unsure
        return _BINARY[op](left, right)

    def _comparison(self, node: ComparisonExpr, frame: _Frame) -> Any:
        left = self._kept(node.operands[0], frame)
        for op, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self._kept(operand, frame)
            if op in ("is", "is not"):
                if left is not None and right is not None:
                    raise Unsure
                found = (left is right) == (op == "is")
            else:
                found = bool(_COMPARE[op](left, right))
            if not found:
                return False
            left = right
        return True

    def _index(self, node: Expression, frame: _Frame) -> Any:
        if isinstance(node, SliceExpr):
            ends = (node.begin_index, node.end_index, node.stride)
            return slice(*[None if end is None else self._kept(end, frame) for end in ends])
        return self._kept(node, frame)

    def _items(self, items: list[Expression], frame: _Frame) -> Iterator[Any]:
        for item in items:
            if isinstance(item, StarExpr):
                yield from self._ordered(self._eval(item.expr, frame))
            else:
                yield self._kept(item, frame)

    def _dict(self, node: DictExpr, frame: _Frame) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in node.items:
            if key is None:
                more = self._kept(value, frame)
                if not isinstance(more, dict):
                    raise Unsure
                made |= more
            else:
                name = self._kept(key, frame)
                made[name] = self._kept(value, frame)
        return made

    # --- walks -----------------------------------------------------------------------------------

    def _ordered(self, value: Any, sets: bool = False) -> Iterable[Any]:
        """What can be walked over and has an order, unless that does not matter."""
        if isinstance(value, (set, frozenset)) and not sets and len(value) > 1:
            raise Unsure
        if isinstance(value, range):
            self._spend(len(value))
        elif not isinstance(value, (str, bytes, list, tuple, dict, set, frozenset, *_VIEWS)):
            raise Unsure
        return value  # type: ignore[no-any-return]

    def _generated(self, node: GeneratorExpr, frame: _Frame) -> Iterator[Any]:
        for _ in self._walk(node, frame, 0):
            yield self._kept(node.left_expr, frame)

    def _walk(
        self, node: GeneratorExpr | DictionaryComprehension, frame: _Frame, level: int
    ) -> Iterator[None]:
        if level == len(node.sequences):
            yield None
            return
        if node.is_async[level]:
            raise Unsure
        for item in self._ordered(self._eval(node.sequences[level], frame)):
            self._spend(1)
            self._store(node.indices[level], item, frame)
            if all(self._kept(one, frame) for one in node.condlists[level]):
                yield from self._walk(node, frame, level + 1)

    def _store(self, target: Expression, value: Any, frame: _Frame) -> None:
        match target:
            case NameExpr(node=Var(), kind=kind) if kind == LDEF:
                frame.names[target.node] = value
            case TupleExpr() | ListExpr():
                parts = list(self._ordered(value))
                if len(parts) != len(target.items):
                    raise Unsure
                for one, part in zip(target.items, parts, strict=True):
                    self._store(one, part, frame)
            case IndexExpr():
                base = self._own(target.base, frame)
                base[self._index(target.index, frame)] = value
            case _:
                raise Unsure

    def _own(self, node: Expression, frame: _Frame) -> Any:
        """A container that this call made itself, and so may change."""
        base = self._kept(node, frame)
        if id(base) not in frame.made:
            raise Unsure
        return base

    # --- calls -----------------------------------------------------------------------------------

    def _call(self, node: CallExpr, frame: _Frame) -> Any:
        callee = node.callee
        args, named = self._arguments(node, frame)
        name = callee.fullname if isinstance(callee, RefExpr) else ""
        short = name.removeprefix("builtins.") if name.startswith("builtins.") else ""
        if name in _DECIMALS and len(args) == 1 and isinstance(args[0], (str, int, float)):
            return _decimal(args[0])
        if short == "range" and not named and all(isinstance(a, int) for a in args):
            return range(*args)
        if short in _ORDERED:
            walked: list[Any] = [a if isinstance(a, int) else self._ordered(a) for a in args]
            return self._new(_ORDERED[short](*walked, **named), frame)
        if short in _ANY and set(named) <= {"key", "reverse", "default"}:
            plain = short not in ("sorted", "min", "max")
            walked = [
                a
                if isinstance(a, _SCALARS)
                else self._ordered(a, plain or ("key" not in named and _ranked(a)))
                for a in args
            ]
            return self._new(_ANY[short](*walked, **named), frame)
        if short == "sum" and not named:
            items = list(self._ordered(args[0], True))
            if all(isinstance(item, int) for item in items):
                return sum(items, *args[1:])
            raise Unsure
        if short == "pow" and len(args) == 2 and not named:
            return self._binary("**", *args)
        if short in _OF_SCALARS and all(isinstance(a, _SCALARS) for a in args) and not named:
            return _OF_SCALARS[short](*args)
        if name in _FUNCTIONS and not named:
            return _FUNCTIONS[name](*args)
        if isinstance(callee, RefExpr) and isinstance(callee.node, FuncDef) and name:
            return self._function(callee.node, callee, args, named, frame)
        if isinstance(callee, MemberExpr) and not name:
            return self._new(self._method(callee, args, named, frame), frame)
        raise Unsure

    def _arguments(self, node: CallExpr, frame: _Frame) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        named: dict[str, Any] = {}
        for kind, name, arg in zip(node.arg_kinds, node.arg_names, node.args, strict=True):
            value: Any
            if isinstance(arg, LambdaExpr):
                value = self._lambda(arg, frame)
            elif isinstance(arg, RefExpr) and arg.fullname in ("builtins.len", "builtins.str"):
                value = _ANY["len"] if arg.fullname.endswith("len") else str
            else:
                value = self._eval(arg, frame)
            if kind == ARG_POS:
                args.append(value)
            elif kind == ARG_NAMED and name is not None:
                named[name] = value
            else:
                raise Unsure
        return args, named

    def _lambda(self, node: LambdaExpr, frame: _Frame) -> Callable[..., Any]:
        (returned,) = node.body.body
        if not isinstance(returned, ReturnStmt) or returned.expr is None:
            raise Unsure
        body = returned.expr

        def call(*args: Any) -> Any:
            inner = _Frame(frame.module, dict(frame.names))
            for argument, value in zip(node.arguments, args, strict=True):
                inner.names[argument.variable] = value
            return self._kept(body, inner)

        return call

    def _method(
        self, callee: MemberExpr, args: list[Any], named: dict[str, Any], frame: _Frame
    ) -> Any:
        name = callee.name
        base = self._kept(callee.expr, frame)
        if named:
            raise Unsure
        if name in _CHANGES and isinstance(base, (list, dict, set)):
            base = self._own(callee.expr, frame)
            if name in ("extend", "update"):
                args = [self._ordered(a, isinstance(base, set)) for a in args]
            return getattr(base, name)(*args)
        match base:
            case str() if name == "join":
                return base.join(self._ordered(args[0]))
            case str() | bytes() if name == "replace":
                if len(base) * max(len(args[1]), 1) > 50 * SIZE:
                    raise Unsure
                return base.replace(*args)
            case str() if name in _TEXT and (name not in ("split", "rsplit") or args):
                return getattr(base, name)(*args)
            case str() if (name in _ASCII_TEXT or name in _TEXT) and base.isascii():
                return getattr(base, name)(*args)
            case str() if name in _PADDED and isinstance(args[0], int) and args[0] <= SIZE:
                return getattr(base, name)(*args)
            case dict() if name in _DICT:
                found = getattr(base, name)(*args)
                return _Once(found) if name in ("items", "keys", "values") else found
            case list() | tuple() if name in _LIST:
                return getattr(base, name)(*args)
            case set() | frozenset() if name in _SET:
                return getattr(base, name)(*[self._ordered(a, True) for a in args])
        raise Unsure

    def _function(
        self,
        func: FuncDef,
        callee: RefExpr,
        args: list[Any],
        named: dict[str, Any],
        frame: _Frame,
    ) -> Any:
        """A function of the package, statement by statement."""
        home, _, name = callee.fullname.rpartition(".")
        bindings = self.project.bindings
        if home.split(".")[0] not in self.project.checked.packages or func.is_coroutine:
            raise Unsure
        if (
            not isinstance(callee, NameExpr)
            or bindings.why_unsure(frame.module, callee.name)
            or bindings.why_unsure(home, name)
        ):
            raise Unsure
        if len(self._open) > DEPTH:
            raise Unsure
        inner = _Frame(home, yielded=[] if func.is_generator else None)
        rest = list(args)
        for argument in func.arguments:
            variable = argument.variable
            if argument.kind.is_star():
                raise Unsure
            if rest and argument.kind.is_positional():
                value = rest.pop(0)
            elif variable.name in named:
                value = named.pop(variable.name)
            elif argument.initializer is not None:
                value = self._kept(argument.initializer, _Frame(home))
            else:
                raise Unsure
            if isinstance(value, _Once) or callable(value):
                raise Unsure
            inner.names[variable] = value
        if rest or named:
            raise Unsure
        self._open.append(f"{callee.fullname}()")
        try:
            self._block(func.body, inner)
        except _Return as returned:
            if inner.yielded is None:
                return self._new(returned.value, frame)
        finally:
            self._open.pop()
        return None if inner.yielded is None else _Once(inner.yielded)

    def _block(self, block: Block, frame: _Frame) -> None:
        for statement in block.body:
            self._statement(statement, frame)

    def _statement(self, node: Statement, frame: _Frame) -> None:
        self._spend(1)
        match node:
            case ExpressionStmt(expr=StrExpr()) | PassStmt():
                return
            case ExpressionStmt(expr=YieldExpr(expr=expr)):
                if frame.yielded is None or expr is None:
                    raise Unsure
                frame.yielded.append(self._kept(expr, frame))
            case ExpressionStmt():
                self._eval(node.expr, frame)
            case AssignmentStmt():
                value = self._kept(node.rvalue, frame)
                for target in node.lvalues:
                    self._store(target, value, frame)
            case OperatorAssignmentStmt(lvalue=NameExpr() as target):
                old = self._kept(target, frame)
                if isinstance(old, (list, set, dict)):
                    raise Unsure
                new = self._binary(node.op, old, self._kept(node.rvalue, frame))
                self._store(target, new, frame)
            case OperatorAssignmentStmt(lvalue=IndexExpr() as target):
                base, index = self._own(target.base, frame), self._index(target.index, frame)
                old = base[index]
                if isinstance(old, (list, set, dict)):
                    raise Unsure
                base[index] = self._binary(node.op, old, self._kept(node.rvalue, frame))
            case IfStmt():
                for condition, body in zip(node.expr, node.body, strict=True):
                    if self._kept(condition, frame):
                        self._block(body, frame)
                        return
                if node.else_body is not None:
                    self._block(node.else_body, frame)
            case ForStmt() if not node.is_async:
                walked = list(self._ordered(self._eval(node.expr, frame)))
                self._loop(node.body, node.else_body, frame, self._each(node.index, walked, frame))
            case WhileStmt():
                self._loop(node.body, node.else_body, frame, self._while(node.expr, frame))
            case ReturnStmt():
                raise _Return(None if node.expr is None else self._kept(node.expr, frame))
            case BreakStmt():
                raise _Break
            case ContinueStmt():
                raise _Continue
            case _:
                raise Unsure

    def _each(self, target: Expression, items: list[Any], frame: _Frame) -> Iterator[None]:
        for item in items:
            self._store(target, item, frame)
            yield None

    def _while(self, condition: Expression, frame: _Frame) -> Iterator[None]:
        while self._kept(condition, frame):
            yield None

    def _loop(
        self, body: Block, otherwise: Block | None, frame: _Frame, turns: Iterator[None]
    ) -> None:
        for _ in turns:
            self._spend(1)
            try:
                self._block(body, frame)
            except _Continue:
                continue
            except _Break:
                return
        if otherwise is not None:
            self._block(otherwise, frame)


def _ranked(value: Any) -> bool:
    """Whether items sort into one order whichever they come in."""
    return all(isinstance(item, (int, str, bytes)) for item in value)


_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def constant_source(tree: MypyFile, name: str) -> Expression | None:
    """The expression that a module assigns to a name, at its top."""
    for statement in tree.defs:
        if isinstance(statement, AssignmentStmt):
            for target in statement.lvalues:
                if isinstance(target, NameExpr) and target.name == name:
                    return statement.rvalue
    return None


__all__ = ["Evaluator", "Unsure", "constant_source"]
