"""Objects under several names, changed from several sides; what fails half-way through them."""

from __future__ import annotations

from dataclasses import dataclass


class Bag:
    size = 0

    def __init__(self, items: list[int], more: list[int] | None = None) -> None:
        self.items = items
        self.same = items
        self.more = more or []
        self.size += len(items)

    def add(self, x: int) -> Bag:
        self.items.append(x)
        self.size += 1
        return self

    def merge(self, other: Bag) -> None:
        for x in list(other.items):
            self.add(x)
        other.more.extend(self.more)

    def own(self) -> list[int]:
        return self.items

    def bump(self) -> int:
        self.size += 10
        return self.size

    @property
    def total(self) -> int:
        return sum(self.items)


class Node:
    def __init__(self, value: int) -> None:
        if value < 0:
            raise ValueError(f"negative {value}")
        self.value = value
        self.next: Node | None = None
        self.seen = False


class Graph:
    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.links: dict[int, list[Node]] = {}

    def node(self, value: int) -> Node:
        if value not in self.nodes:
            self.nodes[value] = Node(value)
            self.links[value] = []
        return self.nodes[value]

    def link(self, a: int, b: int) -> None:
        self.links[self.node(a).value].append(self.node(b))

    def walk(self, start: int) -> list[int]:
        out: list[int] = []
        todo = [self.node(start)]
        while todo:
            node = todo.pop()
            if node.seen:
                continue
            node.seen = True
            out.append(node.value)
            for other in self.links[node.value]:
                todo.append(other)
        return out


@dataclass
class Pair:
    left: list[int]
    right: list[int]


def aliased_fields(xs: list[int]) -> tuple[list[int], list[int], int, int]:
    bag = Bag(xs)
    bag.items.append(1)
    xs.append(2)
    bag.same.append(3)
    return bag.items, xs, bag.size, Bag.size


def merged(xs: list[int], ys: list[int]) -> tuple[list[int], list[int], int]:
    a, b = Bag(xs, ys), Bag(ys)
    a.merge(b)
    a.merge(a)
    b.merge(a)
    return a.items, b.more, a.size + b.size


def given_out(xs: list[int]) -> tuple[int, int, list[int]]:
    bag = Bag(xs[:])
    own = bag.own()
    own.append(5)
    before = bag.total
    bag.add(6).add(7)
    own = [1]
    return before, bag.total, own + bag.own()


def in_order(n: int) -> tuple[int, int, int]:
    bag = Bag([n % 5])
    a = bag.bump() + bag.bump() * bag.size
    bag.size = bag.bump() + 1
    b = bag.size
    return a, b, [bag.bump(), bag.size, bag.bump()][1]


def failed_in_init(values: list[int]) -> tuple[list[int], int]:
    made: list[Node] = []
    failed = 0
    for value in values:
        try:
            made.append(Node(value))
        except ValueError as e:
            failed += len(str(e))
    return [node.value for node in made], failed


def chained(values: list[int]) -> list[int]:
    head: Node | None = None
    tail: Node | None = None
    for value in values:
        node = Node(abs(value))
        if tail is None:
            head = tail = node
        else:
            tail.next, tail = node, node
    a = head
    if a is not None and a.next is not None:
        b = a.next
        a.next, b.next = b.next, a
        head = b
    out: list[int] = []
    while head is not None:
        out.append(head.value)
        head = head.next
    return out


def graph(edges: list[tuple[int, int]]) -> list[int]:
    made = Graph()
    for a, b in edges:
        made.link(abs(a) % 7, abs(b) % 7)
    made.link(0, 0)
    return made.walk(0)


def half_way(xs: list[int]) -> tuple[list[int], int, str]:
    bag = Bag([])
    said = ""
    try:
        for x in xs:
            bag.add(100 // x)
            if x > 50:
                raise LookupError(x)
    except ZeroDivisionError as e:
        said = str(e)
        bag.add(-1)
    except LookupError as e:
        said = str(e)
    finally:
        bag.size += 1000
    return bag.items, bag.size, said


def grown_while_walked(xs: list[int]) -> list[int]:
    bag = Bag(xs)
    for x in bag.items:
        if x > 0 and len(bag.items) < 20:
            bag.add(x - 1)
    return bag.items


def one_of(xs: list[int], n: int) -> tuple[list[int], int]:
    value: int | list[int] = xs
    if n > 3:
        value = n
    if isinstance(value, list):
        value.append(n)
        xs.append(-n)
        return value, len(value)
    return xs, value


def pairs(xs: list[int]) -> tuple[list[int], list[int], bool]:
    one = Pair(xs, xs)
    two = Pair(one.right, [])
    two.left.append(1)
    one.left.append(2)
    two.right = two.left
    two.right.append(3)
    return one.left, two.right, one.left == two.left


def swapped(xs: list[int], ys: list[int]) -> tuple[list[int], list[int]]:
    pair = Pair(xs, ys)
    pair.left, pair.right = pair.right, pair.left
    pair.left.append(1)
    pair.left = pair.left + [2]
    pair.left.append(3)
    return pair.left, ys


def in_dicts(keys: list[str]) -> list[int]:
    bags: dict[str, Bag] = {}
    for key in keys:
        bag = bags.get(key)
        if bag is None:
            bag = bags[key] = Bag([])
        bag.add(len(key))
    last = bags[keys[-1]] if keys else Bag([9])
    last.add(99)
    return [x for bag in bags.values() for x in bag.items]


def nested_numbers(n: int, x: float) -> str:
    table: dict[str, float] = {"n": n, "x": x}
    row: list[float] = [n, x, 0]
    row[0] += 1
    table["n"] -= 0.5 if n % 2 else 1
    best: float | None = None
    for value in row:
        if best is None or value > best:
            best = value
    return f"{table['n']} {row[0]} {0 if best is None else best} {row[0] // 2} {-row[0] % 3} {sorted(row)[0]}"


def retried(n: int) -> int:
    bag = Bag([])
    while True:
        try:
            bag.add(10 // (n % 4 - bag.size))
        except ZeroDivisionError:
            return bag.size
        finally:
            if bag.size > 6:
                break
    return -bag.size
