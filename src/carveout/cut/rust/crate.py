"""The generated crate: glue, types and the operation.

    crate_files(program, table, contract, …)     # {"src/operation.rs": "…", …}

Layout: `src/operation.rs` is for people; `src/lib.rs`, `src/types.rs` and `src/main.rs` are glue.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    FLOAT,
    NUM,
    EnumInfo,
    Scalar,
    StructInfo,
    StructType,
    TupleType,
    Type,
    TypeTable,
)
from carveout.cut.registry.modules import features
from carveout.cut.rust.asked import Asked, asked_of, enum_extras, show_struct
from carveout.cut.rust.functions import function_enum
from carveout.cut.rust.places import CannotWrite
from carveout.cut.rust.statements import Statements
from carveout.cut.rust.text import class_ident, doc_lines, ident, member_ident, rust_type, string

GENERATOR = "0.1.0"
_CARGO = """\
[package]
name = "{package}"
version = "0.1.0"
edition = "2024"
publish = false

[lib]
name = "carving"
crate-type = ["cdylib", "rlib"]

[[bin]]
name = "worker"
path = "src/main.rs"
required-features = ["worker"]

[features]
inline = ["carveout-runtime/python"]
worker = ["dep:carveout-worker"]

[dependencies]
carveout-runtime = {{ path = {runtime}{features} }}
carveout-worker = {{ path = {worker}, optional = true }}

[profile.release]
opt-level = 3
panic = "unwind"
codegen-units = 1
strip = true
lto = "off"

[workspace]
"""
# Formatted through the `mod` lines of src/lib.rs.
_MODULES = ("src/operation.rs", "src/types.rs")
_MAIN = """\
//! The worker: this carving as a process of its own.

