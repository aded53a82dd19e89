"""Objects of plain classes as the operation's own arguments and results, and methods as operations."""

from __future__ import annotations


class Node:
    def __init__(self, value: int, next: Node | None = None) -> None:
        self.value = value
        self.next = next


class Stack:
    """Holds a few ints."""

    LIMIT = 3

    def __init__(self) -> None:
        self.items: list[int] = []
        self.pushed = 0

    def push(self, item: int) -> Stack:
        self.pushed += 1
        if len(self.items) >= self.LIMIT:
            raise ValueError(f"no room for {item}")
        self.items.append(item)
        return self

    def pop(self) -> int:
        return self.items.pop()

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: int) -> bool:
        return item in self.items

    @property
    def top(self) -> int:
        return self.items[-1]

    @property
    def last(self) -> int:
        return self.items[-1]

    @last.setter
    def last(self, value: int) -> None:
        self.items[-1] = value

    def raise_last(self, by: int) -> None:
        self.last += by

    def twin(self) -> Stack:
        made = Stack()
        made.items = list(self.items)
        made.pushed = self.pushed
        return made

    def sharing(self) -> Stack:
        made = Stack()
        made.items = self.items
        return made

    def pour(self, other: Stack) -> int:
        moved = 0
        for _ in range(len(self.items)):
            other.items.insert(0, self.items.pop())
            moved += 1
        return moved


class Words:
    def __init__(self, text: str, counted: bool = True) -> None:
        self.text = text
        self.counted = counted
        self.counts: dict[str, int] = {}
        self.seen: set[str] = set()
        self.longest: str | None = None
        self.pair: tuple[int, float] = (0, 0.0)

    def read(self) -> int:
        for word in self.text.split():
            if self.counted:
                self.counts[word] = self.counts.get(word, 0) + 1
            self.seen.add(word)
            if self.longest is None or len(word) > len(self.longest):
                self.longest = word
        self.pair = (len(self.seen), len(self.text) / 2)
        return len(self.seen)

    def forget(self, word: str) -> int:
        self.seen.discard(word)
        return self.counts.pop(word)


class Chain:
    def __init__(self) -> None:
        self.head: Node | None = None
        self.size = 0

    def add(self, value: int) -> None:
        self.head = Node(value, self.head)
        self.size += 1

    def reverse(self) -> None:
        before = None
        node = self.head
        while node is not None:
            node.next, before, node = before, node, node.next
        self.head = before

    def values(self) -> list[int]:
        out = []
        node = self.head
        while node:
            out.append(node.value)
            node = node.next
        return out

    def middle(self) -> Node | None:
        slow = fast = self.head
        while fast is not None and fast.next is not None:
            assert slow is not None
            slow, fast = slow.next, fast.next.next
        return slow


class Tree:
    def __init__(self, key: int) -> None:
        self.key = key
        self.left: Tree | None = None
        self.right: Tree | None = None

    def insert(self, key: int) -> None:
        if key < self.key:
            if self.left is None:
                self.left = Tree(key)
            else:
                self.left.insert(key)
        elif self.right is None:
            self.right = Tree(key)
        else:
            self.right.insert(key)


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and self.x == other.x and self.y == other.y

    def __lt__(self, other: Vector) -> bool:
        return (self.x, self.y) < (other.x, other.y)

    def __repr__(self) -> str:
        return f"Vector({self.x!r}, {self.y!r})"


class Base:
    def __init__(self, name: str) -> None:
        self.name = name

    def speak(self) -> str:
        return self.name


class Loud(Base):
    def __init__(self, name: str, volume: int = 3) -> None:
        super().__init__(name)
        self.volume = volume

    def speak(self) -> str:
        return super().speak() + "!" * (self.volume % 9)


class Helper:
    def twice(self, x: int) -> int:
        return self.more(x) * 2

    def more(self, x: int) -> int:
        return x + 1


METHODS = (
    *("Stack.push", "Stack.pop", "Stack.__len__", "Stack.__contains__", "Stack.top"),
    *("Stack.raise_last", "Stack.twin", "Stack.sharing", "Stack.pour"),
    *("Words.read", "Words.forget", "Chain.add", "Chain.reverse", "Chain.values", "Chain.middle"),
    *("Vector.__add__", "Vector.__eq__", "Vector.__lt__", "Vector.__repr__"),
    *("Tree.insert", "Base.speak", "Loud.speak", "Helper.twice"),
)


def inorder(tree: Tree | None) -> list[int]:
    if tree is None:
        return []
    return [*inorder(tree.left), tree.key, *inorder(tree.right)]


def mirrored(tree: Tree | None) -> Tree | None:
    if tree is None:
        return None
    tree.left, tree.right = mirrored(tree.right), mirrored(tree.left)
    return tree


def last(node: Node) -> Node:
    while node.next is not None:
        node = node.next
    return node


def swapped(a: Node, b: Node) -> tuple[Node, Node]:
    a.value, b.value = b.value, a.value
    return b, a


def built(values: list[int]) -> Node | None:
    head: Node | None = None
    for value in values:
        head = Node(value, head)
    return head


def merged(a: Node | None, b: Node | None) -> Node | None:
    first = end = Node(0)
    while a is not None and b is not None:
        if b.value < a.value:
            end.next, b = b, b.next
        else:
            end.next, a = a, a.next
        assert end.next is not None
        end = end.next
    end.next = a if a is not None else b
    return first.next


def half_done(stack: Stack, items: list[int]) -> int:
    for item in items:
        stack.push(item)
    return stack.pushed


def kept(stack: Stack, items: list[int]) -> Stack:
    stack.items = items
    items.append(stack.pushed)
    return stack


def of_words(texts: list[str]) -> dict[str, Words]:
    made = {}
    for text in texts:
        words = Words(text, counted=len(text) > 3)
        words.read()
        made[text] = words
    return made


def farthest(vectors: list[Vector]) -> Vector:
    best = vectors[0]
    for one in vectors[1:]:
        if best < one:
            best = one
    return best


def chorus(voices: list[Loud], name: str) -> list[str]:
    for voice in voices:
        voice.volume += 1
    return [voice.speak() for voice in voices if voice.name != name]
