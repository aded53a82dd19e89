"""One small Rust function for each registry entry and each kind of argument it takes.

    calls()[0].rust      # "fn call_0(a0: i64, a1: i64) -> Outcome<i64> { Ok(int::add(a0, a1)?) }"

What generated code calls without a registry entry (loops, sums, formats, items that are changed in
place) is listed in `MORE`, written as the backend writes it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

import parity_modules
import parity_patterns
from parity_types import Kind, parse

from carveout.cut.registry import all_entries, characters, entries
from carveout.cut.registry.entry import Entry, Name, Shape

# What a type variable is tried with: `K` is hashable, `C` comparable, `R` and `S` have a repr.
TRIED: dict[str, list[str]] = {
    "K": ["int", "str", "tuple[int, opt[bytes]]", "vtuple[int]"],
    "R": [
        "list[opt[float]]",
        "tuple[str]",
        "dict[str, tuple[bytes, bool]]",
        "deque[int]",
        "counter[str]",
        "opt[list[str]]",
        "tuple[int, tuple[float, None]]",
    ],
    "S": ["int", "str", "tuple[int, opt[bytes]]"],
    "C": ["int", "float", "str", "tuple[float, int]", "list[bytes]", "decimal"],
    "T": ["int", "float", "str", "list[opt[float]]"],
    "V": ["int", "list[float]", "str"],
    **{name: ["int", "str"] for name in "ABD"},
}
# Equality knows more types than order.
EQUAL = [
    "opt[float]",
    "list[float]",
    "tuple[int, str]",
    "dict[str, float]",
    "set[int]",
    "list[str]",
    "deque[int]",
    "ddict[str, int]",
    "odict[str, int]",
    "counter[int]",
    "list[counter[str]]",
    "date",
    "datetime",
    "list[timedelta]",
    "decimal",
    "list[decimal]",
]
_RUST = {
    "int": "i64",
    "big": "Integer",
    "decimal": "Decimal",
    "date": "Date",
    "datetime": "Datetime",
    "timedelta": "Timedelta",
    "float": "f64",
    "bool": "bool",
    "str": "Str",
    "bytes": "Bytes",
    "None": "()",
}
_COPY = {"int", "float", "bool", "None", "date", "datetime", "timedelta"}
_HOLE = re.compile(r"\{(\d)([^}]*)\}")


@dataclass(frozen=True)
class Call:
    """A function of the driver, and which of Python's it stands for."""

    key: str
    kinds: tuple[Kind, ...]
    result: Kind
    # The first argument comes back changed, beside the result.
    changes: bool
    body: str
    # The entry's signature and template, or the name under `MORE`.
    source: str

    def rust(self, index: int) -> str:
        names = [f"a{at}" for at in range(len(self.kinds))]
        given = ", ".join(f"mut {n}" if self.changes and n == "a0" else n for n in names)
        # A factory does not cross: the type's own empty value stands for it.
        made = "".join(
            f"let {'mut ' * (self.changes and n == 'a0')}{n} = "
            f"DefaultDict::from_dict(Default::default, {n});\n    "
            for n, kind in zip(names, self.kinds, strict=True)
            if kind[0] == "ddict"
        )
        plain = [["dict", *k[1:]] if k[0] == "ddict" else k for k in self.kinds]
        types = ", ".join(map(rust_type, plain))
        result = rust_type(self.result)
        if self.changes:
            result = f"({result}, {rust_type(self.kinds[0])})"
            body = f"let result = {{ {self.body} }};\n    Ok((result, a0))"
        else:
            body = f"Ok({{ {self.body} }})"
        head = f"fn call_{index}(({given},): ({types},)) -> Outcome<{result}>"
        return f"{head} {{\n    {made}{body}\n}}\n"

    def plan(self) -> dict[str, Any]:
        """What the runner needs, as JSON."""
        return {
            "key": self.key,
            "kinds": list(self.kinds),
            "result": self.result,
            "changes": self.changes,
            "source": self.source,
        }


