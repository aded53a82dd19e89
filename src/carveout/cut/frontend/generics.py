"""Functions of type variables and of `Sequence[…]`: drafted once for each kind of argument.

    def first(items: Sequence[T]) -> T: ...

    first([1, 2])        # the draft of `first` for T = int and a list
    first(("a", "b"))    # another, for T = str and a tuple

What a type variable stands for is read from the arguments, and where they don't say, from what mypy
makes of the call. What is declared as a Sequence, Iterable, Mapping, … is what arrives; where
nothing has arrived (a parameter of the operation itself, a field), it is a list, a dict or a set.

Invariant: a draft is for exactly these types; a call with others makes another draft or is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mypy.nodes import CallExpr, FuncDef
from mypy.nodes import Var as MypyVar
from mypy.types import (
    CallableType,
    Instance,
    NoneType,
    TypeVarId,
    TypeVarType,
    UnionType,
    get_proper_type,
)
from mypy.types import TupleType as MypyTuple
from mypy.types import Type as MypyType

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import (
    BYTES,
    INT,
    NEVER,
    NONE,
    STR,
    DequeType,
    DictType,
    ListType,
    OptionalType,
    SetType,
    TupleType,
    Type,
    VarTupleType,
)
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.base import Base

# What a value of an abstract type is where nothing says more.
ABSTRACT = {
    **dict.fromkeys(
        [f"typing.{n}" for n in ("Sequence", "MutableSequence", "Iterable", "Collection")], "list"
    ),
    **dict.fromkeys([f"typing.{n}" for n in ("Reversible", "Container")], "list"),
    "typing.Mapping": "dict",
    "typing.MutableMapping": "dict",
    "typing.AbstractSet": "set",
    "typing.MutableSet": "set",
}
# And what else may arrive, by what can be done with it.
_MUTABLE = {"typing.MutableSequence": (ListType, DequeType), "typing.MutableSet": (SetType,)}
_INDEXED = frozenset({"typing.Sequence", "typing.Reversible"})


@dataclass
class Opening:
    """What one draft of a function is for."""

    bound: dict[TypeVarId, Type] = field(default_factory=dict)
    params: dict[MypyVar, Type] = field(default_factory=dict)


def is_open(given: MypyType | None) -> bool:
    """Whether a declared type leaves open what exactly arrives."""
    match get_proper_type(given):
        case TypeVarType() as variable:
            # Those of a class are known by its object.
            return variable.id.raw_id < 0
        case Instance(args=args) as instance:
            return instance.type.fullname in ABSTRACT or any(map(is_open, args))
        case MypyTuple(items=items) | UnionType(items=items):
            return any(map(is_open, items))
    return False


def is_abstract(given: MypyType | None) -> bool:
    """Whether a local of this declaration is what it is given."""
    declared = get_proper_type(given)
    return isinstance(declared, Instance) and declared.type.fullname in ABSTRACT


def opened(
    lowerer: Base,
    func: FuncDef,
    params: list[MypyVar],
    args: list[ir.Expr],
    at: ir.At,
    call: CallExpr | None,
) -> tuple[Opening, list[ir.Expr], str] | None:
    """What a call makes of a function that leaves types open; None if it leaves none.

    Gives also the arguments as that draft takes them, and what tells it from others.
    """
    signature = get_proper_type(func.type)
    own = signature.variables if isinstance(signature, CallableType) else ()
    open_ = any(variable.id.raw_id < 0 for variable in own)
    if not open_ and not any(is_open(param.type) for param in params):
        return None
    matcher = _Matcher(lowerer, at)
    said: list[str] = []
    for param, arg in zip(params, args, strict=True):
        if is_open(param.type):
            matcher.match(param.type, arg.type)
    _from_result(lowerer, func, call, matcher)
    opening = Opening(matcher.bound)
    out: list[ir.Expr] = []
    with lowerer.reader.where(matcher.bound):
        for param, arg in zip(params, args, strict=True):
            if not is_open(param.type):
                out.append(arg)
                continue
            if _known(lowerer, arg.type) and matcher.abstract(param.type, arg.type):
                # `Collection[object]` is nothing by itself, and what arrives all the same.
                if arg.type != _readable(lowerer, param, at):
                    opening.params[param] = arg.type
                    said.append(f"{param.name}: {arg.type}")
                out.append(_as_sequence(arg))
                if out[-1].type != arg.type:
                    opening.params[param] = out[-1].type
                continue
            out.append(lowerer.coerce(arg, lowerer.reader.read(param.type, at)))
    names = {str(type_) for type_ in matcher.bound.values()}
    said += [", ".join(f"{matcher.names[i]} = {t}" for i, t in matcher.bound.items())] * bool(names)
    return opening, out, f"<{'; '.join(said)}>" if said else ""


def _readable(lowerer: Base, param: MypyVar, at: ir.At) -> Type | None:
    try:
        return lowerer.reader.read(param.type, at)
    except Refusal:
        return None


def _from_result(lowerer: Base, func: FuncDef, call: CallExpr | None, matcher: _Matcher) -> None:
    """The type variables that only a result tells, such as that of `key: Callable[[T], K]`."""
    type_ = get_proper_type(func.type)
    if call is None or not isinstance(type_, CallableType):
        return
    if all(variable.id in matcher.bound for variable in type_.variables):
        return
    found = lowerer.project.checked.types.get(call)
    if found is not None:
        try:
            matcher.match(type_.ret_type, lowerer.reader.read(found, matcher.at), strict=False)
        except Refusal:
            return


def _known(lowerer: Base, type_: Type) -> bool:
    """Whether a type says all: nothing in it stands for something else, as in `[]`."""
    return not lowerer.reader.table.any_part(type_, lambda part: part in (NEVER, NONE))


def _as_sequence(arg: ir.Expr) -> ir.Expr:
    """A tuple of fixed length is walked and indexed as one of any length, of one type of items."""
    type_ = arg.type
    if not isinstance(type_, TupleType) or len(set(type_.items)) != 1:
        return arg
    wanted = VarTupleType(type_.items[0])
    if isinstance(arg, ir.TupleLit):
        return ir.ListLit(wanted, arg.at, list(arg.items))
    if isinstance(arg, ir.Var):
        parts: list[ir.Expr] = [
            ir.Part(item, arg.at, ir.Var(type_, arg.at, arg.name), index)
            for index, item in enumerate(type_.items)
        ]
        return ir.ListLit(wanted, arg.at, parts)
    return arg


class _Matcher:
    """Declared types beside those that arrive; `bound` fills."""

    def __init__(self, lowerer: Base, at: ir.At) -> None:
        self.lowerer, self.at = lowerer, at
        self.bound: dict[TypeVarId, Type] = {}
        self.names: dict[TypeVarId, str] = {}

    def match(self, given: MypyType | None, type_: Type, strict: bool = True) -> None:
        declared = get_proper_type(given)
        match declared:
            case TypeVarType():
                self._bind(declared, type_, strict)
            case UnionType(items=items):
                members = [m for m in items if not isinstance(get_proper_type(m), NoneType)]
                inner = type_.item if isinstance(type_, OptionalType) else type_
                if inner != NONE:
                    for member in members:
                        if self._fits(member, inner):
                            self.match(member, inner, strict)
                            break
            case MypyTuple(items=items) if isinstance(type_, TupleType):
                for item, part in zip(items, type_.items, strict=False):
                    self.match(item, part, strict)
            case Instance(args=args) if args:
                for arg, part in zip(args, self._parts(declared, type_), strict=False):
                    self.match(arg, part, strict)

    def _bind(self, variable: TypeVarType, type_: Type, strict: bool) -> None:
        if variable.id.raw_id > 0 or not _known(self.lowerer, type_):
            return
        known = self.bound.setdefault(variable.id, type_)
        self.names[variable.id] = variable.name
        if known != type_ and strict:
            raise Refusal(
                "refusal-mixed-types",
                f"{variable.name} is {known} and {type_} in one call",
                self.at,
                hint="give it one type: float(…)",
            )

    def _fits(self, given: MypyType, type_: Type) -> bool:
        declared = get_proper_type(given)
        if isinstance(declared, TypeVarType):
            return True
        if isinstance(declared, Instance) and is_open(declared):
            return bool(self._parts(declared, type_))
        try:
            with self.lowerer.reader.where(self.bound):
                return self.lowerer.reader.read(declared, self.at) == type_
        except Refusal:
            return False

    def abstract(self, given: MypyType | None, type_: Type) -> bool:
        """Whether what arrives stands for an abstract type as it is."""
        declared = get_proper_type(given)
        return (
            isinstance(declared, Instance)
            and declared.type.fullname in ABSTRACT
            and bool(self._parts(declared, type_))
        )

    def _parts(self, declared: Instance, type_: Type) -> tuple[Type, ...]:
        """What a value of `type_` has for the parameters of a declared class, if it is one."""
        name = declared.type.fullname
        found = self.lowerer.reader.parameters_of(type_)
        if found and name == self.lowerer.reader.infos[getattr(type_, "name", "")].fullname:
            return tuple(found[variable.id] for variable in declared.type.defn.type_vars)
        if name in _MUTABLE and not isinstance(type_, _MUTABLE[name]):
            return ()
        match ABSTRACT.get(name, name), type_:
            case (("list" | "builtins.list"), ListType(item)):
                return (item,)
            case "list", VarTupleType(item) | DequeType(item):
                return (item,)
            case "list", TupleType(items) if len(set(items)) == 1:
                return (items[0],)
            case "list", _ if type_ == STR:
                return (STR,)
            case "list", _ if type_ == BYTES:
                return (INT,)
            case "list", SetType(item) if name not in _INDEXED:
                return (item,)
            case "list", DictType(key, _) if name not in _INDEXED:
                return (key,)
            case (("dict" | "builtins.dict"), DictType(key, value)):
                return (key, value)
            case (("set" | "builtins.set" | "builtins.frozenset"), SetType(item)):
                return (item,)
            case "builtins.tuple", VarTupleType(item):
                return (item,)
            case "builtins.tuple", TupleType(items) if len(set(items)) == 1:
                return (items[0],)
            case "collections.deque", DequeType(item):
                return (item,)
        return ()


__all__ = ["ABSTRACT", "Opening", "is_abstract", "is_open", "opened"]
