"""What a module's names are bound to when the program runs, read from its text.

    bindings = Bindings({"pkg.mod": Path("pkg/mod.py")}, {"pkg"})
    bindings.why_unsure("pkg.mod", "scale")      # None, or "scale is bound twice in pkg.mod"

A type checker knows one definition of a name; Python runs the last one. A name that is bound twice,
under a condition, by a function's `global` or from another module is not taken for what it says.

Invariant: "sure" means one binding, at the top of its module, followed through imports of the
package to the definition itself.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from carveout.cut.frontend.touching import touched

# Modules of the standard library whose names are asked for where all are imported: importing
# them does nothing else.
STARRED = frozenset(
    [
        "bisect",
        "collections",
        "collections.abc",
        "dataclasses",
        "enum",
        "functools",
        "heapq",
        "itertools",
        "math",
        "operator",
        "string",
        "typing",
    ]
)


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that gives a name a value; `source` is (module, name) for an import."""

    line: int
    top: bool
    source: tuple[str, str | None] | None = None


@dataclass(slots=True)
class Module:
    """A module's names with all their bindings, and the attributes it sets on other things."""

    names: dict[str, list[Binding]] = field(default_factory=dict)
    # Modules that `from … import *` names, and the literal `__all__` if there is one.
    stars: list[str] = field(default_factory=list)
    exports: frozenset[str] | None = None
    # Those of them that are named under a condition, or in a function.
    stars_maybe: set[str] = field(default_factory=set)
    # `config.RATE = 1`: ("config", "RATE")
    sets: set[tuple[str, str]] = field(default_factory=set)
    # Names that are used for more than reading: touching.py.
    touched: set[str] = field(default_factory=set)

    def bind(self, name: str, binding: Binding) -> None:
        self.names.setdefault(name, []).append(binding)


class _Reader(ast.NodeVisitor):
    """Collects bindings; `inside` counts conditions, `local` is a function's scope."""

    def __init__(self, module: str, is_package: bool) -> None:
        self.found = Module()
        self.package = module if is_package else module.rpartition(".")[0]
        self.inside = 0
        self.local = False
        self.globals: set[str] = set()

    def bind(self, name: str, node: ast.AST, source: tuple[str, str | None] | None = None) -> None:
        if self.local and name not in self.globals:
            return
        top = not self.local and self.inside == 0
        self.found.bind(name, Binding(getattr(node, "lineno", 0), top, source))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bind(node.name, node)
        for decorator in node.decorator_list:
            self.visit(decorator)
        outside, self.local = self.local, True
        declared = self.globals
        self.globals = {
            name
            for inner in ast.walk(node)
            if isinstance(inner, ast.Global)
            for name in inner.names
        }
        for statement in node.body:
            self.visit(statement)
        self.local, self.globals = outside, declared

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind(node.name, node)
        # A class has names of its own.
        outside, self.local = self.local, True
        for statement in node.body:
            self.visit(statement)
        self.local = outside

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname is not None:
                self.bind(alias.asname, node, (alias.name, None))
            else:
                # `import a.b` and `import a.c` both give `a`, the same module.
                first = alias.name.partition(".")[0]
                known = self.found.names.get(first, [])
                if not any(b.source == (first, None) and b.top for b in known):
                    self.bind(first, node, (first, None))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parts = self.package.split(".")
            parts = parts[: len(parts) - (node.level - 1)]
            base = ".".join([*parts, base] if base else parts)
        for alias in node.names:
            if alias.name == "*":
                self.found.stars.append(base)
                if self.local or self.inside:
                    self.found.stars_maybe.add(base)
            else:
                self.bind(alias.asname or alias.name, node, (base, alias.name))

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            self.bind(node.id, node)

    def visit_Assign(self, node: ast.Assign) -> None:
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and target.id == "__all__" and not self.local:
            items = value.elts if isinstance(value, (ast.List, ast.Tuple)) else None
            if items is not None and all(
                isinstance(one, ast.Constant) and isinstance(one.value, str) for one in items
            ):
                self.found.exports = frozenset(ast.literal_eval(value))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, (ast.Store, ast.Del)) and isinstance(node.value, ast.Name):
            self.found.sets.add((node.value.id, node.attr))
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # `x: int` alone binds nothing.
        if node.value is not None:
            self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node.name, node)
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.AST) -> None:
        # Its targets are its own; `:=` inside is seen as a Name of a NamedExpr.
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self.bind(inner.target.id, inner)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def generic_visit(self, node: ast.AST) -> None:
        conditional = isinstance(
            node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.Match)
        )
        self.inside += conditional
        super().generic_visit(node)
        self.inside -= conditional


