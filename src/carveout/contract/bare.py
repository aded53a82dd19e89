"""What a bare `list`, `dict`, `set` or `tuple` in a signature holds, read from the module's source.

    def total(prices: list) -> list:          # prices: list[int | float], -> list[float]
        return [price * 1.2 for price in prices]

    completed(tree)["total"]["prices"]        # "list[int | float]"

The uses of the items say what they are: see `inferring.py`. The same text completes the annotation
for the contract, which is read while the program runs, and for the compiler, which reads the source
alone; so both mean the same type.

Invariants: only whole functions at a module's top are completed, and only annotations that stand
on one line; what the uses don't tell stays bare. An argument that holds something else does not
cross, as with a written annotation: then the reference answers.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping

from carveout.contract.inferring import infer, infer_locals
from carveout.contract.shapes import Shape

HOLDERS = {
    **dict.fromkeys(("list", "List"), "list"),
    **dict.fromkeys(("dict", "Dict"), "dict"),
    **dict.fromkeys(("set", "Set"), "set"),
    **dict.fromkeys(("frozenset", "FrozenSet"), "frozenset"),
    **dict.fromkeys(("tuple", "Tuple"), "tuple"),
}
RESULT = "return"
_SIZES = {"list": 1, "dict": 2, "set": 1, "frozenset": 1}


def completed(tree: ast.Module) -> Mapping[str, Mapping[str, str]]:
    """Annotations with what they leave out, by function and parameter; `RESULT` is the result."""
    return _completed(tree)


@functools.lru_cache(maxsize=64)
def _completed(tree: ast.Module) -> dict[str, dict[str, str]]:
    functions: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            # One that is defined twice is not known by its name.
            functions[node.name] = node
    if not any(is_open(note) for one in functions.values() for _, note in notes_of(one)):
        return {}
    shapes = infer(functions)
    found: dict[str, dict[str, str]] = {}
    for name, function in functions.items():
        for place, note in notes_of(function):
            if is_open(note) and note.lineno == note.end_lineno:
                text = _filled(note, shapes.get((name, place)))
                if text is not None:
                    found.setdefault(name, {})[place] = text
    return found


def completed_text(text: str, tree: ast.Module | None) -> str:
    """A module's source as the compiler reads it; no line moves.

    Its annotations are completed, and a variable that starts as an int and takes floats later is
    declared: `total: float = 0`.
    """
    if tree is None:
        return text
    found = completed(tree)
    edits = list(_declared(tree))
    if not found and not edits:
        return text
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for place, note in notes_of(node):
                said = found.get(node.name, {}).get(place)
                if said is not None and note.lineno == note.end_lineno and is_open(note):
                    edits.append((note.lineno, note.col_offset, note.end_col_offset or 0, said))
    lines = text.encode("utf-8", "surrogatepass").splitlines(keepends=True)
    for line, start, end, said in sorted(edits, reverse=True):
        whole = lines[line - 1]
        lines[line - 1] = whole[:start] + said.encode() + whole[end:]
    return b"".join(lines).decode("utf-8", "surrogatepass")


def _declared(tree: ast.Module) -> Iterator[tuple[int, int, int, str]]:
    """Where `total = 0` becomes `total: float = 0`, and `seen: set` says of what."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    starts = {
        (name, target.id): target
        for name, function in functions.items()
        for target in _int_starts(function)
    }
    opened = [
        node
        for function in functions.values()
        for node in ast.walk(function)
        if isinstance(node, ast.AnnAssign) and is_open(node.annotation)
    ]
    if not starts and not opened:
        return
    shapes, declared = infer_locals(functions)
    for place, target in starts.items():
        shape = shapes.get(place)
        if shape is not None and shape.name in ("int | float", "float"):
            end = target.end_col_offset or 0
            yield target.lineno, end, end, ": float"
    for node in opened:
        note = node.annotation
        text = _filled(note, declared.get(node))
        if text is not None and note.lineno == note.end_lineno:
            yield note.lineno, note.col_offset, note.end_col_offset or 0, text


