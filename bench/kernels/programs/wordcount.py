"""Text: words of a text counted, and the commonest ones."""


def make_text(n: int) -> str:
    words = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "runs"]
    out: list[str] = []
    seed = 11
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(words[(seed >> 8) % 10] + str((seed >> 16) % 50))
    return " ".join(out)


def run(n: int) -> int:
    counts: dict[str, int] = {}
    for word in make_text(n).split():
        key = word.upper()
        counts[key] = counts.get(key, 0) + 1
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]
    return sum(count * len(word) for word, count in top)
