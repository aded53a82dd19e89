"""From a typed function to its contract, and back from a name to the function.

    contract = contract_of(quote)
    contract.name          # "pricing.book:quote"
    contract.params[0]     # Param(name="book", type={"t": "ref", "name": "pricing.book:Book"}, …)
    contract.hash          # 64 hex digits, the same in every process and on every machine

A function that can't be an operation is a `CarveError("type-cannot-cross")` that points at the
parameter in the source, with one further diagnostic for each further obstacle.

Invariant: the contract says nothing that depends on the machine, the process or the order of
imports; two functions with equal contracts can take each other's calls.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import inspect
import json
import linecache
import sys
import types
import typing
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carveout.contract.abstract import concrete
from carveout.contract.bare import RESULT, completed
from carveout.contract.edge import constrained, default_of
from carveout.contract.importing import import_module
from carveout.contract.markers import Mark, Ulps
from carveout.contract.refused import Refused
from carveout.contract.sources import parsed
from carveout.contract.types import BARE, Schema, TypeWalk, marks_of, module_name, placed_marks
from carveout.diagnostics import CarveError, Diagnostic, Span

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional-only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword-only",
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. `kind` is "positional-only", "positional" or "keyword-only".

    `default` has the JSON that stands for its default, if there is a default and JSON has words for
    it; only the JSON at the edge reads it.
    """

    name: str
    type: Schema
    kind: str
    required: bool
    default: tuple[Any, ...] = ()

    def to_json(self) -> dict[str, Any]:
        said = {
            "name": self.name,
            "type": self.type,
            "kind": self.kind,
            "required": self.required,
        }
        return {**said, "default": self.default[0]} if self.default else said


@dataclass(frozen=True)
class Contract:
    """An operation's name, parameters, result and types; language-neutral.

    `plain`: JSON alone makes its arguments and says its result; see `contract.edge`.
    """

    name: str
    params: tuple[Param, ...]
    result: Schema
    types: Mapping[str, Schema]
    plain: bool = True

    def to_json(self) -> dict[str, Any]:
        """The contract's JSON value, as the Rust side and the compiler read it."""
        return {
            "carveout": 1,
            "name": self.name,
            "params": [param.to_json() for param in self.params],
            "plain": self.plain,
            "result": self.result,
            "types": dict(self.types),
        }

    def json_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, ASCII."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":")).encode("ascii")

    @functools.cached_property
    def hash(self) -> str:
        """sha256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.json_bytes()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.hash)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Contract:
        """The contract of a JSON value made by `to_json`."""
        params = tuple(
            Param(
                one["name"],
                one["type"],
                one["kind"],
                one["required"],
                (one["default"],) if "default" in one else (),
            )
            for one in data["params"]
        )
        plain = data.get("plain", True)
        return Contract(data["name"], params, data["result"], data["types"], plain)


@dataclass(frozen=True)
class Marks:
    """The markers of a function: by parameter, by (class, field), and of the result.

    `places` has them by the exact place in the result or in a class: "result[]", "app:Quote.price".
    """

    params: Mapping[str, tuple[Mark | Ulps, ...]]
    fields: Mapping[tuple[str, str], tuple[Mark | Ulps, ...]]
    result: tuple[Mark | Ulps, ...]
    places: Mapping[str, tuple[Mark | Ulps, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    contract: Contract
    classes: dict[str, type]
    marks: Marks


_READ: weakref.WeakKeyDictionary[Any, _Read] = weakref.WeakKeyDictionary()


def contract_of(fn: Any) -> Contract:
    """The contract of a typed function or of an operation.

    Raises:
        CarveError: "type-cannot-cross", located at the parameter.
    """
    return _read(fn).contract


def classes_of(fn: Any) -> dict[str, type]:
    """The classes the contract names, by "package.module:Name"."""
    return dict(_read(fn).classes)


def marks_of_function(fn: Any) -> Marks:
    """The markers (`Secret`, `PII`, `ulps`, `unordered`) in the function's annotations."""
    return _read(fn).marks


def function_of(operation: Any) -> types.FunctionType:
    """The plain Python function behind an operation; a function is its own.

    Raises:
        CarveError: "not-an-operation".
    """
    inner = operation
    while not isinstance(inner, types.FunctionType):
        inner = getattr(inner, "__wrapped__", None)
        if inner is None:
            raise CarveError(
                "not-an-operation",
                f"{operation!r} is not a Python function",
                hint="mark a module-level `def` with @operation",
            )
    return inner


def load(name: str) -> Any:
    """Import "package.module:function" and return what stands there.

    Raises:
        CarveError: "operation-not-found", "module-broken", "not-an-operation".
    """
    module_path, _, attribute = name.partition(":")
    if not module_path or not attribute:
        raise CarveError(
            "operation-not-found",
            f"{name!r} is not the name of an operation",
            hint="write package.module:function, as `carve status` shows it",
        )
    module = import_module(module_path)
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
        if found is None:
            known = [
                key
                for key, value in vars(module).items()
                if callable(value) and hasattr(value, "contract")
            ]
            raise CarveError(
                "operation-not-found",
                f"{module_path} has no {attribute}",
                span=Span(module.__file__, 1) if module.__file__ else None,
                hint=f"operations there: {', '.join(known)}"
                if known
                else "put @operation above a function there, and name that function",
            )
    function_of(found)
    return found


