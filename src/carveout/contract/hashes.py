"""The hash of a reference: when it changes, evidence about its carvings is void.

    reference_hash(quote)   # 64 hex digits

It covers the function's syntax tree (without docstrings, positions or the `@operation` line),
and that of every function and class it reaches in the same top-level package, and the values of
the constants it reads. So reformatting and comments change nothing; a changed helper does.

Invariants: the same source gives the same hash in every process, on every machine and Python
minor version; cycles end; what lies outside the package counts by name only.
"""

from __future__ import annotations

import ast
import builtins
import copy
import enum
import hashlib
import inspect
import re
import types
from collections.abc import Iterator
from typing import Any

from carveout.contract.signature import definition, function_of, owner_of
from carveout.contract.sources import class_node
from carveout.contract.types import module_name

_SCALARS = (type(None), bool, int, float, complex, str, bytes)


def reference_hash(operation: Any) -> str:
    """The hash of a function, or of the function behind an operation, and all it uses."""
    fn = function_of(operation)
    reach = _Reach(fn.__module__.partition(".")[0])
    reach.function(fn)
    digest = hashlib.sha256(b"carveout reference 1\n")
    for name, text in sorted(reach.parts.items()):
        digest.update(f"{len(name)} {name} {len(text)}\n".encode())
        digest.update(name.encode("utf-8", "surrogatepass"))
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class _Reach:
    """Walks from one function to everything it uses in its package."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.parts: dict[str, str] = {}

    def function(self, fn: types.FunctionType) -> None:
        name = f"{module_name(fn.__module__)}:{fn.__qualname__}"
        if name in self.parts:
            return
        self.parts[name] = ""  # seen; filled below
        node = definition(fn)
        if node is None:
            # No source (typed at a prompt, made by exec): the compiled code is the next best.
            self.parts[name] = f"code {_code_text(fn.__code__)}"
            return
        self.parts[name] = _dump(node)
        if (owner := owner_of(fn)) is not None:
            # What its object is, and what other methods do, is the class's to say.
            self._class(owner)
        closure = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=False))
        scope = dict(fn.__globals__)
        for key, cell in closure.items():
            try:
                scope[key] = cell.cell_contents
            except ValueError:  # not bound yet
                continue
        self._names(node, scope, name)

    def _class(self, cls: type) -> None:
        name = f"{module_name(cls.__module__)}:{cls.__qualname__}"
        if name in self.parts:
            return
        self.parts[name] = ""
        node = class_node(cls)
        if node is None:
            self.parts[name] = "class without source"
            return
        self.parts[name] = _dump(node)
        module = inspect.getmodule(cls)
        self._names(node, vars(module) if module else {}, name)

    def _names(self, node: ast.AST, scope: dict[str, Any], owner: str) -> None:
        for path in sorted(set(_paths(node))):
            found: Any = scope
            for index, part in enumerate(path):
                if index == 0:
                    if part not in scope:
                        break
                    found = scope[part]
                elif isinstance(found, types.ModuleType) and hasattr(found, part):
                    found = getattr(found, part)
                else:
                    break
            else:
                self._value(found, ".".join(path), owner)
                continue
            # `point.x`: the first part may be a global object whose attributes are its own.
            if path[0] in scope and not isinstance(scope[path[0]], types.ModuleType):
                self._value(scope[path[0]], path[0], owner)

    def _value(self, value: Any, shown: str, owner: str) -> None:
        inner = getattr(value, "__wrapped__", value) if callable(value) else value
        if isinstance(inner, types.FunctionType):
            if self._ours(inner.__module__) and inner.__name__ != "<lambda>":
                self.function(inner)
            else:
                self._outside(owner, shown, inner)
        elif isinstance(inner, type):
            if self._ours(inner.__module__):
                self._class(inner)
            else:
                self._outside(owner, shown, inner)
        elif isinstance(inner, types.ModuleType):
            return
        elif (text := _constant(inner)) is not None:
            self.parts[f"{owner} {shown} ="] = text
        elif not isinstance(inner, types.BuiltinFunctionType):
            kind = type(inner)
            if self._ours(kind.__module__):
                self._class(kind)
            self.parts[f"{owner} {shown} :"] = f"{kind.__module__}:{kind.__qualname__}"

    def _outside(self, owner: str, shown: str, value: Any) -> None:
        if value.__module__ != builtins.__name__:
            self.parts[f"{owner} {shown} @"] = f"{value.__module__}:{value.__qualname__}"

    def _ours(self, module: str | None) -> bool:
        return (module or "").partition(".")[0] == self.package


def _paths(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Names read in a tree, each with the attributes that follow it: `helpers.tax.rate`."""
    for inner in ast.walk(node):
        chain: list[str] = []
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            for length in range(len(chain) + 1):
                yield (inner.id, *reversed(chain[len(chain) - length :]))
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            # A quoted annotation names classes too.
            for word in re.findall(r"[A-Za-z_]\w*", inner.value) if len(inner.value) < 200 else ():
                yield (word,)


def _dump(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    tree = _Plain().visit(copy.deepcopy(node))
    return ast.dump(tree, annotate_fields=False)


class _Plain(ast.NodeTransformer):
    """Drops what doesn't change what the code does: docstrings and the `@operation` line."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._strip(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._strip(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._strip(node)

    def _strip(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        first = node.body[0]
        said = first.value if isinstance(first, ast.Expr) else None
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            node.body = node.body[1:] or [ast.Pass()]
        node.decorator_list = [d for d in node.decorator_list if not _is_operation(d)]
        self.generic_visit(node)
        return node


def _is_operation(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else None
    name = decorator.id if isinstance(decorator, ast.Name) else name
    return name == "operation"


def _constant(value: Any, depth: int = 0) -> str | None:
    """A constant's text, the same in every process; None for anything else."""
    if depth > 20:
        return None
    kind = type(value).__name__
    if isinstance(value, enum.Enum):
        return f"{kind}.{value.name}"
    if type(value) in _SCALARS:
        return f"{kind} {value!r}"
    if type(value) in (tuple, list, set, frozenset):
        parts = [_constant(item, depth + 1) for item in value]
        if any(part is None for part in parts):
            return None
        texts = [part for part in parts if part is not None]
        return f"{kind} [{', '.join(sorted(texts) if 'set' in kind else texts)}]"
    if type(value) is dict:
        pairs = []
        for key, item in value.items():
            left, right = _constant(key, depth + 1), _constant(item, depth + 1)
            if left is None or right is None:
                return None
            pairs.append(f"{left}: {right}")
        return f"dict [{', '.join(pairs)}]"
    return None


def _code_text(code: types.CodeType) -> str:
    inner = [_code_text(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names!r} {inner!r}"


__all__ = ["reference_hash"]
