"""Methods and functions however they are spelled: by name, unbound, with views and templates."""

from __future__ import annotations


def percent_of_names(s: str, i: int) -> str:
    return "%(a)s|%(b)05d|%%" % {"a": s, "b": i}


def percent_of_a_dict(d: dict[str, int]) -> str:
    return "%(a)s-%(b)x" % d


def nested_fields(s: str, i: int) -> str:
    width = i % 20 + 1
    return "{:>{}}|{!r:<{w}}|{x:{w}.{p}f}".format(s, width, s, w=width, x=2.5, p=2)


def joined_lists(xs: list[list[int]], ys: list[int]) -> list[int]:
    out = sum(xs, [])
    out += sum(xs, ys)
    ys.append(1)
    return out + [x for x in dict.fromkeys(ys)] + list(dict.fromkeys(sum(xs, [])))


def among_mixed(x: str | None, n: int) -> list[bool]:
    return [
        x in (None, ""),
        x in ("a", None),
        n in (1, 2.0, "3"),
        x not in (None, "b"),
        n in (True, 5),
    ]


def views(d: dict[str, int], e: dict[str, int]) -> list[str]:
    return (
        sorted(d.keys() & e.keys())
        + sorted(d.keys() - {"a"})
        + [str(d.keys() == e.keys()), str(d.items() == e.items()), str(d.keys() <= e.keys())]
        + sorted(set(d) | e.keys())
    )


def written_otherwise(a: list[int], b: list[int], s: str, t: str) -> list[str]:
    return [
        str(max(a, b)),
        min(s, t),
        str(max((1, s), (2, t))),
        ascii([s, t]),
        f"{s!a:>12}",
        "%a" % t,
        "%5c|%-3c|" % (65, "z"),
        str.upper(s),
        str.join("-", [s, t]),
        format(3.14159, ".2f"),
        format(len(a), "05d"),
        format(s),
        str(sorted(map(str.strip, [s, t]))),
    ]


def decoded_anyway(b: bytes) -> list[str]:
    out = []
    for enc in ("utf-8", "ascii", "latin-1"):
        for err in ("ignore", "replace", "backslashreplace"):
            out.append(b.decode(enc, err))
    return out + [
        b.decode(errors="ignore"),
        str(b, "latin-1"),
        b.decode("utf-8", "ignore").encode("ascii", "xmlcharrefreplace").decode(),
    ]


def encoded_anyway(s: str) -> list[bytes]:
    return [
        s.encode(e, r)
        for e in ("ascii", "latin-1", "utf-8")
        for r in ("ignore", "replace", "xmlcharrefreplace", "backslashreplace")
    ]


def index_from(xs: list[int], i: int, a: int, b: int) -> list[int]:
    return [xs.index(i, a), xs.index(i, a, b)]


def set_and_frozenset(a: set[int], b: frozenset[int]) -> list[str]:
    c = a | b
    c.add(9)
    d = b | a
    return [
        str(sorted(c)),
        str(a == b),
        str(b != a),
        str(sorted(a.union(b, [1], (2, 3)))),
        str(min(a, default=0)),
        str(isinstance(d, frozenset)),
        str(len(b - a)),
    ]


def parts_of_numbers(n: int, x: float) -> list[str]:
    d = dict(a=n, b=2)
    e = dict(d, b=5, c=n)
    return [
        str(n.real),
        str(x.imag),
        str(n.denominator),
        repr(x.real),
        str(d),
        str(e),
        str(dict(d.items(), z=1)),
    ]
