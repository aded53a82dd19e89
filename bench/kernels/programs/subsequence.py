"""Dynamic programming: the longest common subsequence of two sequences of numbers."""


def run(n: int) -> int:
    seed = 3
    a: list[int] = []
    b: list[int] = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        a.append((seed >> 8) % 12)
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        b.append((seed >> 8) % 12)
    table: list[list[int]] = [[0] * (n + 1) for _ in range(n + 1)]
    for i in range(n):
        for j in range(n):
            if a[i] == b[j]:
                table[i + 1][j + 1] = table[i][j] + 1
            else:
                table[i + 1][j + 1] = max(table[i][j + 1], table[i + 1][j])
    return table[n][n]
