"""Rewrites and analyses between lowering and the backend, one per file.

    run(program, table)      # or a CarveError with every refusal

Order: webs (one variable a meaning) → liveness (last uses) → sharing (what flows where, what
changes) → walking (loops over what
changes) → ownership (what is held how, what is copied) → sharing's verdicts → recursion. The
checker runs before and after.
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.checker import check_program
from carveout.cut.ir.types import TypeTable
from carveout.cut.passes.liveness import mark_last_uses
from carveout.cut.passes.ownership import Ownership
from carveout.cut.passes.recursion import mark_recursive
from carveout.cut.passes.sharing import Sharing
from carveout.cut.passes.walking import spell_out_walks
from carveout.cut.passes.webs import split_names
from carveout.cut.refuse import Refusal, refused


def _checked(program: ir.Program, table: TypeTable, after: str) -> None:
    findings = check_program(program, table)
    if findings:
        raise AssertionError(f"the compiler is wrong after {after}: " + "; ".join(findings))


def _analysed(program: ir.Program, table: TypeTable) -> Sharing:
    refusals: list[Refusal] = []
    for function in program.functions.values():
        refusals += mark_last_uses(function)
    if refusals:
        raise refused(refusals)
    sharing = Sharing(program, table)
    sharing.run()
    return sharing


def run(program: ir.Program, table: TypeTable) -> Sharing:
    """All passes, in place; the sharing analysis judges what the backend copies as well."""
    for function in program.functions.values():
        split_names(function)
    _checked(program, table, "lowering")
    sharing = _analysed(program, table)
    if spell_out_walks(program, table, sharing):
        sharing = _analysed(program, table)
    ownership = Ownership(program, table, sharing)
    ownership.run()
    refusals = ownership.refusals + sharing.verdicts()
    if refusals:
        raise refused(refusals)
    mark_recursive(program)
    _checked(program, table, "ownership")
    return sharing
