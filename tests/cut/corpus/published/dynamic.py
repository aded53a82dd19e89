"""Dynamic programming, greedy choices, backtracking."""

from __future__ import annotations

import functools
import heapq
import sys
from dataclasses import dataclass
from functools import cache


def longest_common_subsequence(x: str, y: str) -> tuple[int, str]:
    """
    >>> longest_common_subsequence("programming", "gaming")
    (6, 'gaming')
    """
    m = len(x)
    n = len(y)
    dp = [[0] * (n + 1) for _ in range(m + 1)]
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            match = 1 if x[i - 1] == y[j - 1] else 0
            dp[i][j] = max(dp[i - 1][j], dp[i][j - 1], dp[i - 1][j - 1] + match)
    seq = ""
    i, j = m, n
    while i > 0 and j > 0:
        match = 1 if x[i - 1] == y[j - 1] else 0
        if dp[i][j] == dp[i - 1][j - 1] + match:
            if match == 1:
                seq = x[i - 1] + seq
            i -= 1
            j -= 1
        elif dp[i][j] == dp[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return dp[m][n], seq


def longest_increasing(array: list[int]) -> list[int]:
    """
    >>> longest_increasing([10, 22, 9, 33, 21, 50, 41, 60, 80])
    [10, 22, 33, 41, 60, 80]
    >>> longest_increasing([])
    []
    """
    array_length = len(array)
    if array_length <= 1:
        return array
    if array_length > 12:
        array = array[:12]
        array_length = 12
    pivot = array[0]
    is_found = False
    i = 1
    longest_subseq: list[int] = []
    while not is_found and i < array_length:
        if array[i] < pivot:
            is_found = True
            temp_array = array[i:]
            temp_array = longest_increasing(temp_array)
            if len(temp_array) > len(longest_subseq):
                longest_subseq = temp_array
        else:
            i += 1
    temp_array = [element for element in array[1:] if element >= pivot]
    temp_array = [pivot, *longest_increasing(temp_array)]
    if len(temp_array) > len(longest_subseq):
        return temp_array
    else:
        return longest_subseq


def knapsack(capacity: int, weights: list[int], values: list[int], counter: int) -> int:
    """
    >>> knapsack(50, [10, 20, 30], [60, 100, 120], 3)
    220
    """
    if counter == 0 or capacity == 0:
        return 0
    if weights[counter - 1] > capacity:
        return knapsack(capacity, weights, values, counter - 1)
    else:
        left_capacity = capacity - weights[counter - 1]
        new_value_included = values[counter - 1] + knapsack(
            left_capacity, weights, values, counter - 1
        )
        without_new_value = knapsack(capacity, weights, values, counter - 1)
        return max(new_value_included, without_new_value)


def fractional_knapsack(value: list[float], weight: list[float], capacity: float) -> float:
    """
    >>> fractional_knapsack([60, 100, 120], [10, 20, 30], 50)
    240.0
    """
    index = list(range(len(value)))
    ratio = [v / w for v, w in zip(value, weight)]
    index.sort(key=lambda i: ratio[i], reverse=True)
    max_value: float = 0
    fractions: list[float] = [0] * len(value)
    for i in index:
        if weight[i] <= capacity:
            fractions[i] = 1
            max_value += value[i]
            capacity -= weight[i]
        else:
            fractions[i] = capacity / weight[i]
            max_value += value[i] * capacity / weight[i]
            break
    return max_value


def coin_change(coins: list[int], n: int) -> int:
    """
    >>> coin_change([1, 2, 3], 4)
    4
    >>> coin_change([4, 5, 6], 0)
    1
    """
    if n < 0 or n > 2000 or any(c <= 0 for c in coins):
        return 0
    table = [0] * (n + 1)
    table[0] = 1
    for coin_val in coins:
        for j in range(coin_val, n + 1):
            table[j] += table[j - coin_val]
    return table[n]


def minimum_coins(coins: list[int], amount: int) -> int:
    """
    >>> minimum_coins([1, 5, 10, 25], 63)
    6
    >>> minimum_coins([2], 3)
    -1
    """
    if amount < 0 or amount > 2000:
        return -1

    @functools.lru_cache(None)
    def best(left: int) -> float:
        if left == 0:
            return 0
        found = float("inf")
        for coin in coins:
            if 0 < coin <= left:
                found = min(found, best(left - coin) + 1)
        return found

    answer = best(amount)
    return -1 if answer == float("inf") else int(answer)


def max_subarray(arr: list[float], allow_empty_subarrays: bool = False) -> float:
    """
    >>> max_subarray([2, 8, 9])
    19
    >>> max_subarray([-2, -3, -1, -4, -6], allow_empty_subarrays=True)
    0
    >>> max_subarray([])
    0
    """
    if not arr:
        return 0
    max_sum = 0 if allow_empty_subarrays else float("-inf")
    curr_sum = 0.0
    for num in arr:
        curr_sum = max(0 if allow_empty_subarrays else num, curr_sum + num)
        max_sum = max(max_sum, curr_sum)
    return max_sum


def climb_stairs(number_of_steps: int) -> int:
    """
    >>> climb_stairs(3)
    3
    >>> climb_stairs(-7)
    Traceback (most recent call last):
        ...
    AssertionError: number_of_steps needs to be positive integer, your input -7
    """
    assert isinstance(number_of_steps, int) and number_of_steps > 0, (
        f"number_of_steps needs to be positive integer, your input {number_of_steps}"
    )
    if number_of_steps == 1:
        return 1
    previous, current = 1, 1
    for _ in range(min(number_of_steps, 80) - 1):
        current, previous = current + previous, current
    return current


def minimum_cost_path(matrix: list[list[int]]) -> int:
    """
    >>> minimum_cost_path([[2, 1], [3, 1], [4, 2]])
    6
    >>> minimum_cost_path([])
    Traceback (most recent call last):
    ...
    IndexError: list index out of range
    """
    for i in range(1, len(matrix[0])):
        matrix[0][i] += matrix[0][i - 1]
    for i in range(1, len(matrix)):
        matrix[i][0] += matrix[i - 1][0]
    for i in range(1, len(matrix)):
        for j in range(1, len(matrix[0])):
            matrix[i][j] += min(matrix[i - 1][j], matrix[i][j - 1])
    return matrix[-1][-1]


def matrix_chain(arr: list[int]) -> int:
    """
    >>> matrix_chain([40, 20, 30, 10, 30])
    26000
    """
    if len(arr) < 2:
        return 0
    n = len(arr)
    dp = [[sys.maxsize] * n for _ in range(n)]
    for i in range(n - 1, 0, -1):
        for j in range(i, n):
            if i == j:
                dp[i][j] = 0
                continue
            for k in range(i, j):
                dp[i][j] = min(dp[i][j], dp[i][k] + dp[k + 1][j] + arr[i - 1] * arr[k] * arr[j])
    return dp[1][n - 1]


def rod_cutting(n: int, prices: list[int]) -> int:
    """
    >>> rod_cutting(4, [1, 5, 8, 9])
    10
    >>> rod_cutting(5, [1])
    Traceback (most recent call last):
    ...
    ValueError: Each integral piece of rod must have a corresponding price. Got n = 5 but length of prices = 1
    """
    if n < 0:
        msg = f"n must be greater than or equal to 0. Got n = {n}"
        raise ValueError(msg)
    if n > len(prices):
        msg = (
            "Each integral piece of rod must have a corresponding price. "
            f"Got n = {n} but length of prices = {len(prices)}"
        )
        raise ValueError(msg)
    max_rev = [float("-inf") for _ in range(n + 1)]
    max_rev[0] = 0
    for i in range(1, n + 1):
        max_revenue_i = max_rev[i]
        for j in range(1, i + 1):
            max_revenue_i = max(max_revenue_i, prices[j - 1] + max_rev[i - j])
        max_rev[i] = max_revenue_i
    return int(max_rev[n])


def word_break(text: str, words: list[str]) -> bool:
    """
    >>> word_break("applepenapple", ["apple", "pen"])
    True
    >>> word_break("", ["a"])
    Traceback (most recent call last):
        ...
    ValueError: the string should be not empty string
    """
    if not isinstance(text, str) or len(text) == 0:
        raise ValueError("the string should be not empty string")
    if not isinstance(words, list) or not all(isinstance(item, str) and len(item) > 0 for item in words):
        raise ValueError("the words should be a list of non-empty strings")
    known = set(words)

    @cache
    def breakable(index: int) -> bool:
        if index == len(text):
            return True
        return any(text[index:i] in known and breakable(i) for i in range(index + 1, len(text) + 1))

    return breakable(0)


def n_queens(n: int) -> list[list[int]]:
    """
    >>> n_queens(4)
    [[1, 3, 0, 2], [2, 0, 3, 1]]
    """
    solutions: list[list[int]] = []

    def place(row: int, queens: list[int]) -> None:
        if row == n:
            solutions.append(queens[:])
            return
        for col in range(n):
            if all(c != col and abs(c - col) != row - r for r, c in enumerate(queens)):
                queens.append(col)
                place(row + 1, queens)
                queens.pop()

    if 0 < n < 7:
        place(0, [])
    return solutions


Matrix = list[list[int]]


def sudoku(grid: Matrix) -> Matrix | None:
    """
    >>> easy = [[0] * 9 for _ in range(9)]
    >>> easy[0] = [1, 2, 3, 4, 5, 6, 7, 8, 0]
    >>> is_safe(easy, 0, 8, 9)
    True
    >>> sudoku([[1]]) is None
    Traceback (most recent call last):
    ...
    IndexError: list index out of range
    """
    if location := find_empty_location(grid):
        row, column = location
    else:
        return grid
    for digit in range(1, 10):
        if is_safe(grid, row, column, digit):
            grid[row][column] = digit
            if sudoku(grid) is not None:
                return grid
            grid[row][column] = 0
    return None


def is_safe(grid: Matrix, row: int, column: int, n: int) -> bool:
    """
    >>> is_safe([[0] * 9 for _ in range(9)], 0, 0, 1)
    True
    """
    for i in range(9):
        if n in {grid[row][i], grid[i][column]}:
            return False
    for i in range(3):
        for j in range(3):
            if grid[(row - row % 3) + i][(column - column % 3) + j] == n:
                return False
    return True


def find_empty_location(grid: Matrix) -> tuple[int, int] | None:
    """
    >>> find_empty_location([[0] * 9 for _ in range(9)])
    (0, 0)
    """
    for i in range(9):
        for j in range(9):
            if grid[i][j] == 0:
                return i, j
    return None


def generate_parentheses(n: int) -> list[str]:
    """
    >>> generate_parentheses(3)
    ['((()))', '(()())', '(())()', '()(())', '()()()']
    """
    result: list[str] = []

    def backtrack(partial: str, open_count: int, close_count: int) -> None:
        if len(partial) == 2 * n:
            result.append(partial)
            return
        if open_count < n:
            backtrack(partial + "(", open_count + 1, close_count)
        if close_count < open_count:
            backtrack(partial + ")", open_count, close_count + 1)

    if n > 6:
        raise ValueError("n is too large")
    if n < 0:
        return []
    backtrack("", 0, 0)
    return result


def combination_sum(candidates: list[int], target: int) -> list[list[int]]:
    """
    >>> combination_sum([2, 3, 5], 8)
    [[2, 2, 2, 2], [2, 3, 3], [3, 5]]
    """
    if not candidates:
        raise ValueError("Candidates list should not be empty")
    if any(x < 0 for x in candidates):
        raise ValueError("All elements in candidates must be non-negative")
    path: list[int] = []
    answer: list[list[int]] = []

    def backtrack(previous_index: int, left: int) -> None:
        if left == 0:
            answer.append(path.copy())
        else:
            for index in range(previous_index, len(candidates)):
                if 2 <= candidates[index] <= left <= 40:
                    path.append(candidates[index])
                    backtrack(index, left - candidates[index])
                    path.pop(len(path) - 1)

    backtrack(0, target)
    return answer


def all_subsequences(items: list[int]) -> list[list[int]]:
    """
    >>> all_subsequences([1, 2])
    [[], [2], [1], [1, 2]]
    """
    if len(items) > 8:
        items = items[:8]
    out: list[list[int]] = []

    def create(current: list[int], index: int) -> None:
        if index == len(items):
            out.append(list(current))
            return
        create(current, index + 1)
        current.append(items[index])
        create(current, index + 1)
        current.pop()

    create([], 0)
    return out


def word_search(board: list[list[str]], word: str) -> bool:
    """
    >>> word_search([["A","B","C","E"],["S","F","C","S"],["A","D","E","E"]], "ABCCED")
    True
    >>> word_search([[]], "AB")
    Traceback (most recent call last):
        ...
    ValueError: The board should be a non empty matrix of single chars strings.
    """
    error = "The board should be a non empty matrix of single chars strings."
    if not isinstance(board, list) or len(board) == 0:
        raise ValueError(error)
    for row in board:
        if not isinstance(row, list) or len(row) == 0:
            raise ValueError(error)
        for item in row:
            if not isinstance(item, str) or len(item) != 1:
                raise ValueError(error)
    if not isinstance(word, str) or len(word) == 0:
        raise ValueError("The word parameter should be a string of length greater than 0.")
    traverts_directions = [(0, 1), (0, -1), (-1, 0), (1, 0)]
    width = min(len(row) for row in board)

    def exits_word(row: int, column: int, word_index: int, visited: set[tuple[int, int]]) -> bool:
        if board[row][column] != word[word_index]:
            return False
        if word_index == len(word) - 1:
            return True
        for dr, dc in traverts_directions:
            r, c = row + dr, column + dc
            if 0 <= r < len(board) and 0 <= c < width and (r, c) not in visited:
                visited.add((r, c))
                if exits_word(r, c, word_index + 1, visited):
                    return True
                visited.remove((r, c))
        return False

    for i in range(len(board)):
        for j in range(width):
            if exits_word(i, j, 0, {(i, j)}):
                return True
    return False


def optimal_merge(files: list[int]) -> int:
    """
    >>> optimal_merge([2, 3, 4])
    14
    """
    heap = list(files)
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        temp = heapq.heappop(heap) + heapq.heappop(heap)
        heapq.heappush(heap, temp)
        cost += temp
    return cost


def gas_station(gas: list[int], cost: list[int]) -> int:
    """
    >>> gas_station([1, 2, 3, 4, 5], [3, 4, 5, 1, 2])
    3
    """
    total = sum(gas)
    if total < sum(cost):
        return -1
    start = net = 0
    for i, (g, c) in enumerate(zip(gas, cost)):
        net += g - c
        if net < 0:
            start = i + 1
            net = 0
    return start


@dataclass
class Job:
    name: str
    deadline: int
    profit: int


def schedule_jobs(jobs: list[Job]) -> tuple[list[str], int]:
    """
    >>> schedule_jobs([Job("a", 2, 100), Job("b", 1, 19), Job("c", 2, 27), Job("d", 1, 25), Job("e", 3, 15)])
    (['c', 'a', 'e'], 142)
    """
    jobs = sorted(jobs, key=lambda job: job.profit, reverse=True)
    last = min(max((job.deadline for job in jobs), default=0), 1000)
    slots: list[Job | None] = [None] * last
    for job in jobs:
        for slot in range(min(job.deadline, last) - 1, -1, -1):
            if slots[slot] is None:
                slots[slot] = job
                break
    done = [job for job in slots if job is not None]
    return [job.name for job in done], sum(job.profit for job in done)


def activity_selection(start: list[int], finish: list[int]) -> list[int]:
    """
    >>> activity_selection([1, 3, 0, 5, 8, 5], [2, 4, 6, 7, 9, 9])
    [0, 1, 3, 4]
    """
    chosen = [0]
    i = 0
    for j in range(len(finish)):
        if start[j] >= finish[i]:
            chosen.append(j)
            i = j
    return chosen


def edit_distance_memo(word1: str, word2: str) -> int:
    """
    >>> edit_distance_memo("intention", "execution")
    5
    """
    len_word1, len_word2 = len(word1), len(word2)
    if len_word1 * len_word2 > 400:
        raise ValueError("too long")

    @cache
    def min_distance(index1: int, index2: int) -> int:
        if index1 >= len_word1:
            return len_word2 - index2
        if index2 >= len_word2:
            return len_word1 - index1
        diff = int(word1[index1] != word2[index2])
        return min(
            1 + min_distance(index1 + 1, index2),
            1 + min_distance(index1, index2 + 1),
            diff + min_distance(index1 + 1, index2 + 1),
        )

    return min_distance(0, 0)


def hanoi(height: int, from_pole: str = "A", to_pole: str = "B", with_pole: str = "C") -> list[str]:
    """
    >>> hanoi(2)
    ['A->C', 'A->B', 'C->B']
    """
    if height < 1 or height > 7:
        return []
    return (
        hanoi(height - 1, from_pole, with_pole, to_pole)
        + [f"{from_pole}->{to_pole}"]
        + hanoi(height - 1, with_pole, to_pole, from_pole)
    )


def trapped_rainwater(heights: tuple[int, ...]) -> int:
    """
    >>> trapped_rainwater((0, 1, 0, 2, 1, 0, 1, 3, 2, 1, 2, 1))
    6
    >>> trapped_rainwater((-1, 2))
    Traceback (most recent call last):
    ...
    ValueError: No height can be negative
    """
    if not heights:
        return 0
    if any(h < 0 for h in heights):
        raise ValueError("No height can be negative")
    length = len(heights)
    left_max = [0] * length
    left_max[0] = heights[0]
    for i, height in enumerate(heights[1:], start=1):
        left_max[i] = max(height, left_max[i - 1])
    right_max = [0] * length
    right_max[-1] = heights[-1]
    for i in range(length - 2, -1, -1):
        right_max[i] = max(heights[i], right_max[i + 1])
    return sum(
        min(left, right) - height for left, right, height in zip(left_max, right_max, heights)
    )


def product_sum(array: list[int | list], depth: int = 1) -> int:
    """
    >>> product_sum([1, 2, [3, 4]])
    17
    """
    total_sum = 0
    for element in array:
        total_sum += product_sum(element, depth + 1) if isinstance(element, list) else element
    return total_sum * depth
