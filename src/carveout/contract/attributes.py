"""What the objects of a plain class hold, read from the class's own text.

    attributes(node)     # {"items": Attribute(annotation=<list[int]>, line=12, …), …}

A class without a decorator says what its objects hold where its methods set it: with an annotation
(`self.items: list[int] = []`), by a parameter that has one (`self.name = name`), or by a value that
can only be of one type (`self.count = 0`). Everything else has no known type, and its class can't
cross. The text alone decides, so that the running program and the compiler say the same.

Invariants: nothing is evaluated; the order is that in which `__init__` sets the attributes, then
that of the other methods, then what is only declared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Types = Mapping[str, ast.expr | None]

_MAKERS = frozenset({"int", "float", "str", "bool", "bytes"})
_COPIERS = frozenset({"list", "set", "sorted"})
_HOLDING = frozenset({"list", "set", "frozenset", "Sequence", "Iterable", "Collection", "deque"})
_NOT_FIELDS = frozenset({"__slots__", "__match_args__", "__doc__"})


@dataclass(frozen=True)
class Attribute:
    """One attribute. `annotation` is None where its type is not known from the text.

    `called`: the type is what calling the annotation gives. `on_class`: it has a value there.
    """

    name: str
    annotation: ast.expr | None
    line: int
    called: bool = False
    on_class: bool = False


def attributes(node: ast.ClassDef) -> dict[str, Attribute]:
    """The attributes that a class's text gives its objects, its bases aside."""
    declared, given = _declared(node)
    found: dict[str, Attribute] = {}
    for method in _in_order(node):
        for name, one in _set_in(method, found):
            if name not in found:
                on_class = name in given
                written = declared.get(name)
                found[name] = (
                    Attribute(name, written, one.line, on_class=on_class)
                    if written is not None
                    else Attribute(name, one.annotation, one.line, one.called, on_class)
                )
    for name in sorted(_changed(node) & given - set(found)):
        found[name] = Attribute(name, declared.get(name), node.lineno, on_class=True)
    for name, written in declared.items():
        # What has a value on the class and is never set on an object is the class's own.
        if name not in found and name not in given:
            found[name] = Attribute(name, written, written.lineno)
    return found


def _declared(node: ast.ClassDef) -> tuple[dict[str, ast.expr], set[str]]:
    """Annotations in a class's body, and the names that it gives a value."""
    declared: dict[str, ast.expr] = {}
    given: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if name not in _NOT_FIELDS:
                if not _says(statement.annotation, "ClassVar"):
                    declared[name] = statement.annotation
                if statement.value is not None:
                    given.add(name)
            case ast.Assign(targets=targets):
                given |= {t.id for t in targets if isinstance(t, ast.Name)} - _NOT_FIELDS
    return declared, given


def _changed(node: ast.ClassDef) -> set[str]:
    """What methods change on their object: `self.count += 1`, which starts from the class's."""
    found: set[str] = set()
    for method in _in_order(node):
        this = [*method.args.posonlyargs, *method.args.args][0].arg
        for inner in ast.walk(method):
            match inner:
                case ast.AugAssign(target=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                    found |= {attribute} if name == this else set()
    return found


def _says(annotation: ast.expr, word: str) -> bool:
    """`Final`, `Final[int]`, `typing.Final[int]`."""
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == word
        case ast.Constant(value=str() as text):
            return text.partition("[")[0].rpartition(".")[2] == word
    return False


def _in_order(node: ast.ClassDef) -> Iterator[Function]:
    """The methods that take an object, `__init__` first."""
    methods = [
        one
        for one in node.body
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
        and one.args.posonlyargs + one.args.args
        and not any(
            isinstance(d, ast.Name) and d.id in ("staticmethod", "classmethod")
            for d in one.decorator_list
        )
    ]
    yield from sorted(methods, key=lambda one: one.name != "__init__")


def _set_in(method: Function, known: Mapping[str, Attribute]) -> Iterator[tuple[str, Attribute]]:
    """What a method sets on its object, in the order of the text."""
    arguments = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
    this = arguments[0].arg
    types: dict[str, ast.expr | None] = {one.arg: one.annotation for one in arguments[1:]}
    for node in ast.walk(method):
        # A parameter that is bound anew may be of a type that was narrowed.
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            types[node.id] = None
    own: dict[str, Attribute] = dict(known)
    found: list[tuple[int, int, str, ast.expr | None, ast.expr | None]] = []
    for target, annotation, value in _assigned(method):
        match target:
            case ast.Attribute(value=ast.Name(id=name)) if name == this:
                found.append((target.lineno, target.col_offset, target.attr, annotation, value))
    for line, _, name, annotation, value in sorted(found, key=lambda one: one[:2]):
        if name in own:
            continue
        called = annotation is None and _class_called(value)
        if called:
            assert isinstance(value, ast.Call)
            annotation = value.func
        elif annotation is None and value is not None:
            held = {f"{this}.{n}": None if a.called else a.annotation for n, a in own.items()}
            annotation = _type_of(value, {**types, **held})
        own[name] = Attribute(name, annotation, line, called)
        yield name, own[name]


def _assigned(
    method: Function,
) -> Iterator[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
    """What is assigned to, its annotation and its value."""
    for node in ast.walk(method):
        match node:
            case ast.AnnAssign():
                yield node.target, node.annotation, node.value
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _parts(target, value)
            case ast.For(target=target) | ast.withitem(optional_vars=ast.expr() as target):
                yield from _parts(target, None)


def _parts(
    target: ast.expr, value: ast.expr | None
) -> Iterator[tuple[ast.expr, None, ast.expr | None]]:
    match target, value:
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), ast.Tuple(elts=values)) if len(
            names
        ) == len(values):
            for name, one in zip(names, values, strict=True):
                yield from _parts(name, one)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            for name in names:
                yield from _parts(name, None)
        case _:
            yield target, None, value


