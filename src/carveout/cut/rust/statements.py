"""Rust text of statements and functions; `try` is in trying.py.

Variables are declared where they first get a value, as late and as deep as their uses allow: a name
used in two loops with nothing carried between them is two variables.
"""

from __future__ import annotations

import re

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.places import is_place, simple, walked_over
from carveout.cut.ir.scopes import assigned_twice, bound, crossing, labelled
from carveout.cut.ir.types import (
    NONE,
    STR,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    TypeTable,
    VarTupleType,
)
from carveout.cut.passes.flow import bare
from carveout.cut.rust import opening
from carveout.cut.rust.places import CannotWrite, finished, has_effects, opens
from carveout.cut.rust.text import doc_lines, ident, rust_type, string
from carveout.cut.rust.trying import Loop, Trying
from carveout.cut.rust.updating import IN_PLACE, quiet, update, update_field

_WHOLE_CALL = re.compile(r"[\w:]+\([^()]*\)\?")


class Statements(Trying):
    """Writes one function."""

    def __init__(self, program: ir.Program, table: TypeTable, function: ir.Function) -> None:
        super().__init__(program, table, function)
        self.declared: set[str] = {param.name for param in function.params}
        self.around = []
        self.changed = self._changed()

    def write(self) -> str:
        function = self.function
        lines = [f"// {c}" for c in function.comments] + doc_lines(function.doc)
        is_entry = function.key == self.program.entry
        params = []
        assigned = {n.name for s in function.body for n in ir.walk(s) if isinstance(n, ir.PVar)}
        for param in function.params:
            varies = param.name in assigned or param.name in self.changed
            mutable = "mut " if param.mode == "own" and varies else ""
            params.append(f"{mutable}{ident(param.name)}: {self._param_type(param)}")
        visible = "pub fn" if is_entry else "fn"
        lines.append(
            f"{visible} {ident(function.name)}({', '.join(params)}) "
            f"-> Outcome<{rust_type(function.result, table=self.table)}> {{"
        )
        if function.cached:
            lines += self._cached(function)
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
        if function.cached:
            lines.append("})")
        lines.append("}")
        return finished("\n".join(lines))

    def _cached(self, function: ir.Function) -> list[str]:
        """The start of a function whose results are kept."""
        key = "".join(f"{rust_type(p.type, table=self.table)}, " for p in function.params)
        result = rust_type(function.result, table=self.table)
        parts = []
        for param in function.params:
            name = ident(param.name)
            how = "" if self.copyable(param.type) else ".clone()"
            if isinstance(param.type, VarTupleType):
                how = ".to_vec()"
            parts.append(f"{name}{how}, ")
        return [
            "thread_local! {",
            f"static KNOWN: memo::Known<({key}), {result}> = const {{ memo::Known::new() }};",
            "}",
            f"memo::call(&KNOWN, ({''.join(parts)}), || {{",
        ]

    def _param_type(self, param: ir.Param) -> str:
        owned = rust_type(param.type, table=self.table)
        if param.mode == "own":
            return owned
        if param.mode == "mut":
            return f"&mut {owned}"
        if isinstance(param.type, (ListType, VarTupleType)) and not self.counted(param.type):
            return f"&[{rust_type(param.type.item, table=self.table)}]"
        return f"&{owned}"

    def _changed(self) -> set[str]:
        """Names whose own storage is changed in place: those that need `let mut`."""
        found: set[str] = set()
        for statement in self.function.body:
            for node in ir.walk(statement):
                match node:
                    case ir.SetField() | ir.SetItem():
                        self._note(node.obj, found)
                    case ir.Prim():
                        for taken, arg in zip(node.entry.params, node.args, strict=False):
                            if taken.mode == "mut":
                                self._note(arg, found)
                    case ir.Call():
                        callee = self.program.functions[node.function]
                        for param, arg in zip(callee.params, node.args, strict=True):
                            if param.mode == "mut":
                                self._note(arg, found)
                    case ir.Assign(target=ir.PVar(name=name)) if self.held(name) == "mut":
                        self._note(node.value, found)
                    case ir.For() | ir.Clause():
                        for var in ir.pattern_vars(node.target):
                            if self.held(var.name) == "mut":
                                for over in walked_over(node.source):
                                    self._note(over, found)
        return found

    def _note(self, expr: ir.Expr, found: set[str]) -> None:
        steps = self._path(expr)
        if any(self.counted(step.type) for step in steps):
            return
        if isinstance(steps[-1], ir.Var):
            found.add(steps[-1].name)

    # --- declarations ----------------------------------------------------------------------------

    def block(self, body: list[ir.Stmt]) -> list[str]:
        """A block's lines; what it declares is forgotten at its end."""
        outside = set(self.declared)
        lines: list[str] = []
        end = -1
        for index, statement in enumerate(body):
            if index > end and (found := opening.run(self, body, index)) is not None:
                end, names = found
                self.opened = {name: self.temp(f"{ident(name)}_seen") for name in names}
                lines += [f"let {o} = {ident(n)}.look()?;" for n, o in self.opened.items()]
            after = body[index + 1].live_in if index + 1 < len(body) else frozenset()
            if not isinstance(statement, ir.Assign):
                # What a branch or a loop gives to what follows it is declared before it.
                for name in sorted((bound(statement) & after) - self.declared):
                    many = assigned_twice(body[index:], name) or name in self.changed
                    kind = rust_type(self.function.variables[name].type, table=self.table)
                    lines.append(f"let {'mut ' * many}{ident(name)}: {kind};")
                    self.declared.add(name)
            for comment in statement.comments:
                lines.append(f"// {comment}".rstrip())
            lines += self.statement(statement, body[index + 1 :])
            if index == end:
                lines += [f"drop({name});" for name in self.opened.values()]
                self.opened = {}
        self.declared = outside
        return lines

    # --- statements ------------------------------------------------------------------------------

    def statement(self, node: ir.Stmt, rest: list[ir.Stmt]) -> list[str]:
        match node:
            case ir.If() | ir.While():
                self.effects = has_effects(node.cond)
            case ir.For():
                self.effects = has_effects(node.source)
            case ir.Try():
                self.effects = False
            case _:
                self.effects = has_effects(node)
        match node:
            case ir.Assign():
                return self._assign(node, rest)
            case ir.SetField():
                return self._set_field(node)
            case ir.SetItem():
                return self._set_item(node)
            case ir.Do():
                return self._do(node.value)
            case ir.If():
                return self._if(node)
            case ir.While():
                test = self.value(node.cond).text
                head = "loop" if test == "true" else f"while {test}"
                return self._loop(node, f"{head} {{", [])
            case ir.For():
                return self._for(node)
            case ir.Try():
                return self.try_(node)
            case ir.Break():
                return [self.leave_loop("break")]
            case ir.Continue():
                return [self.leave_loop("continue")]
            case ir.Return():
                return self._return(node.value)
            case ir.Raise():
                return [self._raise(node)]
            case ir.Decline():
                return [f"return Err(Stop::Decline({string(node.why)}));"]
            case ir.Reraise():
                return [f"return Err(Stop::Fault({ident(node.name)}.clone()));"]
        raise AssertionError(node)

    def _return(self, value: ir.Expr) -> list[str]:
        if value.type == NONE and not isinstance(value, ir.Const):
            return [f"{self.value(value).text};", self.leave("()")]
        text = self.value(value).text
        whole = isinstance(value, ir.Call) or (
            isinstance(value, ir.Prim)
            and value.entry.gives == "own"
            and _WHOLE_CALL.fullmatch(value.entry.rust) is not None
        )
        # `Ok(f()?)` is `f()`.
        if whole and not self.guarded() and not text.startswith("{") and text.endswith("?"):
            return [f"return {text[:-1]};"]
        return [self.leave(text)]

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
            kind = rust_type(self.function.variables[name].type, table=self.table)
            many = "mut " if self._varies(name, rest) else ""
            lines.append(f"let {many}{ident(name)}: {kind};")
        self.declared |= set(fresh)
        return [*lines, f"{self._plain_pattern(node.target)} = {value};"]

    def _assign_one(self, node: ir.Assign, name: str, rest: list[ir.Stmt]) -> list[str]:
        held = self.held(name)
        if held == "ref":
            value = self.reference(node.value).text
        elif held == "mut":
            value = self.place(node.value).text
        else:
            value = self._roomy(node.value, name, rest) or self.value(node.value).text
        if name in self.declared:
            match node.value:
                case ir.Prim(entry=entry, args=[ir.Var(name=left), right]) if (
                    left == name and entry.rust in IN_PLACE
                ):
                    return [f"{ident(name)} {IN_PLACE[entry.rust]} {self.value(right).text};"]
            if value == ident(name):
                return []
            if opens(value):
                # Closed before the name is given away.
                seen = self.temp("seen")
                return [f"{ident(name)} = {{ let {seen} = {value}; {seen} }};"]
            return [f"{ident(name)} = {value};"]
        self.declared.add(name)
        mutable = "mut " if held == "own" and self._varies(name, rest) else ""
        return [f"let {mutable}{ident(name)}{self._shown_type(node, name, held)} = {value};"]

    def _roomy(self, value: ir.Expr, name: str, rest: list[ir.Stmt]) -> str | None:
        """A new list with room for what the loop that follows appends to it, once each time."""
        if not isinstance(value, ir.ListLit) or self.counted(value.type):
            return None
        between: set[str] = set()
        for after in rest[:4]:
            if isinstance(after, ir.For):
                break
            if not isinstance(after, ir.Assign) or has_effects(after) or name in _names(after):
                return None
            between |= bound(after)
        else:
            return None
        if (between | {name}) & _names(after.source):
            return None
        if not any(_appends(statement, name) for statement in after.body):
            return None
        size = self.size(after.source)
        if size is None:
            return None
        if not value.items:
            return f"Vec::with_capacity({size})"
        return f"list::with_room({self.array(value.items)}, {size})"

    def _shown_type(self, node: ir.Assign, name: str, held: str) -> str:
        """The type, where Rust would not see it in the value."""
        type_ = self.function.variables[name].type
        if held != "own" or type_ == STR:
            return ""
        literal = isinstance(node.value, (ir.Const, ir.Some, ir.Inject))
        containers = (ListType, DictType, SetType, VarTupleType, DequeType)
        container = isinstance(bare(type_), containers)
        if not literal and (not container or isinstance(node.value, (ir.Call, ir.Var, ir.Field))):
            return ""
        return f": {rust_type(type_, table=self.table)}"

    def _varies(self, name: str, rest: list[ir.Stmt]) -> bool:
        """Whether the name is assigned again or changed in place."""
        return name in self.changed or any(name in bound(statement) for statement in rest)

    def _let_pattern(self, pattern: ir.Pattern, rest: list[ir.Stmt]) -> str:
        if isinstance(pattern, ir.PVar):
            if pattern.name == "_":
                return "_"
            mutable = "mut " if self._varies(pattern.name, rest) else ""
            return f"{mutable}{ident(pattern.name)}"
        assert isinstance(pattern, ir.PTuple)
        inner = ", ".join(self._let_pattern(item, rest) for item in pattern.items)
        return f"({inner}{',' if len(pattern.items) == 1 else ''})"

    def _plain_pattern(self, pattern: ir.Pattern) -> str:
        if isinstance(pattern, ir.PVar):
            return "_" if pattern.name == "_" else ident(pattern.name)
        assert isinstance(pattern, ir.PTuple)
        inner = ", ".join(map(self._plain_pattern, pattern.items))
        return f"({inner}{',' if len(pattern.items) == 1 else ''})"

    # --- changes in place ------------------------------------------------------------------------

    def _set_field(self, node: ir.SetField) -> list[str]:
        """Python's order: the value, then the object."""
        if (updated := update_field(self, node)) is not None:
            return updated
        value = self.value(node.value).text
        involved = any(isinstance(n, (ir.Prim, ir.Unwrap, ir.Extract)) for n in ir.walk(node.obj))
        if (not simple(node.value) and (involved or opens(value))) or opens(value):
            temp = self.temp("value")
            return [
                "{",
                f"let {temp} = {value};",
                f"{self.open(node.obj)}.{ident(node.name)} = {temp};",
                "}",
            ]
        return [f"{self.open(node.obj)}.{ident(node.name)} = {value};"]

    def _set_item(self, node: ir.SetItem) -> list[str]:
        """Python's order: the value, the object, the index."""
        if (updated := update(self, node)) is not None:
            return updated
        lines: list[str] = []
        obj, index, value = node.obj, node.index, node.value
        involved = any(isinstance(n, (ir.Prim, ir.Unwrap, ir.Extract)) for n in ir.walk(obj))
        start = self._path(obj)[-1]
        touches = isinstance(start, ir.Var) and any(
            isinstance(n, ir.Var) and n.name == start.name
            for part in (value, index)
            for n in ir.walk(part)
        )
        counted = any(self.counted(step.type) for step in self._path(obj))
        value_text, index_text = self.value(value).text, self.value(index).text
        plain_value = simple(value) and not opens(value_text)
        # Of what can only decline nobody can tell when it did.
        plain_index = (simple(index) or quiet(index)) and not opens(index_text)
        disturbing = has_effects(index) or has_effects(value)
        kept = ""
        if has_effects(index):
            plain_value = isinstance(value, (ir.Const, ir.Var))
            if not isinstance(obj, ir.Var):
                # The object is found before the index is evaluated, which may replace it.
                if not self.counted(obj.type):
                    raise CannotWrite("a place that its index may change")
                kept = self.temp("object")
        # Rust takes the key before the value.
        gives = isinstance(obj.type, DictType) and any(
            isinstance(n, ir.Var) and n.last and not self.copyable(n.type) for n in ir.walk(index)
        )
        if not plain_value and (
            touches or involved or counted or gives or disturbing or not plain_index
        ):
            name = self.temp("value")
            lines.append(f"let {name} = {value_text};")
            value_text = name
        if kept:
            lines.append(f"let {kept} = {self.value(obj).text};")
        if not plain_index and (touches or involved or counted or kept):
            if involved and not kept:
                lines.append(f"{self.reference(obj).text};")
            name = self.temp("index")
            lines.append(f"let {name} = {index_text};")
            index_text = name
        opened, place = self.open(obj), self.place(obj).text
        if kept:
            opened = f"{kept}.edit()?"
            place = f"&mut *{opened}"
        if isinstance(obj.type, DictType):
            lines.append(f"{opened}.insert({index_text}, {value_text});")
        else:
            owner = "deque" if isinstance(obj.type, DequeType) else "list"
            lines.append(f"{owner}::set({place}, {index_text}, {value_text})?;")
        return ["{", *lines, "}"] if len(lines) > 1 else lines

    def _do(self, value: ir.Expr) -> list[str]:
        if isinstance(value, ir.Prim) and value.entry.gives == "own":
            text = self._prim(value)
            kept = value.type != NONE
            return [f"let _ = {text.text};" if kept else f"{text.text};"]
        if value.type == NONE:
            return [f"{self.value(value).text};"]
        return [f"let _ = {self.look(value).text};"]

    # --- branches and loops ----------------------------------------------------------------------

    def _if(self, node: ir.If) -> list[str]:
        lines = [f"if {self.value(node.cond).text} {{", *self.block(node.then)]
        if not node.orelse:
            return [*lines, "}"]
        match node.orelse:
            case [ir.If() as nested] if not nested.comments:
                inner = self.statement(nested, [])
                return [*lines, f"}} else {inner[0]}", *inner[1:]]
        return [*lines, "} else {", *self.block(node.orelse), "}"]

    def _loop(self, node: ir.While | ir.For, head: str, lets: list[str]) -> list[str]:
        """A loop and its else, which a break jumps over."""
        block = self._label("walk") if labelled(node) else ""
        loop = self._label("again") if crossing(node.body) else ""
        self.around.append(Loop(block, loop))
        lines = [f"{loop}: {head}" if loop else head, *lets, *self.block(node.body), "}"]
        self.around.pop()
        orelse = self.block(node.orelse)
        return [f"{block}: {{", *lines, *orelse, "}"] if block else [*lines, *orelse]

    def _label(self, hint: str) -> str:
        self.labels += 1
        return f"'{hint}{self.labels}"

    def _for(self, node: ir.For) -> list[str]:
        target, outside = node.target, set(self.declared)
        varying = frozenset(self.changed.union(*(bound(s) for s in node.body)))
        kept = [v for v in ir.pattern_vars(target) if v.name in self.declared and v.name != "_"]
        after: list[str] = []
        if kept:
            # The loop's variable is also used after it: bind a temporary and assign.
            target, after = self._rename(target)
        before: list[str] = []
        self.varying = varying
        if node.stepped:
            step = self.stepping(node.source, before)
            pattern, lets = self.pattern(target, "own", node.source)
            head = f"while let Some({pattern}) = {self.step_text(step)} {{"
        else:
            mutable = isinstance(target, ir.PVar) and self.held(target.name) == "mut"
            source, shape = self.source(node.source, mutable)
            pattern, lets = self.pattern(target, shape, node.source)
            head = f"for {pattern} in {source} {{"
        self.varying = frozenset()
        self.declared |= {v.name for v in ir.pattern_vars(target)}
        lines = self._loop(node, head, [*lets, *after])
        self.declared = outside
        return [*before, *lines]

    def _rename(self, target: ir.Pattern) -> tuple[ir.Pattern, list[str]]:
        if isinstance(target, ir.PVar):
            if target.name == "_":
                return target, []
            name = self._fresh(f"next_{target.name}")
            held = self.function.variables[target.name].held
            self.function.variables[name] = ir.Variable(name, target.type, held, assigned=1)
            self.declared.add(name)
            return ir.PVar(target.type, target.at, name), [f"{ident(target.name)} = {ident(name)};"]
        assert isinstance(target, ir.PTuple)
        pairs = [self._rename(item) for item in target.items]
        lines = [line for _, more in pairs for line in more]
        return ir.PTuple(target.type, target.at, [p for p, _ in pairs]), lines

    # --- raise -----------------------------------------------------------------------------------

    def _raise(self, node: ir.Raise) -> str:
        kind = string(node.kind)
        if node.made:
            args = ", ".join(f"Value::from({self.value(arg).text})" for arg in node.args)
            return f"return Err(fault::construct({kind}, vec![{args}]));"
        if len(node.args) == 1 and node.args[0].type == STR:
            (arg,) = node.args
            if isinstance(arg, ir.Const):
                return f"return Err(fault::message({kind}, {string(str(arg.value))}));"
            return f"return Err(fault::message({kind}, {self.value(arg).text}));"
        args = ", ".join(f"Value::from({self.value(arg).text})" for arg in node.args)
        return f"return Err(fault::raise({kind}, vec![{args}]));"


def _names(node: object) -> set[str]:
    return {inner.name for inner in ir.walk(node) if isinstance(inner, ir.Var)}


def _appends(node: ir.Stmt, name: str) -> bool:
    match node:
        case ir.Do(value=ir.Prim(entry=entry, args=[ir.Var(name=other), _])):
            return entry.key == "list.append" and other == name
    return False


__all__ = ["Statements", "is_place"]
