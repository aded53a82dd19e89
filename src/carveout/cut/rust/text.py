"""Rust text with its precedence, names, literals and types.

Text("a + b", 12).at_least(13)        # "(a + b)"
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carveout.cut.ir.types import (
    DequeType,
    DictType,
    EnumType,
    FunctionType,
    ListType,
    OptionalType,
    RefType,
    Scalar,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
)

ATOM, UNARY, COMPARE, AND, OR, LOW = 20, 15, 6, 5, 4, 0

_KEYWORDS = frozenset(
    [
        "as",
        "async",
        "await",
        "break",
        "const",
        "continue",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "match",
        "mod",
        "move",
        "mut",
        "pub",
        "ref",
        "return",
        "static",
        "struct",
        "trait",
        "true",
        "type",
        "unsafe",
        "use",
        "where",
        "while",
        "abstract",
        "become",
        "box",
        "do",
        "final",
        "macro",
        "override",
        "priv",
        "try",
        "typeof",
        "unsized",
        "virtual",
        "yield",
        "union",
    ]
)
# Can't even be raw identifiers.
_NEVER_RAW = frozenset({"self", "Self", "super", "crate", "_"})
# Names of the prelude that a user's class must not hide.
_TAKEN = frozenset(
    [
        "Stop",
        "Outcome",
        "Fault",
        "Value",
        "Num",
        "Integer",
        "Date",
        "Decimal",
        "Datetime",
        "Timedelta",
        "OneOf2",
        "OneOf3",
        "OneOf4",
        "Str",
        "Bytes",
        "Counter",
        "DefaultDict",
        "Deque",
        "OrderedDict",
        "Dict",
        "Set",
        "Shared",
        "Key",
        "Vec",
        "Option",
        "Some",
        "None",
        "Ok",
        "Err",
        "String",
        "Result",
        "Box",
        "Self",
        "Ordered",
        "SameAs",
        "AsArgument",
        "Clone",
        "Copy",
        "Debug",
        "PartialEq",
        "Eq",
        "Hash",
    ]
)
_SCALARS = {
    "int": "i64",
    "big": "Integer",
    "float": "f64",
    "bool": "bool",
    "str": "Str",
    "char": "char",
    "bytes": "Bytes",
    "None": "()",
    "never": "()",
    "fault": "Box<Fault>",
    "num": "Num",
    "hash": "carveout_runtime::hashes::Hash",
    "random": "carveout_runtime::random::Random",
    "pattern": "carveout_runtime::pattern::Pattern",
    "match": "carveout_runtime::pattern::Match",
    "json": "carveout_runtime::dumps::Json",
    "decimal": "Decimal",
    "date": "Date",
    "datetime": "Datetime",
    "timedelta": "Timedelta",
}


_DICTS = {"dict": "Dict", "defaultdict": "DefaultDict", "OrderedDict": "OrderedDict"}


@dataclass(frozen=True, slots=True)
class Text:
    """Rust source of an expression and how tightly it binds."""

    text: str
    prec: int = ATOM

    def at_least(self, prec: int) -> str:
        return self.text if self.prec >= prec else f"({self.text})"


def ident(name: str) -> str:
    """A Python name as a Rust one."""
    if name in _NEVER_RAW:
        return f"{name}_"
    if not name.isascii():
        name = "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)
    return f"r#{name}" if name in _KEYWORDS else name


def class_ident(name: str) -> str:
    """A class's name, "pkg.mod:Outer.Name", as a Rust type's."""
    # `Stack[list[int]]` is StackListInt; what it is made of may be of any module.
    outer, _, inner = name.partition("[")
    words = re.findall(r"\w+", re.sub(r"[\w.]+:", "", inner))
    short = outer.rsplit(":", 1)[-1].replace(".", "").lstrip("_")
    short += "".join(word[:1].upper() + word[1:] for word in words)
    return f"{short}Type" if short in _TAKEN or short in _KEYWORDS else short


def member_ident(name: str) -> str:
    """`BUY_NOW` as `BuyNow`."""
    parts = [part for part in name.split("_") if part]
    if name.isupper() or "_" in name:
        made = "".join(part[:1].upper() + part[1:].lower() for part in parts)
    else:
        made = name[:1].upper() + name[1:]
    return f"N{made}" if not made or made[0].isdigit() else f"{made}_" if made == "Self" else made


def function_word(name: str) -> str:
    """The same as part of a method's name: `is_buy_now`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", member_ident(name)).lower().strip("_")


def rust_type(type_: Type, prefix: str = "", *, table: TypeTable) -> str:
    """The owned Rust type; a counted object's is its handle."""

    def named(inner: Type) -> str:
        return rust_type(inner, prefix, table=table)

    match type_:
        case Scalar(name):
            return _SCALARS[name]
        case ListType(item) | VarTupleType(item):
            text = f"Vec<{named(item)}>"
        case DictType(key, value):
            if type_.kind == "Counter":
                text = f"Counter<{named(key)}>"
            else:
                text = f"{_DICTS[type_.kind]}<{named(key)}, {named(value)}>"
        case DequeType(item):
            text = f"Deque<{named(item)}>"
        case SetType(item, _):
            text = f"Set<{named(item)}>"
        case OptionalType(item):
            return f"Option<{named(item)}>"
        case RefType(item):
            return f"&{named(item)}"
        case TupleType(items):
            inner = ", ".join(map(named, items))
            return f"({inner},)" if len(items) == 1 else f"({inner})"
        case UnionType(items):
            return f"OneOf{len(items)}<{', '.join(map(named, items))}>"
        case StructType(name) | EnumType(name) | FunctionType(name):
            text = prefix + class_ident(name)
        case _:
            raise AssertionError(type_)
    return f"Shared<{text}>" if table.shared(type_) else text


def string(value: str) -> str:
    """A Rust string literal."""
    out = []
    for c in value:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        elif c == "\t":
            out.append("\\t")
        elif c == "\r":
            out.append("\\r")
        elif c.isprintable():
            out.append(c)
        else:
            out.append(f"\\u{{{ord(c):x}}}")
    return '"' + "".join(out) + '"'


def number(value: int | float, suffix: bool = False) -> Text:
    """A literal; `suffix` where Rust can't tell the type."""
    if isinstance(value, int):
        if value == -(2**63):
            return Text("i64::MIN")
        text = str(value) + ("_i64" if suffix else "")
        return Text(text, UNARY if value < 0 else ATOM)
    if value != value:
        return Text("f64::NAN")
    if value in (float("inf"), float("-inf")):
        return Text("f64::INFINITY") if value > 0 else Text("f64::NEG_INFINITY")
    text = repr(value)
    if "." not in text and "e" not in text:
        text += ".0"
    text += "_f64" if suffix else ""
    return Text(text, UNARY if text.startswith("-") else ATOM)


def big_literal(value: int) -> str:
    """An int of any size."""
    if -(2**63) <= value < 2**63:
        return f"Integer::from({value}_i64)"
    if -(2**127) <= value < 2**127:
        return f"Integer::from({value}_i128)"
    return f'Integer::literal("{value:x}")'


def doc_lines(text: str | None, mark: str = "///") -> list[str]:
    """A docstring as Rust doc comments."""
    if not text:
        return []
    lines = text.strip("\n").splitlines()
    rest = [line for line in lines[1:] if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    cleaned = [lines[0].strip(), *(line[indent:].rstrip() for line in lines[1:])]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return [f"{mark} {line}".rstrip() for line in cleaned]
