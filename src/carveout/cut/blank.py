"""A crate to fill in by hand: types, an empty function, the recorded cases, and what "done" means.

    blank_files(contract_json, cases, crates_dir, reference_hash)["src/operation.rs"]

The empty function declines every call, so that a blank carving is already safe to place: the
reference answers. `carve prove` decides when it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carveout.cut.contracts import read_contract
from carveout.cut.ir.types import Type, TypeTable
from carveout.cut.rust.crate import assemble, lib_source, rustfmt, types_source
from carveout.cut.rust.text import ident, rust_type

_README = """\
# {name}

A carving written by hand. `src/operation.rs` holds the function; everything else is glue.

1. Write `src/operation.rs`. For a call you don't want to answer, return
   `Err(Stop::Decline("why"))`: the Python function answers it.
2. An exception is a value: `Err(fault::message("builtins:ValueError", "the text"))`.
3. `carve prove {name}` replays recorded calls and generated ones through both and shows the first
   difference. It is done when there is none and the share of declines suits you.

{cases}
"""


def blank_files(
    contract: dict[str, Any],
    cases: Sequence[tuple[bytes, bytes]],
    crates: str,
    reference_hash: str,
) -> dict[str, str]:
    """Every file of a blank crate."""
    crossing = read_contract(contract)
    table, params, result = crossing.table, crossing.params, crossing.result
    name = contract["name"].rsplit(":", 1)[-1]
    typed = set(table.structs) | set(table.enums)
    files = {
        "src/lib.rs": lib_source(contract, params, result, name, table),
        "src/operation.rs": _operation(contract["name"], name, params, result, table),
        "README.md": _README.format(name=contract["name"], cases=_cases(len(cases))),
    }
    if typed:
        files["src/types.rs"] = types_source(table, typed)
    if cases:
        files["tests/cases.rs"] = _tests(contract["name"], cases)
    rust = rustfmt({path: text for path, text in files.items() if path.endswith(".rs")})
    return assemble(contract, reference_hash, crates, files | rust)


def _operation(
    full: str, name: str, params: list[tuple[str, Type]], result: Type, table: TypeTable
) -> str:
    typed = "#[allow(unused_imports)]\nuse crate::types;\n" if table.structs or table.enums else ""
    args = ", ".join(f"_{p}: {rust_type(t, 'types::', table=table)}" for p, t in params)
    return f"""\
//! `{full}`, to be written by hand; README.md says when it is done.

#![forbid(unsafe_code)]

{typed}use carveout_runtime::prelude::*;

pub fn {ident(name)}({args}) -> Outcome<{rust_type(result, "types::", table=table)}> {{
    Err(Stop::Decline("not written yet"))
}}
"""


def _cases(count: int) -> str:
    if not count:
        return "No calls are recorded yet: run the application with the operation in use first."
    return (
        f"`cargo test` replays {count} recorded calls (tests/cases.rs); "
        "a decline counts as not done."
    )


def _tests(name: str, cases: Sequence[tuple[bytes, bytes]]) -> str:
    def listed(data: bytes) -> Iterator[str]:
        yield from map(str, data)

    rows = ",\n".join(
        f"(&[{', '.join(listed(args))}], &[{', '.join(listed(outcome))}])"
        for args, outcome in cases
    )
    return f"""\
//! Recorded calls of `{name}`: arguments and outcomes as they crossed.

const CASES: &[(&[u8], &[u8])] = &[{rows}];

/// What an outcome says, as far as it can be read: its kind, and its bytes.
fn said(outcome: &[u8]) -> String {{
    let kind = match outcome.get(1) {{
        Some(0) => "a value",
        Some(1) => "an exception",
        Some(2) => "declined",
        _ => "a failure",
    }};
    format!("{{kind}} ({{}})", String::from_utf8_lossy(outcome.get(2..).unwrap_or_default()))
}}

#[test]
fn recorded_calls_come_out_the_same() -> Result<(), String> {{
    let table = carving::table();
    for (index, (args, expected)) in CASES.iter().enumerate() {{
        let mut outcome = Vec::new();
        (table.ops[0].call_wire)(args, &mut outcome);
        if outcome != *expected {{
            let (want, got) = (said(expected), said(&outcome));
            return Err(format!("call {{index}}: recorded {{want}}, got {{got}}"));
        }}
    }}
    Ok(())
}}
"""
