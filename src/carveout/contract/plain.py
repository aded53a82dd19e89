"""Plain classes: what crosses is what their objects hold.

    plain_object(walk, Stack, "app:Stack")   # {"t": "struct", "kind": "object", "fields": [...]}

Invariants: an object has exactly these attributes, each in the object itself; nothing of the class
stands between an attribute and who reads or sets it. A class of which that is not so is refused.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

from carveout.contract.attributes import Attribute, attributes
from carveout.contract.refused import Refused, instead_of
from carveout.contract.sources import class_node

if TYPE_CHECKING:
    from carveout.contract.types import Schema, TypeWalk

WRITE_THE_TYPE = "write its type where it is set first: `self.{name}: list[int] = []`"
# What decides how attributes are read and set, and how objects are made and end.
_IN_BETWEEN = (
    *("__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__new__"),
    *("__init_subclass__", "__del__"),
)


def is_plain(cls: Any) -> bool:
    """Whether a class is one that a program wrote, of no special kind."""
    if not isinstance(cls, type) or instead_of(cls) is not None:
        return False
    top = cls.__module__.partition(".")[0]
    # `__main__` may run under any name.
    return top not in sys.stdlib_module_names - {"__main__"} and class_node(cls) is not None


def plain_object(walk: TypeWalk, cls: type, name: str) -> Schema:
    """The schema of a plain class.

    Raises:
        Refused: its objects can't cross.
    """
    _check(cls)
    fields: list[Schema] = []
    seen: dict[str, Attribute] = {}
    for base in reversed(cls.__mro__):
        node = class_node(base) if _own(base) else None
        if node is None:
            continue
        for one in attributes(node).values():
            if one.name in seen:
                continue
            seen[one.name] = one
            if not _in_the_object(cls, one):
                continue
            hint = _evaluated(walk, base, one)
            described = walk.field(name, one.name, hint)
            fields.append({"name": one.name, "type": described, "required": True})
    for slot in slots_of(cls):
        if slot not in seen:
            raise Refused(
                f"{cls.__qualname__} has the slot {slot}, which nothing sets", "leave it out"
            )
    walk.plain = False  # JSON has no words for what only an `__init__` makes
    return {"t": "struct", "kind": "object", "frozen": False, "fields": fields}


def _own(base: type) -> bool:
    return base is not object and base.__module__ not in ("abc", "typing", "typing_extensions")


def _check(cls: type) -> None:
    """Refuse a class that is more than the attributes of its objects."""
    if inspect.isabstract(cls) or getattr(cls, "_is_protocol", False):
        raise Refused(f"{cls.__qualname__} has no objects of its own", "name a class that has some")
    if type(cls) is not type and type(cls).__name__ != "ABCMeta":
        raise Refused(f"{cls.__qualname__} has the metaclass {type(cls).__name__}", "use none")
    for base in cls.__mro__:
        if not _own(base):
            continue
        for special in _IN_BETWEEN:
            if special in base.__dict__:
                raise Refused(
                    f"{base.__qualname__} defines {special}",
                    "use a dataclass for what crosses",
                )
        node = class_node(base)
        if node is None:
            raise Refused(
                f"{cls.__qualname__} is also a {base.__qualname__}, whose source is not here",
                f"hold the {base.__qualname__} in an attribute",
            )
        if node.decorator_list and any(_name(d) != "total_ordering" for d in node.decorator_list):
            raise Refused(f"{base.__qualname__} has a decorator", "use a dataclass instead")


def _name(decorator: ast.expr) -> str:
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _in_the_object(cls: type, one: Attribute) -> bool:
    """Whether it is the object's own, not a property; refuse one that lies on the class as well."""
    for base in cls.__mro__:
        found = base.__dict__.get(one.name)
        if isinstance(found, property):
            return False
        if one.name in base.__dict__ and not isinstance(found, types.MemberDescriptorType):
            raise Refused(
                f"{cls.__qualname__}.{one.name} is set on objects and on the class",
                "set it in `__init__` alone",
            )
    return True


def _evaluated(walk: TypeWalk, cls: type, one: Attribute) -> Any:
    """The annotation's value, as the module of the class understands it."""
    where = f"{cls.__qualname__}.{one.name}"
    if one.annotation is None:
        raise Refused(f"the type of {where} is not known", WRITE_THE_TYPE.format(name=one.name))
    module = sys.modules.get(cls.__module__)
    scope = dict(vars(module)) if module is not None else {}
    text = ast.unparse(ast.fix_missing_locations(one.annotation))
    try:
        if one.called:
            made = {**vars(builtins), **scope, **walk.locals}.get(text)
            if isinstance(made, type):
                return made
            raise Refused(f"the type of {where} is not known", WRITE_THE_TYPE.format(name=one.name))
        probe = types.SimpleNamespace(__annotations__={one.name: text})
        return typing.get_type_hints(probe, scope, walk.locals or None, include_extras=True)[
            one.name
        ]
    except NameError as problem:
        raise Refused(
            f"the name {problem.name!r} in the type of {where} can't be resolved",
            "define or import it at module level, outside `if TYPE_CHECKING`",
        ) from problem
    except (SyntaxError, TypeError, AttributeError) as problem:
        raise Refused(
            f"the type of {where} can't be evaluated: {problem}", "correct it"
        ) from problem


def slots_of(cls: type) -> list[str]:
    """The names in the `__slots__` of a class and its bases, but for Python's own."""
    found: list[str] = []
    for base in cls.__mro__:
        named = base.__dict__.get("__slots__", ())
        found += [named] if isinstance(named, str) else list(named)
    return [name for name in found if name not in ("__dict__", "__weakref__")]


__all__ = ["WRITE_THE_TYPE", "is_plain", "plain_object", "slots_of"]