def load_class(name: str) -> type:
    """Import "package.module:Name", a class such as a fault's; builtins too."""
    module_path, _, attribute = name.partition(":")
    found: Any = sys.modules.get(module_path)
    if found is None or (module_path != "__main__" and not hasattr(found, attribute.split(".")[0])):
        main = sys.modules.get("__main__")
        found = main if module_name("__main__") == module_path else None
        found = found or importlib.import_module(module_path)
    for part in attribute.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{name} is not a class")
    return found


# Reading --------------------------------------------------------------------------------------


def _read(operation: Any) -> _Read:
    fn = function_of(operation)
    known = _READ.get(fn)
    if known is None:
        known = _READ[fn] = _read_function(fn)
    return known


def _read_function(fn: types.FunctionType) -> _Read:
    name = f"{module_name(fn.__module__)}:{fn.__qualname__}"
    walk = TypeWalk(_locals_around(fn))
    problems: list[tuple[str | None, Refused]] = []
    params: list[Param] = []
    param_marks: dict[str, tuple[Mark | Ulps, ...]] = {}
    signature = inspect.signature(fn)
    owner = owner_of(fn, walk.locals)
    told = _completed(fn)
    for index, param in enumerate(signature.parameters.values()):
        if param.kind not in _KINDS:
            stars = "*" if param.kind is inspect.Parameter.VAR_POSITIONAL else "**"
            problems.append((
                param.name,
                Refused(f"{stars}{param.name} takes any number of arguments",
                        f"take `{param.name}: {'list' if stars == '*' else 'dict'}[...]` instead"),
            ))  # fmt: skip
            continue
        try:
            given = told.get(param.name, param.annotation)
            hint = _hint_of(fn, param.name, given, walk, owner if index == 0 else None)
            if hint is object and owner is not None and fn.__name__ in ("__eq__", "__ne__"):
                # Whatever else stands there, the reference compares.
                hint = owner
            taken = concrete(hint)
            schema = walk.schema(taken)
            if param.default is None and schema["t"] not in ("optional", "none"):
                # `n: int = None` takes None.
                schema = walk.schema(typing.Optional[taken])  # noqa: UP045
        except Refused as refused:
            problems.append((param.name, refused))
            continue
        if marks := marks_of(hint):
            param_marks[param.name] = marks
        walk.plain = walk.plain and not constrained(hint)
        required = param.default is inspect.Parameter.empty
        default = () if required else _default(schema, param.default, walk)
        params.append(Param(param.name, schema, _KINDS[param.kind], required, default))
    result: Schema = {"t": "none"}
    result_marks: tuple[Mark | Ulps, ...] = ()
    places: dict[str, tuple[Mark | Ulps, ...]] = {}
    try:
        if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise Refused("a generator's values come one by one", "return a list")
        hint = _hint_of(fn, "return", told.get(RESULT, signature.return_annotation), walk)
        result = walk.schema(hint)
        result_marks = marks_of(hint)
        places = placed_marks(hint, "result")
        walk.plain = walk.plain and not constrained(hint)
    except Refused as refused:
        problems.append((None, refused))
    if problems:
        raise _cannot_cross(fn, name, problems)
    contract = Contract(name, tuple(params), result, walk.types, walk.plain)
    said = Marks(param_marks, walk.marks, result_marks, {**walk.places, **places})
    return _Read(contract, walk.classes, said)


def owner_of(fn: types.FunctionType, locals_: Mapping[str, Any] | None = None) -> type | None:
    """The class that a function is a method of, once there is one; not of a class method."""
    parts = fn.__qualname__.split(".")
    found: Any = sys.modules.get(fn.__module__)
    if "<locals>" in parts:
        inner = len(parts) - 1 - parts[::-1].index("<locals>")
        parts = parts[inner + 1 :]
        found = types.SimpleNamespace(**(locals_ or {}))
    for part in parts[:-1]:
        found = getattr(found, part, None)
    if not isinstance(found, type):
        return None
    held = found.__dict__.get(parts[-1])
    held = held.fget if isinstance(held, property) else held
    while not isinstance(held, (types.FunctionType, staticmethod, classmethod, type(None))):
        held = getattr(held, "__wrapped__", None)
    return found if held is fn else None


def _completed(fn: types.FunctionType) -> Mapping[str, str]:
    """Annotations that leave out what something holds, as the function's uses complete them."""
    inner = inspect.unwrap(fn)
    opened = any(map(_may_be_open, getattr(inner, "__annotations__", {}).values()))
    if not opened or "." in inner.__qualname__:
        return {}
    node = definition(fn)
    tree = parsed("".join(linecache.getlines(inner.__code__.co_filename)))
    if tree is None or not any(one is node for one in tree.body):
        return {}
    return completed(tree).get(inner.__name__, {})


