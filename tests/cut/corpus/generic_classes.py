"""Generic classes: a struct for each instance, `Stack[int]` beside `Stack[str]`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, NewType, TypeVar, cast

from carveout import operation

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
_Id = NewType("_Id", int)


class Stack(Generic[T]):
    """A stack."""
    def __init__(self, limit: int = 10) -> None:
        self.items: list[T] = []
        self.limit = limit
    def push(self, x: T) -> None:
        if len(self.items) >= self.limit:
            raise OverflowError("full")
        self.items.append(x)
    def pop(self) -> T:
        if not self.items:
            raise IndexError("pop from empty stack")
        return self.items.pop()
    def peek(self) -> T | None:
        return self.items[-1] if self.items else None
    def __len__(self) -> int:
        return len(self.items)
    def __bool__(self) -> bool:
        return bool(self.items)
    def __contains__(self, x: T) -> bool:
        return x in self.items
    def __getitem__(self, i: int) -> T:
        return self.items[i]
    def is_empty(self) -> bool:
        return len(self.items) == 0

@dataclass
class Node(Generic[T]):
    value: T
    next: Node[T] | None = None

class LinkedList(Generic[T]):
    def __init__(self) -> None:
        self.head: Node[T] | None = None
        self.size = 0
    def add(self, value: T) -> None:
        self.head = Node(value, self.head)
        self.size += 1
    def to_list(self) -> list[T]:
        out: list[T] = []
        node = self.head
        while node is not None:
            out.append(node.value)
            node = node.next
        return out

@dataclass
class Box(Generic[T]):
    v: T
    def map(self, f: Callable[[T], K]) -> Box[K]: return Box(f(self.v))

@dataclass
class Pair(Generic[K, V]):
    left: K
    right: V
    def swap(self) -> Pair[V, K]:
        return Pair(self.right, self.left)

@dataclass
class Queue(Generic[T]):
    items: list[T] = field(default_factory=list)
    def put(self, x: T) -> None: self.items.insert(0, x)
    def get(self) -> T: return self.items.pop()

class Cache(Generic[K, V]):
    def __init__(self, size: int) -> None:
        self.size = size
        self.data: dict[K, V] = {}
    def get(self, key: K, default: V) -> V:
        return self.data.get(key, default)
    def put(self, key: K, value: V) -> None:
        if len(self.data) >= self.size and key not in self.data:
            del self.data[list(self.data)[0]]
        self.data[key] = value


@operation
def stack(a: list[int], words: list[str]) -> tuple[int, str, int, bool]:
    s: Stack[int] = Stack(5)
    for x in a:
        s.push(x)
    t = Stack[str]()
    for w in words: t.push(w)
    return s.pop() + s[0], t.pop(), len(s) + len(t), 3 in s

@operation
def linked(a: list[int]) -> list[int]:
    made: LinkedList[int] = LinkedList()
    for x in a: made.add(x)
    return made.to_list()

@operation
def linked_s(a: list[str]) -> list[str]:
    made = LinkedList[str]()
    for x in a: made.add(x)
    return made.to_list()

@operation
def boxes(a: int) -> str: return Box(a).map(lambda v: v * 2).map(str).v + repr(Box(a))

@operation
def boxl(a: list[int]) -> list[str]:
    bs = [Box(x) for x in a]
    return [b.map(str).v for b in bs]

@operation
def pairs(a: int, b: str) -> str: return f"{Pair(a, b).swap()} {Pair(a, b) == Pair(a, b)}"

@operation
def queue(a: list[int]) -> int:
    q: Queue[int] = Queue()
    for x in a: q.put(x)
    return q.get() * 10 + q.get()

@operation
def cache(a: list[int]) -> tuple[int, str]:
    c: Cache[int, str] = Cache(2)
    for x in a: c.put(x, str(x))
    return len(c.data), c.get(3, "none")

@operation
def tops(s: list[int]) -> int | None:
    st: Stack[int] = Stack()
    for x in s: st.push(x)
    while not st.is_empty() and st.peek() == 3: st.pop()
    return st.peek()

def _drain(s: Stack[T]) -> list[T]:
    out: list[T] = []
    while s:
        out.append(s.pop())
    return out

@operation
def drained(a: list[int], b: list[str]) -> tuple[list[int], list[str]]:
    s: Stack[int] = Stack(); t: Stack[str] = Stack()
    for x in a: s.push(x)
    for y in b: t.push(y)
    return _drain(s), _drain(t)


class Point(NamedTuple):
    x: int
    y: str


@dataclass
class Tree(Generic[K, V]):
    key: K
    value: V
    left: Tree[K, V] | None = None
    right: Tree[K, V] | None = None


def _put(tree: Tree[str, int] | None, key: str, value: int) -> Tree[str, int]:
    if tree is None:
        return Tree(key, value)
    if key < tree.key:
        tree.left = _put(tree.left, key, value)
    elif key > tree.key:
        tree.right = _put(tree.right, key, value)
    else:
        tree.value = value
    return tree


def _keys(tree: Tree[K, V] | None) -> list[K]:
    if tree is None:
        return []
    return _keys(tree.left) + [tree.key] + _keys(tree.right)


@operation
def tree(words: list[str]) -> list[str]:
    root: Tree[str, int] | None = None
    for at, word in enumerate(words):
        root = _put(root, word, at)
    return _keys(root)


@operation
def shared_boxes(a: list[int]) -> str:
    first = Box(a)
    second = first
    second.v.append(1)
    return f"{first} {first is second} {isinstance(first, Box)} {Box(len(a)) == Box(len(a))}"


@operation
def new_types(n: int, ids: list[int]) -> list[int]:
    wanted = _Id(n)
    return [_Id(one + wanted) for one in ids]


@operation
def casts(a: int | str, b: int | None) -> int:
    return cast(int, a) + (cast(int, b) if b is not None else 1)


@operation
def cast_of_none(b: int | None) -> int | None:
    return cast(int, b)


@operation
def named(point: Point) -> int:
    return len(point) * point.x
