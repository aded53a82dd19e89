"""Rust text of statements and functions.

Variables are declared where they first get a value, as late and as deep as their uses allow: a name
used in two loops with nothing carried between them is two variables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.scopes import assigned_twice, bound, crossing, labelled
from carveout.cut.ir.types import (
    NONE,
    STR,
    DictType,
    ListType,
    OptionalType,
    TypeTable,
    VarTupleType,
)
from carveout.cut.passes.places import (
    changed_args,
    is_static,
    looked_up,
    root,
    supplies,
    uses,
    walked,
)
from carveout.cut.passes.sharing import Sharing
from carveout.cut.rust.expressions import Expressions
from carveout.cut.rust.text import doc_lines, ident, rust_type, string

# Float arithmetic that Rust writes as `+=`.
_IN_PLACE = {
    f"{{0:{prec}}} {op} {{1:{prec + 1}}}": f"{op}="
    for op, prec in (("+", 12), ("-", 12), ("*", 13))
}
_WHOLE_CALL = re.compile(r"[\w:]+\([^()]*\)\?")


def simple(expr: ir.Expr) -> bool:
    """Nothing happens when it is evaluated."""
    match expr:
        case ir.Const() | ir.Var() | ir.Member() | ir.GlobalConst():
            return True
        case ir.Field() | ir.Part():
            return simple(expr.obj)
    return False


@dataclass
class _Around:
    """A loop around: its own label, that of the block with its `else`, and whether a label is due.

    Rust wants one where `break` or `continue` leaves a labelled block on the way.
    """

    loop: str | None
    block: str | None
    due: bool = False


class Statements(Expressions):
    """Writes one function."""

    def __init__(
        self, program: ir.Program, table: TypeTable, function: ir.Function, sharing: Sharing
    ) -> None:
        super().__init__(program, table, function, sharing)
        self.declared: set[str] = {param.name for param in function.params}
        self.loops_around: list[_Around] = []

    def write(self) -> str:
        function = self.function
        lines = [f"// {c}" for c in function.comments] + doc_lines(function.doc)
        is_entry = function.key == self.program.entry
        params = []
        assigned = {n.name for s in function.body for n in ir.walk(s) if isinstance(n, ir.PVar)}
        for param in function.params:
            mutable = (
                "mut "
                if param.mode == "own" and (param.name in assigned or param.name in self._changed())
                else ""
            )
            params.append(f"{mutable}{self.binder(param.name)}: {self._param_type(param)}")
        visible = "pub fn" if is_entry else "fn"
        lines.append(
            f"{visible} {ident(function.name)}({', '.join(params)}) "
            f"-> Outcome<{rust_type(function.result)}> {{"
        )
        if function.recursive:
            lines.append("let _level = depth::enter()?;")
        body = self.block(function.body)
        if body and function.body and isinstance(function.body[-1], ir.Return):
            # The last expression is the result.
            body[-1] = body[-1].removeprefix("return ").removesuffix(";")
        lines += body
        if not ir.ends(function.body):
            none = "None" if isinstance(function.result, OptionalType) else "()"
            lines.append(
                f"Ok({none})"
                if function.result == NONE or none == "None"
                else 'Err(Stop::Decline("the function ended without a result"))'
            )
        lines.append("}")
        return "\n".join(lines)

    def _param_type(self, param: ir.Param) -> str:
        owned = rust_type(param.type)
        if param.mode == "own":
            return owned
        if param.mode == "mut":
            return f"&mut {owned}"
        if isinstance(param.type, (ListType, VarTupleType)):
            return f"&[{rust_type(param.type.item)}]"
        return f"&{owned}"

    def _changed(self) -> set[str]:
        found: set[str] = set()
        for statement in self.function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.SetField() | ir.SetItem():
                        self._note(node.obj, found)
                    case ir.Prim() | ir.Call():
                        for arg in changed_args(node, self.program):
                            self._note(arg, found)
                    case ir.Assign(target=ir.PVar(name=name)) if self.held(name) == "mut":
                        self._note(node.value, found)
                    case ir.Assign(target=ir.PVar(name=name)) if self.held(name) == "optmut":
                        of = looked_up(node.value)
                        assert of is not None
                        self._note(of, found)
                    case ir.For() | ir.Clause():
                        for var, leaf in supplies(node.target, node.source):
                            if self.held(var.name) == "mut":
                                assert isinstance(leaf, (ir.SeqIter, ir.DictIter))
                                self._note(walked(leaf), found)
        return found

    @staticmethod
    def _note(expr: ir.Expr, found: set[str]) -> None:
        start = root(expr)
        if start is not None:
            found.add(start.name)

    # --- declarations ----------------------------------------------------------------------------

    def block(self, body: list[ir.Stmt]) -> list[str]:
        """A block's lines; what it declares is forgotten at its end."""
        outside = set(self.declared)
        lines: list[str] = []
        for index, statement in enumerate(body):
            after = body[index + 1].live_in if index + 1 < len(body) else frozenset()
            if not isinstance(statement, ir.Assign):
                # What a branch or a loop gives to what follows it is declared before it.
                for name in sorted((bound(statement) & after) - self.declared):
                    mutable = (
                        "mut "
                        if assigned_twice(body[index:], name) or name in self._changed()
                        else ""
                    )
                    variable = self.function.variables[name]
                    typed = f": {rust_type(variable.type)}" if variable.held == "own" else ""
                    lines.append(f"let {mutable}{ident(name)}{typed};")
                    self.declared.add(name)
            for comment in statement.comments:
                lines.append(f"// {comment}".rstrip())
            lines += self.statement(statement, body[index + 1 :])
        self.declared = outside
        return lines

    # --- statements ------------------------------------------------------------------------------

    def statement(self, node: ir.Stmt, rest: list[ir.Stmt]) -> list[str]:
        match node:
            case ir.Assign():
                return self._assign(node, rest)
            case ir.SetField():
                value = self.value(node.value).text
                # The value comes before the object; Rust finds the object first.
                if not is_static(node.obj) and not simple(node.value):
                    temp = self.temp("value")
                    target = f"{self.place_receiver(node.obj)}.{ident(node.name)}"
                    return ["{", f"let {temp} = {value};", f"{target} = {temp};", "}"]
                return [f"{self.place_receiver(node.obj)}.{ident(node.name)} = {value};"]
            case ir.SetItem():
                return self._set_item(node)
            case ir.Do():
                return self._do(node.value)
            case ir.If():
                return self._if(node)
            case ir.While():
                test = self.value(node.cond).text
                head = "loop" if test == "true" else f"while {test}"
                return self._with_else(node, [f"{head} {{"])
            case ir.For():
                return self._for(node)
            case ir.Break():
                around = self.loops_around[-1]
                label = around.block or (around.loop if around.due else None)
                return ["break;" if label is None else f"break {label};"]
            case ir.Decline():
                return [f"return Err(Stop::Decline({string(node.why)}));"]
            case ir.Continue():
                around = self.loops_around[-1]
                return [f"continue {around.loop};" if around.due else "continue;"]
            case ir.Return():
                if node.value.type == NONE and not isinstance(node.value, ir.Const):
                    return [f"{self.value(node.value).text};", "return Ok(());"]
                return [self._return(node.value)]
            case ir.Raise():
                return [self._raise(node)]
        raise AssertionError(node)

    def _with_else(self, node: ir.While | ir.For, head: list[str]) -> list[str]:
        """The body and end of a loop; with an `else`, `break` leaves a block around both."""
        around = _Around(
            self._label("walk") if crossing(node.body) else None,
            self._label("scan") if labelled(node) else None,
        )
        if around.loop is not None:
            head = [f"{around.loop}: {head[0]}", *head[1:]]
        self.loops_around.append(around)
        lines = [*head, *self.block(node.body), "}"]
        self.loops_around.pop()
        if around.block is None:
            return lines + self.block(node.orelse)
        outer = self.loops_around[-1] if self.loops_around else None
        if outer is not None:
            outer.due, before = True, outer.due
        lines += self.block(node.orelse)
        if outer is not None:
            outer.due = before
        return [f"{around.block}: {{", *lines, "}"]

    def _label(self, hint: str) -> str:
        self.labels += 1
        return f"'{hint}{self.labels}" if self.labels > 1 else f"'{hint}"

    def _return(self, value: ir.Expr) -> str:
        text = self.value(value).text
        whole = isinstance(value, ir.Call) or (
            isinstance(value, ir.Prim)
            and value.entry.gives == "own"
            and not text.startswith("{")
            and _WHOLE_CALL.fullmatch(value.entry.rust) is not None
        )
        # `Ok(f()?)` is `f()`.
        return f"return {text[:-1]};" if whole else f"return Ok({text});"

    def _assign(self, node: ir.Assign, rest: list[ir.Stmt]) -> list[str]:
        names = [var.name for var in ir.pattern_vars(node.target) if var.name != "_"]
        fresh = [name for name in names if name not in self.declared]
        if isinstance(node.target, ir.PVar):
            if node.target.name == "_":
                return [f"let _ = {self.value(node.value).text};"]
            return self._assign_one(node, node.target.name, rest)
        value = self.value(node.value).text
        if fresh == names:
            parts = self._let_pattern(node.target, rest)
            self.declared |= set(names)
            return [f"let {parts} = {value};"]
        lines = []
        for name in fresh:
            mutable = "mut " if self._varies(name, rest) else ""
            type_ = rust_type(self.function.variables[name].type)
            lines.append(f"let {mutable}{self.binder(name)}: {type_};")
        self.declared |= set(fresh)
        return [*lines, f"{self._plain_pattern(node.target)} = {value};"]

    def _assign_one(self, node: ir.Assign, name: str, rest: list[ir.Stmt]) -> list[str]:
        held = self.held(name)
        of = looked_up(node.value)
        if held in ("optref", "optmut"):
            assert isinstance(node.value, ir.Prim)
            assert of is not None
            key = self.reference(node.value.args[1]).text
            if held == "optref":
                value = f"{self.receiver(of)}.get({key})"
            else:
                value = f"{self.place_receiver(of)}.get_mut({key})"
        elif held == "ref":
            value = self.reference(node.value).text
        elif held == "mut":
            value = self.place(node.value).text
        else:
            value = self.value(node.value).text
        if name in self.declared:
            match node.value:
                case ir.Prim(entry=entry, args=[ir.Var(name=left), right]) if (
                    left == name and entry.rust in _IN_PLACE
                ):
                    return [f"{ident(name)} {_IN_PLACE[entry.rust]} {self.value(right).text};"]
            return [f"{ident(name)} = {value};"]
        self.declared.add(name)
        mutable = "mut " if held in ("own", "optmut") and self._varies(name, rest) else ""
        plain = isinstance(node.value, (ir.Const, ir.ListLit, ir.SetLit, ir.DictLit, ir.Some))
        empty = (
            plain
            and not getattr(node.value, "items", None)
            and not getattr(node.value, "keys", None)
        )
        shown = (
            f": {rust_type(self.function.variables[name].type)}"
            if (empty and node.value.type != STR and held == "own")
            else ""
        )
        return [f"let {mutable}{self.binder(name)}{shown} = {value};"]

    def _varies(self, name: str, rest: list[ir.Stmt]) -> bool:
        """Whether the name is assigned again or changed in place."""
        return name in self._changed() or any(name in bound(statement) for statement in rest)

    def _let_pattern(self, pattern: ir.Pattern, rest: list[ir.Stmt]) -> str:
        if isinstance(pattern, ir.PVar):
            if pattern.name == "_":
                return "_"
            mutable = "mut " if self._varies(pattern.name, rest) else ""
            return f"{mutable}{self.binder(pattern.name)}"
        assert isinstance(pattern, ir.PTuple)
        inner = ", ".join(self._let_pattern(item, rest) for item in pattern.items)
        return f"({inner}{',' if len(pattern.items) == 1 else ''})"

    def _plain_pattern(self, pattern: ir.Pattern) -> str:
        if isinstance(pattern, ir.PVar):
            return "_" if pattern.name == "_" else ident(pattern.name)
        assert isinstance(pattern, ir.PTuple)
        inner = ", ".join(map(self._plain_pattern, pattern.items))
        return f"({inner}{',' if len(pattern.items) == 1 else ''})"

    def _set_item(self, node: ir.SetItem) -> list[str]:
        """Python's order: the value, the object, the index."""
        lines = []
        start = root(node.obj)
        involved = not is_static(node.obj)
        touches = start is not None and any(
            isinstance(n, ir.Var) and n.name == start.name
            for part in (node.value, node.index)
            for n in ir.walk(part)
        )
        changes = any(use.kind == "write" for use in uses(node.index, self.program))
        value, index = self.value(node.value).text, self.value(node.index).text
        early = touches or involved or not simple(node.index)
        if changes or (early and not simple(node.value)):
            lines.append(f"let {self.temp('value')} = {value};")
            value = self.temp("value")
        if not simple(node.index) and (touches or involved):
            if involved:
                # What finding the object raises comes before what the index raises.
                lines.append(f"{self.reference(node.obj).text};")
            lines.append(f"let {self.temp('index')} = {index};")
            index = self.temp("index")
        if isinstance(node.obj.type, DictType):
            lines.append(f"{self.place_receiver(node.obj)}.insert({index}, {value});")
        else:
            lines.append(f"list::set({self.place(node.obj).text}, {index}, {value})?;")
        return ["{", *lines, "}"] if len(lines) > 1 else lines

    def _do(self, value: ir.Expr) -> list[str]:
        if isinstance(value, ir.Prim) and value.entry.gives == "own":
            text = self._prim(value)
            kept = value.type != NONE
            return [f"let _ = {text.text};" if kept else f"{text.text};"]
        if value.type == NONE:
            return [f"{self.value(value).text};"]
        return [f"let _ = {self.look(value).text};"]

    def _if(self, node: ir.If) -> list[str]:
        lines = [f"if {self.value(node.cond).text} {{", *self.block(node.then)]
        if not node.orelse:
            return [*lines, "}"]
        match node.orelse:
            case [ir.If() as nested] if not nested.comments:
                inner = self.statement(nested, [])
                return [*lines, f"}} else {inner[0]}", *inner[1:]]
        return [*lines, "} else {", *self.block(node.orelse), "}"]

    def _for(self, node: ir.For) -> list[str]:
        target = node.target
        source, shape = self.source(node.source, self.changing(target, node.source))
        outside = set(self.declared)
        self.varying = frozenset(self._changed().union(*(bound(s) for s in node.body)))
        kept = [v for v in ir.pattern_vars(target) if v.name in self.declared and v.name != "_"]
        lets: list[str]
        if kept:
            # The loop's variable is also used after it: bind a temporary and assign.
            renamed, after = self._rename(target)
            pattern, lets = self.pattern(renamed, shape, node.source)
            lets += after
        else:
            pattern, lets = self.pattern(target, shape, node.source)
        self.declared |= {v.name for v in ir.pattern_vars(target)}
        self.varying = frozenset()
        lines = self._with_else(node, [f"for {pattern} in {source} {{", *lets])
        self.declared = outside
        return lines

    def _rename(self, target: ir.Pattern) -> tuple[ir.Pattern, list[str]]:
        if isinstance(target, ir.PVar):
            if target.name == "_":
                return target, []
            name = self.temp(f"next_{target.name}")
            variable = ir.Variable(name, target.type, assigned=1)
            self.function.variables[name] = variable
            self.declared.add(name)
            self.read.add(name)
            return ir.PVar(target.type, target.at, name), [f"{ident(target.name)} = {ident(name)};"]
        assert isinstance(target, ir.PTuple)
        pairs = [self._rename(item) for item in target.items]
        lines = [line for _, more in pairs for line in more]
        return ir.PTuple(target.type, target.at, [p for p, _ in pairs]), lines

    def _raise(self, node: ir.Raise) -> str:
        kind = string(node.kind)
        if len(node.args) == 1 and node.args[0].type == STR:
            (arg,) = node.args
            if isinstance(arg, ir.Const):
                return f"return Err(fault::message({kind}, {string(str(arg.value))}));"
            return f"return Err(fault::message({kind}, {self.value(arg).text}));"
        args = ", ".join(f"Value::from({self.value(arg).text})" for arg in node.args)
        return f"return Err(fault::raise({kind}, vec![{args}]));"


__all__ = ["Statements"]
