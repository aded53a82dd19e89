"""Annotations that leave out what something holds, numbers that change their kind, odd returns."""


def average(series: list) -> float:
    if len(series) == 0:
        raise ValueError("an empty series")
    answer = 0
    for value in series:
        answer += value
    return answer / len(series)


def is_geometric(series: list) -> bool:
    try:
        ratio = series[1] / series[0]
        for index in range(len(series) - 1):
            if series[index + 1] / series[index] != ratio:
                return False
    except ZeroDivisionError:
        return False
    return True


def factors(n: int) -> list:
    found = []
    while n > 1 and n % 2 == 0:
        found.append(2)
        n = n // 2
    if n > 1:
        found.append(n)
    return found


def waves(text: str) -> list:
    return [text[:i] + text[i].upper() + text[i + 1 :] for i in range(len(text))]


def cut_in_words(text: str, gap: str = " ") -> tuple[int, list]:
    words = []
    start = 0
    for index, char in enumerate(text):
        if char == gap:
            words.append(text[start:index])
            start = index + 1
    words.append(text[start:])
    return len(words), words


def ways(coins: list, amount: int) -> int:
    if amount < 0 or amount > 500:
        return 0
    table = [1] + [0] * amount
    for coin in coins:
        if coin <= 0:
            return -1
        for at in range(coin, amount + 1):
            table[at] += table[at - coin]
    return table[amount]


def _check(limit: int, prices: list) -> None:
    if limit > len(prices):
        raise ValueError(f"only {len(prices)} prices")


def best(limit: int, prices: list) -> float:
    _check(limit, prices)
    most = float("-inf")
    for i in range(limit):
        most = max(most, prices[i] * 2)
    return most


def chosen(weights: list, limit: int) -> tuple[int, set]:
    taken: set = set()
    total = 0
    for at, weight in enumerate(weights):
        if total + weight <= limit and weight >= 0:
            total += weight
            taken.add(at & 1023)
    return total, taken


def weighed(table: dict) -> float:
    total = sum(table.values())
    return sum(value / 2 for value in table.values()) + total


def rows_of(matrix: list[list]) -> list:
    return [sum(row) * 1.5 for row in matrix]


def doubled(values: list, more: list | None = None) -> list:
    return [2 * value for value in values] + [value / 2 for value in more or []]


def digit_of(text: str, at: int) -> int:
    if at < 0 or at >= len(text) or text[at] not in "0123456789":
        return None  # type: ignore[return-value]
    return int(text[at])


def highest(ns: list[int]) -> int:
    most = float("-inf")
    for n in ns:
        most = max(most, n)
    return most  # type: ignore[return-value]


def sign(n: int) -> int:  # type: ignore[return]
    if n > 0:
        return 1
    if n < 0:
        return -1


def level(n: int) -> int | None:  # type: ignore[return]
    if n > 3:
        return n // 3


def halved(n: int) -> float:
    total = 0
    step = -1
    for i in range(n % 40):
        total += i / 2
        step = step * 2
    return total - step


def grown(ns: list[float]) -> float:
    total = 0
    for n in ns:
        total = total + n
    return total
