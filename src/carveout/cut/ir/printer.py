"""The intermediate representation as text, for people and for golden tests.

def area(w: int, h: int) -> int:
  return *(w, h)
"""

from __future__ import annotations

from carveout.cut.ir import nodes as ir


def show_program(program: ir.Program) -> str:
    return "\n".join(show_function(function) for function in program.functions.values())


def show_function(function: ir.Function) -> str:
    params = ", ".join(f"{p.name}: {p.mode} {p.type}" for p in function.params)
    lines = [f"def {function.key}({params}) -> {function.result}:"]
    lines += _block(function.body, 1)
    return "\n".join(lines) + "\n"


def _block(body: list[ir.Stmt], depth: int) -> list[str]:
    return [line for statement in body for line in _stmt(statement, depth)] or [
        "  " * depth + "pass"
    ]


def _stmt(node: ir.Stmt, depth: int) -> list[str]:
    pad = "  " * depth
    match node:
        case ir.Assign():
            return [f"{pad}{_pattern(node.target)} = {show(node.value)}"]
        case ir.SetField():
            return [f"{pad}{show(node.obj)}.{node.name} = {show(node.value)}"]
        case ir.SetItem():
            return [f"{pad}{show(node.obj)}[{show(node.index)}] = {show(node.value)}"]
        case ir.Do():
            return [pad + show(node.value)]
        case ir.If():
            lines = [f"{pad}if {show(node.cond)}:", *_block(node.then, depth + 1)]
            return lines + _orelse(node.orelse, depth)
        case ir.While():
            lines = [f"{pad}while {show(node.cond)}:", *_block(node.body, depth + 1)]
            return lines + _orelse(node.orelse, depth)
        case ir.For():
            head = f"{pad}for {_pattern(node.target)} in {_iter(node.source)}:"
            return [head, *_block(node.body, depth + 1), *_orelse(node.orelse, depth)]
        case ir.Try():
            return _try(node, depth)
        case ir.Reraise():
            return [f"{pad}raise {node.name}"]
        case ir.Return():
            return [f"{pad}return {show(node.value)}"]
        case ir.Raise():
            return [f"{pad}raise {node.kind}({', '.join(map(show, node.args))})"]
        case ir.Decline():
            return [f"{pad}decline {node.why!r}"]
    return [pad + type(node).__name__.lower()]


def _try(node: ir.Try, depth: int) -> list[str]:
    pad = "  " * depth
    lines = [f"{pad}try:", *_block(node.body, depth + 1)]
    for handler in node.handlers:
        kinds = "" if handler.kinds is None else f" {', '.join(handler.kinds)}"
        lines += [f"{pad}except{kinds} as {handler.name}:", *_block(handler.body, depth + 1)]
    lines += _orelse(node.orelse, depth)
    return lines + ([f"{pad}finally:", *_block(node.final, depth + 1)] if node.final else [])


def _orelse(body: list[ir.Stmt], depth: int) -> list[str]:
    return ["  " * depth + "else:", *_block(body, depth + 1)] if body else []


def _pattern(pattern: ir.Pattern) -> str:
    if isinstance(pattern, ir.PVar):
        return f"{pattern.name}: {pattern.type}"
    assert isinstance(pattern, ir.PTuple)
    return f"({', '.join(map(_pattern, pattern.items))})"


def _iter(node: ir.Iter) -> str:
    name = type(node).__name__.removesuffix("Iter").lower()
    inner = [_iter(c) if isinstance(c, ir.Iter) else show(c) for c in ir.children(node)]
    view = f".{node.view}" if isinstance(node, ir.DictIter) else ""
    return f"{name}{view}({', '.join(inner)})"


def _clauses(clauses: list[ir.Clause]) -> str:
    return " ".join(
        f"for {_pattern(c.target)} in {_iter(c.source)}"
        + "".join(f" if {show(t)}" for t in c.conds)
        for c in clauses
    )


def _path(node: ir.Expr) -> str:
    """What stands before a dot: the move is said of the whole."""
    return show(node).removeprefix("move ")


def show(node: ir.Expr) -> str:
    """One expression on one line."""
    match node:
        case ir.Const():
            return repr(node.value)
        case ir.GlobalConst():
            return node.name
        case ir.Var():
            return f"move {node.name}" if node.last else node.name
        case ir.Prim():
            return f"{node.entry.key}({', '.join(map(show, node.args))})"
        case ir.Call():
            return f"{node.function}({', '.join(map(show, node.args))})"
        case ir.New():
            inner = ", ".join(f"{n}={show(a)}" for n, a in zip(node.names, node.args, strict=True))
            return f"{node.type}({inner})"
        case ir.Field():
            return f"{show(node.obj)}.{node.name}"
        case ir.Part():
            return f"{show(node.obj)}.{node.index}"
        case ir.Member():
            return f"{node.type}.{node.name}"
        case ir.And():
            return f"({show(node.left)} and {show(node.right)})"
        case ir.Or():
            return f"({show(node.left)} or {show(node.right)})"
        case ir.IfExp():
            return f"({show(node.then)} if {show(node.cond)} else {show(node.orelse)})"
        case ir.Let():
            return f"let {node.name} = {show(node.value)} in {show(node.body)}"
        case ir.Comp():
            key = "" if node.key is None else f"{show(node.key)}: "
            return f"{node.type}[{key}{show(node.element)} {_clauses(node.clauses)}]"
        case ir.Reduce():
            return f"{node.kind}({show(node.element)} {_clauses(node.clauses)})"
        case ir.Format():
            return "f" + repr(
                "".join(p if isinstance(p, str) else "{" + show(p) + "}" for p in node.parts)
            )
        case ir.TupleLit() | ir.ListLit() | ir.SetLit():
            kind = {"TupleLit": "tuple", "ListLit": "list", "SetLit": "set"}[type(node).__name__]
            return f"{kind}({', '.join(map(show, node.items))})"
        case ir.DictLit():
            pairs = (f"{show(k)}: {show(v)}" for k, v in zip(node.keys, node.values, strict=True))
            return f"dict({', '.join(pairs)})"
    name = type(node).__name__.lower()
    return f"{name}({', '.join(show(c) for c in ir.children(node) if isinstance(c, ir.Expr))})"
