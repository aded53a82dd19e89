"""Matrix: products of square matrices of floats as lists of rows."""


def multiply(a: list[list[float]], b: list[list[float]], n: int) -> list[list[float]]:
    out: list[list[float]] = []
    for i in range(n):
        row = a[i]
        new: list[float] = []
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += row[k] * b[k][j]
            new.append(total)
        out.append(new)
    return out


def run(n: int) -> float:
    a = [[((i * 7 + j * 3) % 11) / 10.0 for j in range(n)] for i in range(n)]
    b = [[((i * 5 + j * 2) % 13) / 10.0 for j in range(n)] for i in range(n)]
    c = multiply(multiply(a, b, n), a, n)
    trace = 0.0
    for i in range(n):
        trace += c[i][i]
    return trace
