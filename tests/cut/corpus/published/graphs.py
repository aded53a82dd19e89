"""Graphs, matrices, geometry, physics, learning, automata."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from heapq import heappop, heappush
from math import atan2, cos, hypot, pi, radians, sin, sqrt

Graph = dict[str, dict[str, int]]
G = 6.6743e-11
SPEED_OF_LIGHT = 299792458


def breadth_first(graph: dict[str, list[str]], start: str) -> list[str]:
    """
    >>> breadth_first({"A": ["B", "C"], "B": ["D"], "C": ["D"], "D": []}, "A")
    ['A', 'B', 'C', 'D']
    """
    explored = {start}
    result = [start]
    queue = deque([start])
    while queue:
        v = queue.popleft()
        for w in graph[v]:
            if w not in explored:
                explored.add(w)
                result.append(w)
                queue.append(w)
    return result


def depth_first(graph: dict, start: str) -> set[str]:
    """
    >>> sorted(depth_first({"A": ["B"], "B": []}, "A"))
    ['A', 'B']
    """
    explored, stack = set(start), [start]
    while stack:
        v = stack.pop()
        explored.add(v)
        for adj in reversed(graph[v]):
            if adj not in explored:
                stack.append(adj)
    return explored


def dijkstra(graph: Graph, start: str, end: str) -> int:
    """
    >>> dijkstra({"A": {"B": 2, "C": 5}, "B": {"C": 1}, "C": {}}, "A", "C")
    3
    >>> dijkstra({"A": {}, "B": {}}, "A", "B")
    -1
    """
    heap = [(0, start)]
    visited = set()
    while heap:
        (cost, u) = heappop(heap)
        if u in visited:
            continue
        visited.add(u)
        if u == end:
            return cost
        for v, c in graph[u].items():
            if v in visited:
                continue
            next_item = cost + c
            heappush(heap, (next_item, v))
    return -1


def bellman_ford(edges: list[tuple[int, int, int]], vertex_count: int, src: int) -> list[float]:
    """
    >>> bellman_ford([(2, 1, -10), (3, 2, 3), (0, 3, 5), (0, 1, 4)], 4, 0)
    [0.0, -2.0, 8.0, 5.0]
    >>> bellman_ford([(2, 1, -10), (3, 2, 3), (0, 3, 5), (0, 1, 4), (1, 3, 5)], 4, 0)
    Traceback (most recent call last):
     ...
    Exception: Negative cycle found
    """
    distance = [float("inf")] * min(vertex_count, 100)
    distance[src] = 0.0
    for _ in range(vertex_count - 1):
        if _ > 100:
            break
        for u, v, w in edges:
            if distance[u] != float("inf") and distance[u] + w < distance[v]:
                distance[v] = distance[u] + w
    for u, v, w in edges:
        if distance[u] != float("inf") and distance[u] + w < distance[v]:
            raise Exception("Negative cycle found")
    return distance


def floyd_warshall(graph: list[list[float]]) -> list[list[float]]:
    """
    >>> floyd_warshall([[0, 3, float("inf")], [2, 0, float("inf")], [float("inf"), 7, 0]])
    [[0, 3, inf], [2, 0, inf], [9, 7, 0]]
    """
    v = len(graph)
    dist = [[float("inf") for _ in range(v)] for _ in range(v)]
    for i in range(v):
        for j in range(v):
            dist[i][j] = graph[i][j]
    for k in range(v):
        for i in range(v):
            for j in range(v):
                if (
                    dist[i][k] < float("inf")
                    and dist[k][j] < float("inf")
                    and dist[i][k] + dist[k][j] < dist[i][j]
                ):
                    dist[i][j] = dist[i][k] + dist[k][j]
    return dist


def prim(graph: list[list[tuple[int, int]]]) -> int:
    """
    >>> prim([[(1, 1), (2, 4)], [(0, 1), (2, 2)], [(0, 4), (1, 2)]])
    3
    """
    seen = [False] * len(graph)
    heap: list[tuple[int, int]] = [(0, 0)]
    total = 0
    while heap:
        weight, node = heappop(heap)
        if seen[node]:
            continue
        seen[node] = True
        total += weight
        for neighbour, cost in graph[node]:
            heappush(heap, (cost, neighbour))
    return total


def strongly_connected(graph: dict[int, list[int]]) -> list[list[int]]:
    """
    >>> strongly_connected({0: [1], 1: [2], 2: [0, 3], 3: []})
    [[3], [2, 1, 0]]
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    components: list[list[int]] = []

    def connect(v: int) -> None:
        index[v] = low[v] = len(index)
        stack.append(v)
        on_stack.add(v)
        for w in graph.get(v, []):
            if w not in index:
                connect(w)
                low[v] = min(low[v], low[w])
            elif w in on_stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            component = []
            while True:
                w = stack.pop()
                on_stack.discard(w)
                component.append(w)
                if w == v:
                    break
            components.append(component)

    for v in graph:
        if v not in index:
            connect(v)
    return components


