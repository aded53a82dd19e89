"""What Python does under each name of the registry, and arguments worth trying.

Only the standard library. `ORACLES[key](*args)` is the reference; `arguments(key, kinds, maker)`
makes arguments up, with the relations that matter: an index near the length, a separator that
occurs, a key that is there.
"""

from __future__ import annotations

import bisect
import builtins
import collections
import functools
import heapq
import itertools
import math
import operator
import re
from collections import deque
from collections.abc import Callable
from typing import Any

import parity_bigs
import parity_dates
import parity_decimals
import parity_modules
import parity_patterns
import parity_stats
from parity_types import SPACES, Kind, Maker, mapping

Oracle = Callable[..., Any]

_OPERATORS: dict[str, Oracle] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "bool": operator.truth,
    "num.is_int": lambda value: type(value) is int,
    "num.is_float": lambda value: type(value) is float,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "delslice": lambda items, *parts: operator.delitem(items, slice(*parts)),
    "setslice": lambda items, *parts: operator.setitem(items, slice(*parts[:3]), parts[3]),
    "sort.key": lambda items, pairs, reverse: _sort_key(items, pairs, reverse),
    "deque.bounded": collections.deque,
    "isclose.within": lambda a, b, rel, abs_: math.isclose(a, b, rel_tol=rel, abs_tol=abs_),
    "product.repeat": lambda pool, times: list(itertools.product(pool, repeat=times)),
    "chain.from_iterable": lambda lists: list(itertools.chain.from_iterable(lists)),
    "zip_longest": lambda a, b, fill: list(itertools.zip_longest(a, b, fillvalue=fill)),
    "repeat": lambda items, n: items * n,
    "count.stop": lambda start, step: (2**63 - 1) if step > 0 else -(2**63),
    "int.to_bytes": lambda n, *a: n.to_bytes(a[0], a[1], signed=a[2]),
    "int.from_bytes": lambda data, order, signed: int.from_bytes(data, order, signed=signed),
    "Counter.most_common": lambda counter, n: counter.most_common(n),
    "Counter.elements": lambda counter: list(counter.elements()),
    "in": lambda item, items: item in items,
    "slice": lambda items, start, stop, step: items[start:stop:step],
    "min.default": lambda items, default: min(items, default=default),
    "max.default": lambda items, default: max(items, default=default),
    "min.key": lambda pairs: min(pairs, key=lambda pair: pair[0])[1],
    "max.key": lambda pairs: max(pairs, key=lambda pair: pair[0])[1],
    "min.key.unordered": lambda pairs: min(pairs, key=lambda pair: pair[0])[1],
    "max.key.unordered": lambda pairs: max(pairs, key=lambda pair: pair[0])[1],
    "sorted.key.unordered": lambda pairs, reverse: [
        pair[1] for pair in sorted(pairs, key=lambda pair: pair[0], reverse=reverse)
    ],
    "unzip.rows": lambda items: list(items) if items else _nothing(),
    "min.spread": lambda items: min(*items),
    "max.spread": lambda items: max(*items),
    "sorted.reverse": lambda items, reverse: sorted(items, reverse=reverse),
    "sorted.key": lambda pairs, reverse: [
        item for _, item in sorted(pairs, key=lambda pair: pair[0], reverse=reverse)
    ],
    "sort.reverse": lambda items, reverse: items.sort(reverse=reverse),
    "chars": list,
    "sum.lists": lambda lists, start: sum(lists, start),
    "ascii.of": lambda shown: "".join(ascii(c)[1:-1] if ord(c) > 127 else c for c in shown),
    "percent.c": lambda value: operator.mod("%c", (value,)),
    "int.mul_modulo": lambda a, b, c: a * b % c,
    "bigs": lambda items: list(dict.fromkeys(items)),
    "appended": str,
    "ints": list,
    "range": lambda start, stop, step, most: list(range(start, stop, step)[:most]),
    "range.reversed": lambda start, stop, step, most: list(range(start, stop, step)[::-1][:most]),
    "appends": lambda parts: list(itertools.accumulate(parts)),
    "sum.start": lambda items, start: sum(items, start),
    "format": lambda value, spec: format(value, spec),
    "f-string": lambda value: f"{value}",
    "items": lambda mapping: list(mapping.items()),
    "reversed": lambda mapping: list(reversed(mapping)),
    "orders": lambda steps: _orders(steps),
}


