"""Typed Python to the intermediate representation; the only importer of mypy.

program, table = lower_operation("pricing.book:quote", [Path("src")], cache_dir)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mypy.nodes import CallExpr, Decorator, FuncDef, MemberExpr, OverloadedFuncDef

from carveout.cut.frontend import function_calls, growing, iterators, mismatched
from carveout.cut.frontend.base import Project
from carveout.cut.frontend.building import lowerer_of
from carveout.cut.frontend.check import Checked, check, check_files
from carveout.cut.frontend.derive import derive, node_of
from carveout.cut.frontend.early_items import settle_generators
from carveout.cut.frontend.families import Families, Restart, World
from carveout.cut.frontend.forgiving import forgiven
from carveout.cut.frontend.layout import hierarchies_crossing
from carveout.cut.frontend.lower import FunctionLowerer
from carveout.cut.frontend.many import check_many
from carveout.cut.frontend.methods import snake
from carveout.cut.frontend.numbers import MIXED
from carveout.cut.frontend.scoping import walk
from carveout.cut.frontend.special import identity_refusals
from carveout.cut.frontend.steady import unbelieved
from carveout.cut.frontend.trying import settle_handlers
from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import TypeTable
from carveout.cut.refuse import Refusal, refused
from carveout.diagnostics import CarveError


def lower_operation(
    name: str, search_path: Sequence[Path], cache_dir: Path | None
) -> tuple[ir.Program, TypeTable]:
    """The operation `pkg.mod:func` and everything it calls, or a CarveError with all refusals."""
    module = name.partition(":")[0]
    return lower(name, check(module, search_path, cache_dir))


def lower(name: str, checked: Checked, *, sized: bool = True) -> tuple[ir.Program, TypeTable]:
    """The same from what mypy found already; without `sized`, every int is of 64 bits."""
    try:
        program, project = _lower(name, checked, loose=False)
        made = _sized(name, checked, program, project) if sized else None
        return made or (program, project.reader.table)
    except CarveError as error:
        if sized and {one.code for one in error.diagnostics} == {"refusal-big-int"}:
            made = _literals(name, checked)
            if made is not None:
                return made
            raise
        if not any(one.code in MIXED for one in error.diagnostics):
            raise
        try:
            program, project = _lower(name, checked, loose=True)
            return program, project.reader.table
        except CarveError as again:
            fewer = len(again.diagnostics) < len(error.diagnostics)
            raise (again if fewer else error) from None


def _literals(name: str, checked: Checked) -> tuple[ir.Program, TypeTable] | None:
    """Where literals beyond 64 bits are all that is in the way: they are of any size."""
    try:
        # All that they are put into is found by what would decline.
        program, project = _lower(name, checked, loose=False, big=growing.Chosen())
    except CarveError:
        return None
    return _sized(name, checked, program, project)


def _sized(
    name: str, checked: Checked, program: ir.Program, project: Project
) -> tuple[ir.Program, TypeTable] | None:
    """The same with ints of any size where they would often pass 64 bits; None if nowhere."""
    chosen = growing.choose(program, project.placed, project.plain, set(project.cell_fields))
    if chosen is None:
        return None
    try:
        again, made = _lower(name, checked, loose=False, big=chosen)
    except CarveError:
        # Sizes that do not go together: ints of 64 bits, which decline past them.
        return None
    again.sized = True
    for key, function in again.functions.items():
        of_any_size = chosen.shown(key, made.placed)
        if of_any_size:
            function.comments.append(f"Of any size, not only 64 bits: {of_any_size}.")
    return again, made.reader.table


def _lower(
    name: str, checked: Checked, loose: bool, big: growing.Chosen | None = None
) -> tuple[ir.Program, Project]:
    """With every float a float, or where that does not do, with ints among them.

    `big` says which ints are of any size.
    """
    world = World()
    func = undecorated(node_of(checked, name))
    if isinstance(func, FuncDef):
        Families(checked.files, checked.packages, world).look_around(func)
    while True:
        try:
            return _lower_in(name, checked, loose, world, big)
        except Restart:
            # The world has one class or protocol more than before: this ends.
            continue


def _lower_in(
    name: str, checked: Checked, loose: bool, world: World, big: growing.Chosen | None
) -> tuple[ir.Program, Project]:
    """In a world of known classes: families.py."""
    module, _, qualified = name.partition(":")
    node = node_of(checked, name)
    func = undecorated(node)
    if not isinstance(func, FuncDef):
        several = isinstance(node, OverloadedFuncDef)
        raise CarveError(
            "cut-function-missing",
            f"there is {'more than one' if several else 'no'} function {qualified} in {module}",
            cause="it is overloaded, or a property with a setter" if several else None,
            hint="operations are module-level functions",
        )
    project = Project(checked, loose, world, big)
    project.plain.add(name)
    # A method's name in Rust has its class's before it: `stack_push`.
    inside = "_".join(snake(part.strip("_")) for part in qualified.split(".")).strip("_")
    project.request(module, name, func, inside if "." in qualified else func.name)
    entry = FunctionLowerer(project, module, name, func)
    with entry.collecting():
        entry.plain_function(node, entry.at(func))
        if (why := project.bindings.why_unsure(module, qualified.partition(".")[0])) is not None:
            raise Refusal("refusal-rebound", why, entry.at(func), hint="define it once")
    refusals = entry.refusals
    functions: dict[str, ir.Function] = {}
    drafted: list[tuple[str, FuncDef]] = []
    while project.wanted or function_calls.settle(project, functions):
        if not project.wanted:
            continue
        where, key, wanted = project.wanted.pop(0)
        project.reader.bound = project.openings[key].bound if key in project.openings else {}
        lowerer = lowerer_of(wanted)(project, where, key, wanted)
        functions[key] = lowerer.lower()
        functions[key].comments = lowerer.comments_before(wanted.line)
        project.placed |= {(key, said): var for var, said in lowerer.names.items()}
        refusals += lowerer.refusals
        if isinstance(wanted, FuncDef):
            refusals += _type_errors(checked.messages, lowerer.path, wanted)
            drafted.append((where, wanted))
    functions.update(project.made)
    iterators.settle_ends(functions, project.lazily)
    if project.applies:
        functions = function_calls.reached(functions, name)
        refusals += [one for made in project.applies.values() for one in made.refusals]
    for where, inlined in project.inlined:
        refusals += _type_errors(checked.messages, checked.path(where), inlined)
    if any(layout.family.marked for layout in project.reader.layouts.values()):
        refusals += unbelieved(checked, [*drafted, *project.inlined])
    refusals += hierarchies_crossing(project.reader, functions.get(name), func)
    program = ir.Program(name, functions, dict(project.constants))
    refusals += settle_handlers(program)
    if not refusals:
        refusals += settle_generators(program, project.reader.table, project.early)
    if not refusals:
        refusals += identity_refusals(program, project.reader.table)
    if refusals:
        raise refused(refusals)
    return program, project


def undecorated(node: object) -> object:
    return node.func if isinstance(node, Decorator) else node


def _type_errors(messages: Sequence[str], path: str, func: FuncDef) -> list[Refusal]:
    """mypy's errors inside a function: what it says of types can't be trusted then."""
    found = []
    fine = set(_keys_by_get(func))
    for message in messages:
        file, _, rest = message.partition(":")
        line, _, text = rest.partition(":")
        if not line.isdigit() or ": error:" not in ":" + rest:
            continue
        if Path(file).resolve() == Path(path).resolve() and (
            func.line <= int(line) <= (func.end_line or func.line)
        ):
            column, _, after = text.partition(":")
            text = after if column.isdigit() else text
            said = text.replace(" error:", "").strip()
            if forgiven(said):
                # The draft has types of its own; what it doesn't find is refused.
                continue
            if said.startswith(mismatched.SAID):
                continue
            if said.startswith('Argument "key" to ') and (int(line), column.strip()) in fine:
                continue
            found.append(
                Refusal(
                    "refusal-type-error",
                    f"mypy: {said}",
                    ir.At(path, int(line), int(column) if column.isdigit() else 1),
                    hint="a function is drafted from its types; fix them first",
                )
            )
    return found


def _keys_by_get(func: FuncDef) -> Iterator[tuple[int, str]]:
    """Where `key=counts.get` stands: mypy minds the None, which the draft leaves to Python."""
    for node in walk(func.body):
        if isinstance(node, CallExpr):
            for name, argument in zip(node.arg_names, node.args, strict=True):
                if name == "key" and isinstance(argument, MemberExpr) and argument.name == "get":
                    yield argument.line, str(argument.column + 1)


__all__ = ["Checked", "check", "check_files", "check_many", "derive", "lower", "lower_operation"]
