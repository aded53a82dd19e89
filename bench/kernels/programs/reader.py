"""Parsing: a JSON reader that makes a tree of objects, and a sum over it."""
from dataclasses import dataclass, field

@dataclass
class Node:
    kind: str
    text: str = ""
    number: float = 0.0
    items: list["Node"] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

class Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0

    def skip(self) -> None:
        while self.pos < len(self.text) and self.text[self.pos] in " \t\n\r":
            self.pos += 1

    def value(self) -> Node:
        self.skip()
        c = self.text[self.pos]
        if c == "{":
            node = Node("object")
            self.pos += 1
            self.skip()
            if self.text[self.pos] == "}":
                self.pos += 1
                return node
            while True:
                self.skip()
                node.keys.append(self.string())
                self.skip()
                if self.text[self.pos] != ":":
                    raise ValueError(f"expected : at {self.pos}")
                self.pos += 1
                node.items.append(self.value())
                self.skip()
                if self.text[self.pos] == ",":
                    self.pos += 1
                    continue
                self.pos += 1
                return node
        if c == "[":
            node = Node("array")
            self.pos += 1
            self.skip()
            if self.text[self.pos] == "]":
                self.pos += 1
                return node
            while True:
                node.items.append(self.value())
                self.skip()
                if self.text[self.pos] == ",":
                    self.pos += 1
                    continue
                self.pos += 1
                return node
        if c == '"':
            return Node("string", self.string())
        if c in "-0123456789":
            start = self.pos
            while self.pos < len(self.text) and self.text[self.pos] in "+-0123456789.eE":
                self.pos += 1
            return Node("number", number=float(self.text[start : self.pos]))
        for word in ("true", "false", "null"):
            if self.text.startswith(word, self.pos):
                self.pos += len(word)
                return Node(word)
        raise ValueError(f"unexpected {c!r} at {self.pos}")

    def string(self) -> str:
        self.pos += 1
        parts: list[str] = []
        while True:
            c = self.text[self.pos]
            if c == '"':
                self.pos += 1
                return "".join(parts)
            if c == "\\":
                self.pos += 1
                e = self.text[self.pos]
                parts.append({"n": "\n", "t": "\t"}.get(e, e))
            else:
                parts.append(c)
            self.pos += 1

def total(node: Node) -> float:
    t = node.number + len(node.text)
    for k in node.keys:
        t += len(k)
    for item in node.items:
        t += total(item)
    return t

def make(n: int) -> str:
    rows: list[str] = []
    seed = 5
    for i in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        rows.append('{"id": %d, "name": "user %d", "tags": ["a", "b\\n", "c%d"], "score": %d.5, "ok": true}' % (i, seed % 1000, i % 7, seed % 100))
    return "[" + ", ".join(rows) + "]"

def run(n: int) -> float:
    return total(Parser(make(n)).value())