def _orders(steps: list[tuple[int, int, int]]) -> dict[int, int]:
    """A dict after many inserts and deletes: what is left, in its order."""
    made: dict[int, int] = {}
    for what, key, value in steps:
        if what % 3 == 0:
            made.pop(key, None)
        else:
            made[key] = value
    return made


def _sort_key(items: list[Any], pairs: list[tuple[Any, Any]], reverse: bool) -> None:
    items[:] = [item for _, item in sorted(pairs, key=lambda pair: pair[0], reverse=reverse)]


def _in_place(symbol: str) -> Oracle:
    change = getattr(operator, f"i{_OPERATORS[symbol].__name__.rstrip('_')}")

    def apply(value: Any, other: Any) -> None:
        assert change(value, other) is value

    return apply


_COMBINING: dict[str, Oracle] = {"max": max, "min": min, "gcd": math.gcd, "lcm": math.lcm}


def _iterating(key: str) -> Oracle | None:
    """itertools' functions as lists; `combinations.2` has its length in its name."""
    name, _, rest = key.partition(".")
    if name in ("reduce", "accumulate"):
        combine = _COMBINING.get(rest) or getattr(operator, rest)
        if name == "reduce":
            return lambda items, *start: functools.reduce(combine, items, *start)
        return lambda items, *start: list(
            itertools.accumulate(items, combine, initial=start[0])
            if start
            else itertools.accumulate(items, combine)
        )
    if not hasattr(itertools, name):
        return None
    length = [int(rest)] if rest.isdigit() else []
    return lambda *args: list(getattr(itertools, name)(*args, *length))


def oracle(key: str) -> Oracle:
    """Python's own function under a registry name; KeyError if there is none."""
    if key in ("each.is", "each.in"):
        test = operator.eq if key == "each.is" else operator.contains
        return lambda s, t: [test(t, c) for c in s]
    if key.startswith("each."):
        # Of each character of a text.
        one = oracle(key.removeprefix("each."))
        return lambda s: [one(c) for c in s]
    if key.startswith("pairs."):
        two = oracle(key.removeprefix("pairs."))
        return lambda s, t: [two(a, b) for a, b in zip(s, t, strict=False)]
    if key.startswith("num "):
        # Which of the two comes out counts, and every bit of it.
        plain = oracle(key.removeprefix("num "))

        def shown(*args: Any) -> tuple[bool, str]:
            found = plain(*args)
            if type(found) not in (int, float):
                raise OverflowError("too long: no number of ours")
            if type(found) is int and not -(2**63) <= found < 2**63:
                raise OverflowError("too long for 64 bits")
            return type(found) is int, repr(found)

        return shown
    if (found := parity_dates.oracle(key) or parity_stats.oracle(key)) is not None:
        return found
    if (found := parity_decimals.oracle(key)) is not None:
        return found
    if key in parity_bigs.ORACLES:
        return parity_bigs.ORACLES[key]
    if key in _OPERATORS:
        return _OPERATORS[key]
    if key.startswith("re."):
        return re.escape if key == "re.escape" else parity_patterns.oracle(key[3:])
    if (of_module := parity_modules.oracle(key)) is not None and key != "bytes.hex":
        return of_module
    if key[:-1] in _OPERATORS and key.endswith("="):
        return _in_place(key[:-1])
    if (found := _iterating(key)) is not None:
        return found
    if key.startswith("builtins.") and key.count(".") == 2:
        owner, name = key.split(".")[1:]
        made: Oracle = getattr(getattr(builtins, owner), name)
        return made
    owner, _, name = key.partition(".")
    modules = {"math": math, "heapq": heapq, "bisect": bisect, "builtins": builtins}
    modules["collections"] = collections
    if owner in modules:
        function: Oracle = getattr(modules[owner], name)
        return function
    kind = getattr(builtins, owner, None) or getattr(collections, owner, None)
    if key == "dict.fromkeys":
        return dict.fromkeys
    if not hasattr(kind, name):
        raise KeyError(key)
    return lambda self, *args: getattr(self, name)(*args)


