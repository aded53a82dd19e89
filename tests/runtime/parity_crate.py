"""The driver: one carving whose operation runs any of the calls, built once for all of them.

`run(index, cases)` takes an array of argument arrays on the wire and gives an array of outcomes.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "boundary"))

import boundary_crates as crates
from parity_calls import Call

_DRIVER = """\
#![allow(unused, clippy::all)]

use carveout_runtime::prelude::*;
use carveout_runtime::table::{FAILURE, catch, write_outcome, write_reason};
use carveout_runtime::wire::{Reader, Wire, Writer};

fn one<A: Wire, R: Wire>(reader: &mut Reader<'_>, out: &mut Vec<u8>, call: fn(A) -> Outcome<R>) {
    let args = A::read(reader).unwrap();
    let start = out.len();
    if let Err(text) = catch(|| write_outcome(&call(args), out)) {
        out.truncate(start);
        write_reason(out, FAILURE, &text);
    }
}

pub fn run(index: i64, cases: Bytes) -> Outcome<Bytes> {
    let mut out = Vec::new();
    let mut reader = Reader::new(&cases);
    let count = reader.array().unwrap();
    Writer::new(&mut out).array(count);
    for _ in 0..count {
        match index {
ARMS
            _ => return Err(Stop::Decline("no such call")),
        }
    }
    Ok(out.into())
}

"""


def source(calls: list[Call]) -> str:
    """src/operation.rs."""
    arms = "\n".join(
        f"            {at} => one(&mut reader, &mut out, call_{at})," for at in range(len(calls))
    )
    bodies = "\n".join(call.rust(at) for at, call in enumerate(calls))
    return _DRIVER.replace("ARMS", arms) + bodies


def build_driver(calls: list[Call]) -> Path:
    """The built extension, in target/parity, so that cargo finds what did not change."""
    contract = crates.contract_json(
        "parity:run", {"index": {"t": "int"}, "cases": {"t": "bytes"}}, {"t": "bytes"}
    )
    made = crates.make(
        crates.REPO / "target" / "parity",
        contract,
        source(calls),
        glue='"parity:run" => operation::run(index: i64, cases: carveout_runtime::Bytes) '
        "-> carveout_runtime::Bytes;",
        features=("hashing", "decimal"),
    )
    return made.path / "carving.abi3.so"