def read_bindings(text: str, module: str, is_package: bool = False) -> Module:
    """The bindings of one module's text."""
    reader = _Reader(module, is_package)
    tree = ast.parse(text)
    reader.visit(tree)
    reader.found.touched = touched(tree)
    return reader.found


class Bindings:
    """The bindings of the packages' modules, read when they are asked for."""

    def __init__(self, paths: Mapping[str, Path], packages: Set[str]) -> None:
        self.paths = paths
        self.packages = packages
        self._modules: dict[str, Module] = {}

    def module(self, name: str) -> Module | None:
        """The bindings of a module of the package; None for others."""
        if name.partition(".")[0] not in self.packages or name not in self.paths:
            return None
        if name not in self._modules:
            path = self.paths[name]
            text = path.read_text(encoding="utf-8-sig")
            self._modules[name] = read_bindings(text, name, path.name == "__init__.py")
        return self._modules[name]

    def why_unsure(self, module: str, name: str) -> str | None:
        """Why `name`, read in `module`, may be something else than it says; None if it is sure."""
        seen: set[tuple[str, str]] = set()
        while (module, name) not in seen:
            seen.add((module, name))
            found = self.module(module)
            if found is None:
                return None
            bound = found.names.get(name, [])
            stars = self._stars(found, name)
            if not bound and not stars:
                # A built-in, or a submodule.
                return None
            if len(bound) + len(stars) > 1:
                return f"{name} may be bound twice in {module}"
            if (bound and not bound[0].top) or found.stars_maybe & set(stars):
                return f"{name} is bound under a condition in {module}"
            if (setter := self._setter(module, name)) is not None:
                return f"{name} of {module} is changed by {setter}"
            if not bound:
                module = stars[0]
                continue
            source = bound[0].source
            if source is None or source[1] is None:
                return None
            module, name = source[0], source[1]
        return f"{name} is imported in a circle"

    def _stars(self, found: Module, name: str) -> list[str]:
        """The modules from which `from … import *` brings this name, or may bring it."""
        brought = {one: self._exported(one) for one in found.stars}
        return [one for one, names in brought.items() if names is None or name in names]

    def _exported(self, name: str, above: tuple[str, ...] = ()) -> Set[str] | None:
        """What `from name import *` binds; None if that can't be read."""
        if name in STARRED:
            library = importlib.import_module(name)
            public = [one for one in vars(library) if not one.startswith("_")]
            return frozenset(getattr(library, "__all__", public))
        found = self.module(name)
        if found is None or name in above:
            return None
        listed = found.names.get("__all__", [])
        if listed or "__all__" in found.touched:
            sure = len(listed) == 1 and listed[0].top and "__all__" not in found.touched
            return found.exports if sure else None
        public_names = {one for one in found.names if not one.startswith("_")}
        for star in found.stars:
            more = self._exported(star, (*above, name))
            if more is None:
                return None
            public_names |= {one for one in more if not one.startswith("_")}
        return public_names

    def changes_object(self, module: str, name: str) -> str | None:
        """The module of the package that may change what `name` of `module` holds."""
        for other in self.paths:
            found = self.module(other)
            if found is None:
                continue
            names = {n for n in found.names if self.origin(other, n) == (module, name)} | {name}
            if names & found.touched:
                return other
        return None

    def _setter(self, module: str, name: str) -> str | None:
        """The module of the package that says `module.name = …`."""
        for other in self.paths:
            found = self.module(other)
            if found is None:
                continue
            for base, attribute in found.sets:
                if attribute == name and module in self._imported(found, base):
                    return other
        return None

    def changes_class(self, module: str, name: str) -> str | None:
        """The module of the package that sets an attribute on the class `name` of `module`."""
        for other in self.paths:
            found = self.module(other)
            for base, _ in found.sets if found is not None else ():
                if self.origin(other, base) == (module, name):
                    return other
        return None

    def origin(self, module: str, name: str) -> tuple[str, str]:
        """Where a name comes from, through the package's imports."""
        for _ in range(20):
            found = self.module(module)
            bound = found.names.get(name, []) if found is not None else []
            if found is not None and not bound and (stars := self._stars(found, name)):
                module = stars[0]
                continue
            source = bound[0].source if bound else None
            if source is None or source[1] is None:
                break
            module, name = source[0], source[1]
        return module, name

    @staticmethod
    def _imported(found: Module, base: str) -> Iterator[str]:
        for binding in found.names.get(base, ()):
            if binding.source is not None:
                module, name = binding.source
                yield module if name is None else f"{module}.{name}"