def specification(maker: Maker) -> str:
    """A format specification, not always one that its value takes."""
    r = maker.random
    text = ""
    if maker.chance(0.05):
        return text
    if maker.chance(0.5):
        text += maker.pick(["", "", " ", "*", "0", "é", "_", "<", "x", "'"]) + maker.pick("<>=^")
    text += maker.pick(["", "", "", "+", "-", " "])
    text += "#" if maker.chance(0.2) else ""
    text += "0" if maker.chance(0.3) else ""
    text += str(r.choice([r.randint(1, 30), 7, 12])) if maker.chance(0.6) else ""
    text += maker.pick(["", "", "", ",", "_"])
    text += f".{r.choice([r.randint(0, 20), r.randint(0, 4), r.randint(0, 120)])}" if (
        maker.chance(0.5)) else ""  # fmt: skip
    return text + maker.pick(
        "bdeEfFgGosxX%" if maker.chance(0.7) else ["", "f", "g", "%", "d", "s"]
    )


# --- arguments -----------------------------------------------------------------------------------


def _index(maker: Maker, length: int) -> int:
    return maker.int() if maker.chance(0.15) else maker.random.randint(-length - 2, length + 2)


def _part(maker: Maker, text: Any) -> Any:
    """A piece of a text or of bytes."""
    start = maker.random.randint(0, len(text))
    return text[start : start + maker.random.choice([0, 1, 1, 2, 3])]


_NAMED = ["inf", "nan", "infinity", "iNf", "NaN", "Infinity", "infinit", "1e400", ".", "", "e5"]
_NAMED += ["0x1p3", "-nan", "1e-400", "5e-324", "2.4703282292062327e-324"]


def _number_text(maker: Maker, floats: bool) -> str:
    """Text that is nearly a number."""
    digits = "0123456789" if maker.chance(0.8) else "0123456789abcdefzABCDEFZ_٣४𝟘一²"
    text = "".join(maker.pick(digits) for _ in range(maker.pick([1, 1, 2, 3, 5, 17, 19, 25])))
    if maker.chance(0.2):
        at = maker.random.randint(0, len(text))
        text = text[:at] + "_" + text[at:]
    if not floats and maker.chance(0.3):
        text = maker.pick(["0x", "0X", "0b", "0B", "0o", "0O", "0", "0_", "0x_", "00"]) + text
    if floats and maker.chance(0.5):
        text += maker.pick([".", ".5", "._5", "e5", "E-7", "e+300", "e", ".e1", "e1_0", "1.5.2"])
    if floats and maker.chance(0.15):
        text = maker.pick(_NAMED)
    if maker.chance(0.3):
        text = maker.pick(["-", "+", "--", "+-", "- "]) + text
    if maker.chance(0.3):
        text = maker.pick(SPACES) + text + maker.pick(SPACES + "x")
    return text


_SELECTIONS = ("combinations", "permutations", "combinations_with_replacement")