def _int_starts(function: ast.FunctionDef) -> Iterator[ast.Name]:
    """Variables whose first assignment is of a whole number."""
    seen = {arg.arg for arg in ast.walk(function) if isinstance(arg, ast.arg)}
    nodes = [node for node in ast.walk(function) if isinstance(node, (ast.stmt, ast.Name))]
    # `ast.walk` goes level by level; what comes first in the text comes first here.
    nodes.sort(key=lambda node: (node.lineno, node.col_offset, isinstance(node, ast.Name)))
    for node in nodes:
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                seen.update(names)
            case ast.Assign(
                targets=[ast.Name(id=name) as target],
                value=ast.Constant(value=value)
                | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)),
            ) if name not in seen and type(value) is int:
                yield target
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            seen.add(node.id)


def notes_of(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """A function's annotations by parameter, and its result's."""
    args = function.args
    for one in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        if one.annotation is not None:
            yield one.arg, one.annotation
    if function.returns is not None:
        yield RESULT, function.returns


def holder(note: ast.expr) -> str | None:
    """ "list" of a bare `list`."""
    return HOLDERS.get(note.id) if isinstance(note, ast.Name) else None


def is_open(note: ast.expr) -> bool:
    """Whether an annotation leaves out what something holds."""
    if holder(note) is not None:
        return True
    match note:
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            return any(map(_is_any_or_open, parts))
        case ast.Subscript(slice=part):
            return _is_any_or_open(part)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_open(left) or is_open(right)
    return False


def _is_any_or_open(note: ast.expr) -> bool:
    return is_open(note) or (isinstance(note, ast.Name) and note.id == "Any")


def _filled(note: ast.expr, shape: Shape | None) -> str | None:
    """The annotation's text with what the shape says at its open places."""
    if not is_open(note) and not (isinstance(note, ast.Name) and note.id == "Any"):
        return ast.unparse(note)
    if isinstance(note, ast.BinOp):
        return _filled_union(note, shape)
    if shape is None:
        return None
    if isinstance(note, ast.Name):
        kind = holder(note)
        if kind is None:
            return shape.text()
        if shape.name != kind and not (kind == "tuple" and shape.name == "vartuple"):
            return None
        return shape.text(note.id)
    assert isinstance(note, ast.Subscript)
    kind = holder(note.value)
    parts = note.slice.elts if isinstance(note.slice, ast.Tuple) else [note.slice]
    if kind is None:
        return None
    if kind == "tuple" and len(parts) == 2 and _is_dots(parts[1]):
        if shape.name != "vartuple":
            return None
        inner = _filled(parts[0], shape.args[0])
        return None if inner is None else f"{ast.unparse(note.value)}[{inner}, ...]"
    if shape.name != kind or len(parts) != len(shape.args) != _SIZES.get(kind, len(parts)):
        return None
    inside = [_filled(part, one) for part, one in zip(parts, shape.args, strict=True)]
    if None in inside:
        return None
    return f"{ast.unparse(note.value)}[{', '.join(map(str, inside))}]"


def _filled_union(note: ast.BinOp, shape: Shape | None) -> str | None:
    """`list | None`: what is written there says which member the shape is of."""
    sides = [side for side in (note.left, note.right) if is_open(side)]
    if len(sides) != 1 or shape is None:
        return None
    made = _filled(sides[0], shape)
    if made is None:
        return None
    other = note.right if sides[0] is note.left else note.left
    both = (made, ast.unparse(other)) if sides[0] is note.left else (ast.unparse(other), made)
    return " | ".join(both)


def _is_dots(note: ast.expr) -> bool:
    return isinstance(note, ast.Constant) and note.value is Ellipsis


__all__ = ["RESULT", "completed", "completed_text", "is_open", "notes_of"]
