"""Types as far as the reading of bare annotations needs them, and how they come to be known.

    item = Node()
    ties.flow(item, Node("int"))     # an int comes into it
    shape_of(item).text()            # "int"

Invariant: what is said twice and does not fit together is no error: the shape is what was said
first, or none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DEPTH = 6
SCALARS = frozenset({"int", "float", "str", "bool", "bytes", "None"})
HOLD_ONE = frozenset({"list", "set", "frozenset", "vartuple"})
_NUMBERS = ("int", "float", "bool")
_HASHED = frozenset({"dict", "set", "frozenset"})


@dataclass(frozen=True)
class Shape:
    """A type as far as it matters here; `name` "int | float" is of numbers of either kind."""

    name: str
    args: tuple[Shape, ...] = ()

    def text(self, holder: str | None = None) -> str:
        """As an annotation; `holder` is how its container is written there."""
        if not self.args:
            return self.name
        name = holder or ("tuple" if self.name == "vartuple" else self.name)
        inside = ", ".join(one.text() for one in self.args)
        return f"{name}[{inside}, ...]" if self.name == "vartuple" else f"{name}[{inside}]"


@dataclass(eq=False)
class Node:
    """What is known of a value: what it is made of, or what flows into it."""

    made: str | None = None
    args: list[Node] = field(default_factory=list)
    up: Node | None = None
    sources: list[Node] = field(default_factory=list)
    # Counted with; an index or a bound; from outside, so that it may be any number.
    number: bool = False
    whole: bool = False
    outside: bool = False
    # What it gives where it is walked over or indexed, before it is known what it is.
    item: Node | None = None

    def top(self) -> Node:
        node = self
        while node.up is not None:
            node = node.up
        return node


def shape_of(given: Node, depth: int = DEPTH, open_: frozenset[int] = frozenset()) -> Shape | None:
    """What a value is, as far as its uses tell; None if they don't, or contradict each other."""
    node = given.top()
    if depth < 0 or id(node) in open_:
        return None
    if node.made is not None:
        if node.made in SCALARS:
            return Shape(node.made)
        inside = [shape_of(one, depth - 1, open_ | {id(node)}) for one in node.args]
        if node.made in _HASHED and inside:
            # Keys that are counted with are ints; keys that nothing is known of are text.
            key = inside[0] or (Shape("str") if node.made == "dict" else None)
            inside[0] = Shape("int") if key == Shape("int | float") else key
        if not inside or None in inside or len(inside) > 12:
            return None
        return Shape(node.made, tuple(one for one in inside if one is not None))
    if node.whole:
        return Shape("int")
    found = {
        shape
        for one in node.sources
        if (shape := shape_of(one, depth, open_ | {id(node)})) is not None
    }
    if node.item is not None and not found:
        item = shape_of(node.item, depth - 1, open_ | {id(node)})
        if item is None:
            return None
        return item if item.name == "str" else Shape("list", (item,))
    names = {one.name for one in found}
    if names and names <= {"int", "float", "bool", "int | float"}:
        if node.outside:
            return Shape("int | float")
        return Shape(names.pop()) if len(names) == 1 else Shape("int | float")
    if len(found) == 1 and not node.number:
        return found.pop()
    if node.number and node.outside and not names - {"int", "float", "int | float"}:
        return Shape("int | float")
    return None


class Ties:
    """What values have to do with each other."""

    def same(self, one: Node, other: Node) -> Node:
        """Both are of one type."""
        a, b = one.top(), other.top()
        if a is b:
            return a
        if a.made is not None and b.made is not None:
            if a.made == b.made and len(a.args) == len(b.args):
                for left, right in zip(a.args, b.args, strict=True):
                    self.same(left, right)
            return a
        if b.made is None:
            a, b = b, a
        # `a` is open: it becomes `b`.
        a.up = b
        b.number, b.whole = b.number or a.number, b.whole or a.whole
        b.outside = b.outside or a.outside
        b.sources += [one for one in a.sources if one.top() is not b]
        if a.item is not None:
            self.walked(b, a.item)
        return b

    def flow(self, into: Node, value: Node) -> None:
        """What is in `value` comes into `into` as well."""
        a, b = into.top(), value.top()
        if a is b:
            return
        if b.made in _NUMBERS or b.number or b.whole or a.number or a.whole or a.made in _NUMBERS:
            if a.made is None and all(one.top() is not b for one in a.sources):
                a.sources.append(b)
            elif a.made == "int" and b.made is None and b.outside:
                b.whole = True
            if b.made is None and not b.sources and b.item is None:
                b.number = True
            return
        if a.made is None and a.sources and b.made is not None:
            a.sources.append(b)  # numbers and something else
            return
        self.same(a, b)

    def be(self, node: Node, name: str) -> None:
        if node.top().made is None:
            self.same(node, Node(name))

    def count(self, given: Node, whole: bool = False) -> None:
        """It is counted with."""
        node = given.top()
        if node.made is None and node.item is None:
            node.number = True
            node.whole = node.whole or whole

    def is_number(self, given: Node) -> bool:
        node = given.top()
        return node.made in _NUMBERS or node.number or node.whole

    def walked(self, given: Node, item: Node | None = None) -> Node:
        """What comes out where it is walked over, or indexed by number."""
        node = given.top()
        if node.made is None:
            if node.item is None:
                node.item = item or Node(outside=node.outside)
            elif item is not None:
                self.same(node.item, item)
            return node.item
        if node.made in HOLD_ONE or node.made == "dict":
            found = node.args[0] if node.args else Node()
        elif node.made == "tuple" and node.args:
            found = node.args[0]
            for other in node.args[1:]:
                self.flow(found, other)
        else:
            found = Node("str") if node.made == "str" else Node()
        return self.same(found, item) if item is not None else found


__all__ = ["DEPTH", "HOLD_ONE", "SCALARS", "Node", "Shape", "Ties", "shape_of"]