def is_bipartite(graph: dict[int, list[int]]) -> bool:
    """
    >>> is_bipartite({0: [1, 3], 1: [0, 2], 2: [1, 3], 3: [0, 2]})
    True
    >>> is_bipartite({0: [7]})
    Traceback (most recent call last):
        ...
    KeyError: 7
    """
    visited: defaultdict[int, int] = defaultdict(lambda: -1)
    for node in graph:
        if visited[node] != -1:
            continue
        queue: deque[int] = deque()
        queue.append(node)
        visited[node] = 0
        while queue:
            curr_node = queue.popleft()
            for neighbor in graph[curr_node]:
                if visited[neighbor] == -1:
                    visited[neighbor] = 1 - visited[curr_node]
                    queue.append(neighbor)
                if visited[neighbor] == visited[curr_node]:
                    return False
    return True


def pagerank(links: dict[str, list[str]], d: float = 0.85, rounds: int = 5) -> dict[str, float]:
    """
    >>> pagerank({"a": ["b"], "b": ["a"]})
    {'a': 0.5, 'b': 0.5}
    """
    n = len(links)
    ranks = {page: 1 / n for page in links}
    for _ in range(min(rounds, 50)):
        ranks = {
            page: (1 - d) / n
            + d * sum(ranks[other] / len(out) for other, out in links.items() if page in out)
            for page in links
        }
    return ranks


def flood(image: list[list[int]], row: int, col: int, colour: int) -> list[list[int]]:
    """
    >>> flood([[1, 1], [0, 1]], 0, 0, 5)
    [[5, 5], [0, 5]]
    """
    old = image[row][col]
    if old == colour:
        return image

    def fill(r: int, c: int) -> None:
        if 0 <= r < len(image) and 0 <= c < len(image[r]) and image[r][c] == old:
            image[r][c] = colour
            for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                fill(r + dr, c + dc)

    fill(row, col)
    return image


def count_islands(grid: list[list[int]]) -> int:
    """
    >>> count_islands([[1, 1, 0], [0, 0, 1]])
    2
    """
    seen: set[tuple[int, int]] = set()
    count = 0
    for r, line in enumerate(grid):
        for c, cell in enumerate(line):
            if not cell or (r, c) in seen:
                continue
            count += 1
            todo = [(r, c)]
            while todo:
                y, x = todo.pop()
                if (y, x) in seen or not (0 <= y < len(grid) and 0 <= x < len(grid[y])):
                    continue
                if not grid[y][x]:
                    continue
                seen.add((y, x))
                todo += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return count


