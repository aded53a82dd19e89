"""Lowering of `re`: patterns that are known when the operation is cut, and what they find.

    _LINE = re.compile(r"(\\w+)=(\\d*)")
    if (m := _LINE.match(text)) is not None:
        return m.group(1)                  # a str: every match has this group

A pattern is written where it is used, or compiled at the top of a module. A match says what its
groups are by the patterns that its name was ever given; a group that may match nothing is a
`str | None`, and where a str is wanted it is checked when the carving runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from mypy.nodes import (
    AssignmentExpr,
    AssignmentStmt,
    CallExpr,
    ConditionalExpr,
    Expression,
    ForStmt,
    GeneratorExpr,
    IntExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    OpExpr,
    RefExpr,
    StarExpr,
    StrExpr,
    TupleExpr,
)
from mypy.nodes import Var as MypyVar

from carveout.cut.frontend import packing
from carveout.cut.frontend.pattern_code import Code, Unknown
from carveout.cut.frontend.trees import walk
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    INT,
    LIBRARY,
    STR,
    DictType,
    ListType,
    OptionalType,
    TupleType,
    Type,
)
from carveout.cut.refuse import Refusal
from carveout.cut.registry.entry import ATOM, Entry, Generic, Name, Taken
from carveout.cut.rust.text import string as quoted

if TYPE_CHECKING:
    from carveout.cut.frontend.library import Library
    from carveout.cut.frontend.names import Names

PATTERN, MATCH = LIBRARY["pattern"], LIBRARY["match"]
_FINDING = ("match", "fullmatch", "search")
_USES = (*_FINDING, "findall", "finditer", "split", "sub", "subn")
# Where flags are by position, if not third.
_FLAGS = {"split": 3, "sub": 4, "subn": 4}
_MOST_GROUPS = 12
_HINT = "write the pattern as a literal, or compile it at the top of its module"


def string(text: str) -> str:
    """A Rust literal in a template: `{2}` would stand for an argument there."""
    return re.sub(r"\{(?=\d[.&*:\d]*\})", r"\\x7b", quoted(text))


def _refused(what: str, at: ir.At, hint: str | None = None) -> Refusal:
    return Refusal("refusal-call", what, at, hint=hint)


def _made(type_: Type, rust: str, args: list[ir.Expr], at: ir.At, key: str = "re") -> ir.Prim:
    params = tuple(Taken("look", Name(str(arg.type))) for arg in args)
    # The shape only has to say whether it is a container that was just made.
    result = Generic("list", (Name("str"),)) if isinstance(type_, ListType) else Name("str")
    return ir.Prim(type_, at, Entry(key, params, result, "own", rust, ATOM, "?" in rust), args)


# --- patterns ------------------------------------------------------------------------------------


def call(lowerer: Library, name: str, node: CallExpr, at: ir.At) -> ir.Expr:
    """`re.sub(pattern, by, text)` and the like."""
    if name == "compile":
        return _compiled(_code(lowerer, node, at), at)
    if name == "escape" and len(node.args) == 1:
        return lowerer.prim("re.escape", [lowerer.expr(node.args[0])], at)
    if name not in _USES:
        raise _refused(f"re.{name} is not drafted", at)
    code = _code(lowerer, node, at)
    positional, keywords = lowerer.arguments(node)
    keywords.pop("flags", None)
    if keywords.pop("pattern", None) is not None:
        raise _refused("a pattern by its name is not drafted", at)
    rest = positional[1 : _FLAGS.get(name, 2)]
    return _use(lowerer, code, _compiled(code, at), name, rest, keywords, at)


def method(lowerer: Library, callee: MemberExpr, node: CallExpr, at: ir.At) -> ir.Expr | None:
    """`_LINE.match(text)` of a pattern that is compiled somewhere."""
    if callee.name not in _USES:
        return None
    made = _source(lowerer, callee.expr, at)
    if made is None:
        return None
    code = _code(lowerer, made, at)
    positional, keywords = lowerer.arguments(node)
    # A local is read, as it may have no value yet.
    local = isinstance(callee.expr, NameExpr) and lowerer.is_local(callee.expr)
    compiled = lowerer.expr(callee.expr) if local else _compiled(code, at)
    return _use(lowerer, code, compiled, callee.name, positional, keywords, at)


def _source(lowerer: Names, node: Expression, at: ir.At) -> CallExpr | None:
    """The `re.compile(…)` behind an expression."""
    if isinstance(node, NameExpr) and isinstance(node.node, MypyVar) and lowerer.is_local(node):
        if lowerer.is_cell(node.node):
            return None
        found = {id(value): value for value in _given(lowerer, node.node)}
        (value,) = found.values() if len(found) == 1 else (None,)
        return value if isinstance(value, CallExpr) and _is_compile(value) else None
    made = packing.source(lowerer, node, at)
    return made if made is not None and _is_compile(made) else None


def _is_compile(made: CallExpr) -> bool:
    return isinstance(made.callee, RefExpr) and made.callee.fullname == "re.compile"


def _code(lowerer: Names, made: CallExpr, at: ir.At) -> Code:
    """The pattern of a call: its first argument and its flags."""
    positional, keywords = lowerer.arguments(made)
    pattern = positional[0] if positional else keywords.get("pattern")
    name = made.callee.name if isinstance(made.callee, (NameExpr, MemberExpr)) else ""
    where = 1 if _is_compile(made) else _FLAGS.get(name, 2)
    flags = keywords.get("flags") or (positional[where] if len(positional) > where else None)
    if pattern is None:
        raise _refused("a pattern that is not written here is not drafted", at, _HINT)
    try:
        text = lowerer.evaluated(pattern, at)
    except Refusal:
        raise _refused("a pattern made at run time is not drafted", at, _HINT) from None
    if not isinstance(text, str):
        raise _refused("patterns of bytes are not drafted", at)
    try:
        return Code.of(text, 0 if flags is None else _flags(flags, at))
    except Unknown as unknown:
        raise _refused(f"{unknown} in a regular expression is not drafted", at) from None


def _flags(node: Expression, at: ir.At) -> int:
    match node:
        case OpExpr(op="|", left=left, right=right):
            return _flags(left, at) | _flags(right, at)
        case IntExpr(value=value):
            return value
        case RefExpr() if node.fullname.startswith("re."):
            found = getattr(re, node.fullname.rpartition(".")[2], None)
            if isinstance(found, re.RegexFlag):
                return int(found)
    raise _refused("these flags are not drafted", at, "write re.IGNORECASE | re.MULTILINE …")


def _compiled(code: Code, at: ir.At) -> ir.Expr:
    return _made(PATTERN, f"pattern::compiled({string(code.pattern)}, {string(code.text)})", [], at)


# --- what is done with them ----------------------------------------------------------------------


def _use(
    lowerer: Library,
    code: Code,
    compiled: ir.Expr,
    name: str,
    positional: list[Expression],
    keywords: dict[str, Expression],
    at: ir.At,
) -> ir.Expr:
    names = {"sub": ("repl", "string", "count"), "split": ("string", "maxsplit")}
    words = names.get("sub" if name == "subn" else name, ("string",))
    given: dict[str, Expression] = dict(zip(words, positional, strict=False)) | keywords
    if set(given) - set(words) or "string" not in given or len(positional) > len(words):
        raise _refused(f"this call of re's {name} is not drafted", at)
    if list(given) != [word for word in words if word in given]:
        raise _refused("arguments in another order than the parameters are not drafted", at)
    if name in ("sub", "subn"):
        return _sub(lowerer, code, compiled, name, given, at)
    text = lowerer.coerce(lowerer.expr(given["string"]), STR)
    if name in _FINDING:
        rust = "match_" if name == "match" else name
        return _made(OptionalType(MATCH), f"{{0.}}.{rust}({{1}})?", [compiled, text], at)
    if name == "finditer":
        return _made(ListType(MATCH), "{0.}.finditer({1})?", [compiled, text], at)
    if name == "split":
        if code.sure != frozenset(range(1, code.groups + 1)):
            raise _refused("re.split with a group that may match nothing is not drafted", at)
        most = _number(lowerer, given.get("maxsplit"), at)
        return _made(ListType(STR), "{0.}.split({1}, {2})?", [compiled, text, most], at)
    if code.groups <= 1:
        rust = f"{{0.}}.findall({{1}}, {code.groups})?"
        return _made(ListType(STR), rust, [compiled, text], at)
    if code.groups > _MOST_GROUPS:
        raise _refused(f"re.findall of {code.groups} groups is not drafted", at)
    letters = ", ".join("abcdefghijkl"[: code.groups])
    tuples = f".into_iter().map(|[{letters}]| ({letters})).collect::<Vec<_>>()"
    rust = f"{{0.}}.findall_groups({{1}})?{tuples}"
    type_ = ListType(TupleType((STR,) * code.groups))
    return _made(type_, rust, [compiled, text], at)


def _number(lowerer: Library, node: Expression | None, at: ir.At) -> ir.Expr:
    return ir.Const(INT, at, 0) if node is None else lowerer.coerce(lowerer.expr(node), INT)


def _sub(
    lowerer: Library,
    code: Code,
    compiled: ir.Expr,
    name: str,
    given: dict[str, Expression],
    at: ir.At,
) -> ir.Expr:
    by = given.get("repl")
    if by is None or list(given)[:2] != ["repl", "string"]:
        raise _refused(f"this call of re's {name} is not drafted", at)
    if _is_function(lowerer, by):
        if name == "subn" or "count" in given:
            raise _refused("re.sub with a function and a count is not drafted", at)
        return _sub_by(lowerer, code, compiled, by, given["string"], at)
    known = by.value if isinstance(by, StrExpr) else None
    made = None if known is not None else lowerer.coerce(lowerer.expr(by), STR)
    text = lowerer.coerce(lowerer.expr(given["string"]), STR)
    most = _number(lowerer, given.get("count"), at)
    type_ = STR if name == "sub" else TupleType((STR, INT))
    if known is not None:
        template = ", ".join(_template(known, code, at))
        rust = f"{{0.}}.{name}({{1}}, &[{template}], {{2}})?"
        return _made(type_, rust, [compiled, text, most], at)
    if name == "subn" or made is None:
        raise _refused("a template made at run time is not drafted", at, "write it as a literal")
    return _made(STR, "{0.}.sub_text({1}, {2}, {3})?", [compiled, text, made, most], at) if (
        isinstance(made, (ir.Const, ir.Var, ir.GlobalConst))
    ) else _made(STR, "{0.}.sub_by({1}, {2}, {3})?", [compiled, made, text, most], at)  # fmt: skip


def _template(text: str, code: Code, at: ir.At) -> list[str]:
    """The parts of a template as Rust has them."""
    if "\\" not in text:
        return [f"pattern::Part::Text({string(text)})"] if text else []
    compiled = re.compile(code.pattern, code.flags)
    try:
        read: Any = parser.parse_template(text, compiled)
    except (re.error, IndexError) as error:
        raise _refused(f"this template raises {type(error).__name__}", at) from None
    parts: list[Any] = []
    if isinstance(read, tuple):
        # Python 3.11: the places of groups, and texts with None in these places.
        places, texts = dict(read[0]), read[1]
        parts = [places.get(index, text) for index, text in enumerate(texts)]
    else:
        parts = list(read)
    return [
        f"pattern::Part::Group({part})" if isinstance(part, int)
        else f"pattern::Part::Text({string(part)})"
        for part in parts if part != ""
    ]  # fmt: skip


def _is_function(lowerer: Library, node: Expression) -> bool:
    if isinstance(node, StrExpr):
        return False
    type_ = lowerer.project.checked.types.get(node)
    return isinstance(node, LambdaExpr) or "def (" in str(type_)


def _sub_by(
    lowerer: Library, code: Code, compiled: ir.Expr, by: Expression, text: Expression, at: ir.At
) -> ir.Expr:
    """`re.sub(pattern, lambda m: …, text)`: what the function says to each match, put together."""
    if isinstance(by, LambdaExpr) and len(by.arguments) == 1:
        lowerer.project.matches[by.arguments[0].variable] = [code]

    def whole(read: Any) -> ir.Expr:
        found = _made(ListType(MATCH), "{0.}.finditer({1})?", [compiled, read()], at)

        def joined(matches: Any) -> ir.Expr:
            name = lowerer.fresh("found", MATCH)
            said = lowerer.applied(by, [ir.Var(MATCH, at, name)], at)
            source = ir.SeqIter(MATCH, at, matches())
            clause = ir.Clause(ir.PVar(MATCH, at, name), source, [])
            parts = ir.Comp(ListType(STR), at, [clause], None, lowerer.coerce(said, STR))
            return lowerer.prim("re.joined", [read(), matches(), parts], at)

        return lowerer.with_name(found, at, joined)

    return lowerer.with_name(lowerer.coerce(lowerer.expr(text), STR), at, whole)


# --- matches -------------------------------------------------------------------------------------


def _given(lowerer: Names, var: MypyVar) -> list[Expression | None]:
    """All that a local is ever given; None for what is not seen."""
    found: list[Expression | None] = []

    def note(target: object, value: Expression | None) -> None:
        if isinstance(target, NameExpr) and target.node is var:
            found.append(value)
        elif any(isinstance(n, NameExpr) and n.node is var for n in _parts(target)):
            found.append(None)

    def walked(target: object, source: Expression) -> None:
        match target, source:
            case TupleExpr(items=[count, item_]), CallExpr(callee=NameExpr() as callee, args=[one]):
                if callee.fullname == "builtins.enumerate":
                    note(count, None)
                    note(item_, one)
                    return
        note(target, source)

    for node in walk(lowerer.func):
        match node:
            case AssignmentStmt():
                for target in node.lvalues:
                    note(target, node.rvalue)
            case AssignmentExpr():
                note(node.target, node.value)
            case ForStmt():
                walked(node.index, node.expr)
            case GeneratorExpr():
                for target, source in zip(node.indices, node.sequences, strict=True):
                    walked(target, source)
    return found


def _parts(target: object) -> Iterator[object]:
    """The names that a target of several binds."""
    match target:
        case TupleExpr(items=items) | ListExpr(items=items):
            for item_ in items:
                yield item_
                yield from _parts(item_)
        case StarExpr():
            yield target.expr


def _codes(lowerer: Names, node: Expression, at: ir.At) -> list[Code] | None:
    """The patterns that a match may be of; None if that is not known."""
    match node:
        case NameExpr(node=MypyVar() as var):
            if var in lowerer.project.matches:
                return lowerer.project.matches[var]
            # What several functions share may be given more than is seen here.
            given = [None] if lowerer.is_cell(var) else _given(lowerer, var)
            known: list[Code] = []
            for value in given:
                inner = None if value is None else _codes(lowerer, value, at)
                if inner is None:
                    return None
                known += inner
            return known or None
        case NameExpr(fullname="builtins.None"):
            return []
        case AssignmentExpr():
            return _codes(lowerer, node.value, at)
        case ConditionalExpr():
            parts = [node.if_expr, node.else_expr]
        case OpExpr(op="or"):
            parts = [node.left, node.right]
        case CallExpr(callee=RefExpr() as callee) if callee.fullname.startswith("re."):
            name = callee.fullname.rpartition(".")[2]
            return [_code(lowerer, node, at)] if name in (*_FINDING, "finditer") else None
        case CallExpr(callee=MemberExpr() as callee) if callee.name in (*_FINDING, "finditer"):
            made = _source(lowerer, callee.expr, at)
            return None if made is None else [_code(lowerer, made, at)]
        case _:
            return None
    both = [_codes(lowerer, part, at) for part in parts]
    if any(found is None for found in both):
        return None
    return [code for found in both for code in found or []]


def of_match(
    lowerer: Library, owner: Expression, obj: ir.Expr, name: str, node: CallExpr, at: ir.At
) -> ir.Expr:
    """`m.group(1)` and other methods of a match."""
    positional, keywords = lowerer.arguments(node)
    if keywords:
        raise _refused(f"this call of a match's {name} is not drafted", at)
    if name in ("group", "start", "end", "span") and len(positional) <= 1:
        return _part(lowerer, owner, obj, name, positional[0] if positional else None, at)
    if name == "group":
        return lowerer.with_name(
            obj, at,
            lambda read: _tuple(
                [_part(lowerer, owner, read(), name, part, at) for part in positional], at
            ),
        )  # fmt: skip
    codes = _known(lowerer, owner, at)
    if name == "groups" and not positional:
        if not 1 <= codes[0].groups <= _MOST_GROUPS or len({c.groups for c in codes}) > 1:
            raise _refused("groups() of this pattern is not drafted", at)
        numbers = range(1, codes[0].groups + 1)
        return lowerer.with_name(
            obj, at, lambda read: _tuple([_group(read(), n, codes, at) for n in numbers], at)
        )
    if name == "groupdict" and not positional and len({tuple(c.names.items()) for c in codes}) == 1:
        names = codes[0].names
        sure = all(number in code.sure for code in codes for number in names.values())
        pairs = ", ".join(f"({string(word)}, {number})" for word, number in names.items())
        value = STR if sure else OptionalType(STR)
        rust = f"{{0.}}.groupdict{'_sure' * sure}(&[{pairs}]){'?' * sure}"
        return _made(DictType(STR, value), rust, [obj], at)
    raise _refused(f"{name}() of a match is not drafted", at)


def item(
    lowerer: Library, owner: Expression, obj: ir.Expr, index: Expression, at: ir.At
) -> ir.Expr:
    """`m[1]`"""
    return _part(lowerer, owner, obj, "group", index, at)


def _tuple(items: list[ir.Expr], at: ir.At) -> ir.Expr:
    return ir.TupleLit(TupleType(tuple(item.type for item in items)), at, items)


def _known(lowerer: Library, owner: Expression, at: ir.At) -> list[Code]:
    codes = _codes(lowerer, owner, at)
    if not codes:
        raise _refused(
            "a group of a match whose pattern is not known here is not drafted", at,
            "use the match where it was found",
        )  # fmt: skip
    return codes


def _part(
    lowerer: Library,
    owner: Expression,
    obj: ir.Expr,
    name: str,
    part: Expression | None,
    at: ir.At,
) -> ir.Expr:
    number, codes = 0, []
    if part is not None and not (isinstance(part, IntExpr) and part.value == 0):
        codes = _known(lowerer, owner, at)
        numbers = {_numbered(part, code) for code in codes}
        if len(numbers) != 1 or None in numbers:
            raise _refused("there may be no such group", at, "use a literal number or name")
        number = numbers.pop() or 0
    if name == "group":
        return _group(obj, number, codes, at)
    type_ = TupleType((INT, INT)) if name == "span" else INT
    return _made(type_, f"{{0.}}.{name}({number})", [obj], at)


def _numbered(part: Expression, code: Code) -> int | None:
    if isinstance(part, StrExpr):
        return code.names.get(part.value)
    if isinstance(part, IntExpr) and 0 <= part.value <= code.groups:
        return part.value
    return None


def _group(obj: ir.Expr, number: int, codes: list[Code], at: ir.At) -> ir.Expr:
    if number == 0 or all(number in code.sure for code in codes):
        return _made(STR, f"{{0.}}.sure({number})?", [obj], at)
    return _made(OptionalType(STR), f"{{0.}}.group({number})", [obj], at, "match.group")


def checked(value: ir.Expr) -> ir.Expr:
    """A group that may have matched nothing, where a text is wanted: asked at run time."""
    loose = isinstance(value, ir.Prim) and value.entry.key == "match.group"
    return ir.Unwrap(STR, value.at, value) if loose else value
