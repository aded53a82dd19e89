"""The compiler: typed Python in, a readable Rust crate out.

Exactly Python's answer, or refused, or declined.

    draft = draft("pricing.book:quote", search_path=[Path("src")], contract_json=contract.to_json(),
                  crates_dir=Path("crates"), reference_hash="…")
    draft.files["src/operation.rs"]
    draft.ir                        # the intermediate representation, printed

Without an operation, from a function, a file or a piece of text (attempts.py):

    attempt = attempt_text("def double(x: int) -> int:\n    return 2 * x\n")
    attempt.draft or attempt.refusals

Everything that can't be drafted is a CarveError of `refusal-…` diagnostics, all of them at once,
each with its place in the source. Pure: text in, text out; write.py writes files.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout.cut.write import Written, write
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.cut.frontend import Checked
    from carveout.cut.ir import nodes as ir
    from carveout.cut.ir.types import TypeTable


@dataclass(frozen=True)
class Draft:
    """A generated crate: file texts by path, the printed IR, and notes for the reader.

    `plain` says that every object is counted, which rustc takes whatever the program does.
    """

    files: dict[str, str]
    ir: str
    notes: tuple[str, ...] = ()
    plain: bool = False


def draft(
    name: str,
    *,
    search_path: Sequence[Path],
    contract_json: dict[str, Any] | None = None,
    cache_dir: Path | None = None,
    crates_dir: Path | str | None = None,
    reference_hash: str = "",
    checked: Checked | None = None,
    plain: bool = False,
    formatted: bool = True,
) -> Draft:
    """Compile the operation `pkg.mod:func`; raises CarveError with every refusal.

    Without a contract it is read from the source's own types.
    `checked` is what an earlier `check` found, for drafting many functions after one run of mypy.
    `plain` has every object counted and nothing borrowed: slower code that Rust always accepts.
    `formatted=False` leaves out rustfmt, for drafts that nobody reads.
    """
    if missing():
        raise CarveError(
            "compiler-missing",
            "the compiler is not installed",
            cause="carve cut reads typed Python with mypy, which is not here",
            hint="pip install 'carveout[cut]', or write the carving by hand: carve cut --blank",
        )
    # mypy is only loaded by those who compile.
    from carveout.cut.frontend import check, derive, lower
    from carveout.cut.ir.printer import show_program
    from carveout.cut.passes import run
    from carveout.cut.refuse import Refusal, refused
    from carveout.cut.rust.crate import crate_files
    from carveout.cut.rust.places import CannotWrite

    if checked is None:
        checked = check(name.partition(":")[0], search_path, cache_dir)
    crates = _crates(crates_dir)
    ways = [(sized, counted) for sized in (True, False) for counted in (False, True)[plain:]]
    for sized, counted in ways:
        program, table = lower(name, checked, sized=sized)
        if contract_json is None:
            contract_json = derive(program, table, checked)
        _agree(program, table, contract_json)
        run(program, table, plain=counted)
        try:
            files = crate_files(program, table, contract_json, reference_hash, crates, formatted)
        except CannotWrite as error:
            if counted and not program.sized:
                at = program.functions[program.entry].at
                raise refused([Refusal("refusal-not-written", f"{error}: there is no Rust for "
                                       "this yet", at)]) from None  # fmt: skip
            continue
        break
    helpers = len(program.functions) - 1
    notes = [f"{helpers} helper(s) drafted with it"] if helpers else []
    if program.sized:
        notes.append("ints of any size where they may pass 64 bits; the draft says which")
    return Draft(files, show_program(program), tuple(notes), counted)


def missing() -> bool:
    """Whether this is a plain install, without what the compiler needs."""
    return importlib.util.find_spec("mypy") is None


def _agree(program: ir.Program, table: TypeTable, contract: dict[str, Any]) -> None:
    """Refuse a draft whose types are not the contract's."""
    from carveout.cut.contracts import mismatches, read_contract
    from carveout.cut.refuse import Refusal, refused

    at = program.functions[program.entry].at
    try:
        crossing = read_contract(contract)
    except CarveError as error:
        said = error.diagnostic
        raise refused([Refusal(said.code, said.message, at, hint=said.hint)]) from None
    found = [
        Refusal("refusal-contract", why, at, hint="annotate with the classes themselves")
        for why in mismatches(crossing, program, table)
    ]
    if found:
        raise refused(found)
    for name in crossing.table.structs:
        # A plain class crosses because the contract has it.
        table.structs[name].crosses = True


def blank(
    contract_json: dict[str, Any],
    cases: Sequence[tuple[bytes, bytes]] = (),
    *,
    crates_dir: Path | str | None = None,
    reference_hash: str = "",
) -> Draft:
    """A crate to fill in by hand: types, an empty function, the recorded cases as a test."""
    from carveout.cut.blank import blank_files

    files = blank_files(contract_json, cases, _crates(crates_dir), reference_hash)
    return Draft(files, "", ("carve prove says when it is done",))


def _crates(given: Path | str | None) -> str:
    if given is not None:
        return str(given)
    from carveout.settings import load

    return str(load().crates_dir)


from carveout.cut.attempts import (  # noqa: E402  (it needs `draft`)
    Attempt,
    attempt_file,
    attempt_function,
    attempt_names,
    attempt_text,
)

__all__ = [
    "Attempt",
    "Draft",
    "Written",
    "attempt_file",
    "attempt_function",
    "attempt_names",
    "attempt_text",
    "blank",
    "draft",
    "write",
]
