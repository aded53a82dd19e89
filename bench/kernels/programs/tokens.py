"""Parsing: a tokenizer for JSON-like text, by character."""


def make_text(n: int) -> str:
    parts: list[str] = []
    for i in range(n):
        parts.append('{"id": ' + str(i) + ', "name": "item ' + str(i * 7 % 100) + '", "ok": true}')
    return "[" + ", ".join(parts) + "]"


def run(n: int) -> int:
    text = make_text(n)
    size = len(text)
    at = 0
    names = 0
    numbers = 0
    depth = 0
    deepest = 0
    while at < size:
        c = text[at]
        if c == '"':
            end = at + 1
            while text[end] != '"':
                end += 1
            names += end - at - 1
            at = end + 1
        elif c.isdigit():
            value = 0
            while at < size and text[at].isdigit():
                value = value * 10 + ord(text[at]) - 48
                at += 1
            numbers += value
        elif c == "{" or c == "[":
            depth += 1
            deepest = max(deepest, depth)
            at += 1
        elif c == "}" or c == "]":
            depth -= 1
            at += 1
        else:
            at += 1
    return names + numbers + deepest
