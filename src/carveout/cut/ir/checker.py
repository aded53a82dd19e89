"""Whether a program in the intermediate representation is well formed; findings are values.

    check_program(program, table)      # [] or ["quote: line 7: condition of type int"]

Runs after lowering and after the passes, so that a mistake in the compiler is found where it is
made and never becomes a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BOOL,
    FAULT,
    FLOAT,
    INT,
    NONE,
    NUM,
    DequeType,
    DictType,
    EnumType,
    FunctionType,
    ListType,
    OptionalType,
    SetType,
    StructType,
    TupleType,
    Type,
    TypeTable,
    UnionType,
    VarTupleType,
)


def check_program(program: ir.Program, table: TypeTable) -> list[str]:
    """What is wrong, in words."""
    found = []
    for function in program.functions.values():
        for line, message in _function(function, program, table):
            found.append(f"{function.key}: line {line}: {message}")
    return found


Finding = tuple[int, str]


def _function(function: ir.Function, program: ir.Program, table: TypeTable) -> Iterator[Finding]:
    for statement in function.body:
        for node in ir.walk(statement):
            if isinstance(node, ir.Expr):
                for message in _expr(node, function, program, table):
                    yield node.at.line, message
            elif isinstance(node, ir.Reraise):
                yield from _fault(node.name, function, node.at.line)
            elif isinstance(node, ir.Stmt):
                for message in _stmt(node, function, table):
                    yield node.at.line, message
            elif isinstance(node, ir.Handler):
                yield from _fault(node.name, function, statement.at.line)
            elif isinstance(node, ir.Clause):
                for cond in node.conds:
                    if cond.type != BOOL:
                        yield cond.at.line, f"condition of type {cond.type}"


def _fault(name: str, function: ir.Function, line: int) -> Iterator[Finding]:
    variable = function.variables.get(name)
    if variable is None or variable.type != FAULT:
        yield line, f"{name} holds no exception"


def _same(have: Type, want: Type, what: str) -> Iterator[str]:
    if have != want:
        yield f"{what}: {have} where {want} is declared"


def _stmt(node: ir.Stmt, function: ir.Function, table: TypeTable) -> Iterator[str]:
    match node:
        case ir.Assign(target=ir.PVar(name=name)) if name != "_":
            yield from _same(node.value.type, function.variables[name].type, name)
        case ir.If() | ir.While():
            yield from _same(node.cond.type, BOOL, "condition")
        case ir.Return():
            yield from _same(node.value.type, function.result, "result")
        case ir.SetField():
            if not isinstance(node.obj.type, StructType):
                yield f"field of {node.obj.type}"
            else:
                wanted = table.structs[node.obj.type.name].fields[node.name]
                yield from _same(node.value.type, wanted, node.name)
        case ir.SetItem():
            match node.obj.type:
                case ListType(item) | DequeType(item):
                    yield from _same(node.index.type, INT, "index")
                    yield from _same(node.value.type, item, "item")
                case DictType(key, value):
                    yield from _same(node.index.type, key, "key")
                    yield from _same(node.value.type, value, "value")
                case _:
                    yield f"item of {node.obj.type}"


def _expr(
    node: ir.Expr, function: ir.Function, program: ir.Program, table: TypeTable
) -> Iterator[str]:
    match node:
        case ir.Var():
            if node.name not in function.variables:
                yield f"unknown variable {node.name}"
            else:
                yield from _same(node.type, function.variables[node.name].type, node.name)
        case ir.And() | ir.Or():
            yield from _same(node.left.type, BOOL, "operand")
            yield from _same(node.right.type, BOOL, "operand")
        case ir.Not():
            yield from _same(node.operand.type, BOOL, "operand")
        case ir.IfExp():
            yield from _same(node.cond.type, BOOL, "condition")
            yield from _same(node.then.type, node.type, "branch")
            yield from _same(node.orelse.type, node.type, "branch")
        case ir.Let():
            yield from _same(node.body.type, node.type, "body")
        case ir.Some():
            yield from _same(node.type, OptionalType(node.operand.type), "some")
        case ir.Inject(type=UnionType(items)):
            yield from _same(node.operand.type, items[node.index], "member")
        case ir.Inject(type=FunctionType(name)):
            taken = list(table.functions[name].members.values())[node.index]
            yield from _same(node.operand.type, NONE if taken is None else taken, "function")
        case ir.Extract() | ir.IsMember() if isinstance(node.operand.type, FunctionType):
            if isinstance(node, ir.Extract):
                members = table.functions[node.operand.type.name].members
                if node.type != list(members.values())[node.index]:
                    yield f"{node.type} out of {node.operand.type}"
        case ir.Extract() | ir.IsMember():
            union = node.operand.type
            if not isinstance(union, UnionType):
                yield f"a member of {union}"
            elif isinstance(node, ir.Extract):
                yield from _same(node.type, union.items[node.index], "narrowed")
        case ir.ToNum():
            if node.operand.type not in (INT, FLOAT) or node.type != NUM:
                yield f"{node.operand.type} as a number"
        case ir.Unwrap():
            yield from _same(node.operand.type, OptionalType(node.type), "narrowed")
        case ir.IsNone():
            if not isinstance(node.operand.type, OptionalType):
                yield f"None test of {node.operand.type}"
        case ir.Call():
            callee = program.functions[node.function]
            for param, arg in zip(callee.params, node.args, strict=True):
                yield from _same(arg.type, param.type, param.name)
        case ir.New(type=StructType(name)):
            fields = table.structs[name].fields
            if sorted(node.names) != sorted(fields):
                yield f"{name} built from {node.names}"
            for field_name, arg in zip(node.names, node.args, strict=True):
                yield from _same(arg.type, fields[field_name], field_name)
        case (
            ir.ListLit(type=ListType(item) | VarTupleType(item)) | ir.SetLit(type=SetType(item, _))
        ):
            for part in node.items:
                yield from _same(part.type, item, "item")
        case ir.TupleLit(type=TupleType(items)):
            for part, wanted in zip(node.items, items, strict=True):
                yield from _same(part.type, wanted, "item")
        case ir.DictLit(type=DictType(key, value)):
            for k, v in zip(node.keys, node.values, strict=True):
                yield from _same(k.type, key, "key")
                yield from _same(v.type, value, "value")
        case ir.Comp(type=ListType(item) | SetType(item, _)):
            yield from _same(node.element.type, item, "element")
        case ir.Comp(type=DictType(key, value)):
            yield from _same(node.element.type, value, "value")
        case ir.Member():
            if not isinstance(node.type, EnumType) or (
                node.name not in table.enums[node.type.name].members
            ):
                yield f"no member {node.name}"