def rust_type(kind: Kind) -> str:
    inner = [rust_type(part) for part in kind[1:]]
    match kind[0]:
        case "list" | "vtuple":
            return f"Vec<{inner[0]}>"
        case "set" | "fset":
            return f"Set<{inner[0]}>"
        case "deque":
            return f"Deque<{inner[0]}>"
        case "counter":
            return f"Counter<{inner[0]}>"
        case "dict" | "ddict" | "odict":
            name = {"dict": "Dict", "ddict": "DefaultDict", "odict": "OrderedDict"}[kind[0]]
            return f"{name}<{inner[0]}, {inner[1]}>"
        case "opt":
            return f"Option<{inner[0]}>"
        case "tuple":
            return f"({', '.join(inner)},)"
    return _RUST[kind[0]]


def copies(kind: Kind) -> bool:
    """Whether the Rust type is `Copy`: then it is passed by value."""
    if kind[0] in ("opt", "tuple"):
        return all(map(copies, kind[1:]))
    return kind[0] in _COPY


def _variables(shape: Shape, found: dict[str, None]) -> None:
    if isinstance(shape, Name):
        if shape.name in TRIED:
            found[shape.name] = None
        return
    for part in shape.args:
        _variables(part, found)


def _built(shape: Shape, chosen: dict[str, str], turn: int) -> Kind:
    if isinstance(shape, Name):
        return parse(chosen.get(shape.name, shape.name))
    name = shape.name
    # A shape that takes several types takes turns.
    name = {"iter": "list", "seq": ["list", "vtuple"][turn % 2],
            "anyset": ["set", "fset"][turn % 2],
            "anydict": ["dict", "ddict", "odict"][turn % 3]}.get(name, name)  # fmt: skip
    return [name, *(_built(part, chosen, turn) for part in shape.args)]


def _many(shape: Shape) -> bool:
    return not isinstance(shape, Name) and (
        shape.name in ("seq", "anyset", "anydict") or any(map(_many, shape.args))
    )


def _first(entry: Entry) -> str:
    shape = entry.params[0].shape if entry.params else None
    return "" if shape is None else shape.name


def _names(shape: Shape) -> set[str]:
    if isinstance(shape, Name):
        return {shape.name}
    return set().union(*map(_names, shape.args))


# What only declines, needs an exception or has no value: tests/cut/corpus has them.
_NOT_HERE = {
    "num.narrowed",
    "decimal.zero",
    "fault.str",
    "fault.repr",
    "fault.class",
    "fault.keystr",
    "unpack.exact",
    "unpack.rest",
}


def _of_mixed(entry: Entry) -> list[Call]:
    """Numbers that are an int or a float: every mix of the two, and which of them comes out."""
    kinds = [("int", "float") if "num" in _names(p.shape) else tuple(_names(p.shape))
             for p in entry.params]  # fmt: skip
    made = []
    for mix in itertools.product(*kinds):
        if entry.key == "float.is_integer" and mix == ("int",):
            continue
        given = [
            f"Num::{kind.capitalize()}(a{at})" if len(kinds[at]) == 2 else f"a{at}"
            for at, kind in enumerate(mix)
        ]
        body = _HOLE.sub(lambda found, given=given: given[int(found[1])], entry.rust)
        key, result = entry.key, _names(entry.result).pop()
        if result == "num":
            key, result = f"num {key}", "tuple[bool, str]"
            body = f"let found = {body}; (found.is_int(), found.repr())"
        source = f"{entry.key} {entry.rust}"
        kept = tuple(map(parse, mix))
        made.append(Call(key, kept, parse(result), False, body, source))
    return made


def _as_text(entry: Entry, kinds: tuple[Kind, ...]) -> Call:
    """A number that is an int or a float: which it is, and every bit of it."""
    body = f"let found = {_body(entry, kinds)}; (found.is_int(), found.repr())"
    result, source = parse("tuple[bool, str]"), f"{entry.key} {entry.rust}"
    return Call(f"num {entry.key}", kinds, result, False, body, source)


