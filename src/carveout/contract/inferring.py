"""What functions' parameters and results hold, from the way their items are used.

    infer({"total": tree_of_total})[("total", "prices")].text()     # "list[int | float]"

Each expression has a node; a use ties nodes together (`same`), lets one take what another holds
(`flow`), or says what it is (`be`). Numbers are only told apart at the end: items that are only
counted with are `int | float`; items that index, shift or bound a range are ints.

It is a reading of the source as its author would read it, not a proof: whatever is read wrong costs
a refusal or a call that the reference answers, never a wrong answer.

Invariants: pure; the same source gives the same shapes in every process; what the uses leave open
or contradict has no shape.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from carveout.contract.shapes import DEPTH, HOLD_ONE, SCALARS, Node, Shape, Ties, shape_of

PASSES = 3
_NUMBERS = ("int", "float", "bool")
_NOTES = {"List": "list", "Sequence": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple"}
_TEXT_METHODS = frozenset(
    {"upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize", "replace", "isalpha"}
    | {"isdigit", "isupper", "islower", "isalnum", "startswith", "endswith", "casefold", "zfill"}
    | {"center", "ljust", "rjust", "isspace", "format", "isnumeric", "swapcase", "translate"}
)
_GIVES = {
    "len": "int", "ord": "int", "chr": "str", "str": "str", "repr": "str", "int": "int",
    "float": "float", "bool": "bool", "hex": "str", "bin": "str", "oct": "str", "hash": "int",
    "isinstance": "bool", "any": "bool", "all": "bool", "input": "str", "format": "str",
}  # fmt: skip
_FLOATS = frozenset({"sqrt", "log", "log2", "log10", "exp", "sin", "cos", "tan", "pow", "hypot"})
_INTS = frozenset({"floor", "ceil", "gcd", "isqrt", "comb", "factorial", "lcm"})


def infer(functions: Mapping[str, ast.FunctionDef]) -> dict[tuple[str, str], Shape]:
    """The shapes of all parameters and results ("return") that can be told."""
    return _shapes(_read(functions).places)


def infer_locals(
    functions: Mapping[str, ast.FunctionDef],
) -> tuple[dict[tuple[str, str], Shape], dict[ast.AST, Shape]]:
    """The shapes of the functions' own variables, by function and name, and by annotation."""
    reading = _read(functions)
    declared = {node: shape_of(reading.nodes[node]) for node in reading.declared}
    return _shapes(reading.locals), {n: s for n, s in declared.items() if s is not None}


def _read(functions: Mapping[str, ast.FunctionDef]) -> _Reading:
    reading = _Reading(functions)
    for _ in range(PASSES):
        for name in functions:
            reading.function(name)
    return reading


def _shapes(nodes: Mapping[tuple[str, str], Node]) -> dict[tuple[str, str], Shape]:
    found = {place: shape_of(node) for place, node in nodes.items()}
    return {place: shape for place, shape in found.items() if shape is not None}


