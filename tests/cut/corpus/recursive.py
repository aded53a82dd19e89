"""Classes that hold themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tree:
    value: int
    left: Tree | None = None
    right: Tree | None = None


@dataclass
class Chain:
    value: int
    next: Chain | None = None


@dataclass
class Shelf:
    name: str
    boxes: list[Box]


@dataclass
class Box:
    size: int
    inside: list[Shelf]


def depth(tree: Tree | None) -> int:
    if tree is None:
        return 0
    return 1 + max(depth(tree.left), depth(tree.right))


def insert(tree: Tree | None, value: int) -> Tree:
    if tree is None:
        return Tree(value)
    if value < tree.value:
        tree.left = insert(tree.left, value)
    else:
        tree.right = insert(tree.right, value)
    return tree


def sorted_by_tree(values: list[int]) -> list[int]:
    root: Tree | None = None
    for value in values:
        root = insert(root, value)
    out: list[int] = []
    stack: list[Tree] = []
    here = root
    while here is not None or stack:
        while here is not None:
            stack.append(here)
            here = here.left
        here = stack.pop()
        out.append(here.value)
        here = here.right
    return out


def mirrored(tree: Tree | None) -> Tree | None:
    if tree is not None:
        tree.left, tree.right = mirrored(tree.right), mirrored(tree.left)
    return tree


def reversed_chain(values: list[int]) -> list[int]:
    head: Chain | None = None
    for value in values:
        head = Chain(value, head)
    out: list[int] = []
    while head:
        out.append(head.value)
        head = head.next
    return out


def turned(chain: Chain | None) -> Chain | None:
    done: Chain | None = None
    while chain:
        chain.next, done, chain = done, chain, chain.next
    return done


def same_chain(a: Chain | None, b: Chain | None) -> bool:
    return a == b


def long_chain(n: int) -> int:
    head: Chain | None = None
    for i in range(abs(n) % 100000):
        head = Chain(i, head)
    total = 0
    here = head
    while here is not None:
        total += here.value
        here = here.next
    return total


def ring(n: int) -> int:
    first = Chain(0)
    here = first
    for i in range(abs(n) % 50):
        here.next = Chain(i)
        here = here.next
    here.next = first
    steps = 0
    at: Chain | None = first
    while at is not None and steps < 120:
        at = at.next
        steps += 1
    return steps


def sizes(shelf: Shelf) -> int:
    return sum(box.size + sum(map_sizes(box.inside)) for box in shelf.boxes)


def map_sizes(shelves: list[Shelf]) -> list[int]:
    return [sizes(shelf) for shelf in shelves]