def a_star(grid: list[str], start: tuple[int, int], goal: tuple[int, int]) -> list[tuple[int, int]]:
    """
    >>> a_star(["..", ".."], (0, 0), (1, 1))
    [(0, 0), (0, 1), (1, 1)]
    """

    def heuristic(p: tuple[int, int]) -> int:
        return abs(p[0] - goal[0]) + abs(p[1] - goal[1])

    frontier = [(heuristic(start), start)]
    came_from: dict[tuple[int, int], tuple[int, int] | None] = {start: None}
    cost = {start: 0}
    while frontier:
        _, current = heappop(frontier)
        if current == goal:
            break
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            nxt = current[0] + dy, current[1] + dx
            if not (0 <= nxt[0] < len(grid) and 0 <= nxt[1] < len(grid[nxt[0]])):
                continue
            if grid[nxt[0]][nxt[1]] == "#":
                continue
            new_cost = cost[current] + 1
            if nxt not in cost or new_cost < cost[nxt]:
                cost[nxt] = new_cost
                heappush(frontier, (new_cost + heuristic(nxt), nxt))
                came_from[nxt] = current
    path: list[tuple[int, int]] = []
    step: tuple[int, int] | None = goal if goal in came_from else None
    while step is not None:
        path.append(step)
        step = came_from[step]
    path.reverse()
    return path