class _Reading(Ties):
    """One module's functions; nodes are kept from pass to pass."""

    def __init__(self, functions: Mapping[str, ast.FunctionDef]) -> None:
        self.functions = functions
        self.places: dict[tuple[str, str], Node] = {}
        self.nodes: dict[ast.AST, Node] = {}
        self.locals: dict[tuple[str, str], Node] = {}
        self.declared: set[ast.AST] = set()
        self.name = ""
        for name, function in functions.items():
            for arg in _parameters(function):
                node = self.note(arg.annotation)
                _outside(node, DEPTH)
                self.places[name, arg.arg] = node
            self.places[name, "return"] = self.note(function.returns)

    # Nodes ----------------------------------------------------------------------------------

    def note(self, note: ast.expr | None) -> Node:
        """What an annotation says."""
        match note:
            case ast.Constant(value=None):
                return Node("None")
            case ast.Name(id=name) if name in SCALARS:
                return Node(name)
            case ast.Name(id=name) if _NOTES.get(name, name) in HOLD_ONE:
                return Node(_NOTES.get(name, name), [Node()])
            case ast.Name(id="dict" | "Dict"):
                return Node("dict", [Node(), Node()])
            case ast.Subscript(value=ast.Name(id=name), slice=inside):
                kind = _NOTES.get(name, name)
                parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                dots = isinstance(parts[-1], ast.Constant) and parts[-1].value is Ellipsis
                if kind == "tuple" and len(parts) == 2 and dots:
                    return Node("vartuple", [self.note(parts[0])])
                if (kind in HOLD_ONE and len(parts) == 1) or (kind == "dict" and len(parts) == 2):
                    return Node(kind, [self.note(one) for one in parts])
                if kind == "tuple":
                    return Node("tuple", [self.note(one) for one in parts])
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self.note(left)
            case ast.BinOp(op=ast.BitOr()) if ast.unparse(note) in ("int | float", "float | int"):
                return Node(number=True)
        return Node()

    def of(self, node: ast.AST) -> Node:
        return self.nodes.setdefault(node, Node())

    def holding(self, node: ast.AST, made: str, count: int = 1) -> Node:
        """A container that is made there."""
        if node not in self.nodes:
            self.nodes[node] = Node(made, [Node() for _ in range(count)])
        return self.nodes[node]

    # Statements -----------------------------------------------------------------------------

    def function(self, name: str) -> None:
        self.name = name
        function = self.functions[name]
        self.scope = {arg.arg: self.places[name, arg.arg] for arg in _parameters(function)}
        self.result = self.places[name, "return"]
        self.body(function.body)

    def body(self, statements: Sequence[ast.stmt]) -> None:
        for one in statements:
            self.statement(one)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Return(value=value):
                if value is not None:
                    self.flow(self.result, self.expr(value))
            case ast.Assign(targets=targets, value=value):
                made = self.expr(value)
                for target in targets:
                    self.assign(target, made)
            case ast.AnnAssign(target=target, annotation=note, value=value):
                declared = self.nodes.setdefault(node, self.note(note))
                self.declared.add(node)
                self.assign(target, declared)
                if value is not None:
                    self.flow(declared, self.expr(value))
            case ast.AugAssign(target=target, op=op, value=value):
                self.flow(self.expr(target), self.binary(node, op, target, value))
            case ast.For(target=target, iter=walked, body=body, orelse=orelse):
                self.assign(target, self.walked(self.expr(walked)))
                self.body(body)
                self.body(orelse)
            case ast.FunctionDef():
                # Its parameters and result are its own; the rest is the outer function's.
                outer, result = self.scope, self.result
                for arg in _parameters(node):
                    made = self.nodes.setdefault(arg, self.note(arg.annotation))
                    self.scope = {**self.scope, arg.arg: made}
                self.result = self.nodes.setdefault(node, self.note(node.returns))
                self.body(node.body)
                self.scope, self.result = outer, result
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.stmt):
                        self.statement(child)
                    elif isinstance(child, ast.expr):
                        self.expr(child)
                    elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                        self.body(child.body)

    def assign(self, target: ast.expr, value: Node) -> None:
        match target:
            case ast.Name(id=name):
                if name not in self.scope:
                    self.scope[name] = self.locals.setdefault((self.name, name), Node())
                self.flow(self.scope[name], value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                top = value.top()
                for index, one in enumerate(parts):
                    if isinstance(one, ast.Starred):
                        continue
                    if top.made == "tuple" and index < len(top.args):
                        self.assign(one, top.args[index])
                    elif top.made is not None:
                        self.assign(one, self.walked(value))
            case ast.Subscript(value=base, slice=ast.Slice()):
                self.flow(self.expr(base), value)
            case ast.Subscript():
                self.flow(self.expr(target), value)

    # Expressions ----------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> Node:
        match node:
            case ast.Constant(value=value):
                name = "None" if value is None else type(value).__name__
                return Node(name) if name in SCALARS else Node()
            case ast.JoinedStr():
                return Node("str")
            case ast.Name(id=name):
                if name not in self.scope:
                    self.scope[name] = self.locals.setdefault((self.name, name), Node())
                return self.scope[name]
            case ast.NamedExpr(target=target, value=value):
                self.assign(target, self.expr(value))
                return self.expr(target)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(node, op, left, right)
            case ast.UnaryOp(op=op, operand=operand):
                inner = self.expr(operand)
                if isinstance(op, ast.Not):
                    return Node("bool")
                self.count(inner, isinstance(op, ast.Invert))
                return inner
            case ast.BoolOp(values=values):
                one = self.of(node)
                for value in values:
                    self.flow(one, self.expr(value))
                return one
            case ast.Compare(left=left, ops=ops, comparators=others):
                self.compare([self.expr(left), *map(self.expr, others)], ops)
                return Node("bool")
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.expr(test)
                one = self.of(node)
                self.flow(one, self.expr(body))
                self.flow(one, self.expr(orelse))
                return one
            case ast.List(elts=items) | ast.Set(elts=items):
                made_of = self.holding(node, "list" if isinstance(node, ast.List) else "set")
                self.put(made_of, items)
                return made_of
            case ast.Tuple(elts=items):
                if any(isinstance(one, ast.Starred) for one in items):
                    made_of = self.holding(node, "vartuple")
                    self.put(made_of, items)
                    return made_of
                made_of = self.holding(node, "tuple", len(items))
                for place, part in zip(made_of.args, items, strict=True):
                    self.flow(place, self.expr(part))
                return made_of
            case ast.Dict(keys=keys, values=values):
                made_of = self.holding(node, "dict", 2)
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        self.flow(made_of, self.expr(value))
                    else:
                        self.flow(made_of.args[0], self.expr(key))
                        self.flow(made_of.args[1], self.expr(value))
                return made_of
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                outer = self.scope
                self.scope = dict(outer)
                self.loops(node.generators)
                if isinstance(node, ast.DictComp):
                    made_of = self.holding(node, "dict", 2)
                    self.flow(made_of.args[0], self.expr(node.key))
                    self.flow(made_of.args[1], self.expr(node.value))
                else:
                    made_of = self.holding(node, "set" if isinstance(node, ast.SetComp) else "list")
                    self.flow(made_of.args[0], self.expr(node.elt))
                self.scope = outer
                return made_of
            case ast.Subscript(value=base, slice=index):
                return self.indexed(node, self.expr(base), index)
            case ast.Call():
                return self.call(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and not isinstance(node, ast.Lambda):
                self.expr(child)
        return self.of(node)

    def loops(self, generators: Sequence[ast.comprehension]) -> None:
        for one in generators:
            source = self.expr(one.iter)
            # Its variables are its own.
            for name in ast.walk(one.target):
                if isinstance(name, ast.Name):
                    self.scope[name.id] = self.of(name)
            self.assign(one.target, self.walked(source))
            for test in one.ifs:
                self.expr(test)

    def put(self, into: Node, items: Sequence[ast.expr]) -> None:
        for one in items:
            if isinstance(one, ast.Starred):
                self.flow(into.args[0], self.walked(self.expr(one.value)))
            else:
                self.flow(into.args[0], self.expr(one))

    def binary(self, node: ast.AST, op: ast.operator, left: ast.expr, right: ast.expr) -> Node:
        a, b = self.expr(left), self.expr(right)
        tops = (a.top(), b.top())
        if isinstance(op, ast.Add) and any(one.made not in (None, *_NUMBERS) for one in tops):
            return self.same(a, b)
        if isinstance(op, ast.Mult):
            for one, other in ((a, b), (b, a)):
                if one.top().made in ("str", "list", "vartuple"):
                    self.count(other, whole=True)
                    return one
        if isinstance(op, ast.Mod) and tops[0].made == "str":
            return a
        if any(one.made in ("set", "frozenset", "dict") for one in tops):
            return a
        if isinstance(op, (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)):
            if self.is_number(a) or self.is_number(b):
                self.count(a, whole=True)
                self.count(b, whole=True)
                return Node("int")
            return a
        if (
            isinstance(op, ast.Add)
            and not self.is_number(a)
            and not self.is_number(b)
            and tops[0].item is None
        ):
            return self.same(a, b)
        self.count(a)
        self.count(b)
        if isinstance(op, ast.Div):
            return Node("float")
        made = self.of(node)
        made.top().number = True
        self.flow(made, a)
        self.flow(made, b)
        return made

    def compare(self, values: list[Node], ops: Sequence[ast.cmpop]) -> None:
        for index, op in enumerate(ops):
            a, b = values[index], values[index + 1]
            if isinstance(op, (ast.In, ast.NotIn)):
                if b.top().made != "str":
                    self.alike(a, self.walked(b))
                else:
                    self.be(a, "str")
            elif not isinstance(op, (ast.Is, ast.IsNot)):
                self.alike(a, b)

    def alike(self, one: Node, other: Node) -> None:
        """They are compared."""
        a, b = one.top(), other.top()
        if "None" in (a.made, b.made):
            return
        if self.is_number(a) or self.is_number(b):
            self.count(a)
            self.count(b)
        elif a.made is None or b.made is None or a.made == b.made:
            self.same(a, b)

    def indexed(self, node: ast.AST, base: Node, index: ast.expr) -> Node:
        if isinstance(index, ast.Slice):
            for bound in (index.lower, index.upper, index.step):
                if bound is not None:
                    self.count(self.expr(bound), whole=True)
            return base
        at, top = self.expr(index), base.top()
        if top.made == "dict" and len(top.args) == 2:
            self.flow(top.args[0], at)
            return top.args[1]
        if top.made == "tuple":
            match index:
                case ast.Constant(value=int() as n) if -len(top.args) <= n < len(top.args):
                    return top.args[n]
            return self.walked(base)
        if top.made is None and at.top().made not in ("int", None):
            # Some key: a dict of nobody knows what else.
            self.same(base, Node("dict", [Node(), Node()]))
            return self.indexed(node, base, index)
        if top.made is not None or self.is_number(at):
            self.count(at, whole=True)
            return self.walked(base)
        return self.of(node)

    # Calls ----------------------------------------------------------------------------------

    def call(self, node: ast.Call) -> Node:
        args = [self.expr(one) for one in node.args if not isinstance(one, ast.Starred)]
        for keyword in node.keywords:
            self.expr(keyword.value)
        match node.func:
            case ast.Name(id=name) if name in self.functions:
                return self.own(name, node, args)
            case ast.Name(id=name):
                return self.builtin(node, name, args)
            case ast.Attribute(value=ast.Name(id="math"), attr=name):
                made = self.builtin(node, name, args)
                return Node("float") if name == "pow" else made
            case ast.Attribute(value=ast.Name(id="float"), attr=_):
                return Node("float")
            case ast.Attribute(value=base, attr=name):
                return self.method(node, self.expr(base), name, args)
        self.expr(node.func)
        return self.of(node)

    def own(self, name: str, node: ast.Call, args: list[Node]) -> Node:
        """Another function of the module: what it is given, it gets."""
        params = [arg.arg for arg in _parameters(self.functions[name])]
        given = dict(zip(params, args, strict=False))
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg in params:
                given[keyword.arg] = self.expr(keyword.value)
        for param, value in given.items():
            place = self.places[name, param]
            a, b = place.top(), value.top()
            if a.made is not None and (b.made is None or a.made == b.made):
                self.same(place, value)
            elif a.made is None:
                self.flow(place, value)
        return self.places[name, "return"]

    def builtin(self, node: ast.Call, name: str, args: list[Node]) -> Node:
        first = args[0] if args else Node()
        match name:
            case "range":
                for one in args:
                    self.count(one, whole=True)
                return Node("list", [Node("int")])
            case "chr" | "bin" | "hex" | "oct":
                self.count(first, whole=True)
            case "ord":
                self.be(first, "str")
            case "float" if first.top().outside:
                self.count(first)
            case "enumerate":
                return self.tied(node, "list", [Node("int"), self.walked(first)])
            case "zip":
                return self.tied(node, "list", [self.walked(one) for one in args])
            case "isinstance" if len(node.args) == 2:
                kind = node.args[1]
                if isinstance(kind, ast.Name) and kind.id in ("int", "str"):
                    if kind.id == "int":
                        self.count(first, whole=True)
                    else:
                        self.be(first, "str")
            case "sum":
                item = self.walked(first)
                self.count(item)
                return item
            case "min" | "max":
                if len(args) == 1:
                    return self.walked(first)
                made = self.of(node)
                for one in args:
                    self.flow(made, one)
                return made
            case "abs" | "round" | "divmod" | "pow":
                for one in args:
                    self.count(one)
                if name == "divmod":
                    return self.tied(node, "", args)
                return Node("int") if name == "round" and len(args) == 1 else first
            case "sorted" | "list" | "reversed":
                made = self.holding(node, "list")
                if args:
                    self.same(made.args[0], self.walked(first))
                return made
            case "set" | "frozenset" | "tuple":
                made = self.holding(node, "vartuple" if name == "tuple" else name)
                if args:
                    self.same(made.args[0], self.walked(first))
                return made
            case "dict" if args and first.top().made == "dict":
                return first
            case "dict" if not args and not node.keywords:
                return self.holding(node, "dict", 2)
        if name in _FLOATS or name in _INTS:
            for one in args:
                self.count(one, whole=name in ("gcd", "isqrt", "comb", "factorial", "lcm"))
            return Node("float" if name in _FLOATS else "int")
        return Node(_GIVES[name]) if name in _GIVES else self.of(node)

    def tied(self, node: ast.AST, around: str, parts: list[Node]) -> Node:
        """A tuple of these, perhaps in a list."""
        made = self.nodes.setdefault(node, Node("tuple", parts))
        return Node(around, [made]) if around else made

    def method(self, node: ast.Call, base: Node, name: str, args: list[Node]) -> Node:
        top = base.top()
        first = args[0] if args else Node()
        if name in _TEXT_METHODS:
            self.be(base, "str")
            return Node("bool" if name.startswith(("is", "starts", "ends")) else "str")
        match name:
            case "join":
                self.be(base, "str")
                self.be(self.walked(first), "str")
                return Node("str")
            case "split" | "splitlines":
                self.be(base, "str")
                return Node("list", [Node("str")])
            case "append" | "add" | "remove" | "discard":
                self.flow(self.walked(base), first)
            case "insert" if len(args) == 2:
                self.flow(self.walked(base), args[1])
            case "extend" | "update" | "union" | "intersection" | "difference":
                if top.made == "dict":
                    self.same(base, first)
                else:
                    self.flow(self.walked(base), self.walked(first))
                return base
            case "pop" if top.made != "dict":
                return self.walked(base)
            case "get" | "pop" | "setdefault" if top.made == "dict":
                self.flow(top.args[0], first)
                if len(args) > 1 and args[1].top().made != "None":
                    self.flow(top.args[1], args[1])
                return top.args[1]
            case "items" | "keys" | "values":
                if top.made is None:
                    self.same(base, Node("dict", [Node(outside=top.outside) for _ in "kv"]))
                    top = base.top()
                if top.made == "dict" and len(top.args) == 2:
                    if name == "items":
                        return self.tied(node, "list", list(top.args))
                    return Node("list", [top.args[name == "values"]])
            case "copy":
                return base
            case "count" | "index" | "find" | "bit_length":
                if top.made is not None and top.made != "str":
                    self.alike(self.walked(base), first)
                return Node("int")
        return self.of(node)


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    args = function.args
    return [*args.posonlyargs, *args.args, *args.kwonlyargs]


def _outside(node: Node, depth: int) -> None:
    """What a caller gives may be any number."""
    node.outside = True
    for one in node.args if depth else ():
        _outside(one, depth - 1)


__all__ = ["Shape", "infer"]