def _class_called(value: ast.expr | None) -> bool:
    """`Node(…)`, by its name a class: what calling it gives are its objects."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name.lstrip("_")[:1].isupper()
    return False


# What a value is of, whatever stands in it -------------------------------------------------------


def _named(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _of(name: str, *items: ast.expr) -> ast.expr:
    inner = items[0] if len(items) == 1 else ast.Tuple(list(items), ast.Load())
    return ast.Subscript(_named(name), inner, ast.Load())


def _type_of(value: ast.expr, types: Types) -> ast.expr | None:
    """The annotation of a value; None where the text does not say it."""
    match value:
        case ast.Constant(value=bool() | int() | float() | str() | bytes() as constant):
            return _named(type(constant).__name__)
        case ast.JoinedStr():
            return _named("str")
        case ast.Name(id=name):
            return types.get(name)
        case ast.Attribute(value=ast.Name(id=this), attr=name):
            return types.get(f"{this}.{name}")
        case ast.UnaryOp(op=ast.Not()) | ast.Compare():
            return _named("bool")
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            return _number(_type_of(inner, types))
        case ast.BinOp(op=ast.Mult(), left=ast.List() | ast.Constant() as left, right=right):
            made = _type_of(left, types)
            return (
                made if isinstance(left, ast.List) else _calculated(ast.Mult(), made, right, types)
            )
        case ast.BinOp(op=op, left=left, right=right):
            return _calculated(op, _type_of(left, types), right, types)
        case ast.IfExp(body=left, orelse=right) | ast.BoolOp(values=[left, right]):
            return _one(_type_of(left, types), _type_of(right, types))
        case ast.List(elts=items) if items:
            return _holding("list", items, types)
        case ast.Set(elts=items):
            return _holding("set", items, types)
        case ast.Tuple(elts=items) if items:
            known = [one for item in items if (one := _type_of(item, types)) is not None]
            return _of("tuple", *known) if len(known) == len(items) else None
        case ast.Dict(keys=[ast.expr(), *_] as keys, values=values):
            key = _all([_type_of(k, types) if k else None for k in keys])
            held = _all([_type_of(v, types) for v in values])
            return _of("dict", key, held) if key is not None and held is not None else None
        case ast.ListComp(elt=elt, generators=generators):
            bound = {
                node.id: None
                for one in generators
                for node in ast.walk(one.target)
                if isinstance(node, ast.Name)
            }
            match generators:
                case [
                    ast.comprehension(
                        target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))
                    )
                ]:
                    bound[name] = _named("int")  # type: ignore[assignment]
            return _holding("list", [elt], {**types, **bound})
        case ast.Call(func=ast.Name(id="len")):
            return _named("int")
        case ast.Call(func=ast.Name(id=name)) if name in _MAKERS:
            return _named(name)
        case ast.Call(func=ast.Name(id="list"), args=[ast.Call(func=ast.Name(id="range"))]):
            return _of("list", _named("int"))
        case ast.Call(func=ast.Name(id=name), args=[given, *_]) if name in _COPIERS:
            match _type_of(given, types):
                case ast.Subscript(value=ast.Name(id=kind), slice=item) if kind in _HOLDING:
                    return _of("list" if name == "sorted" else name, item)
                case ast.Name(id="str"):
                    return _of("list" if name == "sorted" else name, _named("str"))
    return None


def _holding(kind: str, items: list[ast.expr], types: Types) -> ast.expr | None:
    inner = _all([_type_of(item, types) for item in items])
    return _of(kind, inner) if inner is not None else None


def _all(found: list[ast.expr | None]) -> ast.expr | None:
    """The type that all of them have."""
    first = found[0]
    return first if all(_one(first, other) is not None for other in found) else None


def _one(left: ast.expr | None, right: ast.expr | None) -> ast.expr | None:
    if left is None or right is None:
        return None
    return left if ast.dump(left) == ast.dump(right) else None


def _number(given: ast.expr | None) -> ast.expr | None:
    match given:
        case ast.Name(id="int" | "float"):
            return given
    return None


def _calculated(
    op: ast.operator, first: ast.expr | None, second: ast.expr, types: Types
) -> ast.expr | None:
    """`+`, `-`, `*`, `/`, `//` and `%` of ints and floats; `+` of two texts."""
    left, right = first, _type_of(second, types)
    match left, right, op:
        case ast.Name(id="str"), ast.Name(id="str"), ast.Add():
            return left
        case ast.Name(id="int" | "float"), ast.Name(id="int" | "float"), ast.Div():
            return _named("float")
        case (
            ast.Name(id="int" | "float" as a),
            ast.Name(id="int" | "float" as b),
            ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod(),
        ):
            return _named("int" if a == b == "int" else "float")
    return None


__all__ = ["Attribute", "attributes"]
