"""Graph: the least spanning tree (edges sorted, sets joined)."""

class DSU:
    def __init__(self, n: int) -> None:
        self.parent = list(range(n))
        self.size = [1] * n

    def find(self, x: int) -> int:
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def union(self, a: int, b: int) -> bool:
        ra, rb = self.find(a), self.find(b)
        if ra == rb:
            return False
        if self.size[ra] < self.size[rb]:
            ra, rb = rb, ra
        self.parent[rb] = ra
        self.size[ra] += self.size[rb]
        return True

def run(n: int) -> int:
    edges: list[tuple[int, int, int]] = []
    seed = 1
    for i in range(n * 4):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        a = (seed >> 8) % n
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        b = (seed >> 8) % n
        edges.append(((seed >> 3) % 1000, a, b))
    edges.sort()
    dsu = DSU(n)
    total = 0
    for w, a, b in edges:
        if dsu.union(a, b):
            total += w
    return total
