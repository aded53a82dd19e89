"""Text: words in a trie of objects, and how many start with a prefix."""
from dataclasses import dataclass, field

@dataclass
class Node:
    children: dict[str, "Node"] = field(default_factory=dict)
    count: int = 0
    end: bool = False

class Trie:
    def __init__(self) -> None:
        self.root = Node()

    def insert(self, word: str) -> None:
        node = self.root
        for ch in word:
            if ch not in node.children:
                node.children[ch] = Node()
            node = node.children[ch]
            node.count += 1
        node.end = True

    def starting(self, prefix: str) -> int:
        node = self.root
        for ch in prefix:
            child = node.children.get(ch)
            if child is None:
                return 0
            node = child
        return node.count

def run(n: int) -> int:
    letters = "abcdefghij"
    trie = Trie()
    words: list[str] = []
    seed = 9
    for _ in range(n):
        word = ""
        for _ in range(7):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            word += letters[(seed >> 9) % 10]
        words.append(word)
        trie.insert(word)
    return sum(trie.starting(w[:k]) for w in words for k in (1, 2, 3, 5))
