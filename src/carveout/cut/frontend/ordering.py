"""Lowering of what depends on an order: `heapq.nsmallest`, `nlargest`, `bisect` of a part.

ordering.called(lowering, "heapq.nsmallest", positional, keywords, at)    # None if it is another
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import Expression

from carveout.cut.ir import nodes as ir
from carveout.cut.ir.types import BOOL, INT, NONE, OptionalType
from carveout.cut.refuse import Refusal

if TYPE_CHECKING:
    from carveout.cut.frontend.calls import Calls


def called(
    lower: Calls,
    name: str,
    positional: list[Expression],
    keywords: dict[str, Expression],
    at: ir.At,
) -> ir.Expr | None:
    """The call, if it is one of these."""
    module, _, short = name.rpartition(".")
    if name in ("heapq.nsmallest", "heapq.nlargest"):
        given = dict(zip(("n", "iterable", "key"), positional, strict=False)) | keywords
        if len(positional) > 3 or not {"n", "iterable"} <= set(given) <= {"n", "iterable", "key"}:
            raise Refusal("refusal-call", f"this call of {short} is not drafted", at)
        return _first(lower, given, short == "nlargest", at)
    if module == "bisect" and short.startswith("bisect") and (len(positional) > 2 or keywords):
        given = dict(zip(("a", "x", "lo", "hi"), positional, strict=False)) | keywords
        if list(given) not in (["a", "x", "lo"], ["a", "x", "hi"], ["a", "x", "lo", "hi"]):
            raise Refusal(
                "refusal-call", f"this call of {short} is not drafted", at,
                hint="write lo before hi; make a list of the keys first",
            )  # fmt: skip
        low = lower.expr(given["lo"]) if "lo" in given else ir.Const(INT, at, 0)
        high = lower.expr(given["hi"]) if "hi" in given else ir.Const(NONE, at, None)
        args = [lower.expr(given["a"]), lower.expr(given["x"]), low]
        key = "bisect.bisect_left" if short == "bisect_left" else "bisect.bisect_right"
        return lower.prim(key, [*args, lower.coerce(high, OptionalType(INT))], at)
    return None


def _first(lower: Calls, given: dict[str, Expression], largest: bool, at: ir.At) -> ir.Expr:
    """`sorted(iterable, key=key, reverse=largest)[:n]`, which the library promises it to be."""
    n = lower.expr(given["n"])
    if n.type != INT:
        raise Refusal("refusal-call", f"an int is needed here, not {n.type}", n.at)
    if lower.may_stop(n):
        # Python has the number before the items.
        raise Refusal("refusal-call", "give the number of items a name first", n.at)
    flag = ir.Const(BOOL, at, largest)
    if "key" in given:
        pairs = lower.keyed(lower.materialise(given["iterable"]), given["key"], at)
        made = lower.prim("sorted.key", [pairs, flag], at)
    else:
        made = lower.prim("sorted.reverse", [lower.materialise(given["iterable"]), flag], at)
    some = lower.prim("builtins.max", [n, ir.Const(INT, at, 0)], at)
    none = lower.coerce(ir.Const(NONE, at, None), OptionalType(INT))
    end = lower.coerce(some, OptionalType(INT))
    return lower.prim("slice", [made, none, end, none], at)


__all__ = ["called"]