fn main() -> std::process::ExitCode {
    carveout_worker::main(carving::table())
}
"""


def rustfmt(sources: dict[str, str]) -> dict[str, str]:
    """Rust files by their paths in a crate, formatted; as they are where there is no rustfmt."""
    tool = shutil.which("rustfmt")
    if tool is None:
        return sources
    # One process for all of them; it finds the modules of lib.rs beside it.
    with tempfile.TemporaryDirectory(prefix="carveout-fmt-") as folder:
        paths = {name: Path(folder) / name for name in sources}
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sources[name], encoding="utf-8")
        heads = [str(path) for name, path in paths.items() if name not in _MODULES]
        command = [tool, "--edition", "2024", *heads]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            return sources
        return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


def contract_hash(contract: dict[str, Any]) -> str:
    """The contract's hash as carveout.contract gives it."""
    text = json.dumps(contract, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def used_types(program: ir.Program, table: TypeTable) -> set[str]:
    """The structs and enums that a program touches."""
    found: set[str] = set()

    def note(type_: Type) -> None:
        name = getattr(type_, "name", "")
        if name in table.structs or name in table.enums or name in table.functions:
            if name in found:
                return
            found.add(name)
        for part in table.parts(type_):
            note(part)

    for function in program.functions.values():
        note(function.result)
        for variable in function.variables.values():
            note(variable.type)
        for statement in function.body:
            for node in ir.walk(statement):
                if isinstance(node, ir.Expr):
                    note(node.type)
    return found


def types_source(table: TypeTable, names: set[str], asked: Asked | None = None) -> str:
    """src/types.rs. `asked` says what else than their fields a program uses of them."""
    body: list[str] = []
    asked = asked or Asked()
    for name in sorted(names):
        if name in table.enums:
            body += _enum(table.enums[name])
            body += enum_extras(table.enums[name], asked)
    for name in sorted(names):
        if name in table.structs:
            body += _struct(table.structs[name], table)
            body += show_struct(table.structs[name]) if name in asked.shown else ()
    for name in sorted(names):
        if name in table.functions:
            body += function_enum(table.functions[name], table)
    head = [
        "//! The types that cross between Python and this carving.",
        "",
        "#![allow(dead_code)]",
        "",
        *(["use std::cmp::Ordering;", ""] if any("Ordering" in line for line in body) else []),
        *_imports("\n".join(body)),
        "",
    ]
    return "\n".join([*head, *body]) + "\n"


_PRELUDE = (
    "Bytes",
    "Compare",
    "Counter",
    "DefaultDict",
    "Deque",
    "OrderedDict",
    "Dict",
    "Key",
    "Num",
    "Integer",
    "Date",
    "Decimal",
    "Datetime",
    "Timedelta",
    "OneOf2",
    "OneOf3",
    "OneOf4",
    "Outcome",
    "Set",
    "Stop",
    "Str",
    "Value",
    "Shared",
    "Clear",
    "Show",
)


def _imports(text: str) -> list[str]:
    """What of the runtime's names a text uses, as `use` lines."""
    public = {"Key": "dict::Key", "Clear": "shared::Clear", "Show": "show::Show"}
    # Not what is only said, in a name of Python's or in a comment; nor an enum's members.
    text = re.sub(r'"(?:[^"\\]|\\.)*"|//.*', "", text)
    text = re.sub(r"choice!\([^)]*\)|\benum \w+ \{[^}]*\}|::(?!choice)\w+", "", text)
    used = sorted(public.get(name, name) for name in _PRELUDE if _mentions(text, name))
    return [f"use carveout_runtime::{{{', '.join(used)}}};"] if used else []


def _enum(info: EnumInfo) -> Iterator[str]:
    name = class_ident(info.name)
    members = [member_ident(member) for member in info.members]
    yield from doc_lines(info.doc)
    yield "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]"
    yield f"pub enum {name} {{ {', '.join(members)} }}"
    yield f"carveout_runtime::choice!({name}, {string(info.name)}, {{ {', '.join(members)} }});"
    yield f"impl {name} {{"
    yield "/// The member's name in Python."
    yield "#[must_use]"
    yield "pub fn name(self) -> Str { Str::from(match self {"
    for python, rust in zip(info.members, members, strict=True):
        yield f"Self::{rust} => {string(python)},"
    yield "}) }"
    if info.value_type is not None:
        integers = str(info.value_type) == "int"
        yield "/// The member's value."
        yield "#[must_use]"
        yield f"pub fn value(self) -> {'i64' if integers else 'Str'} {{"
        yield "match self {" if integers else "Str::from(match self {"
        for python, rust in zip(info.members, members, strict=True):
            value = info.members[python]
            yield f"Self::{rust} => {value if integers else string(str(value))},"
        yield "} }" if integers else "}) }"
    yield "}"
    order = "" if info.base == "none" else "self.value().compare(&other.value())"
    yield from _traits(name, "Ok(self == other)", True, order=order)
    yield ""


def _struct(info: StructInfo, table: TypeTable) -> Iterator[str]:
    name = class_ident(info.name)
    exact = not any(table.has_float(t) for t in info.fields.values())
    keys = exact and info.equal and all(table.hashable(t) for t in info.fields.values())
    derives = ["Debug", "Clone"]
    derives += [] if info.identity else ["PartialEq"]
    derives += ["Eq", "Hash"] if keys else []
    yield from doc_lines(info.doc)
    yield f"#[derive({', '.join(derives)})]"
    yield f"pub struct {name} {{"
    for field, type_ in info.fields.items():
        yield f"pub {ident(field)}: {rust_type(type_, table=table)},"
    yield "}"
    fields = ", ".join(f"{ident(f)}: {rust_type(t, table=table)}" for f, t in info.fields.items())
    if table.crossing(StructType(info.name)):
        yield f"carveout_runtime::record!({name}, {string(info.name)}, {{ {fields} }});"
    yield from _clear(name, info)
    if info.identity:
        # Handles to one object are equal before this is asked.
        yield f"impl PartialEq for {name} {{ fn eq(&self, _: &Self) -> bool {{ false }} }}"
        yield from _traits(name, "Ok(false)", False, other="_")
        return
    if info.ordered and table.comparable(StructType(info.name)):
        yield from _ordered(name, info)
        yield from _key(name, keys)
        return
    tests = [f"self.{ident(f)}.equal(&other.{ident(f)})?" for f in info.fields]
    other = "other" if tests else "_"
    yield from _traits(name, f"Ok({' && '.join(tests) or 'true'})", keys, other=other)


def _ordered(name: str, info: StructInfo) -> Iterator[str]:
    """As tuples of their fields: the first that differ decide."""
    fields = [ident(field) for field in info.fields]
    yield f"impl Compare for {name} {{"
    yield "fn compare(&self, other: &Self) -> Outcome<Ordering> {"
    for field in fields:
        yield f"if !self.{field}.equal(&other.{field})? {{"
        yield f"return self.{field}.compare(&other.{field}); }}"
    yield "Ok(Ordering::Equal) }"
    tests = " && ".join(f"self.{field}.equal(&other.{field})?" for field in fields)
    yield f"fn equal(&self, other: &Self) -> Outcome<bool> {{ Ok({tests or 'true'}) }}"
    tests = " && ".join(f"self.{field}.orderly()" for field in fields)
    yield f"fn orderly(&self) -> bool {{ {tests or 'true'} }} }}"
    yield ""


def _clear(name: str, info: StructInfo) -> Iterator[str]:
    """Lets go of what an object holds, where a cycle of them would never be freed."""
    yield f"impl Clear for {name} {{"
    if info.cyclic:
        yield "const CYCLIC: bool = true;"
    yield "fn clear(&mut self) {"
    for field in info.fields:
        yield f"Clear::clear(&mut self.{ident(field)});"
    yield "} }"


def _key(name: str, key: bool) -> Iterator[str]:
    if key:
        yield f"impl Key for {name} {{"
        yield "fn key_value(&self) -> Value { Value::None }"
        yield 'fn key_fault(&self) -> Stop { Stop::Decline("a KeyError of this key") } }'


def _traits(
    name: str, equal: str, key: bool, other: str = "other", order: str = ""
) -> Iterator[str]:
    yield f"impl Compare for {name} {{"
    if order:
        yield f"fn compare(&self, other: &Self) -> Outcome<Ordering> {{ {order} }}"
        yield "fn orderly(&self) -> bool { true }"
    else:
        yield 'fn compare(&self, _: &Self) -> Outcome<Ordering> { Err(Stop::Decline("no order")) }'
    yield f"fn equal(&self, {other}: &Self) -> Outcome<bool> {{ {equal} }} }}"
    yield from _key(name, key)
    yield ""


def operation_source(program: ir.Program, table: TypeTable, names: set[str]) -> str:
    """src/operation.rs."""
    entry = program.functions[program.entry]
    lines = [
        f"//! `{program.entry}`, drafted from Python. This file is yours to edit.",
        "",
        "#![forbid(unsafe_code)]",
        "",
        "use carveout_runtime::prelude::*;",
    ]
    body = [Statements(program, table, entry).write()]
    for key, function in program.functions.items():
        if key != program.entry:
            body.append(Statements(program, table, function).write())
    if any(name != name.lower() for f in program.functions.values() for name in f.variables):
        # Names are kept as they are in Python.
        lines[3:3] = ["#![allow(non_snake_case)]"]
    used = sorted(n for n in map(class_ident, names) if any(_mentions(text, n) for text in body))
    if used:
        lines.append(f"use crate::types::{{{', '.join(used)}}};")
    lines.append("")
    for name, (type_, value) in sorted(program.constants.items()):
        if any(_mentions(text, ident(name)) for text in body):
            shown = string(value) if isinstance(value, str) else _literal(value, type_)
            kind = "&str" if isinstance(value, str) else rust_type(type_, table=table)
            lines.append(f"const {ident(name)}: {kind} = {shown};")
    # Only what is used may be imported; the prelude is a glob, which is never unused here.
    return "\n".join([*lines, "", "\n\n".join(body)]) + "\n"


def _literal(value: object, type_: Type) -> str:
    from carveout.cut.rust.text import number

    if isinstance(value, bool):
        return str(value).lower()
    assert isinstance(value, (int, float))
    return number(value).text


def _mentions(text: str, name: str) -> bool:

    return re.search(rf"(?<![\w#]){re.escape(name)}\b", text) is not None


def lib_source(
    contract: dict[str, Any],
    params: list[tuple[str, Type]],
    result: Type,
    name: str,
    table: TypeTable,
    changes: bool = False,
) -> str:
    """src/lib.rs. `changes`: the operation may change its arguments, or give one of them back."""
    args = ", ".join(f"{ident(n)}: {_crossing(t, table)}" for n, t in params)
    signature = f"operation::{ident(name)}({args}) -> {_crossing(result, table)}"
    typed = table.structs or table.enums or table.functions
    crossing = result if not changes else TupleType((result, *(t for _, t in params)))
    unions = _written_as_unions(crossing, table)
    if unions and changes:
        raise CannotWrite("arguments of `int | float` that change")
    flags = ", changes" if changes else ", unions" if unions else ""
    return f"""\
//! Glue: what Python calls. Generated; `operation.rs` is the part for people.

mod operation;
{"mod types;" if typed else ""}

{"".join(_imports(signature))}

carveout_runtime::operations! {{
    contract = include_str!("../contract.json"), hash = "{contract_hash(contract)}";
    "{contract["name"]}" => {signature}{flags};
}}
"""


def _written_as_unions(type_: Type, table: TypeTable) -> bool:
    """Whether the numbers in a result are `int | float` in the contract; all of them or none."""
    found: set[str] = set()

    def note(part: Type) -> bool:
        if part == NUM and isinstance(part, Scalar):
            found.add(part.said)
        return False

    table.any_part(type_, note)
    if len(found) > 1:
        raise CannotWrite("a result of both float and `int | float`")
    return bool(found - {""})


def _crossing(type_: Type, table: TypeTable) -> str:
    return rust_type(type_, "types::", table=table)


def crate_files(
    program: ir.Program,
    table: TypeTable,
    contract: dict[str, Any],
    reference_hash: str,
    crates: str,
    formatted: bool = True,
) -> dict[str, str]:
    """Every file of the crate by its path; raises CannotWrite for what only the plain way has."""
    entry = program.functions[program.entry]
    names = used_types(program, table)
    table = TypeTable(
        {name: info for name, info in table.structs.items() if name in names},
        {name: info for name, info in table.enums.items() if name in names},
        {name: info for name, info in table.functions.items() if name in names},
    )
    params = [(param.name, param.type) for param in entry.params]
    lib = lib_source(contract, params, entry.result, entry.name, table, program.changes)
    sources = {"src/lib.rs": lib, "src/operation.rs": operation_source(program, table, names)}
    if names:
        sources["src/types.rs"] = types_source(table, names, asked_of(program, table))
    if formatted:
        sources = rustfmt(sources)
    return assemble(contract, reference_hash, crates, sources)


def feature_list(sources: dict[str, str]) -> str:
    """What of the runtime's optional parts is asked for, as Cargo.toml has it."""
    wanted = features(sources)
    return f", features = [{', '.join(map(string, wanted))}]" if wanted else ""


def package_name(operation: str) -> str:
    """The crate's name: no two operations share one, because cargo tells crates apart by it."""
    short = operation.rsplit(":", 1)[-1].replace("_", "-").lower()
    said = "".join(c for c in short if c.isascii() and (c.isalnum() or c == "-")).strip("-")
    mark = hashlib.sha256(operation.encode()).hexdigest()[:8]
    return f"carving-{said}-{mark}" if said else f"carving-{mark}"


def assemble(
    contract: dict[str, Any], reference_hash: str, crates: str, sources: dict[str, str]
) -> dict[str, str]:
    """The sources with everything that every crate has."""
    package = package_name(contract["name"])
    files = {
        "Cargo.toml": _CARGO.format(
            package=package,
            runtime=string(f"{crates}/carveout-runtime"),
            features=feature_list(sources),
            worker=string(f"{crates}/carveout-worker"),
        ),
        "src/main.rs": _MAIN,
        **sources,
        "contract.json": json.dumps(contract, indent=2, ensure_ascii=False) + "\n",
    }
    carving = {
        "operation": contract["name"],
        "contract_hash": contract_hash(contract),
        "reference_hash": reference_hash,
        "generator": GENERATOR,
        "files": {
            path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())
        },
    }
    files["carving.json"] = json.dumps(carving, indent=2) + "\n"
    return files


__all__ = ["FLOAT", "assemble", "contract_hash", "crate_files", "rustfmt"]