def _may_be_open(annotation: Any) -> bool:
    """Whether an annotation may leave something out; the source says for certain."""
    return isinstance(annotation, str) or annotation in BARE or bool(typing.get_args(annotation))


def _default(schema: Schema, value: Any, walk: TypeWalk) -> tuple[Any, ...]:
    if isinstance(value, (list, dict, set)):
        return ()  # one object for all calls: what it holds may change
    return tuple(default_of(schema, value, walk.types))


def _hint_of(
    fn: types.FunctionType, name: str, annotation: Any, walk: TypeWalk, owner: type | None = None
) -> Any:
    if annotation is inspect.Parameter.empty:
        if owner is not None:
            return owner
        if name == "return":
            raise Refused("the result has no type", "write `-> int:`, or `-> None:`")
        if name in ("self", "cls"):
            raise Refused(
                f"{name} has no type: a method can't be an operation before its class is there",
                "write a function that takes what it needs as parameters",
            )
        raise Refused(f"{name} has no type", f"write for example `{name}: int`")
    # One annotation at a time, so that an unresolved name is reported at its own parameter.
    probe = types.SimpleNamespace(__annotations__={name: annotation})
    inner = inspect.unwrap(fn)
    try:
        return typing.get_type_hints(
            probe, inner.__globals__, walk.locals or None, include_extras=True
        )[name]
    except NameError as problem:
        raise Refused(
            f"the name {problem.name!r} can't be resolved",
            "define or import it at module level, outside `if TYPE_CHECKING`",
        ) from problem
    except (SyntaxError, TypeError, AttributeError) as problem:
        raise Refused(f"the annotation can't be evaluated: {problem}", "correct it") from problem


def _locals_around(fn: types.FunctionType) -> dict[str, Any]:
    """Names a function defined inside another one may use in its annotations.

    With `from __future__ import annotations` they are only text, and the enclosing function's
    locals are nowhere but in its running frame.
    """
    if "<locals>" not in fn.__qualname__:
        return {}
    found: dict[str, Any] = {}
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == fn.__code__.co_filename and frame.f_locals is not (
            frame.f_globals
        ):
            for key, value in frame.f_locals.items():
                found.setdefault(key, value)
        frame = frame.f_back  # type: ignore[assignment]
    return found


# Locating -------------------------------------------------------------------------------------


def _cannot_cross(
    fn: types.FunctionType, name: str, problems: list[tuple[str | None, Refused]]
) -> CarveError:
    node = definition(fn)
    diagnostics = []
    for param, refused in problems:
        what = "the result" if param is None else f"parameter {param}"
        where = f" ({what}{refused.where})" if refused.where else f" ({what})"
        diagnostics.append(
            Diagnostic(
                "type-cannot-cross",
                f"{name} can't be an operation: {refused.reason}{where}",
                span=_span(fn, node, param),
                hint=refused.hint,
            )
        )
    first = diagnostics[0]
    return CarveError(
        first.code, first.message, span=first.span, hint=first.hint, others=tuple(diagnostics[1:])
    )


def definition(fn: types.FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function's node in the tree of its whole file, or None without readable source."""
    code = inspect.unwrap(fn).__code__
    tree = parsed("".join(linecache.getlines(code.co_filename)))
    best = None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([d.lineno for d in node.decorator_list] + [node.lineno])
            if node.name == code.co_name and code.co_firstlineno in (first, node.lineno):
                best = node
    return best


def _span(
    fn: types.FunctionType, node: ast.FunctionDef | ast.AsyncFunctionDef | None, param: str | None
) -> Span:
    code = inspect.unwrap(fn).__code__
    file = code.co_filename
    if node is None:
        return Span(file, code.co_firstlineno)
    place: ast.expr | ast.arg | None
    if param is None:
        place = node.returns
    else:
        a = node.args
        every = [*a.posonlyargs, *a.args, *a.kwonlyargs]
        every += [one for one in (a.vararg, a.kwarg) if one is not None]
        arg = next((one for one in every if one.arg == param), None)
        place = arg.annotation or arg if arg else None
    if place is None:
        line = linecache.getline(file, node.lineno)
        start = line.find(node.name)
        return Span(file, node.lineno, start + 1, start + 1 + len(node.name))
    start, end = place.col_offset, place.end_col_offset
    # ast counts bytes, people count characters.
    raw = linecache.getline(file, place.lineno).encode()
    column = len(raw[:start].decode(errors="replace")) + 1
    ends_here = end is not None and place.end_lineno == place.lineno
    until = len(raw[:end].decode(errors="replace")) + 1 if ends_here else None
    return Span(file, place.lineno, column, until)


__all__ = [
    "Contract",
    "Marks",
    "Param",
    "classes_of",
    "contract_of",
    "definition",
    "function_of",
    "load",
    "load_class",
    "marks_of_function",
    "owner_of",
]
