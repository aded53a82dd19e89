"""What the objects of plain classes hold, as their contract says it.

    in_order(bindings, info, fields)      # in the order in which `__init__` sets them
    why_not_crossing(bindings, info, fields)

The running program reads a plain class's attributes from its text (`carveout.contract.attributes`),
and so the compiler does too: what mypy knows beyond that, no caller can check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mypy.nodes import TypeInfo

from carveout.contract.attributes import Attribute, attributes
from carveout.contract.plain import WRITE_THE_TYPE
from carveout.contract.sources import class_in, parsed
from carveout.cut.frontend.bindings import Bindings
from carveout.cut.ir.types import Type


def held_by(bindings: Bindings, info: TypeInfo) -> dict[str, Attribute]:
    """The attributes of a class and its bases, those of the bases first."""
    found: dict[str, Attribute] = {}
    for base in reversed(info.mro):
        path = bindings.paths.get(base.module_name)
        if path is None or base.module_name.partition(".")[0] not in bindings.packages:
            continue
        tree = parsed(path.read_text(encoding="utf-8-sig"))
        node = class_in(tree, base.fullname[len(base.module_name) + 1 :]) if tree else None
        for name, one in (attributes(node) if node is not None else {}).items():
            found.setdefault(name, one)
    return found


def in_order(bindings: Bindings, info: TypeInfo, fields: Mapping[str, Type]) -> dict[str, Type]:
    """A plain class's fields in the order of its contract."""
    known = [name for name in held_by(bindings, info) if name in fields]
    return {name: fields[name] for name in (*known, *(n for n in fields if n not in known))}


def why_not_crossing(
    bindings: Bindings, info: TypeInfo, fields: Iterable[str]
) -> tuple[str, str] | None:
    """Why objects of a plain class cannot cross, and what to do; None if they can."""
    if info.type_vars:
        return f"objects of {info.name}, a generic class, cannot cross", (
            "keep such objects inside the operation"
        )
    known = held_by(bindings, info)
    for name in fields:
        one = known.get(name)
        if one is None or one.on_class:
            return (
                f"objects of {info.name} cannot cross: {name} is set on the class",
                "set it in `__init__` alone",
            )
        if one.annotation is None:
            return (
                f"objects of {info.name} cannot cross: its text does not say the type of {name}",
                WRITE_THE_TYPE.format(name=name),
            )
    return None


__all__ = ["held_by", "in_order", "why_not_crossing"]
