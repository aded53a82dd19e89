"""Plain classes: attributes from `__init__`, methods, special methods, identity."""

from __future__ import annotations

from typing import ClassVar, Final


class Node:
    """A tree's node."""

    def __init__(self, key: int, parent: Node | None = None) -> None:
        self.key = key
        self.parent = parent
        self.left: Node | None = None
        self.right: Node | None = None


class SearchTree:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.size = 0

    def insert(self, key: int) -> bool:
        if self.root is None:
            self.root = Node(key)
            self.size += 1
            return True
        here = self.root
        while True:
            if key == here.key:
                return False
            if key < here.key:
                if here.left is None:
                    here.left = Node(key, here)
                    break
                here = here.left
            else:
                if here.right is None:
                    here.right = Node(key, here)
                    break
                here = here.right
        self.size += 1
        return True

    def find(self, key: int) -> Node | None:
        here = self.root
        while here is not None and here.key != key:
            here = here.left if key < here.key else here.right
        return here

    def depth_of(self, node: Node) -> int:
        steps = 0
        here: Node | None = node
        while here is not None and here is not self.root:
            here = here.parent
            steps += 1
        return steps

    def __len__(self) -> int:
        return self.size

    def __contains__(self, key: int) -> bool:
        return self.find(key) is not None


class Stack:
    LIMIT: Final = 5
    made: ClassVar[str] = "stack"

    def __init__(self, items: list[int] | None = None) -> None:
        if items is None:
            self.items = [0]
        else:
            self.items = items
        self.pushed = len(self.items)
        self.label = f"{self.pushed} items"

    def push(self, item: int) -> None:
        if len(self.items) >= Stack.LIMIT:
            raise OverflowError(f"more than {self.LIMIT}")
        self.items.append(item)
        self.pushed += 1

    def pop(self) -> int:
        return self.items.pop()

    @property
    def top(self) -> int:
        return self.items[-1]

    @staticmethod
    def doubled(x: int) -> int:
        return x * 2

    @classmethod
    def of(cls, *, first: int, second: int = 7) -> Stack:
        made = cls([])
        made.push(first)
        made.push(second)
        return made

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> int:
        return self.items[index]

    def __setitem__(self, index: int, value: int) -> None:
        self.items[index] = value

    def __delitem__(self, index: int) -> None:
        del self.items[index]

    def __str__(self) -> str:
        return f"Stack({self.items[0]}, …)"

    def __bool__(self) -> bool:
        return self.pushed % 2 == 1


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor: float) -> Vector:
        return Vector(self.x * factor, self.y * factor)

    def __rmul__(self, factor: float) -> Vector:
        return self * factor

    def __neg__(self) -> Vector:
        return Vector(-self.x, -self.y)

    def __abs__(self) -> float:
        return self.x * self.x + self.y * self.y

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vector):
            return NotImplemented
        return self.x == other.x and self.y == other.y

    def __lt__(self, other: Vector) -> bool:
        return self.x < other.x

    def __repr__(self) -> str:
        return f"Vector({self.x}, {self.y!r})"


class Counter:
    step = 2

    def __init__(self, start: int) -> None:
        self.total = 0
        for i in range(start % 7):
            self.total += i * self.step
        if start < 0:
            self.step = 3
            return
        self.reset(start)
        self.total += 1

    def reset(self, total: int) -> None:
        self.total = total


class Empty:
    note = "none"


class Graph:
    def __init__(self, size: int) -> None:
        self.edges: dict[int, list[int]] = {i: [] for i in range(size)}
        self.size, self.count = size, 0

    def connect(self, a: int, b: int) -> Graph:
        self.edges[a].append(b)
        self.edges[b].append(a)
        self.count += 1
        return self

    def reach(self, start: int) -> list[int]:
        seen = {start}
        order = [start]
        for node in order:
            for other in self.edges[node]:
                if other not in seen:
                    seen.add(other)
                    order.append(other)
        return order


def tree(keys: list[int], key: int) -> tuple[int, bool, int, int]:
    made = SearchTree()
    added = 0
    for k in keys:
        added += made.insert(k)
    found = made.find(key)
    return len(made), key in made, added, -1 if found is None else made.depth_of(found)


def stacked(items: list[int], more: list[int]) -> tuple[int, int, str, bool]:
    stack = Stack(items)
    for x in more:
        stack.push(Stack.doubled(x))
    return len(stack), stack.top, stack.label + stack.made, bool(stack)


def shared_items(n: int) -> list[int]:
    items = [n]
    stack = Stack(items)
    stack.push(1)
    items.append(2)
    stack[0] += 5
    del stack[1]
    return stack.items + items


def default_stack() -> str:
    stack = Stack()
    if not stack:
        return "even"
    return f"{stack} {str(stack)} {stack[0]}"


def of_class(a: int, b: int) -> list[int]:
    stack = Stack.of(second=a, first=b)
    return Stack.of(first=a).items + stack.items


def vectors(ax: float, ay: float, f: float) -> tuple[float, float, bool, bool, str]:
    a = Vector(ax, ay)
    b = a + a * f + 2.0 * -a
    b += a
    return abs(b), b.y, a == b, a != b, repr(a if a < b else b)


def shown_twice(ax: float) -> str:
    v = Vector(ax, 1.5)
    return f"{v} {v!r} {v!s} {str(v)} {repr(v)}"


def larger(ax: float, bx: float) -> bool:
    return Vector(ax, 0.0) > Vector(bx, 1.0)


def counted(n: int) -> tuple[int, int]:
    counter = Counter(n)
    return counter.total, counter.step


def identity(n: int) -> list[bool]:
    a, b = Node(n), Node(n)
    c = a
    nodes = [a, b]
    d: Node | None = c if n > 2 else None
    return [a == b, a is c, a is not b, a != c, b in nodes, Node(n) in nodes, d is a]


def index_of(n: int) -> int:
    nodes = [Node(i) for i in range(5)]
    nodes.append(nodes[abs(n) % 5])
    nodes.remove(nodes[-1])
    return nodes.index(nodes[-1]) * 10 + nodes.count(nodes[-1])


def empty() -> str:
    made = Empty()
    before = made.note
    made.note = before + "!"
    return made.note + Empty().note


def graph(size: int, edges: list[tuple[int, int]]) -> list[int]:
    made = Graph(abs(size) % 20)
    for a, b in edges:
        made.connect(a, b).connect(b, a)
    return made.reach(0) + [made.count]


def queue(values: list[int]) -> list[int]:
    todo = LinkedQueue()
    for value in values:
        todo.put(value)
        if value % 3 == 0 and todo:
            todo.put(todo.get() + 1)
    out = []
    while todo:
        out.append(todo.get())
    return out


class _Cell:
    def __init__(self, value: int) -> None:
        self.value = value
        self.next: _Cell | None = None


class LinkedQueue:
    def __init__(self) -> None:
        self.head: _Cell | None = None
        self.tail: _Cell | None = None

    def put(self, value: int) -> None:
        cell = _Cell(value)
        if self.tail is None:
            self.head = self.tail = cell
        else:
            self.tail.next = cell
            self.tail = cell

    def get(self) -> int:
        if self.head is None:
            raise IndexError("empty")
        cell = self.head
        self.head = cell.next
        if self.head is None:
            self.tail = None
        return cell.value

    def __bool__(self) -> bool:
        return self.head is not None