def mat_mul(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    """
    >>> mat_mul([[1, 2], [3, 4]], [[5, 6], [7, 8]])
    [[19, 22], [43, 50]]
    >>> mat_mul([[1, 2]], [[1]])
    Traceback (most recent call last):
    ...
    ValueError: Cannot multiply matrix of dimensions (1, 2) and (1, 1)
    """
    rows, cols = (len(a), len(a[0])), (len(b), len(b[0]))
    if rows[1] != cols[0]:
        msg = f"Cannot multiply matrix of dimensions {rows} and {cols}"
        raise ValueError(msg)
    return [[sum(m * n for m, n in zip(i, j)) for j in zip(*b)] for i in a]


def transpose(matrix: list[list[int]]) -> list[list[int]]:
    """
    >>> transpose([[1, 2], [3, 4]])
    [[1, 3], [2, 4]]
    """
    return list(map(list, zip(*matrix)))


def determinant(matrix: list[list[float]]) -> float:
    """
    >>> determinant([[1.0, 2.0], [3.0, 4.0]])
    -2.0
    """
    if len(matrix) == 1:
        return matrix[0][0]
    if len(matrix) > 5:
        raise ValueError("too large")
    total = 0.0
    for x in range(len(matrix)):
        minor = [row[:x] + row[x + 1 :] for row in matrix[1:]]
        total += matrix[0][x] * (-1) ** x * determinant(minor)
    return total


def spiral(a: list[list[int]]) -> list[int]:
    """
    >>> spiral([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
    [1, 2, 3, 4, 8, 12, 11, 10, 9, 5, 6, 7]
    >>> spiral([])
    []
    """
    matrix_row = len(a)
    if matrix_row < 1:
        return []
    result: list[int] = []
    while a:
        result += a.pop(0)
        if a and a[0]:
            for row in a:
                if not row:
                    raise ValueError("not rectangular")
                result.append(row.pop())
        if a:
            result += a.pop()[::-1]
        if a and a[0]:
            for row in a[::-1]:
                result.append(row.pop(0))
    return result


def rotate(matrix: list[list[int]]) -> None:
    """
    >>> m = [[1, 2], [3, 4]]
    >>> rotate(m)
    >>> m
    [[3, 1], [4, 2]]
    """
    matrix[:] = [list(row)[::-1] for row in zip(*matrix)]


def pascal(num_rows: int) -> list[list[int]]:
    """
    >>> pascal(4)
    [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]]
    >>> pascal(7.89)
    Traceback (most recent call last):
        ...
    TypeError: The input value of 'num_rows' should be 'int'
    """
    if not isinstance(num_rows, int):
        raise TypeError("The input value of 'num_rows' should be 'int'")
    if num_rows == 0:
        return []
    elif num_rows < 0:
        raise ValueError("The input value of 'num_rows' should be greater than or equal to 0")
    result: list[list[int]] = [[1]]
    for row_index in range(1, min(num_rows, 50)):
        temp_row = [0] + result[-1] + [0]
        row_length = row_index + 1
        distinct_elements = sum(divmod(row_length, 2))
        row_first_half = [temp_row[i - 1] + temp_row[i] for i in range(1, distinct_elements + 1)]
        row_second_half = row_first_half[: (row_index + 1) // 2]
        row_second_half.reverse()
        result.append(row_first_half + row_second_half)
    return result


def haversine(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """
    >>> f"{haversine(37.774856, -122.424227, 37.864742, -119.537521):0,.0f}"
    '254,033'
    """
    radius = 6378137
    phi_1, phi_2 = radians(lat1), radians(lat2)
    sin_sq_phi = sin((phi_2 - phi_1) / 2)
    sin_sq_lambda = sin((radians(lon2) - radians(lon1)) / 2)
    sin_sq_phi *= sin_sq_phi
    sin_sq_lambda *= sin_sq_lambda
    h_value = sqrt(sin_sq_phi + (cos(phi_1) * cos(phi_2) * sin_sq_lambda))
    return 2 * radius * math.asin(h_value)


def convex_hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """
    >>> convex_hull([(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)])
    [(0, 0), (1, 0), (1, 1), (0, 1)]
    """
    points = sorted(set(points))
    if len(points) <= 1:
        return points

    def cross(o: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
        return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])

    lower: list[tuple[float, float]] = []
    for p in points:
        while len(lower) >= 2 and cross(lower[-2], lower[-1], p) <= 0:
            lower.pop()
        lower.append(p)
    upper: list[tuple[float, float]] = []
    for p in reversed(points):
        while len(upper) >= 2 and cross(upper[-2], upper[-1], p) <= 0:
            upper.pop()
        upper.append(p)
    return lower[:-1] + upper[:-1]


def polygon_area(points: list[tuple[float, float]]) -> float:
    """
    >>> polygon_area([(0.0, 0.0), (4.0, 0.0), (4.0, 3.0)])
    6.0
    """
    area = 0.0
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        area += x1 * y2 - x2 * y1
    return abs(area) / 2


def closest_pair(points: list[tuple[float, float]]) -> float:
    """
    >>> closest_pair([(2, 3), (12, 30), (40, 50), (5, 1), (12, 10), (3, 4)])
    1.4142135623730951
    """
    best = float("inf")
    for i in range(len(points)):
        for j in range(i + 1, len(points)):
            (x1, y1), (x2, y2) = points[i], points[j]
            best = min(best, hypot(x1 - x2, y1 - y2))
    return best


def surface_area_cone(radius: float, height: float) -> float:
    """
    >>> surface_area_cone(10, 24)
    1130.9733552923256
    >>> surface_area_cone(-1, -2)
    Traceback (most recent call last):
        ...
    ValueError: surface_area_cone() only accepts non-negative values
    """
    if radius < 0 or height < 0:
        raise ValueError("surface_area_cone() only accepts non-negative values")
    return pi * radius * (radius + (height**2 + radius**2) ** 0.5)


def polar_force(magnitude: float, angle: float, radian_mode: bool = False) -> list[float]:
    """
    >>> [round(x, 6) for x in polar_force(10, 45)]
    [7.071068, 7.071068]
    """
    if radian_mode:
        return [magnitude * cos(angle), magnitude * sin(angle)]
    return [magnitude * cos(radians(angle)), magnitude * sin(radians(angle))]


def to_polar(x: float, y: float) -> tuple[float, float]:
    """
    >>> to_polar(3.0, 4.0)
    (5.0, 0.9272952180016122)
    """
    return hypot(x, y), atan2(y, x)


def coulombs_law(force: float, charge1: float, charge2: float, distance: float) -> dict[str, float]:
    """
    >>> coulombs_law(force=0, charge1=3, charge2=5, distance=2000)
    {'force': 33705.0}
    >>> coulombs_law(force=10, charge1=3, charge2=5, distance=0)
    {'distance': 116112.01488218177}
    >>> coulombs_law(force=0, charge1=0, charge2=5, distance=2000)
    Traceback (most recent call last):
      ...
    ValueError: One and only one argument must be 0
    """
    constant = 8.988e9
    charge_product = abs(charge1 * charge2)
    if (force, charge1, charge2, distance).count(0) != 1:
        raise ValueError("One and only one argument must be 0")
    if distance < 0:
        raise ValueError("Distance cannot be negative")
    if force == 0:
        force = constant * charge_product / (distance**2)
        return {"force": force}
    elif charge1 == 0:
        charge1 = abs(force) * (distance**2) / (constant * charge2)
        return {"charge1": charge1}
    elif charge2 == 0:
        charge2 = abs(force) * (distance**2) / (constant * charge1)
        return {"charge2": charge2}
    elif distance == 0:
        distance = (constant * charge_product / abs(force)) ** 0.5
        return {"distance": distance}
    raise ValueError("Exactly one argument must be 0")


def kinetic_energy(mass: float, velocity: float) -> float:
    """
    >>> kinetic_energy(10, 10)
    500.0
    >>> kinetic_energy(-1, 1)
    Traceback (most recent call last):
        ...
    ValueError: The mass of a body cannot be negative
    """
    if mass < 0:
        raise ValueError("The mass of a body cannot be negative")
    return 0.5 * mass * abs(velocity) * abs(velocity)


def lorentz(velocity: float) -> float:
    """
    >>> lorentz(SPEED_OF_LIGHT)
    Traceback (most recent call last):
      ...
    ValueError: Speed must not exceed or equal light speed 299,792,458 [m/s]!
    """
    if velocity >= SPEED_OF_LIGHT:
        raise ValueError(f"Speed must not exceed or equal light speed {SPEED_OF_LIGHT:,} [m/s]!")
    if velocity < 1:
        raise ValueError("Speed must be greater than or equal to 1!")
    return 1 / sqrt(1 - (velocity / SPEED_OF_LIGHT) ** 2)


def newton_raphson(a: float, precision: float = 10**-10) -> float:
    """
    >>> newton_raphson(2)
    1.414213562373095
    >>> newton_raphson(-1.0)
    Traceback (most recent call last):
    ...
    ArithmeticError: no root of -1.0
    """
    if a < 0:
        raise ArithmeticError(f"no root of {a}")
    x = float(a) or 1.0
    for _ in range(100):
        nxt = (x + a / x) / 2
        if abs(nxt - x) < precision:
            return nxt
        x = nxt
    return x


def trapezoidal(boundary: list[float], steps: int) -> float:
    """
    >>> trapezoidal([0, 1], 10)
    0.3349999999999999
    """
    def f(x: float) -> float:
        return x * x

    def make_points(a: float, b: float, h: float):
        x = a + h
        while x < (b - h):
            yield x
            x = x + h

    if not 1 <= steps <= 1000:
        raise ValueError("steps must be between 1 and 1000")
    h = (boundary[1] - boundary[0]) / steps
    a = boundary[0]
    b = boundary[1]
    if not h > abs(a) / 1e9 or b - a > 1e9:
        return 0.0
    y = 0.0
    y += (h / 2.0) * f(a)
    for i in make_points(a, b, h):
        y += h * f(i)
    y += (h / 2.0) * f(b)
    return y


def sigmoid(x: float) -> float:
    """
    >>> sigmoid(0)
    0.5
    >>> sigmoid(-1000)
    Traceback (most recent call last):
    ...
    OverflowError: math range error
    """
    return 1 / (1 + math.exp(-x))


def softmax(scores: list[float]) -> list[float]:
    """
    >>> softmax([1.0, 1.0])
    [0.5, 0.5]
    """
    top = max(scores)
    exps = [math.exp(s - top) for s in scores]
    total = sum(exps)
    return [e / total for e in exps]


def mean_squared_error(actual: list[float], predicted: list[float]) -> float:
    """
    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    if len(actual) != len(predicted):
        raise ValueError("Input arrays must have the same length.")
    return sum((a - p) ** 2 for a, p in zip(actual, predicted)) / len(actual)


def k_means(points: list[float], centres: list[float], rounds: int = 5) -> list[float]:
    """
    >>> k_means([1.0, 2.0, 10.0, 11.0], [0.0, 5.0])
    [1.5, 10.5]
    """
    for _ in range(min(rounds, 20)):
        clusters: list[list[float]] = [[] for _ in centres]
        for p in points:
            nearest = min(range(len(centres)), key=lambda i: abs(centres[i] - p))
            clusters[nearest].append(p)
        centres = [sum(c) / len(c) if c else old for c, old in zip(clusters, centres)]
    return centres


def perceptron(samples: list[tuple[list[float], int]], epochs: int) -> list[float]:
    """
    >>> perceptron([([0.0, 0.0], 0), ([1.0, 1.0], 1)], 3)
    [1.0, 1.0, 0.0]
    """
    weights = [0.0] * (len(samples[0][0]) + 1)
    for _ in range(min(epochs, 50)):
        for features, label in samples:
            activation = sum(w * x for w, x in zip(weights, features)) + weights[-1]
            error = label - (1 if activation > 0 else 0)
            if error:
                for i, x in enumerate(features):
                    weights[i] += error * x
                weights[-1] += error
    return weights


def game_of_life(cells: list[list[int]]) -> list[list[int]]:
    """
    >>> game_of_life([[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    [[0, 0, 0], [1, 1, 1], [0, 0, 0]]
    """
    next_generation = []
    for i in range(len(cells)):
        next_generation_row = []
        for j in range(len(cells[i])):
            neighbour_count = 0
            for y in range(max(0, i - 1), min(len(cells), i + 2)):
                for x in range(max(0, j - 1), min(len(cells[y]), j + 2)):
                    if (y, x) != (i, j):
                        neighbour_count += cells[y][x]
            alive = cells[i][j] == 1
            if (alive and 2 <= neighbour_count <= 3) or (not alive and neighbour_count == 3):
                next_generation_row.append(1)
            else:
                next_generation_row.append(0)
        next_generation.append(next_generation_row)
    return next_generation


def elementary_automaton(rule: int, cells: str, steps: int) -> list[str]:
    """
    >>> elementary_automaton(30, "0001000", 2)
    ['0001000', '0011100', '0110010']
    """
    table = {format(i, "03b"): str(rule >> i & 1) for i in range(8)}
    out = [cells]
    for _ in range(min(steps, 20)):
        padded = f"0{cells}0"
        cells = "".join(table[padded[i : i + 3]] for i in range(len(cells)))
        out.append(cells)
    return out


def simplex_sum(weights: dict[str, float], **extra: float) -> float:
    """
    >>> simplex_sum({"a": 0.5})
    0.5
    """
    return sum(weights.values()) + sum(extra.values())


def average(*numbers: float) -> float:
    """
    >>> average(1.0, 2.0)
    1.5
    >>> average()
    Traceback (most recent call last):
    ...
    ValueError: no numbers
    """
    if not numbers:
        raise ValueError("no numbers")
    return sum(numbers) / len(numbers)


def moving_average(values: list[float], window: int) -> list[float]:
    """
    >>> moving_average([1.0, 2.0, 3.0], 2)
    [1.5, 2.5]
    """
    if window < 1 or window > len(values):
        raise ValueError(f"window must be in 1..{len(values)}")
    return [sum(values[i : i + window]) / window for i in range(len(values) - window + 1)]


def project_euler_1(n: int = 1000) -> int:
    """
    >>> project_euler_1(10)
    23
    """
    return sum(e for e in range(3, min(n, 100_000)) if e % 3 == 0 or e % 5 == 0)


def project_euler_4(n: int = 998001) -> int:
    """
    >>> project_euler_4(20000)
    19591
    >>> project_euler_4(10000)
    Traceback (most recent call last):
        ...
    ValueError: That number is larger than our acceptable range.
    """
    for number in range(min(n, 998001) - 1, 9999, -1):
        str_number = str(number)
        if str_number == str_number[::-1]:
            divisor = 999
            while divisor != 99:
                if (number % divisor == 0) and (len(str(number // divisor)) == 3.0):
                    return number
                divisor -= 1
    raise ValueError("That number is larger than our acceptable range.")


def project_euler_8(n: str) -> int:
    """
    >>> project_euler_8("13978431290823798458352374")
    609638400
    """
    largest_product = -1
    for i in range(len(n) - 12):
        product = 1
        for j in range(13):
            product *= int(n[i + j])
        largest_product = max(product, largest_product)
    return largest_product


if __name__ == "__main__":
    import doctest

    doctest.testmod()
