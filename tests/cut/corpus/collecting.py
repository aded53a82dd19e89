"""collections: deque, defaultdict, Counter, OrderedDict; slices and operators that change in place."""

from collections import Counter, OrderedDict, defaultdict, deque


def breadth_first(edges: list[tuple[int, int]], start: int) -> list[int]:
    graph: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        graph[a].append(b)
        graph[b].append(a)
    seen = {start}
    queue = deque([start])
    order: list[int] = []
    while queue:
        node = queue.popleft()
        order.append(node)
        for other in graph[node]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return order


def window_sums(xs: list[int], size: int) -> list[int]:
    window: deque[int] = deque(maxlen=size)
    out = []
    for x in xs:
        window.append(x)
        out.append(sum(window))
    return out


def turned(xs: list[str], n: int) -> list[str]:
    d = deque(xs)
    d.rotate(n)
    d.appendleft("first")
    d.extend(xs[:2])
    d.extendleft(["a", "b"])
    d.reverse()
    if len(d) > 3:
        d[1] = d[0] + d[-1]
        del d[2]
    return list(d)


def deque_faults(xs: list[int], what: int, at: int) -> int:
    d = deque(xs)
    if what % 6 == 0:
        return d.pop()
    if what % 6 == 1:
        return d.popleft()
    if what % 6 == 2:
        return d[at]
    if what % 6 == 3:
        d.remove(at)
    if what % 6 == 4:
        return d.index(at) + d.count(at)
    d.insert(at, what)
    return len(d) + (at in d)


def grouped(words: list[str]) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for word in words:
        groups[word[:1]].append(word)
    return dict(groups)


def tallied(words: list[str]) -> list[tuple[str, int]]:
    seen: defaultdict[str, int] = defaultdict(int)
    for word in words:
        seen[word] += 1
        seen[word.lower()] += seen[word.upper()]
    return list(seen.items())


def nested_defaults(rows: list[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    table: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for a, b, n in rows:
        table[a][b] = n
    return {key: dict(inner) for key, inner in table.items()}


def distances(pairs: list[tuple[int, float]], asked: list[int]) -> list[float]:
    best: dict[int, float] = defaultdict(lambda: float("inf"))
    for key, value in pairs:
        if value < best[key]:
            best[key] = value
    return [best[key] for key in asked]


def walked_while_it_grows(xs: list[int]) -> int:
    seen: defaultdict[int, int] = defaultdict(int)
    for x in xs:
        seen[x] += 1
    total = 0
    for key in seen:
        total += seen[key + 1]
    return total


def counted(text: str, n: int) -> list[tuple[str, int]]:
    return Counter(text).most_common(n)


def counters(xs: list[int], ys: list[int]) -> list[list[tuple[int, int]]]:
    a, b = Counter(xs), Counter(ys)
    c = a.copy()
    c.update(ys)
    c.subtract(b)
    d = a + b
    d -= Counter(xs)
    return [list(x.items()) for x in (a - b, a | b, a & b, c, d)]


def anagrams(a: str, b: str) -> bool:
    return Counter(a) == Counter(b)


def counter_reads(xs: list[str], asked: list[str]) -> tuple[int, int, int]:
    c = Counter(xs)
    total = sum(c[x] for x in asked)
    for x in asked:
        del c[x]
    c["more"] += 2
    return total, len(c), c.total()


def least_recent(keys: list[int], size: int) -> list[int]:
    cache: OrderedDict[int, str] = OrderedDict()
    for key in keys:
        if key in cache:
            cache.move_to_end(key)
        cache[key] = str(key)
        if len(cache) > size:
            cache.popitem(last=False)
    return list(cache)


def ordered_equal(a: dict[str, int], b: dict[str, int]) -> bool:
    return OrderedDict(a) == OrderedDict(b)


def set_slices(xs: list[int], ys: list[int], a: int, b: int) -> list[int]:
    zs = list(xs)
    zs[a:b] = ys
    zs[::2] = zs[::-2] if len(zs) % 2 else zs[1::2]
    del zs[b:a]
    return zs


def extended_slice(xs: list[str], ys: list[str], step: int) -> list[str]:
    zs = list(xs)
    zs[::step] = ys
    del zs[1::step]
    return zs


def in_place(xs: list[int], a: set[int], b: set[int], n: int) -> tuple[list[int], list[int]]:
    left = set(a)
    left |= b
    left -= {1, 2}
    left ^= {3, n}
    left &= set(range(-9, 99))
    left.difference_update([n + n % 7])
    left.update(xs)
    ys = list(xs)
    ys *= n % 4
    ys += [n]
    return sorted(left), ys


def sorted_in_place(pairs: list[tuple[str, int]], down: bool) -> list[tuple[str, int]]:
    out = list(pairs)
    out.sort(key=lambda pair: (pair[1], pair[0]), reverse=down)
    out.sort(key=lambda pair: len(pair[0]))
    return out


def from_keys(keys: list[str], n: int) -> dict[str, int]:
    made = dict.fromkeys(keys, n)
    made.update([("a", 1), ("b", 2)])
    made |= {"c": 3}
    return made
