"""Data structures: lists, trees, heaps, tries, queues, and functions that work with them."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class StackOverflowError(BaseException):
    pass


class StackUnderflowError(Exception):
    """Nothing to take."""


class Stack(Generic[T]):
    """
    >>> s = Stack[int](2)
    >>> s.push(1)
    >>> s.pop()
    1
    """

    def __init__(self, limit: int = 10) -> None:
        self.stack: list[T] = []
        self.limit = limit

    def __bool__(self) -> bool:
        return bool(self.stack)

    def __str__(self) -> str:
        return str(self.stack)

    def push(self, data: T) -> None:
        if len(self.stack) >= self.limit:
            raise StackOverflowError
        self.stack.append(data)

    def pop(self) -> T:
        if not self.stack:
            raise StackUnderflowError
        return self.stack.pop()

    def peek(self) -> T:
        if not self.stack:
            raise StackUnderflowError("empty")
        return self.stack[-1]

    def is_empty(self) -> bool:
        return not bool(self.stack)

    def size(self) -> int:
        return len(self.stack)


def balanced_parentheses(parentheses: str) -> bool:
    """
    >>> balanced_parentheses("([]{})")
    True
    >>> balanced_parentheses("[()]{}{[()()]()}]")
    False
    """
    stack: Stack[str] = Stack(1000)
    bracket_pairs = {"(": ")", "[": "]", "{": "}"}
    for bracket in parentheses:
        if bracket in bracket_pairs:
            stack.push(bracket)
        elif bracket in (")", "]", "}"):
            if stack.is_empty() or bracket_pairs[stack.pop()] != bracket:
                return False
    return stack.is_empty()


PRECEDENCES: dict[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def infix_to_postfix(expression_str: str) -> str:
    """
    >>> infix_to_postfix("3+2")
    '3 2 +'
    >>> infix_to_postfix("(3+4)*5-6")
    '3 4 + 5 * 6 -'
    >>> infix_to_postfix("(1*(2+3)")
    Traceback (most recent call last):
        ...
    ValueError: Mismatched parentheses
    """
    if not balanced_parentheses(expression_str):
        raise ValueError("Mismatched parentheses")
    stack: Stack[str] = Stack(len(expression_str) + 1)
    postfix = []
    for char in expression_str:
        if char.isalpha() or char.isdigit():
            postfix.append(char)
        elif char == "(":
            stack.push(char)
        elif char == ")":
            while not stack.is_empty() and stack.peek() != "(":
                postfix.append(stack.pop())
            stack.pop()
        elif char in PRECEDENCES:
            while not stack.is_empty() and PRECEDENCES.get(stack.peek(), -1) >= PRECEDENCES[char]:
                postfix.append(stack.pop())
            stack.push(char)
    while not stack.is_empty():
        postfix.append(stack.pop())
    return " ".join(postfix)


def evaluate_postfix(tokens: list[str]) -> int:
    """
    >>> evaluate_postfix(["2", "1", "+", "3", "*"])
    9
    >>> evaluate_postfix(["1", "+"])
    Traceback (most recent call last):
    ...
    IndexError: pop from empty list
    """
    if not tokens:
        return 0
    operations = {"+", "-", "*", "/"}
    stack: list[int] = []
    for token in tokens:
        if token in operations:
            b, a = stack.pop(), stack.pop()
            if token == "+":
                stack.append(a + b)
            elif token == "-":
                stack.append(a - b)
            elif token == "*":
                stack.append(a * b)
            elif a * b < 0 and a % b != 0:
                stack.append(a // b + 1)
            else:
                stack.append(a // b)
        else:
            stack.append(int(token))
    return stack.pop()


def next_greatest_element(arr: list[float]) -> list[float]:
    """
    >>> next_greatest_element([-10.0, -5.0, 0.0, 5.0, 5.1, 11.0, 13.0, 21.0, 3.0])
    [-5.0, 0.0, 5.0, 5.1, 11.0, 13.0, 21.0, -1, -1]
    """
    arr_size = len(arr)
    stack: list[float] = []
    result: list[float] = [-1] * arr_size
    for index in reversed(range(arr_size)):
        if stack:
            while stack[-1] <= arr[index]:
                stack.pop()
                if not stack:
                    break
        if stack:
            result[index] = stack[-1]
        stack.append(arr[index])
    return result


def stock_span(price: list[int]) -> list[int]:
    """
    >>> stock_span([10, 4, 5, 90, 120, 80])
    [1, 1, 2, 4, 5, 1]
    """
    n = len(price)
    s = [0] * n
    st: list[int] = []
    st.append(0)
    s[0] = 1
    for i in range(1, n):
        while len(st) > 0 and price[st[-1]] <= price[i]:
            st.pop()
        s[i] = i + 1 if len(st) <= 0 else (i - st[-1])
        st.append(i)
    return s


@dataclass
class Node:
    data: int
    next_node: Node | None = None


class LinkedList:
    """
    >>> linked = LinkedList()
    >>> linked.insert_tail(3)
    >>> list(linked)
    [3]
    """

    def __init__(self) -> None:
        self.head: Node | None = None

    def __iter__(self) -> Iterator[int]:
        node = self.head
        while node:
            yield node.data
            node = node.next_node

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return " -> ".join([str(item) for item in self])

    def insert_tail(self, data: int) -> None:
        self.insert_nth(len(self), data)

    def insert_nth(self, index: int, data: int) -> None:
        if not 0 <= index <= len(self):
            raise IndexError("list index out of range")
        new_node = Node(data)
        if self.head is None:
            self.head = new_node
        elif index == 0:
            new_node.next_node = self.head
            self.head = new_node
        else:
            temp = self.head
            for _ in range(index - 1):
                assert temp.next_node is not None
                temp = temp.next_node
            new_node.next_node = temp.next_node
            temp.next_node = new_node

    def delete_nth(self, index: int = 0) -> int:
        if not 0 <= index <= len(self) - 1:
            raise IndexError("List index out of range.")
        delete_node = self.head
        assert delete_node is not None
        if index == 0:
            self.head = delete_node.next_node
        else:
            temp = self.head
            for _ in range(index - 1):
                assert temp is not None
                temp = temp.next_node
            assert temp is not None and temp.next_node is not None
            delete_node = temp.next_node
            temp.next_node = delete_node.next_node
        return delete_node.data

    def reverse(self) -> None:
        prev = None
        current = self.head
        while current:
            next_node = current.next_node
            current.next_node = prev
            prev = current
            current = next_node
        self.head = prev


def linked_list_reversed(items: list[int]) -> str:
    """
    >>> linked_list_reversed([1, 2, 3])
    '3 -> 2 -> 1'
    """
    linked = LinkedList()
    for item in items:
        linked.insert_tail(item)
    linked.reverse()
    return repr(linked)


def linked_list_without(items: list[int], index: int) -> list[int]:
    """
    >>> linked_list_without([1, 2, 3], 1)
    [1, 3]
    >>> linked_list_without([1, 2, 3], 3)
    Traceback (most recent call last):
        ...
    IndexError: List index out of range.
    """
    linked = LinkedList()
    for item in items:
        linked.insert_tail(item)
    linked.delete_nth(index)
    return list(linked)


def reverse_nodes(head: Node | None) -> Node | None:
    """
    >>> reverse_nodes(Node(1, Node(2)))
    Node(data=2, next_node=Node(data=1, next_node=None))
    """
    previous: Node | None = None
    while head is not None:
        head.next_node, previous, head = previous, head, head.next_node
    return previous


def has_cycle(head: Node | None) -> bool:
    """
    >>> has_cycle(Node(1, Node(2)))
    False
    """
    slow = fast = head
    while fast and fast.next_node:
        slow = slow.next_node if slow else None
        fast = fast.next_node.next_node
        if slow is fast:
            return True
    return False


def merge_nodes(one: Node | None, two: Node | None) -> list[int]:
    """
    >>> merge_nodes(Node(1, Node(4)), Node(2))
    [1, 2, 4]
    """
    dummy = tail = Node(0)
    while one and two:
        if one.data <= two.data:
            tail.next_node, one = one, one.next_node
        else:
            tail.next_node, two = two, two.next_node
        tail = tail.next_node
    tail.next_node = one or two
    values = []
    node = dummy.next_node
    while node:
        values.append(node.data)
        node = node.next_node
    return values


@dataclass
class TreeNode:
    value: int
    left: TreeNode | None = None
    right: TreeNode | None = None


def insert_node(root: TreeNode | None, value: int) -> TreeNode:
    """
    >>> insert_node(TreeNode(2), 1)
    TreeNode(value=2, left=TreeNode(value=1, left=None, right=None), right=None)
    """
    if root is None:
        return TreeNode(value)
    if value < root.value:
        root.left = insert_node(root.left, value)
    else:
        root.right = insert_node(root.right, value)
    return root


def inorder(root: TreeNode | None) -> list[int]:
    """
    >>> inorder(TreeNode(2, TreeNode(1), TreeNode(3)))
    [1, 2, 3]
    """
    return [*inorder(root.left), root.value, *inorder(root.right)] if root else []


def tree_height(root: TreeNode | None) -> int:
    """
    >>> tree_height(TreeNode(2, TreeNode(1), None))
    2
    """
    return (max(tree_height(root.left), tree_height(root.right)) + 1) if root else 0


def level_order(root: TreeNode | None) -> list[list[int]]:
    """
    >>> level_order(TreeNode(2, TreeNode(1), TreeNode(3)))
    [[2], [1, 3]]
    """
    output: list[list[int]] = []
    if root is None:
        return output
    process_queue = deque([root])
    while process_queue:
        level = []
        for _ in range(len(process_queue)):
            node = process_queue.popleft()
            level.append(node.value)
            if node.left:
                process_queue.append(node.left)
            if node.right:
                process_queue.append(node.right)
        output.append(level)
    return output


def is_search_tree(root: TreeNode | None, low: float = float("-inf"), high: float = float("inf")) -> bool:
    """
    >>> is_search_tree(TreeNode(2, TreeNode(1), TreeNode(3)))
    True
    """
    if root is None:
        return True
    if not low < root.value < high:
        return False
    return is_search_tree(root.left, low, root.value) and is_search_tree(root.right, root.value, high)


def mirror(root: TreeNode | None) -> TreeNode | None:
    """
    >>> mirror(TreeNode(2, TreeNode(1)))
    TreeNode(value=2, left=None, right=TreeNode(value=1, left=None, right=None))
    """
    if root:
        root.left, root.right = mirror(root.right), mirror(root.left)
    return root


def serialize(root: TreeNode | None) -> str:
    """
    >>> serialize(TreeNode(2, TreeNode(1)))
    '2,1,#,#,#'
    """
    if root is None:
        return "#"
    return f"{root.value},{serialize(root.left)},{serialize(root.right)}"


def deserialize(data: str) -> TreeNode | None:
    """
    >>> deserialize('2,1,#,#,#')
    TreeNode(value=2, left=TreeNode(value=1, left=None, right=None), right=None)
    """
    tokens = iter(data.split(","))

    def build() -> TreeNode | None:
        token = next(tokens)
        if token == "#":
            return None
        node = TreeNode(int(token))
        node.left = build()
        node.right = build()
        return node

    return build()


class TrieNode:
    def __init__(self) -> None:
        self.nodes: dict[str, TrieNode] = {}
        self.is_leaf = False

    def insert_many(self, words: list[str]) -> None:
        for word in words:
            self.insert(word)

    def insert(self, word: str) -> None:
        curr = self
        for char in word:
            if char not in curr.nodes:
                curr.nodes[char] = TrieNode()
            curr = curr.nodes[char]
        curr.is_leaf = True

    def find(self, word: str) -> bool:
        curr = self
        for char in word:
            if char not in curr.nodes:
                return False
            curr = curr.nodes[char]
        return curr.is_leaf


def find_words(words: list[str], queries: list[str]) -> list[bool]:
    """
    >>> find_words(["banana", "bananas"], ["banana", "ban"])
    [True, False]
    """
    root = TrieNode()
    root.insert_many(words)
    return [root.find(query) for query in queries]


class MinHeap:
    def __init__(self, values: list[int]) -> None:
        self.heap: list[int] = []
        for value in values:
            self.push(value)

    def __len__(self) -> int:
        return len(self.heap)

    def push(self, value: int) -> None:
        self.heap.append(value)
        i = len(self.heap) - 1
        while i > 0 and self.heap[(i - 1) // 2] > self.heap[i]:
            parent = (i - 1) // 2
            self.heap[parent], self.heap[i] = self.heap[i], self.heap[parent]
            i = parent

    def pop(self) -> int:
        if not self.heap:
            raise IndexError("pop from an empty heap")
        top = self.heap[0]
        last = self.heap.pop()
        if self.heap:
            self.heap[0] = last
            self._sift(0)
        return top

    def _sift(self, i: int) -> None:
        n = len(self)
        while True:
            smallest = i
            for child in (2 * i + 1, 2 * i + 2):
                if child < n and self.heap[child] < self.heap[smallest]:
                    smallest = child
            if smallest == i:
                return
            self.heap[i], self.heap[smallest] = self.heap[smallest], self.heap[i]
            i = smallest


def k_smallest(values: list[int], k: int) -> list[int]:
    """
    >>> k_smallest([5, 1, 4, 2], 2)
    [1, 2]
    >>> k_smallest([5], 2)
    Traceback (most recent call last):
        ...
    IndexError: pop from an empty heap
    """
    heap = MinHeap(values)
    return [heap.pop() for _ in range(min(k, 1000))]


class DisjointSet:
    def __init__(self, n: int) -> None:
        self.parents = list(range(n))
        self.ranks = [0] * n

    def find(self, x: int) -> int:
        if self.parents[x] != x:
            self.parents[x] = self.find(self.parents[x])
        return self.parents[x]

    def union(self, a: int, b: int) -> bool:
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        if self.ranks[a] < self.ranks[b]:
            a, b = b, a
        self.parents[b] = a
        if self.ranks[a] == self.ranks[b]:
            self.ranks[a] += 1
        return True


class Edge(NamedTuple):
    src: int
    dst: int
    weight: float = 1.0


def kruskal(n: int, edges: list[Edge]) -> tuple[float, list[Edge]]:
    """
    >>> kruskal(3, [Edge(0, 1, 3.0), Edge(1, 2, 1.0), Edge(0, 2, 2.0)])
    (3.0, [Edge(src=1, dst=2, weight=1.0), Edge(src=0, dst=2, weight=2.0)])
    """
    forest = DisjointSet(min(n, 1000))
    chosen = [e for e in sorted(edges, key=lambda e: e.weight) if forest.union(e.src, e.dst)]
    return sum((e.weight for e in chosen), 0.0), chosen


class LRUCache:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.items: OrderedDict[int, int] = OrderedDict()
        self.hits, self.misses = 0, 0

    def __repr__(self) -> str:
        return f"CacheInfo(hits={self.hits}, misses={self.misses}, size={len(self.items)})"

    def get(self, key: int) -> int | None:
        if key in self.items:
            self.items.move_to_end(key)
            self.hits += 1
            return self.items[key]
        self.misses += 1
        return None

    def put(self, key: int, value: int) -> None:
        self.items[key] = value
        self.items.move_to_end(key)
        if len(self.items) > self.capacity:
            self.items.popitem(last=False)


def replay_cache(capacity: int, calls: list[tuple[int, int | None]]) -> str:
    """
    >>> replay_cache(2, [(1, 1), (2, 2), (1, None), (3, 3), (2, None)])
    'CacheInfo(hits=1, misses=1, size=2)'
    """
    cache = LRUCache(max(capacity, 0))
    for key, value in calls:
        if value is None:
            cache.get(key)
        else:
            cache.put(key, value)
    return str(cache)


class Colour(Enum):
    RED = "red"
    BLACK = "black"

    def opposite(self) -> Colour:
        return Colour.BLACK if self is Colour.RED else Colour.RED


@dataclass(order=True)
class Task:
    priority: int
    name: str = field(compare=False)
    colour: Colour = field(default=Colour.RED, compare=False)


def run_tasks(tasks: list[Task]) -> list[str]:
    """
    >>> run_tasks([Task(2, "b"), Task(1, "a", Colour.BLACK)])
    ['a/black', 'b/red']
    """
    return [f"{task.name}/{task.colour.value}" for task in sorted(tasks)]


class Matrix2:
    """
    >>> Matrix2(1, 2, 3, 4) @ Matrix2(1, 0, 0, 1) == Matrix2(1, 2, 3, 4)
    True
    """

    def __init__(self, a: int, b: int, c: int, d: int) -> None:
        self.rows = ((a, b), (c, d))

    def __matmul__(self, other: Matrix2) -> Matrix2:
        (a, b), (c, d) = self.rows
        (e, f), (g, h) = other.rows
        return Matrix2(a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Matrix2):
            return NotImplemented
        return self.rows == other.rows

    def __pow__(self, n: int) -> Matrix2:
        result = Matrix2(1, 0, 0, 1)
        base = self
        while n > 0:
            if n & 1:
                result = result @ base
            base = base @ base
            n >>= 1
        return result


def fibonacci_by_matrix(n: int) -> int:
    """
    >>> [fibonacci_by_matrix(i) for i in range(8)]
    [0, 1, 1, 2, 3, 5, 8, 13]
    """
    return (Matrix2(1, 1, 1, 0) ** n).rows[0][1]


class CircularQueue:
    def __init__(self, n: int):
        self.n = n
        self.array: list[int | None] = [None] * self.n
        self.front = 0
        self.rear = 0
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def enqueue(self, data: int) -> "CircularQueue":
        if self.size >= self.n:
            raise Exception("QUEUE IS FULL")
        self.array[self.rear] = data
        self.rear = (self.rear + 1) % self.n
        self.size += 1
        return self

    def dequeue(self) -> int | None:
        if self.size == 0:
            raise Exception("UNDERFLOW")
        temp = self.array[self.front]
        self.array[self.front] = None
        self.front = (self.front + 1) % self.n
        self.size -= 1
        return temp


def queue_sum(limit: int, items: list[int]) -> int:
    """
    >>> queue_sum(3, [1, 2, 3])
    6
    >>> queue_sum(1, [1, 2])
    Traceback (most recent call last):
       ...
    Exception: QUEUE IS FULL
    """
    queue = CircularQueue(min(max(limit, 0), 100))
    for item in items:
        queue.enqueue(item)
    total = 0
    while len(queue):
        total += queue.dequeue() or 0
    return total


def sliding_window_maximum(nums: list[int], k: int) -> list[int]:
    """
    >>> sliding_window_maximum([1, 3, -1, -3, 5, 3, 6, 7], 3)
    [3, 3, 5, 5, 6, 7]
    """
    window: deque[int] = deque()
    out = []
    for i, num in enumerate(nums):
        while window and nums[window[-1]] <= num:
            window.pop()
        window.append(i)
        if window[0] <= i - k:
            window.popleft()
        if i >= k - 1:
            out.append(nums[window[0]])
    return out


class Shape:
    def area(self) -> float:
        raise NotImplementedError

    def describe(self) -> str:
        return f"{type(self).__name__} of {self.area():.2f}"


class Square(Shape):
    def __init__(self, side: float) -> None:
        self.side = side

    def area(self) -> float:
        return self.side**2


class Rectangle(Shape):
    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width = width
        self.height = height

    def area(self) -> float:
        return self.width * self.height


def total_area(sides: list[float]) -> float:
    """
    >>> total_area([1.0, 2.0])
    7.0
    """
    shapes: list[Shape] = [Square(side) for side in sides]
    shapes.append(Rectangle(1.0, 2.0))
    return sum(shape.area() for shape in shapes)
