"""Lowering of library modules: hashlib, hmac, zlib, binascii, base64, struct, random.

    modules.call(lowerer, "hashlib.sha256", node, at)      # None if it is of another module
    modules.method(lowerer, obj, "update", node, at)       # of the objects these modules make

What is only parameters, types and Rust text is in registry/modules.py; here is what depends on how
a call is written. Arguments are evaluated as written, whatever parameters they go to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, Expression, ListExpr, RefExpr, StrExpr, TupleExpr

from carveout.cut.frontend import jsons, packing, patterns
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import simple
from carveout.cut.ir.types import (
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NONE,
    STR,
    ListType,
    Scalar,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry import entries
from carveout.cut.registry.modules import (
    ALGORITHMS,
    OBJECTS,
    PARAMETERS,
    SEQUENCE_FIRST,
    Parameter,
)

if TYPE_CHECKING:
    from carveout.cut.frontend.library import Library
    from carveout.cut.frontend.names import Names

_MODULES = ("hashlib", "hmac", "zlib", "binascii", "base64", "struct", "random", "re", "json")
# Where typeshed defines what these modules give out.
_HOMES = {
    "_hashlib.compare_digest": "hmac.compare_digest",
    "_struct": "struct",
    "_blake2": "hashlib",
}


def public(fullname: str) -> str:
    """A function's public name: `_hashlib.openssl_sha256` is `hashlib.sha256`."""
    if fullname in _HOMES:
        return _HOMES[fullname]
    module, _, name = fullname.rpartition(".")
    if module == "_hashlib":
        return f"hashlib.{name.removeprefix('openssl_')}"
    return f"{_HOMES.get(module, module)}.{name}"


def kind_of(type_: Type) -> str | None:
    """The name in the registry of an object of these modules."""
    name = type_.name if isinstance(type_, Scalar) else None
    return name if name in OBJECTS.values() else None