def _of_entry(entry: Entry) -> list[Call]:
    if entry.key in _NOT_HERE or entry.key in ("re.joined", "match.string!"):
        return []
    if (made := parity_modules.calls_of(entry, _of_module)) is not None:
        return made
    if any("num" in _names(taken.shape) for taken in entry.params):
        return _of_mixed(entry)
    variables: dict[str, None] = {}
    for taken in entry.params:
        _variables(taken.shape, variables)
    generic_equality = entry.key in ("==", "!=") and "T" in variables
    tried = {name: EQUAL if generic_equality else TRIED[name] for name in variables}
    turns = max([len(options) for options in tried.values()], default=1)
    if any(_many(taken.shape) for taken in entry.params):
        turns = max(turns, 3)
    made = []
    for turn in range(turns):
        chosen = {name: options[turn % len(options)] for name, options in tried.items()}
        kinds = tuple(_built(taken.shape, chosen, turn) for taken in entry.params)
        if kinds and _first(entry) == "anydict" and kinds[0][0] in map(_first, entries(entry.key)):
            # It has an entry of its own.
            continue
        if entry.result == Name("num"):
            made.append(_as_text(entry, kinds))
            continue
        # `{set} | {set}` gives what the first one is.
        result = _built(entry.result, chosen, turn)
        made.append(
            Call(entry.key, kinds, result, entry.params[0].mode == "mut", _body(entry, kinds),
                 f"{entry.key} {entry.rust}")
        )  # fmt: skip
    return made


def _body(entry: Entry, kinds: tuple[Kind, ...]) -> str:
    def hole(found: re.Match[str]) -> str:
        index, how = int(found[1]), found[2]
        name, taken = f"a{index}", entry.params[index]
        if how not in ("", "&") or taken.mode == "own":
            return name
        if taken.mode == "mut":
            return f"&mut {name}"
        bare = isinstance(taken.shape, Name) and len(taken.shape.name) == 1
        return name if copies(kinds[index]) and not bare and how != "&" else f"&{name}"

    text = _HOLE.sub(hole, entry.rust)
    if entry.gives != "own":
        return f"({text}).clone()"
    return text


def _more(key: str, kinds: str, result: str, body: str, changes: bool = False) -> Call:
    params = parse(f"tuple[{kinds}]")[1:]
    return Call(key, tuple(params), parse(result), changes, body, f"{key} {body}")


# The parts of a `format::Spec`, as registry/formats.py finds them in its text.
SPEC = "tuple[str, opt[str], opt[str], bool, bool, int, opt[str], opt[int], opt[str]]"
_PARTS = ["fill", "align", "sign", "alternate", "zero", "width", "grouping", "precision", "kind"]


def _of_module(key: str, kinds: str, result: str, body: str, changes: bool, source: str) -> Call:
    params = tuple(parse(f"tuple[{kinds}]")[1:]) if kinds else ()
    return Call(key, params, parse(result), changes, body, source)


def _format(kind: str, value: str) -> Call:
    first = ".map(|c| c.chars().next().unwrap())"
    letters = {
        "fill": ".chars().next().unwrap()",
        "align": first,
        "sign": first,
        "width": " as usize",
        "grouping": first,
        "precision": ".map(|p| p as usize)",
        "kind": first,
    }
    fields = ", ".join(f"{part}: a1.{at}{letters.get(part, '')}" for at, part in enumerate(_PARTS))
    module, function = (kind, "format") if kind in ("big", "decimal") else ("format", kind)
    return _more(
        "format", f"{kind}, {SPEC}", "str",
        f"let spec = format::Spec {{ {fields} }}; {module}::{function}({value}, &spec)?",
    )  # fmt: skip


def _characters() -> list[Call]:
    """What is done with a text of one character: of those of a text, one after the other."""
    calls = []
    for key, entry in characters.AS_CHAR.items():
        body = entry.rust.replace("{0}", "c")
        result = {"str.lower": "list[str]", "str.upper": "list[str]"}.get(key, "list[bool]")
        result = "list[int]" if key in ("builtins.ord", "builtins.int") else result
        text = f"a0.chars().map(|c| Ok({body})).collect::<Outcome<Vec<_>>>()?"
        calls.append(_more(f"each.{key}", "str", result, text))
    for key in ("==", "!=", "<", "<=", ">", ">="):
        text = f"a0.chars().zip(a1.chars()).map(|(a, b)| a {key} b).collect()"
        calls.append(_more(f"pairs.{key}", "str, str", "list[bool]", text))
    for name, entry in (("is", characters.SAME), ("in", characters.WITHIN)):
        body = entry.rust.replace("{0}", "c").replace("{1}", "&a1")
        text = f"a0.chars().map(|c| {body}).collect()"
        calls.append(_more(f"each.{name}", "str, str", "list[bool]", text))
    text = 'let mut made = Str::from(""); for c in a0.chars() { '
    text += f"made = {characters.APPEND.rust.replace('{0}', 'made').replace('{1}', 'c')}; }} made"
    return [*calls, _more("appended", "str", "str", text)]