def _special(key: str, kinds: list[Kind], maker: Maker) -> list[Any] | None:
    """Arguments of functions that can't take just any."""
    r = maker.random
    if (made := parity_stats.arguments(key, kinds, maker)) is not None:
        return made
    if (made := parity_dates.arguments(key, kinds, maker)) is not None:
        return made
    if (made := parity_decimals.arguments(key, kinds, maker)) is not None:
        return made
    if (made := parity_bigs.arguments(key, kinds, maker)) is not None:
        return made
    names = [kind[0] for kind in kinds]
    if key.startswith("re.") and key != "re.escape":
        return parity_patterns.arguments(maker)
    if (made := parity_modules.special(key, kinds, maker)) is not None:
        return made
    match key, names:
        case (("<<" | ">>"), _):
            return [maker.int(), r.choice([r.randint(-2, 70), r.randint(0, 64), 200])]
        case (("**" | "builtins.pow"), ["int", "int"]):
            base = maker.int() if maker.chance(0.5) else r.randint(-12, 12)
            big = base in (0, 1, -1) and maker.chance(0.2)
            return [base, maker.int() if big else r.randint(-3, 70)]
        case "builtins.pow", ["int", "int", "int"]:
            return [maker.int(), r.choice([r.randint(-9, 200), maker.int()]), maker.int()]
        case ("math.factorial", _) | ("math.perm", [_]):  # what Python does not finish is no case
            return [r.randint(-3, 40)]
        case (("math.comb" | "math.perm"), _):
            n = r.choice([r.randint(-2, 80), maker.int()])
            return [n, r.choice([r.randint(-2, 70), r.randint(0, max(0, min(n, 40)))])][
                : len(kinds)
            ]
        case (("*" | "*="), ["int", "int"]):
            return None
        case (("*" | "*="), [_, "int"]):
            return [maker.of(kinds[0]), r.choice([r.randint(-2, 9), 2**62, -(2**62)])]
        case (("str.ljust" | "str.rjust" | "str.center" | "str.zfill"), _):
            text = maker.str()
            if maker.chance(0.3):
                text = maker.pick(["-", "+", "", "−"]) + str(maker.int())
            width = r.choice([r.randint(-2, 30), len(text) + r.randint(-2, 3), 2**62])
            fill = maker.char() if maker.chance(0.9) else maker.str()
            return [text, width, fill][: len(kinds)]
        case (("str.encode" | "bytes.decode"), [_, "str"]):
            names = ["utf-8", "utf8", "UTF-8", "utf_8", "ascii", "us-ascii", "ASCII"]
            text = maker.str() if maker.chance(0.4) else "".join(maker.pick("ab c") for _ in "123")
            return [text if key == "str.encode" else text.encode(), maker.pick(names)]
        case (("builtins.bytes" | "builtins.str"), ["str" | "bytes", "str", *_]):
            text = maker.str() if maker.chance(0.4) else "".join(maker.pick("ab c") for _ in "123")
            data = text.encode() if len(kinds) == 2 else _broken_text(maker)
            given = text if key == "builtins.bytes" else data
            how = maker.pick(["strict", "ignore", "replace", "ignore"])
            return [given, maker.pick(["utf-8", "utf8", "ascii"]), how][: len(kinds)]
        case (("str.encode" | "bytes.decode"), [_, "str", "str"]):
            names, how = ["utf-8", "utf8", "ascii", "latin-1"], ["ignore", "replace"]
            how += ["strict", "backslashreplace"]
            how += ["xmlcharrefreplace"] if key == "str.encode" else []
            text = maker.str()
            data = text.encode() if maker.chance(0.2) else _broken_text(maker)
            return [text if key == "str.encode" else data, maker.pick(names), maker.pick(how)]
        case "builtins.int", ["bytes", *_]:
            base = r.choice([2, 8, 10, 16, 36])
            return [_number_text(maker, False).encode(), base][: len(kinds)]
        case (("bisect.bisect_left" | "bisect.bisect_right" | "bisect.insort_left"), _):
            return _ordered(kinds, maker)
        case "bisect.insort_right", _:
            return _ordered(kinds, maker)
        case (("combinations" | "permutations" | "combinations_with_replacement"), _):
            few = maker.of(kinds[0])[: r.randint(0, 6)]
            return [few, r.choice([r.randint(-1, 4), len(few)])]
        case _, _ if key.split(".")[0] in _SELECTIONS:
            return [maker.of(kinds[0])[: r.randint(0, 7)]]
        case "product.repeat", _:
            return [maker.of(kinds[0])[: r.randint(0, 4)], r.randint(-1, 4)]
        case "product", _:
            return [maker.of(kind)[: r.randint(0, 6)] for kind in kinds]
        case "islice", _:
            bounds = [r.choice([None, r.randint(-1, 12)]) for _ in kinds[1:]]
            return [maker.of(kinds[0]), *bounds]
        case "repeat", _:
            return [[maker.of(kinds[0][1])], r.randint(-3, 30)]
        case "count.stop", _:
            return [r.randint(-(2**62), 2**62), r.choice([1, -1, 5, -7, 1000])]
        case "builtins.bytes", _ if names == ["int"]:
            return [r.randint(-5, 300)]
        case "int.to_bytes", _:
            n = maker.int()
            size = r.choice([r.randint(-1, 10), (n.bit_length() + 7) // 8, 8, 20])
            return [
                n,
                size,
                maker.pick(["big", "little", "big", "little", "small"]),
                maker.chance(0.5),
            ]
        case "int.from_bytes", _:
            data = maker.bytes()[: r.choice([1, 2, 4, 7, 8, 9, 30])]
            if maker.chance(0.5):
                data = maker.pick([b"\x00", b"\xff"]) * r.randint(0, 12) + data
            return [data, maker.pick(["big", "little", "little", "middle"]), maker.chance(0.5)]
        case "builtins.bytes.fromhex", _:
            text = (
                maker.bytes().hex(maker.pick(" \n"), r.randint(1, 3)) if maker.chance(0.8) else ""
            )
            at = r.randint(0, len(text))
            return [
                text + maker.pick(["", "", "0", " ", "g", "é"])
                if maker.chance(0.5)
                else text[:at] + maker.pick(["", " ", "f", "x", "\x0b", "\x1c"]) + text[at:]
            ]
        case "builtins.str.maketrans", _:
            a = maker.str()
            b = "".join(maker.char() for _ in range(len(a) + (maker.chance(0.1))))
            return [a, b, maker.str()][: len(kinds)]
        case "str.translate", _:
            text = maker.str()
            keys = [ord(c) for c in text if maker.chance(0.5)] + [maker.int() for _ in range(2)]
            codes = [r.randint(0, 0x10FFFF), r.randint(0, 300), 0x41]
            made = {k: maker.pick(codes) if maker.chance(0.9) else maker.of(["int"]) for k in keys}
            if kinds[1][2] == ["str"]:
                return [text, {key: maker.str() for key in keys}]
            if kinds[1][2][0] == "opt":
                made = {k: None if maker.chance(0.3) else v for k, v in made.items()}
            return [text, made]
        case "str.expandtabs", _:
            text = "".join(maker.pick(["\t", "a", "é", "\n", "\r", "bc"]) for _ in range(9))
            return [text, r.randint(-2, 12)][: len(kinds)]
        case "str.split", ["str", "None", "int"]:
            return [maker.str(), None, r.randint(-2, 5)]
        case (("str.startswith" | "str.endswith"), [_, "vtuple"]):
            text = maker.str()
            some = [maker.pick([_part(maker, text), text[:2], text[-2:]]) for _ in range(3)]
            return [text, tuple(some[: r.randint(0, 3)])]
        case "deque.rotate", _ if len(kinds) == 2:
            return [maker.of(kinds[0]), r.choice([r.randint(-9, 9), maker.int()])]
        case "deque.bounded", _:
            items = maker.of(kinds[0])
            return [items, r.choice([None, 0, 1, 2, len(items), r.randint(-3, 30)])]
        case "Counter.elements", _:
            return [mapping(kinds[0], {key: r.randint(-3, 9) for key in maker.items(kinds[0][1])})]
        case "Counter.most_common", _:
            few = {key: r.randint(-3, 9) for key in maker.items(kinds[0][1])}
            return [mapping(kinds[0], few), r.choice([None, r.randint(-2, 12)])]
        case "setslice", _:
            items, values = maker.of(kinds[0]), maker.of(kinds[4])
            bounds = [None if maker.chance(0.3) else _index(maker, len(items)) for _ in "ab"]
            step = r.choice([None, 1, 1, -1, 2, -2, 0, r.randint(-4, 4)])
            if maker.chance(0.4):
                size = len(items[bounds[0] : bounds[1] : step or 1])
                values = (list(values) * 30)[:size] or [maker.of(kinds[0][1]) for _ in range(size)]
            return [items, *bounds, step, values]
        case "builtins.chr", _:
            return [r.choice([r.randint(-3, 0x110003), r.randint(0, 300), r.randint(0xD7FE, 0xE001),
                              maker.int()])]  # fmt: skip
        case "builtins.ord", _:
            return [maker.char() if maker.chance(0.8) else maker.str()]
        case "builtins.bytes", _:
            items = [r.randint(0, 255) for _ in range(r.randint(0, 5))]
            return [items if maker.chance(0.8) else [*items, maker.int()]]
        case "builtins.int", ["str"]:
            return [_number_text(maker, False) if maker.chance(0.9) else maker.str()]
        case "builtins.int", ["str", "int"]:
            base = r.choice([0, 2, 8, 10, 16, 36, r.randint(-2, 40)])
            return [_number_text(maker, False), base]
        case "builtins.float", ["str"]:
            return [_number_text(maker, True) if maker.chance(0.9) else maker.str()]
        case "builtins.round", [_, "int"]:
            digits = r.choice([r.randint(-5, 20), r.randint(-330, 330), maker.int()])
            if names[0] == "int":
                # Python makes ten to that power.
                digits = max(digits, -400)
            return [maker.of(kinds[0]), digits]
        case (("range" | "range.reversed"), _):
            start = maker.int()
            stop = start + r.randint(-300, 300) if maker.chance(0.7) else maker.int()
            step = r.choice([r.randint(-9, 9), maker.int()])
            stop = max(-(2**63), min(2**63 - 1, stop))
            return [start, stop, step, 500]
        case "orders", _:
            span = r.choice([3, 12, 60])
            size = r.choice([5, 40, 200])
            return [[(r.randrange(5), r.randrange(span), maker.int()) for _ in range(size)]]
        case "str.replace", _:
            text = maker.str()
            old = _part(maker, text) if maker.chance(0.8) else maker.str()
            return [text, old, maker.str(), r.randint(-2, 4)][: len(kinds)]
        case "format", _:
            return [maker.of(kinds[0]), specification(maker)]
        case "math.fsum", _:
            return [[maker.float() for _ in range(r.randint(0, 12))]]
    if key.startswith("math.") and names == ["float"] and maker.chance(0.5):
        return [r.choice([r.uniform(-1.2, 1.2), r.uniform(-30, 30), r.uniform(-800, 800),
                          float(r.randint(-180, 180)), r.uniform(-180, 180)])]  # fmt: skip
    return None


def _nothing() -> Any:
    raise ValueError("not enough values to unpack (expected 2, got 0)")


def _broken_text(maker: Maker) -> bytes:
    """Bytes of several texts, cut and put together anywhere."""
    parts = [maker.str().encode() for _ in range(3)]
    whole = b"".join(part[maker.random.randint(0, 2) :] for part in parts)
    more = bytes(maker.random.choice([0x80, 0xC3, 0xE2, 0xF0, 0xED, 0xA0, 0xF5]) for _ in range(3))
    return whole + more[: maker.random.randint(0, 3)] + parts[0]


def _ordered(kinds: list[Kind], maker: Maker) -> list[Any]:
    """A list mostly in order, and something to place in it."""
    items, value = maker.of(kinds[0]), maker.of(kinds[1])
    items = [item for item in items if item == item]
    if maker.chance(0.9):
        items.sort()
    if items and maker.chance(0.5):
        value = maker.pick(items)
    bounds = [maker.random.randint(-2, len(items) + 1), maker.random.randint(-2, len(items) + 1)]
    if len(kinds) > 2 and maker.chance(0.2):
        bounds[1] = None
    return [tuple(items) if kinds[0][0] == "vtuple" else items, value, *bounds][: len(kinds)]


def arguments(key: str, kinds: list[Kind], maker: Maker) -> list[Any]:
    """One call's arguments."""
    key = key.removeprefix("num ")
    made = _ordered(kinds, maker) if key.startswith("bisect.") else _special(key, kinds, maker)
    if made is not None:
        return made
    args: list[Any] = []
    for at, kind in enumerate(kinds):
        first = args[0] if args else None
        value: Any = None
        if at and kind[0] == "int" and isinstance(first, (list, tuple, str, bytes, deque)):
            value = _index(maker, len(first))
            if kinds[0][1:] == [["int"]] and first and maker.chance(0.4):
                value = maker.pick(first)
        elif at and kind == ["opt", ["int"]] and isinstance(first, (list, tuple, str, bytes)):
            value = None if maker.chance(0.3) else _index(maker, len(first))
            if at == 3 and value is not None and maker.chance(0.7):
                value = maker.random.randint(-3, 3)
        elif at and kind == kinds[0] and maker.chance(0.6):
            value = _near(maker, first, kind)
        elif at and isinstance(first, (list, tuple, set, frozenset, dict, deque)) and first and (
            kind in kinds[0][1:2] and maker.chance(0.6)
        ):  # fmt: skip
            value = maker.pick(list(first))
        else:
            value = maker.of(kind)
        args.append(value)
    if len(kinds) == 2 and key == "in" and maker.chance(0.6):
        args = _found(maker, args, kinds)
    return args


def _near(maker: Maker, first: Any, kind: Kind) -> Any:
    """A value that has to do with the first: equal, a part, or nearly equal."""
    if isinstance(first, (str, bytes)):
        return maker.pick([first, _part(maker, first), first[:-1], first + first[:1]])
    if isinstance(first, (list, tuple)) and kind[0] in ("list", "vtuple"):
        changed = list(first)
        if changed and maker.chance(0.5):
            changed[maker.random.randrange(len(changed))] = maker.of(kind[1])
        return type(first)(changed if maker.chance(0.7) else changed[:-1])
    if isinstance(first, (set, frozenset)):
        return type(first)(item for item in first if maker.chance(0.6))
    if isinstance(first, dict):
        items = list(first.items())
        maker.random.shuffle(items)
        return mapping(kind, items if maker.chance(0.6) else items[1:])
    if isinstance(first, tuple):
        return tuple(_near(maker, a, k) if maker.chance(0.6) else maker.of(k)
                     for a, k in zip(first, kind[1:], strict=True))  # fmt: skip
    if isinstance(first, float) and maker.chance(0.5):
        return math.nextafter(first, maker.pick([math.inf, -math.inf]))
    if type(first) is int and maker.chance(0.5):
        return max(-(2**63), min(2**63 - 1, first + maker.pick([1, -1, 2**53])))
    return first


def _found(maker: Maker, args: list[Any], kinds: list[Kind]) -> list[Any]:
    _, items = args
    if isinstance(items, (str, bytes)):
        if kinds[0][0] == "int":
            return [items[0] if items else 0, items]
        return [_part(maker, items), items]
    return [maker.pick(list(items)), items] if items else args
