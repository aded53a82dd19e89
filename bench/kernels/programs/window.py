"""DSP: moving averages and maxima over a window, with deques."""
from collections import deque

def average(values: list[float], window: int) -> list[float]:
    out: list[float] = []
    recent: deque[float] = deque()
    total = 0.0
    for v in values:
        recent.append(v)
        total += v
        if len(recent) > window:
            total -= recent.popleft()
        out.append(total / len(recent))
    return out

def maxima(values: list[float], window: int) -> list[float]:
    out: list[float] = []
    q: deque[int] = deque()
    for i, v in enumerate(values):
        while q and values[q[-1]] <= v:
            q.pop()
        q.append(i)
        if q[0] <= i - window:
            q.popleft()
        if i >= window - 1:
            out.append(values[q[0]])
    return out

def run(n: int) -> float:
    seed = 8
    values: list[float] = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        values.append((seed >> 8) % 1000 / 10.0)
    return sum(average(values, 20)) + sum(maxima(values, 50))