MORE: list[Call] = [
    _more("chars", "str", "list[str]", "text::chars(&a0).collect()"),
    _more("getitem", "str, int", "str", "character::text(character::at(&a0, a1)?)"),
    _more("builtins.chr", "int", "str", "character::text(character::chr(a0)?)"),
    *_characters(),
    _more("ints", "bytes", "list[int]", "bytes::iter(&a0).collect()"),
    _more("range", "int, int, int, int", "list[int]",
          "iter::range(a0, a1, a2)?.take(a3 as usize).collect()"),
    _more("range.reversed", "int, int, int, int", "list[int]",
          "iter::range(a0, a1, a2)?.rev().take(a3 as usize).collect()"),
    _more("setitem", "list[int], int, int", "None", "list::set(&mut a0, a1, a2)?", True),
    _more("setitem", "list[str], int, str", "None", "list::set(&mut a0, a1, a2)?", True),
    _more("setitem", "dict[str, int], str, int", "None", "a0.insert(a1, a2)", True),
    _more("getitem", "list[str], int", "str", "list::get_mut(&mut a0, a1)?.clone()", True),
    _more("getitem", "dict[str, float], str", "float", "*a0.item_mut(&a1)?", True),
    _more("items", "dict[str, int]", "list[tuple[str, int]]",
          "a0.iter().map(|(k, v)| (k.clone(), *v)).collect()"),
    _more("reversed", "dict[int, str]", "list[int]", "a0.keys().rev().copied().collect()"),
    _more("orders", "list[tuple[int, int, int]]", "dict[int, int]", """
        let mut made = Dict::new();
        for (what, key, value) in a0 {
            if what % 3 == 0 { let _ = dict::pop_default(&mut made, &key, 0); }
            else { made.insert(key, value); }
        }
        made"""),
    _more("builtins.sum", "list[float]", "float",
          "let mut total = float::Sum::new(); for x in a0 { total.add(x); } total.finish()?"),
    _more("sum.start", "list[float], float", "float",
          "let mut t = float::Sum::starting(a1); for x in a0 { t.add(x); } t.finish()?"),
    _more("+", "str, str", "str", "text::append(a0, &a1)"),
    _more("appends", "list[str]", "list[str]", """
        let (mut s, mut made) = (Str::default(), Vec::new());
        for part in a0 {
            s = text::append(s, &part);
            // Every other one is shared, so that the next may not grow in place.
            made.push(if made.len() % 2 == 0 { s.clone() } else { text::repeat(&s, 1)? });
        }
        made"""),
    _more("f-string", "str", "str", 'Str::from(format!("{a0}"))'),
    _more("f-string", "int", "str", 'Str::from(format!("{a0}"))'),
    _more("f-string", "float", "str", 'Str::from(format!("{}", float::repr(a0)))'),
    _more("f-string", "bool", "str", 'Str::from(format!("{}", text::from_bool(a0)))'),
    _format("int", "a0"),
    _format("big", "&a0"),
    _format("decimal", "&a0"),
    _more("bigs", "list[decimal]", "list[decimal]",
          "let mut m = Dict::new(); for x in a0 { m.insert(x, ()); } m.keys().cloned().collect()"),
    _more("builtins.sum", "list[decimal]", "decimal",
          "let mut total = decimal::Sum::new(); for x in &a0 { total.add(x)?; } total.finish()?"),
    _more("bigs", "list[big]", "list[big]",
          "let mut m = Dict::new(); for x in a0 { m.insert(x, ()); } m.keys().cloned().collect()"),
    _format("float", "a0"),
    _format("bool", "a0"),
    _format("str", "&a0"),
]  # fmt: skip


def calls() -> list[Call]:
    """Every call to test, in the driver's order."""
    return (
        [call for entry in all_entries() for call in _of_entry(entry)]
        + MORE
        + parity_modules.more(_of_module)
        + parity_patterns.more(_of_module)
    )
