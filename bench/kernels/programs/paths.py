"""Graph: shortest paths (Dijkstra with a heap) on a made-up road map."""

import heapq


def run(n: int) -> int:
    edges: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    seed = 42
    for i in range(n):
        for _ in range(5):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            edges[i].append(((seed >> 8) % n, 1 + (seed >> 4) % 100))
    best: list[int] = [-1] * n
    heap: list[tuple[int, int]] = [(0, 0)]
    while heap:
        cost, node = heapq.heappop(heap)
        if best[node] >= 0:
            continue
        best[node] = cost
        for to, weight in edges[node]:
            if best[to] < 0:
                heapq.heappush(heap, (cost + weight, to))
    return sum(best)