def call(lowerer: Library, fullname: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """The call of a module's function, or of a class."""
    key = public(fullname)
    module, _, name = key.partition(".")
    if module not in _MODULES:
        return None
    if module == "struct":
        return packing.call(lowerer, name, node, at)
    if module == "json":
        return jsons.call(lowerer, name, node, at)
    if module == "re":
        return patterns.call(lowerer, name, node, at)
    if module == "hashlib" and (name == "new" or name in ALGORITHMS):
        return _hash(lowerer, name, node, at)
    if key in ("hmac.new", "hmac.digest"):
        return _hmac(lowerer, name, node, at)
    if module == "random" and (key != "random.Random" or not node.args):
        raise Refusal(
            "refusal-call", f"{key}: chance without a seed is not drafted", at,
            hint="make a random.Random(seed), or pass one's seed in, and use its methods",
        )  # fmt: skip
    if key not in PARAMETERS:
        raise Refusal(
            "refusal-call", f"{key} is not drafted", at,
            hint="write what it does in this package, or leave it out of the operation",
        )  # fmt: skip
    args, order = given(lowerer, key, PARAMETERS[key], node, at)
    return plain(lowerer, key, PARAMETERS[key], args, order, at)


def method(lowerer: Library, obj: ir.Expr, name: str, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """A method of one of the objects, or one of bytes that takes keywords."""
    kind = kind_of(obj.type)
    if obj.type == BYTES and name == "hex" and node.args:
        kind = "bytes"
    if kind is None:
        return None
    key = f"{kind}.{name}"
    if kind == "random" and not simple(obj):
        return lowerer.with_name(obj, at, lambda read: method(lowerer, read(), name, node, at))
    if key == "random.sample" and (spanned := _range_sample(lowerer, obj, node, at)) is not None:
        return spanned
    if key in ("random.choices", "random.randrange"):
        return (_choices if name == "choices" else _randrange)(lowerer, obj, node, at)
    if key not in PARAMETERS or (key == "random.seed" and not node.args):
        what = obj.type if kind != "random" else "random.Random"
        raise Refusal("refusal-call", f"{what}.{name}() is not drafted", at)
    parameters = PARAMETERS[key]
    args, order = given(lowerer, key, parameters, node, at)
    if kind == "random":
        args = {name: _literal_float(arg, name in ("low", "high", "mode", "alpha", "beta"))
                for name, arg in args.items()}  # fmt: skip
    if key in SEQUENCE_FIRST:
        _early(obj, at)
        first, *rest = [_sequence(args[p.name]) for p in parameters]
        if key == "random.choice":
            return _choice(lowerer, first, obj, at)
        return lowerer.prim(key, [first, obj, *rest], at)
    if any(name is not None for name in node.arg_names):
        _early(obj, at)
    return plain(lowerer, key, parameters, args, order, at, [obj])


def attribute(lowerer: Names, obj: ir.Expr, name: str, at: ir.At) -> ir.Expr | None:
    """`hash.digest_size`"""
    kind = kind_of(obj.type)
    if kind is None:
        return None
    if not entries(f"{kind}.{name}!"):
        raise Refusal("refusal-attribute", f"{name} of {obj.type} is not drafted", at)
    return lowerer.prim(f"{kind}.{name}!", [obj], at)


# --- arguments -----------------------------------------------------------------------------------


def given(
    lowerer: Library, key: str, parameters: tuple[Parameter, ...], node: CallExpr, at: ir.At
) -> tuple[dict[str, ir.Expr], list[str]]:
    """A call's arguments by parameter, and the order in which they are evaluated."""
    names = {p.name: p for p in parameters}
    free = [p.name for p in parameters if not p.named]
    made: dict[str, ir.Expr] = {}
    for arg_name, arg in zip(node.arg_names, node.args, strict=True):
        if arg_name is None:
            if not free:
                raise Refusal("refusal-call", f"too many arguments for {key}", at)
            arg_name = free.pop(0)
        elif arg_name not in names or names[arg_name].only or arg_name in made:
            raise Refusal("refusal-call", f"{key}({arg_name}=…) is not drafted", at)
        else:
            free = [name for name in free if name != arg_name]
        made[arg_name] = lowerer.expr(arg)
    for parameter in parameters:
        if parameter.required and parameter.name not in made:
            raise Refusal("refusal-call", f"{key} without {parameter.name}", at)
    return made, list(made)


def plain(
    lowerer: Library,
    key: str,
    parameters: tuple[Parameter, ...],
    args: dict[str, ir.Expr],
    order: list[str],
    at: ir.At,
    first: list[ir.Expr] | None = None,
) -> ir.Expr:
    """The entry of a call, with its arguments in the order of the parameters."""
    args = dict(args)
    for parameter in parameters:
        left_out = parameter.name not in args
        if left_out and parameter.default is not None:
            args[parameter.name] = _constant(parameter.default, at)
        elif not left_out and args[parameter.name].type == NONE and parameter.default is None:
            # `altchars=None` says nothing.
            del args[parameter.name]
    names = [p.name for p in parameters if p.name in args]
    matched, wrap = lowerer.in_order(names, [n for n in order if n in args], args, at)
    return wrap(lowerer.prim(key, [*(first or []), *matched], at))


def _constant(value: object, at: ir.At) -> ir.Expr:
    match value:
        case bool():
            return ir.Const(BOOL, at, value)
        case int():
            return ir.Const(INT, at, value)
        case float():
            return ir.Const(FLOAT, at, value)
        case str():
            return ir.Const(STR, at, value)
    raise AssertionError(value)


def _literal_float(arg: ir.Expr, wanted: bool) -> ir.Expr:
    """A literal int where only floats are taken; the sum of a float and it is the same."""
    if wanted and isinstance(arg, ir.Const) and arg.type == INT and isinstance(arg.value, int):
        return ir.Const(FLOAT, arg.at, float(arg.value)) if abs(arg.value) < 2**53 else arg
    return arg


def _early(obj: ir.Expr, at: ir.At) -> None:
    if not simple(obj):
        raise Refusal("refusal-call", "give the generator a name first", at)


# --- hashlib and hmac ----------------------------------------------------------------------------


def _hash(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr:
    """`hashlib.sha256(data)`, `hashlib.new("sha256", data)`, `hashlib.blake2b(data, key=…)`"""
    positional, keywords = lowerer.arguments(node)
    keywords.pop("usedforsecurity", None)
    if name == "new":
        named = positional.pop(0) if positional else keywords.pop("name", None)
        name = _algorithm(lowerer, named, at)
    data = [*positional, *(keywords.pop(k) for k in ("string", "data") if k in keywords)]
    allowed = {"digest_size", "key"} if name.startswith("blake2") else set()
    if len(data) > 1 or set(keywords) - allowed:
        raise Refusal("refusal-call", f"this call of hashlib.{name} is not drafted", at)
    args = [lowerer.expr(arg) for arg in data]
    if not keywords:
        return lowerer.prim(f"hashlib.{name}", args, at)
    rest: dict[str, ir.Expr] = {
        "data": args[0] if args else ir.Const(BYTES, at, b""),
        "digest_size": ir.Const(INT, at, 64 if name == "blake2b" else 32),
        "key": ir.Const(BYTES, at, b""),
    }
    rest |= {word: lowerer.expr(arg) for word, arg in keywords.items()}
    matched, wrap = lowerer.in_order(list(rest), ["data", *keywords], rest, at)
    return wrap(lowerer.prim(f"hashlib.{name}", matched, at))


def _algorithm(lowerer: Library, node: Expression | None, at: ir.At) -> str:
    """The name of an algorithm: a text, or the function that makes its hash."""
    name = None
    if isinstance(node, StrExpr):
        name = node.value
    elif isinstance(node, RefExpr):
        lowerer.sure(node, at)
        module, _, name = public(node.fullname).partition(".")
        name = name if module == "hashlib" else None
    if name not in ALGORITHMS:
        raise Refusal(
            "refusal-call", "this algorithm is not drafted", at,
            hint=f"name one as a literal: {', '.join(ALGORITHMS)}",
        )  # fmt: skip
    return name


def _hmac(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr:
    """`hmac.new(key, message, hashlib.sha256)`, `hmac.digest(key, message, "sha256")`"""
    positional, keywords = lowerer.arguments(node)
    words = ("key", "msg", "digestmod" if name == "new" else "digest")
    found: dict[str, Expression] = dict(zip(words, positional, strict=False))
    found |= keywords
    if set(found) - set(words) or not {words[0], words[2]} <= set(found):
        raise Refusal("refusal-call", f"this call of hmac.{name} is not drafted", at)
    algorithm = _algorithm(lowerer, found.pop(words[2]), at)
    args = {word: lowerer.expr(arg) for word, arg in found.items()}
    if "msg" not in args or args["msg"].type == NONE:
        args["msg"] = ir.Const(BYTES, at, b"")
    matched, wrap = lowerer.in_order(["key", "msg"], list(args), args, at)
    return wrap(lowerer.prim(f"hmac.{name}.{algorithm}", matched, at))


# --- random --------------------------------------------------------------------------------------


def _range_sample(lowerer: Library, obj: ir.Expr, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`rng.sample(range(low, high), k)`, without a list of the whole range."""
    positional, keywords = lowerer.arguments(node)
    first = positional[0] if positional else None
    if not isinstance(first, CallExpr) or not isinstance(first.callee, RefExpr):
        return None
    count = positional[1] if len(positional) == 2 else keywords.get("k")
    bounds = list(first.args)
    plain_ = first.callee.fullname == "builtins.range" and len(bounds) in (1, 2)
    if not plain_ or count is None or len(node.args) != 2:
        return None
    args = [lowerer.expr(arg) for arg in (*bounds, count)]
    if len(bounds) == 1:
        args.insert(0, ir.Const(INT, at, 0))
    return lowerer.prim("random.sample.range", [obj, *args], at)


def _sequence(arg: ir.Expr) -> ir.Expr:
    """A tuple that is written out, as a sequence."""
    if isinstance(arg, ir.TupleLit) and len({item.type for item in arg.items}) == 1:
        return ir.ListLit(VarTupleType(arg.items[0].type), arg.at, arg.items)
    return arg


def _choice(lowerer: Library, items: ir.Expr, obj: ir.Expr, at: ir.At) -> ir.Expr:
    """`rng.choice(items)` is the item at a place that is drawn once, however often it is read."""

    def chosen(read: Callable[[], ir.Expr]) -> ir.Expr:
        drawn = lowerer.prim("random.index", [read(), obj], at)
        return lowerer.with_name(
            drawn, at, lambda at_: lowerer.prim("getitem", [read(), at_()], at)
        )

    if simple(items):
        return chosen(lambda: items)
    return lowerer.with_name(items, at, chosen)


def _numbers(lowerer: Library, node: Expression) -> ir.Expr:
    """Weights; a list that is written out has the type of its items, whatever was declared."""
    if not isinstance(node, (ListExpr, TupleExpr)):
        return lowerer.expr(node)
    items = [lowerer.expr(item) for item in node.items]
    if any(item.type == FLOAT for item in items):
        items = [_literal_float(item, True) for item in items]
    kinds = {item.type for item in items}
    if len(kinds) != 1:
        raise Refusal("refusal-mixed-types", "weights of several types", lowerer.at(node))
    return ir.ListLit(ListType(kinds.pop()), lowerer.at(node), items)


def _randrange(lowerer: Library, obj: ir.Expr, node: CallExpr, at: ir.At) -> ir.Expr:
    positional, keywords = lowerer.arguments(node)
    if keywords or not 1 <= len(positional) <= 3:
        raise Refusal("refusal-call", "this call of randrange is not drafted", at)
    args = [lowerer.expr(arg) for arg in positional]
    if len(args) == 1:
        args.insert(0, ir.Const(INT, at, 0))
    if len(args) == 2:
        args.append(ir.Const(INT, at, 1))
    return lowerer.prim("random.randrange", [obj, *args], at)


def _choices(lowerer: Library, obj: ir.Expr, node: CallExpr, at: ir.At) -> ir.Expr:
    positional, keywords = lowerer.arguments(node)
    found: dict[str, Expression] = dict(zip(("population", "weights"), positional, strict=False))
    found |= keywords
    _early(obj, at)
    weighing = [name for name in ("weights", "cum_weights") if name in found]
    if set(found) - {"population", "weights", "cum_weights", "k"} or len(weighing) > 1:
        raise Refusal("refusal-call", "this call of choices is not drafted", at)
    args = {
        name: _numbers(lowerer, arg) if name in weighing else _sequence(lowerer.expr(arg))
        for name, arg in found.items()
    }
    if weighing and args[weighing[0]].type == NONE:
        del args[weighing.pop()]
    args.setdefault("k", ir.Const(INT, at, 1))
    names = ["population", *weighing, "k"]
    order = [name for name in args if name in names]
    (first, *rest), wrap = lowerer.in_order(names, order, args, at)
    key = f"random.choices.{weighing[0]}" if weighing else "random.choices"
    return wrap(lowerer.prim(key, [first, obj, *rest], at))
