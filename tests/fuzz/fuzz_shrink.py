"""A program that comes out otherwise, made smaller: statements are left out while it still does.

    smaller = shrink(fuzz, program, limit_s=120)

All ways of leaving out one statement are built together, so that a round costs one build.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator

from fuzz_harness import Fuzz
from fuzz_programs import Program

TRIED = 60
"""Candidates a round."""


def shrink(fuzz: Fuzz, program: Program, limit_s: float = 120.0, calls: int = 40) -> Program:
    """The smallest program found in that time that still differs."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        candidates = sorted(without_one(program), key=lambda c: len(c.source))[:TRIED]
        found = fuzz.judge(candidates, calls)
        failing = [difference.source for difference in found.differences]
        if not failing:
            break
        program = Program(program.seed, min(failing, key=len), program.params)
    return program


def without_one(program: Program) -> Iterator[Program]:
    """The program without one of its statements, or with only the body of one."""
    tree = ast.parse(program.source)
    blocks = [
        (node, name)
        for node in ast.walk(tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(getattr(node, name, None), list) and not isinstance(node, ast.ClassDef)
    ]
    for node, name in blocks:
        block: list[ast.stmt] = getattr(node, name)
        for index, statement in enumerate(block):
            inner = getattr(statement, "body", [])
            for instead in [[]] if not inner else [[], inner]:
                if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and instead:
                    continue
                kept = [*block[:index], *instead, *block[index + 1 :]]
                if not kept and name == "body" and not isinstance(node, ast.Module):
                    kept = [ast.Pass()]
                setattr(node, name, kept)
                try:
                    yield Program(program.seed, ast.unparse(tree) + "\n", program.params)
                except (ValueError, TypeError, AttributeError):
                    pass
                finally:
                    setattr(node, name, block)


__all__ = ["shrink"]
