"""Sorting and searching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T", int, float, str)


def bubble_sort(collection: list[int]) -> list[int]:
    """
    >>> bubble_sort([0, 5, 2, 3, 2])
    [0, 2, 2, 3, 5]
    >>> bubble_sort([]) == sorted([])
    True
    """
    length = len(collection)
    for i in reversed(range(length)):
        swapped = False
        for j in range(i):
            if collection[j] > collection[j + 1]:
                swapped = True
                collection[j], collection[j + 1] = collection[j + 1], collection[j]
        if not swapped:
            break
    return collection


def insertion_sort(collection: list[float]) -> list[float]:
    """
    >>> insertion_sort([3.5, -1.0, 2.25])
    [-1.0, 2.25, 3.5]
    """
    for insert_index in range(1, len(collection)):
        insert_value = collection[insert_index]
        while insert_index > 0 and insert_value < collection[insert_index - 1]:
            collection[insert_index] = collection[insert_index - 1]
            insert_index -= 1
        collection[insert_index] = insert_value
    return collection


def merge_sort(collection: list[int]) -> list[int]:
    """
    >>> merge_sort([0, 5, 3, 2, 2])
    [0, 2, 2, 3, 5]
    """

    def merge(left: list[int], right: list[int]) -> list[int]:
        result = []
        while left and right:
            result.append(left.pop(0) if left[0] <= right[0] else right.pop(0))
        result.extend(left)
        result.extend(right)
        return result

    if len(collection) <= 1:
        return collection
    mid_index = len(collection) // 2
    return merge(merge_sort(collection[:mid_index]), merge_sort(collection[mid_index:]))


def quick_sort(collection: list[int]) -> list[int]:
    """
    >>> quick_sort([-2, 5, 0, -45])
    [-45, -2, 0, 5]
    """
    if len(collection) < 2:
        return collection
    pivot = collection.pop()
    lesser = [item for item in collection if item <= pivot]
    greater = [item for item in collection if item > pivot]
    return [*quick_sort(lesser), pivot, *quick_sort(greater)]


def heapify(unsorted: list[int], index: int, heap_size: int) -> None:
    """
    >>> data = [1, 4, 3, 5, 2]
    >>> heapify(data, 0, len(data))
    >>> data
    [4, 5, 3, 1, 2]
    """
    largest = index
    left_index = 2 * index + 1
    right_index = 2 * index + 2
    if left_index < heap_size and unsorted[left_index] > unsorted[largest]:
        largest = left_index
    if right_index < heap_size and unsorted[right_index] > unsorted[largest]:
        largest = right_index
    if largest != index:
        unsorted[largest], unsorted[index] = (unsorted[index], unsorted[largest])
        heapify(unsorted, largest, heap_size)


def heap_sort(unsorted: list[int]) -> list[int]:
    """
    >>> heap_sort([3, 7, 9, 28, 123, -5, 8, -30, -200, 0, 4])
    [-200, -30, -5, 0, 3, 4, 7, 8, 9, 28, 123]
    """
    n = len(unsorted)
    for i in range(n // 2 - 1, -1, -1):
        heapify(unsorted, i, n)
    for i in range(n - 1, 0, -1):
        unsorted[0], unsorted[i] = unsorted[i], unsorted[0]
        heapify(unsorted, 0, i)
    return unsorted


def counting_sort(collection: list[int]) -> list[int]:
    """
    >>> counting_sort([0, 5, 3, 2, 2])
    [0, 2, 2, 3, 5]
    >>> counting_sort([])
    []
    """
    if collection == []:
        return []
    coll_len = len(collection)
    coll_max = max(collection)
    coll_min = min(collection)
    counting_arr_length = coll_max + 1 - coll_min
    if counting_arr_length > 100_000:
        raise ValueError("range too wide")
    counting_arr = [0] * counting_arr_length
    for number in collection:
        counting_arr[number - coll_min] += 1
    for i in range(1, counting_arr_length):
        counting_arr[i] = counting_arr[i] + counting_arr[i - 1]
    ordered = [0] * coll_len
    for i in reversed(range(coll_len)):
        ordered[counting_arr[collection[i] - coll_min] - 1] = collection[i]
        counting_arr[collection[i] - coll_min] -= 1
    return ordered


def radix_sort(list_of_ints: list[int]) -> list[int]:
    """
    >>> radix_sort([1, 100, 10, 1000])
    [1, 10, 100, 1000]
    """
    RADIX = 10
    placement = 1
    max_digit = max(list_of_ints)
    while placement <= max_digit:
        buckets: list[list] = [[] for _ in range(RADIX)]
        for i in list_of_ints:
            tmp = int((i / placement) % RADIX)
            buckets[tmp].append(i)
        a = 0
        for b in range(RADIX):
            for i in buckets[b]:
                list_of_ints[a] = i
                a += 1
        placement *= RADIX
    return list_of_ints


def shell_sort(collection: list[int]) -> list[int]:
    """
    >>> shell_sort([-2, -5, -45])
    [-45, -5, -2]
    """
    gaps = [701, 301, 132, 57, 23, 10, 4, 1]
    for gap in gaps:
        for i in range(gap, len(collection)):
            insert_value = collection[i]
            j = i
            while j >= gap and collection[j - gap] > insert_value:
                collection[j] = collection[j - gap]
                j -= gap
            if j != i:
                collection[j] = insert_value
    return collection


def gnome_sort(lst: list) -> list:
    """
    >>> gnome_sort([3, 1, 2])
    [1, 2, 3]
    >>> gnome_sort(["b", "a"])
    ['a', 'b']
    """
    if len(lst) <= 1:
        return lst
    i = 1
    while i < len(lst):
        if lst[i - 1] <= lst[i]:
            i += 1
        else:
            lst[i - 1], lst[i] = lst[i], lst[i - 1]
            i -= 1
            if i == 0:
                i = 1
    return lst


def binary_search(sorted_collection: list[int], item: int) -> int:
    """
    >>> binary_search([0, 5, 7, 10, 15], 15)
    4
    >>> binary_search([5, 0], 1)
    Traceback (most recent call last):
    ...
    ValueError: sorted_collection must be sorted in ascending order
    """
    if list(sorted_collection) != sorted(sorted_collection):
        raise ValueError("sorted_collection must be sorted in ascending order")
    left = 0
    right = len(sorted_collection) - 1
    while left <= right:
        midpoint = left + (right - left) // 2
        current_item = sorted_collection[midpoint]
        if current_item == item:
            return midpoint
        elif item < current_item:
            right = midpoint - 1
        else:
            left = midpoint + 1
    return -1


def binary_search_recursive(items: list[int], item: int, left: int = 0, right: int = -1) -> int:
    """
    >>> binary_search_recursive([0, 5, 7, 10, 15], 5)
    1
    """
    if right < 0:
        right = len(items) - 1
    if right < left:
        return -1
    midpoint = left + (right - left) // 2
    if items[midpoint] == item:
        return midpoint
    elif items[midpoint] > item:
        return binary_search_recursive(items, item, left, midpoint - 1) if midpoint else -1
    else:
        return binary_search_recursive(items, item, midpoint + 1, right)


def linear_search(sequence: Sequence[str], target: str) -> int | None:
    """
    >>> linear_search(["a", "b"], "b")
    1
    >>> linear_search(["a", "b"], "c")
    """
    for index, item in enumerate(sequence):
        if item == target:
            return index
    return None


def quick_select(items: list[float], index: int) -> float | None:
    """
    >>> quick_select([2, 4, 5, 7, 899, 54, 32], 5)
    54
    """
    if index >= len(items) or index < 0:
        return None
    pivot = items[len(items) // 2]
    less, equal, greater = [], [], []
    for element in items:
        if element < pivot:
            less.append(element)
        elif element > pivot:
            greater.append(element)
        else:
            equal.append(element)
    count, m = len(equal), len(less)
    if m <= index < count + m:
        return pivot
    elif m > index:
        return quick_select(less, index)
    else:
        return quick_select(greater, index - (m + count))


def pancake_sort(arr: list[int]) -> list[int]:
    """
    >>> pancake_sort([0, 5, 3, 2, 2])
    [0, 2, 2, 3, 5]
    """
    cur = len(arr)
    while cur > 1:
        mi = arr.index(max(arr[0:cur]))
        arr = arr[mi::-1] + arr[mi + 1 : len(arr)]
        arr = arr[cur - 1 :: -1] + arr[cur : len(arr)]
        cur -= 1
    return arr


def topological_sort(graph: dict[str, list[str]]) -> list[str]:
    """
    >>> topological_sort({"a": ["c", "b"], "b": ["d", "e"], "c": [], "d": [], "e": []})
    ['c', 'd', 'e', 'b', 'a']
    """
    visited: list[str] = []
    order: list[str] = []

    def visit(node: str) -> None:
        if node in visited:
            return
        visited.append(node)
        for neighbour in graph[node]:
            visit(neighbour)
        order.append(node)

    for vertex in graph:
        visit(vertex)
    return order


def dutch_flag(sequence: list[int]) -> list[int]:
    """
    >>> dutch_flag([2, 1, 0, 0, 1, 2])
    [0, 0, 1, 1, 2, 2]
    >>> dutch_flag([3, 2])
    Traceback (most recent call last):
      ...
    ValueError: The elements inside the sequence must contains only (0, 1, 2) values
    """
    colors = (0, 1, 2)
    if not sequence:
        return []
    if len(sequence) == 1:
        return list(sequence)
    low = 0
    high = len(sequence) - 1
    mid = 0
    while mid <= high:
        if sequence[mid] == colors[0]:
            sequence[low], sequence[mid] = sequence[mid], sequence[low]
            low += 1
            mid += 1
        elif sequence[mid] == colors[1]:
            mid += 1
        elif sequence[mid] == colors[2]:
            sequence[mid], sequence[high] = sequence[high], sequence[mid]
            high -= 1
        else:
            msg = f"The elements inside the sequence must contains only {colors} values"
            raise ValueError(msg)
    return sequence


def sort_words_by_length(words: list[str], reverse: bool = False) -> list[str]:
    """
    >>> sort_words_by_length(["ccc", "a", "bb", "dd"])
    ['a', 'bb', 'dd', 'ccc']
    """
    return sorted(words, key=lambda word: (len(word), word), reverse=reverse)


def interpolation_search(sorted_collection: list[int], item: int) -> int | None:
    """
    >>> interpolation_search([1, 2, 3, 4, 5], 4)
    3
    >>> interpolation_search([], 1) is None
    True
    """
    left = 0
    right = len(sorted_collection) - 1
    while left <= right:
        if sorted_collection[left] == sorted_collection[right]:
            if sorted_collection[left] == item:
                return left
            return None
        point = left + ((item - sorted_collection[left]) * (right - left)) // (
            sorted_collection[right] - sorted_collection[left]
        )
        if point < 0 or point >= len(sorted_collection):
            return None
        current_item = sorted_collection[point]
        if current_item == item:
            return point
        if point < left:
            right = left
            left = point
        elif point > right:
            left = right
            right = point
        elif item < current_item:
            right = point - 1
        else:
            left = point + 1
    return None


def generic_max(values: list[T], key: Callable[[T], Any]) -> T:
    """
    >>> generic_max(["a", "ccc", "bb"], len)
    'ccc'
    """
    best = values[0]
    for value in values[1:]:
        if key(value) > key(best):
            best = value
    return best


def longest_by(words: list[str]) -> str:
    """
    >>> longest_by(["a", "ccc", "bb"])
    'ccc'
    >>> longest_by([])
    Traceback (most recent call last):
    ...
    IndexError: list index out of range
    """
    return generic_max(words, len)


def cycle_sort(array: list[int]) -> list[int]:
    """
    >>> cycle_sort([4, 3, 2, 1])
    [1, 2, 3, 4]
    """
    array_len = len(array)
    for cycle_start in range(array_len - 1):
        item = array[cycle_start]
        pos = cycle_start
        for i in range(cycle_start + 1, array_len):
            if array[i] < item:
                pos += 1
        if pos == cycle_start:
            continue
        while item == array[pos]:
            pos += 1
        array[pos], item = item, array[pos]
        while pos != cycle_start:
            pos = cycle_start
            for i in range(cycle_start + 1, array_len):
                if array[i] < item:
                    pos += 1
            while item == array[pos]:
                pos += 1
            array[pos], item = item, array[pos]
    return array
