"""Names of a module that are used for more than reading, seen in its text.

    touched(ast.parse("TABLE[1] = 2; print(len(NAMES))"))      # {"TABLE"}

A list, dict or set of a module is a constant if nobody changes it. Whatever is not known to leave
it as it is counts as a change: it is put somewhere, passed on, returned, given another name.
"""

from __future__ import annotations

import ast

_READERS = frozenset(
    {"len", "sorted", "sum", "min", "max", "set", "list", "tuple", "dict", "frozenset", "enumerate"}
    | {"zip", "reversed", "any", "all", "range", "str", "repr", "print", "map", "filter", "Counter"}
)
_TAKERS = frozenset(
    {"join", "issubset", "issuperset", "isdisjoint", "union", "intersection", "difference"}
)
_METHODS = frozenset(
    {"get", "keys", "values", "items", "index", "count", "copy", "union", "intersection"}
    | {"difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint"}
    | {"__len__", "__contains__", "__getitem__"}
)


def touched(tree: ast.AST) -> set[str]:
    """Names, and attributes whatever they are of, that may be changed or get a second name."""
    found: set[str] = set()
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            match child:
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                    if not _reads(parent, child):
                        found.add(name)
    return found


def _reads(parent: ast.AST, child: ast.AST) -> bool:
    match parent:
        case ast.Subscript(value=value, ctx=ast.Load()):
            return value is child or not isinstance(child, ast.Attribute)
        case ast.Attribute(attr=name):
            # `module.NAME` reads the module, and NAME is looked at by itself.
            return name in _METHODS or (isinstance(parent.ctx, ast.Load) and name.isupper())
        case ast.Call(func=function):
            if function is child:
                return True
            if isinstance(function, ast.Name):
                return function.id in _READERS
            return isinstance(function, ast.Attribute) and function.attr in _TAKERS
        case ast.For(iter=walked) | ast.comprehension(iter=walked):
            return walked is child
        case ast.Compare() | ast.BinOp() | ast.UnaryOp() | ast.If() | ast.While():
            return True
        case ast.Expr() | ast.FormattedValue() | ast.Starred() | ast.Assert():
            return True
    return isinstance(parent, ast.IfExp) and parent.test is child


__all__ = ["touched"]
